use frontgate_aws::Utc;
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Connection, Handshake, Method, Tls};

use super::*;
use crate::fixture::{behavior, cache_policy, distribution, head, plain, policy_key};

fn entry() -> Entry {
    let headers = [
        ("User-Agent", "Mozilla/5.0 (X11; Linux)"),
        ("Cookie", "a=\"b\""),
        ("Cookie", "c=d"),
        ("Referer", "http://www.example.com/{1}"),
    ];
    Entry {
        request: head(Method::Get, "/a%20b/c.jpg?x=1&y=~", &headers),
        request_bytes: 311,
        request_id: "SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==".into(),
        status: 206,
        content_type: Some(b"text/html; charset=utf-8"[..].into()),
        content_length: Some(100),
        content_range: Some(b"bytes 0-99/200"[..].into()),
        outcome: outcome("Hit", &[]),
        ending: Ending::Whole,
        sent_bytes: 392,
        first_byte_microseconds: 499,
        taken_microseconds: 1_234_500,
        ended_milliseconds: 1_575_493_351_007,
    }
}

/// The values by name, of a standard log, or of a real-time log.
fn values(entry: &Entry, includes_cookies: bool, realtime: bool) -> Vec<(String, String)> {
    let distribution = distribution(behavior(policy_key(cache_policy())));
    let logged = Logged { entry, distribution: &distribution, location: "LAX1", includes_cookies };
    let mut out = Vec::new();
    if realtime {
        write_realtime_json(&logged, &mut out);
        let text = String::from_utf8(out).expect("ASCII");
        let inner = text.strip_prefix("{\"").and_then(|text| text.strip_suffix("\"}\n")).expect("an object");
        let pairs = inner.split("\",\"").filter_map(|pair| pair.split_once("\":\""));
        return pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }
    let mut header = Vec::new();
    write_header(&mut header);
    write_line(&logged, &mut out);
    let header = String::from_utf8(header).expect("ASCII");
    let names = header.lines().nth(1).and_then(|line| line.strip_prefix("#Fields: ")).expect("names");
    let line = String::from_utf8(out).expect("ASCII");
    let values: Vec<&str> = line.trim_end_matches('\n').split('\t').collect();
    assert_eq!(values.len(), 33);
    names.split(' ').zip(values).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn check(values: &[(String, String)], rows: &[(&str, &str)]) {
    for (name, wanted) in rows {
        let found = values.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        assert_eq!(found, Some(*wanted), "{name}");
    }
}

#[test]
fn a_line_of_a_standard_log() {
    check(
        &values(&entry(), false, false),
        &[
            ("date", "2019-12-04"),
            ("time", "21:02:31"),
            ("x-edge-location", "LAX1"),
            ("sc-bytes", "392"),
            ("cs-method", "GET"),
            ("cs(Host)", "d111111abcdef8.cloudfront.net"),
            ("cs-uri-stem", "/a%2520b/c.jpg"),
            ("sc-status", "206"),
            ("cs(Referer)", "http://www.example.com/%7B1%7D"),
            ("cs(User-Agent)", "Mozilla/5.0%20(X11;%20Linux)"),
            ("cs-uri-query", "x=1&y=%7E"),
            ("cs(Cookie)", "-"),
            ("x-edge-result-type", "Hit"),
            ("cs-bytes", "311"),
            ("time-taken", "1.235"),
            ("x-forwarded-for", "-"),
            ("x-edge-response-result-type", "Hit"),
            ("cs-protocol-version", "HTTP/1.1"),
            ("fle-status", "-"),
            ("time-to-first-byte", "0.000"),
            ("x-edge-detailed-result-type", "Hit"),
            ("sc-content-type", "text/html;%20charset=utf-8"),
            ("sc-content-len", "100"),
            ("sc-range-start", "0"),
            ("sc-range-end", "99"),
        ],
    );
    check(&values(&entry(), true, false), &[("cs(Cookie)", "a=%22b%22,%20c=d")]);
}

#[test]
fn a_viewer_that_leaves_is_an_error_of_its_own() {
    let left = Entry { ending: Ending::ViewerLeft, ..entry() };
    let rows = [
        ("sc-status", "206"),
        ("x-edge-result-type", "Error"),
        ("x-edge-response-result-type", "Hit"),
        ("x-edge-detailed-result-type", "ClientCommError"),
    ];
    check(&values(&left, false, false), &rows);
    check(&values(&Entry { status: 0, ..left }, false, false), &[("sc-status", "000")]);
    let broken = Entry { ending: Ending::BrokeOff, ..entry() };
    check(&values(&broken, false, false), &[("x-edge-detailed-result-type", "OriginReadError")]);
}

#[test]
fn tls_has_the_names_of_openssl() {
    for (version, cipher, shown) in [
        ("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("TLSv1.3", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    ] {
        let mut secure = entry();
        let (peer, local) = (secure.request.connection.peer, secure.request.connection.local);
        let tls = Tls {
            server_name: None,
            version,
            cipher: cipher.into(),
            handshake: Handshake::Full,
            client_certificate: None,
            fingerprints: None,
        };
        secure.request.connection = Connection::new(peer, local, Some(tls)).into();
        let rows = [("cs-protocol", "https"), ("ssl-protocol", version), ("ssl-cipher", shown)];
        check(&values(&secure, false, false), &rows);
    }
    let bare = entry();
    let bare = Entry { request: plain(bare.request.clone()), ..bare };
    check(&values(&bare, false, false), &[("cs-protocol", "http"), ("ssl-cipher", "-")]);
}

#[test]
fn real_time_fields() {
    let facts = [
        Fact::of(FactKind::OriginChosen),
        Fact::of(FactKind::FailedOver).value(502),
        Fact::of(FactKind::OriginAnsweredAfter).value(51_000),
    ];
    let missed = Entry { outcome: outcome("Miss", &facts), ..entry() };
    let values = values(&missed, true, true);
    assert_eq!(values.len(), REALTIME_FIELDS.len());
    check(
        &values,
        &[
            ("timestamp", "1575493351.007"),
            ("c-ip", "203.0.113.7"),
            ("c-port", "46532"),
            ("c-ip-version", "IPv4"),
            ("cache-behavior-path-pattern", "*"),
            ("primary-distribution-id", "E2QWRUHAPOMQZL"),
            ("origin-fbl", "0.051"),
            ("origin-lbl", "-"),
            ("sr-reason", "Failover:502"),
            ("cmcd-version", "-"),
        ],
    );
}

#[test]
fn errors_have_types() {
    let rows: &[(&[FactKind], &str)] = &[
        (&[], "Error"),
        (&[FactKind::OriginStatus], "Error"),
        (&[FactKind::OriginChosen, FactKind::OriginDnsFailed], "OriginDnsError"),
        (&[FactKind::OriginConnectFailed, FactKind::FailedOver, FactKind::OriginTimedOut], "OriginCommError"),
        (&[FactKind::MethodNotAllowed], "InvalidRequestMethod"),
        (&[FactKind::Misdirected], "InvalidRequestCertificate"),
    ];
    for (kinds, wanted) in rows {
        let facts: Vec<Fact> = kinds.iter().map(|kind| Fact::of(*kind)).collect();
        assert_eq!(outcome("Error", &facts).detailed_result, *wanted, "{kinds:?}");
        assert_eq!(outcome("Hit", &facts).detailed_result, "Hit");
    }
    for (index, row) in ERROR_TYPES.iter().enumerate() {
        assert!(ERROR_TYPES[..index].iter().all(|other| other.kind != row.kind), "{:?}", row.source);
    }
}

#[test]
fn files_have_names() {
    for (prefix, wanted) in [("", ""), ("logs", "logs/"), ("logs/", "logs/"), ("a/b", "a/b/")] {
        assert_eq!(file_prefix(prefix), wanted);
        assert!(is_valid_prefix(prefix), "{prefix}");
    }
    for wrong in ["/", "../x", "a//b", "a/../b", "/a", &"x".repeat(257)] {
        assert!(!is_valid_prefix(wrong), "{wrong}");
    }
    assert_eq!(name_start("EXAMPLE", 1_575_493_351_007), "EXAMPLE.2019-12-04-21.");
}

#[test]
fn days_of_the_calendar() {
    for (seconds, year, month, day) in [
        (0, 1970, 1, 1),
        (951_782_400, 2000, 2, 29),
        (1_709_251_199, 2024, 2, 29),
        (4_107_542_400, 2100, 3, 1),
    ] {
        let utc = Utc::of(seconds);
        assert_eq!((utc.year, utc.month, utc.day), (year, month, day), "{seconds}");
    }
}
