//! What the engine is told about a request.

use std::net::IpAddr;

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::RestApi;
use frontgate_iam::Identities;
use frontgate_message::RequestHead;

/// A request on its way to an API, with all that must not be made up here: time, ids and permissions.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The API that the Host names; `None` where no API has that Host.
    pub api: Option<&'a RestApi>,
    /// The head of the request, with the client's own casing of header names.
    pub head: &'a RequestHead,
    /// The address of the caller: the viewer's, or the edge's behind CloudFront.
    pub source_ip: IpAddr,
    /// Whether it came over https.
    pub secure: bool,
    /// When it came, in milliseconds of the Unix epoch.
    pub now_milliseconds: u64,
    /// `x-amzn-RequestId`: a UUID.
    pub request_id: &'a str,
    /// `x-amz-apigw-id`: 15 letters of base64 and `=`.
    pub extended_request_id: &'a str,
    /// `X-Amzn-Trace-Id` where the request has none, such as `Root=1-5e6b4a3e-…`.
    pub trace_id: &'a str,
    /// The identities of the account.
    pub identities: &'a Identities,
    /// Whether API Gateway may invoke a function (its name) with that source ARN.
    pub permission: &'a dyn Fn(&str, &str) -> Permission,
}

/// Whether API Gateway may invoke a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The place of the permission that allows it.
    Allowed(PlaceId),
    /// No permission allows it; the place of the function.
    Missing(PlaceId),
}
