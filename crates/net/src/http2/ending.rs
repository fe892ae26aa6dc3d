//! How does a connection end? RFC 9113 §5.4.1 and §6.8: a viewer is told, what runs is finished, and what still comes is
//! read for a while.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::calls::Answerer;
use super::connection::Viewer;
use super::frame::ErrorCode;
use super::waits::PING;
use crate::server::Transport;

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
pub(super) enum Closing {
    Writing,
    ShuttingDown,
    Lingering { read_bytes: u64 },
}

impl<IO: Transport, A: Answerer> Viewer<'_, IO, A> {
    /// Nothing is left to be done.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.going, Going::After(_)) && self.streams.count() == 0
    }

    /// The connection ends for a fault of the viewer's; it is told why.
    pub(super) fn fail(&mut self, code: ErrorCode, why: &str) {
        self.output.go_away(self.last_stream, code, why);
        for place in self.streams.places() {
            self.close_stream(place);
        }
        self.close();
    }

    /// What is there is written, then our side is closed.
    pub(super) fn close(&mut self) {
        self.closing = Some(Closing::Writing);
        self.waits.deadline.progressed();
    }

    /// The viewer is told that no more requests are taken; those that it sends until it knows are answered.
    pub(super) fn say_goodbye(&mut self) {
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

    /// Ready when the connection has ended.
    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limits = &self.worker.limits;
        loop {
            if self.waits.deadline.poll(context, limits.linger_timeout).is_ready() {
                return Poll::Ready(());
            }
            match self.closing {
                Some(Closing::Writing) => {
                    let mut written = 0;
                    let wrote = self.output.poll_write(context, &mut self.io, &mut written);
                    if written > 0 {
                        self.waits.deadline.progressed();
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
                    let read = ready!(self.poll_read(context, |_, bytes| bytes.len() as u64));
                    let Ok(length @ 1..) = read else { return Poll::Ready(()) };
                    let read_bytes = read_bytes + length;
                    if read_bytes > limits.drain_bytes_max {
                        return Poll::Ready(());
                    }
                    self.closing = Some(Closing::Lingering { read_bytes });
                }
                None => return Poll::Ready(()),
            }
        }
    }
}

/// The greatest id of a stream.
const STREAM_ID_MAX: u32 = 0x7fff_ffff;
