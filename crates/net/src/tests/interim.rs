//! Interim answers of an origin, as its viewers see them.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use super::{PATIENCE, TestServer, read_to_end, read_until};
use crate::Limits;

pub(super) const HINTS: &str = "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: close, x\r\nX: y\r\nKeep-Alive: 5\r\n\r\n";
pub(super) const FINAL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/// [`HINTS`] as a viewer gets them.
const HINTS_SEEN: &str = "HTTP/1.1 102 Processing||HTTP/1.1 103 Early Hints|Link: </a>||";

/// An origin to which a viewer is connected through the server, once the head of the request has come.
fn asked(server: &TestServer, version: &str) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let mut viewer = server.connect();
    let request = format!("GET /tunnel/{port} HTTP/{version}\r\nHost: a\r\nConnection: close\r\n\r\n");
    viewer.write_all(request.as_bytes()).expect("the server reads");
    let (mut origin, _) = listener.accept().expect("the server connects");
    origin.set_read_timeout(Some(PATIENCE)).expect("a socket has timeouts");
    read_until(&mut origin, "\r\n\r\n");
    (viewer, origin)
}

#[test]
fn they_are_forwarded_while_the_final_answer_is_awaited() {
    let server = TestServer::start(Limits::default());
    let (mut viewer, mut origin) = asked(&server, "1.1");
    origin.write_all(HINTS.as_bytes()).expect("the server reads");
    // Nothing more comes from the origin until the viewer has seen them.
    assert_eq!(read_until(&mut viewer, "</a>\r\n\r\n"), HINTS_SEEN);
    origin.write_all(FINAL.as_bytes()).expect("the server reads");
    assert!(read_to_end(&mut viewer).starts_with("HTTP/1.1 200 OK|Content-Length: 2|"));
}

#[test]
fn they_stand_before_the_final_answer_that_comes_with_them() {
    let server = TestServer::start(Limits::default());
    let rows = [
        ("1.1", HINTS, HINTS_SEEN),
        ("1.1", "HTTP/1.1 100 Continue\r\n\r\n", ""),
        ("1.1", "", ""),
        // RFC 9110 §15.2: HTTP/1.0 has no interim answers.
        ("1.0", HINTS, ""),
    ];
    for (version, interim, expected) in rows {
        let (mut viewer, mut origin) = asked(&server, version);
        origin.write_all(format!("{interim}{FINAL}").as_bytes()).expect("the server reads");
        let seen = read_to_end(&mut viewer);
        let (before, last) = seen.split_once("HTTP/1.1 200 OK|").expect("there is a final answer");
        assert_eq!(before, expected, "{version}");
        assert!(last.ends_with("||ok"), "{last}");
    }
}

#[test]
fn a_second_go_ahead_is_an_error() {
    let server = TestServer::start(Limits::default());
    let (mut viewer, mut origin) = asked(&server, "1.1");
    let go_ahead = "HTTP/1.1 100 Continue\r\n\r\n";
    origin.write_all(format!("{go_ahead}{go_ahead}{FINAL}").as_bytes()).expect("the server reads");
    let seen = read_to_end(&mut viewer);
    assert!(seen.starts_with("HTTP/1.1 502 ") && seen.ends_with("it says 100 Continue twice"), "{seen}");
}
