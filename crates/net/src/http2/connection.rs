//! The task of a connection: what has come is read, who was woken is asked, what there is to say is written, and then it
//! waits, but not forever.

use std::cell::Cell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use frontgate_message::Connection;
use tokio::io::ReadBuf;
use tokio::time::{Instant, Sleep, sleep_until};

use super::budget::Budget;
use super::calls::Answerer;
use super::frame::{ErrorCode, PREFACE};
use super::hpack::{Decoder, Encoder};
use super::limits::{
    CONNECTION_WINDOW_BYTES, IDLE_FRAMES_MAX, IDLE_FRAMES_PER_SECOND, IDLE_PLACES, OUTPUT_BYTES_MAX,
    REMEMBERED_RESETS, RESETS_MAX, RESETS_PER_SECOND, STREAM_WINDOW_BYTES, WINDOW_BYTES_AT_FIRST,
};
use super::output::Output;
use super::request_head::HeadSize;
use super::requests::Block;
use super::stream::Streams;
use super::wakes::Wakes;
use crate::server::{Deadline, Transport, Worker};

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
    closing: Option<Closing>,
    deadline: Deadline,
    wait: Wait,
    /// A PING is meant to find out whether the viewer is still there.
    awaits_pong: bool,
    pub(super) signs: Signs,
    pub(super) alarm: Alarm,
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

/// Whether the connection is coming to its end, RFC 9113 §6.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Going {
    On,
    /// The viewer was told so, and asked by a PING whether it knows.
    Told,
    /// No stream after this one is taken.
    After(u32),
}

/// The end: all is written, our side is closed, and for a while what still comes is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    Writing,
    ShuttingDown,
    Lingering { read_bytes: u64 },
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// A request.
    Request,
    /// Anything from a viewer whose requests are being answered.
    Sign,
    /// The answer to our PING.
    Pong,
    /// Room in the socket.
    Room,
}

/// What happened since the last wait began.
#[derive(Clone, Copy, Default)]
pub(super) struct Signs {
    read: bool,
    wrote: bool,
    pub(super) served: bool,
}

/// The time at which streams must be looked at.
#[derive(Default)]
pub(super) struct Alarm {
    timer: Option<Pin<Box<Sleep>>>,
    due: Option<Instant>,
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
/// What we write into our PINGs.
const PING: &[u8; 8] = b"frontgat";

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
            deadline: Deadline::new(),
            wait: Wait::Request,
            awaits_pong: false,
            signs: Signs::default(),
            alarm: Alarm::default(),
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
            self.signs.wrote |= written > 0;
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

    fn is_over(&self) -> bool {
        matches!(self.going, Going::After(_)) && self.streams.count() == 0
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
            match self.poll_read(context) {
                Poll::Ready(Ok(true)) => self.signs.read = true,
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
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<bool>> {
        let mut scratch = SCRATCH.take();
        scratch.resize(READ_BYTES, 0);
        let mut read = ReadBuf::new(&mut scratch);
        let polled = Pin::new(&mut self.io).poll_read(context, &mut read);
        let length = read.filled().len();
        if polled.is_ready() && length > 0 {
            if self.buffer.is_empty() {
                let used = self.take_frames(&scratch[..length]);
                self.buffer.extend_from_slice(&scratch[used..length]);
            } else {
                self.buffer.extend_from_slice(&scratch[..length]);
                self.is_held = true;
            }
        }
        SCRATCH.set(scratch);
        polled.map_ok(|()| length > 0)
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

    /// The connection ends for a fault of the viewer's; it is told why.
    pub(super) fn fail(&mut self, code: ErrorCode, why: &str) {
        self.output.go_away(self.last_stream, code, why);
        for place in self.streams.places() {
            self.close_stream(place);
        }
        self.close();
    }

    fn close(&mut self) {
        self.closing = Some(Closing::Writing);
        self.deadline.progressed();
    }

    /// The viewer is told that no more requests are taken; those that it sends until it knows are answered.
    fn say_goodbye(&mut self) {
        self.going = Going::Told;
        self.output.go_away(STREAM_ID_MAX, ErrorCode::NoError, "");
        self.output.ping(0, PING);
    }

    /// The viewer has been told, or will not be: what comes now is not taken.
    pub(super) fn take_no_more(&mut self) {
        if !matches!(self.going, Going::After(_)) {
            self.going = Going::After(self.last_stream);
            self.output.go_away(self.last_stream, ErrorCode::NoError, "");
        }
    }

    /// The viewer answered our PING.
    pub(super) fn pong(&mut self) {
        if self.going == Going::Told {
            self.take_no_more();
        }
    }

    /// A stream that was reset may have more frames on their way.
    pub(super) fn remember_reset(&mut self, stream: u32) {
        if self.reset_streams.len() == REMEMBERED_RESETS {
            self.reset_streams.pop_front();
        }
        self.reset_streams.push_back(stream);
    }

    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limits = &self.worker.limits;
        loop {
            if self.deadline.poll(context, limits.linger_timeout).is_ready() {
                return Poll::Ready(());
            }
            match self.closing {
                Some(Closing::Writing) => {
                    let mut written = 0;
                    let wrote = self.output.poll_write(context, &mut self.io, &mut written);
                    if written > 0 {
                        self.deadline.progressed();
                    }
                    if ready!(wrote).is_err() {
                        return Poll::Ready(());
                    }
                    self.closing = Some(Closing::ShuttingDown);
                }
                Some(Closing::ShuttingDown) => {
                    if ready!(Pin::new(&mut self.io).poll_shutdown(context)).is_err() {
                        return Poll::Ready(());
                    }
                    self.closing = Some(Closing::Lingering { read_bytes: 0 });
                }
                // Closing while unread bytes lie in the socket would reset it, and the viewer might not see the end.
                Some(Closing::Lingering { read_bytes }) => {
                    let mut scratch = SCRATCH.take();
                    scratch.resize(READ_BYTES, 0);
                    let mut read = ReadBuf::new(&mut scratch);
                    let polled = Pin::new(&mut self.io).poll_read(context, &mut read);
                    let length = read.filled().len() as u64;
                    SCRATCH.set(scratch);
                    let read_bytes = read_bytes + length;
                    if ready!(polled).is_err() || length == 0 || read_bytes > limits.drain_bytes_max {
                        return Poll::Ready(());
                    }
                    self.closing = Some(Closing::Lingering { read_bytes });
                }
                None => return Poll::Ready(()),
            }
        }
    }

    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<Expired> {
        let signs = std::mem::take(&mut self.signs);
        // Any sign of life will do.
        self.awaits_pong &= !signs.read;
        let wait = match () {
            () if !self.output.is_empty() => Wait::Room,
            // A viewer that was told of the end is not waited for as long.
            () if self.going == Going::Told => Wait::Pong,
            () if self.streams.count() == 0 => Wait::Request,
            () if self.awaits_pong => Wait::Pong,
            () => Wait::Sign,
        };
        let has_progressed = match wait {
            Wait::Request => signs.served,
            Wait::Sign => signs.read,
            Wait::Pong => false,
            Wait::Room => signs.wrote,
        };
        if has_progressed || wait != self.wait {
            self.deadline.progressed();
        }
        self.wait = wait;
        let limits = &self.worker.limits;
        let period = match wait {
            Wait::Request => {
                self.release_memory();
                limits.idle_timeout
            }
            Wait::Sign => limits.idle_timeout / 2,
            Wait::Pong => limits.handshake_timeout,
            Wait::Room => limits.body_idle_timeout,
        };
        ready!(self.deadline.poll(context, period));
        self.deadline.progressed();
        match wait {
            Wait::Room => return Poll::Ready(Expired::Gone),
            Wait::Pong if self.going != Going::Told => return Poll::Ready(Expired::Gone),
            Wait::Pong => self.take_no_more(),
            Wait::Request if self.going == Going::On => self.say_goodbye(),
            Wait::Request => return Poll::Ready(Expired::Gone),
            Wait::Sign => {
                self.output.ping(0, PING);
                self.awaits_pong = true;
            }
        }
        Poll::Ready(Expired::Said)
    }

    /// Ten thousand idle connections keep little.
    fn release_memory(&mut self) {
        self.streams.shrink_to(IDLE_PLACES);
        self.answerer.shrink_to(IDLE_PLACES);
    }

    /// Streams will be looked at when that time comes, at the latest.
    pub(super) fn wake_at(&mut self, due: Instant) {
        if self.alarm.due.is_none_or(|earlier| due < earlier) {
            self.alarm.due = Some(due);
        }
    }

    /// Looks at the streams whose time has come; true where there were any.
    fn poll_alarm(&mut self, context: &mut Context<'_>) -> bool {
        let mut any = false;
        while let Some(due) = self.alarm.due {
            let timer = self.alarm.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            if timer.as_mut().poll(context).is_pending() {
                break;
            }
            self.alarm.due = None;
            self.look_at_dues(Instant::now());
            any = true;
        }
        any
    }
}

/// What came of a wait that took too long.
enum Expired {
    /// There is something to write.
    Said,
    /// The viewer is gone.
    Gone,
}

/// The greatest id of a stream.
const STREAM_ID_MAX: u32 = 0x7fff_ffff;
