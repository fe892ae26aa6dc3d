//! What is a header field, a token, a list of tokens? RFC 9110 §5.5, §5.6 and RFC 9112 §5.

/// Splits a field line, without its line end, into name and value; the name is a token, so ASCII.
///
/// A line that starts with white space would continue the line before (obs-fold) and is refused, as is white space
/// between the name and the colon: both have been used to smuggle requests.
pub(crate) fn split_field(line: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    let name_length = line.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(line.len());
    match line.get(name_length) {
        Some(b':') if name_length > 0 => {}
        Some(b' ' | b'\t') if name_length == 0 => return Err("a header field is folded over two lines"),
        Some(b' ' | b'\t') => return Err("there is white space in or after the name of a header field"),
        Some(b':') => return Err("a header field has no name"),
        None => return Err("a header field has no colon"),
        Some(_) => return Err("the name of a header field holds a character that no name may hold"),
    }
    let (name, value) = (&line[..name_length], trim(&line[name_length + 1..]));
    if holds_control(value) {
        return Err("the value of a header field holds a control character");
    }
    Ok((name, value))
}

/// Whether every byte may stand in a token, and there is one.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_token_byte(*byte))
}

/// The value of a `Content-Length` field: digits and nothing else.
pub(crate) fn content_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 19 {
        return None;
    }
    value.iter().try_fold(0u64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
}

/// Whether the comma-separated list holds `token`, compared without case.
pub(crate) fn list_holds(value: &[u8], token: &str) -> bool {
    value.split(|byte| *byte == b',').any(|item| trim(item).eq_ignore_ascii_case(token.as_bytes()))
}

/// The bytes without spaces and tabs around them.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

fn is_token_byte(byte: u8) -> bool {
    TOKEN[byte as usize]
}

fn holds_control(value: &[u8]) -> bool {
    // Without an early exit, so that the compiler looks at many bytes at once.
    value.iter().fold(false, |found, byte| found | (*byte < b' ' && *byte != b'\t') | (*byte == 0x7f))
}

static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::{content_length, list_holds, split_field};

    #[test]
    fn field_lines() {
        let rows: [(&[u8], _); 15] = [
            (b"Host: example.com", Some(("Host", "example.com"))),
            (b"Host:example.com", Some(("Host", "example.com"))),
            (b"X-Empty:", Some(("X-Empty", ""))),
            (b"X: \t a b \t", Some(("X", "a b"))),
            (b"X: caf\xc3\xa9", Some(("X", "café"))),
            (b"Host : example.com", None),
            (b" Host: example.com", None),
            (b"\tHost: example.com", None),
            (b": value", None),
            (b"No-Colon", None),
            (b"A(b): c", None),
            (b"caf\xc3\xa9: c", None),
            (b"X: a\rb", None),
            (b"X: a\0b", None),
            (b"X: a\x7fb", None),
        ];
        for (line, expected) in rows {
            let read = split_field(line)
                .ok()
                .map(|(name, value)| (name, String::from_utf8_lossy(value).into_owned()));
            let expected: Option<(&str, &str)> = expected;
            assert_eq!(
                read.as_ref().map(|(n, v)| (std::str::from_utf8(n).unwrap_or(""), v.as_str())),
                expected,
                "{}",
                String::from_utf8_lossy(line)
            );
        }
    }

    #[test]
    fn lengths_are_digits() {
        let rows: &[(&str, Option<u64>)] = &[
            ("0", Some(0)),
            ("0042", Some(42)),
            ("9999999999999999999", Some(9_999_999_999_999_999_999)),
            ("99999999999999999999", None),
            ("", None),
            ("+5", None),
            ("-5", None),
            ("0x5", None),
            ("5, 5", None),
            ("5 ", None),
        ];
        for (text, expected) in rows {
            assert_eq!(content_length(text.as_bytes()), *expected, "{text:?}");
        }
    }

    #[test]
    fn tokens_of_a_list() {
        assert!(list_holds(b"keep-alive, Close", "close") && list_holds(b" close ,x", "close"));
        assert!(!list_holds(b"closed, x-close", "close"));
    }
}
