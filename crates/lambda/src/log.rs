//! Where the lines of the functions' logs go: to the sink of the caller and to one file per function, both on a
//! thread of their own so that neither a slow terminal nor a slow disk holds up an invocation.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use crate::limits::{LOG_FILE_BYTES_MAX, LOG_QUEUE_BYTES_MAX, LOG_QUEUE_LINES_MAX};

/// One line of a function's log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// The function.
    pub function: Arc<str>,
    /// The invocation that ran when the line came, if one did.
    pub request_id: Option<Arc<str>>,
    /// Who says it.
    pub kind: LogKind,
    /// The line without its end. One message of a runtime that spans several lines is one `LogLine` with line
    /// feeds in it, as it is one event in CloudWatch.
    pub text: String,
}

/// Who says a line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// The function.
    Function,
    /// frontgate, about the log or the process; AWS has no such line.
    Notice,
    /// Lambda: START, END, REPORT and the line of a timeout.
    Platform,
}

/// What is called for every line, on a thread of its own. Dropping the engine waits until it has had every line.
pub struct LogSink(Box<dyn FnMut(LogLine) + Send>);

impl LogSink {
    /// A sink that hands every line to `take`.
    pub fn new(take: impl FnMut(LogLine) + Send + 'static) -> Self {
        Self(Box::new(take))
    }

    /// A sink that hands lines to nobody; the log files are written all the same.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| ())
    }
}

impl std::fmt::Debug for LogSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogSink")
    }
}

/// The way of a line to the log thread. Never waits: what does not fit is counted and dropped.
#[derive(Clone, Debug)]
pub(crate) struct LogWriter {
    lines: SyncSender<LogLine>,
    queue: Arc<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl LogWriter {
    /// Starts the log thread, which ends when the last writer is dropped.
    pub(crate) fn start(
        folder: PathBuf,
        sink: LogSink,
    ) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (lines, inbox) = sync_channel(LOG_QUEUE_LINES_MAX);
        let queue = Arc::new(Queue::default());
        let thread = LogThread { folder, sink, queue: Arc::clone(&queue), files: HashMap::new() };
        let thread =
            std::thread::Builder::new().name("lambda-logs".into()).spawn(move || thread.run(&inbox))?;
        Ok((Self { lines, queue }, thread))
    }

    /// Hands a line on.
    pub(crate) fn write(&self, line: LogLine) {
        let bytes = line.text.len();
        let fits = self.queue.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= LOG_QUEUE_BYTES_MAX;
        if !fits || self.lines.try_send(line).is_err() {
            self.queue.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.queue.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How long the thread rests when it has written all there is.
const REST: Duration = Duration::from_millis(2);

struct LogThread {
    folder: PathBuf,
    sink: LogSink,
    queue: Arc<Queue>,
    files: HashMap<Arc<str>, LogFile>,
}

impl LogThread {
    fn run(mut self, inbox: &Receiver<LogLine>) {
        loop {
            let line = match inbox.try_recv() {
                Ok(line) => line,
                Err(TryRecvError::Empty) => {
                    self.flush();
                    // Under load there are few writes, and whoever says something need not wake this thread each time.
                    std::thread::sleep(REST);
                    match inbox.recv() {
                        Ok(line) => line,
                        Err(_) => return,
                    }
                }
                Err(TryRecvError::Disconnected) => return self.flush(),
            };
            self.queue.bytes.fetch_sub(line.text.len(), Ordering::Relaxed);
            self.take(line);
        }
    }

    fn take(&mut self, line: LogLine) {
        let dropped = self.queue.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let text = format!("{dropped} log lines were dropped: they came faster than they could be shown");
            self.notice(&line.function, text);
        }
        let file = self
            .files
            .entry(Arc::clone(&line.function))
            .or_insert_with(|| LogFile::open(log_path(&self.folder, &line.function)));
        let problem = file.append(&line.text);
        let function = Arc::clone(&line.function);
        (self.sink.0)(line);
        self.problem(&function, problem);
    }

    fn flush(&mut self) {
        let problems: Vec<_> =
            self.files.iter_mut().map(|(function, file)| (Arc::clone(function), file.flush())).collect();
        for (function, problem) in problems {
            self.problem(&function, problem);
        }
    }

    fn problem(&mut self, function: &Arc<str>, problem: Option<std::io::Error>) {
        let Some(problem) = problem else { return };
        let path = log_path(&self.folder, function);
        self.notice(function, format!("{} cannot be written: {problem}", path.display()));
    }

    fn notice(&mut self, function: &Arc<str>, text: String) {
        let function = Arc::clone(function);
        (self.sink.0)(LogLine { function, request_id: None, kind: LogKind::Notice, text });
    }
}

/// The file of a function's log. After the first failure it writes no more: the sink still has every line.
struct LogFile {
    path: PathBuf,
    bytes: u64,
    state: FileState,
}

enum FileState {
    Open(BufWriter<File>),
    Failed(Option<std::io::Error>),
}

impl LogFile {
    fn open(path: PathBuf) -> Self {
        let opened = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|f| Ok((f.metadata()?.len(), f)));
        let (bytes, state) = match opened {
            Ok((bytes, file)) => (bytes, FileState::Open(BufWriter::new(file))),
            Err(problem) => (0, FileState::Failed(Some(problem))),
        };
        Self { path, bytes, state }
    }

    fn append(&mut self, text: &str) -> Option<std::io::Error> {
        if self.bytes > LOG_FILE_BYTES_MAX {
            self.rotate();
        }
        self.bytes += text.len() as u64 + 1;
        self.attempt(|file| writeln!(file, "{text}"))
    }

    fn rotate(&mut self) {
        if let Some(problem) = self.flush() {
            self.state = FileState::Failed(Some(problem));
        } else if let Err(problem) = std::fs::rename(&self.path, self.path.with_extension("log.1")) {
            self.state = FileState::Failed(Some(problem));
        } else {
            *self = Self::open(std::mem::take(&mut self.path));
        }
    }

    fn flush(&mut self) -> Option<std::io::Error> {
        self.attempt(BufWriter::flush)
    }

    fn attempt(
        &mut self,
        action: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
    ) -> Option<std::io::Error> {
        match &mut self.state {
            FileState::Failed(problem) => problem.take(),
            FileState::Open(file) => {
                let problem = action(file).err()?;
                self.state = FileState::Failed(None);
                Some(problem)
            }
        }
    }
}

/// The log file of a function; a name that is no file name is made one.
fn log_path(folder: &Path, function: &str) -> PathBuf {
    let name: String = function
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' })
        .collect();
    folder.join(format!("{name}.log"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::testing::TempFolder;

    fn line(text: &str) -> LogLine {
        LogLine { function: "f".into(), request_id: None, kind: LogKind::Function, text: text.into() }
    }

    #[test]
    fn lines_reach_the_sink_and_the_file() {
        let folder = TempFolder::new();
        let (sent, seen) = channel();
        let sink = LogSink::new(move |line| sent.send(line.text).expect("the test listens"));
        let (writer, thread) = LogWriter::start(folder.path().to_owned(), sink).expect("a thread");
        writer.write(line("a"));
        writer.write(line("b"));
        drop(writer);
        thread.join().expect("the log thread ends");
        assert_eq!(seen.iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(std::fs::read_to_string(folder.path().join("f.log")).expect("a file"), "a\nb\n");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_said_once() {
        let (sent, seen) = channel();
        let sink = LogSink::new(move |line| sent.send((line.kind, line.text)).expect("the test listens"));
        let (writer, thread) = LogWriter::start("/nonexistent/folder".into(), sink).expect("a thread");
        writer.write(line("a"));
        writer.write(line("b"));
        drop(writer);
        thread.join().expect("the log thread ends");
        let seen: Vec<_> = seen.iter().collect();
        assert_eq!(seen.iter().filter(|(kind, _)| *kind == LogKind::Notice).count(), 1, "{seen:?}");
        assert!(seen[1].1.contains("/nonexistent/folder/f.log cannot be written"), "{seen:?}");
        assert_eq!(seen.len(), 3);
    }

    #[test]
    fn a_large_file_is_put_aside() {
        let folder = TempFolder::new();
        let mut file = LogFile::open(folder.path().join("f.log"));
        file.bytes = LOG_FILE_BYTES_MAX + 1;
        assert!(file.append("new").is_none() && file.flush().is_none());
        assert!(folder.path().join("f.log.1").exists());
        assert_eq!(std::fs::read_to_string(folder.path().join("f.log")).expect("a file"), "new\n");
    }
}
