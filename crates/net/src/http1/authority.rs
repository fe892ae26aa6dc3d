//! Which host does an authority name? RFC 3986 §3.2, RFC 9110 §7.2.

/// Host and port of an authority.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    /// The host as sent; an IPv6 address with its brackets.
    pub(crate) host: &'a str,
    /// The port, where one was sent.
    pub(crate) port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads `host[:port]`; an empty text is an empty host.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "the host is not ASCII")?;
        // Most hosts have neither a bracket nor a port.
        if bytes.iter().all(|byte| HOST_BYTE[usize::from(*byte)]) {
            return Ok(Self { host: text, port: None });
        }
        let host_length = match text.strip_prefix('[') {
            Some(rest) => rest.find(']').ok_or("the bracket of the host's address is not closed")? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, port) = text.split_at(host_length);
        let host_is_valid = if host.starts_with('[') {
            host[1..host.len() - 1].parse::<std::net::Ipv6Addr>().is_ok()
        } else {
            host.bytes().all(|byte| HOST_BYTE[usize::from(byte)])
        };
        if !host_is_valid {
            return Err("the host holds a character that no host may hold");
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().map_err(|_| "the port of the host is too large")?)
            }
            _ => return Err("the port of the host is not a number"),
        };
        if host.is_empty() && port.is_some() {
            return Err("the host has a port and no name");
        }
        Ok(Self { host, port })
    }

    /// The host in lower case.
    pub(crate) fn lower_case_host(&self) -> Box<str> {
        let mut host: Box<str> = self.host.into();
        host.make_ascii_lowercase();
        host
    }

    /// Whether both name the same host and port, where `default_port` stands for a port that was not sent.
    pub(crate) fn is_same_as(&self, other: &Authority<'_>, default_port: u16) -> bool {
        self.host.eq_ignore_ascii_case(other.host)
            && self.port.unwrap_or(default_port) == other.port.unwrap_or(default_port)
    }
}

static HOST_BYTE: [bool; 256] = {
    let mut table = [false; 256];
    let others = b"-._~%!$&'()*+,;=";
    let mut byte = 0_u8;
    while byte < 0x80 {
        table[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::Authority;

    #[test]
    fn authorities() {
        let rows = [
            ("Example.com", Some(("Example.com", None))),
            ("example.com:8080", Some(("example.com", Some(8080)))),
            ("example.com:", Some(("example.com", None))),
            ("", Some(("", None))),
            ("[::1]", Some(("[::1]", None))),
            ("[::1]:80", Some(("[::1]", Some(80)))),
            ("[::1", None),
            ("[example]", None),
            ("[::1]x", None),
            ("example.com:65536", None),
            ("example.com:80a", None),
            ("user@example.com", None),
            ("a/b", None),
            ("a b", None),
            ("a,b", Some(("a,b", None))),
            (":80", None),
            ("::1", None),
        ];
        for (text, expected) in rows {
            let read = Authority::parse(text.as_bytes()).ok().map(|a| (a.host, a.port));
            assert_eq!(read, expected, "{text:?}");
        }
    }
}
