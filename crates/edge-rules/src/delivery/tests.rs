use std::sync::Arc;

use frontgate_explain::{FactKind, Trace};
use frontgate_message::Headers;

use super::{append_edge_headers, filter_origin_response};
use crate::config::{Behavior, KeySettings, Selection};
use crate::fixture::{CACHING_DISABLED, CACHING_OPTIMIZED, behavior, managed};
use crate::tables::origin_request_policies;

fn lines(headers: &Headers) -> Vec<String> {
    headers.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value))).collect()
}

fn filtered(own: &Behavior, fields: &[(&str, &str)]) -> (Vec<String>, Trace) {
    let mut headers: Headers = fields.iter().copied().collect();
    let mut trace = Trace::new();
    filter_origin_response(own, &mut headers, &mut trace);
    (lines(&headers), trace)
}

fn with_all_viewer() -> Behavior {
    let mut own = behavior(managed(CACHING_DISABLED));
    own.origin_request_policy = origin_request_policies::find("216adef6-5c7f-47e4-b989-5492eafa07d3");
    own
}

#[test]
fn hop_by_hop_fields_stay_behind() {
    let fields = [
        ("Date", "now"),
        ("Connection", "close, X-Hop"),
        ("X-Hop", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Transfer-Encoding", "chunked"),
        ("Trailer", "X"),
        ("Upgrade", "h2c"),
        ("Via", "1.0 other"),
        ("Age", "3"),
        ("X-Cache", "Hit from elsewhere"),
        ("x-amz-cf-id", "other"),
        ("x-amzn-RequestId", "stays"),
        ("content-type", "text/html"),
        ("Server", "AmazonS3"),
    ];
    let (found, _) = filtered(&with_all_viewer(), &fields);
    assert_eq!(
        found,
        ["content-type: text/html", "Date: now", "x-amzn-RequestId: stays", "Server: AmazonS3"]
    );
}

#[test]
fn set_cookie_needs_forwarded_cookies() {
    let fields = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")];
    let (found, trace) = filtered(&behavior(managed(CACHING_OPTIMIZED)), &fields);
    assert_eq!(found, [""; 0]);
    assert!(trace.first(FactKind::SetCookieRemoved).is_some());
    let (found, trace) = filtered(&with_all_viewer(), &fields);
    assert_eq!(found, ["Set-Cookie: a=1", "Set-Cookie: b=2"]);
    assert!(trace.facts().is_empty());
}

#[test]
fn vary_keeps_what_is_forwarded() {
    let mut devices = behavior(managed(CACHING_DISABLED));
    let KeySettings::Policy { policy, place } = devices.key else { panic!("a policy") };
    let mut policy = crate::CachePolicy::clone(&policy);
    (policy.min_ttl, policy.headers) = (1, crate::fixture::names(&["CloudFront-Is-Mobile-Viewer", "Origin"]));
    policy.cookies = Selection::All;
    devices.key = KeySettings::Policy { policy: Arc::new(policy), place };
    let plain = behavior(managed(CACHING_DISABLED));
    let rows: &[(&Behavior, &str, Option<&str>)] = &[
        (&plain, "Accept-Encoding, Origin", Some("Accept-Encoding")),
        (&plain, "Origin", None),
        (&plain, "cookie,accept-encoding", Some("cookie,accept-encoding")),
        (&plain, "*", Some("*")),
        (&plain, "User-Agent", None),
        (&devices, "*, Origin, User-Agent", Some("Origin, User-Agent")),
        (&with_all_viewer(), "Origin, X-Any", Some("Origin, X-Any")),
    ];
    for (own, vary, expected) in rows {
        let (found, trace) = filtered(own, &[("Vary", vary)]);
        let expected: Vec<String> = expected.iter().map(|names| format!("Vary: {names}")).collect();
        assert_eq!(found, expected, "{vary}");
        let changed = found != [format!("Vary: {vary}")];
        assert_eq!(trace.first(FactKind::VaryFiltered).is_some(), changed, "{vary}");
    }
}

#[test]
fn fields_of_the_edge_in_order() {
    for (age, last) in
        [(None, None), (Some(0), Some("Age: 0")), (Some(u64::MAX), Some("Age: 18446744073709551615"))]
    {
        let mut headers = Headers::new();
        append_edge_headers(
            &mut headers,
            "Hit from cloudfront",
            "abc.cloudfront.net",
            "HEL50-C1",
            "ID==",
            age,
        );
        let mut expected = vec![
            "X-Cache: Hit from cloudfront",
            "Via: 1.1 abc.cloudfront.net (CloudFront)",
            "X-Amz-Cf-Pop: HEL50-C1",
            "X-Amz-Cf-Id: ID==",
        ];
        expected.extend(last);
        assert_eq!(lines(&headers), expected);
    }
}
