//! What is a viewer offered in the TLS handshake? The certificate and the protocols depend on the server name it asks for.
//!
//! Protocols are negotiated by ALPN, RFC 7301. Of CloudFront's distributions some speak HTTP/2 and some do not:
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesGeneral.html>.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{Acceptor, ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::{CertificateStore, HTTP_1_1, HTTP_2};

/// What viewers of a server are offered: TLS 1.2 and 1.3, sessions resumed by tickets.
pub(crate) struct TlsOffer {
    store: Arc<CertificateStore>,
    with_http2: Arc<ServerConfig>,
    without_http2: Arc<ServerConfig>,
}

impl TlsOffer {
    /// The offer with these certificates.
    pub(crate) fn new(store: Arc<CertificateStore>) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Resolver { store: store.clone() }));
        config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1_1.to_vec()];
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        // The copy shares the tickets: a session is resumed whatever its name speaks by then.
        let mut without_http2 = config.clone();
        without_http2.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(Self { store, with_http2: Arc::new(config), without_http2: Arc::new(without_http2) })
    }

    /// Makes the handshake.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let handshake = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let speaks_http2 = self.store.speaks_http2(handshake.client_hello().server_name());
        let config = if speaks_http2 { &self.with_http2 } else { &self.without_http2 };
        handshake.into_stream(config.clone()).await
    }
}

#[derive(Debug)]
struct Resolver {
    store: Arc<CertificateStore>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.store.find(hello.server_name()))
    }
}
