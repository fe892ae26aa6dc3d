use std::sync::Arc;

use frontgate_explain::{FactKind, Trace};
use frontgate_message::{Method, RequestHead};

use super::{
    Action, OriginRequest, OriginRequestInput, Validators, VerdictKind, describe_origin_request,
    origin_request,
};
use crate::config::*;
use crate::fixture::{
    CACHING_DISABLED, CACHING_OPTIMIZED, behavior, cache_policy, distribution, head, legacy_key,
    legacy_values, managed, names, origin_request_policy, place, policy_key,
};
use crate::tables::origin_headers::ORIGIN_HEADERS;
use crate::tables::origin_request_policies;

const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";
const ALL_VIEWER_EXCEPT_HOST: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/// Asks the rules, checks that request and description agree, and gives the request.
fn sent(own: &Behavior, request: &RequestHead) -> (OriginRequest, Trace) {
    sent_with(own, request, None, false)
}

fn sent_with(
    own: &Behavior,
    request: &RequestHead,
    condition: Option<Validators<'_>>,
    unconditional: bool,
) -> (OriginRequest, Trace) {
    let whole = distribution(own.clone());
    let input = OriginRequestInput {
        distribution: &whole,
        behavior: own,
        origin: &own.origin,
        head: request,
        path: request.target.path(),
        request_id: "ID==",
        via_host: "abc.cloudfront.net",
        condition,
        unconditional,
    };
    let mut trace = Trace::new();
    let found = origin_request(&input, &mut trace);
    let verdicts = describe_origin_request(&input);
    let of = |kind: VerdictKind| verdicts.iter().filter(move |verdict| verdict.kind == kind);
    let described: Vec<String> = of(VerdictKind::Header)
        .filter_map(|verdict| verdict.value.as_ref().map(|value| format!("{}: {value}", verdict.name)))
        .collect();
    assert_eq!(lines(&found), described);
    for verdict in &verdicts {
        let silent = verdict.action == Action::Dropped;
        assert!(!silent || verdict.value.is_none(), "{verdict:?}");
    }
    let dropped = |kind: VerdictKind| of(kind).filter(|verdict| verdict.action == Action::Dropped).count();
    let value = |kind: FactKind| trace.first(kind).map_or(0, |fact| fact.value as usize);
    assert_eq!(dropped(VerdictKind::Query), value(FactKind::QueryDropped));
    assert_eq!(dropped(VerdictKind::Cookie), value(FactKind::CookiesDropped));
    assert_eq!(dropped(VerdictKind::Header), value(FactKind::HeadersDropped));
    (found, trace)
}

fn lines(request: &OriginRequest) -> Vec<String> {
    request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
        .collect()
}

fn with_policy(key: &str, origin_request: &str) -> Behavior {
    let mut own = behavior(managed(key));
    own.origin_request_policy = origin_request_policies::find(origin_request);
    own
}

fn get(target: &str, fields: &[(&str, &str)]) -> RequestHead {
    head(Method::Get, target, fields)
}

/// Every row of the header table under the legacy settings, a cache policy alone, and with all viewer headers.
/// `k` goes on as it is, `m` has a value of CloudFront's, `-` does not go on.
const HEADER_TABLE: &[(&str, &str, &str)] = &[
    ("Accept", "text/html", "--k"),
    ("Accept-Charset", "utf-8", "--k"),
    ("Accept-Encoding", "gzip", "k-k"),
    ("Accept-Language", "fi", "--k"),
    ("Authorization", "Bearer x", "--k"),
    ("Cache-Control", "no-cache", "kkk"),
    ("CloudFront-Viewer-Country", "XX", "---"),
    ("Connection", "close", "mmm"),
    ("Content-Length", "0", "kkk"),
    ("Content-MD5", "x", "kkk"),
    ("Content-Type", "text/plain", "kkk"),
    ("Cookie", "a=1", "---"),
    ("Date", "now", "k-k"),
    ("Expect", "100-continue", "--k"),
    ("From", "me", "k-k"),
    ("Host", "viewer.example.com", "mmk"),
    ("If-Match", "\"a\"", "kkk"),
    ("If-Modified-Since", "now", "kkk"),
    ("If-None-Match", "\"a\"", "kkk"),
    ("If-Range", "\"a\"", "kkk"),
    ("If-Unmodified-Since", "now", "kkk"),
    ("Keep-Alive", "timeout=1", "---"),
    ("Max-Forwards", "1", "kkk"),
    ("Origin", "https://a.example", "k-k"),
    ("Pragma", "no-cache", "kkk"),
    ("Proxy-Authenticate", "x", "---"),
    ("Proxy-Authorization", "x", "---"),
    ("Proxy-Connection", "x", "---"),
    ("Range", "bytes=0-1", "kkk"),
    ("Referer", "https://a.example/", "--k"),
    ("Request-Range", "bytes=0-1", "kkk"),
    ("TE", "trailers", "---"),
    ("Trailer", "X", "---"),
    ("Transfer-Encoding", "chunked", "---"),
    ("Upgrade", "h2c", "---"),
    ("User-Agent", "curl/8", "mmk"),
    ("Via", "1.0 proxy", "mmm"),
    ("Warning", "199 -", "k-k"),
    ("X-Amz-Cf-Id", "forged", "mmm"),
    ("X-Edge-Location", "forged", "---"),
    ("X-Forwarded-For", "192.0.2.1", "mmm"),
    ("X-Forwarded-Proto", "http", "---"),
    ("X-HTTP-Method-Override", "PUT", "--k"),
    ("X-Real-IP", "192.0.2.1", "---"),
    ("X-Anything-Else", "1", "k-k"),
];

#[test]
fn the_header_table() {
    for row in ORIGIN_HEADERS {
        let prefix = row.name.trim_end_matches('*');
        assert!(
            HEADER_TABLE.iter().any(|(name, ..)| name.starts_with(prefix)),
            "{} has no line here",
            row.name
        );
    }
    let mut all_viewer = behavior(managed(CACHING_DISABLED));
    all_viewer.origin_request_policy = Some(Arc::new(OriginRequestPolicy {
        headers: OriginRequestHeaders::AllViewer,
        ..origin_request_policy()
    }));
    let behaviors = [behavior(legacy_key(legacy_values())), behavior(managed(CACHING_DISABLED)), all_viewer];
    for (name, value, expected) in HEADER_TABLE {
        let found: String = behaviors
            .iter()
            .map(|own| {
                let (request, _) = sent(own, &get("/", &[(name, value)]));
                match request.headers.joined(name) {
                    None => '-',
                    Some(sent) if sent == value.as_bytes() => 'k',
                    Some(_) => 'm',
                }
            })
            .collect();
        assert_eq!(found, *expected, "{name}");
    }
}

/// What a list names goes on, for every header that may be listed.
#[test]
fn listed_headers_go_on() {
    for row in ORIGIN_HEADERS.iter().filter(|row| row.listable && !row.name.ends_with('*')) {
        let name = row.name;
        let value = if name == "Accept-Encoding" { "gzip, br" } else { "some value" };
        let by_policy = CachePolicy { headers: names(&[name]), ..cache_policy() };
        let by_legacy =
            ForwardedValues { headers: ForwardedHeaders::Allow(names(&[name])), ..legacy_values() };
        let mut by_origin = behavior(policy_key(cache_policy()));
        by_origin.origin_request_policy = Some(Arc::new(OriginRequestPolicy {
            headers: OriginRequestHeaders::Allow(names(&[name])),
            ..origin_request_policy()
        }));
        for own in [behavior(policy_key(by_policy)), behavior(legacy_key(by_legacy)), by_origin] {
            let (request, _) = sent(&own, &get("/", &[(name, value)]));
            let found = request.headers.joined(name).unwrap_or_default();
            let expected = match name {
                "Via" => "some value, 1.1 abc.cloudfront.net (CloudFront)",
                "X-Forwarded-For" => "some value,203.0.113.7",
                _ => value,
            };
            assert_eq!(String::from_utf8_lossy(&found), expected, "{name}");
        }
    }
}

#[test]
fn the_least_request() {
    let (request, trace) =
        sent(&behavior(managed(CACHING_OPTIMIZED)), &get("/a/b?c=1", &[("Host", "www.example.com")]));
    assert_eq!(
        lines(&request),
        [
            "Host: origin.example.net",
            "User-Agent: Amazon CloudFront",
            "X-Amz-Cf-Id: ID==",
            "Connection: Keep-Alive",
            "Via: 1.1 abc.cloudfront.net (CloudFront)",
            "X-Forwarded-For: 203.0.113.7"
        ]
    );
    assert_eq!((request.target.as_str(), request.host.as_str()), ("/a/b", "origin.example.net"));
    assert!(request.secure && !request.signed);
    let fact = trace.first(FactKind::QueryDropped).expect("a dropped parameter");
    assert_eq!((fact.value, fact.place), (1, place::KEY));
    assert_eq!(trace.first(FactKind::HostReplaced).map(|fact| fact.place), Some(place::ORIGIN));
    assert_eq!(trace.first(FactKind::OriginChosen).map(|fact| fact.place), Some(place::ORIGIN));
}

#[test]
fn host_is_forwarded_by_the_setting_that_says_so() {
    let fields = [("Host", "www.example.com:8443"), ("X-B", "1")];
    let key = CachePolicy { headers: names(&["Host"]), ..cache_policy() };
    let listed = |list: &[&str]| {
        behavior(legacy_key(ForwardedValues {
            headers: ForwardedHeaders::Allow(names(list)),
            ..legacy_values()
        }))
    };
    let all = ForwardedValues { headers: ForwardedHeaders::All, ..legacy_values() };
    let rows = [
        (with_policy(CACHING_DISABLED, ALL_VIEWER), Some(place::ORIGIN_REQUEST)),
        (with_policy(CACHING_DISABLED, ALL_VIEWER_EXCEPT_HOST), None),
        (with_policy(CACHING_DISABLED, "bf0718e1-ba1e-49d1-88b1-f726733018ae"), Some(place::ORIGIN_REQUEST)),
        (behavior(policy_key(key)), Some(place::KEY)),
        (behavior(managed(CACHING_DISABLED)), None),
        (listed(&["Authorization", "Origin"]), None),
        (listed(&["Authorization", "host"]), Some(place::LEGACY_HEADERS)),
        (behavior(legacy_key(all)), Some(place::LEGACY_HEADERS)),
    ];
    for (own, forwarded_by) in rows {
        let (request, trace) = sent(&own, &get("/", &fields));
        assert_eq!(trace.first(FactKind::HostForwarded).map(|fact| fact.place), forwarded_by);
        assert_eq!(trace.first(FactKind::HostReplaced).is_some(), forwarded_by.is_none());
        let host = if forwarded_by.is_some() { "www.example.com:8443" } else { "origin.example.net" };
        assert_eq!(request.host, host);
        assert_eq!(request.headers.iter().next(), Some(("Host", host.as_bytes())));
    }
}

#[test]
fn authorization_by_method_and_setting() {
    use Method::{Delete, Get, Head, Options, Patch, Post, Put};
    let bare = behavior(managed(CACHING_DISABLED));
    let mut options_cached = bare.clone();
    options_cached.options_cached = true;
    let keyed = behavior(policy_key(CachePolicy { headers: names(&["authorization"]), ..cache_policy() }));
    let except_host = with_policy(CACHING_DISABLED, ALL_VIEWER_EXCEPT_HOST);
    let rows: &[(&Behavior, &[Method], bool)] = &[
        (&bare, &[Get, Head], false),
        (&bare, &[Options, Delete, Patch, Post, Put], true),
        (&options_cached, &[Get, Head, Options], false),
        (&options_cached, &[Delete, Patch, Post, Put], true),
        (&keyed, &[Get, Head, Options, Post], true),
        (&except_host, &[Get, Head, Options, Post], true),
    ];
    for (own, methods, forwarded) in rows {
        for method in *methods {
            let (request, trace) = sent(own, &head(method.clone(), "/", &[("authorization", "Bearer x")]));
            assert_eq!(request.headers.contains("Authorization"), *forwarded, "{method}");
            assert_eq!(trace.first(FactKind::AuthorizationForwarded).is_some(), *forwarded, "{method}");
            assert_eq!(trace.first(FactKind::AuthorizationDropped).is_some(), !forwarded, "{method}");
        }
    }
    let (_, trace) = sent(&bare, &get("/", &[]));
    assert!(trace.first(FactKind::AuthorizationDropped).is_none());
}

#[test]
fn queries() {
    let own = |key: Selection, origin: Option<Selection>| {
        let mut own = behavior(policy_key(CachePolicy { query_strings: key, ..cache_policy() }));
        own.origin_request_policy = origin
            .map(|query_strings| Arc::new(OriginRequestPolicy { query_strings, ..origin_request_policy() }));
        own
    };
    let allow = |list: &[&str]| Selection::Allow(names(list));
    // keyed, forwarded only, dropped
    let rows = [
        (own(Selection::None, None), "/p?a=1&b=2", "/p", (0, 0, 2)),
        (own(Selection::All, None), "/p?a=1&&b=2&", "/p?a=1&&b=2&", (2, 0, 0)),
        (own(allow(&["b"]), None), "/p?a=1&b=2&b=%20&c", "/p?b=2&b=%20", (2, 0, 2)),
        (own(Selection::None, Some(Selection::All)), "/p?a=1&b=2", "/p?a=1&b=2", (0, 2, 0)),
        (own(allow(&["a"]), Some(allow(&["b"]))), "/p?c=3&b=2&a=1", "/p?b=2&a=1", (1, 1, 1)),
        (own(Selection::All, None), "/p?", "/p", (0, 0, 0)),
    ];
    for (own, target, expected, (keyed, forwarded_only, dropped)) in rows {
        let (request, trace) = sent(&own, &get(target, &[]));
        assert_eq!(request.target, expected, "{target}");
        let value = |kind: FactKind| trace.first(kind).map_or(0, |fact| fact.value);
        assert_eq!(value(FactKind::QueryForwardedAndKeyed), keyed, "{target}");
        assert_eq!(value(FactKind::QueryForwardedNotKeyed), forwarded_only, "{target}");
        assert_eq!(value(FactKind::QueryDropped), dropped, "{target}");
    }
    let mut values = legacy_values();
    values.query_string = true;
    values.query_string_cache_keys = names(&["a"]);
    let (request, trace) = sent(&behavior(legacy_key(values)), &get("/p?b=1&a=2", &[]));
    assert_eq!(request.target, "/p?b=1&a=2");
    assert_eq!(trace.first(FactKind::QueryForwardedNotKeyed).map(|fact| fact.place), Some(place::LEGACY));
}

#[test]
fn cookies_are_chosen_and_sorted() {
    let own = |cookies: Selection| behavior(policy_key(CachePolicy { cookies, ..cache_policy() }));
    let fields = [("Cookie", "b=2; a=1; $x=0; junk; c=\"q q\""), ("cookie", "a=0")];
    let rows = [
        (own(Selection::None), None, (0, 4)),
        (own(Selection::All), Some("a=1; a=0; b=2; c=\"q q\""), (4, 0)),
        (own(Selection::Allow(names(&["c", "b"]))), Some("b=2; c=\"q q\""), (2, 2)),
        (own(Selection::Allow(names(&["A"]))), None, (0, 4)),
    ];
    for (own, expected, (forwarded, dropped)) in rows {
        let (request, trace) = sent(&own, &get("/", &fields));
        assert_eq!(request.headers.first_text("Cookie"), expected);
        let value = |kind: FactKind| trace.first(kind).map_or(0, |fact| fact.value);
        assert_eq!(
            (value(FactKind::CookiesForwarded), value(FactKind::CookiesDropped)),
            (forwarded, dropped)
        );
    }
}

#[test]
fn conditions_stay_behind_when_the_cache_is_filled() {
    let fields = [
        ("If-None-Match", "\"v\""),
        ("If-Modified-Since", "then"),
        ("If-Range", "\"v\""),
        ("Range", "bytes=0-1"),
        ("If-Match", "\"v\""),
    ];
    let own = with_policy(CACHING_DISABLED, ALL_VIEWER);
    let (request, _) = sent(&own, &get("/", &fields));
    assert!(fields.iter().all(|(name, _)| request.headers.contains(name)));
    let (request, _) = sent_with(&own, &get("/", &fields), None, true);
    assert!(!fields.iter().any(|(name, _)| request.headers.contains(name)));
    let stored = Validators { etag: Some(b"\"s\""), last_modified: Some(b"when"), ..Validators::default() };
    let (request, _) = sent_with(&own, &get("/", &fields), Some(stored), false);
    assert_eq!(request.headers.first_text("If-None-Match"), Some("\"s\""));
    assert_eq!(request.headers.first_text("If-Modified-Since"), Some("when"));
    assert!(!request.headers.contains("Range") && !request.headers.contains("If-Match"));
    let lacking = Validators { range: Some("bytes=1-1"), if_range: Some(b"\"s\""), ..Validators::default() };
    let (request, _) = sent_with(&own, &get("/", &fields), Some(lacking), true);
    let all = |name| request.headers.all(name).collect::<Vec<_>>();
    assert_eq!((all("Range"), all("If-Range")), (vec![&b"bytes=1-1"[..]], vec![&b"\"s\""[..]]));
    assert!(!request.headers.contains("If-None-Match"));
    let mut values = legacy_values();
    values.cookies = Selection::All;
    let (request, _) = sent(&behavior(legacy_key(values)), &get("/", &fields));
    assert!(!request.headers.contains("If-None-Match") && request.headers.contains("Range"));
}

#[test]
fn custom_headers_overwrite() {
    let mut own = behavior(legacy_key(legacy_values()));
    let mut origin = crate::fixture::origin();
    origin.custom_headers = vec![("x-verify".into(), "secret".into()), ("User-Agent".into(), "mine".into())];
    origin.origin_path = "/prod".into();
    own.origin = Arc::new(origin);
    let (request, trace) = sent(&own, &get("/api/x?y=1", &[("X-Verify", "forged"), ("User-Agent", "curl")]));
    assert_eq!(request.headers.all("X-Verify").collect::<Vec<_>>(), [b"secret"]);
    assert_eq!(request.headers.all("User-Agent").collect::<Vec<_>>(), [b"mine"]);
    assert_eq!(request.target, "/prod/api/x");
    assert_eq!(trace.first(FactKind::OriginPathPrepended).map(|fact| fact.place), Some(place::ORIGIN_PATH));
}

#[test]
fn cloudfront_headers_are_added_and_forgeries_are_not() {
    let own = with_policy(CACHING_DISABLED, ALL_VIEWER_EXCEPT_HOST);
    let forged =
        [("CloudFront-Forwarded-Proto", "gopher"), ("CloudFront-Viewer-Country", "XX"), ("X-A", "1")];
    let (request, _) = sent(&own, &get("/", &forged));
    assert_eq!(request.headers.all("CloudFront-Forwarded-Proto").collect::<Vec<_>>(), [b"https"]);
    assert_eq!(request.headers.first_text("CloudFront-Viewer-Http-Version"), Some("1.1"));
    assert!(!request.headers.contains("CloudFront-Viewer-Country"));
    assert!(!request.headers.contains("CloudFront-Viewer-Address"));
    assert!(request.headers.contains("X-A"));
}

#[test]
fn a_web_socket_handshake_goes_on() {
    let own = with_policy(CACHING_DISABLED, ALL_VIEWER);
    let (request, _) = sent(&own, &get("/", &[("Connection", "Upgrade"), ("Upgrade", "websocket")]));
    assert_eq!(request.headers.first_text("Upgrade"), Some("websocket"));
    assert_eq!(request.headers.first_text("Connection"), Some("Upgrade"));
}

#[test]
fn who_signs() {
    let control =
        |signing| Some(OriginAccessControl { id: "E".into(), signing, place: place::ACCESS_CONTROL });
    let identity: Option<Box<str>> = Some("E2".into());
    use SigningBehavior::{Always, Never, NoOverride};
    // access control, identity, Authorization forwarded, signed, fact, Authorization goes on
    let rows = [
        (control(Always), None, true, true, FactKind::OacSigned, false),
        (control(Always), None, false, true, FactKind::OacSigned, false),
        (control(NoOverride), None, true, false, FactKind::OacUnsigned, true),
        (control(NoOverride), None, false, true, FactKind::OacSigned, false),
        (control(Never), None, true, false, FactKind::OacUnsigned, true),
        (None, identity, false, true, FactKind::OaiSigned, false),
        (None, None, false, false, FactKind::OacMissing, false),
    ];
    for (access_control, access_identity, forwards, signed, kind, goes_on) in rows {
        let mut own = behavior(managed(CACHING_DISABLED));
        if forwards {
            own.origin_request_policy = origin_request_policies::find(ALL_VIEWER_EXCEPT_HOST);
        }
        let mut origin = crate::fixture::origin();
        origin.upstream = Upstream::S3 { bucket: "b".into(), access_control, access_identity };
        own.origin = Arc::new(origin);
        let (request, trace) = sent(&own, &get("/", &[("Authorization", "AWS4-HMAC-SHA256 x")]));
        assert_eq!(request.signed, signed, "{kind:?}");
        assert!(trace.first(kind).is_some(), "{kind:?}");
        assert_eq!(request.headers.contains("Authorization"), goes_on, "{kind:?}");
    }
}

#[test]
fn the_protocol_toward_the_origin() {
    use OriginProtocolPolicy::{HttpOnly, HttpsOnly, MatchViewer};
    for (protocol, over_https, over_http) in
        [(HttpOnly, false, false), (HttpsOnly, true, true), (MatchViewer, true, false)]
    {
        let mut own = behavior(managed(CACHING_DISABLED));
        let mut origin = crate::fixture::origin();
        origin.upstream = Upstream::ApiGateway { protocol };
        own.origin = Arc::new(origin);
        assert_eq!(sent(&own, &get("/", &[])).0.secure, over_https);
        assert_eq!(sent(&own, &crate::fixture::plain(get("/", &[]))).0.secure, over_http);
    }
}

#[test]
fn a_function_url_is_signed_for_by_its_access_control_only() {
    use SigningBehavior::{Always, Never};
    let control =
        |signing| Some(OriginAccessControl { id: "E2".into(), signing, place: place::ACCESS_CONTROL });
    for (access_control, signed, kind) in [
        (control(Always), true, Some(FactKind::OacSigned)),
        (control(Never), false, Some(FactKind::OacUnsigned)),
        (None, false, None),
    ] {
        let mut own = behavior(managed(CACHING_DISABLED));
        let mut origin = crate::fixture::origin();
        origin.upstream = Upstream::FunctionUrl { protocol: OriginProtocolPolicy::HttpsOnly, access_control };
        own.origin = Arc::new(origin);
        let (request, trace) = sent(&own, &get("/", &[]));
        assert_eq!((request.signed, request.secure), (signed, true), "{kind:?}");
        for noted in [FactKind::OacSigned, FactKind::OacUnsigned, FactKind::OacMissing] {
            assert_eq!(trace.first(noted).is_some(), kind == Some(noted), "{noted:?}");
        }
    }
}
