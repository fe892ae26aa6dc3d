//! What does an origin's response head say? RFC 9112 §4 and §6.3.

use frontgate_message::{Headers, Method};

use super::Framing;
use super::fields::{content_length, list_holds, split_field};
use super::request_head::split_line;

/// A response's head, read; fields that concern only this connection are not in `headers`.
#[derive(Debug)]
pub(crate) struct ParsedResponse {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) framing: Framing,
    /// The length announced for a body that is not sent: an answer to HEAD, or 304.
    pub(crate) omitted_length: Option<u64>,
    pub(crate) keep_alive: bool,
    /// What a 101 switches to.
    pub(crate) upgrade: Option<Box<str>>,
}

/// Reads a head that [`super::scan::HeadScan`] found whole.
pub(crate) fn parse_response(head: &[u8], method: &Method) -> Result<ParsedResponse, &'static str> {
    let (line, fields) = split_line(head);
    let (status, is_http_1_1) = parse_status_line(line)?;
    let mut headers = Headers::with_capacity(16, fields.len());
    let mut framing = ResponseFields::default();
    let mut rest = fields;
    loop {
        let (field, following) = split_line(rest);
        if field.is_empty() {
            break;
        }
        let (name, value) = split_field(field)?;
        if !framing.note(name, value)? {
            headers.append_raw(name, value);
        }
        rest = following;
    }
    let upgrade = if status == 101 { upgrade(&headers, &framing)? } else { None };
    for name in &framing.named {
        headers.remove(name);
    }
    if framing.chunked && (framing.length.is_some() || !is_http_1_1) {
        return Err(
            "the response can be read in two ways: Transfer-Encoding beside Content-Length or in HTTP/1.0",
        );
    }
    let has_no_body = *method == Method::Head || matches!(status, 100..=199 | 204 | 304);
    let body = match (framing.chunked, framing.length) {
        _ if has_no_body => Framing::None,
        (true, _) => Framing::Chunked,
        (false, Some(0)) => Framing::None,
        (false, Some(length)) => Framing::Length(length),
        (false, None) => Framing::UntilClose,
    };
    Ok(ParsedResponse {
        status,
        headers,
        framing: body,
        omitted_length: framing.length.filter(|_| has_no_body && status != 204),
        upgrade,
        keep_alive: !framing.close && body != Framing::UntilClose && (is_http_1_1 || framing.keep_alive),
    })
}

fn parse_status_line(line: &[u8]) -> Result<(u16, bool), &'static str> {
    let is_http_1_1 = match line.get(..9) {
        Some(b"HTTP/1.1 ") => true,
        Some(b"HTTP/1.0 ") => false,
        _ => return Err("the response does not start with HTTP/1.1 or HTTP/1.0"),
    };
    let digits = line.get(9..12).filter(|digits| digits.iter().all(u8::is_ascii_digit));
    let (Some(digits), None | Some(b' ')) = (digits, line.get(12)) else {
        return Err("the status code is not three digits");
    };
    let status = digits.iter().fold(0u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    if !(100..=599).contains(&status) {
        return Err("the status code is not between 100 and 599");
    }
    Ok((status, is_http_1_1))
}

/// The protocol of a 101, where its head says so as RFC 9110 §7.8 demands.
fn upgrade(headers: &Headers, framing: &ResponseFields) -> Result<Option<Box<str>>, &'static str> {
    if framing.chunked || framing.length.is_some() {
        return Err("a 101 announces a body");
    }
    let is_named = framing.named.iter().any(|name| name.eq_ignore_ascii_case("upgrade"));
    let mut fields = headers.all("Upgrade");
    Ok(match (fields.next(), fields.next()) {
        (Some(one), None) if is_named => std::str::from_utf8(one).ok().map(Into::into),
        _ => None,
    })
}

#[derive(Default)]
struct ResponseFields {
    length: Option<u64>,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    /// Fields that `Connection` names: they concern this connection only (RFC 9110 §7.6.1).
    named: Vec<Box<str>>,
}

impl ResponseFields {
    /// Notes a field that concerns the connection; says whether it was one.
    fn note(&mut self, name: &[u8], value: &[u8]) -> Result<bool, &'static str> {
        match name.len() {
            10 if name.eq_ignore_ascii_case(b"connection") => {
                self.close |= list_holds(value, "close");
                self.keep_alive |= list_holds(value, "keep-alive");
                let names =
                    value.split(|byte| *byte == b',').filter_map(|name| std::str::from_utf8(name).ok());
                self.named.extend(names.map(|name| name.trim().into()));
            }
            10 if name.eq_ignore_ascii_case(b"keep-alive") => {}
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let length = content_length(value).ok_or("Content-Length is not a number")?;
                if self.length.is_some_and(|before| before != length) {
                    return Err("there are two different Content-Lengths");
                }
                self.length = Some(length);
            }
            16 if name.eq_ignore_ascii_case(b"proxy-connection") => {}
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if !value.eq_ignore_ascii_case(b"chunked") || std::mem::replace(&mut self.chunked, true) {
                    return Err("Transfer-Encoding is not exactly chunked");
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use frontgate_message::Method;

    use super::{Framing, parse_response};

    #[test]
    fn heads_that_are_understood() {
        let rows = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5", Method::Get, 200, Framing::Length(5), None, true),
            (
                "HTTP/1.1 200\r\nContent-Length: 5\r\nContent-Length: 5",
                Method::Get,
                200,
                Framing::Length(5),
                None,
                true,
            ),
            ("HTTP/1.1 200 \r\nTransfer-Encoding: chunked", Method::Get, 200, Framing::Chunked, None, true),
            ("HTTP/1.1 200 OK\r\nA: b", Method::Get, 200, Framing::UntilClose, None, false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5", Method::Head, 200, Framing::None, Some(5), true),
            (
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 7",
                Method::Get,
                304,
                Framing::None,
                Some(7),
                true,
            ),
            ("HTTP/1.1 204 No Content", Method::Get, 204, Framing::None, None, true),
            ("HTTP/1.0 200 OK\r\nContent-Length: 1", Method::Get, 200, Framing::Length(1), None, false),
            (
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0",
                Method::Get,
                200,
                Framing::None,
                None,
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0",
                Method::Get,
                200,
                Framing::None,
                None,
                false,
            ),
        ];
        for (head, method, status, framing, omitted_length, keep_alive) in rows {
            let read = parse_response(format!("{head}\r\n\r\n").as_bytes(), &method);
            let read = read.unwrap_or_else(|why| panic!("{head}: {why}"));
            assert_eq!(
                (read.status, read.framing, read.omitted_length, read.keep_alive),
                (status, framing, omitted_length, keep_alive),
                "{head}"
            );
            for name in ["content-length", "connection", "transfer-encoding"] {
                assert!(!read.headers.contains(name), "{head}");
            }
        }
    }

    #[test]
    fn what_connection_names_ends_with_the_connection() {
        let head = b"HTTP/1.1 200 OK\r\nConnection: a, B\r\nA: 1\r\nb: 2\r\nC: 3\r\nConnection: close, d\r\nD: 4\r\n\r\n";
        let read = parse_response(head, &Method::Get).expect("a head");
        assert_eq!(read.headers.iter().collect::<Vec<_>>(), [("C", &b"3"[..])]);
    }

    #[test]
    fn heads_that_are_refused() {
        let rows = [
            "HTTP/2 200 OK",
            "ICY 200 OK",
            "HTTP/1.1 20 OK",
            "HTTP/1.1 2000 OK",
            "HTTP/1.1 99 OK",
            "HTTP/1.1 600 OK",
            "HTTP/1.1 abc OK",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked",
            "HTTP/1.1 200 OK\r\nA : b",
            "HTTP/1.1 200 OK\r\n folded",
        ];
        for head in rows {
            let read = parse_response(format!("{head}\r\n\r\n").as_bytes(), &Method::Get);
            assert!(read.is_err(), "{head:?}: {read:?}");
        }
    }
}
