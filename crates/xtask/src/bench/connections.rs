//! A plain viewer over HTTP/1.1 for what no load generator does: make sure of an answer, ask for many objects once, and
//! keep many connections that do nothing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::load::HOST;
use crate::Failure;

/// Asks for a path until it is answered well.
pub fn warm(address: SocketAddr, path: &str) -> Result<(), Failure> {
    let mut viewer = Viewer::connect(address)?;
    for _ in 0..WARMING_MAX {
        let status = viewer.ask(path)?;
        if status == 200 {
            return Ok(());
        }
        if viewer.is_last {
            viewer = Viewer::connect(address)?;
        }
    }
    Err(Failure(format!("{path} at {address} is not answered with 200:\n{}", viewer.last_head())))
}

/// The number that is the body of a small answer.
pub fn number_at(address: SocketAddr, path: &str) -> Result<u64, Failure> {
    let mut viewer = Viewer::connect(address)?;
    viewer.ask(path)?;
    let text = String::from_utf8_lossy(&viewer.answer[viewer.head_bytes..]).into_owned();
    text.trim().parse().map_err(|_| Failure(format!("{path} at {address} is no number: {text:?}")))
}

/// Asks for each path once, over one connection.
pub fn ask_for_all(address: SocketAddr, paths: impl Iterator<Item = String>) -> Result<(), Failure> {
    let mut viewer = Viewer::connect(address)?;
    for path in paths {
        let status = viewer.ask(&path)?;
        if status != 200 {
            return Err(Failure(format!("{path} at {address}:\n{}", viewer.last_head())));
        }
        if viewer.is_last {
            viewer = Viewer::connect(address)?;
        }
    }
    Ok(())
}

/// Connections that asked once and wait now; they end when this is dropped.
pub fn idle(address: SocketAddr, path: &str, count: usize) -> Result<Vec<TcpStream>, Failure> {
    (0..count)
        .map(|_| {
            let mut viewer = Viewer::connect(address)?;
            let status = viewer.ask(path)?;
            if status != 200 || viewer.is_last {
                return Err(Failure(format!("{path} at {address}:\n{}", viewer.last_head())));
            }
            Ok(viewer.stream)
        })
        .collect()
}

/// Whether connections are still open: nothing came, not even their end.
pub fn all_open(connections: &[TcpStream]) -> bool {
    connections.iter().all(|stream| {
        let is_set = stream.set_nonblocking(true).is_ok();
        let found = stream.peek(&mut [0]);
        is_set && found.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    })
}

/// A viewer with one connection.
pub struct Viewer {
    stream: TcpStream,
    address: SocketAddr,
    answer: Vec<u8>,
    head_bytes: usize,
    /// The server closes after the last answer.
    is_last: bool,
}

impl Viewer {
    /// Connects.
    pub fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::of(&address.to_string(), &error);
        let stream = TcpStream::connect(address).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        stream.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
        Ok(Self { stream, address, answer: Vec::new(), head_bytes: 0, is_last: false })
    }

    /// The body of a good answer.
    pub fn text(&mut self, path: &str) -> Result<String, Failure> {
        self.send(path)?;
        let Answer { status, body } = self.answer()?;
        if self.is_last {
            self.connect_again()?;
        }
        if status == 200 { Ok(body) } else { Err(Failure(format!("{path}: {status} {body}"))) }
    }

    /// A new connection in place of this one.
    pub fn connect_again(&mut self) -> Result<(), Failure> {
        *self = Self::connect(self.address)?;
        Ok(())
    }

    /// Asks, and does not wait for the answer.
    pub fn send(&mut self, path: &str) -> Result<(), Failure> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        let address = self.address;
        self.stream.write_all(request.as_bytes()).map_err(|error| Failure::of(&address.to_string(), &error))
    }

    /// The answer to what was asked.
    pub fn answer(&mut self) -> Result<Answer, Failure> {
        let status = self.receive()?;
        Ok(Answer { status, body: String::from_utf8_lossy(&self.answer[self.head_bytes..]).into_owned() })
    }

    fn ask(&mut self, path: &str) -> Result<u16, Failure> {
        self.send(path)?;
        self.receive()
    }

    /// Reads the whole answer and gives its status.
    fn receive(&mut self) -> Result<u16, Failure> {
        let address = self.address;
        let failed = |error: std::io::Error| Failure::of(&address.to_string(), &error);
        self.answer.clear();
        let mut piece = [0; PIECE_BYTES];
        let mut length = None;
        while length.is_none_or(|length| self.answer.len() < length) {
            let count = self.stream.read(&mut piece).map_err(failed)?;
            if count == 0 {
                return Err(Failure(format!("{address} closed within an answer")));
            }
            self.answer.extend_from_slice(&piece[..count]);
            if length.is_none() {
                length = self.whole_length()?;
            }
        }
        let status = self.answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        status.ok_or_else(|| Failure(format!("{address}: no HTTP/1.1")))
    }

    /// The length of head and body, once the head is there.
    fn whole_length(&mut self) -> Result<Option<usize>, Failure> {
        let Some(end) = self.answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return Ok(None);
        };
        self.head_bytes = end + 4;
        let head = self.last_head().to_ascii_lowercase();
        self.is_last = head.contains("\r\nconnection: close");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        match length.and_then(|length| length.trim().parse::<usize>().ok()) {
            Some(length) => Ok(Some(self.head_bytes + length)),
            None => Err(Failure(format!("an answer without a length:\n{head}"))),
        }
    }

    fn last_head(&self) -> String {
        String::from_utf8_lossy(&self.answer[..self.head_bytes]).into_owned()
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body as text.
    pub body: String,
}

const WARMING_MAX: u32 = 20;
const PIECE_BYTES: usize = 64 * 1024;
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);
