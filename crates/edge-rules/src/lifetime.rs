//! How long is an answer of the origin kept, and why?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html> and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html>; what they leave open is
//! as RFC 9111 says: `Age` counts (§4.2), `must-revalidate` and `no-cache` are kept to (§5.2.2), and so is what a shared
//! cache may keep of an answer to `Authorization` (§3.5).

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Headers, Method, RequestHead};

use crate::cache_control::CacheControl;
use crate::config::{Behavior, Distribution};
use crate::errors::{custom_error_response, error_caching_seconds};
use crate::http_date::http_date_seconds;
use crate::key::key_settings_fact;
use crate::selection::{Fate, header_fate};

/// How long an answer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// For so long it is served without asking the origin; 0 with `storable`: it is asked every time, with validators.
    pub seconds: u64,
    /// Whether it is kept at all.
    pub storable: bool,
    /// Why.
    pub fact: Fact,
    /// For so long after its end it may stand in for an origin that fails; `None`: as long as it is there.
    pub stale_if_error_seconds: Option<u64>,
    /// For so long after its end it is served while the origin is asked.
    pub stale_while_revalidate_seconds: u64,
}

/// What the origin answered.
#[derive(Clone, Copy, Debug)]
pub struct OriginAnswer<'a> {
    /// The status; where the origin said 304, that of the stored answer.
    pub status: u16,
    /// The headers; where the origin said 304, those of the stored answer brought up to date.
    pub headers: &'a Headers,
    /// How old the answer was when it came: its `Age`, as [`origin_age`] reads it.
    pub age_seconds: u64,
}

/// How long the answer to the request `head` is kept.
#[must_use]
pub fn lifetime(
    distribution: &Distribution,
    behavior: &Behavior,
    head: &RequestHead,
    answer: OriginAnswer<'_>,
    now: u64,
) -> Lifetime {
    if let Some(fact) = never_cached(behavior, &head.method) {
        return Lifetime::not_stored(fact);
    }
    if answer.status == 206 {
        return Lifetime::not_stored(Fact::of(FactKind::NotStoredPartial));
    }
    let said = CacheControl::of(answer.headers);
    if let Some(fact) = belongs_to_the_authorized(behavior, head, &said) {
        return Lifetime::not_stored(fact);
    }
    let origin = origin_freshness(&said, answer, now);
    let (min_ttl, max_ttl, _) = behavior.key.ttls();
    let (seconds, fact) = if answer.status >= 400 {
        match error_lifetime(distribution, behavior, answer.status, &said, origin) {
            Ok(kept) => kept,
            Err(fact) => return Lifetime::not_stored(fact),
        }
    } else {
        match success_lifetime(behavior, &said, origin, answer.headers) {
            Ok(kept) => kept,
            Err(fact) => return Lifetime::not_stored(fact),
        }
    };
    // With a MinTTL above 0 even what says no-cache stands in for an origin that fails.
    let never_stale = said.must_revalidate || (said.no_cache && min_ttl == 0);
    let stale = |said: Option<u64>| if never_stale { Some(0) } else { said.map(|stale| stale.min(max_ttl)) };
    // RFC 9111 §5.2.2.10: s-maxage forbids what proxy-revalidate forbids, but for what the origin allows beside it.
    let stale_if_error = said.stale_if_error.or(said.s_maxage.map(|_| 0));
    Lifetime {
        seconds,
        storable: true,
        fact: fact.value(u32::try_from(seconds).unwrap_or(u32::MAX)),
        stale_if_error_seconds: stale(stale_if_error),
        stale_while_revalidate_seconds: stale(said.stale_while_revalidate).unwrap_or(0),
    }
}

/// Why no answer to such a request is ever kept, where that holds.
#[must_use]
pub fn never_cached(behavior: &Behavior, method: &Method) -> Option<Fact> {
    let may_be_cached = method.is_get_or_head() || (*method == Method::Options && behavior.options_cached);
    if !may_be_cached {
        return Some(Fact::of(FactKind::MethodNotCached));
    }
    let settings = key_settings_fact(behavior);
    (settings.kind == FactKind::CachingDisabled).then_some(settings)
}

/// The value of `Age`: the time in this cache and the time in the caches before it, in seconds.
#[must_use]
pub fn age_header(stored_at: u64, now: u64, origin_age: u64) -> u64 {
    now.saturating_sub(stored_at).saturating_add(origin_age)
}

/// The `Age` of an answer as it came from the origin; 0 where there is none. RFC 9111 §5.1: of several the first counts,
/// and what is no number is ignored.
#[must_use]
pub fn origin_age(response: &Headers) -> u64 {
    let first = response.first_text("Age").and_then(|age| age.split(',').next()).unwrap_or("").trim();
    if first.is_empty() || !first.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    // What is too large for a number is very old.
    first.parse().unwrap_or(u64::MAX).min(AGE_SECONDS_MAX)
}

/// RFC 9111 §1.2.2: the greatest number of seconds that every cache can tell.
const AGE_SECONDS_MAX: u64 = 1 << 31;

impl Lifetime {
    fn not_stored(fact: Fact) -> Self {
        Self {
            seconds: 0,
            storable: false,
            fact,
            stale_if_error_seconds: None,
            stale_while_revalidate_seconds: 0,
        }
    }
}

/// What is left of what the origin says: s-maxage, else max-age, else Expires.
fn origin_freshness(said: &CacheControl, answer: OriginAnswer<'_>, now: u64) -> Option<(u64, FactKind)> {
    let (seconds, age, kind) = if let Some(seconds) = said.s_maxage {
        (seconds, answer.age_seconds, FactKind::LifetimeFromSMaxAge)
    } else if let Some(seconds) = said.max_age {
        (seconds, answer.age_seconds, FactKind::LifetimeFromMaxAge)
    } else {
        let expires = answer.headers.first("Expires")?;
        let date = answer.headers.first("Date").and_then(http_date_seconds).unwrap_or(now);
        // RFC 9111 §5.3: an invalid date, "0" above all, is in the past. §4.2.1: Expires is a time of the origin's
        // clock, so it counts from the origin's Date; with a Date that is not ahead the end is what Expires says.
        let seconds = http_date_seconds(expires).map_or(0, |at| at.saturating_sub(date));
        (seconds, answer.age_seconds.max(now.saturating_sub(date)), FactKind::LifetimeFromExpires)
    };
    Some((seconds.saturating_sub(age), kind))
}

/// RFC 9111 §3.5: an answer to `Authorization` is for who sent it, unless it says otherwise. Where the header is in the
/// cache key it is; and a MinTTL above 0 keeps it as it keeps what is private.
fn belongs_to_the_authorized(behavior: &Behavior, head: &RequestHead, said: &CacheControl) -> Option<Fact> {
    let is_for_one = behavior.key.ttls().0 == 0
        && head.headers.contains("Authorization")
        && !said.lets_authorized_be_shared()
        && header_fate(behavior, "Authorization") == Fate::ForwardedOnly;
    is_for_one.then(|| Fact::of(FactKind::NotStoredAuthorization).at(behavior.origin_request_policy_place))
}

fn success_lifetime(
    behavior: &Behavior,
    said: &CacheControl,
    origin: Option<(u64, FactKind)>,
    response: &Headers,
) -> Result<(u64, Fact), Fact> {
    let (min, max, default) = behavior.key.ttls();
    let place = behavior.key.place();
    if min == 0 && response.all("Vary").any(names_star) {
        return Err(Fact::of(FactKind::NotStoredVaryStar));
    }
    if said.forbids_reuse() {
        let can_be_asked_about = response.contains("ETag") || response.contains("Last-Modified");
        return match min {
            0 if said.no_store || said.private || !can_be_asked_about => {
                Err(Fact::of(FactKind::NotStoredNoStore))
            }
            0 => Ok((0, Fact::of(FactKind::LifetimeNoCache))),
            min => Ok((min, Fact::of(FactKind::LifetimeMinTtlDespiteNoStore).at(place))),
        };
    }
    Ok(match origin {
        Some((seconds, _)) if seconds > max => (max, Fact::of(FactKind::LifetimeLoweredToMaxTtl).at(place)),
        Some((seconds, _)) if seconds < min => (min, Fact::of(FactKind::LifetimeRaisedToMinTtl).at(place)),
        Some((seconds, kind)) => (seconds, Fact::of(kind)),
        None => (default.max(min), Fact::of(FactKind::LifetimeDefaultTtl).at(place)),
    })
}

fn error_lifetime(
    distribution: &Distribution,
    behavior: &Behavior,
    status: u16,
    said: &CacheControl,
    origin: Option<(u64, FactKind)>,
) -> Result<(u64, Fact), Fact> {
    let kept = match status {
        404 | 414 | 500..=504 => true,
        400 | 403 | 405 | 412 | 415 => said.max_age.is_some() || said.s_maxage.is_some(),
        _ => false,
    };
    if !kept {
        return Err(Fact::of(FactKind::NotStoredStatus).value(u32::from(status)));
    }
    let max_ttl = behavior.key.ttls().1;
    let minimum = error_caching_seconds(distribution, status);
    let seconds = origin.map_or(0, |(seconds, _)| seconds).max(minimum).min(max_ttl);
    let fact = Fact::of(FactKind::ErrorKept);
    let fact = custom_error_response(distribution, status).map_or(fact, |row| fact.at(row.place));
    if seconds == 0 { Err(fact) } else { Ok((seconds, fact)) }
}

fn names_star(vary: &[u8]) -> bool {
    vary.split(|byte| *byte == b',').any(|name| name.trim_ascii() == b"*")
}

#[cfg(test)]
mod tests;
