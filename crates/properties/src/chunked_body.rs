//! Chunked bodies: two bytes that say how the bytes come in pieces, then the bytes.
//!
//! However they come, the body and its end are the same, and they are where the naive reading of RFC 9112 §7.1 finds
//! them: who stands behind us must not see another request begin.

use frontgate_message::BodyError;
use frontgate_net::reading::read_chunked_body;

pub(crate) fn check(input: &[u8]) {
    let [first, step, bytes @ ..] = input else { return };
    let whole = read_chunked_body([bytes]);
    let (begin, rest) = bytes.split_at(usize::from(*first).min(bytes.len()));
    let step = usize::from(*step).max(1);
    for pieces in
        [[begin].into_iter().chain(rest.chunks(step)).collect::<Vec<_>>(), bytes.chunks(1).collect()]
    {
        let come = read_chunked_body(pieces.iter().copied().filter(|piece| !piece.is_empty()));
        assert_eq!(is_end(&come), is_end(&whole), "in pieces: {come:?}, at once: {whole:?}");
        if let (Ok(come), Ok(whole)) = (&come, &whole) {
            assert_eq!(come, whole);
        }
    }
    match (&whole, naive(bytes)) {
        (Ok((content, rest)), Some((naive_content, naive_rest))) => {
            assert_eq!((content.as_slice(), *rest), (naive_content.as_slice(), naive_rest));
        }
        (Ok(read), None) => panic!("{read:?} of what is no chunked body"),
        // The naive reading has no limits for extensions and trailers.
        (Err(_), Some(_)) => assert!(bytes.len() > LINE_BYTES, "{whole:?}, and yet it is a chunked body"),
        (Err(_), None) => {}
    }
}

fn is_end(read: &Result<(Vec<u8>, usize), BodyError>) -> bool {
    read.is_ok()
}

/// The content, and how many bytes are behind the body.
fn naive(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut content = Vec::new();
    let mut at = 0;
    loop {
        let line = line_at(bytes, at)?;
        at += line.len() + 2;
        let digits: Vec<u8> = line.iter().copied().take_while(u8::is_ascii_hexdigit).collect();
        let extension = &line[digits.len()..];
        let has_control = extension.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t');
        if digits.is_empty() || has_control || !(extension.is_empty() || extension[0] == b';') {
            return None;
        }
        let size = digits.iter().try_fold(0_usize, |size, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            size.checked_mul(16)?.checked_add(digit as usize)
        })?;
        // Fifteen digits are more than any body has; a longer number is refused rather than understood.
        if digits.len() > 15 {
            return None;
        }
        if size == 0 {
            break;
        }
        content.extend_from_slice(bytes.get(at..at.checked_add(size)?)?);
        at += size;
        if bytes.get(at..at + 2)? != b"\r\n" {
            return None;
        }
        at += 2;
    }
    loop {
        let line = line_at(bytes, at)?;
        at += line.len() + 2;
        if line.is_empty() {
            return Some((content, bytes.len() - at));
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        let value_has_control =
            line[colon + 1..].iter().any(|byte| byte.is_ascii_control() && *byte != b'\t');
        if colon == 0 || !line[..colon].iter().all(is_token) || value_has_control {
            return None;
        }
    }
}

/// The line that begins there, without its end; a line ends with CR LF, and holds no LF before that.
fn line_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at..)?;
    let line_feed = rest.iter().position(|byte| *byte == b'\n')?;
    rest[..line_feed].strip_suffix(b"\r")
}

/// Shorter than this no limit is met.
const LINE_BYTES: usize = 1_000;
