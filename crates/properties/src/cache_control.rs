//! `Cache-Control` of an origin: a byte that chooses the behavior, one for `Age`, then one field value in each line.
//!
//! It is read as the naive reading reads it, field by field or as one list; what CloudFront keeps stays within the
//! policy's bounds; and saying more against caching, or being older, never makes an answer live longer.

use std::collections::BTreeMap;

use frontgate_edge_rules::cache_control::CacheControl;
use frontgate_edge_rules::lifetime::{Lifetime, OriginAnswer, lifetime};
use frontgate_message::Headers;

use crate::fixture::{behavior, distribution, get};

pub(crate) fn check(input: &[u8]) {
    let [choice, age, values @ ..] = input else { return };
    let values: Vec<&[u8]> = values.split(|byte| matches!(byte, b'\n' | b'\r')).collect();
    let fields = |values: &[&[u8]]| {
        let mut headers = Headers::new();
        values.iter().for_each(|value| headers.append("Cache-Control", value));
        headers
    };
    let headers = fields(&values);
    let said = CacheControl::of(&headers);
    assert_eq!(said, naive(&values), "{headers:?}");

    // RFC 9110 §5.3: several fields are one list. A quotation mark that is never closed would swallow what follows.
    if values.iter().all(|value| value.iter().filter(|byte| **byte == b'"').count() % 2 == 0) {
        assert_eq!(CacheControl::of(&fields(&[&values.join(&b", "[..])])), said, "as one list: {headers:?}");
    }

    let kept = |headers: &Headers, age: u64, now: u64| {
        let answer = OriginAnswer { status: 200, headers, age_seconds: age };
        let head = get("/", Headers::new());
        lifetime(distribution(), behavior(*choice), &head, answer, now)
    };
    let age = u64::from(*age);
    let lived = kept(&headers, age, NOW);
    let (min_ttl, max_ttl, _) = behavior(*choice).key.ttls();
    let is_asked_always = said.forbids_reuse() && min_ttl == 0;
    if lived.storable {
        assert!(lived.seconds <= max_ttl, "{lived:?} is longer than MaxTTL: {headers:?}");
        assert!(lived.seconds >= min_ttl, "{lived:?} is shorter than MinTTL: {headers:?}");
        assert!(!is_asked_always || lived.seconds == 0, "{lived:?} although {headers:?}");
    }
    not_longer(&kept(&headers, age + 1, NOW), &lived, "older");
    for more in ["no-store", "private", "no-cache", "s-maxage=0"] {
        let mut headers = headers.clone();
        headers.append("Cache-Control", more.as_bytes());
        not_longer(&kept(&headers, age, NOW), &lived, more);
    }
}

fn not_longer(later: &Lifetime, before: &Lifetime, because: &str) {
    let seconds = |lifetime: &Lifetime| if lifetime.storable { lifetime.seconds } else { 0 };
    // Without any word of the origin DefaultTTL holds, which `no-store` and its kin replace by MinTTL.
    assert!(seconds(later) <= seconds(before), "{because}: {before:?} became {later:?}");
}

/// RFC 9111 §5.2: names without case, the first value of a name counts, a list of fields in `no-cache` or `private`
/// concerns these fields alone.
fn naive(values: &[&[u8]]) -> CacheControl {
    let mut seconds: BTreeMap<String, u64> = BTreeMap::new();
    let mut said = CacheControl::default();
    for (name, argument) in values.iter().flat_map(|value| naive_directives(value)) {
        match name.as_str() {
            "max-age" | "s-maxage" | "stale-if-error" | "stale-while-revalidate" => {
                seconds.entry(name).or_insert(argument.map_or(0, |argument| naive_seconds(&argument)));
            }
            "must-revalidate" | "proxy-revalidate" => said.must_revalidate = true,
            "public" => said.public = true,
            "no-store" => said.no_store = true,
            "no-cache" if argument.is_none() => said.no_cache = true,
            "private" if argument.is_none() => said.private = true,
            _ => {}
        }
    }
    said.max_age = seconds.get("max-age").copied();
    said.s_maxage = seconds.get("s-maxage").copied();
    said.stale_if_error = seconds.get("stale-if-error").copied();
    said.stale_while_revalidate = seconds.get("stale-while-revalidate").copied();
    said
}

/// Names in lower case with their arguments; bytes are taken for characters.
fn naive_directives(value: &[u8]) -> Vec<(String, Option<String>)> {
    let mut directives = vec![String::new()];
    let mut is_quoted = false;
    for character in value.iter().map(|byte| char::from(*byte)) {
        is_quoted ^= character == '"';
        match (character, is_quoted, directives.last_mut()) {
            (',', false, _) => directives.push(String::new()),
            (character, _, Some(directive)) => directive.push(character),
            (_, _, None) => {}
        }
    }
    let trimmed = |text: &str| text.trim_matches(|c: char| c.is_ascii_whitespace()).to_owned();
    let split = |directive: &String| match directive.find('=') {
        Some(at) => (trimmed(&directive[..at]).to_ascii_lowercase(), Some(trimmed(&directive[at + 1..]))),
        None => (trimmed(directive).to_ascii_lowercase(), None),
    };
    directives.iter().map(split).collect()
}

/// What is no number is 0; what is larger than CloudFront takes is what it takes.
fn naive_seconds(argument: &str) -> u64 {
    let bare = match argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(bare) => bare,
        None => argument,
    };
    if bare.is_empty() || bare.chars().any(|c| !c.is_ascii_digit()) {
        return 0;
    }
    bare.parse::<u128>().unwrap_or(u128::MAX).min(HUNDRED_YEARS).try_into().unwrap_or(u64::MAX)
}

const HUNDRED_YEARS: u128 = 3_153_600_000;
const NOW: u64 = 1_700_000_000;
