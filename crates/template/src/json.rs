//! The JSON notation of a template, read with the place of every value (RFC 8259; of duplicate keys the last counts).

use std::collections::HashMap;

use crate::limits::DEPTH_MAX;
use crate::value::Entry;
use crate::{Diagnostic, Diagnostics, Map, Node, Number, SourceFile, Span, Value};

/// Reads a JSON document; with it comes what is suspicious about it.
pub(crate) fn read(source: &SourceFile) -> Result<(Node, Diagnostics), Diagnostics> {
    let text = source.text();
    let mut reader = Reader { source, text, at: 0, duplicates: Diagnostics::default() };
    let document = reader.value(0).and_then(|node| {
        reader.skip_space();
        if reader.at < text.len() {
            Err(reader.wrong("text after the end of the document"))
        } else {
            Ok(node)
        }
    });
    match document {
        Ok(node) if !reader.duplicates.are_fatal(false) => Ok((node, reader.duplicates)),
        Ok(_) => Err(reader.duplicates),
        Err(diagnostic) => {
            reader.duplicates.push(*diagnostic);
            Err(reader.duplicates)
        }
    }
}

struct Reader<'a> {
    source: &'a SourceFile,
    text: &'a str,
    at: usize,
    duplicates: Diagnostics,
}

/// Boxed: the error is large and rare.
type Read<T> = Result<T, Box<Diagnostic>>;

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Read<Node> {
        self.skip_space();
        if depth > DEPTH_MAX {
            return Err(self.wrong(&format!("nested more than {DEPTH_MAX} deep")));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            Some(_) => return Err(self.wrong("no JSON value starts like this")),
            None => return Err(self.wrong("the document ends here, in the middle of a value")),
        };
        Ok(Node { value, span: Span::new(start, self.at) })
    }

    fn map(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        let mut map = Map::default();
        let mut keys = HashMap::new();
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Value::Map(map));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key in double quotes is expected"));
            }
            let key = self.string()?;
            let key_span = Span::new(start, self.at);
            self.skip_space();
            if !self.eat(b':') {
                return Err(self.wrong("`:` is expected"));
            }
            let node = self.value(depth + 1)?;
            match keys.insert(key.clone(), key_span) {
                Some(first) => {
                    self.duplicates.push(duplicate_key(&key, key_span, first, depth, self.source));
                    map.set(&key, key_span, node);
                }
                None => map.push(Entry { key, key_span, node }),
            }
            self.skip_space();
            if self.eat(b'}') {
                return Ok(Value::Map(map));
            }
            if !self.eat(b',') {
                return Err(self.wrong("`,` or `}` is expected"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.eat(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.eat(b']') {
                return Ok(Value::List(items));
            }
            if !self.eat(b',') {
                return Err(self.wrong("`,` or `]` is expected"));
            }
        }
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.wrong("a control character inside a string must be escaped")),
                None => return Err(self.wrong("the document ends here, inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.wrong("no such escape in JSON")),
        };
        self.at += 2;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Read<char> {
        let Some(first) = self.hexadecimal(self.at) else {
            return Err(self.wrong("four hexadecimal digits must follow `\\u`"));
        };
        if let Some(single) = char::from_u32(first) {
            self.at += 6;
            return Ok(single);
        }
        let second = self.hexadecimal(self.at + 6);
        match second {
            Some(low @ 0xDC00..=0xDFFF) if first < 0xDC00 => {
                let code = 0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00);
                let pair = char::from_u32(code).ok_or_else(|| self.wrong("no such character"))?;
                self.at += 12;
                Ok(pair)
            }
            _ => Err(self.wrong("half a surrogate pair")),
        }
    }

    /// The value of `\uXXXX` at `at`.
    fn hexadecimal(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }

    fn number(&mut self) -> Read<Value> {
        let rest = &self.text[self.at..];
        let length =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len());
        let text = &rest[..length];
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_json = digits.starts_with(|c: char| c.is_ascii_digit())
            && !digits.starts_with("0x")
            && !digits.ends_with('.')
            && !digits.contains(".e")
            && !digits.contains(".E");
        match Number::parse(text).filter(|_| is_json) {
            Some(number) => {
                self.at += length;
                Ok(Value::Number(number))
            }
            None => Err(self.wrong(&format!("`{text}` is no number in JSON"))),
        }
    }

    fn word(&mut self) -> Read<Value> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let value = match &rest[..length] {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            other => return Err(self.wrong(&format!("`{other}` must stand in double quotes"))),
        };
        self.at += length;
        Ok(value)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn wrong(&self, label: &str) -> Box<Diagnostic> {
        let (line, column) = self.source.line_column(self.at);
        let message = format!("Template format error: JSON not well-formed. (line {line}, column {column})");
        Box::new(
            Diagnostic::error("json-not-well-formed", message).at(Span::new(self.at, self.at + 1), label),
        )
    }
}

/// Two entries of one map have the same key. CloudFormation deploys the last one and says nothing
/// (<https://github.com/go-to-k/cdk-real-drift/issues/1074>). Where whole sections or resources would be lost so, it is
/// an error here.
pub(crate) fn duplicate_key(
    key: &str,
    again: Span,
    first: Span,
    depth: usize,
    source: &SourceFile,
) -> Diagnostic {
    let line = source.line_column(first.start).0;
    let line_again = source.line_column(again.start).0;
    let what = format!("duplicate key '{key}' (first on line {line}, again on line {line_again})");
    let diagnostic = if depth <= RESOURCES_DEPTH {
        Diagnostic::error("duplicate-key", format!("Template format error: {what}"))
    } else {
        Diagnostic::warning("duplicate-key", format!("{what}: CloudFormation takes the last one"))
    };
    diagnostic
        .at(again, format!("the same key is on line {line} already"))
        .cure(format!("join both under one `{key}`, or rename one of them"))
}

/// How deep the maps of the sections lie, that of the resources among them.
const RESOURCES_DEPTH: usize = 1;

#[cfg(test)]
mod tests {
    use crate::{Diagnostics, Node, SourceFile};

    fn read(text: &str) -> Result<Node, Diagnostics> {
        super::read(&SourceFile::new("t.json", text)).map(|(node, _)| node)
    }

    #[test]
    fn values() {
        for text in [
            r#"{"a": [1, -2.5, 1e3, true, null], "b": {}}"#,
            r#"{"escape": "\/\"\\\b\f\n\r\t\u00e4\ud83d\ude00"}"#,
            "{\t\"tabs\":\r\n[ ] }",
        ] {
            let expected: serde_json::Value = serde_json::from_str(text).expect(text);
            let node = read(text).expect(text);
            let ours = node.to_json();
            assert_eq!(
                ours.to_string().replace("1000.0", "1000"),
                expected.to_string().replace("1000.0", "1000")
            );
        }
    }

    #[test]
    fn errors_say_where() {
        for (text, place) in [
            (r#"{"a": 1,}"#, "(line 1, column 9)"),
            ("{\"a\":\n 01}", "(line 2, column 2)"),
            (r#"{"a": "\x"}"#, "(line 1, column 8)"),
            (r#"{"a": "\ud800"}"#, "(line 1, column 8)"),
            (r#"{"a": tru}"#, "(line 1, column 7)"),
            (r#"{"a""#, "(line 1, column 5)"),
            (r#"{"a": 1} x"#, "(line 1, column 10)"),
            ("{\"a\": \"\n\"}", "(line 1, column 8)"),
            ("{a: 1}", "(line 1, column 2)"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.0[0].message.ends_with(place), "{text}: {}", error.0[0].message);
        }
        let deep = "{\"a\":".repeat(200);
        assert!(read(&deep).is_err());
        let twice = read("{\"a\": 1,\n\"a\": 2}").expect_err("a duplicate");
        assert_eq!(twice.0[0].code, "duplicate-key");
        let deep = read("{\"a\": {\"b\": {\"c\": 1, \"c\": 2}}}").expect("a warning");
        assert_eq!(deep.to_json(), serde_json::json!({"a": {"b": {"c": 2}}}));
    }
}
