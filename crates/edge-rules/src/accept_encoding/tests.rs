use frontgate_message::Headers;

use super::AcceptedEncodings::{self, Absent, Brotli, BrotliAndGzip, Gzip, Identity, Ordinary};
use super::accepted_encodings;
use crate::config::{CachePolicy, ForwardedHeaders};
use crate::fixture::{behavior, cache_policy, legacy_key, legacy_values, names, policy_key};

#[test]
fn the_normalization_table() {
    // gzip enabled, Brotli enabled, what the viewer sends, what is keyed
    let rows: &[(bool, bool, Option<&str>, AcceptedEncodings)] = &[
        (true, true, Some("gzip, deflate, br, zstd"), BrotliAndGzip),
        (true, true, Some("gzip"), Gzip),
        (true, true, Some("br;q=0.5"), Brotli),
        (true, true, Some("deflate"), Identity),
        (true, true, Some(""), Identity),
        (true, true, Some("gzip;q=0, br"), Brotli),
        (true, true, Some("GZIP;q=0.0"), Identity),
        (true, true, Some("notgzip, brx"), Identity),
        (true, false, Some("gzip, br"), Gzip),
        (true, false, Some("br"), Identity),
        (false, true, Some("gzip, br"), Brotli),
        (true, true, None, Absent),
        (false, false, Some("gzip, br"), Ordinary),
        (false, false, None, Ordinary),
    ];
    for (gzip, brotli, sent, expected) in rows {
        let own = behavior(policy_key(CachePolicy { gzip: *gzip, brotli: *brotli, ..cache_policy() }));
        let headers: Headers = sent.iter().map(|value| ("accept-encoding", value)).collect();
        assert_eq!(accepted_encodings(&own, &headers), *expected, "{gzip} {brotli} {sent:?}");
    }
}

#[test]
fn what_is_keyed_and_what_goes_on() {
    let rows = [
        (Ordinary, None, None),
        (Absent, None, None),
        (Identity, None, Some("identity")),
        (Gzip, Some("gzip"), Some("gzip")),
        (Brotli, Some("br"), Some("br")),
        (BrotliAndGzip, Some("br,gzip"), Some("br,gzip")),
    ];
    for (accepted, keyed, forwarded) in rows {
        assert_eq!((accepted.keyed(), accepted.forwarded()), (keyed, forwarded), "{accepted:?}");
    }
}

#[test]
fn the_legacy_settings_know_gzip_only() {
    let rows = [
        (ForwardedHeaders::None, "br, gzip", Gzip),
        (ForwardedHeaders::None, "br", Absent),
        (ForwardedHeaders::Allow(names(&["accept-encoding"])), "gzip", Ordinary),
        (ForwardedHeaders::All, "gzip", Ordinary),
    ];
    for (headers, sent, expected) in rows {
        let own = behavior(legacy_key(crate::ForwardedValues { headers, ..legacy_values() }));
        let request = Headers::from_iter([("Accept-Encoding", sent)]);
        assert_eq!(accepted_encodings(&own, &request), expected, "{sent}");
    }
}
