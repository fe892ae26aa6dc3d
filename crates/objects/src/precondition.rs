//! Do the conditional headers of a request hold?
//!
//! Authority: Amazon S3 API reference, *GetObject*: If-Match goes before If-Unmodified-Since and If-None-Match before
//! If-Modified-Since, as RFC 9110 §13.2.2 says.

use std::time::{SystemTime, UNIX_EPOCH};

use frontgate_message::Headers;

/// What the conditions say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// 412; the header that failed.
    Failed(&'static str),
    /// 304
    NotModified,
    /// The object is to be sent.
    Proceed,
}

/// What an object can be compared by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validators<'a> {
    /// The entity tag without its quotes.
    pub(crate) entity_tag: &'a str,
    /// The last modification.
    pub(crate) modified: SystemTime,
}

impl Validators<'_> {
    /// Judges a read.
    pub(crate) fn judge(&self, headers: &Headers) -> Verdict {
        if let Some(tags) = headers.first_text("if-match") {
            if !self.is_among(tags) {
                return Verdict::Failed("If-Match");
            }
        } else if let Some(date) = date(headers, "if-unmodified-since")
            && self.is_modified_since(date)
        {
            return Verdict::Failed("If-Unmodified-Since");
        }
        if let Some(tags) = headers.first_text("if-none-match") {
            if self.is_among(tags) {
                return Verdict::NotModified;
            }
        } else if let Some(date) = date(headers, "if-modified-since")
            && !self.is_modified_since(date)
        {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }

    /// Whether a range may be served: `If-Range` names this very object, or is not there.
    pub(crate) fn allow_range(&self, headers: &Headers) -> bool {
        match headers.first_text("if-range") {
            None => true,
            Some(text) => match httpdate::parse_http_date(text) {
                Ok(date) => seconds(date) == seconds(self.modified),
                Err(_) => !text.starts_with("W/") && self.is_among(text),
            },
        }
    }

    /// Whether a list of entity tags, or `*`, names this object. S3 takes tags without quotes, too.
    pub(crate) fn is_among(&self, tags: &str) -> bool {
        tags.split(',').map(str::trim).any(|tag| {
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            tag == "*" || tag.trim_matches('"') == self.entity_tag
        })
    }

    fn is_modified_since(&self, date: SystemTime) -> bool {
        seconds(self.modified) > seconds(date)
    }
}

/// A date of a header; what is no date is no condition.
fn date(headers: &Headers, name: &str) -> Option<SystemTime> {
    headers.first_text(name).and_then(|text| httpdate::parse_http_date(text).ok())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use frontgate_message::Headers;

    use super::{Validators, Verdict};

    const BEFORE: &str = "Mon, 14 Jul 2025 07:07:07 GMT";
    const SAME: &str = "Mon, 14 Jul 2025 08:00:00 GMT";
    const AFTER: &str = "Mon, 14 Jul 2025 09:00:00 GMT";

    #[test]
    fn precedence() {
        let modified = UNIX_EPOCH + Duration::from_millis(1_752_480_000_900);
        let object = Validators { entity_tag: "abc", modified };
        for (headers, expected) in [
            (vec![], Verdict::Proceed),
            (vec![("If-Match", "\"abc\"")], Verdict::Proceed),
            (vec![("If-Match", "abc")], Verdict::Proceed),
            (vec![("If-Match", "*")], Verdict::Proceed),
            (vec![("If-Match", "\"x\", \"abc\"")], Verdict::Proceed),
            (vec![("If-Match", "\"x\"")], Verdict::Failed("If-Match")),
            (vec![("If-Match", "\"abc\""), ("If-Unmodified-Since", BEFORE)], Verdict::Proceed),
            (vec![("If-Unmodified-Since", BEFORE)], Verdict::Failed("If-Unmodified-Since")),
            (vec![("If-Unmodified-Since", SAME)], Verdict::Proceed),
            (vec![("If-None-Match", "\"abc\"")], Verdict::NotModified),
            (vec![("If-None-Match", "W/\"abc\"")], Verdict::NotModified),
            (vec![("If-None-Match", "*")], Verdict::NotModified),
            (vec![("If-None-Match", "\"x\""), ("If-Modified-Since", AFTER)], Verdict::Proceed),
            (vec![("If-None-Match", "\"abc\""), ("If-Modified-Since", BEFORE)], Verdict::NotModified),
            (vec![("If-Modified-Since", SAME)], Verdict::NotModified),
            (vec![("If-Modified-Since", BEFORE)], Verdict::Proceed),
            (vec![("If-Modified-Since", "yesterday")], Verdict::Proceed),
        ] {
            assert_eq!(object.judge(&Headers::from_iter(headers.clone())), expected, "{headers:?}");
        }
        for (value, expected) in
            [("\"abc\"", true), ("W/\"abc\"", false), ("\"x\"", false), (SAME, true), (BEFORE, false)]
        {
            let headers = Headers::from_iter([("If-Range", value)]);
            assert_eq!(object.allow_range(&headers), expected, "{value}");
        }
    }
}
