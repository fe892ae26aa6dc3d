//! What viewers are offered in the TLS handshake, by the server name that they ask for.

use std::sync::Arc;

use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::tls::viewer;
use super::{Seen, TestServer};
use crate::{CertificateAuthority, Incident, Limits};

/// The protocol that was agreed under that name, and how; the session's tickets have come when this returns.
async fn agreed(server: &TestServer, viewer: &TlsConnector, name: &str) -> Option<(String, HandshakeKind)> {
    let stream = TcpStream::connect(server.https()).await.expect("the server listens");
    let server_name = ServerName::try_from(name.to_owned()).expect("it is a name or an address");
    let mut stream = viewer.connect(server_name, stream).await.ok()?;
    let protocol = String::from_utf8_lossy(stream.get_ref().1.alpn_protocol().unwrap_or(b"-")).into_owned();
    let greeting = if protocol == "h2" {
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_owned()
    } else {
        format!("GET /length HTTP/1.1\r\nHost: {name}\r\n\r\n")
    };
    stream.write_all(greeting.as_bytes()).await.expect("the server reads");
    let mut answer = [0; 100];
    let length = stream.read(&mut answer).await.expect("it answers");
    assert_eq!(answer[..length].starts_with(b"HTTP/1.1 200 OK"), protocol != "h2", "{name}");
    Some((protocol, stream.get_ref().1.handshake_kind().expect("the handshake is done")))
}

#[tokio::test]
async fn names_that_do_not_speak_http_2_are_not_offered_it() {
    let server = TestServer::start(Limits::default());
    // protocols of the viewer, in its order | server name | agreed on
    let rows: [(&[&str], _, _); 10] = [
        (&["h2", "http/1.1"], "www.example", Some("h2")),
        (&["http/1.1", "h2"], "www.example", Some("h2")),
        (&["http/1.1"], "www.example", Some("http/1.1")),
        (&[], "www.example", Some("-")),
        (&["h2", "http/1.1"], "old.example", Some("http/1.1")),
        (&["h2", "http/1.1"], "OLD.example", Some("http/1.1")),
        (&[], "old.example", Some("-")),
        (&["h2"], "old.example", None),
        // An address is not sent as a server name.
        (&["h2", "http/1.1"], "127.0.0.1", Some("h2")),
        (&["spdy/3"], "www.example", None),
    ];
    for (protocols, name, expected) in rows {
        let agreed = agreed(&server, &viewer(&server, protocols), name).await;
        assert_eq!(agreed.as_ref().map(|(protocol, _)| protocol.as_str()), expected, "{protocols:?} {name}");
        if expected.is_none() {
            assert!(matches!(server.sees(), Seen::Incident(Incident::NoHandshake { .. })), "{name}");
        }
    }
}

#[tokio::test]
async fn sessions_are_resumed_with_and_without_http_2() {
    let server = TestServer::start(Limits::default());
    for name in ["www.example", "old.example"] {
        let viewer = viewer(&server, &["h2", "http/1.1"]);
        let first = agreed(&server, &viewer, name).await.expect("it is trusted");
        let second = agreed(&server, &viewer, name).await.expect("it is trusted");
        assert_eq!((first.1, second.1), (HandshakeKind::Full, HandshakeKind::Resumed), "{name}");
        assert_eq!(first.0, second.0);
    }
}

/// A viewer that speaks this version of TLS with these suites.
fn viewer_with(server: &TestServer, version: Version, suites: &[CipherSuite]) -> TlsConnector {
    let authority = CertificateAuthority::load_or_create(&server.folder.0).expect("it was made");
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone()).expect("it is an authority");
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| suites.contains(&suite.suite()));
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .expect("they fit")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

type Version = &'static SupportedProtocolVersion;

#[tokio::test]
async fn versions_and_suites_depend_on_the_server_name() {
    use CipherSuite as Suite;
    const GCM_12: CipherSuite = Suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384;
    const GCM_12_FIRST: CipherSuite = Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    const CHACHA20_12: CipherSuite = Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
    const GCM_13: CipherSuite = Suite::TLS13_AES_256_GCM_SHA384;
    const GCM_13_FIRST: CipherSuite = Suite::TLS13_AES_128_GCM_SHA256;
    const CHACHA20_13: CipherSuite = Suite::TLS13_CHACHA20_POLY1305_SHA256;
    let server = TestServer::start(Limits::default());
    // server name | version and suites of the viewer | the suite agreed on
    let rows: [(&str, Version, &[CipherSuite], Option<CipherSuite>); 10] = [
        ("www.example", &TLS12, &[GCM_12], Some(GCM_12)),
        ("www.example", &TLS12, &[CHACHA20_12], Some(CHACHA20_12)),
        ("www.example", &TLS13, &[CHACHA20_13], Some(CHACHA20_13)),
        ("www.example", &TLS13, &[CHACHA20_13, GCM_13, GCM_13_FIRST], Some(GCM_13_FIRST)),
        ("www.example", &TLS12, &[CHACHA20_12, GCM_12, GCM_12_FIRST], Some(GCM_12_FIRST)),
        ("aes.example", &TLS12, &[CHACHA20_12], None),
        ("aes.example", &TLS13, &[CHACHA20_13], None),
        ("aes.example", &TLS12, &[CHACHA20_12, GCM_12], Some(GCM_12)),
        ("strict.example", &TLS12, &[GCM_12, CHACHA20_12], None),
        ("STRICT.example", &TLS13, &[CHACHA20_13], Some(CHACHA20_13)),
    ];
    for (name, version, suites, expected) in rows {
        let stream = TcpStream::connect(server.https()).await.expect("the server listens");
        let server_name = ServerName::try_from(name).expect("it is a name");
        let agreed = viewer_with(&server, version, suites).connect(server_name, stream).await;
        let suite = agreed.as_ref().map(|stream| stream.get_ref().1.negotiated_cipher_suite());
        assert_eq!(suite.ok().flatten().map(|suite| suite.suite()), expected, "{name} {suites:?}");
        if let Err(error) = agreed {
            // The viewer is told by an alert, not by a connection that just ends.
            assert!(error.to_string().contains("alert"), "{name} {suites:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_client_shows_a_certificate_where_it_has_to() {
    let server = TestServer::start(Limits::default());
    let authority = CertificateAuthority::load_or_create(&server.folder.0).expect("it was made");
    for version in [&TLS12, &TLS13] {
        let own = rcgen::generate_simple_self_signed(["ada".to_owned()]).expect("it is a name");
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate().clone()).expect("it is an authority");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("they fit")
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![own.cert.der().clone()], own.signing_key.into())
            .expect("they are a pair");
        let viewer = TlsConnector::from(Arc::new(config));
        for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let agreed = agreed(&server, &viewer, "known.example").await.expect("nobody asks who issued it");
            assert_eq!(agreed.1, expected);
        }
    }
    let nobody = viewer_with(&server, &TLS12, &[CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]);
    assert_eq!(agreed(&server, &nobody, "known.example").await, None);
    assert!(agreed(&server, &nobody, "www.example").await.is_some());
}
