//! Who signed a request? One verification for methods, routes and function URLs; what a refusal looks like differs.

use std::borrow::Cow;

use frontgate_aws::sigv4::{Claim, Expected, PathRule, Refusal, Request};
use frontgate_aws::{hex, sha256};
use frontgate_explain::{Fact, FactKind};
use frontgate_iam::{AccessKey, Identities, Identity, KeyRefusal};
use frontgate_message::RequestHead;

/// Where a signature is meant for, and when it arrives.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The name of the service in signatures.
    pub service: &'a str,
    /// The region of the API or the function.
    pub region: &'a str,
    /// When the request came, in milliseconds of the Unix epoch.
    pub now_milliseconds: u64,
}

/// The key that signed a request, and whose it is; `None` where nobody signed. `payload` is the body as it was sent.
pub fn signer<'i>(
    identities: &'i Identities,
    scope: Scope<'_>,
    head: &RequestHead,
    payload: &[u8],
) -> Result<Option<(Cow<'i, AccessKey>, &'i Identity)>, Refusal> {
    let fields: Vec<(&str, &[u8])> = head.headers.iter().collect();
    let sent = Request {
        method: head.method.as_str(),
        path: head.target.path(),
        query: head.target.query().unwrap_or_default(),
        headers: &fields,
    };
    let expected = Expected {
        service: scope.service,
        region: scope.region,
        now: scope.now_milliseconds / 1000,
        path: PathRule::OTHERS,
        payload_hash: &hex(&sha256(payload)),
    };
    let Some(claim) = Claim::read(&sent)? else { return Ok(None) };
    claim.check(&sent, &expected)?;
    let found = identities.signer(claim.access_key(), claim.session_token(), expected.now);
    let (key, identity) = found.map_err(|refusal| match refusal {
        KeyRefusal::Ended { at_seconds, .. } => Refusal::SessionEnded(at_seconds),
        KeyRefusal::TokenMissing | KeyRefusal::WrongToken => Refusal::WrongSessionToken,
        KeyRefusal::Unknown => Refusal::UnknownAccessKey,
    })?;
    claim.verify(&sent, &expected, &key.secret)?;
    Ok(Some((key, identity)))
}

/// The fact about a refusal, with the end of a session that has ended.
pub fn fact(kind: FactKind, refusal: &Refusal) -> Fact {
    match refusal {
        Refusal::SessionEnded(at_seconds) => {
            Fact::of(kind).value(u32::try_from(*at_seconds).unwrap_or(u32::MAX))
        }
        _ => Fact::of(kind),
    }
}
