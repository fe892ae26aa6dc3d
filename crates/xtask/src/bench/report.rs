//! The table of the benchmark for people, and the same for programs.

use serde_json::{Value, json};

use super::Outcome;
use super::measure::Measurement;

/// Prints the table.
pub fn print(outcomes: &[Outcome]) {
    println!();
    println!(
        "{:<20}{:>12}{:>12}{:>10}{:>10}{:>10}",
        "", "requests/s", "CPU µs", "p50 µs", "p99 µs", "RSS MiB"
    );
    for outcome in outcomes {
        print_row(outcome.case.name, &outcome.own);
        if let Some(peer) = &outcome.peer {
            print_row("  nginx", peer);
            let (cpu, throughput) = ratios(&outcome.own, peer);
            println!("  frontgate / nginx{throughput:>12.2}×{cpu:>11.2}×");
        }
    }
    println!(
        "\none core serves, one asks; CPU is the server's for one request, its children included; medians"
    );
}

fn print_row(name: &str, row: &Measurement) {
    let resident = row.resident_kib / 1024;
    println!(
        "{name:<20}{:>12.0}{:>12.1}{:>10.0}{:>10.0}{resident:>10}",
        row.requests_per_second, row.cpu_microseconds, row.p50_microseconds, row.p99_microseconds
    );
}

/// CPU and throughput of the first over those of the second.
fn ratios(own: &Measurement, peer: &Measurement) -> (f64, f64) {
    (own.cpu_microseconds / peer.cpu_microseconds, own.requests_per_second / peer.requests_per_second)
}

/// The same as JSON.
pub fn json(outcomes: &[Outcome], peer: &str) -> Value {
    let rows: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "case": outcome.case.name,
                "frontgate": row(&outcome.own),
                "nginx": outcome.peer.as_ref().map(row),
                "cpu_ratio": outcome.peer.as_ref().map(|peer| ratios(&outcome.own, peer).0),
            })
        })
        .collect();
    json!({"peer": peer, "cases": rows})
}

fn row(measurement: &Measurement) -> Value {
    json!({
        "requests_per_second": measurement.requests_per_second,
        "cpu_microseconds": measurement.cpu_microseconds,
        "p50_microseconds": measurement.p50_microseconds,
        "p99_microseconds": measurement.p99_microseconds,
        "resident_kib": measurement.resident_kib,
    })
}
