//! Why a signature is not accepted, in the words of AWS's JSON services.
//!
//! API Gateway, Lambda's function URLs and the services' APIs share these texts; S3 has its own, and makes them from the
//! same values.

use super::{ALGORITHM, TERMINATOR};
use crate::Source;
use crate::encoding::{base64_encode, sha256};

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The scope or the time of the request is not what it must be: one sentence each.
    BadScope(Vec<String>),
    /// The credential has not five parts.
    CredentialParts(String),
    /// The time is none.
    DateUnreadable(String),
    /// The signature is older than it may be: its time, and the oldest one that is taken at the receiver's time.
    Expired {
        /// When it was made, or when its life ended.
        signed: String,
        /// The oldest time that is taken.
        oldest: String,
        /// The receiver's time.
        now: String,
    },
    /// A header that must be signed is not: its name as AWS writes it.
    HeaderNotSigned(&'static str),
    /// A header that is said to be signed is not there.
    HeaderMissing(String),
    /// The `Authorization` header lacks parts; the header.
    Incomplete {
        /// What is missing, as AWS lists it.
        missing: Vec<&'static str>,
        /// Whether there is neither `X-Amz-Date` nor `Date`.
        without_date: bool,
        /// The header's value.
        authorization: Vec<u8>,
    },
    /// The query of a presigned URL lacks parameters.
    IncompleteQuery(Vec<&'static str>),
    /// A lifetime of a presigned URL that is no number, or too large.
    LifetimeUnreadable(String),
    /// The signature is another than the one that belongs to the request.
    Mismatch {
        /// The canonical request as the receiver makes it.
        canonical_request: String,
        /// What should have been signed.
        string_to_sign: String,
    },
    /// A part of the `Authorization` header has no `=`.
    NotKeyValue(Vec<u8>),
    /// The signature is from the future.
    NotYetCurrent {
        /// When it was made.
        signed: String,
        /// The latest time that is taken.
        latest: String,
        /// The receiver's time.
        now: String,
    },
    /// The session of the temporary access key has ended: when, in seconds since 1970.
    SessionEnded(u64),
    /// The access key is nobody's.
    UnknownAccessKey,
    /// An algorithm that is not this one's.
    UnsupportedAlgorithm(String),
    /// The session token does not belong to the access key.
    WrongSessionToken,
}

impl Refusal {
    /// AWS's name of the error.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::CredentialParts(_)
            | Self::DateUnreadable(_)
            | Self::Incomplete { .. }
            | Self::IncompleteQuery(_)
            | Self::LifetimeUnreadable(_)
            | Self::NotKeyValue(_)
            | Self::UnsupportedAlgorithm(_) => "IncompleteSignatureException",
            Self::BadScope(_)
            | Self::Expired { .. }
            | Self::HeaderMissing(_)
            | Self::HeaderNotSigned(_)
            | Self::Mismatch { .. }
            | Self::NotYetCurrent { .. } => "InvalidSignatureException",
            Self::SessionEnded(_) => "ExpiredTokenException",
            Self::UnknownAccessKey | Self::WrongSessionToken => "UnrecognizedClientException",
        }
    }

    /// Where the words were learnt.
    #[must_use]
    pub fn source(&self) -> Source {
        match self {
            Self::LifetimeUnreadable(_) => Source::Inferred("the sentence of S3 for the same mistake"),
            Self::SessionEnded(_) => Source::Recorded("apigateway.md §4: EXPIRED_TOKEN"),
            Self::WrongSessionToken => Source::Inferred("as for an access key that is nobody's"),
            Self::Mismatch { .. } => {
                Source::Recorded("apigateway.md §4; the appendix as API Gateway writes it")
            }
            Self::Incomplete { .. } | Self::NotKeyValue(_) => Source::Recorded("apigateway.md §4"),
            _ => Source::Recorded("answers of AWS's JSON services, kept in mhart/dynalite"),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BadScope(sentences) => f.write_str(&sentences.join(" ")),
            Self::CredentialParts(got) => write!(
                f,
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{got}'"
            ),
            Self::DateUnreadable(got) => write!(
                f,
                "Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601"
            ),
            Self::Expired { signed, oldest, now } => {
                write!(f, "Signature expired: {signed} is now earlier than {oldest} ({now} - 15 min.)")
            }
            Self::HeaderMissing(name) => {
                write!(f, "Authorization header requires existence of '{name}' header.")
            }
            Self::HeaderNotSigned(name) => {
                write!(f, "{name} must be a 'SignedHeader' in the AWS Authorization.")
            }
            Self::Incomplete { missing, without_date, authorization } => {
                for name in missing {
                    write!(f, "Authorization header requires '{name}' parameter. ")?;
                }
                if *without_date {
                    f.write_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")?;
                }
                write!(
                    f,
                    "(Hashed with SHA-256 and encoded with Base64) Authorization={}",
                    hashed(authorization)
                )
            }
            Self::IncompleteQuery(missing) => {
                for name in missing {
                    write!(f, "AWS query-string parameters must include '{name}'. ")?;
                }
                f.write_str("Re-examine the query-string parameters.")
            }
            Self::LifetimeUnreadable(got) => {
                write!(f, "X-Amz-Expires must be a number of seconds from 1 to 604800. Got '{got}'.")
            }
            Self::Mismatch { canonical_request, string_to_sign } => write!(
                f,
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String \
                 for this request should have been\n'{canonical_request}'\n\nThe String-to-Sign should have \
                 been\n'{string_to_sign}'\n"
            ),
            Self::NotKeyValue(authorization) => write!(
                f,
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded \
                 with Base64): '{}'.",
                hashed(authorization)
            ),
            Self::NotYetCurrent { signed, latest, now } => {
                write!(
                    f,
                    "Signature not yet current: {signed} is still later than {latest} ({now} + 15 min.)"
                )
            }
            Self::SessionEnded(_) => f.write_str("The security token included in the request is expired"),
            Self::UnknownAccessKey | Self::WrongSessionToken => {
                f.write_str("The security token included in the request is invalid.")
            }
            Self::UnsupportedAlgorithm(got) => {
                write!(f, "Unsupported AWS 'algorithm': '{got}' (only {ALGORITHM} for now). ")
            }
        }
    }
}

/// The sentence about a scope's end.
pub(super) fn wrong_terminator(got: &str) -> String {
    format!("Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{got}'.")
}

fn hashed(authorization: &[u8]) -> String {
    base64_encode(&sha256(authorization))
}
