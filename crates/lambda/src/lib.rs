//! Lambda functions as real processes over the Lambda Runtime API.
//!
//! [`Engine`] keeps the execution environments: one process each, one event at a time, reused while warm, more of
//! them under load. The processes run the machine's own `node` and `python3` with small runtime clients of ours.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>

#![forbid(unsafe_code)]

mod apart;
mod bootstrap;
mod clients;
mod closing;
mod code_tree;
mod config;
mod descendants;
mod dispatcher;
mod engine;
mod environment;
mod event_queue;
mod extensions;
mod failures;
mod function;
mod handler;
mod ids;
mod invocation;
mod launch;
mod layers;
mod limits;
mod lines;
mod log;
mod output;
mod process;
mod readable;
mod report;
mod runtime_api;
mod runtimes;
mod sandbox;
mod scratch;
mod staging;
mod starts;
mod stream;
mod syntax;
mod telemetry;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod variables;
mod watchdog;
mod work;

pub use apart::{Isolation, enter_if_told};
pub use config::{
    AliasConfig, Code, Credentials, DeployError, DeployNotice, DeployReport, FunctionConfig, LATEST,
};
pub use engine::{Engine, EngineError, EngineOptions};
pub use event_queue::{
    Attempted, Clock, EventFunctions, EventQueue, EventSettings, InvokedFunction, QueueFull, QueuedEvent,
    RECURSIVE_INVOCATIONS_MAX, Recursion, enter,
};
pub use invocation::{FunctionError, Invocation, InvokeContext, InvokeError};
pub use limits::ASYNCHRONOUS_EVENT_BYTES_MAX;
pub use log::{LogKind, LogLine, LogSink};
pub use stream::{ResponseStream, StreamEnd, StreamFailure, StreamedInvocation};
