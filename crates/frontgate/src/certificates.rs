//! Which certificate and which versions of TLS does a viewer meet under a name?
//!
//! The user's own certificate comes first, then one of the local authority with the names of the certificate that the
//! distribution names:
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html>.

use std::path::PathBuf;
use std::sync::Arc;

use frontgate_edge_rules::tables::security_policies::MinimumVersion;
use frontgate_edge_rules::viewer_certificate;
use frontgate_net::{CertificateAuthority, CertificateStore, TlsProfile, UserCertificate};
use frontgate_snapshot::{Answerer, LOCAL_SUFFIX, Publisher, Snapshot};

/// `--certificate`: the names, the chain and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    names: Vec<Box<str>>,
    chain: PathBuf,
    key: PathBuf,
}

impl CertificateFiles {
    /// Reads `NAME[,NAME]=CHAIN.pem,KEY.pem`.
    ///
    /// # Errors
    /// Words for the user.
    pub fn parse(text: &str) -> Result<Self, String> {
        const FORM: &str = "write NAME[,NAME]=CHAIN.pem,KEY.pem, such as www.example.com=chain.pem,key.pem";
        let (names, files) = text.split_once('=').ok_or(FORM)?;
        let (chain, key) = files.split_once(',').ok_or(FORM)?;
        let names: Vec<Box<str>> =
            names.split(',').map(|name| name.trim().to_ascii_lowercase().into()).collect();
        if chain.is_empty() || key.is_empty() || names.iter().any(|name| name.is_empty()) {
            return Err(FORM.to_owned());
        }
        Ok(Self { names, chain: chain.into(), key: key.into() })
    }

    fn load(&self) -> Result<UserCertificate, String> {
        let names: Vec<&str> = self.names.iter().map(AsRef::as_ref).collect();
        UserCertificate::load(&names, &self.chain, &self.key)
            .map_err(|error| format!("--certificate: {error}"))
    }
}

/// All names for which the user gave a certificate.
pub fn names(files: &[CertificateFiles]) -> Vec<Box<str>> {
    files.iter().flat_map(|files| files.names.iter().cloned()).collect()
}

/// The certificates of a server: what they hold follows the snapshot.
///
/// # Errors
/// A certificate of the user's cannot be used, or the authority cannot issue the one for localhost.
pub fn store(
    authority: Arc<CertificateAuthority>,
    publisher: &Publisher,
    files: &[CertificateFiles],
) -> Result<CertificateStore, String> {
    let certificates = CertificateStore::new(authority).map_err(|error| error.to_string())?;
    let user: Vec<UserCertificate> = files.iter().map(CertificateFiles::load).collect::<Result<_, _>>()?;
    certificates.set_user_certificates(&user);
    let published = publisher.clone();
    certificates.set_issued_names(move |name| issued_names(&published.current(), name));
    let published = publisher.clone();
    certificates.set_profile(move |name| profile(&published.current(), name));
    Ok(certificates)
}

/// The names that the certificate for a server name holds.
fn issued_names(snapshot: &Snapshot, name: &str) -> Option<Vec<Box<str>>> {
    let found = snapshot.hosts.find(name);
    if let Some(Answerer::Distribution(index)) = found.map(|found| found.answerer) {
        let held = &snapshot.distributions[index].viewer_certificate.names;
        if viewer_certificate::covers(held, name) {
            return Some(held.clone());
        }
    }
    if let Some(domain) = snapshot.domain_name(name)
        && viewer_certificate::covers(&domain.certificate_names, name)
    {
        return Some(domain.certificate_names.clone());
    }
    if matches!(found.map(|found| found.answerer), Some(Answerer::Website(_))) {
        // Nothing of a website endpoint listens for https.
        return None;
    }
    let ours = found.is_some() || AWS_SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    ours.then(|| vec![name.into()])
}

/// Distributions speak HTTP/2 where `HttpVersion` says so and the TLS that their security policy allows, API Gateway's
/// endpoints always HTTP/2, S3's and function URLs never.
fn profile(snapshot: &Snapshot, name: &str) -> TlsProfile {
    match snapshot.hosts.find(name).map(|found| found.answerer) {
        Some(Answerer::Distribution(index)) => {
            let distribution = &snapshot.distributions[index];
            let name = name.strip_suffix(LOCAL_SUFFIX).unwrap_or(name);
            let policy = viewer_certificate::security_policy(distribution, name);
            TlsProfile {
                http2: distribution.http2,
                tls_1_2: policy.minimum < MinimumVersion::Tls13,
                chacha20: policy.chacha20,
                ..TlsProfile::default()
            }
        }
        Some(Answerer::Bucket(_) | Answerer::FunctionUrl(_) | Answerer::Website(_)) => {
            TlsProfile { http2: false, ..TlsProfile::default() }
        }
        Some(Answerer::DomainName(index)) => {
            let domain = &snapshot.domain_names[index];
            // Under the target of the name nothing can be called, with or without a certificate.
            let is_name = domain.is(name.strip_suffix(LOCAL_SUFFIX).unwrap_or(name));
            TlsProfile {
                tls_1_2: domain.tls_1_2,
                client_certificate: is_name && domain.mutual_tls.is_some(),
                ..TlsProfile::default()
            }
        }
        Some(Answerer::Api(_) | Answerer::HttpApi(_)) | None => TlsProfile::default(),
    }
}

/// Under these suffixes a certificate is issued for any name, so that a wrong name gets AWS's answer, not a TLS error.
const AWS_SUFFIXES: &[&str] = &[".amazonaws.com", ".cloudfront.net", ".localhost", ".on.aws"];

#[cfg(test)]
mod tests {
    use super::CertificateFiles;

    #[test]
    fn certificates_are_names_and_two_files() {
        let rows = [
            ("www.Example.com=a.pem,b.pem", Some((vec!["www.example.com"], "a.pem", "b.pem"))),
            ("a.com,*.a.com=x/a.pem,x/b.pem", Some((vec!["a.com", "*.a.com"], "x/a.pem", "x/b.pem"))),
            ("a.com=a.pem", None),
            ("a.pem,b.pem", None),
            ("=a.pem,b.pem", None),
            ("a.com=,b.pem", None),
            ("a.com,=a.pem,b.pem", None),
        ];
        for (text, expected) in rows {
            let expected = expected.map(|(names, chain, key)| CertificateFiles {
                names: names.into_iter().map(Into::into).collect(),
                chain: chain.into(),
                key: key.into(),
            });
            assert_eq!(CertificateFiles::parse(text).ok(), expected, "{text}");
        }
    }
}
