//! The words of a function's source: what the runtime takes for one token.

use crate::runtime::Runtime;

/// One token. It is found from a position alone, so that looking ahead is looking elsewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// As an error names it: a string without its quotes.
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) line: u32,
    /// A line ends between the token before and this one.
    pub(super) newline_before: bool,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing more comes.
    End,
    /// A character that begins no token.
    Illegal,
    /// A name or a keyword.
    Name,
    Number,
    Punctuator,
    String,
    UnterminatedString,
}

/// Finds tokens in a source.
#[derive(Clone, Copy)]
pub(super) struct Lexer<'a> {
    source: &'a str,
    runtime: Runtime,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str, runtime: Runtime) -> Self {
        Self { source, runtime }
    }

    /// The token at or behind `position`, which is on `line`.
    pub(super) fn token(&self, position: usize, line: u32) -> Token<'a> {
        let (start, line, newline_before) = self.skip_space(position, line);
        let rest = &self.source[start..];
        let Some(first) = rest.chars().next() else {
            return Token { kind: Kind::End, text: "", start, end: start, line, newline_before };
        };
        let (kind, length) = match first {
            'a'..='z' | 'A'..='Z' | '_' | '$' => (Kind::Name, name_length(rest)),
            '0'..='9' => (Kind::Number, self.number_length(rest)),
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                (Kind::Number, self.number_length(rest))
            }
            '"' | '\'' => string_length(rest, first),
            _ => match PUNCTUATORS.iter().find(|known| rest.starts_with(**known)) {
                Some(known) => (Kind::Punctuator, known.len()),
                None => (Kind::Illegal, first.len_utf8()),
            },
        };
        let end = start + length;
        let text = match kind {
            Kind::String => &self.source[start + 1..end - 1],
            _ => &self.source[start..end],
        };
        Token { kind, text, start, end, line, newline_before }
    }

    /// Where the regular expression that begins at `start` ends, and its flags; or the text that does not end.
    pub(super) fn regular_expression(&self, start: usize) -> Result<(usize, &'a str), &'a str> {
        let bytes = self.source.as_bytes();
        let (mut at, mut in_class) = (start + 1, false);
        loop {
            match bytes.get(at) {
                None | Some(b'\n' | b'\r') => return Err(&self.source[start..at]),
                Some(b'\\') if !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r')) => at += 1,
                Some(b'[') => in_class = true,
                Some(b']') => in_class = false,
                Some(b'/') if !in_class => break,
                Some(_) => {}
            }
            at += 1;
        }
        let flags = &self.source[at + 1..at + 1 + name_length(&self.source[at + 1..])];
        Ok((at + 1 + flags.len(), flags))
    }

    /// The end of the piece of a template literal that begins at `start`, and whether an expression follows; `None`
    /// where the literal does not end.
    pub(super) fn template_piece(&self, start: usize) -> Option<(usize, bool)> {
        let bytes = self.source.as_bytes();
        let mut at = start;
        loop {
            match bytes.get(at)? {
                b'`' => return Some((at + 1, false)),
                b'$' if bytes.get(at + 1) == Some(&b'{') => return Some((at + 2, true)),
                b'\\' => at += 1,
                _ => {}
            }
            at += 1;
        }
    }

    fn skip_space(&self, position: usize, line: u32) -> (usize, u32, bool) {
        let bytes = self.source.as_bytes();
        let (mut at, mut line, mut newline) = (position, line, false);
        loop {
            let rest = &self.source[at..];
            if rest.starts_with("//") || (at == 0 && rest.starts_with("#!")) {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            if rest.starts_with("/*") {
                let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
                let lines = rest[..length].matches('\n').count();
                line += u32::try_from(lines).unwrap_or(u32::MAX - line);
                newline |= lines > 0;
                at += length;
                continue;
            }
            match bytes.get(at) {
                Some(b'\n') => {
                    line += 1;
                    newline = true;
                    at += 1;
                }
                Some(b' ' | b'\t' | b'\r' | 0x0b | 0x0c) => at += 1,
                _ if rest.starts_with(['\u{a0}', '\u{feff}']) => {
                    at += rest.chars().next().map_or(1, char::len_utf8);
                }
                _ => return (at, line, newline),
            }
        }
    }

    fn number_length(&self, rest: &str) -> usize {
        let separators = self.runtime == Runtime::JavaScript20;
        let digits = |from: usize, is_digit: fn(&u8) -> bool| {
            let bytes = rest.as_bytes();
            let mut at = from;
            while let Some(byte) = bytes.get(at) {
                let between =
                    separators && *byte == b'_' && at > from && bytes.get(at + 1).is_some_and(is_digit);
                if !is_digit(byte) && !between {
                    break;
                }
                at += 1;
            }
            at
        };
        match rest.as_bytes() {
            [b'0', b'x' | b'X', ..] => return digits(2, u8::is_ascii_hexdigit),
            [b'0', b'o' | b'O', ..] => return digits(2, |byte| matches!(byte, b'0'..=b'7')),
            [b'0', b'b' | b'B', ..] => return digits(2, |byte| matches!(byte, b'0' | b'1')),
            _ => {}
        }
        let mut end = digits(0, u8::is_ascii_digit);
        if rest.as_bytes().get(end) == Some(&b'.') {
            end = digits(end + 1, u8::is_ascii_digit);
        }
        if matches!(rest.as_bytes().get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.as_bytes().get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(end + 1 + sign, u8::is_ascii_digit);
            if exponent > end + 1 + sign {
                end = exponent;
            }
        }
        end
    }
}

fn name_length(rest: &str) -> usize {
    rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')).count()
}

fn string_length(rest: &str, quote: char) -> (Kind, usize) {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        match char {
            '\n' | '\r' if !escaped => return (Kind::UnterminatedString, at),
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return (Kind::String, at + 1),
            _ => {}
        }
    }
    (Kind::UnterminatedString, rest.len())
}

/// Longer ones first. What is missing here, such as `&&=`, is missing in the runtime.
const PUNCTUATORS: &[&str] = &[
    ">>>=", "...", "===", "!==", ">>>", "<<=", ">>=", "**=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??",
    "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "{", "}", "(", ")", "[",
    "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":", "=", ".", "`",
];
