//! Which certificate does a viewer see, and who signed it?

mod authority;
mod client;
mod files;
mod fingerprint;
mod offer;
mod socket;
mod store;

use frontgate_message::{Fingerprints, Handshake, Tls};
use rustls::{HandshakeKind, ProtocolVersion, ServerConnection};

pub use authority::CertificateAuthority;
pub(crate) use offer::TlsOffer;
pub use offer::TlsProfile;
pub(crate) use socket::TlsSocket;
pub use store::{CertificateStore, UserCertificate};

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("{path}: {why}; restore it, or remove it together with its key to have a new one made")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A file of the user's own holds something else than it should.
    #[error("{path}: {why}")]
    Pem {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// One of two files that belong together is missing.
    #[error(
        "{missing} is missing while {present} is there; restore it, or remove the other to have both made anew"
    )]
    Half {
        /// The file that is missing.
        missing: String,
        /// The file that is there.
        present: String,
    },
    /// A certificate and a key do not make a pair, or cannot be made.
    #[error("the certificate for {names}: {why}")]
    Certificate {
        /// The names it is for.
        names: String,
        /// What is wrong.
        why: String,
    },
}

/// What was agreed in a handshake, and whether HTTP/2 was.
pub(crate) fn agreed(connection: &ServerConnection, fingerprints: Option<Box<Fingerprints>>) -> (Tls, bool) {
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let suite = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("");
    // rustls names the suites of TLS 1.3 apart from those of 1.2; IANA does not.
    let cipher = suite.replacen("TLS13_", "TLS_", 1).into();
    let server_name = connection.server_name().map(|name| name.to_ascii_lowercase().into());
    let handshake = match connection.handshake_kind() {
        Some(HandshakeKind::Resumed) => Handshake::Resumed,
        _ => Handshake::Full,
    };
    let client_certificate =
        connection.peer_certificates().and_then(|chain| chain.first()).map(|leaf| leaf.as_ref().into());
    let tls = Tls { server_name, version, cipher, handshake, client_certificate, fingerprints };
    (tls, connection.alpn_protocol() == Some(HTTP_2))
}

/// The ALPN names of what we speak.
pub(crate) const HTTP_2: &[u8] = b"h2";
pub(crate) const HTTP_1_1: &[u8] = b"http/1.1";
