//! API Gateway as an engine: one request of a REST API from its Host to its answer.
//!
//! The decisions are in `frontgate-gateway-rules`; this crate calls functions and HTTP backends through two seams
//! and waits for them.

#![forbid(unsafe_code)]

mod call;
mod seams;

pub use call::{Call, Permission};
pub use seams::{FunctionCall, FunctionOutcome, Functions, HttpCall, HttpFailure, HttpIntegrations};
