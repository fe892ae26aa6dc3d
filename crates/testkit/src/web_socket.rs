//! A WebSocket of RFC 6455, as far as stories need one: text messages, the viewer's side and the origin's.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::Failure;
use crate::answer::Answer;
use crate::curl::Doors;
use crate::story::{Request, Said};
use crate::tls;

/// Makes the handshake over a connection of its own, says and hears what the story says, and closes. What is not answered
/// with 101 is an ordinary answer.
pub fn converse(request: &Request, lines: &[Said], doors: &Doors) -> Result<Answer, Failure> {
    let failed = |error: std::io::Error| Failure::of("the WebSocket", &error);
    let (is_secure, rest) = match (request.url.strip_prefix("ws://"), request.url.strip_prefix("wss://")) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return Err(Failure(format!("{} is no URL of a WebSocket", request.url))),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let target = &rest[authority.len()..];
    let mut head = format!("{} {target} HTTP/1.1\r\nHost: {authority}\r\n{HANDSHAKE}", request.method);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {}\r\n", value.as_deref().unwrap_or_default()));
    }
    let mut stream: Box<dyn Bytes> = if is_secure {
        let stream = tls::connect(&tls::config(doors, "http/1.1")?, doors, authority)?;
        stream.sock.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        Box::new(stream)
    } else {
        let stream = TcpStream::connect(doors.http).map_err(failed)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        Box::new(stream)
    };
    stream.write_all((head + "\r\n").as_bytes()).map_err(failed)?;
    let head = read_head(stream.as_mut()).map_err(failed)?;
    let mut answer = Answer::of(&head, Vec::new())?;
    if answer.status != 101 {
        let length = answer.values("content-length").next().and_then(|value| value.parse().ok()).unwrap_or(0);
        answer.body = vec![0; length];
        stream.read_exact(&mut answer.body).map_err(failed)?;
        return match lines {
            [] => Ok(answer),
            _ => Err(Failure(format!("it is no WebSocket, but\n{}", answer.show()))),
        };
    }
    let accept = accept_of(KEY);
    if answer.values("sec-websocket-accept").next() != Some(accept.as_str()) {
        return Err(Failure(format!("the answer does not accept the key:\n{}", answer.show())));
    }
    let mut socket = Socket { stream, masks: true };
    for line in lines {
        match line {
            Said::ByViewer(text) => socket.send(text).map_err(failed)?,
            Said::ByOrigin(wanted) => {
                let heard = socket.receive().map_err(failed)?.unwrap_or_else(|| "(closed)".to_owned());
                let is_wanted = match wanted.strip_prefix("~ ") {
                    Some(part) => heard.contains(part),
                    None => heard == *wanted,
                };
                if !is_wanted {
                    return Err(Failure(format!("the WebSocket said {heard:?}, not {wanted:?}")));
                }
            }
        }
    }
    socket.close().map_err(failed)?;
    Ok(answer)
}

/// The origin's side of a request that has been read: the fields of its 101, or nothing where it is no handshake.
pub fn accept(head: &[String]) -> Option<String> {
    let value = |name: &str| {
        let mut fields = head.iter().filter_map(|line| line.split_once(':'));
        fields.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let switches = value("connection")?.eq_ignore_ascii_case("upgrade");
    let is_web_socket = value("upgrade")?.eq_ignore_ascii_case("websocket");
    let key = value("sec-websocket-key")?;
    let is_known = value("sec-websocket-version")? == "13";
    (switches && is_web_socket && is_known).then(|| {
        format!("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n", accept_of(key))
    })
}

/// Says `greeting` and then whatever it hears, until the viewer closes.
pub fn echo(stream: TcpStream, greeting: &str) -> std::io::Result<()> {
    let mut socket = Socket { stream: Box::new(stream), masks: false };
    if !greeting.is_empty() {
        socket.send(greeting)?;
    }
    while let Some(text) = socket.receive()? {
        socket.send(&text)?;
    }
    socket.frame(CLOSE, &[])
}

/// A connection, plain or over TLS.
trait Bytes: Read + Write {}

impl<T: Read + Write> Bytes for T {}

struct Socket {
    stream: Box<dyn Bytes>,
    /// RFC 6455 §5.3: a client masks what it sends.
    masks: bool,
}

impl Socket {
    fn send(&mut self, text: &str) -> std::io::Result<()> {
        self.frame(TEXT, text.as_bytes())
    }

    fn frame(&mut self, kind: u8, payload: &[u8]) -> std::io::Result<()> {
        let mask_bit = if self.masks { 0x80 } else { 0 };
        let mut frame = vec![0x80 | kind];
        match u16::try_from(payload.len()) {
            Ok(length) if length < 126 => frame.push(mask_bit | length.to_be_bytes()[1]),
            Ok(length) => {
                frame.push(mask_bit | 126);
                frame.extend_from_slice(&length.to_be_bytes());
            }
            Err(_) => {
                frame.push(mask_bit | 127);
                frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            }
        }
        if self.masks {
            frame.extend_from_slice(&MASK);
            frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        } else {
            frame.extend_from_slice(payload);
        }
        self.stream.write_all(&frame)
    }

    /// The next text; nothing once the other side closes.
    fn receive(&mut self) -> std::io::Result<Option<String>> {
        let mut start = [0; 2];
        self.stream.read_exact(&mut start)?;
        let length = match start[1] & 0x7f {
            126 => {
                let mut length = [0; 2];
                self.stream.read_exact(&mut length)?;
                u64::from(u16::from_be_bytes(length))
            }
            127 => {
                let mut length = [0; 8];
                self.stream.read_exact(&mut length)?;
                u64::from_be_bytes(length)
            }
            length => u64::from(length),
        };
        let mut mask = [0; 4];
        if start[1] & 0x80 != 0 {
            self.stream.read_exact(&mut mask)?;
        }
        let mut payload = Vec::new();
        self.stream.as_mut().take(length).read_to_end(&mut payload)?;
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        Ok((start[0] & 0x0f == TEXT).then(|| String::from_utf8_lossy(&payload).into_owned()))
    }

    /// Says that nothing follows, and waits until the other side agrees and its connection is closed.
    fn close(mut self) -> std::io::Result<()> {
        self.frame(CLOSE, &[])?;
        self.stream.read_to_end(&mut Vec::new())?;
        Ok(())
    }
}

fn read_head(stream: &mut dyn Bytes) -> std::io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// RFC 6455 §4.2.2.
fn accept_of(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

const HANDSHAKE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// A side that has not said anything by then will not.
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::{KEY, accept_of};

    #[test]
    fn the_key_of_rfc_6455_is_accepted() {
        assert_eq!(accept_of(KEY), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
