//! Where the lines of the functions' logs go.

use std::sync::Arc;

/// One line of a function's log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// The function.
    pub function: Arc<str>,
    /// The invocation that ran when the line came, if one did.
    pub request_id: Option<Arc<str>>,
    /// Who says it.
    pub kind: LogKind,
    /// The line without its end.
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

/// What is called for every line, on a thread of its own.
pub struct LogSink(
    #[expect(dead_code, reason = "the log thread comes next")] pub(crate) Box<dyn FnMut(LogLine) + Send>,
);

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
