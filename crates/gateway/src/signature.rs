//! Who signed a request? One verification for methods, routes and function URLs; what a refusal looks like differs.

use frontgate_aws::sigv4::{Claim, Expected, PathRule, Refusal, Request};
use frontgate_aws::{hex, sha256};
use frontgate_iam::{AccessKey, Identities, Identity};
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
) -> Result<Option<(&'i AccessKey, &'i Identity)>, Refusal> {
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
    let (key, identity) = identities.by_access_key(claim.access_key()).ok_or(Refusal::UnknownAccessKey)?;
    if key.session_token.as_deref() != claim.session_token() {
        return Err(Refusal::WrongSessionToken);
    }
    claim.verify(&sent, &expected, &key.secret)?;
    Ok(Some((key, identity)))
}
