//! May the signer of a request call a route of type `AWS_IAM`: the signature, then the policies of the identity.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html>. An HTTP API says `Forbidden`
//! in every case, where a REST API says what is wrong (inferred).

use frontgate_aws::sigv4::Refusal as SignatureRefusal;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorization::{Caller, INVOKE};
use frontgate_gateway_rules::http_api::{Authorized, HttpError, HttpRequest};
use frontgate_iam::{Outcome, Request, judge, principal};

use super::{HttpApiCall, Refusal};
use crate::request_keys::{KeyedRequest, borrowed};
use crate::signature::{Scope, fact, signer};

/// Who signed the request, where the policies let the signer in.
pub(super) fn signed(
    call: &HttpApiCall<'_>,
    request: &HttpRequest<'_>,
    payload: &[u8],
    trace: &mut Trace,
) -> Result<Authorized, Refusal> {
    let scope =
        Scope { service: SERVICE, region: &request.api.region, now_milliseconds: call.now_milliseconds };
    let found = signer(call.identities, scope, call.head, payload);
    let Some((key, identity)) =
        found.map_err(|refusal| refused(fact(kind_of(&refusal), &refusal), request, trace))?
    else {
        return Err(refused(Fact::of(FactKind::HttpApiNotSigned), request, trace));
    };
    trace.note(Fact::of(FactKind::SignatureValid).at(identity.place));
    let (user_arn, caller_id) = (key.caller_arn(identity), key.caller_id(identity));
    let keyed = KeyedRequest {
        headers: &call.head.headers,
        source_ip: call.source_ip,
        secure: call.secure,
        region: &request.api.region,
        now_milliseconds: request.now_milliseconds,
    };
    let keys = keyed.keys();
    let context = [identity.caller_keys(&caller_id), borrowed(&keys)].concat();
    let asked = Request {
        principal: principal(identity, &user_arn),
        action: INVOKE,
        resource: &request.route_arn(),
        context: &context,
    };
    let judgement = judge(identity, None, &asked);
    let kind = match judgement.outcome {
        Outcome::Allow => FactKind::InvokeAllowed,
        Outcome::ExplicitDeny => FactKind::InvokeDenied,
        Outcome::ImplicitDeny => FactKind::InvokeNotAllowed,
    };
    trace.note(Fact::of(kind).at(judgement.place));
    if judgement.outcome != Outcome::Allow {
        return Err(HttpError::Forbidden.into());
    }
    Ok(Authorized::Iam(Caller {
        access_key: key.id.to_string(),
        account_id: request.api.account_id.to_string(),
        caller_id,
        user_arn,
    }))
}

fn refused(why: Fact, request: &HttpRequest<'_>, trace: &mut Trace) -> Refusal {
    trace.note(why.at(request.route.place));
    let own_host = trace.first(FactKind::DomainNameAsked).is_some();
    let behind_the_edge = trace.first(FactKind::OriginChosen).is_some() && !own_host;
    if why.kind == FactKind::HttpApiSignatureMismatch && behind_the_edge {
        trace.note(Fact::of(FactKind::SignatureBehindTheEdge).at(request.api.place));
    }
    HttpError::Forbidden.into()
}

fn kind_of(refusal: &SignatureRefusal) -> FactKind {
    match refusal {
        SignatureRefusal::Mismatch { .. } => FactKind::HttpApiSignatureMismatch,
        SignatureRefusal::UnknownAccessKey | SignatureRefusal::WrongSessionToken => {
            FactKind::HttpApiAccessKeyUnknown
        }
        SignatureRefusal::SessionEnded(_) => FactKind::HttpApiSessionEnded,
        SignatureRefusal::Expired { .. } | SignatureRefusal::NotYetCurrent { .. } => {
            FactKind::HttpApiSignatureNotCurrent
        }
        _ => FactKind::HttpApiSignatureUnreadable,
    }
}

/// The name of API Gateway in signatures.
const SERVICE: &str = "execute-api";
