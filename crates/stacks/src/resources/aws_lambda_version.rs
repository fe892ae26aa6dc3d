//! `AWS::Lambda::Version`: a published version of a function, which keeps the code and the settings that the function has when
//! it is published.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html>

use frontgate_template::ResourceNode;

use super::aws_lambda_alias::{check_reserved, provisioned_concurrency};
use super::lambda_settings::runtime_management;
use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object};
use crate::published::{Publication, Unchanged, VersionResource};

/// Makes a version.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let generated = maker.generated_name(node);
    let function = properties.required_text("FunctionName");
    let description = properties.text("Description").map(|text| text.value.into_owned());
    let code_sha256 = code_sha256(properties);
    let provisioned = provisioned_concurrency(properties);
    let is_named_by_code = properties.flag(NAMED_BY_CODE).unwrap_or(false);
    runtime_management(properties, "RuntimePolicy");
    properties.unsupported(&["FunctionScalingConfig"]);
    let Some(function) = function else { return Made::new(generated) };
    let Some(name) = maker.lambda_draft(&function.value).map(|draft| draft.name.clone()) else {
        let message = format!("{}.FunctionName: Function not found: {}", properties.path(), function.value);
        properties.problems().error(
            function.span,
            message,
            "ResourceNotFoundException",
            "Use !Ref to a function of this template.",
        );
        return Made::new(generated);
    };
    let shown = node.made_by.as_ref().unwrap_or(&node.logical_id);
    let place = maker.place(node.logical_id_span, format!("the version {} of {shown}", node.logical_id));
    // What keeps the function from being made has been said of the function.
    let Some(now) = maker.resources.functions.iter().find(|function| *function.name == *name).cloned() else {
        return Made {
            inert: true,
            ..Made::new(format!("{INERT_MARK}{}", node.logical_id).to_ascii_lowercase())
        };
    };
    let resource =
        VersionResource { logical_id: node.logical_id.clone(), properties: (description, code_sha256) };
    let is_retained = matches!(node.deletion_policy.as_deref(), Some("Retain" | "RetainExceptOnCreate"));
    let how = Publication { is_named_by_code, is_retained, place };
    let fingerprint = maker.code_fingerprints.get(&name).copied();
    let number = match maker.published.publish(resource, how, &now, fingerprint) {
        Ok(number) => number,
        Err(Unchanged(number)) => {
            let message = format!(
                "{}: A version for this Lambda function exists ( {number} ). Modify the function to create a new version.",
                properties.path()
            );
            let cure = "Name one version everywhere.";
            properties.problems().error(node.logical_id_span, message, "AlreadyExists", cure);
            number
        }
    };
    maker.published.provision(&name, number, provisioned);
    if provisioned > 0 {
        check_reserved(properties, maker, &name);
    }
    let Some(draft) = maker.lambda_draft(&name) else { return Made::new(generated) };
    if !draft.versions.contains(&number) {
        draft.versions.push(number);
    }
    let arn = draft.version_arn(number);
    Made::new(&arn).with("FunctionArn", &arn).with("Version", number.to_string())
}

/// Ends what the plan publishes: the versions that stay, with what aliases name.
pub fn close(maker: &mut Maker<'_>) {
    let aliases = &maker.resources.function_aliases;
    let is_named = |function: &str, number: u32| {
        let is_one = |version: Option<u32>| version == Some(number);
        aliases.iter().any(|alias| {
            *alias.function == *function
                && (is_one(alias.version) || is_one(alias.additional.map(|(version, _)| version)))
        })
    };
    maker.resources.function_versions = maker.published.end(&maker.resources.functions, is_named);
}

/// AWS compares it with the hash of the zip file, which is not there.
fn code_sha256(properties: &Object<'_>) -> Option<String> {
    let given = properties.text("CodeSha256")?;
    let decoded = frontgate_aws::base64_decode(&given.value);
    if decoded.is_none_or(|bytes| bytes.len() != SHA256_LENGTH) {
        let message = format!(
            "{}: CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST. Please try again with the CodeSHA256 in \
             $LATEST.",
            properties.path(),
            given.value
        );
        let cure = "Write the SHA-256 of the zip file in base64, or leave it out.";
        properties.problems().error(given.span, message, "no SHA-256", cure);
    } else {
        let message = format!(
            "{}.CodeSha256 is not compared: it is the hash of a zip file, and the code here is a folder",
            properties.path()
        );
        properties.problems().warning(given.span, message, "another one publishes another version", "");
    }
    Some(given.value.into_owned())
}

const SHA256_LENGTH: usize = 32;

/// The transform of SAM says so: on AWS the logical id would be another one for other code.
const NAMED_BY_CODE: &str = "frontgate:NamedByCode";
