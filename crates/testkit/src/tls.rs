//! A viewer that trusts the local certificate authority and says which protocol it speaks.

use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::Failure;
use crate::curl::Doors;

/// Bytes over TLS.
pub type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// What a viewer needs for its handshakes; made once for many.
pub fn config(doors: &Doors, protocol: &str) -> Result<Arc<ClientConfig>, Failure> {
    let failed = |what: &str, why: &dyn std::fmt::Display| Failure(format!("{what}: {why}"));
    let authority = CertificateDer::from_pem_file(&doors.authority)
        .map_err(|error| failed("the certificate of the local authority", &error))?;
    let mut roots = RootCertStore::empty();
    roots.add(authority).map_err(|error| failed("the local authority", &error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed("TLS", &error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    Ok(Arc::new(config))
}

/// A connection to the TLS port for that host.
pub fn connect(config: &Arc<ClientConfig>, doors: &Doors, host: &str) -> Result<TlsStream, Failure> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Failure(format!("{host} is no name")))?;
    let failed = |error: std::io::Error| Failure::of("TLS", &error);
    let mut stream = TcpStream::connect(doors.https).map_err(failed)?;
    let mut connection =
        ClientConnection::new(Arc::clone(config), name).map_err(|error| Failure(format!("TLS: {error}")))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).map_err(failed)?;
    }
    Ok(StreamOwned::new(connection, stream))
}
