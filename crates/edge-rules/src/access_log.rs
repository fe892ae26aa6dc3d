//! What do CloudFront's access logs say about a request: standard logs as W3C lines, real-time logs as JSON?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html> and
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html>. Each field is a row of a
//! table: its name, and how its value is written; a value that writes nothing is a hyphen.

mod fields;
mod file;
mod realtime;
mod results;
mod standard;
#[cfg(test)]
mod tests;

use frontgate_message::RequestHead;

use crate::config::Distribution;

pub use file::{file_prefix, is_valid_prefix, name_start};
pub use realtime::{REALTIME_FIELDS, write_realtime_json};
pub use results::{ERROR_TYPES, Ending, ErrorType, Outcome, outcome};
pub use standard::{STANDARD_FIELDS, write_header, write_line};

/// One request that was answered, or that its viewer left.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What was asked.
    pub request: RequestHead,
    /// Bytes of the request, its head included.
    pub request_bytes: u64,
    /// Its `X-Amz-Cf-Id`.
    pub request_id: Box<str>,
    /// The status of the answer; 0 where the viewer left before there was one.
    pub status: u16,
    /// `Content-Type` of the answer.
    pub content_type: Option<Box<[u8]>>,
    /// `Content-Length` of the answer.
    pub content_length: Option<u64>,
    /// `Content-Range` of the answer.
    pub content_range: Option<Box<[u8]>>,
    /// What the edge made of the request.
    pub outcome: Outcome,
    /// How the answer ended.
    pub ending: Ending,
    /// Bytes that were sent, the head of the answer included.
    pub sent_bytes: u64,
    /// From the request's head to the answer's first byte.
    pub first_byte_microseconds: u64,
    /// From the request's head to the answer's last byte.
    pub taken_microseconds: u64,
    /// When it ended, in milliseconds since 1970.
    pub ended_milliseconds: u64,
}

/// An entry and what it is read with.
#[derive(Clone, Copy, Debug)]
pub struct Logged<'a> {
    /// The request and its answer.
    pub entry: &'a Entry,
    /// The distribution that answered.
    pub distribution: &'a Distribution,
    /// The edge location, such as `SEA73-P1`.
    pub location: &'a str,
    /// The cookies are logged.
    pub includes_cookies: bool,
}

/// A field of a log.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Writes its value before it is percent-encoded; nothing stands for a hyphen.
    pub(crate) write: fn(&Logged<'_>, &mut Vec<u8>),
    /// Where its content was learnt.
    pub source: frontgate_aws::Source,
}

impl Field {
    /// Writes the value as a log has it.
    fn write_encoded(&self, logged: &Logged<'_>, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
        scratch.clear();
        (self.write)(logged, scratch);
        if scratch.is_empty() {
            out.push(b'-');
        }
        for byte in scratch.iter() {
            if must_be_encoded(*byte) {
                out.extend_from_slice(&[b'%', hex_digit(byte >> 4), hex_digit(byte & 15)]);
            } else {
                out.push(*byte);
            }
        }
    }
}

/// *Standard log file format*: codes 0 to 32, 127 and above, and the characters of a table.
fn must_be_encoded(byte: u8) -> bool {
    matches!(byte, 0..=32 | 127..) || b"<>\"#%{}|\\^~[]`'".contains(&byte)
}

fn hex_digit(value: u8) -> u8 {
    b"0123456789ABCDEF"[usize::from(value & 15)]
}
