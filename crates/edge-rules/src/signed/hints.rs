//! A signature is wrong for what was asked: for what would it have been right?
//!
//! Tried only where a request is refused, so that `explain` can name the mistake of the signer.

use std::sync::Arc;

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{RequestHead, Scheme};

use super::policy::{Claim, authorities, base_url, canned_policy};
use super::{HashAlgorithm, PublicKey, TrustedKeys};
use crate::config::Distribution;

/// A request whose signature is wrong.
pub(super) struct Wrong<'a> {
    pub(super) keys: &'a TrustedKeys,
    pub(super) key: &'a Arc<PublicKey>,
    pub(super) distribution: &'a Distribution,
    pub(super) head: &'a RequestHead,
    pub(super) claim: &'a Claim,
    pub(super) hash: HashAlgorithm,
    pub(super) signature: Vec<u8>,
}

/// What was signed instead, if it is one of the usual mistakes.
pub(super) fn hint(wrong: &Wrong<'_>) -> Option<Fact> {
    let texts = wrong.claim.signed_texts();
    let fits = |key: &PublicKey, hash, text: &[u8]| key.verify(hash, text, &wrong.signature);
    if texts.iter().any(|text| fits(wrong.key, wrong.hash.other(), text)) {
        return Some(Fact::of(FactKind::SignedWithOtherHash).at(wrong.key.place));
    }
    let others = wrong.keys.keys.iter().filter(|key| !Arc::ptr_eq(key, wrong.key)).take(OTHER_KEYS_MAX);
    for key in others {
        if texts.iter().any(|text| fits(key, wrong.hash, text)) {
            return Some(Fact::of(FactKind::SignedWithOtherKey).at(key.place));
        }
    }
    if !wrong.claim.is_canned() {
        return None;
    }
    let was_for = |url: &str| fits(wrong.key, wrong.hash, canned_policy(url, wrong.claim.expires).as_bytes());
    let urls: Vec<String> =
        authorities(wrong.head).map(|authority| base_url(wrong.head, authority)).collect();
    if urls.iter().any(|url| was_for(&with_other_scheme(url, wrong.head.scheme()))) {
        return Some(Fact::of(FactKind::SignedForOtherScheme).at(wrong.key.place));
    }
    if urls.iter().filter_map(|url| url.split_once('?')).any(|(url, _)| was_for(url)) {
        return Some(Fact::of(FactKind::SignedWithoutQuery).at(wrong.key.place));
    }
    let names = std::iter::once(&wrong.distribution.domain_name).chain(&wrong.distribution.aliases);
    let is_for_other_name = names.take(OTHER_NAMES_MAX).any(|name| was_for(&base_url(wrong.head, name)));
    is_for_other_name.then(|| Fact::of(FactKind::SignedForOtherHost).at(wrong.distribution.place))
}

fn with_other_scheme(url: &str, scheme: Scheme) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let other = match scheme {
        Scheme::Http => Scheme::Https,
        Scheme::Https => Scheme::Http,
    };
    format!("{}://{rest}", other.as_str())
}

/// How many other keys and names are tried: a refusal must stay cheap.
const OTHER_KEYS_MAX: usize = 4;
const OTHER_NAMES_MAX: usize = 4;
