//! Is this a request, and what does its head say? RFC 9113 §8.1.1 to §8.3.
//!
//! A request that is malformed in the words of the RFC has its stream reset. One that only cannot be read in one way alone
//! (a host that is none, a target that is no path), or is too large, gets an answer, as on HTTP/1.1.

use frontgate_message::{Headers, Method, Target};

use super::field::FieldKind;
use super::hpack::{ENTRY_OVERHEAD_BYTES, Field};
use crate::http1::authority::Authority;
use crate::http1::fields::{content_length, is_token};
use crate::{Limits, Malformed};

/// What a head says.
pub(super) struct ParsedHead {
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) host: Box<str>,
    pub(super) headers: Headers,
}

/// The size of a head. A viewer's heads are much alike: with the room of the last one, memory is taken once, and no more of it
/// than is used.
#[derive(Clone, Copy)]
pub(super) struct HeadSize {
    fields: usize,
    bytes: usize,
}

impl Default for HeadSize {
    fn default() -> Self {
        Self { fields: 16, bytes: 512 }
    }
}

impl HeadSize {
    /// The size of these fields.
    pub(super) fn of(headers: &Headers) -> Self {
        let fields = headers.len();
        Self { fields, bytes: headers.wire_length().saturating_sub(fields * ": \r\n".len()) }
    }
}

/// What of a head the connection itself must know.
#[derive(Clone, Copy, Default)]
pub(super) struct Special {
    pub(super) is_head: bool,
    pub(super) content_length: Option<u64>,
    pub(super) expects_continue: bool,
}

/// What is wrong with a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadFault {
    /// The stream is reset: the RFC's "malformed".
    Reset,
    /// It is answered.
    Answered(Malformed),
}

/// A head that is being read, field by field.
pub(super) struct HeadReader<'a> {
    limits: &'a Limits,
    method: Option<Method>,
    target: Option<Result<Target, Malformed>>,
    has_scheme: bool,
    /// From `:authority`, else from `host`.
    host: Option<Result<Box<str>, &'static str>>,
    host_fields: u32,
    /// The place of `Host` is taken.
    has_host_place: bool,
    headers: Headers,
    /// Several crumbs of cookies, joined.
    cookies: Vec<u8>,
    special: Special,
    /// Bytes as RFC 9113 §6.5.2 counts them.
    size: usize,
    is_malformed: bool,
    fields_began: bool,
}

impl<'a> HeadReader<'a> {
    /// `expected` is the size of a head that is like this one.
    pub(super) fn new(limits: &'a Limits, expected: HeadSize) -> Self {
        Self {
            limits,
            method: None,
            target: None,
            has_scheme: false,
            host: None,
            host_fields: 0,
            has_host_place: false,
            headers: Headers::with_capacity(expected.fields, expected.bytes),
            cookies: Vec::new(),
            special: Special::default(),
            size: 0,
            is_malformed: false,
            fields_began: false,
        }
    }

    /// Takes the next field.
    pub(super) fn field(&mut self, field: &Field<'_>) {
        self.size = self.size.saturating_add(field.name.len() + field.value.len() + ENTRY_OVERHEAD_BYTES);
        // It is answered as too large anyway: a few bytes that stand for very many cost nothing more.
        if self.is_too_large() {
            return;
        }
        self.is_malformed |= !field.value_is_sound || !self.take(field);
    }

    fn is_too_large(&self) -> bool {
        self.size > self.limits.head_bytes_max as usize * 2
    }

    /// False where the field makes the request malformed.
    fn take(&mut self, field: &Field<'_>) -> bool {
        match field.kind {
            FieldKind::Method | FieldKind::Path | FieldKind::Scheme | FieldKind::Authority => {
                return !self.fields_began && self.pseudo_field(field);
            }
            FieldKind::OtherPseudo | FieldKind::OfTheConnection | FieldKind::Invalid => return false,
            _ => self.fields_began = true,
        }
        self.take_host_place(b"");
        match field.kind {
            FieldKind::Host => {
                self.host_field(field.value);
                return true;
            }
            FieldKind::Cookie if self.headers.contains("cookie") => {
                // §8.2.3: a viewer may send its cookies in crumbs; everybody behind us expects one field.
                if self.cookies.is_empty() {
                    self.cookies.extend_from_slice(self.headers.first("cookie").unwrap_or_default());
                }
                self.cookies.extend_from_slice(b"; ");
                self.cookies.extend_from_slice(field.value);
                return true;
            }
            FieldKind::ContentLength => {
                let length = content_length(field.value);
                if length.is_none() || self.special.content_length.is_some() {
                    return false;
                }
                self.special.content_length = length;
            }
            FieldKind::Te if !field.value.eq_ignore_ascii_case(b"trailers") => return false,
            FieldKind::Expect => {
                self.special.expects_continue = field.value.eq_ignore_ascii_case(b"100-continue");
            }
            _ => {}
        }
        let Ok(name) = std::str::from_utf8(field.name) else { return false };
        self.headers.append(name, field.value);
        true
    }

    fn pseudo_field(&mut self, field: &Field<'_>) -> bool {
        match field.kind {
            FieldKind::Method => {
                let token = std::str::from_utf8(field.value).ok().filter(|token| is_token(token.as_bytes()));
                token.is_some_and(|token| self.method.replace(Method::from_token(token)).is_none())
            }
            FieldKind::Path => {
                let target = read_target(field.value, self.limits);
                !field.value.is_empty() && self.target.replace(target).is_none()
            }
            FieldKind::Scheme => {
                let is_scheme = matches!(field.value, [b'a'..=b'z' | b'A'..=b'Z', rest @ ..]
                    if rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)));
                is_scheme && !std::mem::replace(&mut self.has_scheme, true)
            }
            _ => {
                let host = match field.value {
                    // §8.3.1
                    b"" => Err("the authority is empty"),
                    value => Authority::parse(value).map(|authority| authority.lower_case_host()),
                };
                let is_first = self.host.replace(host).is_none();
                self.take_host_place(field.value);
                is_first
            }
        }
    }

    /// `Host` comes first, wherever the viewer names it.
    fn take_host_place(&mut self, value: &[u8]) {
        if !std::mem::replace(&mut self.has_host_place, true) {
            self.headers.append("Host", value);
        }
    }

    fn host_field(&mut self, value: &[u8]) {
        self.host_fields += 1;
        let named = Authority::parse(value);
        match (&self.host, named) {
            _ if self.host_fields > 1 => self.host = Some(Err("there is more than one Host")),
            (Some(Err(_)), _) => {}
            (_, Err(why)) => self.host = Some(Err(why)),
            (Some(Ok(_)), Ok(named)) => {
                let authority = self.headers.first("Host").and_then(|host| Authority::parse(host).ok());
                if !authority.is_some_and(|authority| authority.is_same_as(&named, 443)) {
                    self.host = Some(Err("the authority names another host than Host"));
                }
            }
            (None, Ok(named)) => {
                self.host = Some(Ok(named.lower_case_host()));
                self.headers.set("Host", value);
            }
        }
    }

    /// What the head says as a whole.
    pub(super) fn finish(mut self) -> (Special, Result<ParsedHead, HeadFault>) {
        self.special.is_head = self.method == Some(Method::Head);
        (self.special, self.parsed())
    }

    fn parsed(mut self) -> Result<ParsedHead, HeadFault> {
        if self.is_too_large() {
            let size = u32::try_from(self.size).unwrap_or(u32::MAX);
            return Err(HeadFault::Answered(Malformed::HeadTooLarge(size)));
        }
        let Some(method) = self.method.filter(|_| !self.is_malformed) else { return Err(HeadFault::Reset) };
        let target = match self.target {
            Some(target) if self.has_scheme => target.map_err(HeadFault::Answered)?,
            None if method == Method::Connect => {
                return Err(HeadFault::Answered(Malformed::Syntax("the target is not a path")));
            }
            _ => return Err(HeadFault::Reset),
        };
        let host = self.host.unwrap_or(Err("an HTTP/2 request names no host"));
        let host = host.map_err(|why| HeadFault::Answered(Malformed::Syntax(why)))?;
        if !self.cookies.is_empty() {
            self.headers.set("cookie", &self.cookies);
        }
        let head_bytes = target.as_str().len() + self.headers.wire_length();
        if head_bytes > self.limits.head_bytes_max as usize {
            let head_bytes = u32::try_from(head_bytes).unwrap_or(u32::MAX);
            return Err(HeadFault::Answered(Malformed::HeadTooLarge(head_bytes)));
        }
        Ok(ParsedHead { method, target, host, headers: self.headers })
    }
}

/// Whether a field may stand in trailers (§8.1); what they say is not handed on.
pub(super) fn is_trailer(field: &Field<'_>) -> bool {
    field.value_is_sound
        && !matches!(
            field.kind,
            FieldKind::Authority
                | FieldKind::Method
                | FieldKind::Path
                | FieldKind::Scheme
                | FieldKind::OtherPseudo
                | FieldKind::OfTheConnection
                | FieldKind::Invalid
        )
}

fn read_target(target: &[u8], limits: &Limits) -> Result<Target, Malformed> {
    if target.len() > limits.target_bytes_max as usize {
        return Err(Malformed::UrlTooLong(u32::try_from(target.len()).unwrap_or(u32::MAX)));
    }
    if !target.starts_with(b"/") {
        return Err(Malformed::Syntax("the target is not a path"));
    }
    let target = std::str::from_utf8(target)
        .ok()
        .filter(|target| target.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'#'));
    target
        .map(Target::new)
        .ok_or(Malformed::Syntax("the target holds a character that must be percent-encoded"))
}

#[cfg(test)]
mod tests {
    use super::{Field, FieldKind, HeadFault, HeadReader, HeadSize};
    use crate::http2::field::is_sound_value;
    use crate::{Limits, Malformed};

    /// `name value` lines; what they make is `method host target | fields`.
    fn read(lines: &str) -> Result<String, HeadFault> {
        let limits = Limits::default();
        let mut reader = HeadReader::new(&limits, HeadSize::default());
        for line in lines.split('|').filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            let (name, value) = (name.as_bytes(), value.as_bytes());
            let kind = FieldKind::of(name);
            reader.field(&Field { kind, name, value, value_is_sound: is_sound_value(value) });
        }
        let (special, parsed) = reader.finish();
        let parsed = parsed?;
        let fields: Vec<String> = parsed
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)))
            .collect();
        let length = special.content_length.map(|length| format!(" {length} bytes")).unwrap_or_default();
        let (method, host, target) = (parsed.method, parsed.host, parsed.target.as_str().to_owned());
        Ok(format!("{method} {host} {target}{length} {}", fields.join(" ")))
    }

    const GET: &str = ":method GET|:scheme https|:path /a?b|:authority A.example:443";

    #[test]
    fn heads_that_are_understood() {
        let rows = [
            (String::from(GET), "GET a.example /a?b Host=A.example:443"),
            (format!("{GET}|x-a 1|host a.example"), "GET a.example /a?b Host=A.example:443 x-a=1"),
            (
                ":method GET|:scheme https|:path /|x-a 1|host B.example".to_owned(),
                "GET b.example / Host=B.example x-a=1",
            ),
            (
                format!("{GET}|cookie a=1|x-a 1|cookie b=2|cookie c=3"),
                "GET a.example /a?b Host=A.example:443 cookie=a=1; b=2; c=3 x-a=1",
            ),
            (format!("{GET}|te trailers"), "GET a.example /a?b Host=A.example:443 te=trailers"),
            (
                format!("{}|content-length 5", GET.replace("GET", "PUT")),
                "PUT a.example /a?b 5 bytes Host=A.example:443 content-length=5",
            ),
            (GET.replace("https", "http"), "GET a.example /a?b Host=A.example:443"),
        ];
        for (lines, expected) in rows {
            assert_eq!(read(&lines).as_deref(), Ok(expected), "{lines}");
        }
    }

    #[test]
    fn heads_that_are_malformed() {
        let rows = [
            // §8.3: what must be there, once, first, and nothing else
            ":scheme https|:path /|:authority a".to_owned(),
            ":method GET|:path /|:authority a".to_owned(),
            ":method GET|:scheme https|:authority a".to_owned(),
            ":method GET|:scheme https|:path |:authority a".to_owned(),
            ":method G T|:scheme https|:path /|:authority a".to_owned(),
            ":method GET|:scheme 1s|:path /|:authority a".to_owned(),
            format!("{GET}|:method GET"),
            format!("{GET}|:path /"),
            format!("{GET}|:scheme https"),
            format!("{GET}|:authority a"),
            format!("{GET}|:status 200"),
            format!("{GET}|:protocol websocket"),
            ":method GET|:scheme https|x-a 1|:path /|:authority a".to_owned(),
            // §8.2.1: names and values
            format!("{GET}|X-A 1"),
            format!("{GET}|x(a 1"),
            format!("{GET}|x-a 1\r\nb: 2"),
            format!("{GET}|x-a 1\0"),
            format!("{GET}|x-a  1"),
            format!("{GET}|x-a 1\t"),
            // §8.2.2: fields of a connection
            format!("{GET}|connection close"),
            format!("{GET}|keep-alive 5"),
            format!("{GET}|proxy-connection close"),
            format!("{GET}|transfer-encoding chunked"),
            format!("{GET}|upgrade h2c"),
            format!("{GET}|te gzip"),
            // §8.1.1: the length
            format!("{GET}|content-length 5|content-length 5"),
            format!("{GET}|content-length +5"),
            format!("{GET}|content-length 99999999999999999999"),
        ];
        for lines in rows {
            assert_eq!(read(&lines), Err(HeadFault::Reset), "{lines}");
        }
    }

    #[test]
    fn heads_that_are_answered() {
        let long = |bytes: usize| "x".repeat(bytes);
        let rows = [
            (":method GET|:scheme https|:path /".to_owned(), "an HTTP/2 request names no host"),
            (":method GET|:scheme https|:path /|:authority ".to_owned(), "the authority is empty"),
            (format!("{GET}|host b.example"), "the authority names another host than Host"),
            (format!("{GET}|host a.example:80"), "the authority names another host than Host"),
            (format!("{GET}|host a.example|host a.example"), "there is more than one Host"),
            (GET.replace("authority A", "authority u@A"), "the host holds a character that no host may hold"),
            (GET.replace("/a?b", "*"), "the target is not a path"),
            (GET.replace("/a?b", "http://a/"), "the target is not a path"),
            (GET.replace("/a?b", "/a#b"), "the target holds a character that must be percent-encoded"),
            (GET.replace("/a?b", "/é"), "the target holds a character that must be percent-encoded"),
            (":method CONNECT|:authority a.example:443".to_owned(), "the target is not a path"),
            (GET.replace("/a?b", &format!("/{}", long(8192))), "the URL is 8193 bytes long or longer"),
            (format!("{GET}|x-a {}", long(32_768)), "the head is 32800 bytes long or longer"),
            (format!("{GET}|x-a {}", long(70_000)), "the head is 70217 bytes long or longer"),
        ];
        for (lines, expected) in rows {
            let why = match read(&lines) {
                Err(HeadFault::Answered(why)) => why.to_string(),
                other => format!("{other:?}"),
            };
            assert_eq!(why, expected, "{}", &lines[..60.min(lines.len())]);
        }
        let exactly = GET.len();
        assert!(exactly > 0 && read(&format!("{GET}|x-a {}", long(32_000))).is_ok());
        assert_eq!(
            read(&GET.replace("/a?b", &format!("/{}", long(8192)))),
            Err(HeadFault::Answered(Malformed::UrlTooLong(8193)))
        );
    }
}
