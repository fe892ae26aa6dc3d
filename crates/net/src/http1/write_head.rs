//! How does the head of an answer look on the wire?
//!
//! CloudFront writes `Content-Length` (or `Transfer-Encoding`) and `Connection` right after `Content-Type`, or first where
//! there is none; all other fields keep the order in which the service gave them.

use frontgate_message::{Headers, ReasonPhrase, Response, SharedHead, reason_phrase, write_field};

/// How the body of an answer is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerFraming {
    /// No body and no word about one (1xx, 204, 304 without a length).
    Silent,
    /// `Content-Length`.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// The end of the connection.
    UntilClose,
}

/// Writes status line and fields with their empty line. `write_date` writes the date where the answer has no `Date`.
pub(crate) fn write_response_head(
    response: &Response,
    framing: AnswerFraming,
    keep_alive: bool,
    write_date: impl FnOnce(&mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    write_status_line(response.status, response.reason.as_deref(), out);
    match response.shared.as_deref() {
        Some(shared) if shared.content_type_end() > 0 => {
            let (before, after) = shared.wire().split_at(shared.content_type_end());
            out.extend_from_slice(before);
            write_framing(framing, keep_alive, out);
            out.extend_from_slice(after);
            write_own_fields(&response.headers, |_| {}, out);
        }
        shared => {
            let after_content_type = response.headers.contains("content-type");
            if !after_content_type {
                write_framing(framing, keep_alive, out);
            }
            if let Some(shared) = shared {
                out.extend_from_slice(shared.wire());
            }
            let mut framing_is_due = after_content_type;
            let write_framing_once = |out: &mut Vec<u8>| {
                if std::mem::take(&mut framing_is_due) {
                    write_framing(framing, keep_alive, out);
                }
            };
            write_own_fields(&response.headers, write_framing_once, out);
        }
    }
    let has_date = response.shared.as_deref().is_some_and(SharedHead::has_date);
    if !has_date && !response.headers.contains("date") {
        out.extend_from_slice(b"Date: ");
        write_date(out);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes the head of an interim answer with its empty line.
pub(crate) fn write_interim_head(status: u16, headers: &Headers, out: &mut Vec<u8>) {
    write_status_line(status, None, out);
    write_own_fields(headers, |_| {}, out);
    out.extend_from_slice(b"\r\n");
}

/// Writes the head of a 101 with its empty line: what follows is the other protocol.
pub(crate) fn write_switching_head(
    response: &Response,
    protocol: &str,
    write_date: impl FnOnce(&mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    write_status_line(response.status, response.reason.as_deref(), out);
    out.extend_from_slice(b"Connection: Upgrade\r\n");
    write_field(b"Upgrade", protocol.as_bytes(), out);
    if let Some(shared) = response.shared.as_deref() {
        out.extend_from_slice(shared.wire());
    }
    write_own_fields(&response.headers, |_| {}, out);
    if response.header("date").is_none() {
        out.extend_from_slice(b"Date: ");
        write_date(out);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// Whether a field says something about one connection alone, so that only who owns the connection may write it.
pub(crate) fn is_of_the_connection(name: impl AsRef<[u8]>) -> bool {
    let name = name.as_ref();
    match name.len() {
        7 => name.eq_ignore_ascii_case(b"upgrade"),
        10 => name.eq_ignore_ascii_case(b"connection") || name.eq_ignore_ascii_case(b"keep-alive"),
        14 => name.eq_ignore_ascii_case(b"content-length"),
        16 => name.eq_ignore_ascii_case(b"proxy-connection"),
        17 => name.eq_ignore_ascii_case(b"transfer-encoding"),
        _ => false,
    }
}

fn write_status_line(status: u16, reason: Option<&ReasonPhrase>, out: &mut Vec<u8>) {
    if status == 200 && reason.is_none() {
        return out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    }
    out.extend_from_slice(b"HTTP/1.1 ");
    write_number(u64::from(status), out);
    out.push(b' ');
    let reason = reason.map_or_else(|| reason_phrase(status), ReasonPhrase::as_str);
    out.extend_from_slice(reason.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn write_own_fields(headers: &Headers, mut after_content_type: impl FnMut(&mut Vec<u8>), out: &mut Vec<u8>) {
    for (name, value) in headers.raw() {
        if is_of_the_connection(name) {
            continue;
        }
        write_field(name, value, out);
        if name.len() == 12 && name.eq_ignore_ascii_case(b"content-type") {
            after_content_type(out);
        }
    }
}

fn write_framing(framing: AnswerFraming, keep_alive: bool, out: &mut Vec<u8>) {
    match framing {
        AnswerFraming::Silent | AnswerFraming::UntilClose => {}
        AnswerFraming::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        AnswerFraming::Length(length) => {
            out.extend_from_slice(b"Content-Length: ");
            write_number(length, out);
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(if keep_alive { b"Connection: keep-alive\r\n" } else { b"Connection: close\r\n" });
}

/// Writes a number in decimal, without an allocation.
pub(crate) fn write_number(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            return out.extend_from_slice(&digits[start..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use frontgate_message::{Headers, ReasonPhrase, Response, SharedHead};

    use super::{AnswerFraming, write_response_head};

    fn written(response: &Response, framing: AnswerFraming, keep_alive: bool) -> String {
        let mut out = Vec::new();
        write_response_head(response, framing, keep_alive, |out| out.extend_from_slice(b"now"), &mut out);
        String::from_utf8(out).expect("heads here are text").replace("\r\n", "|")
    }

    #[test]
    fn framing_stands_after_content_type() {
        let shared =
            |fields: &[(&str, &str)]| Some(Arc::new(SharedHead::new(Headers::from_iter(fields.to_vec()))));
        let full = AnswerFraming::Length(5);
        let fishing = ReasonPhrase::parse("Gone fishing", 410).map(Box::new);
        let rows = [
            (
                Response { reason: fishing, ..Response::new(410) },
                full,
                "HTTP/1.1 410 Gone fishing|Content-Length: 5|Connection: keep-alive|Date: now||",
            ),
            (
                Response::new(200)
                    .with_header("Content-Type", "a/b")
                    .with_header("Date", "d")
                    .with_header("Via", "v"),
                full,
                "HTTP/1.1 200 OK|Content-Type: a/b|Content-Length: 5|Connection: keep-alive|Date: d|Via: v||",
            ),
            (
                Response { shared: shared(&[("Content-Type", "a/b"), ("ETag", "e")]), ..Response::new(404) }
                    .with_header("Date", "d"),
                AnswerFraming::Chunked,
                "HTTP/1.1 404 Not Found|Content-Type: a/b|Transfer-Encoding: chunked|Connection: keep-alive|ETag: e|Date: d||",
            ),
            (
                Response { shared: shared(&[("ETag", "e")]), ..Response::new(304) },
                AnswerFraming::Silent,
                "HTTP/1.1 304 Not Modified|Connection: keep-alive|ETag: e|Date: now||",
            ),
            (
                Response::new(299).with_header("Connection", "x").with_header("content-length", "9"),
                full,
                "HTTP/1.1 299 |Content-Length: 5|Connection: keep-alive|Date: now||",
            ),
            (
                Response::new(200).with_header("Date", "d").with_header("X", "a\r\nSet-Cookie: b"),
                full,
                "HTTP/1.1 200 OK|Content-Length: 5|Connection: keep-alive|Date: d|X: a  Set-Cookie: b||",
            ),
        ];
        for (response, framing, expected) in rows {
            assert_eq!(written(&response, framing, true), expected);
        }
        assert!(
            written(&Response::new(200), AnswerFraming::UntilClose, false).contains("|Connection: close|")
        );
    }
}
