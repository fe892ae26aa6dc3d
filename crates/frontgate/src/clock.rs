//! The time that the line reads: the machine's, or one that stands still until a test advances it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The clock of a server; a seam.
#[derive(Clone, Debug)]
pub struct Clock {
    standing_milliseconds: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The machine's clock; with `test`, one that stands still at its present time.
    pub fn new(test: bool) -> Self {
        Self { standing_milliseconds: test.then(|| Arc::new(AtomicU64::new(machine_milliseconds()))) }
    }

    /// Milliseconds since 1970.
    pub fn now_milliseconds(&self) -> u64 {
        let standing = self.standing_milliseconds.as_ref();
        standing.map_or_else(machine_milliseconds, |standing| standing.load(Ordering::Relaxed))
    }

    /// Moves a test clock on; `false` if this is the machine's clock.
    pub fn advance(&self, seconds: u64) -> bool {
        let Some(standing) = &self.standing_milliseconds else { return false };
        standing.fetch_add(seconds * 1000, Ordering::Relaxed);
        true
    }
}

fn machine_milliseconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
