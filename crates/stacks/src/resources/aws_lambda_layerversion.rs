//! `AWS::Lambda::LayerVersion`: a folder that functions find beside their code.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html>

use std::path::PathBuf;

use frontgate_template::ResourceNode;

use super::cdk_assets;
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// A layer version of the template.
#[derive(Clone, Debug)]
pub struct LayerDraft {
    /// Its ARN, with the number of the version.
    pub arn: String,
    /// Its content; none where that was refused.
    pub folder: Option<PathBuf>,
    runtimes: Vec<String>,
}

/// Makes a layer version.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("LayerName")
        .map_or_else(|| maker.generated_name(node), |name| name.value.into_owned());
    let arn = maker.arn("lambda", &format!("layer:{name}:{FIRST_VERSION}"));
    properties.require("Content");
    let folder = properties.object("Content").and_then(|content| {
        let folder = content.text("frontgate:Folder").map(|folder| maker.path(&folder.value));
        content.accept(&["S3ObjectStorageMode"]);
        let key = content.text("S3Key");
        let asset = content.text("S3Bucket").and_then(|_| cdk_assets::folder(node, key.as_ref(), maker));
        if asset.is_none() {
            content.unsupported(&["S3Bucket", "S3Key", "S3ObjectVersion"]);
        }
        content.finish();
        folder.or(asset)
    });
    let runtimes = properties.texts("CompatibleRuntimes");
    let runtimes = runtimes.into_iter().map(|runtime| runtime.value.into_owned()).collect();
    properties.accept(&["CompatibleArchitectures", "Description", "LicenseInfo"]);
    maker.layers.push(LayerDraft { arn: arn.clone(), folder, runtimes });
    Made::new(&arn).with("LayerVersionArn", arn)
}

/// The folders of a function's `Layers`; one that is not of this template is refused.
pub fn folders(function: &Object<'_>, runtime: Option<&Text<'_>>, maker: &Maker<'_>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for layer in function.texts("Layers") {
        let Some(draft) = maker.layers.iter().find(|draft| draft.arn == layer.value) else {
            let message =
                format!("{}.Layers: Layer version {} does not exist.", function.path(), layer.value);
            let cure = "Use !Ref to a layer of this template; layers of AWS and of other accounts cannot be fetched.";
            function.problems().unsupported(layer.span, message, cure);
            continue;
        };
        if let Some(runtime) = runtime
            && !draft.runtimes.is_empty()
            && !draft.runtimes.iter().any(|name| *name == runtime.value)
        {
            let message = format!(
                "{}: the layer {} does not name {} among its CompatibleRuntimes; AWS does not check that either",
                function.path(),
                layer.value,
                runtime.value
            );
            function.problems().warning(layer.span, message, "another runtime", "");
        }
        folders.extend(draft.folder.clone());
    }
    folders
}

/// The content of all versions is that of the template.
const FIRST_VERSION: u32 = 1;
