//! `cargo xtask bench`: the CPU time that frontgate takes for a request, beside the best caches on the same machine.
//!
//! Of functions, in [`functions`], the time that somebody waits. Of all else: one core serves, the other one asks. nginx, HAProxy, Varnish and Apache Traffic Server answer over the same origin,
//! in turns with frontgate, and a bare epoll loop says what the kernel alone takes; the medians of the rounds count.
//! Goals stand beside the ratios; a goal that is missed is no failure, an answer that is missing is one.

mod cases;
mod connections;
mod epoll;
mod functions;
mod handshake;
mod load;
mod measure;
mod options;
pub mod origin;
mod processes;
mod report;
pub mod servers;
mod sizes;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Failure;
use cases::{Protocol, Work};
use options::Options;
use servers::{Name, PEERS, Running, Server, Setup, TemporaryFolder, is_there};

/// Builds, measures, prints the tables and writes `target/bench.json`.
pub fn run(repository: &Path, words: &[&str]) -> Result<(), Failure> {
    let options = options::read(words)?;
    need_programs(&options)?;
    let binary = build(repository, options.binary.clone())?;
    let folder = repository.join("target/bench");
    servers::fresh(&folder)?;
    let folder = folder.canonicalize().map_err(|error| Failure::of("target/bench", &error))?;
    let (mut report, mut failures) = match options.cases.is_empty() {
        true => (report::frame(&options), Vec::new()),
        false => edge(&folder, &binary, &options)?,
    };
    if !options.function_cases.is_empty() {
        let (functions, failed) = functions::run(repository, &folder, &binary, &options)?;
        report["functions"] = functions;
        failures.extend(failed);
    }
    let path = repository.join("target/bench.json");
    std::fs::write(&path, report.to_string())
        .map_err(|error| Failure::of(&path.display().to_string(), &error))?;
    if failures.is_empty() { Ok(()) } else { Err(Failure(failures.join("\n"))) }
}

/// CPU and memory beside the caches.
fn edge(folder: &Path, binary: &Path, options: &Options) -> Result<(Value, Vec<String>), Failure> {
    let (certificate, key) = certificate(folder)?;
    let mut origin = Running::start(
        load::asking(load::helper()?).arg("bench-origin").stdin(Stdio::piped()).stdout(Stdio::piped()),
    )?;
    let setup = Setup {
        binary: binary.to_owned(),
        folder: folder.to_owned(),
        memory: TemporaryFolder::in_memory()?,
        origin: origin.port()?,
        certificate,
        key,
    };
    let mut names = vec![Name::Frontgate];
    names.extend(&options.peers);
    report::print_servers(&names, &setup)?;
    let servers: Vec<Server> =
        names.iter().map(|name| Server::start(*name, &setup)).collect::<Result<_, _>>()?;
    let mut outcomes = Vec::new();
    for case in &options.cases {
        let outcome = measure::case(case, &servers, &setup, options);
        report::print_case(&outcome);
        outcomes.push(outcome);
    }
    report::print_ratios(&outcomes, &options.peers);
    Ok((report::json(&outcomes, &names, &setup, options)?, report::failures(&outcomes)))
}

/// The small origin of the benchmark; it ends with the process that started it.
pub fn serve_origin() -> Result<(), Failure> {
    origin::serve()
}

/// The bare epoll loop; it ends with the process that started it.
pub fn serve_epoll() -> Result<(), Failure> {
    epoll::serve()
}

/// The viewer that shakes hands again and again.
pub fn shake_hands(words: &[&str]) -> Result<(), Failure> {
    handshake::run(words)
}

/// The binary of frontgate as it is shipped, and this program as optimized as its helpers have to be.
fn build(repository: &Path, binary: Option<PathBuf>) -> Result<PathBuf, Failure> {
    println!("building the release binaries");
    // One after the other: built together, their dependencies would get the features of both.
    let packages: &[&str] =
        if binary.is_some() { &["frontgate-xtask"] } else { &["frontgate", "frontgate-xtask"] };
    for package in packages {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--quiet", "--package", package])
            .current_dir(repository)
            .status()
            .map_err(|error| Failure::of("cargo", &error))?;
        if !built.success() {
            return Err(Failure(format!("{package} could not be built")));
        }
    }
    let binary = binary.unwrap_or_else(|| repository.join("target/release/frontgate"));
    binary.canonicalize().map_err(|error| Failure::of(&binary.display().to_string(), &error))
}

/// A certificate for all, so that all have the same work with it.
fn certificate(folder: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let host = load::HOST;
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "30", "-subj", &format!("/CN={host}")])
        .args(["-addext", &format!("subjectAltName=DNS:{host}"), "-addext", "basicConstraints=CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .map_err(|error| Failure::of("openssl", &error))?;
    if output.status.success() {
        return Ok((certificate, key));
    }
    Err(Failure(format!("openssl said:\n{}", String::from_utf8_lossy(&output.stderr))))
}

/// What is missing is named together, with the line that mends it.
fn need_programs(options: &Options) -> Result<(), Failure> {
    let has_http2 =
        options.cases.iter().any(|case| matches!(case.work, Work::Ask { protocol: Protocol::Http2Tls, .. }));
    let own = ["taskset", "wrk", "openssl"].into_iter().chain(has_http2.then_some("h2load"));
    let peers = options.peers.iter().filter_map(|peer| peer.program());
    let edge = own.chain(peers).filter(|_| !options.cases.is_empty());
    let functions = ["node", "python3"].into_iter().filter(|_| !options.function_cases.is_empty());
    let missing: Vec<&str> = edge.chain(functions).filter(|program| !is_there(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|program| package(program)).collect();
    let present: Vec<&str> =
        PEERS.iter().filter(|peer| peer.program().is_none_or(is_there)).map(|peer| peer.word()).collect();
    Err(Failure(format!(
        "not there: {}\n  apt-get install {}\nor without some peers: cargo xtask bench --peers {}",
        missing.join(", "),
        packages.join(" "),
        present.join(",")
    )))
}

/// The package of Debian that has the program.
fn package(program: &str) -> &str {
    match program {
        "h2load" => "nghttp2-client",
        "node" => "nodejs",
        "taskset" => "util-linux",
        "traffic_server" => "trafficserver",
        "varnishd" => "varnish",
        other => other,
    }
}
