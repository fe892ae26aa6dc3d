//! What comes in while a request is being answered: its body, the next requests, or the viewer's departure.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use frontgate_message::{Body, BodyError};
use tokio::io::{AsyncReadExt, ReadBuf};

use super::Framing;
use super::connection::{READ_BYTES, SCRATCH, Viewer};
use super::decoder::{BodyDecoder, Decoded};
use super::request_body::{BodySender, request_body};
use super::request_head::ParsedRequest;
use crate::server::Transport;

/// A request's body that is still coming.
pub(super) struct IncomingBody {
    pub(super) sender: BodySender,
    pub(super) decoder: BodyDecoder,
    /// What is left to write of `100 Continue`.
    pub(super) go_ahead: &'static [u8],
}

/// What came in while something else was waited for.
pub(super) enum Incoming {
    Progress,
    Gone,
}

const GO_AHEAD: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl<IO: Transport> Viewer<'_, IO> {
    /// The body: whole where all of it is here already.
    pub(super) fn body_of(&mut self, parsed: &ParsedRequest) -> Body {
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

    /// Polls `work` and, while it waits, serves it the request's body and watches whether the viewer leaves.
    pub(super) fn poll_beside<T>(
        &mut self,
        context: &mut Context<'_>,
        mut work: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<T>> {
        loop {
            if let Poll::Ready(done) = self.poll_gathering(|| work(context)) {
                return Poll::Ready(Some(done));
            }
            let is_gone = !self.interim.is_empty() && self.poll_interim(context) == Poll::Ready(Err(()));
            if is_gone || self.worker.is_killed() {
                return Poll::Ready(None);
            }
            match ready!(self.poll_incoming(context)) {
                Incoming::Progress => {}
                Incoming::Gone => return Poll::Ready(None),
            }
        }
    }

    pub(super) fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
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
    pub(super) fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Result<Decoded, BodyError>> {
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
}
