//! What does CloudFront refuse when a distribution or a policy is deployed, and with which code and text?
//!
//! Authority: the errors of <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html>, the
//! quotas of <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>, and texts
//! recorded from the service. Where no text of CloudFront is known the words are ours and the source says `Inferred`.

mod distribution;
mod lambda_function;
mod origin;
mod origin_group;
mod policies;

use frontgate_aws::Source;

pub use distribution::{
    ALIASES_MAX, BEHAVIORS_MAX, LAMBDA_FUNCTIONS_MAX, ORIGINS_MAX, PATH_PATTERN_LENGTH_MAX, allowed_methods,
    behavior, cached_methods, custom_error_response, default_root_object, distribution, path_pattern,
};
pub use lambda_function::{
    LambdaConfiguration, LambdaFeature, lambda_beside_function, lambda_function, lambda_function_arn,
    lambda_function_missing, lambda_include_body, lambda_role, lambda_twice,
};
pub use origin::{
    ORIGIN_CUSTOM_HEADERS_LENGTH_MAX, ORIGIN_CUSTOM_HEADERS_MAX, ORIGIN_PATH_LENGTH_MAX, origin,
    origin_custom_header, origin_custom_headers, origin_path, origin_shield, response_completion_timeout,
};
pub use origin_group::{FAILOVER_STATUS_CODES, ORIGIN_GROUPS_MAX, origin_group};
pub use policies::{
    POLICY_NAMES_LENGTH_MAX, POLICY_NAMES_MAX, cache_policy, forwarded_values, origin_request_policy,
    response_headers_policy, ttl_order,
};

/// A setting that CloudFront refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// CloudFront's error code, such as `InvalidArgument`.
    pub code: &'static str,
    /// Its text.
    pub message: String,
    /// Where the rule was learnt.
    pub source: Source,
}

fn violation(code: &'static str, message: impl Into<String>, source: Source) -> Violation {
    Violation { code, message: message.into(), source }
}

/// The text of an error as the API reference has it.
fn documented(code: &'static str, message: &str) -> Violation {
    violation(code, message, API)
}

/// `InvalidArgument` for a rule that is documented while CloudFront's text for it is not.
fn invalid(message: impl Into<String>) -> Violation {
    violation("InvalidArgument", message, OWN_WORDS)
}

/// Adds a violation where a number of things is above its quota.
fn quota(violations: &mut Vec<Violation>, count: usize, max: usize, code: &'static str, message: &str) {
    if count > max {
        violations.push(documented(code, &format!("{message} ({count} are given, {max} are allowed.)")));
    }
}

const API: Source = Source::Documented("API_CreateDistribution");

const OWN_WORDS: Source = Source::Inferred("the rule is documented, CloudFront's text for it is not known");

#[cfg(test)]
mod tests;
