//! The task of a connection: what has come is read, who was woken is asked, what there is to say is written, and then it
//! waits, but not forever.

use std::cell::Cell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use frontgate_message::Connection;
use tokio::io::ReadBuf;

use super::budget::Budget;
use super::calls::Answerer;
use super::ending::{Closing, Going};
use super::frame::{ErrorCode, PREFACE};
use super::hpack::{Decoder, Encoder};
use super::limits::{
    CONNECTION_WINDOW_BYTES, IDLE_FRAMES_MAX, IDLE_FRAMES_PER_SECOND, OUTPUT_BYTES_MAX, REMEMBERED_RESETS,
    RESETS_MAX, RESETS_PER_SECOND, STREAM_WINDOW_BYTES, WINDOW_BYTES_AT_FIRST,
};
use super::output::Output;
use super::request_head::HeadSize;
use super::requests::Block;
use super::stream::Streams;
use super::waits::{Expired, Waits};
use super::wakes::Wakes;
use crate::server::{Transport, Worker};

/// A connection of a viewer.
pub(super) struct Viewer<'a, IO, A> {
    pub(super) io: IO,
    pub(super) worker: &'a Worker,
    pub(super) connection: Arc<Connection>,
    pub(super) answerer: A,
    pub(super) wakes: Wakes,

    pub(super) streams: Streams,
    /// The places of streams that have something to send, the next first.
    pub(super) queue: VecDeque<usize>,
    /// The greatest id of a stream that the viewer opened.
    pub(super) last_stream: u32,
    /// The last ids that it left out, from one to before the other.
    pub(super) skipped_streams: std::ops::Range<u32>,
    /// Streams that were reset before the viewer had ended them.
    pub(super) reset_streams: VecDeque<u32>,

    pub(super) decoder: Decoder,
    pub(super) encoder: Encoder,
    /// The size of the last head that came.
    pub(super) head_size: HeadSize,
    /// A head whose end has not come.
    pub(super) block: Option<Block>,
    /// Bytes of frames that have not come whole.
    buffer: Vec<u8>,
    /// There may be whole frames in it.
    is_held: bool,
    pub(super) greeted: Greeted,

    pub(super) output: Output,
    pub(super) receive_window: u32,
    pub(super) credit: u32,
    pub(super) send_window: i64,
    /// The window that the viewer gives to new streams.
    pub(super) stream_send_window: i64,

    pub(super) resets: Budget,
    pub(super) idle_frames: Budget,

    pub(super) going: Going,
    pub(super) closing: Option<Closing>,
    pub(super) waits: Waits,
}

/// What the viewer has said of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeted {
    /// Not even the preface.
    Nothing,
    /// The preface; SETTINGS must follow.
    Preface,
    Settings,
}

/// What a round of reading came to.
enum Received {
    Waits,
    /// There is more, but what there is to say comes first.
    Held,
    Gone,
}

/// Bytes that one read may bring.
const READ_BYTES: usize = 32 * 1024;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl<'a, IO: Transport, A: Answerer> Viewer<'a, IO, A> {
    pub(super) fn new(io: IO, worker: &'a Worker, connection: Arc<Connection>, answerer: A) -> Self {
        let mut output = Output::default();
        let more = CONNECTION_WINDOW_BYTES - WINDOW_BYTES_AT_FIRST;
        // Twice our own limit, so that it is we who answer what is too large.
        let head_bytes_max = worker.limits.head_bytes_max.saturating_mul(2);
        output.greeting(worker.limits.streams_max, head_bytes_max, STREAM_WINDOW_BYTES, more);
        Self {
            io,
            worker,
            connection,
            answerer,
            wakes: Wakes::new(),
            streams: Streams::default(),
            queue: VecDeque::new(),
            last_stream: 0,
            skipped_streams: 0..0,
            reset_streams: VecDeque::new(),
            decoder: Decoder::new(),
            encoder: Encoder::new(),
            head_size: HeadSize::default(),
            block: None,
            buffer: Vec::new(),
            is_held: false,
            greeted: Greeted::Nothing,
            output,
            receive_window: CONNECTION_WINDOW_BYTES,
            credit: 0,
            send_window: i64::from(WINDOW_BYTES_AT_FIRST),
            stream_send_window: i64::from(WINDOW_BYTES_AT_FIRST),
            resets: Budget::new(RESETS_MAX, RESETS_PER_SECOND),
            idle_frames: Budget::new(IDLE_FRAMES_MAX, IDLE_FRAMES_PER_SECOND),
            going: Going::On,
            closing: None,
            waits: Waits::new(),
        }
    }

    /// Ready when the connection has ended.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.wakes.set_task(context);
        self.output.borrow_memory();
        loop {
            if self.worker.is_killed() {
                return Poll::Ready(());
            }
            if self.closing.is_some() {
                return self.poll_close(context);
            }
            if self.worker.is_draining() && self.going == Going::On {
                self.say_goodbye();
            }
            self.poll_woken();
            let received = self.poll_receive(context);
            if matches!(received, Received::Gone) {
                return Poll::Ready(());
            }
            let is_full = self.fill_output();
            let mut written = 0;
            let wrote = self.output.poll_write(context, &mut self.io, &mut written);
            self.waits.signs.wrote |= written > 0;
            match wrote {
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) if is_full || matches!(received, Received::Held) => continue,
                Poll::Ready(Ok(())) if self.is_over() => self.close(),
                _ => {}
            }
            if self.closing.is_some() {
                continue;
            }
            if self.poll_alarm(context) {
                continue;
            }
            match self.poll_deadline(context) {
                Poll::Ready(Expired::Gone) => return Poll::Ready(()),
                Poll::Ready(Expired::Said) => {}
                Poll::Pending => {
                    self.output.lend_memory();
                    return Poll::Pending;
                }
            }
        }
    }

    /// Asks those who were woken.
    fn poll_woken(&mut self) {
        while self.wakes.take() {
            while let Some(place) = self.wakes.next() {
                if self.streams.is_open(place) {
                    self.advance(place);
                }
            }
        }
    }

    fn poll_receive(&mut self, context: &mut Context<'_>) -> Received {
        loop {
            if self.closing.is_some() {
                return Received::Waits;
            }
            if self.is_held {
                let bytes = std::mem::take(&mut self.buffer);
                self.is_held = false;
                let used = self.take_frames(&bytes);
                self.buffer = bytes;
                self.buffer.drain(..used);
            }
            if self.output.pending_bytes() >= OUTPUT_BYTES_MAX {
                return Received::Held;
            }
            match self.poll_frames(context) {
                Poll::Ready(Ok(true)) => self.waits.signs.read = true,
                Poll::Ready(Ok(false) | Err(_)) => return Received::Gone,
                Poll::Pending => {
                    if self.buffer.is_empty() && self.buffer.capacity() > 0 {
                        // An idle connection holds no memory for bytes that may come.
                        self.buffer = Vec::new();
                    }
                    return Received::Waits;
                }
            }
        }
    }

    /// Reads once; what is whole is used where it lies. False at the end.
    fn poll_frames(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<bool>> {
        self.poll_read(context, |viewer, bytes| {
            if viewer.buffer.is_empty() {
                let used = viewer.take_frames(bytes);
                viewer.buffer.extend_from_slice(&bytes[used..]);
            } else {
                viewer.buffer.extend_from_slice(bytes);
                viewer.is_held = true;
            }
            !bytes.is_empty()
        })
    }

    /// Reads once and hands over what came, nothing at the end; all connections of a worker share the memory for it.
    pub(super) fn poll_read<T>(
        &mut self,
        context: &mut Context<'_>,
        take: impl FnOnce(&mut Self, &[u8]) -> T,
    ) -> Poll<std::io::Result<T>> {
        let mut scratch = SCRATCH.take();
        scratch.resize(READ_BYTES, 0);
        let mut read = ReadBuf::new(&mut scratch);
        let polled = Pin::new(&mut self.io).poll_read(context, &mut read);
        let length = read.filled().len();
        let polled = polled.map_ok(|()| take(self, &scratch[..length]));
        SCRATCH.set(scratch);
        polled
    }

    /// Uses frames as long as there are whole ones; says how many bytes were used.
    fn take_frames(&mut self, bytes: &[u8]) -> usize {
        let mut used = 0;
        if self.greeted == Greeted::Nothing {
            let length = bytes.len().min(PREFACE.len());
            if bytes[..length] != PREFACE[..length] {
                self.fail(ErrorCode::ProtocolError, "this is not HTTP/2");
                return bytes.len();
            }
            if length < PREFACE.len() {
                return 0;
            }
            self.greeted = Greeted::Preface;
            used = length;
        }
        while self.closing.is_none() {
            if self.output.pending_bytes() >= OUTPUT_BYTES_MAX {
                self.is_held = true;
                return used;
            }
            match self.take_frame(&bytes[used..]) {
                Some(length) => used += length,
                None => return used,
            }
        }
        bytes.len()
    }

    /// A stream that was reset may have more frames on their way.
    pub(super) fn remember_reset(&mut self, stream: u32) {
        if self.reset_streams.len() == REMEMBERED_RESETS {
            self.reset_streams.pop_front();
        }
        self.reset_streams.push_back(stream);
    }
}
