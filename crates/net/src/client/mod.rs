//! How is a request brought to an origin over real HTTP, and what can go wrong?
//!
//! HTTP/1.1 over TCP or TLS, as CloudFront speaks to custom origins:
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html>.
//! Each worker has a client of its own, with its own idle connections.

mod connect;
mod exchange;
mod pool;
mod response_body;
mod trust;
mod tunnel;

use std::sync::Arc;
use std::time::Duration;

use frontgate_message::{Body, BodyError, Headers, Method, Response};

pub use trust::OriginTrust;

use exchange::Failed;
use pool::{OriginKey, Pool};

/// Sends requests to origins. It belongs to one worker's runtime.
pub struct Client {
    trust: Arc<OriginTrust>,
    pool: Arc<Pool>,
}

/// Where an origin is and how patiently it is asked.
#[derive(Clone, Debug)]
pub struct OriginTarget {
    /// A DNS name or an address (IPv6 without brackets). `localhost` and names below it are this machine.
    pub host: Box<str>,
    /// The port.
    pub port: u16,
    /// TLS, where it is to be used.
    pub tls: Option<TlsTarget>,
    /// Time for each attempt to connect.
    pub connect_timeout: Duration,
    /// How often a connection is tried; at least once.
    pub connection_attempts: u32,
    /// Time until the first byte of the answer, and from one packet to the next.
    pub read_timeout: Duration,
    /// Time that a connection may wait for its next request.
    pub keep_alive: Duration,
}

/// Whom to ask for in a TLS handshake, and who may answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TlsTarget {
    /// The name asked for (SNI).
    pub server_name: Box<str>,
    /// For whom the certificate must be.
    pub certificate: CertificateNames,
}

/// The names for which a certificate is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CertificateNames {
    /// The name asked for, or another one: CloudFront takes the origin's domain name or a forwarded `Host`.
    AskedOr(Option<Box<str>>),
    /// The name asked for, whoever issued it: its own name and its dates are verified all the same.
    AskedOfAnyIssuer,
    /// One of these; `*` may stand for the first label.
    OneOf(Box<[Box<str>]>),
}

/// A request to an origin without its body.
#[derive(Clone, Copy, Debug)]
pub struct OriginRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query.
    pub target: &'a str,
    /// The fields in the order and case in which they are to be sent, with `Host`. The length of the body is ours to
    /// write: in the place of a `Content-Length`, else at the end. With an `Upgrade` the origin may switch to the one
    /// protocol that it names; the body of such an answer is a tunnel.
    pub headers: &'a Headers,
    /// Interim answers (1xx) go on to the viewer whose request is being answered.
    pub forwards_interim: bool,
}

/// Why an origin gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Its name could not be resolved.
    #[error("the name cannot be resolved: {0}")]
    Dns(String),
    /// No connection could be made.
    #[error("cannot connect: {0}")]
    Connect(ConnectError),
    /// TLS could not be agreed, or its certificate is not to be trusted.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// It accepted the request and did not answer in time.
    #[error("no answer in time")]
    Timeout,
    /// It closed the connection before it answered.
    #[error("it closed the connection without an answer")]
    Closed,
    /// What it answered is not HTTP/1.1, or can be read in two ways.
    #[error("the answer is not valid: {0}")]
    InvalidResponse(&'static str),
    /// What was to be sent cannot be said in HTTP/1.1.
    #[error("the request is not valid: {0}")]
    InvalidRequest(&'static str),
    /// The request's own body failed while it was being sent.
    #[error("the body of the request failed: {0}")]
    RequestBody(BodyError),
}

impl OriginError {
    /// The head of its answer is longer than CloudFront takes.
    #[must_use]
    pub fn is_head_too_long(&self) -> bool {
        matches!(self, Self::InvalidResponse(why) if *why == exchange::HEAD_TOO_LONG)
    }
}

/// Why no connection could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nothing answered in time.
    #[error("nothing answered in time")]
    TimedOut,
    /// Nobody listens there.
    #[error("the connection was refused")]
    Refused,
    /// Anything else, in the system's words.
    #[error("{0}")]
    Other(String),
}

impl Client {
    /// A client that trusts these certificates.
    #[must_use]
    pub fn new(trust: Arc<OriginTrust>) -> Self {
        Self { trust, pool: Arc::new(Pool::default()) }
    }

    /// Sends a request and gives the answer as soon as its head is there; its body is still coming then.
    ///
    /// A connection that was kept from an earlier request may have been closed by the origin just now. Then the request
    /// is sent once more over a new one, provided that no byte of an answer came and sending it twice does no harm.
    ///
    /// # Errors
    /// See [`OriginError`].
    pub async fn send(
        &self,
        target: &OriginTarget,
        request: &OriginRequest<'_>,
        mut body: Body,
    ) -> Result<Response, OriginError> {
        exchange::check(request)?;
        let hash = self.pool.hash(target);
        if let Some(connection) = self.pool.take(target, hash) {
            let again = match &body {
                Body::Empty => Some(Body::Empty),
                Body::Full(bytes) if is_idempotent(request.method) => Some(Body::Full(bytes.clone())),
                Body::Full(_) | Body::Stream(_) | Body::Tunnel(_) => None,
            };
            match exchange::run(connection, target, request, body, &self.pool).await {
                Ok(response) => return Ok(response),
                Err(failed) => body = body_to_send_again(failed, again, request.method)?,
            }
        }
        // Boxed, so that a request over a kept connection has no room for it.
        Box::pin(self.send_anew(target, hash, request, body)).await
    }

    /// The same over a new connection.
    async fn send_anew(
        &self,
        target: &OriginTarget,
        hash: u64,
        request: &OriginRequest<'_>,
        body: Body,
    ) -> Result<Response, OriginError> {
        let key = Arc::new(OriginKey::of(target, hash));
        let connection = connect::connect(target, &self.trust, key).await?;
        exchange::run(connection, target, request, body, &self.pool).await.map_err(|failed| failed.error)
    }
}

/// The body for a second attempt, or the error where there must be none.
fn body_to_send_again(failed: Failed, again: Option<Body>, method: &Method) -> Result<Body, OriginError> {
    if failed.error != OriginError::Closed || failed.answer_has_begun {
        return Err(failed.error);
    }
    match (again, failed.untouched_body) {
        (Some(body), _) => Ok(body),
        (None, Some(body)) if is_idempotent(method) => Ok(body),
        _ => Err(failed.error),
    }
}

/// RFC 9110 §9.2.2.
fn is_idempotent(method: &Method) -> bool {
    matches!(
        method,
        Method::Get | Method::Head | Method::Put | Method::Delete | Method::Options | Method::Trace
    )
}
