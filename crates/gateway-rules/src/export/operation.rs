//! A method as an export writes it, from an operation of either form of OpenAPI.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::integration::{INTEGRATION, integration};
use super::schemas::{model_name, referring};
use super::{ExportError, Extensions, Format, is_empty, object};
use crate::openapi::{followed, request_schemas};

/// What operations are exported with, and what they name.
pub struct Exporter<'e> {
    /// The definition.
    pub document: &'e Value,
    /// Into which form.
    pub format: Format,
    /// With which extensions.
    pub extensions: Extensions,
    /// The models that they name.
    pub models: BTreeSet<String>,
    /// Some method is of type `AWS_IAM`.
    pub has_signatures: bool,
}

impl Exporter<'_> {
    /// The operation at a pointer.
    pub fn operation(
        &mut self,
        item: &Value,
        operation: &Value,
        pointer: &str,
    ) -> Result<Value, ExportError> {
        let requests = self.requests(operation, pointer);
        let mut parameters = self.parameters(item, operation);
        let mut exported = Map::new();
        let mut put = |name: &str, value: Value| {
            if !is_empty(&value) {
                exported.insert(name.to_owned(), value);
            }
        };
        put("operationId", operation.get("operationId").cloned().unwrap_or_default());
        match self.format {
            Format::Oas30 => {
                put("parameters", Value::Array(parameters));
                put("requestBody", request_body(&requests));
            }
            Format::Swagger => {
                let body = body_parameter(&requests, pointer)?;
                put("consumes", requests.iter().map(|(kind, _)| Value::from(kind.as_str())).collect());
                put("produces", self.produces(operation));
                parameters.extend(body);
                put("parameters", Value::Array(parameters));
            }
        }
        put("responses", self.responses(operation));
        put("security", self.security(operation));
        if self.extensions.all {
            for name in ["x-amazon-apigateway-request-validator", "x-amazon-apigateway-documentation"] {
                put(name, operation.get(name).cloned().unwrap_or_default());
            }
        }
        if self.extensions.has_integrations() {
            put(INTEGRATION, integration(self.document, operation, self.format).unwrap_or_default());
        }
        Ok(Value::Object(exported))
    }

    /// The schemas of its bodies by content type.
    fn requests(&mut self, operation: &Value, pointer: &str) -> Vec<(String, Value)> {
        let schemas = request_schemas(self.document, operation, pointer);
        schemas.into_iter().map(|(kind, schema, _)| (kind, self.schema(schema))).collect()
    }

    /// A schema of an operation; the model that it names is noted.
    fn schema(&mut self, schema: &Value) -> Value {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(model_name) {
            self.models.insert(name.to_owned());
        }
        referring(schema, self.format, None)
    }

    /// The parameters of the path, the query and the header, those of the path item among them.
    fn parameters(&self, item: &Value, operation: &Value) -> Vec<Value> {
        let mut rows: Vec<Value> = Vec::new();
        for list in [item.get("parameters"), operation.get("parameters")] {
            for row in list.and_then(Value::as_array).into_iter().flatten() {
                let Some((row, _)) = followed(self.document, row, String::new()) else { continue };
                let (Some(name), Some(place)) = (row.get("name"), row.get("in").and_then(Value::as_str))
                else {
                    continue;
                };
                if !["header", "path", "query"].contains(&place) {
                    continue;
                }
                let is_required = row.get("required") == Some(&Value::Bool(true));
                let kind = json!({"type": "string"});
                let exported = match self.format {
                    Format::Oas30 => object([
                        ("name", Some(name.clone())),
                        ("in", Some(Value::from(place))),
                        ("required", is_required.then_some(Value::Bool(true))),
                        ("schema", Some(kind)),
                    ]),
                    Format::Swagger => object([
                        ("name", Some(name.clone())),
                        ("in", Some(Value::from(place))),
                        ("required", Some(Value::Bool(is_required))),
                        ("type", Some(Value::from("string"))),
                    ]),
                };
                // That of the operation stands for that of its item.
                rows.retain(|known| known["name"] != exported["name"] || known["in"] != exported["in"]);
                rows.push(exported);
            }
        }
        rows
    }

    fn produces(&self, operation: &Value) -> Value {
        let written = operation.get("produces").or_else(|| self.document.get("produces"));
        let mut types: Vec<&str> =
            written.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let responses = operation.get("responses").and_then(Value::as_object);
        for (_, response) in responses.into_iter().flatten() {
            let content = response.get("content").and_then(Value::as_object);
            types.extend(content.into_iter().flatten().map(|(kind, _)| kind.as_str()));
        }
        types.sort_unstable();
        types.dedup();
        if types.is_empty() {
            types.push("application/json");
        }
        types.into_iter().collect()
    }

    fn responses(&mut self, operation: &Value) -> Value {
        let mut exported = Map::new();
        let responses = operation.get("responses").and_then(Value::as_object);
        for (code, response) in responses.into_iter().flatten() {
            let Some((response, _)) = followed(self.document, response, String::new()) else { continue };
            if code == "default" {
                continue;
            }
            let schemas = self.response_schemas(operation, response);
            let names = response.get("headers").and_then(Value::as_object).into_iter().flatten();
            let kind = json!({"type": "string"});
            let headers: Map<String, Value> = names
                .map(|(name, _)| match self.format {
                    Format::Oas30 => (name.clone(), json!({"schema": kind})),
                    Format::Swagger => (name.clone(), kind.clone()),
                })
                .collect();
            let headers = Some(Value::Object(headers)).filter(|headers| !is_empty(headers));
            let description = Some(Value::from(format!("{code} response")));
            let row = match self.format {
                Format::Oas30 => {
                    let content = schemas.into_iter().map(|(kind, schema)| (kind, json!({"schema": schema})));
                    let content = Some(Value::Object(content.collect()));
                    object([("description", description), ("headers", headers), ("content", content)])
                }
                Format::Swagger => {
                    let schema = schemas.into_iter().next().map(|(_, schema)| schema);
                    object([("description", description), ("schema", schema), ("headers", headers)])
                }
            };
            exported.insert(code.clone(), row);
        }
        Value::Object(exported)
    }

    /// The schemas of an answer by content type.
    fn response_schemas(&mut self, operation: &Value, response: &Value) -> Vec<(String, Value)> {
        let mut schemas = Vec::new();
        if let Some(schema) = response.get("schema") {
            let schema = self.schema(schema);
            let kinds = self.produces(operation);
            let kinds = kinds.as_array().into_iter().flatten().filter_map(Value::as_str);
            schemas.extend(kinds.map(|kind| (kind.to_owned(), schema.clone())));
        }
        for (kind, media) in response.get("content").and_then(Value::as_object).into_iter().flatten() {
            if let Some(schema) = media.get("schema") {
                schemas.push((kind.clone(), self.schema(schema)));
            }
        }
        schemas
    }

    /// Who may call it; a signature is a scheme of its own.
    fn security(&mut self, operation: &Value) -> Value {
        let mut rows: Vec<Value> = Vec::new();
        let security = operation.get("security").or_else(|| self.document.get("security"));
        for row in security.and_then(Value::as_array).into_iter().flatten() {
            let kept = row.as_object().into_iter().flatten().filter(|(name, _)| *name != "NONE");
            let kept: Map<String, Value> =
                kept.map(|(name, scopes)| (name.clone(), scopes.clone())).collect();
            if !kept.is_empty() {
                rows.push(Value::Object(kept));
            }
        }
        if operation.pointer("/x-amazon-apigateway-auth/type").and_then(Value::as_str) == Some("AWS_IAM") {
            self.has_signatures = true;
            rows.push(json!({"sigv4": []}));
        }
        Value::Array(rows)
    }
}

fn request_body(requests: &[(String, Value)]) -> Value {
    if requests.is_empty() {
        return Value::Null;
    }
    let content = requests.iter().map(|(kind, schema)| (kind.clone(), json!({"schema": schema})));
    json!({"content": Value::Object(content.collect()), "required": true})
}

/// Swagger knows one body, of the type `application/json`.
fn body_parameter(requests: &[(String, Value)], pointer: &str) -> Result<Option<Value>, ExportError> {
    if requests.is_empty() {
        return Ok(None);
    }
    let Some((_, schema)) = requests.iter().find(|(kind, _)| kind == "application/json") else {
        return Err(ExportError(format!("JSON body models are not found ({pointer})")));
    };
    if requests.iter().any(|(_, other)| other != schema) {
        let what = "Swagger has one body for all content types; export the API as oas30";
        return Err(ExportError(format!("{what} ({pointer})")));
    }
    let name = schema.get("$ref").and_then(Value::as_str).and_then(model_name).unwrap_or("body");
    Ok(Some(json!({"in": "body", "name": name, "required": true, "schema": schema})))
}
