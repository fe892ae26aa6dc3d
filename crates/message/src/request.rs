//! What a viewer asked for, and over which connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::{Body, Headers, Method, ViewerLocation};

/// A request: its head and its body.
#[derive(Debug)]
pub struct Request {
    /// All but the body.
    pub head: RequestHead,
    /// The body, not yet read.
    pub body: Body,
}

/// Request line, header fields and connection of a request.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// The method.
    pub method: Method,
    /// Path and query, raw as sent.
    pub target: Target,
    /// The version of HTTP in which it was asked.
    pub version: Version,
    /// The host that the request names (Host or :authority): lower case, without port; empty if none was sent.
    pub host: Box<str>,
    /// The header fields as sent; HTTP/2's pseudo fields are not here, its :authority is in `host` and as `Host`.
    pub headers: Headers,
    /// The connection it came over.
    pub connection: Arc<Connection>,
    /// What the viewer asked for, where this request is for the page that stands for its error.
    pub for_error_of: Option<Box<Target>>,
}

/// The connection that a request came over.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The viewer's address.
    pub peer: SocketAddr,
    /// Our address.
    pub local: SocketAddr,
    /// TLS, where there is.
    pub tls: Option<Tls>,
    /// Where the viewer is; filled in at most once, by who knows, for all requests of the connection.
    pub location: OnceLock<Option<Box<ViewerLocation>>>,
    /// A request has come over it.
    pub(crate) is_used: Used,
}

/// Whether something was used; a copy says the same.
#[derive(Debug, Default)]
pub(crate) struct Used(AtomicBool);

impl Clone for Used {
    fn clone(&self) -> Self {
        Self(AtomicBool::new(self.0.load(Ordering::Relaxed)))
    }
}

/// What was agreed in the TLS handshake.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The server name that the client asked for, lower case.
    pub server_name: Option<Box<str>>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite by its IANA name.
    pub cipher: Box<str>,
    /// How the connection came to be protected, as a request on it sees it.
    pub handshake: Handshake,
    /// The certificate that the client has shown, in DER; its key is the client's, and nobody has looked at more of it.
    pub client_certificate: Option<Arc<[u8]>>,
    /// What the first message of the handshake tells of the client's program.
    pub fingerprints: Option<Box<Fingerprints>>,
}

/// How a connection came to be protected, as a request on it sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// By a whole handshake, for this request.
    Full,
    /// By the session of an earlier connection, for this request.
    Resumed,
    /// For an earlier request on the same connection.
    Reused,
}

/// Two names for how a client's TLS library greets: programs are told apart by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprints {
    /// JA3: an MD5 in hexadecimal digits.
    pub ja3: Box<str>,
    /// JA4: `a_b_c`.
    pub ja4: Box<str>,
}

/// The version of HTTP of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
    /// HTTP/3
    Http3,
}

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain text.
    Http,
    /// Over TLS.
    Https,
}

/// Path and query of a request, raw as they came (an absolute-form target has been reduced to them).
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    text: Box<str>,
    path_length: u32,
}

impl Connection {
    /// A connection of which nobody has asked yet where the viewer is.
    #[must_use]
    pub fn new(peer: SocketAddr, local: SocketAddr, tls: Option<Tls>) -> Self {
        Self { peer, local, tls, location: OnceLock::new(), is_used: Used::default() }
    }

    /// The connection as its next request sees it: over TLS, every request after the first one reuses it.
    #[must_use]
    pub fn for_next_request(this: &mut Arc<Self>) -> Arc<Self> {
        let is_first = || !this.is_used.0.swap(true, Ordering::Relaxed);
        if let Some(tls) = this.tls.as_ref().filter(|tls| tls.handshake != Handshake::Reused)
            && !is_first()
        {
            let tls = Tls { handshake: Handshake::Reused, ..tls.clone() };
            *this = Arc::new(Self { tls: Some(tls), ..Self::clone(this) });
        }
        Arc::clone(this)
    }
}

impl RequestHead {
    /// The scheme that the viewer used.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        if self.connection.tls.is_some() { Scheme::Https } else { Scheme::Http }
    }

    /// Whether the page that asks (the header `Origin`) is of another host than the one that is asked.
    #[must_use]
    pub fn is_cross_origin(&self) -> bool {
        let Some(origin) = self.headers.first_text("Origin") else { return false };
        let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        !host.eq_ignore_ascii_case(&self.host)
    }
}

impl Target {
    /// The target with that raw path and query, such as `/a/b?c=1`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let path_length = text.find('?').unwrap_or(text.len());
        let path_length = u32::try_from(path_length).expect("a target is limited far below 4 GiB");
        Self { text: text.into(), path_length }
    }

    /// Path and query as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The raw path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.text[..self.path_length as usize]
    }

    /// The raw query without its `?`; `None` if there was no `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.text.get(self.path_length as usize + 1..)
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Version {
    /// `1.0`, `1.1`, `2.0` or `3.0`, as CloudFront writes it in `Via` and `CloudFront-Viewer-Http-Version`.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2.0",
            Self::Http3 => "3.0",
        }
    }
}

impl Scheme {
    /// `http` or `https`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
