//! One round: `wrk` asks for some seconds, and the kernel says what the server's processes used.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use crate::Failure;

/// What one round came to.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Requests in a second.
    pub requests_per_second: f64,
    /// Microseconds of the server's CPU time for one request.
    pub cpu_microseconds: f64,
    /// Half of the requests took less, in microseconds.
    pub p50_microseconds: f64,
    /// 99 of 100 requests took less, in microseconds.
    pub p99_microseconds: f64,
    /// What lies in memory after it, in KiB.
    pub resident_kib: u64,
}

/// Asks until the answer is 200 and, for what is cached, a hit.
pub fn warm(address: SocketAddr, path: &str) -> Result<(), Failure> {
    let mut last = String::new();
    for _ in 0..WARMING_MAX {
        last = ask(address, path)?;
        let cached = !path.starts_with("/api/");
        let head = last.to_ascii_lowercase();
        if head.starts_with("http/1.1 200") && (!cached || head.contains("x-cache: hit")) {
            return Ok(());
        }
    }
    Err(Failure(format!("{path} at {address} is not answered as it should be:\n{last}")))
}

fn ask(address: SocketAddr, path: &str) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::of(&address.to_string(), &error);
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(failed)?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    Ok(text.split("\r\n\r\n").next().unwrap_or_default().to_owned())
}

/// Asks for some seconds and measures.
pub fn round(address: SocketAddr, path: &str, seconds: u32, process: u32) -> Result<Measurement, Failure> {
    let before = cpu_seconds(process);
    let output = Command::new("taskset")
        .args(["-c", ASKING_CORE, "wrk", "--threads", "1", "--connections", CONNECTIONS, "--latency"])
        .args(["--duration", &format!("{seconds}s"), "--header", &format!("Host: {HOST}")])
        .arg(format!("http://{address}{path}"))
        .output()
        .map_err(|error| Failure::of("wrk", &error))?;
    let used = cpu_seconds(process) - before;
    let text = String::from_utf8_lossy(&output.stdout);
    read_report(&text, used, resident_kib(process)).ok_or_else(|| Failure(format!("wrk said:\n{text}")))
}

fn read_report(text: &str, used: f64, resident_kib: u64) -> Option<Measurement> {
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return None;
    }
    let field = |name: &str| text.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    let requests: f64 =
        text.lines().find(|line| line.contains(" requests in "))?.split_whitespace().next()?.parse().ok()?;
    Some(Measurement {
        requests_per_second: field("Requests/sec:")?.parse().ok()?,
        cpu_microseconds: used / requests * 1e6,
        p50_microseconds: microseconds(field("50%")?)?,
        p99_microseconds: microseconds(field("99%")?)?,
        resident_kib,
    })
}

/// wrk writes `312.00us`, `1.20ms` and `2.00s`.
fn microseconds(text: &str) -> Option<f64> {
    let (number, factor) = match (text.strip_suffix("us"), text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _, _) => (number, 1.0),
        (_, Some(number), _) => (number, 1e3),
        (_, _, Some(number)) => (number, 1e6),
        _ => return None,
    };
    Some(number.trim().parse::<f64>().ok()? * factor)
}

/// The median of each number.
pub fn median(rounds: &[Measurement]) -> Measurement {
    let middle = |number: fn(&Measurement) -> f64| {
        let mut numbers: Vec<f64> = rounds.iter().map(number).collect();
        numbers.sort_by(f64::total_cmp);
        numbers.get(numbers.len() / 2).copied().unwrap_or_default()
    };
    let mut resident: Vec<u64> = rounds.iter().map(|round| round.resident_kib).collect();
    resident.sort_unstable();
    Measurement {
        requests_per_second: middle(|round| round.requests_per_second),
        cpu_microseconds: middle(|round| round.cpu_microseconds),
        p50_microseconds: middle(|round| round.p50_microseconds),
        p99_microseconds: middle(|round| round.p99_microseconds),
        resident_kib: resident.get(resident.len() / 2).copied().unwrap_or_default(),
    }
}

/// The CPU time of a process and all that descend from it.
fn cpu_seconds(process: u32) -> f64 {
    family(process).iter().map(|fields| ticks(fields) / TICKS_PER_SECOND).sum()
}

fn ticks(fields: &[String]) -> f64 {
    let field =
        |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    field(USER_TIME) + field(SYSTEM_TIME)
}

fn resident_kib(process: u32) -> u64 {
    let pages: u64 =
        family(process).iter().filter_map(|fields| fields.get(RESIDENT_PAGES)?.parse::<u64>().ok()).sum();
    pages * PAGE_KIB
}

/// The fields of `/proc/ID/stat` after the name, of the process and its descendants.
fn family(process: u32) -> Vec<Vec<String>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut all: HashMap<u32, Vec<String>> = HashMap::new();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for id in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        let Ok(text) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        let Some((_, tail)) = text.rsplit_once(')') else { continue };
        let fields: Vec<String> = tail.split_whitespace().map(str::to_owned).collect();
        if let Some(parent) = fields.get(PARENT).and_then(|text| text.parse().ok()) {
            children.entry(parent).or_default().push(id);
        }
        all.insert(id, fields);
    }
    let mut found = Vec::new();
    let mut waiting = vec![process];
    while let Some(id) = waiting.pop() {
        found.extend(all.remove(&id));
        waiting.extend(children.remove(&id).unwrap_or_default());
    }
    found
}

const HOST: &str = "bench.example.com";
const ASKING_CORE: &str = "1";
const CONNECTIONS: &str = "16";
const WARMING_MAX: u32 = 20;
/// What Linux counts in on every platform it shows to programs.
const TICKS_PER_SECOND: f64 = 100.0;
const PAGE_KIB: u64 = 4;
/// Fields of `/proc/ID/stat`, counted from the state.
const PARENT: usize = 1;
const USER_TIME: usize = 11;
const SYSTEM_TIME: usize = 12;
const RESIDENT_PAGES: usize = 21;

#[cfg(test)]
mod tests {
    use super::{microseconds, read_report};

    #[test]
    fn a_report_of_wrk_is_read() {
        let text = "Running 5s test @ http://127.0.0.1:1/\n  Latency Distribution\n     50%  312.00us\n     99%    1.20ms\n  \
                    200000 requests in 5.00s, 240.00MB read\nRequests/sec:  40000.00\nTransfer/sec:     48.00MB\n";
        let round = read_report(text, 3.0, 10).expect("a report");
        assert!((round.cpu_microseconds - 15.0).abs() < 1e-9);
        assert!((round.p50_microseconds - 312.0).abs() < 1e-9);
        assert!((round.p99_microseconds - 1200.0).abs() < 1e-9);
        assert!(read_report(&format!("{text}  Non-2xx or 3xx responses: 3\n"), 3.0, 10).is_none());
        assert_eq!(microseconds("2.00s"), Some(2e6));
        assert_eq!(microseconds("x"), None);
    }
}
