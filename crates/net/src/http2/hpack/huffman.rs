//! How are the bytes of a string shortened? A fixed Huffman code, RFC 7541 §5.2 and Appendix B.
//!
//! The code is canonical: the lengths say all. Codes of one length are consecutive numbers in the order of their symbols,
//! and the first of a length follows the last of the one before.

use super::Broken;

/// Appends the decoded bytes of `coded`.
pub(super) fn decode(coded: &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
    out.reserve(coded.len() + coded.len() / 2);
    // The next bits to read are the highest of `bits`; the rest of it is zero.
    let (mut bits, mut available) = (0u64, 0u32);
    let mut rest = coded;
    loop {
        while available <= 56 {
            let [byte, following @ ..] = rest else { break };
            bits |= u64::from(*byte) << (56 - available);
            available += 8;
            rest = following;
        }
        let (symbol, length) = SHORT[(bits >> (64 - SHORT_BITS)) as usize];
        let (symbol, length) = if length > 0 { (symbol, u32::from(length)) } else { long_symbol(bits)? };
        if length > available {
            break;
        }
        out.push(symbol);
        bits <<= length;
        available -= length;
    }
    // What is left is the beginning of the code of the end, all ones and less than a byte.
    if available > 7 || bits.leading_ones() < available {
        return Err(Broken("a Huffman code does not end as it must"));
    }
    Ok(())
}

/// A symbol whose code is longer than [`SHORT_BITS`], and that code's length.
fn long_symbol(bits: u64) -> Result<(u8, u32), Broken> {
    for length in SHORT_BITS + 1..=LENGTH_MAX {
        let code = (bits >> (64 - length)) as u32;
        let row = &BY_LENGTH[length as usize];
        if code < row.first_code + row.count {
            let place = row.first_place + (code - row.first_code);
            let symbol = IN_ORDER[place as usize];
            return match u8::try_from(symbol) {
                Ok(symbol) => Ok((symbol, length)),
                Err(_) => Err(Broken("a Huffman code holds the end of a string")),
            };
        }
    }
    Err(Broken("there is no such Huffman code"))
}

/// How many bytes [`encode`] appends.
pub(super) fn encoded_length(text: &[u8]) -> usize {
    let bits: usize = text.iter().map(|byte| usize::from(LENGTHS[usize::from(*byte)])).sum();
    bits.div_ceil(8)
}

/// Appends the code of `text`.
pub(super) fn encode(text: &[u8], out: &mut Vec<u8>) {
    let (mut bits, mut held) = (0u64, 0u32);
    for byte in text {
        let length = u32::from(LENGTHS[usize::from(*byte)]);
        bits = bits << length | u64::from(CODES[usize::from(*byte)]);
        held += length;
        while held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    if held > 0 {
        let padding = 8 - held;
        out.push((bits << padding) as u8 | ((1u16 << padding) - 1) as u8);
    }
}

/// Bits of the codes that are read with one look.
const SHORT_BITS: u32 = 8;
/// Bits of the longest code.
const LENGTH_MAX: u32 = 30;
/// The symbol that stands for the end of a string.
const END: u16 = 256;
const SYMBOLS: usize = 257;

#[derive(Clone, Copy)]
struct OfLength {
    first_code: u32,
    /// Where the symbols of that length begin in [`IN_ORDER`].
    first_place: u32,
    count: u32,
}

/// All symbols, by the length of their code and then by themselves.
static IN_ORDER: [u16; SYMBOLS] = in_order();
static BY_LENGTH: [OfLength; LENGTH_MAX as usize + 1] = by_length();
static CODES: [u32; SYMBOLS] = codes();
/// For each first byte the symbol whose code it begins with, and that code's length; 0 where it is longer.
static SHORT: [(u8, u8); 1 << SHORT_BITS] = short();

const fn length_of(symbol: u16) -> u32 {
    if symbol == END { LENGTH_MAX } else { LENGTHS[symbol as usize] as u32 }
}

const fn in_order() -> [u16; SYMBOLS] {
    let mut order = [0; SYMBOLS];
    let (mut length, mut place) = (1, 0);
    while length <= LENGTH_MAX {
        let mut symbol = 0;
        while symbol <= END {
            if length_of(symbol) == length {
                order[place] = symbol;
                place += 1;
            }
            symbol += 1;
        }
        length += 1;
    }
    order
}

const fn by_length() -> [OfLength; LENGTH_MAX as usize + 1] {
    let mut rows = [OfLength { first_code: 0, first_place: 0, count: 0 }; LENGTH_MAX as usize + 1];
    let (mut length, mut code, mut place) = (1, 0u32, 0);
    while length <= LENGTH_MAX {
        code <<= 1;
        let (mut count, mut symbol) = (0, 0);
        while symbol <= END {
            if length_of(symbol) == length {
                count += 1;
            }
            symbol += 1;
        }
        rows[length as usize] = OfLength { first_code: code, first_place: place, count };
        code += count;
        place += count;
        length += 1;
    }
    rows
}

const fn codes() -> [u32; SYMBOLS] {
    let (rows, order) = (by_length(), in_order());
    let mut codes = [0; SYMBOLS];
    let mut place = 0;
    while place < SYMBOLS {
        let row = &rows[length_of(order[place]) as usize];
        codes[order[place] as usize] = row.first_code + (place as u32 - row.first_place);
        place += 1;
    }
    codes
}

const fn short() -> [(u8, u8); 1 << SHORT_BITS] {
    let codes = codes();
    let mut short = [(0, 0); 1 << SHORT_BITS];
    let mut symbol = 0;
    while symbol < END {
        let length = length_of(symbol);
        if length <= SHORT_BITS {
            let free_bits = SHORT_BITS - length;
            let mut rest = 0;
            while rest < 1 << free_bits {
                let begin = codes[symbol as usize] << free_bits | rest;
                short[begin as usize] = (symbol as u8, length as u8);
                rest += 1;
            }
        }
        symbol += 1;
    }
    short
}

/// Bits of the code of each byte, Appendix B.
#[rustfmt::skip]
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];

#[cfg(test)]
mod tests {
    use super::{CODES, decode, encode, encoded_length};

    fn decoded(coded: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        decode(coded, &mut out).ok().map(|()| out)
    }

    fn encoded(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(text, &mut out);
        out
    }

    /// Single codes of Appendix B.
    #[test]
    fn the_codes_are_those_of_the_appendix() {
        let rows = [
            (0, 0x1ff8),
            (1, 0x007f_ffd8),
            (10, 0x3fff_fffc),
            (48, 0),
            (97, 3),
            (92, 0x7fff0),
            (127, 0x0fff_fffc),
            (249, 0x0fff_fffe),
            (255, 0x03ff_ffee),
            (256, 0x3fff_ffff),
        ];
        for (symbol, code) in rows {
            assert_eq!(CODES[symbol], code, "{symbol}");
        }
    }

    #[test]
    fn every_text_comes_back() {
        let mut texts: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        texts.extend((0..=255u8).map(|byte| vec![byte, b'a', byte, 255 - byte]));
        texts.push((0..=255).collect());
        texts.push(b"www.example.com".to_vec());
        texts.push(Vec::new());
        for text in texts {
            let coded = encoded(&text);
            assert_eq!(coded.len(), encoded_length(&text), "{text:?}");
            assert_eq!(decoded(&coded).as_deref(), Some(&text[..]), "{text:?}");
        }
    }

    #[test]
    fn what_ends_otherwise_is_broken() {
        let rows: &[&[u8]] = &[
            // A whole byte of padding, padding with a zero, the code of the end, a long code that is cut off.
            &[0xff],
            &[0x1f, 0xff],
            &[0b0001_1000],
            &[0xff, 0xff, 0xff, 0xff],
            &[0xff, 0xff, 0xff, 0xfc],
            &[0xff, 0xff],
            &[0xfe],
        ];
        for coded in rows {
            assert_eq!(decoded(coded), None, "{coded:?}");
        }
        assert_eq!(decoded(&[0b0001_1111]).as_deref(), Some(&b"a"[..]));
    }
}
