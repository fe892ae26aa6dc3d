//! Which source does the runtime accept, and what does it say of one that it does not?
//!
//! The runtime of CloudFront Functions is njs: ECMAScript 5.1 and some of what came later. The grammar here is that of
//! njs, deviations from ECMAScript included, and so are the texts of its errors (`Token "of" not supported in this
//! version in 3`); the engine behind is asked only for what this grammar lets through.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-10.html>,
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html> and, for
//! what these pages leave open, the parser of njs.

mod expressions;
mod lexer;
mod statements;

#[cfg(test)]
mod tests;

use frontgate_aws::Source;

use crate::runtime::Runtime;
use lexer::{Kind, Lexer, Token};

/// A source that the runtime refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} in {line}")]
pub struct SyntaxError {
    /// The runtime's words, such as `SyntaxError: Unexpected token "=>"`.
    pub message: String,
    /// The line, from 1.
    pub line: u32,
}

/// What is to be known of an accepted source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Its `import` statements, in order.
    pub imports: Vec<Import>,
    /// Where `?.` stands: the runtime reads it as `.`.
    pub optional_chains: Vec<usize>,
    /// It may change what all calls share (a built-in object, the global object), so each call needs a world of its own.
    pub touches_globals: bool,
    /// Names of `cf` that it uses, such as `updateRequestOrigin`.
    pub helpers: Vec<Helper>,
}

/// `import NAME from 'MODULE'`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The name that is bound.
    pub name: String,
    /// The module.
    pub module: String,
    /// Where the statement begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A use of a helper method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helper {
    /// Its name.
    pub name: &'static str,
    /// The line.
    pub line: u32,
}

/// Where the grammar was learnt.
pub const SOURCE: Source =
    Source::Recorded("errors of the runtime, and the grammar of njs that they stem from");

/// Reads a source as the runtime does.
///
/// # Errors
/// What the runtime says of a source that it does not accept.
pub fn check(source: &str, runtime: Runtime) -> Result<Accepted, SyntaxError> {
    let lexer = Lexer::new(source, runtime);
    let mut parser = Parser {
        source,
        lexer,
        runtime,
        token: lexer.token(0, 1),
        accepted: Accepted::default(),
        depth: 0,
        functions: 0,
        is_async: false,
    };
    while parser.token.kind != Kind::End {
        parser.statement_list_item()?;
    }
    Ok(parser.accepted)
}

struct Parser<'a> {
    source: &'a str,
    lexer: Lexer<'a>,
    runtime: Runtime,
    /// The token that is looked at.
    token: Token<'a>,
    accepted: Accepted,
    depth: u32,
    /// How many functions are around.
    functions: u32,
    /// The innermost function is `async`.
    is_async: bool,
}

type Parsed<T = ()> = Result<T, SyntaxError>;

impl<'a> Parser<'a> {
    fn advance(&mut self) -> Token<'a> {
        let token = self.token;
        self.go_to(token.end);
        token
    }

    /// Goes on behind `end`, which is at or behind the end of the token looked at.
    fn go_to(&mut self, end: usize) {
        let passed = self.source[self.token.start..end].matches('\n').count();
        let line = self.token.line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        self.token = self.lexer.token(end, line);
    }

    /// The token behind the one looked at.
    fn next(&self) -> Token<'a> {
        self.behind(self.token)
    }

    fn behind(&self, token: Token<'a>) -> Token<'a> {
        self.lexer.token(token.end, token.line)
    }

    fn is(&self, punctuator: &str) -> bool {
        is(self.token, punctuator)
    }

    fn is_word(&self, word: &str) -> bool {
        is_word(self.token, word)
    }

    fn take(&mut self, punctuator: &str) -> bool {
        let found = self.is(punctuator);
        if found {
            self.advance();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, punctuator: &str) -> Parsed {
        if self.take(punctuator) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn semicolon(&mut self) -> Parsed {
        let may_be_left_out = self.token.kind == Kind::End || self.is("}") || self.token.newline_before;
        if self.take(";") || may_be_left_out { Ok(()) } else { Err(self.unexpected()) }
    }

    /// A name that may be bound.
    fn binding(&mut self) -> Parsed<Token<'a>> {
        if !is_binding(self.token) {
            return Err(self.unexpected());
        }
        Ok(self.advance())
    }

    /// One level deeper in the source.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEPTH_MAX {
            return Err(self.error("InternalError: the source is nested too deeply".to_owned()));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn unexpected(&self) -> SyntaxError {
        match self.token.kind {
            Kind::End => self.syntax("Unexpected end of input"),
            Kind::UnterminatedString => {
                self.error(format!("SyntaxError: Unterminated string \"{}\"", self.token.text))
            }
            _ => self.error(format!("SyntaxError: Unexpected token \"{}\"", self.token.text)),
        }
    }

    fn not_supported(&self) -> SyntaxError {
        self.error(format!("SyntaxError: Token \"{}\" not supported in this version", self.token.text))
    }

    fn syntax(&self, message: &str) -> SyntaxError {
        self.error(format!("SyntaxError: {message}"))
    }

    fn error(&self, message: String) -> SyntaxError {
        SyntaxError { message, line: self.token.line }
    }
}

fn is(token: Token<'_>, punctuator: &str) -> bool {
    token.kind == Kind::Punctuator && token.text == punctuator
}

fn is_word(token: Token<'_>, word: &str) -> bool {
    token.kind == Kind::Name && token.text == word
}

fn is_binding(token: Token<'_>) -> bool {
    token.kind == Kind::Name && !RESERVED.contains(&token.text)
}

/// How deep statements and expressions may be nested: a source of 10 KB could otherwise exhaust the stack.
const DEPTH_MAX: u32 = 200;

/// Words that name nothing; functions are always in strict mode.
const RESERVED: &[&str] = &[
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
];
