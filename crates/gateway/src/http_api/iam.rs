//! May the signer of a request call a route of type `AWS_IAM`: the signature, then the policies of the identity.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html>. An HTTP API says `Forbidden`
//! in every case, where a REST API says what is wrong (inferred).

use frontgate_aws::sigv4::{
    Claim, Expected, PathRule, Refusal as SignatureRefusal, Request as SignedRequest,
};
use frontgate_aws::{hex, sha256};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorization::{Caller, INVOKE};
use frontgate_gateway_rules::http_api::{Authorized, HttpError, HttpRequest};
use frontgate_gateway_rules::time;
use frontgate_iam::{Outcome, Request, judge, principal};

use super::{HttpApiCall, Refusal};

/// Who signed the request, where the policies let the signer in.
pub(super) fn signed(
    call: &HttpApiCall<'_>,
    request: &HttpRequest<'_>,
    payload: &[u8],
    trace: &mut Trace,
) -> Result<Authorized, Refusal> {
    let fields: Vec<(&str, &[u8])> = request.headers.iter().collect();
    let sent = SignedRequest {
        method: call.head.method.as_str(),
        path: call.head.target.path(),
        query: call.head.target.query().unwrap_or_default(),
        headers: &fields,
    };
    let payload_hash = hex(&sha256(payload));
    let expected = Expected {
        service: "execute-api",
        region: &request.api.region,
        now: call.now_milliseconds / 1000,
        path: PathRule::OTHERS,
        payload_hash: &payload_hash,
    };
    let no = |refusal: &SignatureRefusal, trace: &mut Trace| refused(kind_of(refusal), request, trace);
    let Some(claim) = Claim::read(&sent).map_err(|refusal| no(&refusal, trace))? else {
        return Err(refused(FactKind::HttpApiNotSigned, request, trace));
    };
    claim.check(&sent, &expected).map_err(|refusal| no(&refusal, trace))?;
    let Some((key, identity)) = call.identities.by_access_key(claim.access_key()) else {
        return Err(refused(FactKind::HttpApiAccessKeyUnknown, request, trace));
    };
    if key.session_token.as_deref() != claim.session_token() {
        return Err(refused(FactKind::HttpApiAccessKeyUnknown, request, trace));
    }
    claim.verify(&sent, &expected, &key.secret).map_err(|refusal| no(&refusal, trace))?;
    trace.note(Fact::of(FactKind::SignatureValid).at(identity.place));
    let user_arn = key.caller_arn(identity);
    let source_ip = request.source_ip_text();
    let now = time::iso_8601(request.now_milliseconds);
    let context = [
        ("aws:SourceIp", source_ip.as_str()),
        ("aws:SecureTransport", "true"),
        ("aws:CurrentTime", now.as_str()),
        ("aws:RequestedRegion", &*request.api.region),
        ("aws:PrincipalArn", user_arn.as_str()),
        ("aws:PrincipalAccount", &*request.api.account_id),
    ];
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
        caller_id: key.caller_id(identity),
        user_arn,
    }))
}

fn refused(kind: FactKind, request: &HttpRequest<'_>, trace: &mut Trace) -> Refusal {
    trace.note(Fact::of(kind).at(request.route.place));
    let own_host = trace.first(FactKind::DomainNameAsked).is_some();
    let behind_the_edge = trace.first(FactKind::OriginChosen).is_some() && !own_host;
    if kind == FactKind::HttpApiSignatureMismatch && behind_the_edge {
        trace.note(Fact::of(FactKind::SignatureBehindTheEdge).at(request.api.place));
    }
    HttpError::Forbidden.into()
}

fn kind_of(refusal: &SignatureRefusal) -> FactKind {
    match refusal {
        SignatureRefusal::Mismatch { .. } => FactKind::HttpApiSignatureMismatch,
        SignatureRefusal::Expired { .. } | SignatureRefusal::NotYetCurrent { .. } => {
            FactKind::HttpApiSignatureNotCurrent
        }
        _ => FactKind::HttpApiSignatureUnreadable,
    }
}
