//! Which part of an object is the origin asked for, and which parts belong to one version of it?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RangeGETs.html>: "If the cache doesn't
//! contain the requested range, CloudFront forwards the request to the origin" and "serves the requested range and also
//! caches it". What may be put together is as RFC 9110 §13.1.5 and RFC 9111 §3.4 say.

use frontgate_message::Headers;

use crate::http_date::http_date_seconds;
use crate::ranges::{RANGES_MAX, Span, SpanAsked};

/// A part that an origin sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartSent {
    /// Its first and its last byte.
    pub span: Span,
    /// How many bytes the object has.
    pub length: u64,
}

/// The one range for which the origin is asked where nothing is known of the object: the range of the viewer, or what
/// spans several of them ("CloudFront may request a larger range"). `None` where the viewer asks for no range, for
/// none that counts, or for several that only the whole object spans.
#[must_use]
pub fn range_to_ask(request: &Headers) -> Option<SpanAsked> {
    let asked = SpanAsked::list(request.first("Range")?).ok()?;
    if let [one] = asked[..] {
        return Some(one);
    }
    let mut hull: Option<(u64, u64)> = None;
    for one in asked.iter().take(RANGES_MAX) {
        let SpanAsked::From { first, last } = *one else { return None };
        // Unordered or overlapping ranges are not served as ranges.
        if hull.is_some_and(|(_, end)| first <= end) {
            return None;
        }
        hull = Some((hull.map_or(first, |(start, _)| start), last));
    }
    hull.filter(|hull| *hull != (0, u64::MAX)).map(|(first, last)| SpanAsked::From { first, last })
}

/// The part that an answer with 206 says that it is; `None` where that cannot be kept: several parts at once, a part of
/// an object of unknown length, or a body of another length.
#[must_use]
pub fn part_sent(response: &Headers, body_length: Option<u64>) -> Option<PartSent> {
    let mut values = response.all("Content-Range");
    let (span, length) = content_range(std::str::from_utf8(values.next()?).ok()?)?;
    let length = length?;
    let is_sound = values.next().is_none() && span.last < length;
    (is_sound && body_length.is_none_or(|body| body == span.length())).then_some(PartSent { span, length })
}

/// Whether a part is longer or shorter than its `Content-Range` says. CloudFront knows that as an error of the origin:
/// `OriginContentRangeLengthError`
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>).
#[must_use]
pub fn contradicts_its_length(content_range_value: &str, content_length: u64) -> bool {
    content_range(content_range_value).is_some_and(|(span, _)| span.length() != content_length)
}

/// The span and, where it is known, the length of the object.
fn content_range(value: &str) -> Option<(Span, Option<u64>)> {
    let (unit, rest) = value.trim().split_once(' ')?;
    let (span, length) = rest.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    let number = |text: &str| {
        let text = text.trim();
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten()
    };
    let span = Span { first: number(first)?, last: number(last)? };
    let length = if length.trim() == "*" { None } else { Some(number(length)?) };
    let is_sound = unit.eq_ignore_ascii_case("bytes") && span.first <= span.last && span.last < u64::MAX;
    is_sound.then_some((span, length))
}

/// What is to be asked for so that, with the spans `kept` (in order of their first bytes), all of `wanted` is there; `None`
/// where it is. One span, which may hold some of what is kept.
#[must_use]
pub fn missing(kept: impl Iterator<Item = Span>, wanted: Span) -> Option<Span> {
    let (mut at, mut gap): (u64, Option<Span>) = (wanted.first, None);
    let add =
        |gap: Option<Span>, first, last| Some(Span { first: gap.map_or(first, |gap: Span| gap.first), last });
    for span in kept.take_while(|span| span.first <= wanted.last) {
        if span.first > at {
            gap = add(gap, at, span.first - 1);
        }
        at = at.max(span.last.saturating_add(1));
    }
    if at <= wanted.last {
        gap = add(gap, at, wanted.last);
    }
    gap
}

/// The validator by which two answers are known to be of one version: a strong entity tag or, where there is none at
/// all, a date that is older than the answer.
#[must_use]
pub fn strong_validator(response: &Headers) -> Option<&[u8]> {
    if let Some(tag) = response.first("ETag") {
        return (tag.first() == Some(&b'"')).then_some(tag);
    }
    strong_date(response)
}

/// Whether parts with these headers are parts of one version: by their entity tags where both have one, else by their dates.
#[must_use]
pub fn is_same_version(one: &Headers, other: &Headers) -> bool {
    let are_equal = |one: Option<&[u8]>, other| one.is_some() && one == other;
    match (one.first("ETag"), other.first("ETag")) {
        (Some(_), Some(_)) => are_equal(strong_validator(one), strong_validator(other)),
        (Some(tag), None) | (None, Some(tag)) if tag.first() != Some(&b'"') => false,
        _ => are_equal(strong_date(one), strong_date(other)),
    }
}

fn strong_date(response: &Headers) -> Option<&[u8]> {
    let modified = response.first("Last-Modified")?;
    // RFC 9110 §8.8.2.2: within one second the object may have changed twice.
    let date = response.first("Date").and_then(http_date_seconds)?;
    (http_date_seconds(modified)? < date).then_some(modified)
}

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;

    use super::{PartSent, contradicts_its_length, is_same_version, missing, part_sent, range_to_ask};
    use crate::ranges::Span;

    #[test]
    fn one_range_is_asked_for() {
        let rows = [
            ("bytes=0-4", Some("bytes=0-4")),
            ("Bytes= 2-4", Some("bytes=2-4")),
            ("bytes=2-", Some("bytes=2-")),
            ("bytes=0-", Some("bytes=0-")),
            ("bytes=-3", Some("bytes=-3")),
            ("bytes=-0", Some("bytes=-0")),
            ("bytes=0-1,4-5", Some("bytes=0-5")),
            ("bytes=3-4, 9-", Some("bytes=3-")),
            ("bytes=0-1, 9-", None),
            ("bytes=0-1,-2", None),
            ("bytes=4-5,0-1", None),
            ("bytes=0-4,4-5", None),
            ("bytes=4-,5-6", None),
            ("bytes=5-1", None),
            ("bytes=", None),
            ("items=0-1", None),
        ];
        for (range, expected) in rows {
            let asked = range_to_ask(&Headers::from_iter([("Range", range)])).map(|range| range.value());
            assert_eq!(asked.as_deref(), expected, "{range}");
        }
        assert_eq!(range_to_ask(&Headers::new()), None);
    }

    #[test]
    fn parts_say_what_they_are() {
        let part = |first, last, length| Some(PartSent { span: Span { first, last }, length });
        let rows = [
            ("bytes 2-4/10", Some(3), part(2, 4, 10)),
            ("Bytes 2-4/10", None, part(2, 4, 10)),
            ("bytes 2-4/10", Some(4), None),
            ("bytes 2-4/*", Some(3), None),
            ("bytes */10", None, None),
            ("bytes 4-2/10", None, None),
            ("bytes 2-10/10", None, None),
            ("bytes -2-4/10", None, None),
            ("items 2-4/10", None, None),
            ("bytes 2-4", None, None),
        ];
        for (value, body, expected) in rows {
            let headers = Headers::from_iter([("Content-Range", value)]);
            assert_eq!(part_sent(&headers, body), expected, "{value} {body:?}");
        }
        assert_eq!(part_sent(&Headers::new(), Some(1)), None);
        for (value, length, expected) in [
            ("bytes 2-4/10", 3, false),
            ("bytes 2-4/10", 4, true),
            ("bytes 2-4/*", 2, true),
            ("bytes */10", 2, false),
            ("words", 2, false),
            ("bytes 0-18446744073709551615/*", 2, false),
        ] {
            assert_eq!(contradicts_its_length(value, length), expected, "{value} {length}");
        }
    }

    #[test]
    fn what_is_missing_is_one_span() {
        type Row = (&'static [(u64, u64)], Option<(u64, u64)>);
        let rows: [Row; 9] = [
            (&[], Some((10, 19))),
            (&[(0, 9), (20, 30)], Some((10, 19))),
            (&[(0, 12)], Some((13, 19))),
            (&[(12, 30)], Some((10, 11))),
            (&[(12, 14)], Some((10, 19))),
            (&[(5, 12), (15, 16)], Some((13, 19))),
            (&[(5, 12), (15, 40)], Some((13, 14))),
            (&[(5, 12), (6, 8), (13, 19)], None),
            (&[(0, u64::MAX)], None),
        ];
        for (kept, expected) in rows {
            let span = |(first, last): (u64, u64)| Span { first, last };
            let found = missing(kept.iter().map(|kept| span(*kept)), span((10, 19)));
            assert_eq!(found, expected.map(span), "{kept:?}");
        }
    }

    #[test]
    fn parts_of_one_version_have_one_strong_validator() {
        let day = "Mon, 01 Jan 2024 00:00:00 GMT";
        let rows: [(&[(&str, &str)], bool); 6] = [
            (&[("ETag", "\"a\"")], true),
            (&[("ETag", "W/\"a\"")], false),
            (&[], false),
            (&[("Last-Modified", day), ("Date", "Mon, 01 Jan 2024 00:00:01 GMT")], true),
            (&[("Last-Modified", day), ("Date", day)], false),
            (
                &[("ETag", "W/\"a\""), ("Last-Modified", day), ("Date", "Tue, 02 Jan 2024 00:00:00 GMT")],
                false,
            ),
        ];
        for (fields, expected) in rows {
            let headers: Headers = fields.iter().copied().collect();
            assert_eq!(is_same_version(&headers, &headers), expected, "{fields:?}");
        }
        let tagged = |tag| Headers::from_iter([("ETag", tag)]);
        assert!(!is_same_version(&tagged("\"a\""), &tagged("\"b\"")));
        let dated = |tag: Option<&str>| {
            let mut headers =
                Headers::from_iter([("Last-Modified", day), ("Date", "Tue, 02 Jan 2024 00:00:00 GMT")]);
            tag.into_iter().for_each(|tag| headers.append("ETag", tag.as_bytes()));
            headers
        };
        assert!(is_same_version(&dated(None), &dated(Some("\"a\""))));
        assert!(!is_same_version(&dated(None), &dated(Some("W/\"a\""))));
        assert!(!is_same_version(&dated(Some("\"a\"")), &dated(Some("\"b\""))));
    }
}
