//! What the user sees while frontgate runs: text for people, or JSON lines for programs.
//!
//! Lines are made and written by one thread of their own, so that a slow terminal slows no request.

use std::io::Write as _;
use std::sync::mpsc::{Receiver, Sender, channel};

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
    quiet: bool,
}

impl Console {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(json: bool, quiet: bool) -> std::io::Result<Self> {
        let (events, inbox) = channel();
        std::thread::Builder::new().name("console".into()).spawn(move || write_all(&inbox, json))?;
        Ok(Self { events, quiet })
    }

    /// Whether a line per request is wanted.
    pub fn shows_requests(&self) -> bool {
        !self.quiet
    }

    /// Says something in both forms.
    pub fn say(&self, text: impl Into<String>, json: Value) {
        self.send(Event::Say { text: text.into(), json, fault: false });
    }

    /// Says what went wrong in both forms.
    pub fn fault(&self, text: impl Into<String>, json: Value) {
        self.send(Event::Say { text: text.into(), json, fault: true });
    }

    /// Says that a request was answered.
    pub fn request(&self, line: RequestLine) {
        if !self.quiet {
            self.send(Event::Request(Box::new(line)));
        }
    }

    /// Passes a line of a function's log on.
    pub fn function_log(&self, function: &str, line: &str) {
        self.send(Event::FunctionLog { function: function.to_owned(), line: line.to_owned() });
    }

    /// Waits until everything said so far is written.
    pub fn flush(&self) {
        let (done, written) = channel();
        self.send(Event::Flush(done));
        // An error means that the writer has ended: then there is nothing to wait for.
        written.recv().unwrap_or_default();
    }

    fn send(&self, event: Event) {
        // The writer ends only when standard output is closed; then nobody reads what would be said.
        drop(self.events.send(event));
    }
}

fn write_all(inbox: &Receiver<Event>, json: bool) {
    let mut out = anstream::stdout();
    let mut err = anstream::stderr();
    for event in inbox {
        let written = match event {
            Event::Flush(done) => {
                done.send(()).unwrap_or_default();
                out.flush()
            }
            event if json => match as_json(event, &mut err) {
                Value::Null => Ok(()),
                value => writeln!(out, "{value}").and_then(|()| out.flush()),
            },
            Event::Say { text, .. } if text.is_empty() => Ok(()),
            Event::Say { text, fault: true, .. } => writeln!(err, "{text}"),
            Event::Say { text, .. } => writeln!(out, "{text}"),
            Event::Request(line) => writeln!(out, "{}", request_line(&line)),
            Event::FunctionLog { function, line } => {
                writeln!(out, "{}", format!("  {function} │ {line}").dimmed())
            }
        };
        if written.is_err() {
            return;
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
