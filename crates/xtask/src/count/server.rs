//! The server under callgrind, the viewer that asks it, and what callgrind writes down.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::Failure;
use crate::bench::servers::Running;

/// The running server and one connection to it.
pub struct Server {
    viewer: TcpStream,
    folder: PathBuf,
    process: Running,
}

impl Server {
    /// Starts it with a template, with one worker.
    pub fn start(program: &Path, folder: &Path, template: &str) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::of(&folder.display().to_string(), &error);
        std::fs::write(folder.join("template.yaml"), template).map_err(failed)?;
        let log = std::fs::File::create(folder.join(LOG)).map_err(failed)?;
        let mut process = Running::start(
            Command::new("valgrind")
                .args(["--tool=callgrind", "--separate-threads=yes", "--callgrind-out-file=instructions.%p"])
                .arg(program)
                .args(["up", "template.yaml", "--json", "--quiet", "--workers", "1", "--http", "127.0.0.1:0"])
                .args(["--https", "127.0.0.1:0", "--state", "state"])
                .env("GLIBC_TUNABLES", COPYING)
                .current_dir(folder)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(log),
        )?;
        let line = process.first_line().map_err(|Failure(why)| {
            Failure(format!("{why}\n{}", std::fs::read_to_string(folder.join(LOG)).unwrap_or_default()))
        })?;
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let url = ready["endpoints"]["http"].as_str().unwrap_or_default();
        let address = url.rsplit('/').next().unwrap_or_default();
        let viewer = TcpStream::connect(address).map_err(|error| Failure::of(&line, &error))?;
        let failed = |error: std::io::Error| Failure::of("the viewer", &error);
        viewer.set_nodelay(true).map_err(failed)?;
        viewer.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
        Ok(Self { viewer, folder: folder.to_owned(), process })
    }

    /// Asks without looking at what the cache says.
    pub fn warm_up(&mut self, path: &str) -> Result<(), Failure> {
        self.exchange(path).map(drop)
    }

    /// Asks for one object, which must come with that `X-Cache`.
    pub fn ask(&mut self, path: &str, x_cache: &str) -> Result<(), Failure> {
        let head = self.exchange(path)?;
        if head.starts_with("HTTP/1.1 200 ") && head.contains(&format!("\r\nX-Cache: {x_cache}\r\n")) {
            return Ok(());
        }
        Err(Failure(format!("{path} was to be a 200 with {x_cache}:\n{head}")))
    }

    /// Nothing that was executed so far counts.
    pub fn forget(&mut self) -> Result<(), Failure> {
        self.dump().map(drop)
    }

    /// What the thread that did most of the work has executed since.
    pub fn worker_instructions(&mut self) -> Result<u64, Failure> {
        let files = self.dump()?;
        let counts = files.iter().filter_map(|path| summary(&std::fs::read_to_string(path).ok()?));
        counts.max().ok_or_else(|| Failure("callgrind has counted nothing".into()))
    }

    /// Has callgrind write down its counts and begin anew; the files, one for each thread.
    fn dump(&mut self) -> Result<Vec<PathBuf>, Failure> {
        let before = self.files()?;
        let output = Command::new("vgdb")
            .args([&format!("--pid={}", self.process.id()), "dump"])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Failure::of("vgdb", &error))?;
        let mut files = self.files()?;
        files.retain(|file| !before.contains(file));
        if output.status.success() && !files.is_empty() {
            return Ok(files);
        }
        Err(Failure(format!("vgdb did not reach callgrind: {}", String::from_utf8_lossy(&output.stderr))))
    }

    fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        let failed = |error: std::io::Error| Failure::of(&self.folder.display().to_string(), &error);
        let entries = std::fs::read_dir(&self.folder).map_err(failed)?;
        let paths = entries.flatten().map(|entry| entry.path());
        Ok(paths.filter(|path| path.to_string_lossy().contains("instructions.")).collect())
    }

    /// The head of the answer; its body has been read.
    fn exchange(&mut self, path: &str) -> Result<String, Failure> {
        let failed = |error: std::io::Error| Failure::of(path, &error);
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: count\r\nAccept: */*\r\n\r\n");
        self.viewer.write_all(request.as_bytes()).map_err(failed)?;
        let mut answer = Vec::new();
        let mut buffer = [0; 8192];
        loop {
            let length = self.viewer.read(&mut buffer).map_err(failed)?;
            if length == 0 {
                return Err(Failure(format!("{path}: the connection ended")));
            }
            answer.extend_from_slice(&buffer[..length]);
            let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&answer[..end + 2]).into_owned();
            let body =
                head.split("\r\n").find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
            if answer.len() >= end + 4 + body.unwrap_or(0) {
                return Ok(head);
            }
        }
    }
}

/// The number of instructions in a file of callgrind's.
fn summary(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("summary: "))?.trim().parse().ok()
}

const HOST: &str = "count.example.com";
const LOG: &str = "log.txt";
/// The C library copies what is large with one instruction that callgrind counts once for each byte; with this it copies
/// everything by the same loop, and a copy counts for what it costs.
const COPYING: &str =
    "glibc.cpu.x86_rep_movsb_threshold=1073741824:glibc.cpu.x86_rep_stosb_threshold=1073741824";
/// An answer that takes longer does not come at all.
const TIMEOUT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn a_file_of_callgrinds_has_a_summary() {
        assert_eq!(summary("thread: 7\nevents: Ir\nsummary: 18968747\n\nfn=(1) a\n"), Some(18_968_747));
        assert_eq!(summary("events: Ir\n"), None);
    }
}
