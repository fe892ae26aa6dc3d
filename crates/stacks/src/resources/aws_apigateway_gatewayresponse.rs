//! `AWS::ApiGateway::GatewayResponse`: an error of the gateway in other words.

use frontgate_template::{Map, Node, ResourceNode, Value};

use super::rest_api_parts::{child, draft, set};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a gateway response.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = maker.generated_name(node);
    let made = Made::new(&id).with("Id", id);
    let kind = properties.required_text("ResponseType");
    let mut row = Node::new(Value::Map(Map::default()), node.logical_id_span);
    for (property, key) in [
        ("ResponseParameters", "responseParameters"),
        ("ResponseTemplates", "responseTemplates"),
        ("StatusCode", "statusCode"),
    ] {
        if let Some(value) = properties.node(property) {
            set(&mut row, key, value.clone());
        }
    }
    let Some(draft) = draft(properties, maker) else { return made };
    let Some(kind) = kind else { return made };
    let responses = child(&mut draft.document, "x-amazon-apigateway-gateway-responses", node.span);
    set(responses, &kind.value, row);
    made
}
