//! Parses values: literals, lists, ranges, maps, and operators between them.

use super::cursor::{Parser, Stop};
use super::syntax::{Expression, Operator};

impl Parser<'_> {
    /// A value with its operators.
    pub fn expression(&mut self) -> Result<Expression, Stop> {
        self.deeper()?;
        let expression = self.chain(0)?;
        self.depth -= 1;
        Ok(expression)
    }

    fn chain(&mut self, level: usize) -> Result<Expression, Stop> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let first = self.chain(level + 1)?;
        let mut others = Vec::new();
        while let Some(operator) = self.operator(operators) {
            others.push((operator, self.chain(level + 1)?));
        }
        Ok(if others.is_empty() { first } else { Expression::Chain(Box::new(first), others) })
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        self.blanks();
        for (symbol, operator) in operators {
            let is_word = symbol.bytes().all(|byte| byte.is_ascii_alphabetic());
            if if is_word { self.word(symbol) } else { self.symbol(symbol) } {
                return Some(*operator);
            }
        }
        None
    }

    fn unary(&mut self) -> Result<Expression, Stop> {
        self.blanks();
        self.deeper()?;
        let expression = if self.take('!') || self.word("not") {
            Expression::Not(Box::new(self.unary()?))
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(expression)
    }

    /// A value without operators.
    pub fn primary(&mut self) -> Result<Expression, Stop> {
        self.deeper()?;
        let rest = self.rest();
        let made = match rest.chars().next() {
            Some('$') => self.expression_reference().map(Expression::Reference),
            Some('(') => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some('\'') => self.quoted('\'').map(|(text, _)| Expression::Text(text.into())),
            Some('"') => self.double_quoted(),
            Some('[') => self.list_literal(),
            Some('{') => self.map_literal(),
            Some(digit) if digit.is_ascii_digit() => self.number_literal(),
            Some('.') if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number_literal(),
            Some('-') => {
                self.at += 1;
                Ok(Expression::Negative(Box::new(self.primary()?)))
            }
            _ => self.word_literal(),
        };
        self.depth -= 1;
        made
    }

    fn word_literal(&mut self) -> Result<Expression, Stop> {
        for (word, value) in [
            ("true", Expression::Boolean(true)),
            ("false", Expression::Boolean(false)),
            ("null", Expression::Null),
        ] {
            if self.word(word) {
                return Ok(value);
            }
        }
        self.wrong("A value is missing")
    }

    /// The text in quotes and where it begins; a doubled quote stands for itself.
    fn quoted(&mut self, quote: char) -> Result<(String, usize), Stop> {
        let start = self.at + 1;
        let mut content = String::new();
        let mut at = start;
        loop {
            let Some(length) = self.text[at..].find(quote) else {
                return self.wrong("A quote is not closed");
            };
            content.push_str(&self.text[at..at + length]);
            at += length + 1;
            if !self.text[at..].starts_with(quote) {
                break;
            }
            content.push(quote);
            at += 1;
        }
        self.at = at;
        Ok((content, start))
    }

    /// `"…"` is a template of its own.
    fn double_quoted(&mut self) -> Result<Expression, Stop> {
        let (content, start) = self.quoted('"')?;
        let content = unescape(&content);
        if !content.contains(['$', '#']) {
            return Ok(Expression::Text(content.into()));
        }
        let mut inner = Parser::new(&content);
        inner.depth = self.depth;
        inner.inside = Some(self.place(start));
        inner.macros = std::mem::take(&mut self.macros);
        let parsed = inner.nodes(&[]);
        self.macros = inner.macros;
        self.problems.append(&mut inner.problems);
        self.calls_with_words.append(&mut inner.calls_with_words);
        parsed.map(|(nodes, _)| Expression::Interpolated(nodes))
    }

    fn list_literal(&mut self) -> Result<Expression, Stop> {
        self.at += 1;
        self.blanks();
        if self.take(']') {
            return Ok(Expression::List(Vec::new()));
        }
        let first = self.expression()?;
        self.blanks();
        if self.symbol("..") {
            let last = self.expression()?;
            self.expect(']')?;
            return Ok(Expression::Range(Box::new(first), Box::new(last)));
        }
        let mut items = vec![first];
        loop {
            self.blanks();
            if !self.take(',') {
                self.expect(']')?;
                return Ok(Expression::List(items));
            }
            items.push(self.expression()?);
        }
    }

    fn map_literal(&mut self) -> Result<Expression, Stop> {
        self.at += 1;
        self.blanks();
        let mut members = Vec::new();
        if self.take('}') {
            return Ok(Expression::Map(members));
        }
        loop {
            let name = self.expression()?;
            self.expect(':')?;
            members.push((name, self.expression()?));
            self.blanks();
            if !self.take(',') {
                self.expect('}')?;
                return Ok(Expression::Map(members));
            }
        }
    }

    fn number_literal(&mut self) -> Result<Expression, Stop> {
        let rest = self.rest();
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let mut length = digits(rest);
        let mut is_float = false;
        // `1..3` is a range and no fraction.
        if rest[length..].starts_with('.') && !rest[length..].starts_with("..") {
            is_float = true;
            length += 1 + digits(&rest[length + 1..]);
        }
        if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
            let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits(unsigned) > 0 {
                is_float = true;
                length += 1 + (exponent.len() - unsigned.len()) + digits(unsigned);
            }
        }
        let number = if is_float {
            rest[..length].parse().ok().map(Expression::Float)
        } else {
            rest[..length].parse().ok().map(Expression::Integer)
        };
        let Some(number) = number else { return self.wrong("The number is too large") };
        self.at += length;
        Ok(number)
    }
}

/// `\u0041` is the only escape, and in double quotes only.
fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                out.push_str(&part[4..]);
            }
            None => {
                out.push_str("\\u");
                out.push_str(part);
            }
        }
    }
    out
}

/// Operators by precedence, the weakest first; longer symbols before their beginnings.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("eq", Operator::Equal),
        ("ne", Operator::NotEqual),
    ],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("le", Operator::LessOrEqual),
        ("ge", Operator::GreaterOrEqual),
        ("lt", Operator::Less),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
];
