//! How is an answer written, and what becomes of the connection after it?

use std::cell::Cell;
use std::future::poll_fn;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use frontgate_message::{Body, OnSent, Response, Sent, SentEnd, Version};
use tokio::io::ReadBuf;
use tokio::time::Instant;

use super::connection::{SCRATCH, Viewer};
use super::decoder::Decoded;
use super::incoming::Incoming;
use super::outgoing::{Coding, Outgoing, OutgoingError};
use super::request_body::request_body;
use super::write_head::{AnswerFraming, write_response_head};
use crate::server::Transport;

/// What of the request its answer depends on.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) is_head: bool,
    pub(super) version: Version,
    pub(super) keep_alive: bool,
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Request,
    /// The connection is closed once the viewer has had time to read the answer.
    Linger,
    Nothing,
}

thread_local! {
    /// The memory of the last head that was written; the next one is written there.
    static SPARE_HEAD: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bodies up to this many bytes are copied behind their head: one buffer is written with a cheaper system call than
/// two.
const COPIED_BODY_BYTES_MAX: usize = 4 * 1024;

impl Asked {
    /// What is assumed of what is no request.
    pub(super) const UNKNOWN: Self = Self { is_head: false, version: Version::Http11, keep_alive: false };
}

impl<IO: Transport> Viewer<'_, IO> {
    /// Writes an answer.
    pub(super) async fn answer(&mut self, mut response: Response, asked: Asked) -> Next {
        if response.status == SWITCHING_PROTOCOLS && matches!(response.body, Body::Tunnel(_)) {
            // Boxed, so that it does not make every connection larger.
            return Box::pin(self.switch_protocols(response)).await;
        }
        if !matches!(response.status, 200..=999) {
            // 1xx is no final answer, for which the viewer would wait: a fault of the service, as over HTTP/2.
            response.status = 502;
            response.reason = None;
        }
        let framing = answer_framing(&response, asked);
        let keep_alive = asked.keep_alive
            && !response.close
            && !self.worker.is_draining()
            && framing != AnswerFraming::UntilClose
            && self.can_drain_body();
        let mut head = SPARE_HEAD.take();
        head.clear();
        write_response_head(&response, framing, keep_alive, |out| self.worker.write_date(out), &mut head);
        let on_sent = response.on_sent.take();
        let sends_body = !asked.is_head && framing != AnswerFraming::Silent && response.status != 304;
        self.deadline.progressed();
        let written = match response.body {
            Body::Stream(stream) if sends_body => {
                self.stream_out(head, Body::Stream(stream), framing, on_sent).await
            }
            body => {
                let body = match body {
                    Body::Full(bytes) if sends_body && bytes.len() <= COPIED_BODY_BYTES_MAX => {
                        head.extend_from_slice(&bytes);
                        Bytes::new()
                    }
                    Body::Full(bytes) if sends_body => bytes,
                    _ => Bytes::new(),
                };
                let mut written = 0;
                let result = poll_fn(|context| self.poll_write(context, &head, &body, &mut written)).await;
                SPARE_HEAD.set(head);
                if let Some(on_sent) = on_sent {
                    let end = if result.is_ok() { SentEnd::Whole } else { SentEnd::ViewerGone };
                    on_sent.tell(Sent { bytes: written as u64, end });
                }
                result
            }
        };
        match written {
            Err(()) => Next::Nothing,
            Ok(()) if keep_alive => self.finish_body().await,
            Ok(()) => Next::Linger,
        }
    }

    async fn stream_out(
        &mut self,
        head: Vec<u8>,
        body: Body,
        framing: AnswerFraming,
        on_sent: Option<OnSent>,
    ) -> Result<(), ()> {
        let coding = match framing {
            AnswerFraming::Length(length) => Coding::Length(length),
            AnswerFraming::Chunked => Coding::Chunked(false),
            AnswerFraming::UntilClose => Coding::Plain,
            AnswerFraming::Silent => Coding::Done,
        };
        let mut outgoing = Outgoing::new(head, body, coding);
        let end = poll_fn(|context| self.poll_stream_out(context, &mut outgoing)).await;
        if let Some(on_sent) = on_sent {
            on_sent.tell(Sent { bytes: outgoing.written_bytes(), end });
        }
        if end == SentEnd::Whole { Ok(()) } else { Err(()) }
    }

    fn poll_stream_out(&mut self, context: &mut Context<'_>, outgoing: &mut Outgoing) -> Poll<SentEnd> {
        loop {
            let before = outgoing.written_bytes();
            match outgoing.poll(context, &mut self.io) {
                Poll::Ready(Ok(())) => return Poll::Ready(SentEnd::Whole),
                Poll::Ready(Err(OutgoingError::PeerIsGone)) => return Poll::Ready(SentEnd::ViewerGone),
                Poll::Ready(Err(OutgoingError::Body(_))) => {
                    self.io.abort();
                    return Poll::Ready(SentEnd::BodyFailed);
                }
                Poll::Pending => {}
            }
            if outgoing.written_bytes() > before {
                self.deadline.progressed();
            }
            if self.worker.is_killed() {
                self.io.abort();
                return Poll::Ready(SentEnd::ViewerGone);
            }
            match self.poll_incoming(context) {
                Poll::Ready(Incoming::Progress) => continue,
                Poll::Ready(Incoming::Gone) => return Poll::Ready(SentEnd::ViewerGone),
                Poll::Pending => {}
            }
            if !outgoing.awaits_body() {
                ready!(self.deadline.poll(context, self.worker.limits.body_idle_timeout));
                return Poll::Ready(SentEnd::ViewerGone);
            }
            return Poll::Pending;
        }
    }

    /// Writes head and body, normally with one system call.
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        head: &[u8],
        body: &[u8],
        written: &mut usize,
    ) -> Poll<Result<(), ()>> {
        while *written < head.len() + body.len() {
            let head_left = head.get(*written..).unwrap_or(&[]);
            let body_left = &body[written.saturating_sub(head.len())..];
            let io = Pin::new(&mut self.io);
            let polled = match (head_left, body_left) {
                ([], left) | (left, []) => io.poll_write(context, left),
                _ => io.poll_write_vectored(context, &[IoSlice::new(head_left), IoSlice::new(body_left)]),
            };
            match polled {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(())),
                Poll::Ready(Ok(bytes)) => {
                    *written += bytes;
                    self.deadline.progressed();
                }
                Poll::Pending => return self.poll_write_stall(context),
            }
        }
        match Pin::new(&mut self.io).poll_flush(context) {
            Poll::Ready(result) => Poll::Ready(result.map_err(|_| ())),
            Poll::Pending => self.poll_write_stall(context),
        }
    }

    fn poll_write_stall(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        if !self.worker.is_killed() {
            ready!(self.deadline.poll(context, self.worker.limits.body_idle_timeout));
        }
        Poll::Ready(Err(()))
    }

    /// Whether the rest of the request's body is so short that reading it is better than closing the connection.
    fn can_drain_body(&self) -> bool {
        match &self.body {
            None => !self.body_is_broken,
            Some(body) => {
                let remaining = body.decoder.remaining().unwrap_or(0);
                // A viewer that still waits for 100 Continue may send the body or not: what follows is ambiguous.
                body.go_ahead.is_empty() && remaining <= self.worker.limits.kept_drain_bytes_max
            }
        }
    }

    /// Reads and forgets what nobody read of the request's body.
    async fn finish_body(&mut self) -> Next {
        let Some(body) = &mut self.body else {
            return if self.body_is_broken { Next::Linger } else { Next::Request };
        };
        // The body's reader, where it still runs, gets an error rather than bytes that nobody promised it.
        body.sender = request_body(None).0;
        self.deadline.progressed();
        let mut drained = 0;
        loop {
            let decoded = poll_fn(|context| {
                if self.worker.is_killed() {
                    return Poll::Ready(Ok(Decoded::More));
                }
                self.poll_body(context)
            });
            match decoded.await {
                Ok(Decoded::Chunk(chunk)) => drained += chunk.len() as u64,
                Ok(Decoded::End) => break,
                Ok(Decoded::More) => return Next::Nothing,
                Err(_) => return Next::Linger,
            }
            if drained > self.worker.limits.kept_drain_bytes_max {
                return Next::Linger;
            }
        }
        self.body = None;
        self.release_empty_buffer();
        Next::Request
    }

    /// Closes our side and reads on for a while: closing while unread bytes lie in the socket would reset the
    /// connection, and the viewer might never see the answer (RFC 9112 §9.6).
    pub(super) async fn linger(&mut self) {
        let limits = &self.worker.limits;
        let end = Instant::now() + limits.drain_timeout;
        self.deadline.progressed();
        self.body = None;
        self.buffer = BytesMut::new();
        let mut is_shut_down = false;
        let mut drained = 0;
        poll_fn(|context| {
            loop {
                if self.worker.is_killed() || self.deadline.poll(context, limits.linger_timeout).is_ready() {
                    return Poll::Ready(());
                }
                if !is_shut_down {
                    if ready!(Pin::new(&mut self.io).poll_shutdown(context)).is_err() {
                        return Poll::Ready(());
                    }
                    is_shut_down = true;
                }
                match ready!(self.poll_forget(context)) {
                    0 => return Poll::Ready(()),
                    bytes => drained += bytes,
                }
                if drained > limits.drain_bytes_max || Instant::now() >= end {
                    return Poll::Ready(());
                }
                self.deadline.progressed();
            }
        })
        .await;
    }

    /// Reads and forgets what has come: so many bytes, none once the viewer has closed its side.
    fn poll_forget(&mut self, context: &mut Context<'_>) -> Poll<u64> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            match ready!(Pin::new(&mut self.io).poll_read(context, &mut read)) {
                Ok(()) => Poll::Ready(read.filled().len() as u64),
                Err(_) => Poll::Ready(0),
            }
        })
    }
}

const SWITCHING_PROTOCOLS: u16 = 101;

fn answer_framing(response: &Response, asked: Asked) -> AnswerFraming {
    let length = match (asked.is_head || response.status == 304, &response.body) {
        (true, body) => {
            let own = if matches!(body, Body::Empty) { None } else { body.length() };
            return match response.content_length_of_omitted_body.or(own) {
                Some(length) if response.status != 204 => AnswerFraming::Length(length),
                _ => AnswerFraming::Silent,
            };
        }
        (false, _) if matches!(response.status, 100..=199 | 204) => return AnswerFraming::Silent,
        (false, body) => body.length(),
    };
    match length {
        Some(length) => AnswerFraming::Length(length),
        None if asked.version == Version::Http10 => AnswerFraming::UntilClose,
        None => AnswerFraming::Chunked,
    }
}
