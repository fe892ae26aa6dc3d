//! `AWS::ApiGatewayV2::ApiGatewayManagedOverrides`: other settings for what quick create has made.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apigatewaymanagedoverrides.html>

use frontgate_template::{Map, Node, ResourceNode, Value};

use super::aws_apigatewayv2_stage::{route_settings, throttles};
use super::gateway_access_log::access_log;
use super::gateway_stage_settings::variables;
use super::http_api_parts::{HttpApiDraft, draft, map_of, route_mut};
use super::rest_api_parts::{child, set, text, unknown};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Changes the integration, the route and the stage of quick create.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let made = Made::new(frontgate_aws::ids::api_part_id("overrides", &maker.seed(&node.logical_id)));
    let stage = properties.object("Stage").map(|stage| {
        stage.accept(&["Description"]);
        if stage.flag("AutoDeploy") == Some(false) {
            stage.unsupported(&["AutoDeploy"]);
        }
        let throttles = throttles(&stage, maker);
        let log = access_log(&stage, "AccessLogSettings", maker);
        let row = (throttles, log, variables(&stage, "StageVariables"), route_settings(&stage));
        stage.finish();
        row
    });
    let (integration, route) = (properties.object("Integration"), properties.object("Route"));
    let Some(draft) = draft(properties, maker) else {
        for object in integration.iter().chain(&route) {
            object.accept(PARTS);
        }
        return made;
    };
    let Some(key) = draft.quick_route.clone() else {
        let message = format!("{}.ApiId: quick create has made nothing of this API", properties.path());
        let cure = "Write Target into the AWS::ApiGatewayV2::Api, or change its own routes and stages.";
        properties.problems().error(properties.span_of("ApiId"), message, "nothing to override", cure);
        return made;
    };
    if let Some(integration) = integration {
        override_integration(&integration, draft, &key);
    }
    if let Some(route) = route {
        override_route(&route, draft, &key);
    }
    let made_stage = draft.stages.iter_mut().find(|stage| &*stage.name == "$default");
    if let (Some(stage), Some((throttles, log, variables, rows))) = (made_stage, stage) {
        stage.settings.throttles = throttles;
        stage.settings.access_log = log;
        stage.variables = variables;
        stage.route_settings = rows;
    }
    made
}

fn override_integration(object: &Object<'_>, draft: &mut HttpApiDraft, key: &str) {
    object.accept(&["Description"]);
    let rows = [
        ("httpMethod", object.node("IntegrationMethod")),
        ("payloadFormatVersion", object.node("PayloadFormatVersion")),
        ("timeoutInMillis", object.node("TimeoutInMillis")),
    ];
    object.finish();
    let Some(route) = route_mut(&mut draft.document, key) else { return };
    let integration = child(route, "x-amazon-apigateway-integration", object.span());
    for (member, value) in rows {
        if let Some(value) = value {
            set(integration, member, value.clone());
        }
    }
}

fn override_route(object: &Object<'_>, draft: &mut HttpApiDraft, key: &str) {
    object.accept(&["OperationName"]);
    let kinds = [("AWS_IAM", "AWS_IAM"), ("CUSTOM", "CUSTOM"), ("JWT", "JWT"), ("NONE", "NONE")];
    let kind = object.choice("AuthorizationType", &kinds);
    let authorizer = object.text("AuthorizerId");
    let scopes = object.node("AuthorizationScopes").cloned();
    let target = object.text("Target");
    object.finish();
    let span = object.span();
    if let Some(authorizer) = &authorizer
        && !draft.authorizers.iter().any(|known| *known == *authorizer.value)
    {
        unknown(object, "AuthorizerId", authorizer, "Invalid authorizer ID specified");
    }
    if matches!(kind, Some("CUSTOM" | "JWT")) {
        object.require("AuthorizerId");
    }
    let Some(route) = route_mut(&mut draft.document, key) else { return };
    if let Some(target) = target {
        let integration = child(route, "x-amazon-apigateway-integration", span);
        let kind = if target.value.starts_with("arn:") { "AWS_PROXY" } else { "HTTP_PROXY" };
        set(integration, "type", text(kind, target.span));
        set(integration, "uri", text(&target.value, target.span));
    }
    match (kind, authorizer) {
        (Some("AWS_IAM"), _) => {
            let auth = map_of(span, [("type", Some(text("AWS_IAM", span)))]);
            set(route, "x-amazon-apigateway-auth", auth);
        }
        (Some("CUSTOM" | "JWT"), Some(authorizer)) => {
            let none = || Node::new(Value::List(Vec::new()), span);
            let mut scheme = Node::new(Value::Map(Map::default()), authorizer.span);
            set(&mut scheme, &authorizer.value, scopes.unwrap_or_else(none));
            set(route, "security", Node::new(Value::List(vec![scheme]), authorizer.span));
        }
        _ => {}
    }
}

const PARTS: &[&str] = &[
    "AuthorizationScopes",
    "AuthorizationType",
    "AuthorizerId",
    "Description",
    "IntegrationMethod",
    "OperationName",
    "PayloadFormatVersion",
    "Target",
    "TimeoutInMillis",
];
