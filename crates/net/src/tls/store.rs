//! Which certificate is shown for a server name?
//!
//! The user's own certificates come first, by exact name, then by wildcard; then one that the local authority issues, for
//! names that are served here, each with the names that its certificate is to hold; for all others, and where no name is
//! sent, the one for localhost.

use std::collections::HashMap;
use std::fmt::{Debug, Formatter};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

use super::{CertificateAuthority, CertificateError, TlsProfile, files};

/// All certificates of a server, and what is agreed under which name. What it serves can be changed while it serves.
pub struct CertificateStore {
    authority: Arc<CertificateAuthority>,
    rules: RwLock<Arc<Rules>>,
    issued: RwLock<HashMap<Box<str>, Issued>>,
    default: RwLock<Issued>,
}

/// A certificate of the user's own, and the names for which it is shown.
#[derive(Clone, Debug)]
pub struct UserCertificate {
    names: Vec<Box<str>>,
    key: Arc<CertifiedKey>,
}

#[derive(Clone)]
struct Rules {
    user: HashMap<Box<str>, Arc<CertifiedKey>>,
    issued_names: Arc<IssuedNames>,
    profile: Arc<dyn Fn(&str) -> TlsProfile + Send + Sync>,
}

/// The names that the certificate for a server name (lower case) holds; `None` where none is issued.
type IssuedNames = dyn Fn(&str) -> Option<Vec<Box<str>>> + Send + Sync;

#[derive(Clone)]
struct Issued {
    key: Arc<CertifiedKey>,
    names: Vec<Box<str>>,
    at: Instant,
}

/// Certificates issued and kept; beyond, all are forgotten and issued again when asked for.
const ISSUED_MAX: usize = 4096;
/// Age at which a certificate is issued anew: well before it ends.
const RENEWAL_AGE: Duration = Duration::from_secs(300 * 24 * 60 * 60);
const DEFAULT_NAMES: &[&str] = &["localhost", "*.localhost", "127.0.0.1", "::1"];

impl CertificateStore {
    /// A store that shows certificates of that authority; until told otherwise only the one for localhost.
    ///
    /// # Errors
    /// The authority cannot issue that one.
    pub fn new(authority: Arc<CertificateAuthority>) -> Result<Self, CertificateError> {
        let key = Arc::new(authority.issue(DEFAULT_NAMES)?);
        let default = Issued { key, names: Vec::new(), at: Instant::now() };
        let rules = Rules {
            user: HashMap::new(),
            issued_names: Arc::new(|_| None),
            profile: Arc::new(|_| TlsProfile::default()),
        };
        Ok(Self {
            authority,
            rules: RwLock::new(Arc::new(rules)),
            issued: RwLock::default(),
            default: RwLock::new(default),
        })
    }

    /// The authority.
    #[must_use]
    pub fn authority(&self) -> &CertificateAuthority {
        &self.authority
    }

    /// From now on certificates are issued for the server names (lower case) for which `names` gives names; the
    /// certificate holds those.
    pub fn set_issued_names(&self, names: impl Fn(&str) -> Option<Vec<Box<str>>> + Send + Sync + 'static) {
        self.change_rules(|rules| Rules { issued_names: Arc::new(names), ..rules.clone() });
    }

    /// From now on `profile` says what is agreed under a server name (lower case); until told otherwise, everything.
    pub fn set_profile(&self, profile: impl Fn(&str) -> TlsProfile + Send + Sync + 'static) {
        self.change_rules(|rules| Rules { profile: Arc::new(profile), ..rules.clone() });
    }

    /// From now on these are the user's own certificates.
    pub fn set_user_certificates(&self, certificates: &[UserCertificate]) {
        let by_name =
            certificates.iter().flat_map(|c| c.names.iter().map(|name| (name.clone(), c.key.clone())));
        let user = by_name.collect();
        self.change_rules(|rules| Rules { user, ..rules.clone() });
    }

    /// The certificate for a server name.
    #[must_use]
    pub fn find(&self, server_name: Option<&str>) -> Arc<CertifiedKey> {
        let name = server_name.map(str::to_ascii_lowercase);
        name.and_then(|name| self.find_named(&name)).unwrap_or_else(|| self.find_default())
    }

    /// What is agreed under a server name. Who sends none may have everything.
    pub(super) fn profile(&self, server_name: Option<&str>) -> TlsProfile {
        let Some(name) = server_name else { return TlsProfile::default() };
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner).clone();
        (rules.profile)(&name.to_ascii_lowercase())
    }

    fn find_named(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(key) = rules.user.get(name) {
            return Some(key.clone());
        }
        if let Some((_, parent)) = name.split_once('.')
            && let Some(key) = rules.user.get(format!("*.{parent}").as_str())
        {
            return Some(key.clone());
        }
        let names = (rules.issued_names)(name)?;
        if let Some(issued) = self.issued.read().unwrap_or_else(PoisonError::into_inner).get(name)
            && issued.at.elapsed() < RENEWAL_AGE
            && issued.names == names
        {
            return Some(issued.key.clone());
        }
        // A name that cannot stand in a certificate gets the default one, as a name that is not served does.
        let texts: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let key = Arc::new(self.authority.issue(&texts).ok()?);
        let mut issued = self.issued.write().unwrap_or_else(PoisonError::into_inner);
        if issued.len() >= ISSUED_MAX {
            issued.clear();
        }
        issued.insert(name.into(), Issued { key: key.clone(), names, at: Instant::now() });
        Some(key)
    }

    fn find_default(&self) -> Arc<CertifiedKey> {
        let default = self.default.read().unwrap_or_else(PoisonError::into_inner).clone();
        if default.at.elapsed() < RENEWAL_AGE {
            return default.key;
        }
        // It was issued before, so it can be issued again; the old one is still valid for a while.
        let Ok(key) = self.authority.issue(DEFAULT_NAMES) else { return default.key };
        let key = Arc::new(key);
        let renewed = Issued { key: key.clone(), names: Vec::new(), at: Instant::now() };
        *self.default.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        key
    }

    fn change_rules(&self, change: impl FnOnce(&Rules) -> Rules) {
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&rules);
        *rules = Arc::new(changed);
    }
}

impl Debug for CertificateStore {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateStore({:?})", self.authority)
    }
}

impl UserCertificate {
    /// Reads a certificate chain and its key from PEM files. A name may start with `*.`.
    ///
    /// # Errors
    /// A file cannot be read, the two do not make a pair, or the certificate does not hold one of the names.
    pub fn load(names: &[&str], certificate: &Path, key: &Path) -> Result<Self, CertificateError> {
        let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| files::failed(path, error));
        let content =
            |path: &Path, why: String| CertificateError::Pem { path: path.display().to_string(), why };
        let (certificate_text, key_text) = (read(certificate)?, read(key)?);
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate_text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| content(certificate, error.to_string()))?;
        if chain.is_empty() {
            return Err(content(certificate, "it holds no certificate".to_owned()));
        }
        let key_der = PrivateKeyDer::from_pem_slice(key_text.as_bytes())
            .map_err(|error| content(key, format!("it holds no key ({error})")))?;
        check_names(names, &chain[0])?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certified = CertifiedKey::from_der(chain, key_der, &provider).map_err(|error| {
            CertificateError::Certificate { names: names.join(", "), why: error.to_string() }
        })?;
        let names = names.iter().map(|name| name.to_ascii_lowercase().into()).collect();
        Ok(Self { names, key: Arc::new(certified) })
    }
}

/// A viewer refuses a certificate that does not hold the name it connects to.
fn check_names(names: &[&str], certificate: &CertificateDer<'_>) -> Result<(), CertificateError> {
    let fail = |name: &str, why: String| CertificateError::Certificate { names: name.to_owned(), why };
    for name in names {
        let parsed =
            ParsedCertificate::try_from(certificate).map_err(|error| fail(name, error.to_string()))?;
        // What a wildcard covers, it covers for any first label.
        let example =
            name.strip_prefix("*.").map_or_else(|| (*name).to_owned(), |rest| format!("any.{rest}"));
        let server_name = ServerName::try_from(example)
            .map_err(|_| fail(name, "this is no name that a certificate can hold".to_owned()))?;
        verify_server_name(&parsed, &server_name).map_err(|error| {
            let words = error.to_string();
            fail(name, words.strip_prefix("invalid peer certificate: ").unwrap_or(&words).to_owned())
        })?;
    }
    Ok(())
}
