//! `AWS::CloudFront::Function`: a CloudFront Function and whether it is published.

use std::sync::Arc;

use frontgate_aws::ids;
use frontgate_cloudfront_functions_rules::restrictions::SOURCE_BYTES_MAX;
use frontgate_cloudfront_functions_rules::{KeyValueStore, Runtime, check};
use frontgate_edge_rules::ViewerFunction;
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// A function that behaviors may be associated with.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its ARN.
    pub arn: String,
    /// It is published: `AutoPublish` is true.
    pub published: bool,
    /// What runs.
    pub function: Arc<ViewerFunction>,
}

/// Makes a function.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("Name");
    let shown = name.as_ref().map_or(node.logical_id.as_str(), |name| &name.value).to_owned();
    let arn = format!("arn:aws:cloudfront::{}:function/{shown}", ids::ACCOUNT_ID);
    let published = properties.flag("AutoPublish").unwrap_or(false);
    let stage = if published { "LIVE" } else { "DEVELOPMENT" };
    let made = Made::new(&arn)
        .with("FunctionARN", &arn)
        .with("FunctionMetadata.FunctionARN", &arn)
        .with("Stage", stage);
    properties.accept(&["FunctionMetadata", "Tags"]);
    if let Some(name) = &name {
        check_name(properties, name, maker);
    }
    let code = properties.required_text("FunctionCode");
    properties.require("FunctionConfig");
    let config = properties.object("FunctionConfig").and_then(|config| function_config(&config, maker));
    let (Some(code), Some((runtime, store))) = (code, config) else { return made };
    check_code(properties, &code, runtime);
    let place = maker.place(node.logical_id_span, format!("the function {shown}"));
    let function =
        ViewerFunction { name: shown.into(), runtime, code: code.value.as_ref().into(), store, place };
    maker.functions.push(Function { arn, published, function: Arc::new(function) });
    made
}

fn check_name(properties: &Object<'_>, name: &Text<'_>, maker: &Maker<'_>) {
    let is_character = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let (message, label) = if maker.functions.iter().any(|other| *other.function.name == *name.value) {
        ("FunctionAlreadyExists: A function with the same name already exists", "FunctionAlreadyExists")
    } else if !(1..=64).contains(&name.value.len()) || !name.value.bytes().all(is_character) {
        ("InvalidArgument: a name has 1 to 64 letters, digits, hyphens and underscores", "InvalidArgument")
    } else {
        return;
    };
    let message = format!("{}.Name: {message}: {}", properties.path(), name.value);
    properties.problems().error(name.span, message, label, "Choose another name.");
}

fn function_config(config: &Object<'_>, maker: &Maker<'_>) -> Option<(Runtime, Option<Arc<KeyValueStore>>)> {
    config.require("Comment");
    config.accept(&["Comment"]);
    config.require("Runtime");
    let runtime = config.choice("Runtime", &Runtime::ALL.map(|runtime| (runtime.name(), runtime)));
    let mut store = None;
    let associations = config.objects("KeyValueStoreAssociations");
    for (index, association) in associations.iter().enumerate() {
        let arn = association.required_text("KeyValueStoreARN");
        association.finish();
        let Some(arn) = arn else { continue };
        let found = maker.key_value_stores.iter().find(|(known, _)| *known == arn.value);
        let fault = if index > 0 {
            "InvalidArgument: a function has one key value store at most"
        } else if found.is_none() {
            "EntityNotFound: the key value store does not exist"
        } else if runtime == Some(Runtime::JavaScript10) {
            "InvalidArgument: key value stores need the runtime cloudfront-js-2.0"
        } else {
            store = found.map(|(_, store)| store.clone());
            continue;
        };
        let message = format!("{}.KeyValueStoreARN: {fault}: {}", association.path(), arn.value);
        let cure = "Use !GetAtt STORE.Arn of an AWS::CloudFront::KeyValueStore of this template.";
        config.problems().error(arn.span, message, "no association", cure);
    }
    config.finish();
    Some((runtime?, store))
}

/// What is wrong with the code. CloudFront takes code that its runtime does not accept, and then answers 503.
fn check_code(properties: &Object<'_>, code: &Text<'_>, runtime: Runtime) {
    let path = properties.path();
    if code.value.is_empty() || code.value.len() > SOURCE_BYTES_MAX {
        let message = format!(
            "{path}.FunctionCode: FunctionSizeLimitExceeded: The function is too large: {} bytes, {SOURCE_BYTES_MAX} \
             at most",
            code.value.len()
        );
        properties.problems().error(code.span, message, "FunctionSizeLimitExceeded", "Shorten it.");
        return;
    }
    let accepted = match check(&code.value, runtime) {
        Ok(accepted) => accepted,
        Err(error) => {
            let message = format!(
                "{path}.FunctionCode: {error}: every request that it is called for is answered 503, as CloudFront does"
            );
            let cure = format!("{} knows ECMAScript 5.1 and some of what came later.", runtime.name());
            properties.problems().warning(code.span, message, "not accepted by the runtime", cure);
            return;
        }
    };
    for helper in accepted.helpers.iter().filter(|helper| NOT_DONE.contains(&helper.name)) {
        let message =
            format!("{path}.FunctionCode: cf.{} in line {} is not implemented yet", helper.name, helper.line);
        properties.problems().unsupported(code.span, message, "Do without it.");
    }
}

/// Helper methods that are refused.
const NOT_DONE: &[&str] = &["cwt"];
