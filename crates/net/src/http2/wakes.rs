//! Which streams of a connection have something to do? All of them are polled by one task, each through a waker of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

/// The streams that were woken.
pub(super) struct Wakes {
    shared: Arc<Shared>,
    /// One per place of a stream, made when it is first used.
    wakers: Vec<Waker>,
    /// Those that are being looked at.
    taken: Vec<u64>,
}

struct Shared {
    is_any: AtomicBool,
    woken: Mutex<Woken>,
}

struct Woken {
    /// A bit per place.
    places: Vec<u64>,
    task: Waker,
}

struct PlaceWaker {
    shared: Arc<Shared>,
    place: usize,
}

impl Wakes {
    pub(super) fn new() -> Self {
        let woken = Woken { places: Vec::new(), task: Waker::noop().clone() };
        let shared = Arc::new(Shared { is_any: AtomicBool::new(false), woken: Mutex::new(woken) });
        Self { shared, wakers: Vec::new(), taken: Vec::new() }
    }

    /// The connection's task is the one of `context`.
    pub(super) fn set_task(&mut self, context: &Context<'_>) {
        let mut woken = lock(&self.shared);
        if !woken.task.will_wake(context.waker()) {
            woken.task = context.waker().clone();
        }
    }

    /// The waker of a place.
    pub(super) fn waker(&mut self, place: usize) -> &Waker {
        while self.wakers.len() <= place {
            let waker = PlaceWaker { shared: self.shared.clone(), place: self.wakers.len() };
            self.wakers.push(Waker::from(Arc::new(waker)));
        }
        &self.wakers[place]
    }

    /// Takes over the places that were woken; true where there are any.
    pub(super) fn take(&mut self) -> bool {
        if !self.shared.is_any.swap(false, Ordering::AcqRel) {
            return false;
        }
        self.taken.clear();
        std::mem::swap(&mut lock(&self.shared).places, &mut self.taken);
        true
    }

    /// The next of the places that were taken over.
    pub(super) fn next(&mut self) -> Option<usize> {
        let (index, bits) = self.taken.iter_mut().enumerate().find(|(_, bits)| **bits != 0)?;
        let bit = bits.trailing_zeros();
        *bits &= *bits - 1;
        Some(index * 64 + bit as usize)
    }
}

impl Wake for PlaceWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut woken = lock(&self.shared);
        let index = self.place / 64;
        if woken.places.len() <= index {
            woken.places.resize(index + 1, 0);
        }
        woken.places[index] |= 1 << (self.place % 64);
        // While one is waiting to be looked at, the task has been woken already.
        if !self.shared.is_any.swap(true, Ordering::AcqRel) {
            let task = woken.task.clone();
            drop(woken);
            task.wake();
        }
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Woken> {
    // No code that panics runs under the lock.
    shared.woken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake, Waker};

    use super::Wakes;

    struct Counted(AtomicUsize);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_task_is_woken_once_and_sees_all_places() {
        let counted = Arc::new(Counted(AtomicUsize::new(0)));
        let task = Waker::from(counted.clone());
        let mut wakes = Wakes::new();
        wakes.set_task(&Context::from_waker(&task));
        assert!(!wakes.take());
        for place in [200, 3, 64, 3] {
            wakes.waker(place).wake_by_ref();
        }
        assert_eq!(counted.0.load(Ordering::Relaxed), 1);
        assert!(wakes.take());
        let places: Vec<usize> = std::iter::from_fn(|| wakes.next()).collect();
        assert_eq!(places, [3, 64, 200]);
        assert!(!wakes.take());
        wakes.waker(1).wake_by_ref();
        assert_eq!(counted.0.load(Ordering::Relaxed), 2);
    }
}
