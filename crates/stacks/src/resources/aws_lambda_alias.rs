//! `AWS::Lambda::Alias`: another name of a version. Whatever it names, the code that runs is that of the template.

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// What is to be kept warm: processes here start when they are needed and stay.
pub fn provisioned_concurrency(properties: &Object<'_>) {
    let Some(config) = properties.object("ProvisionedConcurrencyConfig") else { return };
    config.require("ProvisionedConcurrentExecutions");
    config.number("ProvisionedConcurrentExecutions", 1..=1_000);
    config.finish();
    let message = format!(
        "{}.ProvisionedConcurrencyConfig: no process is started in advance; the first call of each starts it",
        properties.path()
    );
    properties.problems().warning(config.span(), message, "no cold start on AWS", "");
}

/// Makes an alias.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("Name");
    let function = properties.required_text("FunctionName");
    let version = properties.required_text("FunctionVersion");
    properties.accept(&["Description"]);
    provisioned_concurrency(properties);
    properties.unsupported(&["RoutingConfig"]);
    let (Some(name), Some(function), Some(version)) = (name, function, version) else {
        return Made::new(maker.generated_name(node));
    };
    let found = maker.lambda_draft(&function.value).map(|draft| (draft.arn.clone(), draft.version));
    let published = found.as_ref().and_then(|(_, version)| *version);
    let is_there = published.is_some_and(|number| version.value == number.to_string());
    let Some((arn, _)) = found.filter(|_| is_there || version.value == "$LATEST") else {
        let message =
            format!("{}: Function not found: {}:{}", properties.path(), function.value, version.value);
        let cure = "Use !Ref to a function of this template, and !GetAtt VERSION.Version of its version.";
        properties.problems().error(function.span, message, "ResourceNotFoundException", cure);
        return Made::new(maker.generated_name(node));
    };
    if let Some(draft) = maker.lambda_draft(&function.value) {
        draft.aliases.push(name.value.to_string());
    }
    let arn = format!("{arn}:{}", name.value);
    Made::new(&arn).with("AliasArn", &arn)
}
