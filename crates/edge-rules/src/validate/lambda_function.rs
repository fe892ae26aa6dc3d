//! Functions of Lambda as a distribution may be associated with them.

use frontgate_aws::Source;

use super::{Violation, violation};
use crate::lambda_edge::Trigger;
use crate::lambda_edge::restrictions::TIMEOUT_SECONDS_MAX;

/// A version of a function, as far as Lambda@Edge looks at it.
#[derive(Clone, Debug)]
pub struct LambdaConfiguration<'a> {
    /// The ARN that the association names.
    pub arn: &'a str,
    /// `Runtime`
    pub runtime: &'a str,
    /// `Timeout`, seconds.
    pub timeout_seconds: u64,
    /// What it uses of Lambda's features.
    pub features: &'a [LambdaFeature],
}

/// A feature of Lambda that Lambda@Edge does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LambdaFeature {
    /// `Architectures: [arm64]`
    Arm64,
    /// `PackageType: Image`
    ContainerImage,
    /// `DeadLetterConfig`
    DeadLetterQueue,
    /// `Environment` with variables
    EnvironmentVariables,
    /// More than 512 MB of `EphemeralStorage`
    EphemeralStorage,
    /// `Layers`
    Layers,
    /// `Code.SourceKMSKeyArn`
    SourceKey,
    /// `TracingConfig` with `Mode: Active`
    Tracing,
    /// `VpcConfig`
    Vpc,
}

/// What is wrong with the ARN of an association.
#[must_use]
pub fn lambda_function_arn(arn: &str) -> Option<Violation> {
    let mut parts = arn.splitn(7, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (prefix, _, service, region, _, kind, rest) =
        (next(), next(), next(), next(), next(), next(), next());
    let version = rest.split_once(':').map(|(_, version)| version);
    let is_number = |version: &str| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    if prefix != "arn" || service != "lambda" || kind != "function" || !version.is_some_and(is_number) {
        let text = "The function ARN must reference a specific function version. (The ARN must end with the version \
                    number.) ARN:";
        return Some(refused(&format!("{text} {arn}"), RECORDED));
    }
    (region != "us-east-1")
        .then(|| refused(&format!("The function must be in region 'us-east-1'. ARN: {arn}"), RECORDED))
}

/// What is wrong with the function of an association.
#[must_use]
pub fn lambda_function(function: &LambdaConfiguration<'_>) -> Vec<Violation> {
    let LambdaConfiguration { arn, runtime, timeout_seconds, features } = function;
    let mut violations = Vec::new();
    if !runtime.starts_with("nodejs") && !runtime.starts_with("python") {
        let text = format!(
            "The function has a runtime that is not supported by Lambda@Edge: {runtime} Function: {arn}"
        );
        violations.push(refused(&text, RECORDED));
    }
    if *timeout_seconds > TIMEOUT_SECONDS_MAX {
        let text = format!(
            "The function timeout is larger than the maximum allowed for functions that are triggered by a CloudFront \
             event: {timeout_seconds} Max allowed: {TIMEOUT_SECONDS_MAX} Function: {arn}"
        );
        violations.push(refused(&text, OWN_WORDS));
    }
    for feature in *features {
        let (text, source) = feature.refusal();
        violations.push(refused(&format!("{text} Function: {arn}"), source));
    }
    violations
}

/// What is wrong with a role that Lambda and Lambda@Edge, or one of them, may not assume.
#[must_use]
pub fn lambda_role(role_arn: &str) -> Violation {
    let text = "The function execution role must be assumable with edgelambda.amazonaws.com as well as \
                lambda.amazonaws.com principals. Update the IAM role and try again. Role:";
    refused(&format!("{text} {role_arn}"), RECORDED)
}

/// What is wrong with a function that is not there.
#[must_use]
pub fn lambda_function_missing(arn: &str) -> Violation {
    let text = format!(
        "Lambda@Edge cannot retrieve the specified Lambda function. Update the IAM policy to add permission: \
         lambda:GetFunction for resource: {arn} and try again."
    );
    refused(&text, RECORDED)
}

/// What is wrong with the body being asked for at a trigger that has none.
#[must_use]
pub fn lambda_include_body(trigger: Trigger) -> Option<Violation> {
    let text = format!("IncludeBody is not supported for the event type {}.", trigger.as_str());
    trigger.has_response().then(|| refused(&text, OWN_WORDS))
}

/// Two functions for one event type.
#[must_use]
pub fn lambda_twice(trigger: &str) -> Violation {
    let text = format!("There is more than one function for the event type {trigger}.");
    refused(&text, OWN_WORDS)
}

/// A CloudFront Function and a function of Lambda@Edge, both for viewer events.
#[must_use]
pub fn lambda_beside_function() -> Violation {
    let text =
        "A cache behavior cannot have CloudFront Functions and Lambda@Edge functions for viewer events.";
    refused(text, OWN_WORDS)
}

impl LambdaFeature {
    fn refusal(self) -> (&'static str, Source) {
        match self {
            Self::Arm64 => ("The function cannot use the arm64 architecture.", OWN_WORDS),
            Self::ContainerImage => ("The function cannot be a container image.", OWN_WORDS),
            Self::DeadLetterQueue => ("The function cannot have a dead letter queue.", OWN_WORDS),
            Self::EnvironmentVariables => ("The function cannot have environment variables.", RECORDED),
            Self::EphemeralStorage => {
                ("The function cannot have more than 512 MB of ephemeral storage.", OWN_WORDS)
            }
            Self::Layers => ("The function cannot have layers.", OWN_WORDS),
            Self::SourceKey => ("The function's code cannot be encrypted with a key of your own.", OWN_WORDS),
            Self::Tracing => ("The function cannot have X-Ray tracing.", OWN_WORDS),
            Self::Vpc => ("The function cannot be configured for a VPC.", OWN_WORDS),
        }
    }
}

fn refused(text: &str, source: Source) -> Violation {
    violation("InvalidLambdaFunctionAssociation", text, source)
}

const RECORDED: Source = Source::Recorded("an answer of CreateDistribution");

const OWN_WORDS: Source =
    Source::Inferred("lambda-at-edge-function-restrictions has the rule, CloudFront's text is not known");

#[cfg(test)]
mod tests {
    use super::{LambdaConfiguration, LambdaFeature, lambda_function, lambda_function_arn};

    #[test]
    fn an_arn_names_a_version_in_us_east_1() {
        let version = "The function ARN must reference a specific function version.";
        let region = "The function must be in region 'us-east-1'.";
        for (arn, wanted) in [
            ("arn:aws:lambda:us-east-1:123456789012:function:f:1", None),
            ("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", Some(version)),
            ("arn:aws:lambda:us-east-1:123456789012:function:f:live", Some(version)),
            ("arn:aws:lambda:us-east-1:123456789012:function:f", Some(version)),
            ("arn:aws:lambda:us-east-1:123456789012:function:f:", Some(version)),
            ("arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST", Some(version)),
            ("arn:aws:lambda:eu-west-1:123456789012:function:f:2", Some(region)),
            ("f", Some(version)),
            ("", Some(version)),
        ] {
            let found = lambda_function_arn(arn).map(|violation| violation.message);
            assert_eq!(found.is_some(), wanted.is_some(), "{arn}: {found:?}");
            assert!(found.unwrap_or_default().starts_with(wanted.unwrap_or_default()), "{arn}");
        }
    }

    #[test]
    fn a_function_for_the_edge_has_no_features_beside_code() {
        let function =
            LambdaConfiguration { arn: "A", runtime: "nodejs22.x", timeout_seconds: 30, features: &[] };
        assert_eq!(lambda_function(&function), []);
        let (features, runtime) = (&[LambdaFeature::EnvironmentVariables, LambdaFeature::Vpc][..], "java21");
        let texts: Vec<String> =
            lambda_function(&LambdaConfiguration { features, runtime, timeout_seconds: 31, ..function })
                .into_iter()
                .map(|violation| violation.message)
                .collect();
        assert_eq!(texts.len(), 4);
        assert_eq!(texts[2], "The function cannot have environment variables. Function: A");
    }
}
