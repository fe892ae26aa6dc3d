//! The origin client against origins that say exactly what a row says.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bytes::Bytes;
use frontgate_message::{Body, BodyError, Headers, Method};

use super::{PATIENCE, TestServer, get, origin, parts, read_until};
use crate::{
    CertificateAuthority, CertificateNames, Client, ConnectError, Limits, OriginError, OriginRequest,
    OriginTarget, OriginTrust, TlsTarget,
};

/// Connections, and the answers of each.
type Script = &'static [&'static [&'static str]];

/// An origin that answers the requests of each of its connections with these texts, then closes it. `|` ends a line,
/// `!` resets the connection.
fn raw_origin(connections: Script) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for answers in connections {
            let (mut stream, _) = listener.accept().expect("the client connects");
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket has timeouts");
            for answer in *answers {
                let head = read_until(&mut stream, "\r\n\r\n");
                let body = if head.contains("chunked") {
                    read_until(&mut stream, "0\r\n\r\n")
                } else {
                    String::new()
                };
                let _ = sender.send(head + &body);
                let _ = stream.write_all(answer.replace('|', "\r\n").as_bytes());
            }
        }
    });
    (address, requests)
}

pub(super) fn client() -> Client {
    Client::new(Arc::new(OriginTrust::new(&[], None).expect("there are no files")))
}

async fn fetch(client: &Client, target: &OriginTarget, path: &str) -> Result<(u16, Bytes), String> {
    let response =
        client.send(target, &get(path), Body::Empty).await.map_err(|error| format!("{error:?}"))?;
    let body = response.body.collect(100_000).await.map_err(|error| format!("{error:?}"))?;
    Ok((response.status, body))
}

#[tokio::test]
async fn answers_end_where_they_say_and_nowhere_else() {
    let rows: [(Script, _); 13] = [
        (&[&["HTTP/1.1 200 OK|Content-Length: 5||hello"]], Ok((200, "hello"))),
        (&[&["HTTP/1.1 200 OK|Content-Length: 6||hello"]], Err("Truncated")),
        (&[&["HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|he|3|llo|0||"]], Ok((200, "hello"))),
        (&[&["HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|he|3|llo|"]], Err("Truncated")),
        (&[&["HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|he|3|lloX|"]], Err("BadChunk")),
        (&[&["HTTP/1.1 200 OK||hello"]], Ok((200, "hello"))),
        (&[&["HTTP/1.0 404 Not Found||"]], Ok((404, ""))),
        (
            &[&["HTTP/1.1 100 Continue||HTTP/1.1 103 Early Hints|Link: x||HTTP/1.1 204 No Content||"]],
            Ok((204, "")),
        ),
        (
            &[&["HTTP/1.1 100 Continue||HTTP/1.1 100 Continue||HTTP/1.1 200 OK||"]],
            Err("InvalidResponse(\"it says 100 Continue twice\")"),
        ),
        (&[&["HTTP/1.1 200 OK|Content-"]], Err("InvalidResponse(\"it ends within its head\")")),
        (
            &[&["hello\r\n\r\n"]],
            Err("InvalidResponse(\"the response does not start with HTTP/1.1 or HTTP/1.0\")"),
        ),
        (
            &[&["HTTP/1.1 101 Switching Protocols||"]],
            Err("InvalidResponse(\"it switches protocols, which nobody asked for\")"),
        ),
        (&[&[""]], Err("Closed")),
    ];
    for (script, expected) in rows {
        let (address, _requests) = raw_origin(script);
        let result = fetch(&client(), &origin(address), "/").await;
        let result = result.as_ref().map(|(status, body)| (*status, std::str::from_utf8(body).unwrap_or("")));
        assert_eq!(result.map_err(String::as_str), expected, "{script:?}");
    }
}

#[tokio::test]
async fn requests_keep_order_and_case_and_get_their_framing() {
    const ANSWER: &str = "HTTP/1.1 200 OK|Content-Length: 0||";
    let (address, requests) = raw_origin(&[&[ANSWER, ANSWER, ANSWER, ANSWER, ANSWER]]);
    let client = client();
    let fields = || Headers::from_iter([("Host", "o"), ("content-LENGTH", "99"), ("X-a", "1\r\nB: 2")]);
    let rows = [
        (
            Method::Get,
            Headers::from_iter([("Host", "o"), ("X-a", "1")]),
            Body::Empty,
            "GET /p HTTP/1.1|Host: o|X-a: 1||",
        ),
        (Method::Post, fields(), Body::Empty, "POST /p HTTP/1.1|Host: o|Content-Length: 0|X-a: 1  B: 2||"),
        (
            Method::Put,
            Headers::from_iter([("Host", "o")]),
            parts(None, &["abc"], None),
            "PUT /p HTTP/1.1|Host: o|Transfer-Encoding: chunked||3|abc|0||",
        ),
        (Method::Delete, fields(), Body::Empty, "DELETE /p HTTP/1.1|Host: o|X-a: 1  B: 2||"),
    ];
    for (method, headers, body, expected) in rows {
        let request =
            OriginRequest { method: &method, target: "/p", headers: &headers, forwards_interim: false };
        let response = client.send(&origin(address), &request, body).await.expect("it answers");
        assert_eq!((response.status, response.body.length()), (200, Some(0)));
        assert_eq!(requests.recv_timeout(PATIENCE).expect("it was received"), expected);
    }
    for bad in ["no-path", "/a b", "/a\r\nHost: x", "/\u{e9}"] {
        let result = client.send(&origin(address), &get(bad), Body::Empty).await;
        assert!(matches!(result, Err(OriginError::InvalidRequest(_))), "{bad:?}");
    }
}

#[tokio::test]
async fn connections_are_kept_and_replaced() {
    const KEPT: &str = "HTTP/1.1 200 OK|Content-Length: 1||a";
    let (address, _requests) = raw_origin(&[
        &[KEPT, KEPT, "HTTP/1.1 200 OK|Connection: close|Content-Length: 1||b"],
        &[KEPT, ""],
        &["HTTP/1.1 200 OK|Content-Length: 1||c"],
    ]);
    let (client, target) = (client(), origin(address));
    // The second connection is closed by the origin in answer to its second request: GET is sent once more.
    for expected in ["a", "a", "b", "a", "c"] {
        assert_eq!(fetch(&client, &target, "/").await, Ok((200, Bytes::from_static(expected.as_bytes()))));
    }
    // A POST is not sent twice.
    let (address, requests) = raw_origin(&[&[KEPT, ""], &[KEPT]]);
    let (client, target) = (self::client(), origin(address));
    assert!(fetch(&client, &target, "/").await.is_ok());
    let post = OriginRequest { method: &Method::Post, ..get("/post") };
    let result = client.send(&target, &post, Body::Full(Bytes::from_static(b"once"))).await;
    assert_eq!(result.err(), Some(OriginError::Closed));
    assert_eq!(requests.iter().take(2).count(), 2);
}

#[tokio::test]
async fn an_origin_that_is_not_there_or_silent() {
    let unused = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.local_addr().expect("it is bound")
    };
    let result = client().send(&origin(unused), &get("/"), Body::Empty).await;
    assert_eq!(result.err(), Some(OriginError::Connect(ConnectError::Refused)));

    let silent = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let patient = origin(silent.local_addr().expect("it is bound"));
    let target = OriginTarget { read_timeout: Duration::from_millis(20), ..patient.clone() };
    let result = client().send(&target, &get("/"), Body::Empty).await;
    assert_eq!(result.err(), Some(OriginError::Timeout));

    let nowhere = OriginTarget { host: "name.invalid".into(), ..patient.clone() };
    assert!(matches!(client().send(&nowhere, &get("/"), Body::Empty).await, Err(OriginError::Dns(_))));

    let post = OriginRequest { method: &Method::Post, ..get("/") };
    let broken = parts(None, &["abc"], Some(BodyError::Truncated));
    let result = client().send(&patient, &post, broken).await;
    assert_eq!(result.err(), Some(OriginError::RequestBody(BodyError::Truncated)));
}

#[tokio::test]
async fn names_below_localhost_are_this_machine() {
    let server = TestServer::start(Limits::default());
    for host in ["localhost", "api.localhost", "LOCALHOST."] {
        let target = OriginTarget { host: host.into(), ..origin(server.http()) };
        assert_eq!(
            fetch(&client(), &target, "/length").await,
            Ok((200, Bytes::from_static(b"abcdefg"))),
            "{host}"
        );
    }
}

#[tokio::test]
async fn certificates_are_verified_for_the_name_asked_for() {
    let server = TestServer::start(Limits::default());
    let authority = CertificateAuthority::load_or_create(&server.folder.0).expect("it was made");
    let own = Arc::new(OriginTrust::new(&[], Some(&authority)).expect("there are no files"));
    let by_file =
        Arc::new(OriginTrust::new(&[authority.certificate_path()], None).expect("it is a certificate"));
    let strangers = Arc::new(OriginTrust::new(&[], None).expect("there are no files"));
    let asked = || CertificateNames::AskedOr(None);
    let asked_or = |other: &str| CertificateNames::AskedOr(Some(other.into()));
    let one_of = |names: &[&str]| CertificateNames::OneOf(names.iter().map(|&name| name.into()).collect());
    let rows = [
        (&own, "www.example", asked(), true),
        (&by_file, "www.example", asked(), true),
        (&own, "127.0.0.1", asked(), true),
        // Not served: the certificate for localhost is shown.
        (&own, "www.elsewhere", asked(), false),
        (&own, "www.elsewhere", asked_or("localhost"), true),
        (&own, "www.elsewhere", asked_or("www.example"), false),
        (&strangers, "www.example", asked(), false),
        (&strangers, "www.example", CertificateNames::AskedOfAnyIssuer, true),
        (&strangers, "www.elsewhere", CertificateNames::AskedOfAnyIssuer, false),
        (&own, "www.example", one_of(&["a.example", "www.example"]), true),
        (&own, "www.example", one_of(&["a.example", "*.example"]), true),
        (&own, "www.example", one_of(&["a.example"]), false),
        (&own, "www.example", one_of(&["*.www.example"]), false),
        (&own, "www.elsewhere", one_of(&["localhost"]), true),
        (&own, "www.elsewhere", one_of(&["*.elsewhere"]), false),
        (&own, "www.elsewhere", one_of(&["*.localhost"]), true),
        (&own, "www.elsewhere", one_of(&["*.example"]), false),
        (&strangers, "www.example", one_of(&["*.example", "www.example"]), false),
    ];
    for (trust, server_name, certificate, accepted) in rows {
        let tls = TlsTarget { server_name: server_name.into(), certificate: certificate.clone() };
        let target = OriginTarget { tls: Some(tls), ..origin(server.https()) };
        let client = Client::new(trust.clone());
        for _ in 0..2 {
            let result = fetch(&client, &target, "/length").await;
            let expected = Ok((200, Bytes::from_static(b"abcdefg")));
            let matches = if accepted {
                result == expected
            } else {
                result.as_ref().is_err_and(|e| e.starts_with("Tls"))
            };
            assert!(matches, "{server_name} {certificate:?}: {result:?}");
        }
    }
    assert!(OriginTrust::new(&[&server.folder.0.join("none.pem")], None).is_err());
    assert!(OriginTrust::new(&[&server.folder.0.join("ca-key.pem")], None).is_err());
}
