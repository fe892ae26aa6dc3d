//! One request and one answer over one connection to an origin.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use frontgate_message::{Body, Method, Response, write_field};
use tokio::io::{AsyncRead, ReadBuf};

use super::pool::{OriginConnection, Pool};
use super::response_body::response_body;
use super::tunnel::tunnel;
use super::{OriginError, OriginRequest, OriginTarget};
use crate::http1::connection::SCRATCH;
use crate::http1::fields::{is_token, list_holds};
use crate::http1::outgoing::{Coding, Outgoing, OutgoingError};
use crate::http1::response_head::{ParsedResponse, parse_response};
use crate::http1::scan::HeadScan;
use crate::http1::write_head::write_number;
use crate::interim::{Interim, hand_over};

/// An exchange without an answer.
pub(super) struct Failed {
    pub(super) error: OriginError,
    /// Some of an answer came.
    pub(super) answer_has_begun: bool,
    /// The request's body, where nothing of it has been taken.
    pub(super) untouched_body: Option<Body>,
}

/// Bytes of the head of an answer, all its 1xx heads before it included (CloudFront: 32,768).
const HEAD_BYTES_MAX: usize = 32_768;
pub(super) const HEAD_TOO_LONG: &str = "its head is longer than 32,768 bytes";
/// Bytes that one read may bring.
pub(super) const READ_BYTES: usize = 16 * 1024;

/// Whether the request can be said in HTTP/1.1 without becoming two. Field lines are made safe when they are written.
pub(super) fn check(request: &OriginRequest<'_>) -> Result<(), OriginError> {
    if !is_token(request.method.as_str().as_bytes()) {
        return Err(OriginError::InvalidRequest("the method is not a token"));
    }
    let target_is_valid =
        request.target.starts_with('/') && request.target.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    if !target_is_valid {
        return Err(OriginError::InvalidRequest("the target is not a percent-encoded path"));
    }
    Ok(())
}

/// Sends the request and reads the head of its answer.
pub(super) async fn run(
    connection: OriginConnection,
    target: &OriginTarget,
    request: &OriginRequest<'_>,
    body: Body,
    pool: &Arc<Pool>,
) -> Result<Response, Failed> {
    let (head, coding) = write_request_head(request, &body);
    let mut exchange = Exchange {
        connection,
        method: request.method,
        upgrade: request.headers.first("upgrade"),
        outgoing: Outgoing::new(head, body, coding),
        sent: false,
        scan: HeadScan::default(),
        skipped_bytes: 0,
        forwards_interim: request.forwards_interim,
        has_continued: false,
        answer_has_begun: false,
    };
    exchange.connection.deadline.progressed();
    let read = poll_fn(|context| exchange.poll(context, target)).await;
    let Exchange { connection, outgoing, sent, answer_has_begun, .. } = exchange;
    match read {
        Ok(parsed) => {
            let asked_to_close = request.headers.all("connection").any(|value| list_holds(value, "close"));
            let reuse = (sent && parsed.keep_alive && !asked_to_close).then(|| pool.clone());
            Ok(response(parsed, connection, reuse, target))
        }
        Err(error) => Err(Failed { error, answer_has_begun, untouched_body: outgoing.into_untouched_body() }),
    }
}

struct Exchange<'a> {
    connection: OriginConnection,
    method: &'a Method,
    /// The protocol that the origin may switch to.
    upgrade: Option<&'a [u8]>,
    outgoing: Outgoing,
    sent: bool,
    scan: HeadScan,
    /// Bytes of 1xx heads that were read.
    skipped_bytes: usize,
    forwards_interim: bool,
    /// 100 has come.
    has_continued: bool,
    answer_has_begun: bool,
}

impl Exchange<'_> {
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        target: &OriginTarget,
    ) -> Poll<Result<ParsedResponse, OriginError>> {
        let before = self.outgoing.written_bytes();
        let sending = self.poll_sending(context);
        if let Poll::Ready(Err(error @ OriginError::RequestBody(_))) = sending {
            return Poll::Ready(Err(error));
        }
        // An origin may answer before it has the whole request, and even close: its answer is what counts.
        match self.poll_answer(context) {
            Poll::Ready(result) => return Poll::Ready(result),
            Poll::Pending if matches!(sending, Poll::Ready(Err(_))) => {
                return Poll::Ready(Err(OriginError::Closed));
            }
            Poll::Pending => {}
        }
        if self.outgoing.written_bytes() > before {
            self.connection.deadline.progressed();
        }
        while self.connection.deadline.poll(context, target.read_timeout).is_ready() {
            // While it is the viewer's body that we wait for, the origin is not late.
            if self.sent || !self.outgoing.awaits_body() {
                return Poll::Ready(Err(OriginError::Timeout));
            }
            self.connection.deadline.progressed();
        }
        Poll::Pending
    }

    fn poll_sending(&mut self, context: &mut Context<'_>) -> Poll<Result<(), OriginError>> {
        if self.sent {
            return Poll::Ready(Ok(()));
        }
        let sent = ready!(self.outgoing.poll(context, &mut self.connection.stream));
        self.sent = sent.is_ok();
        Poll::Ready(sent.map_err(|error| match error {
            OutgoingError::Body(error) => OriginError::RequestBody(error),
            OutgoingError::PeerIsGone => OriginError::Closed,
        }))
    }

    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<Result<ParsedResponse, OriginError>> {
        loop {
            if let Some(parsed) = self.parse_buffered().map_err(OriginError::InvalidResponse)? {
                return Poll::Ready(Ok(parsed));
            }
            match ready!(self.poll_read_head(context)) {
                Ok(HeadRead::Parsed(Ok(Some(parsed)))) => return Poll::Ready(Ok(parsed)),
                Ok(HeadRead::Parsed(Err(why))) => return Poll::Ready(Err(OriginError::InvalidResponse(why))),
                Ok(HeadRead::Parsed(Ok(None)) | HeadRead::More) => {}
                Ok(HeadRead::End) if self.answer_has_begun => {
                    return Poll::Ready(Err(OriginError::InvalidResponse("it ends within its head")));
                }
                Ok(HeadRead::End) | Err(_) => return Poll::Ready(Err(OriginError::Closed)),
            }
        }
    }

    /// Reads once; a head that is whole is parsed where it lies.
    fn poll_read_head(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<HeadRead>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.connection.stream).poll_read(context, &mut read))?;
            let bytes = read.filled();
            if bytes.is_empty() {
                return Poll::Ready(Ok(HeadRead::End));
            }
            self.answer_has_begun = true;
            if self.connection.buffer.is_empty()
                && let Ok(Some(end)) = HeadScan::default().end(bytes)
            {
                let parsed = self.parse(&bytes[..end]);
                self.connection.buffer.extend_from_slice(&bytes[end..]);
                return Poll::Ready(Ok(HeadRead::Parsed(parsed)));
            }
            self.connection.buffer.extend_from_slice(bytes);
            Poll::Ready(Ok(HeadRead::More))
        })
    }

    /// Whether the origin has the whole request and names the very protocol that was asked for.
    fn may_switch(&self, parsed: &ParsedResponse) -> bool {
        let named = parsed.upgrade.as_deref().map(str::as_bytes);
        self.sent && named.zip(self.upgrade).is_some_and(|(named, asked)| named.eq_ignore_ascii_case(asked))
    }

    /// The final answer's head, once the buffer holds it.
    fn parse_buffered(&mut self) -> Result<Option<ParsedResponse>, &'static str> {
        while !self.connection.buffer.is_empty() {
            let buffer = &mut self.connection.buffer;
            let end = self.scan.end(buffer)?;
            if self.skipped_bytes + end.unwrap_or(buffer.len()) > HEAD_BYTES_MAX {
                return Err(HEAD_TOO_LONG);
            }
            let Some(end) = end else { return Ok(None) };
            let head = buffer.split_to(end);
            self.scan = HeadScan::default();
            if let Some(parsed) = self.parse(&head)? {
                return Ok(Some(parsed));
            }
        }
        Ok(None)
    }

    /// The head of the final answer; that of an interim one is dealt with.
    fn parse(&mut self, head: &[u8]) -> Result<Option<ParsedResponse>, &'static str> {
        if self.skipped_bytes + head.len() > HEAD_BYTES_MAX {
            return Err(HEAD_TOO_LONG);
        }
        let parsed = parse_response(head, self.method)?;
        match parsed.status {
            101 if !self.may_switch(&parsed) => {
                return Err("it switches protocols, which nobody asked for");
            }
            // CloudFront wants the final answer after it: "If your origin sends another 100-Continue response after
            // the first one, CloudFront will return an error."
            100 if std::mem::replace(&mut self.has_continued, true) => {
                return Err("it says 100 Continue twice");
            }
            100 => {}
            102..=199 if self.forwards_interim => {
                hand_over(Interim { status: parsed.status, headers: parsed.headers });
            }
            102..=199 => {}
            _ => return Ok(Some(parsed)),
        }
        self.skipped_bytes += head.len();
        Ok(None)
    }
}

/// What one read of a head brought.
enum HeadRead {
    /// A whole head: the final one, or an interim one.
    Parsed(Result<Option<ParsedResponse>, &'static str>),
    More,
    End,
}

fn response(
    parsed: ParsedResponse,
    connection: OriginConnection,
    reuse: Option<Arc<Pool>>,
    target: &OriginTarget,
) -> Response {
    let body = match &parsed.upgrade {
        Some(protocol) => Body::Tunnel(tunnel(protocol, connection).into()),
        None => response_body(parsed.framing, connection, reuse, target),
    };
    Response {
        headers: parsed.headers,
        body,
        content_length_of_omitted_body: parsed.omitted_length,
        ..Response::new(parsed.status)
    }
}

fn write_request_head(request: &OriginRequest<'_>, body: &Body) -> (Vec<u8>, Coding) {
    let takes_body = matches!(request.method, Method::Post | Method::Put | Method::Patch);
    let coding = match body.length() {
        Some(0) => Coding::Done,
        Some(length) => Coding::Length(length),
        None => Coding::Chunked(false),
    };
    let mut framing_is_due = coding != Coding::Done || takes_body;
    let mut write_framing = |out: &mut Vec<u8>| {
        if !std::mem::take(&mut framing_is_due) {
            return;
        }
        match coding {
            Coding::Chunked(_) => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
            _ => {
                out.extend_from_slice(b"Content-Length: ");
                write_number(body.length().unwrap_or(0), out);
                out.extend_from_slice(b"\r\n");
            }
        }
    };
    let mut out = Vec::with_capacity(request.target.len() + request.headers.wire_length() + 64);
    out.extend_from_slice(request.method.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(request.target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in request.headers.raw() {
        if name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"transfer-encoding") {
            write_framing(&mut out);
        } else {
            write_field(name, value, &mut out);
        }
    }
    write_framing(&mut out);
    out.extend_from_slice(b"\r\n");
    (out, coding)
}
