//! How a streamed response is framed: messages of `application/vnd.amazon.eventstream`.
//!
//! <https://smithy.io/2.0/aws/amazon-eventstream.html>,
//! <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStreamResponseEvent.html>

use bytes::{BufMut as _, Bytes, BytesMut};
use frontgate_message::Response;
use serde_json::{Map, Value};

/// A part of the response, as long as it may be; a longer one is several messages.
#[must_use]
pub fn payload_chunks(payload: &[u8]) -> Bytes {
    let mut messages = BytesMut::new();
    for piece in payload.chunks(PIECE_LENGTH_MAX) {
        message(&mut messages, "PayloadChunk", "application/octet-stream", piece);
    }
    messages.freeze()
}

/// The last message: what went wrong, if something did, with its details; and the end of the log, in base64.
#[must_use]
pub fn invoke_complete(failure: Option<(&str, &str)>, log_tail: Option<&str>) -> Bytes {
    let mut members = Map::new();
    if let Some((code, details)) = failure {
        members.insert("ErrorCode".into(), code.into());
        members.insert("ErrorDetails".into(), details.into());
    }
    if let Some(log) = log_tail {
        members.insert("LogResult".into(), frontgate_aws::base64_encode(log.as_bytes()).into());
    }
    let mut messages = BytesMut::new();
    let payload = Value::Object(members).to_string();
    message(&mut messages, "InvokeComplete", "application/json", payload.as_bytes());
    messages.freeze()
}

/// The head of the answer.
#[must_use]
pub fn response(executed_version: &str) -> Response {
    Response::new(200)
        .with_header("Content-Type", "application/vnd.amazon.eventstream")
        .with_header("X-Amz-Executed-Version", executed_version)
}

/// Lengths, their checksum, headers, payload, and the checksum of all of it.
fn message(out: &mut BytesMut, event_type: &str, content_type: &str, payload: &[u8]) {
    let mut headers = BytesMut::new();
    for (name, value) in
        [(":event-type", event_type), (":content-type", content_type), (":message-type", "event")]
    {
        headers.put_u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        headers.put_slice(name.as_bytes());
        headers.put_u8(TEXT);
        headers.put_u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
        headers.put_slice(value.as_bytes());
    }
    let start = out.len();
    let length = FRAME_LENGTH + headers.len() + payload.len();
    out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    out.put_u32(u32::try_from(headers.len()).unwrap_or(u32::MAX));
    let prelude = checksum(&out[start..]);
    out.put_u32(prelude);
    out.put_slice(&headers);
    out.put_slice(payload);
    let whole = checksum(&out[start..]);
    out.put_u32(whole);
}

/// CRC-32 of ISO-HDLC, as zlib has it.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| TABLE[usize::from((sum ^ u32::from(*byte)) as u8)] ^ (sum >> 8))
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = index as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { POLYNOMIAL ^ (sum >> 1) } else { sum >> 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
}

const POLYNOMIAL: u32 = 0xedb8_8320;
/// The type of a header whose value is a text.
const TEXT: u8 = 7;
/// Two lengths and two checksums.
const FRAME_LENGTH: usize = 16;
/// A message may have 16 MB; clients take smaller ones sooner.
const PIECE_LENGTH_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_zlib() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn messages_have_their_lengths_and_checksums() {
        let messages = payload_chunks(b"hello");
        let number = |at: usize| {
            let bytes = messages[at..at + 4].try_into().expect("four bytes");
            u32::from_be_bytes(bytes) as usize
        };
        assert_eq!(number(0), messages.len());
        assert_eq!(number(8) as u32, checksum(&messages[..8]));
        assert_eq!(number(messages.len() - 4) as u32, checksum(&messages[..messages.len() - 4]));
        let (headers, payload) = messages[12..messages.len() - 4].split_at(number(4));
        assert_eq!(payload, b"hello");
        assert!(headers.starts_with(b"\x0b:event-type\x07\x00\x0cPayloadChunk"), "{headers:?}");
        assert!(headers.ends_with(b"\x0d:message-type\x07\x00\x05event"), "{headers:?}");
    }

    #[test]
    fn a_long_response_is_several_messages() {
        let payload = vec![b'x'; PIECE_LENGTH_MAX + 1];
        let overhead = payload_chunks(b"x").len() - 1;
        assert_eq!(payload_chunks(&payload).len(), payload.len() + 2 * overhead);
        assert!(payload_chunks(b"").is_empty());
    }

    #[test]
    fn the_end_says_what_went_wrong() {
        for (failure, log, expected) in [
            (None, None, "{}"),
            (None, Some("log"), r#"{"LogResult":"bG9n"}"#),
            (
                Some(("Unhandled", "{\"a\":1}")),
                None,
                r#"{"ErrorCode":"Unhandled","ErrorDetails":"{\"a\":1}"}"#,
            ),
        ] {
            let message = invoke_complete(failure, log);
            let text = String::from_utf8_lossy(&message);
            assert!(text.contains(expected) && text.contains("InvokeComplete"), "{text}");
        }
    }
}
