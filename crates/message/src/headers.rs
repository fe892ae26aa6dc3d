//! Header fields in the order and the case in which they were sent.
//!
//! All text of one header block lives in one buffer; an entry is four offsets. Building, copying and clearing a
//! block therefore costs no allocation per field, and a connection can use one block for all its requests.

/// A block of header fields. Names compare without case; values are bytes without surrounding white space.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers {
    text: Vec<u8>,
    entries: Vec<Entry>,
    /// One bit for each length that a name has, or had: most names that are looked for are not there.
    name_lengths: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Entry {
    name_start: u32,
    name_length: u32,
    value_start: u32,
    value_length: u32,
}

impl Headers {
    /// An empty block.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty block with room for that many fields of that many bytes of names and values together.
    #[must_use]
    pub fn with_capacity(fields: usize, text_bytes: usize) -> Self {
        Self { text: Vec::with_capacity(text_bytes), entries: Vec::with_capacity(fields), name_lengths: 0 }
    }

    /// The first value of `name`.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        if self.name_lengths & length_bit(name) == 0 {
            return None;
        }
        self.entries.iter().find(|e| self.is_named(e, name)).map(|e| self.value_of(e))
    }

    /// The first value of `name` where it is UTF-8.
    #[must_use]
    pub fn first_text(&self, name: &str) -> Option<&str> {
        self.first(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// All values of `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.entries.iter().filter(move |e| self.is_named(e, name)).map(|e| self.value_of(e))
    }

    /// All values of `name` joined by `, ` as RFC 9110 §5.3 allows; `None` when there is none.
    #[must_use]
    pub fn joined(&self, name: &str) -> Option<Vec<u8>> {
        let mut values = self.all(name);
        let mut joined = values.next()?.to_vec();
        for value in values {
            joined.extend_from_slice(b", ");
            joined.extend_from_slice(value);
        }
        Some(joined)
    }

    /// Whether a field of that name is present.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Adds a field after all others; a field of the same name stays.
    pub fn append(&mut self, name: &str, value: &[u8]) {
        self.append_raw(name.as_bytes(), value);
    }

    /// The same for a name of which it is known that it is ASCII; any other is read as an empty one.
    pub fn append_raw(&mut self, name: &[u8], value: &[u8]) {
        self.name_lengths |= length_bit(name);
        let name_start = self.push_text(name);
        let value_start = self.push_text(value);
        self.entries.push(Entry {
            name_start,
            name_length: length(name),
            value_start,
            value_length: length(value),
        });
    }

    /// Makes `value` the only value of `name`: in the place of the first one, else at the end.
    pub fn set(&mut self, name: &str, value: &[u8]) {
        let Some(index) = self.entries.iter().position(|e| self.is_named(e, name)) else {
            return self.append(name, value);
        };
        let name_start = self.push_text(name.as_bytes());
        let value_start = self.push_text(value);
        self.entries[index] = Entry {
            name_start,
            name_length: length(name.as_bytes()),
            value_start,
            value_length: length(value),
        };
        let mut position = 0;
        let text = &self.text;
        self.entries.retain(|e| {
            position += 1;
            position - 1 <= index
                || !slice(text, e.name_start, e.name_length).eq_ignore_ascii_case(name.as_bytes())
        });
    }

    /// Removes every field of that name; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        let text = &self.text;
        self.entries
            .retain(|e| !slice(text, e.name_start, e.name_length).eq_ignore_ascii_case(name.as_bytes()));
        self.entries.len() != before
    }

    /// Keeps the fields for which `keep(name, value)` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &[u8]) -> bool) {
        let text = &self.text;
        self.entries.retain(|e| {
            let name = std::str::from_utf8(slice(text, e.name_start, e.name_length)).unwrap_or("");
            keep(name, slice(text, e.value_start, e.value_length))
        });
    }

    /// Name and value of each field in order, both as bytes.
    pub fn raw(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries.iter().map(|e| (slice(&self.text, e.name_start, e.name_length), self.value_of(e)))
    }

    /// Name and value of each field in order.
    #[must_use]
    pub fn iter(&self) -> HeadersIter<'_> {
        HeadersIter { headers: self, next: 0 }
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets all fields and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.entries.clear();
        self.name_lengths = 0;
    }

    /// Gives back memory that no field is in: room for more of them, and the text of those that were removed.
    pub fn shrink_to_fit(&mut self) {
        let text_bytes = self.raw().map(|(name, value)| name.len() + value.len()).sum();
        let mut fitting = Self::with_capacity(self.len(), text_bytes);
        self.raw().for_each(|(name, value)| fitting.append_raw(name, value));
        *self = fitting;
    }

    /// Bytes that the fields take on an HTTP/1.1 wire, each with its colon, space and line end.
    #[must_use]
    pub fn wire_length(&self) -> usize {
        self.entries.iter().map(|e| e.name_length as usize + e.value_length as usize + 4).sum()
    }

    /// Writes the fields as HTTP/1.1 lines, each by [`write_field`].
    pub fn write_to(&self, out: &mut Vec<u8>) {
        for entry in &self.entries {
            write_field(slice(&self.text, entry.name_start, entry.name_length), self.value_of(entry), out);
        }
    }

    /// Writes the fields in a form that [`Self::unpack`] reads: who keeps many blocks keeps them in memory of its own.
    pub fn pack(&self, out: &mut Vec<u8>) {
        for (name, value) in self.raw() {
            for text in [name, value] {
                out.extend_from_slice(&length(text).to_le_bytes());
                out.extend_from_slice(text);
            }
        }
    }

    /// The fields that [`Self::pack`] wrote; of other bytes as many as there are.
    #[must_use]
    pub fn unpack(mut packed: &[u8]) -> Self {
        let mut headers = Self::new();
        while let Some((name, rest)) = unpacked(packed)
            && let Some((value, rest)) = unpacked(rest)
        {
            headers.append(&String::from_utf8_lossy(name), value);
            packed = rest;
        }
        headers
    }

    fn is_named(&self, entry: &Entry, name: &str) -> bool {
        entry.name_length as usize == name.len()
            && slice(&self.text, entry.name_start, entry.name_length).eq_ignore_ascii_case(name.as_bytes())
    }

    fn value_of(&self, entry: &Entry) -> &[u8] {
        slice(&self.text, entry.value_start, entry.value_length)
    }

    fn push_text(&mut self, text: &[u8]) -> u32 {
        let start = u32::try_from(self.text.len()).expect("a header block is limited far below 4 GiB");
        self.text.extend_from_slice(text);
        start
    }
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value))))
            .finish()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in fields {
            headers.append(name.as_ref(), value.as_ref());
        }
        headers
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = (&'a str, &'a [u8]);
    type IntoIter = HeadersIter<'a>;

    fn into_iter(self) -> HeadersIter<'a> {
        self.iter()
    }
}

/// Walks the fields of a block in order.
pub struct HeadersIter<'a> {
    headers: &'a Headers,
    next: usize,
}

impl<'a> Iterator for HeadersIter<'a> {
    type Item = (&'a str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.headers.entries.get(self.next)?;
        self.next += 1;
        let name = slice(&self.headers.text, entry.name_start, entry.name_length);
        Some((std::str::from_utf8(name).unwrap_or(""), self.headers.value_of(entry)))
    }
}

/// Writes one field as an HTTP/1.1 line.
///
/// A field can never become two: CR, LF and NUL in a value are written as spaces (RFC 9110 §5.5), and a field whose
/// name holds one of them, a space or a colon is left out.
pub fn write_field(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    if name.is_empty() || any_byte(name, suspects_in_name, |byte| matches!(byte, 0..=b' ' | b':' | 0x7f..)) {
        return;
    }
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    let start = out.len();
    out.extend_from_slice(value);
    if any_byte(value, suspects_in_value, breaks_line) {
        out[start..].iter_mut().filter(|byte| breaks_line(**byte)).for_each(|byte| *byte = b' ');
    }
    out.extend_from_slice(b"\r\n");
}

fn breaks_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

/// Whether there is such a byte. Eight bytes are looked at at once: where `suspects` says that there may be one among
/// them, and where there are fewer than eight, each is.
fn any_byte(text: &[u8], suspects: impl Fn(u64) -> bool, is_meant: impl Fn(u8) -> bool) -> bool {
    // The last eight overlap those before them.
    let (mut words, last) = (text.chunks_exact(8), text.last_chunk::<8>());
    let Some(last) = last else { return text.iter().any(|byte| is_meant(*byte)) };
    let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
    (words.any(|bytes| suspects(word(bytes))) || suspects(u64::from_le_bytes(*last)))
        && text.iter().any(|byte| is_meant(*byte))
}

/// One in each byte.
const ONES: u64 = u64::from_ne_bytes([1; 8]);
/// The highest bit of each byte.
const HIGHS: u64 = ONES << 7;

/// Whether one of the eight bytes may be a control character or a space, a colon, or 0x7f and above.
fn suspects_in_name(word: u64) -> bool {
    let colons = word ^ (ONES * b':' as u64);
    let no_letters =
        word.wrapping_sub(ONES * 0x21) | colons.wrapping_sub(ONES) | word.wrapping_add(ONES) | word;
    no_letters & HIGHS != 0
}

/// Whether one of the eight bytes may be a control character.
fn suspects_in_value(word: u64) -> bool {
    word.wrapping_sub(ONES * 0x20) & !word & HIGHS != 0
}

fn length_bit(name: impl AsRef<[u8]>) -> u32 {
    1 << (name.as_ref().len() & 31)
}

/// The first text of a packed block, and what follows it.
fn unpacked(packed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = packed.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

fn slice(text: &[u8], start: u32, length: u32) -> &[u8] {
    &text[start as usize..start as usize + length as usize]
}

fn length(text: &[u8]) -> u32 {
    u32::try_from(text.len()).expect("a header field is limited far below 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn names_compare_without_case_and_keep_theirs() {
        let mut headers = Headers::from_iter([("tEsT", "1"), ("Other", "x"), ("TEST", "2")]);
        assert_eq!(headers.first("test"), Some(&b"1"[..]));
        assert_eq!(headers.joined("Test").as_deref(), Some(&b"1, 2"[..]));
        headers.set("Test", b"3");
        let fields: Vec<_> =
            headers.iter().map(|(n, v)| (n, String::from_utf8_lossy(v).into_owned())).collect();
        assert_eq!(fields, [("Test", "3".to_owned()), ("Other", "x".to_owned())]);
        assert!(headers.remove("OTHER") && !headers.remove("OTHER"));
        assert_eq!(headers.len(), 1);
        let mut wire = Vec::new();
        headers.write_to(&mut wire);
        assert_eq!(wire, b"Test: 3\r\n");
        assert_eq!(headers.wire_length(), wire.len());
    }

    #[test]
    fn no_byte_in_any_place_makes_two_lines_of_one() {
        for byte in 0..=u8::MAX {
            for (length, place) in (1..20).flat_map(|length| (0..length).map(move |place| (length, place))) {
                let mut text = vec![b'a'; length];
                text[place] = byte;
                let mut wire = Vec::new();
                super::write_field(&text, b"", &mut wire);
                let is_sound = !matches!(byte, 0..=b' ' | b':' | 0x7f..);
                assert_eq!(!wire.is_empty(), is_sound, "{byte} at {place} of {length} in a name");
                wire.clear();
                super::write_field(b"a", &text, &mut wire);
                text[place] = if matches!(byte, b'\r' | b'\n' | 0) { b' ' } else { byte };
                assert_eq!(wire, [b"a: ", &text[..], b"\r\n"].concat(), "{byte} at {place} of {length}");
            }
        }
    }

    #[test]
    fn a_packed_block_is_the_same_again() {
        for headers in [
            Headers::new(),
            Headers::from_iter([("Host", "a"), ("X-Empty", ""), ("host", "b")]),
            Headers::from_iter([("X", [0_u8, 0xff, b'\n'])]),
        ] {
            let mut packed = Vec::new();
            headers.pack(&mut packed);
            assert_eq!(Headers::unpack(&packed), headers);
            for length in 0..packed.len() {
                assert!(Headers::unpack(&packed[..length]).len() < headers.len());
            }
        }
    }

    #[test]
    fn a_field_stays_one_line() {
        let headers = Headers::from_iter([("a", "1\r\nb: 2\0"), ("c\r\nd", "3"), ("e f", "4"), ("g", "5")]);
        let mut wire = Vec::new();
        headers.write_to(&mut wire);
        assert_eq!(String::from_utf8_lossy(&wire), "a: 1  b: 2 \r\ng: 5\r\n");
    }
}
