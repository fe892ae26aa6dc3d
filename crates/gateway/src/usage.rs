//! Has the caller the API key that the method demands, and is the request within the limits of its usage plan, of the
//! method and of the account?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>

use std::sync::{Mutex, PoisonError};

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::http_api::{HttpError, HttpRoute, HttpStage};
use frontgate_gateway_rules::usage::{
    ApiKey, Counters, KeyRefusal, Limit, LimitKind, Opened, limits, route_limits,
};
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, RequestContext, Route};

use crate::answer::{Refusal, refuse};
use crate::{Call, HttpApiCall};

/// What has been used of all limits; shared by the workers, and kept when a template is deployed anew.
#[derive(Debug, Default)]
pub struct Usage {
    counters: Mutex<Counters>,
}

/// Lets a request in that has the key it needs and is within its limits; gives the key.
pub fn admit<'a>(
    call: &Call<'a>,
    request: &RequestContext<'_>,
    route: &Route<'_>,
    trace: &mut Trace,
) -> Result<Option<&'a ApiKey>, Refusal> {
    // A method that demands no key is not limited by a plan, whatever key comes.
    let opened = match route.method.api_key_required {
        true => Some(opened(call, request, route, trace)?),
        false => None,
    };
    let limits = limits(request, route.resource, route.method, opened.as_ref());
    let mut counters = call.usage.counters.lock().unwrap_or_else(PoisonError::into_inner);
    let admitted = counters.admit(&limits, call.now_milliseconds);
    drop(counters);
    admitted.map_err(|limit| exceeded(limit, request, trace))?;
    Ok(opened.map(|opened| opened.key))
}

/// Lets a request to a route of an HTTP API in that is within its limits.
pub fn admit_to_route(
    call: &HttpApiCall<'_>,
    (stage, route): (&HttpStage, &HttpRoute),
    trace: &mut Trace,
) -> Result<(), HttpError> {
    let limits = route_limits(call.api, stage, &route.key);
    let mut counters = call.usage.counters.lock().unwrap_or_else(PoisonError::into_inner);
    let admitted = counters.admit(&limits, call.now_milliseconds);
    drop(counters);
    admitted.map_err(|limit| {
        let kind = match limit.kind {
            LimitKind::Account => FactKind::ThrottledByAccount,
            _ => FactKind::ThrottledByStage,
        };
        trace.note(Fact::of(kind).at(limit.place));
        HttpError::TooManyRequests
    })
}

fn opened<'a>(
    call: &Call<'a>,
    request: &RequestContext<'_>,
    route: &Route<'_>,
    trace: &mut Trace,
) -> Result<Opened<'a>, Refusal> {
    match call.usage_plans.open(request) {
        Ok(opened) => {
            trace.note(Fact::of(FactKind::ApiKeyAccepted).at(opened.plan.place));
            Ok(opened)
        }
        Err(why) => {
            let fact = match why {
                KeyRefusal::Disabled(place) => Fact::of(FactKind::ApiKeyDisabled).at(place),
                KeyRefusal::Missing => Fact::of(FactKind::ApiKeyMissing).at(route.method.place),
                KeyRefusal::NotInPlan(place) => Fact::of(FactKind::ApiKeyNotInPlan).at(place),
                KeyRefusal::Unknown => Fact::of(FactKind::ApiKeyUnknown).at(route.method.place),
            };
            trace.note(fact);
            Err(refuse(&GatewayError::of(GatewayResponseType::InvalidApiKey), Some((request, &[]))))
        }
    }
}

fn exceeded(limit: &Limit, request: &RequestContext<'_>, trace: &mut Trace) -> Refusal {
    let (kind, answer) = match limit.kind {
        LimitKind::Account => (FactKind::ThrottledByAccount, GatewayResponseType::Throttled),
        LimitKind::Client | LimitKind::ClientMethod => {
            (FactKind::ThrottledByUsagePlan, GatewayResponseType::Throttled)
        }
        LimitKind::ClientQuota => (FactKind::QuotaExceeded, GatewayResponseType::QuotaExceeded),
        LimitKind::Method => (FactKind::ThrottledByStage, GatewayResponseType::Throttled),
    };
    trace.note(Fact::of(kind).at(limit.place));
    refuse(&GatewayError::of(answer), Some((request, &[])))
}
