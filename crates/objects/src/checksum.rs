//! The checksums that clients send with an object: CRC-32, CRC-32C, CRC-64/NVME, SHA-1 and SHA-256.
//!
//! Authority: Amazon S3 user guide, *Checking object integrity* (`checking-object-integrity`).

use frontgate_aws::{base64_decode, base64_encode};
use frontgate_message::Headers;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::error::{Code, S3Error};

/// An algorithm that S3 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// What a request announces of a checksum.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Announced {
    /// Nothing.
    Nothing,
    /// The value, in base64.
    Value(Algorithm, String),
    /// That the trailer has the value.
    Trailer(Algorithm),
}

impl Algorithm {
    /// All of them: the header field, the name of the algorithm.
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Crc32, "x-amz-checksum-crc32", "CRC32"),
        (Self::Crc32c, "x-amz-checksum-crc32c", "CRC32C"),
        (Self::Crc64Nvme, "x-amz-checksum-crc64nvme", "CRC64NVME"),
        (Self::Sha1, "x-amz-checksum-sha1", "SHA1"),
        (Self::Sha256, "x-amz-checksum-sha256", "SHA256"),
    ];

    /// The header field that carries it.
    pub(crate) fn field(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    fn name(self) -> &'static str {
        Self::ALL[self as usize].2
    }

    /// The algorithm whose value that header field carries.
    pub(crate) fn of_field(field: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1.eq_ignore_ascii_case(field.trim())).map(|row| row.0)
    }

    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

impl Announced {
    /// What the header says, and whether it can be so.
    pub(crate) fn of(headers: &Headers) -> Result<Self, S3Error> {
        let invalid = |message: &str| S3Error::of(Code::InvalidRequest).saying(message);
        let mut values = Algorithm::ALL.iter().filter_map(|row| Some((row.0, headers.first_text(row.1)?)));
        let value = values.next();
        if values.next().is_some() {
            return Err(invalid(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            ));
        }
        let algorithm = headers.first_text("x-amz-sdk-checksum-algorithm");
        if let Some(name) = algorithm
            && !Algorithm::ALL.iter().any(|row| row.2.eq_ignore_ascii_case(name))
        {
            return Err(invalid(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid \
                                types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
            ));
        }
        let announced = match (value, headers.first_text("x-amz-trailer")) {
            (Some((algorithm, value)), _) => {
                check_form(algorithm, value)?;
                Self::Value(algorithm, value.to_owned())
            }
            (None, Some(trailer)) => match Algorithm::of_field(trailer) {
                Some(algorithm) => Self::Trailer(algorithm),
                None => {
                    return Err(invalid("The value specified in the x-amz-trailer header is not supported"));
                }
            },
            (None, None) if algorithm.is_some() => {
                return Err(invalid(
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer \
                     headers were found.",
                ));
            }
            (None, None) => Self::Nothing,
        };
        Ok(announced)
    }

    /// The algorithm.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::Nothing => None,
            Self::Value(algorithm, _) | Self::Trailer(algorithm) => Some(*algorithm),
        }
    }
}

/// Whether a value has the length of its algorithm's.
pub(crate) fn check_form(algorithm: Algorithm, value: &str) -> Result<(), S3Error> {
    if base64_decode(value).is_some_and(|bytes| bytes.len() == algorithm.length()) {
        return Ok(());
    }
    let message = format!("Value for {} header is invalid.", algorithm.field());
    Err(S3Error::of(Code::InvalidRequest).saying(&message))
}

/// The error where another checksum was announced than the body has.
pub(crate) fn compare(algorithm: Algorithm, announced: &str, computed: &str) -> Result<(), S3Error> {
    if announced == computed {
        return Ok(());
    }
    let name = algorithm.name();
    let message = format!("The {name} you specified did not match the calculated checksum.");
    Err(S3Error::of(Code::BadDigest).saying(&message))
}

/// A checksum while the body comes.
#[derive(Clone, Debug)]
pub(crate) enum Checksum {
    Crc(Crc),
    Sha1(Sha1),
    Sha256(Sha256),
}

/// A cyclic redundancy check of up to 64 bits whose bits are reflected.
#[derive(Clone, Debug)]
pub(crate) struct Crc {
    table: &'static [u64; 256],
    value: u64,
    mask: u64,
    length: usize,
}

impl Checksum {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let crc = |table, mask| Self::Crc(Crc { table, value: mask, mask, length: algorithm.length() });
        match algorithm {
            Algorithm::Crc32 => crc(&CRC32, u32::MAX.into()),
            Algorithm::Crc32c => crc(&CRC32C, u32::MAX.into()),
            Algorithm::Crc64Nvme => crc(&CRC64_NVME, u64::MAX),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(crc) => crc.update(bytes),
            Self::Sha1(sha1) => sha1.update(bytes),
            Self::Sha256(sha256) => sha256.update(bytes),
        }
    }

    /// The value in base64, as header fields have it.
    pub(crate) fn value(self) -> String {
        match self {
            Self::Crc(crc) => {
                let bytes = (crc.value ^ crc.mask).to_be_bytes();
                base64_encode(&bytes[bytes.len() - crc.length..])
            }
            Self::Sha1(sha1) => base64_encode(&sha1.finalize()),
            Self::Sha256(sha256) => base64_encode(&sha256.finalize()),
        }
    }
}

impl Crc {
    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let index = (self.value ^ u64::from(*byte)) & 0xff;
            self.value = self.table[usize::try_from(index).unwrap_or(0)] ^ (self.value >> 8);
        }
    }
}

/// The table of a reflected polynomial.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut value, mut bit) = (index as u64, 0);
        while bit < 8 {
            value = if value & 1 == 1 { polynomial ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

static CRC32: [u64; 256] = table(0xedb8_8320);
static CRC32C: [u64; 256] = table(0x82f6_3b78);
static CRC64_NVME: [u64; 256] = table(0x9a6c_9329_ac4b_c9b5);

#[cfg(test)]
mod tests {
    use frontgate_aws::base64_encode;
    use frontgate_message::Headers;

    use super::{Algorithm, Announced, Checksum};

    #[test]
    fn the_check_values_of_the_algorithms() {
        for (algorithm, expected) in [
            (Algorithm::Crc32, base64_encode(&0xcbf4_3926_u32.to_be_bytes())),
            (Algorithm::Crc32c, base64_encode(&0xe306_9283_u32.to_be_bytes())),
            (Algorithm::Crc64Nvme, base64_encode(&0xae8b_1486_0a79_9888_u64.to_be_bytes())),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE=".to_owned()),
            (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=".to_owned()),
        ] {
            let mut checksum = Checksum::new(algorithm);
            checksum.update(b"1234");
            checksum.update(b"56789");
            assert_eq!(checksum.value(), expected, "{algorithm:?}");
        }
    }

    #[test]
    fn what_a_header_announces() {
        for (fields, expected) in [
            (&[][..], Ok(Announced::Nothing)),
            (
                &[("x-amz-checksum-crc32", "y/Q5Jg==")],
                Ok(Announced::Value(Algorithm::Crc32, "y/Q5Jg==".into())),
            ),
            (&[("x-amz-trailer", "x-amz-checksum-crc64nvme")], Ok(Announced::Trailer(Algorithm::Crc64Nvme))),
            (&[("x-amz-checksum-crc32", "y/Q5")], Err("InvalidRequest")),
            (&[("x-amz-trailer", "x-amz-meta-a")], Err("InvalidRequest")),
            (&[("x-amz-sdk-checksum-algorithm", "CRC32")], Err("InvalidRequest")),
            (&[("x-amz-sdk-checksum-algorithm", "MD4")], Err("InvalidRequest")),
            (
                &[("x-amz-checksum-crc32", "y/Q5Jg=="), ("x-amz-checksum-crc32c", "y/Q5Jg==")],
                Err("InvalidRequest"),
            ),
        ] {
            let found = Announced::of(&Headers::from_iter(fields.iter().copied()));
            assert_eq!(found.map_err(|error| error.name()), expected, "{fields:?}");
        }
    }
}
