//! An integration as an export writes it: its members in one order, its names in lower case.

use serde_json::{Map, Value};

use super::{Format, is_empty};

/// The integration of an operation, references followed.
pub fn integration(document: &Value, operation: &Value, format: Format) -> Option<Value> {
    let written = operation.get(INTEGRATION)?;
    let written = match written.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.strip_prefix('#')?)?,
        None => written,
    };
    let mut exported = Map::new();
    let order = match format {
        Format::Oas30 => OAS30,
        Format::Swagger => SWAGGER,
    };
    let others = written.as_object()?.keys().map(String::as_str).filter(|name| !order.contains(name));
    for name in order.iter().copied().chain(others) {
        let value = match (name, written.get(name)) {
            ("passthroughBehavior", None) => Some(Value::from("when_no_match")),
            ("passthroughBehavior" | "type", Some(Value::String(text))) => {
                Some(Value::from(text.to_lowercase()))
            }
            (_, value) => value.cloned(),
        };
        if let Some(value) = value.filter(|value| !is_empty(value)) {
            exported.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(exported))
}

/// The extension of an operation that says what answers.
pub const INTEGRATION: &str = "x-amazon-apigateway-integration";
/// As recorded by LocalStack's `test_export_oas30_openapi`.
const OAS30: &[&str] = &[
    "connectionId",
    "credentials",
    "httpMethod",
    "uri",
    "responses",
    "requestParameters",
    "requestTemplates",
    "passthroughBehavior",
    "connectionType",
    "timeoutInMillis",
    "cacheNamespace",
    "cacheKeyParameters",
    "contentHandling",
    "tlsConfig",
    "type",
];
/// As recorded by LocalStack's `test_export_swagger_openapi`.
const SWAGGER: &[&str] = &[
    "type",
    "connectionId",
    "credentials",
    "httpMethod",
    "uri",
    "responses",
    "requestParameters",
    "requestTemplates",
    "passthroughBehavior",
    "connectionType",
    "timeoutInMillis",
    "cacheNamespace",
    "cacheKeyParameters",
    "contentHandling",
    "tlsConfig",
];
