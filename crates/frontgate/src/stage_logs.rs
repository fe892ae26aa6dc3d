//! The access logs of stages: CloudWatch's log groups as files `logs/api-gateway/GROUP.log` of the state folder.
//!
//! A request only hands its line over; one thread writes. What comes faster than it can be written is counted and left
//! out.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use serde_json::json;

use crate::console::Console;

/// The writer's handle.
#[derive(Clone)]
pub struct StageLogs {
    jobs: SyncSender<Job>,
    dropped: Arc<AtomicU64>,
}

/// What the writer is told.
enum Job {
    /// A line for a log group.
    Line(Box<str>, String),
    /// Everything before it is to be written; it is answered then.
    Flush(Sender<()>),
}

impl StageLogs {
    /// Starts the thread that writes into the state folder.
    ///
    /// # Errors
    /// There is no thread.
    pub fn start(state: &Path, console: Console) -> Result<Self, String> {
        let (jobs, inbox) = sync_channel(LINES_WAITING_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = Writer {
            folder: state.join("logs").join("api-gateway"),
            console,
            dropped: Arc::clone(&dropped),
            files: HashMap::new(),
            is_failing: false,
        };
        std::thread::Builder::new()
            .name("stage-logs".into())
            .spawn(move || writer.run(&inbox))
            .map_err(|error| format!("access logs of stages cannot be written: {error}"))?;
        Ok(Self { jobs, dropped })
    }

    /// Hands a line over, without waiting.
    pub fn write(&self, log_group: &str, line: String) {
        if self.jobs.try_send(Job::Line(log_group.into(), line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes all that is left, at the end of the program, but does not wait for a disk that hangs.
    pub fn close(&self) {
        let (done, written) = channel();
        if self.jobs.try_send(Job::Flush(done)).is_ok() {
            // Who has waited long enough goes without.
            written.recv_timeout(CLOSE_PATIENCE).unwrap_or_default();
        }
    }
}

struct Writer {
    folder: PathBuf,
    console: Console,
    dropped: Arc<AtomicU64>,
    files: HashMap<Box<str>, LogFile>,
    /// The last write failed, and the operator has been told.
    is_failing: bool,
}

struct LogFile {
    file: File,
    bytes: u64,
}

impl Writer {
    /// Works until the last handle is gone.
    fn run(mut self, inbox: &Receiver<Job>) {
        while let Ok(job) = inbox.recv() {
            match job {
                Job::Line(log_group, line) => {
                    let written = self.append(&log_group, line);
                    self.tell(&log_group, written);
                }
                // Who asked may have lost patience.
                Job::Flush(done) => done.send(()).unwrap_or_default(),
            }
        }
    }

    fn append(&mut self, log_group: &str, mut line: String) -> std::io::Result<()> {
        line.push('\n');
        let path = self.folder.join(file_name(log_group));
        if self.files.get(log_group).is_some_and(|log| log.bytes >= FILE_BYTES_MAX) {
            self.files.remove(log_group);
            std::fs::rename(&path, path.with_extension("1.log"))?;
        }
        if !self.files.contains_key(log_group) {
            std::fs::create_dir_all(&self.folder)?;
            let file = OpenOptions::new().create(true).append(true).open(&path)?;
            let bytes = file.metadata()?.len();
            self.files.insert(log_group.into(), LogFile { file, bytes });
        }
        let Some(log) = self.files.get_mut(log_group) else { return Ok(()) };
        log.bytes += line.len() as u64;
        log.file.write_all(line.as_bytes())
    }

    /// Tells the operator what came of writing: once until it has worked again.
    fn tell(&mut self, log_group: &str, written: std::io::Result<()>) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            self.say(&format!("{dropped} lines are missing: they came faster than they are written"));
        }
        match written {
            Ok(()) => self.is_failing = false,
            Err(error) => {
                self.files.remove(log_group);
                if !std::mem::replace(&mut self.is_failing, true) {
                    self.say(&format!("{log_group} cannot be written: {error}; lines are missing there"));
                }
            }
        }
    }

    fn say(&self, what: &str) {
        let text = format!("access logs of stages: {what}");
        self.console.fault(text.clone(), json!({"incident": text}));
    }
}

/// The name of a log group as that of a file.
fn file_name(log_group: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let name: String = log_group.chars().map(|c| if is_plain(c) { c } else { '.' }).collect();
    format!("{}.log", name.trim_matches('.'))
}

/// How many lines may wait for the writer.
const LINES_WAITING_MAX: usize = 16_384;
/// How long a file becomes before it is put aside as `GROUP.1.log`, in the place of the one before.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// How long the end of the program waits for the last lines.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_log_group_is_a_file() {
        for (group, file) in [
            ("/aws/apigateway/orders", "aws.apigateway.orders.log"),
            ("orders", "orders.log"),
            ("../x", "x.log"),
        ] {
            assert_eq!(file_name(group), file);
        }
    }
}
