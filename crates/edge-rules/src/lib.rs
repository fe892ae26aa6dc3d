//! CloudFront's decisions as pure functions over a compiled distribution: behavior, cache key, origin request,
//! lifetime, headers, error pages. Nothing here does I/O, reads a clock or draws randomness.

#![forbid(unsafe_code)]

pub mod config;

pub use config::{
    AllowedMethods, Behavior, CachePolicy, Cors, CustomErrorResponse, Distribution, ForwardedHeaders,
    ForwardedValues, HeaderToSet, KeySettings, Origin, OriginAccessControl, OriginProtocolPolicy,
    OriginRequestHeaders, OriginRequestPolicy, ResponseHeadersPolicy, Selection, SigningBehavior, Upstream,
    ViewerProtocolPolicy,
};
