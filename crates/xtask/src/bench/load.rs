//! Who asks, for some seconds, from the other core: `wrk` over HTTP/1.1, `h2load` over HTTP/2, and a viewer of ours for
//! handshakes.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::cases::Protocol;
use crate::Failure;

/// What the one who asked saw.
#[derive(Clone, Debug)]
pub struct Load {
    /// Answers that came.
    pub requests: f64,
    /// Answers in a second.
    pub requests_per_second: f64,
    /// Half of the answers took less, in microseconds.
    pub p50_microseconds: f64,
    /// 99 of 100 took less.
    pub p99_microseconds: f64,
    /// 999 of 1000 took less.
    pub p999_microseconds: f64,
}

/// Asks a server for some seconds; anything but good answers is a failure.
pub fn ask_for_seconds(
    protocol: Protocol,
    address: SocketAddr,
    path: &str,
    seconds: u32,
    folder: &Path,
) -> Result<Load, Failure> {
    match protocol {
        Protocol::Http1 => wrk(&format!("http://{address}{path}"), seconds, folder),
        Protocol::Http1Tls => wrk(&format!("https://{address}{path}"), seconds, folder),
        Protocol::Http2Tls => h2load(address, path, seconds, folder),
        Protocol::FullHandshake => handshakes(address, seconds, "full"),
        Protocol::ResumedHandshake => handshakes(address, seconds, "resumed"),
    }
}

/// A program on the core that asks.
pub fn asking(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", ASKING_CORE]).arg(program);
    command
}

/// This very program in its release build, as one of the helpers that `main.rs` names.
pub fn helper() -> Result<std::path::PathBuf, Failure> {
    let own = std::env::current_exe().map_err(|error| Failure::of("the own program", &error))?;
    let target = own.parent().and_then(Path::parent);
    target
        .map(|target| target.join("release/frontgate-xtask"))
        .filter(|helper| helper.is_file())
        .ok_or_else(|| Failure("the helpers are not built: cargo build --release -p frontgate-xtask".into()))
}

/// The number below which that share of the sorted numbers lies.
pub fn percentile(sorted: &[u64], share: f64) -> u64 {
    let place = (share * sorted.len() as f64) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn wrk(url: &str, seconds: u32, folder: &Path) -> Result<Load, Failure> {
    let script = folder.join("report.lua");
    std::fs::write(&script, SCRIPT).map_err(|error| Failure::of(&script.display().to_string(), &error))?;
    let output = asking("wrk")
        .args(["--threads", "1", "--connections", CONNECTIONS, "--latency"])
        .args(["--duration", &format!("{seconds}s"), "--header", &format!("Host: {HOST}")])
        .arg("--script")
        .arg(&script)
        .arg(url)
        .output()
        .map_err(|error| Failure::of("wrk", &error))?;
    let (text, complaint) = said("wrk", &output);
    read_json(&text).ok_or(complaint)
}

fn handshakes(address: SocketAddr, seconds: u32, kind: &str) -> Result<Load, Failure> {
    let output = asking(helper()?)
        .args(["bench-handshake", &address.to_string(), &seconds.to_string(), kind])
        .output()
        .map_err(|error| Failure::of("bench-handshake", &error))?;
    let (text, complaint) = said("bench-handshake", &output);
    read_json(&text).ok_or(complaint)
}

/// The last line is JSON, `errors` in it counts everything that was no good answer.
fn read_json(text: &str) -> Option<Load> {
    let report: Value = serde_json::from_str(text.lines().last()?).ok()?;
    let number = |name: &str| report[name].as_f64();
    let requests = number("requests").filter(|requests| *requests > 0.0)?;
    (number("errors")? == 0.0).then_some(())?;
    Some(Load {
        requests,
        requests_per_second: requests / number("seconds")?,
        p50_microseconds: number("p50")?,
        p99_microseconds: number("p99")?,
        p999_microseconds: number("p999")?,
    })
}

fn h2load(address: SocketAddr, path: &str, seconds: u32, folder: &Path) -> Result<Load, Failure> {
    let log = folder.join("h2load.log");
    // h2load adds to what is there.
    let _ = std::fs::remove_file(&log);
    let output = asking("h2load")
        .args(["--clients", CONNECTIONS, "--max-concurrent-streams", STREAMS])
        .args([&format!("--duration={seconds}"), &format!("--connect-to={address}")])
        .arg(format!("--log-file={}", log.display()))
        .arg(format!("https://{HOST}{path}"))
        .output()
        .map_err(|error| Failure::of("h2load", &error))?;
    let lines = std::fs::read_to_string(&log).map_err(|error| Failure::of("the log of h2load", &error))?;
    let (text, complaint) = said("h2load", &output);
    read_h2load(&text, &lines, seconds).ok_or(complaint)
}

/// `requests: 9 total, 9 started, 9 done, 9 succeeded, 0 failed, 0 errored, 0 timeout`, `status codes: 9 2xx, …`; each
/// line of the log: when it began, the status, how many microseconds it took.
fn read_h2load(text: &str, log: &str, seconds: u32) -> Option<Load> {
    let numbers = |name: &str| -> Option<Vec<f64>> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.split(',').filter_map(|part| part.split_whitespace().next()?.parse().ok()).collect())
    };
    let counts = numbers("requests:")?;
    let statuses = numbers("status codes:")?;
    let (done, failed, errored) = (*counts.get(2)?, *counts.get(4)?, *counts.get(5)?);
    if failed + errored > 0.0 || statuses.iter().skip(1).sum::<f64>() > 0.0 || done == 0.0 {
        return None;
    }
    let mut took: Vec<u64> =
        log.lines().filter_map(|line| line.split_whitespace().nth(2)?.parse().ok()).collect();
    took.sort_unstable();
    Some(Load {
        requests: done,
        requests_per_second: done / f64::from(seconds),
        p50_microseconds: percentile(&took, 0.5) as f64,
        p99_microseconds: percentile(&took, 0.99) as f64,
        p999_microseconds: percentile(&took, 0.999) as f64,
    })
}

fn said(who: &str, output: &Output) -> (String, Failure) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = Failure(format!("{who} said:\n{text}{}", String::from_utf8_lossy(&output.stderr)));
    (text, complaint)
}

/// The alias of the distribution that is asked.
pub const HOST: &str = "bench.example.com";
/// Connections of those who ask.
pub const CONNECTIONS: &str = "16";
/// Requests at once on each HTTP/2 connection.
pub const STREAMS: &str = "8";
const ASKING_CORE: &str = "1";

/// It runs when all is over and costs the requests nothing.
const SCRIPT: &str = r#"
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"errors":%d,"p50":%f,"p99":%f,"p999":%f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"#;

#[cfg(test)]
mod tests {
    use super::{percentile, read_h2load, read_json};

    #[test]
    fn reports_are_read() {
        let report =
            "Running\n{\"requests\":10,\"seconds\":2.0,\"errors\":0,\"p50\":1.0,\"p99\":2.0,\"p999\":3.0}";
        let load = read_json(report).expect("a report");
        assert!((load.requests_per_second - 5.0).abs() < 1e-9);
        assert!((load.p999_microseconds - 3.0).abs() < 1e-9);
        assert!(read_json(&report.replace("\"errors\":0", "\"errors\":1")).is_none());
        assert!(read_json("").is_none());
    }

    #[test]
    fn reports_of_h2load_are_read() {
        let text = "requests: 4 total, 4 started, 4 done, 4 succeeded, 0 failed, 0 errored, 0 timeout\n\
                    status codes: 4 2xx, 0 3xx, 0 4xx, 0 5xx\n";
        let log = "1\t200\t10\n1\t200\t20\n1\t200\t30\n1\t200\t40\n";
        let load = read_h2load(text, log, 2).expect("a report");
        assert!((load.requests_per_second - 2.0).abs() < 1e-9);
        assert!((load.p50_microseconds - 30.0).abs() < 1e-9);
        assert!(read_h2load(&text.replace("0 4xx", "1 4xx"), log, 2).is_none());
    }

    #[test]
    fn a_percentile_of_nothing_is_nothing() {
        assert_eq!(percentile(&[], 0.99), 0);
        assert_eq!(percentile(&[1, 2, 3], 0.999), 3);
    }
}
