//! What of a message is still to be written? Pieces wait in a queue and leave in vectored writes.
//!
//! A body that is still coming is asked for its next chunk only while little is waiting, so a slow reader slows the
//! source. A body that ends before its announced length, or fails, is never ended cleanly: the peer must notice.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use frontgate_message::{Body, BodyError};
use tokio::io::AsyncWrite;

/// A message that is being written.
pub(crate) struct Outgoing {
    /// What stands before all pieces, and how much of it is written.
    head: Vec<u8>,
    head_written: usize,
    queue: VecDeque<Piece>,
    queued_bytes: usize,
    written_bytes: u64,
    body: Body,
    coding: Coding,
    awaits_body: bool,
    asked_body: bool,
    failure: Option<BodyError>,
}

/// How chunks of the body become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As they are, exactly that many bytes.
    Length(u64),
    /// As chunks; true while the CR LF behind the last one is yet to be written.
    Chunked(bool),
    /// As they are, to the end.
    Plain,
    /// There are none, or no more.
    Done,
}

/// Why a message could not be written to its end.
#[derive(Debug)]
pub(crate) enum OutgoingError {
    /// The peer is gone.
    PeerIsGone,
    /// Its body failed, or was not as long as announced.
    Body(BodyError),
}

enum Piece {
    Shared(Bytes),
    Small { bytes: [u8; SMALL_BYTES], start: u8, end: u8 },
}

/// Room for CR LF, sixteen hexadecimal digits and CR LF, or the last chunk.
const SMALL_BYTES: usize = 20;
/// While more than this waits to be written, the body is not asked for more.
const QUEUED_BYTES_MAX: usize = 64 * 1024;
/// Pieces of one vectored write.
const PIECES_PER_WRITE: usize = 16;

impl Outgoing {
    pub(crate) fn new(head: Vec<u8>, body: Body, coding: Coding) -> Self {
        Self {
            queued_bytes: head.len(),
            head,
            head_written: 0,
            queue: VecDeque::new(),
            written_bytes: 0,
            body,
            coding,
            awaits_body: false,
            asked_body: false,
            failure: None,
        }
    }

    /// Writes until all is written and flushed, or the socket or the body makes us wait.
    pub(crate) fn poll<IO: AsyncWrite + Unpin>(
        &mut self,
        context: &mut Context<'_>,
        io: &mut IO,
    ) -> Poll<Result<(), OutgoingError>> {
        loop {
            if let Err(error) = self.fill(context) {
                self.coding = Coding::Done;
                self.failure = Some(error);
            }
            while self.queued_bytes > 0 {
                let written = ready!(self.poll_write(context, io)).map_err(|_| OutgoingError::PeerIsGone)?;
                self.forget(written);
            }
            if let Some(error) = self.failure.take() {
                return Poll::Ready(Err(OutgoingError::Body(error)));
            }
            if self.coding == Coding::Done {
                return Pin::new(io).poll_flush(context).map_err(|_| OutgoingError::PeerIsGone);
            }
            if self.awaits_body {
                let _ = Pin::new(&mut *io).poll_flush(context).map_err(|_| OutgoingError::PeerIsGone)?;
                return Poll::Pending;
            }
        }
    }

    /// Bytes written so far, as a sign of life.
    pub(crate) fn written_bytes(&self) -> u64 {
        self.written_bytes
    }

    /// Whether it is the body's source that we wait for, not the socket.
    pub(crate) fn awaits_body(&self) -> bool {
        self.awaits_body && self.queued_bytes == 0
    }

    /// The body again, where nothing has been taken out of it.
    pub(crate) fn into_untouched_body(self) -> Option<Body> {
        (!self.asked_body).then_some(self.body)
    }

    fn fill(&mut self, context: &mut Context<'_>) -> Result<(), BodyError> {
        self.awaits_body = false;
        while self.coding != Coding::Done && self.queued_bytes < QUEUED_BYTES_MAX {
            if matches!(self.body, Body::Stream(_)) {
                self.asked_body = true;
            }
            match self.body.poll_chunk(context) {
                Poll::Pending => {
                    self.end_chunk();
                    self.awaits_body = true;
                    return Ok(());
                }
                Poll::Ready(None) => return self.end(),
                Poll::Ready(Some(Err(error))) => return Err(error),
                Poll::Ready(Some(Ok(chunk))) if chunk.is_empty() => {}
                Poll::Ready(Some(Ok(chunk))) => self.push_chunk(chunk)?,
            }
        }
        Ok(())
    }

    fn push_chunk(&mut self, chunk: Bytes) -> Result<(), BodyError> {
        match &mut self.coding {
            Coding::Length(remaining) => match remaining.checked_sub(chunk.len() as u64) {
                Some(rest) => *remaining = rest,
                None => return Err(BodyError::Failed("the body is longer than announced".to_owned())),
            },
            Coding::Chunked(owed) => {
                let follows = std::mem::replace(owed, true);
                self.push(chunk_size_line(follows, chunk.len()));
            }
            Coding::Plain | Coding::Done => {}
        }
        self.push(Piece::Shared(chunk));
        Ok(())
    }

    /// Before a wait the last chunk gets its end: some clients do not hand it on without.
    fn end_chunk(&mut self) {
        if let Coding::Chunked(owed @ true) = &mut self.coding {
            *owed = false;
            self.push(Piece::small(b"\r\n"));
        }
    }

    fn end(&mut self) -> Result<(), BodyError> {
        match std::mem::replace(&mut self.coding, Coding::Done) {
            Coding::Length(remaining) if remaining > 0 => Err(BodyError::Truncated),
            Coding::Chunked(owed) => {
                self.push(Piece::small(if owed { b"\r\n0\r\n\r\n" } else { b"0\r\n\r\n" }));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn push(&mut self, piece: Piece) {
        self.queued_bytes += piece.bytes().len();
        self.queue.push_back(piece);
    }

    fn poll_write<IO: AsyncWrite + Unpin>(
        &self,
        context: &mut Context<'_>,
        io: &mut IO,
    ) -> Poll<std::io::Result<usize>> {
        let io = Pin::new(io);
        let head = &self.head[self.head_written..];
        // One buffer is written with a cheaper system call.
        let polled = match (head, self.queue.front()) {
            (head, None) => io.poll_write(context, head),
            ([], Some(only)) if self.queue.len() == 1 => io.poll_write(context, only.bytes()),
            (head, Some(_)) => {
                let mut slices = [IoSlice::new(&[]); PIECES_PER_WRITE];
                let head = Some(head).filter(|head| !head.is_empty());
                let pieces = head.into_iter().chain(self.queue.iter().map(Piece::bytes));
                let mut count = 0;
                for (slice, piece) in slices.iter_mut().zip(pieces) {
                    *slice = IoSlice::new(piece);
                    count += 1;
                }
                io.poll_write_vectored(context, &slices[..count])
            }
        };
        match ready!(polled) {
            Ok(0) => Poll::Ready(Err(std::io::ErrorKind::WriteZero.into())),
            result => Poll::Ready(result),
        }
    }

    fn forget(&mut self, mut written: usize) {
        self.written_bytes += written as u64;
        self.queued_bytes -= written;
        let of_head = written.min(self.head.len() - self.head_written);
        self.head_written += of_head;
        written -= of_head;
        while let Some(first) = self.queue.front_mut() {
            let length = first.bytes().len();
            if written < length {
                return first.advance(written);
            }
            written -= length;
            self.queue.pop_front();
        }
    }
}

impl Piece {
    fn small(text: &[u8]) -> Self {
        let mut bytes = [0; SMALL_BYTES];
        bytes[..text.len()].copy_from_slice(text);
        Self::Small { bytes, start: 0, end: u8::try_from(text.len()).unwrap_or(0) }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Small { bytes, start, end } => &bytes[usize::from(*start)..usize::from(*end)],
        }
    }

    fn advance(&mut self, written: usize) {
        match self {
            Self::Shared(bytes) => bytes.advance(written),
            Self::Small { start, .. } => *start += u8::try_from(written).unwrap_or(u8::MAX),
        }
    }
}

/// The line with a chunk's size, after the end of the chunk before it.
fn chunk_size_line(follows: bool, length: usize) -> Piece {
    let mut text = [0u8; SMALL_BYTES];
    let mut start = SMALL_BYTES - 2;
    text[start..].copy_from_slice(b"\r\n");
    let mut rest = length;
    while rest > 0 {
        start -= 1;
        text[start] = b"0123456789abcdef"[rest % 16];
        rest /= 16;
    }
    if follows {
        start -= 2;
        text[start..start + 2].copy_from_slice(b"\r\n");
    }
    Piece::small(&text[start..])
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use frontgate_message::{Body, BodyError, Chunks};

    use super::{Coding, Outgoing, OutgoingError};

    struct Parts(VecDeque<Result<&'static str, BodyError>>);

    impl Chunks for Parts {
        fn poll_chunk(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Bytes, BodyError>>> {
            Poll::Ready(self.0.pop_front().map(|part| part.map(|text| Bytes::from_static(text.as_bytes()))))
        }
    }

    type Part = Result<&'static str, BodyError>;

    fn written(coding: Coding, parts: &[Part]) -> (String, bool) {
        let body = Body::stream(None, Parts(parts.iter().cloned().collect()));
        let mut outgoing = Outgoing::new(b"head|".to_vec(), body, coding);
        let mut out = Vec::new();
        let result = outgoing.poll(&mut Context::from_waker(Waker::noop()), &mut out);
        let text = String::from_utf8_lossy(&out).replace("\r\n", "/");
        (text, matches!(result, Poll::Ready(Ok(()))))
    }

    #[test]
    fn bodies_are_framed() {
        let fail = || Err(BodyError::TimedOut);
        let rows: &[(Coding, &[Part], &str, bool)] = &[
            (
                Coding::Chunked(false),
                &[Ok("hello"), Ok(""), Ok("0123456789abcdef")],
                "head|5/hello/10/0123456789abcdef/0//",
                true,
            ),
            (Coding::Chunked(false), &[], "head|0//", true),
            (Coding::Chunked(false), &[Ok("a"), fail()], "head|1/a", false),
            (Coding::Length(3), &[Ok("ab"), Ok("c")], "head|abc", true),
            (Coding::Length(3), &[Ok("ab")], "head|ab", false),
            (Coding::Length(3), &[Ok("ab"), Ok("cd")], "head|ab", false),
            (Coding::Plain, &[Ok("ab"), Ok("c")], "head|abc", true),
            (Coding::Done, &[], "head|", true),
        ];
        for (coding, parts, expected, clean) in rows {
            assert_eq!(written(*coding, parts), ((*expected).to_owned(), *clean), "{coding:?} {parts:?}");
        }
    }

    #[test]
    fn a_chunk_that_another_one_is_waited_for_after_has_its_end() {
        struct Waiting(VecDeque<Option<&'static str>>);
        impl Chunks for Waiting {
            fn poll_chunk(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<Option<Result<Bytes, BodyError>>> {
                match self.0.pop_front() {
                    Some(Some(text)) => Poll::Ready(Some(Ok(Bytes::from_static(text.as_bytes())))),
                    Some(None) => Poll::Pending,
                    None => Poll::Ready(None),
                }
            }
        }
        let parts = [None, Some("a"), Some("b"), None, None, Some("c"), None];
        let mut outgoing =
            Outgoing::new(Vec::new(), Body::stream(None, Waiting(parts.into())), Coding::Chunked(false));
        let mut steps = Vec::new();
        loop {
            let mut out = Vec::new();
            let done = outgoing.poll(&mut Context::from_waker(Waker::noop()), &mut out).is_ready();
            steps.push(String::from_utf8_lossy(&out).replace("\r\n", "/"));
            if done {
                break;
            }
        }
        assert_eq!(steps, ["", "1/a/1/b/", "", "1/c/", "0//"]);
    }

    #[test]
    fn an_untouched_body_can_be_had_again() {
        let body = Body::stream(None, Parts(VecDeque::from([Ok("a")])));
        assert!(Outgoing::new(Vec::new(), body, Coding::Plain).into_untouched_body().is_some());
        let body = Body::stream(None, Parts(VecDeque::from([Ok("a")])));
        let mut begun = Outgoing::new(Vec::new(), body, Coding::Plain);
        let result = begun.poll(&mut Context::from_waker(Waker::noop()), &mut Vec::new());
        assert!(
            matches!(result, Poll::Ready(Ok::<(), OutgoingError>(())))
                && begun.into_untouched_body().is_none()
        );
    }
}
