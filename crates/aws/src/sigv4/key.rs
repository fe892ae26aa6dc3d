//! The key that signs for one day, region and service, and what it signs.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{ALGORITHM, TERMINATOR};
use crate::encoding::{hex, sha256};

/// A key derived from a secret access key for a day, a region and a service.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    /// Derives the key: `day` is `YYYYMMDD`.
    #[must_use]
    pub fn derive(secret: &str, day: &str, region: &str, service: &str) -> Self {
        let day_key = hmac_sha256(format!("AWS4{secret}").as_bytes(), day.as_bytes());
        let region_key = hmac_sha256(&day_key, region.as_bytes());
        let service_key = hmac_sha256(&region_key, service.as_bytes());
        Self(hmac_sha256(&service_key, TERMINATOR.as_bytes()))
    }

    /// The signature of a string to sign, in lower-case hexadecimal.
    #[must_use]
    pub fn sign(&self, string_to_sign: &str) -> String {
        hex(&hmac_sha256(&self.0, string_to_sign.as_bytes()))
    }

    /// Whether `signature` is that of the string to sign, compared in constant time.
    #[must_use]
    pub fn signed(&self, string_to_sign: &str, signature: &str) -> bool {
        let mine = self.sign(string_to_sign);
        mine.len() == signature.len()
            && mine.bytes().zip(signature.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// What is signed of a request: the algorithm, the time, the scope and the hash of the canonical request.
#[must_use]
pub fn string_to_sign(time: &str, scope: &str, canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex(&sha256(canonical_request.as_bytes())))
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}
