//! Can one viewer change what the cache gives to others, by something that is not in the cache key?
//!
//! The origin answers with the request that it got, the worst that an origin can do. An attacker's request is the one that
//! is kept; whatever of it could show in the answer must be in the key, or be what CloudFront is documented to forward.

use crate::stage::{Answer, Origin, Site, ok};

/// Marks what comes from the attacker.
const MARK: &str = "evil";

/// Fields that CloudFront forwards although no key has them (RequestAndResponseBehaviorCustomOrigin): an origin whose answer
/// depends on them is poisoned on AWS, too.
const FORWARDED_BY_DEFAULT: &[&str] = &[
    "Cache-Control: no-transform, evil=1",
    "Content-MD5: evil",
    "Content-Type: text/evil",
    "Max-Forwards: 3; evil",
    "Pragma: evil",
    "Via: 1.1 evil",
    "X-Forwarded-For: evil",
];

/// Fields that must not reach the origin.
const NOT_FORWARDED: &[&str] = &[
    "Accept: text/evil",
    "Accept-Charset: evil",
    "Accept-Language: evil",
    "Access-Control-Request-Headers: evil",
    "Authorization: Basic evil",
    "CF-Connecting-IP: evil",
    "CloudFront-Forwarded-Proto: evil",
    "CloudFront-Is-Mobile-Viewer: evil",
    "CloudFront-Viewer-Country: evil",
    "Connection: evil, keep-alive",
    "Cookie: evil=1",
    "DNT: evil",
    "Expect: evil",
    "Forwarded: host=evil",
    "From: evil",
    "Front-End-Https: evil",
    "HTTP2-Settings: evil",
    "If-Match: \"evil\"",
    "If-Modified-Since: evil",
    "If-None-Match: \"evil\"",
    "If-Range: \"evil\"",
    "If-Unmodified-Since: evil",
    "Keep-Alive: evil",
    "Origin: https://evil.example.com",
    "Proxy-Authorization: evil",
    "Proxy-Connection: evil",
    "Range: bytes=0-0, evil",
    "Referer: https://evil.example.com/",
    "Sec-Fetch-Site: evil",
    "Sec-WebSocket-Key: evil",
    "TE: evil",
    "Trailer: evil",
    "Transfer-Encoding-: evil",
    "True-Client-IP: evil",
    "Upgrade: evil",
    "User-Agent: evil",
    "X-Amz-Cf-Id: evil",
    "X-Amz-Website-Redirect-Location: /evil",
    "X-Edge-Location: evil",
    "X-Forwarded-Host: evil.example.com",
    "X-Forwarded-Port: evil",
    "X-Forwarded-Prefix: /evil",
    "X-Forwarded-Proto: evil",
    "X-Forwarded-Scheme: evil",
    "X-Forwarded-Server: evil",
    "X-HTTP-Method: evil",
    "X-HTTP-Method-Override: EVIL",
    "X-Host: evil",
    "X-Method-Override: evil",
    "X-Original-URL: /evil",
    "X-Real-IP: evil",
    "X-Rewrite-URL: /evil",
    "X-WAP-Profile: evil",
    "X_Forwarded_Host: evil",
];

fn reflecting() -> Origin {
    Origin::answering(|head| (ok(head), true))
}

fn ask(site: &Site, request_line: &str, field: &str) -> Answer {
    let mut viewer = site.viewer();
    let end = if field.is_empty() { "" } else { "\r\n" };
    viewer.say(&format!("{request_line} HTTP/1.1\r\nHost: www.example.com\r\n{field}{end}\r\n"));
    viewer.answer()
}

#[test]
fn fields_outside_the_key_change_nothing_that_is_kept() {
    let (origin, is_documented) = (reflecting(), |field: &str| FORWARDED_BY_DEFAULT.contains(&field));
    let site = Site::start(&origin);
    for (index, field) in NOT_FORWARDED.iter().chain(FORWARDED_BY_DEFAULT).enumerate() {
        let line = format!("GET /page-{index}");
        let attack = ask(&site, &line, field);
        assert!(attack.status == 200 || attack.status == 206, "{field}: {attack:?}");
        let victim = ask(&site, &line, "");
        assert_eq!(victim.header("X-Cache"), Some("Hit from cloudfront"), "{field}");
        assert_eq!(victim.status, 200, "{field}");
        let reached = victim.body.to_ascii_lowercase().contains(MARK);
        assert_eq!(reached, is_documented(field), "{field}:\n{}", victim.body);
    }
}

#[test]
fn the_request_line_changes_nothing_that_is_kept() {
    let origin = reflecting();
    let site = Site::start(&origin);
    // the attacker's request line | the victim's
    let rows = [
        ("GET /a?evil=1", "GET /a"),
        ("GET /b?", "GET /b"),
        ("GET http://www.example.com/c?evil", "GET /c"),
        ("GET http://WWW.EXAMPLE.COM:80/d", "GET /d"),
        ("GET HTTP://www.example.com/e", "GET /e"),
    ];
    for (attack, victim) in rows {
        assert_eq!(ask(&site, attack, "").status, 200, "{attack}");
        let victim = ask(&site, victim, "");
        assert_eq!(victim.header("X-Cache"), Some("Hit from cloudfront"), "{attack}");
        let body = victim.body.to_ascii_lowercase();
        assert!(!body.contains(MARK) && !body.contains("http://"), "{attack}:\n{}", victim.body);
        assert!(victim.body.starts_with(&format!("GET {} HTTP/1.1\r\n", path_of(attack))), "{}", victim.body);
    }
    // Each of these is an object of its own.
    for other in
        ["/F", "/f/", "//f", "/f/.", "/x/../f", "/f%2e", "/%66", "/f;a=b", "/f\\", "/f%00", "/f%0d%0aX:y"]
    {
        assert_eq!(
            ask(&site, &format!("GET {other}"), "").header("X-Cache"),
            Some("Miss from cloudfront"),
            "{other}"
        );
    }
    assert_eq!(ask(&site, "GET /f", "").header("X-Cache"), Some("Miss from cloudfront"));
}

fn path_of(line: &str) -> &str {
    let target = line.split(' ').nth(1).unwrap_or_default();
    let path = target.find("//").map_or(target, |start| {
        let rest = &target[start + 2..];
        &rest[rest.find('/').unwrap_or(rest.len())..]
    });
    path.split('?').next().unwrap_or_default()
}

#[test]
fn hosts_in_other_words_share_an_object_and_cannot_mark_it() {
    let origin = reflecting();
    let site = Site::start(&origin);
    for (index, host) in ["WWW.EXAMPLE.COM", "www.example.com:80", "www.example.com:1234"].iter().enumerate()
    {
        let mut viewer = site.viewer();
        viewer.say(&format!("GET /host-{index} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(viewer.answer().status, 200, "{host}");
        let victim = site.ask(&format!("/host-{index}"));
        assert_eq!(victim.header("X-Cache"), Some("Hit from cloudfront"), "{host}");
        assert!(victim.body.contains("\r\nHost: localhost"), "{}", victim.body);
    }
}

#[test]
fn other_methods_and_refusals_leave_the_page_alone() {
    let origin = reflecting();
    let site = Site::start(&origin);
    // the attacker's request | the status of its answer
    let long = "x".repeat(40_000);
    let rows = [
        ("GET @ HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 4\r\n\r\nevil".to_owned(), 403),
        ("GET @ HTTP/1.1\r\nHost: www.example.com\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n".to_owned(), 403),
        ("POST @ HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 4\r\n\r\nevil".to_owned(), 403),
        ("EVIL @ HTTP/1.1\r\nHost: www.example.com\r\n\r\n".to_owned(), 403),
        (format!("GET @ HTTP/1.1\r\nHost: www.example.com\r\nX-Oversized: {long}\r\n\r\n"), 494),
        ("GET @ HTTP/1.1\r\nHost: www.example.com\r\nX-Meta: a\x07b\r\n\r\n".to_owned(), 400),
        ("GET @ HTTP/1.1\r\nHost: www.example.com\r\nHost: evil\r\n\r\n".to_owned(), 400),
    ];
    for (index, (attack, status)) in rows.iter().enumerate() {
        let path = format!("/attacked-{index}");
        let mut viewer = site.viewer();
        viewer.say(&attack.replacen('@', &path, 1));
        assert_eq!(viewer.answer().status, *status, "{index}");
        let victim = site.ask(&path);
        assert_eq!(victim.status, 200, "{index}: {}", victim.body);
        assert_eq!(victim.header("X-Cache"), Some("Miss from cloudfront"), "{index}");
        assert!(!victim.body.contains(MARK), "{index}: {}", victim.body);
    }
    // The answer to HEAD is no answer to GET.
    let mut viewer = site.viewer();
    viewer.say("HEAD /headed HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n");
    assert!(viewer.rest().starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(site.ask("/headed").body.starts_with("GET /headed HTTP/1.1\r\n"));
}

#[test]
fn behaviors_and_objects_do_not_mix() {
    let origin = reflecting();
    let site = Site::start(&origin);
    // The same object by two ways: what is kept by one behavior is not served by the other, which is never cached.
    assert_eq!(site.ask("/other/a").status, 200);
    let mut viewer = site.viewer();
    for target in ["/other/../pass/a", "/other/..%2fpass/a", "/pass/../other/a", "/other/%2e%2e/pass/a"] {
        let answer = viewer.ask(target);
        assert!(answer.body.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{target}: {}", answer.body);
        assert_eq!(answer.header("X-Cache"), Some("Miss from cloudfront"), "{target}");
    }
}
