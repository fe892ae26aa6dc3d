//! Which sockets are served, by how many workers, and how they end.
//!
//! Each worker is a thread with its own runtime, its own listeners (`SO_REUSEPORT`: the kernel spreads connections over
//! them) and its own instance of the [`Service`]; a connection stays where it was accepted.

mod deadline;
mod listen;
mod transport;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use frontgate_message::{Connection, Request, Response};
use tokio::sync::watch;

pub(crate) use deadline::Deadline;
pub(crate) use transport::Transport;
pub(crate) use worker::{Worker, poll_caught};

use crate::tls::TlsOffer;
use crate::{CertificateStore, Limits, Malformed};

/// Who answers requests. There is one instance per worker, made and used in the worker's thread alone.
pub trait Service: 'static {
    /// Answers a request. The future is dropped when the viewer leaves before its answer.
    fn call(&self, request: Request) -> impl Future<Output = Response>;

    /// The answer to what is no request. The connection is closed after it.
    fn malformed(&self, malformed: Malformed, connection: &Arc<Connection>) -> Response;
}

/// What to serve, and where.
pub struct ServerOptions {
    /// Where to serve plain HTTP/1.1; port 0 is any free port.
    pub http: Option<SocketAddr>,
    /// Where to serve HTTP/1.1 and HTTP/2 over TLS; port 0 is any free port.
    pub https: Option<SocketAddr>,
    /// How many workers; at least one.
    pub workers: usize,
    /// What viewers may do.
    pub limits: Limits,
    /// The certificates of `https`.
    pub certificates: Arc<CertificateStore>,
    /// Who is told what went wrong with a connection, from any worker's thread.
    pub on_incident: Arc<dyn Fn(Incident) + Send + Sync>,
}

/// Something that the operator may want to know; it concerns one connection or one listener, and serving goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incident {
    /// The code that answered a request panicked; the connection was closed.
    Panicked {
        /// The viewer.
        peer: SocketAddr,
        /// What the panic said.
        message: String,
    },
    /// No connection could be accepted for a moment; usually too many files are open.
    NotAccepted {
        /// The listener.
        address: SocketAddr,
        /// What the system said.
        error: String,
    },
    /// A worker ended before it was told to; its connections are closed, the other workers serve on.
    WorkerEnded {
        /// Its number.
        worker: usize,
        /// Why.
        error: String,
    },
    /// A viewer did not come through the TLS handshake; often it does not trust the certificate.
    NoHandshake {
        /// The viewer.
        peer: SocketAddr,
        /// What TLS said.
        error: String,
    },
}

/// Why serving could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process listens there.
    #[error("{address} is in use by another process; end it, or choose another port (0 takes any free one)")]
    InUse {
        /// The address.
        address: SocketAddr,
    },
    /// The port is reserved.
    #[error(
        "{address} needs privileges; choose a port of 1024 or above, or allow it with: sudo setcap cap_net_bind_service=+ep <the frontgate binary>"
    )]
    NeedsPrivileges {
        /// The address.
        address: SocketAddr,
    },
    /// The address is not one of this machine.
    #[error("{address} is not an address of this machine; use 127.0.0.1, or 0.0.0.0 for all its addresses")]
    NotOurs {
        /// The address.
        address: SocketAddr,
    },
    /// Anything else about a listener.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// A thread or its runtime could not be made.
    #[error("cannot start worker {worker}: {error}")]
    Worker {
        /// Its number.
        worker: usize,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Serves until it is shut down or dropped; all sockets are bound when this returns.
///
/// `factory` makes the service of each worker, in the worker's thread and with its runtime entered.
///
/// # Errors
/// An address cannot be listened on, or a thread cannot be made.
pub fn serve<S, F>(options: ServerOptions, factory: F) -> Result<Server, ServeError>
where
    S: Service,
    F: Fn(usize) -> S + Send + Sync + 'static,
{
    let workers = options.workers.max(1);
    let http = options.http.map(|address| listen::bind(address, workers)).transpose()?;
    let https = options.https.map(|address| listen::bind(address, workers)).transpose()?;
    let sibling = |bound: &listen::Bound| listen::bind_sibling(bound.address, workers);
    let (http_sibling, https_sibling) = (http.as_ref().and_then(sibling), https.as_ref().and_then(sibling));
    let mut server = Server {
        http: http.as_ref().map(|bound| bound.address),
        https: https.as_ref().map(|bound| bound.address),
        is_on_ipv6_loopback: http.is_some() == http_sibling.is_some()
            && https.is_some() == https_sibling.is_some(),
        phase: watch::Sender::new(Phase::Serving),
        threads: Vec::with_capacity(workers),
    };
    let tls = match &https {
        Some(_) => {
            let offer = TlsOffer::new(options.certificates.clone());
            Some(Arc::new(offer.map_err(|why| ServeError::Tls(why.to_string()))?))
        }
        None => None,
    };
    let plain = http.into_iter().chain(http_sibling).map(|bound| (bound.listeners.into_iter(), None));
    let secure =
        https.into_iter().chain(https_sibling).map(|bound| (bound.listeners.into_iter(), tls.clone()));
    let mut all: Vec<_> = plain.chain(secure).collect();
    let factory = Arc::new(factory);
    for index in 0..workers {
        let start = worker::Start {
            index,
            listeners: all.iter_mut().filter_map(|(bound, tls)| Some((bound.next()?, tls.clone()))).collect(),
            limits: options.limits.clone(),
            connections_max: options.limits.connections_max.div_ceil(workers).max(1),
            on_incident: options.on_incident.clone(),
            phase: server.phase.subscribe(),
        };
        let thread = worker::start(start, factory.clone());
        server.threads.push(thread.map_err(|error| ServeError::Worker { worker: index, error })?);
    }
    Ok(server)
}

/// A server that is running.
pub struct Server {
    http: Option<SocketAddr>,
    https: Option<SocketAddr>,
    is_on_ipv6_loopback: bool,
    phase: watch::Sender<Phase>,
    threads: Vec<JoinHandle<()>>,
}

/// What a server is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Serving,
    /// Nothing new is accepted; what runs may end within that time.
    Draining(Duration),
}

impl Server {
    /// Where plain HTTP is served.
    #[must_use]
    pub fn http(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Where HTTPS is served.
    #[must_use]
    pub fn https(&self) -> Option<SocketAddr> {
        self.https
    }

    /// Whether what is served on IPv4's loopback is served at the same ports of IPv6's, too.
    #[must_use]
    pub fn is_on_ipv6_loopback(&self) -> bool {
        self.is_on_ipv6_loopback
    }

    /// Accepts nothing more, lets the requests in flight finish within `grace`, then closes all connections.
    /// Blocks until all workers have ended.
    pub fn shut_down(mut self, grace: Duration) {
        self.end(grace);
    }

    fn end(&mut self, grace: Duration) {
        self.phase.send_replace(Phase::Draining(grace));
        for thread in self.threads.drain(..) {
            // A worker that panicked has ended too, and has been reported.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}
