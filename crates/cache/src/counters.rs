//! How often what happened: counted per group of threads, so that no two cores write one line of memory for a hit.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What a cache has seen and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lookups that found a fresh object.
    pub hits: u64,
    /// Lookups that found nothing and got a permit.
    pub misses: u64,
    /// Lookups that found an expired object and got a permit.
    pub expired: u64,
    /// Lookups that got a ticket.
    pub collapsed: u64,
    /// Objects stored.
    pub stored: u64,
    /// Objects that were larger than one object may be.
    pub too_large: u64,
    /// Objects that had to go for others.
    pub evicted: u64,
    /// Objects that were removed by name.
    pub removed: u64,
    /// Objects held now.
    pub entries: u64,
    /// Bytes held now, bookkeeping included.
    pub bytes: u64,
}

/// What one lookup counts as.
#[derive(Clone, Copy)]
pub(crate) enum Seen {
    Hit,
    Miss,
    Expired,
    Collapsed,
}

pub(crate) struct Counters {
    groups: [Group; GROUPS],
}

#[derive(Default)]
#[repr(align(128))]
struct Group {
    seen: [AtomicU64; 4],
}

const GROUPS: usize = 16;

impl Counters {
    pub(crate) fn new() -> Self {
        Self { groups: Default::default() }
    }

    pub(crate) fn count(&self, seen: Seen) {
        let group = GROUP_OF_THREAD.with(|group| *group);
        self.groups[group].seen[seen as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn sum(&self, seen: Seen) -> u64 {
        self.groups.iter().map(|group| group.seen[seen as usize].load(Ordering::Relaxed)).sum()
    }
}

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static GROUP_OF_THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed) % GROUPS;
}
