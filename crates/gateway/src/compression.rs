//! Compresses answers and decompresses payloads of requests, for an API with a `minimumCompressionSize`.

use std::io::Read as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::read::{GzEncoder, MultiGzDecoder, ZlibDecoder, ZlibEncoder};
use frontgate_gateway_rules::Deployment;
use frontgate_gateway_rules::compression::{ContentCoding, coding_of_response};
use frontgate_message::{Body, Headers, Response};

use crate::serve::PAYLOAD_LENGTH_MAX;

/// Why a payload cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// It is not in that coding.
    Broken,
    /// It is larger than a payload may be.
    TooLarge,
}

/// Compresses an answer where the API and the client want it. An answer that is still coming is left as it is.
pub fn compress(mut response: Response, deployment: &Deployment, request: &Headers) -> Response {
    let Body::Full(body) = &response.body else { return response };
    let Some(coding) = coding_of_response(deployment, request, &response) else { return response };
    let mut compressed = Vec::with_capacity(body.len() / 2);
    let read = match coding {
        ContentCoding::Gzip => GzEncoder::new(&body[..], Compression::default()).read_to_end(&mut compressed),
        ContentCoding::Deflate => {
            ZlibEncoder::new(&body[..], Compression::default()).read_to_end(&mut compressed)
        }
    };
    // Reading from and writing to memory does not fail; if it did, the answer would go out as it is.
    if read.is_ok() {
        response.headers.set("Content-Encoding", coding.name().as_bytes());
        response.body = Body::from(Bytes::from(compressed));
    }
    response
}

/// Undoes the coding of a payload.
pub fn decompress(payload: &[u8], coding: ContentCoding) -> Result<Bytes, Undecodable> {
    let limit = PAYLOAD_LENGTH_MAX as u64 + 1;
    let mut whole = Vec::new();
    let read = match coding {
        ContentCoding::Gzip => MultiGzDecoder::new(payload).take(limit).read_to_end(&mut whole),
        ContentCoding::Deflate => ZlibDecoder::new(payload).take(limit).read_to_end(&mut whole),
    };
    match read {
        Err(_) => Err(Undecodable::Broken),
        Ok(length) if length > PAYLOAD_LENGTH_MAX => Err(Undecodable::TooLarge),
        Ok(_) => Ok(whole.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::{ContentCoding, Undecodable, decompress};
    use crate::serve::PAYLOAD_LENGTH_MAX;

    #[test]
    fn a_payload_is_undone_within_its_limit() {
        let gzip = |length: usize| {
            let mut coded = Vec::new();
            let plain = vec![b'x'; length];
            let mut encoder = flate2::read::GzEncoder::new(&plain[..], flate2::Compression::fast());
            encoder.read_to_end(&mut coded).expect("memory");
            coded
        };
        assert_eq!(decompress(&gzip(3), ContentCoding::Gzip).as_deref(), Ok(&b"xxx"[..]));
        assert_eq!(decompress(&gzip(3), ContentCoding::Deflate), Err(Undecodable::Broken));
        assert_eq!(
            decompress(&gzip(PAYLOAD_LENGTH_MAX + 1), ContentCoding::Gzip),
            Err(Undecodable::TooLarge)
        );
    }
}
