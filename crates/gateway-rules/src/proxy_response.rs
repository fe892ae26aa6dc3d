//! Which answer a function's payload is under an `AWS_PROXY` integration.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>;
//! recorded from `test_aws_proxy_response_payload_format_validation` and `test_lambda_aws_proxy_response_format`.

use std::ops::Range;

use bytes::Bytes;
use frontgate_aws::base64_decode;
use frontgate_message::{Headers, Response};
use serde_json::{Map, Value};

use crate::headers;
use crate::media;

/// A payload that is a proxy response.
#[derive(Debug)]
pub struct ProxyResponse {
    /// Status, header fields and body.
    pub response: Response,
    /// What became of a base64 body.
    pub encoding: BodyEncoding,
}

/// What became of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEncoding {
    /// It is text.
    Text,
    /// It was base64 and was decoded.
    Decoded,
    /// It is base64 and stays so: no binary media type matches the first type of `Accept`.
    NotDecoded,
}

/// Why a payload is no proxy response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is no JSON object.
    NotAnObject,
    /// It has a member that a proxy response has not; its name.
    UnknownMember(String),
    /// A member has a value that it cannot have; its name.
    BadValue(&'static str),
}

/// Reads a function's payload as the answer to a request with that `Accept`.
///
/// # Errors
/// Why it is no proxy response: API Gateway answers 502.
pub fn read_proxy_response(
    payload: &[u8],
    accept: Option<&str>,
    binary_media_types: &[Box<str>],
) -> Result<ProxyResponse, Malformed> {
    let Ok(Value::Object(payload)) = serde_json::from_slice(payload) else {
        return Err(Malformed::NotAnObject);
    };
    if let Some(name) = payload.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(Malformed::UnknownMember(name.clone()));
    }
    let status = read_status(payload.get("statusCode"))?;
    let headers = read_headers(&payload)?;
    let text = read_text(payload.get("body"), "body")?.unwrap_or_default();
    let is_base64 = match payload.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) if text == "true" || text == "false" => text == "true",
        Some(_) => return Err(Malformed::BadValue("isBase64Encoded")),
    };
    let (body, encoding) = if !is_base64 {
        (text.into_bytes(), BodyEncoding::Text)
    } else if media::is_binary(binary_media_types, accept.unwrap_or_default()) {
        (base64_decode(&text).ok_or(Malformed::BadValue("body"))?, BodyEncoding::Decoded)
    } else {
        (text.into_bytes(), BodyEncoding::NotDecoded)
    };
    let mut response = Response::new(status).with_body(Bytes::from(body));
    response.headers = headers;
    Ok(ProxyResponse { response, encoding })
}

/// The 502 for everything else; its body has a blank after the colon and its `Content-Length` is 36.
#[must_use]
pub fn malformed_answer() -> Response {
    Response::new(502)
        .with_header("Content-Type", "application/json")
        .with_header("x-amzn-ErrorType", "InternalServerErrorException")
        .with_body(Bytes::from_static(MALFORMED_BODY))
}

/// Statuses that an answer may have. 1xx would announce one that never comes (inferred; the viewer would wait for it).
pub(crate) const FINAL_STATUSES: Range<u16> = 200..600;

pub(crate) fn read_status(value: Option<&Value>) -> Result<u16, Malformed> {
    let number = match value {
        None | Some(Value::Null) => return Ok(200),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|status| FINAL_STATUSES.contains(status))
        .ok_or(Malformed::BadValue("statusCode"))
}

/// `multiValueHeaders` first, then `headers`; of the same name both stay.
fn read_headers(payload: &Map<String, Value>) -> Result<Headers, Malformed> {
    let mut headers = Headers::new();
    for (name, values) in members(payload, "multiValueHeaders")? {
        let Value::Array(values) = values else { return Err(Malformed::BadValue("multiValueHeaders")) };
        for value in values {
            append(&mut headers, name, value, "multiValueHeaders")?;
        }
    }
    for (name, value) in members(payload, "headers")? {
        append(&mut headers, name, value, "headers")?;
    }
    if !headers.contains("Content-Type") {
        headers.append("Content-Type", b"application/json");
    }
    Ok(headers)
}

fn append(fields: &mut Headers, name: &str, value: &Value, member: &'static str) -> Result<(), Malformed> {
    let Some(value) = read_text(Some(value), member)? else { return Ok(()) };
    // A name or a value that would break the head of the answer never gets into it.
    if !headers::is_name(name) || !headers::is_value(&value) {
        return Err(Malformed::BadValue(member));
    }
    let fate = headers::row(name).map_or(headers::Fate::Passed, |row| row.from_function);
    headers::append_remapped(fields, name, value.as_bytes(), fate);
    Ok(())
}

pub(crate) fn members<'a>(
    payload: &'a Map<String, Value>,
    name: &'static str,
) -> Result<impl Iterator<Item = (&'a str, &'a Value)>, Malformed> {
    match payload.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        Some(_) => Err(Malformed::BadValue(name)),
    }
    .map(|members| members.into_iter().flatten().map(|(name, value)| (name.as_str(), value)))
}

/// A string; numbers and booleans as their text, `null` as none.
pub(crate) fn read_text(value: Option<&Value>, member: &'static str) -> Result<Option<String>, Malformed> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Bool(flag)) => Ok(Some(flag.to_string())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Array(_) | Value::Object(_)) => Err(Malformed::BadValue(member)),
    }
}

const MALFORMED_BODY: &[u8] = br#"{"message": "Internal server error"}"#;
const MEMBERS: [&str; 5] = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

#[cfg(test)]
mod tests {
    use frontgate_message::Body;

    use super::{BodyEncoding, MALFORMED_BODY, ProxyResponse, read_proxy_response};

    /// Payload, then status, fields and body; `None` where the answer is 502.
    type Row = (&'static str, Option<(u16, &'static [(&'static str, &'static str)], &'static str)>);
    const JSON: (&str, &str) = ("Content-Type", "application/json");

    #[rustfmt::skip]
    const ROWS: &[Row] = &[
        (r#"{"statusCode":200}"#, Some((200, &[JSON], ""))),
        (r#"{"statusCode":200,"headers":{"test-header":"value","header-bool":true,"none":null}}"#,
            Some((200, &[("test-header", "value"), ("header-bool", "true"), JSON], ""))),
        (r#"{"statusCode":200,"headers":null,"body":null}"#, Some((200, &[JSON], ""))),
        (r#"{"headers":{"test-header":"value"}}"#, Some((200, &[("test-header", "value"), JSON], ""))),
        ("{}", Some((200, &[JSON], ""))),
        (r#"{"statusCode":"201","body":"x"}"#, Some((201, &[JSON], "x"))),
        (r#"{"statusCode":200,"body":42}"#, Some((200, &[JSON], "42"))),
        (r#"{"statusCode":200,"multiValueHeaders":{"a":["1","2"]}}"#,
            Some((200, &[("a", "1"), ("a", "2"), JSON], ""))),
        (r#"{"statusCode":200,"multiValueHeaders":{"tesT-Multi":["multi"]},"headers":{"test-multi":"solo"}}"#,
            Some((200, &[("tesT-Multi", "multi"), ("test-multi", "solo"), JSON], ""))),
        (r#"{"statusCode":200,"headers":{"content-type":"text/html","Date":"now","TE":"x"},"body":"<p>"}"#,
            Some((200, &[("content-type", "text/html"), ("x-amzn-Remapped-Date", "now")], "<p>"))),
        (r#"{"statusCode":200,"body":"dGVzdA==","isBase64Encoded":true}"#, Some((200, &[JSON], "dGVzdA=="))),
        (r#"{"statusCode":200,"wrongValue":"value"}"#, None),
        (r#"{"statusCode":200,"multiValueHeaders":{"a":"1"}}"#, None),
        (r#"{"statusCode":"test"}"#, None),
        (r#"{"statusCode":99}"#, None),
        (r#"{"statusCode":100}"#, None),
        (r#"{"statusCode":"101"}"#, None),
        (r#"{"statusCode":199}"#, None),
        (r#"{"statusCode":200.5}"#, None),
        (r#"{"statusCode":200,"body":{"a":1}}"#, None),
        (r#"{"statusCode":200,"headers":["a"]}"#, None),
        (r#"{"statusCode":200,"headers":{"a":"1\r\nb: 2"}}"#, None),
        (r#"{"statusCode":200,"headers":{"a b":"1"}}"#, None),
        (r#""justAString""#, None),
        ("null", None),
        ("", None),
        ("not json", None),
    ];

    #[test]
    fn payloads_become_answers_or_502() {
        for (payload, expected) in ROWS {
            let found = read_proxy_response(payload.as_bytes(), Some("*/*"), &[]);
            let Some((status, fields, body)) = expected else {
                assert!(found.is_err(), "{payload}");
                continue;
            };
            let ProxyResponse { response, .. } = found.unwrap_or_else(|why| panic!("{payload}: {why:?}"));
            assert_eq!(response.status, *status, "{payload}");
            let found: Vec<_> =
                response.headers.iter().map(|(n, v)| (n, std::str::from_utf8(v).expect("text"))).collect();
            assert_eq!(found, *fields, "{payload}");
            match response.body {
                Body::Full(bytes) => assert_eq!(bytes, *body, "{payload}"),
                _ => assert_eq!(*body, "", "{payload}"),
            }
        }
        assert_eq!(MALFORMED_BODY.len(), 36);
    }

    #[test]
    fn base64_is_decoded_for_the_first_accept_type() {
        let payload = br#"{"statusCode":200,"body":"dGVzdA==","isBase64Encoded":true}"#;
        for (accept, types, expected) in [
            (Some("image/png"), &["image/png"][..], BodyEncoding::Decoded),
            (Some("text/html,image/png"), &["image/png"], BodyEncoding::NotDecoded),
            (Some("*/*"), &["image/png"], BodyEncoding::NotDecoded),
            (None, &["image/png"], BodyEncoding::NotDecoded),
            (None, &["*/*"], BodyEncoding::Decoded),
        ] {
            let types: Vec<Box<str>> = types.iter().map(|text| (*text).into()).collect();
            let found = read_proxy_response(payload, accept, &types).expect("a proxy response");
            assert_eq!(found.encoding, expected, "{accept:?} {types:?}");
        }
    }
}
