//! What is the cache key of a request, and why?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-the-cache-key.html>.
//! The key is written once by [`visit`]; the bytes and the description come from the same walk.

use frontgate_explain::{Fact, FactKind};
use frontgate_message::RequestHead;

use crate::accept_encoding::{AcceptedEncodings, accepted_encodings};
use crate::cloudfront_headers::{is_cloudfront_header, write_cloudfront_header};
use crate::config::{Behavior, Distribution, ForwardedHeaders, KeySettings};
use crate::cookies::for_each_sorted;
use crate::query::{parameter_name, parameters};
use crate::selection::{Fate, query_fate};

pub use crate::selection::forwards_cookies;

/// One part of a cache key, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPart {
    /// `domain`, `path`, `method`, `Accept-Encoding`, `header NAME`, `cookie NAME` or `query NAME`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Which setting puts it there.
    pub because: String,
}

/// Writes the cache key of a request for `path` (the default root object filled in) after clearing `out`. Equal keys
/// mean equal parts; nothing is allocated but what `out` needs to grow.
pub fn write_cache_key(
    out: &mut Vec<u8>,
    distribution: &Distribution,
    behavior: &Behavior,
    head: &RequestHead,
    path: &str,
) {
    out.clear();
    visit(distribution, behavior, head, path, |part| match part {
        Part::Domain(domain) => write_part(out, b'd', &[domain.as_bytes()]),
        Part::Path(path) => write_part(out, b'p', &[path.as_bytes()]),
        Part::Method(method) => write_part(out, b'm', &[method.as_bytes()]),
        Part::Encodings(value) => write_part(out, b'e', &[value.as_bytes()]),
        Part::Header(name) => write_header_part(out, name, head),
        Part::Cookie(pair) => write_part(out, b'c', &[pair]),
        Part::Parameter(parameter) => write_part(out, b'q', &[parameter.as_bytes()]),
    });
}

/// The parts of the cache key with the setting that each stems from.
#[must_use]
pub fn describe_cache_key(
    distribution: &Distribution,
    behavior: &Behavior,
    head: &RequestHead,
    path: &str,
) -> Vec<KeyPart> {
    let setting = settings_name(behavior);
    let mut parts = Vec::new();
    visit(distribution, behavior, head, path, |part| {
        let (name, value, because) = match part {
            Part::Domain(domain) => ("domain".to_owned(), domain.to_owned(), ALWAYS.to_owned()),
            Part::Path(path) => ("path".to_owned(), path.to_owned(), ALWAYS.to_owned()),
            Part::Method(method) => {
                ("method".to_owned(), method.to_owned(), "answers to OPTIONS are kept apart".to_owned())
            }
            Part::Encodings(value) => (
                "Accept-Encoding".to_owned(),
                value.to_owned(),
                format!("compressed forms that {setting} enables and the viewer takes"),
            ),
            Part::Header(name) => {
                let mut value = Vec::new();
                let present = write_header_value(&mut value, name, head);
                let value = String::from_utf8_lossy(&value).into_owned();
                let absent = if present { "" } else { "; the request has none" };
                (format!("header {name}"), value, format!("a header of {setting}{absent}"))
            }
            Part::Cookie(pair) => {
                let pair = String::from_utf8_lossy(pair);
                let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
                (format!("cookie {name}"), value.to_owned(), format!("a cookie of {setting}"))
            }
            Part::Parameter(parameter) => {
                let name = parameter_name(parameter);
                let bare = if name.len() == parameter.len() { "; it has no value" } else { "" };
                let value = parameter.get(name.len() + 1..).unwrap_or("").to_owned();
                (format!("query {name}"), value, format!("a query string of {setting}{bare}"))
            }
        };
        parts.push(KeyPart { name, value, because });
    });
    parts
}

/// Which setting makes the cache key, or that nothing is cached at all.
#[must_use]
pub fn key_settings_fact(behavior: &Behavior) -> Fact {
    match &behavior.key {
        KeySettings::Legacy(values) if values.headers == ForwardedHeaders::All => {
            Fact::of(FactKind::CachingDisabled).at(values.headers_place)
        }
        settings if settings.ttls() == (0, 0, 0) => Fact::of(FactKind::CachingDisabled).at(settings.place()),
        KeySettings::Legacy(values) => Fact::of(FactKind::ForwardedValuesApplied).at(values.place),
        KeySettings::Policy { place, .. } => Fact::of(FactKind::CachePolicyApplied).at(*place),
    }
}

const ALWAYS: &str = "every cache key has it";

enum Part<'a> {
    Domain(&'a str),
    Path(&'a str),
    Method(&'a str),
    Encodings(&'static str),
    Header(&'a str),
    Cookie(&'a [u8]),
    Parameter(&'a str),
}

/// Walks the parts of the key: in a fixed order, except query parameters, whose order counts.
fn visit<'a>(
    distribution: &'a Distribution,
    behavior: &'a Behavior,
    head: &'a RequestHead,
    path: &'a str,
    mut take: impl FnMut(Part<'a>),
) {
    take(Part::Domain(&distribution.domain_name));
    take(Part::Path(path));
    if !head.method.is_get_or_head() {
        take(Part::Method(head.method.as_str()));
    }
    let encodings = accepted_encodings(behavior, &head.headers);
    if let Some(value) = encodings.keyed() {
        take(Part::Encodings(value));
    }
    let normalized = encodings != AcceptedEncodings::Ordinary;
    for name in keyed_headers(behavior) {
        if !(normalized && name.eq_ignore_ascii_case("Accept-Encoding")) {
            take(Part::Header(name));
        }
    }
    for_each_sorted(
        behavior,
        &head.headers,
        |fate| fate == Fate::Keyed,
        |cookie| take(Part::Cookie(cookie.pair)),
    );
    for parameter in parameters(head.target.query()) {
        if query_fate(behavior, parameter_name(parameter)) == Fate::Keyed {
            take(Part::Parameter(parameter));
        }
    }
}

fn keyed_headers(behavior: &Behavior) -> &[Box<str>] {
    match &behavior.key {
        KeySettings::Policy { policy, .. } => &policy.headers,
        KeySettings::Legacy(values) => match &values.headers {
            ForwardedHeaders::Allow(names) => names,
            ForwardedHeaders::None | ForwardedHeaders::All => &[],
        },
    }
}

fn settings_name(behavior: &Behavior) -> String {
    match &behavior.key {
        KeySettings::Policy { policy, .. } => format!("the cache policy {}", policy.name),
        KeySettings::Legacy(_) => "ForwardedValues".to_owned(),
    }
}

/// `tag length bytes`: no two lists of parts have the same bytes.
fn write_part(out: &mut Vec<u8>, tag: u8, pieces: &[&[u8]]) {
    let start = open_part(out, tag);
    for piece in pieces {
        out.extend_from_slice(piece);
    }
    close_part(out, start);
}

fn write_header_part(out: &mut Vec<u8>, name: &str, head: &RequestHead) {
    let start = open_part(out, b'h');
    out.extend(name.bytes().map(|byte| byte.to_ascii_lowercase()));
    out.push(b':');
    let present = write_header_value(out, name, head);
    close_part(out, start);
    if !present {
        out[start - 1] = b'a';
    }
}

/// The value of a keyed header: made by CloudFront, or the viewer's; false where it is absent.
fn write_header_value(out: &mut Vec<u8>, name: &str, head: &RequestHead) -> bool {
    if is_cloudfront_header(name) {
        return write_cloudfront_header(name, head, out);
    }
    if name.eq_ignore_ascii_case("Host") {
        out.extend_from_slice(head.host.as_bytes());
        return true;
    }
    let mut present = false;
    for value in head.headers.all(name) {
        if present {
            out.extend_from_slice(b", ");
        }
        out.extend_from_slice(value);
        present = true;
    }
    present
}

/// Opens a part and gives the index of its length field.
fn open_part(out: &mut Vec<u8>, tag: u8) -> usize {
    out.push(tag);
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    start
}

fn close_part(out: &mut [u8], start: usize) {
    let length = u32::try_from(out.len() - start - 4).expect("a request head is limited far below 4 GiB");
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests;
