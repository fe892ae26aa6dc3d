//! What does a request say of its body: a hash, nothing, or chunks that carry signatures of their own?
//!
//! Authority: Amazon S3 API reference, *Signature Calculations for the Authorization Header* (`sigv4-streaming`,
//! `sigv4-streaming-trailers`).

use frontgate_aws::sigv4::{ChunkChain, SigningKey, UNSIGNED_PAYLOAD};
use frontgate_message::Headers;

use crate::error::{Code, S3Error};

/// How the body of a request is sent, and what proves it.
#[derive(Debug)]
pub(crate) enum Payload {
    /// As it is; a hash in the header proves it, where there is one.
    Plain,
    /// In chunks, each with its length; signed ones where there is a chain, and with a trailer or without.
    Chunked {
        /// The chain of the chunks' signatures.
        chain: Option<ChunkChain>,
        /// Whether a trailer follows the last chunk.
        with_trailer: bool,
    },
}

impl Payload {
    /// Of a request whose signature covers `hash`; the signature is the seed of those of the chunks.
    pub(crate) fn of_signed(hash: &str, key: SigningKey, time: &str, scope: &str, signature: &str) -> Self {
        let chain = || Some(ChunkChain::new(key, time, scope, signature));
        match hash {
            SIGNED_CHUNKS => Self::Chunked { chain: chain(), with_trailer: false },
            SIGNED_CHUNKS_AND_TRAILER => Self::Chunked { chain: chain(), with_trailer: true },
            UNSIGNED_CHUNKS_AND_TRAILER => Self::Chunked { chain: None, with_trailer: true },
            _ => Self::Plain,
        }
    }

    /// Of a request that nobody signed, or that CloudFront signed: its chunks cannot be signed.
    pub(crate) fn of_unsigned(headers: &Headers) -> Result<Self, S3Error> {
        match headers.first_text("x-amz-content-sha256") {
            Some(UNSIGNED_CHUNKS_AND_TRAILER) => Ok(Self::Chunked { chain: None, with_trailer: true }),
            Some(hash) if hash.starts_with("STREAMING-") => Err(S3Error::of(Code::InvalidRequest)
                .saying("The value of x-amz-content-sha256 header is invalid.")),
            _ => Ok(Self::Plain),
        }
    }
}

/// The value of `x-amz-content-sha256`, which every request with a signed header has.
pub(crate) fn announced_hash(headers: &Headers) -> Result<String, S3Error> {
    let Some(hash) = headers.first_text(FIELD) else {
        let message = "Missing required header for this request: x-amz-content-sha256";
        return Err(S3Error::of(Code::InvalidRequest).saying(message));
    };
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash && !KEYWORDS.contains(&hash) {
        return Err(S3Error::invalid_argument(INVALID, FIELD, hash));
    }
    if hash.starts_with("STREAMING-AWS4-ECDSA") {
        return Err(S3Error::not_implemented(
            "Signature Version 4A (STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD)",
        ));
    }
    Ok(hash.to_owned())
}

const FIELD: &str = "x-amz-content-sha256";
const SIGNED_CHUNKS: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const SIGNED_CHUNKS_AND_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const UNSIGNED_CHUNKS_AND_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const KEYWORDS: &[&str] = &[
    UNSIGNED_PAYLOAD,
    UNSIGNED_CHUNKS_AND_TRAILER,
    SIGNED_CHUNKS,
    SIGNED_CHUNKS_AND_TRAILER,
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
];
const INVALID: &str = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
                       STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, \
                       STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or \
                       a valid sha256 value.";
