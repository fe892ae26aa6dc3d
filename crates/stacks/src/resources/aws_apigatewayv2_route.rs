//! `AWS::ApiGatewayV2::Route`: which requests to an HTTP API an integration answers, and who may send them.

use frontgate_template::{Map, Node, ResourceNode, Value};

use super::http_api_parts::{add_route, draft, has_route, map_of};
use super::rest_api_parts::{set, text, unknown};
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// The integration, which CloudFormation does not ask for.
fn target<'a>(node: &ResourceNode, properties: &Object<'a>) -> Option<Text<'a>> {
    if properties.node("Target").is_none() {
        let message = format!("{}: a route without a Target is not done yet", properties.path());
        properties.problems().unsupported(
            node.logical_id_span,
            message,
            "Name its integration: `integrations/ID`.",
        );
    }
    properties.text("Target")
}

/// Makes a route.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("route", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("RouteId", &id);
    let key = properties.required_text("RouteKey");
    let target = target(node, properties);
    let authorization = properties.text("AuthorizationType").filter(|kind| kind.value != "NONE");
    let authorizer = properties.text("AuthorizerId");
    let scopes = properties.node("AuthorizationScopes").cloned();
    properties.accept(&["OperationName"]);
    if properties.flag("ApiKeyRequired") == Some(true) {
        properties.unsupported_guards(&["ApiKeyRequired"]);
    }
    properties.of_web_sockets(&[
        "ModelSelectionExpression",
        "RequestModels",
        "RequestParameters",
        "RouteResponseSelectionExpression",
    ]);
    if let Some(kind) = &authorization {
        match &*kind.value {
            "JWT" | "CUSTOM" => properties.require("AuthorizerId"),
            "AWS_IAM" => {}
            other => {
                let message =
                    format!("{}.AuthorizationType: `{other}` is not a valid value", properties.path());
                let cure = "Use one of: AWS_IAM, CUSTOM, JWT, NONE.";
                properties.problems().error(kind.span, message, "not a valid value", cure);
            }
        }
    }
    let Some(draft) = draft(properties, maker) else { return made };
    let (Some(key), Some(target)) = (key, target) else { return made };
    let named = target.value.strip_prefix("integrations/").unwrap_or_default();
    let integration = draft.integrations.iter().find(|(id, _)| id == named).map(|(_, node)| node.clone());
    if integration.is_none() {
        unknown(properties, "Target", &target, "Unable to find Integration by ID");
    }
    if has_route(&draft.document, &key.value) {
        let message = format!(
            "{}.RouteKey: ConflictException: Route with key {} already exists for this API",
            properties.path(),
            key.value
        );
        properties.problems().error(key.span, message, "twice", "Remove one of them.");
        return made;
    }
    let span = node.logical_id_span;
    let is_iam = authorization.as_ref().is_some_and(|kind| kind.value == "AWS_IAM");
    let auth = is_iam.then(|| map_of(span, [("type", Some(text("AWS_IAM", span)))]));
    let security = authorization.filter(|_| !is_iam).and(authorizer).map(|authorizer| {
        if !draft.authorizers.iter().any(|known| *known == *authorizer.value) {
            unknown(properties, "AuthorizerId", &authorizer, "Invalid authorizer ID specified");
        }
        let mut scheme = Node::new(Value::Map(Map::default()), authorizer.span);
        let none = || Node::new(Value::List(Vec::new()), authorizer.span);
        set(&mut scheme, &authorizer.value, scopes.clone().unwrap_or_else(none));
        Node::new(Value::List(vec![scheme]), authorizer.span)
    });
    let operation = map_of(
        span,
        [
            ("security", security),
            ("x-amazon-apigateway-auth", auth),
            ("x-amazon-apigateway-integration", integration),
        ],
    );
    add_route(&mut draft.document, &key.value, operation, span);
    draft.routes.push(node.logical_id.clone());
    made
}
