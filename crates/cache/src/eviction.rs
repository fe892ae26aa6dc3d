//! Who has to go when the bytes no longer fit: S3-FIFO ("FIFO queues are all you need for cache eviction", SOSP 2023).
//!
//! A newcomer is on probation in a small queue. When its turn comes it is established if it was asked for again, else
//! it goes and its key is remembered as a ghost; a ghost that comes back is established at once. An established object
//! that was asked for since its last turn goes to the end of the queue, else it goes. The owner of the index tells
//! which objects were asked for; the queues hold turns, not objects.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::cache::Slot;
use crate::limits::{GHOSTS_MIN, PROBATION_PERCENT};

pub(crate) struct Evictor {
    probation: Queue,
    established: Queue,
    ghosts: VecDeque<u64>,
    known_ghosts: HashSet<u64>,
    total_bytes_max: usize,
    /// Turns of objects that were removed by name.
    dead: usize,
}

/// One place in a queue; dead when the object of that key has another number by now.
pub(crate) struct Turn {
    pub(crate) key: Arc<[u8]>,
    pub(crate) number: u64,
}

#[derive(Default)]
struct Queue {
    turns: VecDeque<Turn>,
    bytes: usize,
}

impl Evictor {
    pub(crate) fn new(total_bytes_max: usize) -> Self {
        Self {
            probation: Queue::default(),
            established: Queue::default(),
            ghosts: VecDeque::new(),
            known_ghosts: HashSet::new(),
            total_bytes_max,
            dead: 0,
        }
    }

    /// What all living objects take.
    pub(crate) fn bytes(&self) -> usize {
        self.probation.bytes + self.established.bytes
    }

    /// A new object.
    pub(crate) fn admit(&mut self, slot: &Slot) {
        let queue = self.queue_of(slot);
        queue.bytes += slot.bytes;
        queue.turns.push_back(Turn { key: slot.key.clone(), number: slot.number });
    }

    /// The object of `old` has become one of another size; it keeps its turn.
    pub(crate) fn replace(&mut self, old: &Slot, bytes: usize) {
        let queue = self.queue_of(old);
        queue.bytes = queue.bytes - old.bytes + bytes;
    }

    /// The object was removed by name; its turn is dead.
    pub(crate) fn forget(&mut self, slot: &Slot) {
        self.queue_of(slot).bytes -= slot.bytes;
        self.dead += 1;
    }

    /// Whose turn it is to stay or to go; `None` when everything fits.
    pub(crate) fn next_turn(&mut self) -> Option<Turn> {
        if self.bytes() <= self.total_bytes_max {
            return None;
        }
        let probation_bytes_max = self.total_bytes_max / 100 * PROBATION_PERCENT;
        let on_probation = self.probation.bytes > probation_bytes_max || self.established.turns.is_empty();
        let (first, second) = if on_probation {
            (&mut self.probation, &mut self.established)
        } else {
            (&mut self.established, &mut self.probation)
        };
        first.turns.pop_front().or_else(|| second.turns.pop_front())
    }

    /// The turn that was taken was dead.
    pub(crate) fn bury(&mut self) {
        self.dead = self.dead.saturating_sub(1);
    }

    /// The object whose turn was taken stays, and is established.
    pub(crate) fn establish(&mut self, slot: Slot) {
        self.queue_of(&slot).bytes -= slot.bytes;
        self.established.bytes += slot.bytes;
        self.established.turns.push_back(Turn { key: slot.key, number: slot.number });
    }

    /// The object whose turn was taken goes; one that never was established is remembered.
    pub(crate) fn evict(&mut self, slot: &Slot, key_hash: u64) {
        self.queue_of(slot).bytes -= slot.bytes;
        if slot.is_established {
            return;
        }
        if self.known_ghosts.insert(key_hash) {
            self.ghosts.push_back(key_hash);
        }
        while self.ghosts.len() > GHOSTS_MIN.max(self.established.turns.len()) {
            if let Some(oldest) = self.ghosts.pop_front() {
                self.known_ghosts.remove(&oldest);
            }
        }
    }

    /// Whether the key was evicted on probation not long ago; asked once.
    pub(crate) fn take_ghost(&mut self, key_hash: u64) -> bool {
        let was_known = self.known_ghosts.remove(&key_hash);
        if was_known {
            self.ghosts.retain(|ghost| *ghost != key_hash);
        }
        was_known
    }

    /// Drops dead turns once they are the majority, so that removing by name costs no memory in the long run.
    pub(crate) fn compact(&mut self, is_alive: impl Fn(&Turn) -> bool) {
        let turns = self.probation.turns.len() + self.established.turns.len();
        if self.dead * 2 <= turns {
            return;
        }
        self.probation.turns.retain(&is_alive);
        self.established.turns.retain(&is_alive);
        self.dead = 0;
    }

    #[cfg(test)]
    pub(crate) fn turns(&self) -> usize {
        self.probation.turns.len() + self.established.turns.len()
    }

    fn queue_of(&mut self, slot: &Slot) -> &mut Queue {
        if slot.is_established { &mut self.established } else { &mut self.probation }
    }
}
