//! `Range`: two bytes of length, then the value of the header.
//!
//! Every part lies in the body, parts ascend without sharing a byte, and they are exactly those that the naive reading
//! finds by trying every byte of the body.

use frontgate_edge_rules::ranges::{RANGES_MAX, RangeAnswer, range_answer};
use frontgate_message::Headers;

pub(crate) fn check(input: &[u8]) {
    let [high, low, value @ ..] = input else { return };
    let length = u64::from(u16::from_be_bytes([*high, *low])) % LENGTH_LIMIT;
    let mut request = Headers::new();
    request.append("Range", value);
    let answer = range_answer(&request, &Headers::new(), length);
    let spans: Vec<(u64, u64)> = match &answer {
        RangeAnswer::Whole(_) => {
            assert_eq!(
                naive(value, length),
                None,
                "of {length} bytes the parts were asked for, not the whole"
            );
            return;
        }
        RangeAnswer::One(span) => vec![(span.first, span.last)],
        RangeAnswer::Many(spans) => {
            assert!(spans.len() > 1, "several parts are more than one: {spans:?}");
            spans.iter().map(|span| (span.first, span.last)).collect()
        }
        RangeAnswer::Unsatisfiable => Vec::new(),
    };
    for (first, last) in &spans {
        assert!(first <= last && *last < length, "{spans:?} of {length} bytes");
    }
    for pair in spans.windows(2) {
        assert!(pair[0].1 < pair[1].0, "{spans:?} share a byte or do not ascend");
    }
    let total: u64 = spans.iter().map(|(first, last)| last - first + 1).sum();
    assert!(total <= length, "{spans:?} are more than the {length} bytes that there are");
    assert_eq!(Some(spans), naive(value, length), "of {length} bytes");
}

/// First and last byte of each part that is served; `None` where the whole is: RFC 9110 §14.1.2, and ascending order
/// without overlaps, as CloudFront wants it.
fn naive(value: &[u8], length: u64) -> Option<Vec<(u64, u64)>> {
    let text: String = std::str::from_utf8(value).ok()?.trim().to_owned();
    let at = text.find('=')?;
    if !text[..at].trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let items: Vec<&str> = text[at + 1..].split(',').collect();
    if items.len() > RANGES_MAX {
        return None;
    }
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for item in items {
        let dash = item.find('-')?;
        let (first, last) = (item[..dash].trim(), item[dash + 1..].trim());
        let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        if !is_number(first) || !is_number(last) || (first.is_empty() && last.is_empty()) {
            return None;
        }
        let number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
        if !first.is_empty() && !last.is_empty() && exceeds(first, last) {
            return None;
        }
        let holds = |byte: u64| {
            let (byte, from_end) = (byte as f64, (length - byte) as f64);
            match (first.is_empty(), last.is_empty()) {
                (true, _) => from_end <= number(last),
                (false, true) => byte >= number(first),
                (false, false) => byte >= number(first) && byte <= number(last),
            }
        };
        let bytes: Vec<u64> = (0..length).filter(|byte| holds(*byte)).collect();
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { continue };
        if parts.last().is_some_and(|before| *first <= before.1) {
            return None;
        }
        parts.push((*first, *last));
    }
    Some(parts)
}

/// Whether one number, of any length, is greater than the other.
fn exceeds(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    (one.len(), one) > (other.len(), other)
}

/// The naive reading tries every byte.
const LENGTH_LIMIT: u64 = 2_048;
