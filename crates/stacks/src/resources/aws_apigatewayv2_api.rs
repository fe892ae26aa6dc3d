//! `AWS::ApiGatewayV2::Api`: an HTTP API.

use frontgate_gateway_rules::http_api::HttpStageSettings;
use frontgate_template::{Map, Node, ResourceNode, Span, Value};

use super::gateway_body;
use super::http_api_parts::{HttpApiDraft, add_route, empty_definition, map_of};
use super::http_deployments::HttpStageDraft;
use super::rest_api_parts::{set, text};
use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object, Text};

/// Makes an HTTP API; routes, integrations, authorizers and stages add to it.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let seed = maker.seed(&node.logical_id);
    let id = frontgate_aws::ids::rest_api_id(&seed);
    let body = gateway_body::body(properties, maker);
    if let Some(protocol) = properties.text("ProtocolType").filter(|protocol| protocol.value != "HTTP") {
        if protocol.value == "WEBSOCKET" {
            return web_socket(node, properties, &protocol);
        }
        let message =
            format!("{}.ProtocolType: `{}` is not a valid value", properties.path(), protocol.value);
        properties.problems().error(protocol.span, message, "not a valid value", "Use HTTP.");
    }
    if body.is_none() {
        properties.require("Name");
        properties.require("ProtocolType");
    }
    properties.accept(ACCEPTED);
    properties.of_web_sockets(&["ApiKeySelectionExpression"]);
    properties.unsupported(&["BasePath"]);
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
    let quick_route = properties.node("Target").map(|_| {
        properties.text("RouteKey").map_or_else(|| "$default".to_owned(), |key| key.value.into_owned())
    });
    let stages = quick_create(properties, &mut document, &seed, maker).into_iter().collect();
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
        routes: Vec::new(),
        quick_route,
        deployments: Vec::new(),
        stages,
        place,
    });
    let endpoint = format!("https://{id}.execute-api.{}.amazonaws.com", maker.context.region);
    Made::new(&id).with("ApiId", &id).with("ApiEndpoint", endpoint)
}

/// What is not done yet; what is made for it is no fault of its own.
fn web_socket(node: &ResourceNode, properties: &Object<'_>, protocol: &Text<'_>) -> Made {
    properties.unsupported_value("ProtocolType", protocol);
    properties.accept(WEB_SOCKET_PROPERTIES);
    let id = format!("{INERT_MARK}{}", node.logical_id).to_ascii_lowercase();
    let endpoint = format!("wss://{id}");
    Made::new(&id).with("ApiId", &id).with("ApiEndpoint", endpoint)
}

/// Quick create: a route to `Target`, and the stage `$default` that has it.
fn quick_create(
    properties: &Object<'_>,
    document: &mut Node,
    seed: &str,
    maker: &mut Maker<'_>,
) -> Option<HttpStageDraft> {
    let route_key = properties.text("RouteKey");
    let credentials = properties.node("CredentialsArn").cloned();
    let Some(target) = properties.text("Target") else {
        if let Some(arn) = &credentials {
            let message = format!(
                "{}.CredentialsArn: an integration of quick create needs a Target",
                properties.path()
            );
            let cure = "Add Target, or write CredentialsArn into AWS::ApiGatewayV2::Integration.";
            properties.problems().error(arn.span, message, "without Target", cure);
        }
        if let Some(key) = route_key {
            let message = format!("{}.RouteKey: a route of quick create needs a Target", properties.path());
            let cure = "Add Target, or write AWS::ApiGatewayV2::Route.";
            properties.problems().error(key.span, message, "without Target", cure);
        }
        return None;
    };
    let kind = if target.value.starts_with("arn:") { "AWS_PROXY" } else { "HTTP_PROXY" };
    let span = target.span;
    let integration = map_of(
        span,
        [
            ("credentials", credentials),
            ("type", Some(text(kind, span))),
            ("uri", Some(text(&target.value, span))),
            // "A Lambda proxy integration with payload format 2.0".
            ("payloadFormatVersion", Some(text("2.0", span))),
        ],
    );
    let operation = map_of(span, [("x-amazon-apigateway-integration", Some(integration))]);
    add_route(document, route_key.as_ref().map_or("$default", |key| &key.value), operation, span);
    // "Quick create produces an API with […] a default stage which is configured to automatically deploy changes."
    Some(HttpStageDraft {
        name: "$default".into(),
        deployment_id: Some(frontgate_aws::ids::api_part_id("deployment", seed)),
        is_automatic: true,
        variables: Vec::new(),
        settings: HttpStageSettings::default(),
        route_settings: Vec::new(),
        place: maker.place(span, "the stage $default"),
    })
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

/// Properties that change no answer.
const ACCEPTED: &[&str] =
    &["Description", "DisableSchemaValidation", "FailOnWarnings", "IpAddressType", "Tags", "Version"];
