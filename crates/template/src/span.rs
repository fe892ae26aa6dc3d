//! Where in the template something was written: byte offsets, and lines and columns for people.

use std::sync::Arc;

/// A range of bytes of a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file, by its number; 0 is the template itself.
    pub file: u16,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// Bytes `start..end` of the template.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { file: 0, start, end: end.max(start) }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A text with a name, which knows its lines, and the texts that it includes.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: Arc<str>,
    text: Arc<str>,
    line_starts: Arc<[usize]>,
    included: Arc<[SourceFile]>,
}

impl SourceFile {
    /// A file called `name` that holds `text`.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect::<Vec<_>>();
        Self {
            name: name.into(),
            text: text.into(),
            line_starts: line_starts.into(),
            included: Arc::default(),
        }
    }

    /// Takes a file up that this one includes, and gives its number.
    pub(crate) fn include(&mut self, file: Self) -> u16 {
        self.included = self.included.iter().cloned().chain([file]).collect();
        u16::try_from(self.included.len()).unwrap_or(u16::MAX)
    }

    /// The files that it includes.
    #[must_use]
    pub fn included(&self) -> &[Self] {
        &self.included
    }

    /// The file that a span lies in: this one, or one that it includes.
    #[must_use]
    pub fn file(&self, span: Span) -> &Self {
        usize::from(span.file).checked_sub(1).and_then(|index| self.included.get(index)).unwrap_or(self)
    }

    /// The name that the user gave.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column, both from 1, of the byte at `offset`; the column counts characters.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        let offset = self.boundary(offset);
        let line = self.line_starts.partition_point(|start| *start <= offset) - 1;
        let column = self.text[self.line_starts[line]..offset].chars().count();
        (u32::try_from(line + 1).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX))
    }

    /// The text of `span`; empty where the span lies outside.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let file = self.file(span);
        let (start, end) = (file.boundary(span.start), file.boundary(span.end));
        file.text.get(start..end).unwrap_or_default()
    }

    /// `file:line:column` of the start of `span`.
    #[must_use]
    pub fn position(&self, span: Span) -> String {
        let file = self.file(span);
        let (line, column) = file.line_column(span.start);
        format!("{}:{line}:{column}", file.name)
    }

    /// The place of `${name}` inside `span`; `span` itself where that is not written there.
    pub(crate) fn variable(&self, span: Span, name: &str) -> Span {
        let text = self.slice(span);
        let at = text.match_indices("${").find(|(at, _)| {
            let inside = text[at + 2..].split('}').next().unwrap_or_default();
            inside.trim() == name
        });
        match at {
            Some((at, _)) => {
                let length = text[at..].find('}').map_or(0, |end| end + 1);
                Span { file: span.file, start: span.start + at, end: span.start + at + length }
            }
            None => span,
        }
    }

    /// The nearest character boundary at or before `offset`.
    pub(crate) fn boundary(&self, offset: usize) -> usize {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::{SourceFile, Span};

    #[test]
    fn lines_and_columns_count_from_one() {
        let source = SourceFile::new("t.yaml", "a: ä\nb: c\n");
        for (offset, expected) in
            [(0, (1, 1)), (3, (1, 4)), (4, (1, 4)), (5, (1, 5)), (6, (2, 1)), (9, (2, 4)), (99, (3, 1))]
        {
            assert_eq!(source.line_column(offset), expected, "offset {offset}");
        }
        assert_eq!(source.slice(Span::new(6, 7)), "b");
        assert_eq!(source.position(Span::new(6, 7)), "t.yaml:2:1");
    }

    #[test]
    fn variables_have_places() {
        let source = SourceFile::new("t", "!Sub a${B}${ C.D }");
        let all = Span::new(0, 18);
        for (name, expected) in [("B", "${B}"), ("C.D", "${ C.D }"), ("E", "!Sub a${B}${ C.D }")] {
            assert_eq!(source.slice(source.variable(all, name)), expected);
        }
    }
}
