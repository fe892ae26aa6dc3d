//! A connection in memory, under a clock that is handed in: viewers that flood, viewers that dawdle, and viewers that send
//! anything at all.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use frontgate_message::{Connection, OnSent, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::frame::{FrameHead, FrameKind, HEAD_BYTES, PREFACE, flag, write_frame_head};
use super::seeded::Random;
use super::serve_http2;
use crate::server::{Transport, Worker};
use crate::{Incident, Limits, Malformed, Service};

impl Transport for DuplexStream {
    fn abort(&self) {}
}

/// Answers in all the ways that there are, and counts what it was told of its answers.
struct Varied {
    answered: AtomicUsize,
    told: Arc<AtomicUsize>,
}

impl Service for Varied {
    async fn call(&self, request: Request) -> Response {
        let response = match request.head.target.path() {
            "/later" => {
                tokio::task::yield_now().await;
                Response::new(200).with_body(Bytes::from_static(b"later"))
            }
            "/echo" => Response { body: request.body, ..Response::new(200) },
            "/read" => match request.body.collect(1000).await {
                Ok(body) => Response::new(200).with_body(body),
                Err(_) => Response::new(400),
            },
            "/large" => Response::new(200).with_body(Bytes::from(vec![b'x'; 100_000])),
            "/never" => std::future::pending().await,
            _ => Response::new(200)
                .with_header("Content-Type", "text/plain")
                .with_body(Bytes::from_static(b"hello")),
        };
        self.answered.fetch_add(1, Ordering::Relaxed);
        let told = self.told.clone();
        let on_sent = OnSent::new(move |_| {
            told.fetch_add(1, Ordering::Relaxed);
        });
        Response { on_sent: Some(on_sent), ..response }
    }

    fn malformed(&self, malformed: Malformed, _: &Arc<Connection>) -> Response {
        Response::new(400).with_body(Bytes::from(malformed.to_string()))
    }
}

fn frame(kind: FrameKind, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD_BYTES + payload.len());
    write_frame_head(payload.len(), kind, flags, stream, &mut out);
    out.extend_from_slice(payload);
    out
}

/// A conversation with a bit of everything.
fn conversation(random: &mut Random) -> Vec<u8> {
    let mut bytes = greeting();
    let mut stream = 1;
    for _ in 0..1 + random.below(12) {
        // `:method: GET` or `POST`, `:scheme: https`, a path, `:authority: a`, kept in the table.
        let paths: [&[u8]; 6] = [b"/", b"/later", b"/echo", b"/read", b"/large", b"/never"];
        let path = paths[random.below(6)];
        let mut block = vec![if random.below(2) == 0 { 0x82 } else { 0x83 }, 0x87, 0x44];
        block.push(u8::try_from(path.len()).expect("they are short"));
        block.extend_from_slice(path);
        block.extend_from_slice(&[0x41, 1, b'a']);
        let open = random.below(3) == 0;
        let end = if open { 0 } else { flag::END_STREAM };
        if random.below(4) == 0 {
            let middle = random.below(block.len() as u64);
            bytes.extend(frame(FrameKind::Headers, end, stream, &block[..middle]));
            bytes.extend(frame(FrameKind::Continuation, flag::END_HEADERS, stream, &block[middle..]));
        } else {
            bytes.extend(frame(FrameKind::Headers, end | flag::END_HEADERS, stream, &block));
        }
        match random.below(6) {
            0 => bytes.extend(frame(FrameKind::RstStream, 0, stream, &[0, 0, 0, 8])),
            1 => bytes.extend(frame(FrameKind::WindowUpdate, 0, 0, &[0, 1, 0, 0])),
            2 => bytes.extend(frame(FrameKind::Settings, 0, 0, &[0, 4, 0, 0, 0, random.byte()])),
            3 => bytes.extend(frame(FrameKind::Ping, 0, 0, b"12345678")),
            _ => {}
        }
        if open && random.below(4) > 0 {
            bytes.extend(frame(FrameKind::Data, 0, stream, &vec![b'x'; random.below(2000)]));
            bytes.extend(frame(FrameKind::Data, flag::END_STREAM | flag::PADDED, stream, b"\x02abc\0\0"));
        }
        stream += 2;
    }
    bytes
}

fn changed(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    for _ in 0..random.below(5) {
        let place = random.below(bytes.len() as u64);
        match random.below(5) {
            0 => bytes[place] = random.byte(),
            1 => bytes[place] ^= 1 << random.below(8),
            2 => bytes.insert(place, random.byte()),
            3 => drop(bytes.remove(place)),
            _ => {
                let end = bytes.len().min(place + random.below(40));
                let copy = bytes[place..end].to_vec();
                bytes.splice(place..place, copy);
            }
        }
    }
    bytes
}

/// A sound conversation with a few bytes changed, or bytes that are none.
async fn serve(bytes: &[u8], random: &mut Random, service: &Varied, worker: &Worker) {
    let (mut viewer, io) = tokio::io::duplex(1 + random.below(20_000));
    let (mut at, mut parts) = (0, Vec::new());
    while at < bytes.len() {
        let length = 1 + random.below(bytes.len() as u64);
        parts.push(&bytes[at..bytes.len().min(at + length)]);
        at += length;
    }
    let ends = random.below(2) == 0;
    let asking = async move {
        let mut seen = vec![0; 70_000];
        for part in parts {
            // What comes back is read, now and then, so that nobody waits for the other.
            let writing = viewer.write_all(part);
            if tokio::time::timeout(Duration::from_secs(1), writing).await.is_err() {
                let _ = tokio::time::timeout(Duration::from_secs(1), viewer.read(&mut seen)).await;
            }
        }
        while !ends && matches!(viewer.read(&mut seen).await, Ok(1..)) {}
    };
    let serving = serve_http2(io, service, connection(), worker);
    // The clock stands still but for waits: an hour is over when nothing can happen any more.
    let both = async { tokio::join!(asking, serving) };
    assert!(tokio::time::timeout(Duration::from_secs(3600), both).await.is_ok(), "{}", bytes.len());
}

#[tokio::test(start_paused = true)]
async fn no_bytes_make_it_panic_or_hang() {
    let panics = Arc::new(Mutex::new(Vec::new()));
    let noted = panics.clone();
    let note = move |incident: Incident| noted.lock().expect("it holds").push(incident);
    let worker = Worker::new(Limits { streams_max: 6, ..Limits::default() }, Arc::new(note));
    let service = Varied { answered: AtomicUsize::new(0), told: Arc::default() };
    let mut random = Random::new(1);
    for round in 0..ROUNDS {
        let mut bytes = conversation(&mut random);
        if round % 10 == 0 {
            bytes.truncate(PREFACE.len() + HEAD_BYTES);
            bytes.extend((0..random.below(300)).map(|_| random.byte()));
        } else {
            bytes = changed(bytes, &mut random);
        }
        serve(&bytes, &mut random, &service, &worker).await;
    }
    assert_eq!(*panics.lock().expect("it holds"), []);
    let answered = service.answered.load(Ordering::Relaxed);
    // Most conversations are understood in part, and somebody hears of every answer.
    assert!(answered > ROUNDS, "{answered}");
    assert_eq!(service.told.load(Ordering::Relaxed), answered);
}

/// What a connection says to one who sends `bytes`, and says no more but that `answers_pings`.
async fn said_to(bytes: &[u8], limits: Limits, answers_pings: bool) -> String {
    let worker = Worker::new(limits, Arc::new(|incident| panic!("{incident:?}")));
    let service = Varied { answered: AtomicUsize::new(0), told: Arc::default() };
    let (mut viewer, io) = tokio::io::duplex(10_000_000);
    let asking = async move {
        let (mut seen, mut words) = (Vec::new(), Vec::new());
        viewer.write_all(bytes).await.expect("there is room");
        while let Some((kind, flags, payload)) = next_frame(&mut viewer, &mut seen).await {
            words.push(match (kind, flags & flag::ACK) {
                (0, _) => "data".to_owned(),
                (1, _) => "head".to_owned(),
                (3, _) => format!("reset {}", payload[3]),
                (6, 0) => "ping".to_owned(),
                (7, _) => format!("goaway {}", payload[7]),
                _ => continue,
            });
            if answers_pings && kind == 6 {
                let pong = frame(FrameKind::Ping, flag::ACK, 0, &payload);
                viewer.write_all(&pong).await.expect("there is room");
            }
            if words.ends_with(&["ping"; PINGS_MAX].map(str::to_owned)) {
                break;
            }
        }
        words.dedup();
        words.join(", ")
    };
    let both = async { tokio::join!(asking, serve_http2(io, &service, connection(), &worker)).0 };
    tokio::time::timeout(Duration::from_secs(3600), both).await.expect("it ends")
}

async fn next_frame(viewer: &mut DuplexStream, seen: &mut Vec<u8>) -> Option<(u8, u8, Vec<u8>)> {
    loop {
        if let Some(head) = FrameHead::read(seen)
            && let Some(payload) = seen.get(HEAD_BYTES..HEAD_BYTES + head.length)
        {
            let next = (seen[3], seen[4], payload.to_vec());
            seen.drain(..HEAD_BYTES + head.length);
            return Some(next);
        }
        if viewer.read_buf(seen).await.ok()? == 0 {
            return None;
        }
    }
}

fn connection() -> Arc<Connection> {
    let address = SocketAddr::from(([127, 0, 0, 1], 1));
    Arc::new(Connection::new(address, address, None))
}

fn greeting() -> Vec<u8> {
    [PREFACE, &frame(FrameKind::Settings, 0, 0, &[])].concat()
}

/// A head: `:scheme: https`, the path, `:authority: a`, and what follows.
fn get(stream: u32, path: &str, flags: u8, more: &[u8]) -> Vec<u8> {
    let mut block = vec![0x82, 0x87, 0x44, u8::try_from(path.len()).expect("they are short")];
    block.extend_from_slice(path.as_bytes());
    block.extend_from_slice(&[0x41, 1, b'a']);
    block.extend_from_slice(more);
    frame(FrameKind::Headers, flags, stream, &block)
}

/// What costs a viewer little and us much has limits, each with its error.
#[tokio::test(start_paused = true)]
async fn floods_end_the_connection() {
    const WHOLE: u8 = flag::END_STREAM | flag::END_HEADERS;
    // `te: gzip`, which is malformed; a field of the table, and a head of many indices of it.
    let te = b"\0\x02te\x04gzip";
    let bomb = [&b"\x40\x01a\x7e"[..], &[b'x'; 126], &[0xbe; 15_000]].concat();
    let odd = || (1..6001).step_by(2);
    let cancel = |stream| frame(FrameKind::RstStream, 0, stream, &[0, 0, 0, 8]);
    let many = |frame: Vec<u8>| frame.repeat(12_000);
    let begun = get(1, "/", flag::END_STREAM, b"");
    let part = |length| frame(FrameKind::Continuation, 0, 1, &vec![0; length]);
    let rows: &[(&str, Vec<u8>, &str)] = &[
        ("more streams", [1, 3, 5, 7].map(|id| get(id, "/never", WHOLE, b"")).concat(), "reset 7, ping"),
        (
            "resets",
            odd().flat_map(|id| [get(id, "/never", WHOLE, b""), cancel(id)].concat()).collect(),
            "goaway 11",
        ),
        ("resets that we make", odd().flat_map(|id| get(id, "/", WHOLE, te)).collect(), "reset 1, goaway 11"),
        ("PING", many(frame(FrameKind::Ping, flag::ACK, 0, b"12345678")), "goaway 11"),
        ("SETTINGS", many(frame(FrameKind::Settings, 0, 0, &[])), "goaway 11"),
        ("PRIORITY", many(frame(FrameKind::Priority, 0, 1, &[0; 5])), "goaway 11"),
        ("unknown frames", many(frame(FrameKind::Unknown, 0, 0, &[])), "goaway 11"),
        (
            "empty DATA",
            [get(1, "/never", flag::END_HEADERS, b""), many(frame(FrameKind::Data, 0, 1, &[]))].concat(),
            "goaway 11",
        ),
        ("empty CONTINUATION", [begun.clone(), part(0).repeat(100)].concat(), "goaway 11"),
        ("CONTINUATION", [begun, part(16_000).repeat(10)].concat(), "goaway 11"),
        (
            "a bomb of HPACK",
            [get(1, "/", WHOLE, &bomb), get(3, "/", WHOLE, b"")].concat(),
            "head, data, head, data, goaway 0, ping, goaway 0",
        ),
    ];
    for (name, bytes, expected) in rows {
        let limits = Limits { streams_max: 3, ..Limits::default() };
        assert_eq!(said_to(&[greeting(), bytes.clone()].concat(), limits, false).await, *expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn those_who_dawdle_are_told_and_closed() {
    const WHOLE: u8 = flag::END_STREAM | flag::END_HEADERS;
    let no_window = frame(FrameKind::Settings, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let rows: &[(&str, Vec<u8>, bool, &str)] = &[
        ("nothing", Vec::new(), false, "goaway 0, ping, goaway 0"),
        ("half a preface", PREFACE[..10].to_vec(), false, "goaway 0, ping, goaway 0"),
        ("no request", greeting(), false, "goaway 0, ping, goaway 0"),
        ("half a request", [greeting(), b"\0\0\x10".to_vec()].concat(), true, "goaway 0, ping, goaway 0"),
        (
            "a body that does not come",
            [greeting(), get(1, "/read", flag::END_HEADERS, b"")].concat(),
            true,
            "ping, head, reset 0, goaway 0, ping, goaway 0",
        ),
        (
            "a body that nobody wants and that does not come",
            [greeting(), get(1, "/", flag::END_HEADERS, b"\x0f\x0d\x013")].concat(),
            true,
            "head, data, reset 0, goaway 0, ping, goaway 0",
        ),
        ("nobody is there", [greeting(), get(1, "/never", WHOLE, b"")].concat(), false, "ping"),
        ("somebody is there", [greeting(), get(1, "/never", WHOLE, b"")].concat(), true, "ping"),
        (
            "a window that stays shut",
            [greeting(), no_window, get(1, "/large", WHOLE, b""), get(3, "/large", WHOLE, b"")].concat(),
            true,
            "head, ping, reset 8, goaway 0, ping, goaway 0",
        ),
    ];
    for (name, bytes, answers_pings, expected) in rows {
        let said = said_to(bytes, Limits::default(), *answers_pings).await;
        assert_eq!(said, *expected, "{name}");
    }
}

/// Rounds of anything at all.
const ROUNDS: usize = 5000;
/// PINGs, one after the other, of a connection that would go on for ever.
const PINGS_MAX: usize = 20;

/// Ten thousand idle connections are ten thousand of these futures.
#[tokio::test]
async fn a_connection_is_small() {
    let worker = Worker::new(Limits::default(), Arc::new(|_| {}));
    let service = Varied { answered: AtomicUsize::new(0), told: Arc::default() };
    let (_viewer, io) = tokio::io::duplex(1);
    let size = size_of_val(&serve_http2(io, &service, connection(), &worker));
    assert!(size <= FUTURE_BYTES_MAX, "{size}");
}

/// The connection itself, and what it was made of.
const FUTURE_BYTES_MAX: usize = 1024;
