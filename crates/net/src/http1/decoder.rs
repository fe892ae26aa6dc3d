//! Which of the bytes that came are the body? RFC 9112 §6 and §7.

use bytes::{Buf, Bytes, BytesMut};
use frontgate_message::BodyError;
use memchr::memchr;

use super::Framing;
use super::fields::split_field;

/// Takes a body out of the bytes of a connection.
#[derive(Debug)]
pub(crate) struct BodyDecoder {
    state: State,
}

/// What the bytes at hand gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// Some of the body; never empty.
    Chunk(Bytes),
    /// The body has ended; what is left in the buffer is not its.
    End,
    /// Nothing: more bytes must come.
    More,
}

#[derive(Debug)]
enum State {
    Length(u64),
    UntilClose,
    ChunkSize,
    ChunkData(u64),
    ChunkEnd,
    Trailers { bytes: usize },
    Ended,
}

/// Bytes of a line with the size of a chunk and its extensions.
const CHUNK_LINE_BYTES_MAX: usize = 1024;
/// Bytes of all trailers; they are read and forgotten.
const TRAILER_BYTES_MAX: usize = 8192;

impl BodyDecoder {
    pub(crate) fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::None | Framing::Length(0) => State::Ended,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state }
    }

    /// Takes what the bytes at hand hold of the body.
    pub(crate) fn decode(&mut self, buffer: &mut BytesMut) -> Result<Decoded, BodyError> {
        loop {
            match self.state {
                State::Ended => return Ok(Decoded::End),
                _ if buffer.is_empty() => return Ok(Decoded::More),
                State::Length(remaining) => {
                    let (chunk, remaining) = take(buffer, remaining);
                    self.state = if remaining == 0 { State::Ended } else { State::Length(remaining) };
                    return Ok(Decoded::Chunk(chunk));
                }
                State::UntilClose => return Ok(Decoded::Chunk(buffer.split().freeze())),
                State::ChunkData(remaining) => {
                    let (chunk, remaining) = take(buffer, remaining);
                    self.state = if remaining == 0 { State::ChunkEnd } else { State::ChunkData(remaining) };
                    return Ok(Decoded::Chunk(chunk));
                }
                State::ChunkSize | State::ChunkEnd | State::Trailers { .. } => {
                    let Some(line) = take_line(buffer)? else { return Ok(Decoded::More) };
                    self.state = self.after_line(&line)?;
                }
            }
        }
    }

    /// What it means that the peer closed the connection now.
    pub(crate) fn at_close(&self) -> Result<(), BodyError> {
        match self.state {
            State::Ended | State::UntilClose => Ok(()),
            _ => Err(BodyError::Truncated),
        }
    }

    /// The bytes that are still to come, where they are known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Length(remaining) => Some(remaining),
            State::Ended => Some(0),
            _ => None,
        }
    }

    fn after_line(&self, line: &[u8]) -> Result<State, BodyError> {
        match self.state {
            State::ChunkSize => match chunk_size(line).ok_or(BodyError::BadChunk)? {
                0 => Ok(State::Trailers { bytes: 0 }),
                size => Ok(State::ChunkData(size)),
            },
            State::ChunkEnd if line.is_empty() => Ok(State::ChunkSize),
            State::Trailers { .. } if line.is_empty() => Ok(State::Ended),
            State::Trailers { bytes } if bytes + line.len() <= TRAILER_BYTES_MAX => {
                split_field(line).map_err(|_| BodyError::BadChunk)?;
                Ok(State::Trailers { bytes: bytes + line.len() })
            }
            _ => Err(BodyError::BadChunk),
        }
    }
}

fn take(buffer: &mut BytesMut, remaining: u64) -> (Bytes, u64) {
    let length = usize::try_from(remaining).unwrap_or(usize::MAX).min(buffer.len());
    // All of memory that is full: handed over as it is, without a count of who shares it.
    let is_all = length == buffer.len() && buffer.len() == buffer.capacity();
    let taken = if is_all { std::mem::take(buffer) } else { buffer.split_to(length) };
    (taken.freeze(), remaining - length as u64)
}

/// The next line without its line end, once it is whole.
fn take_line(buffer: &mut BytesMut) -> Result<Option<BytesMut>, BodyError> {
    match memchr(b'\n', buffer) {
        Some(0) => Err(BodyError::BadChunk),
        Some(line_feed) if line_feed > CHUNK_LINE_BYTES_MAX || buffer[line_feed - 1] != b'\r' => {
            Err(BodyError::BadChunk)
        }
        Some(line_feed) => {
            let line = buffer.split_to(line_feed - 1);
            buffer.advance(2);
            Ok(Some(line))
        }
        None if buffer.len() > CHUNK_LINE_BYTES_MAX => Err(BodyError::BadChunk),
        None => Ok(None),
    }
}

/// `1*HEXDIG [ ";" extension ]`
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits_length = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
    let (digits, extension) = line.split_at(digits_length);
    let extension_is_valid = match extension {
        [] => true,
        [b';', rest @ ..] => !rest.iter().any(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f),
        _ => false,
    };
    if digits.is_empty() || digits.len() > 15 || !extension_is_valid {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use frontgate_message::BodyError;

    use super::{BodyDecoder, Decoded};
    use crate::http1::Framing;

    /// Decodes `text` in pieces of `step` bytes: the body and what is left, or the error.
    fn decode(framing: Framing, text: &str, step: usize) -> Result<(String, String), BodyError> {
        let mut decoder = BodyDecoder::new(framing);
        let (mut buffer, mut body) = (BytesMut::new(), Vec::new());
        let mut pieces = text.as_bytes().chunks(step);
        loop {
            match decoder.decode(&mut buffer)? {
                Decoded::Chunk(chunk) => body.extend_from_slice(&chunk),
                Decoded::End => break,
                Decoded::More => match pieces.next() {
                    Some(piece) => buffer.extend_from_slice(piece),
                    None => {
                        decoder.at_close()?;
                        break;
                    }
                },
            }
        }
        pieces.for_each(|piece| buffer.extend_from_slice(piece));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((text(&body), text(&buffer)))
    }

    #[test]
    fn bodies_end_where_they_say() {
        let (chunked, length) = (Framing::Chunked, Framing::Length(5));
        let rows = [
            (length, "helloGET /", Ok(("hello", "GET /"))),
            (length, "hell", Err(BodyError::Truncated)),
            (Framing::None, "GET /", Ok(("", "GET /"))),
            (Framing::UntilClose, "hello", Ok(("hello", ""))),
            (chunked, "5\r\nhello\r\n0\r\n\r\nGET /", Ok(("hello", "GET /"))),
            (chunked, "5;a=\"b\"\r\nhello\r\nA\r\n0123456789\r\n000\r\n\r\n", Ok(("hello0123456789", ""))),
            (chunked, "0\r\nTrailer: x\r\nOther: y\r\n\r\nrest", Ok(("", "rest"))),
            (chunked, "5\r\nhello\r\n0\r\n", Err(BodyError::Truncated)),
            (chunked, "5\r\nhel", Err(BodyError::Truncated)),
            (chunked, "5\nhello\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "5\r\nhello\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "5\r\nhelloX\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "5 \r\nhello\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, " 5\r\nhello\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "0x5\r\nhello\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "+5\r\nhello\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "-1\r\nhello\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "\r\nhello\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "10000000000000000\r\nhello", Err(BodyError::BadChunk)),
            (chunked, "5;a\rb\r\nhello\r\n0\r\n\r\n", Err(BodyError::BadChunk)),
            (chunked, "0\r\nbad trailer\r\n\r\n", Err(BodyError::BadChunk)),
        ];
        for (framing, text, expected) in rows {
            let expected = expected.map(|(body, rest)| (body.to_owned(), rest.to_owned()));
            for step in [1, 3, 1000] {
                assert_eq!(decode(framing, text, step), expected, "{text:?} in steps of {step}");
            }
        }
    }

    #[test]
    fn lines_and_trailers_are_limited() {
        let long = "x".repeat(2000);
        assert_eq!(decode(Framing::Chunked, &format!("5;{long}"), 100), Err(BodyError::BadChunk));
        let trailers = format!("A: {}\r\n", "x".repeat(900)).repeat(10);
        assert_eq!(decode(Framing::Chunked, &format!("0\r\n{trailers}\r\n"), 100), Err(BodyError::BadChunk));
    }
}
