//! The fields of real-time logs, as one JSON object per line; every value is a text, as in JSON logs of CloudFront.
//!
//! Fields that need what frontgate does not have (CMCD, quality scores, tenants) are hyphens, as
//! CloudFront writes them where it has no value.

use frontgate_aws::Source::{self, Documented};

use super::fields::text;
use super::{Field, Logged, fields};
use crate::viewer::choose_behavior;
use crate::viewer_location::viewer_country;

/// Writes the JSON line of an entry.
pub fn write_realtime_json(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let mut scratch = Vec::new();
    out.push(b'{');
    for (index, field) in REALTIME_FIELDS.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(field.name.as_bytes());
        out.extend_from_slice(b"\":\"");
        // Neither quotation marks nor backslashes nor control characters are left by the encoding.
        field.write_encoded(logged, &mut scratch, out);
        out.push(b'"');
    }
    out.extend_from_slice(b"}\n");
}

fn timestamp(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let milliseconds = logged.entry.ended_milliseconds;
    text(out, format_args!("{}.{:03}", milliseconds / 1000, milliseconds % 1000));
}

fn server_address(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.request.connection.local.ip().to_canonical());
}

fn address_version(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let is_v4 = logged.entry.request.connection.peer.ip().to_canonical().is_ipv4();
    text(out, if is_v4 { "IPv4" } else { "IPv6" });
}

fn country(logged: &Logged<'_>, out: &mut Vec<u8>) {
    if let Some(country) = viewer_country(&logged.entry.request) {
        text(out, country.as_str());
    }
}

fn autonomous_system(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let location = logged.entry.request.connection.location.get().and_then(Option::as_deref);
    if let Some(number) = location.and_then(|location| location.autonomous_system_number) {
        text(out, number);
    }
}

fn accept_encoding(logged: &Logged<'_>, out: &mut Vec<u8>) {
    fields::header(logged, "Accept-Encoding", out);
}

fn accept(logged: &Logged<'_>, out: &mut Vec<u8>) {
    fields::header(logged, "Accept", out);
}

fn path_pattern(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let behavior = choose_behavior(logged.distribution, logged.entry.request.target.path()).behavior;
    text(out, behavior.path_pattern.as_deref().unwrap_or("*"));
}

fn headers(logged: &Logged<'_>, out: &mut Vec<u8>) {
    for (name, value) in shown_headers(logged) {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        out.extend_from_slice(value);
        out.push(b'\n');
    }
}

fn header_names(logged: &Logged<'_>, out: &mut Vec<u8>) {
    for (name, _) in shown_headers(logged) {
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
}

fn header_count(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, logged.entry.request.headers.len());
}

/// Both lists are cut at 800 bytes.
fn shown_headers<'a>(logged: &Logged<'a>) -> impl Iterator<Item = (&'a str, &'a [u8])> {
    let mut bytes = 0;
    logged.entry.request.headers.iter().take_while(move |(name, value)| {
        bytes += name.len() + value.len() + 2;
        bytes <= HEADERS_BYTES_MAX
    })
}

const HEADERS_BYTES_MAX: usize = 800;

fn distribution_id(logged: &Logged<'_>, out: &mut Vec<u8>) {
    text(out, &logged.distribution.id);
}

fn origin_first_byte(logged: &Logged<'_>, out: &mut Vec<u8>) {
    if let Some(microseconds) = logged.entry.outcome.origin_first_byte_microseconds {
        fields::seconds(u64::from(microseconds), out);
    }
}

/// The domain name of the origin that was used.
fn origin_host(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let outcome = &logged.entry.outcome;
    if !outcome.asked_origin {
        return;
    }
    let behavior = choose_behavior(logged.distribution, logged.entry.request.target.path()).behavior;
    let secondary = behavior.origin_group.as_ref().map(|group| &group.secondary);
    let used = secondary.filter(|_| outcome.failed_over_from.is_some()).unwrap_or(&behavior.origin);
    text(out, &used.domain_name);
}

fn selection_reason(logged: &Logged<'_>, out: &mut Vec<u8>) {
    if let Some(code) = logged.entry.outcome.failed_over_from {
        text(out, format_args!("Failover:{code}"));
    }
}

const PAGE: Source = Documented("real-time-logs");

const fn row(name: &'static str, write: fn(&Logged<'_>, &mut Vec<u8>)) -> Field {
    Field { name, write, source: PAGE }
}

const fn empty(name: &'static str) -> Field {
    row(name, fields::nothing)
}

/// The fields in their order.
pub const REALTIME_FIELDS: &[Field] = &[
    row("timestamp", timestamp),
    row("c-ip", fields::viewer_address),
    row("s-ip", server_address),
    row("time-to-first-byte", fields::time_to_first_byte),
    row("sc-status", fields::status),
    row("sc-bytes", fields::sent_bytes),
    row("cs-method", fields::method),
    row("cs-protocol", fields::protocol),
    row("cs-host", fields::distribution_domain),
    row("cs-uri-stem", fields::path),
    row("cs-bytes", fields::request_bytes),
    row("x-edge-location", fields::edge_location),
    row("x-edge-request-id", fields::request_id),
    row("x-host-header", fields::host),
    row("time-taken", fields::time_taken),
    row("cs-protocol-version", fields::protocol_version),
    row("c-ip-version", address_version),
    row("cs-user-agent", fields::user_agent),
    row("cs-referer", fields::referer),
    row("cs-cookie", fields::cookie),
    row("cs-uri-query", fields::query),
    row("x-edge-response-result-type", fields::response_result),
    row("x-forwarded-for", fields::forwarded_for),
    row("ssl-protocol", fields::tls_version),
    row("ssl-cipher", fields::tls_cipher),
    row("x-edge-result-type", fields::result),
    empty("fle-encrypted-fields"),
    empty("fle-status"),
    row("sc-content-type", fields::content_type),
    row("sc-content-len", fields::content_length),
    row("sc-range-start", fields::range_start),
    row("sc-range-end", fields::range_end),
    row("c-port", fields::viewer_port),
    row("x-edge-detailed-result-type", fields::detailed_result),
    row("c-country", country),
    row("cs-accept-encoding", accept_encoding),
    row("cs-accept", accept),
    row("cache-behavior-path-pattern", path_pattern),
    row("cs-headers", headers),
    row("cs-header-names", header_names),
    row("cs-headers-count", header_count),
    row("primary-distribution-id", distribution_id),
    row("primary-distribution-dns-name", fields::distribution_domain),
    row("origin-fbl", origin_first_byte),
    empty("origin-lbl"),
    row("asn", autonomous_system),
    empty("cmcd-encoded-bitrate"),
    empty("cmcd-buffer-length"),
    empty("cmcd-buffer-starvation"),
    empty("cmcd-content-id"),
    empty("cmcd-object-duration"),
    empty("cmcd-deadline"),
    empty("cmcd-measured-throughput"),
    empty("cmcd-next-object-request"),
    empty("cmcd-next-range-request"),
    empty("cmcd-object-type"),
    empty("cmcd-playback-rate"),
    empty("cmcd-requested-maximum-throughput"),
    empty("cmcd-streaming-format"),
    empty("cmcd-session-id"),
    empty("cmcd-stream-type"),
    empty("cmcd-startup"),
    empty("cmcd-top-bitrate"),
    empty("cmcd-version"),
    row("r-host", origin_host),
    row("sr-reason", selection_reason),
    empty("x-edge-mqcs"),
    empty("distribution-tenant-id"),
    empty("connection-id"),
];
