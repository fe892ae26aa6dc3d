//! `AWS::Lambda::Alias`: another name of a version, or of two with shares of the calls.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-alias.html>

use frontgate_snapshot::FunctionAlias;
use frontgate_template::{ResourceNode, Span};

use super::lambda_drafts::LambdaDraft;
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// How many execution environments are to be started in advance.
pub fn provisioned_concurrency(properties: &Object<'_>) -> u32 {
    let Some(config) = properties.object("ProvisionedConcurrencyConfig") else { return 0 };
    config.require("ProvisionedConcurrentExecutions");
    let count = config.number("ProvisionedConcurrentExecutions", 1..=1_000);
    config.finish();
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

/// A function has no more of them than `ReservedConcurrentExecutions` allows.
pub fn check_reserved(properties: &Object<'_>, maker: &Maker<'_>, function: &str) {
    let reserved = maker.resources.functions.iter().find(|other| *other.name == *function);
    let Some(reserved) = reserved.and_then(|function| function.reserved_concurrency) else { return };
    if maker.published.provisioned_of_all(function) <= reserved {
        return;
    }
    let message = format!(
        "{}: Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        properties.path()
    );
    let span = properties.span_of("ProvisionedConcurrencyConfig");
    let cure = format!("The function has ReservedConcurrentExecutions: {reserved}.");
    properties.problems().error(span, message, "InvalidParameterValueException", cure);
}

/// Makes an alias.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("Name");
    let function = properties.required_text("FunctionName");
    let version = properties.required_text("FunctionVersion");
    properties.accept(&["Description"]);
    let provisioned = provisioned_concurrency(properties);
    let routing = properties.object("RoutingConfig");
    let (Some(name), Some(function), Some(version)) = (name, function, version) else {
        return Made::new(maker.generated_name(node));
    };
    check_name(properties, &name);
    let Some(draft) = maker.lambda_draft(&function.value).cloned() else {
        refuse_missing(properties, function.span, &function.value);
        return Made::new(maker.generated_name(node));
    };
    let arn = format!("{}:{}", draft.arn, name.value);
    if draft.aliases.iter().any(|other| **other == *name.value) {
        let message = format!("{}: Alias already exists: {arn}", properties.path());
        let cure = "Give one of the two another name.";
        properties.problems().error(name.span, message, "ResourceConflictException", cure);
    }
    let number = version_number(&draft, &version.value);
    if number.is_none() && version.value != LATEST {
        refuse_missing(properties, version.span, &format!("{}:{}", draft.arn, version.value));
        return Made::new(maker.generated_name(node));
    }
    let additional = routing.and_then(|routing| additional(&routing, &draft, &version));
    let place = maker.place(node.logical_id_span, format!("the alias {} of {}", name.value, draft.name));
    if provisioned > 0 {
        provision(properties, maker, &draft.name, number, provisioned);
    }
    maker.resources.function_aliases.push(FunctionAlias {
        function: draft.name.as_str().into(),
        name: name.value.as_ref().into(),
        version: number,
        additional,
        place,
    });
    if let Some(draft) = maker.lambda_draft(&function.value) {
        draft.aliases.push(name.value.to_string());
    }
    Made::new(&arn).with("AliasArn", &arn)
}

fn version_number(draft: &LambdaDraft, version: &str) -> Option<u32> {
    draft.versions.iter().copied().find(|number| number.to_string() == version)
}

fn refuse_missing(properties: &Object<'_>, span: Span, named: &str) {
    let message = format!("{}: Function not found: {named}", properties.path());
    let cure = "Use !Ref to a function of this template, and !GetAtt VERSION.Version of its version.";
    properties.problems().error(span, message, "ResourceNotFoundException", cure);
}

fn check_name(properties: &Object<'_>, name: &Text<'_>) {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let is_number = name.value.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number && name.value.len() <= NAME_LENGTH_MAX && name.value.chars().all(is_letter) {
        return;
    }
    let message = format!(
        "{}: 1 validation error detected: Value '{}' at 'name' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        properties.path(),
        name.value
    );
    properties.problems().error(name.span, message, "no name of an alias", "");
}

/// `AdditionalVersionWeights`: one other version and its share.
fn additional(routing: &Object<'_>, draft: &LambdaDraft, version: &Text<'_>) -> Option<(u32, u32)> {
    let weights = routing.objects("AdditionalVersionWeights");
    routing.finish();
    let refuse = |span: Span, message: String, cure: &str| {
        let message = format!("{}: {message}", routing.path());
        routing.problems().error(span, message, "not possible", cure);
    };
    if weights.len() > 1 {
        let message = "Number of items in AdditionalVersionWeights cannot be greater than 1".to_owned();
        refuse(weights[1].span(), message, "Name one version beside that of FunctionVersion.");
    }
    let mut chosen = None;
    for weight in weights {
        let (other, share) =
            (weight.required_text("FunctionVersion"), weight.required_text("FunctionWeight"));
        weight.finish();
        let (Some(other), Some(share)) = (other, share) else { continue };
        let parsed = share.value.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
        match (parsed, version_number(draft, &other.value)) {
            (None, _) => refuse(
                share.span,
                format!(
                    "1 validation error detected: Value '{{{}={}}}' at 'routingConfig.additionalVersionWeights' failed to \
                     satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to \
                     1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
                    other.value, share.value
                ),
                "Write a number from 0 to 1.",
            ),
            _ if other.value == version.value => refuse(
                other.span,
                format!(
                    "Invalid function version {0}. Function version {0} is already included in routing configuration.",
                    other.value
                ),
                "Name another version, or remove RoutingConfig.",
            ),
            _ if LATEST == version.value || LATEST == other.value => refuse(
                other.span,
                "$LATEST is not supported for an alias pointing to more than 1 version".to_owned(),
                "Publish a version, and name that.",
            ),
            (_, None) => refuse(
                other.span,
                format!("Function not found: {}:{}", draft.arn, other.value),
                "Use !GetAtt VERSION.Version of a version of this function.",
            ),
            (Some(share), Some(number)) => chosen = Some((number, millionths(share))),
        }
    }
    chosen
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share lies between 0 and 1, so a million of it between 0 and 1,000,000"
)]
fn millionths(share: f64) -> u32 {
    (share * 1_000_000.0).round() as u32
}

/// Provisions the version that the alias names.
fn provision(
    properties: &Object<'_>,
    maker: &mut Maker<'_>,
    function: &str,
    version: Option<u32>,
    count: u32,
) {
    let refuse = |message: &str, cure: &str| {
        let message = format!("{}: {message}", properties.path());
        let span = properties.span_of("ProvisionedConcurrencyConfig");
        properties.problems().error(span, message, "not possible", cure);
    };
    let Some(number) = version else {
        let message = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
        return refuse(message, "Publish a version, and name that.");
    };
    let by_aliases = maker
        .resources
        .function_aliases
        .iter()
        .any(|alias| *alias.function == *function && alias.version == Some(number));
    if maker.published.provisioned(function, number) > 0 && !by_aliases {
        let message =
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
        return refuse(message, "Leave ProvisionedConcurrencyConfig to the version or to the alias.");
    }
    maker.published.provision(function, number, count);
    check_reserved(properties, maker, function);
}

const LATEST: &str = "$LATEST";
const NAME_LENGTH_MAX: usize = 128;
