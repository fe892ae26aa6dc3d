//! The life of a request to a function URL, top to bottom.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>

use std::net::IpAddr;

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::authorization::Caller;
use frontgate_gateway_rules::event::EventBody;
use frontgate_gateway_rules::function_url::{URL_PAYLOAD_LENGTH_MAX, payload_hash};
use frontgate_gateway_rules::payload_v2::{PayloadRequest, Signer, payload_event};
use frontgate_gateway_rules::response_v2::read_payload_response;
use frontgate_gateway_rules::stream_head::{
    STREAM_CONTENT_TYPE, STREAM_HEAD_CONTENT_TYPE, StreamFormat, head_of_whole,
};
use frontgate_gateway_rules::url_cors::is_preflight;
use frontgate_gateway_rules::{AuthType, FunctionUrl, InvocationType, InvokeMode, UrlError, time};
use frontgate_iam::Identities;
use frontgate_message::{Body, BodyError, Headers, Method, RequestHead, Response};

use crate::streamed::{HeadFailure, begun, read_head};
use crate::{FunctionCall, FunctionOutcome, Functions, StreamOutcome};

mod signed;

pub use signed::UrlSigner;
use signed::{refuse_unsigned, verify};

/// A request on its way to a function URL, with all that must not be made up here.
#[derive(Clone, Copy)]
pub struct UrlCall<'a> {
    /// The URL that the Host names; `None` where no URL has that Host.
    pub url: Option<&'a FunctionUrl>,
    /// The head of the request.
    pub head: &'a RequestHead,
    /// The address of the caller: the viewer's, or the edge's behind CloudFront.
    pub source_ip: IpAddr,
    /// Whether it came over https.
    pub secure: bool,
    /// Who asks.
    pub caller: UrlCaller<'a>,
    /// When it came, in milliseconds of the Unix epoch.
    pub now_milliseconds: u64,
    /// `x-amzn-RequestId`: a UUID.
    pub request_id: &'a str,
    /// `X-Amzn-Trace-Id` where the request has none.
    pub trace_id: &'a str,
    /// The identities of the account.
    pub identities: &'a Identities,
    /// Whether the caller may invoke the function of the URL.
    pub permission: &'a dyn Fn(&FunctionUrl, UrlCaller<'_>) -> UrlPermission,
}

/// Who asks a function URL.
#[derive(Clone, Copy, Debug)]
pub enum UrlCaller<'a> {
    /// Somebody who did not sign, or whose signature is yet to be verified.
    Anonymous,
    /// CloudFront, signed by an origin access control.
    CloudFront {
        /// `arn:aws:cloudfront::ACCOUNT:distribution/ID`.
        distribution_arn: &'a str,
        /// The account of the distribution.
        account_id: &'a str,
        /// `x-amz-content-sha256` of the viewer: CloudFront signs what it says of the body.
        payload_hash: Option<&'a [u8]>,
    },
    /// Somebody whose signature is right.
    Signed(&'a UrlSigner<'a>),
}

/// Whether a caller may invoke the function of a URL, with the place that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlPermission {
    /// Both permissions are there; the place of the one for the URL.
    Allowed(PlaceId),
    /// A policy denies one of them to who signed.
    Denied(PlaceId),
    /// `lambda:InvokeFunctionUrl` is allowed, `lambda:InvokeFunction` is not.
    InvokeFunctionMissing(PlaceId),
    /// `lambda:InvokeFunctionUrl` is not allowed.
    Missing(PlaceId),
    /// No policy allows `lambda:InvokeFunctionUrl` to who signed; the place of the identity.
    NotAllowed(PlaceId),
}

/// Answers one request.
pub async fn serve_function_url(
    call: UrlCall<'_>,
    body: Body,
    functions: &impl Functions,
    trace: &mut Trace,
) -> Response {
    let trace_id = trace_id(&call);
    let mut response = match run(&call, trace_id, body, functions, trace).await {
        Ok(response) => response,
        Err(Refusal { response, closing }) => Response { close: closing, ..*response },
    };
    if let Some(url) = call.url
        && let Some(cors) = &url.cors
        && !is_preflight(call.head)
        && cors.apply(&call.head.headers, &mut response)
    {
        trace.note(Fact::of(FactKind::FunctionUrlCors).at(url.cors_place));
    }
    finish(response, &call, trace_id)
}

/// Why the function is not asked, or its answer not passed on.
struct Refusal {
    response: Box<Response>,
    /// The connection is of no more use.
    closing: bool,
}

impl From<UrlError> for Refusal {
    fn from(error: UrlError) -> Self {
        Self { response: Box::new(error.response()), closing: false }
    }
}

async fn run(
    call: &UrlCall<'_>,
    trace_id: &str,
    body: Body,
    functions: &impl Functions,
    trace: &mut Trace,
) -> Result<Response, Refusal> {
    let Some(url) = call.url else {
        trace.note(Fact::of(FactKind::FunctionUrlUnknown));
        return Err(UrlError::Unknown.into());
    };
    trace.note(Fact::of(FactKind::FunctionUrlAsked).at(url.place));
    if !call.secure {
        trace.note(Fact::of(FactKind::FunctionUrlHttpRefused).at(url.place));
        return Err(Refusal { closing: true, ..UrlError::Forbidden.into() });
    }
    if let Some(cors) = &url.cors
        && is_preflight(call.head)
    {
        trace.note(Fact::of(FactKind::FunctionUrlPreflight).at(url.cors_place));
        return Ok(cors.preflight(&call.head.headers));
    }
    let wants_signature = url.auth_type == AuthType::AwsIam && matches!(call.caller, UrlCaller::Anonymous);
    if wants_signature {
        refuse_unsigned(url, call, trace)?;
    }
    let payload = payload(body, trace).await?;
    check_payload_signed(url, call.caller, &payload, trace)?;
    let signer = if wants_signature { Some(verify(url, call, &payload, trace)?) } else { None };
    let caller = signer.as_ref().map_or(call.caller, UrlCaller::Signed);
    let call = &UrlCall { caller, ..*call };
    check_allowed(url, call, trace)?;
    invoke(url, call, trace_id, &payload, functions, trace).await
}

/// The whole payload of the request.
async fn payload(body: Body, trace: &mut Trace) -> Result<Bytes, Refusal> {
    let collected = if body.length().unwrap_or(0) > URL_PAYLOAD_LENGTH_MAX as u64 {
        Err(BodyError::TooLarge)
    } else {
        body.collect(URL_PAYLOAD_LENGTH_MAX).await
    };
    collected.map_err(|error| {
        let (kind, error) = match error {
            BodyError::TooLarge => (FactKind::FunctionUrlPayloadTooLarge, UrlError::TooLarge),
            // The client went away or broke the syntax in the middle of its body.
            _ => (FactKind::FunctionUrlPayloadBroken, UrlError::BadRequest),
        };
        trace.note(Fact::of(kind));
        Refusal { closing: true, ..error.into() }
    })
}

/// "Lambda doesn't support unsigned payloads": CloudFront signs the hash that the viewer sends, and it must be that of the
/// body.
fn check_payload_signed(
    url: &FunctionUrl,
    caller: UrlCaller<'_>,
    payload: &[u8],
    trace: &mut Trace,
) -> Result<(), Refusal> {
    let UrlCaller::CloudFront { payload_hash: signed, .. } = caller else { return Ok(()) };
    let is_right = || match signed {
        Some(hash) => hash.eq_ignore_ascii_case(payload_hash(payload).as_bytes()),
        None => payload.is_empty(),
    };
    if url.auth_type == AuthType::None || is_right() {
        return Ok(());
    }
    trace.note(Fact::of(FactKind::FunctionUrlPayloadUnsigned).at(url.place));
    Err(UrlError::InvalidSignature.into())
}

/// The function's resource policy must allow both actions.
fn check_allowed(url: &FunctionUrl, call: &UrlCall<'_>, trace: &mut Trace) -> Result<(), Refusal> {
    let (kind, place) = match (call.permission)(url, call.caller) {
        UrlPermission::Allowed(place) => (FactKind::FunctionUrlAllowed, place),
        UrlPermission::InvokeFunctionMissing(place) => (FactKind::FunctionUrlInvokeForbidden, place),
        UrlPermission::Missing(place) => (FactKind::FunctionUrlForbidden, place),
        UrlPermission::Denied(place) => (FactKind::FunctionUrlDenied, place),
        UrlPermission::NotAllowed(place) => (FactKind::FunctionUrlNotAllowed, place),
    };
    trace.note(Fact::of(kind).at(place));
    if kind == FactKind::FunctionUrlAllowed { Ok(()) } else { Err(UrlError::Forbidden.into()) }
}

async fn invoke(
    url: &FunctionUrl,
    call: &UrlCall<'_>,
    trace_id: &str,
    payload: &[u8],
    functions: &impl Functions,
    trace: &mut Trace,
) -> Result<Response, Refusal> {
    let (event, _) = event(url, call, trace_id, payload);
    let streams = url.invoke_mode == InvokeMode::ResponseStream;
    let invocation = FunctionCall {
        function_name: &url.function_name,
        function_arn: &url.function_arn,
        event: event.into(),
        invocation_type: InvocationType::RequestResponse,
        request_id: call.request_id,
        trace_id,
        timeout_milliseconds: FUNCTION_TIMEOUT_MILLISECONDS_MAX,
    };
    let outcome = if streams {
        match functions.invoke_with_response_stream(invocation, trace).await {
            StreamOutcome::Stream { content_type, body } => {
                return stream(url, content_type, body, trace).await;
            }
            StreamOutcome::None(outcome) => outcome,
        }
    } else {
        functions.invoke(invocation, trace).await
    };
    match outcome {
        FunctionOutcome::Payload(payload) => match read_payload_response(whole(url, &payload, trace)) {
            Ok(response) => {
                let status = u32::from(response.status);
                trace.note(Fact::of(FactKind::FunctionUrlAnswered).value(status).at(url.place));
                Ok(response)
            }
            Err(_) => {
                trace.note(Fact::of(FactKind::FunctionUrlMalformedResponse).at(url.place));
                Err(UrlError::FunctionFailed.into())
            }
        },
        FunctionOutcome::FunctionError(_) => {
            trace.note(Fact::of(FactKind::FunctionUrlFunctionFailed).at(url.place));
            Err(UrlError::FunctionFailed.into())
        }
        FunctionOutcome::Throttled => Err(UrlError::Throttled.into()),
        FunctionOutcome::NotFound | FunctionOutcome::Unavailable(_) => {
            trace.note(Fact::of(FactKind::FunctionUrlUnavailable).at(url.place));
            Err(UrlError::Unavailable.into())
        }
    }
}

/// What counts of a payload that is whole: of one that was streamed its head, as REST APIs document it.
fn whole<'a>(url: &FunctionUrl, payload: &'a [u8], trace: &mut Trace) -> &'a [u8] {
    let Some(head) = head_of_whole(payload) else { return payload };
    trace.note(Fact::of(FactKind::FunctionUrlStreamedToBuffered).at(url.place));
    head
}

/// The answer whose body is still to come.
async fn stream(
    url: &FunctionUrl,
    content_type: Option<String>,
    body: Body,
    trace: &mut Trace,
) -> Result<Response, Refusal> {
    let content_type = content_type.as_deref().unwrap_or(STREAM_CONTENT_TYPE);
    let response = if content_type == STREAM_HEAD_CONTENT_TYPE {
        read_head(body, StreamFormat::FunctionUrl).await
    } else {
        let is_returned = matches!(body, Body::Full(_) | Body::Empty);
        let kind = match is_returned {
            true => FactKind::FunctionUrlStreamOfBuffered,
            false => FactKind::FunctionUrlStreamWithoutHead,
        };
        trace.note(Fact::of(kind).at(url.place));
        let response = Response::new(200).with_header("Content-Type", content_type);
        begun(body).await.map(|body| response.with_body(body)).map_err(|_| HeadFailure::Failed)
    };
    let failed = match response {
        Ok(response) => {
            let status = u32::from(response.status);
            trace.note(Fact::of(FactKind::FunctionUrlStreams).value(status).at(url.place));
            return Ok(response);
        }
        Err(HeadFailure::Malformed) => FactKind::FunctionUrlMalformedResponse,
        Err(HeadFailure::Failed) => FactKind::FunctionUrlFunctionFailed,
    };
    trace.note(Fact::of(failed).at(url.place));
    Err(UrlError::FunctionFailed.into())
}

fn event(url: &FunctionUrl, call: &UrlCall<'_>, trace_id: &str, payload: &[u8]) -> (Vec<u8>, EventBody) {
    let signed;
    let (headers, signer) = match call.caller {
        UrlCaller::CloudFront { distribution_arn, account_id, .. } if url.auth_type == AuthType::AwsIam => {
            signed = signed_headers(call, distribution_arn, account_id, payload);
            (&signed, Some(ORIGIN_ACCESS_CONTROL))
        }
        UrlCaller::Signed(UrlSigner { caller, .. }) => (&call.head.headers, Some(signer_of(caller))),
        UrlCaller::Anonymous | UrlCaller::CloudFront { .. } => (&call.head.headers, None),
    };
    let host = url.host();
    let protocol = format!("HTTP/{}", call.head.version.number());
    let request = PayloadRequest {
        account_id: signer.map_or("anonymous", |signer| signer.account_id),
        api_id: &url.id,
        route_key: "$default",
        stage: "$default",
        method: call.head.method.as_str(),
        raw_path: call.head.target.path(),
        raw_query: call.head.target.query().unwrap_or_default(),
        headers,
        host: &host,
        protocol: &protocol,
        source_ip: call.source_ip,
        tls: call.head.connection.tls.as_ref(),
        signer,
        client: None,
        authorizer: None,
        path_parameters: &[],
        stage_variables: &[],
        request_id: call.request_id,
        trace_id,
        now_milliseconds: call.now_milliseconds,
    };
    payload_event(&request, payload)
}

/// `requestContext.authorizer.iam`: the unique id stands in it twice.
fn signer_of(caller: &Caller) -> Signer<'_> {
    Signer {
        access_key: &caller.access_key,
        account_id: &caller.account_id,
        caller_id: &caller.caller_id,
        user_arn: &caller.user_arn,
        user_id: &caller.caller_id,
    }
}

/// What the signature of an origin access control leaves for the function to see (recorded); the session token of
/// CloudFront's role is not made up.
fn signed_headers(call: &UrlCall<'_>, distribution_arn: &str, account_id: &str, payload: &[u8]) -> Headers {
    let mut headers = call.head.headers.clone();
    headers.set("x-amz-content-sha256", payload_hash(payload).as_bytes());
    headers.set("x-amz-date", time::amz_date(call.now_milliseconds).as_bytes());
    headers.set("x-amz-source-account", account_id.as_bytes());
    headers.set("x-amz-source-arn", distribution_arn.as_bytes());
    headers
}

/// The trace that the client is in, else a new one.
fn trace_id<'a>(call: &UrlCall<'a>) -> &'a str {
    call.head.headers.first_text("X-Amzn-Trace-Id").filter(|id| id.contains("Root=")).unwrap_or(call.trace_id)
}

/// Adds what every answer carries.
fn finish(mut response: Response, call: &UrlCall<'_>, trace_id: &str) -> Response {
    let headers = &mut response.headers;
    headers.set("Date", time::http_date(call.now_milliseconds).as_bytes());
    headers.set("x-amzn-RequestId", call.request_id.as_bytes());
    headers.set("X-Amzn-Trace-Id", trace_id.as_bytes());
    if call.head.method == Method::Head {
        response.content_length_of_omitted_body = response.body.length();
        response.body = Body::Empty;
    }
    response
}

/// A function may run for 15 minutes; its own timeout ends it earlier.
const FUNCTION_TIMEOUT_MILLISECONDS_MAX: u32 = 900_000;

/// The role of CloudFront's own account that signs for origin access controls (recorded; its keys are those of AWS's
/// examples).
const ORIGIN_ACCESS_CONTROL: Signer<'static> = Signer {
    access_key: "ASIAIOSFODNN7EXAMPLE",
    account_id: "856369053181",
    caller_id: "AROAIOSFODNN7EXAMPLE:OriginAccessSession",
    user_arn: "arn:aws:sts::856369053181:assumed-role/OriginAccessControlRole/OriginAccessSession",
    user_id: "AROAIOSFODNN7EXAMPLE:OriginAccessSession",
};

#[cfg(test)]
mod tests;
