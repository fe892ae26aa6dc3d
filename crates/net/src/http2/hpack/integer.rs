//! How is a number written? A prefix of some bits, then seven bits a byte: RFC 7541 §5.1.

use super::Broken;

/// Takes a number off the front of `block`, whose first byte has it in its last `prefix_bits`.
pub(super) fn take_integer(block: &mut &[u8], prefix_bits: u32) -> Result<usize, Broken> {
    let [first, rest @ ..] = block else { return Err(Broken("a number has no bytes")) };
    *block = rest;
    let mask = (1u8 << prefix_bits) - 1;
    let mut number = usize::from(first & mask);
    if number < usize::from(mask) {
        return Ok(number);
    }
    let mut shift = 0;
    loop {
        let [byte, rest @ ..] = block else { return Err(Broken("a number is cut off")) };
        *block = rest;
        // Nobody needs a number that large; five bytes could hold one that overflows.
        if shift > SHIFT_MAX {
            return Err(Broken("a number is too large"));
        }
        number += usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
        shift += 7;
    }
}

/// Writes a number into the last `prefix_bits` of a byte whose other bits are `first`, and as many bytes as it needs.
pub(super) fn write_integer(first: u8, prefix_bits: u32, number: usize, out: &mut Vec<u8>) {
    let mask = (1u8 << prefix_bits) - 1;
    if let Some(small) = u8::try_from(number).ok().filter(|small| *small < mask) {
        return out.push(first | small);
    }
    out.push(first | mask);
    let mut rest = number - usize::from(mask);
    while rest >= 0x80 {
        out.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or(0));
        rest >>= 7;
    }
    out.push(u8::try_from(rest).unwrap_or(0));
}

/// The last byte of a number may stand for 2^21 and more: numbers up to 2^28 are read.
const SHIFT_MAX: u32 = 21;

#[cfg(test)]
mod tests {
    use super::{take_integer, write_integer};

    /// RFC 7541 §C.1, and the borders.
    #[test]
    fn numbers() {
        let rows: &[(u32, usize, &[u8])] = &[
            (5, 10, &[0b01010]),
            (5, 1337, &[0b11111, 0b1001_1010, 0b1010]),
            (8 - 1, 42, &[42]),
            (7, 126, &[126]),
            (7, 127, &[127, 0]),
            (7, 128, &[127, 1]),
            (4, 15 + 127, &[15, 127]),
            (4, 15 + 128, &[15, 0x80, 1]),
            (7, 127 + (1 << 28) - 1, &[127, 0xff, 0xff, 0xff, 0x7f]),
        ];
        for (prefix_bits, number, bytes) in rows {
            let mut out = Vec::new();
            write_integer(0, *prefix_bits, *number, &mut out);
            assert_eq!(out, *bytes, "{number}");
            let mut rest = *bytes;
            assert_eq!(take_integer(&mut rest, *prefix_bits), Ok(*number));
            assert!(rest.is_empty());
        }
        let broken: &[&[u8]] =
            &[&[], &[31], &[31, 0x80], &[31, 0x80, 0x80, 0x80, 0x80, 0], &[31, 0xff, 0xff, 0xff, 0xff, 0xff]];
        for bytes in broken {
            assert!(take_integer(&mut &bytes[..], 5).is_err(), "{bytes:?}");
        }
    }
}
