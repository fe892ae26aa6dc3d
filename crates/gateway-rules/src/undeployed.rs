//! What differs between an API as a deployment captured it and as its definition is now?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html>: which updates need a redeployment.

use std::fmt;

use serde_json::{Map, Value};

use crate::integration::child;
use crate::openapi::{MADE_MODELS, POLICY, method_name, request_schemas};

/// A part of an API that is another than in a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which part.
    pub part: Part,
    /// What became of it.
    pub change: Change,
    /// Where it stands in the definition: in the one of now, or where it was removed, in the earlier one.
    pub pointer: String,
}

/// A part of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A method of a resource, or a route of an HTTP API.
    Method {
        /// The path of the resource.
        path: String,
        /// `GET`, …, or `ANY`.
        http_method: String,
    },
    /// Anything else, by its name, such as `the authorizer Custom`.
    Other(String),
    /// The resource policy.
    Policy,
}

/// What became of a part of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is another.
    Changed,
    /// It is no more.
    Removed,
}

/// The differences between a captured definition and the one of now, sorted by where they stand.
#[must_use]
pub fn differences(captured: &Value, now: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(captured, now, "", &mut |pointer, change| {
        found.push(Difference { part: part(&pointer), change, pointer });
    });
    // A resource without methods is worth no word beside those of its methods.
    found.sort_by(|one, other| one.pointer.cmp(&other.pointer));
    found.dedup_by(|one, other| one.part == other.part);
    found
}

impl Difference {
    /// The name of the authorizer that is another: so are the methods that it guards.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.name_in(SCHEMES)
    }

    /// The name of the model that is another: so are the methods whose bodies it describes.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.name_in(MODELS)
    }

    fn name_in(&self, places: &[&str]) -> Option<&str> {
        let mut parts = self.pointer.rsplitn(2, '/');
        let name = parts.next()?;
        places.contains(&parts.next()?).then_some(name)
    }
}

/// The methods, as path and method, that an authorizer of that name lets callers in to.
#[must_use]
pub fn methods_of_scheme(document: &Value, name: &str) -> Vec<(String, String)> {
    methods(document, |operation, _| {
        let security = operation.get("security").or_else(|| document.get("security"));
        let mut schemes = security.and_then(Value::as_array).into_iter().flatten();
        schemes.any(|scheme| scheme.get(name).is_some())
    })
}

/// The methods, as path and method, whose bodies a model of that name describes.
#[must_use]
pub fn methods_of_model(document: &Value, name: &str) -> Vec<(String, String)> {
    methods(document, |operation, pointer| {
        request_schemas(document, operation, pointer).iter().any(|(_, schema, _)| {
            let reference = schema.get("$ref").and_then(Value::as_str);
            reference.and_then(|reference| reference.rsplit('/').next()) == Some(name)
        })
    })
}

/// The methods of a definition for whose operation, at its pointer, something holds.
fn methods(document: &Value, holds: impl Fn(&Value, &str) -> bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (member, operation) in item.as_object().into_iter().flatten() {
            let pointer = child(&child("/paths", path), member);
            match method_name(member) {
                Some(method) if holds(operation, &pointer) => found.push((path.clone(), method)),
                _ => {}
            }
        }
    }
    found
}

/// Walks both definitions down to the level at which a reader knows a part by its name.
fn compare(captured: &Value, now: &Value, pointer: &str, note: &mut dyn FnMut(String, Change)) {
    if captured == now {
        return;
    }
    let (Value::Object(before), Value::Object(after), true) = (captured, now, is_walked(pointer)) else {
        return note(pointer.to_owned(), Change::Changed);
    };
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        let child = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => compare(before, after, &child, note),
            (Some(before), None) => whole(before, &child, Change::Removed, note),
            (None, Some(after)) => whole(after, &child, Change::Added, note),
            (None, None) => {}
        }
    }
}

/// Notes all parts of something that only one side has.
fn whole(value: &Value, pointer: &str, change: Change, note: &mut dyn FnMut(String, Change)) {
    let members: Option<&Map<String, Value>> = value.as_object().filter(|_| is_walked(pointer));
    let Some(members) = members else { return note(pointer.to_owned(), change) };
    for (name, member) in members {
        let child = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        whole(member, &child, change, note);
    }
}

/// Whether the parts of what stands there are told apart.
fn is_walked(pointer: &str) -> bool {
    let depth = pointer.matches('/').count();
    depth == 0
        || WALKED.contains(&pointer)
        || SCHEMES.contains(&pointer)
        || (depth == 2 && pointer.starts_with("/paths/"))
}

fn part(pointer: &str) -> Part {
    let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
    let parts: Vec<String> = pointer.split('/').skip(1).map(unescape).collect();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [name] if *name == POLICY => Part::Policy,
        ["paths", path, method] => match method_name(method) {
            Some(http_method) => Part::Method { path: (*path).to_owned(), http_method },
            None => Part::Other(format!("the resource {path}")),
        },
        ["components", "schemas", name] | ["definitions" | MADE_MODELS, name] => {
            Part::Other(format!("the model {name}"))
        }
        ["components", "securitySchemes", name] | ["securityDefinitions", name] => {
            Part::Other(format!("the authorizer {name}"))
        }
        ["x-amazon-apigateway-gateway-responses", name] => {
            Part::Other(format!("the gateway response {name}"))
        }
        ["x-amazon-apigateway-request-validators", name] => {
            Part::Other(format!("the request validator {name}"))
        }
        parts => Part::Other(parts.join(".")),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            // The route $default of an HTTP API is for all methods.
            Part::Method { path, .. } if path.ends_with("$default") => f.write_str("$default")?,
            Part::Method { path, http_method } => write!(f, "{http_method} {path}")?,
            Part::Other(name) => write!(f, "{name}")?,
            Part::Policy => write!(f, "the resource policy")?,
        }
        f.write_str(match self.change {
            Change::Added => " is new",
            Change::Changed => " is another",
            Change::Removed => " is gone",
        })
    }
}

/// Where models stand.
const MODELS: &[&str] = &["/components/schemas", "/definitions", "/x-frontgate-models"];

/// Where authorizers stand.
const SCHEMES: &[&str] = &["/components/securitySchemes", "/securityDefinitions"];

/// Members of a definition whose members have names of their own.
const WALKED: &[&str] = &[
    "/components",
    "/components/schemas",
    "/definitions",
    "/paths",
    "/x-amazon-apigateway-gateway-responses",
    "/x-amazon-apigateway-request-validators",
    "/x-frontgate-models",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differences;

    #[test]
    fn each_part_is_called_by_its_name() {
        let captured = json!({
            "swagger": "2.0",
            "paths": {
                "/": {"get": {"a": 1}},
                "/x": {"post": {"a": 1}, "x-amazon-apigateway-any-method": {}, "parameters": []},
                "/gone": {"get": {}, "put": {}},
                "/empty": {},
            },
            "securityDefinitions": {"Custom": {"type": "apiKey"}},
            "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": 400}},
            "x-amazon-apigateway-policy": {"Statement": []},
        });
        let now = json!({
            "swagger": "2.0",
            "paths": {
                "/": {"get": {"a": 1}},
                "/x": {"post": {"a": 2}, "x-amazon-apigateway-any-method": {}, "parameters": [1]},
                "/new": {"delete": {}},
                "/empty": {},
            },
            "definitions": {"Order": {"type": "object"}},
            "securityDefinitions": {"Custom": {"type": "apiKey", "name": "X"}},
            "x-amazon-apigateway-binary-media-types": ["*/*"],
            "x-amazon-apigateway-policy": {"Statement": [1]},
            "x-frontgate-models": {"Pet": {"schema": {}}},
        });
        let found = differences(&captured, &now);
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "the model Order is new",
                "GET /gone is gone",
                "PUT /gone is gone",
                "DELETE /new is new",
                "the resource /x is another",
                "POST /x is another",
                "the authorizer Custom is another",
                "x-amazon-apigateway-binary-media-types is new",
                "the gateway response DEFAULT_4XX is gone",
                "the resource policy is another",
                "the model Pet is new",
            ]
        );
        assert_eq!(found[6].scheme(), Some("Custom"));
        assert_eq!(found[0].scheme(), None);
        assert_eq!(differences(&now, &now), []);
        let document =
            json!({"paths": {"/x": {"get": {"security": [{"Custom": []}]}, "put": {}, "security": []}}});
        assert_eq!(super::methods_of_scheme(&document, "Custom"), [("/x".to_owned(), "GET".to_owned())]);
        let body = json!({"content": {"application/json": {"schema": {"$ref": "#/x-frontgate-models/Pet"}}}});
        let document = json!({"paths": {"/x": {"post": {"requestBody": body}, "put": {}}}});
        assert_eq!(super::methods_of_model(&document, "Pet"), [("/x".to_owned(), "POST".to_owned())]);
        assert_eq!(found[10].model(), Some("Pet"));
    }
}
