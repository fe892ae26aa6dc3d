//! What does the name of a field mean to HTTP/2 itself? RFC 9113 §8.2 and §8.3.

/// The kinds of fields of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    /// `:authority`
    Authority,
    /// `:method`
    Method,
    /// `:path`
    Path,
    /// `:scheme`
    Scheme,
    /// A pseudo-header field that no request may have, such as `:status` or, as it is not offered, `:protocol`.
    OtherPseudo,
    /// A field of HTTP/1.1 that concerns its connection, which RFC 9113 §8.2.2 forbids.
    OfTheConnection,
    /// `content-length`
    ContentLength,
    /// `cookie`, which may come in crumbs.
    Cookie,
    /// `expect`
    Expect,
    /// `host`
    Host,
    /// `te`, which may say `trailers` and nothing else.
    Te,
    /// A name that is no lower-case token.
    Invalid,
    /// Any other.
    Plain,
}

impl FieldKind {
    /// The kind of a field of that name.
    pub(super) const fn of(name: &[u8]) -> Self {
        match name {
            b":authority" => Self::Authority,
            b":method" => Self::Method,
            b":path" => Self::Path,
            b":scheme" => Self::Scheme,
            [b':', ..] => Self::OtherPseudo,
            b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade" => {
                Self::OfTheConnection
            }
            b"content-length" => Self::ContentLength,
            b"cookie" => Self::Cookie,
            b"expect" => Self::Expect,
            b"host" => Self::Host,
            b"te" => Self::Te,
            name if is_lower_case_token(name) => Self::Plain,
            _ => Self::Invalid,
        }
    }
}

/// Whether a value holds no control character and no white space around it (RFC 9113 §8.2.1).
pub(super) fn is_sound_value(value: &[u8]) -> bool {
    let is_white = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let is_control = |byte: u8| (byte < b' ' && byte != b'\t') || byte == 0x7f;
    // Without an early exit, so that the compiler looks at many bytes at once.
    let controls = value.iter().fold(0, |found, byte| found | u8::from(is_control(*byte)));
    controls == 0 && !is_white(value.first()) && !is_white(value.last())
}

const fn is_lower_case_token(name: &[u8]) -> bool {
    let mut place = 0;
    while place < name.len() {
        let is_allowed = matches!(
            name[place],
            b'a'..=b'z' | b'0'..=b'9' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'
                | b'_' | b'`' | b'|' | b'~'
        );
        if !is_allowed {
            return false;
        }
        place += 1;
    }
    !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{FieldKind, is_sound_value};

    #[test]
    fn names_and_values() {
        let rows: [(&str, FieldKind); 12] = [
            (":path", FieldKind::Path),
            (":protocol", FieldKind::OtherPseudo),
            (":", FieldKind::OtherPseudo),
            ("te", FieldKind::Te),
            ("upgrade", FieldKind::OfTheConnection),
            ("x-a_b.c~1", FieldKind::Plain),
            ("X-a", FieldKind::Invalid),
            ("", FieldKind::Invalid),
            ("a b", FieldKind::Invalid),
            ("a:b", FieldKind::Invalid),
            ("a\0", FieldKind::Invalid),
            ("é", FieldKind::Invalid),
        ];
        for (name, kind) in rows {
            assert_eq!(FieldKind::of(name.as_bytes()), kind, "{name}");
        }
        for (value, is_sound) in [
            ("", true),
            ("a b\tc", true),
            ("é", true),
            (" a", false),
            ("a\t", false),
            ("a\rb", false),
            ("\x7f", false),
        ] {
            assert_eq!(is_sound_value(value.as_bytes()), is_sound, "{value:?}");
        }
    }
}
