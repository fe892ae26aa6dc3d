use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_message::{Headers, Method};

use super::{
    CacheMetric, ServerTiming, Upstream, apply_cors_beside, apply_fixed, apply_policy, origin_is_allowed,
    server_timing_value, server_timing_wanted,
};
use crate::config::{Cors, HeaderToSet, ResponseHeadersPolicy};
use crate::fixture::{head, names};
use crate::tables::response_headers_policies;

const PREFLIGHT: &[(&str, &str)] =
    &[("Origin", "https://a.example"), ("Access-Control-Request-Method", "PUT")];

fn lines(headers: &Headers) -> Vec<String> {
    headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value))).collect()
}

fn applied(
    policy: &ResponseHeadersPolicy,
    method: Method,
    request: &[(&str, &str)],
    origins: &[(&str, &str)],
) -> Vec<String> {
    let mut headers: Headers = origins.iter().copied().collect();
    let mut trace = Trace::new();
    apply_policy(policy, &head(method, "/", request), &mut headers, PlaceId(3), &mut trace);
    assert_eq!(trace.first(FactKind::ResponseHeadersPolicyApplied).map(|fact| fact.place), Some(PlaceId(3)));
    lines(&headers)
}

fn named(name: &str) -> std::sync::Arc<ResponseHeadersPolicy> {
    let names = response_headers_policies::names();
    let (_, id) = names.iter().find(|(own, _)| *own == name).expect("a managed policy");
    response_headers_policies::find(id).expect("a managed policy")
}

#[test]
fn managed_policies() {
    let origin: &[(&str, &str)] = &[("Origin", "https://a.example")];
    assert_eq!(applied(&named("SimpleCORS"), Method::Get, origin, &[]), ["Access-Control-Allow-Origin: *"]);
    assert_eq!(applied(&named("SimpleCORS"), Method::Get, &[], &[]), [""; 0]);
    assert_eq!(
        applied(&named("CORS-With-Preflight"), Method::Options, PREFLIGHT, &[]),
        [
            "Access-Control-Allow-Origin: *",
            "Access-Control-Allow-Methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
            "Access-Control-Expose-Headers: *"
        ]
    );
    assert_eq!(
        applied(&named("CORS-With-Preflight"), Method::Get, PREFLIGHT, &[]),
        ["Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: *"]
    );
    let own = [("x-frame-options", "DENY"), ("X-Content-Type-Options", "other")];
    assert_eq!(
        applied(&named("SecurityHeadersPolicy"), Method::Get, &[], &own),
        [
            "x-frame-options: DENY",
            "X-Content-Type-Options: nosniff",
            "X-XSS-Protection: 1; mode=block",
            "Referrer-Policy: strict-origin-when-cross-origin",
            "Strict-Transport-Security: max-age=31536000"
        ]
    );
}

fn own_cors(origin_override: bool) -> Cors {
    Cors {
        allow_credentials: true,
        allow_headers: names(&["X-A", "X-B"]),
        allow_methods: names(&["GET", "PUT"]),
        allow_origins: names(&["https://*.example.org", "http://localhost:3000"]),
        max_age_seconds: Some(600),
        origin_override,
        ..Cors::default()
    }
}

#[test]
fn cors_of_ones_own() {
    let policy = |origin_override| ResponseHeadersPolicy {
        cors: Some(own_cors(origin_override)),
        ..ResponseHeadersPolicy::default()
    };
    let asks = [("Origin", "https://app.example.org"), ("Access-Control-Request-Method", "PUT")];
    assert_eq!(
        applied(&policy(false), Method::Options, &asks, &[]),
        [
            "Access-Control-Allow-Origin: https://app.example.org",
            "Access-Control-Allow-Credentials: true",
            "Access-Control-Allow-Methods: GET, PUT",
            "Access-Control-Allow-Headers: X-A, X-B",
            "Access-Control-Max-Age: 600"
        ]
    );
    let origins = [("access-control-max-age", "1")];
    assert_eq!(applied(&policy(false), Method::Get, &asks, &origins), ["access-control-max-age: 1"]);
    assert_eq!(
        applied(&policy(true), Method::Get, &asks, &origins),
        ["Access-Control-Allow-Origin: https://app.example.org", "Access-Control-Allow-Credentials: true"]
    );
    let other = [("Origin", "https://evil.example")];
    assert_eq!(applied(&policy(true), Method::Get, &other, &origins), ["access-control-max-age: 1"]);
}

#[test]
fn a_shared_head_is_not_touched() {
    let request = head(Method::Get, "/", &[("Origin", "http://localhost:3000")]);
    let origins = Headers::from_iter([("Access-Control-Allow-Origin", "x")]);
    let rows = [(false, &origins, true, 0), (true, &origins, false, 0), (true, &Headers::new(), true, 2)];
    for (origin_override, shared, done, added) in rows {
        let mut own = Headers::new();
        assert_eq!(apply_cors_beside(&own_cors(origin_override), &request, shared, &mut own), done);
        assert_eq!(own.len(), added);
    }
}

#[test]
fn origins_are_matched() {
    let rows = [
        ("*", "https://a.example", true),
        ("https://a.example", "https://a.example", true),
        ("https://a.example", "HTTPS://A.example", true),
        ("https://a.example", "http://a.example", false),
        ("http://*.example.org", "http://a.b.example.org", true),
        ("http://*.example.org", "https://a.example.org", false),
        ("http://*.example.org", "http://example.org", false),
        ("http://*.example.org", "http://badexample.org", false),
        ("*.example.org", "https://a.example.org:8080", true),
        ("a.example", "http://a.example", true),
        ("http://a.example:8080", "http://a.example:8080", true),
        ("http://a.example:8080", "http://a.example", false),
        ("http://a.example:*", "http://a.example:9", true),
        ("http://a.example", "http://a.example:9", false),
        ("https://a.example", "null", false),
        ("http://[::1]:80", "http://[::1]:80", true),
    ];
    for (allowed, origin, expected) in rows {
        assert_eq!(origin_is_allowed(allowed, origin), expected, "{allowed} {origin}");
    }
}

#[test]
fn removal_comes_first() {
    let header = |name: &str, value: &str| HeaderToSet {
        name: name.into(),
        value: value.into(),
        origin_override: false,
    };
    let policy = ResponseHeadersPolicy {
        remove: names(&["X-Powered-By", "X-Own"]),
        custom: vec![header("X-Own", "mine"), header("X-Empty", "")],
        ..ResponseHeadersPolicy::default()
    };
    let mut headers = Headers::from_iter([("x-powered-by", "PHP"), ("X-Own", "theirs"), ("A", "1")]);
    apply_fixed(&policy, &mut headers);
    assert_eq!(lines(&headers), ["A: 1", "X-Own: mine", "X-Empty: "]);
}

#[test]
fn server_timing() {
    let mut policy =
        ResponseHeadersPolicy { server_timing_rate: Some(0.0), ..ResponseHeadersPolicy::default() };
    let asks = Headers::from_iter([("Pragma", "no-cache, server-timing")]);
    assert!(
        server_timing_wanted(&policy, &asks, 99.0) && !server_timing_wanted(&policy, &Headers::new(), 0.0)
    );
    policy.server_timing_rate = Some(50.0);
    assert!(server_timing_wanted(&policy, &Headers::new(), 49.9));
    policy.server_timing_rate = None;
    assert!(!server_timing_wanted(&policy, &asks, 0.0));
    let mut timing = ServerTiming {
        cache: CacheMetric::Hit,
        pop: "HEL50-C1",
        request_id: "ID",
        upstream: None,
        downstream_first_byte_milliseconds: 1,
    };
    assert_eq!(
        server_timing_value(&timing, Some("db;dur=1")),
        "cdn-cache-hit,cdn-pop;desc=\"HEL50-C1\",cdn-rid;desc=\"ID\",cdn-hit-layer;desc=\"EDGE\",cdn-downstream-fbl;dur=1"
    );
    timing.cache = CacheMetric::Miss;
    timing.upstream = Some(Upstream { is_shielded: false, connection: Some((0, 2)), first_byte: 30 });
    assert_eq!(
        server_timing_value(&timing, Some("db;dur=1")),
        "db;dur=1,cdn-upstream-layer;desc=\"EDGE\",cdn-upstream-dns;dur=0,cdn-upstream-connect;dur=2,\
         cdn-upstream-fbl;dur=30,cdn-cache-miss,cdn-pop;desc=\"HEL50-C1\",cdn-rid;desc=\"ID\",cdn-downstream-fbl;dur=1"
    );
}
