//! Absolute URLs of http and https in the parts that a request needs.

/// A URL.
#[derive(Debug, PartialEq, Eq)]
pub struct Url {
    /// Whether it is https.
    pub secure: bool,
    /// Host and port as written, for `Host`.
    pub authority: String,
    /// The host, lower case.
    pub host: String,
    /// The port, written or of the scheme.
    pub port: u16,
    /// Path and query; never empty.
    pub target: String,
}

impl Url {
    /// The parts of `text`; without a scheme it is https. A fragment is nobody's business but the browser's.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.split('#').next()?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if secure { 443 } else { 80 }),
        };
        if host.is_empty() || host.contains('@') {
            return None;
        }
        Some(Self {
            secure,
            authority: authority.to_owned(),
            host: host.to_ascii_lowercase(),
            port,
            target: if target.starts_with('/') { target.to_owned() } else { format!("/{target}") },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn urls() {
        for (text, expected) in [
            ("https://example.com", Some((true, "example.com", "example.com", 443, "/"))),
            ("http://127.0.0.1:8000/a?b=c", Some((false, "127.0.0.1:8000", "127.0.0.1", 8000, "/a?b=c"))),
            ("https://example.com?x=1", Some((true, "example.com", "example.com", 443, "/?x=1"))),
            (
                "www.Example.com:8443?a=b#c",
                Some((true, "www.Example.com:8443", "www.example.com", 8443, "/?a=b")),
            ),
            ("ftp://example.com/", None),
            ("http:///a", None),
            ("http://user@host/", None),
            ("http://host:port/", None),
        ] {
            let url = Url::parse(text);
            let parts = url.as_ref().map(|u| (u.secure, &*u.authority, &*u.host, u.port, &*u.target));
            assert_eq!(parts, expected, "{text}");
        }
    }
}
