//! Where are the parts of a signature: in the URL or in cookies?
//!
//! Authority: "Decide to use signed URLs or signed cookies": where both are there, only the URL counts
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-choosing-signed-urls-cookies.html>).

use std::borrow::Cow;

use frontgate_aws::{base64_decode, percent_decode};
use frontgate_message::RequestHead;

use super::public_key::HashAlgorithm;
use crate::cookies::cookies;
use crate::query::{parameter_name, parameters};

/// What carries a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// `CloudFront-…` cookies.
    Cookies,
    /// Query parameters.
    Url,
}

/// The parts of a signature as they were sent, percent escapes of the URL decoded.
#[derive(Debug)]
pub(super) struct Credentials<'a> {
    pub(super) carrier: Carrier,
    pub(super) key_pair_id: Option<Cow<'a, str>>,
    pub(super) expires: Option<Cow<'a, str>>,
    pub(super) policy: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    hash_algorithm: Option<Cow<'a, str>>,
}

/// Whether a query parameter of that name belongs to a signed URL: it is neither in the cache key nor forwarded.
#[must_use]
pub fn is_signing_parameter(name: &str) -> bool {
    Part::ALL.iter().any(|part| part.parameter() == name)
}

/// Whether a cookie of that name belongs to signed cookies.
#[must_use]
pub fn is_signing_cookie(name: &[u8]) -> bool {
    name.strip_prefix(COOKIE_PREFIX)
        .is_some_and(|rest| Part::ALL.iter().any(|part| part.parameter().as_bytes() == rest))
}

impl<'a> Credentials<'a> {
    /// The parts of the signed URL, else of the signed cookies; `None` where there is neither.
    pub(super) fn of(head: &'a RequestHead) -> Option<Self> {
        let in_url = |part: Part| {
            let found = parameters(head.target.query()).find(|p| parameter_name(p) == part.parameter())?;
            let value = found.split_once('=').map_or("", |(_, value)| value);
            Some(if value.contains('%') {
                Cow::Owned(String::from_utf8_lossy(&percent_decode(value)).into_owned())
            } else {
                Cow::Borrowed(value)
            })
        };
        let in_cookies = |part: Part| {
            let is_part = |name: &[u8]| name.strip_prefix(COOKIE_PREFIX) == Some(part.parameter().as_bytes());
            let cookie = cookies(&head.headers).find(|cookie| is_part(cookie.name))?;
            Some(String::from_utf8_lossy(&cookie.pair[cookie.name.len() + 1..]))
        };
        Self::read(Carrier::Url, in_url).or_else(|| Self::read(Carrier::Cookies, in_cookies))
    }

    /// The bytes of the signature; `None` where there is none, or it is no URL-safe base64.
    pub(super) fn signature(&self) -> Option<Vec<u8>> {
        self.signature.as_deref().and_then(url_safe_base64_decode)
    }

    /// SHA-1 unless another is named; `None` where an unknown one is named.
    pub(super) fn hash_algorithm(&self) -> Option<HashAlgorithm> {
        self.hash_algorithm.as_deref().map_or(Some(HashAlgorithm::Sha1), HashAlgorithm::named)
    }

    fn read(carrier: Carrier, value: impl Fn(Part) -> Option<Cow<'a, str>>) -> Option<Self> {
        let credentials = Self {
            carrier,
            key_pair_id: value(Part::KeyPairId),
            expires: value(Part::Expires),
            policy: value(Part::Policy),
            signature: value(Part::Signature),
            hash_algorithm: value(Part::HashAlgorithm),
        };
        // Expires and Hash-Algorithm alone may be anybody's parameters.
        let Self { key_pair_id, policy, signature, .. } = &credentials;
        (key_pair_id.is_some() || policy.is_some() || signature.is_some()).then_some(credentials)
    }
}

/// Decodes base64 in which `-`, `_` and `~` stand for `+`, `=` and `/`.
pub(super) fn url_safe_base64_decode(text: &str) -> Option<Vec<u8>> {
    let standard: Option<String> = text
        .chars()
        .map(|c| match c {
            '-' => Some('+'),
            '_' => Some('='),
            '~' => Some('/'),
            c if c.is_ascii_alphanumeric() => Some(c),
            _ => None,
        })
        .collect();
    standard.filter(|text| !text.is_empty()).and_then(|text| base64_decode(&text))
}

#[derive(Clone, Copy)]
enum Part {
    Expires,
    HashAlgorithm,
    KeyPairId,
    Policy,
    Signature,
}

impl Part {
    const ALL: [Self; 5] =
        [Self::Expires, Self::HashAlgorithm, Self::KeyPairId, Self::Policy, Self::Signature];

    /// The name of the query parameter; the cookie has [`COOKIE_PREFIX`] before it.
    fn parameter(self) -> &'static str {
        match self {
            Self::Expires => "Expires",
            Self::HashAlgorithm => "Hash-Algorithm",
            Self::KeyPairId => "Key-Pair-Id",
            Self::Policy => "Policy",
            Self::Signature => "Signature",
        }
    }
}

const COOKIE_PREFIX: &[u8] = b"CloudFront-";
