//! `AWS::ApiGateway::Model`: what the bodies of requests and answers look like.

use frontgate_gateway_rules::openapi::MADE_MODELS;
use frontgate_template::{Map, Node, ResourceNode, Span, Value};

use super::rest_api_parts::{child, draft, set, text};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a model: a row among those that resources make.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.text("Name").map_or_else(
        // CloudFormation's generated name without what a model's name may not have.
        || maker.generated_name(node).replace(|c: char| !c.is_ascii_alphanumeric(), ""),
        |name| name.value.into_owned(),
    );
    let made = Made::new(&name);
    let span = node.logical_id_span;
    let content_type =
        properties.text("ContentType").map_or_else(|| "application/json".into(), |kind| kind.value);
    properties.accept(&["Description"]);
    let schema = schema(properties, span);
    let Some(draft) = draft(properties, maker) else { return made };
    let models = child(&mut draft.document, MADE_MODELS, span);
    if models.get(&name).is_some() {
        let message =
            format!("{}: ConflictException: Model name already exists for this REST API", properties.path());
        properties.problems().error(
            properties.span_of("Name"),
            message,
            "the second one",
            "Choose another Name.",
        );
        return made;
    }
    let model = child(models, &name, span);
    set(model, "contentType", text(&content_type, properties.span_of("ContentType")));
    set(model, "schema", schema);
    made
}

/// The schema, which may be written as a text of JSON; without one a model describes everything.
fn schema(properties: &Object<'_>, span: Span) -> Node {
    let Some(node) = properties.node("Schema") else { return Node::new(Value::Map(Map::default()), span) };
    let Value::String(json) = &node.value else { return node.clone() };
    match frontgate_template::load("Schema", json) {
        Ok(read) => at(read.document, node.span),
        Err(_) => {
            let message = format!(
                "{}.Schema: BadRequestException: Invalid model specified: Validation Result: warnings : [], errors : [Invalid \
                 model schema specified]",
                properties.path()
            );
            properties.problems().error(
                node.span,
                message,
                "no JSON object",
                "Write the schema as a mapping.",
            );
            Node::new(Value::Map(Map::default()), node.span)
        }
    }
}

/// The same, all of it standing there.
fn at(mut node: Node, span: Span) -> Node {
    node.span = span;
    node.value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(|item| at(item, span)).collect()),
        Value::Map(map) => {
            let mut moved = Map::default();
            for entry in map {
                moved.set(&entry.key, span, at(entry.node, span));
            }
            Value::Map(moved)
        }
        value => value,
    };
    node
}
