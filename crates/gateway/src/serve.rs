//! The life of a request in API Gateway, top to bottom.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>

use std::cell::{Cell, OnceCell};

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::compression::coding_of_request;
use frontgate_gateway_rules::execution_log::Reached;
use frontgate_gateway_rules::signature::incomplete_signature;
use frontgate_gateway_rules::{
    GatewayError, GatewayResponseType, RequestContext, Route, parse_query, routing,
};
use frontgate_message::{Body, BodyError, Response};
use tokio::time::Instant;

use crate::access_log::{self, Times, milliseconds};
use crate::answer::{Refusal, finish, refuse};
use crate::authorize::{Admitted, authorize};
use crate::compression::{Undecodable, compress, decompress};
use crate::entrance::{Entrance, enter, host};
use crate::execution_log::{self, Ended, Observed};
use crate::integrations::{self, Answered, Exchange};
use crate::stage_cache::{self, Asked};
use crate::usage::admit;
use crate::validate::validate;
use crate::{Call, Functions, HttpIntegrations, ObjectStorage};

/// The largest payload of a request.
pub const PAYLOAD_LENGTH_MAX: usize = 10_485_760;

/// Answers one request.
pub async fn serve(
    call: Call<'_>,
    body: Body,
    functions: &impl Functions,
    http: &(impl HttpIntegrations + ObjectStorage),
    trace: &mut Trace,
) -> Response {
    let answered = run(&call, body, functions, http, trace).await.unwrap_or_else(refused);
    let response = finish(answered, &call);
    note_missing_cors(&call, &response, trace);
    response
}

fn refused(Refusal(response, said): Refusal) -> Answered {
    Answered { response: *response, trace_id: None, said: Some(said) }
}

/// What becomes known of a request while it is answered, for who looks at the whole of it afterwards.
#[derive(Default)]
struct Known<'a> {
    route: OnceCell<Route<'a>>,
    admitted: OnceCell<Admitted>,
    integration_milliseconds: Cell<Option<u64>>,
    reached: Cell<Reached>,
    observed: Observed,
}

/// Notes an error that a page of another site cannot read. What CloudFront asks for is judged there, by its viewer's Host.
fn note_missing_cors(call: &Call<'_>, response: &Response, trace: &mut Trace) {
    let is_unreadable = response.status >= 400
        && call.head.is_cross_origin()
        && response.header_text("Access-Control-Allow-Origin").is_none();
    if is_unreadable && trace.first(FactKind::OriginChosen).is_none() {
        let place = call.api.map_or(PlaceId::NONE, |api| api.place);
        trace.note(Fact::of(FactKind::GatewayErrorWithoutCors).at(place));
    }
}

async fn run(
    call: &Call<'_>,
    body: Body,
    functions: &impl Functions,
    http: &(impl HttpIntegrations + ObjectStorage),
    trace: &mut Trace,
) -> Result<Answered, Refusal> {
    let head = call.head;
    let Entrance { api, stage, release, mapped, path } = enter(call, trace)?;
    if head.target.query().is_some_and(routing::needs_encoding) {
        trace.note(Fact::of(FactKind::QueryNotEncoded));
        return Err(refuse(&bad_request(), None));
    }
    let query = parse_query(head.target.query().unwrap_or_default());
    let protocol = format!("HTTP/{}", head.version.number());
    let trace_id = trace_id(call);
    let mut request = RequestContext {
        api,
        stage,
        release,
        mapped,
        caller: None,
        authorizer: None,
        api_key: None,
        resource: None,
        http_method: http_method(call, trace),
        path,
        path_parameters: &[],
        query: &query,
        headers: &head.headers,
        host: host(call),
        source_ip: call.source_ip,
        edge_ip: call.edge_ip,
        protocol: &protocol,
        request_id: call.request_id,
        extended_request_id: call.extended_request_id,
        trace_id,
        now_milliseconds: call.now_milliseconds,
    };
    let known = Known::default();
    let (started, facts_before) = (Instant::now(), trace.facts().len());
    let outcome = in_stage(call, &mut request, &known, body, (functions, http), trace).await;
    let answered = outcome.unwrap_or_else(refused);
    let times = Times {
        response_milliseconds: milliseconds(started),
        integration_milliseconds: known.integration_milliseconds.get(),
    };
    let method = known.route.get().map(|route| route.method);
    access_log::write(call, &request, method, (&answered.response, answered.said.as_ref()), times, trace);
    let ended = Ended {
        answered: &answered,
        reached: known.reached.get(),
        integration_milliseconds: times.integration_milliseconds,
        facts: trace.facts().get(facts_before..).unwrap_or_default(),
    };
    execution_log::write(call, &request, known.route.get(), &known.observed, &ended);
    let response = compress(answered.response, &release.deployment, &head.headers);
    Ok(Answered { response, ..answered })
}

/// The answer to a request that has reached a stage.
async fn in_stage<'a>(
    call: &Call<'a>,
    request: &mut RequestContext<'a>,
    known: &'a Known<'a>,
    body: Body,
    (functions, http): (&impl Functions, &(impl HttpIntegrations + ObjectStorage)),
    trace: &mut Trace,
) -> Result<Answered, Refusal> {
    let Some(route) = request.release.deployment.resources.route(request.http_method, request.path) else {
        return Err(route_not_found(request, trace));
    };
    let route = known.route.get_or_init(|| route);
    trace.note(Fact::of(FactKind::RouteMatched).at(route.method.place));
    note_undeployed(request, route, trace);
    request.resource = Some(route.resource);
    request.path_parameters = &route.path_parameters;

    known.observed.begin(request.stage.setting(route.resource, route.method));
    let sent = payload(body, request, trace).await?;
    known.observed.payload(&sent);
    let admitted =
        authorize(call, request, route.method, (&sent, &known.observed), functions, http, trace).await?;
    let admitted = known.admitted.get_or_init(|| admitted);
    request.caller = admitted.caller();
    request.authorizer = admitted.authorizer();
    known.reached.set(Reached::Admitted);
    request.api_key = admit(call, request, route, trace)?;
    known.reached.set(Reached::Started);
    let payload = decoded(sent, request, trace)?;
    validate(request, route.method, &payload, trace)?;
    let missing = match stage_cache::ask(call, request, route.method, admitted, &payload, trace)? {
        Asked::Kept(answered) => return Ok(*answered),
        Asked::Missing(missing) => Some(missing),
        Asked::NotCached => None,
    };
    let (started, facts_before) = (Instant::now(), trace.facts().len());
    let exchange = Exchange { request, method: route.method, payload, observed: &known.observed };
    let answered = integrations::call(call, exchange, functions, http, trace).await;
    known.integration_milliseconds.set(Some(milliseconds(started)));
    match missing {
        Some(missing) => Ok(missing.keep(answered.unwrap_or_else(refused), facts_before, trace)),
        None => answered,
    }
}

/// Notes what has changed since the deployment was made; a canary release that has it shows that this is meant.
fn note_undeployed(request: &RequestContext<'_>, route: &Route<'_>, trace: &mut Trace) {
    let Some(undeployed) = &request.release.deployment.undeployed else { return };
    let canary = request.stage.canary.as_ref();
    if canary.is_some_and(|canary| canary.release.deployment.undeployed.is_none()) {
        return;
    }
    if let Some(place) = undeployed.method(&route.resource.path, &route.method.http_method) {
        trace.note(Fact::of(FactKind::MethodNotDeployed).at(place));
    }
    if let Some(place) = undeployed.policy {
        trace.note(Fact::of(FactKind::PolicyNotDeployed).at(place));
    }
}

/// The method asked for, or the one that `X-HTTP-Method-Override` names.
fn http_method<'a>(call: &Call<'a>, trace: &mut Trace) -> &'a str {
    match call.head.headers.first_text("X-HTTP-Method-Override").filter(|name| !name.is_empty()) {
        Some(name) => {
            trace.note(Fact::of(FactKind::MethodOverridden));
            name
        }
        None => call.head.method.as_str(),
    }
}

/// The trace that the client is in, else a new one.
fn trace_id<'a>(call: &Call<'a>) -> &'a str {
    call.head.headers.first_text("X-Amzn-Trace-Id").filter(|id| id.contains("Root=")).unwrap_or(call.trace_id)
}

/// No such resource or method. With an `Authorization` header API Gateway speaks of its signature instead.
fn route_not_found(request: &RequestContext<'_>, trace: &mut Trace) -> Refusal {
    if routing::is_stage_doubled(request.stage, request.path) {
        trace.note(Fact::of(FactKind::StageDoubled).at(request.stage.place));
    } else if let Some(resource) =
        request.release.deployment.resources.without_prefix(request.http_method, request.path)
    {
        trace.note(Fact::of(FactKind::RouteWithoutPrefix).at(resource.place));
    }
    if let Some(resource) =
        request.release.deployment.resources.greedy_below(request.http_method, request.path)
    {
        trace.note(Fact::of(FactKind::GreedyMissesRoot).at(resource.place));
    }
    trace.note(Fact::of(FactKind::RouteNotFound).at(request.api.place));
    let undeployed = request.release.deployment.undeployed.as_ref();
    if let Some(route) = undeployed.and_then(|now| now.resources.route(request.http_method, request.path)) {
        trace.note(Fact::of(FactKind::RouteNotDeployed).at(route.method.place));
    }
    let Some(message) = incomplete_signature(request.headers) else {
        let error = GatewayError::of(GatewayResponseType::MissingAuthenticationToken);
        return refuse(&error, Some((request, &[])));
    };
    trace.note(Fact::of(FactKind::AuthorizationParsed));
    let error = GatewayError::of(GatewayResponseType::InvalidSignature)
        .message(&message)
        .error_type("IncompleteSignatureException");
    refuse(&error, Some((request, &[])))
}

/// The whole payload of the request, as it was sent.
async fn payload(body: Body, request: &RequestContext<'_>, trace: &mut Trace) -> Result<Bytes, Refusal> {
    let announced = body.length().unwrap_or(0);
    let collected = if announced > PAYLOAD_LENGTH_MAX as u64 {
        Err(BodyError::TooLarge)
    } else {
        body.collect(PAYLOAD_LENGTH_MAX).await
    };
    collected.map_err(|why| payload_refused(&why, request, trace))
}

/// The payload out of its `Content-Encoding`, where the API takes compressed ones.
fn decoded(sent: Bytes, request: &RequestContext<'_>, trace: &mut Trace) -> Result<Bytes, Refusal> {
    let Some(coding) =
        coding_of_request(&request.release.deployment, request.headers).filter(|_| !sent.is_empty())
    else {
        return Ok(sent);
    };
    decompress(&sent, coding).map_err(|why| {
        let why = match why {
            Undecodable::Broken => BodyError::Failed("the payload is not in its Content-Encoding".to_owned()),
            Undecodable::TooLarge => BodyError::TooLarge,
        };
        payload_refused(&why, request, trace)
    })
}

/// A payload that is too large, or whose client went away or broke the syntax in the middle of it.
fn payload_refused(why: &BodyError, request: &RequestContext<'_>, trace: &mut Trace) -> Refusal {
    if matches!(why, BodyError::TooLarge) {
        trace.note(Fact::of(FactKind::PayloadTooLarge));
        let error = GatewayError::of(GatewayResponseType::RequestTooLarge);
        return refuse(&error, Some((request, &[]))).closing();
    }
    trace.note(Fact::of(FactKind::PayloadBroken));
    refuse(&bad_request(), None).closing()
}

fn bad_request() -> GatewayError<'static> {
    GatewayError::of(GatewayResponseType::Default4xx).message("Bad Request").status(400)
}
