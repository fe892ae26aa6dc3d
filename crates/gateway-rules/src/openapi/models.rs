//! Which models does an API have, and which of them describe the bodies of a method?
//!
//! Models stand in `definitions` or `components.schemas` of an OpenAPI document, as schemas of their own in its operations,
//! or are made by `AWS::ApiGateway::Model`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html>

use std::sync::{Arc, LazyLock};

use frontgate_aws::ids;
use serde_json::{Value, json};

use crate::finding::Finding;
use crate::integration::{Reader, child};
use crate::json_schema::{self, Problem, ProblemKind, SchemaSource};
use crate::validation::Model;

/// Where the models stand that resources of a template make, each with its `contentType` and its `schema`.
pub const MADE: &str = "x-frontgate-models";

/// The models of an API.
#[derive(Debug, Default)]
pub struct Models {
    /// Each with the pointer of its schema.
    rows: Vec<(String, Arc<Model>)>,
}

impl Models {
    /// The model of that name.
    fn named(&self, name: &str) -> Option<Arc<Model>> {
        self.rows.iter().find(|(_, model)| &*model.name == name).map(|(_, model)| Arc::clone(model))
    }

    /// The model whose schema stands there.
    fn at(&self, pointer: &str) -> Option<Arc<Model>> {
        self.rows.iter().find(|(known, _)| known == pointer).map(|(_, model)| Arc::clone(model))
    }
}

impl Reader<'_> {
    /// Compiles all models of a document.
    pub(super) fn models(&mut self, document: &Value, api_id: &str) -> Models {
        let inline = inline_schemas(document, api_id);
        let mut sources = Vec::new();
        let places = [("/definitions", ""), ("/components/schemas", ""), (&*format!("/{MADE}"), "/schema")];
        for (place, below) in places {
            for (name, value) in document.pointer(place).and_then(Value::as_object).into_iter().flatten() {
                let Some(schema) = value.pointer(below) else { continue };
                let pointer = child(place, name);
                if !name.bytes().all(|b| b.is_ascii_alphanumeric()) || name.is_empty() {
                    self.invalid(
                        &pointer,
                        format!("Model name must be alphanumeric: {name}"),
                        "Rename the model",
                    );
                }
                if sources.iter().any(|source: &SchemaSource<'_>| source.name == name) {
                    let what = format!("Model name already exists for this REST API: {name}");
                    self.invalid(&pointer, what, "Rename one of the two models");
                }
                let pointer = format!("{pointer}{below}");
                sources.push(SchemaSource { name, schema, pointer, is_imported: below.is_empty() });
            }
        }
        for (name, schema, pointer) in &inline {
            sources.push(SchemaSource { name, schema, pointer: pointer.clone(), is_imported: true });
        }
        for (name, schema) in &*BUILT_IN {
            if sources.iter().all(|source| source.name != *name) {
                sources.push(SchemaSource { name, schema, pointer: format!("/{name}"), is_imported: false });
            }
        }
        let (schemas, problems) = json_schema::compile(&sources, api_id, self.place_of);
        for problem in problems {
            let name = sources.iter().find(|source| is_below(&problem.pointer, &source.pointer));
            self.findings.push(finding(problem, name.map_or("", |source| source.name)));
        }
        let rows = sources.into_iter().zip(schemas).map(|(source, schema)| {
            let place = (self.place_of)(&source.pointer);
            (source.pointer, Arc::new(Model { name: source.name.into(), schema, place }))
        });
        Models { rows: rows.collect() }
    }

    /// The models of the bodies of an operation, by content type.
    pub(super) fn request_models(
        &mut self,
        document: &Value,
        models: &Models,
        operation: &Value,
        pointer: &str,
    ) -> Vec<(Box<str>, Arc<Model>)> {
        let mut found = Vec::new();
        for (content_type, schema, here) in request_schemas(document, operation, pointer) {
            if let Some(model) = self.model(models, schema, &here) {
                found.push((content_type.into(), model));
            }
        }
        found
    }

    /// Checks that the models of an answer exist; they change no answer.
    pub(super) fn check_response_models(&mut self, models: &Models, response: &Value, pointer: &str) {
        if let Some(schema) = response.get("schema") {
            self.model(models, schema, &child(pointer, "schema"));
        }
        let content = response.get("content").and_then(Value::as_object);
        for (content_type, media) in content.into_iter().flatten() {
            if let Some(schema) = media.get("schema") {
                let here = child(&child(&child(pointer, "content"), content_type), "schema");
                self.model(models, schema, &here);
            }
        }
    }

    /// The model that a schema of an operation is or refers to.
    fn model(&mut self, models: &Models, schema: &Value, pointer: &str) -> Option<Arc<Model>> {
        let Some(reference) = schema.get("$ref") else { return models.at(pointer) };
        let reference = reference.as_str().unwrap_or_default();
        let name = reference.rsplit('/').next().unwrap_or_default();
        let found = models.named(name);
        if found.is_none() && reference.strip_prefix("#/").is_some_and(|path| path.starts_with(MADE)) {
            let what = format!("BadRequestException: Invalid model identifier specified: {name}");
            self.invalid(pointer, what, "Name an AWS::ApiGateway::Model of this API, or Empty or Error");
        } else if found.is_none() {
            let what = format!("Reference to model '{name}' not found. Ignoring.");
            self.warning(pointer, what, "Define it, else bodies are not checked");
        }
        found
    }
}

/// The schemas of the bodies that an operation takes: content type, schema and pointer.
pub fn request_schemas<'v>(
    document: &'v Value,
    operation: &'v Value,
    pointer: &str,
) -> Vec<(String, &'v Value, String)> {
    let mut found = Vec::new();
    let consumes = operation.get("consumes").or_else(|| document.get("consumes")).and_then(Value::as_array);
    let consumes: Vec<&str> = consumes.into_iter().flatten().filter_map(Value::as_str).collect();
    for (index, row) in
        operation.get("parameters").and_then(Value::as_array).into_iter().flatten().enumerate()
    {
        let here = format!("{pointer}/parameters/{index}");
        let Some((row, here)) = followed(document, row, here) else { continue };
        if row.get("in").and_then(Value::as_str) != Some("body") {
            continue;
        }
        let Some(schema) = row.get("schema") else { continue };
        let content_types = if consumes.is_empty() { &["application/json"][..] } else { &consumes };
        for content_type in content_types {
            found.push(((*content_type).to_owned(), schema, format!("{here}/schema")));
        }
    }
    let body = operation
        .get("requestBody")
        .and_then(|body| followed(document, body, format!("{pointer}/requestBody")));
    if let Some((body, here)) = body {
        let content = body.get("content").and_then(Value::as_object);
        for (content_type, media) in content.into_iter().flatten() {
            if let Some(schema) = media.get("schema") {
                let here = child(&child(&child(&here, "content"), content_type), "schema");
                found.push((content_type.clone(), schema, here));
            }
        }
    }
    found
}

/// What a value is or refers to, with its pointer.
pub fn followed<'v>(document: &'v Value, value: &'v Value, pointer: String) -> Option<(&'v Value, String)> {
    match value.get("$ref").and_then(Value::as_str) {
        None => Some((value, pointer)),
        Some(reference) => {
            let path = reference.strip_prefix('#')?;
            Some((document.pointer(path)?, path.to_owned()))
        }
    }
}

/// The schemas that stand in operations themselves. API Gateway makes models of them, and names them.
fn inline_schemas<'v>(document: &'v Value, api_id: &str) -> Vec<(String, &'v Value, String)> {
    let mut found: Vec<(String, &Value, String)> = Vec::new();
    let mut add = |schema: &'v Value, pointer: String| {
        let is_known = found.iter().any(|(_, _, known)| *known == pointer);
        if !is_known && schema.get("$ref").is_none() {
            let id = ids::api_part_id("model", &format!("{api_id}{pointer}"));
            found.push((format!("MODEL{id}"), schema, pointer));
        }
    };
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (name, operation) in item.as_object().into_iter().flatten() {
            let pointer = child(&child("/paths", path), name);
            for (_, schema, here) in request_schemas(document, operation, &pointer) {
                add(schema, here);
            }
            let responses = operation.get("responses").and_then(Value::as_object);
            for (code, response) in responses.into_iter().flatten() {
                let here = child(&child(&pointer, "responses"), code);
                if let Some(schema) = response.get("schema") {
                    add(schema, child(&here, "schema"));
                }
                let content = response.get("content").and_then(Value::as_object);
                for (content_type, media) in content.into_iter().flatten() {
                    if let Some(schema) = media.get("schema") {
                        add(schema, child(&child(&child(&here, "content"), content_type), "schema"));
                    }
                }
            }
        }
    }
    found
}

fn is_below(pointer: &str, parent: &str) -> bool {
    pointer.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A problem of a schema in the words of AWS.
fn finding(problem: Problem, name: &str) -> Finding {
    let Problem { kind, pointer, error, why } = problem;
    match kind {
        ProblemKind::Invalid => {
            let what = format!(
                "Unable to create model for '{name}': Invalid model specified: Validation Result: warnings : [], errors \
                 : [{error}]. {why}"
            );
            Finding::invalid(&pointer, what, "Correct the schema: it is JSON Schema draft 4")
        }
        ProblemKind::Unsupported => {
            Finding::unsupported_guard(&pointer, why, "Write it without, or check it in the function")
        }
    }
}

/// The models that every API has.
static BUILT_IN: LazyLock<[(&str, Value); 2]> = LazyLock::new(|| {
    const DRAFT: &str = "http://json-schema.org/draft-04/schema#";
    [
        ("Empty", json!({"$schema": DRAFT, "title": "Empty Schema", "type": "object"})),
        (
            "Error",
            json!({
                "$schema": DRAFT,
                "title": "Error Schema",
                "type": "object",
                "properties": {"message": {"type": "string"}},
            }),
        ),
    ]
});
