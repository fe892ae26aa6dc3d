//! How long does a connection wait, and for what?
//!
//! One timer serves the waits of the connection as a whole, another one the dues of its streams.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

use super::calls::Answerer;
use super::connection::Viewer;
use super::ending::Going;
use super::limits::IDLE_PLACES;
use crate::server::{Deadline, Transport};

/// The waits of a connection.
pub(super) struct Waits {
    pub(super) deadline: Deadline,
    wait: Wait,
    /// A PING is meant to find out whether the viewer is still there.
    awaits_pong: bool,
    pub(super) signs: Signs,
    alarm: Alarm,
}

impl Waits {
    pub(super) fn new() -> Self {
        Self {
            deadline: Deadline::new(),
            wait: Wait::Request,
            awaits_pong: false,
            signs: Signs::default(),
            alarm: Alarm::default(),
        }
    }
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
    pub(super) read: bool,
    pub(super) wrote: bool,
    pub(super) served: bool,
}

/// The time at which streams must be looked at.
#[derive(Default)]
struct Alarm {
    timer: Option<Pin<Box<Sleep>>>,
    due: Option<Instant>,
}

/// What came of a wait that took too long.
pub(super) enum Expired {
    /// There is something to write.
    Said,
    /// The viewer is gone.
    Gone,
}

impl<IO: Transport, A: Answerer> Viewer<'_, IO, A> {
    /// Ready when a wait has taken too long.
    pub(super) fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<Expired> {
        let signs = std::mem::take(&mut self.waits.signs);
        // Any sign of life will do.
        self.waits.awaits_pong &= !signs.read;
        let wait = match () {
            () if !self.output.is_empty() => Wait::Room,
            // A viewer that was told of the end is not waited for as long.
            () if self.going == Going::Told => Wait::Pong,
            () if self.streams.count() == 0 => Wait::Request,
            () if self.waits.awaits_pong => Wait::Pong,
            () => Wait::Sign,
        };
        let has_progressed = match wait {
            Wait::Request => signs.served,
            Wait::Sign => signs.read,
            Wait::Pong => false,
            Wait::Room => signs.wrote,
        };
        if has_progressed || wait != self.waits.wait {
            self.waits.deadline.progressed();
        }
        self.waits.wait = wait;
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
        ready!(self.waits.deadline.poll(context, period));
        self.waits.deadline.progressed();
        match wait {
            Wait::Room => return Poll::Ready(Expired::Gone),
            Wait::Pong if self.going != Going::Told => return Poll::Ready(Expired::Gone),
            Wait::Pong => self.take_no_more(),
            Wait::Request if self.going == Going::On => self.say_goodbye(),
            Wait::Request => return Poll::Ready(Expired::Gone),
            Wait::Sign => {
                self.output.ping(0, PING);
                self.waits.awaits_pong = true;
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
        if self.waits.alarm.due.is_none_or(|earlier| due < earlier) {
            self.waits.alarm.due = Some(due);
        }
    }

    /// Looks at the streams whose time has come; true where there were any.
    pub(super) fn poll_alarm(&mut self, context: &mut Context<'_>) -> bool {
        let mut any = false;
        while let Some(due) = self.waits.alarm.due {
            let timer = self.waits.alarm.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            if timer.as_mut().poll(context).is_pending() {
                break;
            }
            self.waits.alarm.due = None;
            self.look_at_dues(Instant::now());
            any = true;
        }
        any
    }
}

/// What we write into our PINGs.
pub(super) const PING: &[u8; 8] = b"frontgat";
