//! What is told about an answer once it is sent.

use std::io::Write as _;

use frontgate_message::{Sent, SentEnd};
use http_body_util::BodyExt as _;

use super::tls::{connect, request};
use super::{PATIENCE, Seen, TestServer, read_until};
use crate::Limits;

impl TestServer {
    fn sent(&self) -> Sent {
        loop {
            if let Seen::Sent(sent) = self.sees() {
                return sent;
            }
        }
    }
}

#[test]
fn bytes_on_the_wire_are_told_with_their_end() {
    let server = TestServer::start(Limits::default());
    let rows = [
        ("GET /204?told", SentEnd::Whole),
        ("GET /304?told", SentEnd::Whole),
        ("GET /shared?told", SentEnd::Whole),
        ("HEAD /omitted?told", SentEnd::Whole),
        ("GET /chunks?told", SentEnd::Whole),
        ("GET /length?told", SentEnd::Whole),
        ("GET /broken?told", SentEnd::BodyFailed),
        ("GET /short?told", SentEnd::BodyFailed),
    ];
    for (line, end) in rows {
        let answer = server.exchange(&format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        let sent = server.sent();
        assert_eq!(sent.end, end, "{line}");
        if end == SentEnd::Whole {
            // A line end is one character in `answer` and two bytes on the wire.
            let bytes = answer.len() + answer.matches('|').count();
            assert_eq!(sent.bytes, bytes as u64, "{line}: {answer}");
        }
    }
}

#[test]
fn a_viewer_that_leaves_is_told_of() {
    let server = TestServer::start(Limits::default());
    let mut stream = server.connect();
    stream.write_all(b"GET /endless?told HTTP/1.1\r\nHost: a\r\n\r\n").expect("it is taken");
    read_until(&mut stream, "xxx");
    drop(stream);
    let sent = server.sent();
    assert!(sent.end == SentEnd::ViewerGone && sent.bytes > 0, "{sent:?}");
}

#[tokio::test]
async fn answers_of_http_2_are_told_of_too() {
    let server = TestServer::start(Limits::default());
    let mut requests = connect(&server).await;
    let rows = [
        ("GET", "/204?told", 0, SentEnd::Whole),
        ("GET", "/shared?told", 4, SentEnd::Whole),
        ("HEAD", "/omitted?told", 0, SentEnd::Whole),
        ("GET", "/chunks?told", 7, SentEnd::Whole),
        ("GET", "/broken?told", 3, SentEnd::BodyFailed),
    ];
    for (method, path, body_bytes, end) in rows {
        let answer = requests.send_request(request(method, path, "")).await.expect("an answer");
        let fields: usize = answer.headers().iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
        let reason = answer.status().canonical_reason().unwrap_or_default();
        let head_bytes = "HTTP/1.1 200 \r\n\r\n".len() + reason.len() + fields;
        // What the broken one lacks is seen on the other side.
        let _ = answer.into_body().collect().await;
        let sent = server.sent();
        assert_eq!(sent, Sent { bytes: (head_bytes + body_bytes) as u64, end }, "{path}");
    }
    let answer = requests.send_request(request("GET", "/endless?told", "")).await.expect("an answer");
    drop(answer);
    // The test's own thread has to tell the server that the stream is reset.
    let told = async {
        loop {
            match server.seen.try_recv() {
                Ok(Seen::Sent(sent)) => return sent.end,
                Ok(_) | Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, told).await, Ok(SentEnd::ViewerGone));
}
