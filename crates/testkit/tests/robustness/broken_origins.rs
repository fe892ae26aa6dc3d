//! Origins that lie about their length, break off, reset, never answer, never end, or do not speak HTTP: what the viewer gets,
//! and that nothing of it is kept.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::stage::{Answer, Arrival, Origin, Site, Viewer, ok};

/// How an origin misbehaves.
enum Deed {
    /// Sends this and closes.
    Says(&'static str),
    /// Sends this and resets the connection.
    SaysAndResets(&'static str),
    /// Sends this and is silent until the server closes.
    SaysAndWaits(&'static str),
    /// Sends this again and again until the server closes.
    SaysForever(&'static str, &'static str),
}
use Deed::{Says, SaysAndResets, SaysAndWaits, SaysForever};

/// What the viewer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gets {
    /// A page of CloudFront's own.
    Page(u16),
    /// The beginning of a 200, broken off.
    Beginning,
    /// A whole 200 with that body.
    Whole(&'static str),
}
use Gets::{Beginning, Page, Whole};

const ROWS: &[(&str, Deed, Gets)] = &[
    // lengths
    ("too-short", Says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbad"), Beginning),
    ("too-short-reset", SaysAndResets("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbad"), Beginning),
    ("no-byte-of-it", Says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), Beginning),
    (
        "too-long",
        Says(
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",
        ),
        Whole("good"),
    ),
    ("half-way-silent", SaysAndWaits("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbad"), Beginning),
    ("until-close", Says("HTTP/1.1 200 OK\r\n\r\ngood"), Whole("good")),
    ("until-reset", SaysAndResets("HTTP/1.1 200 OK\r\n\r\nbad"), Beginning),
    // chunks
    ("chunk-missing", Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n"), Beginning),
    ("chunk-short", Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nbad"), Beginning),
    (
        "chunk-size-no-number",
        Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\nx\r\n\r\n"),
        Beginning,
    ),
    (
        "chunk-size-signed",
        Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nbad\r\n0\r\n\r\n"),
        Beginning,
    ),
    (
        "chunk-size-huge",
        Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\nfffffffffffffffff\r\n"),
        Beginning,
    ),
    (
        "chunk-end-missing",
        Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbadX\r\n0\r\n\r\n"),
        Beginning,
    ),
    (
        "chunks-reset",
        SaysAndResets("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n"),
        Beginning,
    ),
    (
        "chunk-line-endless",
        SaysForever("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;", "xxxxxxxxxxxxxxxx"),
        Beginning,
    ),
    (
        "trailers-endless",
        SaysForever(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n",
            "X: xxxxxxxxxxxx\r\n",
        ),
        Beginning,
    ),
    // no answer
    ("never", SaysAndWaits(""), Page(504)),
    ("half-a-head", SaysAndWaits("HTTP/1.1 200 OK\r\nContent-"), Page(504)),
    ("closed", Says(""), Page(502)),
    ("reset", SaysAndResets(""), Page(502)),
    ("head-cut", Says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"), Page(502)),
    ("head-endless", SaysForever("HTTP/1.1 200 OK\r\n", "X: xxxxxxxxxxxxxxxxxxxxxxxx\r\n"), Page(502)),
    ("line-endless", SaysForever("HTTP/1.1 200 ", "OK"), Page(502)),
    ("continues-forever", SaysForever("", "HTTP/1.1 100 Continue\r\n\r\n"), Page(502)),
    // no HTTP, or read in two ways
    ("no-http", Says("SSH-2.0-OpenSSH_9.2\r\n\r\n"), Page(502)),
    ("http-0.9", Says("<html>bad</html>"), Page(502)),
    ("http-2", Says("HTTP/2 200 OK\r\nContent-Length: 3\r\n\r\nbad"), Page(502)),
    ("status-2-digits", Says("HTTP/1.1 20 OK\r\nContent-Length: 3\r\n\r\nbad"), Page(502)),
    ("status-600", Says("HTTP/1.1 600 No\r\nContent-Length: 3\r\n\r\nbad"), Page(502)),
    (
        "switches",
        Says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nbad"),
        Page(502),
    ),
    ("two-lengths", Says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nbad"), Page(502)),
    ("length-list", Says("HTTP/1.1 200 OK\r\nContent-Length: 3, 5\r\n\r\nbad"), Page(502)),
    ("length-signed", Says("HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nbad"), Page(502)),
    (
        "length-and-chunks",
        Says(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n\r\n",
        ),
        Page(502),
    ),
    (
        "two-codings",
        Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Page(502),
    ),
    (
        "coding-unknown",
        Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Page(502),
    ),
    ("chunks-in-1.0", Says("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), Page(502)),
    ("folded", Says("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 3\r\n\r\nbad"), Page(502)),
    ("name-with-space", Says("HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nbad"), Page(502)),
    ("bare-line-feeds", Says("HTTP/1.1 200 OK\nContent-Length: 3\n\nbad\r\n\r\n"), Page(502)),
    ("bare-carriage-return", Says("HTTP/1.1 200 OK\r\nX: a\rContent-Length: 3\r\n\r\nbad"), Page(502)),
    ("zero-byte", Says("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 3\r\n\r\nbad"), Page(502)),
];

/// The first request for a path gets what its row says, any other one `good`.
fn origin() -> Origin {
    let done: Vec<AtomicBool> = ROWS.iter().map(|_| AtomicBool::new(false)).collect();
    Origin::start(move |mut arrival: Arrival| {
        while let Some(head) = arrival.head() {
            let path = head.split(' ').nth(1).unwrap_or_default();
            let row = ROWS.iter().position(|(name, _, _)| path.ends_with(&format!("/{name}")));
            let deed = row.filter(|row| !done[*row].swap(true, Ordering::Relaxed)).map(|row| &ROWS[row].1);
            match deed {
                None => {
                    if !arrival.write(ok("good").as_bytes()) {
                        return;
                    }
                }
                Some(Says(bytes)) => {
                    arrival.write(bytes.as_bytes());
                    return;
                }
                Some(SaysAndResets(bytes)) => {
                    arrival.write(bytes.as_bytes());
                    return arrival.reset();
                }
                Some(SaysAndWaits(bytes)) => {
                    arrival.write(bytes.as_bytes());
                    return arrival.until_closed();
                }
                Some(SaysForever(first, again)) => {
                    let again = again.repeat(1000);
                    let mut goes_on = arrival.write(first.as_bytes());
                    while goes_on {
                        goes_on = arrival.write(again.as_bytes());
                    }
                    return;
                }
            }
        }
    })
}

fn seen(answer: &Answer) -> Gets {
    match answer {
        Answer { status: 200, is_whole: true, body, .. } => {
            Whole(if body == "good" { "good" } else { "bad" })
        }
        // Where not even a byte of the body came, the head may have come or not.
        Answer { status: 0 | 200, .. } => Beginning,
        Answer { status, .. } => Page(*status),
    }
}

#[test]
fn the_viewer_gets_the_right_answer_and_nothing_bad_is_kept() {
    let origin = origin();
    let site = Site::start(&origin);
    let (door, failures) = (site.door(), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for (name, _, expected) in ROWS {
            let failures = &failures;
            scope.spawn(move || {
                let path = format!("/{name}");
                let first = Viewer::connect(door).ask(&path);
                let second = Viewer::connect(door).ask(&path);
                if seen(&first) != *expected || seen(&second) != Whole("good") {
                    failures.lock().expect("nobody panics").push(format!(
                        "{name}: {:?} {:?}, then {:?} {:?}, not {expected:?}",
                        seen(&first),
                        first.body,
                        seen(&second),
                        second.body
                    ));
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_was_kept_before_is_served_when_the_origin_breaks() {
    let is_broken = std::sync::Arc::new(AtomicBool::new(false));
    let broken = std::sync::Arc::clone(&is_broken);
    let origin = Origin::answering(move |_| {
        if broken.load(Ordering::Relaxed) {
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 3\r\n\r\nbad".to_owned(), false)
        } else {
            (ok("good").replace("\r\n\r\n", "\r\nCache-Control: max-age=10\r\n\r\n"), true)
        }
    });
    let site = Site::start(&origin);
    assert_eq!(site.ask("/page").body, "good");
    is_broken.store(true, Ordering::Relaxed);
    site.frontgate.advance(11).expect("a test's clock");
    let stale = site.ask("/page");
    assert_eq!((stale.status, stale.body.as_str(), stale.is_whole), (200, "good", true), "{}", stale.head);
}
