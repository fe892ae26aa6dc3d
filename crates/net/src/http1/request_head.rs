//! What does a request's head say? RFC 9112 §3 to §6.
//!
//! The head is read as strictly as the RFC allows: two lengths, a coding that is not exactly `chunked`, a folded line or a
//! second host are refused, because somebody behind us could read them differently.

use std::borrow::Cow;

use frontgate_message::{Headers, Method, Target, Version};
use memchr::memchr;

use super::Framing;
use super::authority::Authority;
use super::fields::{content_length, is_token, list_holds, split_field};
use crate::{Limits, Malformed};

/// A request's head, read.
#[derive(Debug)]
pub(crate) struct ParsedRequest {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) version: Version,
    pub(crate) host: Box<str>,
    pub(crate) headers: Headers,
    pub(crate) framing: Framing,
    /// The viewer means to send another request on this connection.
    pub(crate) keep_alive: bool,
    /// The viewer waits for `100 Continue` before it sends the body.
    pub(crate) expects_continue: bool,
}

/// Reads a head that [`super::scan::HeadScan`] found whole.
pub(crate) fn parse_request(head: &[u8], limits: &Limits) -> Result<ParsedRequest, Malformed> {
    let (line, fields) = split_line(head);
    let line = RequestLine::parse(line, limits)?;
    if head.len() > limits.head_bytes_max as usize {
        return Err(Malformed::HeadTooLarge(u32::try_from(head.len()).unwrap_or(u32::MAX)));
    }
    let mut special = SpecialFields::default();
    // Most requests have at most 16 fields; with room for them the block is allocated once.
    let mut headers = Headers::with_capacity(16, fields.len());
    let mut rest = fields;
    loop {
        let (field, following) = split_line(rest);
        if field.is_empty() {
            break;
        }
        let (name, value) = split_field(field).map_err(Malformed::Syntax)?;
        special.note(name, value).map_err(Malformed::Syntax)?;
        headers.append_raw(name, value);
        rest = following;
    }
    let host = line.host(&special, &mut headers)?;
    let framing = special.framing(line.version).map_err(Malformed::Syntax)?;
    Ok(ParsedRequest {
        method: line.method,
        target: Target::new(&line.target),
        version: line.version,
        host,
        headers,
        framing,
        keep_alive: !special.close && (line.version == Version::Http11 || special.keep_alive),
        expects_continue: special.expects_continue && line.version == Version::Http11,
    })
}

/// The line up to CR LF, and what follows it.
pub(crate) fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b'\n', bytes) {
        Some(line_feed) => (&bytes[..line_feed.saturating_sub(1)], &bytes[line_feed + 1..]),
        None => (bytes, &[]),
    }
}

/// Whether what has come of a head can still become one. A viewer that speaks TLS or HTTP/0.9 waits for our answer, not we
/// for the rest of its head.
pub(crate) fn check_beginning(
    begun: &[u8],
    first_line_length: Option<usize>,
    limits: &Limits,
) -> Result<(), Malformed> {
    match (first_line_length.and_then(|length| begun.get(..length)), begun.first()) {
        (Some(line), _) => RequestLine::parse(line, limits).map(|_| ()),
        (None, Some(byte)) if !is_token(&[*byte]) => Err(Malformed::Syntax("the method is not a token")),
        (None, _) => Ok(()),
    }
}

struct RequestLine<'a> {
    method: Method,
    target: Cow<'a, str>,
    /// The authority of an absolute-form target, and the default port of its scheme.
    authority: Option<(Authority<'a>, u16)>,
    version: Version,
}

impl<'a> RequestLine<'a> {
    fn parse(line: &'a [u8], limits: &Limits) -> Result<Self, Malformed> {
        let mut words = line.split(|byte| *byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Malformed::Syntax("the request line is not three words"));
        };
        if !is_token(method) {
            return Err(Malformed::Syntax("the method is not a token"));
        }
        if target.len() > limits.target_bytes_max as usize {
            return Err(Malformed::UrlTooLong(u32::try_from(target.len()).unwrap_or(u32::MAX)));
        }
        if !target.iter().all(|byte| matches!(byte, b'!'..=b'~') && *byte != b'#') || target.is_empty() {
            return Err(Malformed::Syntax("the target holds a character that must be percent-encoded"));
        }
        let version = match version {
            b"HTTP/1.1" => Version::Http11,
            b"HTTP/1.0" => Version::Http10,
            _ => return Err(Malformed::Syntax("the version is neither HTTP/1.1 nor HTTP/1.0")),
        };
        let method = Method::from_token(std::str::from_utf8(method).unwrap_or(""));
        let target = std::str::from_utf8(target).unwrap_or("");
        if target.starts_with('/') {
            return Ok(Self { method, target: Cow::Borrowed(target), authority: None, version });
        }
        let (target, authority) = split_absolute(target).map_err(Malformed::Syntax)?;
        Ok(Self { method, target, authority: Some(authority), version })
    }

    /// The host that the request is for. An HTTP/1.0 request in absolute form gets the `Host` field it lacks.
    fn host(&self, special: &SpecialFields<'_>, headers: &mut Headers) -> Result<Box<str>, Malformed> {
        let field = match special.host {
            Some(value) => Some(Authority::parse(value).map_err(Malformed::Syntax)?),
            None if self.version == Version::Http11 => {
                return Err(Malformed::Syntax("an HTTP/1.1 request has no Host"));
            }
            None => None,
        };
        match (&self.authority, field) {
            (None, None) => Ok("".into()),
            (None, Some(field)) => Ok(field.lower_case_host()),
            (Some((authority, default_port)), Some(field))
                if !authority.is_same_as(&field, *default_port) =>
            {
                Err(Malformed::Syntax("the target names another host than Host"))
            }
            (Some((authority, _)), Some(_)) => Ok(authority.lower_case_host()),
            (Some((authority, _)), None) => {
                let value = match authority.port {
                    Some(port) => format!("{}:{port}", authority.host),
                    None => authority.host.to_owned(),
                };
                headers.append("Host", value.as_bytes());
                Ok(authority.lower_case_host())
            }
        }
    }
}

fn split_absolute(target: &str) -> Result<(Cow<'_, str>, (Authority<'_>, u16)), &'static str> {
    let schemes = [("http://", 80), ("https://", 443)];
    let Some((rest, default_port)) = schemes.iter().find_map(|(scheme, port)| {
        let start = target.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| (&target[scheme.len()..], *port))
    }) else {
        return Err("the target is neither a path nor an http URL");
    };
    let authority_length = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_length);
    let authority = Authority::parse(authority.as_bytes())?;
    if authority.host.is_empty() {
        return Err("the target's URL has no host");
    }
    let path = if path.starts_with('/') { Cow::Borrowed(path) } else { Cow::Owned(format!("/{path}")) };
    Ok((path, (authority, default_port)))
}

/// The fields that a connection itself must understand.
#[derive(Default)]
struct SpecialFields<'a> {
    host: Option<&'a [u8]>,
    length: Option<u64>,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    expects_continue: bool,
}

impl<'a> SpecialFields<'a> {
    fn note(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), &'static str> {
        let fault = match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                self.host.replace(value).is_some().then_some("there is more than one Host")
            }
            6 if name.eq_ignore_ascii_case(b"expect") => {
                self.expects_continue = value.eq_ignore_ascii_case(b"100-continue");
                None
            }
            10 if name.eq_ignore_ascii_case(b"connection") => {
                self.close |= list_holds(value, "close");
                self.keep_alive |= list_holds(value, "keep-alive");
                None
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let length = content_length(value).ok_or("Content-Length is not a number")?;
                self.length.replace(length).is_some().then_some("there is more than one Content-Length")
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                let is_sound =
                    value.eq_ignore_ascii_case(b"chunked") && !std::mem::replace(&mut self.chunked, true);
                (!is_sound).then_some("Transfer-Encoding is not exactly chunked")
            }
            _ => None,
        };
        fault.map_or(Ok(()), Err)
    }

    fn framing(&self, version: Version) -> Result<Framing, &'static str> {
        match (self.chunked, self.length) {
            (true, Some(_)) => Err("there are both Content-Length and Transfer-Encoding"),
            (true, None) if version == Version::Http10 => Err("an HTTP/1.0 request has a Transfer-Encoding"),
            (true, None) => Ok(Framing::Chunked),
            (false, None | Some(0)) => Ok(Framing::None),
            (false, Some(length)) => Ok(Framing::Length(length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Framing, ParsedRequest, parse_request};
    use crate::{Limits, Malformed};

    fn parse(text: &str) -> Result<ParsedRequest, Malformed> {
        parse_request(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn heads_that_are_understood() {
        // head without its last empty line | target | host | framing | kept alive
        let rows = [
            ("GET / HTTP/1.1\r\nHost: A.example", "/", "a.example", Framing::None, true),
            ("GET /a?b=c HTTP/1.1\r\nhost: a:8080", "/a?b=c", "a", Framing::None, true),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close", "/", "a", Framing::None, false),
            ("GET / HTTP/1.1\r\nHost:", "/", "", Framing::None, true),
            ("GET / HTTP/1.0", "/", "", Framing::None, false),
            ("GET / HTTP/1.0\r\nConnection: keep-alive", "/", "", Framing::None, true),
            ("GET http://a/b?c HTTP/1.1\r\nHost: A:80", "/b?c", "a", Framing::None, true),
            ("GET HTTPS://a:443?c HTTP/1.1\r\nHost: a", "/?c", "a", Framing::None, true),
            ("GET http://a HTTP/1.0", "/", "a", Framing::None, false),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5", "/", "a", Framing::Length(5), true),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0", "/", "a", Framing::None, true),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked", "/", "a", Framing::Chunked, true),
            ("BREW /a|b{c}\"<>\\^` HTTP/1.1\r\nHost: a", "/a|b{c}\"<>\\^`", "a", Framing::None, true),
        ];
        for (head, target, host, framing, keep_alive) in rows {
            let read = parse(&format!("{head}\r\n\r\n")).unwrap_or_else(|why| panic!("{head}: {why}"));
            assert_eq!(
                (read.target.as_str(), &*read.host, read.framing, read.keep_alive),
                (target, host, framing, keep_alive),
                "{head}"
            );
        }
    }

    #[test]
    fn heads_that_are_refused() {
        let get = "GET / HTTP/1.1\r\nHost: a\r\n";
        let rows = [
            // the request line
            "GET  / HTTP/1.1\r\nHost: a".to_owned(),
            "GET / HTTP/1.1 \r\nHost: a".to_owned(),
            " GET / HTTP/1.1\r\nHost: a".to_owned(),
            "GET /\r\nHost: a".to_owned(),
            "GET\t/\tHTTP/1.1\r\nHost: a".to_owned(),
            "G(T / HTTP/1.1\r\nHost: a".to_owned(),
            "GET /a\u{e9} HTTP/1.1\r\nHost: a".to_owned(),
            "GET /a#b HTTP/1.1\r\nHost: a".to_owned(),
            "GET /a\rb HTTP/1.1\r\nHost: a".to_owned(),
            "GET a HTTP/1.1\r\nHost: a".to_owned(),
            "GET ftp://a/ HTTP/1.1\r\nHost: a".to_owned(),
            "CONNECT a:443 HTTP/1.1\r\nHost: a".to_owned(),
            "OPTIONS * HTTP/1.1\r\nHost: a".to_owned(),
            "GET / HTTP/2.0\r\nHost: a".to_owned(),
            "GET / http/1.1\r\nHost: a".to_owned(),
            "GET / HTTP/1.2\r\nHost: a".to_owned(),
            // the host
            "GET / HTTP/1.1".to_owned(),
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a".to_owned(),
            "GET / HTTP/1.1\r\nHost: a b".to_owned(),
            "GET / HTTP/1.1\r\nHost: a/b".to_owned(),
            "GET / HTTP/1.1\r\nHost: a@b".to_owned(),
            "GET http://b/ HTTP/1.1\r\nHost: a".to_owned(),
            "GET http://a:81/ HTTP/1.1\r\nHost: a".to_owned(),
            "GET http:///x HTTP/1.1\r\nHost: a".to_owned(),
            "GET http://user@a/ HTTP/1.1\r\nHost: a".to_owned(),
            // the framing: each of these has smuggled requests somewhere
            format!("{get}Content-Length: 5\r\nTransfer-Encoding: chunked"),
            format!("{get}Transfer-Encoding: chunked\r\nContent-Length: 5"),
            format!("{get}Content-Length: 5\r\nContent-Length: 5"),
            format!("{get}Content-Length: 5\r\nContent-Length: 6"),
            format!("{get}Content-Length: 5, 5"),
            format!("{get}Content-Length: +5"),
            format!("{get}Content-Length: 0x5"),
            format!("{get}Content-Length:"),
            format!("{get}Content-Length: 99999999999999999999"),
            format!("{get}Transfer-Encoding: gzip, chunked"),
            format!("{get}Transfer-Encoding: chunked, chunked"),
            format!("{get}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
            format!("{get}Transfer-Encoding: identity"),
            format!("{get}Transfer-Encoding: xchunked"),
            format!("{get}Transfer-Encoding: \"chunked\""),
            format!("{get}Transfer-Encoding:\x0bchunked"),
            format!("{get}Transfer-Encoding : chunked"),
            format!("{get} Transfer-Encoding: chunked"),
            format!("{get}X: a\r\n b"),
            format!("{get}X: a\rTransfer-Encoding: chunked"),
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked".to_owned(),
        ];
        for head in rows {
            let read = parse(&format!("{head}\r\n\r\n"));
            assert!(matches!(read, Err(Malformed::Syntax(_))), "{head:?}: {read:?}");
        }
    }

    #[test]
    fn lengths_are_limited_as_cloudfront_limits_them() {
        let url = |bytes: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(bytes - 1));
        assert!(parse(&url(8192)).is_ok());
        assert_eq!(parse(&url(8193)).err(), Some(Malformed::UrlTooLong(8193)));
        let head = |bytes: usize| {
            let start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
            format!("{start}{}\r\n\r\n", "x".repeat(bytes - start.len() - 4))
        };
        assert!(parse(&head(32_768)).is_ok());
        assert_eq!(parse(&head(32_769)).err(), Some(Malformed::HeadTooLarge(32_769)));
    }

    #[test]
    fn an_absolute_target_names_the_host_of_http_1_0() {
        let read = parse("GET http://A.example:81/ HTTP/1.0\r\n\r\n").expect("it is well formed");
        assert_eq!(read.headers.first("host"), Some(&b"A.example:81"[..]));
    }

    #[test]
    fn no_byte_anywhere_makes_it_panic() {
        let head = b"GET http://[::1]:80/a?b HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 5\r\nConnection: a, b\r\n\r\n";
        for position in 0..head.len() {
            let _ = parse_request(&head[..position], &Limits::default());
            for byte in [0, b'\t', b'\n', b'\r', b' ', b':', b'/', b'[', b']', b'9', 0x7f, 0x80, 0xff] {
                let mut changed = *head;
                changed[position] = byte;
                let _ = parse_request(&changed, &Limits::default());
                let _ =
                    crate::http1::response_head::parse_response(&changed, &frontgate_message::Method::Get);
            }
        }
    }
}
