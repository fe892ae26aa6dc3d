//! The distribution itself and its behaviors.

use frontgate_aws::Source;

use super::origin_group::methods_of_origin_group;
use super::{Violation, documented, invalid, quota, violation};
use crate::config::{
    AllowedMethods, Behavior, Distribution, ForwardedHeaders, KeySettings, OriginRequestHeaders, Upstream,
};
use crate::lambda_edge::EdgeFunction;

/// How many behaviors a distribution may have beside the default one.
pub const BEHAVIORS_MAX: usize = 75;

/// How many origins a distribution may have.
pub const ORIGINS_MAX: usize = 100;

/// How many alternate domain names a distribution may have.
pub const ALIASES_MAX: usize = 100;

/// How many associations with Lambda@Edge functions a distribution may have.
pub const LAMBDA_FUNCTIONS_MAX: usize = 100;

/// How long a path pattern may be.
pub const PATH_PATTERN_LENGTH_MAX: usize = 255;

/// What is wrong with a distribution as a whole; behaviors and origins have checks of their own.
#[must_use]
pub fn distribution(distribution: &Distribution) -> Vec<Violation> {
    let mut violations = Vec::new();
    quota(
        &mut violations,
        distribution.behaviors.len(),
        BEHAVIORS_MAX,
        "TooManyCacheBehaviors",
        "You cannot create more cache behaviors for the distribution.",
    );
    quota(
        &mut violations,
        distribution.aliases.len(),
        ALIASES_MAX,
        "TooManyDistributionCNAMEs",
        "Your request contains more CNAMEs than are allowed per distribution.",
    );
    quota(
        &mut violations,
        distribution.all_behaviors().map(lambda_functions).sum(),
        LAMBDA_FUNCTIONS_MAX,
        "TooManyLambdaFunctionAssociations",
        "Your request contains more Lambda@Edge function associations than are allowed per distribution.",
    );
    quota(
        &mut violations,
        distribution.origins.len(),
        ORIGINS_MAX,
        "TooManyOrigins",
        "You cannot create more origins for the distribution.",
    );
    for (index, behavior) in distribution.behaviors.iter().enumerate() {
        let earlier = &distribution.behaviors[..index];
        if earlier.iter().any(|other| other.path_pattern == behavior.path_pattern) {
            let pattern = behavior.path_pattern.as_deref().unwrap_or("*");
            violations.push(invalid(format!("The path pattern {pattern} is there twice.")));
        }
    }
    if let Some(object) = &distribution.default_root_object {
        violations.extend(default_root_object(object));
    }
    for (index, row) in distribution.error_responses.iter().enumerate() {
        let page = row.page.as_ref().map(|(path, code)| (&**path, *code));
        violations.extend(custom_error_response(row.error_code, page));
        if distribution.error_responses[..index].iter().any(|other| other.error_code == row.error_code) {
            violations.push(invalid(format!("The error code {} is there twice.", row.error_code)));
        }
    }
    violations
}

fn lambda_functions(behavior: &Behavior) -> usize {
    let is_lambda = |function: &Option<EdgeFunction>| matches!(function, Some(EdgeFunction::Lambda(_)));
    let viewers = [&behavior.viewer_request, &behavior.viewer_response];
    let origins = [&behavior.origin_request, &behavior.origin_response];
    viewers.into_iter().filter(|function| is_lambda(function)).count() + origins.into_iter().flatten().count()
}

/// What is wrong with a behavior; its path pattern, policies and origin have checks of their own.
#[must_use]
pub fn behavior(behavior: &Behavior) -> Vec<Violation> {
    let mut violations = Vec::new();
    if behavior.options_cached && behavior.allowed_methods == AllowedMethods::GetHead {
        violations.push(invalid("CachedMethods can not include OPTIONS when AllowedMethods does not."));
    }
    let legacy = matches!(behavior.key, KeySettings::Legacy(_));
    if legacy && behavior.origin_request_policy.is_some() {
        violations.push(invalid("An origin request policy needs a cache policy."));
    }
    violations.extend(methods_of_origin_group(behavior));
    let is_bucket = behavior.origins().any(|origin| matches!(origin.upstream, Upstream::S3 { .. }));
    if is_bucket && lists_host(behavior) {
        violations.push(documented(
            "InvalidHeadersForS3Origin",
            "The headers specified are not valid for an Amazon S3 origin.",
        ));
    }
    violations
}

/// What is wrong with a path pattern as it is written, with or without its leading slash.
#[must_use]
pub fn path_pattern(pattern: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if pattern.is_empty() {
        violations.push(invalid("The path pattern is empty."));
    }
    if pattern.len() > PATH_PATTERN_LENGTH_MAX {
        violations
            .push(invalid(format!("The path pattern is longer than {PATH_PATTERN_LENGTH_MAX} characters.")));
    }
    if let Some(bad) = pattern.chars().find(|c| !c.is_ascii_alphanumeric() && !"_-.*?$/~\"'@:+&".contains(*c))
    {
        violations
            .push(invalid(format!("The path pattern has the character {bad:?}, which is not allowed.")));
    }
    violations
}

/// The set of allowed methods that these are.
///
/// # Errors
/// CloudFront knows three sets only.
pub fn allowed_methods(methods: &[&str]) -> Result<AllowedMethods, Violation> {
    let mut sorted: Vec<&str> = methods.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    match sorted.as_slice() {
        ["GET", "HEAD"] => Ok(AllowedMethods::GetHead),
        ["GET", "HEAD", "OPTIONS"] => Ok(AllowedMethods::GetHeadOptions),
        ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] => Ok(AllowedMethods::All),
        _ => Err(invalid(
            "AllowedMethods must be GET, HEAD; or GET, HEAD, OPTIONS; or GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE.",
        )),
    }
}

/// Whether OPTIONS is among the cached methods.
///
/// # Errors
/// CloudFront knows two sets only.
pub fn cached_methods(methods: &[&str]) -> Result<bool, Violation> {
    match allowed_methods(methods) {
        Ok(AllowedMethods::GetHead) => Ok(false),
        Ok(AllowedMethods::GetHeadOptions) => Ok(true),
        _ => Err(invalid("CachedMethods must be GET, HEAD; or GET, HEAD, OPTIONS.")),
    }
}

/// What is wrong with a custom error response: the error code, and the page with its response code.
#[must_use]
pub fn custom_error_response(error_code: u16, page: Option<(&str, u16)>) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !ERROR_CODES.contains(&error_code) {
        violations.push(documented("InvalidErrorCode", "An invalid error code was specified."));
    }
    if let Some((path, response_code)) = page {
        if response_code != 200 && !ERROR_CODES.contains(&response_code) {
            violations.push(documented("InvalidResponseCode", "A response code is not valid."));
        }
        if !path.starts_with('/') {
            violations.push(violation(
                "InvalidArgument",
                "The parameter ResponsePagePath must begin with a slash (/).",
                Source::Inferred("CustomErrorResponse: the path is relative to the distribution"),
            ));
        }
    }
    violations
}

/// What is wrong with a default root object as it is written.
#[must_use]
pub fn default_root_object(object: &str) -> Vec<Violation> {
    let bad = |byte: u8| byte <= b' ' || byte >= 0x7f || b"\"<>\\^`{|}?#".contains(&byte);
    if object.len() > PATH_PATTERN_LENGTH_MAX || object.starts_with('/') || object.bytes().any(bad) {
        let text = "The default root object file name is too big or contains an invalid character.";
        return vec![documented("InvalidDefaultRootObject", text)];
    }
    Vec::new()
}

fn lists_host(behavior: &Behavior) -> bool {
    let lists = |names: &[Box<str>]| names.iter().any(|name| name.eq_ignore_ascii_case("Host"));
    let by_key = match &behavior.key {
        KeySettings::Policy { policy, .. } => lists(&policy.headers),
        KeySettings::Legacy(values) => {
            matches!(&values.headers, ForwardedHeaders::Allow(names) if lists(names))
        }
    };
    by_key
        || behavior.origin_request_policy.as_deref().is_some_and(
            |policy| matches!(&policy.headers, OriginRequestHeaders::Allow(names) if lists(names)),
        )
}

/// The codes that a custom error response may name; as its response code also 200.
const ERROR_CODES: &[u16] = &[400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
