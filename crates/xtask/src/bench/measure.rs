//! One case: each server in turn, round after round, and the medians of what came of it.

use super::cases::{AnsweredBy, Case, Protocol, Work};
use super::connections;
use super::load::{Load, ask_for_seconds};
use super::options::Options;
use super::origin::COUNT_PATH;
use super::processes::{cpu_seconds, resident_kib};
use super::servers::{Name, Server, Setup};
use super::sizes::NUMBERED;
use crate::Failure;

/// What was measured of one case.
pub struct Outcome {
    /// The case.
    pub case: &'static Case,
    /// What came of each server: frontgate first, then its peers.
    pub rows: Vec<(Name, Result<Figures, Failure>)>,
}

impl Outcome {
    /// The figure that counts of one server.
    pub fn counted(&self, name: Name) -> Option<f64> {
        let (_, figures) = self.rows.iter().find(|(other, _)| *other == name)?;
        Some(figures.as_ref().ok()?.counted())
    }
}

/// What came of one server.
pub enum Figures {
    /// It was asked; medians of the rounds.
    Speed(Speed),
    /// It kept something.
    Memory {
        /// Bytes that each thing it kept takes.
        bytes_each: f64,
        /// What it takes in all, in KiB.
        resident_kib: u64,
    },
}

impl Figures {
    /// The figure that the ratios are made of: CPU of one request, or bytes of one thing.
    pub fn counted(&self) -> f64 {
        match self {
            Self::Speed(speed) => speed.cpu_microseconds,
            Self::Memory { bytes_each, .. } => *bytes_each,
        }
    }
}

/// The medians of the rounds.
pub struct Speed {
    /// Microseconds of the server's CPU time for one request.
    pub cpu_microseconds: f64,
    /// The same of each round, from least to most: how much they differ tells how noisy the machine was.
    pub cpu_microseconds_rounds: Vec<f64>,
    /// What the one who asked saw.
    pub load: Load,
    /// What lies in memory after it, in KiB.
    pub resident_kib: u64,
}

/// Measures a case; what fails with one server is its row.
pub fn case(case: &'static Case, servers: &[Server], setup: &Setup, options: &Options) -> Outcome {
    let rows = match case.work {
        Work::Ask { protocol, path, answered_by } => {
            let asking = Asking { protocol, path, answered_by };
            let taking_part: Vec<&Server> = taking_part(case, servers).collect();
            asking.measure(&taking_part, setup, options)
        }
        Work::IdleConnections { count } => {
            taking_part(case, servers).map(|server| (server.name, idle(server, count))).collect()
        }
        Work::ManyObjects { count } => {
            taking_part(case, servers).map(|server| (server.name, many_objects(server, count))).collect()
        }
    };
    Outcome { case, rows }
}

fn taking_part<'a>(case: &'a Case, servers: &'a [Server]) -> impl Iterator<Item = &'a Server> {
    servers.iter().filter(|server| server.name == Name::Frontgate || case.peers.contains(&server.name))
}

struct Asking {
    protocol: Protocol,
    path: &'static str,
    answered_by: AnsweredBy,
}

struct Round {
    load: Load,
    cpu_microseconds: f64,
    resident_kib: u64,
}

impl Asking {
    fn measure(
        &self,
        servers: &[&Server],
        setup: &Setup,
        options: &Options,
    ) -> Vec<(Name, Result<Figures, Failure>)> {
        let mut rows: Vec<(Name, Result<Vec<Round>, Failure>)> = servers
            .iter()
            .map(|server| (server.name, self.warm(server, setup).map(|()| Vec::new())))
            .collect();
        for number in 0..options.rounds as usize {
            for step in 0..servers.len() {
                // Each round begins with another one, so that none always comes after the same neighbor.
                let which = (number + step) % servers.len();
                let Ok(rounds) = &mut rows[which].1 else { continue };
                match self.round(servers[which], setup, options.seconds) {
                    Ok(round) => rounds.push(round),
                    Err(why) => rows[which].1 = Err(why),
                }
            }
        }
        rows.into_iter().map(|(name, rounds)| (name, rounds.map(|rounds| median(&rounds)))).collect()
    }

    /// What is done once and is not to be measured: fills, and the start of a process for each connection.
    fn warm(&self, server: &Server, setup: &Setup) -> Result<(), Failure> {
        connections::warm(server.http, self.path)?;
        if self.answered_by == AnsweredBy::Function {
            ask_for_seconds(self.protocol, server.http, self.path, WARMING_SECONDS, &setup.folder)?;
        }
        Ok(())
    }

    fn round(&self, server: &Server, setup: &Setup, seconds: u32) -> Result<Round, Failure> {
        let address = if self.protocol.is_tls() { server.https } else { Some(server.http) };
        let address = address.ok_or_else(|| Failure("it speaks no TLS".into()))?;
        let origin = ([127, 0, 0, 1], setup.origin).into();
        let asked_before = connections::number_at(origin, COUNT_PATH)?;
        let cpu_before = cpu_seconds(server.process());
        let load = ask_for_seconds(self.protocol, address, self.path, seconds, &setup.folder)?;
        let used = cpu_seconds(server.process()) - cpu_before;
        let asked = connections::number_at(origin, COUNT_PATH)? - asked_before;
        self.check(asked, load.requests)?;
        let resident_kib = resident_kib(server.process());
        Ok(Round { cpu_microseconds: used / load.requests * 1e6, load, resident_kib })
    }

    /// Whether those answered who should have.
    fn check(&self, asked_at_origin: u64, requests: f64) -> Result<(), Failure> {
        let is_right = match self.answered_by {
            AnsweredBy::Cache => asked_at_origin <= FILLS_MAX,
            AnsweredBy::Origin => asked_at_origin as f64 >= requests,
            AnsweredBy::Function => asked_at_origin == 0,
        };
        if is_right {
            return Ok(());
        }
        let whom = self.answered_by;
        Err(Failure(format!("{requests} answers of {whom:?}, {asked_at_origin} requests at the origin")))
    }
}

fn idle(server: &Server, count: usize) -> Result<Figures, Failure> {
    connections::warm(server.http, "/1k")?;
    let before = resident_kib(server.process());
    let kept = connections::idle(server.http, "/1k", count)?;
    let after = resident_kib(server.process());
    if !connections::all_open(&kept) {
        return Err(Failure(format!("it did not keep {count} connections open")));
    }
    Ok(memory(before, after, count))
}

fn many_objects(server: &Server, count: usize) -> Result<Figures, Failure> {
    let before = resident_kib(server.process());
    connections::ask_for_all(server.http, (0..count).map(|number| format!("{NUMBERED}{number}")))?;
    Ok(memory(before, resident_kib(server.process()), count))
}

fn memory(before: u64, after: u64, count: usize) -> Figures {
    let bytes_each = after.saturating_sub(before) as f64 * 1024.0 / count as f64;
    Figures::Memory { bytes_each, resident_kib: after }
}

fn median(rounds: &[Round]) -> Figures {
    let sorted = |number: fn(&Round) -> f64| {
        let mut numbers: Vec<f64> = rounds.iter().map(number).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    };
    let middle = |number: fn(&Round) -> f64| {
        let numbers = sorted(number);
        numbers.get(numbers.len() / 2).copied().unwrap_or_default()
    };
    Figures::Speed(Speed {
        cpu_microseconds: middle(|round| round.cpu_microseconds),
        cpu_microseconds_rounds: sorted(|round| round.cpu_microseconds),
        load: Load {
            requests: middle(|round| round.load.requests),
            requests_per_second: middle(|round| round.load.requests_per_second),
            p50_microseconds: middle(|round| round.load.p50_microseconds),
            p99_microseconds: middle(|round| round.load.p99_microseconds),
            p999_microseconds: middle(|round| round.load.p999_microseconds),
        },
        resident_kib: middle(|round| round.resident_kib as f64) as u64,
    })
}

/// Sixteen processes start and run long enough to be compiled.
const WARMING_SECONDS: u32 = 3;
/// What a server may still have to fetch after it was warmed: it may keep more than one copy, such as one per protocol.
const FILLS_MAX: u64 = 64;

#[cfg(test)]
mod tests {
    use super::{AnsweredBy, Asking, Protocol};

    #[test]
    fn the_origin_tells_who_answered() {
        for (answered_by, asked, requests, is_right) in [
            (AnsweredBy::Cache, 16, 1000.0, true),
            (AnsweredBy::Cache, 1000, 1000.0, false),
            (AnsweredBy::Origin, 1000, 1000.0, true),
            (AnsweredBy::Origin, 999, 1000.0, false),
            (AnsweredBy::Function, 1, 1000.0, false),
        ] {
            let asking = Asking { protocol: Protocol::Http1, path: "/1k", answered_by };
            assert_eq!(asking.check(asked, requests).is_ok(), is_right, "{answered_by:?} {asked}");
        }
    }
}
