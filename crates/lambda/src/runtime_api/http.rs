//! HTTP/1.1 as far as a runtime client needs it: requests with a body of known length or in chunks, kept alive and
//! pipelined. What is not that is malformed and ends the connection.
//!
//! A body is read as a whole, or piece by piece as it comes: a streamed response.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX, RESPONSE_BYTES_MAX, STREAM_PIECE_BYTES_MAX};

/// The head of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    text: String,
    framing: Framing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
}

/// A body, or the size of one that was too large to keep.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Posted {
    Whole(Bytes),
    TooLarge(usize),
}

impl Posted {
    /// The body, shared; empty if it was too large.
    pub(super) fn bytes(&self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes.clone(),
            Self::TooLarge(_) => Bytes::new(),
        }
    }

    /// The body, empty if it was too large.
    pub(super) fn whole(self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::TooLarge(_) => Bytes::new(),
        }
    }
}

/// What comes next of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Data(Bytes),
    End(Trailers),
    /// It does not end as it should: the connection broke, or the chunks are none.
    Broken,
}

/// The fields behind a body in chunks that say how a streamed response failed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Trailers {
    /// `Lambda-Runtime-Function-Error-Type`
    pub(super) error_type: Option<String>,
    /// `Lambda-Runtime-Function-Error-Body`, base64.
    pub(super) error_body: Option<String>,
}

/// How far a body has been read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// So many bytes of a body of known length.
    Bytes(usize),
    /// So many bytes of a chunk, and then its line end.
    Chunk(usize),
    /// The line that says how long the next chunk is.
    ChunkSize,
}

/// What reading a head gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Head(Head),
    End,
    Malformed,
}

/// Reads the requests of one connection.
#[derive(Debug, Default)]
pub(super) struct RequestReader {
    buffer: BytesMut,
}

impl RequestReader {
    /// The head of the next request. Its body must be read before the next one.
    pub(super) async fn head(&mut self, stream: &mut TcpStream) -> std::io::Result<Read> {
        let head = loop {
            if let Some(end) = head_end(&self.buffer) {
                break self.buffer.split_to(end);
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Ok(Read::Malformed);
            }
            if self.fill(stream).await? == 0 {
                return Ok(if self.buffer.is_empty() { Read::End } else { Read::Malformed });
            }
        };
        let Some(head) = Head::parse(&head) else { return Ok(Read::Malformed) };
        if head.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        Ok(Read::Head(head))
    }

    /// Whether the next request is there already and begins so.
    pub(super) fn has_next(&self, start: &[u8]) -> bool {
        self.buffer.starts_with(start) && head_end(&self.buffer).is_some()
    }

    /// Reads once what has come, with room enough for a usual request.
    async fn fill(&mut self, stream: &mut TcpStream) -> std::io::Result<usize> {
        if self.buffer.capacity() - self.buffer.len() < READ_BYTES_MIN {
            self.buffer.reserve(READ_BYTES);
        }
        stream.read_buf(&mut self.buffer).await
    }

    /// The whole body; `None` if it is malformed. Beyond the limit it is read and counted only, so that the client
    /// comes to read the answer.
    pub(super) async fn body(
        &mut self,
        stream: &mut TcpStream,
        head: &Head,
    ) -> std::io::Result<Option<Posted>> {
        let mut left = head.left();
        if let Left::Bytes(length) = left
            && length <= RESPONSE_BYTES_MAX
        {
            self.buffer.reserve(length.saturating_sub(self.buffer.len()));
            while self.buffer.len() < length {
                if self.fill(stream).await? == 0 {
                    return Ok(None);
                }
            }
            return Ok(Some(Posted::Whole(self.buffer.split_to(length).freeze())));
        }
        let (mut body, mut length) = (BytesMut::new(), 0_usize);
        loop {
            match self.piece(stream, &mut left).await? {
                Piece::Data(bytes) => {
                    length = length.saturating_add(bytes.len());
                    if length <= RESPONSE_BYTES_MAX {
                        body.extend_from_slice(&bytes);
                    } else {
                        body = BytesMut::new();
                    }
                }
                Piece::End(_) if length <= RESPONSE_BYTES_MAX => {
                    return Ok(Some(Posted::Whole(body.freeze())));
                }
                Piece::End(_) => return Ok(Some(Posted::TooLarge(length))),
                Piece::Broken => return Ok(None),
            }
        }
    }

    /// What comes next of the body, as soon as it is there.
    pub(super) async fn piece(&mut self, stream: &mut TcpStream, left: &mut Left) -> std::io::Result<Piece> {
        loop {
            match *left {
                Left::Bytes(0) => return Ok(Piece::End(Trailers::default())),
                Left::Bytes(length) => {
                    let data = self.data(stream, length).await?;
                    *left = Left::Bytes(length - data.len());
                    return Ok(if data.is_empty() { Piece::Broken } else { Piece::Data(data) });
                }
                Left::Chunk(0) => {
                    if self.line(stream).await?.is_none_or(|end| !end.is_empty()) {
                        return Ok(Piece::Broken);
                    }
                    *left = Left::ChunkSize;
                }
                Left::Chunk(length) => {
                    let data = self.data(stream, length).await?;
                    *left = Left::Chunk(length - data.len());
                    return Ok(if data.is_empty() { Piece::Broken } else { Piece::Data(data) });
                }
                Left::ChunkSize => {
                    let Some(size) = self.line(stream).await?.and_then(|line| chunk_size(&line)) else {
                        return Ok(Piece::Broken);
                    };
                    if size == 0 {
                        return self.trailers(stream).await;
                    }
                    *left = Left::Chunk(size);
                }
            }
        }
    }

    /// At most `length` bytes of what is there, once something is; none where the connection has ended.
    async fn data(&mut self, stream: &mut TcpStream, length: usize) -> std::io::Result<Bytes> {
        if self.buffer.is_empty() {
            self.buffer.reserve(length.min(STREAM_PIECE_BYTES_MAX));
            stream.read_buf(&mut self.buffer).await?;
        }
        let here = length.min(self.buffer.len()).min(STREAM_PIECE_BYTES_MAX);
        Ok(self.buffer.split_to(here).freeze())
    }

    async fn trailers(&mut self, stream: &mut TcpStream) -> std::io::Result<Piece> {
        let mut trailers = Trailers::default();
        for _ in 0..HEADERS_MAX {
            let Some(line) = self.line(stream).await? else { return Ok(Piece::Broken) };
            if line.is_empty() {
                return Ok(Piece::End(trailers));
            }
            let Some((name, value)) = std::str::from_utf8(&line).ok().and_then(|line| line.split_once(':'))
            else {
                return Ok(Piece::Broken);
            };
            let value = Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned);
            if name.eq_ignore_ascii_case("lambda-runtime-function-error-type") {
                trailers.error_type = value;
            } else if name.eq_ignore_ascii_case("lambda-runtime-function-error-body") {
                trailers.error_body = value;
            }
        }
        Ok(Piece::Broken)
    }

    async fn line(&mut self, stream: &mut TcpStream) -> std::io::Result<Option<BytesMut>> {
        let mut looked_at = 0;
        loop {
            if let Some(at) = self.buffer[looked_at..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.buffer.split_to(looked_at + at + 1);
                line.truncate(line.len() - 1);
                if line.ends_with(b"\r") {
                    line.truncate(line.len() - 1);
                }
                return Ok(Some(line));
            }
            looked_at = self.buffer.len();
            // The error of a stream comes in a trailer, and may be as long as an error is.
            if looked_at > RESPONSE_BYTES_MAX || self.fill(stream).await? == 0 {
                return Ok(None);
            }
        }
    }
}

impl Head {
    fn parse(head: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(head).ok()?.to_owned();
        let mut lines = text.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (_, path, version) = (first.next()?, first.next()?, first.next()?);
        if first.next().is_some() || version != "HTTP/1.1" || !path.starts_with('/') {
            return None;
        }
        let mut framing = Framing::Length(0);
        for line in lines.take_while(|line| !line.is_empty()).take(HEADERS_MAX) {
            let (name, value) = line.split_once(':')?;
            if name.eq_ignore_ascii_case("content-length") {
                framing = Framing::Length(value.trim().parse().ok()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                framing = value.trim().eq_ignore_ascii_case("chunked").then_some(Framing::Chunked)?;
            }
        }
        Some(Self { text, framing })
    }

    pub(super) fn method(&self) -> &str {
        self.text.split(' ').next().unwrap_or_default()
    }

    pub(super) fn path(&self) -> &str {
        self.text.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.text.split("\r\n").skip(1).take(HEADERS_MAX);
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        fields.find(|(named, _)| named.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The body, of which nothing has been read.
    pub(super) fn left(&self) -> Left {
        match self.framing {
            Framing::Length(length) => Left::Bytes(length),
            Framing::Chunked => Left::ChunkSize,
        }
    }
}

fn chunk_size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|byte| *byte == b';').next()?;
    usize::from_str_radix(std::str::from_utf8(digits).ok()?.trim(), 16).ok()
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// What is read at once.
const READ_BYTES: usize = 8_192;
/// With less room than this there is more made.
const READ_BYTES_MIN: usize = 2_048;

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A connection on which `bytes` come and which is then closed, and who sends them.
    async fn sent(bytes: &[u8]) -> (TcpStream, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).await.expect("a connection");
        let (stream, _) = listener.accept().await.expect("a connection");
        let bytes = bytes.to_vec();
        let writer = tokio::spawn(async move {
            client.write_all(&bytes).await.expect("the reader reads all");
        });
        (stream, writer)
    }

    /// The path and the body of every request on a connection; `None` for what is malformed.
    async fn read_all(bytes: &[u8]) -> Vec<Option<(String, Posted)>> {
        let (mut stream, writer) = sent(bytes).await;
        let (mut reader, mut seen) = (RequestReader::default(), Vec::new());
        loop {
            let request = match reader.head(&mut stream).await.expect("no error") {
                Read::Head(head) => {
                    let body = reader.body(&mut stream, &head).await.expect("no error");
                    body.map(|body| (head.path().to_owned(), body))
                }
                Read::End => break,
                Read::Malformed => None,
            };
            let ended = request.is_none();
            seen.push(request);
            if ended {
                break;
            }
        }
        drop(stream);
        let _ = writer.await;
        seen
    }

    fn whole(text: &'static str) -> Option<(String, Posted)> {
        Some(("/x".to_owned(), Posted::Whole(Bytes::from_static(text.as_bytes()))))
    }

    #[tokio::test]
    async fn requests_come_one_after_the_other() {
        let bytes = b"POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\nab\
                      POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nT: 1\r\n\r\n";
        assert_eq!(read_all(bytes).await, [whole("ab"), whole("abcd")]);
    }

    #[tokio::test]
    async fn what_is_too_large_is_counted() {
        let size = RESPONSE_BYTES_MAX + 1;
        let mut bytes = format!("POST /x HTTP/1.1\r\nContent-Length: {size}\r\n\r\n").into_bytes();
        bytes.resize(bytes.len() + size, b'x');
        assert_eq!(read_all(&bytes).await, [Some(("/x".to_owned(), Posted::TooLarge(size)))]);
    }

    #[tokio::test]
    async fn rubbish_ends_the_connection() {
        for bytes in [
            "GET /\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno field\r\n\r\n",
            "\u{1}\u{2}\r\n\r\n",
            "half",
        ] {
            assert_eq!(read_all(bytes.as_bytes()).await, [None], "{bytes}");
        }
    }

    #[tokio::test]
    async fn a_body_comes_in_pieces_and_says_how_it_failed() {
        let bytes = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\
                      lambda-runtime-function-error-type: Oh\r\nLambda-Runtime-Function-Error-Body: e30=\r\n\r\n";
        let (mut stream, _writer) = sent(bytes).await;
        let mut reader = RequestReader::default();
        let Read::Head(head) = reader.head(&mut stream).await.expect("no error") else { panic!("a head") };
        let mut left = head.left();
        let first = reader.piece(&mut stream, &mut left).await.expect("no error");
        assert_eq!(first, Piece::Data(Bytes::from_static(b"ab")));
        let trailers = Trailers { error_type: Some("Oh".to_owned()), error_body: Some("e30=".to_owned()) };
        assert_eq!(reader.piece(&mut stream, &mut left).await.expect("no error"), Piece::End(trailers));
    }
}
