use std::sync::Arc;

use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_message::{Headers, Method};

use super::*;
use crate::config::{CachePolicy, OriginRequestHeaders, ResponseHeadersPolicy};
use crate::fixture::{
    CACHING_OPTIMIZED, behavior, cache_policy, distribution, head, managed, names, origin,
    origin_request_policy, place, plain, policy_key,
};

/// A distribution with a behavior for each pattern, in order; a pattern's place is 100 and its index.
fn with_patterns(patterns: &[&str]) -> Distribution {
    let mut all = distribution(behavior(managed(CACHING_OPTIMIZED)));
    for (index, pattern) in (100..).zip(patterns) {
        let mut own = behavior(managed(CACHING_OPTIMIZED));
        own.path_pattern = Some((*pattern).into());
        own.place = PlaceId(index);
        all.behaviors.push(own);
    }
    all
}

#[test]
fn behaviors_that_a_path_nearly_chose() {
    use FactKind::{PatternMissesBarePath, PatternShadowed};
    type Row<'a> = (&'a [&'a str], &'a str, Option<(FactKind, u32)>);
    let rows: &[Row<'_>] = &[
        (&["api/*"], "/api", Some((PatternMissesBarePath, 100))),
        (&["api/*"], "//api", Some((PatternMissesBarePath, 100))),
        (&["api/*"], "/apiary", None),
        (&["api/*"], "/api/x", None),
        (&["x", "api/*"], "/api", Some((PatternMissesBarePath, 101))),
        (&["api", "api/*"], "/api", None),
        (&["api/*", "api/submit"], "/api/submit", Some((PatternShadowed, 101))),
        (&["*", "api/*"], "/api/x", Some((PatternShadowed, 101))),
        (&["api/*", "api/submit"], "/api/x", None),
        // The narrower one stands first, as it should.
        (&["api/submit", "api/*"], "/api/submit", None),
        // Neither is wider than the other.
        (&["api/*", "*.jpg"], "/api/x.jpg", None),
    ];
    for (patterns, path, expected) in rows {
        let distribution = with_patterns(patterns);
        let chosen = crate::viewer::choose_behavior(&distribution, path).behavior;
        let mut trace = Trace::new();
        note_about_error(&distribution, chosen, path, &mut trace);
        let found: Vec<_> = trace.facts().iter().map(|fact| (fact.kind, fact.place.0)).collect();
        assert_eq!(found, expected.iter().copied().collect::<Vec<_>>(), "{patterns:?} {path}");
    }
}

#[test]
fn paths_that_a_function_changed() {
    // The path of the viewer, the path behind the function, and the behavior of the latter.
    let rows: &[(&str, &str, Option<u32>)] = &[
        ("/items", "/api/items", Some(100)),
        ("/items", "/items.html", None),
        ("/api/a", "/api/b", None),
        ("/api/a", "/a", Some(1)),
    ];
    for (before, after, expected) in rows {
        let mut distribution = with_patterns(&["api/*"]);
        distribution.default_behavior.place = PlaceId(1);
        let chosen = crate::viewer::choose_behavior(&distribution, before).behavior;
        let mut trace = Trace::new();
        note_about_error(&distribution, chosen, after, &mut trace);
        let found = trace.first(FactKind::RewrittenElsewhere).map(|fact| fact.place.0);
        assert_eq!(found, *expected, "{before} {after}");
        trace = Trace::new();
        note_about_error(&distribution, &chosen.clone(), after, &mut trace);
        assert!(trace.first(FactKind::RewrittenElsewhere).is_none(), "the function chose the origin, too");
    }
}

#[test]
fn a_default_ttl_of_0_is_not_the_last_word() {
    use FactKind::{LifetimeDefaultTtl, LifetimeFromMaxAge};
    let own =
        |max_ttl, default_ttl| policy_key(CachePolicy { min_ttl: 0, max_ttl, default_ttl, ..cache_policy() });
    let rows = [
        (own(MAX_TTL_DEFAULT, 0), LifetimeFromMaxAge, 60, true),
        (own(MAX_TTL_DEFAULT, 0), LifetimeFromMaxAge, 0, false),
        (own(MAX_TTL_DEFAULT, 0), LifetimeDefaultTtl, 60, false),
        (own(600, 0), LifetimeFromMaxAge, 60, false),
        (own(MAX_TTL_DEFAULT, 10), LifetimeFromMaxAge, 60, false),
        (managed("83da9c7e-98b4-4e11-a168-04f0df8e2c65"), LifetimeFromMaxAge, 60, false),
    ];
    for (key, because, seconds, expected) in rows {
        let found = kept_despite_default_ttl(&behavior(key.clone()), because, seconds);
        assert_eq!(found.is_some(), expected, "{key:?} {because:?} {seconds}");
    }
}

#[test]
fn folders_of_buckets() {
    let mut own = distribution(behavior(managed(CACHING_OPTIMIZED)));
    let bucket = Upstream::S3 { bucket: "site".into(), access_control: None, access_identity: None };
    for (upstream, path, expected) in [
        (origin().upstream, "/docs/", false),
        (bucket.clone(), "/docs/", true),
        (bucket.clone(), "/docs", false),
        (bucket, "/", false),
    ] {
        own.default_behavior.origin = Arc::new(crate::config::Origin { upstream, ..origin() });
        let mut trace = Trace::new();
        note_about_error(&own, &own.default_behavior, path, &mut trace);
        assert_eq!(trace.first(FactKind::FolderAsked).is_some(), expected, "{path}");
    }
}

#[test]
fn raw_paths_that_say_something_else() {
    let distribution = with_patterns(&["public/*", "admin/*"]);
    for (path, expected) in [
        ("/public/../admin/x", Some(100)),
        ("//admin/x", Some(place::BEHAVIOR.0)),
        ("/admin//x", None),
        ("/admin/x", None),
        ("/x//y", None),
    ] {
        let chosen = crate::viewer::choose_behavior(&distribution, path).behavior;
        let found = raw_path_elsewhere(&distribution, chosen, path).map(|fact| fact.place.0);
        assert_eq!(found, expected, "{path}");
    }
}

/// A behavior that forwards Origin and keys Accept-Language.
fn with_lists() -> Behavior {
    let mut policy = cache_policy();
    policy.headers = names(&["Accept-Language"]);
    let mut own = behavior(policy_key(policy));
    let mut forwards = origin_request_policy();
    forwards.headers = OriginRequestHeaders::Allow(names(&["Origin"]));
    own.origin_request_policy = Some(Arc::new(forwards));
    own
}

#[test]
fn answers_that_vary_by_what_is_not_keyed() {
    const SITE: (&str, &str) = ("Origin", "https://a.example");
    const ECHO: (&str, &str) = ("Access-Control-Allow-Origin", "https://a.example");
    type Fields<'a> = &'a [(&'a str, &'a str)];
    let rows: &[(Fields<'_>, Fields<'_>, &[FactKind])] = &[
        (&[("Accept", "x")], &[("Vary", "Accept")], &[FactKind::VaryNotKeyed]),
        (&[], &[("Vary", "Accept")], &[]),
        (&[("Accept-Language", "de")], &[("Vary", "Accept-Language, Accept-Encoding")], &[]),
        (&[("Cookie", "a=b")], &[("Vary", "cookie")], &[FactKind::VaryNotKeyed]),
        (&[SITE], &[("Vary", "Origin")], &[FactKind::CorsOriginNotKeyed]),
        (&[SITE], &[ECHO], &[FactKind::CorsOriginNotKeyed]),
        (&[SITE], &[("Access-Control-Allow-Origin", "*")], &[]),
        (&[], &[ECHO, ("Vary", "Origin")], &[]),
    ];
    let mut own = with_lists();
    let noted = |own: &Behavior, request: Fields<'_>, answer: Fields<'_>| {
        let mut trace = Trace::new();
        let answer: Headers = answer.iter().copied().collect();
        note_about_variants(own, &head(Method::Get, "/", request), &answer, &mut trace);
        trace.facts().iter().map(|fact| fact.kind).collect::<Vec<_>>()
    };
    for (request, answer, expected) in rows {
        assert_eq!(noted(&own, request, answer), *expected, "{request:?} {answer:?}");
    }
    let cors = Some(crate::config::Cors::default());
    own.response_headers_policy = Some(Arc::new(ResponseHeadersPolicy { cors, ..Default::default() }));
    assert_eq!(noted(&own, &[SITE], &[ECHO]), [], "a policy sets the headers for every viewer");
    // An origin that never sees the header says the same to everybody.
    let plain = behavior(managed(CACHING_OPTIMIZED));
    assert_eq!(noted(&plain, &[SITE], &[ECHO]), []);
}

#[test]
fn cookies_that_are_kept() {
    let mut policy = cache_policy();
    policy.cookies = Selection::All;
    let keyed = behavior(policy_key(policy));
    let plain = behavior(policy_key(cache_policy()));
    let cookie = Headers::from_iter([("Set-Cookie", "session=1")]);
    let none = Headers::new();
    for (own, headers, seconds, expected) in [
        (&keyed, &cookie, 60, true),
        (&keyed, &cookie, 0, false),
        (&keyed, &none, 60, false),
        (&plain, &cookie, 60, false),
    ] {
        assert_eq!(set_cookie_kept(own, headers, seconds).is_some(), expected, "{seconds} {headers:?}");
    }
}

#[test]
fn queries_in_other_orders() {
    let mut policy = cache_policy();
    policy.query_strings = Selection::AllExcept(names(&["utm"]));
    let own = behavior(policy_key(policy));
    let rows: &[(&str, &[&str])] = &[
        ("/", &[]),
        ("/?a=1", &[]),
        ("/?a=1&b=2", &["b=2&a=1"]),
        ("/?a=1&utm=x&b=2", &["b=2&a=1"]),
        ("/?a=1&a=1", &[]),
        ("/?a&b&c", &["a&c&b", "b&a&c", "b&c&a", "c&a&b", "c&b&a"]),
        ("/?a&b&c&d", &[]),
    ];
    for (target, expected) in rows {
        assert_eq!(other_orders(&own, &head(Method::Get, target, &[])), *expected, "{target}");
    }
}

#[test]
fn redirects_in_a_circle() {
    let own = behavior(managed(CACHING_OPTIMIZED));
    for (asked_securely, status, location, expected) in [
        (false, 301, "https://www.example.com/a?b=c", true),
        (false, 302, "https://WWW.example.com/a?b=c", true),
        (true, 301, "https://www.example.com/a?b=c", false),
        (false, 200, "https://www.example.com/a?b=c", false),
        (false, 301, "https://www.example.com/a", false),
        (false, 301, "https://example.com/a?b=c", false),
        (false, 301, "/a?b=c", false),
    ] {
        let answer = Headers::from_iter([("Location", location)]);
        let request = head(Method::Get, "/a?b=c", &[]);
        let found = redirects_to_itself(&own.origin, &request, asked_securely, status, &answer);
        assert_eq!(found.is_some(), expected, "{asked_securely} {status} {location}");
        assert!(redirects_to_itself(&own.origin, &plain(request), asked_securely, status, &answer).is_none());
    }
}

#[test]
fn pages_of_other_sites() {
    for (origin, expected) in [
        (None, false),
        (Some("https://www.example.com"), false),
        (Some("https://WWW.example.com:8443"), false),
        (Some("https://app.example.com"), true),
        (Some("null"), true),
    ] {
        let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
        assert_eq!(head(Method::Get, "/", &headers).is_cross_origin(), expected, "{origin:?}");
    }
}

#[test]
fn headers_of_applications() {
    for (name, expected) in [
        ("x-api-key", true),
        ("X-Amz-Date", true),
        ("X-Tenant", true),
        ("X-Forwarded-Proto", false),
        ("x-requested-with", false),
        ("X-Amz-Cf-Id", false),
        ("Accept", false),
        ("X-Real-IP", false),
    ] {
        assert_eq!(is_application_header(name), expected, "{name}");
    }
}
