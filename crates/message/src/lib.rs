//! The vocabulary of HTTP that every crate of the house shares: a request, a response, their headers and bodies.
//!
//! Nothing here reads a socket or a clock. Header names keep the case and the order in which they came, because
//! API Gateway hands both to functions and CloudFront keeps an order of its own; `http::HeaderMap` keeps neither.

#![forbid(unsafe_code)]

mod body;
mod headers;
mod location;
mod method;
mod request;
mod response;
mod sent;
mod tunnel;

pub use body::{Body, BodyError, Chunks, Stream};
pub use headers::{Headers, HeadersIter, write_field};
pub use location::{CountryCode, ViewerLocation};
pub use method::Method;
pub use request::{Connection, Fingerprints, Handshake, Request, RequestHead, Scheme, Target, Tls, Version};
pub use response::{ReasonPhrase, Response, SharedHead, reason_phrase};
pub use sent::{OnSent, Sent, SentEnd};
pub use tunnel::{FarSide, Tunnel, TunnelEnd, TunnelEnded};
