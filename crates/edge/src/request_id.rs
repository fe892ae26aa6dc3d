//! How CloudFront calls a request: `X-Amz-Cf-Id`, forty random bytes in base64 with `-` and `_`.

/// An `X-Amz-Cf-Id`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; LENGTH]);

const LENGTH: usize = 56;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl RequestId {
    /// The id that these bytes spell; who calls draws them.
    #[must_use]
    pub fn of_bytes(bytes: &[u8; 40]) -> Self {
        let mut text = [b'='; LENGTH];
        for (group, out) in bytes.chunks(3).zip(text.chunks_mut(4)) {
            let padded = [group[0], group.get(1).copied().unwrap_or(0), group.get(2).copied().unwrap_or(0)];
            let number = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
            for (position, letter) in out.iter_mut().enumerate().take(group.len() + 1) {
                *letter = ALPHABET[(number >> (18 - 6 * position)) as usize & 63];
            }
        }
        Self(text)
    }

    /// The id as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// A number from 0 up to 1 that the id stands for: what is done for a share of the requests goes by it.
    pub(crate) fn share(&self) -> f64 {
        let letters = self.0[..8].iter().fold(0_u64, |sum, letter| sum << 6 | value_of(*letter));
        // 48 bits are exact in a double.
        letters as f64 / (1_u64 << 48) as f64
    }
}

fn value_of(letter: u8) -> u64 {
    ALPHABET.iter().position(|known| *known == letter).unwrap_or(0) as u64
}

impl std::fmt::Debug for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::RequestId;

    #[test]
    fn it_has_the_shape_of_cloudfronts() {
        let rows = [([0_u8; 40], "AAAA", "AA==", 0.0), ([255; 40], "____", "_w==", 1.0)];
        for (bytes, head, tail, share) in rows {
            let id = RequestId::of_bytes(&bytes);
            assert_eq!(id.as_str().len(), 56);
            assert!(id.as_str().starts_with(head) && id.as_str().ends_with(tail), "{id}");
            assert!((id.share() - share).abs() < 0.001, "{}", id.share());
        }
    }
}
