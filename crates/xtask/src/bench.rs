//! `cargo xtask bench`: requests per second and CPU per request of frontgate, beside nginx on the same machine.
//!
//! One core serves, the other one asks. nginx answers from its own cache over the same origin, in turns with
//! frontgate; the median of the rounds counts. Nothing here is asserted: the numbers are for people.

mod measure;
mod origin;
mod report;
mod servers;

use std::path::Path;
use std::process::Command;

use crate::Failure;
use measure::Measurement;
use servers::{Frontgate, Nginx, Origin};

/// One thing that is measured.
pub struct Case {
    /// What the table calls it.
    pub name: &'static str,
    /// The path that is asked for.
    pub path: &'static str,
    /// Whether nginx is measured, too.
    pub has_peer: bool,
}

/// What was measured of one case.
pub struct Outcome {
    /// The case.
    pub case: &'static Case,
    /// The median of frontgate.
    pub own: Measurement,
    /// The median of nginx.
    pub peer: Option<Measurement>,
}

/// How long and how often.
struct Effort {
    seconds: u32,
    rounds: u32,
}

/// Builds, measures and prints the table.
pub fn run(repository: &Path, options: &[&str]) -> Result<(), Failure> {
    let effort = effort(options)?;
    for program in ["nginx", "wrk", "taskset"] {
        need(program)?;
    }
    println!("building the release binary");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "frontgate"])
        .current_dir(repository)
        .status()
        .map_err(|error| Failure::of("cargo", &error))?;
    if !built.success() {
        return Err(Failure("the release binary could not be built".into()));
    }
    let folder = repository.join("target/bench");
    let origin = Origin::start()?;
    let frontgate = Frontgate::start(&repository.join("target/release/frontgate"), &folder, origin.port())?;
    let nginx = Nginx::start(&folder, origin.port())?;
    let mut outcomes = Vec::new();
    for case in CASES {
        outcomes.push(measure_case(case, &frontgate, &nginx, &effort)?);
    }
    report::print(&outcomes);
    let path = repository.join("target/bench.json");
    let text = report::json(&outcomes, &nginx.version()?).to_string();
    std::fs::write(&path, text).map_err(|error| Failure::of(&path.display().to_string(), &error))
}

/// The small origin of the benchmark; it ends with the process that started it.
pub fn serve_origin() -> Result<(), Failure> {
    origin::serve()
}

fn effort(options: &[&str]) -> Result<Effort, Failure> {
    let mut effort = Effort { seconds: 5, rounds: 3 };
    for pair in options.chunks(2) {
        let number =
            pair.get(1).and_then(|text| text.parse().ok()).filter(|number| (1..=600).contains(number));
        match (pair[0], number) {
            ("--seconds", Some(number)) => effort.seconds = number,
            ("--rounds", Some(number)) => effort.rounds = number,
            _ => {
                return Err(Failure(format!(
                    "bench takes --seconds N and --rounds N, not {}",
                    pair.join(" ")
                )));
            }
        }
    }
    Ok(effort)
}

fn need(program: &str) -> Result<(), Failure> {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).is_file())
    });
    if found {
        return Ok(());
    }
    let package = if program == "taskset" { "util-linux" } else { "nginx wrk" };
    Err(Failure(format!("{program} is not there: apt-get install {package}")))
}

fn measure_case(
    case: &'static Case,
    frontgate: &Frontgate,
    nginx: &Nginx,
    effort: &Effort,
) -> Result<Outcome, Failure> {
    println!("{}", case.name);
    let (mut own, mut peer) = (Vec::new(), Vec::new());
    measure::warm(frontgate.address(), case.path)?;
    if case.has_peer {
        measure::warm(nginx.address(), case.path)?;
    }
    for _ in 0..effort.rounds {
        own.push(measure::round(frontgate.address(), case.path, effort.seconds, frontgate.process())?);
        if case.has_peer {
            peer.push(measure::round(nginx.address(), case.path, effort.seconds, nginx.process())?);
        }
    }
    Ok(Outcome { case, own: measure::median(&own), peer: case.has_peer.then(|| measure::median(&peer)) })
}

const CASES: &[Case] = &[
    Case { name: "hit 1 KiB", path: "/1k", has_peer: true },
    Case { name: "hit 100 KiB", path: "/100k", has_peer: true },
    Case { name: "warm Lambda proxy", path: "/api/hello", has_peer: false },
];
