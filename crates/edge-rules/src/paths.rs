//! Does a path match a path pattern, and which path is compared?
//!
//! Authority: "Path pattern" and "Path normalization" of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html>.

use std::borrow::Cow;

/// Whether `path` (with its leading slash) matches `pattern` (without one): anchored at both ends, case-sensitive,
/// `*` for any number of characters (slashes too), `?` for exactly one.
#[must_use]
pub fn path_pattern_matches(pattern: &str, path: &str) -> bool {
    wildcards_match(pattern.as_bytes(), path.strip_prefix('/').unwrap_or(path).as_bytes())
}

/// The path that is compared with the path patterns: percent-encoded unreserved characters decoded, `.` and `..`
/// resolved, repeated slashes made one. Only the choice of the behavior uses it; the raw path goes to the origin.
#[must_use]
pub fn normalized_path(raw: &str) -> Cow<'_, str> {
    if !may_need_normalizing(raw.as_bytes()) {
        return Cow::Borrowed(raw);
    }
    let decoded = decode_unreserved(raw);
    let resolved = resolve_segments(&decoded);
    if resolved == raw { Cow::Borrowed(raw) } else { Cow::Owned(resolved) }
}

/// Whether `text` matches `pattern`, where `*` is any run of bytes and `?` is one.
pub(crate) fn wildcards_match(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, taken)) => {
                    retry = Some((after_star, taken + 1));
                    p = after_star;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether there is an escape, an empty segment, or a segment that starts with `.` and may be `.` or `..`.
fn may_need_normalizing(raw: &[u8]) -> bool {
    let mut before = 0;
    raw.iter().enumerate().any(|(at, byte)| match (std::mem::replace(&mut before, *byte), byte) {
        (_, b'%') | (b'/', b'/') => true,
        (b'/', b'.') => matches!(raw.get(at + 1), None | Some(b'.' | b'/')),
        _ => false,
    })
}

/// RFC 3986 §6.2.2.1 and §6.2.2.2: escapes of unreserved characters are decoded, the others get upper-case digits.
fn decode_unreserved(raw: &str) -> String {
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        let escape = rest.get(at + 1..at + 3).filter(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(escape) = escape else {
            decoded.push('%');
            rest = &rest[at + 1..];
            continue;
        };
        match u8::from_str_radix(escape, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => decoded.push(byte as char),
            _ => {
                decoded.push('%');
                decoded.push_str(&escape.to_ascii_uppercase());
            }
        }
        rest = &rest[at + 3..];
    }
    decoded.push_str(rest);
    decoded
}

/// RFC 3986 §5.2.4, and empty segments left out.
fn resolve_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_with_slash = true;
    for segment in path.split('/') {
        ends_with_slash = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut resolved = String::with_capacity(path.len());
    for segment in &kept {
        resolved.push('/');
        resolved.push_str(segment);
    }
    if ends_with_slash {
        resolved.push('/');
    }
    resolved
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{normalized_path, path_pattern_matches};

    #[test]
    fn patterns_are_anchored_and_case_sensitive() {
        let rows = [
            ("*", "/", true),
            ("api/*", "/api", false),
            ("api/*", "/api/", true),
            ("api/*", "/api/a/b", true),
            ("api*", "/apiary", true),
            ("*.jpg", "/a/b/c.jpg", true),
            ("*.jpg", "/a/b/c.jpg.txt", false),
            ("*.jpg", "/a.JPG", false),
            ("*.doc?", "/a.docx", true),
            ("*.doc?", "/a.doc", false),
            ("a??.jpg", "/abc.jpg", true),
            ("a??.jpg", "/ab.jpg", false),
            ("images/*/x*.png", "/images/a/b/xyz.png", true),
            ("images/*/x*.png", "/images/a/b/yz.png", false),
            ("index.html", "/index.html", true),
            ("index.html", "/a/index.html", false),
            ("", "/", true),
            ("**a**", "/a", true),
            (".well-known/webfinger", "/.well-known/webfinger", true),
        ];
        for (pattern, path, expected) in rows {
            assert_eq!(path_pattern_matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_hostile_pattern_is_not_exponential() {
        let pattern = "*a".repeat(100) + "b";
        assert!(!path_pattern_matches(&pattern, &format!("/{}", "a".repeat(8000))));
    }

    #[test]
    fn paths_are_normalized() {
        let rows = [
            ("/a/b", "/a/b"),
            ("/", "/"),
            ("/a/b/..", "/a/"),
            ("/a/./b", "/a/b"),
            ("/a//b", "/a/b"),
            ("//", "/"),
            ("/../../x", "/x"),
            ("/%61pi/x", "/api/x"),
            ("/a/%2e%2e/b", "/b"),
            ("/a%2fb", "/a%2Fb"),
            ("/a%zz%", "/a%zz%"),
            ("/.well-known/x", "/.well-known/x"),
            ("/a/...", "/a/..."),
            ("/é%C3%A9", "/é%C3%A9"),
            ("/%é", "/%é"),
        ];
        for (raw, expected) in rows {
            let found = normalized_path(raw);
            assert_eq!(found, expected, "{raw}");
            assert_eq!(matches!(found, Cow::Borrowed(_)), raw == expected, "{raw}");
        }
    }
}
