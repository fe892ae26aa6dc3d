//! `AWS::Lambda::Version`: a published version of a function. Its code is that of the template, whatever its number.

use frontgate_template::ResourceNode;

use super::aws_lambda_alias::provisioned_concurrency;
use super::lambda_drafts::FIRST_VERSION;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a version.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let generated = maker.generated_name(node);
    let function = properties.required_text("FunctionName");
    properties.accept(&["CodeSha256", "Description"]);
    provisioned_concurrency(properties);
    properties.unsupported(&["FunctionScalingConfig", "RuntimePolicy"]);
    let Some(function) = function else { return Made::new(generated) };
    let Some(draft) = maker.lambda_draft(&function.value) else {
        let message = format!("{}.FunctionName: Function not found: {}", properties.path(), function.value);
        properties.problems().error(
            function.span,
            message,
            "ResourceNotFoundException",
            "Use !Ref to a function of this template.",
        );
        return Made::new(generated);
    };
    if let Some(version) = draft.version {
        let message = format!(
            "{}: A version for this Lambda function exists ( {version} ). Modify the function to create a new version.",
            properties.path()
        );
        properties.problems().error(
            node.logical_id_span,
            message,
            "AlreadyExists",
            "Name one version everywhere.",
        );
    }
    draft.version = Some(FIRST_VERSION);
    let arn = draft.version_arn(FIRST_VERSION);
    Made::new(&arn).with("FunctionArn", &arn).with("Version", FIRST_VERSION.to_string())
}
