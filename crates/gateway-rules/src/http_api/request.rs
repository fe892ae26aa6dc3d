//! A request to an HTTP API and its `$context`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>

use std::borrow::Cow;
use std::net::IpAddr;

use frontgate_message::Headers;

use super::authorizer::Authorized;
use super::config::{HttpApi, HttpRoute, HttpStage};
use crate::authorization::Caller;
use crate::context::CLIENT;
use crate::mutual_tls::ClientCertificate;
use crate::time;

/// A request that has reached a route.
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest<'a> {
    /// The API.
    pub api: &'a HttpApi,
    /// The stage.
    pub stage: &'a HttpStage,
    /// The route.
    pub route: &'a HttpRoute,
    /// The method asked for.
    pub method: &'a str,
    /// The path after the stage, decoded.
    pub path: &'a str,
    /// The base path of a custom domain name that stood before it, without slashes around it.
    pub base_path: &'a str,
    /// The parameters of the path, decoded.
    pub path_parameters: &'a [(String, String)],
    /// The query string as sent, without its `?`.
    pub raw_query: &'a str,
    /// The header fields as the client sent them.
    pub headers: &'a Headers,
    /// The host asked for.
    pub host: &'a str,
    /// The address of the caller.
    pub source_ip: IpAddr,
    /// `HTTP/1.1` and so on.
    pub protocol: &'a str,
    /// `$context.requestId`: the value of `apigw-requestid`.
    pub request_id: &'a str,
    /// The value of `X-Amzn-Trace-Id`.
    pub trace_id: &'a str,
    /// When the request came.
    pub now_milliseconds: u64,
    /// The certificate of the client, where its custom domain name has mutual TLS.
    pub client: Option<&'a ClientCertificate>,
    /// Who was let in, where the route has an authorizer.
    pub authorized: Option<&'a Authorized>,
}

/// A request that has reached a stage.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// The API.
    pub api: &'a HttpApi,
    /// The stage.
    pub stage: &'a HttpStage,
    /// The method asked for.
    pub method: &'a str,
    /// The path after the stage, decoded.
    pub path: &'a str,
    /// The header fields as the client sent them.
    pub headers: &'a Headers,
    /// The host asked for.
    pub host: &'a str,
    /// The address of the caller.
    pub source_ip: IpAddr,
    /// `$context.requestId`
    pub request_id: &'a str,
    /// When the request came.
    pub now_milliseconds: u64,
    /// The certificate of the client, where its custom domain name has mutual TLS.
    pub client: Option<&'a ClientCertificate>,
}

impl<'a> Arrived<'a> {
    /// The path with its stage; `$default` has no segment.
    #[must_use]
    pub fn path_with_stage(&self) -> Cow<'a, str> {
        if self.stage.is_default() {
            Cow::Borrowed(self.path)
        } else {
            Cow::Owned(format!("/{}{}", self.stage.name, self.path))
        }
    }

    /// The variable `$context.NAME`, where it has a value without a route.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Cow<'a, str>> {
        Some(match name {
            "accountId" => Cow::Borrowed(&*self.api.account_id),
            "apiId" => Cow::Borrowed(&*self.api.id),
            "domainName" => Cow::Borrowed(self.host),
            "domainPrefix" => Cow::Borrowed(self.host.split('.').next().unwrap_or_default()),
            "extendedRequestId" | "requestId" => Cow::Borrowed(self.request_id),
            "httpMethod" => Cow::Borrowed(self.method),
            name if name.starts_with(CLIENT) => self.client?.variable(&name[CLIENT.len()..])?,
            "identity.sourceIp" => Cow::Owned(self.source_ip.to_canonical().to_string()),
            "identity.userAgent" => self.headers.first("User-Agent").map(String::from_utf8_lossy)?,
            "path" => self.path_with_stage(),
            // "The request protocol is logged as HTTP/1.1 even if a client sends a request that uses HTTP/2."
            "protocol" => Cow::Borrowed("HTTP/1.1"),
            "requestTime" => Cow::Owned(time::request_time(self.now_milliseconds)),
            "requestTimeEpoch" => Cow::Owned(self.now_milliseconds.to_string()),
            "stage" => Cow::Borrowed(&*self.stage.name),
            _ => return None,
        })
    }
}

impl<'a> HttpRequest<'a> {
    /// The request as it came.
    #[must_use]
    pub fn arrived(&self) -> Arrived<'a> {
        Arrived {
            api: self.api,
            stage: self.stage,
            method: self.method,
            path: self.path,
            headers: self.headers,
            host: self.host,
            source_ip: self.source_ip,
            request_id: self.request_id,
            now_milliseconds: self.now_milliseconds,
            client: self.client,
        }
    }

    /// The path with its stage, as events and `$context.path` have it; `$default` has no segment.
    #[must_use]
    pub fn path_with_stage(&self) -> Cow<'a, str> {
        self.arrived().path_with_stage()
    }

    /// The first label of the host.
    #[must_use]
    pub fn domain_prefix(&self) -> &'a str {
        self.host.split('.').next().unwrap_or_default()
    }

    /// The address as it is written.
    #[must_use]
    pub fn source_ip_text(&self) -> String {
        self.source_ip.to_canonical().to_string()
    }

    /// The ARN of what is asked for, as policies of authorizers name it.
    #[must_use]
    pub fn route_arn(&self) -> String {
        format!("{}/{}/{}{}", self.api.arn(), self.stage.name, self.method, self.path)
    }

    /// Who signed it, where the route wants that.
    #[must_use]
    pub fn signer(&self) -> Option<&'a Caller> {
        self.authorized?.signer()
    }

    /// The values of a header, joined by commas.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        joined(self.headers, name)
    }

    /// The variable `$context.NAME`, where it has a value.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Cow<'a, str>> {
        if let Some(rest) = name.strip_prefix("authorizer.") {
            return self.authorized?.variable(rest).map(Cow::Owned);
        }
        Some(match name {
            "identity.accountId" => Cow::Borrowed(&*self.signer()?.account_id),
            "identity.caller" | "identity.user" => Cow::Borrowed(&*self.signer()?.caller_id),
            "identity.userArn" => Cow::Borrowed(&*self.signer()?.user_arn),
            "routeKey" => Cow::Borrowed(self.route.key.as_str()),
            _ => return self.arrived().variable(name),
        })
    }
}

/// The values of a field, joined by commas.
pub(super) fn joined(headers: &Headers, name: &str) -> Option<String> {
    let values: Vec<_> = headers.all(name).map(String::from_utf8_lossy).collect();
    (!values.is_empty()).then(|| values.join(","))
}
