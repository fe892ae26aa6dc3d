//! How the events of a function, a version or an alias are treated that nobody waits for.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html>

use frontgate_explain::PlaceId;

/// `AWS::Lambda::EventInvokeConfig`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInvokeConfig {
    /// The name of the function.
    pub function: Box<str>,
    /// `$LATEST`, the number of a version, or an alias.
    pub qualifier: Box<str>,
    /// `MaximumRetryAttempts`
    pub retry_attempts_max: Option<u32>,
    /// `MaximumEventAgeInSeconds`
    pub event_age_seconds_max: Option<u32>,
    /// The ARN of the function that is told of a success.
    pub on_success: Option<Box<str>>,
    /// The ARN of the function that is told when Lambda gives up.
    pub on_failure: Option<Box<str>>,
    /// The place of the resource.
    pub place: PlaceId,
}

impl EventInvokeConfig {
    /// Whether it is for that function and qualifier; without one it is `$LATEST` that runs.
    #[must_use]
    pub fn is_for(&self, function: &str, qualifier: Option<&str>) -> bool {
        *self.function == *function && *self.qualifier == *qualifier.unwrap_or("$LATEST")
    }
}
