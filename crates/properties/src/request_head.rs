//! The head of an HTTP/1.1 request, as bytes.
//!
//! What is understood is understood in one way: the naive reading finds the same lines, there is one length of the body
//! or none, nothing in it can end a line behind us, and written out again it is read as the same.

use frontgate_message::Version;
use frontgate_net::Limits;
use frontgate_net::reading::{BodyLength, ReadHead, read_request_head};

pub(crate) fn check(input: &[u8]) {
    let limits = Limits::default();
    let Ok(Some((head, end))) = read_request_head(input, &limits) else { return };
    let bytes = &input[..end];
    for shorter in [end - 1, end / 2] {
        let begun = read_request_head(&input[..shorter], &limits);
        assert!(matches!(begun, Ok(None)), "{begun:?} of the first {shorter} bytes of {end}");
    }
    nothing_ends_a_line(&head);
    as_the_lines_say(&head, bytes);

    let written = written(&head);
    let again = read_request_head(&written, &limits);
    let Ok(Some((again, _))) = &again else {
        panic!("{again:?} of what was written out again: {}", written.escape_ascii())
    };
    assert_eq!(
        (
            &again.method,
            &again.target,
            again.version,
            &again.host,
            &again.headers,
            again.body,
            again.keep_alive
        ),
        (&head.method, &head.target, head.version, &head.host, &head.headers, head.body, head.keep_alive)
    );
}

fn nothing_ends_a_line(head: &ReadHead) {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    assert!(head.method.as_str().bytes().all(is_token), "{:?}", head.method);
    assert!(
        head.target.as_str().starts_with('/')
            && head.target.as_str().bytes().all(|byte| byte.is_ascii_graphic())
    );
    assert!(!head.host.bytes().any(|byte| byte <= b' ' || b"/?#@".contains(&byte)), "{:?}", head.host);
    for (name, value) in &head.headers {
        assert!(!name.is_empty() && name.bytes().all(is_token), "{name:?}");
        assert!(
            !value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t'),
            "{name}: {}",
            value.escape_ascii()
        );
        assert_eq!(value.trim_ascii(), value, "white space around the value of {name}");
    }
}

/// The lines of the head, found without the reader.
fn as_the_lines_say(head: &ReadHead, bytes: &[u8]) {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    assert!(
        text.replace("\r\n", "").chars().all(|c| c != '\r' && c != '\n'),
        "a line has two ends: {text:?}"
    );
    let text = text.trim_end_matches("\r\n");
    let lines: Vec<&str> = text.split("\r\n").skip(1).collect();
    let values = |name: &str| -> Vec<&str> {
        let fields = lines.iter().filter_map(|line| line.split_once(':'));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    };
    assert!(lines.iter().all(|line| line.contains(':') && !line.starts_with([' ', '\t'])), "{lines:?}");
    // The Host of an HTTP/1.0 request in absolute form is added.
    let added = usize::from(head.headers.len() == lines.len() + 1);
    assert_eq!(head.headers.len(), lines.len() + added);
    assert!(added == 0 || (head.version == Version::Http10 && values("host").is_empty()), "{head:?}");
    assert!(
        values("host").len() <= 1 && (head.version == Version::Http10 || values("host").len() == 1),
        "{lines:?}"
    );
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    let body = match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => BodyLength::None,
        ([length], []) => match length.parse::<u64>().expect("Content-Length is a number") {
            0 => BodyLength::None,
            length => BodyLength::Known(length),
        },
        ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => BodyLength::Chunked,
        other => panic!("a body in two ways: {other:?}"),
    };
    assert_eq!(head.body, body, "{lines:?}");
}

fn written(head: &ReadHead) -> Vec<u8> {
    let version = if head.version == Version::Http10 { "HTTP/1.0" } else { "HTTP/1.1" };
    let mut written = format!("{} {} {version}\r\n", head.method.as_str(), head.target.as_str()).into_bytes();
    for (name, value) in &head.headers {
        written.extend_from_slice(name.as_bytes());
        written.extend_from_slice(b": ");
        written.extend_from_slice(value);
        written.extend_from_slice(b"\r\n");
    }
    written.extend_from_slice(b"\r\n");
    written
}
