use frontgate_explain::FactKind;
use frontgate_message::{Method, Version};

use super::{Admission, admit, choose_behavior, effective_path, redirect_location};
use crate::config::{AllowedMethods, ViewerProtocolPolicy};
use crate::errors::ErrorPage;
use crate::fixture::{CACHING_OPTIMIZED, behavior, distribution, head, managed, place, plain};

#[test]
fn the_first_matching_behavior_wins() {
    let mut own = distribution(behavior(managed(CACHING_OPTIMIZED)));
    for pattern in ["a/b*", "a/*", "api/*", "a/b/c"] {
        let mut more = behavior(managed(CACHING_OPTIMIZED));
        more.path_pattern = Some(pattern.into());
        own.behaviors.push(more);
    }
    let rows = [
        ("/a/b/c", Some("a/b*"), false),
        ("/a/c", Some("a/*"), false),
        ("/a/b/..", Some("a/*"), true),
        ("/api", None, false),
        ("/api/x", Some("api/*"), false),
        ("//api/x", Some("api/*"), true),
        ("/%61pi/x", Some("api/*"), true),
        ("/API/x", None, false),
        ("/", None, false),
    ];
    for (path, pattern, normalized) in rows {
        let chosen = choose_behavior(&own, path);
        assert_eq!(chosen.behavior.path_pattern.as_deref(), pattern, "{path}");
        assert_eq!(chosen.normalized, normalized, "{path}");
        let kind = if pattern.is_some() { FactKind::BehaviorMatched } else { FactKind::BehaviorDefault };
        assert_eq!(chosen.fact.kind, kind, "{path}");
    }
}

#[test]
fn protocol_policy_then_methods_then_body() {
    use AllowedMethods::{All, GetHead, GetHeadOptions};
    use FactKind::{GetWithBody, HttpsOnly, MethodNotAllowed, RedirectToHttps};
    use ViewerProtocolPolicy::{AllowAll, HttpsOnly as OnlyHttps, RedirectToHttps as Redirect};
    let refused = |kind| (403, Some(kind));
    let rows = [
        // policy, methods, http?, method, body, status and reason
        (AllowAll, GetHead, true, "GET", false, (0, None)),
        (AllowAll, GetHead, true, "HEAD", false, (0, None)),
        (AllowAll, GetHead, false, "OPTIONS", false, refused(MethodNotAllowed)),
        (AllowAll, GetHead, false, "POST", true, refused(MethodNotAllowed)),
        (AllowAll, GetHeadOptions, false, "OPTIONS", false, (0, None)),
        (AllowAll, GetHeadOptions, false, "PUT", true, refused(MethodNotAllowed)),
        (AllowAll, All, false, "DELETE", false, (0, None)),
        (AllowAll, All, false, "PATCH", true, (0, None)),
        (AllowAll, All, false, "TRACE", false, refused(MethodNotAllowed)),
        (AllowAll, All, false, "CONNECT", false, refused(MethodNotAllowed)),
        (AllowAll, All, false, "get", false, refused(MethodNotAllowed)),
        (AllowAll, All, false, "GET", true, refused(GetWithBody)),
        (AllowAll, All, false, "HEAD", true, refused(GetWithBody)),
        (Redirect, GetHead, true, "GET", false, (301, Some(RedirectToHttps))),
        (Redirect, GetHead, true, "HEAD", false, (301, Some(RedirectToHttps))),
        (Redirect, GetHead, true, "POST", true, (307, Some(RedirectToHttps))),
        (Redirect, All, true, "OPTIONS", false, (307, Some(RedirectToHttps))),
        (Redirect, All, false, "POST", true, (0, None)),
        (OnlyHttps, All, true, "GET", false, refused(HttpsOnly)),
        (OnlyHttps, All, true, "POST", false, refused(HttpsOnly)),
        (OnlyHttps, All, false, "GET", false, (0, None)),
    ];
    for row in rows {
        let (policy, methods, http, method, has_body, expected) = row;
        let mut own = behavior(managed(CACHING_OPTIMIZED));
        own.viewer_protocol_policy = policy;
        own.allowed_methods = methods;
        let request = head(Method::from_token(method), "/a?b=1", &[]);
        let request = if http { plain(request) } else { request };
        let found = match admit(&own, &request, has_body) {
            Admission::Pass => (0, None),
            Admission::Redirect { status, fact } => {
                assert_eq!((fact.value, fact.place), (u32::from(status), place::PROTOCOL));
                (status, Some(fact.kind))
            }
            Admission::Refuse { status, page, fact } => {
                assert_eq!(page == ErrorPage::MethodNotAllowed, fact.kind == MethodNotAllowed);
                (status, Some(fact.kind))
            }
        };
        assert_eq!(found, expected, "{row:?}");
    }
}

#[test]
fn an_http_1_0_post_is_not_redirected() {
    let mut own = behavior(managed(CACHING_OPTIMIZED));
    own.viewer_protocol_policy = ViewerProtocolPolicy::RedirectToHttps;
    for (method, refused) in [(Method::Post, true), (Method::Get, false)] {
        let mut request = plain(head(method, "/", &[]));
        request.version = Version::Http10;
        assert_eq!(matches!(admit(&own, &request, false), Admission::Refuse { status: 403, .. }), refused);
    }
}

#[test]
fn the_root_object_stands_for_the_root_only() {
    let mut own = distribution(behavior(managed(CACHING_OPTIMIZED)));
    let rows = [("/", "/"), ("/a/", "/a/"), ("///", "///"), ("/?a=1", "/"), ("", "/")];
    for (target, expected) in rows {
        assert_eq!(effective_path(&own, &head(Method::Get, target, &[])).0, expected, "{target}");
    }
    own.default_root_object = Some("dir/index.html".into());
    let rows = [
        ("/", "/dir/index.html"),
        ("/a/", "/a/"),
        ("///", "///"),
        ("/?a=1", "/dir/index.html"),
        ("", "/dir/index.html"),
    ];
    for (target, expected) in rows {
        let request = head(Method::Post, target, &[]);
        let (path, fact) = effective_path(&own, &request);
        assert_eq!(path, expected, "{target}");
        assert_eq!(fact.is_some(), path == "/dir/index.html");
    }
}

#[test]
fn a_redirect_keeps_host_path_and_query() {
    let rows = [
        ("www.example.com", 443, "https://www.example.com/a%20b?c=d&e"),
        ("www.example.com", 8443, "https://www.example.com/a%20b?c=d&e"),
        ("www.example.com:8080", 8443, "https://www.example.com:8443/a%20b?c=d&e"),
        ("www.example.com:8080", 443, "https://www.example.com/a%20b?c=d&e"),
    ];
    for (host, port, expected) in rows {
        let request = plain(head(Method::Get, "/a%20b?c=d&e", &[("Host", host)]));
        assert_eq!(redirect_location(&request, port), expected, "{host} {port}");
    }
}
