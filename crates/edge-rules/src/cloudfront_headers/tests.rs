use std::sync::Arc;

use frontgate_message::{Connection, Fingerprints, Handshake, Method, RequestHead, Target};

use super::{is_known, write_cloudfront_header};
use crate::fixture::{head, plain};

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148";
const IPAD: &str = "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36";
const ANDROID_TABLET: &str = "Mozilla/5.0 (Linux; Android 14) Safari/537.36";
const DESKTOP: &str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0";
const TELEVISION: &str = "Mozilla/5.0 (SMART-TV; Linux; Tizen TV) Version/7.0";

#[test]
fn values() {
    let rows = [
        ("CloudFront-Forwarded-Proto", DESKTOP, Some("https")),
        ("cloudfront-viewer-http-version", DESKTOP, Some("1.1")),
        ("CloudFront-Viewer-Address", DESKTOP, Some("203.0.113.7:46532")),
        ("CloudFront-Viewer-TLS", DESKTOP, Some("TLSv1.3:TLS_AES_128_GCM_SHA256:fullHandshake")),
        ("CloudFront-Viewer-Header-Count", DESKTOP, Some("2")),
        ("CloudFront-Viewer-Header-Order", DESKTOP, Some("User-Agent:X-B")),
        ("CloudFront-Viewer-Country", DESKTOP, None),
        ("CloudFront-Is-Desktop-Viewer", DESKTOP, Some("true")),
        ("CloudFront-Is-Mobile-Viewer", DESKTOP, Some("false")),
        ("CloudFront-Is-Mobile-Viewer", IPHONE, Some("true")),
        ("CloudFront-Is-IOS-Viewer", IPHONE, Some("true")),
        ("CloudFront-Is-Tablet-Viewer", IPHONE, Some("false")),
        ("CloudFront-Is-Tablet-Viewer", IPAD, Some("true")),
        ("CloudFront-Is-Mobile-Viewer", IPAD, Some("false")),
        ("CloudFront-Is-Android-Viewer", ANDROID, Some("true")),
        ("CloudFront-Is-Mobile-Viewer", ANDROID, Some("true")),
        ("CloudFront-Is-Tablet-Viewer", ANDROID_TABLET, Some("true")),
        ("CloudFront-Is-SmartTV-Viewer", TELEVISION, Some("true")),
        ("CloudFront-Is-Desktop-Viewer", TELEVISION, Some("false")),
    ];
    for (name, agent, expected) in rows {
        let request = head(Method::Get, "/", &[("User-Agent", agent), ("X-B", "1")]);
        let mut value = b"kept ".to_vec();
        let written = write_cloudfront_header(name, &request, &mut value);
        let value = String::from_utf8(value).expect("text");
        assert_eq!(written.then_some(&value[5..]), expected, "{name} {agent}");
    }
    let request = plain(head(Method::Get, "/", &[]));
    assert!(!write_cloudfront_header("CloudFront-Viewer-TLS", &request, &mut Vec::new()));
}

#[test]
fn the_header_order_has_a_limit() {
    let name = "x".repeat(1000);
    let fields: Vec<(&str, &str)> = (0..20).map(|_| (name.as_str(), "1")).collect();
    let mut value = Vec::new();
    assert!(write_cloudfront_header(
        "CloudFront-Viewer-Header-Order",
        &head(Method::Get, "/", &fields),
        &mut value
    ));
    assert_eq!(value.len(), 7 * 1001 - 1);
}

/// The value of a header.
fn value_of(name: &str, head: &RequestHead) -> Option<String> {
    let mut value = Vec::new();
    write_cloudfront_header(name, head, &mut value).then(|| String::from_utf8(value).expect("text"))
}

#[test]
fn how_the_connection_is_protected() {
    for (handshake, word) in [
        (Handshake::Full, "fullHandshake"),
        (Handshake::Resumed, "sessionResumed"),
        (Handshake::Reused, "connectionReused"),
    ] {
        let mut request = head(Method::Get, "/", &[]);
        let connection = Arc::make_mut(&mut request.connection);
        let tls = connection.tls.as_mut().expect("TLS");
        tls.handshake = handshake;
        tls.fingerprints = Some(Box::new(Fingerprints { ja3: "3".into(), ja4: "4".into() }));
        let value = value_of("CloudFront-Viewer-TLS", &request).expect("over TLS");
        assert_eq!(value, format!("TLSv1.3:TLS_AES_128_GCM_SHA256:{word}"));
        assert_eq!(value_of("CloudFront-Viewer-JA3-Fingerprint", &request).as_deref(), Some("3"));
        assert_eq!(value_of("CloudFront-Viewer-JA4-Fingerprint", &request).as_deref(), Some("4"));
    }
    let mut connection = head(Method::Get, "/", &[]).connection;
    let mut handshake_of_next = || {
        let connection = Connection::for_next_request(&mut connection);
        connection.tls.as_ref().map(|tls| tls.handshake)
    };
    let seen = [handshake_of_next(), handshake_of_next(), handshake_of_next()];
    assert_eq!(seen, [Some(Handshake::Full), Some(Handshake::Reused), Some(Handshake::Reused)]);
}

#[test]
fn only_the_page_of_an_error_knows_whose_it_is() {
    let forged = [("CloudFront-Error-Uri", "/forged"), ("CloudFront-Error-Args", "a=1")];
    let mut request = head(Method::Get, "/404.html", &forged);
    assert_eq!(value_of("CloudFront-Error-Uri", &request), None);
    request.for_error_of = Some(Box::new(Target::new("/missing?b=2")));
    assert_eq!(value_of("CloudFront-Error-Uri", &request).as_deref(), Some("/missing"));
    assert_eq!(value_of("cloudfront-error-args", &request).as_deref(), Some("b=2"));
    request.for_error_of = Some(Box::new(Target::new("/missing")));
    assert_eq!(value_of("CloudFront-Error-Args", &request), None);
}

#[test]
fn names_that_there_are() {
    for name in ["CloudFront-Viewer-Country", "cloudfront-is-ios-viewer", "CloudFront-Error-Args"] {
        assert!(is_known(name), "{name}");
    }
    for name in
        ["CloudFront-Viewer-County", "CloudFront-", "X-Viewer-Country", "CloudFront-Viewer-Countr\u{e9}"]
    {
        assert!(!is_known(name), "{name}");
    }
}
