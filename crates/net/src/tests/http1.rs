//! HTTP/1.1 as viewers see it.

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

use frontgate_message::BodyError;

use super::{PATIENCE, Seen, TestServer, read_to_end, read_until};
use crate::{Incident, Limits};

const HEAD: &str = "HTTP/1.1 200 OK|Content-Type: text/plain|";

/// A GET, the last one of its connection.
fn last(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: A.example\r\nConnection: close\r\n\r\n")
}

#[test]
fn answers_are_framed_as_their_bodies_are() {
    let server = TestServer::start(Limits::default());
    let head = |framing: &str| format!("{HEAD}{framing}Connection: close|Date: now||");
    let rows = [
        (last("/a?b"), head("Content-Length: 20|") + "GET a.example /a?b -"),
        (last("/chunks"), head("Transfer-Encoding: chunked|") + "3|abc|4|defg|0||"),
        (last("/length"), head("Content-Length: 7|") + "abcdefg"),
        (last("/short"), "truncated".to_owned()),
        (last("/broken"), "truncated".to_owned()),
        (last("/204"), "HTTP/1.1 204 No Content|Content-Type: text/plain|Connection: close|Date: now||".to_owned()),
        (
            last("/304"),
            "HTTP/1.1 304 Not Modified|Content-Type: text/plain|Content-Length: 7|Connection: close|Date: now||".to_owned(),
        ),
        (
            last("/shared"),
            "HTTP/1.1 200 OK|Content-Type: text/html|Content-Length: 4|Connection: close|ETag: \"e\"|Date: now|Age: 1||page"
                .to_owned(),
        ),
        ("GET /chunks HTTP/1.0\r\n\r\n".to_owned(), head("") + "abcdefg"),
        ("GET /broken HTTP/1.0\r\n\r\n".to_owned(), "truncated".to_owned()),
        ("HEAD /length HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), head("Content-Length: 7|")),
        ("HEAD /omitted HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), head("Content-Length: 1234|")),
        ("HEAD /chunks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned(), head("")),
        ("\r\nGET /length HTTP/1.0\r\n\r\n".to_owned(), head("Content-Length: 7|") + "abcdefg"),
    ];
    for (request, expected) in rows {
        let answer = server.exchange(&request);
        if expected == "truncated" {
            let is_whole = answer.ends_with("|0||") || answer.ends_with("abcdefg  ");
            assert!(
                !is_whole
                    && (answer.contains("Reset") || answer.contains("chunked") || answer.contains(": 9|")),
                "{request}: {answer}"
            );
        } else {
            assert_eq!(answer, expected, "{request}");
        }
    }
}

#[test]
fn a_connection_serves_request_after_request() {
    let server = TestServer::start(Limits::default());
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let post = |target: &str, body: &str| {
        format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3\r\n jo\r\n0\r\nT: x\r\n\r\n";
    // All at once: pipelined.
    let requests = [
        &get("/1"),
        &post("/echo", "hello"),
        chunked,
        &post("/2", "unread"),
        &post("/collect", ""),
        &last("/3"),
    ];
    let answers = server.exchange(&requests.map(ToOwned::to_owned).concat());
    let bodies: Vec<&str> =
        answers.split("HTTP/1.1 200 OK|").skip(1).map(|a| a.split_once("||").expect("a head").1).collect();
    assert_eq!(
        bodies,
        ["GET a /1 -", "hello", "2|hi|3| jo|0||", "POST a /2 -", "", "GET a.example /3 -"],
        "{answers}"
    );
    assert_eq!(answers.matches("Connection: keep-alive").count(), 5);
    // Byte by byte.
    let mut stream = server.connect();
    for _ in 0..2 {
        for byte in chunked.as_bytes().chunks(1) {
            stream.write_all(byte).expect("the server reads");
        }
        assert!(read_until(&mut stream, "0\r\n\r\n").contains("keep-alive"));
    }
    stream.write_all(last("/x").as_bytes()).expect("the server reads");
    assert!(read_to_end(&mut stream).ends_with("GET a.example /x -"));
}

#[test]
fn a_connection_goes_on_after_answers_without_a_body_and_refused_upgrades() {
    let server = TestServer::start(Limits::default());
    let ask = |method: &str, target: &str, fields: &str| {
        format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
    };
    let websocket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    let h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
    let ok = |framing: &str| format!("{HEAD}{framing}Connection: keep-alive|Date: now||");
    let rows = [
        (ask("HEAD", "/length", ""), ok("Content-Length: 7|")),
        (
            ask("GET", "/204", ""),
            "HTTP/1.1 204 No Content|Content-Type: text/plain|Connection: keep-alive|Date: now||".to_owned(),
        ),
        (
            ask("GET", "/304", ""),
            "HTTP/1.1 304 Not Modified|Content-Type: text/plain|Content-Length: 7|Connection: keep-alive|Date: now||"
                .to_owned(),
        ),
        (ask("GET", "/100", ""), ok("Content-Length: 0|").replace("200 OK", "502 Bad Gateway")),
        (ask("HEAD", "/chunks", ""), ok("")),
        (ask("HEAD", "/large", ""), ok("Content-Length: 3000000|")),
        (ask("GET", "/length", websocket), ok("Content-Length: 7|") + "abcdefg"),
        (ask("GET", "/length", h2c), ok("Content-Length: 7|") + "abcdefg"),
        (ask("HEAD", "/204", ""), "HTTP/1.1 204 No Content|Content-Type: text/plain|Connection: keep-alive|Date: now||".to_owned()),
        (last("/end"), format!("{HEAD}Content-Length: 20|Connection: close|Date: now||GET a.example /end -")),
    ];
    let requests: String = rows.iter().map(|(request, _)| request.as_str()).collect();
    let expected: String = rows.iter().map(|(_, answer)| answer.as_str()).collect();
    assert_eq!(server.exchange(&requests), expected);
    // One after the other.
    let mut stream = server.connect();
    for (request, answer) in &rows {
        stream.write_all(request.as_bytes()).expect("the server reads");
        let end = answer.rsplit_once("||").map_or("", |(_, body)| body);
        let end = if end.is_empty() { "\r\n\r\n" } else { end };
        assert_eq!(&read_until(&mut stream, end), answer, "{request}");
    }
}

#[test]
fn what_is_malformed_is_answered_and_closed() {
    let server = TestServer::start(Limits::default());
    let long = |bytes: usize| "x".repeat(bytes);
    let rows = [
        ("GET / HTTP/1.1\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\nHost: a\n\n".to_owned(), 400),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                .to_owned(),
            400,
        ),
        // These viewers wait for the answer before they send more.
        ("\x16\x03\x01\x02\0\x01\0\x01\u{fc}\r\n\r\n".to_owned(), 400),
        ("\x16\x03\x01\x02\0\x01\0\x01\u{fc}".to_owned(), 400),
        ("GET /\r\n".to_owned(), 400),
        ("GET / HTTP/2.0\r\nHost: a\r\n".to_owned(), 400),
        (format!("GET /{} HTTP/1.1\r\n", long(8192)), 414),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        (format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", long(8192)), 414),
        (format!("GET /{}", long(200_000)), 414),
        (format!("GET /{} HTTP/1.1\r\nHost: a\r\nX: {}", long(9000), long(30_000)), 414),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", long(32_768)), 494),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", long(200_000)), 494),
    ];
    for (request, status) in rows {
        let answer = server.exchange(&request);
        let start: String = request.chars().take(60).collect();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{start:?}: {answer}");
        assert!(
            answer.contains("|Connection: close|") && !answer.contains("smuggled"),
            "{start:?}: {answer}"
        );
        assert!(!answer.contains("Reset"), "{start:?}: {answer}");
        assert_eq!(
            answer.matches("HTTP/1.1").count(),
            1 + answer.matches("neither HTTP/1.1").count() + answer.matches("an HTTP/1.1 request").count(),
            "{answer}"
        );
    }
}

#[test]
fn a_broken_body_reaches_its_reader_as_an_error() {
    let server = TestServer::start(Limits::default());
    let answer = server.exchange(
        "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert_eq!(server.sees(), Seen::Body(Err(BodyError::BadChunk)));
    assert!(answer.contains("|Connection: close|") && answer.ends_with("is broken"), "{answer}");
}

#[test]
fn a_body_can_be_read_from_another_task() {
    let server = TestServer::start(Limits::default());
    let mut stream = server.connect();
    stream
        .write_all(b"POST /elsewhere HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234")
        .expect("the server reads");
    stream.write_all(b"56789").expect("the server reads");
    assert_eq!(server.sees(), Seen::Body(Ok("0123456789".to_owned())));
    assert!(read_until(&mut stream, "\r\n\r\n").contains("keep-alive"));
}

#[test]
fn the_go_ahead_is_given_when_the_body_is_wanted() {
    let server = TestServer::start(Limits::default());
    let ask = |target: &str| {
        format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    };
    let mut stream = server.connect();
    stream.write_all(ask("/collect").as_bytes()).expect("the server reads");
    assert_eq!(read_until(&mut stream, "\r\n\r\n"), "HTTP/1.1 100 Continue||");
    stream.write_all(b"hello").expect("the server reads");
    assert!(read_until(&mut stream, "hello").starts_with("HTTP/1.1 200 OK|"));
    // Unwanted: the final answer comes at once, and what follows on this connection would be ambiguous.
    stream.write_all(ask("/unwanted").as_bytes()).expect("the server reads");
    let answer = read_to_end(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 OK|") && answer.contains("|Connection: close|"), "{answer}");
    // A viewer that did not wait is not told to go ahead.
    let answer = server.exchange(&(ask("/collect") + "hello" + &last("/")));
    assert!(!answer.contains("100 Continue") && answer.contains("||hello"), "{answer}");
}

#[test]
fn an_unread_body_is_drained_or_ends_the_connection() {
    let server = TestServer::start(Limits { kept_drain_bytes_max: 1000, ..Limits::default() });
    let post = |length: usize| format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    let mut stream = server.connect();
    stream.write_all(post(900).as_bytes()).expect("the server reads");
    assert!(read_until(&mut stream, "POST a / -").contains("|Connection: keep-alive|"));
    stream.write_all("x".repeat(900).as_bytes()).expect("the server reads");
    stream.write_all(last("/next").as_bytes()).expect("the server reads");
    assert!(read_to_end(&mut stream).ends_with("/next -"));
    let answer = server.exchange(&(post(50_000) + &"x".repeat(50_000) + &last("/next")));
    assert!(answer.contains("|Connection: close|") && answer.ends_with("POST a / -"), "{answer}");
}

#[test]
fn a_viewer_that_leaves_ends_the_call() {
    let server = TestServer::start(Limits::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").expect("the server reads");
    assert_eq!(server.sees(), Seen::WaitBegan);
    stream.shutdown(Shutdown::Both).expect("it is open");
    assert_eq!(server.sees(), Seen::WaitDropped);
}

#[test]
fn a_panic_ends_one_connection_and_is_reported() {
    let server = TestServer::start(Limits::default());
    assert_eq!(server.exchange("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n"), "");
    match server.sees() {
        Seen::Incident(Incident::Panicked { message, .. }) => assert_eq!(message, "as asked"),
        other => panic!("{other:?}"),
    }
    assert!(server.exchange(&last("/")).starts_with(HEAD));
}

#[test]
fn those_who_dawdle_are_closed() {
    let short = Duration::from_millis(30);
    let idle = Limits { idle_timeout: short, ..Limits::default() };
    let head = Limits { head_timeout: short, ..Limits::default() };
    let body = Limits { body_idle_timeout: short, linger_timeout: short, ..Limits::default() };
    assert_eq!(TestServer::start(idle).exchange(""), "");
    assert_eq!(TestServer::start(head).exchange("GET / HTTP/1.1\r\nHost: a"), "");
    let server = TestServer::start(body);
    let answer = server.exchange("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    assert_eq!(server.sees(), Seen::Body(Err(BodyError::TimedOut)));
    assert!(answer.ends_with("no byte of the body came in time"), "{answer}");
    // A viewer that asks for much and reads nothing.
    let mut stream = server.connect();
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").expect("the server reads");
    assert_eq!(server.sees(), Seen::WaitDropped);
    drop(stream);
    let server = TestServer::start(Limits { handshake_timeout: short, ..Limits::default() });
    let mut silent = std::net::TcpStream::connect(server.https()).expect("the server listens");
    silent.set_read_timeout(Some(PATIENCE)).expect("a socket has timeouts");
    assert_eq!(read_to_end(&mut silent), "");
    assert!(matches!(server.sees(), Seen::Incident(Incident::NoHandshake { .. })));
}

#[test]
fn large_bodies_come_whole() {
    let server = TestServer::start(Limits::default());
    let answer = server.exchange(&last("/large"));
    assert_eq!(answer.split_once("||").map(|(_, body)| body.len()), Some(3_000_000));
    let body = "0123456789".repeat(100_000);
    let echoed = std::thread::scope(|scope| {
        let mut stream = server.connect();
        let mut writer = stream.try_clone().expect("a socket can be shared");
        let body = &body;
        scope.spawn(move || {
            let head = format!(
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            writer
                .write_all(head.as_bytes())
                .and_then(|()| writer.write_all(body.as_bytes()))
                .expect("the server reads");
        });
        read_to_end(&mut stream)
    });
    assert_eq!(echoed.split_once("||").map(|(_, echoed)| echoed == body), Some(true));
}

#[test]
fn shutting_down_lets_requests_finish_and_closes_the_idle() {
    let server = TestServer::start_workers(1, Limits::default());
    let mut idle = server.connect();
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("the server reads");
    read_until(&mut idle, "GET a / -");
    let mut busy = server.connect();
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").expect("the server reads");
    assert_eq!(server.sees(), Seen::WaitBegan);
    let (address, gate, server) = (server.http(), server.gate.clone(), server.server);
    let ending = std::thread::spawn(move || server.shut_down(PATIENCE));
    // The idle connection closes: the server is draining.
    assert_eq!(read_to_end(&mut idle), "");
    assert!(std::net::TcpStream::connect(address).is_err());
    gate.add_permits(1);
    let answer = read_to_end(&mut busy);
    assert!(answer.contains("|Connection: close|") && answer.ends_with("done"), "{answer}");
    drop(busy);
    ending.join().expect("it ends");
}

#[test]
fn what_does_not_finish_in_its_grace_is_closed() {
    let server = TestServer::start(Limits::default());
    let mut stuck = server.connect();
    stuck.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").expect("the server reads");
    assert_eq!(server.sees(), Seen::WaitBegan);
    let seen = server.seen;
    server.server.shut_down(Duration::ZERO);
    assert_eq!(seen.recv_timeout(PATIENCE), Ok(Seen::WaitDropped));
    assert_eq!(read_to_end(&mut stuck), "");
}
