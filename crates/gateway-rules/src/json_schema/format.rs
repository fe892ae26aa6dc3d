//! `format`: those that the library knows; any other one asks nothing.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::messages::{Fault, list};
use super::pattern::is_regex;

/// A format that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `base64`
    Base64,
    /// `date-time`
    DateTime,
    /// `email`
    Email,
    /// `md5`, `sha1`, `sha256`, `sha512`: so many hexadecimal digits.
    Hexadecimal(usize),
    /// `hostname`
    Hostname,
    /// `ipv4`
    Ipv4,
    /// `ipv6`
    Ipv6,
    /// `json-pointer`
    JsonPointer,
    /// `mac`
    MacAddress,
    /// `regex`
    Regex,
    /// `uri`
    Uri,
    /// `uuid`
    Uuid,
}

impl Format {
    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        ROWS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// What is wrong with a text that should have the format.
    pub fn fault(self, text: &str) -> Option<String> {
        let is_right = match self {
            Self::Base64 => return base64_fault(text),
            Self::Hexadecimal(length) => return hexadecimal_fault(text, length),
            Self::DateTime => is_date_time(text),
            Self::Email => is_email(text),
            Self::Hostname => is_hostname(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::JsonPointer => is_json_pointer(text),
            Self::MacAddress => is_mac_address(text),
            Self::Regex => is_regex(text),
            Self::Uri => is_uri(text),
            Self::Uuid => is_uuid(text),
        };
        let fault = match self {
            _ if is_right => return None,
            Self::DateTime => return Some(Fault::DateTime.text(&[text, &list(DATE_TIMES)])),
            Self::Email => Fault::Email,
            Self::Hostname => Fault::Hostname,
            Self::Ipv4 => Fault::Ipv4,
            Self::Ipv6 => Fault::Ipv6,
            Self::JsonPointer => Fault::JsonPointer,
            Self::MacAddress => Fault::MacAddress,
            Self::Regex => Fault::Regex,
            Self::Uri => Fault::Uri,
            Self::Base64 | Self::Hexadecimal(_) | Self::Uuid => Fault::Uuid,
        };
        Some(fault.text(&[text]))
    }
}

fn base64_fault(text: &str) -> Option<String> {
    if !text.len().is_multiple_of(4) {
        return Some(Fault::Base64Length.text(&[&text.chars().count().to_string()]));
    }
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let is_right = digits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    (!is_right).then(|| Fault::Base64Characters.text(&[]))
}

fn hexadecimal_fault(text: &str, length: usize) -> Option<String> {
    let found = text.chars().count();
    if found != length {
        return Some(Fault::HexadecimalLength.text(&[&found.to_string(), &length.to_string()]));
    }
    let is_right = text.bytes().all(|b| b.is_ascii_hexdigit());
    (!is_right).then(|| Fault::HexadecimalCharacters.text(&[]))
}

/// `2026-11-21T18:00:00Z`, with a fraction of one to twelve digits, or with an offset.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let zone = time.find(['Z', 'z', '+', '-']).map(|at| time.split_at(at));
    let Some((time, zone)) = zone else { return false };
    let (clock, fraction) = time.split_once('.').map_or((time, None), |(clock, rest)| (clock, Some(rest)));
    let is_fraction = fraction
        .is_none_or(|part| (1..=12).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
    is_fraction && is_date(date) && is_clock(clock, true) && is_zone(zone)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split('-').map(digits).collect();
    let [Some(year), Some(month), Some(day)] = parts[..] else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    text.len() == 10
        && text.split('-').next().is_some_and(|year| year.len() == 4)
        && (1..=days).contains(&day)
}

fn is_clock(text: &str, has_seconds: bool) -> bool {
    let parts: Vec<Option<u32>> =
        text.split(':').map(|part| digits(part).filter(|_| part.len() == 2)).collect();
    match parts[..] {
        [Some(hour), Some(minute), Some(second)] if has_seconds => hour < 24 && minute < 60 && second < 60,
        [Some(hour), Some(minute)] if !has_seconds => hour < 24 && minute < 60,
        _ => false,
    }
}

fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else { return text.eq_ignore_ascii_case("z") };
    is_clock(offset, false) || (offset.len() == 4 && digits(offset).is_some())
}

fn digits(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
}

/// As Java's `InternetAddress` reads an address without a display name: something, an `@`, a name.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_atom = |c: char| !c.is_whitespace() && !c.is_control() && !"()<>,;:\\\"[]@".contains(c);
    let is_local = !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(is_atom);
    let is_domain = !domain.is_empty()
        && domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
    is_local && is_domain
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=HOSTNAME_LABEL_LENGTH_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= HOSTNAME_LENGTH_MAX && text.split('.').all(is_label)
}

fn is_json_pointer(text: &str) -> bool {
    let is_escaped = |part: &str| part.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    text.is_empty() || (text.starts_with('/') && is_escaped(text))
}

fn is_mac_address(text: &str) -> bool {
    text.len() == 17
        && text.split(':').count() == 6
        && text.split(':').all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// What Java's `URI` reads: also a relative reference.
fn is_uri(text: &str) -> bool {
    let is_character = |c: char| {
        c.is_ascii_alphanumeric()
            || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
            || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
    };
    let is_escape =
        |rest: &str| rest.get(..2).is_some_and(|code| code.bytes().all(|b| b.is_ascii_hexdigit()));
    text.chars().all(is_character) && text.split('%').skip(1).all(is_escape) && !text.starts_with(':')
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    text.split('-').count() == lengths.len()
        && text
            .split('-')
            .zip(lengths)
            .all(|(part, length)| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The formats of a moment that the library names.
const DATE_TIMES: [&str; 2] = ["yyyy-MM-dd'T'HH:mm:ssZ", "yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z"];
const HOSTNAME_LABEL_LENGTH_MAX: usize = 63;
const HOSTNAME_LENGTH_MAX: usize = 253;

/// The names of the formats.
const ROWS: &[(&str, Format)] = &[
    ("base64", Format::Base64),
    ("date-time", Format::DateTime),
    ("email", Format::Email),
    ("hostname", Format::Hostname),
    ("ipv4", Format::Ipv4),
    ("ipv6", Format::Ipv6),
    ("json-pointer", Format::JsonPointer),
    ("mac", Format::MacAddress),
    ("md5", Format::Hexadecimal(32)),
    ("regex", Format::Regex),
    ("sha1", Format::Hexadecimal(40)),
    ("sha256", Format::Hexadecimal(64)),
    ("sha512", Format::Hexadecimal(128)),
    ("uri", Format::Uri),
    ("uuid", Format::Uuid),
];

#[cfg(test)]
mod tests {
    use super::{Format, ROWS};

    #[test]
    fn formats() {
        assert!(ROWS.is_sorted_by(|a, b| a.0 < b.0));
        for (name, right, wrong) in [
            ("base64", &["", "YWJj", "YQ=="][..], &["YWJ", "YW!j"][..]),
            (
                "date-time",
                &[
                    "2026-11-21T18:00:00Z",
                    "2024-02-29T00:00:00.123456789012+01:00",
                    "2026-01-01T00:00:00+0100",
                ],
                &[
                    "2026-11-21",
                    "2026-02-29T00:00:00Z",
                    "2026-11-21T18:00:00",
                    "26-11-21T18:00:00Z",
                    "2026-11-21T24:00:00Z",
                ],
            ),
            ("email", &["a@b", "first.last+x@example.com"], &["", "a", "@b", "a@", "a b@c", "a@-b"]),
            ("hostname", &["localhost", "www.example.com"], &["", "-a", "a..b", "a_b"]),
            ("ipv4", &["1.2.3.4"], &["1.2.3", "1.2.3.256", "::1"]),
            ("ipv6", &["::1", "2001:db8::1"], &["1.2.3.4", ":::"]),
            ("json-pointer", &["", "/a/b~1c"], &["a", "/a~2"]),
            ("mac", &["00:1A:2b:3c:4d:5e"], &["00-1A-2b-3c-4d-5e", "00:1A"]),
            ("md5", &["d41d8cd98f00b204e9800998ecf8427e"], &["d41d", "x41d8cd98f00b204e9800998ecf8427e"]),
            ("regex", &["^a$", "(?=a)"], &["("]),
            ("uri", &["https://example.com/?a=%20", "mailto:a@b", "a/b"], &["a b", "%zz"]),
            (
                "uuid",
                &["c6af9ac6-7b61-11e6-9a41-93e8deadbeef"],
                &["c6af9ac6", "c6af9ac6-7b61-11e6-9a41-93e8deadbeeg"],
            ),
        ] {
            let format = Format::from_name(name).expect("a format");
            right.iter().for_each(|text| assert_eq!(format.fault(text), None, "{name} {text}"));
            for text in wrong {
                assert!(format.fault(text).is_some(), "{name} {text}");
            }
        }
        assert_eq!(Format::from_name("date"), None);
    }
}
