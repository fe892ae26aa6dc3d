//! What does an `AWS::Serverless::Function` become?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html>

use std::collections::BTreeMap;

use crate::intrinsic::call;
use crate::prepared::ParameterValue;
use crate::{Diagnostic, Diagnostics, Map, Node, Value};

use super::api::Api;
use super::build::{At, INHERITED, resource};
use super::http_api::HttpApi;
use super::properties::{self, invalid};
use super::{Made, Source, event, event_invoke, role, tags, version};

/// What a function is transformed among.
pub(super) struct Context<'a> {
    /// The APIs that its events may add to.
    pub(super) apis: &'a mut Vec<Api>,
    pub(super) http_apis: &'a mut Vec<HttpApi>,
    pub(super) globals: &'a Map,
    pub(super) conditions: &'a BTreeMap<String, bool>,
    /// The values of the parameters.
    pub(super) parameters: &'a [ParameterValue],
    /// All resources as written.
    pub(super) resources: &'a Map,
    /// What names such as `Function.Version` stand for.
    pub(super) names: &'a mut BTreeMap<String, String>,
}

/// The function, its role and what its events need.
pub(super) fn transform(mut source: Source, context: &mut Context<'_>, found: &mut Diagnostics) -> Vec<Made> {
    let at = At(source.logical_id_span);
    properties::check(
        &source.logical_id,
        "AWS::Serverless::Function",
        properties::FUNCTION,
        &mut source.properties,
        found,
    );
    version::resolve_names(&mut source.properties, context.parameters);
    let own = &source.properties;
    let mut function = properties::kept(properties::FUNCTION, own);
    if let Some((key_span, mut code)) = code(&source, found) {
        if let (Some(key), Some(map)) = (own.entry("SourceKMSKeyArn"), code.as_map_mut()) {
            map.push(key.clone());
        }
        function.set("Code", key_span, code);
    }
    if let Some(queue) = own.entry("DeadLetterQueue") {
        let at = At(queue.key_span);
        function.set("DeadLetterConfig", at.0, at.map([("TargetArn", queue.node.get("TargetArn").cloned())]));
        check_queue(&source.logical_id, &queue.node, found);
    }
    if let Some(tracing) = own.entry("Tracing") {
        let at = At(tracing.key_span);
        function.set("TracingConfig", at.0, at.map([("Mode", Some(tracing.node.clone()))]));
    }
    let tags = tags(&source.logical_id, own, at, true, found).unwrap_or_else(|| at.list(Vec::new()));
    function.set("Tags", at.0, tags.clone());

    let mut made = version::published(&mut source, &function, context.names, found);
    let own = &source.properties;
    let role_id = format!("{}Role", source.logical_id);
    match given_role(own, context.conditions) {
        Some(role) => function.set("Role", role.span, role.clone()),
        None => {
            function.set("Role", at.0, at.attribute(&role_id, "Arn"));
            let role = role::properties(&source.logical_id, own, (at, tags), context.conditions, found);
            made.push(derived(&source, at, role_id, "AWS::IAM::Role", role));
        }
    }
    let node = resource(at, "AWS::Lambda::Function", function, &source.attributes, |_| true);
    made.insert(0, Made { logical_id: source.logical_id.clone(), span: at.0, node });
    made.extend(event_invoke::transform(&source, own.get("AutoPublishAlias"), found));
    if let Some(url) = own.entry("FunctionUrlConfig") {
        made.extend(function_url(&source, At(url.key_span), &url.node));
    }
    made.extend(event::transform(&source, context, found));
    made
}

/// A resource made from `source` besides the main one.
pub(super) fn derived(source: &Source, at: At, logical_id: String, kind: &str, properties: Map) -> Made {
    let node = resource(at, kind, properties, &source.attributes, |key| INHERITED.contains(&key));
    Made { logical_id, span: at.0, node }
}

/// `Code`, from `CodeUri` or `InlineCode`.
fn code(source: &Source, found: &mut Diagnostics) -> Option<(crate::Span, Node)> {
    let id = &source.logical_id;
    let (uri, inline) = (source.properties.entry("CodeUri"), source.properties.entry("InlineCode"));
    match (uri, inline) {
        (None, None) if is_image(source) => {
            // What was refused instead has been said.
            if !found.iter().any(|d| d.code == "sam-property" && d.message.contains("ImageUri")) {
                let message = format!("container images are not run here (resource {id})");
                let diagnostic = Diagnostic::unsupported("sam-property", message);
                let at =
                    source.properties.entry("PackageType").map_or(source.logical_id_span, |e| e.key_span);
                found.push(
                    diagnostic.at(at, "an image").cure("use `PackageType: Zip` and `CodeUri: ./folder`"),
                );
            }
            None
        }
        // `sam build`, `sam package` and `sam deploy` take the folder of the template.
        (None, None) => {
            let at = At(source.logical_id_span);
            Some((at.0, at.map([("frontgate:Folder", Some(at.text(".")))])))
        }
        (uri, Some(inline)) => {
            if let Some(uri) = uri {
                let message = format!("SAM ignores the CodeUri of {id}: it has InlineCode");
                found.push(Diagnostic::warning("ignored-code", message).at(uri.key_span, "not used"));
            }
            let at = At(inline.key_span);
            Some((at.0, at.map([("ZipFile", Some(inline.node.clone()))])))
        }
        (Some(uri), None) => {
            let code = code_uri(&uri.node);
            if code.is_none() {
                let diagnostic = invalid(id, "'CodeUri' requires Bucket and Key properties to be specified.");
                found.push(diagnostic.at(uri.node.span, "neither a folder nor an object of S3"));
            }
            Some((uri.key_span, code?))
        }
    }
}

fn is_image(source: &Source) -> bool {
    let package = source.properties.get("PackageType").and_then(Node::as_str);
    package == Some("Image") || source.properties.get("ImageUri").is_some()
}

/// A folder, an `s3://` address, or bucket and key.
pub(super) fn code_uri(node: &Node) -> Option<Node> {
    let at = At(node.span);
    match &node.value {
        Value::String(text) => match text.strip_prefix("s3://") {
            None => Some(at.map([("frontgate:Folder", Some(node.clone()))])),
            Some(address) => {
                let (bucket, key) =
                    address.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())?;
                let (key, version) = match key.split_once("?versionId=") {
                    Some((key, version)) => (key, Some(at.text(version))),
                    None => (key, None),
                };
                Some(at.map([
                    ("S3Bucket", Some(at.text(bucket))),
                    ("S3Key", Some(at.text(key))),
                    ("S3ObjectVersion", version),
                ]))
            }
        },
        Value::Map(map) => Some(at.map([
            ("S3Bucket", Some(map.get("Bucket")?.clone())),
            ("S3Key", Some(map.get("Key")?.clone())),
            ("S3ObjectVersion", map.get("Version").cloned()),
        ])),
        _ => None,
    }
}

fn check_queue(logical_id: &str, queue: &Node, found: &mut Diagnostics) {
    let kind = queue.get("Type").and_then(Node::as_str);
    if !matches!(kind, Some("SNS" | "SQS")) || queue.get("TargetArn").is_none() {
        let cause = "'DeadLetterQueue' requires Type and TargetArn properties to be specified.";
        found.push(invalid(logical_id, cause).at(queue.span, "incomplete").cure("Type is SNS or SQS"));
    }
}

/// The role that the template gives; none if that comes to `AWS::NoValue`.
fn given_role<'a>(properties: &'a Map, conditions: &BTreeMap<String, bool>) -> Option<&'a Node> {
    let role = properties.get("Role")?;
    let chosen = match call(role) {
        Some(entry) if entry.key == "Fn::If" => match entry.node.as_list() {
            Some([condition, then, otherwise]) => {
                match condition.as_str().and_then(|name| conditions.get(name)) {
                    Some(true) => then,
                    Some(false) => otherwise,
                    None => role,
                }
            }
            _ => role,
        },
        _ => role,
    };
    let is_no_value = chosen.get("Ref").and_then(Node::as_str) == Some("AWS::NoValue");
    (!is_no_value).then_some(chosen)
}

/// The function's URL, and who may call it.
fn function_url(source: &Source, at: At, config: &Node) -> Vec<Made> {
    let id = &source.logical_id;
    let mut url = Map::default();
    url.set("TargetFunctionArn", at.0, at.reference(source.called()));
    for entry in config.as_map().into_iter().flatten() {
        url.set(&entry.key, entry.key_span, entry.node.clone());
    }
    let mut made = vec![derived(source, at, format!("{id}Url"), "AWS::Lambda::Url", url)];
    if config.get("AuthType").and_then(Node::as_str) == Some("NONE") {
        let permission = |action: &str, key: &str, value: Node| {
            let map = at.map([
                ("Action", Some(at.text(action))),
                ("FunctionName", Some(at.reference(source.called()))),
                ("Principal", Some(at.text("*"))),
                (key, Some(value)),
            ]);
            map.as_map().cloned().unwrap_or_default()
        };
        let url = permission("lambda:InvokeFunctionUrl", "FunctionUrlAuthType", at.text("NONE"));
        let invoke = permission("lambda:InvokeFunction", "InvokedViaFunctionUrl", at.truth(true));
        for (suffix, properties) in [("UrlPublicPermissions", url), ("URLInvokeAllowPublicAccess", invoke)] {
            made.push(derived(source, at, format!("{id}{suffix}"), "AWS::Lambda::Permission", properties));
        }
    }
    made
}
