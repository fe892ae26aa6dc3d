//! The time that the line reads: the machine's, or one that stands still until a test advances it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

/// The clock of a server; a seam.
#[derive(Clone, Debug)]
pub struct Clock {
    standing: Option<Arc<Standing>>,
}

/// A time that stands still.
#[derive(Debug)]
struct Standing {
    milliseconds: AtomicU64,
    advanced: Notify,
}

impl Clock {
    /// The machine's clock; with `test`, one that stands still at its present time.
    pub fn new(test: bool) -> Self {
        let standing =
            || Standing { milliseconds: AtomicU64::new(machine_milliseconds()), advanced: Notify::new() };
        Self { standing: test.then(|| Arc::new(standing())) }
    }

    /// Milliseconds since 1970.
    pub fn now_milliseconds(&self) -> u64 {
        let standing = self.standing.as_ref();
        standing.map_or_else(machine_milliseconds, |standing| standing.milliseconds.load(Ordering::Relaxed))
    }

    /// Moves a test clock on; `false` if this is the machine's clock.
    pub fn advance(&self, seconds: u64) -> bool {
        let Some(standing) = &self.standing else { return false };
        standing.milliseconds.fetch_add(seconds * 1000, Ordering::Relaxed);
        standing.advanced.notify_waiters();
        true
    }

    async fn until(&self, milliseconds: u64) {
        loop {
            // Made before the time is read: an advance in between wakes it.
            let advanced = self.standing.as_ref().map(|standing| standing.advanced.notified());
            let left = milliseconds.saturating_sub(self.now_milliseconds());
            if left == 0 {
                return;
            }
            match advanced {
                Some(advanced) => advanced.await,
                // In steps, as the machine may sleep or its clock be set.
                None => tokio::time::sleep(Duration::from_millis(left).min(STEP)).await,
            }
        }
    }
}

impl frontgate_lambda::Clock for Clock {
    fn now_milliseconds(&self) -> u64 {
        Self::now_milliseconds(self)
    }

    fn wait_until(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.until(milliseconds))
    }
}

fn machine_milliseconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

const STEP: Duration = Duration::from_secs(30);
