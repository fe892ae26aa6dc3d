//! The time that the line reads: the machine's, or one that a test advances.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The clock of a server; a seam.
#[derive(Clone, Debug)]
pub struct Clock {
    ahead_seconds: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The machine's clock; with `test`, one that can be advanced.
    pub fn new(test: bool) -> Self {
        Self { ahead_seconds: test.then(Arc::default) }
    }

    /// Milliseconds since 1970.
    pub fn now_milliseconds(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ahead = self.ahead_seconds.as_ref().map_or(0, |ahead| ahead.load(Ordering::Relaxed));
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX) + ahead * 1000
    }

    /// Moves a test clock on; `false` if this is the machine's clock.
    pub fn advance(&self, seconds: u64) -> bool {
        let Some(ahead) = &self.ahead_seconds else { return false };
        ahead.fetch_add(seconds, Ordering::Relaxed);
        true
    }
}
