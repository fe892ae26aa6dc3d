//! What the user sees while frontgate runs: text for people, or JSON lines for programs.
//!
//! Lines are made and written by one thread of their own, so that a slow terminal slows no request.

use std::io::{BufWriter, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

/// Something to say.
#[derive(Debug)]
pub enum Event {
    /// A text block for people, and a JSON object for programs.
    Say {
        /// For people; empty says nothing.
        text: String,
        /// For programs; `Null` says nothing.
        json: Value,
        /// It is about a fault: it goes to standard error.
        fault: bool,
    },
    /// A request was answered.
    Request(Box<RequestLine>),
    /// A line of a function's log.
    FunctionLog {
        /// The function.
        function: String,
        /// The line.
        line: String,
    },
    /// Answered once everything before it is written.
    Flush(Sender<()>),
}

/// One answered request.
#[derive(Debug)]
pub struct RequestLine {
    /// Its method.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// The status.
    pub status: u16,
    /// `Hit`, `Miss`, …; empty where the edge did not answer.
    pub x_cache: &'static str,
    /// Bytes of the body.
    pub body_bytes: u64,
    /// From its head to the answer's end, in microseconds.
    pub duration_microseconds: u64,
    /// `x-amz-cf-id`, else `x-amzn-requestid`.
    pub id: String,
}

/// The writer's handle.
#[derive(Clone)]
pub struct Console {
    events: Sender<Event>,
    queue: Arc<Queue>,
    quiet: bool,
}

/// What waits to be written: lines of requests and logs are bounded, so that a reader that does not read costs no
/// memory and slows no request.
#[derive(Default)]
struct Queue {
    waiting: AtomicUsize,
    left_out: AtomicU64,
}

impl Queue {
    /// Whether there is room for one more line; if not, it is counted as left out.
    fn admits(&self) -> bool {
        if self.waiting.load(Ordering::Relaxed) < LINES_WAITING_MAX {
            return true;
        }
        self.left_out.fetch_add(1, Ordering::Relaxed);
        false
    }
}

impl Console {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(json: bool, quiet: bool) -> std::io::Result<Self> {
        let (events, inbox) = channel();
        let queue = Arc::new(Queue::default());
        let writer = Writer { inbox, queue: Arc::clone(&queue), json };
        std::thread::Builder::new().name("console".into()).spawn(move || {
            // An error means that standard output is closed: nobody reads what would be said.
            writer.run().unwrap_or_default();
        })?;
        Ok(Self { events, queue, quiet })
    }

    /// Whether a line for the next request would be shown.
    pub fn shows_requests(&self) -> bool {
        !self.quiet && self.queue.admits()
    }

    /// Says something in both forms.
    pub fn say(&self, text: impl Into<String>, json: Value) {
        self.send(Event::Say { text: text.into(), json, fault: false });
    }

    /// Says what went wrong in both forms.
    pub fn fault(&self, text: impl Into<String>, json: Value) {
        self.send(Event::Say { text: text.into(), json, fault: true });
    }

    /// Says that a request was answered; only where [`Console::shows_requests`] said so.
    pub fn request(&self, line: RequestLine) {
        self.send(Event::Request(Box::new(line)));
    }

    /// Passes a line of a function's log on.
    pub fn function_log(&self, function: &str, line: &str) {
        if self.queue.admits() {
            self.send(Event::FunctionLog { function: function.to_owned(), line: line.to_owned() });
        }
    }

    /// Waits until everything said so far is written, but not for a reader that does not read.
    pub fn flush(&self) {
        let (done, written) = channel();
        self.send(Event::Flush(done));
        // An error means that the writer has ended or is stuck: then there is nothing to wait for.
        written.recv_timeout(FLUSH_PATIENCE).unwrap_or_default();
    }

    fn send(&self, event: Event) {
        self.queue.waiting.fetch_add(1, Ordering::Relaxed);
        // The writer ends only when standard output is closed; then nobody reads what would be said.
        drop(self.events.send(event));
    }
}

struct Writer {
    inbox: Receiver<Event>,
    queue: Arc<Queue>,
    json: bool,
}

impl Writer {
    /// Writes what there is, then rests a moment: under load there are few writes and few wake-ups.
    fn run(&self) -> std::io::Result<()> {
        let colors = anstream::AutoStream::choice(&std::io::stdout());
        // What takes the colors away writes in small pieces: they are collected behind it.
        let buffer: Box<dyn std::io::Write> =
            Box::new(BufWriter::with_capacity(OUT_BUFFER_BYTES, std::io::stdout()));
        let mut out = anstream::AutoStream::new(buffer, colors);
        let mut err = anstream::stderr();
        while let Ok(first) = self.inbox.recv() {
            let mut flushed = Vec::new();
            let mut next = Some(first);
            while let Some(event) = next {
                self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
                match event {
                    Event::Flush(done) => flushed.push(done),
                    event => self.write(event, &mut out, &mut err)?,
                }
                next = self.inbox.try_recv().ok();
            }
            let left_out = self.queue.left_out.swap(0, Ordering::Relaxed);
            if left_out > 0 {
                let text = format!("({left_out} lines left out: they came faster than they are read)");
                self.write(
                    Event::Say { json: json!({"left_out": left_out}), text, fault: false },
                    &mut out,
                    &mut err,
                )?;
            }
            out.flush()?;
            flushed.into_iter().for_each(|done| done.send(()).unwrap_or_default());
            std::thread::sleep(REST);
        }
        Ok(())
    }

    fn write(
        &self,
        event: Event,
        out: &mut impl std::io::Write,
        err: &mut impl std::io::Write,
    ) -> std::io::Result<()> {
        match event {
            event if self.json => match as_json(event, err) {
                Value::Null => Ok(()),
                value => writeln!(out, "{value}"),
            },
            Event::Say { text, .. } if text.is_empty() => Ok(()),
            Event::Say { text, fault: true, .. } => {
                out.flush()?;
                writeln!(err, "{text}")
            }
            Event::Say { text, .. } => writeln!(out, "{text}"),
            Event::Request(line) => writeln!(out, "{}", request_line(&line)),
            Event::FunctionLog { function, line } => {
                writeln!(out, "{}", format!("  {function} │ {line}").dimmed())
            }
            Event::Flush(_) => Ok(()),
        }
    }
}

/// The JSON of an event; a fault is told on standard error besides.
fn as_json(event: Event, err: &mut impl std::io::Write) -> Value {
    match event {
        Event::Say { json, text, fault } => {
            if fault {
                // Standard error may be closed; the JSON line says it all the same.
                drop(writeln!(err, "{text}"));
            }
            json
        }
        Event::Request(line) => json!({"request": {
            "method": line.method,
            "url": line.url,
            "status": line.status,
            "x_cache": (!line.x_cache.is_empty()).then_some(line.x_cache),
            "bytes": line.body_bytes,
            "milliseconds": milliseconds(line.duration_microseconds),
            "id": line.id,
        }}),
        Event::FunctionLog { function, line } => json!({"log": {"function": function, "line": line}}),
        Event::Flush(_) => Value::Null,
    }
}

fn request_line(line: &RequestLine) -> String {
    let status = match line.status {
        500.. => line.status.red().to_string(),
        400.. => line.status.yellow().to_string(),
        300.. => line.status.cyan().to_string(),
        _ => line.status.green().to_string(),
    };
    let RequestLine { method, url, x_cache, .. } = line;
    format!(
        "{status} {method:<7} {url}  {x_cache}  {}  {:.1} ms  {}",
        size(line.body_bytes),
        milliseconds(line.duration_microseconds),
        line.id.dimmed()
    )
}

fn milliseconds(microseconds: u64) -> f64 {
    // Times of requests stay far below the 2^53 µs that a double holds exactly.
    (microseconds as f64) / 1000.0
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// How many lines may wait for the writer.
const LINES_WAITING_MAX: usize = 16_384;

/// How long the writer rests after it has written all there was.
const REST: Duration = Duration::from_millis(5);

/// How long the end of the program waits for a reader.
const FLUSH_PATIENCE: Duration = Duration::from_secs(2);

const OUT_BUFFER_BYTES: usize = 64 * 1024;
