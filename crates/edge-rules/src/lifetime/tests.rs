use frontgate_explain::FactKind::{self, *};
use frontgate_message::{Headers, Method};

use super::{Lifetime, OriginAnswer, age_header, origin_age};
use crate::config::{
    Behavior, CachePolicy, CustomErrorResponse, Distribution, ForwardedHeaders, OriginRequestHeaders,
};
use crate::fixture::{
    CACHING_DISABLED, CACHING_OPTIMIZED, behavior, cache_policy, distribution, head, legacy_key,
    legacy_values, managed, names, origin_request_policy, place, policy_key,
};

/// Headers of the origin; seconds where it is kept, and why.
type Row = (&'static [(&'static str, &'static str)], (Option<u64>, FactKind));

const NOW: u64 = 1_700_000_000;
/// NOW + 100 s.
const SOON: &str = "Tue, 14 Nov 2023 22:15:00 GMT";
/// NOW − 50 s.
const EARLIER: &str = "Tue, 14 Nov 2023 22:12:30 GMT";
/// NOW + 50 s.
const LATER: &str = "Tue, 14 Nov 2023 22:14:10 GMT";

fn with_ttls(min_ttl: u64, max_ttl: u64, default_ttl: u64) -> Behavior {
    behavior(policy_key(CachePolicy { min_ttl, max_ttl, default_ttl, ..cache_policy() }))
}

fn lifetime(
    whole: &Distribution,
    own: &Behavior,
    method: &Method,
    status: u16,
    headers: &Headers,
    now: u64,
) -> Lifetime {
    let answer = OriginAnswer { status, headers, age_seconds: origin_age(headers) };
    super::lifetime(whole, own, &head(method.clone(), "/", &[]), answer, now)
}

fn check(own: &Behavior, status: u16, fields: &[(&str, &str)], expected: (Option<u64>, FactKind)) {
    let headers: Headers = fields.iter().copied().collect();
    let found = lifetime(&distribution(own.clone()), own, &Method::Get, status, &headers, NOW);
    let seconds = found.storable.then_some(found.seconds);
    assert_eq!((seconds, found.fact.kind), expected, "{status} {fields:?} {:?}", own.key.ttls());
    if let Some(seconds) = seconds {
        assert_eq!(u64::from(found.fact.value), seconds);
    }
}

#[test]
fn the_table_with_min_ttl_0() {
    let rows: &[Row] = &[
        (&[("Cache-Control", "max-age=50")], (Some(50), LifetimeFromMaxAge)),
        (&[("Cache-Control", "max-age=0")], (Some(0), LifetimeFromMaxAge)),
        (&[("Cache-Control", "max-age=5000")], (Some(1000), LifetimeLoweredToMaxTtl)),
        (&[("Cache-Control", "max-age=50, s-maxage=60")], (Some(60), LifetimeFromSMaxAge)),
        (&[("Cache-Control", "s-maxage=5000, max-age=1")], (Some(1000), LifetimeLoweredToMaxTtl)),
        (&[("Expires", SOON)], (Some(100), LifetimeFromExpires)),
        (&[("Expires", "0")], (Some(0), LifetimeFromExpires)),
        (&[("Expires", "Fri, 01 Jan 2100 00:00:00 GMT")], (Some(1000), LifetimeLoweredToMaxTtl)),
        (&[("Cache-Control", "max-age=50"), ("Expires", SOON)], (Some(50), LifetimeFromMaxAge)),
        (&[], (Some(200), LifetimeDefaultTtl)),
        (&[("Cache-Control", "public")], (Some(200), LifetimeDefaultTtl)),
        (&[("Cache-Control", "no-cache")], (None, NotStoredNoStore)),
        (&[("Cache-Control", "no-cache, max-age=50"), ("ETag", "\"1\"")], (Some(0), LifetimeNoCache)),
        (&[("Cache-Control", "no-cache"), ("Last-Modified", SOON)], (Some(0), LifetimeNoCache)),
        (&[("Cache-Control", "no-cache, private"), ("ETag", "\"1\"")], (None, NotStoredNoStore)),
        (&[("Cache-Control", "max-age=50"), ("Age", "20")], (Some(30), LifetimeFromMaxAge)),
        (&[("Cache-Control", "max-age=50"), ("Age", "60")], (Some(0), LifetimeFromMaxAge)),
        (&[("Cache-Control", "s-maxage=50, max-age=9"), ("Age", "20")], (Some(30), LifetimeFromSMaxAge)),
        (&[("Expires", SOON), ("Age", "30")], (Some(70), LifetimeFromExpires)),
        (&[("Expires", SOON), ("Date", EARLIER)], (Some(100), LifetimeFromExpires)),
        (&[("Expires", SOON), ("Date", EARLIER), ("Age", "30")], (Some(100), LifetimeFromExpires)),
        (&[("Expires", SOON), ("Date", EARLIER), ("Age", "130")], (Some(20), LifetimeFromExpires)),
        (&[("Expires", SOON), ("Date", LATER)], (Some(50), LifetimeFromExpires)),
        (&[("Expires", EARLIER), ("Date", SOON)], (Some(0), LifetimeFromExpires)),
        (&[("Age", "60")], (Some(200), LifetimeDefaultTtl)),
        (&[("Cache-Control", "no-store, max-age=50")], (None, NotStoredNoStore)),
        (&[("Cache-Control", "private")], (None, NotStoredNoStore)),
        (&[("Cache-Control", "no-cache=\"Set-Cookie\"")], (Some(200), LifetimeDefaultTtl)),
        (&[("Vary", "*")], (None, NotStoredVaryStar)),
        (&[("Vary", "Origin")], (Some(200), LifetimeDefaultTtl)),
        (&[("Pragma", "no-cache")], (Some(200), LifetimeDefaultTtl)),
    ];
    for status in [200, 204, 301, 302, 307, 308] {
        for (fields, expected) in rows {
            check(&with_ttls(0, 1000, 200), status, fields, *expected);
        }
    }
    check(&with_ttls(0, 1000, 200), 206, &[], (None, NotStoredPartial));
}

#[test]
fn the_table_with_min_ttl_above_0() {
    let rows: &[Row] = &[
        (&[("Cache-Control", "max-age=50")], (Some(60), LifetimeRaisedToMinTtl)),
        (&[("Cache-Control", "max-age=70")], (Some(70), LifetimeFromMaxAge)),
        (&[("Cache-Control", "max-age=5000")], (Some(1000), LifetimeLoweredToMaxTtl)),
        (&[("Cache-Control", "max-age=5000, s-maxage=5")], (Some(60), LifetimeRaisedToMinTtl)),
        (&[("Expires", SOON)], (Some(100), LifetimeFromExpires)),
        (&[("Expires", "-1")], (Some(60), LifetimeRaisedToMinTtl)),
        (&[], (Some(200), LifetimeDefaultTtl)),
        (&[("Cache-Control", "no-cache")], (Some(60), LifetimeMinTtlDespiteNoStore)),
        (&[("Cache-Control", "no-store")], (Some(60), LifetimeMinTtlDespiteNoStore)),
        (&[("Cache-Control", "private, max-age=500")], (Some(60), LifetimeMinTtlDespiteNoStore)),
        (&[("Vary", "*")], (Some(200), LifetimeDefaultTtl)),
    ];
    for (fields, expected) in rows {
        check(&with_ttls(60, 1000, 200), 200, fields, *expected);
    }
    check(&with_ttls(60, 1000, 5), 200, &[], (Some(60), LifetimeDefaultTtl));
    check(
        &behavior(managed(CACHING_OPTIMIZED)),
        200,
        &[("Cache-Control", "no-store")],
        (Some(1), LifetimeMinTtlDespiteNoStore),
    );
}

#[test]
fn errors() {
    let own = with_ttls(0, 1000, 200);
    let max_age: &[(&str, &str)] = &[("Cache-Control", "max-age=50")];
    let less: &[(&str, &str)] = &[("Cache-Control", "s-maxage=1")];
    let more: &[(&str, &str)] = &[("Cache-Control", "max-age=5000")];
    for status in [404, 414, 500, 501, 502, 503, 504] {
        check(&own, status, &[], (Some(10), ErrorKept));
        check(&own, status, &[("Cache-Control", "no-store")], (Some(10), ErrorKept));
        check(&own, status, max_age, (Some(50), ErrorKept));
        check(&own, status, &[("Expires", SOON)], (Some(100), ErrorKept));
        check(&own, status, less, (Some(10), ErrorKept));
        check(&own, status, more, (Some(1000), ErrorKept));
    }
    for status in [400, 403, 405, 412, 415] {
        check(&own, status, &[], (None, NotStoredStatus));
        check(&own, status, &[("Expires", SOON)], (None, NotStoredStatus));
        check(&own, status, max_age, (Some(50), ErrorKept));
        check(&own, status, less, (Some(10), ErrorKept));
    }
    for status in [401, 406, 410, 416, 429, 451, 505] {
        check(&own, status, max_age, (None, NotStoredStatus));
    }
}

#[test]
fn error_caching_of_the_distribution() {
    let own = with_ttls(0, 1000, 200);
    let mut whole = distribution(own.clone());
    for (seconds, expected) in [(300, Some(300)), (0, None), (5000, Some(1000))] {
        whole.error_responses = vec![CustomErrorResponse {
            error_code: 404,
            page: None,
            caching_min_ttl: seconds,
            place: place::ERROR_RESPONSE,
        }];
        let found = lifetime(&whole, &own, &Method::Get, 404, &Headers::new(), NOW);
        assert_eq!(found.storable.then_some(found.seconds), expected);
        assert_eq!((found.fact.kind, found.fact.place), (ErrorKept, place::ERROR_RESPONSE));
    }
}

#[test]
fn what_is_never_kept() {
    let disabled = behavior(managed(CACHING_DISABLED));
    let all = crate::ForwardedValues { headers: ForwardedHeaders::All, ..legacy_values() };
    for own in [disabled, behavior(legacy_key(all))] {
        check(&own, 200, &[("Cache-Control", "max-age=50")], (None, CachingDisabled));
        check(&own, 404, &[], (None, CachingDisabled));
    }
    let mut own = with_ttls(0, 1000, 200);
    let kept = |own: &Behavior, method: Method| {
        lifetime(&distribution(own.clone()), own, &method, 200, &Headers::new(), NOW).storable
    };
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options] {
        assert!(!kept(&own, method));
    }
    assert!(kept(&own, Method::Head));
    own.options_cached = true;
    assert!(kept(&own, Method::Options) && !kept(&own, Method::Post));
}

/// Whatever the origin says: never above MaxTTL, never below MinTTL where it is kept.
#[test]
fn the_ttls_bound_every_lifetime() {
    let values = [
        "",
        "max-age=0",
        "max-age=5",
        "s-maxage=99999999999",
        "no-store",
        "private",
        "max-age=x",
        "junk=,,\"",
    ];
    for (min, default, max) in [(0, 0, 1), (1, 1, 1), (0, 5, 10), (3, 5, 10), (10, 10, 10)] {
        for value in values {
            let own = with_ttls(min, max, default);
            let headers = Headers::from_iter([("Cache-Control", value)]);
            let found = lifetime(&distribution(own.clone()), &own, &Method::Get, 200, &headers, NOW);
            assert!(!found.storable || (min..=max).contains(&found.seconds), "{value} {min} {max}");
        }
    }
}

#[test]
fn stale_directives_are_bounded_by_max_ttl() {
    let own = with_ttls(0, 1000, 200);
    let headers =
        Headers::from_iter([("Cache-Control", "max-age=1, stale-if-error=5000, stale-while-revalidate=7")]);
    let found = lifetime(&distribution(own.clone()), &own, &Method::Get, 200, &headers, NOW);
    assert_eq!(found.stale_if_error_seconds, Some(1000));
    assert_eq!(found.stale_while_revalidate_seconds, 7);
    let found = lifetime(&distribution(own.clone()), &own, &Method::Get, 200, &Headers::new(), NOW);
    assert_eq!((found.stale_if_error_seconds, found.stale_while_revalidate_seconds), (None, 0));
}

#[test]
fn what_must_be_asked_about_is_never_served_expired() {
    let rows = [
        (0, "max-age=1, must-revalidate", Some(0), 0),
        (0, "max-age=1, proxy-revalidate, stale-while-revalidate=9, stale-if-error=9", Some(0), 0),
        (9, "max-age=1, must-revalidate", Some(0), 0),
        (0, "no-cache, stale-while-revalidate=9", Some(0), 0),
        (9, "no-cache, stale-while-revalidate=9", None, 9),
        (9, "no-cache, stale-if-error=0", Some(0), 0),
        (0, "max-age=1", None, 0),
        (0, "s-maxage=1", Some(0), 0),
        (9, "s-maxage=1, max-age=9", Some(0), 0),
        (0, "s-maxage=1, stale-while-revalidate=9", Some(0), 9),
        (0, "s-maxage=1, stale-if-error=9", Some(9), 0),
    ];
    for (min_ttl, said, if_error, while_revalidate) in rows {
        let own = with_ttls(min_ttl, 1000, 200);
        let headers = Headers::from_iter([("Cache-Control", said), ("ETag", "\"1\"")]);
        let found = lifetime(&distribution(own.clone()), &own, &Method::Get, 200, &headers, NOW);
        assert!(found.storable, "{said}");
        let stale = (found.stale_if_error_seconds, found.stale_while_revalidate_seconds);
        assert_eq!(stale, (if_error, while_revalidate), "{min_ttl} {said}");
    }
}

/// The behavior, the headers of the request, the Cache-Control of the answer; whether it is kept.
type Authorized<'a> = (&'a Behavior, &'a [(&'a str, &'a str)], &'a str, bool);

#[test]
fn who_sent_authorization_is_not_answered_for_others() {
    let all_viewer = OriginRequestHeaders::AllViewer;
    let forwarding = |min_ttl| Behavior {
        origin_request_policy: Some(std::sync::Arc::new(crate::OriginRequestPolicy {
            headers: all_viewer.clone(),
            ..origin_request_policy()
        })),
        ..with_ttls(min_ttl, 1000, 200)
    };
    let keyed = Behavior {
        key: policy_key(CachePolicy { headers: names(&["Authorization"]), ..cache_policy() }),
        ..forwarding(0)
    };
    let authorized: &[(&str, &str)] = &[("Authorization", "Bearer 1")];
    let rows: [Authorized<'_>; 9] = [
        (&forwarding(0), authorized, "max-age=60", false),
        (&forwarding(0), authorized, "", false),
        (&forwarding(0), authorized, "max-age=60, public", true),
        (&forwarding(0), authorized, "max-age=60, must-revalidate", true),
        (&forwarding(0), authorized, "s-maxage=60", true),
        (&forwarding(0), &[], "max-age=60", true),
        (&forwarding(1), authorized, "max-age=60", true),
        (&with_ttls(0, 1000, 200), authorized, "max-age=60", true),
        (&keyed, authorized, "max-age=60", true),
    ];
    for (own, request, said, is_kept) in rows {
        let headers = Headers::from_iter([("Cache-Control", said)]);
        let answer = OriginAnswer { status: 200, headers: &headers, age_seconds: 0 };
        let request = head(Method::Get, "/", request);
        let found = super::lifetime(&distribution(own.clone()), own, &request, answer, NOW);
        assert_eq!(found.storable, is_kept, "{request:?} {said}");
        assert_eq!(found.fact.kind == NotStoredAuthorization, !is_kept, "{said}");
    }
}

#[test]
fn ages() {
    assert_eq!(age_header(100, 130, 5), 35);
    assert_eq!(age_header(100, 90, 0), 0);
    let rows = [
        ("7", 7),
        (" 7 ", 7),
        ("7, 9", 7),
        ("-7", 0),
        ("+7", 0),
        ("7.0", 0),
        ("7;a=b", 0),
        ("x", 0),
        ("", 0),
        ("99999999999999999999999", 1 << 31),
    ];
    for (age, expected) in rows {
        assert_eq!(origin_age(&Headers::from_iter([("Age", age)])), expected, "{age}");
    }
    assert_eq!(origin_age(&Headers::from_iter([("Age", "0"), ("Age", "9")])), 0);
}
