//! The seam to the engine of CloudFront Functions: whoever runs the edge decides how a function runs.

use std::sync::Arc;

use frontgate_cloudfront_functions_rules::event::Prepared;
use frontgate_cloudfront_functions_rules::{Failure, FunctionResult};
use frontgate_edge_rules::ViewerFunction;

use crate::request_id::RequestId;

/// Calls functions. A call is short and waits for nothing, so it is no future.
pub trait ViewerFunctions {
    /// Calls `function` with an event. What it logs, and in which words it failed, is told to the operator there.
    fn call(
        &self,
        function: &Arc<ViewerFunction>,
        event: &Prepared,
        request_id: RequestId,
    ) -> FunctionOutcome;
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct FunctionOutcome {
    /// What the function wants.
    pub result: Result<FunctionResult, FunctionFailure>,
    /// Its time as a share of what it may take, 0 to 100.
    pub compute_utilization: u32,
}

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionFailure {
    /// It threw, or broke a limit.
    Execution,
    /// CloudFront does not take its result.
    Invalid(Failure),
    /// The runtime does not accept its code.
    NotAccepted,
}

/// What an edge without an engine has: every call fails.
pub(crate) struct NoFunctions;

impl ViewerFunctions for NoFunctions {
    fn call(&self, _: &Arc<ViewerFunction>, _: &Prepared, _: RequestId) -> FunctionOutcome {
        FunctionOutcome { result: Err(FunctionFailure::Execution), compute_utilization: 0 }
    }
}
