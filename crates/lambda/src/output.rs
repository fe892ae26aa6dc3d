//! The log of one execution environment: what its process prints between the lines of Lambda itself.
//!
//! A task of its own reads the pipe, so that a process that prints is never blocked by the invocation and the
//! invocation never by the printing. Marks say where Lambda's own lines belong: at a mark, all that was printed
//! before it is read first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};

use crate::limits::LOG_TAIL_BYTES_MAX;
use crate::lines::{LineCutter, LogAllowance, line_text};
use crate::log::{LogKind, LogLine, LogWriter};
use crate::telemetry::{Speaker, Telemetry};

/// Something that happens at a point of the log.
#[derive(Debug)]
pub(crate) enum Mark {
    /// An invocation begins, with its START line; whether its last lines will be asked for.
    Begin { request_id: Arc<str>, text: String, keeps_tail: bool },
    /// A line.
    Line { kind: LogKind, text: String },
    /// The invocation has ended; its last lines.
    End { tail: Option<oneshot::Sender<String>> },
}

/// A pipe, and who prints into it.
#[derive(Debug)]
pub(crate) struct Source {
    speaker: Speaker,
    pipe: pipe::Receiver,
    cutter: LineCutter,
    is_open: bool,
}

impl Source {
    pub(crate) fn new(speaker: Speaker, pipe: pipe::Receiver) -> Self {
        Self { speaker, pipe, cutter: LineCutter::default(), is_open: true }
    }
}

/// Starts reading. The task ends when the sender of the marks is dropped, after a last look at the pipe.
pub(crate) fn start(
    function: Arc<str>,
    sources: Vec<Source>,
    log: LogWriter,
    telemetry: Telemetry,
) -> (mpsc::UnboundedSender<Mark>, tokio::task::JoinHandle<()>) {
    let (marks, inbox) = mpsc::unbounded_channel();
    let output = Output {
        voice: Voice { function, request_id: None, log, tail: None, telemetry },
        allowance: LogAllowance::new(Instant::now()),
        sources,
        buffer: vec![0; READ_BYTES].into(),
    };
    (marks, tokio::spawn(output.run(inbox)))
}

struct Output {
    voice: Voice,
    allowance: LogAllowance,
    sources: Vec<Source>,
    buffer: Box<[u8]>,
}

/// Says lines to the log, and keeps the last ones.
struct Voice {
    function: Arc<str>,
    request_id: Option<Arc<str>>,
    log: LogWriter,
    tail: Option<VecDeque<u8>>,
    telemetry: Telemetry,
}

impl Output {
    async fn run(mut self, mut marks: mpsc::UnboundedReceiver<Mark>) {
        loop {
            tokio::select! {
                biased;
                mark = marks.recv() => {
                    // What was printed before them is read once for all that have been said meanwhile.
                    let others = marks.len();
                    self.read_what_is_there();
                    let Some(mark) = mark else { break };
                    self.apply(mark);
                    for mark in (0..others).map_while(|_| marks.try_recv().ok()) {
                        self.apply(mark);
                    }
                }
                (at, is_fine) = readable(&self.sources) => {
                    self.sources[at].is_open = is_fine && self.read_some(at);
                    self.pause().await;
                }
            }
        }
        self.flush();
    }

    /// Reads once, when the runtime says that there is something. Whether there may be more.
    fn read_some(&mut self, at: usize) -> bool {
        match self.sources[at].pipe.try_read(&mut self.buffer) {
            Ok(0) => false,
            Ok(length) => {
                self.take(at, length);
                true
            }
            Err(problem) => problem.kind() == std::io::ErrorKind::WouldBlock,
        }
    }

    /// Reads what the pipes hold now, past the runtime: it may not have heard yet of what was printed just before
    /// the process answered. Bounded by what a pipe can hold.
    fn read_what_is_there(&mut self) {
        for at in 0..self.sources.len() {
            self.sources[at].is_open = self.sources[at].is_open && self.read_all_of(at);
        }
    }

    fn read_all_of(&mut self, at: usize) -> bool {
        for _ in 0..PIPE_READS_MAX {
            match rustix::io::read(&self.sources[at].pipe, &mut self.buffer[..]) {
                Ok(0) => return false,
                Ok(length) => self.take(at, length),
                Err(rustix::io::Errno::INTR) => {}
                Err(problem) => return problem == rustix::io::Errno::AGAIN,
            }
        }
        true
    }

    fn take(&mut self, at: usize, length: usize) {
        let now = Instant::now();
        let (voice, allowance) = (&mut self.voice, &mut self.allowance);
        let Source { speaker, cutter, .. } = &mut self.sources[at];
        cutter.push(&self.buffer[..length], |line| voice.say_if_allowed(allowance, *speaker, line, now));
    }

    /// Gives others their turn, and slows down a process whose lines are being dropped anyway.
    async fn pause(&self) {
        if self.allowance.is_dropping() {
            tokio::time::sleep(DROPPING_PAUSE).await;
        } else {
            tokio::task::yield_now().await;
        }
    }

    fn apply(&mut self, mark: Mark) {
        self.flush();
        match mark {
            Mark::Begin { request_id, text, keeps_tail } => {
                self.voice.request_id = Some(request_id);
                self.voice.tail = keeps_tail.then(VecDeque::new);
                self.voice.say(LogKind::Platform, text);
            }
            Mark::Line { kind, text } => self.voice.say(kind, text),
            Mark::End { tail } => {
                let kept: Vec<u8> = self.voice.tail.take().unwrap_or_default().into();
                if let Some(tail) = tail {
                    // Who asked for it may have gone away.
                    let _ = tail.send(String::from_utf8_lossy(&kept).into_owned());
                }
                self.voice.request_id = None;
            }
        }
    }

    fn flush(&mut self) {
        let now = Instant::now();
        let (voice, allowance) = (&mut self.voice, &mut self.allowance);
        for Source { speaker, cutter, .. } in &mut self.sources {
            cutter.flush(|line| voice.say_if_allowed(allowance, *speaker, line, now));
        }
        let dropped = self.allowance.take_dropped();
        if dropped > 0 {
            let text = format!("{dropped} lines were dropped: the function logs more than frontgate keeps");
            self.voice.say(LogKind::Notice, text);
        }
    }
}

/// The first pipe that has something, or has ended; for ever where all have.
async fn readable(sources: &[Source]) -> (usize, bool) {
    std::future::poll_fn(|context| {
        for (at, source) in sources.iter().enumerate().filter(|(_, source)| source.is_open) {
            if let std::task::Poll::Ready(ready) = source.pipe.poll_read_ready(context) {
                return std::task::Poll::Ready((at, ready.is_ok()));
            }
        }
        std::task::Poll::Pending
    })
    .await
}

impl Voice {
    fn say_if_allowed(&mut self, allowance: &mut LogAllowance, speaker: Speaker, line: &[u8], now: Instant) {
        if allowance.take(line.len(), now) {
            let text = line_text(line);
            self.telemetry.line(speaker, &text);
            self.say(LogKind::Function, text);
        }
    }

    fn say(&mut self, kind: LogKind, text: String) {
        if let Some(tail) = &mut self.tail {
            tail.extend(text.bytes().chain([b'\n']));
            tail.drain(..tail.len().saturating_sub(LOG_TAIL_BYTES_MAX));
        }
        let (function, request_id) = (Arc::clone(&self.function), self.request_id.clone());
        self.log.write(LogLine { function, request_id, kind, text });
    }
}

const READ_BYTES: usize = 65_536;
/// Linux lets a pipe be made as large as 1 MiB.
const PIPE_READS_MAX: usize = 16;
const DROPPING_PAUSE: Duration = Duration::from_millis(1);
