//! How long a function may compute, and how long it did.
//!
//! AWS tells the time of a function as a share of the most that it may take ("compute utilization", 0 to 100) and says
//! no more than that functions run in less than a millisecond. Counted is the processor's time of the thread, so that a
//! busy machine makes no function slower.

use std::cell::Cell;
use std::rc::Rc;

use rustix::time::{ClockId, clock_gettime};

/// The time that is a utilization of 100. Inferred from "submillisecond".
pub const COMPUTE_FULL_MICROSECONDS: u64 = 1_000;

/// The time after which a function is stopped. Inferred: no two machines are equally fast, so a function that AWS would
/// just let through has room here.
pub const COMPUTE_MICROSECONDS_MAX: u64 = 5_000;

/// Counts the time of one call, and knows when it is over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    inner: Rc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    started: Cell<u64>,
    /// No call is limited while this is false.
    running: Cell<bool>,
    stopped: Cell<bool>,
}

impl Meter {
    /// A call begins.
    pub(crate) fn start(&self) {
        self.inner.started.set(thread_microseconds());
        self.inner.running.set(true);
        self.inner.stopped.set(false);
    }

    /// The call has ended; its microseconds.
    pub(crate) fn stop(&self) -> u64 {
        self.inner.running.set(false);
        self.spent()
    }

    /// Whether the call must be stopped.
    pub(crate) fn is_over(&self) -> bool {
        let over = self.inner.running.get() && self.spent() > COMPUTE_MICROSECONDS_MAX;
        if over {
            self.inner.stopped.set(true);
        }
        over
    }

    /// Whether the call was stopped.
    pub(crate) fn was_stopped(&self) -> bool {
        self.inner.stopped.get()
    }

    fn spent(&self) -> u64 {
        thread_microseconds().saturating_sub(self.inner.started.get())
    }
}

/// The utilization of a call that took that long.
pub(crate) fn utilization(microseconds: u64) -> u32 {
    u32::try_from(microseconds.saturating_mul(100) / COMPUTE_FULL_MICROSECONDS).unwrap_or(100).min(100)
}

fn thread_microseconds() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000_000 + u64::try_from(time.tv_nsec).unwrap_or_default() / 1_000
}
