//! What does `Cache-Control` of an origin say?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html>; RFC 9111 §5.2.2.

use frontgate_message::Headers;

/// The directives that CloudFront reads; of a directive that is there several times the first one counts (RFC 9111 §4.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheControl {
    /// `max-age`, seconds.
    pub max_age: Option<u64>,
    /// `s-maxage`, seconds.
    pub s_maxage: Option<u64>,
    /// `must-revalidate` or `proxy-revalidate`: once expired it is never served without asking.
    pub must_revalidate: bool,
    /// `no-cache` for the whole answer (without a list of fields).
    pub no_cache: bool,
    /// `no-store`
    pub no_store: bool,
    /// `private` for the whole answer (without a list of fields).
    pub private: bool,
    /// `public`
    pub public: bool,
    /// `stale-if-error`, seconds.
    pub stale_if_error: Option<u64>,
    /// `stale-while-revalidate`, seconds.
    pub stale_while_revalidate: Option<u64>,
}

impl CacheControl {
    /// What all `Cache-Control` fields of an answer say together.
    #[must_use]
    pub fn of(headers: &Headers) -> Self {
        let mut said = Self::default();
        for value in headers.all("Cache-Control") {
            for directive in directives(value) {
                said.read(directive);
            }
        }
        said
    }

    /// Whether the answer must not be served again unasked, as far as the origin is asked.
    #[must_use]
    pub fn forbids_reuse(&self) -> bool {
        self.no_cache || self.no_store || self.private
    }

    /// Whether it lets an answer to a request with `Authorization` be kept for others (RFC 9111 §3.5).
    #[must_use]
    pub fn lets_authorized_be_shared(&self) -> bool {
        self.public || self.must_revalidate || self.s_maxage.is_some()
    }

    fn read(&mut self, directive: &[u8]) {
        let (name, argument) = name_and_argument(directive);
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("max-age") {
            self.max_age.get_or_insert(delta_seconds(argument));
        } else if is("s-maxage") {
            self.s_maxage.get_or_insert(delta_seconds(argument));
        } else if is("stale-if-error") {
            self.stale_if_error.get_or_insert(delta_seconds(argument));
        } else if is("stale-while-revalidate") {
            self.stale_while_revalidate.get_or_insert(delta_seconds(argument));
        } else if is("must-revalidate") || is("proxy-revalidate") {
            self.must_revalidate = true;
        } else if is("public") {
            self.public = true;
        } else if is("no-store") {
            self.no_store = true;
        } else if is("no-cache") {
            self.no_cache |= argument.is_none();
        } else if is("private") {
            self.private |= argument.is_none();
        }
    }
}

/// The names of the fields without which the answer is stored: those that its `no-cache="…"` and `private="…"` list
/// (RFC 9111 §5.2.2.4, §5.2.2.7; of `no-cache="Set-Cookie"` CloudFront says so itself).
#[must_use]
pub fn fields_not_kept(headers: &Headers) -> Vec<Box<str>> {
    let mut names = Vec::new();
    for directive in headers.all("Cache-Control").flat_map(directives) {
        let (name, argument) = name_and_argument(directive);
        if let Some(list) = argument
            && (name.eq_ignore_ascii_case(b"no-cache") || name.eq_ignore_ascii_case(b"private"))
        {
            let listed = list.split(|byte| matches!(byte, b',' | b'"' | b' ' | b'\t'));
            let listed =
                listed.filter(|name| !name.is_empty()).filter_map(|name| std::str::from_utf8(name).ok());
            names.extend(listed.map(Box::from));
        }
    }
    names
}

/// The greatest `max-age` that CloudFront takes: 100 years.
const DELTA_SECONDS_MAX: u64 = 3_153_600_000;

/// RFC 9111 §1.2.2; what is no number counts as 0, since an answer with unreadable freshness is stale (§4.2.1).
fn delta_seconds(argument: Option<&[u8]>) -> u64 {
    let digits = argument.unwrap_or(b"").trim_ascii();
    let digits = digits.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    let number = digits
        .iter()
        .fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    number.min(DELTA_SECONDS_MAX)
}

fn name_and_argument(directive: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'=', directive) {
        Some(at) => (directive[..at].trim_ascii(), Some(directive[at + 1..].trim_ascii())),
        None => (directive, None),
    }
}

/// The directives of one field value: split at commas outside quotation marks.
fn directives(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    value
        .split(move |byte| {
            quoted ^= *byte == b'"';
            *byte == b',' && !quoted
        })
        .map(<[u8]>::trim_ascii)
        .filter(|directive| !directive.is_empty())
}

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;

    use super::{CacheControl, fields_not_kept};

    #[test]
    fn directives_are_read() {
        let nothing = CacheControl::default();
        let rows: &[(&[&str], CacheControl)] = &[
            (&[""], nothing),
            (&["max-age=60"], CacheControl { max_age: Some(60), ..nothing }),
            (
                &["MAX-AGE=\"60\" , s-maxage = 5"],
                CacheControl { max_age: Some(60), s_maxage: Some(5), ..nothing },
            ),
            (&["max-age=-1"], CacheControl { max_age: Some(0), ..nothing }),
            (&["max-age"], CacheControl { max_age: Some(0), ..nothing }),
            (&["max-age=1800, max-age=1"], CacheControl { max_age: Some(1800), ..nothing }),
            (
                &["max-age=1, s-maxage=0", "s-maxage=9, max-age=1800"],
                CacheControl { max_age: Some(1), s_maxage: Some(0), ..nothing },
            ),
            (&["extension=\"max-age=3600\", max-age=1"], CacheControl { max_age: Some(1), ..nothing }),
            (&["max-age='3600'"], CacheControl { max_age: Some(0), ..nothing }),
            (&["max-age=003600"], CacheControl { max_age: Some(3600), ..nothing }),
            (&["max-age=99999999999999999999999"], CacheControl { max_age: Some(3_153_600_000), ..nothing }),
            (&["public", "no-store"], CacheControl { public: true, no_store: true, ..nothing }),
            (&["Must-Revalidate"], CacheControl { must_revalidate: true, ..nothing }),
            (&["proxy-revalidate"], CacheControl { must_revalidate: true, ..nothing }),
            (&["private"], CacheControl { private: true, ..nothing }),
            (&["no-cache"], CacheControl { no_cache: true, ..nothing }),
            (&["no-cache=\"X, Set-Cookie\", max-age=1"], CacheControl { max_age: Some(1), ..nothing }),
            (
                &["stale-if-error=7,stale-while-revalidate=8"],
                CacheControl { stale_if_error: Some(7), stale_while_revalidate: Some(8), ..nothing },
            ),
        ];
        for (values, expected) in rows {
            let headers: Headers = values.iter().map(|value| ("cache-control", value)).collect();
            assert_eq!(CacheControl::of(&headers), *expected, "{values:?}");
        }
    }

    #[test]
    fn listed_fields_are_not_kept() {
        let rows: &[(&[&str], &[&str])] = &[
            (&["max-age=9", "no-cache"], &[]),
            (&["no-cache=\"Set-Cookie\", max-age=9"], &["Set-Cookie"]),
            (&["No-Cache=\"a, b\"", "private=\"c\""], &["a", "b", "c"]),
            (&["no-cache=a, private=\"\""], &["a"]),
            (&["extension=\"a\", max-age=\"b\""], &[]),
        ];
        for (values, expected) in rows {
            let headers: Headers = values.iter().map(|value| ("Cache-Control", value)).collect();
            assert_eq!(fields_not_kept(&headers).iter().map(|name| &**name).collect::<Vec<_>>(), *expected);
        }
    }
}
