//! What belongs to one request while it is served: its time, its name, its reasons, and what came of it.

use std::sync::Arc;

use frontgate_edge_rules::Origin;
use frontgate_edge_rules::origin_request::OriginRequest;
use frontgate_explain::Trace;
use frontgate_message::RequestHead;

use crate::request_id::RequestId;
use crate::steps::refresh::Refresh;

/// One request at the edge, but for the request itself.
pub struct Exchange {
    /// Unix seconds at which it arrived; the edge reads no clock.
    pub now: u64,
    /// What was decided so far.
    pub trace: Trace,
    /// Its `X-Amz-Cf-Id`.
    pub request_id: RequestId,
    /// What `X-Cache` says in the end.
    pub result: XCache,
    /// What went to the origin, where something did; kept to be explained.
    pub origin_request: Option<Box<OriginRequest>>,
    /// What went on of the request, where a function changed it; kept to be explained.
    pub changed_request: Option<Box<ChangedByFunction>>,
    /// What was wrong with the result of a Lambda@Edge function; kept to be explained.
    pub function_error: Option<Box<str>>,
    /// An object to be fetched anew once the answer is on its way ([`crate::Edge::refresh`]): `stale-while-revalidate`.
    pub refresh: Option<Box<Refresh>>,
    pub(crate) key: Vec<u8>,
    /// The origin answered a range with the whole object, and so does the edge, this once.
    pub(crate) sends_whole: bool,
}

/// A request as a function changed it.
#[derive(Clone, Debug)]
pub struct ChangedByFunction {
    /// The request.
    pub head: RequestHead,
    /// The origin that the function asked for.
    pub origin: Option<Arc<Origin>>,
    /// The origin that is asked where that one fails.
    pub secondary: Option<Arc<Origin>>,
}

/// The words of `X-Cache`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XCache {
    /// The answer is an error, or replaces one.
    Error,
    /// A function threw, or broke a limit.
    FunctionExecutionError,
    /// A function answered.
    FunctionGeneratedResponse,
    /// What a function returned is not taken.
    FunctionValidationError,
    /// From the cache.
    Hit,
    /// A Lambda@Edge function threw, or timed out.
    LambdaExecutionError,
    /// A Lambda@Edge function answered.
    LambdaGeneratedResponse,
    /// Too many invocations of a Lambda@Edge function run.
    LambdaLimitExceeded,
    /// What a Lambda@Edge function returned is not taken.
    LambdaValidationError,
    /// From the origin.
    Miss,
    /// To https.
    Redirect,
    /// From the cache after the origin said that nothing has changed.
    RefreshHit,
}

impl Exchange {
    /// A request that arrived at `now` and is called `request_id`.
    #[must_use]
    pub fn new(now: u64, request_id: RequestId) -> Self {
        Self {
            now,
            trace: Trace::new(),
            request_id,
            result: XCache::Miss,
            origin_request: None,
            changed_request: None,
            function_error: None,
            refresh: None,
            key: Vec::new(),
            sends_whole: false,
        }
    }

    /// Makes this the exchange of another request and keeps its memory.
    pub fn renew(&mut self, now: u64, request_id: RequestId) {
        let Self {
            now: time,
            trace,
            request_id: id,
            result,
            origin_request,
            changed_request,
            function_error,
            refresh,
            key,
            sends_whole,
        } = self;
        (*time, *id, *result) = (now, request_id, XCache::Miss);
        (*origin_request, *changed_request, *refresh) = (None, None, None);
        (*function_error, *sends_whole) = (None, false);
        trace.clear();
        key.clear();
    }
}

impl XCache {
    /// What `X-Cache` says of an error: that it is one, unless a function of Lambda@Edge made it.
    #[must_use]
    pub(crate) fn or_error(self) -> Self {
        match self {
            Self::LambdaExecutionError
            | Self::LambdaGeneratedResponse
            | Self::LambdaLimitExceeded
            | Self::LambdaValidationError => self,
            _ => Self::Error,
        }
    }

    /// The value of the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "Error from cloudfront",
            Self::FunctionExecutionError => "FunctionExecutionError from cloudfront",
            Self::FunctionGeneratedResponse => "FunctionGeneratedResponse from cloudfront",
            Self::FunctionValidationError => "FunctionValidationError from cloudfront",
            Self::Hit => "Hit from cloudfront",
            Self::LambdaExecutionError => "LambdaExecutionError from cloudfront",
            Self::LambdaGeneratedResponse => "LambdaGeneratedResponse from cloudfront",
            Self::LambdaLimitExceeded => "LambdaLimitExceeded from cloudfront",
            Self::LambdaValidationError => "LambdaValidationError from cloudfront",
            Self::Miss => "Miss from cloudfront",
            Self::Redirect => "Redirect from cloudfront",
            Self::RefreshHit => "RefreshHit from cloudfront",
        }
    }

    /// The word of the access log's `x-edge-result-type`.
    #[must_use]
    pub fn result_type(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::FunctionExecutionError => "FunctionExecutionError",
            Self::FunctionGeneratedResponse => "FunctionGeneratedResponse",
            Self::FunctionValidationError => "FunctionValidationError",
            Self::Hit => "Hit",
            Self::LambdaExecutionError => "LambdaExecutionError",
            Self::LambdaGeneratedResponse => "LambdaGeneratedResponse",
            Self::LambdaLimitExceeded => "LambdaLimitExceeded",
            Self::LambdaValidationError => "LambdaValidationError",
            Self::Miss => "Miss",
            Self::Redirect => "Redirect",
            Self::RefreshHit => "RefreshHit",
        }
    }
}
