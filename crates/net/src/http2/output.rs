//! What is still to be written? Frames are written into one buffer; large bodies are not copied there but remembered with
//! their place, and all of it leaves in vectored writes.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;

use super::frame::{ErrorCode, FrameKind, flag, setting, write_frame_head};

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bytes that wait for the socket.
#[derive(Default)]
pub(super) struct Output {
    /// Everything but shared bodies.
    pub(super) frames: Vec<u8>,
    /// How many of `frames` have been written.
    written: usize,
    /// Pieces of bodies, each with the place in `frames` that it comes before.
    shared: VecDeque<(usize, Bytes)>,
    shared_bytes: usize,
    /// All was written, but the transport may hold some of it back.
    needs_flush: bool,
}

impl Output {
    /// Takes the memory that connections with nothing to write leave for others.
    pub(super) fn borrow_memory(&mut self) {
        if self.frames.capacity() == 0 {
            self.frames = SPARE.take();
        }
    }

    /// Leaves the memory to others, where nothing is in it.
    pub(super) fn lend_memory(&mut self) {
        if self.is_empty() {
            SPARE.set(std::mem::take(&mut self.frames));
        }
    }

    /// Bytes that wait.
    pub(super) fn pending_bytes(&self) -> usize {
        self.frames.len() - self.written + self.shared_bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending_bytes() == 0 && !self.needs_flush
    }

    /// Appends a piece of a body after what is there.
    pub(super) fn push_body(&mut self, body: Bytes) {
        if body.len() <= COPIED_BYTES_MAX {
            return self.frames.extend_from_slice(&body);
        }
        self.shared_bytes += body.len();
        self.shared.push_back((self.frames.len(), body));
    }

    pub(super) fn frame(&mut self, kind: FrameKind, flags: u8, stream: u32, payload: &[u8]) {
        write_frame_head(payload.len(), kind, flags, stream, &mut self.frames);
        self.frames.extend_from_slice(payload);
    }

    pub(super) fn settings(&mut self, settings: &[(u16, u32)]) {
        write_frame_head(settings.len() * 6, FrameKind::Settings, 0, 0, &mut self.frames);
        for (name, value) in settings {
            self.frames.extend_from_slice(&name.to_be_bytes());
            self.frames.extend_from_slice(&value.to_be_bytes());
        }
    }

    pub(super) fn window_update(&mut self, stream: u32, bytes: u32) {
        self.frame(FrameKind::WindowUpdate, 0, stream, &bytes.to_be_bytes());
    }

    pub(super) fn reset(&mut self, stream: u32, code: ErrorCode) {
        self.frame(FrameKind::RstStream, 0, stream, &(code as u32).to_be_bytes());
    }

    pub(super) fn ping(&mut self, flags: u8, data: &[u8]) {
        self.frame(FrameKind::Ping, flags, 0, data);
    }

    pub(super) fn go_away(&mut self, last_stream: u32, code: ErrorCode, why: &str) {
        write_frame_head(8 + why.len(), FrameKind::GoAway, 0, 0, &mut self.frames);
        self.frames.extend_from_slice(&last_stream.to_be_bytes());
        self.frames.extend_from_slice(&(code as u32).to_be_bytes());
        self.frames.extend_from_slice(why.as_bytes());
    }

    /// What we announce when a connection begins.
    pub(super) fn greeting(&mut self, streams_max: u32, head_bytes_max: u32, stream_window: u32, more: u32) {
        self.settings(&[
            (setting::MAX_CONCURRENT_STREAMS, streams_max),
            (setting::INITIAL_WINDOW_SIZE, stream_window),
            (setting::MAX_HEADER_LIST_SIZE, head_bytes_max),
            (setting::NO_RFC7540_PRIORITIES, 1),
        ]);
        self.window_update(0, more);
    }

    /// The answer to SETTINGS.
    pub(super) fn settings_ack(&mut self) {
        self.frame(FrameKind::Settings, flag::ACK, 0, &[]);
    }

    /// Writes until all is written and flushed, or the socket makes us wait; says how much left.
    pub(super) fn poll_write<IO: AsyncWrite + Unpin>(
        &mut self,
        context: &mut Context<'_>,
        io: &mut IO,
        written: &mut usize,
    ) -> Poll<std::io::Result<()>> {
        while self.pending_bytes() > 0 {
            self.needs_flush = true;
            let wrote = if self.shared.is_empty() {
                ready!(Pin::new(&mut *io).poll_write(context, &self.frames[self.written..]))?
            } else {
                let mut slices = [IoSlice::new(&[]); SLICES_PER_WRITE];
                let count = self.slices(&mut slices);
                ready!(Pin::new(&mut *io).poll_write_vectored(context, &slices[..count]))?
            };
            if wrote == 0 {
                return Poll::Ready(Err(Error::from(ErrorKind::WriteZero)));
            }
            *written += wrote;
            self.forget(wrote);
        }
        if self.needs_flush {
            ready!(Pin::new(io).poll_flush(context))?;
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }

    fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; SLICES_PER_WRITE]) -> usize {
        let (mut count, mut from) = (0, self.written);
        let mut shared = self.shared.iter();
        while count + 1 < SLICES_PER_WRITE {
            let next = shared.next();
            let to = next.map_or(self.frames.len(), |(place, _)| *place);
            if from < to {
                slices[count] = IoSlice::new(&self.frames[from..to]);
                count += 1;
                from = to;
            }
            let Some((_, body)) = next else { break };
            slices[count] = IoSlice::new(body);
            count += 1;
        }
        count
    }

    fn forget(&mut self, mut wrote: usize) {
        loop {
            let to = self.shared.front().map_or(self.frames.len(), |(place, _)| *place);
            let of_frames = wrote.min(to - self.written);
            self.written += of_frames;
            wrote -= of_frames;
            let Some((_, body)) = self.shared.front_mut() else { break };
            let of_body = wrote.min(body.len());
            if of_body == 0 {
                break;
            }
            body.advance(of_body);
            self.shared_bytes -= of_body;
            wrote -= of_body;
            if body.is_empty() {
                self.shared.pop_front();
            }
        }
        self.compact();
    }

    fn compact(&mut self) {
        if self.pending_bytes() == 0 {
            self.frames.clear();
            self.written = 0;
            if self.frames.capacity() > MEMORY_BYTES_KEPT {
                self.frames = Vec::new();
            }
        } else if self.written > MEMORY_BYTES_KEPT {
            self.frames.drain(..self.written);
            self.shared.iter_mut().for_each(|(place, _)| *place -= self.written);
            self.written = 0;
        }
    }
}

/// A body up to that length is copied between its frames, which is cheaper than one more slice.
pub(super) const COPIED_BYTES_MAX: usize = 2048;
/// Slices of one vectored write.
const SLICES_PER_WRITE: usize = 32;
/// Bytes of memory that are kept for the next frames.
const MEMORY_BYTES_KEPT: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use bytes::Bytes;
    use tokio::io::AsyncWrite;

    use super::{COPIED_BYTES_MAX, Output};

    /// Takes so many bytes at a time.
    struct Narrow(Vec<u8>, usize);

    impl AsyncWrite for Narrow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            let length = bytes.len().min(self.1);
            self.0.extend_from_slice(&bytes[..length]);
            Poll::Ready(Ok(length))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn all_of_it_leaves_in_order() {
        for step in [1, 7, 100, 5000, 1_000_000] {
            let (mut output, mut io, mut expected) =
                (Output::default(), Narrow(Vec::new(), step), Vec::new());
            for round in 0..100u8 {
                let length = if round % 3 == 0 { COPIED_BYTES_MAX + 1 } else { usize::from(round) };
                let (head, body) = ([round; 9], vec![round; length]);
                output.frames.extend_from_slice(&head);
                output.push_body(Bytes::from(body.clone()));
                expected.extend_from_slice(&head);
                expected.extend_from_slice(&body);
                if round % 40 == 39 {
                    let mut written = 0;
                    let mut context = Context::from_waker(Waker::noop());
                    let polled = output.poll_write(&mut context, &mut io, &mut written);
                    assert!(matches!(polled, Poll::Ready(Ok(()))) && output.is_empty(), "{step}");
                }
            }
            let polled = output.poll_write(&mut Context::from_waker(Waker::noop()), &mut io, &mut 0);
            assert!(matches!(polled, Poll::Ready(Ok(()))) && output.is_empty(), "{step}");
            assert!(io.0 == expected, "{step}");
        }
    }
}
