//! `Expires`, `Date` and `Age` of an origin: a byte that chooses the behavior, then the three values, a line each.
//!
//! Dates are read as another reader of dates reads them, in any case; `Age` as the naive reading; and the lifetime is what
//! simple arithmetic makes of the three.

use frontgate_edge_rules::http_date::http_date_seconds;
use frontgate_edge_rules::lifetime::{OriginAnswer, lifetime, origin_age};
use frontgate_message::Headers;

use crate::fixture::{behavior, distribution, get};

pub(crate) fn check(input: &[u8]) {
    let [choice, lines @ ..] = input else { return };
    let mut headers = Headers::new();
    for (name, value) in ["Expires", "Date", "Age"].iter().zip(lines.split(|byte| *byte == b'\n')) {
        if !value.is_empty() {
            headers.append(name, value);
        }
    }
    ["Expires", "Date"].into_iter().filter_map(|name| headers.first(name)).for_each(check_date);
    let age = origin_age(&headers);
    assert_eq!(age, naive_age(headers.first("Age").unwrap_or(b"")), "{headers:?}");

    let answer = OriginAnswer { status: 200, headers: &headers, age_seconds: age };
    let behavior = behavior(*choice);
    let life = lifetime(distribution(), behavior, &get("/", Headers::new()), answer, NOW);
    let (min_ttl, max_ttl, default_ttl) = behavior.key.ttls();
    if life.storable {
        let left = headers.first("Expires").map(|expires| naive_left(expires, &headers, age));
        let left = left.map_or(default_ttl.max(min_ttl), |left| left.clamp(min_ttl, max_ttl));
        assert_eq!(life.seconds, left, "{headers:?}");
    }
}

/// What is left of the time until `Expires`: it counts from `Date`, and what has passed since then is over.
fn naive_left(expires: &[u8], headers: &Headers, age: u64) -> u64 {
    let number = |date: &[u8]| http_date_seconds(date).map(i128::from);
    let date = headers.first("Date").and_then(number).unwrap_or(i128::from(NOW));
    let lifetime = number(expires).map_or(0, |expires| expires - date).max(0);
    let passed = i128::from(age).max(i128::from(NOW) - date);
    u64::try_from((lifetime - passed).max(0)).unwrap_or(u64::MAX)
}

fn check_date(text: &[u8]) {
    let read = http_date_seconds(text);
    assert_eq!(http_date_seconds(&text.to_ascii_lowercase()), read, "{text:?}");
    assert_eq!(http_date_seconds(&text.to_ascii_uppercase()), read, "{text:?}");
    assert_eq!(http_date_seconds(&[b" \t", text, b" "].concat()), read, "{text:?}");
    // The other reader takes some that are none, but it writes only what is one.
    let other = std::str::from_utf8(text).ok().and_then(|text| httpdate::parse_http_date(text).ok());
    if let Some(other) =
        other.filter(|other| read.is_some() || httpdate::fmt_http_date(*other).as_bytes() == text)
    {
        let other = other.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        assert_eq!(read, Some(other), "{text:?}");
    }
    let Some(seconds) = read.filter(|seconds| *seconds > 0) else { return };
    let written = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    // 60 s after the last minute of the year 9999 no reader can write.
    if seconds > LAST_SECOND || text.windows(3).any(|part| part == b":60") {
        return;
    }
    let written = httpdate::fmt_http_date(written).to_ascii_lowercase();
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let parts = [&written[17..25], &written[8..11], &written[14..16], written[5..7].trim_start_matches('0')];
    assert!(parts.iter().all(|part| text.contains(part)), "{text} is not {written}");
}

/// RFC 9111 §5.1: of a list the first counts, and what is no number is none; 2^31 stands for all that is older.
fn naive_age(value: &[u8]) -> u64 {
    let Ok(text) = std::str::from_utf8(value) else { return 0 };
    let first = text.split(',').next().unwrap_or("").trim();
    let is_number = !first.is_empty() && first.chars().all(|c| c.is_ascii_digit());
    let digits = first.trim_start_matches('0');
    match (is_number, digits.len()) {
        (false, _) | (true, 0) => 0,
        (true, 1..=10) => digits.parse::<u64>().unwrap_or(0).min(1 << 31),
        (true, _) => 1 << 31,
    }
}

const NOW: u64 = 1_700_000_000;
const LAST_SECOND: u64 = 253_402_300_799;
