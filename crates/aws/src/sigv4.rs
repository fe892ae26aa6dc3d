//! Signature Version 4: what a request claims, whether the claim holds, and AWS's words where it does not.
//!
//! Authority: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>. The order
//! of the checks and the texts are those recorded from AWS's JSON services (see [`Refusal`]). Nothing here knows a clock
//! or an account: [`Claim::read`] says who signs, the caller looks up the secret, [`Claim::verify`] compares.

mod canonical;
mod chunks;
mod claim;
mod key;
mod moment;
mod refusal;
mod scope;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use canonical::{PathRule, canonical_request};
pub use chunks::{ChunkChain, TRAILER_ALGORITHM};
pub use claim::{Claim, Place};
pub use key::{SigningKey, string_to_sign};
pub use moment::{basic_format, parse_basic_format};
pub use refusal::Refusal;
pub use scope::CredentialScope;

/// The one algorithm of this version.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// How the last part of a credential scope reads.
pub const TERMINATOR: &str = "aws4_request";

/// How far a signature's time may be from the receiver's.
pub const SKEW_SECONDS_MAX: u64 = 15 * 60;

/// The longest life of a presigned URL: seven days.
pub const PRESIGNED_SECONDS_MAX: u64 = 7 * 24 * 60 * 60;

/// The hash that stands for a body that is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The hash of an empty body.
pub const EMPTY_PAYLOAD_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A request as it came over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path, still encoded.
    pub path: &'a str,
    /// The query string, still encoded, without `?`.
    pub query: &'a str,
    /// The header fields in order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> Request<'a> {
    /// The first value of a header field.
    fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The first value of a header field where it is text.
    fn header_text(&self, name: &str) -> Option<&'a str> {
        self.header(name).and_then(|value| std::str::from_utf8(value).ok())
    }
}

/// What a receiver expects of a signature.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The service's name for signing, such as `execute-api`.
    pub service: &'a str,
    /// The region that the request arrived in.
    pub region: &'a str,
    /// Seconds since 1970 now.
    pub now: u64,
    /// How the path is written.
    pub path: PathRule,
    /// The hash of the body that was received, or what stands in its place.
    pub payload_hash: &'a str,
}
