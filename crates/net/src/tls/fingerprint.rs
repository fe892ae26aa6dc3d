//! What does the first message of a handshake tell of the client's program? JA3 and JA4.
//!
//! Authority: <https://github.com/salesforce/ja3> and <https://github.com/FoxIO-LLC/ja4>, to which
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html> refers.

use frontgate_message::Fingerprints;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::http1::write_head::write_number;

/// The fingerprints of the client whose bytes begin so; `None` where they are no whole `ClientHello`.
pub(super) fn fingerprints(sent: &[u8]) -> Option<Box<Fingerprints>> {
    let handshake = handshake_bytes(sent);
    let hello = Hello::read(&handshake)?;
    Some(Box::new(Fingerprints { ja3: hello.ja3().into(), ja4: hello.ja4().into() }))
}

/// What counts of a `ClientHello`, in its order and without the values of GREASE (RFC 8701).
#[derive(Debug, Default)]
struct Hello<'a> {
    version: u16,
    ciphers: Vec<u16>,
    extensions: Vec<u16>,
    groups: Vec<u16>,
    point_formats: Vec<u16>,
    signature_algorithms: Vec<u16>,
    versions: Vec<u16>,
    protocol: Option<&'a [u8]>,
}

impl<'a> Hello<'a> {
    fn read(handshake: &'a [u8]) -> Option<Self> {
        let mut message = Bytes(handshake);
        if message.number(1)? != CLIENT_HELLO {
            return None;
        }
        let mut body = Bytes(message.vector(3)?);
        let mut hello = Self { version: body.short()?, ..Self::default() };
        body.take(RANDOM_LENGTH)?;
        body.vector(1)?;
        hello.ciphers = shorts(body.vector(2)?);
        body.vector(1)?;
        let mut extensions = Bytes(body.vector(2).unwrap_or_default());
        while !extensions.0.is_empty() {
            let (kind, content) = (extensions.short()?, extensions.vector(2)?);
            if !is_grease(kind) {
                hello.extensions.push(kind);
                hello.note(kind, Bytes(content));
            }
        }
        Some(hello)
    }

    fn note(&mut self, kind: u16, mut content: Bytes<'a>) {
        match kind {
            SUPPORTED_GROUPS => self.groups = shorts(content.vector(2).unwrap_or_default()),
            POINT_FORMATS => {
                let formats = content.vector(1).unwrap_or_default();
                self.point_formats = formats.iter().map(|format| u16::from(*format)).collect();
            }
            SIGNATURE_ALGORITHMS => self.signature_algorithms = shorts(content.vector(2).unwrap_or_default()),
            ALPN => {
                let mut names = Bytes(content.vector(2).unwrap_or_default());
                self.protocol = names.vector(1).filter(|name| !name.is_empty());
            }
            SUPPORTED_VERSIONS => self.versions = shorts(content.vector(1).unwrap_or_default()),
            _ => {}
        }
    }

    fn ja3(&self) -> String {
        let lists = [&self.ciphers, &self.extensions, &self.groups, &self.point_formats];
        let numbers: usize = lists.iter().map(|list| list.len()).sum();
        // Every handshake makes these texts, so they are made without a piece of memory for each number.
        let mut text = Vec::with_capacity((numbers + 5) * "65535-".len());
        write_number(u64::from(self.version), &mut text);
        for list in lists {
            text.push(b',');
            for (place, number) in list.iter().enumerate() {
                if place > 0 {
                    text.push(b'-');
                }
                write_number(u64::from(*number), &mut text);
            }
        }
        hexadecimal(&Md5::digest(&text))
    }

    fn ja4(&self) -> String {
        let version = match self.versions.iter().copied().max().unwrap_or(self.version) {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            _ => "00",
        };
        let name = if self.extensions.contains(&SERVER_NAME) { 'd' } else { 'i' };
        let count = |list: &[u16]| list.len().min(COUNT_MAX);
        let (ciphers, extensions) = (count(&self.ciphers), count(&self.extensions));
        let protocol = self.protocol.map_or_else(|| "00".to_owned(), first_and_last);
        let hashed: Vec<u16> =
            self.extensions.iter().copied().filter(|kind| !matches!(*kind, SERVER_NAME | ALPN)).collect();
        let mut features = joined_sorted(hashed);
        if !features.is_empty() && !self.signature_algorithms.is_empty() {
            features.push('_');
            features.push_str(&joined(&self.signature_algorithms));
        }
        let ciphers_hash = short_hash(&joined_sorted(self.ciphers.clone()));
        format!(
            "t{version}{name}{ciphers:02}{extensions:02}{protocol}_{ciphers_hash}_{}",
            short_hash(&features)
        )
    }
}

/// The bytes of the handshake in the records that come first.
fn handshake_bytes(sent: &[u8]) -> Vec<u8> {
    let (mut records, mut handshake) = (Bytes(sent), Vec::new());
    while records.number(1) == Some(HANDSHAKE_RECORD)
        && let (Some(_), Some(fragment)) = (records.short(), records.vector(2))
    {
        handshake.extend_from_slice(fragment);
    }
    handshake
}

/// A reader of the presentation language of RFC 8446 §3.
#[derive(Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, length: usize) -> Option<usize> {
        Some(self.take(length)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn short(&mut self) -> Option<u16> {
        self.take(2).and_then(|two| Some(u16::from_be_bytes(two.try_into().ok()?)))
    }

    /// A vector whose length stands before it in so many bytes.
    fn vector(&mut self, length_bytes: usize) -> Option<&'a [u8]> {
        let length = self.number(length_bytes)?;
        self.take(length)
    }
}

fn shorts(list: &[u8]) -> Vec<u16> {
    let numbers = list.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]]));
    numbers.filter(|number| !is_grease(*number)).collect()
}

fn is_grease(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

fn joined_sorted(mut list: Vec<u16>) -> String {
    list.sort_unstable();
    joined(&list)
}

fn joined(list: &[u16]) -> String {
    let mut text = String::with_capacity(list.len() * "ffff,".len());
    for number in list {
        if !text.is_empty() {
            text.push(',');
        }
        number.to_be_bytes().iter().for_each(|byte| push_hexadecimal(*byte, &mut text));
    }
    text
}

fn short_hash(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(SHORT_HASH_LENGTH);
    }
    hexadecimal(&Sha256::digest(text.as_bytes())[..SHORT_HASH_LENGTH / 2])
}

/// The first and the last letter of an ALPN name; of its hexadecimal digits where one of them is no letter.
fn first_and_last(name: &[u8]) -> String {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return "00".to_owned() };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(*first), char::from(*last)].iter().collect();
    }
    format!("{:x}{:x}", first >> 4, last & 0xf)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    bytes.iter().for_each(|byte| push_hexadecimal(*byte, &mut text));
    text
}

fn push_hexadecimal(byte: u8, text: &mut String) {
    for digit in [byte >> 4, byte & 0xf] {
        text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
    }
}

const HANDSHAKE_RECORD: usize = 22;
const CLIENT_HELLO: usize = 1;
const RANDOM_LENGTH: usize = 32;
const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURE_ALGORITHMS: u16 = 13;
const ALPN: u16 = 16;
const SUPPORTED_VERSIONS: u16 = 43;
const COUNT_MAX: usize = 99;
const SHORT_HASH_LENGTH: usize = 12;

#[cfg(test)]
mod tests {
    use super::{Hello, fingerprints, first_and_last};

    /// The examples of the two specifications.
    #[test]
    fn fingerprints_are_those_of_the_specifications() {
        let old = Hello {
            version: 769,
            ciphers: vec![47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
            extensions: vec![0, 10, 11],
            groups: vec![23, 24, 25],
            point_formats: vec![0],
            ..Hello::default()
        };
        assert_eq!(old.ja3(), "ada70206e40642a3e4461f35503241d5");
        let bare =
            Hello { version: 769, ciphers: vec![4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], ..Hello::default() };
        assert_eq!(bare.ja3(), "de350869b8c85de67a350c8d186f11e6");
        let browser = Hello {
            version: 0x0303,
            ciphers: vec![
                0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
                0x009c, 0x009d, 0x002f, 0x0035,
            ],
            extensions: vec![
                0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
                0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
            ],
            signature_algorithms: vec![0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
            versions: vec![0x0304, 0x0303],
            protocol: Some(b"h2"),
            ..Hello::default()
        };
        assert_eq!(browser.ja4(), "t13d1516h2_8daaf6152771_e5627efa2ab1");
        assert_eq!(Hello::default().ja4(), "t00i000000_000000000000_000000000000");
    }

    #[test]
    fn a_hello_is_read_from_its_records() {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0, 4, 0x0a, 0x0a, 0x13, 0x01, 1, 0]);
        let extensions: &[u8] = &[
            0x1a, 0x1a, 0, 0, 0, 0, 0, 0, 0, 16, 0, 11, 0, 9, 8, b'h', b't', b't', b'p', b'/', b'1', b'.',
            b'1', 0, 43, 0, 5, 4, 0x2a, 0x2a, 3, 4,
        ];
        body.extend([0, u8::try_from(extensions.len()).expect("short")]);
        body.extend(extensions);
        let mut handshake = vec![1, 0, 0, u8::try_from(body.len()).expect("short")];
        handshake.extend(body);
        let mut records = Vec::new();
        for fragment in handshake.chunks(20) {
            records.extend([22, 3, 1, 0, u8::try_from(fragment.len()).expect("short")]);
            records.extend(fragment);
        }
        let found = fingerprints(&records).expect("a whole one");
        assert!(found.ja4.starts_with("t13d0103h1_"), "{}", found.ja4);
        for length in 0..records.len() {
            assert!(fingerprints(&records[..length]).is_none(), "{length}");
        }
        assert_eq!(first_and_last(&[0xab]), "ab");
    }
}
