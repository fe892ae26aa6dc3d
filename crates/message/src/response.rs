//! An answer: status, header fields, body.

use std::sync::Arc;

use crate::headers::write_field;
use crate::{Body, Headers, OnSent};

/// A response.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Other words than the usual ones for the status; HTTP/2 has none.
    pub reason: Option<Box<ReasonPhrase>>,
    /// Header fields that many answers share, ready for the wire; written before `headers`.
    pub shared: Option<Arc<SharedHead>>,
    /// The header fields of this answer alone (all of them, where `shared` is `None`).
    pub headers: Headers,
    /// The body.
    pub body: Body,
    /// The `Content-Length` to announce to a HEAD request, or with a 304, where the body itself is not sent.
    pub content_length_of_omitted_body: Option<u64>,
    /// The connection is to be closed after this answer.
    pub close: bool,
    /// Who wants to know what became of it.
    pub on_sent: Option<OnSent>,
}

/// Header fields of a stored answer, parsed and as the lines of an HTTP/1.1 head.
///
/// It holds no `Content-Length`, `Connection`, `Transfer-Encoding`, `Keep-Alive` or `Date`-less surprises: framing
/// is written by the connection that sends the answer.
#[derive(Debug)]
pub struct SharedHead {
    headers: Headers,
    wire: Vec<u8>,
    content_type_end: usize,
    has_date: bool,
}

impl SharedHead {
    /// Makes the wire form of these fields once.
    #[must_use]
    pub fn new(mut headers: Headers) -> Self {
        // It is kept for long, and many of its kind are.
        headers.shrink_to_fit();
        let mut wire = Vec::with_capacity(headers.wire_length());
        let mut content_type_end = 0;
        for (name, value) in &headers {
            write_field(name.as_bytes(), value, &mut wire);
            if content_type_end == 0 && name.eq_ignore_ascii_case("content-type") {
                content_type_end = wire.len();
            }
        }
        let has_date = headers.contains("Date");
        Self { headers, wire, content_type_end, has_date }
    }

    /// The fields.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The fields as HTTP/1.1 lines, without the empty line.
    #[must_use]
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// Whether there is a `Date`.
    #[must_use]
    pub fn has_date(&self) -> bool {
        self.has_date
    }

    /// Where in [`Self::wire`] the line of `Content-Type` ends and the framing of an answer belongs; 0 without one.
    #[must_use]
    pub fn content_type_end(&self) -> usize {
        self.content_type_end
    }
}

impl Response {
    /// A response with that status, no fields and no body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self {
            status,
            reason: None,
            shared: None,
            headers: Headers::new(),
            body: Body::Empty,
            content_length_of_omitted_body: None,
            close: false,
            on_sent: None,
        }
    }

    /// The same response with one more field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.append(name, value.as_bytes());
        self
    }

    /// The same response with that body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// The first value of `name`, in the shared fields or in its own.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .first(name)
            .or_else(|| self.shared.as_ref().and_then(|shared| shared.headers.first(name)))
    }

    /// The first value of `name` where it is UTF-8.
    #[must_use]
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.header(name).and_then(|value| std::str::from_utf8(value).ok())
    }
}

/// Words for a status that a line of HTTP/1.1 can hold (RFC 9112 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonPhrase(Box<str>);

impl ReasonPhrase {
    /// These words; `None` where they are the usual ones of that status, none, too many, or no words for a line.
    #[must_use]
    pub fn parse(text: &str, status: u16) -> Option<Self> {
        let is_fit = !text.is_empty()
            && text.len() <= REASON_BYTES_MAX
            && text.chars().all(|character| character == '\t' || !character.is_control());
        (is_fit && text != reason_phrase(status)).then(|| Self(text.into()))
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long a reason phrase may be.
const REASON_BYTES_MAX: usize = 512;

/// The reason phrase of a status, as RFC 9110 §15 and its registry name it.
#[must_use]
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Payload Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        511 => "Network Authentication Required",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::ReasonPhrase;

    #[test]
    fn words_that_a_status_line_can_hold() {
        let long = "x".repeat(513);
        let rows = [
            ("Gone fishing", true),
            ("Über", true),
            ("Found", false),
            ("", false),
            ("Found\r\nSet-Cookie: a=1", false),
            ("a\u{0}b", false),
            (long.as_str(), false),
        ];
        for (text, is_fit) in rows {
            assert_eq!(ReasonPhrase::parse(text, 302).is_some(), is_fit, "{text:?}");
        }
    }
}
