//! Times as signatures carry them: ISO 8601's basic format, or the date of HTTP.

use crate::Utc;
use crate::utc::MONTHS;

const SECONDS_PER_DAY: u64 = 86_400;

/// Seconds since 1970 of `YYYYMMDD'T'HHMMSS'Z'`; `None` if it is no such time.
#[must_use]
pub fn parse_basic_format(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes[8] != b'T' || bytes[15] != b'Z' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits(&text[range]);
    if !text.is_ascii() {
        return None;
    }
    seconds(number(0..4)?, number(4..6)?, number(6..8)?, number(9..11)?, number(11..13)?, number(13..15)?)
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7); `None` if it is no such time.
pub(super) fn parse_http_date(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let day = digits(words.next()?)?;
    let name = words.next()?;
    let month = MONTHS.iter().zip(1..).find(|(month, _)| **month == name)?.1;
    let year = digits(words.next()?)?;
    let mut clock = words.next()?.split(':').map(digits);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if words.next() != Some("GMT") || clock.next().is_some() {
        return None;
    }
    seconds(year, month, day, hour, minute, second)
}

/// `YYYYMMDD'T'HHMMSS'Z'` of seconds since 1970.
#[must_use]
pub fn basic_format(seconds: u64) -> String {
    let Utc { year, month, day, hour, minute, second, .. } = Utc::of(seconds);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

fn seconds(year: u64, month: u64, day: u64, hour: u64, minute: u64, second: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_of_month = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days_of_month).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // The inverse of `Utc::of`.
    let years = year - u64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * years + years / 4 - years / 100 + years / 400 + day_of_year;
    let days = days.checked_sub(719_468)?;
    Some(days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{basic_format, parse_basic_format, parse_http_date};

    #[test]
    fn times_are_read_and_written() {
        for (text, seconds) in [
            ("19700101T000000Z", Some(0)),
            ("20150830T123600Z", Some(1_440_938_160)),
            ("20240229T235959Z", Some(1_709_251_199)),
            ("20230229T000000Z", None),
            ("20151330T123600Z", None),
            ("20150830T123600", None),
            ("2015-08-30T12:36", None),
            ("1500000000000000", None),
            ("20150830Tあ00Z", None),
            ("19691231T235959Z", None),
        ] {
            assert_eq!(parse_basic_format(text), seconds, "{text}");
            if let Some(seconds) = seconds {
                assert_eq!(basic_format(seconds), text);
            }
        }
        assert_eq!(parse_http_date("Sun, 30 Aug 2015 12:36:00 GMT"), Some(1_440_938_160));
        assert_eq!(parse_http_date("Sun, 30 Aug 2015 12:36 GMT"), None);
        assert_eq!(parse_http_date("yesterday"), None);
    }
}
