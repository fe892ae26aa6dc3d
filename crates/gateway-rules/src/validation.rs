//! Is a request what its method demands, before any backend is asked?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>

use std::sync::Arc;

use frontgate_explain::PlaceId;

use crate::config::ParameterLocation;
use crate::context::RequestContext;
use crate::json_schema::{Limit, Schema, UNREADABLE, Violation};
use crate::media;

/// What a request validator demands.
#[derive(Clone, Debug, Default)]
pub struct RequestValidation {
    /// The parameters that must be there and not blank: header fields, then the path, then the query (recorded:
    /// `test_api_gateway_request_validator`), each by name.
    pub required: Vec<RequiredParameter>,
    /// The models that bodies are compared with, by content type, where bodies are checked.
    pub body: Option<Vec<(Box<str>, Arc<Model>)>>,
}

/// A model: what a body looks like.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: Box<str>,
    /// Its schema.
    pub schema: Schema,
    /// Its place.
    pub place: PlaceId,
}

/// What comparing a body with the models of its method gives.
#[derive(Clone, Debug)]
pub enum BodyCheck<'a> {
    /// It is what the model describes.
    Described(&'a Model),
    /// It is not, and why.
    Faulty(&'a Model, BodyFault),
    /// No model is for its content type, so that nothing is asked of it.
    NoModel,
}

/// Why a model does not describe a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// It could not be compared to the end.
    Limit(Limit),
    /// It is no JSON.
    Unreadable,
    /// It differs.
    Violations(Vec<Violation>),
}

impl BodyFault {
    /// `$context.error.validationErrorString`: the faults, in brackets.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Limit(_) | Self::Unreadable => format!("[{UNREADABLE}]"),
            Self::Violations(violations) => {
                let texts: Vec<&str> = violations.iter().map(|violation| violation.text.as_str()).collect();
                format!("[{}]", texts.join(", "))
            }
        }
    }
}

/// A parameter that must be there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredParameter {
    /// Where.
    pub location: ParameterLocation,
    /// Its name.
    pub name: Box<str>,
}

impl RequestValidation {
    /// The names of the parameters that a request lacks.
    #[must_use]
    pub fn missing(&self, request: &RequestContext<'_>) -> Vec<&str> {
        let lacks = |parameter: &&RequiredParameter| !parameter.is_in(request);
        self.required.iter().filter(lacks).map(|parameter| &*parameter.name).collect()
    }

    /// Compares a body with the model of its content type, else with that of `$default`; `None` where bodies are not checked.
    ///
    /// A body without a content type is `application/json`, and one that is empty is no JSON (recorded: `Unknown error parsing
    /// request body`).
    #[must_use]
    pub fn check_body(&self, content_type: Option<&str>, body: &[u8]) -> Option<BodyCheck<'_>> {
        let models = self.body.as_ref()?;
        let content_type = content_type.map(media::essence).filter(|kind| !kind.is_empty()).unwrap_or(JSON);
        let of_type = models.iter().find(|(known, _)| known.eq_ignore_ascii_case(content_type));
        let found = of_type.or_else(|| models.iter().find(|(known, _)| &**known == DEFAULT));
        let Some((_, model)) = found else { return Some(BodyCheck::NoModel) };
        let Ok(value) = serde_json::from_slice(body) else {
            return Some(BodyCheck::Faulty(model, BodyFault::Unreadable));
        };
        Some(match model.schema.validate(&value) {
            Ok(violations) if violations.is_empty() => BodyCheck::Described(model),
            Ok(violations) => BodyCheck::Faulty(model, BodyFault::Violations(violations)),
            Err(limit) => BodyCheck::Faulty(model, BodyFault::Limit(limit)),
        })
    }
}

impl RequiredParameter {
    /// Whether the request has it, with a value.
    fn is_in(&self, request: &RequestContext<'_>) -> bool {
        let is_in = |pairs: &[(String, String)]| {
            pairs.iter().any(|(name, value)| **name == *self.name && !value.is_empty())
        };
        match self.location {
            ParameterLocation::Header => request.headers.all(&self.name).any(|value| !value.is_empty()),
            ParameterLocation::Path => is_in(request.path_parameters),
            ParameterLocation::QueryString => is_in(request.query),
        }
    }
}

/// The words for parameters that are missing.
#[must_use]
pub fn missing_parameters(names: &[&str]) -> String {
    format!("Missing required request parameters: [{}]", names.join(", "))
}

/// The content type of a body that says none.
const JSON: &str = "application/json";
/// The key of the model for every other content type.
const DEFAULT: &str = "$default";

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;
    use serde_json::{Value, json};

    use super::{BodyCheck, missing_parameters};
    use crate::fixture;

    /// What is said of a body; nothing where it is right, `unchecked` where no model is asked.
    fn said(document: &Value, content_type: Option<&str>, body: &str) -> String {
        let api = fixture::api(document);
        let method = &api.stages[0].release.deployment.resources.rows()[0].methods[0];
        let validation = method.validation.as_ref().expect("a validator");
        match validation.check_body(content_type, body.as_bytes()) {
            Some(BodyCheck::Described(_)) => String::new(),
            Some(BodyCheck::Faulty(_, fault)) => fault.text(),
            None | Some(BodyCheck::NoModel) => "unchecked".to_owned(),
        }
    }

    fn validated(paths: &[&str]) -> Value {
        let mut document = fixture::document(paths);
        document["x-amazon-apigateway-request-validators"] = json!({"body": {"validateRequestBody": true}});
        document["x-amazon-apigateway-request-validator"] = json!("body");
        document
    }

    #[test]
    fn the_model_of_the_content_type_is_asked() {
        const MISSING: &str = r#"[object has missing required properties (["name"])]"#;
        const UNREADABLE: &str = "[Unknown error parsing request body]";
        let mut json_only = validated(&["/x"]);
        json_only["definitions"] = json!({"Pet": {"required": ["name"], "type": "object"}});
        json_only["paths"]["/x"]["post"]["parameters"] =
            json!([{"in": "body", "name": "Pet", "schema": {"$ref": "#/definitions/Pet"}}]);
        let mut fallback = validated(&["/x"]);
        fallback["x-frontgate-models"] = json!({"Pet": {"schema": {"required": ["name"]}}});
        fallback["paths"]["/x"]["post"]["requestBody"] = json!({"content": {
            "application/json": {"schema": {"$ref": "#/x-frontgate-models/Empty"}},
            "$default": {"schema": {"$ref": "#/x-frontgate-models/Pet"}},
        }});
        let mut inline = validated(&["/x"]);
        inline["paths"]["/x"]["post"]["consumes"] = json!(["application/vnd.pet+json"]);
        inline["paths"]["/x"]["post"]["parameters"] =
            json!([{"in": "body", "name": "Pet", "schema": {"required": ["name"]}}]);
        for (document, content_type, body, expected) in [
            (&json_only, None, "{}", MISSING),
            (&json_only, Some("Application/JSON; charset=UTF-8"), "{}", MISSING),
            (&json_only, Some("application/json"), r#"{"name": 1}"#, ""),
            (&json_only, Some("application/json"), "", UNREADABLE),
            (&json_only, Some("application/json"), "{", UNREADABLE),
            (&json_only, Some("application/json"), "{} {}", UNREADABLE),
            (&json_only, Some("application/text"), "x", "unchecked"),
            (&fallback, Some("application/text"), "{}", MISSING),
            (&fallback, None, "{}", ""),
            (
                &fallback,
                None,
                "[]",
                r#"[instance type (array) does not match any allowed primitive type (allowed: ["object"])]"#,
            ),
            (&inline, Some("application/vnd.pet+json"), "{}", MISSING),
            (&inline, Some("application/json"), "{}", "unchecked"),
        ] {
            assert_eq!(said(document, content_type, body), expected, "{content_type:?} {body}");
        }
    }

    #[test]
    fn what_is_missing_is_named_in_order() {
        let mut document = fixture::document(&["/items/{id}"]);
        document["x-amazon-apigateway-request-validators"] =
            json!({"all": {"validateRequestBody": true, "validateRequestParameters": true}});
        document["x-amazon-apigateway-request-validator"] = json!("all");
        document["parameters"] =
            json!({"shared": {"in": "header", "name": "x-header-param", "required": true}});
        document["paths"]["/items/{id}"]["parameters"] =
            json!([{"in": "path", "name": "id", "required": true}]);
        document["paths"]["/items/{id}"]["post"]["parameters"] = json!([
            {"in": "query", "name": "qs1", "required": true},
            {"in": "query", "name": "qs2", "required": false},
            {"in": "path", "name": "id", "required": true},
            {"$ref": "#/parameters/shared"},
        ]);
        let api = fixture::api(&document);
        let validation = fixture::deployment(&api).resources.rows()[0].methods[0]
            .validation
            .as_ref()
            .expect("a validator");
        let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        for (header, path, query, missing) in [
            (None, Vec::new(), Vec::new(), "[x-header-param, id, qs1]"),
            (Some("1"), Vec::new(), pair("qs1", ""), "[id, qs1]"),
            (Some(""), pair("id", "7"), pair("qs1", "1"), "[x-header-param]"),
            (Some("1"), pair("id", "7"), pair("qs1", "1"), "[]"),
        ] {
            let headers = Headers::from_iter(header.map(|value| ("X-Header-Param", value.as_bytes())));
            let mut request = fixture::request(&api, &headers);
            request.path_parameters = &path;
            request.query = &query;
            let message = missing_parameters(&validation.missing(&request));
            assert_eq!(message, format!("Missing required request parameters: {missing}"));
        }
    }
}
