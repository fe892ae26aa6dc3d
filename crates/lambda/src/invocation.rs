//! One invocation as its caller sees it: AWS's Invoke operation.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::time::{Duration, Instant};

use bytes::Bytes;
use frontgate_explain::Fact;

/// What the caller says about an invocation besides the event.
#[derive(Clone, Debug, Default)]
pub struct InvokeContext {
    /// The id of the invocation, a UUID; made here when it is empty.
    pub request_id: String,
    /// The X-Ray trace header, such as `Root=1-…;Parent=…;Sampled=0`; made here when there is none.
    pub trace_id: Option<String>,
    /// Until when the caller waits for a free execution environment; a function that runs is not cut short by it.
    pub deadline: Option<Instant>,
    /// The ARN that the caller named, with its qualifier; `None` for that of the function.
    pub invoked_arn: Option<String>,
    /// A random number, which chooses among the versions of an alias.
    pub draw: u32,
    /// The client context as JSON, for mobile SDKs.
    pub client_context: Option<String>,
    /// Whether the last 4 KB of the log are to come with the answer (`LogType: Tail`), which waits for them.
    pub log_tail: bool,
}

/// What an invocation gave: a payload, or the payload of a function error.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The JSON that the function returned, or the error as JSON.
    pub payload: Bytes,
    /// What `X-Amz-Function-Error` says, if the function failed.
    pub function_error: Option<FunctionError>,
    /// `X-Amz-Executed-Version`: [`crate::LATEST`], or the number of a version.
    pub executed_version: String,
    /// The last 4 KB of the log, if they were asked for.
    pub log_tail: Option<String>,
    /// What happened, in order.
    pub facts: Vec<Fact>,
    /// How long the new execution environment took to initialize, at a cold start.
    pub init_duration: Option<Duration>,
    /// How long the function ran.
    pub duration: Duration,
}

/// Why a function failed. AWS's header says `Unhandled` for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionError {
    /// The process ended before it answered.
    Exited,
    /// The function could not be initialized: its module, its handler or its top-level code failed.
    InitFailed,
    /// The function raised an error.
    Raised,
    /// What it returned is larger than a response may be.
    ResponseTooLarge,
    /// It ran into its timeout.
    TimedOut,
    /// Its streamed response ended before its end.
    Truncated,
}

impl FunctionError {
    /// The value of `X-Amz-Function-Error`.
    #[must_use]
    pub fn header(self) -> &'static str {
        "Unhandled"
    }
}

/// Why there was no invocation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// 404 `ResourceNotFoundException`.
    #[error("there is no function named {name}")]
    NotFound {
        /// The name that was asked for, with its qualifier.
        name: String,
    },
    /// 500: no process could be started.
    #[error("no process could be started for the function: {0}")]
    Spawn(String),
    /// The engine is ending.
    #[error("the functions are shutting down")]
    ShuttingDown,
    /// 429 `TooManyRequestsException`, `Rate Exceeded.`
    #[error("Rate Exceeded. ({reason})")]
    Throttled {
        /// AWS's `Reason`, such as `ReservedFunctionConcurrentInvocationLimitExceeded`.
        reason: &'static str,
        /// What happened, for the trace.
        fact: Fact,
    },
    /// 413 `RequestEntityTooLargeException`.
    #[error("the event of {bytes} bytes is larger than {bytes_max}")]
    TooLarge {
        /// The size of the event.
        bytes: usize,
        /// The size that an event may have.
        bytes_max: usize,
    },
}
