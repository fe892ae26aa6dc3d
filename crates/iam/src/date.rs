//! Dates of `Date…` conditions: ISO 8601 as W3C narrows it, or seconds since 1970.
//!
//! Authority: IAM user guide, *Date condition operators* (`reference_policies_elements_condition_operators`).

/// Milliseconds since 1970 of a date; `None` if it is none.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    let is_number = text.len() > 4 && text.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        return text.parse::<i64>().ok()?.checked_mul(1000);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.splitn(3, '-');
    let year = digits(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |text| digits(text, 2))?;
    let day = fields.next().map_or(Some(1), |text| digits(text, 2))?;
    if !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * 86_400_000;
    Some(midnight + time.map_or(Some(0), milliseconds_of_day)?)
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff` with `Z` or `±hh:mm`.
fn milliseconds_of_day(text: &str) -> Option<i64> {
    let zone_at = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at(zone_at);
    let mut fields = clock.splitn(3, ':');
    let hour = digits(fields.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(fields.next()?, 2).filter(|minute| *minute < 60)?;
    let (second, fraction) = match fields.next() {
        None => ("00", ""),
        Some(text) => text.split_once('.').unwrap_or((text, "")),
    };
    let second = digits(second, 2).filter(|second| *second < 61)?;
    let fraction = if fraction.is_empty() { 0 } else { milliseconds_of_fraction(fraction)? };
    Some((hour * 3600 + minute * 60 + second - zone_seconds(zone)?) * 1000 + fraction)
}

fn milliseconds_of_fraction(text: &str) -> Option<i64> {
    let all_digits = text.bytes().all(|b| b.is_ascii_digit());
    let three: String = text.chars().chain("000".chars()).take(3).collect();
    if all_digits { three.parse().ok() } else { None }
}

fn zone_seconds(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (digits(hours, 2)? * 3600 + digits(minutes, 2)? * 60))
}

fn digits(text: &str, length: usize) -> Option<i64> {
    let right = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    if right { text.parse().ok() } else { None }
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant's `days_from_civil`.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2013-06-30T00:00:00Z", Some(1_372_550_400_000)),
            ("2013-06-30T02:00:00+02:00", Some(1_372_550_400_000)),
            ("2013-06-30T00:00:00.250Z", Some(1_372_550_400_250)),
            ("2013-06-30", Some(1_372_550_400_000)),
            ("2013", Some(1_356_998_400_000)),
            ("1372550400", Some(1_372_550_400_000)),
            ("2013-02-29", None),
            ("2013-06-30T25:00Z", None),
            ("2013-06-30T00:00:00", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(super::milliseconds(text), expected, "{text}");
        }
    }
}
