//! `AWS::ApiGatewayV2::Integration`: what answers routes of an HTTP API.

use frontgate_template::{Map, Node, ResourceNode, Value};

use super::http_api_parts::{draft, map_of};
use super::rest_api_parts::set;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an integration; a route names it.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("integration", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("IntegrationId", &id);
    properties.require("IntegrationType");
    properties.accept(&["Description", "PassthroughBehavior"]);
    properties.of_web_sockets(&[
        "ContentHandlingStrategy",
        "RequestTemplates",
        "TemplateSelectionExpression",
    ]);
    properties.unsupported(&["IntegrationSubtype", "TlsConfig"]);
    let span = node.logical_id_span;
    let integration = map_of(
        span,
        [
            ("connectionId", properties.node("ConnectionId").cloned()),
            ("connectionType", properties.node("ConnectionType").cloned()),
            ("credentials", properties.node("CredentialsArn").cloned()),
            ("httpMethod", properties.node("IntegrationMethod").cloned()),
            ("payloadFormatVersion", properties.node("PayloadFormatVersion").cloned()),
            ("requestParameters", properties.node("RequestParameters").cloned()),
            ("responseParameters", properties.node("ResponseParameters").map(response_parameters)),
            ("timeoutInMillis", properties.node("TimeoutInMillis").cloned()),
            ("type", properties.node("IntegrationType").cloned()),
            ("uri", properties.node("IntegrationUri").cloned()),
        ],
    );
    if let Some(draft) = draft(properties, maker) {
        draft.integrations.push((id, integration));
    }
    made
}

/// `{"500": {ResponseParameters: [{Source, Destination}]}}` as `{"500": {DESTINATION: SOURCE}}`, which OpenAPI has.
fn response_parameters(node: &Node) -> Node {
    let Value::Map(map) = &node.value else { return node.clone() };
    let mut rows = Map::default();
    for entry in map.iter() {
        let list = entry.node.get("ResponseParameters").and_then(Node::as_list);
        let Some(list) = list else {
            rows.set(&entry.key, entry.key_span, entry.node.clone());
            continue;
        };
        let mut changes = Node::new(Value::Map(Map::default()), entry.node.span);
        for change in list {
            if let (Some(destination), Some(source)) =
                (change.get("Destination").and_then(Node::as_str), change.get("Source"))
            {
                set(&mut changes, destination, source.clone());
            }
        }
        rows.set(&entry.key, entry.key_span, changes);
    }
    Node { value: Value::Map(rows), span: node.span }
}
