//! The policies that decide whether a method may be called: what they are asked, and what is said of their answer.
//!
//! Authority: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorization::{INVOKE, method_arn, not_authorized};
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, RequestContext};
use frontgate_iam::{AttachedPolicy, Basis, Identity, Judgement, Outcome, Principal, Request, evaluate};

use crate::Call;
use crate::answer::{Refusal, refuse};
use crate::request_keys::{KeyedRequest, borrowed};

/// The API's policy, where it has one, must allow what nobody signed.
pub fn anonymous(call: &Call<'_>, request: &RequestContext<'_>, trace: &mut Trace) -> Result<(), Refusal> {
    let Some(policy) = &request.release.deployment.policy else { return Ok(()) };
    decided(judge_anonymous(call, request, policy), "anonymous", request, trace)
}

/// The API's policy, where it has one, must not deny what nobody signed.
pub fn not_denied(call: &Call<'_>, request: &RequestContext<'_>, trace: &mut Trace) -> Result<(), Refusal> {
    let Some(policy) = &request.release.deployment.policy else { return Ok(()) };
    let judgement = judge_anonymous(call, request, policy);
    if judgement.outcome == Outcome::ExplicitDeny {
        return decided(judgement, "anonymous", request, trace);
    }
    Ok(())
}

/// The condition keys that a request to an API has, with those of the identity that signed it, whose unique id is beside it; one
/// from the open internet has no VPC.
pub fn context(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    caller: Option<(&Identity, &str)>,
) -> Vec<(&'static str, String)> {
    let mut keys = KeyedRequest {
        headers: request.headers,
        source_ip: request.source_ip,
        secure: call.secure,
        region: &request.api.region,
        now_milliseconds: request.now_milliseconds,
    }
    .keys();
    if let Some((identity, caller_id)) = caller {
        keys.extend(identity.caller_keys(caller_id).into_iter().map(|(key, value)| (key, value.to_owned())));
    }
    keys
}

/// Notes what was decided, and refuses what is not allowed.
pub fn decided(
    judgement: Judgement,
    caller: &str,
    request: &RequestContext<'_>,
    trace: &mut Trace,
) -> Result<(), Refusal> {
    let kind = match (judgement.outcome, judgement.basis) {
        (Outcome::Allow, _) => FactKind::InvokeAllowed,
        (Outcome::ExplicitDeny, _) => FactKind::InvokeDenied,
        (Outcome::ImplicitDeny, Basis::Resource) => FactKind::InvokeNotAllowedByResourcePolicy,
        (Outcome::ImplicitDeny, _) => FactKind::InvokeNotAllowed,
    };
    trace.note(Fact::of(kind).at(judgement.place));
    if judgement.outcome == Outcome::Allow {
        return Ok(());
    }
    let message = not_authorized(caller, &method_arn(request), judgement);
    let error = GatewayError::of(GatewayResponseType::AccessDenied).message(&message).with_capital_key();
    Err(refuse(&error, Some((request, &[]))))
}

fn judge_anonymous(call: &Call<'_>, request: &RequestContext<'_>, policy: &AttachedPolicy) -> Judgement {
    let arn = method_arn(request);
    let context = context(call, request, None);
    let asked = Request {
        principal: Principal::Anonymous,
        action: INVOKE,
        resource: &arn,
        context: &borrowed(&context),
    };
    let outcome = evaluate(&policy.policy, &asked).outcome;
    Judgement { outcome, basis: Basis::Resource, place: policy.place }
}
