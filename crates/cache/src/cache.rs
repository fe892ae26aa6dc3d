//! The index: which object a key has, and whether it is still fresh.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::counters::{Counters, Counts, Seen};
use crate::eviction::Evictor;
use crate::flight::{FillPermit, Flight, Flights, Ticket};
use crate::labels::Labels;
use crate::limits::{ENTRY_BYTES, FREQUENCY_MAX, Limits};
use crate::room::{Filling, Room};

/// A cache of objects `T` by key bytes, shared by all threads; cloning it shares it.
pub struct Cache<T> {
    shared: Arc<Shared<T>>,
}

/// What a lookup found, and the right or the duty that goes with it.
pub enum Lookup<T> {
    /// A fresh object.
    Fresh(Arc<Stored<T>>),
    /// An expired object, and the right to replace it.
    Stale(Arc<Stored<T>>, FillPermit<T>),
    /// Somebody else fills this key: wait for the outcome.
    Wait(Ticket<T>),
    /// Nothing, and the right to fill it.
    Miss(FillPermit<T>),
}

/// Where a part of an object is kept, and under which name others wait for it.
#[derive(Clone, Copy, Debug)]
pub struct PartKey<'a> {
    /// The key of the whole object: whoever removes that forgets the fills of its parts, too.
    pub whole: &'a [u8],
    /// The key of the object that the parts are kept in.
    pub parts: &'a [u8],
    /// The name of this very part; it begins with the key of the whole.
    pub part: &'a [u8],
}

/// Whether requests for one key wait for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collapsing {
    /// One fills, the others wait.
    Together,
    /// Everybody fills for themselves.
    Alone,
}

/// From when to when an object is fresh, in unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// When it came.
    pub stored_at: u64,
    /// The first second in which it is no longer fresh.
    pub fresh_until: u64,
}

/// An object as the cache holds it.
pub struct Stored<T> {
    object: T,
    life: Life,
    key: Arc<[u8]>,
    /// The object's number in the evictor's queues; one that replaces another takes over its number.
    number: u64,
    bytes: usize,
    frequency: AtomicU8,
    is_established: AtomicBool,
}

pub(crate) struct Shared<T> {
    index: papaya::HashMap<Arc<[u8]>, Arc<Stored<T>>>,
    flights: Flights<T>,
    writer: Mutex<Writer>,
    /// How often objects were removed by name. A fill that started before a removal is not kept.
    removals: AtomicU64,
    hasher: RandomState,
    counters: Counters,
    limits: Limits,
    filling: Arc<Filling>,
    labels_of: fn(&T) -> &[Box<str>],
}

/// All that only one thread at a time may change.
struct Writer {
    evictor: Evictor,
    labels: Labels,
    next_number: u64,
    stored: u64,
    too_large: u64,
    evicted: u64,
    removed: u64,
}

impl<T> Cache<T> {
    /// An empty cache with those bounds.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::with_labels(limits, |_| &[])
    }

    /// An empty cache whose objects can be removed by the labels that `labels_of` finds on them.
    #[must_use]
    pub fn with_labels(limits: Limits, labels_of: fn(&T) -> &[Box<str>]) -> Self {
        let writer = Writer {
            evictor: Evictor::new(limits.total_bytes_max),
            labels: Labels::default(),
            next_number: 0,
            stored: 0,
            too_large: 0,
            evicted: 0,
            removed: 0,
        };
        let shared = Shared {
            index: papaya::HashMap::new(),
            flights: Flights::new(),
            writer: Mutex::new(writer),
            removals: AtomicU64::new(0),
            hasher: RandomState::new(),
            counters: Counters::new(),
            limits,
            filling: Filling::new(limits),
            labels_of,
        };
        Self { shared: Arc::new(shared) }
    }

    /// What the cache has for `key` at the time `now`. A fresh object is found without a lock or an allocation.
    #[must_use]
    pub fn lookup(&self, key: &[u8], now: u64, collapsing: Collapsing) -> Lookup<T> {
        match self.fresh(key, now) {
            Some(found) => Lookup::Fresh(found),
            None => self.lookup_to_fill(key, now, collapsing),
        }
    }

    /// The same for a part of an object that is kept in parts: fresh is what `serves` the part. An object that is stale
    /// or does not serve it comes with the right to add to it ([`FillPermit::amend`]); fills of different parts go on
    /// beside each other.
    #[must_use]
    pub fn lookup_part(
        &self,
        key: PartKey<'_>,
        now: u64,
        collapsing: Collapsing,
        serves: impl Fn(&T) -> bool,
    ) -> Lookup<T> {
        let shared = &self.shared;
        let hash = shared.hasher.hash_one(key.whole);
        let mut flights = shared.flights.lock(hash);
        if let Some(found) = shared.fresh(key.parts, now).filter(|found| serves(found)) {
            shared.counters.count(Seen::Hit);
            return Lookup::Fresh(found);
        }
        let removals = shared.removals();
        if collapsing == Collapsing::Alone {
            drop(flights);
            return self.permitted(FillPermit::unawaited(shared.clone(), key.parts.into(), removals));
        }
        if let Some(flight) = flights.by_key.get(key.part).filter(|flight| flight.may_be_joined(removals)) {
            shared.counters.count(Seen::Collapsed);
            return Lookup::Wait(Ticket::new(flight.clone()));
        }
        let flight = Arc::new(Flight::new(removals));
        let name: Arc<[u8]> = key.part.into();
        flights.by_key.insert(name.clone(), flight.clone());
        drop(flights);
        self.permitted(FillPermit::with_flight(shared.clone(), key.parts.into(), name, hash, flight))
    }

    /// The object of `key` if it is fresh at the time `now`: without a lock, an allocation, or a right to fill.
    #[must_use]
    pub fn fresh(&self, key: &[u8], now: u64) -> Option<Arc<Stored<T>>> {
        let found = self.shared.fresh(key, now)?;
        self.shared.counters.count(Seen::Hit);
        Some(found)
    }

    /// The object of `key`, fresh or not, without any right or duty; it does not count as asked for.
    #[must_use]
    pub fn peek(&self, key: &[u8]) -> Option<Arc<Stored<T>>> {
        self.shared.index.pin().get(key).cloned()
    }

    /// Removes the object of `key`, and what fills it at this moment for others is not kept; says whether there was one.
    /// Costs other keys nothing, so it may be called at any rate: a fill that nobody can wait for is not known here, and
    /// goes on.
    pub fn remove(&self, key: &[u8]) -> bool {
        let hash = self.shared.hasher.hash_one(key);
        // Fills of parts of the object are in the same place, under names that begin with its key.
        for (name, flight) in &self.shared.flights.lock(hash).by_key {
            if name.starts_with(key) {
                flight.forget();
            }
        }
        // A fill stores its object before it ends, so one that ended meanwhile is found here.
        self.discard(key)
    }

    /// Removes the object of `key`, and what fills it goes on; says whether there was one.
    pub fn discard(&self, key: &[u8]) -> bool {
        if self.peek(key).is_none() {
            return false;
        }
        let mut writer = self.shared.writer();
        let was_there = match self.shared.index.pin().remove(key) {
            Some(stored) => {
                self.shared.forget(&mut writer, stored);
                true
            }
            None => false,
        };
        writer.removed += u64::from(was_there);
        self.shared.compact(&mut writer);
        was_there
    }

    /// Removes all objects of which `is_meant` says so and forgets fills that are under way; says how many went.
    pub fn remove_where(&self, mut is_meant: impl FnMut(&[u8], &T) -> bool) -> usize {
        let mut writer = self.shared.begin_removal();
        let index = self.shared.index.pin();
        let meant: Vec<_> =
            index.values().filter(|stored| is_meant(&stored.key, &stored.object)).cloned().collect();
        self.shared.remove_all(&mut writer, &meant)
    }

    /// The same for the objects with that label, without a look at the others.
    pub fn remove_labeled(&self, label: &str, mut is_meant: impl FnMut(&T) -> bool) -> usize {
        let mut writer = self.shared.begin_removal();
        let index = self.shared.index.pin();
        let labeled = writer.labels.of(label).filter_map(|key| index.get(&key[..]));
        let meant: Vec<_> = labeled.filter(|stored| is_meant(&stored.object)).cloned().collect();
        self.shared.remove_all(&mut writer, &meant)
    }

    /// What the cache has seen and holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let writer = self.shared.writer();
        let counters = &self.shared.counters;
        Counts {
            hits: counters.sum(Seen::Hit),
            misses: counters.sum(Seen::Miss),
            expired: counters.sum(Seen::Expired),
            collapsed: counters.sum(Seen::Collapsed),
            stored: writer.stored,
            too_large: writer.too_large,
            evicted: writer.evicted,
            removed: writer.removed,
            entries: self.shared.index.pin().len() as u64,
            bytes: writer.evictor.bytes() as u64,
        }
    }

    /// The bounds of the cache.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.shared.limits
    }

    fn lookup_to_fill(&self, key: &[u8], now: u64, collapsing: Collapsing) -> Lookup<T> {
        let shared = &self.shared;
        if collapsing == Collapsing::Alone {
            return self.permitted(FillPermit::unawaited(shared.clone(), key.into(), shared.removals()));
        }
        let hash = shared.hasher.hash_one(key);
        let mut flights = shared.flights.lock(hash);
        // Who filled the key meanwhile stored the object before the flight ended.
        if let Some(found) = shared.fresh(key, now) {
            shared.counters.count(Seen::Hit);
            return Lookup::Fresh(found);
        }
        let removals = shared.removals();
        if let Some(flight) = flights.by_key.get(key).filter(|flight| flight.may_be_joined(removals)) {
            shared.counters.count(Seen::Collapsed);
            return Lookup::Wait(Ticket::new(flight.clone()));
        }
        let key: Arc<[u8]> = key.into();
        let flight = Arc::new(Flight::new(removals));
        flights.by_key.insert(key.clone(), flight.clone());
        drop(flights);
        self.permitted(FillPermit::with_flight(shared.clone(), key.clone(), key, hash, flight))
    }

    fn permitted(&self, permit: FillPermit<T>) -> Lookup<T> {
        match self.peek(permit.key()) {
            Some(old) => {
                self.shared.counters.count(Seen::Expired);
                Lookup::Stale(old, permit)
            }
            None => {
                self.shared.counters.count(Seen::Miss);
                Lookup::Miss(permit)
            }
        }
    }
}

impl<T> Clone for Cache<T> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<T> Stored<T> {
    /// When it came, in unix seconds.
    #[must_use]
    pub fn stored_at(&self) -> u64 {
        self.life.stored_at
    }

    /// The first second in which it is no longer fresh.
    #[must_use]
    pub fn fresh_until(&self) -> u64 {
        self.life.fresh_until
    }

    /// The key it is kept under.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    fn slot(&self) -> Slot {
        Slot {
            key: self.key.clone(),
            number: self.number,
            bytes: self.bytes,
            is_established: self.is_established.load(Ordering::Relaxed),
        }
    }

    fn count_use(&self) {
        let frequency = self.frequency.load(Ordering::Relaxed);
        if frequency < FREQUENCY_MAX {
            self.frequency.store(frequency + 1, Ordering::Relaxed);
        }
    }
}

impl<T> Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

/// An object as the evictor's queues know it.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) key: Arc<[u8]>,
    pub(crate) number: u64,
    pub(crate) bytes: usize,
    pub(crate) is_established: bool,
}

impl<T> Shared<T> {
    /// Keeps the object, its life and its bytes that `make` gives, unless it is too large or `is_forgotten`: its key was
    /// removed since the fill began. Both are asked while nobody else may write, as are removals made; `make` sees what
    /// the key has until now.
    pub(crate) fn keep(
        &self,
        key: Arc<[u8]>,
        make: impl FnOnce(Option<&Stored<T>>) -> (T, Life, usize),
        is_forgotten: impl FnOnce(u64) -> bool,
    ) -> Arc<Stored<T>> {
        let mut writer = self.writer();
        let index = self.index.pin();
        let (object, life, bytes) = make(index.get(&key[..]).map(|old| &**old));
        let bytes = bytes.saturating_add(key.len()).saturating_add(ENTRY_BYTES);
        let is_known_ghost = writer.evictor.take_ghost(self.hasher.hash_one(&key[..]));
        let mut stored = Stored {
            object,
            life,
            key,
            number: writer.next_number,
            bytes,
            frequency: AtomicU8::new(0),
            is_established: AtomicBool::new(is_known_ghost),
        };
        if !self.limits.takes(bytes) {
            writer.too_large += 1;
            return Arc::new(stored);
        }
        if is_forgotten(self.removals()) {
            return Arc::new(stored);
        }
        writer.stored += 1;
        if let Some(old) = index.get(&stored.key[..]) {
            stored.number = old.number;
            stored.frequency = AtomicU8::new(old.frequency.load(Ordering::Relaxed));
            stored.is_established = AtomicBool::new(old.is_established.load(Ordering::Relaxed));
            let stored = Arc::new(stored);
            writer.evictor.replace(&old.slot(), bytes);
            writer.labels.remove((self.labels_of)(&old.object), old.number);
            writer.labels.add((self.labels_of)(&stored.object), stored.number, &stored.key);
            index.insert(stored.key.clone(), stored.clone());
            self.evict(&mut writer, &stored);
            return stored;
        }
        writer.next_number += 1;
        let stored = Arc::new(stored);
        writer.evictor.admit(&stored.slot());
        writer.labels.add((self.labels_of)(&stored.object), stored.number, &stored.key);
        index.insert(stored.key.clone(), stored.clone());
        self.evict(&mut writer, &stored);
        stored
    }

    pub(crate) fn flights(&self) -> &Flights<T> {
        &self.flights
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn room(&self) -> Room {
        self.filling.room()
    }

    fn fresh(&self, key: &[u8], now: u64) -> Option<Arc<Stored<T>>> {
        let index = self.index.pin();
        let found = index.get(key).filter(|stored| now < stored.life.fresh_until)?;
        found.count_use();
        Some(found.clone())
    }

    fn removals(&self) -> u64 {
        self.removals.load(Ordering::Acquire)
    }

    fn begin_removal(&self) -> MutexGuard<'_, Writer> {
        let writer = self.writer();
        self.removals.fetch_add(1, Ordering::AcqRel);
        writer
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove_all(&self, writer: &mut Writer, meant: &[Arc<Stored<T>>]) -> usize {
        let index = self.index.pin();
        for stored in meant {
            index.remove(&stored.key[..]);
            self.forget(writer, stored);
        }
        writer.removed += meant.len() as u64;
        self.compact(writer);
        meant.len()
    }

    /// What is said of an object that is removed from the index.
    fn forget(&self, writer: &mut Writer, stored: &Stored<T>) {
        writer.evictor.forget(&stored.slot());
        writer.labels.remove((self.labels_of)(&stored.object), stored.number);
    }

    fn compact(&self, writer: &mut Writer) {
        let index = self.index.pin();
        writer.evictor.compact(|turn| index.get(&turn.key[..]).is_some_and(|s| s.number == turn.number));
    }

    /// Lets objects go until the rest fits: one asked for again on probation is established, the others go first.
    fn evict(&self, writer: &mut Writer, newest: &Stored<T>) {
        let index = self.index.pin();
        while let Some(turn) = writer.evictor.next_turn() {
            let Some(stored) = index.get(&turn.key[..]).filter(|stored| stored.number == turn.number) else {
                writer.evictor.bury();
                continue;
            };
            let frequency = stored.frequency.load(Ordering::Relaxed);
            let slot = stored.slot();
            // A large newcomer would be the first to go, and nothing large would ever be kept.
            let is_newcomer = slot.number == newest.number && !slot.is_established;
            if frequency > 0 || is_newcomer {
                stored.frequency.store(frequency.saturating_sub(1), Ordering::Relaxed);
                stored.is_established.store(true, Ordering::Relaxed);
                writer.evictor.establish(slot);
                continue;
            }
            writer.evictor.evict(&slot, self.hasher.hash_one(&slot.key[..]));
            writer.labels.remove((self.labels_of)(&stored.object), slot.number);
            writer.evicted += 1;
            index.remove(&slot.key[..]);
        }
    }
}

impl Limits {
    fn takes(self, bytes: usize) -> bool {
        bytes <= self.object_bytes_max.saturating_add(ENTRY_BYTES) && bytes <= self.total_bytes_max
    }
}

#[cfg(test)]
impl<T> Cache<T> {
    pub(crate) fn labels(&self) -> usize {
        self.shared.writer().labels.len()
    }

    pub(crate) fn turns(&self) -> usize {
        self.shared.writer().evictor.turns()
    }
}
