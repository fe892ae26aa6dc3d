//! HTTP/1.1 as far as a runtime client needs it: requests with a body of known length or in chunks, kept alive and
//! pipelined. What is not that is malformed and ends the connection.

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX, RESPONSE_BYTES_MAX};

/// A request as far as the Runtime API looks at it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// `Lambda-Runtime-Function-Error-Type`
    pub(super) error_type: Option<String>,
    /// Whether `Lambda-Runtime-Function-Response-Mode` is set.
    pub(super) other_mode: bool,
    pub(super) body: Posted,
}

/// A body, or the size of one that was too large to keep.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Posted {
    Whole(Bytes),
    TooLarge(usize),
}

impl Posted {
    /// The body, empty if it was too large.
    pub(super) fn whole(self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::TooLarge(_) => Bytes::new(),
        }
    }
}

/// What reading gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Request(Request),
    End,
    Malformed,
}

/// Reads the requests of one connection.
#[derive(Debug, Default)]
pub(super) struct RequestReader {
    buffer: BytesMut,
}

impl RequestReader {
    /// The next request.
    pub(super) async fn read(&mut self, stream: &mut TcpStream) -> std::io::Result<Read> {
        let head = loop {
            if let Some(end) = head_end(&self.buffer) {
                break self.buffer.split_to(end);
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Ok(Read::Malformed);
            }
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(if self.buffer.is_empty() { Read::End } else { Read::Malformed });
            }
        };
        let Some(head) = Head::parse(&head) else { return Ok(Read::Malformed) };
        let body = match head.framing {
            Framing::Length(length) => self.read_length(stream, length).await?,
            Framing::Chunked => self.read_chunks(stream).await?,
        };
        let Some(body) = body else { return Ok(Read::Malformed) };
        let Head { method, path, error_type, other_mode, .. } = head;
        Ok(Read::Request(Request { method, path, error_type, other_mode, body }))
    }

    async fn read_length(
        &mut self,
        stream: &mut TcpStream,
        length: usize,
    ) -> std::io::Result<Option<Posted>> {
        if length > RESPONSE_BYTES_MAX {
            let complete = self.discard(stream, length).await?;
            return Ok(complete.then_some(Posted::TooLarge(length)));
        }
        self.buffer.reserve(length.saturating_sub(self.buffer.len()));
        while self.buffer.len() < length {
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
        Ok(Some(Posted::Whole(self.buffer.split_to(length).freeze())))
    }

    /// Reads past a body that is too large, so that the client comes to read the answer.
    async fn discard(&mut self, stream: &mut TcpStream, mut length: usize) -> std::io::Result<bool> {
        loop {
            let here = length.min(self.buffer.len());
            self.buffer.advance(here);
            length -= here;
            if length == 0 {
                return Ok(true);
            }
            if stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(false);
            }
        }
    }

    async fn read_chunks(&mut self, stream: &mut TcpStream) -> std::io::Result<Option<Posted>> {
        let (mut body, mut bytes) = (BytesMut::new(), 0_usize);
        loop {
            let Some(line) = self.read_line(stream).await? else { return Ok(None) };
            let digits = line[..].split(|byte| *byte == b';').next().unwrap_or_default();
            let size =
                std::str::from_utf8(digits).ok().and_then(|hex| usize::from_str_radix(hex.trim(), 16).ok());
            let Some(size) = size else { return Ok(None) };
            if size == 0 {
                break;
            }
            bytes = bytes.saturating_add(size);
            if bytes > RESPONSE_BYTES_MAX {
                body.clear();
                if !self.discard(stream, size).await? {
                    return Ok(None);
                }
            } else {
                let Some(Posted::Whole(chunk)) = self.read_length(stream, size).await? else {
                    return Ok(None);
                };
                body.extend_from_slice(&chunk);
            }
            if self.read_line(stream).await?.is_none_or(|end| !end.is_empty()) {
                return Ok(None);
            }
        }
        while let Some(trailer) = self.read_line(stream).await? {
            if trailer.is_empty() {
                let whole = bytes <= RESPONSE_BYTES_MAX;
                return Ok(Some(if whole { Posted::Whole(body.freeze()) } else { Posted::TooLarge(bytes) }));
            }
        }
        Ok(None)
    }

    async fn read_line(&mut self, stream: &mut TcpStream) -> std::io::Result<Option<BytesMut>> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line = self.buffer.split_to(at + 1);
                line.truncate(at);
                if line.ends_with(b"\r") {
                    line.truncate(at - 1);
                }
                return Ok(Some(line));
            }
            if self.buffer.len() > HEAD_BYTES_MAX || stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

#[derive(Debug)]
struct Head {
    method: String,
    path: String,
    framing: Framing,
    error_type: Option<String>,
    other_mode: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
}

impl Head {
    fn parse(head: &[u8]) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, path, version) = (first.next()?, first.next()?, first.next()?);
        if first.next().is_some() || version != "HTTP/1.1" || !path.starts_with('/') {
            return None;
        }
        let mut parsed = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            framing: Framing::Length(0),
            error_type: None,
            other_mode: false,
        };
        for line in lines.take_while(|line| !line.is_empty()).take(HEADERS_MAX) {
            let (name, value) = line.split_once(':')?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                parsed.framing = Framing::Length(value.parse().ok()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                parsed.framing = value.eq_ignore_ascii_case("chunked").then_some(Framing::Chunked)?;
            } else if name.eq_ignore_ascii_case("lambda-runtime-function-error-type") {
                parsed.error_type = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("lambda-runtime-function-response-mode") {
                parsed.other_mode = true;
            }
        }
        Some(parsed)
    }
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;

    /// What is read from a connection on which `bytes` come and which is then closed.
    async fn read_all(bytes: &[u8]) -> Vec<Read> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).await.expect("a connection");
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let sent = bytes.to_vec();
        let writer = tokio::spawn(async move {
            client.write_all(&sent).await.expect("the reader reads all");
        });
        let (mut reader, mut seen) = (RequestReader::default(), Vec::new());
        loop {
            let read = reader.read(&mut stream).await.expect("no error");
            let ended = !matches!(read, Read::Request(_));
            seen.push(read);
            if ended {
                drop(stream);
                let _ = writer.await;
                return seen;
            }
        }
    }

    fn posted(body: Posted) -> Read {
        let (method, path) = ("POST".to_owned(), "/x".to_owned());
        Read::Request(Request { method, path, error_type: None, other_mode: false, body })
    }

    #[tokio::test]
    async fn requests_come_one_after_the_other() {
        let whole = |text: &'static str| posted(Posted::Whole(Bytes::from_static(text.as_bytes())));
        let bytes = b"POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\nab\
                      POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nT: 1\r\n\r\n";
        assert_eq!(read_all(bytes).await, [whole("ab"), whole("abcd"), Read::End]);
    }

    #[tokio::test]
    async fn what_is_too_large_is_counted() {
        let size = RESPONSE_BYTES_MAX + 1;
        let mut bytes = format!("POST /x HTTP/1.1\r\nContent-Length: {size}\r\n\r\n").into_bytes();
        bytes.resize(bytes.len() + size, b'x');
        assert_eq!(read_all(&bytes).await, [posted(Posted::TooLarge(size)), Read::End]);
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
            "\u{1}\u{2}\r\n\r\n",
            "half",
        ] {
            assert_eq!(read_all(bytes.as_bytes()).await, [Read::Malformed], "{bytes}");
        }
    }
}
