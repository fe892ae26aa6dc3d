//! What a signed request claims, and whether the claim holds.

use super::canonical::canonical_request;
use super::key::{SigningKey, string_to_sign};
use super::moment::{basic_format, parse_basic_format, parse_http_date};
use super::refusal::wrong_terminator;
use super::{ALGORITHM, Expected, PRESIGNED_SECONDS_MAX, Refusal, Request, SKEW_SECONDS_MAX, TERMINATOR};
use crate::encoding::percent_decode;

/// Where a signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the `Authorization` header.
    Header,
    /// In the query string: a presigned URL.
    Query,
}

/// What a signed request says of itself.
#[derive(Clone, Debug)]
pub struct Claim {
    place: Place,
    algorithm: String,
    credential: String,
    signed_headers: Vec<String>,
    signature: String,
    /// The time as it is signed.
    time: String,
    seconds: u64,
    lifetime_seconds: Option<u64>,
    session_token: Option<String>,
}

impl Claim {
    /// What a request claims: `None` where it is not signed at all.
    ///
    /// # Errors
    /// Where the signature lacks parts, or its parts cannot be read.
    pub fn read(request: &Request<'_>) -> Result<Option<Self>, Refusal> {
        if let Some(authorization) = request.header("authorization") {
            return Self::of_header(request, authorization).map(Some);
        }
        let signed_by_query = request.query.split('&').any(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            name.starts_with("X-Amz-") && QUERY_PARAMETERS.contains(&name)
        });
        if signed_by_query { Self::of_query(request).map(Some) } else { Ok(None) }
    }

    /// Where the signature stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// The access key id of the signer.
    #[must_use]
    pub fn access_key(&self) -> &str {
        self.credential.split('/').next().unwrap_or_default()
    }

    /// The token of a session, where temporary credentials sign.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// The signature in hexadecimal: the seed of the signatures of a chunked body.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// The names of the headers that are signed.
    #[must_use]
    pub fn signed_headers(&self) -> &[String] {
        &self.signed_headers
    }

    /// The time of the signature, as it is signed.
    #[must_use]
    pub fn time(&self) -> &str {
        &self.time
    }

    /// Day, region, service and end: what the key is good for.
    #[must_use]
    pub fn scope(&self) -> &str {
        self.credential.split_once('/').map_or("", |(_, scope)| scope)
    }

    /// Compares the claim with what the receiver expects, short of the signature itself; to be asked before a secret is
    /// looked up, as AWS does.
    ///
    /// # Errors
    /// The first reason in AWS's order.
    pub fn check(&self, request: &Request<'_>, expected: &Expected<'_>) -> Result<(), Refusal> {
        self.check_time(expected.now)?;
        if !self.signed_headers.iter().any(|name| name == "host") {
            return Err(Refusal::HeaderNotSigned("'Host' or ':authority'"));
        }
        if let Some(absent) = self.signed_headers.iter().find(|name| request.header(name).is_none()) {
            return Err(Refusal::HeaderMissing(absent.clone()));
        }
        if self.algorithm != ALGORITHM {
            return Err(Refusal::UnsupportedAlgorithm(self.algorithm.clone()));
        }
        self.check_scope(expected)
    }

    /// Whether the signature belongs to the request and the secret; [`Self::check`] first.
    ///
    /// # Errors
    /// [`Refusal::Mismatch`] with both texts that AWS shows.
    pub fn verify(
        &self,
        request: &Request<'_>,
        expected: &Expected<'_>,
        secret: &str,
    ) -> Result<SigningKey, Refusal> {
        let names: Vec<&str> = self.signed_headers.iter().map(String::as_str).collect();
        let canonical_request = canonical_request(request, expected.path, &names, expected.payload_hash);
        let string_to_sign = string_to_sign(&self.time, self.scope(), &canonical_request);
        let day = self.time.get(..8).unwrap_or_default();
        let key = SigningKey::derive(secret, day, expected.region, expected.service);
        if key.signed(&string_to_sign, &self.signature) {
            return Ok(key);
        }
        Err(Refusal::Mismatch { canonical_request, string_to_sign })
    }

    fn of_header(request: &Request<'_>, authorization: &[u8]) -> Result<Self, Refusal> {
        let text = String::from_utf8_lossy(authorization);
        let (algorithm, parameters) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let pairs: Vec<&str> = parameters.split(',').map(str::trim).filter(|pair| !pair.is_empty()).collect();
        if pairs.is_empty() || pairs.iter().any(|pair| !pair.contains('=')) {
            return Err(Refusal::NotKeyValue(authorization.to_vec()));
        }
        let parameter = |name: &str| {
            let mut found = pairs.iter().filter_map(|pair| pair.split_once('=')).filter(|(n, _)| *n == name);
            found.next().map(|(_, value)| value)
        };
        let amz_date = request.header_text("x-amz-date");
        let date = amz_date.or_else(|| request.header_text("date"));
        let missing: Vec<&str> =
            HEADER_PARAMETERS.into_iter().filter(|name| parameter(name).is_none()).collect();
        let (Some(date), true) = (date, missing.is_empty()) else {
            let without_date = date.is_none();
            return Err(Refusal::Incomplete { missing, without_date, authorization: authorization.to_vec() });
        };
        let seconds = parse_basic_format(date).or_else(|| parse_http_date(date));
        let seconds = seconds.ok_or_else(|| Refusal::DateUnreadable(date.to_owned()))?;
        Ok(Self {
            place: Place::Header,
            algorithm: algorithm.to_owned(),
            credential: parameter("Credential").unwrap_or_default().trim_end_matches('/').to_owned(),
            signed_headers: names(parameter("SignedHeaders").unwrap_or_default()),
            signature: parameter("Signature").unwrap_or_default().to_owned(),
            time: basic_format(seconds),
            seconds,
            lifetime_seconds: None,
            session_token: request.header_text("x-amz-security-token").map(str::to_owned),
        })
    }

    fn of_query(request: &Request<'_>) -> Result<Self, Refusal> {
        let parameter = |name: &str| {
            let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.filter(|(n, _)| *n == name).map(|(_, value)| value).next()?;
            Some(String::from_utf8_lossy(&percent_decode(value)).into_owned())
        };
        let missing: Vec<&str> =
            QUERY_PARAMETERS.into_iter().filter(|name| parameter(name).is_none()).collect();
        if !missing.is_empty() {
            return Err(Refusal::IncompleteQuery(missing));
        }
        let text = |name: &str| parameter(name).unwrap_or_default();
        let time = text("X-Amz-Date");
        let seconds = parse_basic_format(&time).ok_or_else(|| Refusal::DateUnreadable(time.clone()))?;
        let lifetime_seconds = match parameter("X-Amz-Expires") {
            None => None,
            Some(lifetime) => match lifetime.parse() {
                Ok(seconds) if (1..=PRESIGNED_SECONDS_MAX).contains(&seconds) => Some(seconds),
                _ => return Err(Refusal::LifetimeUnreadable(lifetime)),
            },
        };
        Ok(Self {
            place: Place::Query,
            algorithm: text("X-Amz-Algorithm"),
            credential: text("X-Amz-Credential").trim_end_matches('/').to_owned(),
            signed_headers: names(&text("X-Amz-SignedHeaders")),
            signature: text("X-Amz-Signature"),
            time,
            seconds,
            lifetime_seconds,
            session_token: parameter("X-Amz-Security-Token"),
        })
    }

    fn check_time(&self, now: u64) -> Result<(), Refusal> {
        let latest = now + SKEW_SECONDS_MAX;
        if self.seconds > latest {
            let latest = basic_format(latest);
            return Err(Refusal::NotYetCurrent { signed: self.time.clone(), latest, now: basic_format(now) });
        }
        let (end, oldest) = match self.lifetime_seconds {
            // A presigned URL lives as long as it says, without a tolerance at its end.
            Some(lifetime) => (self.seconds + lifetime, now),
            None => (self.seconds, now.saturating_sub(SKEW_SECONDS_MAX)),
        };
        if end < oldest {
            let signed = basic_format(end);
            return Err(Refusal::Expired { signed, oldest: basic_format(oldest), now: basic_format(now) });
        }
        Ok(())
    }

    fn check_scope(&self, expected: &Expected<'_>) -> Result<(), Refusal> {
        let parts: Vec<&str> = self.credential.split('/').collect();
        let [_, day, region, service, terminator] = parts[..] else {
            return Err(Refusal::CredentialParts(self.credential.clone()));
        };
        let mut sentences = Vec::new();
        if region != expected.region {
            sentences.push(format!("Credential should be scoped to a valid region, not '{region}'."));
        }
        if service != expected.service {
            sentences
                .push(format!("Credential should be scoped to correct service: '{}'.", expected.service));
        }
        if terminator != TERMINATOR {
            sentences.push(wrong_terminator(terminator));
        }
        let signed_day = self.time.get(..8).unwrap_or_default();
        if day != signed_day {
            sentences.push(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' != \
                 '{signed_day}', from '{}'.",
                self.time
            ));
        }
        if sentences.is_empty() { Ok(()) } else { Err(Refusal::BadScope(sentences)) }
    }
}

const HEADER_PARAMETERS: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];
const QUERY_PARAMETERS: [&str; 5] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];

fn names(list: &str) -> Vec<String> {
    list.split(';').filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect()
}
