//! `$context`: what API Gateway knows of a request, for events, mapping templates and gateway responses.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference>

use std::borrow::Cow;
use std::net::IpAddr;

use frontgate_message::Headers;

use crate::authorization::Caller;
use crate::authorizer::Authorized;
use crate::config::{Resource, RestApi, Stage};
use crate::deployment::{Canary, Release};
use crate::gateway_responses::GatewayError;
use crate::mutual_tls::ClientCertificate;
use crate::time;
use crate::usage::ApiKey;

/// A request that has reached a stage.
#[derive(Clone, Copy, Debug)]
pub struct RequestContext<'a> {
    /// The API.
    pub api: &'a RestApi,
    /// The stage.
    pub stage: &'a Stage,
    /// What answers it: the deployment of the stage, or the one of its canary.
    pub release: &'a Release,
    /// How a custom domain name led to it; `None` under the API's own name.
    pub mapped: Option<Mapped<'a>>,
    /// Who signed it, where the method wants that.
    pub caller: Option<&'a Caller>,
    /// What an authorizer said of the caller, where the method has one.
    pub authorizer: Option<&'a Authorized>,
    /// The API key that came, where the method demands one.
    pub api_key: Option<&'a ApiKey>,
    /// The resource, once it is found.
    pub resource: Option<&'a Resource>,
    /// The method asked for.
    pub http_method: &'a str,
    /// The path after the stage, raw, with its slash.
    pub path: &'a str,
    /// The parameters of the path.
    pub path_parameters: &'a [(String, String)],
    /// The parameters of the query string, decoded, in order.
    pub query: &'a [(String, String)],
    /// The header fields as the client sent them.
    pub headers: &'a Headers,
    /// The host asked for.
    pub host: &'a str,
    /// The address of the caller.
    pub source_ip: IpAddr,
    /// The address of the CloudFront in front of an edge-optimized endpoint.
    pub edge_ip: Option<IpAddr>,
    /// `HTTP/1.1` and so on.
    pub protocol: &'a str,
    /// `$context.requestId`
    pub request_id: &'a str,
    /// `$context.extendedRequestId`
    pub extended_request_id: &'a str,
    /// The value of `X-Amzn-Trace-Id`, such as `Root=1-…`.
    pub trace_id: &'a str,
    /// When the request came.
    pub now_milliseconds: u64,
}

/// What a custom domain name took off a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped<'a> {
    /// The base path, without slashes around it.
    pub base_path: &'a str,
    /// The stage comes from the mapping, not from the path.
    pub names_stage: bool,
    /// The certificate of the client, where the custom domain name has mutual TLS.
    pub client: Option<&'a ClientCertificate>,
}

/// What a backend answered, as integration responses see it.
#[derive(Clone, Copy, Debug)]
pub struct BackendAnswer<'a> {
    /// Its status.
    pub status: u16,
    /// Its header fields.
    pub headers: &'a Headers,
    /// Its body.
    pub body: &'a [u8],
}

/// All that an expression can name.
#[derive(Clone, Copy, Debug)]
pub struct Variables<'a> {
    /// The request.
    pub request: &'a RequestContext<'a>,
    /// The body of the request.
    pub request_body: &'a [u8],
    /// The backend's answer, in an integration response.
    pub integration: Option<BackendAnswer<'a>>,
    /// The error, in a gateway response.
    pub error: Option<&'a GatewayError<'a>>,
}

impl<'a> RequestContext<'a> {
    /// `$context.path`: the path as it was asked for, with its stage or with the base path of its custom domain name.
    #[must_use]
    pub fn path_with_stage(&self) -> String {
        let stage = &self.stage.name;
        match self.mapped {
            None => format!("/{stage}{}", self.path),
            Some(Mapped { names_stage: true, .. }) => self.path_with_base_path().into_owned(),
            Some(Mapped { base_path: "", .. }) => format!("/{stage}{}", self.path),
            Some(Mapped { base_path, .. }) => format!("/{base_path}/{stage}{}", self.path),
        }
    }

    /// `path` of an event: the base path of a custom domain name is part of it, a stage is not.
    #[must_use]
    pub fn path_with_base_path(&self) -> Cow<'a, str> {
        match self.mapped {
            None | Some(Mapped { base_path: "", .. }) => Cow::Borrowed(self.path),
            Some(Mapped { base_path, .. }) if self.path == "/" => Cow::Owned(format!("/{base_path}")),
            Some(Mapped { base_path, .. }) => Cow::Owned(format!("/{base_path}{}", self.path)),
        }
    }

    /// The first label of the host.
    #[must_use]
    pub fn domain_prefix(&self) -> &'a str {
        self.host.split('.').next().unwrap_or_default()
    }

    /// The canary release of the stage, where it answers the request.
    #[must_use]
    pub fn canary(&self) -> Option<&'a Canary> {
        self.stage.canary.as_ref().filter(|_| self.release.is_canary)
    }

    /// The variable `$context.NAME`, where it has a value.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Cow<'a, str>> {
        Some(match name {
            "accountId" => Cow::Borrowed(&*self.api.account_id),
            "apiId" => Cow::Borrowed(&*self.api.id),
            "awsEndpointRequestId" | "extendedRequestId" => Cow::Borrowed(self.extended_request_id),
            "customDomain.basePathMatched" => Cow::Borrowed(self.mapped?.base_path),
            "deploymentId" => Cow::Borrowed(&*self.release.deployment.id),
            "domainName" => Cow::Borrowed(self.host),
            "domainPrefix" => Cow::Borrowed(self.domain_prefix()),
            "httpMethod" => Cow::Borrowed(self.http_method),
            "identity.accessKey" => Cow::Borrowed(&*self.caller?.access_key),
            "identity.accountId" => Cow::Borrowed(&*self.caller?.account_id),
            "identity.apiKey" => Cow::Borrowed(&*self.api_key?.value),
            "identity.apiKeyId" => Cow::Borrowed(&*self.api_key?.id),
            "identity.caller" | "identity.user" => Cow::Borrowed(&*self.caller?.caller_id),
            "identity.userArn" => Cow::Borrowed(&*self.caller?.user_arn),
            name if name.starts_with(CLIENT) => self.mapped?.client?.variable(&name[CLIENT.len()..])?,
            "identity.sourceIp" => Cow::Owned(self.source_ip.to_string()),
            "identity.userAgent" => self.headers.first("User-Agent").map(String::from_utf8_lossy)?,
            "isCanaryRequest" => {
                // "Present only when you have a canary enabled."
                self.stage.canary.as_ref()?;
                Cow::Borrowed(if self.release.is_canary { "true" } else { "false" })
            }
            "path" => Cow::Owned(self.path_with_stage()),
            "protocol" => Cow::Borrowed(self.protocol),
            "requestId" => Cow::Borrowed(self.request_id),
            "requestTime" => Cow::Owned(time::request_time(self.now_milliseconds)),
            "requestTimeEpoch" => Cow::Owned(self.now_milliseconds.to_string()),
            "resourceId" => Cow::Borrowed(&*self.resource?.id),
            "resourcePath" => Cow::Borrowed(&*self.resource?.path),
            "stage" => Cow::Borrowed(&*self.stage.name),
            "xrayTraceId" => Cow::Borrowed(self.trace_id),
            _ => Cow::Owned(self.authorizer?.variable(name.strip_prefix("authorizer.")?)?),
        })
    }
}

impl Variables<'_> {
    /// The variable `$context.NAME`, the error's variables included.
    #[must_use]
    pub fn context(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "error.message" => self.error?.message.map(Cow::Borrowed),
            "error.messageString" => {
                let message = self.error?.message?;
                Some(Cow::Owned(serde_json::Value::from(message).to_string()))
            }
            "error.validationErrorString" => Some(Cow::Owned(escaped(self.error?.validation?))),
            "error.responseType" => Some(Cow::Borrowed(self.error?.kind.name())),
            _ => self.request.variable(name),
        }
    }
}
/// What stands before the variables of a client's certificate.
pub(crate) const CLIENT: &str = "identity.clientCert.";

/// The faults of a body as `$context.error.validationErrorString` has them: templates put it into quotes of JSON, so that its own
/// quotes are escaped.
pub fn escaped(faults: &str) -> String {
    let quoted = serde_json::Value::from(faults).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
