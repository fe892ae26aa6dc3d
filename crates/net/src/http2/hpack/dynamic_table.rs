//! Which fields got an index since the connection began? RFC 7541 §2.3.2 and §4.

use std::collections::VecDeque;

use super::super::field::FieldKind;
use super::{ENTRY_OVERHEAD_BYTES, Field};

/// Fields that were sent, the newest first; the oldest leave when there is no room.
pub(super) struct DynamicTable {
    entries: VecDeque<Entry>,
    size: usize,
    size_max: usize,
}

/// A field of the table.
pub(super) struct Entry {
    text: Box<[u8]>,
    name_length: usize,
    kind: FieldKind,
    value_is_sound: bool,
}

impl Entry {
    pub(super) fn new(field: &Field<'_>) -> Self {
        Self {
            text: [field.name, field.value].concat().into(),
            name_length: field.name.len(),
            kind: field.kind,
            value_is_sound: field.value_is_sound,
        }
    }

    pub(super) fn field(&self) -> Field<'_> {
        let (name, value) = self.text.split_at(self.name_length);
        Field { kind: self.kind, name, value, value_is_sound: self.value_is_sound }
    }

    fn size(&self) -> usize {
        self.text.len() + ENTRY_OVERHEAD_BYTES
    }
}

impl DynamicTable {
    pub(super) fn new(size_max: usize) -> Self {
        Self { entries: VecDeque::new(), size: 0, size_max }
    }

    /// The entry that is `place` younger ones away from the newest.
    pub(super) fn at(&self, place: usize) -> Option<&Entry> {
        self.entries.get(place)
    }

    /// Where this very field is.
    pub(super) fn position(&self, name: &[u8], value: &[u8]) -> Option<usize> {
        let length = name.len() + value.len();
        self.entries.iter().position(|entry| {
            entry.text.len() == length
                && entry.name_length == name.len()
                && entry.text[name.len()..] == *value
                && entry.text[..name.len()] == *name
        })
    }

    /// Adds an entry; one that is larger than the table empties it, and that is no error (§4.4).
    pub(super) fn insert(&mut self, entry: Entry) {
        let size = entry.size();
        self.evict_to(self.size_max.saturating_sub(size));
        if size <= self.size_max {
            self.size += size;
            self.entries.push_front(entry);
        }
    }

    /// Changes the room that there is (§4.3).
    pub(super) fn resize(&mut self, size_max: usize) {
        self.size_max = size_max;
        self.evict_to(size_max);
    }

    /// Bytes that the entries count for.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.size
    }

    fn evict_to(&mut self, size_max: usize) {
        while self.size > size_max {
            let Some(oldest) = self.entries.pop_back() else { return };
            self.size -= oldest.size();
        }
    }
}
