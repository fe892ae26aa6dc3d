//! Times as API Gateway writes them, from milliseconds of the Unix epoch.

use frontgate_aws::Utc;

/// The milliseconds of a day.
pub(crate) const MILLISECONDS_PER_DAY: u64 = 86_400_000;

/// `requestTime`: CLF time such as `12/Mar/2020:19:03:58 +0000`.
#[must_use]
pub fn request_time(milliseconds: u64) -> String {
    let utc = Utc::of(milliseconds / 1000);
    let Utc { year, day, hour, minute, second, .. } = utc;
    format!("{day:02}/{}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000", utc.month_name())
}

/// `Date`: such as `Thu, 12 Mar 2020 19:03:58 GMT` (RFC 9110 §5.6.7).
#[must_use]
pub fn http_date(milliseconds: u64) -> String {
    let utc = Utc::of(milliseconds / 1000);
    let Utc { year, day, hour, minute, second, .. } = utc;
    let (weekday, month) = (utc.weekday_name(), utc.month_name());
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// `x-amz-date`: such as `20200312T190358Z`.
#[must_use]
pub fn amz_date(milliseconds: u64) -> String {
    let Utc { year, month, day, hour, minute, second, .. } = Utc::of(milliseconds / 1000);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// `aws:CurrentTime`: such as `2020-03-12T19:03:58Z`.
#[must_use]
pub fn iso_8601(milliseconds: u64) -> String {
    Utc::of(milliseconds / 1000).iso_8601()
}

/// Times of certificates: such as `Aug  5 00:28:21 2120 GMT`, from seconds.
#[must_use]
pub fn certificate_date(seconds: u64) -> String {
    let utc = Utc::of(seconds);
    let Utc { year, day, hour, minute, second, .. } = utc;
    format!("{} {day:>2} {hour:02}:{minute:02}:{second:02} {year:04} GMT", utc.month_name())
}

/// Times of claims: such as `Thu Mar 12 19:03:58 UTC 2020`, from seconds.
#[must_use]
pub fn java_date(seconds: u64) -> String {
    let utc = Utc::of(seconds);
    let Utc { year, day, hour, minute, second, .. } = utc;
    let (weekday, month) = (utc.weekday_name(), utc.month_name());
    format!("{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year:04}")
}

/// Months since the year 0.
pub(crate) fn month_number(milliseconds: u64) -> u64 {
    let Utc { year, month, .. } = Utc::of(milliseconds / 1000);
    year * 12 + month - 1
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
