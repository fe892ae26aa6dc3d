//! What does CloudFront refuse when a distribution or a policy is deployed, and with which code and text?
//!
//! Authority: <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html> and its errors.

/// A setting that CloudFront refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// CloudFront's error code, such as `InvalidArgument`.
    pub code: &'static str,
    /// Its text.
    pub message: String,
}
