//! Which answer a function's payload is under payload format 2.0: of function URLs, and of HTTP APIs.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload>; recorded from
//! `test_lambda_url_invocation` and `test_lambda_url_headers_and_status`.

use bytes::Bytes;
use frontgate_aws::base64_decode;
use frontgate_message::{Headers, Response};
use serde_json::{Map, Value};

use crate::headers::{self, Fate};
use crate::proxy_response::{Malformed, members, read_status, read_text};

/// Reads a function's payload as an answer.
///
/// "If your function returns valid JSON and doesn't return a statusCode", the payload itself is the body of a 200; a bare
/// string loses its quotes (recorded, against the documentation).
///
/// # Errors
/// Why it is no answer: function URLs answer 502.
pub fn read_payload_response(payload: &[u8]) -> Result<Response, Malformed> {
    match serde_json::from_slice(payload) {
        Ok(Value::Object(members)) if members.contains_key("statusCode") => {
            read_object(&members, DEFAULT_CONTENT_TYPE)
        }
        Ok(Value::String(text)) => Ok(inferred(text.into())),
        Ok(_) => Ok(inferred(Bytes::copy_from_slice(payload))),
        Err(_) => Err(Malformed::NotAnObject),
    }
}

/// An answer that is made from the payload alone.
pub(crate) fn inferred(body: Bytes) -> Response {
    Response::new(200).with_header("Content-Type", DEFAULT_CONTENT_TYPE).with_body(body)
}

/// An answer whose parts the payload names.
pub(crate) fn read_object(
    payload: &Map<String, Value>,
    default_content_type: &str,
) -> Result<Response, Malformed> {
    let mut response = Response::new(read_status(payload.get("statusCode"))?);
    response.headers = read_headers(payload, default_content_type)?;
    response.body = read_body(payload)?.into();
    Ok(response)
}

fn read_headers(payload: &Map<String, Value>, default_content_type: &str) -> Result<Headers, Malformed> {
    let mut fields = Headers::new();
    for (name, value) in members(payload, "headers")? {
        let Some(value) = read_text(Some(value), "headers")? else { continue };
        // A name or a value that would break the head of the answer never gets into it.
        if !headers::is_name(name) || !headers::is_value(&value) {
            return Err(Malformed::BadValue("headers"));
        }
        let fate = headers::row(name).map_or(Fate::Passed, |row| row.from_function);
        headers::append_remapped(&mut fields, name, value.as_bytes(), fate);
    }
    if !fields.contains("Content-Type") {
        fields.append("Content-Type", default_content_type.as_bytes());
    }
    append_cookies(&mut fields, payload)?;
    Ok(fields)
}

/// Adds `cookies` as fields.
pub(crate) fn append_cookies(fields: &mut Headers, payload: &Map<String, Value>) -> Result<(), Malformed> {
    match payload.get("cookies") {
        None | Some(Value::Null) => {}
        Some(Value::Array(cookies)) => {
            for cookie in cookies {
                match cookie.as_str().filter(|cookie| headers::is_value(cookie)) {
                    Some(cookie) => fields.append("Set-Cookie", cookie.as_bytes()),
                    None => return Err(Malformed::BadValue("cookies")),
                }
            }
        }
        Some(_) => return Err(Malformed::BadValue("cookies")),
    }
    Ok(())
}

/// The body: a text, base64 where the function says so, or anything else as its JSON.
fn read_body(payload: &Map<String, Value>) -> Result<Bytes, Malformed> {
    let text = match payload.get("body") {
        Some(value @ (Value::Object(_) | Value::Array(_))) => value.to_string(),
        other => read_text(other, "body")?.unwrap_or_default(),
    };
    match payload.get("isBase64Encoded") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(text.into()),
        Some(Value::Bool(true)) => base64_decode(&text).map(Bytes::from).ok_or(Malformed::BadValue("body")),
        Some(_) => Err(Malformed::BadValue("isBase64Encoded")),
    }
}

const DEFAULT_CONTENT_TYPE: &str = "application/json";

#[cfg(test)]
mod tests {
    use frontgate_message::Body;

    use super::read_payload_response;

    /// Payload, then status, fields and body; `None` where the answer is 502.
    type Row = (&'static str, Option<(u16, &'static [(&'static str, &'static str)], &'static str)>);
    const JSON: (&str, &str) = ("Content-Type", "application/json");

    #[rustfmt::skip]
    const ROWS: &[Row] = &[
        (r#""hello""#, Some((200, &[JSON], "hello"))),
        ("42", Some((200, &[JSON], "42"))),
        ("true", Some((200, &[JSON], "true"))),
        ("null", Some((200, &[JSON], "null"))),
        (r#"["a",{"b":1}]"#, Some((200, &[JSON], r#"["a",{"b":1}]"#))),
        (r#"{"message": "hi"}"#, Some((200, &[JSON], r#"{"message": "hi"}"#))),
        (r#"{"headers":{"a":"b"},"body":"x"}"#, Some((200, &[JSON], r#"{"headers":{"a":"b"},"body":"x"}"#))),
        (r#"{"statusCode":201,"headers":{"My-Custom-Header":"Custom Value"},"body":"{}","isBase64Encoded":false}"#,
            Some((201, &[("My-Custom-Header", "Custom Value"), JSON], "{}"))),
        (r#"{"statusCode":"418","body":"i'm a teapot"}"#, Some((418, &[JSON], "i'm a teapot"))),
        (r#"{"statusCode":200,"body":{"a":[1]}}"#, Some((200, &[JSON], r#"{"a":[1]}"#))),
        (r#"{"statusCode":204}"#, Some((204, &[JSON], ""))),
        (r#"{"statusCode":200,"headers":{"content-type":"text/html"},"body":"PGI+","isBase64Encoded":true}"#,
            Some((200, &[("content-type", "text/html")], "<b>"))),
        (r#"{"statusCode":200,"cookies":["a=1; Secure","b=2"]}"#,
            Some((200, &[JSON, ("Set-Cookie", "a=1; Secure"), ("Set-Cookie", "b=2")], ""))),
        (r#"{"statusCode":200,"headers":{"connection":"close","content-length":"7"}}"#,
            Some((200, &[("x-amzn-Remapped-connection", "close"), ("x-amzn-Remapped-content-length", "7"), JSON], ""))),
        (r#"{"statusCode":"ok"}"#, None),
        (r#"{"statusCode":1000}"#, None),
        (r#"{"statusCode":100}"#, None),
        (r#"{"statusCode":200,"cookies":"a=1"}"#, None),
        (r#"{"statusCode":200,"cookies":["a\r\nb"]}"#, None),
        (r#"{"statusCode":200,"headers":{"a":"1\r\nb: 2"}}"#, None),
        (r#"{"statusCode":200,"body":"!","isBase64Encoded":true}"#, None),
        ("", None),
        ("not json", None),
    ];

    #[test]
    fn payloads_become_answers_or_502() {
        for (payload, expected) in ROWS {
            let found = read_payload_response(payload.as_bytes());
            let Some((status, fields, body)) = expected else {
                assert!(found.is_err(), "{payload}");
                continue;
            };
            let response = found.unwrap_or_else(|why| panic!("{payload}: {why:?}"));
            assert_eq!(response.status, *status, "{payload}");
            let found: Vec<_> =
                response.headers.iter().map(|(n, v)| (n, std::str::from_utf8(v).expect("text"))).collect();
            assert_eq!(found, *fields, "{payload}");
            match response.body {
                Body::Full(bytes) => assert_eq!(bytes, *body, "{payload}"),
                _ => assert_eq!(*body, "", "{payload}"),
            }
        }
    }
}
