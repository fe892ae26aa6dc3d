//! Regular expressions of ECMA 262, as `pattern` and `patternProperties` have them.
//!
//! Those with look-around or back-references cannot run in bounded time and are not done.

use regex_lite::Regex;

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Box<str>,
    regex: Regex,
}

impl Pattern {
    /// Compiles it.
    ///
    /// # Errors
    /// Why it is no regular expression that we can run.
    pub fn compile(text: &str) -> Result<Self, String> {
        let regex = Regex::new(&translate(text)).map_err(|error| error.to_string())?;
        Ok(Self { text: text.into(), regex })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is found somewhere in a text.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// How much work a text is.
    pub fn cost(&self, text: &str) -> usize {
        text.len().saturating_mul(self.text.len() / COST_LENGTH + 1)
    }
}

/// Whether a text is a regular expression of ECMA 262, as far as can be told.
pub fn is_regex(text: &str) -> bool {
    Regex::new(&translate(text)).is_ok() || HARD.iter().any(|mark| text.contains(mark))
}

/// Whether a text has what cannot run here: it is right on AWS.
pub fn is_hard(text: &str) -> bool {
    HARD.iter().any(|mark| text.contains(mark))
}

/// The same in the notation of the crate that runs it: escapes that it does not know, and brackets inside of classes.
fn translate(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_class = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                let Some((_, escaped)) = characters.next() else {
                    out.push('\\');
                    break;
                };
                let hexadecimal = text.get(at + 2..at + 6).filter(|_| escaped == 'u');
                if let Some(code) = hexadecimal.filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit())) {
                    out.push_str(&format!("\\x{{{code}}}"));
                    characters.nth(3);
                } else if escaped == 'b' && in_class {
                    out.push_str("\\x{08}");
                } else if escaped == '0' {
                    out.push_str("\\x{00}");
                } else if !escaped.is_ascii_alphanumeric() && !is_special(escaped) {
                    out.push(escaped);
                } else {
                    out.push('\\');
                    out.push(escaped);
                }
            }
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if characters.next_if(|(_, next)| *next == '^').is_some() {
                    out.push('^');
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '[' | '&' | '~' if in_class => {
                out.push('\\');
                out.push(character);
            }
            '{' if !in_class && !is_repetition(&text[at..]) => out.push_str("\\{"),
            '}' if !in_class
                && !text[..at].rfind('{').is_some_and(|open| is_repetition(&text[open..=at])) =>
            {
                out.push_str("\\}");
            }
            _ => out.push(character),
        }
    }
    out
}

/// `{3}`, `{3,}` or `{3,5}` at the beginning of a text.
fn is_repetition(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(inner, _)| inner);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    inner.is_some_and(|inner| match inner.split_once(',') {
        None => is_number(inner),
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
    })
}

fn is_special(character: char) -> bool {
    r"\.+*?()|[]{}^$#&-~".contains(character)
}

/// The beginnings of look-around, and back-references.
const HARD: [&str; 14] =
    ["(?=", "(?!", "(?<=", "(?<!", "\\1", "\\2", "\\3", "\\4", "\\5", "\\6", "\\7", "\\8", "\\9", "\\k<"];
/// So long may an expression be at the usual cost.
const COST_LENGTH: usize = 16;

#[cfg(test)]
mod tests {
    use super::{Pattern, is_hard, is_regex};

    #[test]
    fn expressions_of_ecma_262() {
        for (pattern, text, expected) in [
            ("^[a-z]+$", "abc", true),
            ("b", "abc", true),
            (r"^\d{3}-\d{4}$", "555-1234", true),
            (r"^https?:\/\/", "https://x", true),
            (r"^[\w.\-@]+$", "a.b-c@d", true),
            (r"^[^[]$", "[", false),
            (r"^[[]$", "[", true),
            ("^[a&&b]+$", "&a", true),
            (r"^\u00e9$", "é", true),
            ("^{a}$", "{a}", true),
            ("^a{2,3}$", "aaa", true),
            ("^(?:a|b)$", "b", true),
            ("^.$", "😀", true),
            ("^a$", "a\n", false),
        ] {
            let compiled = Pattern::compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(compiled.matches(text), expected, "{pattern} {text}");
            assert_eq!(compiled.as_str(), pattern);
        }
    }

    #[test]
    fn what_is_none_and_what_is_not_done() {
        for (pattern, is_known, is_not_done) in
            [("(", false, false), ("[b-a]", false, false), ("^(?=.*\\d)", true, true), (r"(a)\1", true, true)]
        {
            assert!(Pattern::compile(pattern).is_err(), "{pattern}");
            assert_eq!((is_regex(pattern), is_hard(pattern)), (is_known, is_not_done), "{pattern}");
        }
    }
}
