//! Was this very signature verified before?
//!
//! A viewer of a video sends the same cookies hundreds of times; verifying costs more than serving from the cache.
//! Whole entries are compared, so nothing can be passed off as something else.

use super::public_key::{HashAlgorithm, PublicKey};

/// The signatures that were genuine last, of one worker. What a policy allows is judged anew each time.
#[derive(Debug, Default)]
pub struct Memory {
    slots: Vec<Box<[u8]>>,
}

impl Memory {
    /// Whether `signature` of `text` was made with the private key of `key`.
    pub(super) fn verify(
        &mut self,
        key: &PublicKey,
        hash: HashAlgorithm,
        text: &[u8],
        signature: &[u8],
    ) -> bool {
        let length = key.fingerprint.len() + 1 + size_of::<u64>() + signature.len() + text.len();
        if length > ENTRY_BYTES_MAX {
            return key.verify(hash, text, signature);
        }
        let mut entry = Vec::with_capacity(length);
        entry.extend_from_slice(&key.fingerprint);
        entry.push(match hash {
            HashAlgorithm::Sha1 => 1,
            HashAlgorithm::Sha256 => 2,
        });
        entry.extend_from_slice(&(signature.len() as u64).to_be_bytes());
        entry.extend_from_slice(signature);
        entry.extend_from_slice(text);
        let slot = slot_of(&entry);
        if self.slots.get(slot).is_some_and(|known| **known == *entry) {
            return true;
        }
        let is_genuine = key.verify(hash, text, signature);
        if is_genuine {
            self.slots.resize_with(SLOTS, Box::default);
            self.slots[slot] = entry.into();
        }
        is_genuine
    }
}

/// FNV-1a; who makes two entries meet gains nothing.
fn slot_of(entry: &[u8]) -> usize {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = entry.iter().fold(0xcbf2_9ce4_8422_2325, mix);
    usize::try_from(hash % SLOTS as u64).unwrap_or(0)
}

/// How many signatures are remembered.
const SLOTS: usize = 256;

/// Larger ones are verified each time.
const ENTRY_BYTES_MAX: usize = 2_048;
