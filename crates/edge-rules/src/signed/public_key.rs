//! A public key of a key group.
//!
//! Authority: "It must be either an SSH-2 RSA 2048 or ECDSA 256 key pair" of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html>.

use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA1_ASN1, ECDSA_P256_SHA256_ASN1, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
};
use frontgate_aws::{base64_decode, sha256};
use frontgate_explain::PlaceId;

/// A public key, ready to verify.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// Its id, such as `K2JCJMDEHXQW5F`: what a viewer sends as `Key-Pair-Id`.
    pub id: Box<str>,
    /// The place of the resource.
    pub place: PlaceId,
    /// What tells this key from all others.
    pub(super) fingerprint: [u8; 32],
    sha1: ParsedPublicKey,
    sha256: ParsedPublicKey,
}

/// The hash under a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashAlgorithm {
    /// `SHA1`, the default.
    Sha1,
    /// `SHA256`
    Sha256,
}

/// Why a text is no public key that CloudFront takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKeyError {
    /// There is no `-----BEGIN PUBLIC KEY-----` … `-----END PUBLIC KEY-----`.
    NotPem,
    /// It is a private key, which belongs to whoever signs and nowhere else.
    Private,
    /// It is PEM of something else than a public key.
    NotPublicKey,
    /// What stands between the lines is no base64 of a key.
    NotKey,
    /// It is a key, but neither RSA with 2048 bits nor ECDSA on P-256.
    Unsupported,
}

impl PublicKey {
    /// The key in a PEM text (`EncodedKey`).
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(id: &str, pem: &str, place: PlaceId) -> Result<Self, PublicKeyError> {
        let der = subject_public_key_info(pem)?;
        let parsed = |algorithms: (_, _)| {
            let sha1 = ParsedPublicKey::new(algorithms.0, &der).ok()?;
            Some((sha1, ParsedPublicKey::new(algorithms.1, &der).ok()?))
        };
        let rsa_bits = PublicEncryptingKey::from_der(&der).map(|key| key.key_size_bits());
        let keys = match rsa_bits {
            Ok(RSA_BITS) => {
                parsed((&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, &RSA_PKCS1_2048_8192_SHA256))
            }
            Ok(_) => None,
            Err(_) if der.starts_with(P256_PREFIX) => {
                parsed((&ECDSA_P256_SHA1_ASN1, &ECDSA_P256_SHA256_ASN1))
            }
            Err(_) => None,
        };
        let is_key = der.first() == Some(&DER_SEQUENCE);
        let unusable = if is_key { PublicKeyError::Unsupported } else { PublicKeyError::NotKey };
        let (sha1, sha256_key) = keys.ok_or(unusable)?;
        Ok(Self { id: id.into(), place, fingerprint: sha256(&der), sha1, sha256: sha256_key })
    }

    /// Whether `signature` of `text` was made with the private key of this one.
    #[must_use]
    pub fn verify(&self, hash: HashAlgorithm, text: &[u8], signature: &[u8]) -> bool {
        let key = match hash {
            HashAlgorithm::Sha1 => &self.sha1,
            HashAlgorithm::Sha256 => &self.sha256,
        };
        key.verify_sig(text, signature).is_ok()
    }
}

impl HashAlgorithm {
    /// The one of that name in `Hash-Algorithm`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "SHA1" => Some(Self::Sha1),
            "SHA256" => Some(Self::Sha256),
            _ => None,
        }
    }

    /// The other one.
    #[must_use]
    pub(super) fn other(self) -> Self {
        match self {
            Self::Sha1 => Self::Sha256,
            Self::Sha256 => Self::Sha1,
        }
    }
}

impl std::fmt::Display for PublicKeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotPem => "there is no -----BEGIN PUBLIC KEY----- and -----END PUBLIC KEY-----",
            Self::Private => "this is a private key",
            Self::NotPublicKey => "this is PEM of something else than a public key",
            Self::NotKey => "what stands between the lines is no base64 of a key",
            Self::Unsupported => "the key is neither RSA with 2048 bits nor ECDSA on the curve P-256",
        })
    }
}

/// The DER of a PEM text.
fn subject_public_key_info(pem: &str) -> Result<Vec<u8>, PublicKeyError> {
    let label = pem.split_once("-----BEGIN ").and_then(|(_, rest)| rest.split_once("-----"));
    let (label, rest) = label.ok_or(PublicKeyError::NotPem)?;
    if label.ends_with("PRIVATE KEY") {
        return Err(PublicKeyError::Private);
    }
    if label != "PUBLIC KEY" {
        return Err(PublicKeyError::NotPublicKey);
    }
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----").ok_or(PublicKeyError::NotPem)?;
    let joined: String = body.split_ascii_whitespace().collect();
    base64_decode(&joined).ok_or(PublicKeyError::NotKey)
}

const RSA_BITS: usize = 2048;

/// Every DER structure of a key begins with it.
const DER_SEQUENCE: u8 = 0x30;

/// `SubjectPublicKeyInfo` of an uncompressed point on P-256, up to the point (RFC 5480).
const P256_PREFIX: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];
