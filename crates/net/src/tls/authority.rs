//! The local certificate authority: made once, trusted once by the user, it signs a certificate for every name served.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

use super::{CertificateError, files};

/// A certificate authority whose certificate and key lie in a folder.
pub struct CertificateAuthority {
    certificate: CertificateDer<'static>,
    certificate_path: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    /// All certificates that it issues share one key: to make a key for each would double the time of a first visit,
    /// and who could read one of them could read all.
    leaf_key: KeyPair,
    leaf_signing_key: Arc<dyn rustls::sign::SigningKey>,
}

const CERTIFICATE_FILE: &str = "ca.pem";
const KEY_FILE: &str = "ca-key.pem";
const COMMON_NAME: &str = "frontgate local CA";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const AUTHORITY_DAYS: u32 = 3650;
/// Browsers refuse certificates that are valid for longer than 398 days.
const LEAF_DAYS: u32 = 397;

impl CertificateAuthority {
    /// The authority in `folder`; it is made where the folder holds none.
    ///
    /// # Errors
    /// A file cannot be read or written, is not what it should be, or lacks its other half. An authority that the user
    /// trusts is never replaced silently.
    pub fn load_or_create(folder: &Path) -> Result<Self, CertificateError> {
        let (certificate_path, key_path) = (folder.join(CERTIFICATE_FILE), folder.join(KEY_FILE));
        match (files::read(&certificate_path)?, files::read(&key_path)?) {
            (Some(certificate), Some(key)) => Self::load(certificate_path, &certificate, &key_path, &key),
            (None, None) => Self::create(folder, certificate_path, &key_path),
            (certificate, _) => {
                let (mut missing, mut present) = (certificate_path, key_path);
                if certificate.is_some() {
                    std::mem::swap(&mut missing, &mut present);
                }
                Err(CertificateError::Half {
                    missing: missing.display().to_string(),
                    present: present.display().to_string(),
                })
            }
        }
    }

    /// Where its certificate lies, for those who are to trust it.
    #[must_use]
    pub fn certificate_path(&self) -> &Path {
        &self.certificate_path
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// A certificate for these names (or addresses), valid from yesterday on.
    ///
    /// # Errors
    /// A name cannot stand in a certificate.
    pub(super) fn issue(&self, names: &[&str]) -> Result<CertifiedKey, CertificateError> {
        let fail = |why: String| CertificateError::Certificate { names: names.join(", "), why };
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names.clone()).map_err(|error| fail(error.to_string()))?;
        params.distinguished_name = DistinguishedName::new();
        // A common name has room for 64 characters; longer names stand in the list of names alone.
        let common_name = names.first().filter(|name| name.len() <= 64).map_or("frontgate", String::as_str);
        params.distinguished_name.push(DnType::CommonName, common_name);
        set_validity(&mut params, LEAF_DAYS);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&self.leaf_key, &self.issuer).map_err(|error| fail(error.to_string()))?;
        Ok(CertifiedKey::new(vec![leaf.der().clone()], self.leaf_signing_key.clone()))
    }

    fn create(folder: &Path, certificate_path: PathBuf, key_path: &Path) -> Result<Self, CertificateError> {
        let fail = |error: rcgen::Error| content(&certificate_path, error.to_string());
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(fail)?;
        let certificate = authority_params().self_signed(&key).map_err(fail)?;
        std::fs::create_dir_all(folder).map_err(|error| files::failed(folder, error))?;
        // The key first: a certificate without its key would be trusted and useless.
        files::write_atomically(key_path, &key.serialize_pem(), 0o600)?;
        files::write_atomically(&certificate_path, &certificate.pem(), 0o644)?;
        Self::assemble(certificate_path, certificate.der().clone(), key)
    }

    fn load(
        certificate_path: PathBuf,
        certificate: &str,
        key_path: &Path,
        key: &str,
    ) -> Result<Self, CertificateError> {
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes())
            .map_err(|error| content(&certificate_path, format!("it holds no certificate ({error})")))?;
        let key = KeyPair::from_pem_and_sign_algo(key, &PKCS_ECDSA_P256_SHA256)
            .map_err(|error| content(key_path, format!("it holds no P-256 key ({error})")))?;
        let authority = Self::assemble(certificate_path, certificate, key)?;
        authority.verify()?;
        Ok(authority)
    }

    fn assemble(
        certificate_path: PathBuf,
        certificate: CertificateDer<'static>,
        key: KeyPair,
    ) -> Result<Self, CertificateError> {
        let fail = |why: String| content(&certificate_path, why);
        let leaf_key =
            KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|error| fail(error.to_string()))?;
        let leaf_der =
            PrivateKeyDer::try_from(leaf_key.serialize_der()).map_err(|why| fail(why.to_owned()))?;
        let leaf_signing_key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&leaf_der)
            .map_err(|error| fail(error.to_string()))?;
        let issuer = Issuer::new(authority_params(), key);
        Ok(Self { certificate, certificate_path, issuer, leaf_key, leaf_signing_key })
    }

    /// An authority is sound if a certificate that it issues is accepted by who trusts it.
    fn verify(&self) -> Result<(), CertificateError> {
        let fail = |why: String| content(&self.certificate_path, why);
        let mut roots = RootCertStore::empty();
        roots
            .add(self.certificate.clone())
            .map_err(|error| fail(format!("it is no certificate of an authority ({error})")))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| fail(error.to_string()))?;
        let leaf = self.issue(&["localhost"])?;
        let name = ServerName::try_from("localhost").map_err(|error| fail(error.to_string()))?;
        verifier
            .verify_server_cert(&leaf.cert[0], &[], &name, &[], UnixTime::now())
            .map_err(|error| fail(format!("it does not belong to the key beside it ({error})")))?;
        Ok(())
    }
}

impl std::fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateAuthority({})", self.certificate_path.display())
    }
}

fn content(path: &Path, why: String) -> CertificateError {
    CertificateError::Content { path: path.display().to_string(), why }
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, COMMON_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, AUTHORITY_DAYS);
    params
}

fn set_validity(params: &mut CertificateParams, days: u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // From yesterday, for viewers whose clock is behind.
    let start = date_time_ymd(1970, 1, 1) + Duration::from_secs(now.as_secs()) - DAY;
    params.not_before = start;
    params.not_after = start + DAY * days;
}
