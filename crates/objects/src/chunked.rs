//! The coding `aws-chunked`: a body in chunks, each with its length and perhaps a signature, then perhaps a trailer.
//!
//! Authority: Amazon S3 API reference, `sigv4-streaming` and `sigv4-streaming-trailers`. Nothing of it waits: bytes are
//! put in as they come, and the data of the object comes out.

use bytes::{Buf as _, Bytes, BytesMut};
use frontgate_aws::sigv4::ChunkChain;
use sha2::{Digest as _, Sha256};

use crate::error::{Code, S3Error};

/// A body while it is decoded.
#[derive(Debug)]
pub(crate) struct ChunkedBody {
    chain: Option<ChunkChain>,
    with_trailer: bool,
    state: State,
    /// What came and is no whole line yet.
    line: BytesMut,
    trailer: Trailer,
}

/// The fields behind the last chunk.
#[derive(Debug, Default)]
pub(crate) struct Trailer {
    fields: Vec<(String, String)>,
}

#[derive(Debug)]
enum State {
    /// Before the line of a chunk.
    Head,
    /// In the data of a chunk.
    Data { left: u64, hash: Sha256, signature: String },
    /// Behind the data, before the end of its line.
    DataEnd,
    /// Behind the last chunk.
    Trailer,
    /// At the end.
    Ended,
}

impl ChunkedBody {
    pub(crate) fn new(chain: Option<ChunkChain>, with_trailer: bool) -> Self {
        Self { chain, with_trailer, state: State::Head, line: BytesMut::new(), trailer: Trailer::default() }
    }

    /// Takes what came and gives the data in it.
    pub(crate) fn take(&mut self, mut input: Bytes) -> Result<Vec<Bytes>, S3Error> {
        let mut data = Vec::new();
        while !input.is_empty() {
            match &mut self.state {
                State::Data { left, hash, .. } => {
                    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                    let piece = input.split_to(length);
                    hash.update(&piece);
                    *left -= length as u64;
                    data.push(piece);
                    if *left == 0 {
                        self.end_chunk()?;
                    }
                }
                State::Ended => return Err(malformed()),
                State::Head | State::DataEnd | State::Trailer => {
                    let Some(line) = self.next_line(&mut input)? else { return Ok(data) };
                    self.take_line(&line)?;
                }
            }
        }
        Ok(data)
    }

    /// The trailer of a body that came to its end.
    pub(crate) fn finish(self) -> Result<Trailer, S3Error> {
        match self.state {
            State::Ended => Ok(self.trailer),
            _ => Err(S3Error::of(Code::IncompleteBody).saying("The request body terminated unexpectedly")),
        }
    }

    /// The next line without its end, once it is whole.
    fn next_line(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, S3Error> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(input.len(), |end| end + 1);
        if self.line.len() + taken > LINE_BYTES_MAX {
            return Err(malformed());
        }
        self.line.extend_from_slice(&input[..taken]);
        input.advance(taken);
        if end.is_none() {
            return Ok(None);
        }
        let mut line = self.line.split().freeze();
        while line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            line.truncate(line.len() - 1);
        }
        Ok(Some(line))
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), S3Error> {
        let line = std::str::from_utf8(line).map_err(|_| malformed())?;
        match self.state {
            State::Head => self.take_head(line),
            State::DataEnd if line.is_empty() => {
                self.state = State::Head;
                Ok(())
            }
            State::Trailer if line.is_empty() => self.end_trailer(),
            State::Trailer => self.trailer.take(line),
            State::Data { .. } | State::DataEnd | State::Ended => Err(malformed()),
        }
    }

    /// `LENGTH` or `LENGTH;chunk-signature=SIGNATURE`
    fn take_head(&mut self, line: &str) -> Result<(), S3Error> {
        let (length, extension) = line.split_once(';').unwrap_or((line, ""));
        let is_hexadecimal = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_hexdigit());
        let length = u64::from_str_radix(length, 16).ok().filter(|_| is_hexadecimal).ok_or_else(malformed)?;
        let signature = extension.trim().strip_prefix("chunk-signature=").unwrap_or_default().to_owned();
        if self.chain.is_some() && signature.is_empty() {
            return Err(malformed());
        }
        self.state = State::Data { left: length, hash: Sha256::new(), signature };
        if length == 0 {
            self.end_chunk()?;
            self.state = State::Trailer;
        }
        Ok(())
    }

    fn end_chunk(&mut self) -> Result<(), S3Error> {
        let ended = std::mem::replace(&mut self.state, State::DataEnd);
        if let (State::Data { hash, signature, .. }, Some(chain)) = (ended, &mut self.chain)
            && !chain.accepts_hashed(&hash.finalize().into(), &signature)
        {
            return Err(S3Error::of(Code::SignatureDoesNotMatch).with("ChunkSignatureProvided", &signature));
        }
        Ok(())
    }

    fn end_trailer(&mut self) -> Result<(), S3Error> {
        if !self.with_trailer && !self.trailer.fields.is_empty() {
            return Err(malformed_trailer());
        }
        if let (Some(chain), true) = (&mut self.chain, self.with_trailer) {
            let signature = self.trailer.first(SIGNATURE).ok_or_else(malformed_trailer)?.to_owned();
            let fields = self.trailer.fields.iter().filter(|(name, _)| name != SIGNATURE);
            let signed: String = fields.map(|(name, value)| format!("{name}:{value}\n")).collect();
            if !chain.accepts_trailer(signed.as_bytes(), &signature) {
                let error = S3Error::of(Code::SignatureDoesNotMatch);
                return Err(error.with("TrailerSignatureProvided", &signature));
            }
        }
        self.state = State::Ended;
        Ok(())
    }
}

impl Trailer {
    /// The first value of a field.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn take(&mut self, line: &str) -> Result<(), S3Error> {
        let (name, value) = line.split_once(':').ok_or_else(malformed_trailer)?;
        if self.fields.len() == TRAILER_FIELDS_MAX {
            return Err(malformed_trailer());
        }
        self.fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        Ok(())
    }
}

/// What the body lacks of a trailer, or has wrongly.
pub(crate) fn malformed_trailer() -> S3Error {
    S3Error::of(Code::MalformedTrailerError)
}

fn malformed() -> S3Error {
    let message = "The chunks of the request body are not well-formed";
    S3Error::of(Code::InvalidRequest).saying(message)
}

/// The longest line: the head of a chunk, or a field of the trailer.
const LINE_BYTES_MAX: usize = 1024;
const TRAILER_FIELDS_MAX: usize = 16;
const SIGNATURE: &str = "x-amz-trailer-signature";

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use frontgate_aws::sigv4::{ChunkChain, SigningKey};

    use super::ChunkedBody;

    fn decode(mut body: ChunkedBody, text: &[u8], step: usize) -> Result<(Vec<u8>, Option<String>), String> {
        let mut data = Vec::new();
        for piece in text.chunks(step) {
            let taken = body.take(Bytes::copy_from_slice(piece)).map_err(|error| error.name().to_owned())?;
            taken.iter().for_each(|piece| data.extend_from_slice(piece));
        }
        let trailer = body.finish().map_err(|error| error.name().to_owned())?;
        Ok((data, trailer.first("x-amz-checksum-crc32").map(str::to_owned)))
    }

    #[test]
    fn unsigned_chunks_with_a_trailer() {
        for (text, expected) in [
            ("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", Ok(("hello", Some("NhCmhg==")))),
            ("3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", Ok(("hello", None))),
            ("0\r\n\r\n", Ok(("", None))),
            ("5\r\nhello\r\n0\r\n", Err("IncompleteBody")),
            ("5\r\nhel", Err("IncompleteBody")),
            ("5\r\nhelloX\r\n0\r\n\r\n", Err("InvalidRequest")),
            ("+5\r\nhello\r\n0\r\n\r\n", Err("InvalidRequest")),
            ("ffffffffffffffffff\r\n", Err("InvalidRequest")),
            ("\r\n", Err("InvalidRequest")),
            ("0\r\nno field\r\n\r\n", Err("MalformedTrailerError")),
            ("0\r\n\r\nmore", Err("InvalidRequest")),
        ] {
            for step in [1, 3, 1000] {
                let found = decode(ChunkedBody::new(None, true), text.as_bytes(), step);
                let expected = expected.map(|(data, sum)| (data.as_bytes().to_vec(), sum.map(str::to_owned)));
                assert_eq!(found, expected.map_err(str::to_owned), "{text:?} in steps of {step}");
            }
        }
        let long = "1".repeat(2000);
        assert!(decode(ChunkedBody::new(None, true), long.as_bytes(), 7).is_err(), "a line without an end");
    }

    /// Whatever comes, in one piece or byte by byte, comes to the same, and never to more than was sent.
    #[test]
    fn changed_bodies_mean_the_same_however_they_are_cut() {
        let right: &[u8] =
            b"5\r\nhello\r\n3;chunk-signature=00\r\nabc\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        let mut state = 1_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap_or(0) % below
        };
        for _ in 0..20_000 {
            let mut text = right.to_vec();
            for _ in 0..=random(3) {
                let at = random(text.len());
                match random(3) {
                    0 => text[at] = b"\r\n;:0123456789abcdefz= "[random(23)],
                    1 => drop(text.remove(at)),
                    _ => text.insert(at, b"\r\n;:05f"[random(7)]),
                }
            }
            let whole = decode(ChunkedBody::new(None, true), &text, text.len());
            let shown = text.escape_ascii();
            assert_eq!(decode(ChunkedBody::new(None, true), &text, 1), whole, "{shown}");
            assert!(whole.is_err() || whole.is_ok_and(|(data, _)| data.len() < text.len()), "{shown}");
        }
    }

    /// The example of the API reference: 64 KiB and 1 KiB of `a`.
    #[test]
    fn the_signed_example_of_the_reference() {
        let key =
            || SigningKey::derive("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3");
        let chain = || {
            let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
            Some(ChunkChain::new(key(), "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", seed))
        };
        let mut text = Vec::new();
        for (length, signature) in [
            (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
            (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
            (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
        ] {
            text.extend_from_slice(format!("{length:x};chunk-signature={signature}\r\n").as_bytes());
            text.extend(std::iter::repeat_n(b'a', length));
            text.extend_from_slice(b"\r\n");
        }
        for step in [1000, 100_000] {
            let found = decode(ChunkedBody::new(chain(), false), &text, step).expect("a right body");
            assert_eq!(found.0.len(), 66560);
        }
        text[200] = b'b';
        assert_eq!(
            decode(ChunkedBody::new(chain(), false), &text, 1000),
            Err("SignatureDoesNotMatch".to_owned())
        );
    }
}
