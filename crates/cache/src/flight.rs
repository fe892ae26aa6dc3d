//! Who fills a key, and who waits for it.
//!
//! The right to fill is a value, the [`FillPermit`]; its holder stores an object, declines, or drops it (a viewer that
//! left, an error on the way), and in each case those who wait for the key learn it at once. Nobody waits for ever.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::cache::{Life, Shared, Stored};
use crate::room::Room;

/// The right to fill one key.
#[must_use = "those who wait for the key are told at once that nobody fills it"]
pub struct FillPermit<T> {
    shared: Arc<Shared<T>>,
    key: Arc<[u8]>,
    removals: u64,
    /// The flight that others wait for; `None` once it has ended or where nobody may wait.
    flight: Option<Boarded<T>>,
}

/// A flight as the one who fills knows it: by its name, in the part of that hash.
struct Boarded<T> {
    hash: u64,
    name: Arc<[u8]>,
    flight: Arc<Flight<T>>,
}

/// A place among those who wait for a key.
pub struct Ticket<T> {
    flight: Arc<Flight<T>>,
    place: Option<usize>,
}

/// What became of a fill.
pub enum Outcome<T> {
    /// Here is the object.
    Stored(Arc<Stored<T>>),
    /// The answer may not be shared: everybody has to go for themselves.
    Declined,
    /// The one who filled gave up: look up again, the next will fill.
    Abandoned,
}

/// A fill under way.
pub(crate) struct Flight<T> {
    removals: u64,
    /// The key was removed meanwhile.
    is_forgotten: AtomicBool,
    waiting: Mutex<Waiting<T>>,
}

struct Waiting<T> {
    outcome: Option<Outcome<T>>,
    wakers: Vec<Option<Waker>>,
    free_places: Vec<usize>,
    tickets: usize,
}

/// All fills under way, in parts by hash of the key.
pub(crate) struct Flights<T> {
    parts: Vec<Mutex<Part<T>>>,
}

/// The fills under way of some keys.
pub(crate) struct Part<T> {
    pub(crate) by_key: HashMap<Arc<[u8]>, Arc<Flight<T>>>,
}

const PARTS: usize = 32;

impl<T> FillPermit<T> {
    pub(crate) fn unawaited(shared: Arc<Shared<T>>, key: Arc<[u8]>, removals: u64) -> Self {
        Self { shared, key, removals, flight: None }
    }

    pub(crate) fn with_flight(
        shared: Arc<Shared<T>>,
        key: Arc<[u8]>,
        name: Arc<[u8]>,
        hash: u64,
        flight: Arc<Flight<T>>,
    ) -> Self {
        let removals = flight.removals;
        Self { shared, key, removals, flight: Some(Boarded { hash, name, flight }) }
    }

    /// The key to fill.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// What one object may take.
    #[must_use]
    pub fn object_bytes_max(&self) -> usize {
        self.shared.limits().object_bytes_max
    }

    /// Where the bytes count that are fetched for it, until it is stored.
    #[must_use]
    pub fn room(&self) -> Room {
        self.shared.room()
    }

    /// Whether somebody waits for this fill.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.flight.as_ref().is_some_and(|boarded| boarded.flight.waiting().tickets > 0)
    }

    /// Keeps `object`, which takes `bytes`, and hands it to all who wait. An object that is too large, or whose key
    /// may have been removed while it was fetched, is handed over and not kept.
    pub fn store(self, object: T, life: Life, bytes: usize) -> Arc<Stored<T>> {
        self.amend(|_| (object, life, bytes))
    }

    /// The same with an object that is made of what the key has until now, fresh or not: the object, its life, and what
    /// it takes. Nobody else writes meanwhile, so it has to be made quickly.
    pub fn amend(mut self, make: impl FnOnce(Option<&Stored<T>>) -> (T, Life, usize)) -> Arc<Stored<T>> {
        let is_forgotten = |removals| match &self.flight {
            Some(boarded) => !boarded.flight.may_be_joined(removals),
            None => self.removals != removals,
        };
        let stored = self.shared.keep(self.key.clone(), make, is_forgotten);
        self.end(Outcome::Stored(stored.clone()));
        stored
    }

    /// The right to fill `key` instead: what was asked for as a part turned out to be the whole.
    pub fn instead_for(mut self, key: &[u8]) -> Self {
        self.key = key.into();
        self
    }

    /// Says that the answer may not be shared.
    pub fn decline(mut self) {
        self.end(Outcome::Declined);
    }

    /// Says to those who wait that the answer may not be shared, and keeps the right to store it for later.
    pub fn alone(mut self) -> Self {
        self.end(Outcome::Declined);
        self
    }

    fn end(&mut self, outcome: Outcome<T>) {
        let Some(Boarded { hash, name, flight }) = self.flight.take() else { return };
        let mut flights = self.shared.flights().lock(hash);
        if flights.by_key.get(&name).is_some_and(|current| Arc::ptr_eq(current, &flight)) {
            flights.by_key.remove(&name);
        }
        drop(flights);
        flight.land(outcome);
    }
}

impl<T> Drop for FillPermit<T> {
    fn drop(&mut self) {
        self.end(Outcome::Abandoned);
    }
}

impl<T> Ticket<T> {
    pub(crate) fn new(flight: Arc<Flight<T>>) -> Self {
        flight.waiting().tickets += 1;
        Self { flight, place: None }
    }
}

impl<T> Future for Ticket<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome<T>> {
        let flight = self.flight.clone();
        let mut waiting = flight.waiting();
        if let Some(outcome) = &waiting.outcome {
            return Poll::Ready(outcome.clone());
        }
        let place = self.place.or_else(|| waiting.free_places.pop()).unwrap_or_else(|| {
            waiting.wakers.push(None);
            waiting.wakers.len() - 1
        });
        self.place = Some(place);
        match &mut waiting.wakers[place] {
            Some(waker) => waker.clone_from(context.waker()),
            empty => *empty = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl<T> Drop for Ticket<T> {
    fn drop(&mut self) {
        let mut waiting = self.flight.waiting();
        waiting.tickets -= 1;
        // Once the flight has landed there are no places any more.
        if let Some(place) = self.place.filter(|place| *place < waiting.wakers.len()) {
            waiting.wakers[place] = None;
            waiting.free_places.push(place);
        }
    }
}

impl<T> Clone for Outcome<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Stored(stored) => Self::Stored(stored.clone()),
            Self::Declined => Self::Declined,
            Self::Abandoned => Self::Abandoned,
        }
    }
}

impl<T> Flight<T> {
    pub(crate) fn new(removals: u64) -> Self {
        let waiting = Waiting { outcome: None, wakers: Vec::new(), free_places: Vec::new(), tickets: 0 };
        Self { removals, is_forgotten: AtomicBool::new(false), waiting: Mutex::new(waiting) }
    }

    /// What comes is for those who wait already, and not to be kept.
    pub(crate) fn forget(&self) {
        self.is_forgotten.store(true, Ordering::Release);
    }

    /// Whether what comes is still to be kept, where the cache counts so many removals.
    pub(crate) fn may_be_joined(&self, removals: u64) -> bool {
        self.removals == removals && !self.is_forgotten.load(Ordering::Acquire)
    }

    fn land(&self, outcome: Outcome<T>) {
        let wakers = {
            let mut waiting = self.waiting();
            waiting.outcome = Some(outcome);
            std::mem::take(&mut waiting.wakers)
        };
        for waker in wakers.into_iter().flatten() {
            waker.wake();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Flights<T> {
    pub(crate) fn new() -> Self {
        Self { parts: (0..PARTS).map(|_| Mutex::new(Part { by_key: HashMap::new() })).collect() }
    }

    pub(crate) fn lock(&self, key_hash: u64) -> MutexGuard<'_, Part<T>> {
        // The low bits choose the place in the index; take others.
        let part = (key_hash >> 32) as usize % PARTS;
        self.parts[part].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
