//! What CloudFront makes of the result of a Lambda@Edge function.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html> and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-generating-http-responses.html>.

use frontgate_aws::base64_decode;
use frontgate_explain::FactKind;
use frontgate_message::Headers;
use serde_json::{Map, Value};

use super::event::PreparedEvent;
use super::headers::{Seen, read};
use super::origin::LambdaOrigin;
use super::restrictions::{URI_BYTES_LIMIT, bytes_max};
use super::{Invalid, Trigger};
use crate::errors::ErrorPage;

/// What a function wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LambdaResult {
    /// The request goes on, changed or not.
    Request(Box<ChangedLambdaRequest>),
    /// A response: generated at a request trigger, changed or not at a response trigger.
    Response(Box<LambdaResponse>),
}

/// A request as a function left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedLambdaRequest {
    /// Another path.
    pub uri: Option<String>,
    /// Another query; empty for none.
    pub query: Option<String>,
    /// All fields.
    pub headers: Headers,
    /// The number of fields that the function left, where it changed any.
    pub changed_headers: Option<u32>,
    /// The body that stands for that of the request.
    pub body: Option<Vec<u8>>,
    /// Another origin.
    pub origin: Option<LambdaOrigin>,
}

/// A response as a function gave or left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaResponse {
    /// The status.
    pub status: u16,
    /// `statusDescription`
    pub description: Option<Box<str>>,
    /// All fields.
    pub headers: Headers,
    /// The number of fields that the function left, where it changed any.
    pub changed_headers: Option<u32>,
    /// The body; `None` where the function gave none, and at response triggers that of the origin stays.
    pub body: Option<Vec<u8>>,
}

/// Reads a result.
///
/// # Errors
/// Why CloudFront does not take it.
pub fn read_result(event: &PreparedEvent, result: &[u8]) -> Result<LambdaResult, Invalid> {
    let result: Value = serde_json::from_slice(result).map_err(|error| {
        let message =
            format!("The Lambda function returned an invalid json output, json is not parsable: {error}.");
        Invalid::new(ErrorPage::LambdaResultUnparsable, FactKind::LambdaEdgeResultInvalid, message)
    })?;
    let Value::Object(object) = result else {
        let message =
            "The Lambda function returned an invalid json output, the json output must be an object type.";
        return Err(Invalid::new(
            ErrorPage::LambdaResultNoObject,
            FactKind::LambdaEdgeResultInvalid,
            message,
        ));
    };
    if event.trigger.has_response() || object.contains_key("status") {
        return read_response(event, &object).map(|response| LambdaResult::Response(Box::new(response)));
    }
    read_request(event, &object).map(|request| LambdaResult::Request(Box::new(request)))
}

fn read_request(event: &PreparedEvent, object: &Map<String, Value>) -> Result<ChangedLambdaRequest, Invalid> {
    // In this order: an answer in the form of API Gateway, without `status` and with a body, is told about its body.
    let body = read_request_body(event, object)?;
    if !matches!(object.get("headers"), Some(Value::Object(_))) {
        let message = "The Lambda function returned an invalid entry in the headers object, the headers must be an object.";
        return Err(Invalid::new(
            ErrorPage::LambdaHeadersInvalid,
            FactKind::LambdaEdgeHeadersInvalid,
            message,
        ));
    }
    let returned = read(object.get("headers"), &event.headers, event.trigger)?;
    for (name, value) in [("method", &event.method), ("clientIp", &event.client_ip)] {
        if object.get(name).is_some_and(|returned| returned.as_str() != Some(value)) {
            return Err(read_only_field(name));
        }
    }
    let uri = match object.get("uri") {
        Some(Value::String(uri)) if uri.starts_with('/') => uri,
        _ => return Err(uri_invalid("uri must be a string that begins with a slash")),
    };
    let query = match object.get("querystring") {
        None | Some(Value::Null) => "",
        Some(Value::String(query)) => query.as_str(),
        Some(_) => return Err(uri_invalid("querystring must be a string")),
    };
    let is_bad = |byte: u8| byte <= b' ' || byte == b'#' || byte == 0x7f;
    let is_bad_uri = *uri != event.uri && uri.bytes().any(|byte| is_bad(byte) || byte == b'?');
    if is_bad_uri || (*query != event.query && query.bytes().any(is_bad)) {
        return Err(uri_invalid(
            "uri or querystring has a space, a control character, a # or, in the path, a ?",
        ));
    }
    if uri.len() + query.len() + usize::from(!query.is_empty()) >= URI_BYTES_LIMIT {
        return Err(uri_invalid(&format!("uri and querystring have {URI_BYTES_LIMIT} characters or more")));
    }
    let origin = match object.get("origin") {
        None | Some(Value::Null) => None,
        Some(origin) if event.origin.as_ref() == Some(origin) => None,
        Some(_) if event.trigger == Trigger::ViewerRequest => {
            let message = "The Lambda function returned an invalid origin configuration, a viewer request has no origin.";
            let page = ErrorPage::LambdaOriginInvalid;
            return Err(Invalid::new(page, FactKind::LambdaEdgeOriginAtViewer, message));
        }
        Some(origin) => Some(LambdaOrigin::read(origin, &returned.headers)?),
    };
    Ok(ChangedLambdaRequest {
        uri: (*uri != event.uri).then(|| uri.clone()),
        query: (*query != event.query).then(|| query.to_owned()),
        headers: returned.headers,
        changed_headers: returned.changed,
        body,
        origin,
    })
}

fn read_request_body(event: &PreparedEvent, object: &Map<String, Value>) -> Result<Option<Vec<u8>>, Invalid> {
    let body = match object.get("body") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(body)) => body,
        Some(_) => return Err(body_invalid("the body of a request must be an object")),
    };
    match body.get("action").map(Value::as_str) {
        None | Some(Some("read-only")) => return Ok(None),
        Some(Some("replace")) if event.has_body => {}
        Some(Some("replace")) => return Err(body_invalid("the trigger does not include the body")),
        Some(_) => return Err(body_invalid("action must be read-only or replace")),
    }
    let Some(Value::String(data)) = body.get("data") else {
        return Err(body_invalid("data must be a string"));
    };
    let encoding = body.get("encoding").filter(|value| !value.is_null());
    let bytes = decode(data, encoding, "base64")?;
    if bytes.len() > bytes_max(event.trigger) {
        return Err(body_invalid(&format!("it has {} bytes", bytes.len())));
    }
    Ok(Some(bytes))
}

fn read_response(event: &PreparedEvent, object: &Map<String, Value>) -> Result<LambdaResponse, Invalid> {
    let status = match object.get("status") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
        _ => None,
    };
    let is_generated = !event.trigger.has_response();
    let Some(status) = status
        .filter(|status| STATUS_CODES.contains(status) || (!is_generated && event.status == Some(*status)))
    else {
        let message =
            "Lambda function result failed validation, the status must be a number from 200 to 599.";
        let page = ErrorPage::LambdaStatusInvalid;
        return Err(Invalid::new(page, FactKind::LambdaEdgeStatusInvalid, message));
    };
    if event.trigger == Trigger::ViewerResponse && event.status != Some(status) {
        return Err(read_only_field("status"));
    }
    let nothing = Seen::default();
    let before = if is_generated { &nothing } else { &event.response_headers };
    let returned = read(object.get("headers"), before, event.trigger)?;
    let encoding = object.get("bodyEncoding").filter(|value| !value.is_null());
    let body = match object.get("body") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(decode(text, encoding, "text")?),
        Some(_) => return Err(body_invalid("the body of a response must be a string")),
    };
    if let Some(body) = &body {
        let bytes = body.len() + returned.headers.wire_length();
        if bytes > bytes_max(event.trigger) {
            return Err(body_invalid(&format!("headers and body have {bytes} bytes")));
        }
        if status == 204 && event.trigger == Trigger::ViewerRequest && !body.is_empty() {
            return Err(body_invalid("a response with the status 204 has no body"));
        }
    }
    Ok(LambdaResponse {
        status,
        description: object.get("statusDescription").and_then(Value::as_str).map(Into::into),
        headers: returned.headers,
        changed_headers: returned.changed,
        body,
    })
}

fn decode(text: &str, encoding: Option<&Value>, default: &str) -> Result<Vec<u8>, Invalid> {
    match encoding.map_or(Some(default), Value::as_str) {
        Some("text") => Ok(text.as_bytes().to_vec()),
        Some("base64") => base64_decode(text).ok_or_else(|| body_invalid("it is no valid base64")),
        _ => Err(body_invalid("the encoding must be text or base64")),
    }
}

fn body_invalid(what: &str) -> Invalid {
    let message = format!(
        "Lambda function result failed validation, the body is not a string, is not an object, or exceeds the maximum \
         size: {what}."
    );
    Invalid::new(ErrorPage::LambdaBodyInvalid, FactKind::LambdaEdgeBodyInvalid, message)
}

fn uri_invalid(what: &str) -> Invalid {
    let message = format!(
        "Lambda function result failed validation, the specified URI is in an invalid format: {what}."
    );
    Invalid::new(ErrorPage::LambdaUriInvalid, FactKind::LambdaEdgeUriInvalid, message)
}

fn read_only_field(name: &str) -> Invalid {
    let message = format!(
        "Lambda function result failed validation, the function tried to change a read-only field: {name}."
    );
    Invalid::new(ErrorPage::LambdaReadOnlyField, FactKind::LambdaEdgeReadOnlyField, message)
}

/// Status codes that a function may give.
const STATUS_CODES: std::ops::RangeInclusive<u16> = 200..=599;
