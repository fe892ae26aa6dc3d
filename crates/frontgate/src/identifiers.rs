//! The ids that AWS gives to a request, in AWS's shapes, such that an answer can be found again by its id.

use std::cell::Cell;

use frontgate_edge::RequestId;

/// Makes the ids of one worker.
pub struct Identifiers {
    worker: u8,
    next: Cell<u64>,
    random: Cell<u64>,
}

impl Identifiers {
    /// The ids of worker `worker`; `seed` is drawn once per process.
    pub fn new(worker: usize, seed: u64) -> Self {
        let worker = u8::try_from(worker % 256).unwrap_or(0);
        Self { worker, next: Cell::new(0), random: Cell::new(seed ^ (u64::from(worker) << 56) | 1) }
    }

    /// The id of the next request, and its number at this worker.
    pub fn cloudfront_id(&self) -> (RequestId, u64) {
        let number = self.next.get();
        self.next.set(number + 1);
        // An id that began with a hyphen would read as an option of `frontgate explain`.
        let mask = Some(self.draw()).filter(|mask| mask >> 58 != HYPHEN).unwrap_or(1);
        let mut bytes = [0_u8; 40];
        bytes[..8].copy_from_slice(&mask.to_be_bytes());
        // The number and the worker stand masked in the id, so that ids look and sort like AWS's.
        bytes[8..16].copy_from_slice(&(number ^ scramble(mask)).to_be_bytes());
        bytes[16] = self.worker ^ mask.to_be_bytes()[0];
        for chunk in bytes[17..].chunks_mut(8) {
            let random = self.draw().to_be_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
        (RequestId::of_bytes(&bytes), number)
    }

    /// An `X-Amz-Cf-Id` of a distribution that is not ours to explain.
    pub fn other_cloudfront_id(&self) -> String {
        let mut bytes = [0_u8; 40];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.draw().to_be_bytes());
        }
        RequestId::of_bytes(&bytes).as_str().to_owned()
    }

    /// A request id of API Gateway, Lambda or S3: a version 4 UUID.
    pub fn uuid(&self) -> String {
        let (high, low) = (self.draw(), self.draw());
        let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
        let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// An `x-amz-apigw-id`: fifteen letters of base64 and a padding.
    pub fn extended_request_id(&self) -> String {
        let bytes = [self.draw().to_be_bytes(), self.draw().to_be_bytes()].concat();
        frontgate_aws::base64_encode(&bytes[..11])
    }

    /// A trace id of X-Ray: `1-` the time in hexadecimal and 24 digits.
    pub fn trace_id(&self, now_seconds: u64) -> String {
        format!("Root=1-{:08x}-{:016x}{:08x}", now_seconds & 0xffff_ffff, self.draw(), self.draw() >> 32)
    }

    /// A random number, evenly spread, for choices that AWS leaves to chance.
    pub fn chance(&self) -> u32 {
        u32::try_from(self.draw() >> 32).unwrap_or(u32::MAX)
    }

    /// xorshift64*: ids need to be unlike each other, not secret.
    fn draw(&self) -> u64 {
        let mut x = self.random.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.random.set(x);
        x.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// Worker and number of the request, where `text` is an id of ours.
pub fn locate(text: &str) -> Option<(u8, u64)> {
    let bytes = decode(text)?;
    let mask = u64::from_be_bytes(bytes[..8].try_into().ok()?);
    let number = u64::from_be_bytes(bytes[8..16].try_into().ok()?) ^ scramble(mask);
    Some((bytes[16] ^ bytes[0], number))
}

/// The place of the hyphen in the alphabet.
const HYPHEN: u64 = 62;

fn scramble(mask: u64) -> u64 {
    mask.rotate_left(23).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn decode(text: &str) -> Option<[u8; 40]> {
    let letters = text.as_bytes().strip_suffix(b"==").filter(|letters| letters.len() == 54)?;
    let mut bytes = [0_u8; 40];
    for (chunk, out) in letters.chunks(4).zip(bytes.chunks_mut(3)) {
        let mut word = 0_u32;
        for (index, letter) in chunk.iter().enumerate() {
            let value = ALPHABET.iter().position(|known| known == letter)?;
            word |= u32::try_from(value).ok()? << (18 - 6 * index);
        }
        let whole = word.to_be_bytes();
        let count = out.len();
        out.copy_from_slice(&whole[1..=count]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Identifiers, locate};

    #[test]
    fn an_id_leads_back_to_its_request() {
        let identifiers = Identifiers::new(3, 0x1234_5678_9abc_def0);
        for expected in 0..1000 {
            let (id, number) = identifiers.cloudfront_id();
            assert_eq!(number, expected);
            assert_eq!(id.as_str().len(), 56);
            assert!(id.as_str().ends_with("==") && !id.as_str().starts_with('-'));
            assert_eq!(locate(id.as_str()), Some((3, number)));
        }
        assert_eq!(locate("short=="), None);
        assert_eq!(identifiers.uuid().len(), 36);
        assert_eq!(identifiers.extended_request_id().len(), 16);
    }
}
