//! Texts that stand for bytes. The engine's world knows bytes as strings whose characters are bytes.

/// The bytes of a byte string; what is no byte is cut to its low eight bits.
pub(crate) fn bytes_of(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char) & 0xff).unwrap_or_default()).collect()
}

/// The byte string of `bytes`.
pub(crate) fn byte_string(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The text of bytes in an encoding of the runtime.
pub(crate) fn encode(bytes: &[u8], encoding: &str) -> String {
    match encoding {
        "hex" => frontgate_aws::hex(bytes),
        "base64" => frontgate_aws::base64_encode(bytes),
        "base64url" => {
            frontgate_aws::base64_encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The bytes of a text in `hex`, `base64` or `base64url`; as in the runtime, what cannot be read ends it.
pub(crate) fn decode(text: &str, encoding: &str) -> Vec<u8> {
    if encoding == "hex" {
        let digits: Vec<u8> = text
            .chars()
            .map_while(|char| char.to_digit(16))
            .filter_map(|digit| u8::try_from(digit).ok())
            .collect();
        return digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = bits << 6 & 0xff_ffff | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or_default());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn texts_stand_for_bytes() {
        for (bytes, encoding, text) in [
            (&b"\xfb\xff\x00"[..], "base64", "+/8A"),
            (b"\xfb\xff", "base64url", "-_8"),
            (b"\x01\xab", "hex", "01ab"),
            (b"", "base64", ""),
            (b"abcd", "base64", "YWJjZA=="),
        ] {
            assert_eq!(encode(bytes, encoding), text);
            assert_eq!(decode(text, encoding), bytes, "{text}");
        }
        assert_eq!(decode("abz1", "hex"), b"\xab");
    }
}
