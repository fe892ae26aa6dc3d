//! Functions behind a REST API: what frontgate adds to a warm call, a thousand calls at once, and cold starts; beside a
//! peer that starts a process for each call and beside `serverless-offline`.
//!
//! Times that somebody waits are measured, over one connection, on all cores. What frontgate adds is its time without
//! that of the function: the same runtime client with the same handler and the same event, at a Runtime API that does
//! nothing else.

mod alone;
mod cold;
mod crowd;
mod per_call;
mod report;
mod serverless_offline;
mod site;
mod warm;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::options::Options;
use super::servers::Running;
use crate::Failure;
use site::Site;

/// One thing that is measured of functions.
pub struct FunctionCase {
    /// What `--cases` calls it.
    pub name: &'static str,
    /// What the table calls it.
    pub title: &'static str,
    work: Work,
}

/// What is done.
#[derive(Clone, Copy)]
enum Work {
    /// One call after the other.
    Warm(Language),
    /// So many calls at once; each function goes on only when all of them run.
    Meeting(usize),
    /// So many calls at once of a function that answers at once.
    Crowd(usize),
    /// The first call of a function.
    Cold(Language),
}

/// What functions are written in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Node,
    Python,
}

/// Who else runs functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A server of ours that starts `node` or `python3` anew for each call, as `sam local` does with its containers.
    PerCall,
    /// `serverless-offline` of npm.
    ServerlessOffline,
}

impl Peer {
    /// What `--peers` and the tables call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::PerCall => "per-call",
            Self::ServerlessOffline => "serverless-offline",
        }
    }
}

/// All whom `--peers` may name.
pub const PEERS: &[Peer] = &[Peer::PerCall, Peer::ServerlessOffline];

/// All of them.
pub const CASES: &[FunctionCase] = &[
    FunctionCase { name: "warm-node", title: "warm call, Node", work: Work::Warm(Language::Node) },
    FunctionCase { name: "warm-python", title: "warm call, Python", work: Work::Warm(Language::Python) },
    FunctionCase { name: "cold-node", title: "cold start, Node", work: Work::Cold(Language::Node) },
    FunctionCase { name: "cold-python", title: "cold start, Python", work: Work::Cold(Language::Python) },
    FunctionCase {
        name: "meeting",
        title: "1,000 calls that wait for each other",
        work: Work::Meeting(1_000),
    },
    FunctionCase { name: "crowd-node", title: "1,000 calls at once, Node", work: Work::Crowd(1_000) },
];

/// A line of a table.
struct Row {
    name: &'static str,
    figures: Result<Figures, Failure>,
}

enum Figures {
    /// How long one waited for an answer.
    Waited { p50_microseconds: f64, p99_microseconds: f64, calls: usize },
    /// How long it took until all had their own answer, and what was in memory then.
    All { milliseconds: f64, processes: usize, resident_kib: u64 },
}

/// What came of a case.
struct Outcome {
    case: &'static FunctionCase,
    rows: Vec<Row>,
}

/// Measures what was asked for, prints it, and gives it as JSON, with what failed.
pub fn run(
    repository: &Path,
    folder: &Path,
    binary: &Path,
    options: &Options,
) -> Result<(Value, Vec<String>), Failure> {
    let programs = Programs::find()?;
    let site = Site::start(repository, folder, binary)?;
    let runner = Runner { programs, site, options, repository };
    let peers = Peers::start(&runner);
    let outcomes: Vec<Outcome> = options
        .function_cases
        .iter()
        .map(|case| {
            let outcome = Outcome { case, rows: runner.measure(case, &peers) };
            report::print(&outcome);
            outcome
        })
        .collect();
    Ok((report::json(&outcomes), report::failures(&outcomes)))
}

/// All that a case needs.
struct Runner<'a> {
    programs: Programs,
    site: Site,
    options: &'a Options,
    repository: &'a Path,
}

impl Runner<'_> {
    fn measure(&self, case: &FunctionCase, peers: &Peers) -> Vec<Row> {
        match case.work {
            Work::Warm(language) => warm::measure(self, peers, language),
            Work::Cold(language) => cold::measure(self, peers, language),
            Work::Meeting(count) => vec![frontgate(crowd::meeting(&self.site, count))],
            Work::Crowd(count) => vec![frontgate(crowd::crowd(&self.site, count))],
        }
    }
}

fn frontgate(figures: Result<Figures, Failure>) -> Row {
    Row { name: "frontgate", figures }
}

/// The real executables, without the detour of a version manager's shim.
struct Programs {
    node: PathBuf,
    python: PathBuf,
}

impl Programs {
    fn find() -> Result<Self, Failure> {
        Ok(Self {
            node: asked("node", &["-p", "process.execPath"])?,
            python: asked("python3", &["-c", "import sys; print(sys.executable)"])?,
        })
    }

    fn of(&self, language: Language) -> &Path {
        match language {
            Language::Node => &self.node,
            Language::Python => &self.python,
        }
    }
}

fn asked(program: &str, arguments: &[&str]) -> Result<PathBuf, Failure> {
    let output =
        Command::new(program).args(arguments).output().map_err(|error| Failure::of(program, &error))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// The peers that take part.
struct Peers {
    there: Vec<Taking>,
}

/// A peer that listens.
struct Taking {
    peer: Peer,
    address: SocketAddr,
    _process: Option<Running>,
}

impl Peers {
    /// One that cannot be had is named and left out.
    fn start(runner: &Runner<'_>) -> Self {
        let start = |peer: &Peer| {
            let started = match peer {
                Peer::PerCall => per_call::start(runner).map(|address| (address, None)),
                Peer::ServerlessOffline => {
                    serverless_offline::start(runner).map(|(address, process)| (address, Some(process)))
                }
            };
            match started {
                Ok((address, process)) => Some(Taking { peer: *peer, address, _process: process }),
                Err(Failure(why)) => {
                    println!("without {}: {why}", peer.word());
                    None
                }
            }
        };
        Self { there: runner.options.function_peers.iter().filter_map(start).collect() }
    }
}

impl Language {
    fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Python => "python",
        }
    }
}

/// The number below which that share of the numbers lies.
fn percentile(numbers: &[f64], share: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (share * sorted.len() as f64) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}
