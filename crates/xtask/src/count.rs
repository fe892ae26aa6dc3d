//! `cargo xtask count`: how many instructions a request takes, and whether that is what `counts.toml` says.
//!
//! The real server runs under callgrind (<https://valgrind.org/docs/manual/cl-manual.html>) with one worker; a viewer
//! asks one thing after the other, and what the worker's thread executed in between is divided by their number. Unlike
//! time, that hardly depends on the machine or on what else it does: it moves when the line does more or less.

mod file;
mod server;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Failure;
use crate::bench::{origin, servers};
use file::Counts;
use server::Server;

/// Whether counts that cannot be made are a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The tests say that they were not made, and how to have them made.
    Optional,
    /// They have to be made.
    Required,
}

/// `cargo xtask count [--update]`
pub fn run(repository: &Path, words: &[&str]) -> Result<(), Failure> {
    match words {
        [] => check(repository, Need::Required),
        ["--update"] => {
            let counted = Counts { rustc: rustc(repository)?, instructions: count(repository)? };
            counted.write(repository)?;
            println!("{}", report(&counted, &counted));
            Ok(())
        }
        _ => Err(Failure(format!("count takes --update and nothing else, not: {}", words.join(" ")))),
    }
}

/// Counts, and compares with what the repository holds.
pub fn check(repository: &Path, need: Need) -> Result<(), Failure> {
    if let Some(missing) = ["valgrind", "vgdb"].into_iter().find(|program| !servers::is_there(program)) {
        let why = format!("counts: not checked, since {missing} is not there; apt-get install valgrind");
        if need == Need::Required {
            return Err(Failure(why));
        }
        println!("{why}");
        return Ok(());
    }
    let known = Counts::read(repository)?;
    let counted = Counts { rustc: rustc(repository)?, instructions: count(repository)? };
    println!("{}", report(&known, &counted));
    if known.rustc != counted.rustc {
        println!(
            "counts: not compared: counts.toml was made with {}, this is {}; cargo xtask count --update, before a \
             change, makes them comparable",
            known.rustc, counted.rustc
        );
        return Ok(());
    }
    let slower = slower(&known, &counted);
    if slower.is_empty() { Ok(()) } else { Err(Failure(slower.join("\n"))) }
}

/// What takes noticeably more than it did, one sentence each.
fn slower(known: &Counts, counted: &Counts) -> Vec<String> {
    let mut sentences = Vec::new();
    for (kind, now) in &counted.instructions {
        match known.of(kind) {
            None => sentences.push(format!("counts.toml has no {kind}: cargo xtask count --update")),
            Some(then) if percent(then, *now) > TOLERANCE_PERCENT => sentences.push(format!(
                "counts: a {kind} takes {now} instructions, {:.1} % more than the {then} of counts.toml. Find out why \
                 (callgrind_annotate on a file in target/counts); if it is worth that: cargo xtask count --update",
                percent(then, *now)
            )),
            Some(_) => {}
        }
    }
    sentences
}

fn report(known: &Counts, counted: &Counts) -> String {
    let row = |(kind, now): &(String, u64)| {
        let Some(then) = known.of(kind) else { return format!("counts: {kind:12} {now:>8}") };
        let change = percent(then, *now);
        let note = if change < -TOLERANCE_PERCENT { "; keep that: cargo xtask count --update" } else { "" };
        format!("counts: {kind:12} {now:>8} instructions a request, {change:+.1} %{note}")
    };
    counted.instructions.iter().map(row).collect::<Vec<_>>().join("\n")
}

fn percent(then: u64, now: u64) -> f64 {
    (now as f64 / then.max(1) as f64 - 1.0) * 100.0
}

/// Instructions of one request of each kind.
fn count(repository: &Path) -> Result<Vec<(String, u64)>, Failure> {
    let program = build(repository)?;
    let folder = repository.join("target/counts");
    servers::fresh(&folder)?;
    let template =
        include_str!("count/template.yaml").replace("${Origin.Port}", &origin::listen()?.to_string());
    let mut server = Server::start(&program, &folder, &template)?;
    let mut number = 0;
    let mut counted = Vec::new();
    for kind in KINDS {
        let mut ask_batch = |server: &mut Server| -> Result<u64, Failure> {
            server.forget()?;
            for _ in 0..BATCH {
                number += 1;
                server.ask(&kind.path.replace("NUMBER", &number.to_string()), kind.x_cache)?;
            }
            server.worker_instructions()
        };
        // What the first ones of a kind do is done for all that follow.
        server.warm_up(kind.path)?;
        ask_batch(&mut server)?;
        let mut fewest = u64::MAX;
        for _ in 0..ROUNDS {
            fewest = fewest.min(ask_batch(&mut server)?);
        }
        counted.push((kind.name.to_owned(), fewest / BATCH));
    }
    Ok(counted)
}

/// What is counted.
struct Kind {
    name: &'static str,
    path: &'static str,
    x_cache: &'static str,
}

const KINDS: &[Kind] = &[
    Kind { name: "hit", path: "/object/hit", x_cache: "Hit from cloudfront" },
    Kind { name: "miss", path: "/object/NUMBER", x_cache: "Miss from cloudfront" },
    Kind { name: "pass-through", path: "/pass/object/NUMBER", x_cache: "Miss from cloudfront" },
];

/// The server with the crates of the line optimized; the others stay as the tests have built them.
fn build(repository: &Path) -> Result<PathBuf, Failure> {
    println!("counts: building");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "frontgate", "--bench", "counted"])
        .args([
            "--config",
            "crates/xtask/src/count/profile.toml",
            "--message-format",
            "json-render-diagnostics",
        ])
        .env("CARGO_INCREMENTAL", "0")
        .current_dir(repository)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| Failure::of("cargo", &error))?;
    if !output.status.success() {
        return Err(Failure("the server that is counted could not be built".into()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut built = messages.filter(|message| message["target"]["name"] == "counted");
    let program = built.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.ok_or_else(|| Failure("cargo did not say where the server that is counted is".into()))
}

fn rustc(repository: &Path) -> Result<String, Failure> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(&rustc)
        .arg("--version")
        .current_dir(repository)
        .output()
        .map_err(|error| Failure::of(&rustc, &error))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split(" (").next().unwrap_or_default().trim().to_owned())
}

/// More than that is a change; less is what hash seeds, addresses and the scheduling of threads make.
const TOLERANCE_PERCENT: f64 = 2.0;
/// Requests that are counted together.
const BATCH: u64 = 500;
/// The batch with the fewest instructions counts: nothing makes fewer than there are.
const ROUNDS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::{Counts, report, slower};

    fn counts(hit: u64) -> Counts {
        Counts { rustc: "rustc 1".into(), instructions: vec![("hit".into(), hit)] }
    }

    #[test]
    fn more_than_the_tolerance_is_slower() {
        for (now, is_slower) in [(900, false), (1000, false), (1019, false), (1021, true), (2000, true)] {
            assert_eq!(!slower(&counts(1000), &counts(now)).is_empty(), is_slower, "{now}");
        }
        assert!(report(&counts(1000), &counts(900)).contains("--update"));
        assert!(!report(&counts(1000), &counts(990)).contains("--update"));
        let unknown = Counts { instructions: Vec::new(), ..counts(0) };
        assert!(!slower(&unknown, &counts(1)).is_empty());
    }
}
