//! The hashes of the module `crypto`.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The digest of `data` by `md5`, `sha1` or `sha256`; with a key it is the HMAC (RFC 2104). `None` for another
/// algorithm.
pub(crate) fn digest(algorithm: &str, data: &[u8], key: Option<&[u8]>) -> Option<Vec<u8>> {
    match algorithm {
        "md5" => Some(digest_with::<Md5>(data, key)),
        "sha1" => Some(digest_with::<Sha1>(data, key)),
        "sha256" => Some(digest_with::<Sha256>(data, key)),
        _ => None,
    }
}

fn digest_with<D: Digest>(data: &[u8], key: Option<&[u8]>) -> Vec<u8> {
    let Some(key) = key else { return D::digest(data).to_vec() };
    let mut block = [0_u8; BLOCK_BYTES];
    if key.len() > BLOCK_BYTES {
        let short = D::digest(key);
        block[..short.len()].copy_from_slice(&short);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = D::new().chain_update(padded(0x36)).chain_update(data).finalize();
    D::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

/// The block of MD5, SHA-1 and SHA-256.
const BLOCK_BYTES: usize = 64;
