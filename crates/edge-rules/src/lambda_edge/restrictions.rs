//! Which headers may a function of Lambda@Edge see and change, and how large may things be?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html>,
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html> and the
//! quotas on Lambda@Edge of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>.

use frontgate_aws::Source;
pub use frontgate_cloudfront_functions_rules::restrictions::{URI_BYTES_LIMIT, is_disallowed};

use super::Trigger;

/// Bytes of a request's body that a function sees or puts in its place, and of a response that it generates, headers
/// included: 40 KB at viewer triggers, 1 MB at origin triggers.
#[must_use]
pub fn bytes_max(trigger: Trigger) -> usize {
    if trigger.is_viewers() { VIEWER_BYTES_MAX } else { ORIGIN_BYTES_MAX }
}

/// Seconds that a function may take at most, at every trigger.
pub const TIMEOUT_SECONDS_MAX: u64 = 30;

/// MB of ephemeral storage that a function may have at most.
pub const EPHEMERAL_STORAGE_MB_MAX: u64 = 512;

/// Bytes of all headers that a function may leave: more takes no origin and no viewer.
pub const HEADER_BYTES_MAX: usize = 32_768;

/// Where the limits were learnt.
pub const LIMITS_SOURCE: Source = Source::Documented("cloudfront-limits");

const VIEWER_BYTES_MAX: usize = 40 * 1024;
const ORIGIN_BYTES_MAX: usize = 1024 * 1024;

/// A header that a function may read but not change.
#[derive(Clone, Copy, Debug)]
pub struct ReadOnly {
    /// The trigger at which it is read-only.
    pub trigger: Trigger,
    /// Lower case.
    pub name: &'static str,
    /// Where it was learnt.
    pub source: Source,
}

/// The headers that are read-only at a trigger.
pub fn read_only(trigger: Trigger) -> impl Iterator<Item = &'static str> {
    READ_ONLY.iter().filter(move |row| row.trigger == trigger).map(|row| row.name)
}

macro_rules! read_only {
    ($($trigger:ident $name:literal)*) => {
        /// The read-only headers.
        pub const READ_ONLY: &[ReadOnly] = &[$(ReadOnly {
            trigger: Trigger::$trigger,
            name: $name,
            source: Source::Documented("edge-function-restrictions-all"),
        }),*];
    };
}

read_only! {
    ViewerRequest "cdn-loop"
    ViewerRequest "content-length"
    ViewerRequest "host"
    ViewerRequest "transfer-encoding"
    ViewerRequest "via"
    OriginRequest "accept-encoding"
    OriginRequest "cdn-loop"
    OriginRequest "content-length"
    OriginRequest "if-modified-since"
    OriginRequest "if-none-match"
    OriginRequest "if-range"
    OriginRequest "if-unmodified-since"
    OriginRequest "transfer-encoding"
    OriginRequest "via"
    OriginResponse "transfer-encoding"
    OriginResponse "via"
    ViewerResponse "content-encoding"
    ViewerResponse "content-length"
    ViewerResponse "transfer-encoding"
    ViewerResponse "via"
    ViewerResponse "warning"
}
