//! The seams to what answers: functions, HTTP backends and S3.

use std::future::Future;

use bytes::Bytes;
use frontgate_explain::Trace;
use frontgate_gateway_rules::{HttpCall, InvocationType};
use frontgate_iam::Identity;
use frontgate_message::{Body, Headers, Response};

/// Invokes functions.
pub trait Functions {
    /// Invokes a function and waits for its payload. The future is dropped at the integration's timeout; the
    /// function itself then runs on, as on AWS.
    fn invoke(&self, call: FunctionCall<'_>, trace: &mut Trace) -> impl Future<Output = FunctionOutcome>;

    /// Invokes a function and gives its response as soon as it begins. Dropping its body lets the function run on.
    fn invoke_with_response_stream(
        &self,
        call: FunctionCall<'_>,
        trace: &mut Trace,
    ) -> impl Future<Output = StreamOutcome> {
        // Of functions that do not stream.
        async { self.invoke(call, trace).await.into() }
    }
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

/// What became of an invocation whose response is streamed.
#[derive(Debug)]
pub enum StreamOutcome {
    /// The response has begun; an error of the function from here on is one of the body.
    Stream {
        /// What the runtime says of it.
        content_type: Option<String>,
        /// The response.
        body: Body,
    },
    /// There is none, for one of the reasons of [`FunctionOutcome`].
    None(FunctionOutcome),
}

impl From<FunctionOutcome> for StreamOutcome {
    fn from(outcome: FunctionOutcome) -> Self {
        match outcome {
            FunctionOutcome::Payload(payload) => {
                Self::Stream { content_type: Some("application/json".to_owned()), body: payload.into() }
            }
            other => Self::None(other),
        }
    }
}

/// Calls HTTP backends over the network.
pub trait HttpIntegrations {
    /// Sends the request and gives the answer, its body perhaps still coming.
    fn send(&self, call: HttpCall, trace: &mut Trace) -> impl Future<Output = Result<Response, HttpFailure>>;
}

/// Asks S3, as an identity of the account.
pub trait ObjectStorage {
    /// Sends the request and gives S3's answer, its body perhaps still coming.
    fn ask(&self, call: ObjectCall<'_>, trace: &mut Trace) -> impl Future<Output = Response>;
}

/// One request to the endpoint of S3.
#[derive(Clone, Debug)]
pub struct ObjectCall<'a> {
    /// Who asks: the role of an integration, or its caller.
    pub identity: &'a Identity,
    /// The ARN of who asks: the user's, or that of the role's session.
    pub arn: &'a str,
    /// The unique id of who asks, with the session's name for a role.
    pub user_id: &'a str,
    /// The region of the endpoint.
    pub region: &'a str,
    /// The method.
    pub method: &'a str,
    /// Path and query, the bucket first.
    pub target: &'a str,
    /// The header fields, without Host and framing.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

/// Why an HTTP backend gave no answer. The caller does not see the words: who implements the seam tells the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpFailure {
    /// The URL cannot be called: no http or https URL, or its host does not exist.
    InvalidEndpoint(String),
    /// No connection, no TLS, or no whole answer.
    Network(String),
}
