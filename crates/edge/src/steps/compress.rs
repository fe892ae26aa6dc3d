//! The compressed form of a body, made once when the object is kept.

use std::io::Write;

use bytes::Bytes;
use frontgate_edge_rules::compression::Coding;

/// `body` in that coding. Large bodies are compressed on a thread of their own, so that the worker goes on.
pub(crate) async fn compress(body: Bytes, coding: Coding) -> std::io::Result<Bytes> {
    if body.len() <= COMPRESSED_IN_PLACE_MAX {
        return compress_here(&body, coding);
    }
    tokio::task::spawn_blocking(move || compress_here(&body, coding)).await.map_err(std::io::Error::other)?
}

/// Bodies up to this many bytes take less time to compress than a change of threads is worth: about a millisecond.
const COMPRESSED_IN_PLACE_MAX: usize = 32 << 10;

/// The middle of Brotli's scale: smaller than gzip's best at about its speed.
const BROTLI_QUALITY: i32 = 5;

fn compress_here(body: &[u8], coding: Coding) -> std::io::Result<Bytes> {
    match coding {
        Coding::Brotli => {
            let mut compressed = Vec::with_capacity(body.len() / 3);
            let parameters =
                brotli::enc::BrotliEncoderParams { quality: BROTLI_QUALITY, ..Default::default() };
            brotli::BrotliCompress(&mut &body[..], &mut compressed, &parameters)?;
            Ok(compressed.into())
        }
        Coding::Gzip => {
            let room = Vec::with_capacity(body.len() / 3);
            let mut encoder = flate2::write::GzEncoder::new(room, flate2::Compression::default());
            encoder.write_all(body)?;
            Ok(encoder.finish()?.into())
        }
    }
}
