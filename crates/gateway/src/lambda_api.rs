//! The life of a request to Lambda's own API, top to bottom: what `aws lambda invoke` and the SDKs ask.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use std::future::Future;

use bytes::Bytes;
use frontgate_aws::sigv4::Refusal as SignatureRefusal;
use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::function_url::signature_refused;
use frontgate_gateway_rules::lambda_api::event_stream;
pub use frontgate_gateway_rules::lambda_api::event_stream::{invoke_complete, payload_chunks};
use frontgate_gateway_rules::lambda_api::{
    ASYNCHRONOUS_PAYLOAD_LENGTH_MAX, ApiError, FunctionName, INVOKE_PAYLOAD_LENGTH_MAX, InvokeHeaders,
    Invoked, event, operation,
};
use frontgate_gateway_rules::{InvocationType, time};
use frontgate_iam::{Identities, Identity};
use frontgate_message::{Body, BodyError, RequestHead, Response};

use crate::signature::{Scope, fact, signer};

/// A request to the API, with all that must not be made up here.
#[derive(Clone, Copy)]
pub struct LambdaApiCall<'a> {
    /// The head of the request.
    pub head: &'a RequestHead,
    /// The region of the endpoint.
    pub region: &'a str,
    /// When it came, in milliseconds of the Unix epoch.
    pub now_milliseconds: u64,
    /// `x-amzn-RequestId`, which is the id of the invocation, too: a UUID.
    pub request_id: &'a str,
    /// `X-Amzn-Trace-Id` where the request has none.
    pub trace_id: &'a str,
    /// The identities of the account.
    pub identities: &'a Identities,
    /// Whether the caller may invoke the function with that ARN.
    pub permission: &'a dyn Fn(&LambdaApiCaller<'_>, &str) -> InvokePermission,
    /// The place of the function with that name and qualifier; `None` where there is none.
    pub find: &'a dyn Fn(&str, Option<&str>) -> Option<PlaceId>,
}

/// Who asks, once the signature is verified.
#[derive(Clone, Debug)]
pub struct LambdaApiCaller<'a> {
    /// Whose key it is.
    pub identity: &'a Identity,
    /// The ARN of the user, or of the session of a role.
    pub arn: String,
    /// The unique id, with the session's name for a role.
    pub id: String,
}

/// Whether a caller may invoke a function, with the place that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvokePermission {
    /// A policy of the caller, or a permission of the function.
    Allowed(PlaceId),
    /// A policy denies it.
    Denied(PlaceId),
    /// Nothing allows it; the place of the identity.
    NotAllowed(PlaceId),
}

/// Invokes functions as the API does; a seam.
pub trait Invocations {
    /// Invokes a function: waits for its answer, or puts the event into the queue.
    fn invoke_from_api(
        &self,
        invocation: ApiInvocation<'_>,
        trace: &mut Trace,
    ) -> impl Future<Output = Result<ApiInvoked, InvocationFailure>>;

    /// Invokes a function and gives its response while it is made.
    fn stream_from_api(
        &self,
        invocation: ApiInvocation<'_>,
        trace: &mut Trace,
    ) -> impl Future<Output = Result<ApiStream, InvocationFailure>>;
}

/// A response that has begun.
#[derive(Debug)]
pub struct ApiStream {
    /// The version that runs.
    pub executed_version: String,
    /// The response, framed with [`payload_chunks`] and closed with [`invoke_complete`].
    pub messages: Body,
}

/// One invocation.
#[derive(Clone, Debug)]
pub struct ApiInvocation<'a> {
    /// The name of the function.
    pub function_name: &'a str,
    /// The version or alias.
    pub qualifier: Option<&'a str>,
    /// Its ARN with the qualifier.
    pub function_arn: &'a str,
    /// The event.
    pub event: Bytes,
    /// Whether somebody waits for what it returns.
    pub waits: bool,
    /// The client context as JSON.
    pub client_context: Option<String>,
    /// Whether the end of the log is wanted.
    pub log_tail: bool,
    /// The id of the invocation.
    pub request_id: &'a str,
    /// The value of `X-Amzn-Trace-Id`.
    pub trace_id: &'a str,
}

/// What came of it; of an event that nobody waits for, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiInvoked {
    /// What the function returned, or its error as JSON.
    pub payload: Bytes,
    /// Whether it failed.
    pub failed: bool,
    /// The version that ran.
    pub executed_version: String,
    /// The end of its log.
    pub log_tail: Option<String>,
}

/// Why there was no invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvocationFailure {
    /// There is no such function, version or alias.
    NotFound,
    /// A chain of invocations came to it too often.
    Recursive,
    /// A concurrency limit is reached; AWS's `Reason`.
    Throttled(&'static str),
    /// It could not be run; who implements the seam tells the operator why.
    Unavailable,
}

/// Answers one request.
pub async fn serve_lambda_api(
    call: LambdaApiCall<'_>,
    body: Body,
    invocations: &impl Invocations,
    trace: &mut Trace,
) -> Response {
    trace.note(Fact::of(FactKind::LambdaApiAsked));
    let trace_id = trace_id(&call);
    let mut response = match run(&call, trace_id, body, invocations, trace).await {
        Ok(response) => response,
        Err(Refused { response, closing }) => Response { close: closing, ..*response },
    };
    let headers = &mut response.headers;
    headers.set("Date", time::http_date(call.now_milliseconds).as_bytes());
    headers.set("x-amzn-RequestId", call.request_id.as_bytes());
    headers.set("X-Amzn-Trace-Id", trace_id.as_bytes());
    response
}

/// Why no function is asked.
struct Refused {
    response: Box<Response>,
    /// The connection is of no more use.
    closing: bool,
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self { response: Box::new(error.response()), closing: false }
    }
}

async fn run(
    call: &LambdaApiCall<'_>,
    trace_id: &str,
    body: Body,
    invocations: &impl Invocations,
    trace: &mut Trace,
) -> Result<Response, Refused> {
    let target = &call.head.target;
    let query = target.query().unwrap_or_default();
    let Some((operation, segment)) = operation(call.head.method.as_str(), target.path(), query) else {
        trace.note(Fact::of(FactKind::LambdaApiOperationUnknown));
        return Err(closing(ApiError::UnknownOperation));
    };
    if !is_signed(call.head) {
        trace.note(Fact::of(FactKind::LambdaApiUnsigned));
        return Err(closing(ApiError::MissingToken));
    }
    let payload = payload(body, trace).await?;
    let caller = verified(call, &payload, trace)?;
    let (Some(segment), "Invoke" | "InvokeAsync" | "InvokeWithResponseStream") = (segment, operation) else {
        trace.note(Fact::of(FactKind::LambdaApiOperationNotRun));
        return Err(ApiError::NotRun(operation).into());
    };
    let name = FunctionName::read(segment, query).map_err(|error| invalid(error, trace))?;
    let arn = name.arn(call.region);
    check_allowed(call, &caller, &arn, trace)?;
    if let Some(other) = name.other_region(call.region) {
        return Err(invalid(ApiError::OtherRegion(other.to_owned(), call.region.to_owned()), trace));
    }
    let headers =
        InvokeHeaders::read(&call.head.headers, operation).map_err(|error| invalid(error, trace))?;
    let Some(place) = (call.find)(&name.name, name.qualifier.as_deref()) else {
        trace.note(Fact::of(FactKind::LambdaApiFunctionUnknown));
        return Err(ApiError::NotFound(arn).into());
    };
    let waits = headers.invocation_type == InvocationType::RequestResponse;
    let event = event(&payload).map_err(|error| invalid(error, trace))?;
    if !waits && event.len() > ASYNCHRONOUS_PAYLOAD_LENGTH_MAX {
        return Err(invalid(ApiError::TooLarge(ASYNCHRONOUS_PAYLOAD_LENGTH_MAX), trace));
    }
    if headers.invocation_type == InvocationType::DryRun {
        trace.note(Fact::of(FactKind::LambdaApiDryRun).at(place));
        return Ok(Response::new(204));
    }
    let invocation = ApiInvocation {
        function_name: &name.name,
        qualifier: name.qualifier.as_deref(),
        function_arn: &arn,
        event: Bytes::copy_from_slice(event),
        waits,
        client_context: headers.client_context,
        log_tail: headers.log_tail,
        request_id: call.request_id,
        trace_id,
    };
    let answered = match operation {
        "InvokeWithResponseStream" => invocations.stream_from_api(invocation, trace).await.map(streamed),
        "InvokeAsync" => {
            let accepted = Response::new(202).with_body(Bytes::from_static(b"{\"Status\":202}"));
            invocations.invoke_from_api(invocation, trace).await.map(|_| accepted)
        }
        _ if waits => invocations.invoke_from_api(invocation, trace).await.map(answer),
        _ => invocations.invoke_from_api(invocation, trace).await.map(|_| Response::new(202)),
    };
    answered.map_err(|failure| failed(failure, arn.clone(), trace).into())
}

fn streamed(stream: ApiStream) -> Response {
    event_stream::response(&stream.executed_version).with_body(stream.messages)
}

fn answer(invoked: ApiInvoked) -> Response {
    let ApiInvoked { payload, failed, executed_version, log_tail } = invoked;
    let head = Invoked { executed_version: &executed_version, failed, log_tail: log_tail.as_deref() };
    head.response().with_body(payload)
}

fn failed(failure: InvocationFailure, arn: String, trace: &mut Trace) -> ApiError {
    match failure {
        InvocationFailure::NotFound => {
            trace.note(Fact::of(FactKind::LambdaApiFunctionUnknown));
            ApiError::NotFound(arn)
        }
        InvocationFailure::Recursive => ApiError::Recursive,
        InvocationFailure::Throttled(reason) => ApiError::Throttled(reason),
        InvocationFailure::Unavailable => {
            trace.note(Fact::of(FactKind::LambdaApiUnavailable));
            ApiError::Unavailable
        }
    }
}

fn invalid(error: ApiError, trace: &mut Trace) -> Refused {
    trace.note(Fact::of(FactKind::LambdaApiRequestInvalid).value(error.status().into()));
    error.into()
}

fn closing(error: ApiError) -> Refused {
    Refused { closing: true, ..error.into() }
}

fn is_signed(head: &RequestHead) -> bool {
    let by_query = head.target.query().is_some_and(|query| query.contains("X-Amz-Signature="));
    by_query || head.headers.contains("Authorization")
}

/// The whole payload of the request.
async fn payload(body: Body, trace: &mut Trace) -> Result<Bytes, Refused> {
    let collected = match body.length() {
        Some(length) if length > INVOKE_PAYLOAD_LENGTH_MAX as u64 => Err(BodyError::TooLarge),
        _ => body.collect(INVOKE_PAYLOAD_LENGTH_MAX).await,
    };
    collected.map_err(|error| {
        let error = match error {
            BodyError::TooLarge => ApiError::TooLarge(INVOKE_PAYLOAD_LENGTH_MAX),
            // The client went away, or broke the syntax in the middle of its body.
            _ => ApiError::NotJson("Unexpected end-of-input".to_owned()),
        };
        Refused { closing: true, ..invalid(error, trace) }
    })
}

fn verified<'a>(
    call: &LambdaApiCall<'a>,
    payload: &[u8],
    trace: &mut Trace,
) -> Result<LambdaApiCaller<'a>, Refused> {
    let scope = Scope { service: SERVICE, region: call.region, now_milliseconds: call.now_milliseconds };
    let found = signer(call.identities, scope, call.head, payload).map_err(|refusal| {
        trace.note(fact(fact_of(&refusal), &refusal));
        Refused { response: Box::new(signature_refused(&refusal)), closing: false }
    })?;
    let Some((key, identity)) = found else {
        trace.note(Fact::of(FactKind::LambdaApiUnsigned));
        return Err(ApiError::MissingToken.into());
    };
    trace.note(Fact::of(FactKind::LambdaApiSigned).at(identity.place));
    Ok(LambdaApiCaller { identity, arn: key.caller_arn(identity), id: key.caller_id(identity) })
}

fn fact_of(refusal: &SignatureRefusal) -> FactKind {
    match refusal {
        SignatureRefusal::Mismatch { .. } => FactKind::LambdaApiSignatureDoesNotMatch,
        SignatureRefusal::UnknownAccessKey | SignatureRefusal::WrongSessionToken => {
            FactKind::LambdaApiAccessKeyUnknown
        }
        SignatureRefusal::SessionEnded(_) => FactKind::LambdaApiSessionEnded,
        SignatureRefusal::Expired { .. } | SignatureRefusal::NotYetCurrent { .. } => {
            FactKind::LambdaApiSignatureNotCurrent
        }
        _ => FactKind::LambdaApiSignatureUnreadable,
    }
}

fn check_allowed(
    call: &LambdaApiCall<'_>,
    caller: &LambdaApiCaller<'_>,
    arn: &str,
    trace: &mut Trace,
) -> Result<(), Refused> {
    let (kind, place, explicit) = match (call.permission)(caller, arn) {
        InvokePermission::Allowed(place) => {
            trace.note(Fact::of(FactKind::LambdaApiAllowed).at(place));
            return Ok(());
        }
        InvokePermission::Denied(place) => (FactKind::LambdaApiDenied, place, true),
        InvokePermission::NotAllowed(place) => (FactKind::LambdaApiNotAllowed, place, false),
    };
    trace.note(Fact::of(kind).at(place));
    Err(ApiError::AccessDenied { caller: caller.arn.clone(), function: arn.to_owned(), explicit }.into())
}

/// The trace that the client is in, else a new one.
fn trace_id<'a>(call: &LambdaApiCall<'a>) -> &'a str {
    call.head.headers.first_text("X-Amzn-Trace-Id").filter(|id| id.contains("Root=")).unwrap_or(call.trace_id)
}

/// The name of Lambda in signatures.
const SERVICE: &str = "lambda";

#[cfg(test)]
mod tests;
