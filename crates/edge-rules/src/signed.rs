//! Is a request for protected content signed, by whom, and does what was signed allow it?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html> and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html>.
//! What AWS does not say: in which order the parts are judged, and how an incomplete set of them is answered.

mod credentials;
mod hints;
mod memory;
mod policy;
mod public_key;
mod resource;

use std::sync::Arc;

use frontgate_explain::{Fact, FactKind, PlaceId};
use frontgate_message::RequestHead;

use crate::config::Distribution;
use crate::errors::ErrorPage;
use credentials::{Carrier, Credentials};
use policy::{Breach, Claim};

pub use credentials::{is_signing_cookie, is_signing_parameter};
pub use memory::Memory;
pub use public_key::{HashAlgorithm, PublicKey, PublicKeyError};

/// The keys of the key groups that a behavior trusts (`TrustedKeyGroups`).
#[derive(Clone, Debug)]
pub struct TrustedKeys {
    /// The keys of all groups.
    pub keys: Vec<Arc<PublicKey>>,
    /// The place of `TrustedKeyGroups`.
    pub place: PlaceId,
}

/// A request for protected content that gets 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The answer.
    pub page: ErrorPage,
    /// Why.
    pub fact: Fact,
    /// What was signed instead, where that can be told.
    pub hint: Option<Fact>,
}

/// Judges a request for a behavior that trusts `keys`, at `now` in Unix seconds. Signatures that were good before are
/// found in `memory`.
///
/// # Errors
/// What the viewer gets instead, and why.
pub fn judge(
    keys: &TrustedKeys,
    distribution: &Distribution,
    head: &RequestHead,
    now: u64,
    memory: &mut Memory,
) -> Result<Fact, Refusal> {
    let missing =
        || refusal(ErrorPage::SignatureMissing, Fact::of(FactKind::SignatureMissing).at(keys.place));
    let credentials = Credentials::of(head).ok_or_else(missing)?;
    let key_pair_id = credentials.key_pair_id.as_deref().ok_or_else(missing)?;
    let key = keys.keys.iter().find(|key| *key.id == *key_pair_id).ok_or_else(|| {
        refusal(ErrorPage::SignatureKeyUnknown, Fact::of(FactKind::SignatureKeyUnknown).at(keys.place))
    })?;
    let malformed =
        || refusal(ErrorPage::SignatureMalformed, Fact::of(FactKind::SignatureMalformed).at(key.place));
    let signature = credentials.signature().ok_or_else(malformed)?;
    let hash = credentials.hash_algorithm().ok_or_else(malformed)?;
    let claim = Claim::read(&credentials, head).ok_or_else(|| {
        refusal(ErrorPage::PolicyMalformed, Fact::of(FactKind::SignaturePolicyMalformed).at(key.place))
    })?;
    let is_genuine = claim.signed_texts().iter().any(|text| memory.verify(key, hash, text, &signature));
    if !is_genuine {
        let fact = Fact::of(FactKind::SignatureWrong).at(key.place);
        let hint =
            hints::hint(&hints::Wrong { keys, key, distribution, head, claim: &claim, hash, signature });
        return Err(Refusal { hint, ..refusal(ErrorPage::SignatureDenied, fact) });
    }
    claim.allows(head, now).map_err(|breach| {
        let (kind, seconds) = match breach {
            Breach::Expired(since) => (FactKind::SignatureExpired, since),
            Breach::NotYetValid(until) => (FactKind::SignatureNotYetValid, until),
            Breach::OtherAddress => (FactKind::SignatureOtherAddress, 0),
            Breach::OtherResource => (FactKind::SignatureOtherResource, 0),
        };
        refusal(ErrorPage::SignatureDenied, Fact::of(kind).value(narrow(seconds)).at(key.place))
    })?;
    let kind = match credentials.carrier {
        Carrier::Cookies => FactKind::SignedCookies,
        Carrier::Url => FactKind::SignedUrl,
    };
    Ok(Fact::of(kind).value(narrow(claim.expires.saturating_sub(now))).at(key.place))
}

fn refusal(page: ErrorPage, fact: Fact) -> Refusal {
    Refusal { page, fact, hint: None }
}

fn narrow(seconds: u64) -> u32 {
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
