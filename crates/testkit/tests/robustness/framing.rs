//! Requests that could be understood in two ways, or that never end: refused at the door, so that no origin ever sees them;
//! and what of sound requests reaches the origin is framed anew.

use crate::stage::{Origin, Site, Viewer, ok};

/// The rest of a refused request is one for this path; nobody may ever see it.
const SMUGGLED: &str = "GET /pass/smuggled HTTP/1.1\r\nHost: www.example.com\r\n\r\n";

/// What is wrong, the request (`@` is the path and version of a sound request line, `Host` included), the status.
const REFUSED: &[(&str, &str, u16)] = &[
    // how long is the body?
    ("length beside chunks", "POST @Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunks beside length", "POST @Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n", 400),
    ("length 0 beside chunks", "POST @Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("two lengths", "POST @Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    ("the same length twice", "POST @Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    ("a list of lengths", "POST @Content-Length: 5, 5\r\n\r\nhello", 400),
    ("a signed length", "POST @Content-Length: +5\r\n\r\nhello", 400),
    ("a negative length", "POST @Content-Length: -5\r\n\r\nhello", 400),
    ("a hexadecimal length", "POST @Content-Length: 0x5\r\n\r\nhello", 400),
    ("a length with a space in it", "POST @Content-Length: 1 0\r\n\r\nhello", 400),
    ("an empty length", "POST @Content-Length:\r\n\r\nhello", 400),
    ("a length beyond all numbers", "POST @Content-Length: 18446744073709551621\r\n\r\nhello", 400),
    ("chunks twice", "POST @Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunks as a second coding", "POST @Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    (
        "identity, then chunks",
        "POST @Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("a coding like chunks", "POST @Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    ("quoted chunks", "POST @Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400),
    ("chunks behind a vertical tab", "POST @Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
    ("chunks with a parameter", "POST @Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", 400),
    (
        "chunks in HTTP/1.0",
        "POST /pass/a HTTP/1.0\r\nHost: www.example.com\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    // where do lines end, and fields begin?
    ("a space before the colon", "POST @Content-Length : 5\r\n\r\nhello", 400),
    ("a tab before the colon", "POST @Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a space before the first field", "POST /pass/a HTTP/1.1\r\n Host: www.example.com\r\n\r\n", 400),
    ("a space before a name", "POST @ Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a folded line", "GET @X: a\r\n b\r\n\r\n", 400),
    ("a folded length", "POST @Content-Length:\r\n 5\r\n\r\nhello", 400),
    ("a bare line feed", "GET @X: a\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("bare line feeds only", "GET /pass/a HTTP/1.1\nHost: www.example.com\n\n", 400),
    ("a bare carriage return", "GET @X: a\rTransfer-Encoding: chunked\r\n\r\n", 400),
    ("a carriage return in the line", "GET /pass/a\r HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("a zero byte in a value", "GET @X: a\0b\r\n\r\n", 400),
    ("a zero byte in a name", "GET @X\0: a\r\n\r\n", 400),
    ("a name that is no token", "GET @X(y): a\r\n\r\n", 400),
    ("a name with a byte above 127", "GET @X\u{e9}: a\r\n\r\n", 400),
    ("a field without a colon", "GET @Transfer-Encoding\r\n\r\n", 400),
    ("a field without a name", "GET @: chunked\r\n\r\n", 400),
    // what is asked, and of whom?
    ("no host", "GET /pass/a HTTP/1.1\r\n\r\n", 400),
    ("two hosts", "GET @Host: shop.example.com\r\n\r\n", 400),
    ("the same host twice", "GET @Host: www.example.com\r\n\r\n", 400),
    ("a host with a path", "GET /pass/a HTTP/1.1\r\nHost: www.example.com/x\r\n\r\n", 400),
    ("a host with a user", "GET /pass/a HTTP/1.1\r\nHost: a@www.example.com\r\n\r\n", 400),
    ("a host with a space", "GET /pass/a HTTP/1.1\r\nHost: www.example.com x\r\n\r\n", 400),
    ("a host list", "GET /pass/a HTTP/1.1\r\nHost: www.example.com, x\r\n\r\n", 400),
    ("a host with a port that is none", "GET /pass/a HTTP/1.1\r\nHost: www.example.com:80x\r\n\r\n", 400),
    (
        "another host in the target",
        "GET http://shop.example.com/pass/a HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        400,
    ),
    (
        "another port in the target",
        "GET http://www.example.com:81/pass/a HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        400,
    ),
    (
        "a user in the target",
        "GET http://a@www.example.com/pass/a HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        400,
    ),
    ("another scheme", "GET ftp://www.example.com/pass/a HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("a tunnel", "CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("a target that is no path", "GET pass/a HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("a fragment", "GET /pass/a#b HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("a byte above 127 in the target", "GET /pass/\u{e9} HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("two spaces", "GET  /pass/a HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("tabs", "GET\t/pass/a\tHTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("four words", "GET /pass/a /pass/b HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("no version", "GET /pass/a\r\nHost: www.example.com\r\n\r\n", 400),
    ("a version that is none", "GET /pass/a HTTP/1.2\r\nHost: www.example.com\r\n\r\n", 400),
    ("a method that is no token", "G(T /pass/a HTTP/1.1\r\nHost: www.example.com\r\n\r\n", 400),
    ("HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("TLS where there is none", "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03", 400),
];

fn origin() -> Origin {
    Origin::answering(|_| (ok("fine"), true))
}

fn request(row: &str) -> String {
    row.replacen('@', "/pass/a HTTP/1.1\r\nHost: www.example.com\r\n", usize::from(!row.contains("a@www")))
}

#[test]
fn what_can_be_read_in_two_ways_reaches_no_origin() {
    let origin = origin();
    let site = Site::start(&origin);
    for (what, row, status) in REFUSED {
        let mut viewer = site.viewer();
        viewer.say(&(request(row) + SMUGGLED));
        let answer = viewer.answer();
        assert_eq!(answer.status, *status, "{what}: {answer:?}");
        assert_eq!(answer.header("Connection"), Some("close"), "{what}");
        assert_eq!(answer.header("Server"), Some("CloudFront"), "{what}");
        assert_eq!(viewer.rest(), "", "{what}: more than one answer");
        assert_eq!(origin.heads(), [""; 0], "{what}: the origin was asked");
    }
    assert_eq!(site.ask("/pass/sound").body, "fine");
}

#[test]
fn bodies_that_break_the_coding_end_their_connection() {
    let chunked = "POST /pass/a HTTP/1.1\r\nHost: www.example.com\r\nTransfer-Encoding: chunked\r\n\r\n";
    let rows = [
        ("a signed size", "+5\r\nhello\r\n0\r\n\r\n"),
        ("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("a size with a space before it", " 5\r\nhello\r\n0\r\n\r\n"),
        ("no size", "\r\nhello\r\n0\r\n\r\n"),
        ("a size beyond all numbers", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("a chunk that is longer than its size", "4\r\nhello\r\n0\r\n\r\n"),
        ("a bare line feed behind a size", "5\nhello\r\n0\r\n\r\n"),
        ("a bare line feed behind a chunk", "5\r\nhello\n0\r\n\r\n"),
        ("a trailer that is none", "5\r\nhello\r\n0\r\nno trailer\r\n\r\n"),
    ];
    let origin = origin();
    let site = Site::start(&origin);
    for (what, body) in rows {
        let mut viewer = site.viewer();
        viewer.say(&format!("{chunked}{body}{SMUGGLED}"));
        let answer = viewer.answer();
        assert!(matches!(answer.status, 400 | 502), "{what}: {answer:?}");
        assert_eq!(viewer.rest(), "", "{what}: more than one answer");
        let heads = origin.heads();
        assert!(!heads.iter().any(|head| head.contains("smuggled")), "{what}: {heads:?}");
    }
    assert_eq!(site.ask("/pass/sound").body, "fine");
}

#[test]
fn what_reaches_the_origin_is_framed_anew() {
    let head = "POST /pass/a HTTP/1.1\r\nHost: www.example.com\r\n";
    let inner = "GET /pass/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    let length = inner.len();
    let chunk = format!("{length:x}\r\n{inner}\r\n");
    // a sound request | what its body is
    let rows = [
        (format!("{head}Content-Length: {length}\r\n\r\n{inner}"), inner.to_owned()),
        (format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"), inner.to_owned()),
        (format!("{head}Transfer-Encoding: CHUNKED\r\n\r\n{chunk}000\r\n\r\n"), inner.to_owned()),
        (
            format!(
                "{head}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
                chunk.replacen("\r\n", ";a=\"b\"\r\n", 1)
            ),
            inner.to_owned(),
        ),
        (
            format!(
                "{head}Transfer-Encoding: chunked\r\n\r\n{chunk}0\r\nContent-Length: 9\r\nX-Trailer: t\r\n\r\n"
            ),
            inner.to_owned(),
        ),
        (format!("{head}Content-Length: 0\r\n\r\n"), String::new()),
        (
            format!(
                "{head}Connection: Content-Length, X-Named\r\nX-Named: y\r\nContent-Length: 5\r\n\r\nhello"
            ),
            "hello".to_owned(),
        ),
        (format!("\r\n{head}Content-Length: 5\r\n\r\nhello"), "hello".to_owned()),
    ];
    let origin = origin();
    let site = Site::start(&origin);
    // All on one connection, all at once: nothing of one leaks into the next.
    let mut viewer = site.viewer();
    viewer.say(&rows.iter().map(|(request, _)| request.as_str()).collect::<String>());
    for (request, body) in &rows {
        let answer = viewer.answer();
        assert_eq!((answer.status, answer.body.as_str()), (200, "fine"), "{request:?}");
        let seen = origin.next_head();
        let (head, seen_body) = seen.split_once("\r\n\r\n").expect("a head ends");
        assert!(
            head.starts_with("POST /pass/a HTTP/1.1\r\nHost: www.example.com\r\n"),
            "{request:?}: {head}"
        );
        let head = head.to_ascii_lowercase();
        let lengths = head.matches("\r\ncontent-length:").count();
        let codings = head.matches("\r\ntransfer-encoding:").count();
        assert_eq!(lengths + codings, 1, "{request:?}: {head}");
        assert!(!head.contains("trailer") && !head.contains("\r\nconnection: content-length"), "{head}");
        let plain = seen_body == body;
        let chunked = seen_body == format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        assert!(plain || (codings == 1 && chunked), "{request:?}: {seen_body:?}");
    }
    assert_eq!(origin.heads(), [""; 0]);
}

#[test]
fn heads_and_lines_have_an_end() {
    // how it begins | what goes on without an end | the status
    let rows = [
        ("GET /pass/", "x", 414),
        ("GET /pass/?", "a=b&", 414),
        ("", "G", 414),
        ("GET /pass/a HTTP/1.1\r\nHost: www.example.com\r\n", "X: xxxxxxxxxxxxxx\r\n", 494),
        ("GET /pass/a HTTP/1.1\r\nHost: www.example.com\r\nX: ", "x", 494),
        ("GET /pass/a HTTP/1.1\r\nHost: www.example.com\r\n", "x", 494),
        ("GET /pass/a HTTP/1.1\r\nHost: www.example.com\r\nCookie: ", "a=b; ", 494),
    ];
    let origin = origin();
    let site = Site::start(&origin);
    for (beginning, again, status) in rows {
        let mut viewer = site.viewer();
        viewer.say(beginning);
        let mut writer = viewer.reader.get_ref().try_clone().expect("a socket can be shared");
        let again = again.repeat(1000);
        let writing = std::thread::spawn(move || {
            // It is the server that ends this.
            while std::io::Write::write_all(&mut writer, again.as_bytes()).is_ok() {}
        });
        let answer = viewer.answer();
        assert_eq!(answer.status, status, "{beginning:?}: {answer:?}");
        drop(viewer);
        writing.join().expect("it ends");
        assert_eq!(origin.heads(), [""; 0], "{beginning:?}");
    }
    // Exactly as long as allowed is fine; one byte more is not.
    let of_length = |length: usize| {
        let start = "GET /pass/a HTTP/1.1\r\nHost: www.example.com\r\nX: ";
        format!("{start}{}\r\n\r\n", "x".repeat(length - start.len() - 4))
    };
    for (length, status) in [(32_768, 200), (32_769, 494)] {
        let mut viewer: Viewer = site.viewer();
        viewer.say(&of_length(length));
        assert_eq!(viewer.answer().status, status, "{length}");
    }
}
