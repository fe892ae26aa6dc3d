//! How do requests and answers of HTTP/2 look in the words of the house? RFC 9113 §8.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use frontgate_message::{
    Body, BodyError, Connection, Headers, Method, OnSent, Request, RequestHead, Response, Sent, SentEnd,
    Target, Version,
};
use http::header::{HeaderName, HeaderValue};
use hyper::body::{Body as HyperBody, Frame, SizeHint};

use super::InFlight;
use crate::http1::authority::Authority;
use crate::http1::write_head::is_of_the_connection;
use crate::{Limits, Malformed};

/// A request in our words. `:authority` becomes the host and, first of all, the `Host` field.
pub(super) fn read_request(
    parts: http::request::Parts,
    body: Body,
    connection: &Arc<Connection>,
    limits: &Limits,
) -> Result<Request, Malformed> {
    let target = read_target(&parts.uri, limits)?;
    let (host, headers) = read_fields(&parts.uri, &parts.headers)?;
    let head_bytes = target.as_str().len() + headers.wire_length();
    if head_bytes > limits.head_bytes_max as usize {
        return Err(Malformed::HeadTooLarge(u32::try_from(head_bytes).unwrap_or(u32::MAX)));
    }
    let head = RequestHead {
        method: Method::from_token(parts.method.as_str()),
        target,
        version: Version::Http2,
        host,
        headers,
        connection: connection.clone(),
        for_error_of: None,
    };
    Ok(Request { head, body })
}

fn read_target(uri: &http::Uri, limits: &Limits) -> Result<Target, Malformed> {
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    if target.len() > limits.target_bytes_max as usize {
        return Err(Malformed::UrlTooLong(u32::try_from(target.len()).unwrap_or(u32::MAX)));
    }
    if !target.starts_with('/') {
        return Err(Malformed::Syntax("the target is not a path"));
    }
    if !target.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'#') {
        return Err(Malformed::Syntax("the target holds a character that must be percent-encoded"));
    }
    Ok(Target::new(target))
}

fn read_fields(uri: &http::Uri, fields: &http::HeaderMap) -> Result<(Box<str>, Headers), Malformed> {
    let mut headers = Headers::with_capacity(fields.len() + 1, 64 * (fields.len() + 1));
    let mut hosts = fields.get_all(http::header::HOST).iter();
    let (field, second) = (hosts.next(), hosts.next());
    let authority = uri.authority().map(|authority| authority.as_str().as_bytes());
    let Some(named) = authority.or(field.map(HeaderValue::as_bytes)) else {
        return Err(Malformed::Syntax("an HTTP/2 request names no host"));
    };
    let host = Authority::parse(named).map_err(Malformed::Syntax)?;
    if second.is_some() {
        return Err(Malformed::Syntax("there is more than one Host"));
    }
    if let Some(field) = field {
        let field = Authority::parse(field.as_bytes()).map_err(Malformed::Syntax)?;
        if !host.is_same_as(&field, 443) {
            return Err(Malformed::Syntax("the authority names another host than Host"));
        }
    }
    headers.append("Host", named);
    let mut cookie_is_joined = false;
    for (name, value) in fields {
        if name == http::header::COOKIE {
            // RFC 9113 §8.2.3: a viewer may send its cookies in crumbs; everybody behind us expects one field.
            if !std::mem::replace(&mut cookie_is_joined, true) {
                let crumbs: Vec<&[u8]> =
                    fields.get_all(http::header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
                headers.append("cookie", &crumbs.join(&b"; "[..]));
            }
        } else if name != http::header::HOST {
            headers.append(name.as_str(), value.as_bytes());
        }
    }
    Ok((host.lower_case_host(), headers))
}

/// An answer in hyper's words; fields that concern an HTTP/1 connection stay behind.
pub(super) fn to_answer(
    mut response: Response,
    is_head: bool,
    write_date: impl FnOnce(&mut Vec<u8>),
    in_flight: InFlight,
) -> hyper::Response<AnswerBody> {
    let has_no_body = is_head || matches!(response.status, 100..=199 | 204 | 304);
    let has_date = response.header("date").is_some();
    let has_content_type = response.header("content-type").is_some();
    let own_length =
        if matches!(response.body, Body::Empty) && has_no_body { None } else { response.body.length() };
    let length =
        if has_no_body { response.content_length_of_omitted_body.or(own_length) } else { own_length };
    // 1xx is no final answer, and a status that HTTP/2 cannot carry is a fault of the service.
    let status = http::StatusCode::from_u16(response.status).ok().filter(|status| !status.is_informational());
    let watched =
        response.on_sent.take().map(|on_sent| Watched { on_sent: Some(on_sent), ..Watched::default() });
    let mut answer = hyper::Response::new(AnswerBody {
        body: if has_no_body { Body::Empty } else { response.body },
        remaining: if has_no_body { Some(0) } else { length },
        watched,
        _in_flight: in_flight,
    });
    *answer.status_mut() = status.unwrap_or(http::StatusCode::BAD_GATEWAY);
    let mut fields =
        AnswerFields { fields: answer.headers_mut(), length: length.filter(|_| response.status != 204) };
    if !has_content_type {
        fields.append_length();
    }
    if let Some(shared) = &response.shared {
        fields.append_all(shared.headers());
    }
    fields.append_all(&response.headers);
    if !has_date {
        let mut date = Vec::with_capacity(DATE_BYTES);
        write_date(&mut date);
        fields.append("date", &date);
    }
    if answer.body().watched.is_some() {
        let bytes = head_bytes(&answer);
        if let Some(watched) = &mut answer.body_mut().watched {
            watched.bytes = bytes;
        }
    }
    answer
}

/// Bytes that the head would have in HTTP/1.1.
fn head_bytes(answer: &hyper::Response<AnswerBody>) -> u64 {
    let reason = frontgate_message::reason_phrase(answer.status().as_u16());
    let status_line = "HTTP/1.1 200 \r\n".len() + reason.len();
    let fields: usize =
        answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (status_line + fields + 2) as u64
}

/// Bytes of an HTTP date.
const DATE_BYTES: usize = 29;

/// The fields of an answer in the order of HTTP/1.1: the length follows the content type, or comes first without one.
struct AnswerFields<'a> {
    fields: &'a mut http::HeaderMap,
    length: Option<u64>,
}

impl AnswerFields<'_> {
    fn append_all(&mut self, headers: &Headers) {
        for (name, value) in headers {
            if is_of_the_connection(name) {
                continue;
            }
            self.append(name, value);
            if name.eq_ignore_ascii_case("content-type") {
                self.append_length();
            }
        }
    }

    fn append_length(&mut self) {
        if let Some(length) = self.length.take() {
            self.fields.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
        }
    }

    fn append(&mut self, name: &str, value: &[u8]) {
        // As on HTTP/1.1: a name that is none is left out, a control character in a value becomes a space.
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { return };
        let value =
            HeaderValue::from_bytes(value).or_else(|_| HeaderValue::from_bytes(&without_controls(value)));
        if let Ok(value) = value {
            // Beyond 32,768 fields hyper's map is full; an answer that large is not sent by anybody we know.
            let _ = self.fields.try_append(name, value);
        }
    }
}

fn without_controls(value: &[u8]) -> Vec<u8> {
    value.iter().map(|byte| if byte.is_ascii_control() && *byte != b'\t' { b' ' } else { *byte }).collect()
}

/// The body of an answer, as hyper wants it; one that ends before its announced length is an error.
pub(super) struct AnswerBody {
    body: Body,
    remaining: Option<u64>,
    watched: Option<Watched>,
    _in_flight: InFlight,
}

/// Tells what became of an answer when its body is dropped: hyper does so at its end, or when the stream is reset.
#[derive(Default)]
struct Watched {
    on_sent: Option<OnSent>,
    bytes: u64,
    is_over: bool,
    failed: bool,
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        let nothing_is_left = hyper::body::Body::is_end_stream(self) || self.remaining == Some(0);
        let Some(watched) = &mut self.watched else { return };
        let end = match () {
            () if watched.failed => SentEnd::BodyFailed,
            () if watched.is_over || nothing_is_left => SentEnd::Whole,
            () => SentEnd::ViewerGone,
        };
        if let Some(on_sent) = watched.on_sent.take() {
            on_sent.tell(Sent { bytes: watched.bytes, end });
        }
    }
}

impl HyperBody for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let chunk = match ready!(self.body.poll_chunk(context)) {
            None if self.remaining.is_some_and(|remaining| remaining > 0) => Some(Err(BodyError::Truncated)),
            None => None,
            Some(Err(error)) => Some(Err(error)),
            Some(Ok(chunk)) => {
                match self.remaining.map(|remaining| remaining.checked_sub(chunk.len() as u64)) {
                    Some(None) => {
                        Some(Err(BodyError::Failed("the body is longer than announced".to_owned())))
                    }
                    Some(rest) => {
                        self.remaining = rest;
                        Some(Ok(Frame::data(chunk)))
                    }
                    None => Some(Ok(Frame::data(chunk))),
                }
            }
        };
        if let Some(watched) = &mut self.watched {
            match &chunk {
                None => watched.is_over = true,
                Some(Err(_)) => watched.failed = true,
                Some(Ok(frame)) => watched.bytes += frame.data_ref().map_or(0, |data| data.len() as u64),
            }
        }
        Poll::Ready(chunk)
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.body, Body::Empty) && self.remaining.unwrap_or(0) == 0
    }

    fn size_hint(&self) -> SizeHint {
        self.body.length().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
