//! A small HTTP origin of the user's own, for stories about custom origins.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Failure;
use crate::run::repeated;
use crate::story::StoryFile;
use crate::web_socket;

/// The origin; it answers until the test's process ends.
pub struct Origin {
    port: u16,
    responses: Arc<Mutex<HashMap<String, String>>>,
}

impl Origin {
    /// Starts it on a free port with these responses.
    pub fn start(files: &[StoryFile]) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| Failure::of("the origin", &error))?;
        let port = listener.local_addr().map_err(|error| Failure::of("the origin", &error))?.port();
        let responses = Arc::new(Mutex::new(HashMap::new()));
        let origin = Self { port, responses: Arc::clone(&responses) };
        files.iter().for_each(|file| origin.answer(file));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let responses = Arc::clone(&responses);
                std::thread::spawn(move || {
                    // A viewer that leaves is no failure of the story; what it received decides.
                    let _ = serve(&stream, &responses);
                });
            }
        });
        Ok(origin)
    }

    /// The port that the template names as `${Origin.Port}`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sets the response of a path: status, header lines, an empty line, the body. The status `close` closes, `websocket`
    /// accepts a handshake, says the body and then what it hears. Heads of interim answers (1xx) stand before it.
    pub fn answer(&self, file: &StoryFile) {
        let mut responses = self.responses.lock().unwrap_or_else(PoisonError::into_inner);
        responses.insert(file.path.clone(), repeated(&file.content));
    }
}

fn serve(stream: &TcpStream, responses: &Mutex<HashMap<String, String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let head = read_head(&mut reader)?;
        let Some(first) = head.first() else { return Ok(()) };
        let target = first.split(' ').nth(1).unwrap_or("/");
        let path = target.split('?').next().unwrap_or("/");
        let response = {
            let responses = responses.lock().unwrap_or_else(PoisonError::into_inner);
            responses.get(path).cloned().unwrap_or_else(|| "404\n\nNo such path.\n".to_owned())
        };
        let mut response = response.as_str();
        while let Some((interim, rest)) =
            response.split_once("\n\n").filter(|(head, _)| head.starts_with('1'))
        {
            let (status, headers) = interim.split_once('\n').unwrap_or((interim, ""));
            let own: String = headers.lines().map(|line| format!("{line}\r\n")).collect();
            (&*stream).write_all(format!("HTTP/1.1 {status} Origin\r\n{own}\r\n").as_bytes())?;
            response = rest;
        }
        let (wanted, body) = response.split_once("\n\n").unwrap_or((response.trim_end(), ""));
        let body = body.strip_suffix('\n').unwrap_or(body).replace("${Request}", &head.join("\n"));
        let mut lines = wanted.lines();
        let status = lines.next().unwrap_or("200");
        if status == "close" {
            return Ok(());
        }
        let headers: Vec<&str> = lines.collect();
        if status == "websocket" {
            let Some(fields) = web_socket::accept(&head) else {
                (&*stream).write_all(NO_HANDSHAKE.as_bytes())?;
                continue;
            };
            let own: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
            let answer = format!("HTTP/1.1 101 Switching Protocols\r\n{fields}{own}\r\n");
            (&*stream).write_all(answer.as_bytes())?;
            return web_socket::echo(stream.try_clone()?, &body);
        }
        let same = header(&headers, "etag")
            .is_some_and(|tag| head.iter().any(|line| value_of(line, "if-none-match") == Some(tag)));
        let (status, body) = if same { ("304", String::new()) } else { (status, body) };
        let mut answer = format!("HTTP/1.1 {status} Origin\r\n");
        headers.iter().for_each(|line| answer.push_str(&format!("{line}\r\n")));
        let is_chunked = header(&headers, "transfer-encoding").is_some();
        if status != "304" && !is_chunked {
            answer.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        answer.push_str("\r\n");
        if !first.starts_with("HEAD ") {
            answer.push_str(&if is_chunked { chunked(&body) } else { body });
        }
        (&*stream).write_all(answer.as_bytes())?;
    }
}

const NO_HANDSHAKE: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 23\r\n\r\n\
                            No WebSocket handshake.";

/// The body in one chunk.
fn chunked(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

fn read_head(reader: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            return Ok(lines);
        }
        lines.push(line.trim_end().to_owned());
    }
}

fn header<'a>(lines: &[&'a str], name: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| value_of(line, name))
}

fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (own, value) = line.split_once(':')?;
    own.eq_ignore_ascii_case(name).then(|| value.trim())
}
