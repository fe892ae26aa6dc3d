//! What CloudFront makes of a function's result.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html>
//! and <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html>.

use frontgate_message::Headers;
use serde_json::Value;

use crate::cookies::{cookie_header, query_of, set_cookie_headers};
use crate::event::{EventType, Prepared};
use crate::fields::{Fields, text_of};
use crate::origin_change::OriginChange;
use crate::restrictions::{URI_BYTES_LIMIT, is_disallowed, read_only};

/// What a function wants.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionResult {
    /// The request goes on, changed or not.
    Request(Box<ChangedRequest>),
    /// The viewer gets this response.
    Response(Box<ChangedResponse>),
}

/// What a function changed of a request; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangedRequest {
    /// The path.
    pub uri: Option<String>,
    /// The query; empty for none.
    pub query: Option<String>,
    /// All fields that a function sees.
    pub headers: Option<Headers>,
    /// The value of `Cookie`; `Some(None)` where no cookie is left.
    pub cookie: Option<Option<String>>,
    /// The origin.
    pub origin: Option<OriginChange>,
}

/// A response as a function gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedResponse {
    /// The status.
    pub status: u16,
    /// The words behind it.
    pub description: Option<String>,
    /// The fields, `Set-Cookie` included; `None` where nothing was changed.
    pub headers: Option<Headers>,
    /// The body; `None` where the function gave none.
    pub body: Option<Vec<u8>>,
}

/// A result that CloudFront does not take: 502.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A value is missing, or is of the wrong type, or may not be so.
    #[error("The CloudFront function returned an invalid value: {0}.")]
    InvalidValue(String),
    /// A read-only or disallowed header.
    #[error("The CloudFront function tried to add, delete, or change a read-only header: {0}.")]
    ReadOnlyHeader(String),
}

/// How closely a result is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// As for a request that is served.
    Served,
    /// As `test-function` does: read-only headers are not looked at ("does not show up during testing").
    Tested,
}

/// Reads a result; `origin` is what the function asked of `cf`, as JSON.
///
/// # Errors
/// Why CloudFront does not take it.
pub fn read_result(
    event: &Prepared,
    result: &Value,
    origin: Option<&str>,
    how: Read,
) -> Result<FunctionResult, Failure> {
    let Value::Object(object) = result else {
        return Err(Failure::InvalidValue("the result must be an object".into()));
    };
    if event.event_type == EventType::ViewerResponse || object.contains_key("statusCode") {
        return read_response(event, result, how)
            .map(|response| FunctionResult::Response(Box::new(response)));
    }
    let mut request = read_request(event, result, how)?;
    request.origin = match origin {
        Some(change) => Some(OriginChange::read(change).map_err(Failure::InvalidValue)?),
        None => None,
    };
    Ok(FunctionResult::Request(Box::new(request)))
}

fn read_request(event: &Prepared, result: &Value, how: Read) -> Result<ChangedRequest, Failure> {
    let invalid = Failure::InvalidValue;
    match result.get("method") {
        Some(Value::String(method)) if *method == event.method => {}
        _ => return Err(invalid("request.method is read-only".into())),
    }
    let Some(Value::String(uri)) = result.get("uri") else {
        return Err(invalid("request.uri must be a string".into()));
    };
    if !uri.starts_with('/') {
        return Err(invalid("request.uri must begin with a forward slash".into()));
    }
    let query = match result.get("querystring") {
        Some(Value::String(query)) => Some(query.clone()),
        Some(fields) => {
            let parameters =
                Fields::read(fields, "request.querystring", Some(&event.parameters)).map_err(invalid)?;
            (parameters != event.parameters).then(|| query_of(&parameters))
        }
        None => (!event.parameters.0.is_empty()).then(String::new),
    };
    for text in [Some(uri), query.as_ref()].into_iter().flatten() {
        if text.bytes().any(|byte| byte <= b' ' || byte == b'#' || byte == 0x7f) {
            return Err(invalid(format!(
                "\"{}\" has a space, a control character or a #",
                text.escape_debug()
            )));
        }
    }
    let query_bytes = query.as_ref().or(event.raw_query.as_ref()).map_or(0, |query| query.len() + 1);
    if uri.len() + query_bytes >= URI_BYTES_LIMIT {
        return Err(invalid(format!(
            "request.uri and query string have {URI_BYTES_LIMIT} characters or more"
        )));
    }
    let headers = read_headers(result, "request", &event.headers, EventType::ViewerRequest, how)?;
    let cookies = match result.get("cookies") {
        Some(fields) => Fields::read(fields, "request.cookies", Some(&event.cookies)).map_err(invalid)?,
        None => Fields::default(),
    };
    let cookie = (cookies != event.cookies).then(|| cookie_header(&cookies));
    if let Some(Some(cookie)) = &cookie {
        check_value("request.cookies", cookie)?;
    }
    Ok(ChangedRequest {
        uri: (*uri != event.uri).then(|| uri.clone()),
        query,
        headers: (headers != event.headers).then(|| header_block(&headers)),
        cookie,
        origin: None,
    })
}

fn read_response(event: &Prepared, result: &Value, how: Read) -> Result<ChangedResponse, Failure> {
    let invalid = Failure::InvalidValue;
    let status = match result.get("statusCode") {
        Some(Value::Number(number)) => number.as_f64().filter(|number| number.fract() == 0.0),
        None => return Err(invalid("response.statusCode is missing".into())),
        Some(_) => None,
    };
    let status = STATUS_CODES.clone().find(|code| status == Some(f64::from(*code)));
    let Some(status) = status else {
        return Err(invalid("response.statusCode must be an integer from 200 to 599".into()));
    };
    let description = match result.get("statusDescription") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(invalid("response.statusDescription must be a string".into())),
    };
    let headers = read_headers(result, "response", &event.response_headers, EventType::ViewerResponse, how)?;
    let cookies = match result.get("cookies") {
        Some(fields) => {
            Fields::read(fields, "response.cookies", Some(&event.response_cookies)).map_err(invalid)?
        }
        None => Fields::default(),
    };
    let is_unchanged = headers == event.response_headers && cookies == event.response_cookies;
    let headers = if is_unchanged && event.event_type == EventType::ViewerResponse {
        None
    } else {
        let mut block = header_block(&headers);
        for cookie in set_cookie_headers(&cookies) {
            check_value("response.cookies", &cookie)?;
            block.append("Set-Cookie", cookie.as_bytes());
        }
        Some(block)
    };
    Ok(ChangedResponse { status, description, headers, body: read_body(result)? })
}

fn read_body(result: &Value) -> Result<Option<Vec<u8>>, Failure> {
    let invalid = |text: &str| Failure::InvalidValue(text.to_owned());
    match result.get("body") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone().into_bytes())),
        Some(Value::Object(body)) => {
            let data = match body.get("data") {
                Some(Value::String(data)) => data,
                None => return Err(invalid("response.body.data is missing")),
                Some(_) => return Err(invalid("response.body.data must be a string")),
            };
            match body.get("encoding").and_then(Value::as_str) {
                Some("text") => Ok(Some(data.clone().into_bytes())),
                Some("base64") => match frontgate_aws::base64_decode(data) {
                    Some(bytes) => Ok(Some(bytes)),
                    None => Err(invalid("response.body.data is no valid base64")),
                },
                _ => Err(invalid("response.body.encoding must be text or base64")),
            }
        }
        Some(_) => Err(invalid("response.body must be a string or an object")),
    }
}

fn read_headers(
    result: &Value,
    of: &str,
    before: &Fields,
    event: EventType,
    how: Read,
) -> Result<Fields, Failure> {
    let path = format!("{of}.headers");
    let headers = match result.get("headers") {
        Some(fields) => Fields::read(fields, &path, Some(before)).map_err(Failure::InvalidValue)?,
        None => Fields::default(),
    };
    for field in &headers.0 {
        let name = &field.name;
        if !is_header_name(name) {
            return Err(Failure::InvalidValue(format!("{path}[\"{name}\"] is no header name in lower case")));
        }
        let is_new = before.find(name) != Some(field);
        let is_cloudfronts = event == EventType::ViewerRequest && name.starts_with("cloudfront-");
        if how == Read::Served && (is_disallowed(name) || (is_cloudfronts && is_new)) {
            return Err(Failure::ReadOnlyHeader(name.clone()));
        }
        for value in field.values.iter().filter(|_| is_new) {
            check_value(&format!("{path}[\"{name}\"]"), &value.value)?;
        }
    }
    let changed = read_only(event).find(|name| before.find(name) != headers.find(name));
    match changed {
        Some(name) if how == Read::Served => Err(Failure::ReadOnlyHeader(name.to_owned())),
        _ => Ok(headers),
    }
}

fn is_header_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(|byte| is_token(byte) && !byte.is_ascii_uppercase())
}

fn check_value(path: &str, value: &str) -> Result<(), Failure> {
    if value.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
        return Err(Failure::InvalidValue(format!("{path} has a control character")));
    }
    Ok(())
}

/// The fields as they go on: "the first letter of each word in header names is capitalized".
fn header_block(fields: &Fields) -> Headers {
    let mut headers = Headers::new();
    for field in &fields.0 {
        let name = capitalized(&field.name);
        for value in &field.values {
            headers.append(&name, value.value.trim().as_bytes());
        }
    }
    headers
}

/// `example-header-name` as `Example-Header-Name`.
#[must_use]
pub fn capitalized(name: &str) -> String {
    let mut begins = true;
    name.chars()
        .map(|char| {
            let char = if begins { char.to_ascii_uppercase() } else { char };
            begins = char == '-';
            char
        })
        .collect()
}

impl ChangedRequest {
    /// The viewer's fields with the change applied: what functions do not see stays where it is, and bytes that a
    /// function did not change stay as they were sent.
    #[must_use]
    pub fn apply_headers(&self, viewers: &Headers) -> Headers {
        let mut headers = match &self.headers {
            None => viewers.clone(),
            Some(changed) => {
                let is_hidden = |name: &str| {
                    let name = name.to_ascii_lowercase();
                    name == "cookie" || name.starts_with("cloudfront-") || is_disallowed(&name)
                };
                let mut headers: Headers = changed
                    .iter()
                    .filter(|(name, _)| !is_hidden(name))
                    .map(|(name, value)| (name, as_sent(viewers, name, value)))
                    .collect();
                for (name, value) in viewers.iter().filter(|(name, _)| is_hidden(name)) {
                    headers.append(name, value);
                }
                headers
            }
        };
        match &self.cookie {
            Some(Some(cookie)) => headers.set("Cookie", cookie.as_bytes()),
            Some(None) => {
                headers.remove("Cookie");
            }
            None => {}
        }
        headers
    }
}

/// The bytes of the viewer where a value is still what a function saw of them.
fn as_sent<'a>(viewers: &'a Headers, name: &'a str, value: &'a [u8]) -> &'a [u8] {
    if value.is_ascii() {
        return value;
    }
    viewers.all(name).find(|sent| text_of(sent).as_bytes() == value).unwrap_or(value)
}

/// Status codes that a function may give.
const STATUS_CODES: std::ops::RangeInclusive<u16> = 200..=599;
