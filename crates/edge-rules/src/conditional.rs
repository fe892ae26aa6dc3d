//! Does the viewer already have the stored answer?
//!
//! Authority: RFC 9110 §13.1.2, §13.1.3 and the precedence of §13.2.2.

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Headers, Method};

use crate::config::Behavior;
use crate::http_date::http_date_seconds;
use crate::selection::forwards_cookies;

/// `Some` where the conditional request of a viewer is answered 304 from the stored answer with these headers. The
/// status of the stored answer must be 200.
#[must_use]
pub fn not_modified(method: &Method, request: &Headers, stored: &Headers) -> Option<Fact> {
    if !method.is_get_or_head() {
        return None;
    }
    let same = if request.contains("If-None-Match") {
        any_tag_matches(request.all("If-None-Match"), stored.first("ETag"))
    } else {
        let since = request.first("If-Modified-Since")?;
        // RFC 9111 §4.3.2: what says nothing of its last change is compared by when it was made.
        not_modified_since(since, stored.first("Last-Modified").or_else(|| stored.first("Date"))?)
    };
    same.then_some(Fact::of(FactKind::NotModified))
}

/// Whether conditions stand between CloudFront and this viewer: it answers them out of the cache, and asks the origin
/// with them. "`If-Modified-Since` and `If-None-Match` conditional requests are not supported when CloudFront is
/// configured to forward cookies" (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Cookies.html>):
/// read here as holding for the requests that have a cookie; where none is sent, none is forwarded.
#[must_use]
pub fn knows_conditions(behavior: &Behavior, request: &Headers) -> bool {
    !(forwards_cookies(behavior) && request.contains("Cookie"))
}

/// Whether two entity tags are equal by the weak comparison (RFC 9110 §8.8.3.2).
#[must_use]
pub fn tags_match_weakly(one: &[u8], other: &[u8]) -> bool {
    opaque(one) == opaque(other)
}

/// Whether two entity tags are equal by the strong comparison.
#[must_use]
pub fn tags_match_strongly(one: &[u8], other: &[u8]) -> bool {
    one == other && one.first() == Some(&b'"')
}

/// The fields of a stored answer that a 304 repeats (RFC 9110 §15.4.5); the others are left out.
#[must_use]
pub fn goes_with_not_modified(name: &str) -> bool {
    const LEFT_OUT: &[&str] = &["Content-Encoding", "Content-Length", "Content-Range", "Content-Type"];
    !LEFT_OUT.iter().any(|left_out| left_out.eq_ignore_ascii_case(name))
}

fn any_tag_matches<'a>(mut values: impl Iterator<Item = &'a [u8]>, stored: Option<&[u8]>) -> bool {
    values.any(|value| {
        if value.trim_ascii() == b"*" {
            return true;
        }
        let Some(stored) = stored else { return false };
        tags(value).any(|tag| tags_match_weakly(tag, stored))
    })
}

/// The entity tags of a list; a comma inside quotation marks belongs to its tag.
fn tags(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    value
        .split(move |byte| {
            quoted ^= *byte == b'"';
            *byte == b',' && !quoted
        })
        .map(<[u8]>::trim_ascii)
        .filter(|tag| !tag.is_empty())
}

fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

fn not_modified_since(since: &[u8], last_modified: &[u8]) -> bool {
    since == last_modified
        || match (http_date_seconds(since), http_date_seconds(last_modified)) {
            (Some(since), Some(modified)) => modified <= since,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use frontgate_message::{Headers, Method};

    use super::{not_modified, tags_match_strongly};

    const OLD: &str = "Mon, 01 Jan 2024 00:00:00 GMT";
    const NEW: &str = "Tue, 02 Jan 2024 00:00:00 GMT";

    #[test]
    fn conditions_follow_their_precedence() {
        let stored = Headers::from_iter([("ETag", "\"a,b\""), ("Last-Modified", NEW)]);
        let rows: &[(&[(&str, &str)], bool)] = &[
            (&[], false),
            (&[("If-None-Match", "\"a,b\"")], true),
            (&[("If-None-Match", "W/\"a,b\"")], true),
            (&[("If-None-Match", "\"x\", \"a,b\"")], true),
            (&[("If-None-Match", "\"x\""), ("if-none-match", "\"a,b\"")], true),
            (&[("If-None-Match", "*")], true),
            (&[("If-None-Match", "\"x\"")], false),
            (&[("If-None-Match", "\"x\""), ("If-Modified-Since", NEW)], false),
            (&[("If-Modified-Since", NEW)], true),
            (&[("If-Modified-Since", OLD)], false),
            (&[("If-Modified-Since", "yesterday")], false),
        ];
        for (fields, expected) in rows {
            let request: Headers = fields.iter().copied().collect();
            assert_eq!(not_modified(&Method::Get, &request, &stored).is_some(), *expected, "{fields:?}");
            assert!(not_modified(&Method::Post, &request, &stored).is_none());
            let bare = not_modified(&Method::Head, &request, &Headers::new()).is_some();
            assert_eq!(bare, fields.contains(&("If-None-Match", "*")), "{fields:?}");
        }
    }

    #[test]
    fn without_a_last_modified_the_date_counts() {
        let rows = [(NEW, OLD, false), (NEW, NEW, true), (OLD, NEW, true), ("today", NEW, false)];
        for (date, since, expected) in rows {
            let request = Headers::from_iter([("If-Modified-Since", since)]);
            let dated = Headers::from_iter([("Date", date)]);
            assert_eq!(not_modified(&Method::Get, &request, &dated).is_some(), expected, "{date} {since}");
            let later = Headers::from_iter([("Date", date), ("Last-Modified", NEW)]);
            assert_eq!(
                not_modified(&Method::Get, &request, &later).is_some(),
                since == NEW,
                "{date} {since}"
            );
        }
    }

    #[test]
    fn strong_comparison_refuses_weak_tags() {
        assert!(tags_match_strongly(b"\"a\"", b"\"a\""));
        assert!(!tags_match_strongly(b"W/\"a\"", b"W/\"a\""));
    }
}
