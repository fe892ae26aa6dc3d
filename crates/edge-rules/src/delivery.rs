//! Which headers of the origin reach the viewer, and in which order?
//!
//! Authority: "HTTP response headers that CloudFront removes or replaces" of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html>.

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::Headers;

use crate::cloudfront_headers::is_cloudfront_header;
use crate::config::{Behavior, ForwardedHeaders, KeySettings};
use crate::selection::{Fate, forwards_cookies, header_fate};

/// Takes out of an origin's answer what is not for the viewer, and puts `Content-Type` first.
///
/// Removed: hop-by-hop fields and those that they name, framing (the connection writes its own), `Via`, `Age` and
/// `X-Cache` and `X-Amz-Cf-*` (replaced), `Set-Cookie` unless cookies are forwarded, and names in `Vary` that are not.
pub fn filter_origin_response(behavior: &Behavior, headers: &mut Headers, trace: &mut Trace) {
    remove_named_by_connection(headers);
    headers.retain(|name, _| !is_removed(name));
    if !forwards_cookies(behavior) && headers.remove("Set-Cookie") {
        trace.note(Fact::of(FactKind::SetCookieRemoved).at(cookies_place(behavior)));
    }
    if filter_vary(behavior, headers) {
        trace.note(Fact::of(FactKind::VaryFiltered).at(behavior.key.place()));
    }
    put_first(headers, "Content-Type");
}

/// Adds the fields that CloudFront itself adds, in its order: `X-Cache`, `Via`, `X-Amz-Cf-Pop`, `X-Amz-Cf-Id` and, for an
/// answer out of the cache, `Age`.
pub fn append_edge_headers(
    headers: &mut Headers,
    x_cache: &str,
    via_host: &str,
    pop: &str,
    request_id: &str,
    age: Option<u64>,
) {
    headers.append("X-Cache", x_cache.as_bytes());
    // AWS writes 1.1 here for every version of HTTP.
    let mut via = [0_u8; VIA_LENGTH_MAX];
    headers.append("Via", write_via(&mut via, via_host));
    headers.append("X-Amz-Cf-Pop", pop.as_bytes());
    headers.append("X-Amz-Cf-Id", request_id.as_bytes());
    if let Some(age) = age {
        let mut digits = [0_u8; 20];
        headers.append("Age", write_number(&mut digits, age));
    }
}

const VIA_LENGTH_MAX: usize = 288;

fn write_via<'a>(place: &'a mut [u8; VIA_LENGTH_MAX], host: &str) -> &'a [u8] {
    let mut length = 0;
    for piece in ["1.1 ", host, " (CloudFront)"] {
        let room = &mut place[length..];
        let taken = piece.len().min(room.len());
        room[..taken].copy_from_slice(&piece.as_bytes()[..taken]);
        length += taken;
    }
    &place[..length]
}

fn write_number(place: &mut [u8; 20], mut number: u64) -> &[u8] {
    let mut start = place.len();
    loop {
        start -= 1;
        place[start] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            return &place[start..];
        }
    }
}

fn is_removed(name: &str) -> bool {
    REMOVED.iter().any(|removed| removed.eq_ignore_ascii_case(name))
        || name.get(..9).is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-Amz-Cf-"))
}

/// RFC 9110 §7.6.1: fields named by `Connection` belong to that connection.
fn remove_named_by_connection(headers: &mut Headers) {
    let Some(named) = headers.joined("Connection") else { return };
    for name in named.split(|byte| *byte == b',') {
        if let Ok(name) = std::str::from_utf8(name.trim_ascii())
            && !name.is_empty()
        {
            headers.remove(name);
        }
    }
}

/// Removes what CloudFront removes from `Vary`; says whether something went.
fn filter_vary(behavior: &Behavior, headers: &mut Headers) -> bool {
    let Some(names) = headers.joined("Vary") else { return false };
    let min_ttl = behavior.key.ttls().0;
    let mut kept: Vec<u8> = Vec::with_capacity(names.len());
    let mut removed = false;
    for name in names.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()) {
        let passes = std::str::from_utf8(name).is_ok_and(|name| vary_passes(behavior, min_ttl, name));
        removed |= !passes;
        if passes {
            if !kept.is_empty() {
                kept.extend_from_slice(b", ");
            }
            kept.extend_from_slice(name);
        }
    }
    if removed {
        if kept.is_empty() {
            headers.remove("Vary");
        } else {
            headers.set("Vary", &kept);
        }
    }
    removed
}

fn vary_passes(behavior: &Behavior, min_ttl: u64, name: &str) -> bool {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("*") {
        return min_ttl == 0;
    }
    is("Accept-Encoding")
        || is("Cookie")
        || header_fate(behavior, name) != Fate::Dropped
        || (is("User-Agent") && forwards_device_headers(behavior))
}

pub(crate) fn forwards_device_headers(behavior: &Behavior) -> bool {
    let is_device = |name: &str| {
        is_cloudfront_header(name) && name.get(11..14).is_some_and(|word| word.eq_ignore_ascii_case("Is-"))
    };
    let keyed = match &behavior.key {
        KeySettings::Policy { policy, .. } => policy.headers.iter().any(|name| is_device(name)),
        KeySettings::Legacy(values) => match &values.headers {
            ForwardedHeaders::Allow(names) => names.iter().any(|name| is_device(name)),
            ForwardedHeaders::None | ForwardedHeaders::All => false,
        },
    };
    keyed
        || behavior
            .origin_request_policy
            .as_deref()
            .is_some_and(|p| p.cloudfront_headers.iter().any(|name| is_device(name)))
}

fn cookies_place(behavior: &Behavior) -> frontgate_explain::PlaceId {
    if behavior.origin_request_policy.is_some() {
        behavior.origin_request_policy_place
    } else {
        behavior.key.place()
    }
}

fn put_first(headers: &mut Headers, name: &str) {
    let is_it = |(other, _): &(&str, &[u8])| other.eq_ignore_ascii_case(name);
    match headers.iter().position(|field| is_it(&field)) {
        None | Some(0) => {}
        Some(_) => {
            *headers = headers.iter().filter(is_it).chain(headers.iter().filter(|f| !is_it(f))).collect()
        }
    }
}

/// Hop-by-hop fields, framing, and what CloudFront writes itself.
const REMOVED: &[&str] = &[
    "Age",
    "Connection",
    "Content-Length",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "X-Cache",
];

#[cfg(test)]
mod tests;
