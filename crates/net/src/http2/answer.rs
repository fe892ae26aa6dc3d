//! How does an answer look in HTTP/2? RFC 9113 §8.1 and §8.3.2.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use frontgate_message::{Body, BodyError, Headers, OnSent, Response, Sent, SentEnd, reason_phrase};

use super::frame::{FrameKind, HEAD_BYTES, PAYLOAD_BYTES_MAX, flag, write_frame_head};
use super::hpack::Encoder;
use crate::http1::write_head::{is_of_the_connection, write_number};
use crate::interim::Interim;

/// What an answer's head says beside its fields.
pub(super) struct AnswerHead {
    pub(super) status: u16,
    /// `content-length`
    pub(super) length: Option<u64>,
    pub(super) has_no_body: bool,
}

impl AnswerHead {
    /// What the head of this answer says.
    pub(super) fn of(response: &Response, is_head: bool) -> Self {
        let has_no_body = is_head || matches!(response.status, 100..=199 | 204 | 304);
        let own_length =
            if matches!(response.body, Body::Empty) && has_no_body { None } else { response.body.length() };
        let length =
            if has_no_body { response.content_length_of_omitted_body.or(own_length) } else { own_length };
        // 1xx is no final answer, and a status that HTTP/2 cannot carry is a fault of the service.
        let status = if matches!(response.status, 200..=999) { response.status } else { 502 };
        Self { status, length: length.filter(|_| response.status != 204), has_no_body }
    }
}

/// Writes HEADERS, and CONTINUATION where they are long; says how long the head would be in HTTP/1.1.
pub(super) fn write_head(
    (stream, flags): (u32, u8),
    head: &AnswerHead,
    response: &Response,
    write_date: impl FnOnce(&mut Vec<u8>),
    encoder: &mut Encoder,
    out: &mut Vec<u8>,
) -> u64 {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD_BYTES]);
    encoder.begin(head.status, out);
    let mut fields = Fields { length: head.length, bytes: 0, encoder, out };
    if response.header("content-type").is_none() {
        fields.length();
    }
    if let Some(shared) = &response.shared {
        fields.all(shared.headers());
    }
    fields.all(&response.headers);
    if response.header("date").is_none() {
        let mut date = Vec::with_capacity(DATE_BYTES);
        write_date(&mut date);
        fields.one("date", &date);
    }
    let status_line = "HTTP/1.1 200 \r\n".len() + reason_phrase(head.status).len();
    let bytes = status_line + fields.bytes + "\r\n".len();
    frame_block((stream, flags), start, out);
    bytes as u64
}

/// Writes an interim answer.
pub(super) fn write_interim(stream: u32, interim: &Interim, encoder: &mut Encoder, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD_BYTES]);
    encoder.begin(interim.status, out);
    Fields { length: None, bytes: 0, encoder, out }.all(&interim.headers);
    frame_block((stream, 0), start, out);
}

/// The block that begins with an empty frame head at `start` gets that head; where it is too long for one frame, it
/// becomes several.
fn frame_block((stream, flags): (u32, u8), start: usize, out: &mut Vec<u8>) {
    let length = out.len() - start - HEAD_BYTES;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    if length <= PAYLOAD_BYTES_MAX {
        write_frame_head(length, FrameKind::Headers, flags | flag::END_HEADERS, stream, &mut head);
        return out[start..start + HEAD_BYTES].copy_from_slice(&head);
    }
    let block = out.split_off(start + HEAD_BYTES);
    out.truncate(start);
    let mut parts = block.chunks(PAYLOAD_BYTES_MAX).peekable();
    let (mut kind, mut flags) = (FrameKind::Headers, flags);
    while let Some(part) = parts.next() {
        let last = if parts.peek().is_none() { flag::END_HEADERS } else { 0 };
        write_frame_head(part.len(), kind, flags | last, stream, out);
        out.extend_from_slice(part);
        (kind, flags) = (FrameKind::Continuation, 0);
    }
}

/// The fields of an answer in the order of HTTP/1.1: the length follows the content type, or comes first without one.
struct Fields<'a> {
    length: Option<u64>,
    bytes: usize,
    encoder: &'a mut Encoder,
    out: &'a mut Vec<u8>,
}

impl Fields<'_> {
    fn all(&mut self, headers: &Headers) {
        for (name, value) in headers {
            if is_of_the_connection(name) {
                continue;
            }
            self.one(name, value);
            if self.length.is_some() && name.eq_ignore_ascii_case("content-type") {
                self.length();
            }
        }
    }

    fn length(&mut self) {
        if let Some(length) = self.length.take() {
            let mut digits = Vec::with_capacity(LENGTH_BYTES);
            write_number(length, &mut digits);
            self.one("content-length", &digits);
        }
    }

    fn one(&mut self, name: &str, value: &[u8]) {
        if self.encoder.field(name, value, self.out) {
            self.bytes += name.len() + value.len() + ": \r\n".len();
        }
    }
}

/// The body of an answer that is being sent.
pub(super) struct AnswerBody {
    body: Body,
    /// What has come of it and is to be sent next.
    pub(super) chunk: Bytes,
    remaining: Option<u64>,
    watched: Watched,
}

/// Tells what became of an answer when it is dropped, if somebody wants to know.
pub(super) struct Watched {
    on_sent: Option<OnSent>,
    bytes: u64,
    end: SentEnd,
}

impl Watched {
    /// An answer of which so many bytes are on their way.
    pub(super) fn new(on_sent: Option<OnSent>, bytes: u64) -> Self {
        Self { on_sent, bytes, end: SentEnd::ViewerGone }
    }

    /// Bytes of its body are on their way.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// It has come to this end.
    pub(super) fn end(mut self, end: SentEnd) {
        self.end = end;
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(on_sent) = self.on_sent.take() {
            on_sent.tell(Sent { bytes: self.bytes, end: self.end });
        }
    }
}

impl AnswerBody {
    /// A body that is sent to its end and, where its length was announced, must be as long.
    pub(super) fn new(body: Body, watched: Watched) -> Self {
        Self { remaining: body.length(), body, chunk: Bytes::new(), watched }
    }

    /// Ready when there is a chunk to send (true), or no more of them.
    pub(super) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        while self.chunk.is_empty() {
            match ready!(self.body.poll_chunk(context)) {
                None if self.remaining.is_some_and(|remaining| remaining > 0) => {
                    return Poll::Ready(Err(BodyError::Truncated));
                }
                None => return Poll::Ready(Ok(false)),
                Some(Err(error)) => return Poll::Ready(Err(error)),
                Some(Ok(chunk)) => self.chunk = chunk,
            }
            if let Some(remaining) = &mut self.remaining {
                let Some(rest) = remaining.checked_sub(self.chunk.len() as u64) else {
                    return Poll::Ready(Err(BodyError::Failed(
                        "the body is longer than announced".to_owned(),
                    )));
                };
                *remaining = rest;
            }
        }
        Poll::Ready(Ok(true))
    }

    /// Whether all that was announced has come.
    pub(super) fn is_complete(&self) -> bool {
        self.remaining == Some(0)
    }

    /// Takes so many bytes of the chunk.
    pub(super) fn take(&mut self, bytes: usize) -> Bytes {
        self.watched.sent(bytes);
        self.chunk.split_to(bytes)
    }

    /// It has come to this end.
    pub(super) fn end(self, end: SentEnd) {
        self.watched.end(end);
    }
}

/// Bytes of an HTTP date.
const DATE_BYTES: usize = 29;
/// Digits of the largest length.
const LENGTH_BYTES: usize = 20;
