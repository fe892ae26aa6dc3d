//! `AWS::ApiGateway::RequestValidator`: what is checked before a method asks its backend.

use frontgate_aws::ids;
use frontgate_template::{Map, Node, ResourceNode, Value};

use super::rest_api_parts::{child, draft, set};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a request validator: a row of `x-amazon-apigateway-request-validators` of its API.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = ids::api_part_id("request validator", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("RequestValidatorId", &id);
    properties.accept(&["Name"]);
    let span = node.logical_id_span;
    let mut row = Node::new(Value::Map(Map::default()), span);
    for (property, key) in [
        ("ValidateRequestBody", "validateRequestBody"),
        ("ValidateRequestParameters", "validateRequestParameters"),
    ] {
        if let Some(flag) = properties.flag(property) {
            set(&mut row, key, Node::new(Value::Bool(flag), properties.span_of(property)));
        }
    }
    let Some(draft) = draft(properties, maker) else { return made };
    let validators = child(&mut draft.document, "x-amazon-apigateway-request-validators", span);
    set(validators, &node.logical_id, row);
    draft.validators.push((id, node.logical_id.clone()));
    made
}
