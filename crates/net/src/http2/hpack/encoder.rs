//! How is an answer's head written? RFC 7541 §6.
//!
//! What many answers of a connection have in common gets an index; what differs from answer to answer (an ETag, a date, an
//! id) is written as it is, so that it does not push the rest out of the table. Only what is kept is Huffman-coded: its
//! price is paid once.

use super::super::field::FieldKind;
use super::dynamic_table::{DynamicTable, Entry};
use super::integer::write_integer;
use super::static_table::STATIC_INDEX_MAX;
use super::{ENTRY_OVERHEAD_BYTES, Field, TABLE_BYTES, huffman};

/// The encoder of a connection.
pub(crate) struct Encoder {
    table: DynamicTable,
    /// Room that the viewer's table has.
    size_max: usize,
    /// The smallest room that the viewer announced since the last block, where it announced any (§4.2).
    announced_min: Option<usize>,
}

impl Encoder {
    pub(crate) fn new() -> Self {
        Self { table: DynamicTable::new(TABLE_BYTES), size_max: TABLE_BYTES, announced_min: None }
    }

    /// The viewer announced the size of its table; more than the usual is not used.
    pub(crate) fn resize(&mut self, size_max: u32) {
        let size_max = usize::try_from(size_max).unwrap_or(usize::MAX).min(TABLE_BYTES);
        self.announced_min = Some(self.announced_min.unwrap_or(usize::MAX).min(size_max));
        self.size_max = size_max;
        self.table.resize(size_max);
    }

    /// Begins a block with the status.
    pub(crate) fn begin(&mut self, status: u16, out: &mut Vec<u8>) {
        if let Some(announced_min) = self.announced_min.take() {
            if announced_min < self.size_max {
                write_integer(0x20, 5, announced_min, out);
            }
            write_integer(0x20, 5, self.size_max, out);
        }
        let index = match status {
            200 => 8,
            204 => 9,
            206 => 10,
            304 => 11,
            400 => 12,
            404 => 13,
            500 => 14,
            _ => {
                let digits = [status / 100, status / 10 % 10, status % 10];
                out.extend_from_slice(&[0x08, 3]);
                return out.extend(digits.map(|digit| b'0' + u8::try_from(digit).unwrap_or(0)));
            }
        };
        out.push(0x80 | index);
    }

    /// Writes a field; its name may be in any case. As on HTTP/1.1, one whose name is none is left out, and a control
    /// character in a value becomes a space. Says whether it was written.
    pub(crate) fn field(&mut self, name: &str, value: &[u8], out: &mut Vec<u8>) -> bool {
        let mut memory = [0; NAME_BYTES];
        let long;
        let name = match memory.get_mut(..name.len()) {
            Some(lower) => {
                lower.copy_from_slice(name.as_bytes());
                lower.make_ascii_lowercase();
                &*lower
            }
            None => {
                long = name.to_ascii_lowercase();
                long.as_bytes()
            }
        };
        // Without an early exit, so that the compiler looks at many bytes at once.
        if value.iter().fold(0, |found, byte| found | u8::from(is_control(*byte))) != 0 {
            let value: Vec<u8> =
                value.iter().map(|byte| if is_control(*byte) { b' ' } else { *byte }).collect();
            return self.sound_field(name, value.trim_ascii(), out);
        }
        self.sound_field(name, value.trim_ascii(), out)
    }

    fn sound_field(&mut self, name: &[u8], value: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(Known { index, repeats }) = known(name) else { return false };
        if repeats && name.len() + value.len() + ENTRY_OVERHEAD_BYTES <= self.size_max / ENTRIES_MIN {
            if let Some(place) = self.table.position(name, value) {
                write_integer(0x80, 7, STATIC_INDEX_MAX + 1 + place, out);
                return true;
            }
            write_integer(0x40, 6, index, out);
            if index == 0 {
                write_huffman(name, out);
            }
            write_huffman(value, out);
            let field = Field { kind: FieldKind::Plain, name, value, value_is_sound: true };
            self.table.insert(Entry::new(&field));
            return true;
        }
        // A cookie must not be kept by anybody on the way (§7.1.3).
        write_integer(if name == b"set-cookie" { 0x10 } else { 0 }, 4, index, out);
        if index == 0 {
            write_string(name, out);
        }
        write_string(value, out);
        true
    }
}

fn write_string(text: &[u8], out: &mut Vec<u8>) {
    write_integer(0, 7, text.len(), out);
    out.extend_from_slice(text);
}

fn write_huffman(text: &[u8], out: &mut Vec<u8>) {
    let length = huffman::encoded_length(text);
    if length >= text.len() {
        return write_string(text, out);
    }
    write_integer(0x80, 7, length, out);
    huffman::encode(text, out);
}

fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 0x7f
}

/// What is known of a name.
struct Known {
    /// Its index in the static table; 0 where it has none.
    index: usize,
    /// Its value is the same in many answers.
    repeats: bool,
}

const fn repeats(index: usize) -> Option<Known> {
    Some(Known { index, repeats: true })
}

const fn differs(index: usize) -> Option<Known> {
    Some(Known { index, repeats: false })
}

/// Nothing where it is no name that HTTP/2 allows.
fn known(name: &[u8]) -> Option<Known> {
    match name {
        b"accept-ranges" => repeats(18),
        b"access-control-allow-origin" => repeats(20),
        b"age" => differs(21),
        b"allow" => repeats(22),
        b"cache-control" => repeats(24),
        b"content-disposition" => differs(25),
        b"content-encoding" => repeats(26),
        b"content-language" => repeats(27),
        b"content-length" => differs(28),
        b"content-location" => differs(29),
        b"content-range" => differs(30),
        b"content-type" => repeats(31),
        b"date" => differs(33),
        b"etag" => differs(34),
        b"expires" => differs(36),
        b"last-modified" => differs(44),
        b"link" => differs(45),
        b"location" => differs(46),
        b"retry-after" => differs(53),
        b"server" => repeats(54),
        b"set-cookie" => differs(55),
        b"strict-transport-security" => repeats(56),
        b"vary" => repeats(59),
        b"via" => repeats(60),
        b"www-authenticate" => differs(61),
        b"x-amz-cf-id" => differs(0),
        b"access-control-allow-credentials"
        | b"access-control-allow-headers"
        | b"access-control-allow-methods"
        | b"access-control-expose-headers"
        | b"access-control-max-age"
        | b"content-security-policy"
        | b"permissions-policy"
        | b"referrer-policy"
        | b"x-amz-cf-pop"
        | b"x-amz-server-side-encryption"
        | b"x-cache"
        | b"x-content-type-options"
        | b"x-frame-options"
        | b"x-xss-protection" => repeats(0),
        name => match FieldKind::of(name) {
            FieldKind::Invalid
            | FieldKind::OfTheConnection
            | FieldKind::OtherPseudo
            | FieldKind::Authority
            | FieldKind::Method
            | FieldKind::Path
            | FieldKind::Scheme => None,
            _ => differs(0),
        },
    }
}

/// The longest name that is brought into lower case without an allocation.
const NAME_BYTES: usize = 64;
/// A field that would take more than that part of the table is not kept in it.
const ENTRIES_MIN: usize = 4;
