//! The seam to the origins: whoever runs the edge decides how one is reached.

use frontgate_edge_rules::errors::ErrorPage;
use frontgate_edge_rules::origin_request::OriginRequest;
use frontgate_edge_rules::{Distribution, Origin};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Body, RequestHead, Response};

use crate::request_id::RequestId;

/// Fetches from origins: in process where the origin is ours, over the network where not.
pub trait Origins {
    /// The answer of the origin. Timeouts and connection attempts are those of `call.origin` and kept here; the facts
    /// of what happens on the way are noted into `trace`.
    fn fetch(
        &self,
        call: OriginCall<'_>,
        trace: &mut Trace,
    ) -> impl Future<Output = Result<Response, OriginFailure>>;

    /// Looks the domain name of an origin up where it is one of the network, without asking it.
    fn resolve(&self, _origin: &Origin) -> impl Future<Output = Result<(), OriginFailure>> {
        std::future::ready(Ok(()))
    }
}

/// One request to an origin.
pub struct OriginCall<'a> {
    /// The distribution that asks.
    pub distribution: &'a Distribution,
    /// The origin that is asked.
    pub origin: &'a Origin,
    /// What it is asked: method, path with query, header fields.
    pub request: &'a OriginRequest,
    /// What the viewer asked, with the viewer's connection.
    pub viewer: &'a RequestHead,
    /// The body to send.
    pub body: Body,
    /// The request is signed for the service principal `cloudfront.amazonaws.com` (origin access control).
    pub signed: bool,
    /// Unix seconds.
    pub now: u64,
    /// The `X-Amz-Cf-Id` of the viewer's request.
    pub request_id: RequestId,
}

/// Why an origin gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginFailure {
    /// Its name has no address.
    Dns,
    /// The connection was refused.
    Connect,
    /// No connection in time.
    ConnectTimeout,
    /// TLS failed; in words for the operator.
    Tls(String),
    /// It sent nothing in time.
    ReadTimeout,
    /// Its answer was not complete in time.
    CompletionTimeout,
    /// It closed the connection before its answer was whole.
    Closed,
    /// The head of its answer is longer than CloudFront takes.
    HeadTooLarge,
    /// Its answer breaks HTTP.
    InvalidResponse,
    /// It sent a part of another length than its `Content-Range` says.
    ContentRangeLength,
    /// The viewer's body broke off on the way.
    BadRequestBody,
    /// A Lambda@Edge function on the way ended the request with that status and page.
    Function(u16, ErrorPage),
}

impl OriginFailure {
    /// What CloudFront answers to the viewer: status and page.
    #[must_use]
    pub fn page(&self) -> (u16, ErrorPage) {
        match self {
            Self::Dns => (502, ErrorPage::OriginNotResolved),
            Self::Connect | Self::Tls(_) => (502, ErrorPage::OriginConnectFailed),
            Self::ConnectTimeout => (504, ErrorPage::OriginClosed),
            Self::ReadTimeout | Self::CompletionTimeout => (504, ErrorPage::OriginTimedOut),
            Self::Closed | Self::HeadTooLarge | Self::InvalidResponse | Self::ContentRangeLength => {
                (502, ErrorPage::OriginClosed)
            }
            Self::BadRequestBody => (400, ErrorPage::BadRequest),
            Self::Function(status, page) => (*status, *page),
        }
    }

    /// The origin is to blame: not the viewer, and no function.
    pub(crate) fn is_of_origin(&self) -> bool {
        !matches!(self, Self::BadRequestBody | Self::Function(..))
    }

    pub(crate) fn fact(&self, origin: &Origin) -> Fact {
        let kind = match self {
            Self::Dns => FactKind::OriginDnsFailed,
            Self::Connect => FactKind::OriginConnectFailed,
            Self::Tls(_) => FactKind::OriginTlsFailed,
            Self::ConnectTimeout => {
                let seconds = origin.connection_timeout_seconds * origin.connection_attempts;
                return Fact::of(FactKind::OriginTimedOut).value(seconds).at(origin.place);
            }
            Self::ReadTimeout => {
                let seconds = origin.read_timeout_seconds;
                return Fact::of(FactKind::OriginTimedOut).value(seconds).at(origin.place);
            }
            Self::CompletionTimeout => {
                let seconds = origin.response_completion_timeout_seconds.unwrap_or(0);
                return Fact::of(FactKind::OriginNotCompleteInTime).value(seconds).at(origin.place);
            }
            Self::Closed => FactKind::OriginClosed,
            Self::HeadTooLarge => FactKind::OriginHeadTooLarge,
            Self::InvalidResponse => FactKind::OriginInvalidResponse,
            Self::ContentRangeLength => FactKind::OriginContentRangeLength,
            Self::BadRequestBody => FactKind::ViewerBodyBroken,
            Self::Function(..) => FactKind::LambdaEdgeFailed,
        };
        Fact::of(kind).at(origin.place)
    }
}
