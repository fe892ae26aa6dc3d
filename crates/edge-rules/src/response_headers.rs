//! Which headers does a response headers policy remove and set?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html>.
//!
//! What does not depend on the request (removal, security headers, custom headers) can be done once, when an answer is
//! stored: [`apply_fixed`]. CORS and Server-Timing depend on the request: [`apply_cors`], [`server_timing_wanted`].

use std::borrow::Cow;

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_message::{Headers, Method, RequestHead};

use crate::config::{Cors, HeaderToSet, ResponseHeadersPolicy};

/// Applies all of a policy to the answer to one request.
pub fn apply_policy(
    policy: &ResponseHeadersPolicy,
    head: &RequestHead,
    headers: &mut Headers,
    place: PlaceId,
    trace: &mut Trace,
) {
    remove_listed(policy, headers);
    if let Some(cors) = &policy.cors {
        apply_cors(cors, head, headers);
    }
    set_listed(policy, headers);
    trace.note(Fact::of(FactKind::ResponseHeadersPolicyApplied).at(place));
}

/// Applies the part of a policy that is the same for every request.
pub fn apply_fixed(policy: &ResponseHeadersPolicy, headers: &mut Headers) {
    remove_listed(policy, headers);
    set_listed(policy, headers);
}

/// Applies the CORS part of a policy.
///
/// Nothing is done for a request without `Origin`. Without `OriginOverride` nothing is done either where the origin sent
/// any CORS header; with it the policy's headers replace the origin's.
pub fn apply_cors(cors: &Cors, head: &RequestHead, headers: &mut Headers) {
    let Some(allowed) = allowed_origin(cors, head) else { return };
    if headers.iter().any(|(name, _)| is_cors_header(name)) {
        if !cors.origin_override {
            return;
        }
        headers.retain(|name, _| !is_cors_header(name));
    }
    append_cors(cors, head, allowed, headers);
}

/// The same for an answer whose stored head is shared: appends to `own`. False, and nothing done, where the shared head
/// has CORS headers that must be replaced; then [`apply_cors`] on a copy of them.
#[must_use]
pub fn apply_cors_beside(cors: &Cors, head: &RequestHead, shared: &Headers, own: &mut Headers) -> bool {
    let Some(allowed) = allowed_origin(cors, head) else { return true };
    if shared.iter().any(|(name, _)| is_cors_header(name)) {
        return !cors.origin_override;
    }
    append_cors(cors, head, allowed, own);
    true
}

/// Whether the request is a CORS preflight.
#[must_use]
pub fn is_preflight(head: &RequestHead) -> bool {
    head.method == Method::Options
        && head.headers.contains("Origin")
        && head.headers.contains("Access-Control-Request-Method")
}

/// Whether an allowed origin of a policy fits the `Origin` of a request: `*`, an exact origin or host, or either with `*`
/// as its leftmost label.
#[must_use]
pub fn origin_is_allowed(allowed: &str, origin: &str) -> bool {
    if allowed == "*" {
        return true;
    }
    let (origin_scheme, origin_authority) = split_scheme(origin);
    let (scheme, authority) = split_scheme(allowed);
    if scheme.is_some_and(|scheme| !origin_scheme.is_some_and(|own| own.eq_ignore_ascii_case(scheme))) {
        return false;
    }
    let (host, port) = split_port(authority);
    let (origin_host, origin_port) = split_port(origin_authority);
    // A pattern without a scheme speaks of every port; one with a scheme means its own.
    let ports_fit = match port {
        Some("*") => true,
        Some(port) => origin_port == Some(port),
        None => scheme.is_none() || origin_port.is_none(),
    };
    ports_fit && host_fits(host, origin_host)
}

/// The metrics of `Server-Timing` for one answer.
#[derive(Clone, Copy, Debug)]
pub struct ServerTiming<'a> {
    /// Where the answer came from.
    pub cache: CacheMetric,
    /// The edge location.
    pub pop: &'a str,
    /// The request id.
    pub request_id: &'a str,
    /// How long the origin took, where it was asked.
    pub upstream: Option<Upstream>,
    /// Milliseconds to the first byte toward the viewer.
    pub downstream_first_byte_milliseconds: u64,
}

/// `cdn-upstream-*`, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// By way of an Origin Shield.
    pub is_shielded: bool,
    /// To the address of its name, and to the connection; `None` where that was not measured.
    pub connection: Option<(u64, u64)>,
    /// To the first byte of its answer.
    pub first_byte: u64,
}

/// `cdn-cache-*`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheMetric {
    /// From the cache.
    Hit,
    /// From the origin.
    Miss,
    /// From the cache after the origin said it is still good.
    Refresh,
}

/// Whether this answer gets `Server-Timing`: the request asks for it by `Pragma: server-timing`, or it is among the
/// sampled ones (`sample`: a number from 0 up to but not including 100, drawn by the caller).
#[must_use]
pub fn server_timing_wanted(policy: &ResponseHeadersPolicy, request: &Headers, sample: f64) -> bool {
    let Some(rate) = policy.server_timing_rate else { return false };
    let asked = request
        .all("Pragma")
        .flat_map(|value| value.split(|byte| *byte == b','))
        .any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"server-timing"));
    asked || sample < rate
}

/// The value of `Server-Timing`; `origins` is the origin's own value, which is kept on a miss.
#[must_use]
pub fn server_timing_value(timing: &ServerTiming<'_>, origins: Option<&str>) -> String {
    let mut metrics: Vec<Cow<'_, str>> = Vec::new();
    if let (Some(value), false) = (origins, timing.cache == CacheMetric::Hit) {
        metrics.push(value.into());
    }
    if let Some(Upstream { is_shielded, connection, first_byte }) = timing.upstream {
        let layer = if is_shielded { "Origin Shield" } else { "EDGE" };
        metrics.push(format!("cdn-upstream-layer;desc=\"{layer}\"").into());
        if let Some((dns, connect)) = connection {
            metrics.push(format!("cdn-upstream-dns;dur={dns}").into());
            metrics.push(format!("cdn-upstream-connect;dur={connect}").into());
        }
        metrics.push(format!("cdn-upstream-fbl;dur={first_byte}").into());
    }
    metrics.push(
        match timing.cache {
            CacheMetric::Hit => "cdn-cache-hit",
            CacheMetric::Miss => "cdn-cache-miss",
            CacheMetric::Refresh => "cdn-cache-refresh",
        }
        .into(),
    );
    metrics.push(format!("cdn-pop;desc=\"{}\"", timing.pop).into());
    metrics.push(format!("cdn-rid;desc=\"{}\"", timing.request_id).into());
    if timing.cache == CacheMetric::Hit {
        metrics.push("cdn-hit-layer;desc=\"EDGE\"".into());
    }
    metrics.push(format!("cdn-downstream-fbl;dur={}", timing.downstream_first_byte_milliseconds).into());
    metrics.join(",")
}

/// The header that a request of that origin gets as `Access-Control-Allow-Origin`.
fn allowed_origin<'a>(cors: &Cors, head: &'a RequestHead) -> Option<&'a str> {
    let origin = head.headers.first_text("Origin")?;
    if cors.allow_origins.iter().any(|allowed| **allowed == *"*") {
        return Some("*");
    }
    cors.allow_origins.iter().any(|allowed| origin_is_allowed(allowed, origin)).then_some(origin)
}

fn append_cors(cors: &Cors, head: &RequestHead, allowed: &str, headers: &mut Headers) {
    headers.append("Access-Control-Allow-Origin", allowed.as_bytes());
    if cors.allow_credentials {
        headers.append("Access-Control-Allow-Credentials", b"true");
    }
    if is_preflight(head) {
        append_list("Access-Control-Allow-Methods", &cors.allow_methods, headers);
        append_list("Access-Control-Allow-Headers", &cors.allow_headers, headers);
        if let Some(seconds) = cors.max_age_seconds {
            headers.append("Access-Control-Max-Age", seconds.to_string().as_bytes());
        }
    }
    append_list("Access-Control-Expose-Headers", &cors.expose_headers, headers);
}

fn append_list(name: &str, values: &[Box<str>], headers: &mut Headers) {
    match values {
        [] => {}
        [one] => headers.append(name, one.as_bytes()),
        several => headers.append(name, several.join(", ").as_bytes()),
    }
}

fn remove_listed(policy: &ResponseHeadersPolicy, headers: &mut Headers) {
    for name in &policy.remove {
        headers.remove(name);
    }
}

fn set_listed(policy: &ResponseHeadersPolicy, headers: &mut Headers) {
    for HeaderToSet { name, value, origin_override } in policy.security.iter().chain(&policy.custom) {
        if *origin_override {
            headers.set(name, value.as_bytes());
        } else if !headers.contains(name) {
            headers.append(name, value.as_bytes());
        }
    }
}

fn is_cors_header(name: &str) -> bool {
    CORS_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn split_scheme(origin: &str) -> (Option<&str>, &str) {
    match origin.split_once("://") {
        Some((scheme, authority)) => (Some(scheme), authority),
        None => (None, origin),
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn host_fits(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => host
            .len()
            .checked_sub(parent.len() + 1)
            .filter(|at| *at > 0)
            .and_then(|at| host.get(at..))
            .and_then(|tail| tail.strip_prefix('.'))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(parent)),
        None => host.eq_ignore_ascii_case(pattern),
    }
}

const CORS_HEADERS: &[&str] = &[
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
];

#[cfg(test)]
mod tests;
