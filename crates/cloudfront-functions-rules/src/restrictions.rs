//! Which headers may a function see and change, and how large may things be?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html>
//! and the quotas on CloudFront Functions of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>.

use frontgate_aws::Source;

use crate::event::EventType;

/// Bytes of a function's source at most: "10 KB".
pub const SOURCE_BYTES_MAX: usize = 10_240;

/// Bytes of the log of one call; what is beyond is cut off.
pub const LOG_BYTES_MAX: usize = 10_240;

/// Bytes of path and query together stay below this.
pub const URI_BYTES_LIMIT: usize = 8_192;

/// Where the limits were learnt.
pub const LIMITS_SOURCE: Source = Source::Documented("cloudfront-limits");

/// A header that no function sees or adds; a name that ends with `-` stands for all that begin so.
#[derive(Clone, Copy, Debug)]
pub struct Disallowed {
    /// Lower case.
    pub name: &'static str,
    /// Where it was learnt.
    pub source: Source,
}

/// A header that a function may read but not change.
#[derive(Clone, Copy, Debug)]
pub struct ReadOnly {
    /// Lower case.
    pub name: &'static str,
    /// The event in which it is read-only.
    pub event: EventType,
    /// Where it was learnt.
    pub source: Source,
}

/// Whether functions neither see nor add the header, whose name is in lower case.
#[must_use]
pub fn is_disallowed(name: &str) -> bool {
    DISALLOWED.iter().any(|row| {
        let is_prefix = row.name.ends_with('-');
        if is_prefix { name.starts_with(row.name) } else { name == row.name }
    })
}

/// The headers that are read-only in an event.
pub fn read_only(event: EventType) -> impl Iterator<Item = &'static str> {
    READ_ONLY.iter().filter(move |row| row.event == event).map(|row| row.name)
}

macro_rules! disallowed {
    ($($name:literal)*) => {
        /// The disallowed headers.
        pub const DISALLOWED: &[Disallowed] = &[$(Disallowed {
            name: $name,
            source: Source::Documented("edge-function-restrictions-all"),
        }),*];
    };
}

disallowed! {
    "connection"
    "expect"
    "keep-alive"
    "proxy-authenticate"
    "proxy-authorization"
    "proxy-connection"
    "trailer"
    "upgrade"
    "x-accel-buffering"
    "x-accel-charset"
    "x-accel-limit-rate"
    "x-accel-redirect"
    "x-amz-cf-"
    "x-amzn-auth"
    "x-amzn-cf-billing"
    "x-amzn-cf-id"
    "x-amzn-cf-xff"
    "x-amzn-errortype"
    "x-amzn-fle-profile"
    "x-amzn-header-count"
    "x-amzn-header-order"
    "x-amzn-lambda-integration-tag"
    "x-amzn-requestid"
    "x-cache"
    "x-edge-"
    "x-forwarded-proto"
    "x-real-ip"
}

macro_rules! read_only {
    ($($event:ident $name:literal)*) => {
        /// The read-only headers.
        pub const READ_ONLY: &[ReadOnly] = &[$(ReadOnly {
            name: $name,
            event: EventType::$event,
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
    ViewerResponse "via"
    ViewerResponse "warning"
}
