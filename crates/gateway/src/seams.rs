//! The seams to what answers: functions and HTTP backends.

use std::future::Future;

use bytes::Bytes;
use frontgate_explain::Trace;
use frontgate_gateway_rules::{HttpCall, InvocationType};
use frontgate_message::Response;

/// Invokes functions.
pub trait Functions {
    /// Invokes a function and waits for its payload. The future is dropped at the integration's timeout; the
    /// function itself then runs on, as on AWS.
    fn invoke(&self, call: FunctionCall<'_>, trace: &mut Trace) -> impl Future<Output = FunctionOutcome>;
}

/// One invocation.
#[derive(Clone, Debug)]
pub struct FunctionCall<'a> {
    /// The name of the function.
    pub function_name: &'a str,
    /// Its ARN as the integration names it, perhaps with a qualifier.
    pub function_arn: &'a str,
    /// The event.
    pub event: Bytes,
    /// Whether anybody waits for what it returns; else the payload is empty.
    pub invocation_type: InvocationType,
    /// `$context.requestId`; the invocation has an id of its own.
    pub request_id: &'a str,
    /// The value of `X-Amzn-Trace-Id`.
    pub trace_id: &'a str,
    /// How long the integration waits.
    pub timeout_milliseconds: u32,
}

/// What became of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionOutcome {
    /// The JSON that the function returned.
    Payload(Bytes),
    /// The function failed; the error as JSON.
    FunctionError(Bytes),
    /// There is no such function.
    NotFound,
    /// Its concurrency limit is reached.
    Throttled,
    /// It could not be run; why. The caller sees a 500 only: who implements the seam tells the operator.
    Unavailable(String),
}

/// Calls HTTP backends over the network.
pub trait HttpIntegrations {
    /// Sends the request and gives the answer, its body perhaps still coming.
    fn send(&self, call: HttpCall, trace: &mut Trace) -> impl Future<Output = Result<Response, HttpFailure>>;
}

/// Why an HTTP backend gave no answer. The caller does not see the words: who implements the seam tells the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpFailure {
    /// The URL cannot be called: no http or https URL, or its host does not exist.
    InvalidEndpoint(String),
    /// No connection, no TLS, or no whole answer.
    Network(String),
}
