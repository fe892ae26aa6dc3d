//! A call of a Lambda@Edge function: the event goes out, and what comes back is taken or not.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-testing-debugging.html>.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use frontgate_edge_rules::LambdaFunction;
use frontgate_edge_rules::errors::ErrorPage;
use frontgate_edge_rules::lambda_edge::restrictions::bytes_max;
use frontgate_edge_rules::lambda_edge::{
    EventBody, Invalid, LambdaResponse, LambdaResult, PreparedEvent, Trigger, read_result,
};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, BodyError, Chunks, Headers, Response, reason_phrase};

use crate::exchange::{Exchange, XCache};
use crate::lambda_at_edge::LambdaFailure;
use crate::origins::OriginFailure;
use crate::serve::{Asked, Edge};
use crate::steps::viewer_function::reason;

/// A function of Lambda@Edge ended the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LambdaError {
    pub(crate) status: u16,
    pub(crate) page: ErrorPage,
}

impl From<LambdaError> for OriginFailure {
    fn from(error: LambdaError) -> Self {
        Self::Function(error.status, error.page)
    }
}

impl<O> Edge<O> {
    /// Calls the function. A failure is noted, and `X-Cache` says which.
    pub(crate) async fn call_lambda(
        &self,
        asked: &Asked<'_>,
        function: &LambdaFunction,
        event: &PreparedEvent,
        x: &mut Exchange,
    ) -> Result<LambdaResult, LambdaError> {
        let json = Bytes::from(event.json.clone());
        let outcome = self.lambda.invoke(function, json, &mut x.trace).await;
        x.trace.note(Fact::of(event.trigger.ran()).value(outcome.milliseconds).at(function.place));
        let read = match outcome.result {
            Ok(result) => read_result(event, &result),
            Err(LambdaFailure::Execution) => {
                x.trace.note(Fact::of(FactKind::LambdaEdgeFailed).at(function.place));
                x.result = XCache::LambdaExecutionError;
                return Err(LambdaError { status: 503, page: ErrorPage::LambdaFailed });
            }
            Err(LambdaFailure::Throttled) => {
                x.trace.note(Fact::of(FactKind::LambdaEdgeThrottled).at(function.place));
                x.result = XCache::LambdaLimitExceeded;
                return Err(LambdaError { status: 503, page: ErrorPage::LambdaThrottled });
            }
        };
        read.map_err(|invalid| self.not_taken(asked, function, invalid, x))
    }

    /// CloudFront does not take what the function returned.
    pub(crate) fn not_taken(
        &self,
        asked: &Asked<'_>,
        function: &LambdaFunction,
        invalid: Invalid,
        x: &mut Exchange,
    ) -> LambdaError {
        let Invalid { page, kind, message } = invalid;
        // As CloudFront's own log has it: the id of the request, then what is wrong.
        let line = format!("({}) ERROR Validation error: {message}", x.request_id.as_str());
        self.lambda.log(&asked.distribution.id, &line);
        x.trace.note(Fact::of(kind).at(function.place));
        x.result = XCache::LambdaValidationError;
        x.function_error = Some(message.into());
        LambdaError { status: 502, page }
    }
}

/// What of a request's body a function may see.
pub(crate) struct PeekedBody {
    seen: Bytes,
    is_truncated: bool,
}

impl PeekedBody {
    pub(crate) fn event_body(&self) -> EventBody<'_> {
        EventBody { data: &self.seen, is_truncated: self.is_truncated }
    }
}

/// Reads as much of a body as a function may see, if it may see any; and the whole body again.
pub(crate) async fn peek_body(
    mut body: Body,
    function: &LambdaFunction,
    trigger: Trigger,
    x: &mut Exchange,
) -> Result<(Option<PeekedBody>, Body), BodyError> {
    if !function.include_body {
        return Ok((None, body));
    }
    if matches!(body, Body::Empty | Body::Tunnel(_)) {
        // The connection of a WebSocket is no body, and stays what it is.
        return Ok((Some(PeekedBody { seen: Bytes::new(), is_truncated: false }), body));
    }
    let (length, seen_max) = (body.length(), bytes_max(trigger));
    let mut read = BytesMut::new();
    let mut is_whole = false;
    while !is_whole && read.len() <= seen_max {
        match body.chunk().await {
            Some(chunk) => read.extend_from_slice(&chunk?),
            None => is_whole = true,
        }
    }
    let read = read.freeze();
    let peeked =
        PeekedBody { seen: read.slice(..read.len().min(seen_max)), is_truncated: read.len() > seen_max };
    if peeked.is_truncated {
        let bytes = u32::try_from(peeked.seen.len()).unwrap_or(u32::MAX);
        x.trace.note(Fact::of(FactKind::LambdaEdgeBodyTruncated).value(bytes));
    }
    let body = if is_whole {
        Body::from(read)
    } else {
        Body::stream(length, Resumed { read: Some(read), rest: body })
    };
    Ok((Some(peeked), body))
}

/// A body of which the beginning was read.
struct Resumed {
    read: Option<Bytes>,
    rest: Body,
}

impl Chunks for Resumed {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        match self.read.take() {
            Some(read) => Poll::Ready(Some(Ok(read))),
            None => self.rest.poll_chunk(context),
        }
    }
}

/// Notes what a function changed of an answer.
pub(crate) fn note_answer_changes(changed: &LambdaResponse, status: u16, x: &mut Exchange) {
    if changed.status != status {
        x.trace.note(Fact::of(FactKind::LambdaEdgeChangedStatus).value(u32::from(changed.status)));
    }
    if let Some(left) = changed.changed_headers {
        x.trace.note(Fact::of(FactKind::LambdaEdgeChangedHeaders).value(left));
    }
    if let Some(body) = &changed.body {
        let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
        x.trace.note(Fact::of(FactKind::LambdaEdgeReplacedAnswer).value(bytes));
    }
}

/// The answer with what a function made of it.
pub(crate) fn apply_answer(changed: LambdaResponse, response: &mut Response) {
    // The words of the event belong to the status of the event.
    let description = changed.description.filter(|text| **text != *reason_phrase(response.status));
    response.status = changed.status;
    response.reason = reason(description.as_deref(), changed.status);
    response.headers = without_framing(&changed.headers);
    if let Some(body) = changed.body {
        response.body = Bytes::from(body).into();
        response.content_length_of_omitted_body = None;
    }
}

/// All fields but those that the connection writes itself.
pub(crate) fn without_framing(headers: &Headers) -> Headers {
    let is_framing = |name: &str| {
        name.eq_ignore_ascii_case("Content-Length") || name.eq_ignore_ascii_case("Transfer-Encoding")
    };
    let mut kept = headers.clone();
    kept.retain(|name, _| !is_framing(name));
    kept
}
