//! Origins and HTTP integrations that are somewhere else: real HTTP(S) with net's client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use frontgate_edge::{OriginCall, OriginFailure};
use frontgate_edge_rules::{Origin, Upstream};
use frontgate_explain::Trace;
use frontgate_gateway::{HttpCall, HttpFailure, HttpIntegrations};
use frontgate_message::{Body, Headers, Method, Response};
use frontgate_net::{
    CertificateNames, Client, ConnectError, OriginError, OriginRequest, OriginTarget, TlsTarget,
};
use serde_json::json;

use crate::console::Console;
use crate::url::Url;

/// The network of one worker.
pub struct Network {
    client: Client,
    console: Console,
    own: Arc<OnceLock<OwnAddresses>>,
}

/// Where this server itself listens.
#[derive(Clone, Copy, Debug)]
pub struct OwnAddresses {
    /// For http.
    pub http: SocketAddr,
    /// For https.
    pub https: SocketAddr,
}

impl Network {
    /// The network as that client sees it.
    pub fn new(client: Client, console: Console, own: Arc<OnceLock<OwnAddresses>>) -> Self {
        Self { client, console, own }
    }

    /// Says to the operator what the viewer may not know.
    fn tell(&self, whom: &str, error: &OriginError) {
        let text = format!("{whom}: {error}");
        self.console.fault(text.clone(), json!({"incident": text}));
    }

    /// Looks the name of an origin up, for nothing but to know whether it has an address.
    pub async fn resolve(&self, origin: &Origin) -> Result<(), OriginFailure> {
        let name = &*origin.domain_name;
        if name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok() {
            return Ok(());
        }
        let patience = Duration::from_secs(u64::from(origin.connection_timeout_seconds));
        let problem = match tokio::time::timeout(patience, tokio::net::lookup_host((name, 443))).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the resolver did not answer in time".to_owned(),
        };
        self.tell(&format!("the origin {} ({name})", origin.id), &OriginError::Dns(problem));
        Err(OriginFailure::Dns)
    }

    /// Asks a custom origin; one that is a distribution of ours is asked at our own listener, as any viewer asks it.
    pub async fn fetch(
        &self,
        call: OriginCall<'_>,
        body: Body,
        is_distribution: bool,
    ) -> Result<Response, OriginFailure> {
        let OriginCall { origin, request, .. } = call;
        let (http_port, https_port) = match &origin.upstream {
            Upstream::Custom { http_port, https_port, .. } => (*http_port, *https_port),
            Upstream::S3 { .. }
            | Upstream::ApiGateway { .. }
            | Upstream::FunctionUrl { .. }
            | Upstream::Website { .. } => (80, 443),
        };
        let tls = request.secure.then(|| tls_target(origin, &request.host));
        let port = if request.secure { https_port } else { http_port };
        if is_distribution && port != if request.secure { 443 } else { 80 } {
            // Nothing of CloudFront listens at other ports.
            return Err(OriginFailure::Connect);
        }
        let own = self.own.get().filter(|_| is_distribution);
        let own = own.map(|own| reachable(if request.secure { own.https } else { own.http }));
        let target = OriginTarget {
            host: own.map_or_else(|| origin.domain_name.clone(), |address| address.ip().to_string().into()),
            port: own.map_or(port, |address| address.port()),
            tls,
            connect_timeout: Duration::from_secs(u64::from(origin.connection_timeout_seconds)),
            connection_attempts: origin.connection_attempts,
            read_timeout: Duration::from_secs(u64::from(origin.read_timeout_seconds)),
            keep_alive: Duration::from_secs(u64::from(origin.keep_alive_timeout_seconds)),
        };
        let request = OriginRequest {
            method: &request.method,
            target: &request.target,
            headers: &request.headers,
            forwards_interim: true,
        };
        let answer = self.client.send(&target, &request, body).await;
        if let Err(error) = &answer {
            self.tell(&format!("the origin {} ({}:{})", origin.id, target.host, target.port), error);
        }
        answer.map_err(|error| match error {
            OriginError::Dns(_) => OriginFailure::Dns,
            OriginError::Connect(ConnectError::TimedOut) => OriginFailure::ConnectTimeout,
            OriginError::Connect(_) => OriginFailure::Connect,
            OriginError::Tls(why) => OriginFailure::Tls(why),
            OriginError::Timeout => OriginFailure::ReadTimeout,
            OriginError::Closed => OriginFailure::Closed,
            error if error.is_head_too_long() => OriginFailure::HeadTooLarge,
            OriginError::InvalidResponse(_) => OriginFailure::InvalidResponse,
            OriginError::InvalidRequest(_) | OriginError::RequestBody(_) => OriginFailure::BadRequestBody,
        })
    }
}

/// The address at which a listener is reached from here.
pub fn reachable(listener: SocketAddr) -> SocketAddr {
    match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, listener.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, listener.port()).into(),
        _ => listener,
    }
}

/// The forwarded Host is asked for where there is one, and the origin's certificate may be for either name, unless a
/// function says otherwise.
fn tls_target(origin: &Origin, host: &str) -> TlsTarget {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let certificate = if origin.allowed_certificate_names.is_empty() {
        CertificateNames::AskedOr((*host != *origin.domain_name).then(|| origin.domain_name.clone()))
    } else {
        CertificateNames::OneOf(origin.allowed_certificate_names.as_slice().into())
    };
    TlsTarget { server_name: origin.server_name.clone().unwrap_or_else(|| host.into()), certificate }
}

impl HttpIntegrations for Network {
    async fn send(&self, call: HttpCall, _trace: &mut Trace) -> Result<Response, HttpFailure> {
        let url = Url::parse(&call.url).ok_or_else(|| HttpFailure::InvalidEndpoint(call.url.clone()))?;
        let mut headers = Headers::new();
        headers.append("Host", url.authority.as_bytes());
        for (name, value) in &call.headers {
            headers.append(name, value);
        }
        let target = OriginTarget {
            host: url.host.as_str().into(),
            port: url.port,
            tls: url.secure.then(|| TlsTarget {
                server_name: url.host.as_str().into(),
                certificate: match call.skips_verification {
                    true => CertificateNames::AskedOfAnyIssuer,
                    false => CertificateNames::AskedOr(None),
                },
            }),
            connect_timeout: HTTP_INTEGRATION_CONNECT_TIMEOUT,
            connection_attempts: 1,
            read_timeout: HTTP_INTEGRATION_READ_TIMEOUT,
            keep_alive: HTTP_INTEGRATION_KEEP_ALIVE,
        };
        let method = Method::from_token(&call.method);
        let request = OriginRequest {
            method: &method,
            target: &url.target,
            headers: &headers,
            forwards_interim: false,
        };
        let answer = self.client.send(&target, &request, Body::from(call.body)).await;
        if let Err(error) = &answer {
            self.tell(&format!("the HTTP integration {}", call.url), error);
        }
        answer.map_err(|error| match error {
            OriginError::Dns(why) => HttpFailure::InvalidEndpoint(why),
            other => HttpFailure::Network(other.to_string()),
        })
    }
}

const HTTP_INTEGRATION_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The gateway ends the integration at its own timeout, at most 29 s; this one only bounds what it leaves behind.
const HTTP_INTEGRATION_READ_TIMEOUT: Duration = Duration::from_secs(30);

const HTTP_INTEGRATION_KEEP_ALIVE: Duration = Duration::from_secs(5);
