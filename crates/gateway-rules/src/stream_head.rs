//! What is the head of a response that a function streams? JSON, and eight null bytes behind it.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html#response-transfer-mode-lambda-format>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html>

use frontgate_message::{Headers, Response};
use serde_json::{Map, Value};

use crate::headers::{self, Fate};
use crate::proxy_response::{Malformed, members, read_status, read_text};
use crate::response_v2;

/// "It must appear within the first 16KB of stream data": the eight null bytes. Of function URLs no page says how far they
/// may be; they are taken to be alike.
pub const STREAM_HEAD_LENGTH_MAX: usize = 16_384;

/// The content type of a streamed response that begins with a head (of `awslambda.HttpResponseStream`, and of AWS's
/// runtime for Rust).
pub const STREAM_HEAD_CONTENT_TYPE: &str = "application/vnd.awslambda.http-integration-response";

/// Whose head it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFormat {
    /// A REST API's, which takes four members and no other.
    RestApi,
    /// A function URL's.
    FunctionUrl,
}

/// What the beginning of a stream is.
#[derive(Debug)]
pub enum StreamHead {
    /// A head.
    Complete {
        /// Status and header fields.
        response: Response,
        /// `Content-Length` as the function says it.
        length: Option<u64>,
        /// Where the body begins.
        body_at: usize,
    },
    /// More must come before it can be said.
    Incomplete,
    /// No head, and none can become of it.
    Malformed,
}

/// Reads the head at the beginning of a stream of which `bytes` have come.
#[must_use]
pub fn read_stream_head(bytes: &[u8], format: StreamFormat) -> StreamHead {
    let within = &bytes[..bytes.len().min(STREAM_HEAD_LENGTH_MAX)];
    let Some(end) = delimiter(within) else {
        let is_over = bytes.len() >= STREAM_HEAD_LENGTH_MAX;
        return if is_over { StreamHead::Malformed } else { StreamHead::Incomplete };
    };
    let Ok(Value::Object(members)) = serde_json::from_slice(&within[..end]) else {
        return StreamHead::Malformed;
    };
    let read = match format {
        StreamFormat::RestApi => read_rest(&members),
        StreamFormat::FunctionUrl => read_url(&members),
    };
    match read {
        Ok(response) => {
            let length = declared_length(&members);
            StreamHead::Complete { response, length, body_at: end + DELIMITER.len() }
        }
        Err(_) => StreamHead::Malformed,
    }
}

/// The head of a streamed response that came as a whole; `None` where it has none.
#[must_use]
pub fn head_of_whole(payload: &[u8]) -> Option<&[u8]> {
    delimiter(payload).map(|end| &payload[..end])
}

fn delimiter(bytes: &[u8]) -> Option<usize> {
    // JSON has no null bytes.
    let end = bytes.iter().position(|byte| *byte == 0)?;
    bytes[end..].starts_with(DELIMITER).then_some(end)
}

/// "Only headers, multiValueHeaders, cookies and the statusCode keys are supported"; of a pair that is in both lists one
/// stays.
fn read_rest(payload: &Map<String, Value>) -> Result<Response, Malformed> {
    if let Some(name) = payload.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(Malformed::UnknownMember(name.clone()));
    }
    let mut response = Response::new(read_status(payload.get("statusCode"))?);
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for (name, values) in members(payload, "multiValueHeaders")? {
        let Value::Array(values) = values else { return Err(Malformed::BadValue("multiValueHeaders")) };
        for value in values {
            pairs.extend(read_text(Some(value), "multiValueHeaders")?.map(|value| (name, value)));
        }
    }
    for (name, value) in members(payload, "headers")? {
        let pair = read_text(Some(value), "headers")?.map(|value| (name, value));
        pairs.extend(pair.filter(|pair| !pairs.contains(pair)));
    }
    for (name, value) in pairs {
        append(&mut response.headers, name, &value)?;
    }
    if !response.headers.contains("Content-Type") {
        response.headers.append("Content-Type", b"application/json");
    }
    response_v2::append_cookies(&mut response.headers, payload)?;
    Ok(response)
}

/// What else a function says of itself is ignored (recorded with a member `status`: `lambda_response_streaming.js`).
fn read_url(payload: &Map<String, Value>) -> Result<Response, Malformed> {
    let mut response = Response::new(read_status(payload.get("statusCode"))?);
    for (name, value) in members(payload, "headers")? {
        let Some(value) = read_text(Some(value), "headers")? else { continue };
        append(&mut response.headers, name, &value)?;
    }
    if !response.headers.contains("Content-Type") {
        response.headers.append("Content-Type", STREAM_CONTENT_TYPE.as_bytes());
    }
    response_v2::append_cookies(&mut response.headers, payload)?;
    Ok(response)
}

/// A field; how the body travels is said once more by who sends it.
fn append(fields: &mut Headers, name: &str, value: &str) -> Result<(), Malformed> {
    if !headers::is_name(name) || !headers::is_value(value) {
        return Err(Malformed::BadValue("headers"));
    }
    if ["content-length", "transfer-encoding"].iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
        return Ok(());
    }
    let fate = headers::row(name).map_or(Fate::Passed, |row| row.from_function);
    headers::append_remapped(fields, name, value.as_bytes(), fate);
    Ok(())
}

fn declared_length(payload: &Map<String, Value>) -> Option<u64> {
    let named = |member: &'static str| {
        let mut found = members(payload, member).ok()?;
        found.find(|(name, _)| name.eq_ignore_ascii_case("content-length")).map(|(_, value)| value)
    };
    let value = named("multiValueHeaders").or_else(|| named("headers"))?;
    let value = value.as_array().map_or(Some(value), |values| values.first())?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The content type of a stream that says nothing of itself.
pub const STREAM_CONTENT_TYPE: &str = "application/octet-stream";

const DELIMITER: &[u8] = &[0; 8];
const MEMBERS: [&str; 4] = ["cookies", "headers", "multiValueHeaders", "statusCode"];

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a stream, then what a REST API and what a function URL make of it: status and fields.
    type Made = Option<(u16, &'static [(&'static str, &'static str)])>;
    const JSON: (&str, &str) = ("Content-Type", "application/json");
    const OCTETS: (&str, &str) = ("Content-Type", "application/octet-stream");

    #[rustfmt::skip]
    const ROWS: &[(&str, Made, Made)] = &[
        ("{}", Some((200, &[JSON])), Some((200, &[OCTETS]))),
        (r#"{"statusCode":201,"headers":{"X-A":"b"},"cookies":["a=1","b=2"]}"#,
            Some((201, &[("X-A", "b"), JSON, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])),
            Some((201, &[("X-A", "b"), OCTETS, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]))),
        (r#"{"headers":{"content-type":"text/html","Content-Length":"7","Date":"now"}}"#,
            Some((200, &[("content-type", "text/html"), ("x-amzn-Remapped-Date", "now")])),
            Some((200, &[("content-type", "text/html"), ("x-amzn-Remapped-Date", "now")]))),
        (r#"{"multiValueHeaders":{"a":["1","2"]},"headers":{"a":"1","b":"3"}}"#,
            Some((200, &[("a", "1"), ("a", "2"), ("b", "3"), JSON])), Some((200, &[("a", "1"), ("b", "3"), OCTETS]))),
        (r#"{"status":200}"#, None, Some((200, &[OCTETS]))),
        (r#"{"statusCode":200,"body":"x"}"#, None, Some((200, &[OCTETS]))),
        (r#"{"statusCode":1000}"#, None, None),
        (r#"{"headers":{"a":"1\r\nb: 2"}}"#, None, None),
        (r#"{"cookies":"a=1"}"#, None, None),
        ("[]", None, None),
        ("{", None, None),
        ("", None, None),
    ];

    #[test]
    fn heads_become_answers() {
        for (head, rest, url) in ROWS {
            let bytes = [head.as_bytes(), DELIMITER, b"body"].concat();
            for (format, expected) in [(StreamFormat::RestApi, rest), (StreamFormat::FunctionUrl, url)] {
                let found = match read_stream_head(&bytes, format) {
                    StreamHead::Complete { response, body_at, .. } => {
                        assert_eq!(&bytes[body_at..], b"body");
                        Some(response)
                    }
                    StreamHead::Malformed => None,
                    StreamHead::Incomplete => panic!("{head} is whole"),
                };
                assert_eq!(found.is_some(), expected.is_some(), "{head} {format:?}");
                let (Some(found), Some((status, fields))) = (found, expected) else { continue };
                assert_eq!(found.status, *status, "{head}");
                let seen: Vec<_> =
                    found.headers.iter().map(|(n, v)| (n, std::str::from_utf8(v).expect("text"))).collect();
                assert_eq!(seen, *fields, "{head} {format:?}");
            }
        }
    }

    #[test]
    fn a_head_ends_within_16_kilobytes() {
        let check = |bytes: &[u8]| read_stream_head(bytes, StreamFormat::RestApi);
        assert!(matches!(check(b"{}\0\0\0\0"), StreamHead::Malformed | StreamHead::Incomplete));
        assert!(matches!(check(b""), StreamHead::Incomplete));
        let mut bytes = vec![b' '; STREAM_HEAD_LENGTH_MAX - 10];
        bytes.extend_from_slice(b"{}");
        assert!(matches!(check(&bytes), StreamHead::Incomplete));
        bytes.extend_from_slice(DELIMITER);
        assert!(matches!(check(&bytes), StreamHead::Complete { body_at: STREAM_HEAD_LENGTH_MAX, .. }));
        bytes.insert(0, b' ');
        assert!(matches!(check(&bytes), StreamHead::Malformed));
    }

    #[test]
    fn lengths_are_read() {
        for (head, length) in [
            (r#"{"headers":{"content-length":"12"}}"#, Some(12)),
            (r#"{"multiValueHeaders":{"Content-Length":[3]}}"#, Some(3)),
            (r#"{"headers":{"Transfer-Encoding":"chunked"}}"#, None),
            (r#"{"headers":{"content-length":"many"}}"#, None),
        ] {
            let bytes = [head.as_bytes(), DELIMITER].concat();
            let StreamHead::Complete { length: found, .. } = read_stream_head(&bytes, StreamFormat::RestApi)
            else {
                panic!("{head} is a head")
            };
            assert_eq!(found, length, "{head}");
        }
    }
}
