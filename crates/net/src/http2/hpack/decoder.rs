//! What fields does a block of a viewer hold? RFC 7541 §3 and §6.

use super::super::field::{FieldKind, is_sound_value};
use super::dynamic_table::{DynamicTable, Entry};
use super::integer::take_integer;
use super::static_table::{STATIC_INDEX_MAX, static_field};
use super::{Broken, Field, TABLE_BYTES, huffman};

/// The decoder of a connection.
pub(crate) struct Decoder {
    table: DynamicTable,
    /// Memory for strings that are Huffman-coded.
    name: Vec<u8>,
    value: Vec<u8>,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self { table: DynamicTable::new(TABLE_BYTES), name: Vec::new(), value: Vec::new() }
    }

    /// Hands each field of a whole block to `each`, in order.
    pub(crate) fn decode(
        &mut self,
        mut block: &[u8],
        mut each: impl FnMut(&Field<'_>),
    ) -> Result<(), Broken> {
        let mut fields_began = false;
        while let Some(first) = block.first() {
            match first {
                0x80.. => {
                    let index = take_integer(&mut block, 7)?;
                    each(&indexed(&self.table, index)?);
                }
                0x40..=0x7f => {
                    let entry = Entry::new(&self.literal(&mut block, 6)?);
                    each(&entry.field());
                    self.table.insert(entry);
                }
                0x20..=0x3f => {
                    let size = take_integer(&mut block, 5)?;
                    if fields_began || size > TABLE_BYTES {
                        return Err(Broken("the size of the table changes where it must not"));
                    }
                    self.table.resize(size);
                    continue;
                }
                // Without indexing, or never indexed: the same for us, who forward nothing compressed.
                0..=0x1f => each(&self.literal(&mut block, 4)?),
            }
            fields_began = true;
        }
        // An idle connection does not keep what one large head needed.
        for memory in [&mut self.name, &mut self.value] {
            if memory.capacity() > MEMORY_BYTES_KEPT {
                *memory = Vec::new();
            }
        }
        Ok(())
    }

    fn literal<'s, 'b: 's>(
        &'s mut self,
        block: &mut &'b [u8],
        prefix_bits: u32,
    ) -> Result<Field<'s>, Broken> {
        let index = take_integer(block, prefix_bits)?;
        let (kind, name) = if index == 0 {
            let name = take_string(block, &mut self.name)?;
            (FieldKind::of(name), name)
        } else {
            let field = indexed(&self.table, index)?;
            (field.kind, field.name)
        };
        let value = take_string(block, &mut self.value)?;
        Ok(Field { kind, name, value, value_is_sound: is_sound_value(value) })
    }

    /// Bytes that the entries of the table count for.
    #[cfg(test)]
    pub(super) fn table_size(&self) -> usize {
        self.table.size()
    }
}

fn indexed(table: &DynamicTable, index: usize) -> Result<Field<'_>, Broken> {
    if let Some(field) = static_field(index) {
        let (name, value) = (field.name.as_bytes(), field.value.as_bytes());
        return Ok(Field { kind: field.kind, name, value, value_is_sound: true });
    }
    let place = index.checked_sub(STATIC_INDEX_MAX + 1).ok_or(Broken("an index is zero"))?;
    table.at(place).map(Entry::field).ok_or(Broken("an index stands for nothing"))
}

fn take_string<'m, 'b: 'm>(block: &mut &'b [u8], memory: &'m mut Vec<u8>) -> Result<&'m [u8], Broken> {
    let is_huffman = block.first().is_some_and(|first| first & 0x80 != 0);
    let length = take_integer(block, 7)?;
    let (text, rest) = block.split_at_checked(length).ok_or(Broken("a string is cut off"))?;
    *block = rest;
    if !is_huffman {
        return Ok(text);
    }
    memory.clear();
    huffman::decode(text, memory)?;
    Ok(memory)
}

/// Bytes of memory for strings that a connection keeps from head to head.
const MEMORY_BYTES_KEPT: usize = 1024;
