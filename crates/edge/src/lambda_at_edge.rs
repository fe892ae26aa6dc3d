//! The seam to the engine of Lambda@Edge: whoever runs the edge decides how a function runs.

use std::pin::Pin;

use bytes::Bytes;
use frontgate_edge_rules::LambdaFunction;
use frontgate_explain::Trace;

/// Calls functions of Lambda@Edge, and keeps CloudFront's log about them.
pub trait LambdaAtEdge {
    /// Calls `function` with an event and waits for its result. The facts of what happens are noted into `trace`; what
    /// went wrong is told to the operator there.
    fn invoke<'a>(
        &'a self,
        function: &'a LambdaFunction,
        event: Bytes,
        trace: &'a mut Trace,
    ) -> Pin<Box<dyn Future<Output = LambdaOutcome> + 'a>>;

    /// A line of CloudFront's own log about the functions of a distribution, on AWS the log group
    /// `/aws/cloudfront/LambdaEdge/DISTRIBUTION`.
    fn log(&self, distribution_id: &str, line: &str);
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct LambdaOutcome {
    /// What the function returned, as JSON.
    pub result: Result<Bytes, LambdaFailure>,
    /// How long the call took.
    pub milliseconds: u32,
}

/// Why a call came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LambdaFailure {
    /// It threw, timed out, or could not be started.
    Execution,
    /// Too many of its invocations run.
    Throttled,
}

/// What an edge without an engine has: every call fails.
pub(crate) struct NoLambda;

impl LambdaAtEdge for NoLambda {
    fn invoke<'a>(
        &'a self,
        _: &'a LambdaFunction,
        _: Bytes,
        _: &'a mut Trace,
    ) -> Pin<Box<dyn Future<Output = LambdaOutcome> + 'a>> {
        Box::pin(async { LambdaOutcome { result: Err(LambdaFailure::Execution), milliseconds: 0 } })
    }

    fn log(&self, _: &str, _: &str) {}
}
