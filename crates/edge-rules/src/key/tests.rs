use frontgate_explain::FactKind;
use frontgate_message::{Method, RequestHead};

use super::{describe_cache_key, key_settings_fact, write_cache_key};
use crate::config::{Behavior, CachePolicy, ForwardedHeaders, KeySettings, Selection};
use crate::fixture::{
    CACHING_DISABLED, CACHING_OPTIMIZED, behavior, cache_policy, distribution, head, legacy_key,
    legacy_values, managed, names, place, plain, policy_key,
};

fn key(own: &Behavior, request: &RequestHead) -> Vec<u8> {
    let mut key = b"left over".to_vec();
    write_cache_key(&mut key, &distribution(own.clone()), own, request, request.target.path());
    key
}

fn settings() -> Vec<KeySettings> {
    let listed = CachePolicy {
        headers: names(&["X-A", "Host", "CloudFront-Is-Mobile-Viewer", "CloudFront-Viewer-Country"]),
        cookies: Selection::Allow(names(&["a", "b"])),
        query_strings: Selection::Allow(names(&["a", "b"])),
        brotli: true,
        ..cache_policy()
    };
    let everything = CachePolicy {
        cookies: Selection::All,
        query_strings: Selection::All,
        gzip: true,
        brotli: true,
        headers: names(&["X-A", "Accept-Encoding"]),
        ..cache_policy()
    };
    let excepted = CachePolicy {
        cookies: Selection::AllExcept(names(&["a"])),
        query_strings: Selection::AllExcept(names(&["a"])),
        ..cache_policy()
    };
    let mut legacy = legacy_values();
    legacy.query_string = true;
    legacy.cookies = Selection::All;
    legacy.headers = ForwardedHeaders::Allow(names(&["X-A", "Accept-Encoding"]));
    vec![
        managed(CACHING_OPTIMIZED),
        managed(CACHING_DISABLED),
        policy_key(listed),
        policy_key(everything),
        policy_key(excepted),
        legacy_key(legacy_values()),
        legacy_key(legacy),
    ]
}

fn requests() -> Vec<RequestHead> {
    let targets =
        ["/", "/a", "/a?a=1", "/a?a", "/a?a=", "/a?b=2&a=1", "/a?a=1&b=2", "/a?a=1&a=2", "/a?c=3", "/A?a=1&"];
    let fields: &[&[(&str, &str)]] = &[
        &[],
        &[("X-A", "1")],
        &[("x-a", "1")],
        &[("X-A", "")],
        &[("X-A", "1"), ("X-A", "2")],
        &[("X-A", "1, 2")],
        &[("Cookie", "b=2; a=1")],
        &[("Cookie", "a=1; b=2")],
        &[("Cookie", "a=1"), ("Cookie", "b=2; $c=1; broken")],
        &[("Cookie", "a=1;b=3")],
        &[("Accept-Encoding", "gzip")],
        &[("Accept-Encoding", "gzip, br")],
        &[("Accept-Encoding", "identity")],
        &[("User-Agent", "Mobile")],
    ];
    let mut requests = Vec::new();
    for target in targets {
        for fields in fields {
            for method in [Method::Get, Method::Head, Method::Options] {
                requests.push(head(method, target, fields));
            }
        }
    }
    requests.push(plain(head(Method::Get, "/", &[])));
    requests
}

/// The description says all that the bytes say, and nothing else.
#[test]
fn description_and_bytes_agree() {
    for settings in settings() {
        let own = behavior(settings);
        let whole = distribution(own.clone());
        let rows: Vec<_> = requests()
            .iter()
            .map(|request| {
                (describe_cache_key(&whole, &own, request, request.target.path()), key(&own, request))
            })
            .collect();
        for (parts, bytes) in &rows {
            for (other_parts, other_bytes) in &rows {
                assert_eq!(parts == other_parts, bytes == other_bytes, "{parts:?}\n{other_parts:?}");
            }
        }
    }
}

#[test]
fn what_splits_the_cache() {
    let list = |query: Selection| policy_key(CachePolicy { query_strings: query, ..cache_policy() });
    let size = || list(Selection::Allow(names(&["size"])));
    let get = |target: &str, fields: &[(&str, &str)]| head(Method::Get, target, fields);
    let accept = |value: &'static str| get("/", &[("Accept-Encoding", value)]);
    let rows = [
        (managed(CACHING_OPTIMIZED), get("/a?size=1x1", &[]), get("/a?size=2x2", &[]), true),
        (size(), get("/a?size=1x1", &[]), get("/a?size=2x2", &[]), false),
        (size(), get("/a?size=1x1&t=1", &[]), get("/a?t=2&size=1x1", &[]), true),
        (size(), get("/a?Size=1x1", &[]), get("/a?Size=2x2", &[]), true),
        (list(Selection::All), get("/a?a=1&b=2", &[]), get("/a?b=2&a=1", &[]), false),
        (list(Selection::All), get("/a", &[]), get("/a?", &[]), true),
        (managed(CACHING_OPTIMIZED), get("/a", &[]), get("/A", &[]), false),
        (managed(CACHING_OPTIMIZED), get("/a", &[]), head(Method::Head, "/a", &[]), true),
        (managed(CACHING_OPTIMIZED), get("/a", &[]), head(Method::Options, "/a", &[]), false),
        (managed(CACHING_OPTIMIZED), get("/a", &[]), plain(get("/a", &[])), true),
        (managed(CACHING_OPTIMIZED), accept("gzip, br"), accept("br;q=1, gzip, zstd"), true),
        (managed(CACHING_OPTIMIZED), accept("gzip"), accept("gzip, br"), false),
        (managed(CACHING_OPTIMIZED), accept("deflate"), get("/", &[]), true),
        (managed(CACHING_OPTIMIZED), get("/", &[("X-A", "1")]), get("/", &[]), true),
        (managed(CACHING_OPTIMIZED), get("/", &[("Cookie", "a=1")]), get("/", &[]), true),
    ];
    for (index, (settings, one, other, same)) in rows.into_iter().enumerate() {
        let own = behavior(settings);
        assert_eq!(key(&own, &one) == key(&own, &other), same, "row {index}");
    }
}

#[test]
fn a_forged_cloudfront_header_does_not_reach_the_key() {
    let policy = CachePolicy { headers: names(&["CloudFront-Viewer-Country"]), ..cache_policy() };
    let own = behavior(policy_key(policy));
    let forged = head(Method::Get, "/", &[("CloudFront-Viewer-Country", "XX")]);
    assert_eq!(key(&own, &forged), key(&own, &head(Method::Get, "/", &[])));
}

#[test]
fn many_cookies_are_sorted_like_few() {
    let own = behavior(policy_key(CachePolicy { cookies: Selection::All, ..cache_policy() }));
    for count in [1, 23, 24, 25, 100] {
        let pairs: Vec<String> = (0..count).map(|number| format!("c{number:03}=1")).collect();
        let forward = pairs.join("; ");
        let backward = pairs.iter().rev().cloned().collect::<Vec<_>>().join("; ");
        let one = key(&own, &head(Method::Get, "/", &[("Cookie", &forward)]));
        assert_eq!(one, key(&own, &head(Method::Get, "/", &[("Cookie", &backward)])), "{count}");
        assert!(one.len() > count * 10);
    }
}

#[test]
fn the_fact_names_the_setting() {
    let all = crate::ForwardedValues { headers: ForwardedHeaders::All, ..legacy_values() };
    let zero = crate::ForwardedValues { max_ttl: 0, default_ttl: 0, ..legacy_values() };
    let rows = [
        (managed(CACHING_OPTIMIZED), FactKind::CachePolicyApplied, place::KEY),
        (managed(CACHING_DISABLED), FactKind::CachingDisabled, place::KEY),
        (legacy_key(legacy_values()), FactKind::ForwardedValuesApplied, place::LEGACY),
        (legacy_key(all), FactKind::CachingDisabled, place::LEGACY_HEADERS),
        (legacy_key(zero), FactKind::CachingDisabled, place::LEGACY),
    ];
    for (settings, kind, place) in rows {
        let fact = key_settings_fact(&behavior(settings));
        assert_eq!((fact.kind, fact.place), (kind, place));
    }
}
