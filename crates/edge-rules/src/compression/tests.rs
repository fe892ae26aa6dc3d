use frontgate_message::{Headers, Version};

use super::{Coding, NotCompressed, mark_compressed, should_compress};
use crate::accept_encoding::AcceptedEncodings::{self, BrotliAndGzip, Gzip, Identity, Ordinary};
use crate::fixture::{CACHING_DISABLED, CACHING_OPTIMIZED, behavior, managed};

fn check(
    version: Version,
    status: u16,
    fields: &[(&str, &str)],
    length: Option<u64>,
    accepted: AcceptedEncodings,
    expected: Result<Coding, NotCompressed>,
) {
    let own = behavior(managed(CACHING_OPTIMIZED));
    let headers: Headers = fields.iter().copied().collect();
    let found = should_compress(&own, version, status, &headers, length, accepted);
    assert_eq!(found, expected, "{status} {fields:?} {length:?}");
}

#[test]
fn every_condition() {
    const HTML: &[(&str, &str)] = &[("Content-Type", "text/html")];
    let h2 = Version::Http2;
    check(h2, 200, HTML, Some(1_000), BrotliAndGzip, Ok(Coding::Brotli));
    check(h2, 403, HTML, Some(10_000_000), Gzip, Ok(Coding::Gzip));
    check(h2, 404, HTML, Some(5_000), Gzip, Ok(Coding::Gzip));
    check(h2, 206, HTML, Some(5_000), Gzip, Err(NotCompressed::Status));
    check(h2, 500, HTML, Some(5_000), Gzip, Err(NotCompressed::Status));
    check(h2, 200, HTML, Some(999), Gzip, Err(NotCompressed::TooSmall));
    check(h2, 200, HTML, Some(10_000_001), Gzip, Err(NotCompressed::TooLarge));
    check(h2, 200, HTML, None, Gzip, Err(NotCompressed::LengthUnknown));
    check(h2, 200, HTML, Some(5_000), Identity, Err(NotCompressed::ViewerAcceptsNone));
    check(h2, 200, HTML, Some(5_000), Ordinary, Err(NotCompressed::EncodingNotEnabled));
    check(Version::Http10, 200, HTML, Some(5_000), Gzip, Err(NotCompressed::ViewerHttp10));
    check(h2, 200, &[("Content-Type", "font/woff2")], Some(5_000), Gzip, Err(NotCompressed::ContentType));
    check(h2, 200, &[], Some(5_000), Gzip, Err(NotCompressed::ContentType));
    let encoded = [("Content-Type", "text/html"), ("Content-Encoding", "identity")];
    check(h2, 200, &encoded, Some(5_000), Gzip, Err(NotCompressed::AlreadyEncoded));

    let html: Headers = HTML.iter().copied().collect();
    let disabled = behavior(managed(CACHING_DISABLED));
    assert_eq!(
        should_compress(&disabled, h2, 200, &html, Some(5_000), Gzip),
        Err(NotCompressed::CachingDisabled)
    );
    let mut off = behavior(managed(CACHING_OPTIMIZED));
    off.compress = false;
    let refusal = should_compress(&off, h2, 200, &html, Some(5_000), Gzip);
    assert_eq!(refusal, Err(NotCompressed::CompressOff));
    assert!(NotCompressed::CompressOff.fact(&off).is_none());
    assert!(NotCompressed::TooSmall.fact(&off).is_some());
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
