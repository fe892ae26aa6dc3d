//! CloudFront's decisions as pure functions over a compiled distribution: behavior, cache key, origin request,
//! lifetime, headers, error pages. Nothing here does I/O, reads a clock or draws randomness.

#![forbid(unsafe_code)]

pub mod accept_encoding;
pub mod access_log;
pub mod cache_control;
pub mod cache_tags;
pub mod chain;
pub mod cloudfront_headers;
pub mod compression;
pub mod conditional;
pub mod config;
mod cookies;
pub mod delivery;
pub mod errors;
pub mod failover;
pub mod http_date;
pub mod invalidation;
pub mod key;
pub mod lambda_edge;
pub mod lifetime;
pub mod named_targets;
pub mod origin_request;
pub mod origin_shield;
pub mod parts;
pub mod paths;
pub mod pitfalls;
mod query;
pub mod ranges;
pub mod response_headers;
mod selection;
pub mod service_names;
pub mod signed;
pub mod tables;
pub mod validate;
pub mod viewer;
pub mod viewer_certificate;
pub mod viewer_function;
pub mod viewer_location;
pub mod web_socket;

#[cfg(test)]
mod fixture;

pub use config::{
    AllowedMethods, Behavior, CachePolicy, Cors, CustomErrorResponse, Distribution, ForwardedHeaders,
    ForwardedValues, GeoRestriction, GeoRestrictionType, HeaderToSet, KeySettings, Logging, Origin,
    OriginAccessControl, OriginGroup, OriginProtocolPolicy, OriginRequestHeaders, OriginRequestPolicy,
    ResponseHeadersPolicy, Selection, SigningBehavior, Upstream, ViewerProtocolPolicy,
};
pub use lambda_edge::{EdgeFunction, LambdaFunction};
pub use viewer_certificate::ViewerCertificate;
pub use viewer_function::ViewerFunction;
