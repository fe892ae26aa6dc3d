//! Which answer a function's payload is for an HTTP API.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response>;
//! recorded by AWS's own tests of its .NET tools against API Gateway: what is no object with a `statusCode` is the body of a
//! 200, JSON or not, and an answer without a content type is `text/plain; charset=utf-8`.

use bytes::Bytes;
use frontgate_aws::base64_decode;
use frontgate_message::{Headers, Response};
use serde_json::{Map, Value};

use super::config::PayloadFormat;
use crate::headers::{self, Fate};
use crate::proxy_response::{Malformed, members, read_status, read_text};
use crate::response_v2::{inferred, read_object};

/// Reads a function's payload as an answer.
///
/// # Errors
/// Why it is no answer: HTTP APIs answer 500.
pub fn read_function_response(payload: &[u8], format: PayloadFormat) -> Result<Response, Malformed> {
    match (format, serde_json::from_slice(payload)) {
        (PayloadFormat::V1, Ok(Value::Object(members))) => read_v1(&members),
        (PayloadFormat::V1, _) => Err(Malformed::NotAnObject),
        (PayloadFormat::V2, Ok(Value::Object(members))) if members.contains_key("statusCode") => {
            read_object(&members, DEFAULT_CONTENT_TYPE)
        }
        (PayloadFormat::V2, Ok(Value::String(text))) => Ok(inferred(text.into())),
        (PayloadFormat::V2, _) => Ok(inferred(Bytes::copy_from_slice(payload))),
    }
}

fn read_v1(payload: &Map<String, Value>) -> Result<Response, Malformed> {
    if payload.get("statusCode").is_none_or(Value::is_null) {
        return Err(Malformed::BadValue("statusCode"));
    }
    let mut response = Response::new(read_status(payload.get("statusCode"))?);
    let mut fields = Headers::new();
    for (name, values) in members(payload, "multiValueHeaders")? {
        let Value::Array(values) = values else { return Err(Malformed::BadValue("multiValueHeaders")) };
        for value in values {
            append(&mut fields, name, value, "multiValueHeaders")?;
        }
    }
    for (name, value) in members(payload, "headers")? {
        append(&mut fields, name, value, "headers")?;
    }
    if !fields.contains("Content-Type") {
        fields.append("Content-Type", DEFAULT_CONTENT_TYPE.as_bytes());
    }
    response.headers = fields;
    let text = read_text(payload.get("body"), "body")?.unwrap_or_default();
    response.body = match payload.get("isBase64Encoded") {
        Some(Value::Bool(true)) => {
            Bytes::from(base64_decode(&text).ok_or(Malformed::BadValue("body"))?).into()
        }
        None | Some(Value::Null | Value::Bool(false)) => Bytes::from(text).into(),
        Some(_) => return Err(Malformed::BadValue("isBase64Encoded")),
    };
    Ok(response)
}

fn append(fields: &mut Headers, name: &str, value: &Value, member: &'static str) -> Result<(), Malformed> {
    let Some(value) = read_text(Some(value), member)? else { return Ok(()) };
    if !headers::is_name(name) || !headers::is_value(&value) {
        return Err(Malformed::BadValue(member));
    }
    let fate = headers::row(name).map_or(Fate::Passed, |row| row.from_function);
    headers::append_remapped(fields, name, value.as_bytes(), fate);
    Ok(())
}

/// What an answer without one is.
pub const DEFAULT_CONTENT_TYPE: &str = "text/plain; charset=utf-8";
