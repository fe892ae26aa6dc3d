//! What curl received.

use std::io::Read;

use crate::Failure;

/// A received answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The version of HTTP, such as `HTTP/2`.
    pub version: String,
    /// The status code.
    pub status: u16,
    /// Headers in order, as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer from what curl wrote as its header dump; only the last head counts (100-continue precedes it).
    pub fn of(dump: &str, body: Vec<u8>) -> Result<Self, Failure> {
        let head = dump.trim_end().rsplit("\r\n\r\n").next().unwrap_or_default();
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default();
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .ok_or_else(|| Failure(format!("no status line came, but {first:?}")))?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let version = first.split(' ').next().unwrap_or_default().to_owned();
        Ok(Self { version, status, headers, body })
    }

    /// All values of a header.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The id by which the answer can be explained.
    pub fn id(&self) -> Option<&str> {
        ["x-amz-cf-id", "x-amzn-requestid", "apigw-requestid", "x-amz-request-id"]
            .iter()
            .find_map(|name| self.values(name).next())
    }

    /// The body with its content coding undone.
    pub fn decoded_body(&self) -> Result<Vec<u8>, Failure> {
        let mut decoded = Vec::new();
        let coding = self.values("content-encoding").next().unwrap_or("identity");
        let done = match coding {
            "gzip" => flate2::read::GzDecoder::new(self.body.as_slice()).read_to_end(&mut decoded),
            "br" => brotli::Decompressor::new(self.body.as_slice(), 4096).read_to_end(&mut decoded),
            _ => return Ok(self.body.clone()),
        };
        done.map_err(|error| Failure::of(&format!("the body is no {coding}"), &error))?;
        Ok(decoded)
    }

    /// The answer as a person reads it.
    pub fn show(&self) -> String {
        let mut text = format!("{} {}\n", self.version, self.status);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        match std::str::from_utf8(&self.body) {
            Ok(body) if body.len() <= BODY_SHOWN_MAX => text.push_str(&format!("\n{body}")),
            _ => text.push_str(&format!("\n({} bytes)", self.body.len())),
        }
        text
    }
}

/// Longer bodies are shown by their length.
const BODY_SHOWN_MAX: usize = 2000;

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn the_last_head_counts() {
        let dump = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nX-Amz-Cf-Id: abc\r\n\r\n";
        let answer = Answer::of(dump, Vec::new()).expect("an answer");
        assert_eq!((answer.status, answer.id()), (201, Some("abc")));
        let answer = Answer::of("HTTP/2 404 \r\na: b\r\n\r\n", Vec::new()).expect("an answer");
        assert_eq!((answer.status, answer.version.as_str()), (404, "HTTP/2"));
        assert!(Answer::of("", Vec::new()).is_err());
    }
}
