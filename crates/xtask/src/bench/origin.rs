//! The origin of the benchmark: cacheable objects over HTTP/1.1, with nothing but the standard library. It counts what
//! it is asked for, so that nobody needs a header to know what was a hit.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};

use super::sizes;
use crate::Failure;

/// Prints its port and serves until its standard input ends.
pub fn serve() -> Result<(), Failure> {
    println!("{}", listen()?);
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())
        .map(|_| ())
        .map_err(|error| Failure::of("the origin", &error))
}

/// Serves from now on, on threads of this process; its port.
pub fn listen() -> Result<u16, Failure> {
    let failed = |error: std::io::Error| Failure::of("the origin", &error);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                // A client that leaves is the usual end of a connection.
                let _ = answer(&stream);
            });
        }
    });
    Ok(port)
}

fn answer(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut target = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if target.is_empty() {
            target = line.split(' ').nth(1).unwrap_or("/").to_owned();
        }
        if line != "\r\n" {
            continue;
        }
        if target == COUNT_PATH {
            (&*stream).write_all(&count())?;
        } else {
            ASKED.fetch_add(1, Ordering::Relaxed);
            (&*stream).write_all(&object(&target))?;
        }
        target.clear();
    }
}

fn count() -> Vec<u8> {
    let body = ASKED.load(Ordering::Relaxed).to_string();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn object(target: &str) -> Vec<u8> {
    let (status, length) = match sizes::length_of(target) {
        Some(length) => ("200 OK", length),
        None => ("404 Not Found", 0),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\
         Cache-Control: max-age=3600\r\nETag: \"{length}\"\r\n\r\n"
    );
    let mut answer = head.into_bytes();
    answer.resize(answer.len() + length, b'x');
    answer
}

/// Where the origin says how often it was asked for an object.
pub const COUNT_PATH: &str = "/count";

static ASKED: AtomicU64 = AtomicU64::new(0);
