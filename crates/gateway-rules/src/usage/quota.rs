//! A quota: how many requests a client may make in a day, a week or a month.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html>

use crate::time::{MILLISECONDS_PER_DAY, month_number};

/// How often each key of a plan may ask in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How often.
    pub limit: u32,
    /// How many less in the first period.
    pub offset: u32,
    /// The period.
    pub period: Period,
}

/// A period of a quota, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From one first of a month to the next.
    Month,
    /// From Sunday to Saturday (inferred: the pages do not say on which day a week begins).
    Week,
}

/// What a key has used of its quota; the time is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaCount {
    period: u64,
    is_first_period: bool,
    used: u32,
}

impl QuotaCount {
    /// Nothing is used.
    #[must_use]
    pub fn new(quota: &Quota, now_milliseconds: u64) -> Self {
        Self { period: quota.period.number(now_milliseconds), is_first_period: true, used: 0 }
    }

    /// Whether a request is left in the period.
    pub fn has_left(&mut self, quota: &Quota, now_milliseconds: u64) -> bool {
        let period = quota.period.number(now_milliseconds);
        if period != self.period {
            *self = Self { period, is_first_period: false, used: 0 };
        }
        let offset = if self.is_first_period { quota.offset } else { 0 };
        self.used < quota.limit.saturating_sub(offset)
    }

    /// Uses a request that is left.
    pub fn take(&mut self) {
        self.used = self.used.saturating_add(1);
    }
}

impl Period {
    /// The number of the period that a time is in.
    fn number(self, now_milliseconds: u64) -> u64 {
        let day = now_milliseconds / MILLISECONDS_PER_DAY;
        match self {
            Self::Day => day,
            // The first day of the epoch was a Thursday.
            Self::Week => (day + 4) / 7,
            Self::Month => month_number(now_milliseconds),
        }
    }
}
