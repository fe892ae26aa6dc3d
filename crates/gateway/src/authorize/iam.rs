//! May the signer of a request call the method: the signature, then the policies of the identity and of the API.
//!
//! Authority: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

use frontgate_aws::sigv4::Refusal as SignatureRefusal;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorization::{Caller, INVOKE, method_arn};
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, Method, RequestContext};
use frontgate_iam::{Identity, Judgement, Request, judge, principal};

use super::policy::{context, decided};
use crate::Call;
use crate::answer::{Refusal, refuse};
use crate::request_keys::borrowed;
use crate::signature::{Scope, fact, signer};

/// Who signed the request, where the policies let the signer in.
pub fn signed(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    method: &Method,
    payload: &[u8],
    trace: &mut Trace,
) -> Result<Caller, Refusal> {
    let scope =
        Scope { service: SERVICE, region: &request.api.region, now_milliseconds: call.now_milliseconds };
    let found = signer(call.identities, scope, call.head, payload);
    let Some((key, identity)) =
        found.map_err(|refusal| signature_refused(&refusal, method, request, trace))?
    else {
        trace.note(Fact::of(FactKind::RequestNotSigned).at(method.place));
        let error = GatewayError::of(GatewayResponseType::MissingAuthenticationToken);
        return Err(refuse(&error, Some((request, payload))));
    };
    trace.note(Fact::of(FactKind::SignatureValid).at(identity.place));
    let caller = Caller {
        access_key: key.id.to_string(),
        account_id: request.api.account_id.to_string(),
        caller_id: key.caller_id(identity),
        user_arn: key.caller_arn(identity),
    };
    decided(judge_signed(call, request, identity, &caller), &caller.user_arn, request, trace)?;
    Ok(caller)
}

fn judge_signed(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    identity: &Identity,
    caller: &Caller,
) -> Judgement {
    let arn = method_arn(request);
    let context = context(call, request, Some((identity, &caller.caller_id)));
    let asked = Request {
        principal: principal(identity, &caller.user_arn),
        action: INVOKE,
        resource: &arn,
        context: &borrowed(&context),
    };
    judge(identity, request.release.deployment.policy.as_ref(), &asked)
}

fn signature_refused(
    refusal: &SignatureRefusal,
    method: &Method,
    request: &RequestContext<'_>,
    trace: &mut Trace,
) -> Refusal {
    let kind = match refusal {
        SignatureRefusal::Mismatch { .. } => FactKind::SignatureDoesNotMatch,
        SignatureRefusal::UnknownAccessKey | SignatureRefusal::WrongSessionToken => {
            FactKind::AccessKeyUnknown
        }
        SignatureRefusal::SessionEnded(_) => FactKind::SessionEnded,
        SignatureRefusal::Expired { .. } | SignatureRefusal::NotYetCurrent { .. } => {
            FactKind::SignatureNotCurrent
        }
        _ => FactKind::SignatureUnreadable,
    };
    trace.note(fact(kind, refusal).at(method.place));
    let signs_host = matches!(refusal, SignatureRefusal::Mismatch { .. });
    // Under a custom domain name the client signs for the name that it asks.
    let own_host = trace.first(FactKind::DomainNameAsked).is_some();
    if signs_host && !own_host && trace.first(FactKind::OriginChosen).is_some() {
        trace.note(Fact::of(FactKind::SignatureBehindTheEdge).at(request.api.place));
    }
    let message = refusal.to_string();
    let response = match refusal {
        SignatureRefusal::SessionEnded(_) => GatewayResponseType::ExpiredToken,
        _ => GatewayResponseType::InvalidSignature,
    };
    let error = GatewayError::of(response).message(&message).error_type(refusal.error_type());
    refuse(&error, Some((request, &[])))
}

/// The name of API Gateway in signatures.
const SERVICE: &str = "execute-api";
