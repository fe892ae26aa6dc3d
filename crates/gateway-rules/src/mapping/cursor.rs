//! Where the parser stands in the text of a template, and what it has found wrong.

use std::cell::Cell;

use super::TemplateProblem;
use super::syntax::{Macro, Place};
use crate::finding::FindingKind;

/// A parser of one text: a template, or a text in double quotes inside of one.
pub struct Parser<'a> {
    pub text: &'a str,
    pub at: usize,
    pub depth: usize,
    pub problems: Vec<TemplateProblem>,
    /// The macros found so far.
    pub macros: Vec<Macro>,
    /// Calls with a bare word among their arguments, which no macro takes.
    pub calls_with_words: Vec<(Box<str>, Place)>,
    /// In a text in double quotes: where that begins, the place of all in it.
    pub inside: Option<Place>,
    /// An offset and its place, from where places are counted on.
    pub last_place: Cell<(usize, Place)>,
}

/// A problem was noted after which parsing makes no sense.
pub struct Stop;

/// The beginning of a text.
pub const START: Place = Place { line: 1, column: 1 };

impl<'a> Parser<'a> {
    /// A parser at the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            problems: Vec::new(),
            macros: Vec::new(),
            calls_with_words: Vec::new(),
            inside: None,
            last_place: Cell::new((0, START)),
        }
    }

    /// What is left of the text.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes white space.
    pub fn blanks(&mut self) {
        let trimmed = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
        self.at = self.text.len() - trimmed.len();
    }

    /// Passes `c` if it is next.
    pub fn take(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// Passes a symbol, unless it is the beginning of a longer one.
    pub fn symbol(&mut self, symbol: &str) -> bool {
        let rest = self.rest();
        let found = rest.starts_with(symbol)
            && !(symbol.len() == 1 && "<>".contains(symbol) && rest[1..].starts_with('='));
        if found {
            self.at += symbol.len();
        }
        found
    }

    /// Passes a whole word.
    pub fn word(&mut self, word: &str) -> bool {
        let found = self
            .rest()
            .strip_prefix(word)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        if found {
            self.at += word.len();
        }
        found
    }

    /// Passes white space and `c`, which must follow.
    pub fn expect(&mut self, c: char) -> Result<(), Stop> {
        self.blanks();
        if self.take(c) { Ok(()) } else { self.wrong(&format!("A `{c}` is missing")) }
    }

    /// Passes the name of a variable, a property or a method.
    pub fn identifier(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return None;
        }
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        self.at += length;
        Some(&rest[..length])
    }

    /// A directive that ends its line takes the line end with it.
    pub fn line_end(&mut self) {
        let trimmed = self.rest().trim_start_matches([' ', '\t']);
        if let Some(after) = trimmed
            .strip_prefix("\r\n")
            .or_else(|| trimmed.strip_prefix('\n'))
            .or_else(|| trimmed.strip_prefix('\r'))
        {
            self.at = self.text.len() - after.len();
        }
    }

    /// Goes one level deeper.
    pub fn deeper(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > NESTING_MAX { self.wrong("The template is nested too deeply") } else { Ok(()) }
    }

    /// Notes what is wrong here, and ends parsing.
    pub fn wrong<T>(&mut self, what: &str) -> Result<T, Stop> {
        self.note(FindingKind::Invalid, self.at, what.to_owned());
        Err(Stop)
    }

    /// Notes a problem at an offset.
    pub fn note(&mut self, kind: FindingKind, at: usize, what: String) {
        let place = self.place(at);
        self.note_at(kind, place, what);
    }

    /// Notes a problem at a place.
    pub fn note_at(&mut self, kind: FindingKind, place: Place, what: String) {
        let (line, column) = (place.line as usize, place.column as usize);
        self.problems.push(TemplateProblem { kind, line, column, what });
    }

    /// The place of an offset.
    pub fn place(&self, at: usize) -> Place {
        if let Some(place) = self.inside {
            return place;
        }
        let at = at.min(self.text.len());
        let (from, mut place) = self.last_place.get();
        let (from, start) = if from <= at { (from, place) } else { (0, START) };
        place = start;
        for c in self.text[from..at].chars() {
            if c == '\n' {
                place = Place { line: place.line + 1, column: 1 };
            } else {
                place.column += 1;
            }
        }
        self.last_place.set((at, place));
        place
    }
}

/// How deep directives and values may be nested.
const NESTING_MAX: usize = 64;
