//! A token bucket: a request takes a token, and where there is none it is throttled.

use super::Throttle;

/// The tokens of one bucket; the time is handed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    tokens: f64,
    counted_milliseconds: u64,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn full(throttle: &Throttle, now_milliseconds: u64) -> Self {
        Self { tokens: f64::from(throttle.burst), counted_milliseconds: now_milliseconds }
    }

    /// Fills the bucket up to now; says whether there is a token.
    pub fn has_token(&mut self, throttle: &Throttle, now_milliseconds: u64) -> bool {
        let passed = now_milliseconds.saturating_sub(self.counted_milliseconds).min(FILLING_MILLISECONDS_MAX);
        let added = f64::from(u32::try_from(passed).unwrap_or(u32::MAX)) / 1000.0 * throttle.rate_per_second;
        self.tokens = (self.tokens + added).min(f64::from(throttle.burst));
        self.counted_milliseconds = self.counted_milliseconds.max(now_milliseconds);
        self.tokens >= 1.0
    }

    /// Takes a token that is there.
    pub fn take(&mut self) {
        self.tokens = (self.tokens - 1.0).max(0.0);
    }
}

/// The longest time that is counted at once: 49 days.
const FILLING_MILLISECONDS_MAX: u64 = u32::MAX as u64;
