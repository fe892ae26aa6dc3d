//! Whose certificates are accepted from origins?
//!
//! Those that the machine trusts, those of extra authorities given by file, and those of our own local authority. The
//! certificate must be for a name that the target allows.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError as Refused, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::{CertificateNames, TlsTarget};
use crate::tls::HTTP_1_1;
use crate::{CertificateAuthority, CertificateError};

/// The certificates that clients trust; all workers share it.
pub struct OriginTrust {
    extra: Vec<CertificateDer<'static>>,
    verifier: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
    configs: Mutex<HashMap<CertificateNames, Arc<ClientConfig>>>,
}

/// Configurations kept, one per choice of names; beyond, all are forgotten and made again.
const CONFIGS_MAX: usize = 256;

impl OriginTrust {
    /// The machine's own authorities, read when the first origin with TLS is asked, and these.
    ///
    /// # Errors
    /// A file cannot be read or holds no certificate.
    pub fn new(files: &[&Path], own: Option<&CertificateAuthority>) -> Result<Self, CertificateError> {
        let mut extra: Vec<_> = own.map(|own| own.certificate().clone()).into_iter().collect();
        for path in files {
            let name = || path.display().to_string();
            let text = std::fs::read(path).map_err(|error| CertificateError::File { path: name(), error })?;
            let before = extra.len();
            for certificate in CertificateDer::pem_slice_iter(&text) {
                extra.push(
                    certificate.map_err(|error| CertificateError::Content {
                        path: name(),
                        why: error.to_string(),
                    })?,
                );
            }
            if extra.len() == before {
                let why = "it holds no certificate".to_owned();
                return Err(CertificateError::Content { path: name(), why });
            }
        }
        Ok(Self { extra, verifier: OnceLock::new(), configs: Mutex::default() })
    }

    pub(super) fn config(&self, target: &TlsTarget) -> Result<Arc<ClientConfig>, String> {
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = configs.get(&target.certificate) {
            return Ok(config.clone());
        }
        let verifier = self.verifier.get_or_init(|| self.verifier()).clone()?;
        let names = Names::of(&target.certificate)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(NameVerifier { verifier, names }))
            .with_no_client_auth();
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        let config = Arc::new(config);
        if configs.len() >= CONFIGS_MAX {
            configs.clear();
        }
        configs.insert(target.certificate.clone(), config.clone());
        Ok(config)
    }

    fn verifier(&self) -> Result<Arc<WebPkiServerVerifier>, String> {
        let mut roots = RootCertStore::empty();
        let native = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(native.certs);
        for certificate in &self.extra {
            roots.add(certificate.clone()).map_err(|error| error.to_string())?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| format!("no certificate of an authority was found on this machine ({error})"))
    }
}

/// Accepts a certificate for the names that are allowed.
#[derive(Debug)]
struct NameVerifier {
    verifier: Arc<WebPkiServerVerifier>,
    names: Names,
}

/// [`CertificateNames`], read.
#[derive(Debug)]
struct Names {
    asked: bool,
    any_issuer: bool,
    exact: Vec<ServerName<'static>>,
    /// What stands behind the `*`, with its dot.
    wildcards: Vec<Box<str>>,
}

impl Names {
    fn of(names: &CertificateNames) -> Result<Self, String> {
        let any_issuer = *names == CertificateNames::AskedOfAnyIssuer;
        let (asked, names) = match names {
            CertificateNames::AskedOfAnyIssuer => (true, &[][..]),
            CertificateNames::AskedOr(other) => (true, other.as_slice()),
            CertificateNames::OneOf(names) => (false, &names[..]),
        };
        let mut read = Self { asked, any_issuer, exact: Vec::new(), wildcards: Vec::new() };
        for name in names {
            match name.strip_prefix('*').filter(|rest| rest.starts_with('.')) {
                Some(rest) => read.wildcards.push(rest.to_ascii_lowercase().into()),
                None => {
                    let name = ServerName::try_from(name.to_string());
                    read.exact.push(name.map_err(|error| error.to_string())?);
                }
            }
        }
        Ok(read)
    }

    /// Whether a wildcard covers one of the names that a certificate, in order otherwise, was found to have.
    fn cover(&self, error: &rustls::Error) -> bool {
        let rustls::Error::InvalidCertificate(Refused::NotValidForNameContext { presented, .. }) = error
        else {
            return false;
        };
        presented.iter().any(|name| {
            let name = name.strip_prefix("DnsName(\"").and_then(|name| name.strip_suffix("\")"));
            let name = name.unwrap_or_default().to_ascii_lowercase();
            self.wildcards.iter().any(|rest| {
                name.strip_suffix(&**rest).is_some_and(|label| !label.is_empty() && !label.contains('.'))
            })
        })
    }
}

impl ServerCertVerifier for NameVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verify = |name: &ServerName<'_>| {
            self.verifier.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
        };
        let first = verify(server_name);
        if self.names.asked && first.is_ok() {
            return first;
        }
        if self.names.any_issuer {
            return by_itself(end_entity, intermediates, server_name, now);
        }
        // A certificate that is in order but for the name tells which names it has.
        let covered = || {
            let nobody = ServerName::try_from("name.invalid");
            nobody.is_ok_and(|nobody| verify(&nobody).is_err_and(|error| self.names.cover(&error)))
        };
        let is_accepted = self.names.exact.iter().any(|name| verify(name).is_ok())
            || (!self.names.wildcards.is_empty() && covered());
        if is_accepted {
            return Ok(ServerCertVerified::assertion());
        }
        first.and(Err(rustls::Error::InvalidCertificate(Refused::NotValidForName)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Verifies a certificate as if the machine trusted all that were sent with it.
fn by_itself(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for certificate in std::iter::once(end_entity).chain(intermediates) {
        roots.add(certificate.clone().into_owned())?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    match verifier.verify_server_cert(end_entity, intermediates, server_name, &[], now) {
        // What makes itself an authority, as most certificates do that sign themselves; its dates have been verified by then.
        Err(rustls::Error::InvalidCertificate(Refused::Other(_) | Refused::UnknownIssuer)) => {
            let parsed = ParsedCertificate::try_from(end_entity)?;
            verify_server_name(&parsed, server_name)?;
            Ok(ServerCertVerified::assertion())
        }
        verified => verified,
    }
}
