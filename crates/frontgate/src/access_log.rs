//! Access logs: what each distribution answered, in files of its bucket, and of the folder and file that the command
//! line names.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html>. The line of a request
//! only hands its entry over; one thread makes the text and writes the files. What comes faster than it can be written
//! is counted and left out, as CloudFront delivers its logs on a best-effort basis, too.

mod entry;
mod files;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::Duration;

use frontgate_edge_rules::Distribution;
use frontgate_edge_rules::access_log::Entry;
use frontgate_snapshot::Snapshot;
use serde_json::json;

use crate::console::Console;

pub use entry::{BodyBytes, Observed};

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct AccessLogOptions {
    /// A folder for the standard logs of all distributions.
    pub folder: Option<PathBuf>,
    /// A file for real-time logs.
    pub realtime: Option<PathBuf>,
}

/// The writer's handle.
#[derive(Clone)]
pub struct AccessLog {
    jobs: SyncSender<Job>,
    shared: Arc<Shared>,
}

struct Shared {
    /// All distributions are logged.
    logs_all: bool,
    dropped: AtomicU64,
}

/// What the writer is told.
enum Job {
    /// A request was answered.
    Entry(Box<Answered>),
    /// Everything before it is to be written; it is answered then.
    Flush(Sender<()>),
}

/// An entry and who answered.
struct Answered {
    entry: Entry,
    snapshot: Arc<Snapshot>,
    distribution: usize,
}

impl AccessLog {
    /// Starts the thread that writes; `location` is the edge location.
    ///
    /// # Errors
    /// Words for the user: the file of real-time logs cannot be opened, or there is no thread.
    pub fn start(
        options: AccessLogOptions,
        location: &'static str,
        seed: u64,
        console: Console,
    ) -> Result<Self, String> {
        let logs_all = options.folder.is_some() || options.realtime.is_some();
        let shared = Arc::new(Shared { logs_all, dropped: AtomicU64::new(0) });
        let (jobs, inbox): (_, Receiver<Job>) = sync_channel(ENTRIES_WAITING_MAX);
        let writer = writer::Writer::new(options, location, seed, console, Arc::clone(&shared))?;
        std::thread::Builder::new()
            .name("access-log".into())
            .spawn(move || writer.run(&inbox))
            .map_err(|error| format!("access logs cannot be written: {error}"))?;
        Ok(Self { jobs, shared })
    }

    /// Whether a request to this distribution is logged.
    pub fn wants(&self, distribution: &Distribution) -> bool {
        self.shared.logs_all || distribution.logging.is_some()
    }

    /// Whether a request may be logged, before it is known whose it is.
    pub fn may_want(&self, snapshot: &Snapshot) -> bool {
        snapshot.distributions.iter().any(|distribution| self.wants(distribution))
    }

    /// Waits until everything so far is in its file, but not for a disk that hangs.
    pub fn flush(&self) -> bool {
        let (done, written) = channel();
        let mut job = Job::Flush(done);
        let end = std::time::Instant::now() + FLUSH_PATIENCE;
        loop {
            match self.jobs.try_send(job) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) if std::time::Instant::now() < end => {
                    job = back;
                    std::thread::sleep(writer::REST);
                }
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => return false,
            }
        }
        written.recv_timeout(FLUSH_PATIENCE).is_ok()
    }

    /// Writes all that is left, at the end of the program.
    pub fn close(&self, console: &Console) {
        if !self.flush() {
            let text = "access log: the last lines are lost, the disk takes too long";
            console.fault(text, json!({"incident": text}));
        }
    }

    /// Hands an entry over, without waiting.
    fn write(&self, entry: Entry, snapshot: Arc<Snapshot>, distribution: usize) {
        let job = Job::Entry(Box::new(Answered { entry, snapshot, distribution }));
        if self.jobs.try_send(job).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How many entries may wait for the writer.
const ENTRIES_WAITING_MAX: usize = 16_384;

/// How long somebody waits for the writer.
const FLUSH_PATIENCE: Duration = Duration::from_secs(5);
