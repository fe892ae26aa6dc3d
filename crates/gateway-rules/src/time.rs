//! Times as API Gateway writes them, from milliseconds of the Unix epoch.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const SECONDS_PER_DAY: u64 = 86_400;
/// The milliseconds of a day.
pub(crate) const MILLISECONDS_PER_DAY: u64 = SECONDS_PER_DAY * 1000;

struct Moment {
    year: u64,
    month: usize,
    day: u64,
    weekday: usize,
    hour: u64,
    minute: u64,
    second: u64,
}

/// `requestTime`: CLF time such as `12/Mar/2020:19:03:58 +0000`.
#[must_use]
pub fn request_time(milliseconds: u64) -> String {
    let Moment { year, month, day, hour, minute, second, .. } = moment(milliseconds);
    format!("{day:02}/{}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000", MONTHS[month])
}

/// `Date`: such as `Thu, 12 Mar 2020 19:03:58 GMT` (RFC 9110 §5.6.7).
#[must_use]
pub fn http_date(milliseconds: u64) -> String {
    let Moment { year, month, day, weekday, hour, minute, second } = moment(milliseconds);
    let (weekday, month) = (WEEKDAYS[weekday], MONTHS[month]);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// `x-amz-date`: such as `20200312T190358Z`.
#[must_use]
pub fn amz_date(milliseconds: u64) -> String {
    let Moment { year, month, day, hour, minute, second, .. } = moment(milliseconds);
    format!("{year:04}{:02}{day:02}T{hour:02}{minute:02}{second:02}Z", month + 1)
}

/// `aws:CurrentTime`: such as `2020-03-12T19:03:58Z`.
#[must_use]
pub fn iso_8601(milliseconds: u64) -> String {
    let Moment { year, month, day, hour, minute, second, .. } = moment(milliseconds);
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1)
}

/// Times of certificates: such as `Aug  5 00:28:21 2120 GMT`, from seconds.
#[must_use]
pub fn certificate_date(seconds: u64) -> String {
    let Moment { year, month, day, hour, minute, second, .. } = moment(seconds.saturating_mul(1000));
    format!("{} {day:>2} {hour:02}:{minute:02}:{second:02} {year:04} GMT", MONTHS[month])
}

/// Times of claims: such as `Thu Mar 12 19:03:58 UTC 2020`, from seconds.
#[must_use]
pub fn java_date(seconds: u64) -> String {
    let Moment { year, month, day, weekday, hour, minute, second } = moment(seconds.saturating_mul(1000));
    let (weekday, month) = (WEEKDAYS[weekday], MONTHS[month]);
    format!("{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year:04}")
}

/// Months since the year 0.
pub(crate) fn month_number(milliseconds: u64) -> u64 {
    let Moment { year, month, .. } = moment(milliseconds);
    year * 12 + u64::try_from(month).unwrap_or(0)
}

fn moment(milliseconds: u64) -> Moment {
    let seconds = milliseconds / 1000;
    let (days, second_of_day) = (seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY);
    // Days of the civil calendar counted from 1 March of year 0, in eras of 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = usize::try_from((month_from_march + 2) % 12).unwrap_or(0);
    Moment {
        year: era * 400 + year_of_era + u64::from(month < 2),
        month,
        day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
        weekday: usize::try_from(days % 7).unwrap_or(0),
        hour: second_of_day / 3600,
        minute: second_of_day / 60 % 60,
        second: second_of_day % 60,
    }
}

#[cfg(test)]
mod tests {
    use super::{amz_date, http_date, iso_8601, java_date, request_time};

    #[test]
    fn times_are_written_as_aws_writes_them() {
        for (milliseconds, clf, date) in [
            (0, "01/Jan/1970:00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_583_348_638_390, "04/Mar/2020:19:03:58 +0000", "Wed, 04 Mar 2020 19:03:58 GMT"),
            (951_782_400_000, "29/Feb/2000:00:00:00 +0000", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_767_225_599_999, "31/Dec/2025:23:59:59 +0000", "Wed, 31 Dec 2025 23:59:59 GMT"),
        ] {
            assert_eq!(request_time(milliseconds), clf);
            assert_eq!(http_date(milliseconds), date);
        }
        assert_eq!(amz_date(1_583_348_638_390), "20200304T190358Z");
        assert_eq!(java_date(1_469_818_373), "Fri Jul 29 18:52:53 UTC 2016");
        assert!(!java_date(u64::MAX).is_empty());
        assert_eq!(iso_8601(1_583_348_638_390), "2020-03-04T19:03:58Z");
    }
}
