//! Sends bytes that no proper client sends, and reads what comes back until the connection is closed.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::Failure;
use crate::answer::Answer;

/// Sends the lines, each ended by CR LF, and gives the answer. A server that keeps the connection open is a failure.
pub fn send(lines: &str, door: SocketAddr) -> Result<Answer, Failure> {
    let failed = |error: std::io::Error| Failure::of("the raw request", &error);
    let mut stream = TcpStream::connect(door).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    // A server may answer and close before it has read everything; what it sent decides.
    let _ = stream.write_all(lines.replace('\n', "\r\n").as_bytes());
    let mut received = Vec::new();
    let closed = stream.read_to_end(&mut received);
    let end = received.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end else {
        let text = String::from_utf8_lossy(&received);
        return Err(Failure(format!("no answer came, but {text:?} ({closed:?})")));
    };
    let body = received.split_off(end + 4);
    match closed {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => {
            Err(Failure::of("the connection is not closed after the answer", &error))
        }
        _ => Answer::of(&String::from_utf8_lossy(&received), body),
    }
}

/// A server that has neither closed nor sent anything by then will not.
const PATIENCE: Duration = Duration::from_secs(30);
