//! The CloudFront line: what happens to a viewer's request from the choice of the behavior to the last header.
//!
//! [`Edge::serve`] is the line. What CloudFront decides is in `frontgate-edge-rules`; what is kept is in
//! `frontgate-cache`; who answers for an origin is behind the seam [`Origins`]. The edge reads no clock and draws no
//! random number: time and names of requests are handed in by [`Exchange`].

#![forbid(unsafe_code)]

mod exchange;
mod invalidate;
mod lambda_at_edge;
mod object;
mod origins;
mod pages;
mod pieces;
mod request_id;
mod serve;
mod steps;
mod viewer_functions;

#[cfg(test)]
mod tests;

pub use exchange::{ChangedByFunction, Exchange, XCache};
pub use invalidate::invalidate;
pub use lambda_at_edge::{LambdaAtEdge, LambdaFailure, LambdaOutcome};
pub use object::{Content, Dressed, Object};
pub use origins::{OriginCall, OriginFailure, Origins};
pub use pages::PointOfPresence;
pub use pieces::Pieces;
pub use request_id::RequestId;
pub use serve::Edge;
pub use steps::refresh::Refresh;
pub use viewer_functions::{FunctionFailure, FunctionOutcome, ViewerFunctions};
