//! The export of a REST API.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::operation::Exporter;
use super::schemas::models;
use super::{About, ExportError, Extensions, Format, is_empty, object};
use crate::deployment::Deployment;
use crate::integration::child;
use crate::openapi::method_name;
use crate::usage::ApiKeySource;

/// The document of a deployment.
///
/// # Errors
/// What the format cannot say.
pub fn rest_api(
    deployment: &Deployment,
    about: &About<'_>,
    format: Format,
    extensions: Extensions,
) -> Result<Value, ExportError> {
    let document = &*deployment.document;
    let mut exporter =
        Exporter { document, format, extensions, models: BTreeSet::new(), has_signatures: false };
    let mut paths = Map::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let mut operations = Map::new();
        for (name, operation) in item.as_object().into_iter().flatten() {
            if method_name(name).is_some() {
                let pointer = child(&child("/paths", path), name);
                operations.insert(name.clone(), exporter.operation(item, operation, &pointer)?);
            }
        }
        paths.insert(path.clone(), Value::Object(operations));
    }
    let models = Value::Object(models(document, format, &exporter.models));
    let schemes = schemes(document, &exporter);
    let mut exported = head(document, about, format);
    exported.insert("paths".to_owned(), Value::Object(paths));
    let mut put = |name: &str, value: Value| {
        if !is_empty(&value) {
            exported.insert(name.to_owned(), value);
        }
    };
    match format {
        Format::Oas30 => {
            let components = [("schemas", models), ("securitySchemes", schemes)];
            let components =
                components.map(|(name, value)| (name, Some(value).filter(|value| !is_empty(value))));
            put("components", object(components));
        }
        Format::Swagger => {
            put("securityDefinitions", schemes);
            put("definitions", models);
        }
    }
    if extensions.all {
        add_extensions(&mut exported, deployment, about, format);
    }
    Ok(Value::Object(exported))
}

/// What stands before the paths.
fn head(document: &Value, about: &About<'_>, format: Format) -> Map<String, Value> {
    let host = format!("{}.execute-api.{}.amazonaws.com", about.id, about.region);
    let title = Some(Value::from(about.name));
    let description = document.pointer("/info/description").cloned();
    let version = document.pointer("/info/version").cloned().unwrap_or_else(|| about.version.into());
    let version = Some(version);
    let head = match format {
        Format::Oas30 => json!({
            "openapi": "3.0.1",
            "info": object([("title", title), ("description", description), ("version", version)]),
            "servers": [{
                "url": format!("https://{host}/{{basePath}}"),
                "variables": {"basePath": {"default": about.stage}},
            }],
        }),
        Format::Swagger => json!({
            "swagger": "2.0",
            "info": object([("description", description), ("version", version), ("title", title)]),
            "host": host,
            "basePath": format!("/{}", about.stage),
            "schemes": ["https"],
        }),
    };
    match head {
        Value::Object(head) => head,
        _ => Map::new(),
    }
}

/// The security schemes: authorizers only with their extension.
fn schemes(document: &Value, exporter: &Exporter<'_>) -> Value {
    let mut schemes = Map::new();
    for place in ["/securityDefinitions", "/components/securitySchemes"] {
        for (name, scheme) in document.pointer(place).and_then(Value::as_object).into_iter().flatten() {
            let members = scheme.as_object().into_iter().flatten();
            let kept = members.filter(|(name, _)| {
                !name.starts_with("x-amazon-apigateway-") || exporter.extensions.has_authorizers()
            });
            let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
            schemes.insert(name.clone(), Value::Object(kept.collect()));
        }
    }
    if exporter.has_signatures {
        let mut scheme = json!({"type": "apiKey", "name": "Authorization", "in": "header"});
        if exporter.extensions.has_authorizers() {
            scheme["x-amazon-apigateway-authtype"] = Value::from("awsSigv4");
        }
        schemes.insert("sigv4".to_owned(), scheme);
    }
    Value::Object(schemes)
}

/// The extensions of a document.
fn add_extensions(
    exported: &mut Map<String, Value>,
    deployment: &Deployment,
    about: &About<'_>,
    format: Format,
) {
    let document = &*deployment.document;
    for name in [
        "x-amazon-apigateway-request-validator",
        "x-amazon-apigateway-request-validators",
        "x-amazon-apigateway-gateway-responses",
        "x-amazon-apigateway-policy",
    ] {
        if let Some(value) = document.get(name).filter(|value| !is_empty(value)) {
            exported.insert(name.to_owned(), value.clone());
        }
    }
    if !deployment.binary_media_types.is_empty() {
        let types = deployment.binary_media_types.iter().map(|kind| Value::from(&**kind)).collect();
        exported.insert("x-amazon-apigateway-binary-media-types".to_owned(), types);
    }
    if let Some(size) = deployment.minimum_compression_size {
        exported.insert("x-amazon-apigateway-minimum-compression-size".to_owned(), size.into());
    }
    if deployment.api_key_source == ApiKeySource::Authorizer {
        exported.insert("x-amazon-apigateway-api-key-source".to_owned(), "AUTHORIZER".into());
    }
    if about.execute_api_disabled {
        let name = "x-amazon-apigateway-endpoint-configuration";
        let configuration = json!({"disableExecuteApiEndpoint": true});
        match format {
            Format::Swagger => drop(exported.insert(name.to_owned(), configuration)),
            Format::Oas30 => {
                let server = exported.get_mut("servers").and_then(|servers| servers.get_mut(0));
                if let Some(server) = server {
                    server[name] = configuration;
                }
            }
        }
    }
}
