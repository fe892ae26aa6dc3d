//! Is a signature of now? The times of a signed header, and the life of a presigned URL.
//!
//! Authority: Amazon S3 API reference, *Authenticating Requests: Using Query Parameters* (`sigv4-query-string-auth`).

use frontgate_aws::sigv4::{PRESIGNED_SECONDS_MAX, basic_format, parse_basic_format};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::Headers;

use crate::error::{Code, S3Error};
use crate::query::Query;
use crate::signature::{Refused, SKEW_SECONDS, seconds_of};

/// The age of a signature in the header; an error where there is no date, or one too far from now.
pub(crate) fn check_header_time(headers: &Headers, now: u64) -> Result<u64, Refused> {
    let date = headers.first_text("x-amz-date").or_else(|| headers.first_text("date"));
    let Some((date, signed)) = date.and_then(|date| Some((date, seconds_of(date)?))) else {
        let message = "AWS authentication requires a valid Date or x-amz-date header";
        let error = S3Error::of(Code::AccessDenied).saying(message);
        return Err((error, Fact::of(FactKind::S3SignatureUnreadable)));
    };
    if signed.abs_diff(now) > SKEW_SECONDS {
        let error = S3Error::of(Code::RequestTimeTooSkewed)
            .with("RequestTime", date)
            .with("ServerTime", &extended_format(now))
            .with("MaxAllowedSkewMilliseconds", &(SKEW_SECONDS * 1000).to_string());
        return Err((error, Fact::of(FactKind::S3SignatureNotCurrent)));
    }
    Ok(now.saturating_sub(signed))
}

/// The age of a presigned URL; an error where it is not yet, or no longer, valid.
pub(crate) fn check_query_time(query: &Query, now: u64) -> Result<u64, Refused> {
    let unreadable = |message: &str| {
        let error = S3Error::of(Code::AuthorizationQueryParametersError).saying(message);
        (error, Fact::of(FactKind::S3SignatureUnreadable))
    };
    let text = |name: &str| query.first(name).unwrap_or_default();
    let Some(signed) = parse_basic_format(text("X-Amz-Date")) else {
        return Err(unreadable("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""));
    };
    let lifetime = text("X-Amz-Expires");
    let Ok(seconds) = lifetime.parse::<i64>() else {
        return Err(unreadable("X-Amz-Expires should be a number"));
    };
    let Ok(seconds) = u64::try_from(seconds) else {
        return Err(unreadable("X-Amz-Expires must be non-negative"));
    };
    if seconds > PRESIGNED_SECONDS_MAX {
        return Err(unreadable(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
             604800 seconds",
        ));
    }
    let not_current = |message: &str, element: &'static str, value: &str| {
        let error = S3Error::of(Code::AccessDenied)
            .saying(message)
            .with(element, value)
            .with("Expires", &extended_format(signed + seconds))
            .with("ServerTime", &extended_format(now));
        (error, Fact::of(FactKind::S3SignatureNotCurrent))
    };
    if signed > now + SKEW_SECONDS {
        return Err(not_current("Request is not yet valid", "X-Amz-Date", &(signed * 1000).to_string()));
    }
    let age = now.saturating_sub(signed);
    if age > seconds || seconds == 0 {
        return Err(not_current("Request has expired", "X-Amz-Expires", lifetime));
    }
    Ok(age)
}

/// `2026-03-04T05:06:07Z`
fn extended_format(seconds: u64) -> String {
    let basic = basic_format(seconds);
    let part = |range: std::ops::Range<usize>| basic.get(range).unwrap_or_default();
    format!("{}-{}-{}T{}:{}:{}Z", part(0..4), part(4..6), part(6..8), part(9..11), part(11..13), part(13..15))
}

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;

    use super::{check_header_time, check_query_time, extended_format};
    use crate::query::Query;

    /// 2013-05-24T00:00:00Z
    const SIGNED: u64 = 1_369_353_600;

    #[test]
    fn a_header_holds_for_a_quarter_of_an_hour() {
        let age = |fields: &[(&str, &str)], now| {
            let found = check_header_time(&Headers::from_iter(fields.iter().copied()), now);
            found.map_err(|(error, _)| error.to_string())
        };
        let stamp = [("x-amz-date", "20130524T000000Z")];
        assert_eq!(age(&stamp, SIGNED + 900), Ok(900));
        assert_eq!(age(&stamp, SIGNED - 900), Ok(0));
        assert_eq!(age(&[("date", "Fri, 24 May 2013 00:00:00 GMT")], SIGNED + 1), Ok(1));
        assert_eq!(
            age(&stamp, SIGNED + 901),
            Err("RequestTimeTooSkewed RequestTime=20130524T000000Z ServerTime=2013-05-24T00:15:01Z \
                 MaxAllowedSkewMilliseconds=900000."
                .to_owned())
        );
        assert_eq!(age(&[], SIGNED), Err("AccessDenied.".to_owned()));
        assert_eq!(
            age(&[("x-amz-date", "yesterday"), ("date", "x")], SIGNED),
            Err("AccessDenied.".to_owned())
        );
    }

    #[test]
    fn a_presigned_url_lives_as_long_as_it_says() {
        let week = "604800";
        for (lifetime, date, now, expected) in [
            ("60", "20130524T000000Z", SIGNED + 60, ""),
            (week, "20130524T000000Z", SIGNED + 604_800, ""),
            ("60", "20130524T001500Z", SIGNED, ""),
            (
                "60",
                "20130524T000000Z",
                SIGNED + 61,
                "AccessDenied X-Amz-Expires=60 Expires=2013-05-24T00:01:00Z",
            ),
            ("60", "20130524T001501Z", SIGNED, "AccessDenied X-Amz-Date=1369354501000 Expires="),
            ("604801", "20130524T000000Z", SIGNED, "AuthorizationQueryParametersError"),
            ("-1", "20130524T000000Z", SIGNED, "AuthorizationQueryParametersError"),
            ("1h", "20130524T000000Z", SIGNED, "AuthorizationQueryParametersError"),
            ("60", "2013-05-24", SIGNED, "AuthorizationQueryParametersError"),
        ] {
            let query = Query::parse(Some(&format!("X-Amz-Date={date}&X-Amz-Expires={lifetime}")));
            let found = check_query_time(&query, now);
            let found = found.map_or_else(|(error, _)| error.to_string(), |_| String::new());
            assert_eq!(found.is_empty(), expected.is_empty(), "{lifetime} {date}: {found}");
            assert!(found.starts_with(expected), "{lifetime} {date}: {found}");
        }
        assert_eq!(extended_format(SIGNED), "2013-05-24T00:00:00Z");
    }
}
