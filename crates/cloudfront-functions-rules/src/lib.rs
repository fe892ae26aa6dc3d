//! CloudFront Functions but for the engine that runs them: which source a runtime accepts, the event that a function
//! gets, and what CloudFront makes of its result.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-functions.html>.

#![forbid(unsafe_code)]

mod cookies;
pub mod event;
mod fields;
pub mod origin_change;
pub mod restrictions;
pub mod result;
pub mod runtime;
pub mod store;
pub mod syntax;

#[cfg(test)]
mod tests;

pub use event::{Event, EventType, RequestView, ResponseView};
pub use origin_change::OriginChange;
pub use result::{ChangedRequest, ChangedResponse, Failure, FunctionResult, Read};
pub use runtime::Runtime;
pub use store::KeyValueStore;
pub use syntax::{SyntaxError, check};
