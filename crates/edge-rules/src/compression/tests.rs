use frontgate_message::{Headers, Method, RequestHead, Version};

use super::{Coding, NotCompressed, mark_compressed, should_compress};
use crate::config::{Behavior, ForwardedHeaders};
use crate::fixture::{
    self, CACHING_DISABLED, CACHING_OPTIMIZED, behavior, cache_policy, legacy_key, legacy_values, managed,
    names, policy_key,
};

type Fields<'a> = &'a [(&'a str, &'a str)];

const HTML: Fields<'_> = &[("Content-Type", "text/html")];

fn viewer(accepted: &str, version: Version) -> RequestHead {
    let head = fixture::head(Method::Get, "/", &[("Accept-Encoding", accepted)]);
    RequestHead { version, ..head }
}

fn check(
    own: &Behavior,
    accepted: &str,
    answer: (u16, Fields<'_>, Option<u64>),
    expected: Result<Coding, NotCompressed>,
) {
    let (status, fields, length) = answer;
    let headers: Headers = fields.iter().copied().collect();
    let found = should_compress(own, &viewer(accepted, Version::Http2), status, &headers, length);
    assert_eq!(found, expected, "{accepted} {answer:?}");
}

#[test]
fn conditions_of_the_answer() {
    let own = behavior(managed(CACHING_OPTIMIZED));
    let both = "gzip, br";
    check(&own, both, (200, HTML, Some(1_000)), Ok(Coding::Brotli));
    check(&own, "gzip", (403, HTML, Some(10_000_000)), Ok(Coding::Gzip));
    check(&own, "gzip", (404, HTML, Some(5_000)), Ok(Coding::Gzip));
    check(&own, both, (206, HTML, Some(5_000)), Err(NotCompressed::Status));
    check(&own, both, (500, HTML, Some(5_000)), Err(NotCompressed::Status));
    check(&own, both, (200, HTML, Some(999)), Err(NotCompressed::TooSmall));
    check(&own, both, (200, HTML, Some(10_000_001)), Err(NotCompressed::TooLarge));
    check(&own, both, (200, HTML, None), Err(NotCompressed::LengthUnknown));
    check(&own, both, (200, &[("Content-Type", "font/woff2")], Some(5_000)), Err(NotCompressed::ContentType));
    check(&own, both, (200, &[], Some(5_000)), Err(NotCompressed::ContentType));
    for text in ["application/ld+json", "Application/Manifest+JSON; charset=utf-8", "text/markdown"] {
        let answer = (200, &[("Content-Type", text)][..], Some(5_000));
        check(&own, both, answer, Err(NotCompressed::ContentTypeOfText));
    }
    let encoded: Fields<'_> = &[("Content-Type", "text/html"), ("Content-Encoding", "identity")];
    check(&own, both, (200, encoded, Some(5_000)), Err(NotCompressed::AlreadyEncoded));
}

#[test]
fn conditions_of_viewer_and_settings() {
    let html = (200, HTML, Some(5_000));
    let own = behavior(managed(CACHING_OPTIMIZED));
    check(&own, "deflate", html, Err(NotCompressed::ViewerAcceptsNone));
    let old = viewer("gzip", Version::Http10);
    let headers: Headers = HTML.iter().copied().collect();
    assert_eq!(should_compress(&own, &old, 200, &headers, Some(5_000)), Err(NotCompressed::ViewerHttp10));

    let mut off = behavior(managed(CACHING_OPTIMIZED));
    off.compress = false;
    check(&off, "gzip", html, Err(NotCompressed::CompressOff));
    assert!(NotCompressed::CompressOff.fact(&off).is_none());
    assert!(NotCompressed::TooSmall.fact(&off).is_some());

    let disabled = behavior(managed(CACHING_DISABLED));
    check(&disabled, "gzip", html, Err(NotCompressed::CachingDisabled));
    // What would not be compressed anyway is not owed to the settings.
    check(&disabled, "gzip", (200, HTML, Some(10)), Err(NotCompressed::TooSmall));
    check(&disabled, "identity", html, Err(NotCompressed::ViewerAcceptsNone));

    let mut policy = cache_policy();
    (policy.gzip, policy.brotli) = (true, false);
    check(&behavior(policy_key(policy.clone())), "br", html, Err(NotCompressed::ViewerAcceptsNone));
    policy.gzip = false;
    check(&behavior(policy_key(policy.clone())), "gzip", html, Err(NotCompressed::EncodingNotEnabled));
    policy.headers = names(&["accept-encoding"]);
    check(&behavior(policy_key(policy)), "gzip", html, Err(NotCompressed::AcceptEncodingListed));
    let mut legacy = legacy_values();
    legacy.headers = ForwardedHeaders::Allow(names(&["Accept-Encoding"]));
    check(&behavior(legacy_key(legacy)), "gzip", html, Err(NotCompressed::AcceptEncodingListed));
}

#[test]
fn the_head_of_a_compressed_answer() {
    let rows = [
        (Some("\"x\""), Some("W/\"x\""), None, "Accept-Encoding"),
        (Some("W/\"x\""), Some("W/\"x\""), Some("Origin"), "Origin, Accept-Encoding"),
        (Some("x"), None, Some("accept-encoding, Origin"), "accept-encoding, Origin"),
        (None, None, Some(""), "Accept-Encoding"),
    ];
    for (tag, expected_tag, vary, expected_vary) in rows {
        let mut headers = Headers::from_iter([("Content-Length", "5000"), ("Content-Type", "text/html")]);
        if let Some(tag) = tag {
            headers.append("ETag", tag.as_bytes());
        }
        if let Some(vary) = vary {
            headers.append("Vary", vary.as_bytes());
        }
        mark_compressed(&mut headers, Coding::Gzip);
        assert_eq!(headers.first_text("ETag"), expected_tag);
        assert_eq!(headers.first_text("Vary"), Some(expected_vary));
        assert_eq!(headers.first_text("Content-Encoding"), Some("gzip"));
        assert!(!headers.contains("Content-Length"));
    }
}
