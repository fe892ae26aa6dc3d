//! What of a decision surprises people? Facts that decide nothing and tell a trap; asked for only where the origin is
//! asked or an error is answered, never for a hit.
//!
//! Authority: the pages of the rules that surprise: path patterns
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html>), default
//! root object (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DefaultRootObject.html>) and caching by
//! headers (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/header-caching.html>).

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Headers, RequestHead, Scheme};

use crate::config::{Behavior, Distribution, KeySettings, Origin, Selection, Upstream};
use crate::delivery::forwards_device_headers;
use crate::errors::custom_error_response;
use crate::paths::{normalized_path, path_pattern_matches};
use crate::query::{parameter_name, parameters};
use crate::selection::{Fate, forwards_cookies, header_fate, keyed_cookies, query_fate};
use crate::tables::origin_headers::origin_header;
use crate::viewer::choose_behavior;

/// Notes what may have led to an error: behaviors that the path nearly chose, and a folder that is no object.
pub fn note_about_error(distribution: &Distribution, chosen: &Behavior, path: &str, trace: &mut Trace) {
    let compared = normalized_path(path);
    let position = distribution.behaviors.iter().position(|behavior| std::ptr::eq(behavior, chosen));
    let (before, after) = match position {
        Some(index) => (&distribution.behaviors[..index], &distribution.behaviors[index + 1..]),
        None => (&distribution.behaviors[..], &[][..]),
    };
    if let Some(near) = before.iter().find(|behavior| lacks_only_the_slash(behavior, &compared)) {
        trace.note(Fact::of(FactKind::PatternMissesBarePath).at(near.place));
    }
    if let Some(pattern) = chosen.path_pattern.as_deref()
        && let Some(shadowed) = after.iter().find(|behavior| is_shadowed(behavior, pattern, &compared))
    {
        trace.note(Fact::of(FactKind::PatternShadowed).at(shadowed.place));
    }
    trace_rewritten(distribution, chosen, path, trace);
    let is_bucket = matches!(chosen.origin.upstream, Upstream::S3 { .. });
    if is_bucket && path.len() > 1 && path.ends_with('/') {
        let root = distribution.default_root_object_place;
        let place = if distribution.default_root_object.is_some() { root } else { chosen.place };
        trace.note(Fact::of(FactKind::FolderAsked).at(place));
    }
}

/// Notes that the path is one of another behavior: a function has changed it, and the behavior was chosen before.
fn trace_rewritten(distribution: &Distribution, chosen: &Behavior, path: &str, trace: &mut Trace) {
    let by_path = choose_behavior(distribution, path).behavior;
    let is_own = distribution.all_behaviors().any(|behavior| std::ptr::eq(behavior, chosen));
    if is_own && !std::ptr::eq(by_path, chosen) {
        trace.note(Fact::of(FactKind::RewrittenElsewhere).at(by_path.place));
    }
}

/// The fact of an answer that is kept by what its origin says although the `DefaultTTL` is 0, where nobody seems to have
/// thought of the `MaxTTL`; `because` says why it is kept.
#[must_use]
pub fn kept_despite_default_ttl(behavior: &Behavior, because: FactKind, seconds: u64) -> Option<Fact> {
    use FactKind::{LifetimeFromExpires, LifetimeFromMaxAge, LifetimeFromSMaxAge, LifetimeLoweredToMaxTtl};
    let by_origin = matches!(
        because,
        LifetimeFromExpires | LifetimeFromMaxAge | LifetimeFromSMaxAge | LifetimeLoweredToMaxTtl
    );
    let (_, max_ttl, default_ttl) = behavior.key.ttls();
    let is_own = match &behavior.key {
        KeySettings::Policy { policy, .. } => policy.source.is_none(),
        KeySettings::Legacy(_) => true,
    };
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
    (default_ttl == 0 && max_ttl == MAX_TTL_DEFAULT && by_origin && is_own && seconds > 0)
        .then(|| Fact::of(FactKind::KeptDespiteDefaultTtl).value(seconds).at(behavior.key.place()))
}

/// The fact of a path that a behavior with a wider pattern opens, although one behind it demands a signature.
#[must_use]
pub fn protected_behavior_shadowed(
    distribution: &Distribution,
    chosen: &Behavior,
    path: &str,
) -> Option<Fact> {
    let pattern = chosen.path_pattern.as_deref().filter(|_| chosen.trusted_keys.is_none())?;
    let compared = normalized_path(path);
    let position = distribution.behaviors.iter().position(|behavior| std::ptr::eq(behavior, chosen))?;
    let behind = distribution.behaviors[position + 1..].iter();
    let mut protected = behind.filter(|behavior| behavior.trusted_keys.is_some());
    let shadowed = protected.find(|behavior| is_shadowed(behavior, pattern, &compared))?;
    Some(Fact::of(FactKind::ProtectedBehaviorShadowed).at(shadowed.place))
}

/// The fact of an error that comes from the cache, at the setting that says for how long it is kept.
#[must_use]
pub fn error_from_cache(distribution: &Distribution, status: u16) -> Fact {
    let place = custom_error_response(distribution, status).map_or(distribution.place, |row| row.place);
    Fact::of(FactKind::ErrorFromCache).value(u32::from(status)).at(place)
}

/// The fact of a path that chooses another behavior by what it says than by what is sent to the origin.
#[must_use]
pub fn raw_path_elsewhere(distribution: &Distribution, chosen: &Behavior, path: &str) -> Option<Fact> {
    if matches!(normalized_path(path), std::borrow::Cow::Borrowed(_)) {
        return None;
    }
    let matches_raw = |behavior: &&Behavior| {
        behavior.path_pattern.as_deref().is_none_or(|pattern| path_pattern_matches(pattern, path))
    };
    let by_raw_path = distribution.all_behaviors().find(matches_raw)?;
    (!std::ptr::eq(by_raw_path, chosen)).then(|| Fact::of(FactKind::RawPathElsewhere).at(by_raw_path.place))
}

/// Notes on which headers of this request the origin says its answer depends, though they are not in the cache key.
pub fn note_about_variants(behavior: &Behavior, head: &RequestHead, answer: &Headers, trace: &mut Trace) {
    let place = behavior.key.place();
    let vary = answer.joined("Vary").unwrap_or_default();
    let names =
        || vary.split(|byte| *byte == b',').filter_map(|name| std::str::from_utf8(name.trim_ascii()).ok());
    let not_keyed = |name: &&str| head.headers.contains(name) && !is_keyed(behavior, name);
    let is_origin = |name: &str| name.eq_ignore_ascii_case("Origin");
    let count = names().filter(not_keyed).filter(|name| !is_origin(name)).count();
    if count > 0 {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        trace.note(Fact::of(FactKind::VaryNotKeyed).value(count).at(place));
    }
    if let Some(site) = head.headers.first("Origin")
        && !is_keyed(behavior, "Origin")
        && behavior.response_headers_policy.as_deref().is_none_or(|policy| policy.cors.is_none())
    {
        let is_echoed = answer.first("Access-Control-Allow-Origin") == Some(site)
            && header_fate(behavior, "Origin") != Fate::Dropped;
        if is_echoed || names().any(is_origin) {
            trace.note(Fact::of(FactKind::CorsOriginNotKeyed).at(place));
        }
    }
}

/// The fact of a Set-Cookie that is kept for `seconds` with an answer.
#[must_use]
pub fn set_cookie_kept(behavior: &Behavior, kept: &Headers, seconds: u64) -> Option<Fact> {
    let is_kept = seconds > 0 && forwards_cookies(behavior) && kept.contains("Set-Cookie");
    let by_key = *keyed_cookies(behavior) != Selection::None;
    let place = if by_key { behavior.key.place() } else { behavior.origin_request_policy_place };
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
    is_kept.then(|| Fact::of(FactKind::SetCookieKept).value(seconds).at(place))
}

/// The queries that name the same keyed parameters in other orders; none where there are too many to try.
#[must_use]
pub fn other_orders(behavior: &Behavior, head: &RequestHead) -> Vec<String> {
    let keyed = |parameter: &&str| query_fate(behavior, parameter_name(parameter)) == Fate::Keyed;
    let own: Vec<&str> =
        parameters(head.target.query()).filter(keyed).take(PARAMETERS_REORDERED_MAX + 1).collect();
    let orders: &[&[usize]] = match own.len() {
        2 => &[&[1, 0]],
        3 => &[&[0, 2, 1], &[1, 0, 2], &[1, 2, 0], &[2, 0, 1], &[2, 1, 0]],
        _ => &[],
    };
    let query = |order: &&[usize]| order.iter().map(|index| own[*index]).collect::<Vec<_>>();
    orders.iter().map(query).filter(|other| *other != own).map(|other| other.join("&")).collect()
}

/// `MaxTTL` where it is not given: a year.
const MAX_TTL_DEFAULT: u64 = 31_536_000;

/// With more parameters than these there are too many orders to look for.
const PARAMETERS_REORDERED_MAX: usize = 3;

/// The fact of an origin that redirects plain http to the https URL that the viewer asked for.
#[must_use]
pub fn redirects_to_itself(
    origin: &Origin,
    head: &RequestHead,
    asked_securely: bool,
    status: u16,
    answer: &Headers,
) -> Option<Fact> {
    if asked_securely || head.scheme() != Scheme::Https || !matches!(status, 301 | 302 | 307 | 308) {
        return None;
    }
    let (host, target) = answer.first_text("Location")?.strip_prefix("https://")?.split_once('/')?;
    let is_same =
        host.eq_ignore_ascii_case(&head.host) && head.target.as_str().strip_prefix('/') == Some(target);
    is_same.then(|| Fact::of(FactKind::RedirectsToItself).at(origin.place))
}

/// The fact of an error for a page of another site that says nothing of CORS.
#[must_use]
pub fn error_without_cors(behavior: &Behavior) -> Fact {
    let policy = behavior.response_headers_policy.is_some();
    let place = if policy { behavior.response_headers_policy_place } else { behavior.place };
    Fact::of(FactKind::ErrorWithoutCors).at(place)
}

/// Whether a header is an application's own: `X-…`, but none that browsers and proxies add by themselves.
pub(crate) fn is_application_header(name: &str) -> bool {
    let begins = |start: &str| name.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    begins("X-") && origin_header(name).listable && !ADDED_BY_OTHERS.iter().any(|start| begins(start))
}

/// The beginnings of headers that browsers and proxies add without being asked.
const ADDED_BY_OTHERS: &[&str] = &[
    "X-Amzn-Trace-Id",
    "X-Client-Data",
    "X-Correlation-",
    "X-Forwarded-",
    "X-Original-",
    "X-Purpose",
    "X-Request-",
    "X-Requested-With",
];

fn is_keyed(behavior: &Behavior, name: &str) -> bool {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    is("Accept-Encoding")
        || header_fate(behavior, name) == Fate::Keyed
        || (is("Cookie") && *keyed_cookies(behavior) != Selection::None)
        || (is("User-Agent") && forwards_device_headers(behavior))
}

/// Whether the path is that of the pattern `…/*` without the slash.
fn lacks_only_the_slash(behavior: &Behavior, path: &str) -> bool {
    let stem = behavior.path_pattern.as_deref().and_then(|pattern| pattern.strip_suffix("/*"));
    stem.is_some_and(|stem| path_pattern_matches(stem, path))
}

/// Whether the path would choose this behavior, if the wider `pattern` did not stand before it.
fn is_shadowed(behavior: &Behavior, pattern: &str, path: &str) -> bool {
    behavior
        .path_pattern
        .as_deref()
        .is_some_and(|own| path_pattern_matches(own, path) && path_pattern_matches(pattern, own))
}

#[cfg(test)]
mod tests;
