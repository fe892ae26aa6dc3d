//! May another execution environment be started now? AWS starts one for each invocation that runs at the same time, up
//! to the concurrency of the account; one machine has bounds of its own: so many processes, so much memory, and only
//! so many starts at once, as many more would only take the time from each other until their init phase is over.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::limits::{
    MEMORY_LEFT_MB_MIN, PROCESSES_WITHOUT_LOOK_MAX, START_TIME_COUNTED_MAX, STARTS_AT_ONCE_MIN,
    STARTS_PER_CORE,
};

/// The starts that are under way, and the bounds.
#[derive(Debug)]
pub(crate) struct Starts {
    under_way: HashMap<u64, Instant>,
    at_once_max: usize,
    processes_max: usize,
}

/// Whether one may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It may.
    Free,
    /// There are as many as may be, or as the memory of the machine allows: another one has to end.
    NoProcess,
    /// Enough start already; one of them will be done soon.
    NoStart,
}

impl Starts {
    pub(crate) fn new(processes_max: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            under_way: HashMap::new(),
            at_once_max: STARTS_AT_ONCE_MIN.max(cores * STARTS_PER_CORE),
            processes_max: processes_max.max(1),
        }
    }

    /// Whether another one may be started beside so many `environments`.
    pub(crate) fn room(&mut self, environments: usize, now: Instant) -> Room {
        if !self.has_process(environments) {
            return Room::NoProcess;
        }
        if self.under_way.len() >= self.at_once_max {
            self.under_way.retain(|_, since| now.saturating_duration_since(*since) < START_TIME_COUNTED_MAX);
        }
        if self.under_way.len() >= self.at_once_max {
            return Room::NoStart;
        }
        let is_short = environments >= PROCESSES_WITHOUT_LOOK_MAX && !has_memory(memory_left_mb());
        if is_short { Room::NoProcess } else { Room::Free }
    }

    /// Whether there may be another process, however many start now.
    pub(crate) fn has_process(&self, environments: usize) -> bool {
        environments < self.processes_max
    }

    /// An environment begins to start.
    pub(crate) fn begin(&mut self, id: u64, now: Instant) {
        self.under_way.insert(id, now);
    }

    /// An environment has started, or has ended.
    pub(crate) fn end(&mut self, id: u64) {
        self.under_way.remove(&id);
    }
}

/// How often a process of so many is looked at while it runs: all looks together take a bounded share of the machine.
pub(crate) fn look_interval(processes: usize) -> Duration {
    let shared = crate::limits::LOOK_TIME_SHARE * u32::try_from(processes).unwrap_or(u32::MAX);
    crate::limits::MEMORY_LOOK_INTERVAL.max(shared)
}

/// Where the system does not say how much is left, there are only as many as are always allowed.
fn has_memory(left_mb: Option<u64>) -> bool {
    left_mb.is_some_and(|left| left >= MEMORY_LEFT_MB_MIN)
}

/// What the machine has left without swapping.
fn memory_left_mb() -> Option<u64> {
    left_of(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn left_of(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_start_at_once() {
        let (mut starts, now) = (Starts::new(1_000), Instant::now());
        for id in 0..starts.at_once_max as u64 {
            assert_eq!(starts.room(0, now), Room::Free);
            starts.begin(id, now);
        }
        assert_eq!(starts.room(20, now), Room::NoStart);
        starts.end(3);
        assert_eq!(starts.room(20, now), Room::Free);
        starts.begin(3, now);
        assert_eq!(starts.room(1_000, now), Room::NoProcess);
        // One that takes long, because it waits for another function, say, does not hold up the others forever.
        assert_eq!(starts.room(20, now + START_TIME_COUNTED_MAX), Room::Free);
    }

    #[test]
    fn memory_that_is_left() {
        assert_eq!(left_of("MemTotal: 9 kB\nMemAvailable:    2097152 kB\n"), Some(2_048));
        assert_eq!(left_of("MemTotal: 9 kB\n"), None);
        assert!(has_memory(Some(MEMORY_LEFT_MB_MIN)) && !has_memory(Some(0)) && !has_memory(None));
    }

    #[test]
    fn many_are_looked_at_less_often() {
        assert_eq!(look_interval(1), look_interval(100));
        assert_eq!(look_interval(1_000), look_interval(100) * 10);
    }
}
