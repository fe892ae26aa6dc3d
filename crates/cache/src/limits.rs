//! How much the cache may take.

/// Bounds of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What all objects together may take, bookkeeping included.
    pub total_bytes_max: usize,
    /// What one object may take; larger ones are handed to those who wait and then forgotten.
    pub object_bytes_max: usize,
}

impl Limits {
    /// Bounds with that total, and an eighth of it for one object.
    #[must_use]
    pub const fn of_total(total_bytes_max: usize) -> Self {
        Self { total_bytes_max, object_bytes_max: total_bytes_max / 8 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of_total(TOTAL_BYTES_MAX)
    }
}

/// What a cache takes at most when nobody says otherwise: 512 MiB.
const TOTAL_BYTES_MAX: usize = 512 << 20;

/// What the index and the queues take per object, besides its key and the bytes it names (an estimate, upward).
pub(crate) const ENTRY_BYTES: usize = 256;

/// The share of the total that objects on probation may take, in percent (S3-FIFO's small queue).
pub(crate) const PROBATION_PERCENT: usize = 10;

/// How often an object is counted as asked for between two looks of the evictor.
pub(crate) const FREQUENCY_MAX: u8 = 3;

/// How many evicted keys are remembered at least, to know them when they come back.
pub(crate) const GHOSTS_MIN: usize = 256;
