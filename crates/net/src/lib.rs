//! How bytes come in and go out: listeners, TLS, HTTP/1.1 and HTTP/2 servers, the local certificate authority, and the
//! client that speaks to origins.
//!
//! Nothing here knows CloudFront or any other service. A [`Service`] answers a request; this crate brings it there and
//! brings the answer back, at as few system calls and copies as the sockets allow. There is one runtime per core and
//! one instance of the service per runtime, so that nothing on the way of a request is shared between cores.

#![forbid(unsafe_code)]

mod client;
mod http1;
mod http2;
mod interim;
mod limits;
pub mod reading;
mod server;
mod tls;

pub use client::{
    CertificateNames, Client, ConnectError, OriginError, OriginRequest, OriginTarget, OriginTrust, TlsTarget,
};
pub use limits::{Limits, Malformed};
pub use server::{Incident, ServeError, Server, ServerOptions, Service, serve};
pub use tls::{CertificateAuthority, CertificateError, CertificateStore, TlsProfile, UserCertificate};

#[cfg(test)]
mod tests;
