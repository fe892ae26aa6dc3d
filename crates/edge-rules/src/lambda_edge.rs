//! Lambda@Edge: which functions a behavior has, what they see, and what CloudFront makes of what they return.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html>,
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-generating-http-responses.html> and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html>.

mod event;
mod headers;
mod origin;
mod origin_side;
pub mod restrictions;
mod result;

use std::sync::Arc;

use frontgate_explain::{FactKind, PlaceId};

use crate::errors::ErrorPage;
use crate::viewer_function::ViewerFunction;

pub use event::{EventBody, EventRequest, EventResponse, LambdaEvent, PreparedEvent};
pub use origin::LambdaOrigin;
pub use origin_side::{bare_origin, bare_request, bucket_of_host, dressed_request, split_target};
pub use result::{ChangedLambdaRequest, LambdaResponse, LambdaResult, read_result};

/// A published version of a Lambda function that a behavior is associated with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaFunction {
    /// The name of the function as it runs at the edge, such as `us-east-1.rewrite`.
    pub name: Box<str>,
    /// The ARN that the behavior names, with the number of the version.
    pub arn: Box<str>,
    /// `IncludeBody`
    pub include_body: bool,
    /// The place of the function.
    pub place: PlaceId,
}

/// The edge function of a viewer event: each event has one at most, and both viewer events the same kind.
#[derive(Clone, Debug, PartialEq)]
pub enum EdgeFunction {
    /// A CloudFront Function.
    CloudFront(Arc<ViewerFunction>),
    /// A Lambda@Edge function.
    Lambda(Arc<LambdaFunction>),
}

/// When a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// `viewer-request`
    ViewerRequest,
    /// `origin-request`
    OriginRequest,
    /// `origin-response`
    OriginResponse,
    /// `viewer-response`
    ViewerResponse,
}

/// A result that CloudFront does not take: 502.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The page that the viewer gets.
    pub page: ErrorPage,
    /// What it is called.
    pub kind: FactKind,
    /// The words for CloudFront's log about the function.
    pub message: String,
}

impl EdgeFunction {
    /// The place of the function.
    #[must_use]
    pub fn place(&self) -> PlaceId {
        match self {
            Self::CloudFront(function) => function.place,
            Self::Lambda(function) => function.place,
        }
    }
}

impl Trigger {
    /// Every trigger, in the order of the line.
    pub const ALL: [Self; 4] =
        [Self::ViewerRequest, Self::OriginRequest, Self::OriginResponse, Self::ViewerResponse];

    /// The word of `eventType` and of `LambdaFunctionAssociations`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViewerRequest => "viewer-request",
            Self::OriginRequest => "origin-request",
            Self::OriginResponse => "origin-response",
            Self::ViewerResponse => "viewer-response",
        }
    }

    /// A viewer causes it, not the way to an origin.
    #[must_use]
    pub fn is_viewers(self) -> bool {
        matches!(self, Self::ViewerRequest | Self::ViewerResponse)
    }

    /// It has a response.
    #[must_use]
    pub fn has_response(self) -> bool {
        matches!(self, Self::OriginResponse | Self::ViewerResponse)
    }

    /// The fact that a function ran.
    #[must_use]
    pub fn ran(self) -> FactKind {
        match self {
            Self::ViewerRequest => FactKind::LambdaEdgeViewerRequest,
            Self::OriginRequest => FactKind::LambdaEdgeOriginRequest,
            Self::OriginResponse => FactKind::LambdaEdgeOriginResponse,
            Self::ViewerResponse => FactKind::LambdaEdgeViewerResponse,
        }
    }
}

impl Invalid {
    fn new(page: ErrorPage, kind: FactKind, message: impl Into<String>) -> Self {
        Self { page, kind, message: message.into() }
    }
}

#[cfg(test)]
mod tests;
