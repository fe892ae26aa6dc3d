//! Ten thousand viewers who say nothing.

use std::io::{Read, Write};
use std::net::TcpStream;

use frontgate_testkit::tls;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::stage::{Origin, PATIENCE, Site, Viewer, ok};

const VIEWERS: usize = 10_000;

/// Files that this process has open beside its connections, generously.
const OTHER_FILES: usize = 200;

/// As many connections as this process may have, at most [`VIEWERS`].
fn viewers() -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("up to the hard limit");
    let allowed = maximum.map_or(usize::MAX, |maximum| usize::try_from(maximum).unwrap_or(usize::MAX));
    let viewers = VIEWERS.min(allowed.saturating_sub(OTHER_FILES));
    if viewers < VIEWERS {
        println!("the hard limit of open files is {allowed}: {viewers} viewers instead of {VIEWERS}");
    }
    viewers
}

#[test]
fn idle_connections_take_little_and_hold_nobody_up() {
    let viewers = viewers();
    let origin =
        Origin::answering(|_| (ok("page").replacen("\r\n", "\r\nCache-Control: max-age=60\r\n", 1), true));
    let site = Site::patient(&origin, &[]);
    assert_eq!(site.ask("/page").status, 200);
    let before = site.resident_kilobytes();
    let mut idle: Vec<Viewer> = Vec::with_capacity(viewers);
    for number in 0..viewers {
        let mut viewer = site.viewer();
        match number % 4 {
            // One that has said nothing, one within its head, and two that were served and may ask again.
            0 => {}
            1 => viewer.say("GET /page HTTP/1.1\r\nHost: www.exam"),
            _ => assert_eq!(viewer.ask("/page").body, "page", "{number}"),
        }
        idle.push(viewer);
    }
    let held = site.resident_kilobytes().saturating_sub(before) * 1024 / viewers as u64;
    println!("{held} bytes for each of {viewers} idle connections");
    assert!(held < IDLE_BYTES_MAX, "{held} bytes for each idle connection");
    // The first, the last and a new one are served.
    for viewer in [2, viewers - 1] {
        let answer = idle[viewer].ask("/page");
        assert_eq!((answer.status, answer.body.as_str()), (200, "page"));
    }
    assert_eq!(site.ask("/page").body, "page");
    // All leave at once, half of them with a reset.
    for (number, viewer) in idle.into_iter().enumerate() {
        let stream: TcpStream = viewer.reader.into_inner();
        if number % 2 == 0 {
            crate::stage::reset(stream);
        } else {
            let _ = (&stream).write_all(b"\r\n");
        }
    }
    assert_eq!(site.ask("/page").body, "page");
}

#[test]
fn idle_connections_over_tls_take_little() {
    const CONNECTIONS: usize = 1000;
    viewers();
    let origin =
        Origin::answering(|_| (ok("page").replacen("\r\n", "\r\nCache-Control: max-age=60\r\n", 1), true));
    let site = Site::patient(&origin, &[]);
    let config = tls::config(&site.frontgate.doors, "http/1.1").expect("the authority is there");
    let serve = || {
        let mut stream =
            tls::connect(&config, &site.frontgate.doors, "www.example.com").expect("it is trusted");
        stream.sock.set_read_timeout(Some(PATIENCE)).expect("a socket has timeouts");
        stream.write_all(b"GET /page HTTP/1.1\r\nHost: www.example.com\r\n\r\n").expect("it reads");
        let mut received = Vec::new();
        while !received.ends_with(b"page") {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).expect("it answers");
            assert!(read > 0, "it is closed");
            received.extend_from_slice(&bytes[..read]);
        }
        stream
    };
    drop(serve());
    let before = site.resident_kilobytes();
    let idle: Vec<_> = (0..CONNECTIONS).map(|_| serve()).collect();
    let held = site.resident_kilobytes().saturating_sub(before) * 1024 / CONNECTIONS as u64;
    println!("{held} bytes for each of {} idle connections over TLS", idle.len());
    assert!(held < IDLE_TLS_BYTES_MAX, "{held} bytes for each idle connection over TLS");
}

/// Keys and what TLS keeps of a session come on top.
const IDLE_TLS_BYTES_MAX: u64 = 40 * 1024;

#[test]
fn silent_web_sockets_take_little() {
    const SOCKETS: usize = 1000;
    viewers();
    let origin = Origin::start(|mut arrival| {
        if arrival.head().is_some() {
            arrival.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            );
            let mut byte = [0];
            while arrival.reader.read_exact(&mut byte).is_ok() && arrival.write(&byte) {}
        }
    });
    let site = Site::patient(&origin, &[]);
    let open = || {
        let mut viewer = site.viewer();
        viewer.say("GET /pass/a HTTP/1.1\r\nHost: www.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        assert_eq!(viewer.answer().status, 101);
        viewer
    };
    let echo = |viewer: &mut Viewer| {
        let mut byte = [0];
        viewer.say("?");
        viewer.reader.read_exact(&mut byte).expect("the echo comes");
        assert_eq!(&byte, b"?");
    };
    echo(&mut open());
    let before = site.resident_kilobytes();
    let mut sockets: Vec<Viewer> = (0..SOCKETS).map(|_| open()).collect();
    sockets.iter_mut().for_each(echo);
    let held = site.resident_kilobytes().saturating_sub(before) * 1024 / SOCKETS as u64;
    println!("{held} bytes for each of {SOCKETS} silent WebSockets");
    assert!(held < SOCKET_BYTES_MAX, "{held} bytes for each WebSocket");
}

/// Two connections, and the record by which it can be explained.
const SOCKET_BYTES_MAX: u64 = 20 * 1024;

/// The build for tests is not optimized: a connection is larger in it.
const IDLE_BYTES_MAX: u64 = 12 * 1024;
