//! The life of a request to an HTTP API, top to bottom.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

mod access_log;
mod authorize;
mod authorizer_results;
mod iam;
mod integrations;
mod issuer_keys;
mod rights;

use std::cell::{Cell, OnceCell};
use std::net::IpAddr;

use bytes::Bytes;
use frontgate_aws::percent_decode;
use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::authorizer::UserPool;
use frontgate_gateway_rules::http_api::{
    Arrived, Authorized, HttpApi, HttpAuthorization, HttpCors, HttpDeployment, HttpError, HttpRequest,
    HttpStage, cors, routing,
};
use frontgate_gateway_rules::time;
use frontgate_iam::{Identities, Request};
use frontgate_message::{Body, BodyError, Method, RequestHead, Response};
use tokio::time::Instant;

use crate::access_log::milliseconds;
use crate::usage::{self, Usage};
use crate::{Functions, HttpIntegrations, PAYLOAD_LENGTH_MAX, Permission, ThroughDomain};

use self::access_log::AccessLog;

pub use authorizer_results::AuthorizerResults;
pub use issuer_keys::IssuerKeys;

/// A request on its way to an HTTP API, with all that must not be made up here.
#[derive(Clone, Copy)]
pub struct HttpApiCall<'a> {
    /// The API that the Host names, or that its custom domain name chooses.
    pub api: &'a HttpApi,
    /// The custom domain name that the Host is.
    pub through: Option<ThroughDomain<'a>>,
    /// The head of the request.
    pub head: &'a RequestHead,
    /// The address of the caller: the viewer's, or the edge's behind CloudFront.
    pub source_ip: IpAddr,
    /// Whether it came over https.
    pub secure: bool,
    /// When it came, in milliseconds of the Unix epoch.
    pub now_milliseconds: u64,
    /// `apigw-requestid`: 15 letters of base64 and `=`.
    pub request_id: &'a str,
    /// `X-Amzn-Trace-Id` where the request has none.
    pub trace_id: &'a str,
    /// The identities of the account.
    pub identities: &'a Identities,
    /// The user pools of the template, whose keys are known.
    pub user_pools: &'a [UserPool],
    /// Whether API Gateway may invoke a function (its ARN, perhaps with a qualifier) with that source ARN.
    pub permission: &'a dyn Fn(&str, &str) -> Permission,
    /// The place of the function's resource policy that denies a request to invoke it, whatever else allows that.
    pub denial: &'a dyn Fn(&Request<'_>) -> Option<PlaceId>,
    /// What the authorizers know from earlier requests.
    pub authorizers: &'a HttpAuthorizers,
    /// What has been used of the throttles.
    pub usage: &'a Usage,
    /// Takes a line for a log group.
    pub access_log: &'a dyn Fn(&str, String),
}

/// What the authorizers of HTTP APIs know from earlier requests, or from the start.
#[derive(Debug, Default)]
pub struct HttpAuthorizers {
    /// The keys of the issuers of tokens.
    pub issuer_keys: IssuerKeys,
    /// What the functions of authorizers said.
    pub results: AuthorizerResults,
}

/// Answers one request.
pub async fn serve_http_api(
    call: HttpApiCall<'_>,
    body: Body,
    functions: &impl Functions,
    http: &impl HttpIntegrations,
    trace: &mut Trace,
) -> Response {
    let entered = enter(&call, trace);
    let cors = entered.as_ref().ok().and_then(|entered| entered.deployment.cors.as_ref());
    let answer = match entered {
        Ok(entered) => run(&call, entered, body, functions, http, trace).await,
        Err(refusal) => Err(refusal),
    };
    let answer =
        answer.unwrap_or_else(|Refusal(response, _)| Answer { response: *response, is_preflight: false });
    let Answer { mut response, is_preflight } = answer;
    if let Some(cors) = cors.filter(|_| !is_preflight)
        && cors.apply(&call.head.headers, &mut response)
    {
        trace.note(Fact::of(FactKind::HttpApiCors).at(cors.place));
    }
    finish(response, &call)
}

/// An answer; the CORS headers of a preflight are complete.
struct Answer {
    response: Response,
    is_preflight: bool,
}

/// An answer that the API gives by itself instead of the backend, and what it says.
#[derive(Debug)]
struct Refusal(Box<Response>, HttpError);

impl From<HttpError> for Refusal {
    fn from(error: HttpError) -> Self {
        Self(Box::new(error.response()), error)
    }
}

impl Refusal {
    fn closing(mut self) -> Self {
        self.0.close = true;
        self
    }
}

/// The stage that a request has reached.
#[derive(Clone, Copy)]
struct Entered<'a> {
    stage: &'a HttpStage,
    deployment: &'a HttpDeployment,
    /// The path behind the stage or the base path, raw.
    path: &'a str,
}

/// Finds the stage and its deployment.
fn enter<'a>(call: &HttpApiCall<'a>, trace: &mut Trace) -> Result<Entered<'a>, Refusal> {
    let api = call.api;
    if !call.secure {
        trace.note(Fact::of(FactKind::GatewayHttpRefused).at(api.place));
        return Err(Refusal::from(HttpError::Forbidden).closing());
    }
    let Some((stage, path)) = stage_and_path(call, trace)? else {
        trace.note(Fact::of(FactKind::HttpApiStageMissing).at(api.place));
        return Err(HttpError::NotFound.into());
    };
    let Some(deployment) = &stage.deployment else {
        trace.note(Fact::of(FactKind::HttpApiNotDeployed).at(stage.place));
        return Err(HttpError::NotFound.into());
    };
    if deployment.execute_api_disabled && host(call) == api.host() {
        trace.note(Fact::of(FactKind::HttpApiDisabled).at(api.place));
        return Err(HttpError::NotFound.into());
    }
    let length = head_length(call.head);
    if length > HEAD_LENGTH_MAX {
        trace.note(
            Fact::of(FactKind::HttpApiHeadersTooLarge).value(u32::try_from(length).unwrap_or(u32::MAX)),
        );
        return Err(HttpError::HeadersTooLarge.into());
    }
    trace.note(Fact::of(FactKind::HttpApiStage).at(stage.place));
    Ok(Entered { stage, deployment, path })
}

/// "Total combined size of request line and header values", a quota of HTTP APIs.
const HEAD_LENGTH_MAX: usize = 10_240;

/// The length of the request line and of the values of the header fields.
fn head_length(head: &RequestHead) -> usize {
    let target = head.target.path().len() + head.target.query().map_or(0, |query| 1 + query.len());
    let line = head.method.as_str().len() + target + " HTTP/1.1 ".len();
    line + head.headers.iter().map(|(_, value)| value.len()).sum::<usize>()
}

/// The host that was asked for; `NAME.localhost` is our own way to say NAME.
fn host<'a>(call: &HttpApiCall<'a>) -> &'a str {
    call.head.host.strip_suffix(".localhost").unwrap_or(&call.head.host)
}

async fn run(
    call: &HttpApiCall<'_>,
    entered: Entered<'_>,
    body: Body,
    functions: &impl Functions,
    http: &impl HttpIntegrations,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let head = call.head;
    let Entered { stage, deployment, path: raw_path } = entered;
    let log = AccessLog::begin();
    let path = String::from_utf8_lossy(&percent_decode(raw_path)).into_owned();
    let arrived = arrived(call, stage, &path);
    let preflight = deployment.cors.as_ref().filter(|_| cors::is_preflight(head));
    let found = deployment.routes.route(head.method.as_str(), raw_path);
    let Some((route, path_parameters)) = found else {
        let answered = unrouted(call, entered, preflight, trace);
        log.write(call, &arrived, None, &answered, trace);
        return answered;
    };
    trace.note(Fact::of(FactKind::HttpApiRoute).at(route.place));
    if let Some(place) = deployment.undeployed.as_ref().and_then(|now| now.changed(&route.key)) {
        trace.note(Fact::of(FactKind::MethodNotDeployed).at(place));
    }
    let protocol = format!("HTTP/{}", head.version.number());
    let request = HttpRequest {
        api: call.api,
        stage,
        route,
        method: arrived.method,
        path: &path,
        base_path: call.through.and_then(|through| through.chosen).map_or("", |chosen| chosen.base_path),
        path_parameters: &path_parameters,
        raw_query: head.target.query().unwrap_or_default(),
        headers: &head.headers,
        host: arrived.host,
        source_ip: call.source_ip,
        protocol: &protocol,
        request_id: call.request_id,
        trace_id: trace_id(call),
        now_milliseconds: call.now_milliseconds,
        client: arrived.client,
        authorized: None,
    };
    let known = Known::default();
    let answered = routed(call, &request, (body, preflight), (functions, http), &known, trace).await;
    let request = HttpRequest { authorized: known.authorized.get().and_then(Option::as_ref), ..request };
    let log = AccessLog { integration_milliseconds: known.integration_milliseconds.get(), ..log };
    log.write(call, &arrived, Some(&request), &answered, trace);
    answered
}

/// What becomes known of a request while it is answered.
#[derive(Default)]
struct Known {
    authorized: OnceCell<Option<Authorized>>,
    integration_milliseconds: Cell<Option<u64>>,
}

fn arrived<'a>(call: &HttpApiCall<'a>, stage: &'a HttpStage, path: &'a str) -> Arrived<'a> {
    Arrived {
        api: call.api,
        stage,
        method: call.head.method.as_str(),
        path,
        headers: &call.head.headers,
        host: host(call),
        source_ip: call.source_ip,
        request_id: call.request_id,
        now_milliseconds: call.now_milliseconds,
        client: call.through.and_then(ThroughDomain::client),
    }
}

/// The answer where no route takes the request.
fn unrouted(
    call: &HttpApiCall<'_>,
    Entered { deployment, path, .. }: Entered<'_>,
    preflight: Option<&HttpCors>,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    if let Some(cors) = preflight {
        trace.note(Fact::of(FactKind::HttpApiPreflight).at(cors.place));
        return Ok(Answer { response: cors.preflight(&call.head.headers), is_preflight: true });
    }
    trace.note(Fact::of(FactKind::HttpApiRouteNotFound).at(call.api.place));
    let now = deployment.undeployed.as_ref();
    if let Some((route, _)) = now.and_then(|now| now.routes.route(call.head.method.as_str(), path)) {
        trace.note(Fact::of(FactKind::RouteNotDeployed).at(route.place));
    }
    Err(HttpError::NotFound.into())
}

/// The answer of a route, top to bottom.
async fn routed(
    call: &HttpApiCall<'_>,
    request: &HttpRequest<'_>,
    (body, preflight): (Body, Option<&HttpCors>),
    (functions, http): (&impl Functions, &impl HttpIntegrations),
    known: &Known,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let route = request.route;
    usage::admit_to_route(call, (request.stage, route), trace)?;
    let payload = payload(body, trace).await?;
    if preflight.is_some() && !matches!(route.authorization, HttpAuthorization::None) {
        trace.note(Fact::of(FactKind::HttpApiPreflightAuthorized).at(route.place));
    }
    let authorized = authorize::authorize(call, request, &payload, functions, http, trace).await?;
    if let Some(cors) = preflight {
        trace.note(Fact::of(FactKind::HttpApiPreflight).at(cors.place));
        return Ok(Answer { response: cors.preflight(&call.head.headers), is_preflight: true });
    }
    let authorized = known.authorized.get_or_init(|| authorized);
    let request = HttpRequest { authorized: authorized.as_ref(), ..*request };
    let started = Instant::now();
    let answered = integrations::call(call, &request, payload, functions, http, trace).await;
    known.integration_milliseconds.set(Some(milliseconds(started)));
    Ok(Answer { response: answered?, is_preflight: false })
}

/// The stage and the path behind it; a custom domain name chooses both, or only the base path before them.
fn stage_and_path<'a>(
    call: &HttpApiCall<'a>,
    trace: &mut Trace,
) -> Result<Option<(&'a HttpStage, &'a str)>, Refusal> {
    let Some(through) = call.through else {
        return Ok(routing::split_stage(call.api, call.head.target.path()));
    };
    trace.note(Fact::of(FactKind::DomainNameAsked).at(through.domain.place));
    if through.note_client(trace).is_some() {
        return Err(HttpError::Forbidden.into());
    }
    let Some(chosen) = through.chosen else {
        trace.note(Fact::of(FactKind::ApiMappingMissing).at(through.domain.place));
        return Err(HttpError::NotFound.into());
    };
    trace.note(chosen.because);
    Ok(match chosen.stage {
        Some(name) => call.api.stage(name).map(|stage| (stage, &*chosen.path)),
        None => routing::split_stage(call.api, &chosen.path),
    })
}

/// The whole payload of the request.
async fn payload(body: Body, trace: &mut Trace) -> Result<Bytes, Refusal> {
    let collected = if body.length().unwrap_or(0) > PAYLOAD_LENGTH_MAX as u64 {
        Err(BodyError::TooLarge)
    } else {
        body.collect(PAYLOAD_LENGTH_MAX).await
    };
    collected.map_err(|why| {
        let (kind, error) = match why {
            BodyError::TooLarge => (FactKind::PayloadTooLarge, HttpError::RequestTooLarge),
            // The client went away or broke the syntax in the middle of its body.
            _ => (FactKind::PayloadBroken, HttpError::BadRequest),
        };
        trace.note(Fact::of(kind));
        Refusal::from(error).closing()
    })
}

/// The trace that the client is in, else a new one.
fn trace_id<'a>(call: &HttpApiCall<'a>) -> &'a str {
    call.head.headers.first_text("X-Amzn-Trace-Id").filter(|id| id.contains("Root=")).unwrap_or(call.trace_id)
}

/// Adds what every answer carries.
fn finish(mut response: Response, call: &HttpApiCall<'_>) -> Response {
    let headers = &mut response.headers;
    headers.set("Date", time::http_date(call.now_milliseconds).as_bytes());
    headers.set("Apigw-Requestid", call.request_id.as_bytes());
    if call.head.method == Method::Head {
        response.content_length_of_omitted_body = response.body.length();
        response.body = Body::Empty;
    }
    response
}

#[cfg(test)]
mod tests;
