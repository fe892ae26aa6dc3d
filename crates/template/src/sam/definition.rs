//! The API definition (Swagger 2.0, OpenAPI 3) that SAM writes for an API.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>

use crate::{Map, Node, Value};

use super::build::At;

/// A definition without a path.
pub(super) fn skeleton(at: At) -> Node {
    let info = at.map([("version", Some(at.text("1.0"))), ("title", Some(at.reference("AWS::StackName")))]);
    let paths = Node { value: Value::Map(Map::default()), span: at.0 };
    at.map([("info", Some(info)), ("paths", Some(paths)), ("swagger", Some(at.text("2.0")))])
}

/// How an event wants its function to be called.
#[derive(Clone, Copy)]
pub(super) struct ProxyCall<'a> {
    /// `TimeoutInMillis`
    pub(super) timeout: Option<&'a Node>,
    /// `ResponseTransferMode`: [`STREAMING`], or `BUFFERED`.
    pub(super) transfer_mode: Option<&'a Node>,
}

/// What SAM calls the response transfer mode STREAM of API Gateway.
pub(super) const STREAMING: &str = "RESPONSE_STREAM";

/// Adds the proxy integration of `function`, as `Fn::Sub` names its ARN, to a path and method; not if it is there already.
pub(super) fn add_proxy(
    definition: &mut Node,
    path: &str,
    method: &str,
    function: &str,
    call: ProxyCall<'_>,
    at: At,
) -> bool {
    let Some(paths) = definition.as_map_mut().and_then(|map| map.get_mut("paths")).and_then(Node::as_map_mut)
    else {
        return true;
    };
    let method = if method == "any" { ANY_METHOD } else { method };
    if !paths.contains(path) {
        paths.set(path, at.0, Node { value: Value::Map(Map::default()), span: at.0 });
    }
    let Some(item) = paths.get_mut(path).and_then(Node::as_map_mut) else { return true };
    if item.contains(method) {
        return false;
    }
    let streams = call.transfer_mode.is_some_and(|mode| mode.as_str() == Some(STREAMING));
    let (version, operation) = if streams {
        ("2021-11-15", "response-streaming-invocations")
    } else {
        ("2015-03-31", "invocations")
    };
    let uri = format!(
        "arn:aws:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/${{{function}}}/{operation}"
    );
    let mode = call.transfer_mode.filter(|_| streams).map(|mode| At(mode.span).text("STREAM"));
    let integration = at.map([
        ("httpMethod", Some(at.text("POST"))),
        ("type", Some(at.text("aws_proxy"))),
        ("uri", Some(at.substitute(uri))),
        ("timeoutInMillis", call.timeout.cloned()),
        ("responseTransferMode", mode),
    ]);
    let responses = Node { value: Value::Map(Map::default()), span: at.0 };
    let operation = at.map([(INTEGRATION, Some(integration)), ("responses", Some(responses))]);
    item.set(method, at.0, operation);
    true
}

/// The operation of a path and method, where it is there.
pub(super) fn operation<'d>(definition: &'d mut Node, path: &str, method: &str) -> Option<&'d mut Map> {
    let key = if method == "any" { ANY_METHOD } else { method };
    let paths = definition.as_map_mut()?.get_mut("paths")?.as_map_mut()?;
    paths.get_mut(path)?.as_map_mut()?.get_mut(key)?.as_map_mut()
}

/// Whether the definition is OpenAPI 3.
pub(super) fn is_openapi_3(definition: &Node) -> bool {
    definition.get("openapi").and_then(Node::text).is_some_and(|version| version.starts_with("3."))
}

/// Makes the definition say that it is OpenAPI `version`.
pub(super) fn set_openapi(definition: &mut Node, version: &Node) {
    if let Some(map) = definition.as_map_mut() {
        let text = Node::new(version.text().unwrap_or_default(), version.span);
        map.set("openapi", version.span, text);
        map.remove("swagger");
    }
}

/// The extension that names the media types that are binary. `~1` stands for a slash.
pub(super) fn add_binary_media_types(definition: &mut Node, types: &Node) {
    let unescaped = types.as_list().unwrap_or_default().iter().map(|item| match item.as_str() {
        Some(text) => Node::new(text.replace("~1", "/"), item.span),
        None => item.clone(),
    });
    let list = At(types.span).list(unescaped.collect());
    if let Some(map) = definition.as_map_mut() {
        map.set("x-amazon-apigateway-binary-media-types", types.span, list);
    }
}

/// The extension that closes the API's own host name.
pub(super) fn add_endpoint_configuration(definition: &mut Node, is_disabled: &Node) {
    const KEY: &str = "x-amazon-apigateway-endpoint-configuration";
    let is_openapi_3 = is_openapi_3(definition);
    let at = At(is_disabled.span);
    let configuration = at.map([("disableExecuteApiEndpoint", Some(is_disabled.clone()))]);
    let Some(map) = definition.as_map_mut() else { return };
    if !is_openapi_3 {
        map.set(KEY, at.0, configuration);
        return;
    }
    if !map.contains("servers") {
        map.set("servers", at.0, at.list(vec![at.map([])]));
    }
    if let Some(Value::List(servers)) = map.get_mut("servers").map(|node| &mut node.value) {
        for server in servers.iter_mut().filter_map(Node::as_map_mut) {
            server.set(KEY, at.0, configuration.clone());
        }
    }
}

/// `GatewayResponses` as the extension that holds them.
pub(super) fn add_gateway_responses(definition: &mut Node, responses: &Map, at: At) {
    let mut extension = Map::default();
    for entry in responses {
        let at = At(entry.key_span);
        let mut parameters = Map::default();
        for (group, prefix) in [("Headers", "header."), ("Paths", "path."), ("QueryStrings", "querystring.")]
        {
            for parameter in
                entry.node.at(&["ResponseParameters", group]).and_then(Node::as_map).into_iter().flatten()
            {
                let key = format!("gatewayresponse.{prefix}{}", parameter.key);
                parameters.set(&key, parameter.key_span, parameter.node.clone());
            }
        }
        let empty = Node { value: Value::Map(Map::default()), span: at.0 };
        let response = at.map([
            ("responseParameters", Some(Node { value: Value::Map(parameters), span: at.0 })),
            ("responseTemplates", Some(entry.node.get("ResponseTemplates").cloned().unwrap_or(empty))),
            (
                "statusCode",
                entry.node.get("StatusCode").map(|code| match code.text() {
                    Some(text) => Node::new(text, code.span),
                    None => code.clone(),
                }),
            ),
        ]);
        extension.set(&entry.key, entry.key_span, response);
    }
    if let Some(map) = definition.as_map_mut() {
        map.set(
            "x-amazon-apigateway-gateway-responses",
            at.0,
            Node { value: Value::Map(extension), span: at.0 },
        );
    }
}

pub(super) const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";
