//! Which moment does a date of HTTP name?
//!
//! Authority: RFC 9110 §5.6.7, all three of its forms; RFC 9111 §4.2 for what a cache makes of them: case does not matter,
//! and a zone other than GMT is no date. Whether the name of the day belongs to the date is not looked at.

/// Seconds since 1970 of an HTTP date, 0 for earlier ones; `None` where it is none.
#[must_use]
pub fn http_date_seconds(value: &[u8]) -> Option<u64> {
    let value = value.trim_ascii();
    match value.iter().position(|byte| *byte == b',') {
        Some(3) => fixed_length(value),
        Some(_) => rfc850(value),
        None => asctime(value),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn fixed_length(value: &[u8]) -> Option<u64> {
    let (day_name, rest) = value.split_at_checked(3)?;
    let rest = rest.strip_prefix(b", ").filter(|_| is_day_name(day_name, 3))?;
    if rest.len() != 24 || rest[2] != b' ' || rest[6] != b' ' || rest[11] != b' ' {
        return None;
    }
    seconds(number(&rest[7..11])?, month(&rest[3..6])?, number(&rest[..2])?, time_in_gmt(&rest[12..])?)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850(value: &[u8]) -> Option<u64> {
    let comma = value.iter().position(|byte| *byte == b',')?;
    let (day_name, rest) = value.split_at(comma);
    let rest = rest.strip_prefix(b", ").filter(|_| is_day_name(day_name, usize::MAX))?;
    if rest.len() != 22 || rest[2] != b'-' || rest[6] != b'-' || rest[9] != b' ' {
        return None;
    }
    let short = number(&rest[7..9])?;
    let year = if short < FIRST_SHORT_YEAR { 2000 + short } else { 1900 + short };
    seconds(year, month(&rest[3..6])?, number(&rest[..2])?, time_in_gmt(&rest[10..])?)
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(value: &[u8]) -> Option<u64> {
    if value.len() != 24 || !is_day_name(&value[..3], 3) {
        return None;
    }
    let separators = [value[3], value[7], value[10], value[19]];
    if separators != [b' '; 4] {
        return None;
    }
    let day = if value[8] == b' ' { &value[9..10] } else { &value[8..10] };
    seconds(number(&value[20..])?, month(&value[4..7])?, number(day)?, time(&value[11..19])?)
}

/// Years of two digits from this one on are of the last century. RFC 9110 draws the line 50 years ahead of now; nobody
/// has written dates of the seventies of any century into a header.
const FIRST_SHORT_YEAR: u64 = 70;

const DAY_NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [(&str, u64); 12] = [
    ("Jan", 31),
    ("Feb", 28),
    ("Mar", 31),
    ("Apr", 30),
    ("May", 31),
    ("Jun", 30),
    ("Jul", 31),
    ("Aug", 31),
    ("Sep", 30),
    ("Oct", 31),
    ("Nov", 30),
    ("Dec", 31),
];

/// Whether it is the first `length` letters of the name of a day.
fn is_day_name(text: &[u8], length: usize) -> bool {
    DAY_NAMES.iter().any(|name| text.eq_ignore_ascii_case(&name.as_bytes()[..length.min(name.len())]))
}

/// The index of a month.
fn month(text: &[u8]) -> Option<usize> {
    MONTHS.iter().position(|(name, _)| text.eq_ignore_ascii_case(name.as_bytes()))
}

/// Seconds of the day of `08:49:37 GMT`.
fn time_in_gmt(text: &[u8]) -> Option<u64> {
    let (time_of_day, zone) = text.split_at_checked(8)?;
    if zone.eq_ignore_ascii_case(b" GMT") { time(time_of_day) } else { None }
}

/// Seconds of the day of `08:49:37`; a leap second is the one after it.
fn time(text: &[u8]) -> Option<u64> {
    if text.len() != 8 || text[2] != b':' || text[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (number(&text[..2])?, number(&text[3..5])?, number(&text[6..])?);
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// Seconds since 1970 of a day of the Gregorian calendar; `month` counts from 0, `day` from 1.
fn seconds(year: u64, month: usize, day: u64, second_of_day: u64) -> Option<u64> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_in_month = MONTHS[month].1 + u64::from(is_leap && month == 1);
    if !(1..=days_in_month).contains(&day) {
        return None;
    }
    if year < 1970 {
        return Some(0);
    }
    let before = year - 1;
    let leap_days = (before / 4 - before / 100 + before / 400) - LEAP_DAYS_BEFORE_1970;
    let days_before_month: u64 = MONTHS[..month].iter().map(|(_, days)| days).sum();
    let days =
        (year - 1970) * 365 + leap_days + days_before_month + u64::from(is_leap && month > 1) + (day - 1);
    Some(days * 86_400 + second_of_day)
}

const LEAP_DAYS_BEFORE_1970: u64 = 1969 / 4 - 1969 / 100 + 1969 / 400;

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{DAY_NAMES, http_date_seconds};

    #[test]
    fn dates_are_read() {
        let rows: &[(&str, Option<u64>)] = &[
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Sun Nov 16 08:49:37 1994", Some(784_975_777)),
            (" Thu, 01 Jan 1970 00:01:00 GMT ", Some(60)),
            ("Mon, 31 Dec 1900 23:59:59 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
            ("Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800)),
            ("Sat, 31 Dec 2016 23:59:60 GMT", Some(1_483_228_800)),
            // The day of the week is another one.
            ("Mon, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thursday, 18-Aug-50 02:01:18 GMT", Some(2_544_400_878)),
            ("THU, 18 Aug 2050 02:01:18 GMT", Some(2_544_400_878)),
            ("Thu, 18 AUG 2050 02:01:18 GMT", Some(2_544_400_878)),
            ("Thu, 18 Aug 2050 02:01:18 gMT", Some(2_544_400_878)),
            ("THURSDAY, 18-aug-50 02:01:18 gmt", Some(2_544_400_878)),
            ("Thu Aug 18 02:01:18 2050", Some(2_544_400_878)),
            ("Thu, 18 Aug 2050 02:01:18 UTC", None),
            ("Thu, 18 Aug 2050 02:01:18 AEST", None),
            ("Thu, 18 Aug 2050 02:01:18", None),
            ("Thu, 18 Aug 50 02:01:18 GMT", None),
            ("Thu 18 Aug 2050 02:01:18 GMT", None),
            ("Thu, 18  Aug  2050 02:01:18 GMT", None),
            ("Thu, 18-Aug-2050 02:01:18 GMT", None),
            ("Thu, 18 Aug 2050 02.01.18 GMT", None),
            ("Thu, 18 Aug 2050 2:01:18 GMT", None),
            ("Thu, 18 Aug 2050 24:00:00 GMT", None),
            ("Thu, 18 Aug 2050 00:60:00 GMT", None),
            ("Thu, 31 Sep 2050 00:00:00 GMT", None),
            ("Wed, 29 Feb 2023 00:00:00 GMT", None),
            ("Thu, 00 Aug 2050 00:00:00 GMT", None),
            ("Xxx, 18 Aug 2050 02:01:18 GMT", None),
            ("Thu, +8 Aug 2050 02:01:18 GMT", None),
            ("Thurs, 18-Aug-50 02:01:18 GMT", None),
            (",", None),
            ("0", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(http_date_seconds(text.as_bytes()), *expected, "{text}");
        }
        assert_eq!(http_date_seconds(b"\xff\xff\xff, 18 Aug 2050 02:01:18 GMT"), None);
    }

    /// Days of all years up to 9999, in all three forms, against another reader and writer of dates.
    #[test]
    fn every_day_is_read_as_it_is_written() {
        for day in (0..2_932_896_u64).step_by(17) {
            let at = day * 86_400 + (day * 7919) % 86_400;
            let written = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(at));
            assert_eq!(http_date_seconds(written.as_bytes()), Some(at), "{written}");
            let (name, rest) = (&written[..3], &written[5..25]);
            let (day_of_month, month, year, time) = (&rest[..2], &rest[3..6], &rest[7..11], &rest[12..]);
            let padded =
                day_of_month.strip_prefix('0').map_or(day_of_month.to_owned(), |one| format!(" {one}"));
            let asctime = format!("{name} {month} {padded} {time} {year}");
            assert_eq!(http_date_seconds(asctime.as_bytes()), Some(at), "{asctime}");
            if (1970..2070).contains(&year.parse::<u64>().expect("a year")) {
                let long = DAY_NAMES.iter().find(|long| long.starts_with(name)).expect("a day");
                let rfc850 = format!("{long}, {day_of_month}-{month}-{} {time} GMT", &year[2..]);
                assert_eq!(http_date_seconds(rfc850.as_bytes()), Some(at), "{rfc850}");
            }
        }
    }

    /// Whatever is one byte away from a date is a date or none, and never more than that.
    #[test]
    fn what_is_nearly_a_date_does_no_harm() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            for at in 0..text.len() {
                assert_eq!(http_date_seconds(&text.as_bytes()[..at]), None, "{at} of {text}");
                for byte in 0..=u8::MAX {
                    let mut other = text.as_bytes().to_vec();
                    other[at] = byte;
                    let read = http_date_seconds(&other);
                    assert!(read.is_none_or(|seconds| seconds < 253_402_300_800), "{other:?}");
                }
            }
        }
    }
}
