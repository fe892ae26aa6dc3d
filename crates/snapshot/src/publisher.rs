//! How a new snapshot reaches the requests: one pointer is swapped, requests under way keep the old one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Cache};

use crate::Snapshot;

/// The writer's side; there is one.
#[derive(Clone)]
pub struct Publisher {
    current: Arc<ArcSwap<Snapshot>>,
    recent: Arc<Mutex<VecDeque<Arc<Snapshot>>>>,
}

/// The side of one worker: reading the current snapshot costs about a nanosecond.
pub struct Reader {
    cache: Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>,
}

impl Publisher {
    /// A publisher whose current snapshot is `first`.
    #[must_use]
    pub fn new(first: Snapshot) -> Self {
        let first = Arc::new(first);
        Self {
            current: Arc::new(ArcSwap::new(Arc::clone(&first))),
            recent: Arc::new(Mutex::new(VecDeque::from([first]))),
        }
    }

    /// Requests that start from now on read `next`.
    pub fn publish(&self, next: Snapshot) {
        let next = Arc::new(next);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == RECENT_MAX {
            recent.pop_front();
        }
        recent.push_back(Arc::clone(&next));
        self.current.store(next);
    }

    /// The snapshot of that generation, so that an answer of a moment ago can still be explained.
    #[must_use]
    pub fn generation(&self, generation: u32) -> Option<Arc<Snapshot>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().find(|snapshot| snapshot.generation == generation).map(Arc::clone)
    }

    /// The current snapshot.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// A reader for one worker.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { cache: Cache::new(Arc::clone(&self.current)) }
    }
}

impl Reader {
    /// The snapshot for a request that starts now.
    pub fn current(&mut self) -> Arc<Snapshot> {
        Arc::clone(self.cache.load())
    }
}

/// How many configurations are kept for explanations.
const RECENT_MAX: usize = 16;
