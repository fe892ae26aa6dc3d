//! The physical limit: one thread, one epoll loop, an answer that lies ready. Nothing is parsed but the path's name.
//!
//! What a server needs beyond this is its own doing; what this needs is the kernel's.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::fd::OwnedFd;

use super::sizes;
use crate::Failure;

/// Prints its port and serves until its standard input ends.
pub fn serve() -> Result<(), Failure> {
    run().map_err(|error| Failure::of("the epoll loop", &error))
}

fn run() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        // However the input ends, whoever started this is gone.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let answers: Vec<(&str, Vec<u8>)> =
        sizes::SIZES.iter().map(|(path, length)| (*path, answer(*length))).collect();
    let queue = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&queue, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut events = Vec::with_capacity(EVENTS_MAX);
    loop {
        epoll::wait(&queue, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            let number = event.data.u64();
            if number == LISTENER {
                accept(&listener, &queue, &mut connections)?;
                continue;
            }
            let Some(place) = usize::try_from(number).ok().and_then(|number| connections.get_mut(number))
            else {
                continue;
            };
            let is_open = place.as_mut().is_some_and(|connection| {
                // Whatever fails, the connection is of no use any more.
                connection.advance(&queue, number, &answers).unwrap_or(false)
            });
            if !is_open {
                *place = None;
            }
        }
    }
}

fn answer(length: usize) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    bytes.resize(bytes.len() + length, b'x');
    bytes
}

fn accept(
    listener: &TcpListener,
    queue: &OwnedFd,
    connections: &mut Vec<Option<Connection>>,
) -> std::io::Result<()> {
    let stream = match listener.accept() {
        Ok((stream, _)) => stream,
        Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
        Err(error) => return Err(error),
    };
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    let place = connections.iter().position(Option::is_none).unwrap_or(connections.len());
    epoll::add(queue, &stream, epoll::EventData::new_u64(place as u64), epoll::EventFlags::IN)?;
    let connection = Some(Connection { stream, head: [0; HEAD_BYTES_MAX], received: 0, sending: None });
    match connections.get_mut(place) {
        Some(empty) => *empty = connection,
        None => connections.push(connection),
    }
    Ok(())
}

struct Connection {
    stream: TcpStream,
    head: [u8; HEAD_BYTES_MAX],
    received: usize,
    /// Which answer is on its way, and how much of it is sent.
    sending: Option<(usize, usize)>,
}

impl Connection {
    /// Does what the socket is ready for; false when the connection is over.
    fn advance(
        &mut self,
        queue: &OwnedFd,
        number: u64,
        answers: &[(&str, Vec<u8>)],
    ) -> std::io::Result<bool> {
        let data = epoll::EventData::new_u64(number);
        if let Some((which, sent)) = self.sending {
            if self.send(answers, which, sent)? {
                epoll::modify(queue, &self.stream, data, epoll::EventFlags::IN)?;
            }
            return Ok(true);
        }
        let count = self.stream.read(&mut self.head[self.received..])?;
        self.received += count;
        let head = &self.head[..self.received];
        if count == 0 {
            return Ok(false);
        }
        // Nobody here sends a request before the last one was answered.
        if !head.ends_with(b"\r\n\r\n") {
            return Ok(true);
        }
        let target = head.get(b"GET ".len()..).unwrap_or_default();
        let length = target.iter().position(|byte| *byte == b' ').unwrap_or_default();
        let Some(which) = answers.iter().position(|(path, _)| path.as_bytes() == &target[..length]) else {
            return Ok(false);
        };
        self.received = 0;
        if !self.send(answers, which, 0)? {
            epoll::modify(queue, &self.stream, data, epoll::EventFlags::OUT)?;
        }
        Ok(true)
    }

    /// Whether all is sent.
    fn send(&mut self, answers: &[(&str, Vec<u8>)], which: usize, sent: usize) -> std::io::Result<bool> {
        let bytes = &answers[which].1;
        let count = match self.stream.write(&bytes[sent..]) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        let sent = sent + count;
        self.sending = (sent < bytes.len()).then_some((which, sent));
        Ok(self.sending.is_none())
    }
}

const LISTENER: u64 = u64::MAX;
const EVENTS_MAX: usize = 256;
const HEAD_BYTES_MAX: usize = 2048;
