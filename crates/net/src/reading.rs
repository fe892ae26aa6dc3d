//! What do these bytes say, read as a server reads them? The readers of HTTP/1.1 by themselves, without a socket, for
//! who asks them with bytes of every kind.

use bytes::BytesMut;
use frontgate_message::{BodyError, Headers, Method, Target, Version};

use crate::http1::Framing;
use crate::http1::decoder::{BodyDecoder, Decoded};
use crate::http1::request_head::parse_request;
use crate::http1::scan::HeadScan;
use crate::{Limits, Malformed};

/// The head of a request.
#[derive(Debug)]
pub struct ReadHead {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: Target,
    /// The version.
    pub version: Version,
    /// The host that the request is for: lower case, without port.
    pub host: Box<str>,
    /// The fields as sent.
    pub headers: Headers,
    /// How the body's length is found.
    pub body: BodyLength,
    /// Another request may follow on the connection.
    pub keep_alive: bool,
}

/// How the length of a request's body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// There is no body.
    None,
    /// It is known.
    Known(u64),
    /// The body says where it ends.
    Chunked,
}

/// Reads the head that stands at the beginning of `bytes`, and says how long it is; `None` where it is not whole yet.
///
/// # Errors
/// Why it is none.
pub fn read_request_head(bytes: &[u8], limits: &Limits) -> Result<Option<(ReadHead, usize)>, Malformed> {
    let Some(end) = HeadScan::default().end(bytes).map_err(Malformed::Syntax)? else { return Ok(None) };
    let parsed = parse_request(&bytes[..end], limits)?;
    let body = match parsed.framing {
        Framing::None | Framing::UntilClose => BodyLength::None,
        Framing::Length(length) => BodyLength::Known(length),
        Framing::Chunked => BodyLength::Chunked,
    };
    let head = ReadHead {
        method: parsed.method,
        target: parsed.target,
        version: parsed.version,
        host: parsed.host,
        headers: parsed.headers,
        body,
        keep_alive: parsed.keep_alive,
    };
    Ok(Some((head, end)))
}

/// Reads a chunked body that comes in those pieces: its content, and how many bytes behind it are not its.
///
/// # Errors
/// It is malformed, or ends too early.
pub fn read_chunked_body<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Vec<u8>, usize), BodyError> {
    let mut pieces = pieces.into_iter();
    let mut decoder = BodyDecoder::new(Framing::Chunked);
    let (mut buffer, mut content) = (BytesMut::new(), Vec::new());
    loop {
        match decoder.decode(&mut buffer)? {
            Decoded::Chunk(chunk) => content.extend_from_slice(&chunk),
            Decoded::End => return Ok((content, buffer.len() + pieces.map(<[u8]>::len).sum::<usize>())),
            Decoded::More => match pieces.next() {
                Some(piece) => buffer.extend_from_slice(piece),
                None => return Err(decoder.at_close().err().unwrap_or(BodyError::Truncated)),
            },
        }
    }
}
