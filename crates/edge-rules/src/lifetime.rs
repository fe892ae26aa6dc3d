//! How long is an answer of the origin kept, and why?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html> and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html>.

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Headers, Method};

use crate::cache_control::{CacheControl, http_date_seconds};
use crate::config::{Behavior, Distribution};
use crate::errors::{custom_error_response, error_caching_seconds};
use crate::key::key_settings_fact;

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

/// How long the answer `status`, `response` to `method` is kept. For a 304 hand in the status of the stored answer and
/// the headers of the 304.
#[must_use]
pub fn lifetime(
    distribution: &Distribution,
    behavior: &Behavior,
    method: &Method,
    status: u16,
    response: &Headers,
    now: u64,
) -> Lifetime {
    if let Some(fact) = never_cached(behavior, method) {
        return Lifetime::not_stored(fact);
    }
    if status == 206 {
        return Lifetime::not_stored(Fact::of(FactKind::NotStoredPartial));
    }
    let said = CacheControl::of(response);
    let origin = origin_freshness(&said, response, now);
    let (seconds, fact) = if status >= 400 {
        match error_lifetime(distribution, behavior, status, &said, origin) {
            Ok(kept) => kept,
            Err(fact) => return Lifetime::not_stored(fact),
        }
    } else {
        match success_lifetime(behavior, &said, origin, response) {
            Ok(kept) => kept,
            Err(fact) => return Lifetime::not_stored(fact),
        }
    };
    let max_ttl = behavior.key.ttls().1;
    Lifetime {
        seconds,
        storable: true,
        fact: fact.value(u32::try_from(seconds).unwrap_or(u32::MAX)),
        stale_if_error_seconds: said.stale_if_error.map(|stale| stale.min(max_ttl)),
        stale_while_revalidate_seconds: said.stale_while_revalidate.unwrap_or(0).min(max_ttl),
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

/// The `Age` of an answer as it came from the origin; 0 where there is none or it is no number.
#[must_use]
pub fn origin_age(response: &Headers) -> u64 {
    response.first_text("Age").and_then(|age| age.trim().parse().ok()).unwrap_or(0)
}

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

/// What the origin says: s-maxage, else max-age, else Expires.
fn origin_freshness(said: &CacheControl, response: &Headers, now: u64) -> Option<(u64, FactKind)> {
    if let Some(seconds) = said.s_maxage {
        return Some((seconds, FactKind::LifetimeFromSMaxAge));
    }
    if let Some(seconds) = said.max_age {
        return Some((seconds, FactKind::LifetimeFromMaxAge));
    }
    let expires = response.first("Expires")?;
    // RFC 9111 §5.3: an invalid date, "0" above all, is in the past.
    let seconds = http_date_seconds(expires).map_or(0, |at| at.saturating_sub(now));
    Some((seconds, FactKind::LifetimeFromExpires))
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
    if said.forbids_storing() {
        return if min == 0 {
            Err(Fact::of(FactKind::NotStoredNoStore))
        } else {
            Ok((min, Fact::of(FactKind::LifetimeMinTtlDespiteNoStore).at(place)))
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
