//! The canonical form of a request: the text whose hash is signed.
//!
//! Authority: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>, *Create a
//! canonical request*.

use super::Request;
use crate::encoding::{percent_decode, percent_encode};

/// How a service writes the path of the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathRule {
    /// Whether the encoded path is encoded once more.
    pub encoded_twice: bool,
    /// Whether `.`, `..` and empty segments are removed.
    pub normalized: bool,
}

impl PathRule {
    /// S3 takes keys as they are.
    pub const S3: Self = Self { encoded_twice: false, normalized: false };

    /// Every other service.
    pub const OTHERS: Self = Self { encoded_twice: true, normalized: true };
}

/// The canonical request for the header names that were signed, in their order.
#[must_use]
pub fn canonical_request(
    request: &Request<'_>,
    rule: PathRule,
    signed_headers: &[&str],
    payload_hash: &str,
) -> String {
    let mut text = format!("{}\n{}\n{}\n", request.method, path(request.path, rule), query(request.query));
    for name in signed_headers {
        text.push_str(name);
        text.push(':');
        let values = request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        for (index, (_, value)) in values.enumerate() {
            text.push_str(if index == 0 { "" } else { "," });
            push_trimmed(&mut text, value);
        }
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&signed_headers.join(";"));
    text.push('\n');
    text.push_str(payload_hash);
    text
}

fn path(path: &str, rule: PathRule) -> String {
    let normalized = if rule.normalized { without_dot_segments(path) } else { path.to_owned() };
    let path = if normalized.is_empty() { "/" } else { &normalized };
    if rule.encoded_twice {
        // What came is the first encoding, whatever its writer left bare in it: `%2F` is no slash, and `+` is signed as `%2B`.
        return percent_encode(path.as_bytes(), true);
    }
    percent_encode(&percent_decode(path), true)
}

/// RFC 3986 §5.2.4 and no empty segments; the slash at the end stays.
fn without_dot_segments(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let ends_in_slash = !segments.is_empty() && path.ends_with(['/']);
    format!("/{}{}", segments.join("/"), if ends_in_slash { "/" } else { "" })
}

/// The parameters, encoded and sorted, without the signature of a presigned URL.
fn query(query: &str) -> String {
    let mut parameters: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    parameters.sort();
    let pairs: Vec<String> = parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// A name or value of a query, decoded (`+` is a space, as in a form) and encoded as SigV4 wants it.
fn encoded(text: &str) -> String {
    percent_encode(&percent_decode(&text.replace('+', " ")), false)
}

/// A value without white space around it, and one space for each run of spaces in it.
fn push_trimmed(text: &mut String, value: &[u8]) {
    let value = String::from_utf8_lossy(value);
    for (index, word) in value.split_ascii_whitespace().enumerate() {
        text.push_str(if index == 0 { "" } else { " " });
        text.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::{PathRule, path};

    #[test]
    fn paths_are_encoded_as_their_signers_do() {
        for (came, others, s3) in [
            ("", "/", "/"),
            ("/a/b", "/a/b", "/a/b"),
            ("/a%20b", "/a%2520b", "/a%20b"),
            // `%2F` within a segment, as in the ARN of a tagged resource, is none of the slashes between segments.
            ("/tags/arn%3Aaws%2Fx", "/tags/arn%253Aaws%252Fx", "/tags/arn%3Aaws/x"),
            ("/a+b*(c)", "/a%2Bb%2A%28c%29", "/a%2Bb%2A%28c%29"),
            ("/a/./b//c/../d/", "/a/b/d/", "/a/./b//c/../d/"),
            ("/%zz", "/%25zz", "/%25zz"),
        ] {
            assert_eq!(path(came, PathRule::OTHERS), others, "{came}");
            assert_eq!(path(came, PathRule::S3), s3, "{came}, S3");
        }
    }
}
