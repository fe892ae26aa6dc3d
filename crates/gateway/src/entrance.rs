//! Where does a request enter: which API, which stage, which path?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html>

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::{
    Chosen, GatewayError, GatewayResponseType, Mapped, Release, RestApi, Stage, routing,
};

use crate::answer::{Refusal, refuse};
use crate::{Call, ThroughDomain};

/// The stage that a request has reached.
#[derive(Clone, Copy)]
pub struct Entrance<'a> {
    /// The API.
    pub api: &'a RestApi,
    /// The stage.
    pub stage: &'a Stage,
    /// What the stage answers with.
    pub release: &'a Release,
    /// How a custom domain name led to it.
    pub mapped: Option<Mapped<'a>>,
    /// The path behind the stage or the base path.
    pub path: &'a str,
}

/// Finds the stage; each of the 403s on the way has its fact.
pub fn enter<'a>(call: &'a Call<'a>, trace: &mut Trace) -> Result<Entrance<'a>, Refusal> {
    let chosen = through_domain(call, trace)?;
    let Some(api) = call.api else {
        trace.note(Fact::of(FactKind::HostNotMapped));
        return Err(refuse(&forbidden(), None));
    };
    check_secure(call, api.place, trace)?;
    if api.execute_api_disabled && host(call) == api.host() {
        trace.note(Fact::of(FactKind::ExecuteApiDisabled).at(api.place));
        return Err(refuse(&forbidden(), None));
    }
    let found = match chosen {
        Some(Chosen { stage: Some(name), path, .. }) => api.stage(name).map(|stage| (stage, &**path)),
        Some(Chosen { path, .. }) => routing::split_stage(api, path),
        None => routing::split_stage(api, call.head.target.path()),
    };
    let Some((stage, path)) = found else {
        trace.note(Fact::of(FactKind::StageUnknown).at(api.place));
        return Err(refuse(&forbidden(), None));
    };
    trace.note(Fact::of(FactKind::StageFound).at(stage.place));
    let mapped = chosen.map(|chosen| Mapped {
        base_path: chosen.base_path,
        names_stage: chosen.stage.is_some(),
        client: call.through.and_then(ThroughDomain::client),
    });
    Ok(Entrance { api, stage, release: release(stage, call.draw, trace), mapped, path })
}

/// The release that the request gets.
fn release<'a>(stage: &'a Stage, draw: u32, trace: &mut Trace) -> &'a Release {
    let Some(canary) = &stage.canary else { return &stage.release };
    let (kind, release) = match canary.takes(draw) {
        true => (FactKind::CanaryChosen, &canary.release),
        false => (FactKind::CanaryPassed, &stage.release),
    };
    trace.note(Fact::of(kind).at(canary.place));
    release
}

/// What the custom domain name says of the request, where the Host is one.
fn through_domain<'a>(call: &'a Call<'a>, trace: &mut Trace) -> Result<Option<&'a Chosen<'a>>, Refusal> {
    let Some(through) = &call.through else { return Ok(None) };
    let domain = through.domain;
    check_secure(call, domain.place, trace)?;
    if *domain.target == *host(call) {
        trace.note(Fact::of(FactKind::DomainTargetAsked).at(domain.place));
        return Err(refuse(&forbidden(), None));
    }
    trace.note(Fact::of(FactKind::DomainNameAsked).at(domain.place));
    if through.note_client(trace).is_some() {
        return Err(refuse(&forbidden(), None));
    }
    let Some(chosen) = through.chosen else {
        trace.note(Fact::of(FactKind::ApiMappingMissing).at(domain.place));
        return Err(refuse(&forbidden(), None));
    };
    trace.note(chosen.because);
    Ok(Some(chosen))
}

/// Nothing of API Gateway listens for plain http.
fn check_secure(call: &Call<'_>, place: PlaceId, trace: &mut Trace) -> Result<(), Refusal> {
    if call.secure {
        return Ok(());
    }
    trace.note(Fact::of(FactKind::GatewayHttpRefused).at(place));
    Err(refuse(&forbidden(), None).closing())
}

/// The host that was asked for; `NAME.localhost` is our own way to say NAME.
pub fn host<'a>(call: &Call<'a>) -> &'a str {
    let host = &*call.head.host;
    host.strip_suffix(".localhost").unwrap_or(host)
}

/// Host, stage or API key are not resolved: `{"message":"Forbidden"}`.
pub fn forbidden() -> GatewayError<'static> {
    GatewayError::of(GatewayResponseType::InvalidApiKey)
}
