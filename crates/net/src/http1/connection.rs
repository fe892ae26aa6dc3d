//! One HTTP/1.1 connection of a viewer: request after request until one of both has had enough.
//!
//! The service's future runs inside the connection's own task, next to the socket: nothing is boxed or sent to another
//! task. An idle connection holds no buffer; bytes arrive in one that all connections of the worker share, and most
//! heads are read there without being copied first.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::IoSlice;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use frontgate_message::{Body, BodyError, Connection, Method, Request, RequestHead, Response, Version};
use tokio::io::{AsyncReadExt, ReadBuf};

use super::Framing;
use super::decoder::{BodyDecoder, Decoded};
use super::outgoing::{Coding, Outgoing, OutgoingError};
use super::request_body::{BodySender, request_body};
use super::request_head::{ParsedRequest, parse_request};
use super::scan::HeadScan;
use super::write_head::{AnswerFraming, write_response_head};
use crate::Malformed;
use crate::server::{Deadline, Service, Transport, Worker};

/// Serves a connection to its end.
pub(crate) async fn serve_http1<S: Service, IO: Transport>(
    io: IO,
    service: &S,
    connection: Arc<Connection>,
    worker: &Worker,
) {
    let mut viewer = Viewer {
        io,
        worker,
        connection,
        buffer: BytesMut::new(),
        scan: HeadScan::default(),
        deadline: Deadline::new(),
        body: None,
        body_is_broken: false,
    };
    loop {
        let (request, asked) = match viewer.next_request().await {
            Some(Ok(request)) => request,
            Some(Err(malformed)) => {
                let mut response = service.malformed(malformed, &viewer.connection);
                response.close = true;
                viewer.answer(response, Asked::UNKNOWN).await;
                return viewer.linger().await;
            }
            None => return,
        };
        let answered = {
            let mut call = pin!(service.call(request));
            poll_fn(|context| viewer.poll_beside(context, |context| call.as_mut().poll(context))).await
        };
        let Some(response) = answered else { return };
        match viewer.answer(response, asked).await {
            Next::Request => {}
            Next::Linger => return viewer.linger().await,
            Next::Nothing => return,
        }
    }
}

struct Viewer<'a, IO> {
    io: IO,
    worker: &'a Worker,
    connection: Arc<Connection>,
    /// Bytes that came and are not used yet.
    buffer: BytesMut,
    scan: HeadScan,
    deadline: Deadline,
    body: Option<IncomingBody>,
    /// The current request's body cannot be read to its end, so nothing can follow it.
    body_is_broken: bool,
}

/// A request's body that is still coming.
struct IncomingBody {
    sender: BodySender,
    decoder: BodyDecoder,
    /// What is left to write of `100 Continue`.
    go_ahead: &'static [u8],
}

/// What of the request its answer depends on.
#[derive(Clone, Copy)]
struct Asked {
    is_head: bool,
    version: Version,
    keep_alive: bool,
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Request,
    /// The connection is closed once the viewer has had time to read the answer.
    Linger,
    Nothing,
}

/// What came in while something else was waited for.
enum Incoming {
    Progress,
    Gone,
}

/// Bytes that one read may bring.
const READ_BYTES: usize = 16 * 1024;
/// Empty lines that are forgiven before a request (RFC 9112 §2.2), in bytes.
const LEADING_BYTES_MAX: usize = 4;
const GO_AHEAD: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
    static SPARE_HEAD: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Asked {
    const UNKNOWN: Self = Self { is_head: false, version: Version::Http11, keep_alive: false };
}

impl<IO: Transport> Viewer<'_, IO> {
    /// The next request; `None` when the connection has ended.
    async fn next_request(&mut self) -> Option<Result<(Request, Asked), Malformed>> {
        self.deadline.progressed();
        self.scan = HeadScan::default();
        let parsed = match poll_fn(|context| self.poll_head(context)).await? {
            Ok(parsed) => parsed,
            Err(malformed) => return Some(Err(malformed)),
        };
        let asked = Asked {
            is_head: parsed.method == Method::Head,
            version: parsed.version,
            keep_alive: parsed.keep_alive,
        };
        let body = self.body_of(&parsed);
        let head = RequestHead {
            method: parsed.method,
            target: parsed.target,
            version: parsed.version,
            host: parsed.host,
            headers: parsed.headers,
            connection: self.connection.clone(),
        };
        Some(Ok((Request { head, body }, asked)))
    }

    /// The body: whole where all of it is here already.
    fn body_of(&mut self, parsed: &ParsedRequest) -> Body {
        self.body_is_broken = false;
        let length = match parsed.framing {
            Framing::None => return Body::Empty,
            Framing::Length(length) => Some(length),
            Framing::Chunked | Framing::UntilClose => None,
        };
        if let Some(length) = length.and_then(|length| usize::try_from(length).ok())
            && self.buffer.len() >= length
        {
            return Body::Full(self.buffer.split_to(length).freeze());
        }
        let waits = parsed.expects_continue && self.buffer.is_empty();
        let (sender, body) = request_body(length);
        let go_ahead = if waits { GO_AHEAD } else { &[] };
        self.body = Some(IncomingBody { sender, decoder: BodyDecoder::new(parsed.framing), go_ahead });
        body
    }

    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<ParsedRequest, Malformed>>> {
        loop {
            if !self.buffer.is_empty()
                && let Some(parsed) = self.parse_buffered()
            {
                return Poll::Ready(Some(parsed));
            }
            let waits_for_first_byte = self.buffer.is_empty();
            if self.worker.is_killed() || (waits_for_first_byte && self.worker.is_draining()) {
                return Poll::Ready(None);
            }
            let limits = &self.worker.limits;
            match self.poll_read_head(context) {
                Poll::Ready(Ok(HeadRead::Parsed(parsed))) => return Poll::Ready(Some(parsed)),
                Poll::Ready(Ok(HeadRead::More)) if waits_for_first_byte => self.deadline.progressed(),
                Poll::Ready(Ok(HeadRead::More)) => {}
                Poll::Ready(Ok(HeadRead::End) | Err(_)) => return Poll::Ready(None),
                Poll::Pending => {
                    let period = if waits_for_first_byte { limits.idle_timeout } else { limits.head_timeout };
                    ready!(self.deadline.poll(context, period));
                    return Poll::Ready(None);
                }
            }
        }
    }

    /// Reads once; a head that is whole is parsed where it lies.
    fn poll_read_head(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<HeadRead>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut read = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.io).poll_read(context, &mut read))?;
            let bytes = read.filled();
            if bytes.is_empty() {
                return Poll::Ready(Ok(HeadRead::End));
            }
            if self.buffer.is_empty()
                && let Ok(Some(end)) = self.scan.end(bytes)
                && end > 2
            {
                self.buffer.extend_from_slice(&bytes[end..]);
                let parsed = parse_request(&bytes[..end], &self.worker.limits);
                return Poll::Ready(Ok(HeadRead::Parsed(parsed)));
            }
            if self.buffer.is_empty() {
                self.scan = HeadScan::default();
            }
            self.buffer.extend_from_slice(bytes);
            Poll::Ready(Ok(HeadRead::More))
        })
    }

    /// The request whose head the buffer holds, once it is whole or known to be none.
    fn parse_buffered(&mut self) -> Option<Result<ParsedRequest, Malformed>> {
        let mut leading = 0;
        while leading < LEADING_BYTES_MAX && self.buffer[leading..].starts_with(b"\r\n") {
            leading += 2;
        }
        if leading > 0 {
            let _ = self.buffer.split_to(leading);
            self.scan = HeadScan::default();
        }
        let limits = &self.worker.limits;
        match self.scan.end(&self.buffer) {
            Err(why) => Some(Err(Malformed::Syntax(why))),
            Ok(Some(end)) => {
                let parsed = parse_request(&self.buffer[..end], limits);
                let _ = self.buffer.split_to(end);
                self.release_empty_buffer();
                Some(parsed)
            }
            Ok(None) if self.buffer.len() > limits.head_bytes_max as usize => {
                let length = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
                let target_room =
                    self.scan.first_line_length().unwrap_or(usize::MAX).saturating_sub(LINE_BYTES);
                Some(Err(if target_room > limits.target_bytes_max as usize {
                    Malformed::UrlTooLong(u32::try_from(target_room).unwrap_or(length))
                } else {
                    Malformed::HeadTooLarge(length)
                }))
            }
            Ok(None) => None,
        }
    }

    /// Polls `work` and, while it waits, serves it the request's body and watches whether the viewer leaves.
    fn poll_beside<T>(
        &mut self,
        context: &mut Context<'_>,
        mut work: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<T>> {
        loop {
            if let Poll::Ready(done) = work(context) {
                return Poll::Ready(Some(done));
            }
            if self.worker.is_killed() {
                return Poll::Ready(None);
            }
            match ready!(self.poll_incoming(context)) {
                Incoming::Progress => {}
                Incoming::Gone => return Poll::Ready(None),
            }
        }
    }

    fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        let Some(body) = &self.body else {
            return self.poll_departure(context);
        };
        if !ready!(body.sender.poll_wanted(context)) {
            // Nobody will read the rest: whether it is worth draining is decided after the answer.
            return Poll::Pending;
        }
        match ready!(self.poll_body(context)) {
            Ok(Decoded::Chunk(chunk)) => self.with_sender(|sender| sender.send(chunk, context)),
            Ok(Decoded::End) => {
                self.with_sender(|sender| sender.end(Ok(()), context));
                self.body = None;
                self.release_empty_buffer();
            }
            Ok(Decoded::More) => return Poll::Ready(Incoming::Gone),
            Err(error) => {
                self.with_sender(|sender| sender.end(Err(error), context));
                self.body = None;
                self.body_is_broken = true;
            }
        }
        Poll::Ready(Incoming::Progress)
    }

    fn with_sender(&self, use_it: impl FnOnce(&BodySender)) {
        if let Some(body) = &self.body {
            use_it(&body.sender);
        }
    }

    /// Reads the current body on; `More` says that the viewer is gone.
    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Result<Decoded, BodyError>> {
        let Some(body) = &mut self.body else { return Poll::Ready(Ok(Decoded::End)) };
        while !body.go_ahead.is_empty() {
            match ready!(Pin::new(&mut self.io).poll_write(context, body.go_ahead)) {
                Ok(written) if written > 0 => body.go_ahead = &body.go_ahead[written..],
                _ => return Poll::Ready(Ok(Decoded::More)),
            }
            // TLS may keep the bytes back; the next read of the body pushes them out as well.
            let _ = Pin::new(&mut self.io).poll_flush(context);
        }
        loop {
            match body.decoder.decode(&mut self.buffer) {
                Ok(Decoded::More) => {}
                decoded => return Poll::Ready(decoded),
            }
            self.buffer.reserve(READ_BYTES);
            match pin!(self.io.read_buf(&mut self.buffer)).poll(context) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Ok(Decoded::More)),
                Poll::Ready(Ok(_)) => self.deadline.progressed(),
                Poll::Pending => {
                    ready!(self.deadline.poll(context, self.worker.limits.body_idle_timeout));
                    return Poll::Ready(Err(BodyError::TimedOut));
                }
            }
        }
    }

    /// Ready when the viewer has left. Requests that it sends ahead are kept.
    fn poll_departure(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        while !self.body_is_broken && self.buffer.len() < self.worker.limits.head_bytes_max as usize {
            let read = SCRATCH.with_borrow_mut(|scratch| {
                let mut read = ReadBuf::new(scratch);
                ready!(Pin::new(&mut self.io).poll_read(context, &mut read))?;
                self.buffer.extend_from_slice(read.filled());
                Poll::Ready(std::io::Result::Ok(read.filled().len()))
            });
            match ready!(read) {
                Ok(0) | Err(_) => return Poll::Ready(Incoming::Gone),
                Ok(_) => {}
            }
        }
        Poll::Pending
    }

    async fn answer(&mut self, response: Response, asked: Asked) -> Next {
        let framing = answer_framing(&response, asked);
        let keep_alive = asked.keep_alive
            && !response.close
            && !self.worker.is_draining()
            && framing != AnswerFraming::UntilClose
            && self.can_drain_body();
        let mut head = SPARE_HEAD.take();
        head.clear();
        write_response_head(&response, framing, keep_alive, |out| self.worker.write_date(out), &mut head);
        let sends_body = !asked.is_head && framing != AnswerFraming::Silent && response.status != 304;
        self.deadline.progressed();
        let written = match response.body {
            Body::Stream(stream) if sends_body => self.stream_out(head, Body::Stream(stream), framing).await,
            body => {
                let body = match body {
                    Body::Full(bytes) if sends_body => bytes,
                    _ => Bytes::new(),
                };
                let mut written = 0;
                let result = poll_fn(|context| self.poll_write(context, &head, &body, &mut written)).await;
                SPARE_HEAD.set(head);
                result
            }
        };
        match written {
            Err(()) => Next::Nothing,
            Ok(()) if keep_alive => self.finish_body().await,
            Ok(()) => Next::Linger,
        }
    }

    async fn stream_out(&mut self, head: Vec<u8>, body: Body, framing: AnswerFraming) -> Result<(), ()> {
        let coding = match framing {
            AnswerFraming::Length(length) => Coding::Length(length),
            AnswerFraming::Chunked => Coding::Chunked(false),
            AnswerFraming::UntilClose => Coding::Plain,
            AnswerFraming::Silent => Coding::Done,
        };
        let mut outgoing = Outgoing::new(head, body, coding);
        poll_fn(|context| self.poll_stream_out(context, &mut outgoing)).await
    }

    fn poll_stream_out(
        &mut self,
        context: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), ()>> {
        loop {
            let before = outgoing.written_bytes();
            match outgoing.poll(context, &mut self.io) {
                Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(OutgoingError::PeerIsGone)) => return Poll::Ready(Err(())),
                Poll::Ready(Err(OutgoingError::Body(_))) => {
                    self.io.abort();
                    return Poll::Ready(Err(()));
                }
                Poll::Pending => {}
            }
            if outgoing.written_bytes() > before {
                self.deadline.progressed();
            }
            if self.worker.is_killed() {
                self.io.abort();
                return Poll::Ready(Err(()));
            }
            match self.poll_incoming(context) {
                Poll::Ready(Incoming::Progress) => continue,
                Poll::Ready(Incoming::Gone) => return Poll::Ready(Err(())),
                Poll::Pending => {}
            }
            if !outgoing.awaits_body() {
                ready!(self.deadline.poll(context, self.worker.limits.body_idle_timeout));
                return Poll::Ready(Err(()));
            }
            return Poll::Pending;
        }
    }

    /// Writes head and body, normally with one system call.
    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        head: &[u8],
        body: &[u8],
        written: &mut usize,
    ) -> Poll<Result<(), ()>> {
        while *written < head.len() + body.len() {
            let head_left = head.get(*written..).unwrap_or(&[]);
            let body_left = &body[written.saturating_sub(head.len())..];
            let slices = [IoSlice::new(head_left), IoSlice::new(body_left)];
            let slices = if head_left.is_empty() { &slices[1..] } else { &slices[..] };
            match Pin::new(&mut self.io).poll_write_vectored(context, slices) {
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
                body.go_ahead.is_empty() && remaining <= self.worker.limits.drain_bytes_max
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
            if drained > self.worker.limits.drain_bytes_max {
                return Next::Linger;
            }
        }
        self.body = None;
        self.release_empty_buffer();
        Next::Request
    }

    /// Closes our side and reads on for a moment: closing while unread bytes lie in the socket would reset the
    /// connection, and the viewer might never see the answer (RFC 9112 §9.6).
    async fn linger(&mut self) {
        let limits = &self.worker.limits;
        let mut left = limits.drain_bytes_max;
        self.deadline.progressed();
        self.body = None;
        self.buffer = BytesMut::new();
        poll_fn(|context| {
            if self.worker.is_killed() || self.deadline.poll(context, limits.linger_timeout).is_ready() {
                return Poll::Ready(());
            }
            if ready!(Pin::new(&mut self.io).poll_shutdown(context)).is_err() {
                return Poll::Ready(());
            }
            Poll::Ready(())
        })
        .await;
        poll_fn(|context| {
            if self.worker.is_killed() || self.deadline.poll(context, limits.linger_timeout).is_ready() {
                return Poll::Ready(());
            }
            SCRATCH.with_borrow_mut(|scratch| {
                loop {
                    let mut read = ReadBuf::new(scratch);
                    match ready!(Pin::new(&mut self.io).poll_read(context, &mut read)) {
                        Ok(()) if !read.filled().is_empty() => {
                            left = left.saturating_sub(read.filled().len() as u64);
                        }
                        _ => return Poll::Ready(()),
                    }
                    if left == 0 {
                        return Poll::Ready(());
                    }
                }
            })
        })
        .await;
    }

    fn release_empty_buffer(&mut self) {
        if self.buffer.is_empty() && self.buffer.capacity() > 0 {
            self.buffer = BytesMut::new();
        }
    }
}

/// What one read of a head brought.
enum HeadRead {
    Parsed(Result<ParsedRequest, Malformed>),
    More,
    End,
}

/// Bytes of a request line beside its target: the longest method we know, the version, two spaces.
const LINE_BYTES: usize = "OPTIONS  HTTP/1.1".len();

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
