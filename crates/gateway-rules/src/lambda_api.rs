//! Lambda's own API as far as it invokes functions: which operation, which function, which errors.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

mod error;
pub mod event_stream;
mod function_name;
mod operations;

use frontgate_aws::{base64_decode, base64_encode};
use frontgate_message::{Headers, Response};
use serde_json::Value;

use crate::InvocationType;

pub use error::ApiError;
pub use function_name::FunctionName;
pub use operations::{OPERATIONS_SOURCE, operation};

/// What the headers of an invocation say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvokeHeaders {
    /// `X-Amz-Invocation-Type`
    pub invocation_type: InvocationType,
    /// `X-Amz-Log-Type: Tail`: the end of the log comes with the answer.
    pub log_tail: bool,
    /// `X-Amz-Client-Context` as JSON.
    pub client_context: Option<String>,
}

/// What a function answered, as Lambda says it.
#[derive(Clone, Copy, Debug)]
pub struct Invoked<'a> {
    /// `X-Amz-Executed-Version`
    pub executed_version: &'a str,
    /// Whether the function failed.
    pub failed: bool,
    /// The end of its log, where that was asked for.
    pub log_tail: Option<&'a str>,
}

impl InvokeHeaders {
    /// Reads them for an operation.
    ///
    /// # Errors
    /// What Lambda says of values that it does not know.
    pub fn read(headers: &Headers, operation: &str) -> Result<Self, ApiError> {
        let asked = InvocationType::of_headers(headers);
        let invocation_type = match (operation, asked) {
            ("InvokeAsync", _) => InvocationType::Event,
            ("InvokeWithResponseStream", None | Some(InvocationType::Event)) => {
                return Err(ApiError::Enumeration(STREAMED_INVOCATION_TYPES));
            }
            (_, Some(asked)) => asked,
            (_, None) => return Err(ApiError::Enumeration(INVOCATION_TYPES)),
        };
        let log_tail = match headers.first_text("X-Amz-Log-Type") {
            None | Some("None") => false,
            Some("Tail") => true,
            Some(_) => return Err(ApiError::Enumeration(LOG_TYPES)),
        };
        let client_context = headers.first_text("X-Amz-Client-Context").map(client_context).transpose()?;
        Ok(Self { invocation_type, log_tail, client_context })
    }
}

fn client_context(encoded: &str) -> Result<String, ApiError> {
    let decoded = base64_decode(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
    let is_object = |text: &String| serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object());
    decoded.filter(is_object).ok_or(ApiError::ClientContext)
}

/// The event of an invocation: `{}` where nothing was sent, and JSON only.
///
/// # Errors
/// What Lambda says of a text that is no JSON.
pub fn event(payload: &[u8]) -> Result<&[u8], ApiError> {
    if payload.is_empty() {
        return Ok(b"{}");
    }
    let text = std::str::from_utf8(payload)
        .map_err(|error| ApiError::NotJson(not_utf8(payload[error.valid_up_to()])))?;
    match serde_json::from_str::<Value>(text) {
        Ok(_) => Ok(payload),
        Err(error) => Err(ApiError::NotJson(unexpected(text, &error))),
    }
}

fn not_utf8(byte: u8) -> String {
    format!("Invalid UTF-8 start byte {byte:#x}")
}

/// The words of Lambda's parser for where it stopped.
fn unexpected(text: &str, error: &serde_json::Error) -> String {
    let at = format!("line: {}, column: {}", error.line(), error.column());
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let stopped = (!error.is_eof()).then(|| line.get(error.column().saturating_sub(1)..)?.chars().next());
    match stopped.flatten() {
        Some(c) => {
            let code = u32::from(c);
            format!(
                "Unexpected character ('{c}' (code {code})): expected a valid value (JSON String, Number, Array, Object or \
                 token 'null', 'true' or 'false')\n at [Source: (byte[]); {at}]"
            )
        }
        None => format!("Unexpected end-of-input\n at [Source: (byte[]); {at}]"),
    }
}

impl Invoked<'_> {
    /// The head of the answer to `RequestResponse`; status 200 whatever the function did.
    #[must_use]
    pub fn response(&self) -> Response {
        let mut response = Response::new(200)
            .with_header("Content-Type", "application/json")
            .with_header("x-amzn-Remapped-Content-Length", "0");
        if self.failed {
            response.headers.append("X-Amz-Function-Error", b"Unhandled");
        }
        if let Some(log) = self.log_tail {
            response.headers.append("X-Amz-Log-Result", base64_encode(log.as_bytes()).as_bytes());
        }
        response.headers.append("X-Amz-Executed-Version", self.executed_version.as_bytes());
        response
    }
}

/// The largest event of a synchronous invocation: 6 MB.
pub const INVOKE_PAYLOAD_LENGTH_MAX: usize = 6_291_456;
/// The largest event of an asynchronous invocation: 1 MB since October 2025.
pub const ASYNCHRONOUS_PAYLOAD_LENGTH_MAX: usize = 1_048_576;

const INVOCATION_TYPES: (&str, &str) = ("invocationType", "Event, RequestResponse, DryRun");
const STREAMED_INVOCATION_TYPES: (&str, &str) = ("invocationType", "RequestResponse, DryRun");
const LOG_TYPES: (&str, &str) = ("logType", "None, Tail");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_an_invocation() {
        let read = |fields: &[(&str, &str)]| {
            InvokeHeaders::read(&Headers::from_iter(fields.iter().copied()), "Invoke")
        };
        let plain = InvokeHeaders {
            invocation_type: InvocationType::RequestResponse,
            log_tail: false,
            client_context: None,
        };
        assert_eq!(read(&[]), Ok(plain.clone()));
        assert_eq!(
            read(&[("X-Amz-Log-Type", "Tail"), ("X-Amz-Client-Context", "eyJhIjoxfQ==")]),
            Ok(InvokeHeaders { log_tail: true, client_context: Some("{\"a\":1}".into()), ..plain.clone() })
        );
        let event = InvokeHeaders { invocation_type: InvocationType::Event, ..plain };
        assert_eq!(read(&[("x-amz-invocation-type", "Event")]), Ok(event));
        for (name, value, said) in [
            ("X-Amz-Invocation-Type", "event", "enum value set: [Event, RequestResponse, DryRun]"),
            ("X-Amz-Log-Type", "tail", "enum value set: [None, Tail]"),
            ("X-Amz-Client-Context", "e30", "valid Base64-encoded JSON object"),
            ("X-Amz-Client-Context", "WzFd", "valid Base64-encoded JSON object"),
        ] {
            let error = read(&[(name, value)]).expect_err(name);
            assert!(error.body().to_string().contains(said), "{name}: {}", error.body());
        }
    }

    #[test]
    fn events_are_json() {
        assert_eq!(event(b""), Ok(&b"{}"[..]));
        assert_eq!(event(b" [1] "), Ok(&b" [1] "[..]));
        for (payload, said) in [
            (&b"hello"[..], "Unexpected character ('h' (code 104))"),
            (b"{\"a\":\n1", "Unexpected end-of-input"),
            (b"\xa7", "Invalid UTF-8 start byte 0xa7"),
        ] {
            let error = event(payload).expect_err("no JSON");
            let body = error.body();
            let text = body["message"].as_str().expect("a message");
            let start = "Could not parse request body into json: Could not parse payload into json: ";
            assert!(text.starts_with(start) && text.contains(said), "{text}");
        }
    }
}
