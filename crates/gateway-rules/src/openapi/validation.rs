//! Reads what a request validator demands of the requests to a method.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-validation-set-up.html>

use std::sync::Arc;

use serde_json::Value;

use crate::config::ParameterLocation;
use crate::integration::{Reader, child};
use crate::validation::{Model, RequestValidation, RequiredParameter};

pub(super) const VALIDATOR: &str = "x-amazon-apigateway-request-validator";
pub(super) const VALIDATORS: &str = "x-amazon-apigateway-request-validators";

impl Reader<'_> {
    /// What the validator of the operation, else that of the document, demands.
    pub(super) fn request_validation(
        &mut self,
        document: &Value,
        operation: &Value,
        request_models: &[(Box<str>, Arc<Model>)],
        pointer: &str,
    ) -> Option<RequestValidation> {
        let (written, here) = match operation.get(VALIDATOR) {
            Some(written) => (written, child(pointer, VALIDATOR)),
            None => (document.get(VALIDATOR)?, child("", VALIDATOR)),
        };
        let name = written.as_str().unwrap_or_default();
        let Some(validator) = document.get(VALIDATORS).and_then(|all| all.get(name)) else {
            let what = format!("`{name}` is no request validator of this document");
            self.invalid(&here, what, format!("Define it in `{VALIDATORS}`"));
            return None;
        };
        let checks = |member: &str| {
            let flag = validator.get(member);
            flag.and_then(Value::as_bool).unwrap_or_else(|| flag.and_then(Value::as_str) == Some("true"))
        };
        let mut required = Vec::new();
        if checks("validateRequestParameters") {
            let item = pointer.rsplit_once('/').and_then(|(item, _)| document.pointer(item));
            let of_item = item.and_then(|item| item.get("parameters"));
            for rows in [of_item, operation.get("parameters")].into_iter().flatten() {
                let rows = rows.as_array().into_iter().flatten();
                required.extend(rows.filter_map(|row| parameter(document, row)));
            }
            required.sort();
            required.dedup();
        }
        let body = checks("validateRequestBody").then(|| request_models.to_vec());
        Some(RequestValidation { required, body })
    }
}

/// The parameter that a row demands, where it demands one.
fn parameter(document: &Value, row: &Value) -> Option<RequiredParameter> {
    let row = resolved(document, row)?;
    let location = match row.get("in")?.as_str()? {
        "header" => ParameterLocation::Header,
        "path" => ParameterLocation::Path,
        "query" => ParameterLocation::QueryString,
        _ => return None,
    };
    row.get("required")?.as_bool().filter(|required| *required)?;
    Some(RequiredParameter { location, name: row.get("name")?.as_str()?.into() })
}

/// The row, or the one that it refers to.
fn resolved<'v>(document: &'v Value, row: &'v Value) -> Option<&'v Value> {
    match row.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.strip_prefix('#')?),
        None => Some(row),
    }
}
