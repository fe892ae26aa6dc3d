//! What is a viewer offered in the TLS handshake? The certificate, the protocols, the versions of TLS and the suites
//! depend on the server name it asks for.
//!
//! Protocols are negotiated by ALPN, RFC 7301. Of CloudFront's distributions some speak HTTP/2 and some do not, and each
//! has a security policy:
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesGeneral.html>.

use std::io;
use std::sync::Arc;

use frontgate_message::Fingerprints;
use rustls::crypto::aws_lc_rs::cipher_suite as suite;
use rustls::server::{Accepted, Acceptor, ClientHello, ProducesTickets, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedCipherSuite, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::StartHandshake;
use tokio_rustls::server::TlsStream;

use super::client::AnyClient;
use super::fingerprint::fingerprints;
use super::{CertificateStore, HTTP_1_1, HTTP_2, TlsSocket};

/// What is agreed under one server name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four questions that a handshake answers")]
pub struct TlsProfile {
    /// HTTP/2 is offered beside HTTP/1.1.
    pub http2: bool,
    /// TLS 1.2 is offered beside TLS 1.3.
    pub tls_1_2: bool,
    /// The suites with ChaCha20-Poly1305 are offered beside those with AES-GCM.
    pub chacha20: bool,
    /// The client has to show a certificate. Whether it is a good one is for the service to say.
    pub client_certificate: bool,
}

/// What viewers of a server are offered: one configuration per profile; sessions are resumed by tickets.
pub(crate) struct TlsOffer {
    store: Arc<CertificateStore>,
    configs: [Arc<ServerConfig>; PROFILES],
}

const PROFILES: usize = 16;

impl Default for TlsProfile {
    /// All that there is, for everybody.
    fn default() -> Self {
        Self { http2: true, tls_1_2: true, chacha20: true, client_certificate: false }
    }
}

impl TlsProfile {
    fn at(index: usize) -> Self {
        Self {
            http2: index & 1 != 0,
            tls_1_2: index & 2 != 0,
            chacha20: index & 4 != 0,
            client_certificate: index & 8 != 0,
        }
    }

    fn index(self) -> usize {
        usize::from(self.http2)
            | usize::from(self.tls_1_2) << 1
            | usize::from(self.chacha20) << 2
            | usize::from(self.client_certificate) << 3
    }

    fn config(
        self,
        store: &Arc<CertificateStore>,
        ticketer: &Arc<dyn ProducesTickets>,
    ) -> Result<ServerConfig, rustls::Error> {
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        provider.cipher_suites =
            SUITES.iter().chain(CHACHA20.iter().filter(|_| self.chacha20)).copied().collect();
        let versions: &[&SupportedProtocolVersion] = if self.tls_1_2 { &[&TLS13, &TLS12] } else { &[&TLS13] };
        let algorithms = provider.signature_verification_algorithms;
        let builder =
            ServerConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions)?;
        let builder = match self.client_certificate {
            true => builder.with_client_cert_verifier(Arc::new(AnyClient::new(algorithms))),
            false => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::new(Resolver { store: store.clone() }));
        // The suite is chosen in our order, not in the viewer's.
        config.ignore_client_order = true;
        if self.http2 {
            config.alpn_protocols.push(HTTP_2.to_vec());
        }
        config.alpn_protocols.push(HTTP_1_1.to_vec());
        config.ticketer = ticketer.clone();
        // As many as s2n sends, CloudFront's TLS; a connection that is resumed gets another one.
        config.send_tls13_tickets = 1;
        Ok(config)
    }
}

impl TlsOffer {
    /// The offer with these certificates.
    pub(crate) fn new(store: Arc<CertificateStore>) -> Result<Self, rustls::Error> {
        // All share the tickets: a session is resumed whatever its name speaks by then. Only where a certificate has to be
        // shown, no session counts that was opened without one.
        let ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        let with_client = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        let mut configs = Vec::with_capacity(PROFILES);
        for index in 0..PROFILES {
            let profile = TlsProfile::at(index);
            let ticketer = if profile.client_certificate { &with_client } else { &ticketer };
            configs.push(Arc::new(profile.config(&store, ticketer)?));
        }
        let configs = configs.try_into().map_err(|_| rustls::Error::General("too few profiles".into()))?;
        Ok(Self { store, configs })
    }

    /// Makes the handshake.
    pub(crate) async fn accept(
        &self,
        mut stream: TcpStream,
    ) -> io::Result<(TlsStream<TlsSocket>, Option<Box<Fingerprints>>)> {
        // Boxed, so that a connection does not keep room for it.
        let (hello, fingerprints) = Box::pin(read_hello(&mut stream)).await?;
        let profile = self.store.profile(hello.client_hello().server_name());
        let handshake = StartHandshake::from_parts(hello, TlsSocket::new(stream));
        let mut stream = handshake.into_stream(self.configs[profile.index()].clone()).await?;
        stream.get_mut().0.release();
        Ok((stream, fingerprints))
    }
}

/// Reads the first message of the handshake, and what it tells of the client.
async fn read_hello(stream: &mut TcpStream) -> io::Result<(Accepted, Option<Box<Fingerprints>>)> {
    let mut acceptor = Acceptor::default();
    // What one read brings is never more than rustls takes at once.
    let mut buffer = [0; HELLO_READ_BYTES];
    let mut sent = Vec::new();
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        sent.extend_from_slice(&buffer[..length]);
        let mut rest = &buffer[..length];
        while !rest.is_empty() {
            acceptor.read_tls(&mut rest)?;
            match acceptor.accept() {
                Ok(None) => {}
                Ok(Some(hello)) if rest.is_empty() => return Ok((hello, fingerprints(&sent))),
                Ok(Some(_)) => return Err(invalid("too much follows the ClientHello".into())),
                Err((error, mut alert)) => {
                    let mut told = Vec::new();
                    alert.write_all(&mut told)?;
                    // The client may be gone; the error counts.
                    let _ = stream.write_all(&told).await;
                    return Err(invalid(error.to_string()));
                }
            }
        }
    }
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Bytes of one read of a `ClientHello`; most have less than 2,000.
const HELLO_READ_BYTES: usize = 4096;

/// The suites in the order in which they are chosen, that of CloudFront:
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html>.
const SUITES: &[SupportedCipherSuite] = &[
    suite::TLS13_AES_128_GCM_SHA256,
    suite::TLS13_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];

const CHACHA20: &[SupportedCipherSuite] = &[
    suite::TLS13_CHACHA20_POLY1305_SHA256,
    suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

#[derive(Debug)]
struct Resolver {
    store: Arc<CertificateStore>,
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.store.find(hello.server_name()))
    }
}
