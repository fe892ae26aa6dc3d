//! Cookies: a byte that chooses the behavior, then one `Cookie` field in each line.
//!
//! The origin gets those cookies that the policies name and that were sent, sorted, and no others; the cache key holds
//! what the cache policy names, so that no other cookie changes which object a viewer gets.

use frontgate_edge_rules::key::write_cache_key;
use frontgate_edge_rules::origin_request::{OriginRequestInput, origin_request};
use frontgate_edge_rules::{Behavior, signed};
use frontgate_explain::Trace;
use frontgate_message::{Headers, RequestHead};

use crate::fixture::{behavior, distribution, get};

pub(crate) fn check(input: &[u8]) {
    let [choice, fields @ ..] = input else { return };
    let behavior = behavior(*choice);
    let lines: Vec<&[u8]> = fields.split(|byte| matches!(byte, b'\n' | b'\r')).collect();
    let head = head_with(&lines);
    let sent: Vec<Vec<u8>> = lines.iter().flat_map(|line| naive_cookies(line)).collect();
    let chosen = |is_wanted: fn(&Behavior, &[u8]) -> bool| {
        let mut pairs: Vec<&Vec<u8>> =
            sent.iter().filter(|pair| is_wanted(behavior, name_of(pair))).collect();
        pairs.sort_by_key(|pair| name_of(pair));
        pairs
    };
    let wanted: Vec<u8> =
        chosen(is_forwarded).iter().map(|pair| pair.as_slice()).collect::<Vec<_>>().join(&b"; "[..]);
    let forwarded = forwarded(behavior, &head);
    assert_eq!(
        forwarded.as_deref().unwrap_or_default(),
        wanted,
        "of {:?}: {:?} went on, not {:?}",
        behavior.path_pattern,
        forwarded.as_deref().map(String::from_utf8_lossy),
        String::from_utf8_lossy(&wanted)
    );

    let key = key_of(behavior, &head);
    let keyed = chosen(is_keyed);
    let only_keyed: Vec<u8> = keyed.iter().map(|pair| pair.as_slice()).collect::<Vec<_>>().join(&b";"[..]);
    assert_eq!(
        key,
        key_of(behavior, &head_with(&[&only_keyed])),
        "a cookie without effect changes the cache key"
    );
    if let Some(first) = keyed.first() {
        let mut other = (*first).clone();
        other.extend_from_slice(b"x");
        let line = only_keyed.strip_prefix(first.as_slice()).unwrap_or_default();
        assert_ne!(
            key,
            key_of(behavior, &head_with(&[&[&other, line].concat()])),
            "{first:?} is not in the cache key"
        );
    }
}

fn head_with(lines: &[&[u8]]) -> RequestHead {
    let mut headers = Headers::new();
    lines.iter().for_each(|line| headers.append("Cookie", line));
    get("/", headers)
}

fn key_of(behavior: &Behavior, head: &RequestHead) -> Vec<u8> {
    let mut key = Vec::new();
    write_cache_key(&mut key, distribution(), behavior, head, "/");
    key
}

fn forwarded(behavior: &Behavior, head: &RequestHead) -> Option<Vec<u8>> {
    let input = OriginRequestInput {
        distribution: distribution(),
        behavior,
        origin: &behavior.origin,
        head,
        path: "/",
        request_id: "id",
        via_host: "via.example.net",
        condition: None,
        unconditional: false,
    };
    let request = origin_request(&input, &mut Trace::default());
    assert!(request.headers.all("Cookie").count() <= 1, "more than one field goes to the origin");
    request.headers.first("Cookie").map(<[u8]>::to_vec)
}

/// `name=value` with a name that is not reserved.
fn naive_cookies(line: &[u8]) -> Vec<Vec<u8>> {
    let text: String = line.iter().map(|byte| char::from(*byte)).collect();
    let pairs = text.split(';').map(|pair| pair.trim_matches(|c: char| c.is_ascii_whitespace()));
    let is_pair = |pair: &&str| pair.contains('=') && !pair.starts_with('=') && !pair.starts_with('$');
    pairs.filter(is_pair).map(|pair| pair.chars().filter_map(|c| u8::try_from(c).ok()).collect()).collect()
}

fn name_of(pair: &[u8]) -> &[u8] {
    pair.split(|byte| *byte == b'=').next().unwrap_or_default()
}

/// What `template.yaml` says of each behavior.
fn is_keyed(behavior: &Behavior, name: &[u8]) -> bool {
    match behavior.path_pattern.as_deref() {
        Some("listed/*" | "unkeyed/*") => name == b"a" || name == b"session",
        Some("other/*") => name != b"a" && name != b"b",
        Some("signed/*") => name != b"a" && name != b"b" && !signed::is_signing_cookie(name),
        Some("legacy/*") => name.starts_with(b"a") || (name.len() == 3 && name.ends_with(b"id")),
        _ => false,
    }
}

fn is_forwarded(behavior: &Behavior, name: &[u8]) -> bool {
    behavior.path_pattern.as_deref() == Some("unkeyed/*") || is_keyed(behavior, name)
}
