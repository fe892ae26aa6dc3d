//! A function of an OS-only runtime, as small as one can be, for tests and measurements with many processes: it answers
//! with the `nonce` of the query string. Where the variable `MEETING` names an address, each invocation first connects
//! to it and waits for a byte, so that somebody decides when all of them go on.
//!
//! See <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>.

#![forbid(unsafe_code)]

use std::io::{BufRead, BufReader, Error, Read, Result, Write};
use std::net::TcpStream;

fn main() -> Result<()> {
    let variable = |name: &str| std::env::var(name).map_err(|error| Error::other(format!("{name}: {error}")));
    let address = variable("AWS_LAMBDA_RUNTIME_API")?;
    let meeting = variable("MEETING").ok();
    let stream = TcpStream::connect(&address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let ask = format!("GET {API}next HTTP/1.1\r\nHost: {address}\r\n\r\n");
    reader.get_mut().write_all(ask.as_bytes())?;
    while let Some((head, event)) = message(&mut reader)? {
        if let Some(address) = &meeting {
            TcpStream::connect(address)?.read_exact(&mut [0])?;
        }
        let id = field(&head, REQUEST_ID).unwrap_or_default();
        let nonce = between(&event, "\"nonce\":\"", '"').unwrap_or_default();
        let answer = format!("{{\"statusCode\":200,\"body\":\"{nonce}\"}}");
        let length = answer.len();
        let post = format!(
            "POST {API}{id}/response HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n{answer}"
        );
        reader.get_mut().write_all(format!("{post}{ask}").as_bytes())?;
        // That the answer was accepted.
        message(&mut reader)?;
    }
    Ok(())
}

/// The head and the body of the next answer; nothing once frontgate has closed.
fn message(reader: &mut BufReader<TcpStream>) -> Result<Option<(String, String)>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    let length = field(&head, "content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body)?;
    Ok(Some((head, String::from_utf8_lossy(&body).into_owned())))
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn between<'a>(text: &'a str, before: &str, after: char) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split(after).next()
}

const API: &str = "/2018-06-01/runtime/invocation/";
const REQUEST_ID: &str = "lambda-runtime-aws-request-id";
