//! `AWS::ApiGatewayV2::Authorizer`: who says who may call routes of an HTTP API.

use frontgate_template::{Node, ResourceNode};

use super::aws_apigatewayv2_api::lower_members;
use super::http_api_parts::{draft, map_of};
use super::rest_api_parts::{child, set, text};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an authorizer; a route names it.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("authorizer", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("AuthorizerId", &id);
    properties.require("AuthorizerType");
    let kind = properties.choice("AuthorizerType", &[("JWT", "jwt"), ("REQUEST", "request")]);
    let name = properties.required_text("Name");
    properties.of_web_sockets(&["IdentityValidationExpression"]);
    let span = node.logical_id_span;
    let is_request = kind == Some("request");
    if is_request {
        properties.require("AuthorizerUri");
        properties.require("AuthorizerPayloadFormatVersion");
    }
    let authorizer = map_of(
        span,
        [
            ("authorizerCredentials", properties.node("AuthorizerCredentialsArn").cloned()),
            ("authorizerPayloadFormatVersion", properties.node("AuthorizerPayloadFormatVersion").cloned()),
            ("authorizerResultTtlInSeconds", properties.node("AuthorizerResultTtlInSeconds").cloned()),
            ("authorizerUri", properties.node("AuthorizerUri").cloned()),
            ("enableSimpleResponses", properties.node("EnableSimpleResponses").cloned()),
            ("id", Some(text(&id, span))),
            ("identitySource", properties.node("IdentitySource").cloned()),
            ("jwtConfiguration", properties.node("JwtConfiguration").map(lower_members)),
            ("name", name.map(|name| text(&name.value, name.span))),
            ("type", kind.map(|kind| text(kind, span))),
        ],
    );
    let Some(draft) = draft(properties, maker) else { return made };
    let scheme: Node = map_of(span, [("x-amazon-apigateway-authorizer", Some(authorizer))]);
    let components = child(&mut draft.document, "components", span);
    set(child(components, "securitySchemes", span), &id, scheme);
    draft.authorizers.push(id);
    made
}
