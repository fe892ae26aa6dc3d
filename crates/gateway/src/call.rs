//! What the engine is told about a request.

use std::net::IpAddr;

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::authorizer::UserPool;
use frontgate_gateway_rules::usage::UsagePlans;
use frontgate_gateway_rules::{Chosen, ClientCertificate, Distrust, DomainName, RestApi};
use frontgate_iam::{Identities, Request};
use frontgate_message::RequestHead;

use crate::{AuthorizerAnswers, IssuerKeys, StageCaches, Usage};

/// A request on its way to an API, with all that must not be made up here: time, ids and permissions.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The API that the Host names, or that its custom domain name chooses; `None` where there is none.
    pub api: Option<&'a RestApi>,
    /// The custom domain name that the Host is, or whose target it is.
    pub through: Option<ThroughDomain<'a>>,
    /// The head of the request, with the client's own casing of header names.
    pub head: &'a RequestHead,
    /// The address of the caller: the viewer's, or the edge's behind CloudFront.
    pub source_ip: IpAddr,
    /// The address of the CloudFront in front of an edge-optimized endpoint.
    pub edge_ip: Option<IpAddr>,
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
    /// A number that is as likely as every other one: whether a canary release takes the request.
    pub draw: u32,
    /// The identities of the account.
    pub identities: &'a Identities,
    /// The user pools of the template, with their keys.
    pub user_pools: &'a [UserPool],
    /// The keys of other issuers.
    pub issuer_keys: &'a IssuerKeys,
    /// What the functions of authorizers said before.
    pub authorizer_answers: &'a AuthorizerAnswers,
    /// The API keys and usage plans of the account.
    pub usage_plans: &'a UsagePlans,
    /// What has been used of the limits.
    pub usage: &'a Usage,
    /// What the caches of stages hold.
    pub stage_caches: &'a StageCaches,
    /// Takes a line for an access log or an execution log: the name of its log group, and the line.
    pub access_log: &'a dyn Fn(&str, String),
    /// Whether API Gateway may invoke a function (its ARN, perhaps with a qualifier) with that source ARN.
    pub permission: &'a dyn Fn(&str, &str) -> Permission,
    /// The place of the function's resource policy that denies a request to invoke it, whatever else allows that.
    pub denial: &'a dyn Fn(&Request<'_>) -> Option<PlaceId>,
}

/// A custom domain name and what it says of a request.
#[derive(Clone, Copy)]
pub struct ThroughDomain<'a> {
    /// The custom domain name.
    pub domain: &'a DomainName,
    /// What its rules and mappings choose; `None` where none of them takes the request.
    pub chosen: Option<&'a Chosen<'a>>,
    /// Whether the client is trusted, where the name has mutual TLS.
    pub client: Option<&'a Result<ClientCertificate, Distrust>>,
}

impl<'a> ThroughDomain<'a> {
    /// The certificate of a client that is trusted.
    pub(crate) fn client(self) -> Option<&'a ClientCertificate> {
        self.client.and_then(|client| client.as_ref().ok())
    }

    /// Notes what became of the client's certificate; why it is not trusted.
    pub(crate) fn note_client(&self, trace: &mut Trace) -> Option<Distrust> {
        let place = self.domain.mutual_tls.as_ref().map_or(self.domain.place, |mutual| mutual.place);
        let refused = self.client?.as_ref().err().copied();
        let kind = match refused {
            None => FactKind::ClientTrusted,
            Some(Distrust::Expired) => FactKind::ClientExpired,
            Some(Distrust::InsecureSignature) => FactKind::ClientSignatureInsecure,
            Some(Distrust::IssuerNotFound) => FactKind::ClientIssuerNotFound,
            Some(Distrust::NotShown) => FactKind::ClientNotShown,
            Some(Distrust::SelfSigned) => FactKind::ClientSelfSigned,
            Some(Distrust::Unreadable) => FactKind::ClientUnreadable,
        };
        trace.note(Fact::of(kind).at(place));
        refused
    }
}

/// Whether API Gateway may invoke a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The place of the permission that allows it.
    Allowed(PlaceId),
    /// No permission allows it; the place of the function.
    Missing(PlaceId),
}
