//! Connections that switch protocols: who may, what passes, and how they end.

use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use frontgate_message::{Body, Headers, Sent, SentEnd, Tunnel, TunnelEnd, TunnelEnded};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{PATIENCE, Seen, TestServer, get, origin, read_to_end, read_until};
use crate::{
    CertificateAuthority, CertificateNames, Client, Limits, OriginRequest, OriginTarget, OriginTrust,
    TlsTarget,
};

const SWITCHING: &str =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nX: y\r\n\r\n";

/// An origin that waits for its viewer to be there.
struct Origin(TcpListener);

impl Origin {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a port is free"))
    }

    fn port(&self) -> u16 {
        self.0.local_addr().expect("it is bound").port()
    }

    /// Accepts, reads the head and answers with these bytes.
    fn answers(&self, bytes: &str) -> TcpStream {
        let (mut stream, _) = self.0.accept().expect("the server connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket has timeouts");
        let head = read_until(&mut stream, "\r\n\r\n");
        assert!(head.contains("|Connection: Upgrade|Upgrade: websocket|"), "{head}");
        stream.write_all(bytes.as_bytes()).expect("the server reads");
        stream
    }
}

fn handshake(origin: &Origin, path: &str) -> String {
    let port = origin.port();
    format!(
        "GET /tunnel/{port}{path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
}

/// A viewer and an origin that have switched.
fn switched(server: &TestServer, path: &str) -> (TcpStream, TcpStream) {
    let origin = Origin::new();
    let mut viewer = server.connect();
    viewer.write_all(handshake(&origin, path).as_bytes()).expect("the server reads");
    let far = origin.answers(SWITCHING);
    let head = read_until(&mut viewer, "\r\n\r\n");
    let (head, date) = head.split_once("Date: ").expect("there is a date");
    assert_eq!(head, "HTTP/1.1 101 Switching Protocols|Connection: Upgrade|Upgrade: WebSocket|X: y|");
    assert!(date.ends_with(" GMT||"), "{date}");
    (viewer, far)
}

fn says(from: &mut TcpStream, to: &mut TcpStream, text: &str) {
    from.write_all(text.as_bytes()).expect("the server reads");
    let mut bytes = vec![0; text.len()];
    to.read_exact(&mut bytes).expect("it arrives");
    assert_eq!(String::from_utf8_lossy(&bytes), text);
}

fn ended(to_viewer_bytes: u64, from_viewer_bytes: u64, end: TunnelEnd) -> Seen {
    Seen::Tunnel(TunnelEnded { to_viewer_bytes, from_viewer_bytes, end })
}

#[test]
fn bytes_pass_both_ways_until_one_side_closes() {
    let server = TestServer::start(Limits::default());
    for (closer, end) in [("viewer", TunnelEnd::Viewer), ("origin", TunnelEnd::Origin)] {
        let (mut viewer, mut far) = switched(&server, "");
        says(&mut viewer, &mut far, "ping");
        says(&mut far, &mut viewer, "pong-pong");
        let (first, mut second) = if closer == "viewer" { (viewer, far) } else { (far, viewer) };
        drop(first);
        assert_eq!(read_to_end(&mut second), "", "{closer}");
        drop(second);
        assert_eq!(server.sees(), ended(9, 4, end), "{closer}");
    }
}

#[test]
fn bytes_that_came_too_early_are_kept() {
    let server = TestServer::start(Limits::default());
    let origin = Origin::new();
    let mut viewer = server.connect();
    let early = handshake(&origin, "?told") + "early bird";
    viewer.write_all(early.as_bytes()).expect("the server reads");
    let mut far = origin.answers(&format!("{SWITCHING}first words"));
    let received = read_until(&mut viewer, "first words");
    let mut bytes = [0; 10];
    far.read_exact(&mut bytes).expect("it arrives");
    assert_eq!(&bytes, b"early bird");
    drop(far);
    assert_eq!(read_to_end(&mut viewer), "");
    drop(viewer);
    assert_eq!(server.sees(), ended(11, 10, TunnelEnd::Origin));
    let sent_bytes = received.replace('|', "\r\n").len() as u64;
    assert_eq!(server.sees(), Seen::Sent(Sent { bytes: sent_bytes, end: SentEnd::Whole }));
}

#[test]
fn one_side_may_have_more_to_say_after_the_other_closed_its_half() {
    let server = TestServer::start(Limits::default());
    let (mut viewer, mut far) = switched(&server, "");
    viewer.shutdown(std::net::Shutdown::Write).expect("it is open");
    assert_eq!(read_to_end(&mut far), "");
    says(&mut far, &mut viewer, "farewell");
    drop(far);
    assert_eq!(read_to_end(&mut viewer), "");
    assert_eq!(server.sees(), ended(8, 0, TunnelEnd::Viewer));
    // A side that never closes its half is not waited for.
    let server = TestServer::start(Limits { linger_timeout: Duration::from_millis(30), ..Limits::default() });
    let (viewer, mut far) = switched(&server, "");
    drop(viewer);
    assert_eq!(read_to_end(&mut far), "");
    assert_eq!(server.sees(), ended(0, 0, TunnelEnd::Viewer));
}

#[test]
fn a_side_that_resets_its_connection_is_named() {
    let server = TestServer::start(Limits::default());
    for (leaver, end) in [("viewer", TunnelEnd::Viewer), ("origin", TunnelEnd::Origin)] {
        let (mut viewer, mut far) = switched(&server, "");
        says(&mut viewer, &mut far, "ping");
        let (first, mut second) = if leaver == "viewer" { (viewer, far) } else { (far, viewer) };
        socket2::SockRef::from(&first).set_linger(Some(Duration::ZERO)).expect("a socket has that option");
        drop(first);
        let mut rest = Vec::new();
        let _ = second.read_to_end(&mut rest);
        assert_eq!(rest, b"", "{leaver}");
        assert_eq!(server.sees(), ended(0, 4, end), "{leaver}");
    }
}

#[test]
fn a_silent_origin_ends_the_tunnel_however_much_the_viewer_says() {
    let server = TestServer::start(Limits::default());
    let (mut viewer, mut far) = switched(&server, "/idle");
    says(&mut far, &mut viewer, "hello");
    let mut writer = viewer.try_clone().expect("a socket can be shared");
    let talking = std::thread::spawn(move || {
        let mut sent = 0u64;
        while writer.write_all(b"x").is_ok() {
            sent += 1;
        }
        sent
    });
    let mut heard = [0; 4096];
    while far.read(&mut heard).is_ok_and(|bytes| bytes > 0) {}
    let _ = viewer.read(&mut heard);
    drop(viewer);
    drop(far);
    let Seen::Tunnel(passed) = server.sees() else { panic!("it has ended") };
    assert_eq!((passed.to_viewer_bytes, passed.end), (5, TunnelEnd::Idle));
    assert!(talking.join().is_ok_and(|sent| sent > 0));
}

#[test]
fn much_passes_at_the_pace_of_who_reads() {
    const BYTES: usize = 8_000_000;
    let server = TestServer::start_workers(1, Limits::default());
    let (viewer, far) = switched(&server, "");
    let content = |seed: usize| (0..BYTES).map(|at| (at * 31 + at / 251 + seed) as u8).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        for (from, to, seed) in [(&viewer, &far, 1), (&far, &viewer, 2)] {
            scope.spawn(move || {
                let mut writer = from;
                writer.write_all(&content(seed)).expect("the server reads");
                from.shutdown(std::net::Shutdown::Write).expect("it is open");
            });
            scope.spawn(move || {
                let (mut reader, mut received) = (to, Vec::new());
                reader.read_to_end(&mut received).expect("all arrives");
                assert!(received == content(seed), "{} bytes, not as sent", received.len());
            });
        }
    });
    let Seen::Tunnel(passed) = server.sees() else { panic!("it has ended") };
    assert_eq!((passed.to_viewer_bytes, passed.from_viewer_bytes), (BYTES as u64, BYTES as u64));
}

#[test]
fn a_server_that_ends_waits_for_what_is_being_said() {
    let limits = Limits { linger_timeout: Duration::from_millis(30), ..Limits::default() };
    let server = TestServer::start_workers(1, limits);
    let mut idle = server.connect();
    let (mut viewer, mut far) = switched(&server, "");
    let (seen, server) = (server.seen, server.server);
    let ending = std::thread::spawn(move || server.shut_down(PATIENCE));
    // The idle connection closes: the server is draining, and the tunnel goes on while there is traffic.
    assert_eq!(read_to_end(&mut idle), "");
    for _ in 0..100 {
        says(&mut viewer, &mut far, "still");
        says(&mut far, &mut viewer, "here");
    }
    assert_eq!(read_to_end(&mut far), "");
    assert_eq!(read_to_end(&mut viewer), "");
    assert_eq!(seen.recv_timeout(PATIENCE), Ok(ended(400, 500, TunnelEnd::Server)));
    drop((viewer, far));
    ending.join().expect("it ends");
    // Nothing is waited for without grace.
    let server = TestServer::start(Limits::default());
    let (mut viewer, _far) = switched(&server, "");
    let (seen, server) = (server.seen, server.server);
    server.shut_down(Duration::ZERO);
    assert_eq!(seen.recv_timeout(PATIENCE), Ok(ended(0, 0, TunnelEnd::Server)));
    assert_eq!(read_to_end(&mut viewer), "");
}

#[test]
fn only_what_was_asked_for_is_switched_to() {
    let server = TestServer::start(Limits::default());
    let refused = [
        "101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade",
        "101 Switching Protocols\r\nUpgrade: websocket",
        "101 Switching Protocols\r\nConnection: Upgrade",
        "101 Switching Protocols\r\nUpgrade: websocket\r\nUpgrade: h2c\r\nConnection: Upgrade",
        "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 5",
        "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked",
    ];
    for head in refused {
        let origin = Origin::new();
        let mut viewer = server.connect();
        viewer.write_all(handshake(&origin, "").as_bytes()).expect("the server reads");
        let mut far = origin.answers(&format!("HTTP/1.1 {head}\r\n\r\n"));
        let answer = read_until(&mut viewer, "\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 502 "), "{head}: {answer}");
        assert_eq!(read_to_end(&mut far), "", "{head}");
    }
    // Any other answer is an ordinary one, and what was sent behind the handshake is the next request.
    let origin = Origin::new();
    let mut viewer = server.connect();
    let next = "GET /length HTTP/1.1\r\nHost: a\r\n\r\n";
    viewer.write_all((handshake(&origin, "") + next).as_bytes()).expect("the server reads");
    let _far = origin.answers("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno");
    assert!(read_until(&mut viewer, "no").starts_with("HTTP/1.1 426 Upgrade Required|Content-Length: 2|"));
    assert!(read_until(&mut viewer, "abcdefg").starts_with("HTTP/1.1 200 OK|"));
}

#[tokio::test]
async fn a_tunnel_goes_through_tls_on_both_sides() {
    let (server, far) = (TestServer::start(Limits::default()), Origin::new());
    let authority = CertificateAuthority::load_or_create(&server.folder.0).expect("it was made");
    let trust = Arc::new(OriginTrust::new(&[], Some(&authority)).expect("there are no files"));
    let tls = TlsTarget { server_name: "www.example".into(), certificate: CertificateNames::AskedOr(None) };
    let target = OriginTarget { tls: Some(tls), ..origin(server.https()) };
    let fields = [("Host", "www.example"), ("Connection", "Upgrade"), ("Upgrade", "websocket")];
    let path = format!("/tunnel/{}", far.port());
    let headers = Headers::from_iter(fields);
    let request = OriginRequest { headers: &headers, ..get(&path) };
    let far = std::thread::spawn(move || {
        let mut far = far.answers(SWITCHING);
        let mut ping = [0; 4];
        far.read_exact(&mut ping).expect("it arrives");
        far.write_all(&ping.repeat(3)).expect("the server reads");
        read_to_end(&mut far)
    });
    let answer = Client::new(trust).send(&target, &request, Body::Empty).await.expect("it is answered");
    assert_eq!((answer.status, answer.header_text("X")), (101, Some("y")));
    let Body::Tunnel(mut tunnel) = answer.body else { panic!("it has switched") };
    let (mut sent, mut received) = (0, Vec::new());
    while sent < 4 {
        sent +=
            poll_fn(|context| tunnel.far_side().poll_write(context, &b"ping"[sent..])).await.expect("open");
    }
    poll_fn(|context| tunnel.far_side().poll_flush(context)).await.expect("it is open");
    while received.len() < 12 {
        received.extend_from_slice(&heard(&mut tunnel).await);
    }
    assert_eq!(received, b"pingpingping");
    poll_fn(|context| tunnel.far_side().poll_shutdown(context)).await.expect("it is open");
    assert_eq!(heard(&mut tunnel).await, b"");
    assert_eq!(far.join().expect("it does not panic"), "");
    assert_eq!(server.sees(), ended(12, 4, TunnelEnd::Viewer));
}

async fn heard(tunnel: &mut Tunnel) -> Vec<u8> {
    let mut bytes = [0; 64];
    let read = poll_fn(|context| tunnel.far_side().poll_read(context, &mut bytes)).await.expect("it is open");
    bytes[..read].to_vec()
}

#[tokio::test]
async fn a_viewer_over_tls_switches() {
    let (server, far) = (TestServer::start(Limits::default()), Origin::new());
    let stream = tokio::net::TcpStream::connect(server.https()).await.expect("the server listens");
    let name = rustls_pki_types::ServerName::try_from("www.example").expect("it is a name");
    let connector = super::tls::viewer(&server, &["http/1.1"]);
    let mut stream = connector.connect(name, stream).await.expect("it is trusted");
    stream.write_all(handshake(&far, "").as_bytes()).await.expect("the server reads");
    let answering = std::thread::spawn(move || drop(far.answers(SWITCHING)));
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.expect("it is closed");
    assert!(received.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&received));
    answering.join().expect("it does not panic");
}
