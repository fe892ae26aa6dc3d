//! API Gateway as an engine: one request of a REST API from its Host to its answer.
//!
//! The decisions are in `frontgate-gateway-rules`; this crate calls functions and HTTP backends through two seams
//! and waits for them.

#![forbid(unsafe_code)]

mod answer;
mod authorize;
mod call;
mod compression;
mod function_url;
mod integrations;
mod seams;
mod serve;
#[cfg(test)]
mod tests;

pub use call::{Call, Permission};
pub use frontgate_gateway_rules::{AuthType, FunctionUrl, HttpCall};
pub use function_url::{UrlCall, UrlCaller, UrlPermission, serve_function_url};
pub use seams::{FunctionCall, FunctionOutcome, Functions, HttpFailure, HttpIntegrations};
pub use serve::{PAYLOAD_LENGTH_MAX, serve};
