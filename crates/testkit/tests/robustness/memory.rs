//! Viewers and origins that are slower than the other side, or leave: how much is held for them, and until when.
//!
//! A side counts as stuck when it has not taken a byte for [`STUCK`]; then the memory of the server is looked at.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::stage::{Answer, Arrival, Origin, PATIENCE, READ_TIMEOUT_SECONDS, Site, Viewer, template};

/// How long a side takes nothing before it counts as stuck.
const STUCK: Duration = Duration::from_millis(300);

/// What became of an endless answer, or request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    /// Nobody takes more of it.
    Stuck,
    /// The other side has closed.
    Closed,
}

/// Writes to a stream until it is stuck, then goes on until the other side closes, and says both.
fn write_on(mut stream: &std::net::TcpStream, piece: &[u8], limit: usize, told: &Sender<Sending>) {
    stream.set_write_timeout(Some(STUCK)).expect("a socket has timeouts");
    let (mut was_stuck, mut sent) = (false, 0);
    while sent < limit {
        match stream.write(piece) {
            Ok(0) => break,
            Ok(bytes) => sent += bytes,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                if !std::mem::replace(&mut was_stuck, true) {
                    let _ = told.send(Sending::Stuck);
                }
            }
            Err(_) => break,
        }
    }
    let _ = told.send(Sending::Closed);
}

/// An origin whose every answer has that head and as many bytes as it says; it tells how the sending goes.
fn endless(head: &'static str, bytes: usize) -> (Origin, Receiver<Sending>) {
    let (told, seen) = channel();
    let told = Mutex::new(told);
    let origin = Origin::start(move |mut arrival: Arrival| {
        let told = told.lock().expect("nobody panics").clone();
        while arrival.head().is_some() {
            arrival.write(head.as_bytes());
            write_on(arrival.reader.get_ref(), &[b'x'; 65_536], bytes, &told);
            if bytes == usize::MAX {
                return;
            }
        }
    });
    (origin, seen)
}

fn await_all(seen: &Receiver<Sending>, what: Sending, count: usize) {
    for number in 0..count {
        assert_eq!(seen.recv_timeout(PATIENCE), Ok(what), "{number} of {count}");
    }
}

fn ask_and_read_nothing(site: &Site, target: &str) -> Viewer {
    let mut viewer = site.viewer();
    viewer.say(&format!("GET {target} HTTP/1.1\r\nHost: www.example.com\r\n\r\n"));
    viewer
}

#[test]
fn viewers_that_read_nothing_slow_the_origin_and_fill_no_memory() {
    const VIEWERS: usize = 60;
    let (origin, seen) = endless("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", usize::MAX);
    let site = Site::patient(&origin, &[]);
    let before = site.resident_kilobytes();
    let viewers: Vec<_> =
        (0..VIEWERS).map(|number| ask_and_read_nothing(&site, &format!("/pass/{number}"))).collect();
    await_all(&seen, Sending::Stuck, VIEWERS);
    let held = site.resident_kilobytes().saturating_sub(before) / VIEWERS as u64;
    assert!(held < 400, "{held} kB for each viewer");
    // They leave: nobody asks the origin for more.
    drop(viewers);
    await_all(&seen, Sending::Closed, VIEWERS);
}

#[test]
fn viewers_of_one_object_share_it_however_slowly_they_read() {
    const VIEWERS: usize = 200;
    const BYTES: usize = 8_000_000;
    let head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 8000000\r\n\r\n";
    let (origin, _seen) = endless(head, BYTES);
    let site = Site::patient(&origin, &[]);
    assert_eq!(site.ask("/kept").body.len(), BYTES);
    let before = site.resident_kilobytes();
    let mut viewers: Vec<_> = (0..VIEWERS).map(|_| ask_and_read_nothing(&site, "/kept")).collect();
    for viewer in &mut viewers {
        let mut status = [0; 15];
        viewer.reader.read_exact(&mut status).expect("it begins");
        assert_eq!(&status, b"HTTP/1.1 200 OK");
    }
    let held = site.resident_kilobytes().saturating_sub(before) / VIEWERS as u64;
    assert!(held < 100, "{held} kB for each viewer");
}

#[test]
fn objects_on_their_way_into_the_cache_are_bounded_together() {
    // Each object may be kept (the cache has 64 MiB, an object an eighth of it), all of them together not.
    const VIEWERS: usize = 60;
    const BYTES: usize = 8_000_000;
    let head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 8000000\r\n\r\n";
    let (origin, seen) = endless(head, BYTES);
    let site = Site::patient(&origin, &["--cache-memory", "64"]);
    let before = site.resident_kilobytes();
    let mut viewers: Vec<_> =
        (0..VIEWERS).map(|number| ask_and_read_nothing(&site, &format!("/{number}"))).collect();
    // Those that fit are sent to their end, the others are stuck.
    for _ in 0..VIEWERS {
        seen.recv_timeout(PATIENCE).expect("each is stuck or at its end");
    }
    let held = site.resident_kilobytes().saturating_sub(before) / 1024;
    assert!(held < 64 + 64, "{held} MiB");
    // All get all of it as soon as they read.
    for viewer in &mut viewers {
        let answer = viewer.answer();
        assert_eq!((answer.status, answer.is_whole, answer.body.len()), (200, true, BYTES));
    }
}

#[test]
fn answers_that_wait_to_be_compressed_are_bounded_together() {
    // An answer is compressed when all of it is there; these never are.
    const VIEWERS: usize = 60;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 8000000\r\n\r\n";
    let (origin, seen) = endless(head, 7_900_000);
    let template = template(&origin, 30).replacen(
        "ViewerProtocolPolicy: allow-all",
        "ViewerProtocolPolicy: allow-all\n          Compress: true",
        1,
    );
    let site = Site::with(&template, &["--cache-memory", "64"]);
    let before = site.resident_kilobytes();
    let _viewers: Vec<_> = (0..VIEWERS)
        .map(|number| {
            let mut viewer = site.viewer();
            viewer.say(&format!(
                "GET /{number} HTTP/1.1\r\nHost: www.example.com\r\nAccept-Encoding: gzip\r\n\r\n"
            ));
            viewer
        })
        .collect();
    for _ in 0..VIEWERS {
        seen.recv_timeout(PATIENCE).expect("each is stuck or sent");
    }
    let held = site.resident_kilobytes().saturating_sub(before) / 1024;
    assert!(held < 64, "{held} MiB");
}

#[test]
fn origins_that_read_nothing_slow_the_viewer_and_fill_no_memory() {
    const VIEWERS: usize = 40;
    // It keeps its connections and reads nothing at all.
    let (sender, kept) = channel();
    let sender = Mutex::new(sender);
    let origin = Origin::start(move |arrival: Arrival| {
        let _ = sender.lock().expect("nobody panics").send(arrival);
    });
    let site = Site::patient(&origin, &[]);
    let before = site.resident_kilobytes();
    let (told, seen) = channel();
    let streams: Vec<_> = (0..VIEWERS)
        .map(|number| {
            let mut viewer = site.viewer();
            viewer.say(&format!(
                "POST /pass/{number} HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 99999999999\r\n\r\n"
            ));
            let stream = Arc::new(viewer.reader.into_inner());
            let (writer, told) = (Arc::clone(&stream), told.clone());
            std::thread::spawn(move || write_on(&writer, &[b'x'; 65_536], usize::MAX, &told));
            stream
        })
        .collect();
    await_all(&seen, Sending::Stuck, VIEWERS);
    let held = site.resident_kilobytes().saturating_sub(before) / VIEWERS as u64;
    assert!(held < 400, "{held} kB for each viewer");
    streams.iter().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
    await_all(&seen, Sending::Closed, VIEWERS);
    assert_eq!(kept.try_iter().count(), VIEWERS);
}

#[test]
fn a_viewer_that_leaves_ends_the_fill_and_nothing_is_kept() {
    let head =
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n";
    let (origin, seen) = endless(head, usize::MAX);
    let site = Site::patient(&origin, &[]);
    for target in ["/kept", "/pass/a"] {
        let mut viewer = ask_and_read_nothing(&site, target);
        let mut some = [0; 1000];
        viewer.reader.read_exact(&mut some).expect("it begins");
        drop(viewer);
        while seen.recv_timeout(PATIENCE).expect("the fill ends") == Sending::Stuck {}
    }
}

#[test]
fn a_viewer_that_leaves_before_its_answer_is_not_waited_for() {
    let (told, closed) = channel();
    let told = Mutex::new(told);
    let origin = Origin::start(move |mut arrival: Arrival| {
        let told = told.lock().expect("nobody panics").clone();
        if arrival.head().is_some() {
            arrival.until_closed();
            let _ = told.send(());
        }
    });
    let site = Site::patient(&origin, &[]);
    for target in ["/kept", "/pass/a"] {
        let viewer = ask_and_read_nothing(&site, target);
        origin.next_head();
        drop(viewer);
        closed.recv_timeout(PATIENCE).expect("the origin is let go");
    }
}

#[test]
fn those_who_wait_for_a_silent_origin_all_get_their_504() {
    const VIEWERS: usize = 20;
    let origin = Origin::start(|mut arrival: Arrival| {
        if arrival.head().is_some() {
            arrival.until_closed();
        }
    });
    // The error is kept for those who come next, so that a broken origin is not run over.
    let template = template(&origin, READ_TIMEOUT_SECONDS)
        .replace("ErrorCode: 504, ErrorCachingMinTTL: 0", "ErrorCode: 504, ErrorCachingMinTTL: 5");
    let site = Site::with(&template, &[]);
    let mut viewers: Vec<_> = (0..VIEWERS).map(|_| ask_and_read_nothing(&site, "/same")).collect();
    for viewer in &mut viewers {
        let Answer { status, is_whole, .. } = viewer.answer();
        assert_eq!((status, is_whole), (504, true));
    }
    assert_eq!(origin.heads().len(), 1, "requests for one object");
    assert_eq!(site.ask("/same").status, 504);
    assert_eq!(origin.heads().len(), 0);
}
