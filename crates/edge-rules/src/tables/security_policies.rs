//! The security policies of `MinimumProtocolVersion`: which versions of TLS and which suites a viewer may use.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html>.

use frontgate_aws::Source;

/// One security policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityPolicy {
    /// Its name, as `MinimumProtocolVersion` has it.
    pub name: &'static str,
    /// The oldest version that it allows.
    pub minimum: MinimumVersion,
    /// It allows the suites with ChaCha20-Poly1305.
    pub chacha20: bool,
    /// It may be used where viewers tell the server name (`sni-only`).
    pub sni_only: bool,
    /// Where it was learnt.
    pub source: Source,
}

/// The oldest version of SSL or TLS that a security policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MinimumVersion {
    /// SSL 3.0
    Ssl3,
    /// TLS 1.0
    Tls10,
    /// TLS 1.1
    Tls11,
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

/// The security policy of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static SecurityPolicy> {
    SECURITY_POLICIES.iter().find(|row| row.name == name)
}

/// Where CloudFront's own certificate is used, this one applies whatever is asked for.
pub static OF_DEFAULT_CERTIFICATE: &SecurityPolicy = &SECURITY_POLICIES[1];

/// All security policies, the oldest first.
pub static SECURITY_POLICIES: &[SecurityPolicy] = &[
    row("SSLv3", MinimumVersion::Ssl3, true, PAGE),
    row("TLSv1", MinimumVersion::Tls10, true, PAGE),
    row("TLSv1_2016", MinimumVersion::Tls10, true, PAGE),
    row("TLSv1.1_2016", MinimumVersion::Tls11, true, PAGE),
    row("TLSv1.2_2018", MinimumVersion::Tls12, true, PAGE),
    row("TLSv1.2_2019", MinimumVersion::Tls12, true, PAGE),
    row("TLSv1.2_2021", MinimumVersion::Tls12, true, PAGE),
    row("TLSv1.2_2025", MinimumVersion::Tls12, false, MARKS),
    row("TLSv1.3_2025", MinimumVersion::Tls13, true, MARKS),
];

const PAGE: Source = Source::Documented("secure-connections-supported-viewer-protocols-ciphers");

const MARKS: Source = Source::Inferred(
    "the page's table marks ChaCha20 for one policy of 2025 less than AES-GCM; an older version of it marks TLSv1.3_2025",
);

const fn row(name: &'static str, minimum: MinimumVersion, chacha20: bool, source: Source) -> SecurityPolicy {
    SecurityPolicy { name, minimum, chacha20, sni_only: !matches!(minimum, MinimumVersion::Ssl3), source }
}
