//! The origin of the benchmark: two cacheable objects over HTTP/1.1, with nothing but the standard library.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use crate::Failure;

/// Prints its port and serves until its standard input ends.
pub fn serve() -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::of("the origin", &error);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
    println!("{}", listener.local_addr().map_err(failed)?.port());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                // A client that leaves is the usual end of a connection.
                let _ = answer(&stream);
            });
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).map(|_| ()).map_err(failed)
}

fn answer(stream: &TcpStream) -> std::io::Result<()> {
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
        let length = match target.as_str() {
            "/1k" => 1024,
            "/100k" => 100 * 1024,
            _ => 0,
        };
        let status = if length == 0 { "404 Not Found" } else { "200 OK" };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\
             Cache-Control: max-age=3600\r\nETag: \"{length}\"\r\n\r\n"
        );
        let mut answer = head.into_bytes();
        answer.resize(answer.len() + length, b'x');
        (&*stream).write_all(&answer)?;
        target.clear();
    }
}
