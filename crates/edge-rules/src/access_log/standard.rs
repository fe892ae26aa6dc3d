//! The 33 fields of a standard log, as lines of the W3C extended log file format.

use frontgate_aws::Source::{self, Documented, Inferred};

use super::{Field, Logged, fields};

/// Writes the two lines that a file begins with.
pub fn write_header(out: &mut Vec<u8>) {
    out.extend_from_slice(b"#Version: 1.0\n#Fields:");
    for field in STANDARD_FIELDS {
        out.push(b' ');
        out.extend_from_slice(field.name.as_bytes());
    }
    out.push(b'\n');
}

/// Writes the line of an entry.
pub fn write_line(logged: &Logged<'_>, out: &mut Vec<u8>) {
    let mut scratch = Vec::new();
    for (index, field) in STANDARD_FIELDS.iter().enumerate() {
        if index > 0 {
            out.push(b'\t');
        }
        field.write_encoded(logged, &mut scratch, out);
    }
    out.push(b'\n');
}

const PAGE: Source = Documented("standard-logs-reference");

const NOT_CONFIGURED: Source = Documented("standard-logs-reference: a hyphen without field-level encryption");

/// What HPACK makes of a head is not counted.
const HTTP_1_SIZE: Source = Inferred("heads of HTTP/2 count as they would be in HTTP/1.1");

const fn row(name: &'static str, write: fn(&Logged<'_>, &mut Vec<u8>), source: Source) -> Field {
    Field { name, write, source }
}

/// The fields in their order.
pub const STANDARD_FIELDS: &[Field] = &[
    row("date", fields::date, PAGE),
    row("time", fields::time, PAGE),
    row("x-edge-location", fields::edge_location, PAGE),
    row("sc-bytes", fields::sent_bytes, HTTP_1_SIZE),
    row("c-ip", fields::viewer_address, PAGE),
    row("cs-method", fields::method, PAGE),
    row("cs(Host)", fields::distribution_domain, PAGE),
    row("cs-uri-stem", fields::path, PAGE),
    row("sc-status", fields::status, PAGE),
    row("cs(Referer)", fields::referer, PAGE),
    row("cs(User-Agent)", fields::user_agent, PAGE),
    row("cs-uri-query", fields::query, PAGE),
    row("cs(Cookie)", fields::cookie, PAGE),
    row("x-edge-result-type", fields::result, PAGE),
    row("x-edge-request-id", fields::request_id, PAGE),
    row("x-host-header", fields::host, PAGE),
    row("cs-protocol", fields::protocol, PAGE),
    row("cs-bytes", fields::request_bytes, HTTP_1_SIZE),
    row("time-taken", fields::time_taken, PAGE),
    row("x-forwarded-for", fields::forwarded_for, PAGE),
    row("ssl-protocol", fields::tls_version, PAGE),
    row("ssl-cipher", fields::tls_cipher, PAGE),
    row("x-edge-response-result-type", fields::response_result, PAGE),
    row("cs-protocol-version", fields::protocol_version, PAGE),
    row("fle-status", fields::nothing, NOT_CONFIGURED),
    row("fle-encrypted-fields", fields::nothing, NOT_CONFIGURED),
    row("c-port", fields::viewer_port, PAGE),
    row("time-to-first-byte", fields::time_to_first_byte, PAGE),
    row("x-edge-detailed-result-type", fields::detailed_result, PAGE),
    row("sc-content-type", fields::content_type, PAGE),
    row("sc-content-len", fields::content_length, PAGE),
    row("sc-range-start", fields::range_start, PAGE),
    row("sc-range-end", fields::range_end, PAGE),
];
