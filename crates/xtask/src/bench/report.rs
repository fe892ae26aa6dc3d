//! What was measured: tables for people, and the same as JSON for programs.

use serde_json::{Map, Value, json};

use super::cases::Case;
use super::measure::{Figures, Outcome};
use super::options::Options;
use super::processes;
use super::servers::{Name, Setup};
use crate::Failure;

/// A ratio and what it should be.
struct Ratio {
    ratio: Option<f64>,
    goal: Option<f64>,
}

impl Ratio {
    fn is_met(&self) -> Option<bool> {
        Some(self.ratio? <= self.goal?)
    }
}

/// Who takes part, and what was done so that each shows its best.
pub fn print_servers(names: &[Name], setup: &Setup) -> Result<(), Failure> {
    println!();
    for name in names {
        println!("{:<14}{}\n{:14}{}", name.word(), name.version(setup)?, "", name.how());
    }
    let load = processes::load_average();
    if load > LOAD_QUIET_MAX {
        println!("\nThe machine is busy (load {load:.1}): the figures will be noisy.");
    }
    println!();
    Ok(())
}

/// All figures of one case.
pub fn print_case(outcome: &Outcome) {
    println!("{}", outcome.case.title);
    for (name, figures) in &outcome.rows {
        match figures {
            Ok(Figures::Speed(speed)) => println!(
                "  {:<14}{:>9.1} µs CPU ({:.1}–{:.1}){:>9.0}/s   p50 {:.0}  p99 {:.0}  p999 {:.0} µs{:>6} MiB",
                name.word(),
                speed.cpu_microseconds,
                speed.cpu_microseconds_rounds.first().copied().unwrap_or_default(),
                speed.cpu_microseconds_rounds.last().copied().unwrap_or_default(),
                speed.load.requests_per_second,
                speed.load.p50_microseconds,
                speed.load.p99_microseconds,
                speed.load.p999_microseconds,
                speed.resident_kib / 1024,
            ),
            Ok(Figures::Memory { bytes_each, resident_kib }) => {
                println!("  {:<14}{bytes_each:>9.0} bytes each{:>9} MiB", name.word(), resident_kib / 1024);
            }
            Err(why) => println!("  {:<14}failed: {why}", name.word()),
        }
    }
}

/// The table of ratios.
pub fn print_ratios(outcomes: &[Outcome], peers: &[Name]) {
    print!("\n{:<28}", "frontgate's share of");
    for peer in peers {
        print!("{:>20}", peer.word());
    }
    println!();
    for outcome in outcomes {
        print!("{:<28}", outcome.case.title);
        for peer in peers {
            let ratio = ratio(outcome, *peer);
            let text = match (ratio.ratio, ratio.goal, ratio.is_met()) {
                (Some(ratio), Some(goal), Some(true)) => format!("{ratio:.2} ≤ {goal:.2}  ✓"),
                (Some(ratio), Some(goal), _) => format!("{ratio:.2} > {goal:.2}  ✗"),
                (Some(ratio), None, _) => format!("{ratio:.2}         "),
                (None, Some(goal), _) => format!("?? {goal:.2}  ✗"),
                (None, None, _) => "–         ".to_owned(),
            };
            print!("{text:>20}");
        }
        println!();
    }
    println!(
        "\nOne core serves, the other one asks; the figure is the server's CPU time for one request, of all its \
         processes and threads (of memory: the bytes of one thing), frontgate's over the peer's; medians of the \
         rounds; behind ≤ and > stands the goal.\nMemory is what comes on top of what a server takes \
         at its start; nginx takes that of all its connections then."
    );
}

/// The same as JSON.
pub fn json(
    outcomes: &[Outcome],
    names: &[Name],
    setup: &Setup,
    options: &Options,
) -> Result<Value, Failure> {
    let mut servers = Map::new();
    for name in names {
        servers.insert(name.word().into(), json!({"version": name.version(setup)?, "how": name.how()}));
    }
    let cases: Vec<Value> = outcomes.iter().map(|outcome| case(outcome, names)).collect();
    let mut report = frame(options);
    report["servers"] = servers.into();
    report["cases"] = cases.into();
    Ok(report)
}

/// What is said of every measurement.
pub fn frame(options: &Options) -> Value {
    json!({
        "machine": {"processor": processes::processor(), "load_average_at_end": processes::load_average()},
        "seconds": options.seconds,
        "rounds": options.rounds,
    })
}

/// What failed, in words.
pub fn failures(outcomes: &[Outcome]) -> Vec<String> {
    let rows = outcomes.iter().flat_map(|outcome| {
        outcome.rows.iter().filter_map(|(name, figures)| {
            let why = figures.as_ref().err()?;
            Some(format!("{}, {}: {why}", outcome.case.name, name.word()))
        })
    });
    rows.collect()
}

fn case(outcome: &Outcome, names: &[Name]) -> Value {
    let mut servers = Map::new();
    for (name, figures) in &outcome.rows {
        servers.insert(name.word().into(), row(figures));
    }
    let ratios: Map<String, Value> = names
        .iter()
        .filter(|name| outcome.case.peers.contains(name))
        .map(|name| {
            let ratio = ratio(outcome, *name);
            let value = json!({"ratio": ratio.ratio, "goal": ratio.goal, "is_met": ratio.is_met()});
            (name.word().to_owned(), value)
        })
        .collect();
    json!({"case": outcome.case.name, "title": outcome.case.title, "servers": servers, "ratios": ratios})
}

fn row(figures: &Result<Figures, Failure>) -> Value {
    match figures {
        Ok(Figures::Speed(speed)) => json!({
            "cpu_microseconds": speed.cpu_microseconds,
            "cpu_microseconds_rounds": speed.cpu_microseconds_rounds,
            "requests_per_second": speed.load.requests_per_second,
            "p50_microseconds": speed.load.p50_microseconds,
            "p99_microseconds": speed.load.p99_microseconds,
            "p999_microseconds": speed.load.p999_microseconds,
            "resident_kib": speed.resident_kib,
        }),
        Ok(Figures::Memory { bytes_each, resident_kib }) => {
            json!({"bytes_each": bytes_each, "resident_kib": resident_kib})
        }
        Err(Failure(why)) => json!({"failed": why}),
    }
}

fn ratio(outcome: &Outcome, peer: Name) -> Ratio {
    let own = outcome.counted(Name::Frontgate);
    let ratio =
        own.zip(outcome.counted(peer)).map(|(own, other)| own / other).filter(|ratio| ratio.is_finite());
    Ratio { ratio, goal: goal(outcome.case, peer) }
}

fn goal(case: &Case, peer: Name) -> Option<f64> {
    case.goals.iter().find(|goal| goal.peer == peer).map(|goal| goal.ratio_max)
}

/// Above this somebody else works, too.
const LOAD_QUIET_MAX: f64 = 0.7;
