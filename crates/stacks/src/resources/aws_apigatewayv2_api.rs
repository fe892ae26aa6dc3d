//! `AWS::ApiGatewayV2::Api`: an HTTP API.

use frontgate_gateway_rules::http_api::HttpStage;
use frontgate_template::{Map, Node, ResourceNode, Span, Value};

use super::http_api_parts::{HttpApiDraft, add_route, empty_definition, map_of};
use super::rest_api_parts::{set, text};
use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object};

/// Makes an HTTP API; routes, integrations, authorizers and stages add to it.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let seed = maker.seed(&node.logical_id);
    let id = frontgate_aws::ids::rest_api_id(&seed);
    let body = properties.node("Body").cloned();
    let protocol = properties.text("ProtocolType");
    if let Some(protocol) = protocol.as_ref().filter(|protocol| protocol.value != "HTTP") {
        match &*protocol.value {
            "WEBSOCKET" => {
                properties.unsupported_value("ProtocolType", protocol);
                properties.accept(WEB_SOCKET_PROPERTIES);
                // What is made for it is no fault of its own.
                let id = format!("{INERT_MARK}{}", node.logical_id).to_ascii_lowercase();
                let endpoint = format!("wss://{id}");
                return Made::new(&id).with("ApiId", &id).with("ApiEndpoint", endpoint);
            }
            other => {
                let message = format!("{}.ProtocolType: `{other}` is not a valid value", properties.path());
                properties.problems().error(protocol.span, message, "not a valid value", "Use HTTP.");
            }
        }
    }
    if body.is_none() {
        properties.require("Name");
        properties.require("ProtocolType");
    }
    properties.accept(&[
        "Description",
        "DisableSchemaValidation",
        "FailOnWarnings",
        "IpAddressType",
        "Tags",
        "Version",
    ]);
    properties.unsupported(&["ApiKeySelectionExpression", "BasePath", "BodyS3Location", "CredentialsArn"]);
    if let Some(expression) = properties.text("RouteSelectionExpression")
        && expression.value != "${request.method} ${request.path}"
    {
        let message = format!("{}.RouteSelectionExpression: an HTTP API has its own", properties.path());
        properties.problems().error(expression.span, message, "not valid", "Remove it.");
    }
    let name =
        properties.text("Name").map_or_else(|| node.logical_id.clone(), |name| name.value.into_owned());
    let mut document = body.unwrap_or_else(|| empty_definition(node.logical_id_span));
    if let Some(cors) = properties.node("CorsConfiguration") {
        set(&mut document, "x-amazon-apigateway-cors", lower_members(cors));
    }
    let mut stages = Vec::new();
    let target = properties.text("Target");
    let route_key = properties.text("RouteKey");
    if let Some(target) = &target {
        let kind = if target.value.starts_with("arn:") { "AWS_PROXY" } else { "HTTP_PROXY" };
        let span = target.span;
        let integration = map_of(
            span,
            [
                ("type", Some(text(kind, span))),
                ("uri", Some(text(&target.value, span))),
                // Quick create: "a Lambda proxy integration with payload format 2.0".
                ("payloadFormatVersion", Some(text("2.0", span))),
            ],
        );
        let operation = map_of(span, [("x-amazon-apigateway-integration", Some(integration))]);
        let key = route_key.as_ref().map_or("$default", |key| &key.value);
        add_route(&mut document, key, operation, span);
        stages.push(HttpStage {
            name: "$default".into(),
            deployment_id: Some(frontgate_aws::ids::api_part_id("deployment", &seed).into()),
            variables: Vec::new(),
            place: maker.place(span, "the stage $default"),
        });
    } else if let Some(key) = route_key {
        let message = format!("{}.RouteKey: a route of quick create needs a Target", properties.path());
        properties.problems().error(
            key.span,
            message,
            "without Target",
            "Add Target, or write AWS::ApiGatewayV2::Route.",
        );
    }
    let logical_id = node.made_by.clone().unwrap_or_else(|| node.logical_id.clone());
    let place = maker.place(node.logical_id_span, format!("the HTTP API {logical_id} ({id})"));
    maker.http_apis.push(HttpApiDraft {
        id: id.clone(),
        name,
        logical_id,
        execute_api_disabled: properties.flag("DisableExecuteApiEndpoint").unwrap_or(false),
        document,
        integrations: Vec::new(),
        authorizers: Vec::new(),
        deployments: Vec::new(),
        stages,
        place,
    });
    let endpoint = format!("https://{id}.execute-api.{}.amazonaws.com", maker.context.region);
    Made::new(&id).with("ApiId", &id).with("ApiEndpoint", endpoint)
}

/// `AllowOrigins` as `allowOrigins`: CloudFormation and OpenAPI differ in the first letter.
pub fn lower_members(node: &Node) -> Node {
    let Value::Map(map) = &node.value else { return node.clone() };
    let mut lower = Map::default();
    for entry in map.iter() {
        let mut letters = entry.key.chars();
        let key: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
        let span: Span = entry.key_span;
        lower.set(&key, span, entry.node.clone());
    }
    Node { value: Value::Map(lower), span: node.span }
}

const WEB_SOCKET_PROPERTIES: &[&str] = &[
    "ApiKeySelectionExpression",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "IpAddressType",
    "Name",
    "RouteSelectionExpression",
    "Tags",
    "Version",
];
