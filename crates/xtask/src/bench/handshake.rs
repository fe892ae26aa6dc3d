//! A viewer that connects, shakes hands over TLS 1.3, asks once and leaves: again and again, for some seconds.
//!
//! It checks no certificate: that would be its own time, and the server's is measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, HandshakeKind, SignatureScheme, StreamOwned,
};
use serde_json::json;

use super::load::{HOST, percentile};
use crate::Failure;

/// Prints what came of it as JSON: `bench-handshake ADDRESS SECONDS full|resumed`.
pub fn run(arguments: &[&str]) -> Result<(), Failure> {
    let wrong = || Failure("bench-handshake takes ADDRESS SECONDS full|resumed".into());
    let [address, seconds, kind] = arguments else { return Err(wrong()) };
    let address: SocketAddr = address.parse().map_err(|_| wrong())?;
    let seconds: u64 = seconds.parse().map_err(|_| wrong())?;
    let is_resumed = *kind == "resumed";
    let begin = Instant::now();
    let until = begin + Duration::from_secs(seconds);
    let viewers: Vec<_> =
        (0..VIEWERS).map(|_| std::thread::spawn(move || connect_often(address, until, is_resumed))).collect();
    let mut took = Vec::new();
    for viewer in viewers {
        took.extend(viewer.join().map_err(|_| Failure("a viewer ended in a panic".into()))??);
    }
    let elapsed = begin.elapsed().as_secs_f64();
    took.sort_unstable();
    println!(
        "{}",
        json!({
            "requests": took.len(),
            "seconds": elapsed,
            "errors": 0,
            "p50": percentile(&took, 0.5),
            "p99": percentile(&took, 0.99),
            "p999": percentile(&took, 0.999),
        })
    );
    Ok(())
}

/// How many microseconds each connection took.
fn connect_often(address: SocketAddr, until: Instant, is_resumed: bool) -> Result<Vec<u64>, Failure> {
    let config = Arc::new(config(is_resumed)?);
    let mut took = Vec::new();
    // The first one cannot be resumed; it is not counted.
    connect(address, &config)?;
    while Instant::now() < until {
        let begin = Instant::now();
        let kind = connect(address, &config)?;
        took.push(u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX));
        if (kind == HandshakeKind::Resumed) != is_resumed {
            return Err(Failure(format!("the handshake was {kind:?}")));
        }
    }
    Ok(took)
}

fn connect(address: SocketAddr, config: &Arc<ClientConfig>) -> Result<HandshakeKind, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::of(&format!("handshake with {address}"), error);
    let name = ServerName::try_from(HOST).map_err(|error| failed(&error))?;
    let connection = ClientConnection::new(Arc::clone(config), name).map_err(|error| failed(&error))?;
    let socket = TcpStream::connect(address).map_err(|error| failed(&error))?;
    socket.set_nodelay(true).map_err(|error| failed(&error))?;
    let mut stream = StreamOwned::new(connection, socket);
    let request = format!("GET /1k HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(|error| failed(&error))?;
    let mut answer = Vec::with_capacity(ANSWER_BYTES_MAX);
    let mut piece = [0; ANSWER_BYTES_MAX];
    while !is_complete(&answer) {
        let count = stream.read(&mut piece).map_err(|error| failed(&error))?;
        if count == 0 {
            return Err(failed(&"it closed before it answered"));
        }
        answer.extend_from_slice(&piece[..count]);
    }
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err(failed(&String::from_utf8_lossy(&answer)));
    }
    stream.conn.send_close_notify();
    stream.flush().map_err(|error| failed(&error))?;
    stream.conn.handshake_kind().ok_or_else(|| failed(&"no handshake"))
}

fn is_complete(answer: &[u8]) -> bool {
    answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").is_some_and(|end| answer.len() >= end + 4 + 1024)
}

fn config(is_resumed: bool) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| Failure::of("TLS", &error))?;
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    config.resumption =
        if is_resumed { Resumption::in_memory_sessions(SESSIONS_MAX) } else { Resumption::disabled() };
    Ok(config)
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

const VIEWERS: usize = 8;
const SESSIONS_MAX: usize = 64;
const ANSWER_BYTES_MAX: usize = 16 * 1024;
