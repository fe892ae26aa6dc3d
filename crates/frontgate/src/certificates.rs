//! Which certificate and which versions of TLS does a viewer meet under a name?
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html>.

use std::sync::Arc;

use frontgate_net::{CertificateAuthority, CertificateStore, TlsProfile};
use frontgate_snapshot::{Answerer, Publisher, Snapshot};

/// The certificates of a server: what they hold follows the snapshot.
///
/// # Errors
/// The authority cannot issue the certificate for localhost.
pub fn store(
    authority: Arc<CertificateAuthority>,
    publisher: &Publisher,
) -> Result<CertificateStore, String> {
    let certificates = CertificateStore::new(authority).map_err(|error| error.to_string())?;
    let published = publisher.clone();
    certificates.set_issued_names(move |name| issued_names(&published.current(), name));
    let published = publisher.clone();
    certificates.set_profile(move |name| profile(&published.current(), name));
    Ok(certificates)
}

/// The names that the certificate for a server name holds.
fn issued_names(snapshot: &Snapshot, name: &str) -> Option<Vec<Box<str>>> {
    let ours =
        snapshot.hosts.find(name).is_some() || AWS_SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    ours.then(|| vec![name.into()])
}

/// Distributions speak HTTP/2 where `HttpVersion` says so, API Gateway's endpoints always, S3's never.
fn profile(snapshot: &Snapshot, name: &str) -> TlsProfile {
    let http2 = match snapshot.hosts.find(name).map(|found| found.answerer) {
        Some(Answerer::Distribution(index)) => snapshot.distributions[index].http2,
        Some(Answerer::Bucket(_)) => false,
        Some(Answerer::Api(_)) | None => true,
    };
    TlsProfile { http2, ..TlsProfile::default() }
}

/// Under these suffixes a certificate is issued for any name, so that a wrong name gets AWS's answer, not a TLS error.
const AWS_SUFFIXES: &[&str] = &[".amazonaws.com", ".cloudfront.net", ".localhost"];
