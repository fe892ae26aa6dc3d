//! Origins: path, custom headers, timeouts, access.

use super::{Violation, documented, invalid, quota};
use crate::config::{Origin, Upstream};
use crate::origin_shield::is_origin_shield_region;

/// How many custom headers an origin may have.
pub const ORIGIN_CUSTOM_HEADERS_MAX: usize = 30;

/// How long names and values of an origin's custom headers may be together.
pub const ORIGIN_CUSTOM_HEADERS_LENGTH_MAX: usize = 10_240;

/// How long an origin path may be.
pub const ORIGIN_PATH_LENGTH_MAX: usize = 255;

/// What is wrong with an origin.
#[must_use]
pub fn origin(origin: &Origin) -> Vec<Violation> {
    let mut violations = origin_path(&origin.origin_path);
    violations.extend(origin_custom_headers(&origin.custom_headers));
    for (name, value) in &origin.custom_headers {
        violations.extend(origin_custom_header(name, value));
    }
    if !(1..=3).contains(&origin.connection_attempts) {
        violations.push(invalid("ConnectionAttempts must be 1, 2 or 3."));
    }
    if !(1..=10).contains(&origin.connection_timeout_seconds) {
        violations.push(invalid("ConnectionTimeout must be from 1 to 10 seconds."));
    }
    if !(1..=120).contains(&origin.read_timeout_seconds) {
        let text = "The read timeout specified for the origin is not valid.";
        violations.push(documented("InvalidOriginReadTimeout", text));
    }
    if !(1..=120).contains(&origin.keep_alive_timeout_seconds) {
        let text = "The keep alive timeout specified for the origin is not valid.";
        violations.push(documented("InvalidOriginKeepaliveTimeout", text));
    }
    match &origin.upstream {
        Upstream::S3 { access_control: Some(_), access_identity: Some(_), .. } => {
            violations.push(documented(
                "IllegalOriginAccessConfiguration",
                "An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI).",
            ));
        }
        Upstream::Custom { http_port, https_port, .. } => {
            for port in [*http_port, *https_port] {
                if !matches!(port, 80 | 443 | 1024..) {
                    violations
                        .push(invalid(format!("The port {port} is not 80, 443 or from 1024 to 65535.")));
                }
            }
        }
        Upstream::S3 { .. }
        | Upstream::ApiGateway { .. }
        | Upstream::FunctionUrl { .. }
        | Upstream::Website { .. } => {}
    }
    violations
}

/// What is wrong with an `OriginShield`.
#[must_use]
pub fn origin_shield(enabled: bool, region: Option<&str>) -> Vec<Violation> {
    match region {
        None if enabled => {
            vec![invalid("OriginShieldRegion must be specified when Origin Shield is enabled.")]
        }
        Some(region) if !is_origin_shield_region(region) => {
            vec![invalid(format!("{region} is not a region that can have an Origin Shield."))]
        }
        _ => Vec::new(),
    }
}

/// What is wrong with a `ResponseCompletionTimeout`; 0 stands for none.
#[must_use]
pub fn response_completion_timeout(seconds: u32, read_timeout_seconds: u32) -> Vec<Violation> {
    let is_fine = seconds == 0 || seconds >= read_timeout_seconds;
    let text = "The response completion timeout must be at least the response timeout (OriginReadTimeout).";
    if is_fine { Vec::new() } else { vec![invalid(text)] }
}

/// What is wrong with an origin path as it is written.
#[must_use]
pub fn origin_path(path: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if path.is_empty() {
        return violations;
    }
    if !path.starts_with('/') {
        violations.push(invalid("The origin path must begin with a slash (/)."));
    }
    if path.ends_with('/') {
        violations.push(invalid("The origin path must not end with a slash (/)."));
    }
    if path.len() > ORIGIN_PATH_LENGTH_MAX {
        violations
            .push(invalid(format!("The origin path is longer than {ORIGIN_PATH_LENGTH_MAX} characters.")));
    }
    if path.bytes().any(|byte| byte <= b' ' || byte >= 0x7f || matches!(byte, b'?' | b'#')) {
        violations.push(invalid("The origin path must be URL-encoded and have no query string."));
    }
    violations
}

/// What is wrong with all custom headers of an origin together.
#[must_use]
pub fn origin_custom_headers(headers: &[(Box<str>, Box<str>)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    quota(
        &mut violations,
        headers.len(),
        ORIGIN_CUSTOM_HEADERS_MAX,
        "TooManyOriginCustomHeaders",
        "Your request contains too many origin custom headers.",
    );
    let length: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if length > ORIGIN_CUSTOM_HEADERS_LENGTH_MAX {
        violations.push(invalid(format!(
            "The origin custom headers have {length} characters, more than {ORIGIN_CUSTOM_HEADERS_LENGTH_MAX}."
        )));
    }
    for (index, (name, _)) in headers.iter().enumerate() {
        if headers[..index].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            violations.push(invalid(format!("The origin custom header {name} is there twice.")));
        }
    }
    violations
}

/// What is wrong with an origin custom header.
#[must_use]
pub fn origin_custom_header(name: &str, value: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.bytes().all(is_token) {
        violations.push(invalid(format!("{name:?} is no header name.")));
    }
    if is_forbidden(name) {
        violations.push(invalid(format!("{name} can not be an origin custom header.")));
    }
    if value.len() > VALUE_LENGTH_MAX {
        violations
            .push(invalid(format!("The value of {name} is longer than {VALUE_LENGTH_MAX} characters.")));
    }
    if value.bytes().any(|byte| byte < b' ' && byte != b'\t') {
        violations.push(invalid(format!("The value of {name} has a control character.")));
    }
    violations
}

fn is_forbidden(name: &str) -> bool {
    FORBIDDEN_NAMES.iter().any(|forbidden| match forbidden.strip_suffix('*') {
        Some(prefix) => name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => forbidden.eq_ignore_ascii_case(name),
    })
}

const NAME_LENGTH_MAX: usize = 256;

const VALUE_LENGTH_MAX: usize = 1_783;

/// "Custom headers that CloudFront can't add to origin requests" (add-origin-custom-headers), sorted.
const FORBIDDEN_NAMES: &[&str] = &[
    "Cache-Control",
    "Connection",
    "Content-Length",
    "Cookie",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Max-Forwards",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Request-Range",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "X-Amz-*",
    "X-Edge-*",
    "X-Real-Ip",
];
