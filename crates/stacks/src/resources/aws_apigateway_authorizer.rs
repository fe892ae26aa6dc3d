//! `AWS::ApiGateway::Authorizer`: who is asked whether a caller may call a method.

use frontgate_gateway_rules::authorizer::authorizer_id;
use frontgate_template::{Map, Node, ResourceNode, Value};

use super::rest_api_parts::{AuthorizerDraft, child, draft, set, text};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an authorizer: a security scheme of the definition of its API.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let span = node.logical_id_span;
    let kind = properties.required_text("Type");
    properties.required_text("Name");
    properties.accept(&["AuthType"]);
    let mut authorizer = Node::new(Value::Map(Map::default()), span);
    if let Some(kind) = &kind {
        set(&mut authorizer, "type", text(&kind.value.to_ascii_lowercase(), kind.span));
    }
    for (property, key) in MEMBERS {
        if let Some(value) = properties.node(property) {
            set(&mut authorizer, key, value.clone());
        }
    }
    let (authorization_type, authtype) = match kind.as_ref().map(|kind| &*kind.value) {
        Some("COGNITO_USER_POOLS") => ("COGNITO_USER_POOLS", "cognito_user_pools"),
        _ => ("CUSTOM", "custom"),
    };
    let Some(draft) = draft(properties, maker) else { return Made::new(&node.logical_id) };
    let id = authorizer_id(&draft.id, &node.logical_id);
    let schemes = child(&mut draft.document, "securityDefinitions", span);
    let scheme = child(schemes, &node.logical_id, span);
    for (key, value) in [("type", "apiKey"), ("name", "Authorization"), ("in", "header")] {
        set(scheme, key, text(value, span));
    }
    set(scheme, "x-amazon-apigateway-authtype", text(authtype, span));
    set(scheme, "x-amazon-apigateway-authorizer", authorizer);
    let row = AuthorizerDraft { id: id.clone(), scheme: node.logical_id.clone(), authorization_type };
    draft.authorizers.push(row);
    Made::new(&id).with("AuthorizerId", id)
}

/// Properties of the resource and the keys of `x-amazon-apigateway-authorizer`.
const MEMBERS: &[(&str, &str)] = &[
    ("AuthorizerCredentials", "authorizerCredentials"),
    ("AuthorizerResultTtlInSeconds", "authorizerResultTtlInSeconds"),
    ("AuthorizerUri", "authorizerUri"),
    ("IdentitySource", "identitySource"),
    ("IdentityValidationExpression", "identityValidationExpression"),
    ("ProviderARNs", "providerARNs"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::MEMBERS.is_sorted());
    }
}
