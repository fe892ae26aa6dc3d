//! HTTP/2 frame by frame: what a viewer that breaks RFC 9113 gets to see, section by section.

use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;

use super::interim::{FINAL, HINTS};
use super::tls::viewer;
use super::{PATIENCE, TestServer};
use crate::Limits;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
/// ACK and END_STREAM, END_HEADERS, PADDED, PRIORITY.
const END: u8 = 1;
const ENDED: u8 = 4;
const PADDED: u8 = 8;
const WITH_PRIORITY: u8 = 0x20;
const LAST_PING: &[u8] = b"the last";
/// How often it is asked whether there is more to come.
const ROUNDS: usize = 6;

/// A viewer that sends what it is told, and reads frames.
struct Raw {
    stream: TlsStream<TcpStream>,
    bytes: Vec<u8>,
    /// The server's first ACK of our SETTINGS has come.
    is_greeted: bool,
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("tests are small").to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// Fields as literals without indexing, `name value|name value`.
fn block(lines: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for line in lines.split('|') {
        let (name, value) = line.split_once(' ').expect("a name and a value");
        block.push(0);
        for text in [name, value] {
            block
                .push(u8::try_from(text.len()).ok().filter(|length| *length < 127).expect("tests are short"));
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

fn head(method: &str, path: &str) -> Vec<u8> {
    block(&format!(":method {method}|:scheme https|:path {path}|:authority www.example"))
}

fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END | ENDED, stream, &head("GET", path))
}

fn post(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, ENDED, stream, &head("POST", path))
}

fn with_field(stream: u32, flags: u8, fields: &str) -> Vec<u8> {
    let lines = format!(":method POST|:scheme https|:path /collect|:authority www.example|{fields}");
    frame(HEADERS, ENDED | flags, stream, &block(&lines))
}

fn setting(name: u16, value: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
}

fn update(stream: u32, bytes: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes())
}

impl Raw {
    async fn silent(server: &TestServer) -> Self {
        let stream = TcpStream::connect(server.https()).await.expect("the server listens");
        let name = ServerName::try_from("www.example").expect("it is a name");
        let stream = viewer(server, &["h2"]).connect(name, stream).await.expect("it is trusted");
        Self { stream, bytes: Vec::new(), is_greeted: false }
    }

    async fn connect(server: &TestServer) -> Self {
        let mut raw = Self::silent(server).await;
        raw.send(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await;
        raw
    }

    async fn send(&mut self, bytes: &[u8]) {
        // The server may have closed already; then that is what is read.
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// The next frame: kind, flags, stream and payload; nothing at the end.
    async fn next(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        loop {
            if let [l0, l1, l2, kind, flags, s0, s1, s2, s3, rest @ ..] = &self.bytes[..] {
                let length = usize::from(*l0) << 16 | usize::from(*l1) << 8 | usize::from(*l2);
                if rest.len() >= length {
                    let stream = u32::from_be_bytes([*s0, *s1, *s2, *s3]);
                    let next = (*kind, *flags, stream, rest[..length].to_vec());
                    self.bytes.drain(..9 + length);
                    return Some(next);
                }
            }
            let reading = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.bytes));
            match reading.await.expect("the server does not leave us waiting") {
                Ok(1..) => {}
                _ => return None,
            }
        }
    }

    /// What comes until the connection ends or `is_enough`, a word for each frame but for those of the beginning.
    async fn read_until(&mut self, mut is_enough: impl FnMut(&str) -> bool) -> String {
        let mut words: Vec<String> = Vec::new();
        loop {
            let Some((kind, flags, stream, payload)) = self.next().await else {
                words.push("end".to_owned());
                break;
            };
            let code = |at: usize| error_name(payload.get(at + 3).copied());
            let ends = if flags & END != 0 { "." } else { "" };
            let word = match kind {
                DATA => format!("{stream}:{}{ends}", payload.len()),
                HEADERS => format!("{stream}={}{ends}", status(&payload)),
                RST_STREAM => format!("{stream}!{}", code(0)),
                SETTINGS if flags & END == 0 => continue,
                SETTINGS if !std::mem::replace(&mut self.is_greeted, true) => continue,
                SETTINGS => "settled".to_owned(),
                PING if payload == LAST_PING => break,
                PING if flags & END != 0 => "pong".to_owned(),
                PING => "ping".to_owned(),
                GOAWAY => format!("goaway {}", code(4)),
                WINDOW_UPDATE => continue,
                other => format!("frame {other}"),
            };
            let is_last = is_enough(&word);
            words.push(word);
            if is_last {
                break;
            }
        }
        words.join(" ")
    }

    /// What the server has to say to all that was sent.
    async fn read_all(&mut self) -> String {
        let mut words = Vec::new();
        // What runs beside the connection has its say after the first answer.
        for _ in 0..ROUNDS {
            self.send(&frame(PING, 0, 0, LAST_PING)).await;
            words.push(self.read_until(|_| false).await);
            if words.last().is_some_and(|last| last.ends_with("end")) {
                break;
            }
        }
        words.retain(|word| !word.is_empty());
        words.join(" ")
    }
}

fn status(block: &[u8]) -> String {
    match block {
        [0x88, ..] => "200".to_owned(),
        [0x89, ..] => "204".to_owned(),
        [0x8c, ..] => "400".to_owned(),
        [0x08, 3, digits @ ..] => String::from_utf8_lossy(&digits[..3]).into_owned(),
        _ => "?".to_owned(),
    }
}

fn error_name(code: Option<u8>) -> &'static str {
    match code {
        Some(0) => "none",
        Some(1) => "protocol",
        Some(2) => "internal",
        Some(3) => "flow",
        Some(5) => "closed",
        Some(6) => "size",
        Some(7) => "refused",
        Some(8) => "cancel",
        Some(9) => "compression",
        Some(11) => "calm",
        _ => "?",
    }
}

/// What is sent after the greeting | what comes back.
type Rows<'a> = &'a [(&'a str, Vec<Vec<u8>>, &'a str)];

async fn check(limits: Limits, rows: Rows<'_>) {
    let server = TestServer::start_workers(1, limits);
    for (name, frames, expected) in rows {
        let mut raw = Raw::connect(&server).await;
        raw.send(&frames.concat()).await;
        assert_eq!(raw.read_all().await, *expected, "{name}");
    }
}

const PROTOCOL: &str = "goaway protocol end";
const SIZE: &str = "goaway size end";
const FLOW: &str = "goaway flow end";

#[tokio::test]
async fn interim_answers_of_an_origin_come_before_the_final_one() {
    let server = TestServer::start(Limits::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let mut raw = Raw::connect(&server).await;
    raw.send(&get(1, &format!("/tunnel/{port}"))).await;
    let (mut origin, _) = listener.accept().await.expect("the server connects");
    origin.write_all(HINTS.as_bytes()).await.expect("the server reads");
    assert_eq!(raw.read_until(|word| word == "1=103").await, "1=102 1=103");
    origin.write_all(FINAL.as_bytes()).await.expect("the server reads");
    let rest = raw.read_until(|word| word.ends_with('.')).await;
    assert!(rest.starts_with("1=200 1:2"), "{rest}");
}

#[tokio::test]
async fn greetings() {
    let server = TestServer::start_workers(1, Limits::default());
    let settings = frame(SETTINGS, 0, 0, &[]);
    let rows: &[(&str, Vec<u8>, &str)] = &[
        ("§3.4 HTTP/1.1", b"GET / HTTP/1.1\r\nHost: www.example\r\n\r\n".to_vec(), PROTOCOL),
        ("§3.4 no preface", settings.clone(), PROTOCOL),
        ("§3.4 no SETTINGS", [PREFACE, &get(1, "/")].concat(), PROTOCOL),
        ("§3.4 an ACK at first", [PREFACE, &frame(SETTINGS, END, 0, &[])].concat(), PROTOCOL),
        ("§3.4 as it must be", [PREFACE, &settings, &get(1, "/204")].concat(), "1=204."),
    ];
    for (name, bytes, expected) in rows {
        let mut raw = Raw::silent(&server).await;
        raw.send(bytes).await;
        assert_eq!(raw.read_all().await, *expected, "{name}");
        // However few bytes come at a time.
        let mut raw = Raw::silent(&server).await;
        for byte in bytes {
            raw.send(&[*byte]).await;
        }
        assert_eq!(raw.read_all().await, *expected, "{name}, byte by byte");
    }
}

#[tokio::test]
async fn frames_and_streams() {
    let wait = || get(1, "/wait");
    let long = vec![0; 16_385];
    let rows: Rows = &[
        ("§4.1 an unknown frame", vec![frame(99, 0xff, 1, b"what?"), get(1, "/204")], "1=204."),
        ("§4.1 the reserved bit", vec![frame(HEADERS, 5, 0x8000_0001, &head("GET", "/204"))], "1=204."),
        ("§4.2 too long", vec![frame(DATA, 0, 1, &long)], SIZE),
        ("§4.2 too long, unknown", vec![frame(99, 0, 0, &long)], SIZE),
        ("§4.3 no HPACK", vec![frame(HEADERS, 5, 1, &[0x80])], "goaway compression end"),
        ("§4.3 half of it", vec![frame(HEADERS, 5, 1, &[0x41, 5])], "goaway compression end"),
        ("§5.1 idle: DATA", vec![frame(DATA, END, 1, b"a")], PROTOCOL),
        ("§5.1 idle: RST_STREAM", vec![frame(RST_STREAM, 0, 1, &[0; 4])], PROTOCOL),
        ("§5.1 idle: WINDOW_UPDATE", vec![update(1, 1)], PROTOCOL),
        ("§5.1 idle: CONTINUATION", vec![frame(CONTINUATION, ENDED, 1, &[])], PROTOCOL),
        ("§5.1 idle: PRIORITY", vec![frame(PRIORITY, 0, 7, &[0; 5]), get(1, "/204")], "1=204."),
        ("§5.1 half closed: DATA", vec![wait(), frame(DATA, END, 1, b"a")], "1!closed"),
        ("§5.1 half closed: HEADERS", vec![wait(), get(1, "/")], "1!closed"),
        ("§5.1 half closed: the rest", vec![wait(), update(1, 1), frame(PRIORITY, 0, 1, &[0; 5])], ""),
        ("§5.1 closed: DATA", vec![get(1, "/204"), frame(DATA, END, 1, b"a")], "1=204. 1!closed"),
        ("§5.1 closed: HEADERS", vec![get(1, "/204"), get(1, "/204")], "1=204. goaway closed end"),
        (
            "§5.1 closed: the rest",
            vec![
                get(1, "/204"),
                update(1, 1),
                frame(RST_STREAM, 0, 1, &[0; 4]),
                frame(PRIORITY, 0, 1, &[0; 5]),
            ],
            "1=204.",
        ),
        (
            "§5.1 reset by the viewer: DATA",
            vec![post(1, "/wait"), frame(RST_STREAM, 0, 1, &[0; 4]), frame(DATA, END, 1, b"a")],
            "1!closed",
        ),
        (
            "§5.1 reset by us: what was on its way",
            vec![
                with_field(1, 0, "te gzip"),
                frame(DATA, 0, 1, b"a"),
                frame(HEADERS, 5, 1, &block("a b")),
                get(3, "/204"),
            ],
            "1!protocol 3=204.",
        ),
        ("§5.1.1 an even id", vec![get(2, "/")], PROTOCOL),
        ("§5.1.1 the stream 0", vec![get(0, "/")], PROTOCOL),
        ("§5.1.1 a smaller id", vec![get(5, "/204"), get(3, "/204")], "5=204. goaway protocol end"),
        (
            "§5.4.2 other streams go on",
            vec![wait(), frame(DATA, 0, 1, b"a"), get(3, "/204")],
            "1!closed 3=204.",
        ),
    ];
    check(Limits::default(), rows).await;
}

#[tokio::test]
async fn kinds_of_frames() {
    let wait = || post(1, "/wait");
    let begun = || frame(HEADERS, 0, 1, &head("GET", "/204"));
    let rows: Rows = &[
        ("§6.1 DATA for the connection", vec![frame(DATA, 0, 0, b"a")], PROTOCOL),
        ("§6.1 all padding", vec![wait(), frame(DATA, PADDED, 1, b"\x05abc")], PROTOCOL),
        ("§6.1 nothing at all, padded", vec![wait(), frame(DATA, PADDED, 1, b"")], PROTOCOL),
        (
            "§6.1 padding",
            vec![post(1, "/echo"), frame(DATA, PADDED | END, 1, b"\x02abc\0\0")],
            "1=200 1:3 1:0.",
        ),
        (
            "§6.2 padding",
            vec![frame(HEADERS, PADDED | 5, 1, &[&[2], &head("GET", "/204")[..], &[0, 0]].concat())],
            "1=204.",
        ),
        ("§6.2 all padding", vec![frame(HEADERS, PADDED | 5, 1, b"\x09abc")], PROTOCOL),
        (
            "§6.2 a priority",
            vec![frame(HEADERS, WITH_PRIORITY | 5, 1, &[&[0; 5], &head("GET", "/204")[..]].concat())],
            "1=204.",
        ),
        ("§6.2 half a priority", vec![frame(HEADERS, WITH_PRIORITY | 5, 1, &[0; 3])], SIZE),
        ("§6.2 another frame in a head", vec![begun(), frame(PRIORITY, 0, 1, &[0; 5])], PROTOCOL),
        ("§6.2 another head in a head", vec![begun(), get(3, "/")], PROTOCOL),
        ("§5.5 an unknown frame in a head", vec![begun(), frame(99, 0, 1, &[])], PROTOCOL),
        ("§6.3 PRIORITY for the connection", vec![frame(PRIORITY, 0, 0, &[0; 5])], PROTOCOL),
        ("§6.3 half a PRIORITY", vec![wait(), frame(PRIORITY, 0, 1, &[0; 4])], "1!size"),
        ("§6.4 RST_STREAM for the connection", vec![frame(RST_STREAM, 0, 0, &[0; 4])], PROTOCOL),
        ("§6.4 half a RST_STREAM", vec![wait(), frame(RST_STREAM, 0, 1, &[0; 3])], SIZE),
    ];
    check(Limits::default(), rows).await;
}

#[tokio::test]
async fn kinds_of_frames_that_concern_the_connection() {
    let wait = || post(1, "/wait");
    let begun = || frame(HEADERS, 0, 1, &head("GET", "/204"));
    let rows: Rows = &[
        ("§6.5 SETTINGS for a stream", vec![wait(), frame(SETTINGS, 0, 1, &[])], PROTOCOL),
        ("§6.5 half a setting", vec![frame(SETTINGS, 0, 0, &[0; 5])], SIZE),
        ("§6.5 an ACK that says something", vec![frame(SETTINGS, END, 0, &[0; 6])], SIZE),
        ("§6.5 an ACK", vec![frame(SETTINGS, END, 0, &[])], ""),
        ("§6.5.2 ENABLE_PUSH", vec![setting(2, 2)], PROTOCOL),
        ("§6.5.2 INITIAL_WINDOW_SIZE", vec![setting(4, 0x8000_0000)], FLOW),
        ("§6.5.2 a small MAX_FRAME_SIZE", vec![setting(5, 16_383)], PROTOCOL),
        ("§6.5.2 a large MAX_FRAME_SIZE", vec![setting(5, 0x0100_0000)], PROTOCOL),
        ("§6.5.2 an unknown one", vec![setting(99, 1)], "settled"),
        ("§6.6 PUSH_PROMISE", vec![wait(), frame(PUSH_PROMISE, ENDED, 1, &[0; 4])], PROTOCOL),
        ("§6.7 PING", vec![frame(PING, 0, 0, b"12345678")], "pong"),
        ("§6.7 an answer to no PING", vec![frame(PING, END, 0, b"12345678")], ""),
        ("§6.7 PING for a stream", vec![wait(), frame(PING, 0, 1, b"12345678")], PROTOCOL),
        ("§6.7 half a PING", vec![frame(PING, 0, 0, b"1234567")], SIZE),
        ("§6.8 GOAWAY for a stream", vec![wait(), frame(GOAWAY, 0, 1, &[0; 8])], PROTOCOL),
        ("§6.8 half a GOAWAY", vec![frame(GOAWAY, 0, 0, &[0; 7])], SIZE),
        ("§6.8 GOAWAY", vec![get(1, "/204"), frame(GOAWAY, 0, 0, &[0; 8])], "1=204. goaway none end"),
        ("§6.9 an update of nothing", vec![update(0, 0)], PROTOCOL),
        ("§6.9 an update of a stream by nothing", vec![wait(), update(1, 0)], "1!protocol"),
        ("§6.9 half an update", vec![frame(WINDOW_UPDATE, 0, 0, &[0; 3])], SIZE),
        ("§6.9.1 too large", vec![update(0, 0x7fff_ffff)], FLOW),
        ("§6.9.1 a stream's too large", vec![wait(), update(1, 0x7fff_ffff)], "1!flow"),
        ("§6.9.2 made too large", vec![wait(), update(1, 0x7fff_0000), setting(4, 0x7fff_ffff)], FLOW),
        (
            "§6.10 in parts",
            vec![
                begun(),
                frame(CONTINUATION, 0, 1, &[]),
                frame(CONTINUATION, ENDED, 1, &block("a b")),
                frame(DATA, END, 1, &[]),
            ],
            "1=204.",
        ),
        ("§6.10 of another stream", vec![begun(), frame(CONTINUATION, ENDED, 3, &[])], PROTOCOL),
        ("§6.10 of the connection", vec![begun(), frame(CONTINUATION, ENDED, 0, &[])], PROTOCOL),
        (
            "§6.10 after the end",
            vec![get(1, "/204"), frame(CONTINUATION, ENDED, 1, &[])],
            "1=204. goaway protocol end",
        ),
        (
            "§6.10 after DATA",
            vec![wait(), frame(DATA, 0, 1, b"a"), frame(CONTINUATION, ENDED, 1, &[])],
            PROTOCOL,
        ),
    ];
    check(Limits::default(), rows).await;
}

#[tokio::test]
async fn messages() {
    let data = |text: &str, flags| frame(DATA, flags, 1, text.as_bytes());
    let trailers = |flags, lines: &str| frame(HEADERS, ENDED | flags, 1, &block(lines));
    let rows: Rows = &[
        ("§8.1 a body", vec![post(1, "/collect"), data("a", 0), data("bc", END)], "1=200 1:3."),
        ("§8.1 trailers", vec![post(1, "/collect"), data("a", 0), trailers(END, "x-sum 1")], "1=200 1:1."),
        ("§8.1 trailers that do not end", vec![post(1, "/collect"), trailers(0, "x-sum 1")], "1!protocol"),
        (
            "§8.1 a pseudo-header in trailers",
            vec![post(1, "/collect"), trailers(END, ":path /")],
            "1!protocol",
        ),
        ("§8.1 upper case in trailers", vec![post(1, "/collect"), trailers(END, "X-Sum 1")], "1!protocol"),
        (
            "§8.1.1 as long as announced",
            vec![with_field(1, 0, "content-length 3"), data("abc", END)],
            "1=200 1:3.",
        ),
        ("§8.1.1 longer", vec![with_field(1, 0, "content-length 3"), data("abcd", END)], "1!protocol"),
        ("§8.1.1 shorter", vec![with_field(1, 0, "content-length 3"), data("ab", END)], "1!protocol"),
        (
            "§8.1.1 shorter, with trailers",
            vec![with_field(1, 0, "content-length 3"), data("ab", 0), trailers(END, "x-sum 1")],
            "1!protocol",
        ),
        ("§8.1.1 nothing", vec![with_field(1, END, "content-length 3")], "1!protocol"),
        ("§8.1.1 nothing, as announced", vec![with_field(1, END, "content-length 0")], "1=200."),
        ("§8.2.1 upper case", vec![with_field(1, END, "X-A 1")], "1!protocol"),
        ("§8.2.1 a line end", vec![with_field(1, END, "x-a 1\r\nb: 2")], "1!protocol"),
        ("§8.2.2 a field of the connection", vec![with_field(1, END, "connection x")], "1!protocol"),
        ("§8.2.2 te", vec![with_field(1, END, "te trailers")], "1=200."),
        ("§8.3 a pseudo-header too late", vec![with_field(1, END, ":path /")], "1!protocol"),
        (
            "§8.3.1 no scheme",
            vec![frame(HEADERS, 5, 1, &block(":method GET|:path /|:authority a"))],
            "1!protocol",
        ),
        ("§8.3.1 two hosts", vec![with_field(1, END, "host other.example")], "1=400 1:42."),
        ("§8.5 CONNECT", vec![frame(HEADERS, 5, 1, &block(":method CONNECT|:authority a:1"))], "1=400 1:24."),
        ("RFC 8441 is not offered", vec![with_field(1, END, ":protocol websocket")], "1!protocol"),
        (
            "RFC 9110 §10.1.1",
            vec![with_field(1, 0, "expect 100-continue"), frame(PING, 0, 0, b"12345678"), data("a", END)],
            "1=100 pong 1=200 1:1.",
        ),
        (
            "an end of its own",
            vec![get(1, "/chunks"), get(3, "/length"), get(5, "/broken")],
            "1=200 3=200 5=200 1:3 3:3 5:3 1:4 3:4 5!internal 3:0. 1:0.",
        ),
    ];
    check(Limits::default(), rows).await;
}

#[tokio::test]
async fn bodies_that_nobody_wants() {
    let data = |text: &str, flags| frame(DATA, flags, 1, text.as_bytes());
    let rows: Rows = &[
        (
            "the end of an answer waits for a body that nobody wants",
            vec![
                frame(
                    HEADERS,
                    ENDED,
                    1,
                    &block(":method POST|:scheme https|:path /|:authority www.example|content-length 3"),
                ),
                frame(PING, 0, 0, b"12345678"),
                data("abc", END),
            ],
            "1=200 pong 1:20.",
        ),
        (
            "a viewer that spares itself the rest of it",
            vec![
                frame(
                    HEADERS,
                    ENDED,
                    1,
                    &block(":method POST|:scheme https|:path /|:authority www.example|content-length 3"),
                ),
                frame(PING, 0, 0, b"12345678"),
                data("", END),
            ],
            "1=200 pong 1:20.",
        ),
    ];
    check(Limits::default(), rows).await;
}

#[tokio::test]
async fn windows_are_kept() {
    let server = TestServer::start_workers(1, Limits::default());
    let mut raw = Raw::connect(&server).await;
    raw.send(&[setting(4, 1), get(1, "/length")].concat()).await;
    assert_eq!(raw.read_all().await, "settled 1=200 1:1");
    // A window that becomes negative takes as much more to open.
    raw.send(&[setting(4, 0), update(1, 1)].concat()).await;
    assert_eq!(raw.read_all().await, "settled");
    raw.send(&[setting(4, 2), update(1, 1)].concat()).await;
    assert_eq!(raw.read_all().await, "settled 1:2 1:1");
    raw.send(&update(1, 100)).await;
    assert_eq!(raw.read_all().await, "1:3 1:0.");
    // The window of the connection holds back all streams; what was large is sent in turns.
    raw.send(&[setting(4, 0x7fff_ffff), get(3, "/large"), get(5, "/large")].concat()).await;
    let words = raw.read_all().await;
    let mut sent = 0;
    let order: Vec<&str> = words
        .split(' ')
        .filter_map(|word| word.split_once(':'))
        .map(|(stream, bytes)| {
            sent += bytes.parse::<usize>().expect("a number");
            stream
        })
        .collect();
    assert_eq!((sent, &order[..4]), (65_535 - 7, &["3", "5", "3", "5"][..]), "{words}");
    raw.send(&update(0, 0x7fff_0000)).await;
    let mut ended = 0;
    let both_ended = |word: &str| {
        ended += usize::from(word.ends_with('.'));
        ended == 2
    };
    let words = raw.read_until(both_ended).await;
    let rest: usize =
        words.split([' ', '.']).filter_map(|word| word.split_once(':')?.1.parse::<usize>().ok()).sum();
    assert_eq!(rest + sent, 6_000_000);
}

#[tokio::test]
async fn more_than_the_windows_allow_is_refused() {
    let server = TestServer::start_workers(1, Limits::default());
    let mut raw = Raw::connect(&server).await;
    let part = |stream| frame(DATA, 0, stream, &[b'x'; 16_384]);
    raw.send(&post(1, "/wait")).await;
    for _ in 0..16 {
        raw.send(&part(1)).await;
    }
    assert_eq!(raw.read_all().await, "");
    raw.send(&frame(DATA, 0, 1, b"x")).await;
    assert_eq!(raw.read_all().await, "1!flow");
    // Four streams that nobody reads take all the room of a connection.
    let mut raw = Raw::connect(&server).await;
    for stream in [3, 5, 7, 9] {
        raw.send(&post(stream, "/wait")).await;
        for _ in 0..16 {
            raw.send(&part(stream)).await;
        }
    }
    assert_eq!(raw.read_all().await, "");
    raw.send(&[post(11, "/wait"), frame(DATA, 0, 11, b"x")].concat()).await;
    assert_eq!(raw.read_all().await, FLOW);
}

#[tokio::test]
async fn what_is_echoed_makes_room_for_more() {
    let server = TestServer::start_workers(1, Limits::default());
    let mut raw = Raw::connect(&server).await;
    raw.send(&[setting(4, 0x7fff_ffff), update(0, 0x7fff_0000 - 65_535), post(1, "/echo")].concat()).await;
    let (mut sent, mut room) = (0, 256 * 1024);
    while sent < 3_000_000 {
        let length = room.min(16_000);
        raw.send(&frame(DATA, 0, 1, &vec![b'x'; length])).await;
        sent += length;
        room -= length;
        while room == 0 {
            let (kind, _, stream, payload) = raw.next().await.expect("the server goes on");
            if kind == WINDOW_UPDATE && stream == 1 {
                room += u32::from_be_bytes(payload.try_into().expect("four bytes")) as usize;
            }
        }
    }
    raw.send(&frame(DATA, END, 1, b"")).await;
    assert!(raw.read_until(|word| word.ends_with('.')).await.ends_with('.'));
}
