//! HTTP/1.1 as RFC 9112 has it, read strictly: what could be understood in two ways is refused.
//!
//! Heads are read by [`scan`], [`request_head`] and [`response_head`], bodies by [`decoder`]; [`write_head`] and
//! [`outgoing`] write. [`connection`] is the server's line, from one request of a connection to the next, with
//! [`incoming`], [`interim`], [`answer`] and [`tunnel`]. The origin client shares all but these.

mod answer;
pub(crate) mod authority;
pub(crate) mod connection;
pub(crate) mod decoder;
pub(crate) mod fields;
mod incoming;
mod interim;
pub(crate) mod outgoing;
mod request_body;
pub(crate) mod request_head;
pub(crate) mod response_head;
pub(crate) mod scan;
mod tunnel;
pub(crate) mod write_head;

/// How the length of a body is found, RFC 9112 §6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is no body.
    None,
    /// `Content-Length`.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// Everything until the connection closes: responses only.
    UntilClose,
}
