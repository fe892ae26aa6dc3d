//! The models of an exported API, and the references to them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Format;
use crate::openapi::MADE_MODELS;

/// All models of a definition, those that every API has only where something names them.
pub fn models(document: &Value, format: Format, named: &BTreeSet<String>) -> Map<String, Value> {
    let mut models = Map::new();
    for place in ["/definitions", "/components/schemas"] {
        for (name, schema) in document.pointer(place).and_then(Value::as_object).into_iter().flatten() {
            models.insert(name.clone(), model(schema, format, None));
        }
    }
    for (name, made) in document.get(MADE_MODELS).and_then(Value::as_object).into_iter().flatten() {
        models.insert(name.clone(), model(made.get("schema").unwrap_or(&Value::Null), format, Some(name)));
    }
    for (name, schema) in [
        ("Empty", json!({"title": "Empty Schema", "type": "object"})),
        (
            "Error",
            json!({"title": "Error Schema", "type": "object", "properties": {"message": {"type": "string"}}}),
        ),
    ] {
        if named.contains(name) && !models.contains_key(name) {
            models.insert(name.to_owned(), schema);
        }
    }
    models
}

/// A model as a document has it. `own` is its name where references without one lead into it.
fn model(schema: &Value, format: Format, own: Option<&str>) -> Value {
    let mut schema = referring(schema, format, own);
    if let Some(members) = schema.as_object_mut() {
        members.shift_remove("$schema");
        members.shift_remove("id");
    }
    schema
}

/// A schema whose references are those of the format.
pub fn referring(schema: &Value, format: Format, own: Option<&str>) -> Value {
    match schema {
        Value::Array(list) => list.iter().map(|item| referring(item, format, own)).collect(),
        Value::Object(members) => {
            let members =
                members.iter().map(|(name, value)| match value.as_str().filter(|_| name == "$ref") {
                    Some(reference) => (name.clone(), Value::from(reference_in(reference, format, own))),
                    None => (name.clone(), referring(value, format, own)),
                });
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// The name of the model that a reference leads to.
pub fn model_name(reference: &str) -> Option<&str> {
    let made = format!("#/{MADE_MODELS}/");
    let canonical = reference.starts_with("https://apigateway.amazonaws.com/restapis/");
    let places = ["#/definitions/", "#/components/schemas/", &made];
    let name = places.iter().find_map(|place| reference.strip_prefix(place));
    name.or_else(|| reference.split_once("/models/").filter(|_| canonical).map(|(_, name)| name))
}

fn reference_in(reference: &str, format: Format, own: Option<&str>) -> String {
    let models = format.models();
    // Inside of a model that is no part of a document, `#/…` leads into the model itself.
    if let (Some(own), Some(path)) = (own, reference.strip_prefix('#')) {
        return format!("{models}{own}{path}");
    }
    match model_name(reference) {
        Some(name) => format!("{models}{name}"),
        None => reference.to_owned(),
    }
}
