//! Which part of an object does a viewer get?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RangeGETs.html>; RFC 9110 §14.

use frontgate_explain::{Fact, FactKind};
use frontgate_message::Headers;

use crate::conditional::tags_match_strongly;
use crate::http_date::http_date_seconds;

/// The answer to a `Range` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RangeAnswer {
    /// The whole object with 200.
    Whole(WholeBecause),
    /// One part with 206.
    One(Span),
    /// Several parts with 206 and `multipart/byteranges`.
    Many(Vec<Span>),
    /// 416: every range starts past the end.
    Unsatisfiable,
}

/// First and last byte, both counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
}

/// A range as it was asked for, whatever the object's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanAsked {
    /// From one byte to another, to the end where `last` is `u64::MAX`.
    From {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// So many bytes at the end.
    Last(u64),
}

/// Why the whole object is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WholeBecause {
    /// No `Range` was sent.
    NotAsked,
    /// `If-Range` names another version.
    Changed,
    /// It cannot be read as byte ranges.
    Invalid,
    /// Ranges are not in ascending order.
    Unordered,
    /// Ranges share bytes.
    Overlapping,
    /// More than [`RANGES_MAX`] ranges.
    TooMany,
}

/// How many ranges one request may name.
pub const RANGES_MAX: usize = 64;

/// What a request gets of an object of `length` bytes whose stored head is `stored`.
#[must_use]
pub fn range_answer(request: &Headers, stored: &Headers, length: u64) -> RangeAnswer {
    let Some(range) = request.first("Range") else {
        return RangeAnswer::Whole(WholeBecause::NotAsked);
    };
    if let Some(condition) = request.first("If-Range")
        && !is_same_version(condition, stored)
    {
        return RangeAnswer::Whole(WholeBecause::Changed);
    }
    match parse_ranges(range, length) {
        Ok(answer) => answer,
        Err(because) => RangeAnswer::Whole(because),
    }
}

impl RangeAnswer {
    /// The fact of the answer; `None` where no range was asked for.
    #[must_use]
    pub fn fact(&self) -> Option<Fact> {
        match self {
            Self::Whole(WholeBecause::NotAsked) => None,
            Self::Whole(_) => Some(Fact::of(FactKind::RangeIgnored)),
            Self::One(_) | Self::Many(_) | Self::Unsatisfiable => Some(Fact::of(FactKind::RangeServed)),
        }
    }
}

impl Span {
    /// How many bytes it has.
    #[must_use]
    pub fn length(self) -> u64 {
        self.last - self.first + 1
    }

    /// The value of `Content-Range` for an object of `length` bytes.
    #[must_use]
    pub fn content_range(self, length: u64) -> String {
        format!("bytes {}-{}/{length}", self.first, self.last)
    }
}

impl SpanAsked {
    /// All ranges of a `Range` header.
    pub(crate) fn list(value: &[u8]) -> Result<Vec<Self>, WholeBecause> {
        let text = std::str::from_utf8(value).map_err(|_| WholeBecause::Invalid)?;
        let (unit, list) = text.split_once('=').ok_or(WholeBecause::Invalid)?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return Err(WholeBecause::Invalid);
        }
        let mut all = Vec::new();
        for item in list.split(',') {
            if all.len() >= RANGES_MAX {
                return Err(WholeBecause::TooMany);
            }
            all.push(Self::parse(item.trim())?);
        }
        Ok(all)
    }

    /// The bytes of an object of `length` bytes; `None` where it starts past the end.
    #[must_use]
    pub fn of(self, length: u64) -> Option<Span> {
        match self {
            Self::From { first, last } => {
                (first < length).then(|| Span { first, last: last.min(length - 1) })
            }
            Self::Last(0) => None,
            Self::Last(count) => {
                (length > 0).then(|| Span { first: length.saturating_sub(count), last: length - 1 })
            }
        }
    }

    /// The value of `Range` that asks for it.
    #[must_use]
    pub fn value(self) -> String {
        match self {
            Self::From { first, last: u64::MAX } => format!("bytes={first}-"),
            Self::From { first, last } => format!("bytes={first}-{last}"),
            Self::Last(count) => format!("bytes=-{count}"),
        }
    }

    fn parse(item: &str) -> Result<Self, WholeBecause> {
        let (first, last) = item.split_once('-').ok_or(WholeBecause::Invalid)?;
        let (first, last) = (first.trim(), last.trim());
        if first.is_empty() {
            return Ok(Self::Last(number(last)?));
        }
        let range = Self::From {
            first: number(first)?,
            last: if last.is_empty() { u64::MAX } else { number(last)? },
        };
        if !last.is_empty() && is_greater(first, last) { Err(WholeBecause::Invalid) } else { Ok(range) }
    }
}

/// The value of `Content-Range` of a 416.
#[must_use]
pub fn unsatisfied_content_range(length: u64) -> String {
    format!("bytes */{length}")
}

/// The value of `Content-Type` of an answer of several parts.
#[must_use]
pub fn multipart_content_type(boundary: &str) -> String {
    format!("multipart/byteranges; boundary={boundary}")
}

/// What stands before the bytes of a part.
#[must_use]
pub fn part_head(boundary: &str, content_type: Option<&[u8]>, span: Span, length: u64) -> Vec<u8> {
    let mut head = format!("\r\n--{boundary}\r\n").into_bytes();
    if let Some(content_type) = content_type {
        head.extend_from_slice(b"Content-Type: ");
        head.extend_from_slice(content_type);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(format!("Content-Range: {}\r\n\r\n", span.content_range(length)).as_bytes());
    head
}

/// What stands after the last part.
#[must_use]
pub fn multipart_end(boundary: &str) -> Vec<u8> {
    format!("\r\n--{boundary}--\r\n").into_bytes()
}

/// RFC 9110 §13.1.5: an entity tag compares strongly, a date exactly.
fn is_same_version(condition: &[u8], stored: &Headers) -> bool {
    let condition = condition.trim_ascii();
    if condition.starts_with(b"\"") || condition.starts_with(b"W/") {
        return stored.first("ETag").is_some_and(|tag| tags_match_strongly(tag, condition));
    }
    match (http_date_seconds(condition), stored.first("Last-Modified").and_then(http_date_seconds)) {
        (Some(asked), Some(modified)) => asked == modified,
        _ => false,
    }
}

fn parse_ranges(value: &[u8], length: u64) -> Result<RangeAnswer, WholeBecause> {
    let mut spans: Vec<Span> = Vec::new();
    for span in SpanAsked::list(value)?.into_iter().filter_map(|asked| asked.of(length)) {
        if let Some(before) = spans.last() {
            if span.first < before.first {
                return Err(WholeBecause::Unordered);
            }
            if span.first <= before.last {
                return Err(WholeBecause::Overlapping);
            }
        }
        spans.push(span);
    }
    Ok(match spans.as_slice() {
        [] => RangeAnswer::Unsatisfiable,
        [one] => RangeAnswer::One(*one),
        _ => RangeAnswer::Many(spans),
    })
}

/// Whether one row of digits, however long, is a greater number than the other.
fn is_greater(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    (one.len(), one) > (other.len(), other)
}

/// Digits; what is too large for a number is past every end.
fn number(text: &str) -> Result<u64, WholeBecause> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WholeBecause::Invalid);
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;

    use super::{RangeAnswer, Span, WholeBecause, part_head, range_answer};

    fn one(first: u64, last: u64) -> RangeAnswer {
        RangeAnswer::One(Span { first, last })
    }

    #[test]
    fn ranges_of_ten_bytes() {
        let whole = RangeAnswer::Whole;
        let rows = [
            ("bytes=0-0", one(0, 0)),
            ("bytes=0-", one(0, 9)),
            ("Bytes=2-4", one(2, 4)),
            ("bytes=2-400", one(2, 9)),
            ("bytes=-3", one(7, 9)),
            ("bytes=-30", one(0, 9)),
            ("bytes=10-", RangeAnswer::Unsatisfiable),
            ("bytes=-0", RangeAnswer::Unsatisfiable),
            ("bytes=99999999999999999999999-", RangeAnswer::Unsatisfiable),
            ("bytes=0-1,20-30", one(0, 1)),
            (
                "bytes=0-1, 3-3",
                RangeAnswer::Many(vec![Span { first: 0, last: 1 }, Span { first: 3, last: 3 }]),
            ),
            ("bytes=3-4,0-1", whole(WholeBecause::Unordered)),
            ("bytes=0-4,4-5", whole(WholeBecause::Overlapping)),
            ("bytes=5-3", whole(WholeBecause::Invalid)),
            ("bytes=005-5", one(5, 5)),
            ("bytes=300000000000000000000-200000000000000000000", whole(WholeBecause::Invalid)),
            ("bytes=--3", whole(WholeBecause::Invalid)),
            ("bytes=", whole(WholeBecause::Invalid)),
            ("bytes", whole(WholeBecause::Invalid)),
            ("items=0-1", whole(WholeBecause::Invalid)),
            ("bytes=a-b", whole(WholeBecause::Invalid)),
        ];
        for (range, expected) in rows {
            let request = Headers::from_iter([("Range", range)]);
            assert_eq!(range_answer(&request, &Headers::new(), 10), expected, "{range}");
        }
        let many = format!("bytes={}", "0-0,".repeat(100));
        let request = Headers::from_iter([("Range", many.as_str())]);
        assert!(matches!(range_answer(&request, &Headers::new(), 10), RangeAnswer::Whole(_)));
        assert_eq!(
            range_answer(&Headers::from_iter([("Range", "bytes=0-")]), &Headers::new(), 0),
            RangeAnswer::Unsatisfiable
        );
    }

    #[test]
    fn if_range_must_name_the_stored_version() {
        let date = "Tue, 02 Jan 2024 00:00:00 GMT";
        let stored = Headers::from_iter([("ETag", "\"a\""), ("Last-Modified", date)]);
        for (condition, same) in
            [("\"a\"", true), ("\"b\"", false), ("W/\"a\"", false), (date, true), ("x", false)]
        {
            let request = Headers::from_iter([("Range", "bytes=1-2"), ("If-Range", condition)]);
            let expected = if same { one(1, 2) } else { RangeAnswer::Whole(WholeBecause::Changed) };
            assert_eq!(range_answer(&request, &stored, 10), expected, "{condition}");
        }
    }

    #[test]
    fn parts_have_heads() {
        let head = part_head("B", Some(b"text/plain"), Span { first: 1, last: 2 }, 10);
        assert_eq!(head, b"\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 1-2/10\r\n\r\n");
    }
}
