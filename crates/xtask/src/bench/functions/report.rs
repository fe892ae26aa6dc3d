//! What was measured of functions: tables for people, and the same as JSON for programs.

use serde_json::{Map, Value, json};

use super::cold::BARE_PROGRAM;
use super::warm::FUNCTION_ALONE;
use super::{Figures, Outcome, Work};

/// All figures of one case.
pub fn print(outcome: &Outcome) {
    println!("\n{}", outcome.case.title);
    for row in &outcome.rows {
        match &row.figures {
            Ok(Figures::Waited { p50_microseconds, p99_microseconds, calls }) => println!(
                "  {:<20}p50 {:>10.3}  p99 {:>10.3} ms{:>9} calls{}",
                row.name,
                p50_microseconds / 1e3,
                p99_microseconds / 1e3,
                calls,
                ratio(outcome, row.name),
            ),
            Ok(Figures::All { milliseconds, processes, resident_kib }) => println!(
                "  {:<20}all answered in {milliseconds:.0} ms, {processes} processes, {} MiB",
                row.name,
                resident_kib / 1024
            ),
            Err(why) => println!("  {:<20}failed: {why}", row.name),
        }
    }
    if let Some((what, own, goal)) = own_share(outcome) {
        let sign = if own <= goal { '✓' } else { '✗' };
        println!("  {what}: {:.3} ms, goal {:.3}  {sign}", own / 1e3, goal / 1e3);
    }
}

/// What failed, in words.
pub fn failures(outcomes: &[Outcome]) -> Vec<String> {
    let rows = outcomes.iter().flat_map(|outcome| outcome.rows.iter().map(move |row| (outcome, row)));
    rows.filter_map(|(outcome, row)| {
        let why = row.figures.as_ref().err()?;
        Some(format!("{}, {}: {why}", outcome.case.name, row.name))
    })
    .collect()
}

/// The same as JSON.
pub fn json(outcomes: &[Outcome]) -> Value {
    let case = |outcome: &Outcome| {
        let rows: Map<String, Value> = outcome
            .rows
            .iter()
            .map(|row| (row.name.to_owned(), row.figures.as_ref().map_or(Value::Null, figures)))
            .collect();
        let own = own_share(outcome).map(|(what, own, goal)| {
            json!({"what": what, "p50_microseconds": own, "goal_microseconds": goal, "is_met": own <= goal})
        });
        json!({"case": outcome.case.name, "title": outcome.case.title, "rows": rows, "own": own})
    };
    outcomes.iter().map(case).collect()
}

fn figures(figures: &Figures) -> Value {
    match figures {
        Figures::Waited { p50_microseconds, p99_microseconds, calls } => {
            json!({"p50_microseconds": p50_microseconds, "p99_microseconds": p99_microseconds, "calls": calls})
        }
        Figures::All { milliseconds, processes, resident_kib } => {
            json!({"milliseconds": milliseconds, "processes": processes, "resident_kib": resident_kib})
        }
    }
}

/// What frontgate adds, and how much that may be.
fn own_share(outcome: &Outcome) -> Option<(&'static str, f64, f64)> {
    let (what, without, goal) = match outcome.case.work {
        Work::Warm(_) => ("frontgate's own share at the median", FUNCTION_ALONE, WARM_MICROSECONDS_MAX),
        Work::Cold(_) => ("above the bare program at the median", BARE_PROGRAM, COLD_MICROSECONDS_MAX),
        Work::Meeting(_) | Work::Crowd(_) => return None,
    };
    Some((what, median(outcome, "frontgate")? - median(outcome, without)?, goal))
}

/// frontgate's share of a peer's time.
fn ratio(outcome: &Outcome, name: &str) -> String {
    let ratio = median(outcome, "frontgate").zip(median(outcome, name)).map(|(own, other)| own / other);
    match ratio {
        Some(ratio) if name != "frontgate" => format!("   frontgate takes {ratio:.3} of it"),
        _ => String::new(),
    }
}

fn median(outcome: &Outcome, name: &str) -> Option<f64> {
    let row = outcome.rows.iter().find(|row| row.name == name)?;
    match row.figures.as_ref().ok()? {
        Figures::Waited { p50_microseconds, .. } => Some(*p50_microseconds),
        Figures::All { .. } => None,
    }
}

const WARM_MICROSECONDS_MAX: f64 = 300.0;
const COLD_MICROSECONDS_MAX: f64 = 60_000.0;
