//! How much a viewer may send, how long it may take, and what is said of a request that is no HTTP.
//!
//! The lengths are CloudFront's:
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>. The times are ours.

use std::time::Duration;

/// The limits of a server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request target (CloudFront: 8,192).
    pub target_bytes_max: u32,
    /// Bytes of request line and header fields together (CloudFront: 32,768).
    pub head_bytes_max: u32,
    /// Time for a request's head, from its first byte to its last.
    pub head_timeout: Duration,
    /// Time that a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// Time without a byte while a body is being received or sent.
    pub body_idle_timeout: Duration,
    /// Time for a TLS handshake.
    pub handshake_timeout: Duration,
    /// Bytes of a request body that nobody wanted that are read and forgotten, so that a viewer that sends all of it
    /// before it reads sees its answer.
    pub drain_bytes_max: u64,
    /// Time for that.
    pub drain_timeout: Duration,
    /// Bytes of such a body beyond which an HTTP/1.1 connection is closed after its answer rather than kept.
    pub kept_drain_bytes_max: u64,
    /// Time without a byte after which an HTTP/1.1 viewer is taken to have read its last answer.
    pub linger_timeout: Duration,
    /// Connections at once, over all workers.
    pub connections_max: usize,
    /// Requests at once on one HTTP/2 connection.
    pub streams_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            target_bytes_max: 8192,
            head_bytes_max: 32_768,
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            body_idle_timeout: Duration::from_secs(60),
            handshake_timeout: Duration::from_secs(10),
            drain_bytes_max: 64 * 1024 * 1024,
            drain_timeout: Duration::from_secs(30),
            kept_drain_bytes_max: 256 * 1024,
            linger_timeout: Duration::from_secs(2),
            connections_max: 50_000,
            streams_max: 128,
        }
    }
}

/// Why a request is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It breaks the grammar of HTTP or could be read in two ways; in words for the operator.
    Syntax(&'static str),
    /// Its target is that long (or longer).
    UrlTooLong(u32),
    /// Its head is that long (or longer).
    HeadTooLarge(u32),
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Syntax(why) => f.write_str(why),
            Self::UrlTooLong(bytes) => write!(f, "the URL is {bytes} bytes long or longer"),
            Self::HeadTooLarge(bytes) => write!(f, "the head is {bytes} bytes long or longer"),
        }
    }
}
