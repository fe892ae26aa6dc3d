//! The values of the fields that both kinds of logs have.

use std::io::Write as _;

use frontgate_aws::Utc;
use frontgate_message::{Scheme, Version};

use super::Logged;

pub(super) fn text(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing to memory cannot fail.
    let _ = write!(out, "{value}");
}

pub(super) fn header(logged: &Logged<'_>, name: &str, out: &mut Vec<u8>) {
    if let Some(value) = logged.entry.request.headers.joined(name) {
        out.extend_from_slice(&value);
    }
}

pub(super) fn nothing(_: &Logged<'_>, _: &mut Vec<u8>) {}

pub(super) fn date(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let Utc { year, month, day, .. } = Utc::of(logged.entry.ended_milliseconds / 1000);
    text(out, format_args!("{year:04}-{month:02}-{day:02}"));
}

pub(super) fn time(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let Utc { hour, minute, second, .. } = Utc::of(logged.entry.ended_milliseconds / 1000);
    text(out, format_args!("{hour:02}:{minute:02}:{second:02}"));
}

pub(super) fn edge_location(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.location);
}

pub(super) fn sent_bytes(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.sent_bytes);
}

pub(super) fn viewer_address(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.request.connection.peer.ip().to_canonical());
}

pub(super) fn viewer_port(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.request.connection.peer.port());
}

pub(super) fn method(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.request.method.as_str());
}

pub(super) fn distribution_domain(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, &logged.distribution.domain_name);
}

pub(super) fn path(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.request.target.path());
}

pub(super) fn query(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.request.target.query().unwrap_or_default());
}

pub(super) fn status(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, format_args!("{:03}", logged.entry.status));
}

pub(super) fn referer(logged: &Logged<'_>, out: &mut Vec<u8>) {
    header(logged, "Referer", out);
}

pub(super) fn user_agent(logged: &Logged<'_>, out: &mut Vec<u8>) {
    header(logged, "User-Agent", out);
}

pub(super) fn cookie(logged: &Logged<'_>, out: &mut Vec<u8>) {
    if logged.includes_cookies {
        header(logged, "Cookie", out);
    }
}

pub(super) fn forwarded_for(logged: &Logged<'_>, out: &mut Vec<u8>) {
    header(logged, "X-Forwarded-For", out);
}

pub(super) fn result(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.outcome.at_the_end(logged.entry.ending).0);
}

pub(super) fn detailed_result(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.outcome.at_the_end(logged.entry.ending).1);
}

/// How the answer was classified before it was sent.
pub(super) fn response_result(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.outcome.result);
}

pub(super) fn request_id(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, &logged.entry.request_id);
}

pub(super) fn host(logged: &Logged<'_>, out: &mut Vec<u8>) {
    header(logged, "Host", out);
}

pub(super) fn protocol(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let scheme = logged.entry.request.scheme();
    text(
        out,
        match (scheme, logged.entry.status) {
            (Scheme::Http, SWITCHING_PROTOCOLS) => "ws",
            (Scheme::Https, SWITCHING_PROTOCOLS) => "wss",
            (Scheme::Http | Scheme::Https, _) => scheme.as_str(),
        },
    );
}

const SWITCHING_PROTOCOLS: u16 = 101;

pub(super) fn request_bytes(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.request_bytes);
}

pub(super) fn time_taken(logged: &Logged<'_>, out: &mut Vec<u8>) {
    seconds(logged.entry.taken_microseconds, out);
}

pub(super) fn time_to_first_byte(logged: &Logged<'_>, out: &mut Vec<u8>) {
    seconds(logged.entry.first_byte_microseconds, out);
}

/// Seconds with three digits behind the point.
pub(super) fn seconds(microseconds: u64, out: &mut Vec<u8>) {
    let milliseconds = (microseconds + 500) / 1000;
    text(out, format_args!("{}.{:03}", milliseconds / 1000, milliseconds % 1000));
}

pub(super) fn tls_version(logged: &Logged<'_>, out: &mut Vec<u8>) {
    if let Some(tls) = &logged.entry.request.connection.tls {
        text(out, tls.version);
    }
}

/// Suites of TLS 1.2 have the names that OpenSSL gives them, those of TLS 1.3 the ones of their standard.
pub(super) fn tls_cipher(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let Some(tls) = &logged.entry.request.connection.tls else { return };
    let openssl = OPENSSL_SUITES.iter().find(|(name, _)| *name == &*tls.cipher);
    text(out, openssl.map_or(&*tls.cipher, |(_, name)| name));
}

/// Names of IANA and of OpenSSL (`secure-connections-supported-viewer-protocols-ciphers`).
const OPENSSL_SUITES: &[(&str, &str)] = &[
    // sorted
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
];

pub(super) fn protocol_version(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(
        out,
        match logged.entry.request.version {
            Version::Http10 => "HTTP/1.0",
            Version::Http11 => "HTTP/1.1",
            Version::Http2 => "HTTP/2.0",
            Version::Http3 => "HTTP/3.0",
        },
    );
}

pub(super) fn content_type(logged: &Logged<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(logged.entry.content_type.as_deref().unwrap_or_default());
}

pub(super) fn content_length(logged: &Logged<'_>, out: &mut Vec<u8>) {
    if let Some(length) = logged.entry.content_length {
        text(out, length);
    }
}

pub(super) fn range_start(logged: &Logged<'_>, out: &mut Vec<u8>) {
    if let Some((start, _)) = range(logged) {
        text(out, start);
    }
}

pub(super) fn range_end(logged: &Logged<'_>, out: &mut Vec<u8>) {
    if let Some((_, end)) = range(logged) {
        text(out, end);
    }
}

/// First and last byte of `Content-Range: bytes 0-99/200`.
fn range(logged: &Logged<'_>) -> Option<(u64, u64)> {
    let value = std::str::from_utf8(logged.entry.content_range.as_deref()?).ok()?;
    let (span, _) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = span.split_once('-')?;
    Some((start.parse().ok()?, end.parse().ok()?))
}
