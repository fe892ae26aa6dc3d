//! Which names does a behavior put into the cache key, and which does it forward only?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-how-origin-request-policies-and-cache-policies-work-together.html>.

use crate::config::{
    Behavior, ForwardedHeaders, KeySettings, OriginRequestHeaders, OriginRequestPolicy, Selection,
};
use crate::paths::wildcards_match;
use crate::signed::{is_signing_cookie, is_signing_parameter};

/// What becomes of a query parameter, a cookie or a header on the way to the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// In the cache key, and so forwarded.
    Keyed,
    /// Forwarded by the origin request policy (or the whole query by the legacy settings), not in the key.
    ForwardedOnly,
    /// Neither.
    Dropped,
    /// Neither: a part of the signature, judged at the edge.
    TakenOut,
}

impl Fate {
    /// Whether the origin gets it.
    pub(crate) fn is_forwarded(self) -> bool {
        matches!(self, Self::Keyed | Self::ForwardedOnly)
    }
}

/// What becomes of the query parameter `name`. Names compare with case.
pub(crate) fn query_fate(behavior: &Behavior, name: &str) -> Fate {
    if behavior.trusted_keys.is_some() && is_signing_parameter(name) {
        return Fate::TakenOut;
    }
    match &behavior.key {
        KeySettings::Legacy(values) if !values.query_string => Fate::Dropped,
        KeySettings::Legacy(values) => {
            let keys = &values.query_string_cache_keys;
            if keys.is_empty() || keys.iter().any(|key| **key == *name) {
                Fate::Keyed
            } else {
                Fate::ForwardedOnly
            }
        }
        KeySettings::Policy { policy, .. } => merged(
            &policy.query_strings,
            behavior.origin_request_policy.as_deref().map(|policy| &policy.query_strings),
            |listed| listed == name,
        ),
    }
}

/// What becomes of the cookie `name`. Names compare with case; the legacy settings know `*` and `?`.
pub(crate) fn cookie_fate(behavior: &Behavior, name: &[u8]) -> Fate {
    if behavior.trusted_keys.is_some() && is_signing_cookie(name) {
        return Fate::TakenOut;
    }
    match &behavior.key {
        KeySettings::Legacy(values) => {
            merged(&values.cookies, None, |listed| wildcards_match(listed.as_bytes(), name))
        }
        KeySettings::Policy { policy, .. } => merged(
            &policy.cookies,
            behavior.origin_request_policy.as_deref().map(|policy| &policy.cookies),
            |listed| listed.as_bytes() == name,
        ),
    }
}

/// What becomes of the viewer's header `name` by the lists alone; the header table has the last word.
pub(crate) fn header_fate(behavior: &Behavior, name: &str) -> Fate {
    let listed = |names: &[Box<str>]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    match &behavior.key {
        KeySettings::Legacy(values) => match &values.headers {
            ForwardedHeaders::All => Fate::ForwardedOnly,
            ForwardedHeaders::Allow(names) if listed(names) => Fate::Keyed,
            ForwardedHeaders::Allow(_) | ForwardedHeaders::None => Fate::Dropped,
        },
        KeySettings::Policy { policy, .. } if listed(&policy.headers) => Fate::Keyed,
        KeySettings::Policy { .. } => {
            let forwards = |policy: &OriginRequestPolicy| match &policy.headers {
                OriginRequestHeaders::None => false,
                OriginRequestHeaders::Allow(names) => listed(names),
                OriginRequestHeaders::AllViewer => true,
                OriginRequestHeaders::AllExcept(names) => !listed(names),
            };
            if behavior.origin_request_policy.as_deref().is_some_and(forwards) {
                Fate::ForwardedOnly
            } else {
                Fate::Dropped
            }
        }
    }
}

/// Whether any cookie could be forwarded: Set-Cookie passes only then, and such requests are never collapsed.
#[must_use]
pub fn forwards_cookies(behavior: &Behavior) -> bool {
    *keyed_cookies(behavior) != Selection::None
        || (matches!(behavior.key, KeySettings::Policy { .. })
            && behavior
                .origin_request_policy
                .as_deref()
                .is_some_and(|policy| policy.cookies != Selection::None))
}

/// Whether all cookies are in the cache key.
pub(crate) fn keys_all_cookies(behavior: &Behavior) -> bool {
    keyed_cookies(behavior) == &Selection::All
}

/// The cookies in the cache key.
pub(crate) fn keyed_cookies(behavior: &Behavior) -> &Selection {
    match &behavior.key {
        KeySettings::Legacy(values) => &values.cookies,
        KeySettings::Policy { policy, .. } => &policy.cookies,
    }
}

/// The merge matrix: cache policy × origin request policy.
fn merged(key: &Selection, origin: Option<&Selection>, is_name: impl Fn(&str) -> bool) -> Fate {
    let listed = |names: &[Box<str>]| names.iter().any(|name| is_name(name));
    let takes = |selection: &Selection| match selection {
        Selection::None => false,
        Selection::Allow(names) => listed(names),
        Selection::AllExcept(names) => !listed(names),
        Selection::All => true,
    };
    let origin = origin.unwrap_or(&Selection::None);
    if let (Selection::AllExcept(_), Selection::AllExcept(_)) = (key, origin) {
        // AWS: "all values except those in the union of both lists".
        return if takes(key) && takes(origin) { Fate::Keyed } else { Fate::Dropped };
    }
    if takes(key) {
        Fate::Keyed
    } else if takes(origin) {
        Fate::ForwardedOnly
    } else {
        Fate::Dropped
    }
}

#[cfg(test)]
mod tests;
