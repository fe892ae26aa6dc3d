//! JSON Web Tokens: what a token says, and whether a key of its issuer signed it.
//!
//! Authority: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html> ("only RSA-based
//! algorithms are supported"), RFC 7515, RFC 7517, RFC 7519.

use std::fmt;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
};
use frontgate_aws::base64_url_decode;
use serde_json::{Map, Value};

/// The public keys of an issuer: a JSON Web Key Set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<Key>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    /// `kid`
    id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// A token, taken apart; nothing of it is proved yet.
#[derive(Clone, Debug)]
pub struct Token<'a> {
    /// `alg` of its header.
    pub algorithm: String,
    /// `kid` of its header.
    pub key_id: Option<String>,
    /// What it says.
    pub claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

/// Why a text is no token that its issuer signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It is signed with another algorithm than RS256, RS384 and RS512.
    Algorithm(String),
    /// It has no three parts of base64url, or they hold no JSON objects.
    Malformed,
    /// The key set has no key with its `kid`.
    KeyUnknown,
    /// The signature was not made with that key.
    Signature,
}

impl KeySet {
    /// Reads a key set; keys that are not RSA, and those for encryption, are passed over.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let document: Value =
            serde_json::from_slice(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let Some(keys) = document.get("keys").and_then(Value::as_array) else {
            return Err("it has no list `keys`".to_owned());
        };
        let keys: Vec<Key> = keys.iter().filter_map(key).collect();
        if keys.is_empty() {
            return Err("it has no RSA key for signatures".to_owned());
        }
        Ok(Self { keys })
    }

    /// Whether a key has that id.
    #[must_use]
    pub fn contains(&self, key_id: &str) -> bool {
        self.keys.iter().any(|key| key.id == key_id)
    }
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`TokenError::Malformed`], or [`TokenError::Algorithm`] where it is no RSA signature.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        let (signed, signature) = text.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header = object(header)?;
        let claims = object(claims)?;
        let signature = base64_url_decode(signature).ok_or(TokenError::Malformed)?;
        let member = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        let algorithm = member("alg").ok_or(TokenError::Malformed)?;
        if parameters(&algorithm).is_none() {
            return Err(TokenError::Algorithm(algorithm));
        }
        Ok(Self { algorithm, key_id: member("kid"), claims, signed, signature })
    }

    /// Checks that a key of the set signed it: the one that its header names.
    ///
    /// # Errors
    /// Why it did not.
    pub fn verify(&self, keys: &KeySet) -> Result<(), TokenError> {
        let key = match &self.key_id {
            Some(id) => keys.keys.iter().find(|key| key.id == *id),
            None => None,
        };
        let key = key.ok_or(TokenError::KeyUnknown)?;
        let parameters =
            parameters(&self.algorithm).ok_or_else(|| TokenError::Algorithm(self.algorithm.clone()))?;
        let components = PublicKeyComponents { n: key.modulus.as_slice(), e: key.exponent.as_slice() };
        let verified = components.verify(parameters, self.signed.as_bytes(), &self.signature);
        verified.map_err(|_| TokenError::Signature)
    }

    /// The texts of a claim that is a text with blanks between them, or a list: `scope`, `scp`, `aud`.
    #[must_use]
    pub fn texts(&self, claim: &str) -> Vec<&str> {
        match self.claims.get(claim) {
            Some(Value::String(text)) => text.split_ascii_whitespace().collect(),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Recorded.
            Self::Algorithm(name) => write!(f, "signing method {name} is invalid"),
            Self::Malformed => f.write_str("the token is malformed"),
            Self::KeyUnknown => f.write_str("the token has an unknown kid"),
            Self::Signature => f.write_str("the token has an invalid signature"),
        }
    }
}

impl std::error::Error for TokenError {}

fn key(value: &Value) -> Option<Key> {
    let member = |name: &str| value.get(name).and_then(Value::as_str);
    let is_for_signatures = member("use").is_none_or(|purpose| purpose == "sig");
    if member("kty") != Some("RSA") || !is_for_signatures {
        return None;
    }
    let number = |name: &str| {
        let bytes = base64_url_decode(member(name)?.trim_end_matches('='))?;
        let start = bytes.iter().position(|byte| *byte != 0)?;
        Some(bytes[start..].to_vec())
    };
    Some(Key {
        id: member("kid").unwrap_or_default().to_owned(),
        modulus: number("n")?,
        exponent: number("e")?,
    })
}

fn object(part: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = base64_url_decode(part).ok_or(TokenError::Malformed)?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(TokenError::Malformed),
    }
}

fn parameters(algorithm: &str) -> Option<&'static RsaParameters> {
    match algorithm {
        "RS256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests;
