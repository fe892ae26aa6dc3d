//! How much may bodies take that are on their way into the cache?
//!
//! An object counts once it is stored. Until then its bytes, and those that a slow viewer has not taken yet, count here,
//! so that many large answers at once cannot take more than a share of the cache beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Limits;

/// Room that is taken; dropping it gives it back.
#[derive(Debug)]
pub struct Room {
    filling: Arc<Filling>,
    bytes: usize,
}

/// What all fills of a cache hold.
#[derive(Debug)]
pub(crate) struct Filling {
    bytes: AtomicUsize,
    bytes_max: usize,
}

impl Filling {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        // An object on its way may be there twice: for the cache, and for a viewer that has not read a byte.
        let one = limits.object_bytes_max.saturating_mul(2);
        let bytes_max = one.max(limits.total_bytes_max / FILLING_SHARE);
        Arc::new(Self { bytes: AtomicUsize::new(0), bytes_max })
    }

    /// No room yet.
    pub(crate) fn room(self: &Arc<Self>) -> Room {
        Room { filling: Arc::clone(self), bytes: 0 }
    }
}

impl Room {
    /// Takes room for so many bytes more; says whether there was enough.
    #[must_use]
    pub fn grow(&mut self, bytes: usize) -> bool {
        let Filling { bytes: taken, bytes_max } = &*self.filling;
        let grown = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
            taken.checked_add(bytes).filter(|taken| taken <= bytes_max)
        });
        if grown.is_ok() {
            self.bytes += bytes;
        }
        grown.is_ok()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.filling.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Which part of the cache's total fills may take beside it.
const FILLING_SHARE: usize = 4;

#[cfg(test)]
mod tests {
    use super::{Filling, Limits};

    #[test]
    fn room_is_limited_and_given_back() {
        let filling = Filling::new(Limits { total_bytes_max: 400, object_bytes_max: 30 });
        let (mut first, mut second) = (filling.room(), filling.room());
        assert!(first.grow(60) && second.grow(40));
        assert!(!first.grow(1) && first.grow(0) && !second.grow(usize::MAX));
        drop(first);
        assert!(second.grow(60) && !second.grow(1));
        // An object of the greatest length has room twice, however small the cache is.
        let small = Filling::new(Limits { total_bytes_max: 100, object_bytes_max: 100 });
        let mut all = small.room();
        assert!(all.grow(200) && !all.grow(1));
    }
}
