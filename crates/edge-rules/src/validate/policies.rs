//! Cache policies, origin request policies, response headers policies, and the legacy settings.

use frontgate_aws::Source;

use super::{Violation, documented, invalid, quota, violation};
use crate::cloudfront_headers::{is_cloudfront_header, is_known};
use crate::config::{
    CachePolicy, ForwardedHeaders, ForwardedValues, OriginRequestHeaders, OriginRequestPolicy,
    ResponseHeadersPolicy, Selection,
};
use crate::tables::origin_headers::origin_header;

/// How many headers, cookies or query strings one policy may name.
pub const POLICY_NAMES_MAX: usize = 10;

/// How long the names of headers, cookies and query strings that one policy has may be together.
pub const POLICY_NAMES_LENGTH_MAX: usize = 1_024;

/// What is wrong with a cache policy.
#[must_use]
pub fn cache_policy(policy: &CachePolicy) -> Vec<Violation> {
    let mut violations = ttl_order(policy.min_ttl, policy.default_ttl, policy.max_ttl);
    if policy.max_ttl == 0 {
        let set = [
            (!policy.headers.is_empty(), "HeaderBehavior"),
            (policy.cookies != Selection::None, "CookieBehavior"),
            (policy.query_strings != Selection::None, "QueryStringBehavior"),
            (policy.gzip, "EnableAcceptEncodingGzip"),
            (policy.brotli, "EnableAcceptEncodingBrotli"),
        ];
        for (_, parameter) in set.iter().filter(|(is_set, _)| *is_set) {
            violations.push(violation(
                "InvalidArgument",
                format!("The parameter {parameter} is invalid for policy with caching disabled."),
                CACHING_DISABLED,
            ));
        }
    }
    for name in &policy.headers {
        let only_toward_origin = ONLY_TOWARD_ORIGIN.iter().any(|only| only.eq_ignore_ascii_case(name));
        let normalized = (policy.gzip || policy.brotli) && name.eq_ignore_ascii_case("Accept-Encoding");
        if only_toward_origin || normalized || !is_listable(name) {
            violations.push(header_not_allowed(name));
        }
    }
    violations.extend(names_too_long(&policy.headers, &policy.cookies, &policy.query_strings));
    let counts = [
        (policy.headers.len(), "TooManyHeadersInCachePolicy", "headers"),
        (names(&policy.cookies), "TooManyCookiesInCachePolicy", "cookies"),
        (names(&policy.query_strings), "TooManyQueryStringsInCachePolicy", "query strings"),
    ];
    for (count, code, what) in counts {
        let text = format!("The number of {what} in the cache policy exceeds the maximum.");
        quota(&mut violations, count, POLICY_NAMES_MAX, code, &text);
    }
    violations
}

/// What is wrong with an origin request policy.
#[must_use]
pub fn origin_request_policy(policy: &OriginRequestPolicy) -> Vec<Violation> {
    let mut violations = Vec::new();
    let (listed, excepted): (&[Box<str>], bool) = match &policy.headers {
        OriginRequestHeaders::Allow(names) => (names, false),
        OriginRequestHeaders::AllExcept(names) => (names, true),
        OriginRequestHeaders::None | OriginRequestHeaders::AllViewer => (&[], false),
    };
    for name in listed.iter().filter(|_| !excepted) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("Authorization") || is("Accept-Encoding") || !is_listable(name) {
            violations.push(header_not_allowed(name));
        }
    }
    let unknown = policy.cloudfront_headers.iter().filter(|name| !is_known(name));
    violations.extend(unknown.map(|name| header_not_allowed(name)));
    let added = if policy.source.is_some() { 0 } else { policy.cloudfront_headers.len() };
    violations.extend(names_too_long(listed, &policy.cookies, &policy.query_strings));
    let counts = [
        (listed.len() + added, "TooManyHeadersInOriginRequestPolicy", "headers"),
        (names(&policy.cookies), "TooManyCookiesInOriginRequestPolicy", "cookies"),
        (names(&policy.query_strings), "TooManyQueryStringsInOriginRequestPolicy", "query strings"),
    ];
    for (count, code, what) in counts {
        let text = format!("The number of {what} in the origin request policy exceeds the maximum.");
        quota(&mut violations, count, POLICY_NAMES_MAX, code, &text);
    }
    violations
}

/// What is wrong with the legacy settings.
#[must_use]
pub fn forwarded_values(values: &ForwardedValues) -> Vec<Violation> {
    let mut violations = ttl_order(values.min_ttl, values.default_ttl, values.max_ttl);
    if !values.query_string && !values.query_string_cache_keys.is_empty() {
        violations.push(violation(
            "InvalidArgument",
            "The parameter QueryString cannot be false if query strings are set in QueryStringCacheKeys",
            Source::Recorded("hashicorp/terraform-provider-aws issue 17879"),
        ));
    }
    match &values.headers {
        ForwardedHeaders::None => {}
        ForwardedHeaders::All if values.min_ttl > 0 => {
            violations.push(invalid("The parameter MinTTL must be 0 when all headers are forwarded."));
        }
        ForwardedHeaders::All => {}
        ForwardedHeaders::Allow(names) => {
            quota(
                &mut violations,
                names.len(),
                POLICY_NAMES_MAX,
                "TooManyHeadersInForwardedValues",
                "Your request contains too many headers in forwarded values.",
            );
            violations
                .extend(names.iter().filter(|name| !is_listable(name)).map(|name| header_not_allowed(name)));
        }
    }
    quota(
        &mut violations,
        values.query_string_cache_keys.len(),
        POLICY_NAMES_MAX,
        "TooManyQueryStringParameters",
        "Your request contains too many query string parameters.",
    );
    quota(
        &mut violations,
        names(&values.cookies),
        POLICY_NAMES_MAX,
        "TooManyCookieNamesInWhiteList",
        "Your request contains more cookie names in the whitelist than are allowed per cache behavior.",
    );
    if let Selection::Allow(listed) = &values.cookies {
        let length: usize = listed.iter().map(|name| name.len()).sum();
        if length + listed.len() > LEGACY_COOKIE_NAMES_LENGTH_MAX {
            violations.push(invalid(format!(
                "The cookie names have {length} characters; {} of them may have {}.",
                listed.len(),
                LEGACY_COOKIE_NAMES_LENGTH_MAX.saturating_sub(listed.len())
            )));
        }
    }
    violations
}

/// What is wrong with a response headers policy.
#[must_use]
pub fn response_headers_policy(policy: &ResponseHeadersPolicy) -> Vec<Violation> {
    let mut violations = Vec::new();
    quota(
        &mut violations,
        policy.custom.len(),
        POLICY_NAMES_MAX,
        "TooManyCustomHeadersInResponseHeadersPolicy",
        "The number of custom headers in the response headers policy exceeds the maximum.",
    );
    quota(
        &mut violations,
        policy.remove.len(),
        POLICY_NAMES_MAX,
        "TooManyRemoveHeadersInResponseHeadersPolicy",
        "The number of headers in RemoveHeadersConfig in the response headers policy exceeds the maximum.",
    );
    let is_too_long = |value: &str| value.len() > CONTENT_SECURITY_POLICY_LENGTH_MAX;
    if policy.security.iter().any(|header| {
        header.name.eq_ignore_ascii_case("Content-Security-Policy") && is_too_long(&header.value)
    }) {
        violations.push(documented(
            "TooLongCSPInResponseHeadersPolicy",
            "The length of the Content-Security-Policy header value in the response headers policy exceeds the maximum.",
        ));
    }
    let named = policy.remove.iter().chain(policy.custom.iter().map(|header| &header.name));
    for name in named.filter(|name| is_untouchable(name)) {
        violations.push(invalid(format!(
            "The header {name} can not be set or removed by a response headers policy."
        )));
    }
    if let Some(cors) = &policy.cors {
        if cors.allow_credentials && cors.allow_origins.iter().any(|origin| **origin == *"*") {
            violations.push(invalid(
                "AccessControlAllowOrigins can not be * when AccessControlAllowCredentials is true.",
            ));
        }
        if cors.allow_origins.is_empty() {
            violations.push(invalid("AccessControlAllowOrigins must name at least one origin."));
        }
    }
    if policy.server_timing_rate.is_some_and(|rate| !(0.0..=100.0).contains(&rate)) {
        violations.push(invalid("SamplingRate must be from 0 to 100."));
    }
    violations
}

/// Minimum ≤ default ≤ maximum.
#[must_use]
pub fn ttl_order(min_ttl: u64, default_ttl: u64, max_ttl: u64) -> Vec<Violation> {
    if min_ttl <= default_ttl && default_ttl <= max_ttl {
        return Vec::new();
    }
    vec![documented("InvalidTTLOrder", "The TTL order specified is not valid.")]
}

/// Whether a setting may name the header; of CloudFront's own, those that there are.
fn is_listable(name: &str) -> bool {
    origin_header(name).listable && (!is_cloudfront_header(name) || is_known(name))
}

fn header_not_allowed(name: &str) -> Violation {
    violation(
        "InvalidArgument",
        format!("The parameter Headers contains {name} that is not allowed."),
        Source::Recorded("the text is recorded for Authorization in an origin request policy"),
    )
}

fn names_too_long(headers: &[Box<str>], cookies: &Selection, query_strings: &Selection) -> Option<Violation> {
    let listed = [cookies, query_strings].into_iter().flat_map(|selection| match selection {
        Selection::None | Selection::All => &[][..],
        Selection::Allow(names) | Selection::AllExcept(names) => names,
    });
    let length: usize = headers.iter().chain(listed).map(|name| name.len()).sum();
    (length > POLICY_NAMES_LENGTH_MAX).then(|| {
        invalid(format!(
            "The names of headers, cookies and query strings have {length} characters, more than \
             {POLICY_NAMES_LENGTH_MAX}."
        ))
    })
}

fn names(selection: &Selection) -> usize {
    match selection {
        Selection::None | Selection::All => 0,
        Selection::Allow(names) | Selection::AllExcept(names) => names.len(),
    }
}

fn is_untouchable(name: &str) -> bool {
    UNTOUCHABLE.iter().any(|untouchable| match untouchable.strip_suffix('*') {
        Some(prefix) => name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => untouchable.eq_ignore_ascii_case(name),
    })
}

const CACHING_DISABLED: Source =
    Source::Recorded("the text is recorded for HeaderBehavior, CookieBehavior and QueryStringBehavior");

/// "512 minus the number of cookies" is how many characters their names may have (Cookies).
const LEGACY_COOKIE_NAMES_LENGTH_MAX: usize = 512;

const CONTENT_SECURITY_POLICY_LENGTH_MAX: usize = 1_783;

/// Headers that CloudFront adds toward the origin but never puts into a cache key (adding-cloudfront-headers).
const ONLY_TOWARD_ORIGIN: &[&str] = &[
    "CloudFront-Viewer-Address",
    "CloudFront-Viewer-ASN",
    "CloudFront-Viewer-JA3-Fingerprint",
    "CloudFront-Viewer-JA4-Fingerprint",
    "CloudFront-Viewer-TLS",
];

/// "Headers that can't be removed" (understanding-response-headers-policies), sorted.
const UNTOUCHABLE: &[&str] = &[
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-*",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "Warning",
    "X-Accel-Buffering",
    "X-Accel-Charset",
    "X-Accel-Limit-Rate",
    "X-Accel-Redirect",
    "X-Amz-Cf-*",
    "X-Amzn-Auth",
    "X-Amzn-Cf-Billing",
    "X-Amzn-Cf-Id",
    "X-Amzn-Cf-Xff",
    "X-Amzn-ErrorType",
    "X-Amzn-Fle-Profile",
    "X-Amzn-Header-Count",
    "X-Amzn-Header-Order",
    "X-Amzn-Lambda-Integration-Tag",
    "X-Amzn-RequestId",
    "X-Cache",
    "X-Edge-*",
    "X-Forwarded-Proto",
    "X-Real-Ip",
];
