//! What are the values of the `CloudFront-*` request headers for this viewer?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html>.
//! Location headers (country, city, …) and the ASN are left out for viewers whose location is not known.

use std::io::Write as _;

use frontgate_message::{Fingerprints, Handshake, RequestHead};

use crate::viewer_location::write_location_header;

/// The limit of `CloudFront-Viewer-Header-Order`, in characters.
pub const HEADER_ORDER_LENGTH_MAX: usize = 7680;

/// Whether `name` is one of the headers that CloudFront makes.
#[must_use]
pub fn is_cloudfront_header(name: &str) -> bool {
    name.get(..11).is_some_and(|prefix| prefix.eq_ignore_ascii_case("CloudFront-"))
}

/// Whether CloudFront makes a header of that name. Those of the client certificates of viewers have no value here, since a
/// distribution with `ViewerMtlsConfig` is refused.
#[must_use]
pub fn is_known(name: &str) -> bool {
    let known = |suffix: &&str| name.len() == 11 + suffix.len() && name[11..].eq_ignore_ascii_case(suffix);
    is_cloudfront_header(name) && KNOWN.iter().any(known)
}

/// Appends the value of the header to `out`; false, and nothing appended, where CloudFront would not send it.
pub fn write_cloudfront_header(name: &str, head: &RequestHead, out: &mut Vec<u8>) -> bool {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("CloudFront-Forwarded-Proto") {
        out.extend_from_slice(head.scheme().as_str().as_bytes());
    } else if is("CloudFront-Viewer-Http-Version") {
        out.extend_from_slice(head.version.number().as_bytes());
    } else if is("CloudFront-Viewer-Address") {
        // A Vec takes all that is written to it.
        let _ = write!(out, "{}:{}", head.connection.peer.ip(), head.connection.peer.port());
    } else if is("CloudFront-Viewer-TLS") {
        let Some(tls) = &head.connection.tls else { return false };
        let handshake = match tls.handshake {
            Handshake::Full => "fullHandshake",
            Handshake::Resumed => "sessionResumed",
            Handshake::Reused => "connectionReused",
        };
        let _ = write!(out, "{}:{}:{handshake}", tls.version, tls.cipher);
    } else if is("CloudFront-Viewer-JA3-Fingerprint") {
        let Some(fingerprints) = fingerprints(head) else { return false };
        out.extend_from_slice(fingerprints.ja3.as_bytes());
    } else if is("CloudFront-Viewer-JA4-Fingerprint") {
        let Some(fingerprints) = fingerprints(head) else { return false };
        out.extend_from_slice(fingerprints.ja4.as_bytes());
    } else if is("CloudFront-Error-Uri") {
        let Some(target) = &head.for_error_of else { return false };
        out.extend_from_slice(target.path().as_bytes());
    } else if is("CloudFront-Error-Args") {
        let Some(query) = head.for_error_of.as_ref().and_then(|target| target.query()) else { return false };
        out.extend_from_slice(query.as_bytes());
    } else if is("CloudFront-Viewer-Header-Count") {
        let _ = write!(out, "{}", head.headers.len());
    } else if is("CloudFront-Viewer-Header-Order") {
        write_header_order(head, out);
    } else if let Some(known) = write_location_header(name, head, out) {
        return known;
    } else if let Some(flag) = device_flag(name, head) {
        out.extend_from_slice(if flag { b"true" } else { b"false" });
    } else {
        return false;
    }
    true
}

fn fingerprints(head: &RequestHead) -> Option<&Fingerprints> {
    head.connection.tls.as_ref()?.fingerprints.as_deref()
}

/// `CloudFront-Is-*-Viewer` by the User-Agent. AWS does not publish its rules: these are the usual tokens.
fn device_flag(name: &str, head: &RequestHead) -> Option<bool> {
    if !name.get(..14).is_some_and(|prefix| prefix.eq_ignore_ascii_case("CloudFront-Is-")) {
        return None;
    }
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    let agent = head.headers.first("User-Agent").unwrap_or(b"");
    let has = |tokens: &[&str]| tokens.iter().any(|token| contains_ignoring_case(agent, token.as_bytes()));
    let android = has(&["Android"]);
    let television = has(TELEVISION_TOKENS);
    let tablet = !television && (has(TABLET_TOKENS) || (android && !has(&["Mobile"])));
    let mobile = !tablet && !television && has(&["Mobile", "iPhone", "iPod"]);
    if is("CloudFront-Is-Android-Viewer") {
        Some(android)
    } else if is("CloudFront-Is-IOS-Viewer") {
        Some(has(&["iPhone", "iPad", "iPod"]))
    } else if is("CloudFront-Is-Mobile-Viewer") {
        Some(mobile)
    } else if is("CloudFront-Is-Tablet-Viewer") {
        Some(tablet)
    } else if is("CloudFront-Is-SmartTV-Viewer") {
        Some(television)
    } else if is("CloudFront-Is-Desktop-Viewer") {
        Some(!mobile && !tablet && !television)
    } else {
        None
    }
}

fn write_header_order(head: &RequestHead, out: &mut Vec<u8>) {
    let start = out.len();
    for (index, (name, _)) in head.headers.iter().enumerate() {
        let colon = usize::from(index > 0);
        if out.len() - start + colon + name.len() > HEADER_ORDER_LENGTH_MAX {
            break;
        }
        if colon == 1 {
            out.push(b':');
        }
        out.extend_from_slice(name.as_bytes());
    }
}

fn contains_ignoring_case(text: &[u8], token: &[u8]) -> bool {
    text.windows(token.len()).any(|window| window.eq_ignore_ascii_case(token))
}

/// The headers of "Add CloudFront request headers" and of "Viewer mTLS headers", without `CloudFront-`, sorted.
const KNOWN: &[&str] = &[
    "Error-Args",
    "Error-Uri",
    "Forwarded-Proto",
    "Is-Android-Viewer",
    "Is-Desktop-Viewer",
    "Is-IOS-Viewer",
    "Is-Mobile-Viewer",
    "Is-SmartTV-Viewer",
    "Is-Tablet-Viewer",
    "Viewer-ASN",
    "Viewer-Address",
    "Viewer-Cert-Issuer",
    "Viewer-Cert-Pem",
    "Viewer-Cert-Present",
    "Viewer-Cert-Serial-Number",
    "Viewer-Cert-Sha256",
    "Viewer-Cert-Subject",
    "Viewer-Cert-Validity",
    "Viewer-City",
    "Viewer-Country",
    "Viewer-Country-Name",
    "Viewer-Country-Region",
    "Viewer-Country-Region-Name",
    "Viewer-Header-Count",
    "Viewer-Header-Order",
    "Viewer-Http-Version",
    "Viewer-JA3-Fingerprint",
    "Viewer-JA4-Fingerprint",
    "Viewer-Latitude",
    "Viewer-Longitude",
    "Viewer-Metro-Code",
    "Viewer-Postal-Code",
    "Viewer-TLS",
    "Viewer-Time-Zone",
];

const TABLET_TOKENS: &[&str] = &["iPad", "Kindle", "Silk/", "Tablet"];

const TELEVISION_TOKENS: &[&str] =
    &["AppleTV", "BRAVIA", "GoogleTV", "HbbTV", "Roku", "SMART-TV", "SmartTV", "Tizen TV", "Web0S"];

#[cfg(test)]
mod tests;
