//! The thread that makes the texts of access logs and writes them.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use frontgate_edge_rules::access_log::{Logged, name_start, write_line, write_realtime_json};
use serde_json::json;

use super::files::{LogFiles, Unwritten};
use super::{AccessLogOptions, Answered, Job, Shared};
use crate::console::Console;

pub struct Writer {
    folder: Option<PathBuf>,
    realtime: Option<Realtime>,
    location: &'static str,
    console: Console,
    shared: Arc<Shared>,
    files: LogFiles,
    text: Vec<u8>,
    /// The last write failed, and the operator has been told.
    is_failing: bool,
}

struct Realtime {
    file: File,
    path: PathBuf,
    lines: Vec<u8>,
}

impl Writer {
    pub fn new(
        options: AccessLogOptions,
        location: &'static str,
        seed: u64,
        console: Console,
        shared: Arc<Shared>,
    ) -> Result<Self, String> {
        let realtime = options.realtime.map(|path| {
            let file = File::options().create(true).append(true).open(&path);
            let file = file.map_err(|error| format!("{} cannot be opened: {error}", path.display()))?;
            Ok::<_, String>(Realtime { file, path, lines: Vec::new() })
        });
        Ok(Self {
            folder: options.folder,
            realtime: realtime.transpose()?,
            location,
            console,
            shared,
            files: LogFiles::new(seed),
            text: Vec::new(),
            is_failing: false,
        })
    }

    /// Works until the last handle is gone. Between two looks it rests, so that under load it is woken seldom.
    pub fn run(mut self, inbox: &Receiver<Job>) {
        let mut next_write = Instant::now() + WRITE_PERIOD;
        let mut waiting = None;
        loop {
            let patience = next_write.saturating_duration_since(Instant::now());
            let mut job = match waiting.take().map_or_else(|| inbox.recv_timeout(patience), Ok) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return self.write_files(),
            };
            for _ in 0..JOBS_PER_TURN {
                let Some(next) = job else { break };
                match next {
                    Job::Entry(answered) => self.add(&answered),
                    Job::Flush(done) => {
                        self.write_realtime();
                        self.write_files();
                        // Who asked may have lost patience.
                        done.send(()).unwrap_or_default();
                    }
                }
                job = inbox.try_recv().ok();
            }
            waiting = job;
            self.write_realtime();
            if Instant::now() >= next_write {
                self.write_files();
                next_write = Instant::now() + WRITE_PERIOD;
            }
            if waiting.is_none() {
                std::thread::sleep(REST);
            }
        }
    }

    fn add(&mut self, answered: &Answered) {
        let Some(distribution) = answered.snapshot.distributions.get(answered.distribution) else { return };
        let start = name_start(&distribution.id, answered.entry.ended_milliseconds);
        let includes_cookies = distribution.logging.as_ref().is_some_and(|logging| logging.include_cookies);
        let logged =
            Logged { entry: &answered.entry, distribution, location: self.location, includes_cookies };
        self.text.clear();
        write_line(&logged, &mut self.text);
        let mut is_closed = false;
        if let Some(logging) = &distribution.logging {
            is_closed |= self.files.add(&logging.folder, &format!("{}{start}", logging.prefix), &self.text);
        }
        if let Some(folder) = &self.folder {
            is_closed |= self.files.add(folder, &start, &self.text);
        }
        if let Some(realtime) = &mut self.realtime {
            let logged = Logged { includes_cookies: true, ..logged };
            write_realtime_json(&logged, &mut realtime.lines);
        }
        if is_closed {
            let result = self.files.write_closed();
            self.tell(result);
        }
    }

    fn write_realtime(&mut self) {
        let Some(realtime) = self.realtime.as_mut().filter(|realtime| !realtime.lines.is_empty()) else {
            return;
        };
        let written = realtime.file.write_all(&realtime.lines);
        realtime.lines.clear();
        let why = written.err().map(|error| format!("cannot write {}: {error}", realtime.path.display()));
        if let Some(why) = why {
            self.fail(&format!("{why}; lines are missing there"));
        }
    }

    fn write_files(&mut self) {
        let dropped = self.shared.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let text = format!(
                "{dropped} requests are missing in the access logs: they came faster than it is written"
            );
            self.console.fault(text.clone(), json!({"incident": text}));
        }
        if self.files.is_empty() {
            return;
        }
        let result = self.files.write();
        self.tell(result);
    }

    /// Tells the operator what came of writing.
    fn tell(&mut self, result: Option<Unwritten>) {
        match result {
            None => self.is_failing = false,
            Some(unwritten) if unwritten.lines_lost > 0 => {
                self.is_failing = false;
                self.fail(&format!(
                    "{}; {} lines of access logs are given up",
                    unwritten.why, unwritten.lines_lost
                ));
            }
            Some(unwritten) => self.fail(&format!("{}; it is tried again", unwritten.why)),
        }
    }

    /// Tells the operator, once until it has worked again.
    fn fail(&mut self, what: &str) {
        if !std::mem::replace(&mut self.is_failing, true) {
            let text = format!("access log: {what}");
            self.console.fault(text.clone(), json!({"incident": text}));
        }
    }
}

/// How often files are written: soon enough for who waits for them, seldom enough for few files.
const WRITE_PERIOD: Duration = Duration::from_secs(60);

/// How many entries become text before what there is of real-time lines is written.
const JOBS_PER_TURN: usize = 1024;

/// How long the writer rests after it has written all there was.
pub const REST: Duration = Duration::from_millis(10);
