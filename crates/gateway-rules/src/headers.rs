//! What API Gateway does to header fields on the way to a backend and back.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>

use frontgate_aws::Source::{self, Documented, Recorded};
use frontgate_message::Headers;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The field, lower case.
    pub name: &'static str,
    /// Toward a function.
    pub to_function: Fate,
    /// Toward an HTTP backend, `HTTP_PROXY`.
    pub to_http: Fate,
    /// From a function.
    pub from_function: Fate,
    /// From an HTTP backend, `HTTP_PROXY`.
    pub from_http: Fate,
    /// Where it was learnt.
    pub source: Source,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is left out.
    Dropped,
    /// It passes.
    Passed,
    /// It comes back as `x-amzn-Remapped-NAME`.
    Remapped,
}

/// The row of a field; `None` passes everywhere.
#[must_use]
pub fn row(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// The casing in which API Gateway hands a field on: some come in one only (recorded: `user-Agent` arrives as
/// `User-Agent`), all others as sent.
#[must_use]
pub fn canonical(name: &str) -> &str {
    CANONICAL.iter().find(|canonical| canonical.eq_ignore_ascii_case(name)).unwrap_or(&name)
}

/// Adds a field of a backend's answer to the answer of the API.
pub fn append_remapped(headers: &mut Headers, name: &str, value: &[u8], fate: Fate) {
    match fate {
        Fate::Dropped => {}
        Fate::Passed => headers.append(name, value),
        Fate::Remapped => headers.append(&format!("x-amzn-Remapped-{name}"), value),
    }
}

/// Whether the text is a field name (RFC 9110 §5.6.2).
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// Whether the text can stand as a field value without breaking the head.
#[must_use]
pub fn is_value(value: &str) -> bool {
    !value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

const CANONICAL: [&str; 3] = ["Authorization", "Host", "User-Agent"];
const PAGE: Source = Documented("api-gateway-known-issues");
const HTTP: Source = Recorded("test_apigateway_header_remapping_http");

#[rustfmt::skip]
static ROWS: &[Row] = {
    use Fate::{Dropped as D, Passed as P, Remapped as R};
    const fn row(name: &'static str, fates: [Fate; 4], source: Source) -> Row {
        let [to_function, to_http, from_function, from_http] = fates;
        Row { name, to_function, to_http, from_function, from_http, source }
    }
    &[
        row("authorization",       [P, P, R, R], PAGE),
        row("connection",          [D, D, R, R], PAGE),
        row("content-encoding",    [P, D, P, P], PAGE),
        row("content-length",      [D, D, R, R], HTTP),
        row("content-md5",         [D, D, R, R], PAGE),
        row("date",                [P, P, R, R], HTTP),
        row("expect",              [D, D, D, D], PAGE),
        row("host",                [P, D, D, D], PAGE),
        row("max-forwards",        [D, D, R, R], PAGE),
        row("proxy-authenticate",  [D, D, D, D], PAGE),
        row("server",              [D, D, R, R], HTTP),
        row("te",                  [D, D, D, D], PAGE),
        row("trailer",             [D, D, D, D], PAGE),
        row("transfer-encoding",   [D, D, D, D], PAGE),
        row("upgrade",             [D, D, D, D], PAGE),
        row("user-agent",          [P, P, R, R], PAGE),
        row("via",                 [P, D, D, D], PAGE),
        row("www-authenticate",    [D, D, R, R], PAGE),
        row("x-amzn-requestid",    [P, P, R, R], HTTP),
    ]
};

#[cfg(test)]
mod tests {
    use super::{Fate, ROWS, row};

    #[test]
    fn rows_are_sorted_and_found_without_case() {
        assert!(ROWS.windows(2).all(|two| two[0].name < two[1].name));
        for (name, fate) in [("Server", Some(Fate::Remapped)), ("TE", Some(Fate::Dropped)), ("X-Mine", None)]
        {
            assert_eq!(row(name).map(|row| row.from_function), fate, "{name}");
        }
    }
}
