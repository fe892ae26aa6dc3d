//! How are header fields compressed? HPACK, RFC 7541.
//!
//! Both directions keep a table of fields that have been sent; an index stands for a field, or for its name. What is
//! broken here breaks the whole connection, because the tables of both sides must stay the same.

mod decoder;
mod dynamic_table;
mod encoder;
mod huffman;
mod integer;
mod static_table;

pub(super) use decoder::Decoder;
pub(super) use encoder::Encoder;

use super::field::FieldKind;

/// Bytes of each table that both sides assume at first; we never ask for another size.
pub(super) const TABLE_BYTES: usize = 4096;

/// Bytes that an entry counts for beside its name and value, §4.1.
pub(super) const ENTRY_OVERHEAD_BYTES: usize = 32;

/// A field as it was decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    /// What its name means to us.
    pub(super) kind: FieldKind,
    /// The name as sent.
    pub(super) name: &'a [u8],
    /// The value as sent.
    pub(super) value: &'a [u8],
    /// The value holds what RFC 9113 §8.2.1 allows.
    pub(super) value_is_sound: bool,
}

/// Why a block cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) &'static str);

#[cfg(test)]
mod tests;
