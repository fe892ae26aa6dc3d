//! The signatures of a body that is sent in signed chunks: each one is made from the one before.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and `sigv4-streaming-trailers.html`.

use super::key::SigningKey;
use super::{ALGORITHM, EMPTY_PAYLOAD_SHA256};
use crate::encoding::{hex, sha256};

/// What the signature of a trailer is called.
pub const TRAILER_ALGORITHM: &str = "AWS4-HMAC-SHA256-TRAILER";

/// The chain of the signatures of one body.
#[derive(Debug)]
pub struct ChunkChain {
    key: SigningKey,
    time: String,
    scope: String,
    previous: String,
}

impl ChunkChain {
    /// A chain that begins with the signature of the request's head.
    #[must_use]
    pub fn new(key: SigningKey, time: &str, scope: &str, seed: &str) -> Self {
        Self { key, time: time.to_owned(), scope: scope.to_owned(), previous: seed.to_owned() }
    }

    /// Whether `signature` is that of the next chunk; the chain goes on from it.
    pub fn accepts(&mut self, chunk: &[u8], signature: &str) -> bool {
        self.accepts_hashed(&sha256(chunk), signature)
    }

    /// The same for a chunk of which only the SHA-256 hash is at hand.
    pub fn accepts_hashed(&mut self, chunk_hash: &[u8; 32], signature: &str) -> bool {
        let text = format!(
            "{ALGORITHM}-PAYLOAD\n{}\n{}\n{}\n{EMPTY_PAYLOAD_SHA256}\n{}",
            self.time,
            self.scope,
            self.previous,
            hex(chunk_hash)
        );
        self.goes_on(&text, signature)
    }

    /// Whether `signature` is that of the trailer: its fields as `name:value` lines, each ended by a line feed.
    pub fn accepts_trailer(&mut self, trailer: &[u8], signature: &str) -> bool {
        let hash = hex(&sha256(trailer));
        let text = format!("{TRAILER_ALGORITHM}\n{}\n{}\n{}\n{hash}", self.time, self.scope, self.previous);
        self.goes_on(&text, signature)
    }

    fn goes_on(&mut self, text: &str, signature: &str) -> bool {
        let right = self.key.signed(text, signature);
        if right {
            signature.clone_into(&mut self.previous);
        }
        right
    }
}
