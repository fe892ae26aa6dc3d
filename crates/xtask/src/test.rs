//! `cargo xtask test`: everything that has to be green, and the totals at the end.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::count::{self, Need};
use crate::{Failure, tidy};

/// Builds the binary that the stories run, tidies, runs every test of the workspace, and counts instructions.
pub fn run(repository: &Path, counts: Need) -> Result<(), Failure> {
    cargo(repository, &["build", "--workspace"])?;
    tidy::run(repository)?;
    let totals = run_tests(repository)?;
    println!("\nin all: {} passed, {} failed, {} ignored", totals.passed, totals.failed, totals.ignored);
    if !totals.succeeded || totals.failed > 0 {
        return Err(Failure("the tests failed".into()));
    }
    if totals.passed == 0 {
        return Err(Failure("no test ran".into()));
    }
    count::check(repository, counts)
}

/// What the tests came to.
#[derive(Default)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
    succeeded: bool,
}

fn cargo(repository: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(repository)
        .status()
        .map_err(|error| Failure::of("cargo", &error))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("cargo {} failed", arguments.join(" ")))) }
}

/// Runs the tests, shows what they print as it comes and adds up the lines that close each suite.
fn run_tests(repository: &Path) -> Result<Totals, Failure> {
    let failed = |error: std::io::Error| Failure::of("cargo test", &error);
    let mut child = Command::new(env!("CARGO"))
        .args(["test", "--workspace", "--no-fail-fast"])
        .current_dir(repository)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut totals = Totals::default();
    if let Some(output) = child.stdout.take() {
        let mut shown = std::io::stdout().lock();
        for line in BufReader::new(output).lines() {
            let line = line.map_err(failed)?;
            writeln!(shown, "{line}").map_err(failed)?;
            add(&mut totals, &line);
        }
    }
    totals.succeeded = child.wait().map_err(failed)?.success();
    Ok(totals)
}

/// Adds `test result: ok. 8 passed; 0 failed; 0 ignored; …`.
fn add(totals: &mut Totals, line: &str) {
    let Some(result) = line.strip_prefix("test result: ") else { return };
    for part in result.split([';', '.']) {
        let Some((number, word)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match word {
            "passed" => totals.passed += number,
            "failed" => totals.failed += number,
            "ignored" => totals.ignored += number,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Totals, add};

    #[test]
    fn the_closing_lines_are_added_up() {
        let mut totals = Totals::default();
        add(
            &mut totals,
            "test result: ok. 8 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
        );
        add(&mut totals, "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");
        add(&mut totals, "test some_test ... ok");
        assert_eq!((totals.passed, totals.failed, totals.ignored), (10, 1, 1));
    }
}
