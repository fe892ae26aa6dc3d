//! The export of an HTTP API, which is always OpenAPI 3.0 with all extensions.
//!
//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-exports-specification.html>

use serde_json::{Map, Value, json};

use super::integration::INTEGRATION;
use super::{About, is_empty, object};
use crate::http_api::HttpDeployment;
use crate::openapi::method_name;

/// The document of a deployment.
#[must_use]
pub fn http_api(deployment: &HttpDeployment, about: &About<'_>) -> Value {
    let document = &*deployment.document;
    let mut paths = Map::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let is_default = ["$default", "/$default"].contains(&path.as_str());
        let path = if is_default { "/$default" } else { path };
        let mut routes = Map::new();
        for (name, operation) in item.as_object().into_iter().flatten() {
            let Some(method) = method_name(name) else { continue };
            let name = if is_default { "x-amazon-apigateway-any-method" } else { name };
            routes.insert(name.to_owned(), route(document, operation, path, &method, is_default));
        }
        let parameters = parameters(path);
        if !parameters.is_empty() {
            routes.insert("parameters".to_owned(), Value::Array(parameters));
        }
        paths.insert(path.to_owned(), Value::Object(routes));
    }
    let version = document.pointer("/info/version").cloned().unwrap_or_else(|| about.version.into());
    let schemes =
        document.pointer("/components/securitySchemes").cloned().filter(|schemes| !is_empty(schemes));
    let components = schemes.map(|schemes| object([("securitySchemes", Some(schemes))]));
    object([
        ("openapi", Some("3.0.1".into())),
        ("info", Some(json!({"title": about.name, "version": version}))),
        ("servers", Some(Value::Array(vec![server(about)]))),
        ("paths", Some(Value::Object(paths))),
        ("components", components),
        ("x-amazon-apigateway-cors", document.get("x-amazon-apigateway-cors").cloned()),
        ("x-amazon-apigateway-importexport-version", Some("1.0".into())),
    ])
}

fn server(about: &About<'_>) -> Value {
    let host = format!("https://{}.execute-api.{}.amazonaws.com", about.id, about.region);
    let mut server = match about.stage {
        "$default" => json!({"url": host}),
        stage => json!({
            "url": format!("{host}/{{basePath}}"),
            "variables": {"basePath": {"default": stage}},
        }),
    };
    if about.execute_api_disabled {
        server["x-amazon-apigateway-endpoint-configuration"] = json!({"disableExecuteApiEndpoint": true});
    }
    server
}

fn route(document: &Value, operation: &Value, path: &str, method: &str, is_default: bool) -> Value {
    let key = if is_default { "$default".to_owned() } else { format!("{method} {path}") };
    let description = json!({"default": {"description": format!("Default response for {key}")}});
    let written = operation.get(INTEGRATION);
    let reference = written.and_then(|written| written.get("$ref")).and_then(Value::as_str);
    let integration = match reference.and_then(|reference| reference.strip_prefix('#')) {
        Some(path) => document.pointer(path),
        None => written,
    };
    let security = operation.get("security").cloned().filter(|security| !is_empty(security));
    object([
        ("responses", Some(description)),
        ("security", security),
        ("isDefaultRoute", is_default.then_some(Value::Bool(true))),
        ("x-amazon-apigateway-auth", operation.get("x-amazon-apigateway-auth").cloned()),
        (INTEGRATION, integration.map(in_order)),
    ])
}

/// An integration with its members in the order of exports.
fn in_order(integration: &Value) -> Value {
    let order = ["payloadFormatVersion", "type", "httpMethod", "uri", "connectionType"];
    let mut exported = Map::new();
    let others = integration.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    for name in order.into_iter().chain(others.filter(|name| !order.contains(name))) {
        let value = match (name, integration.get(name)) {
            ("connectionType", None) => Some(Value::from("INTERNET")),
            ("type", Some(Value::String(kind))) => Some(Value::from(kind.to_lowercase())),
            (_, value) => value.cloned(),
        };
        if let Some(value) = value.filter(|value| !is_empty(value)) {
            exported.insert(name.to_owned(), value);
        }
    }
    Value::Object(exported)
}

/// The parameters of a path.
fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            json!({
                "name": name,
                "in": "path",
                "description": format!("Generated path parameter for {name}"),
                "required": true,
                "schema": {"type": "string"},
            })
        })
        .collect()
}
