//! Origins and HTTP integrations that are somewhere else: real HTTP(S) with net's client.

use std::time::Duration;

use frontgate_edge::{OriginCall, OriginFailure};
use frontgate_edge_rules::Upstream;
use frontgate_explain::Trace;
use frontgate_gateway::{HttpCall, HttpFailure, HttpIntegrations};
use frontgate_message::{Body, Headers, Method, Response};
use frontgate_net::{Client, ConnectError, OriginError, OriginRequest, OriginTarget, TlsTarget};
use serde_json::json;

use crate::console::Console;
use crate::url::Url;

/// The network of one worker.
pub struct Network {
    client: Client,
    console: Console,
}

impl Network {
    /// The network as that client sees it.
    pub fn new(client: Client, console: Console) -> Self {
        Self { client, console }
    }

    /// Says to the operator what the viewer may not know.
    fn tell(&self, whom: &str, error: &OriginError) {
        let text = format!("{whom}: {error}");
        self.console.fault(text.clone(), json!({"incident": text}));
    }

    /// Asks a custom origin.
    pub async fn fetch(&self, call: OriginCall<'_>, body: Body) -> Result<Response, OriginFailure> {
        let OriginCall { origin, request, .. } = call;
        let (http_port, https_port) = match &origin.upstream {
            Upstream::Custom { http_port, https_port, .. } => (*http_port, *https_port),
            Upstream::S3 { .. }
            | Upstream::ApiGateway { .. }
            | Upstream::FunctionUrl { .. }
            | Upstream::Website { .. } => (80, 443),
        };
        let tls = request.secure.then(|| tls_target(&origin.domain_name, &request.host));
        let target = OriginTarget {
            host: origin.domain_name.clone(),
            port: if request.secure { https_port } else { http_port },
            tls,
            connect_timeout: Duration::from_secs(u64::from(origin.connection_timeout_seconds)),
            connection_attempts: origin.connection_attempts,
            read_timeout: Duration::from_secs(u64::from(origin.read_timeout_seconds)),
            keep_alive: Duration::from_secs(u64::from(origin.keep_alive_timeout_seconds)),
        };
        let request =
            OriginRequest { method: request.method, target: request.target.into(), headers: request.headers };
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
            OriginError::InvalidResponse(_) => OriginFailure::InvalidResponse,
            OriginError::InvalidRequest(_) | OriginError::RequestBody(_) => OriginFailure::BadRequestBody,
        })
    }
}

/// The forwarded Host is asked for where there is one, and the origin's certificate may be for either name.
fn tls_target(domain_name: &str, host: &str) -> TlsTarget {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let other_name = (host != domain_name).then(|| domain_name.into());
    TlsTarget { server_name: host.into(), other_name }
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
            tls: url.secure.then(|| TlsTarget { server_name: url.host.as_str().into(), other_name: None }),
            connect_timeout: HTTP_INTEGRATION_CONNECT_TIMEOUT,
            connection_attempts: 1,
            read_timeout: HTTP_INTEGRATION_READ_TIMEOUT,
            keep_alive: HTTP_INTEGRATION_KEEP_ALIVE,
        };
        let request =
            OriginRequest { method: Method::from_token(&call.method), target: url.target.into(), headers };
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
