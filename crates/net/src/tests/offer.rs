//! What viewers are offered in the TLS handshake, by the server name that they ask for.

use rustls::HandshakeKind;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::tls::viewer;
use super::{Seen, TestServer};
use crate::{Incident, Limits};

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
