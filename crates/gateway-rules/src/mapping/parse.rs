//! Parses a template; finds everything in it that is wrong or not implemented.

use super::TemplateProblem;
use super::syntax::{Expression, Method, Node, Operator, Reference, Step};
use crate::finding::FindingKind;
use crate::json_path::JsonPath;

/// Parses the whole of `text`.
pub fn parse(text: &str) -> Result<Vec<Node>, Vec<TemplateProblem>> {
    let mut parser = Parser { text, at: 0, depth: 0, problems: Vec::new() };
    match parser.nodes(&[]) {
        Ok((nodes, _)) if parser.problems.is_empty() => Ok(nodes),
        _ => Err(parser.problems),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    problems: Vec<TemplateProblem>,
}

/// A problem was noted after which parsing makes no sense.
struct Stop;

impl<'a> Parser<'a> {
    /// Nodes up to one of the directives in `ends`, which is given back, or to the end of the text.
    fn nodes(&mut self, ends: &[&str]) -> Result<(Vec<Node>, Option<&'static str>), Stop> {
        self.deeper()?;
        let mut nodes = Vec::new();
        let mut pending = String::new();
        let end = loop {
            let rest = self.rest();
            let Some(special) = rest.find(['$', '#', '\\']) else {
                pending.push_str(rest);
                self.at = self.text.len();
                break None;
            };
            pending.push_str(&rest[..special]);
            self.at += special;
            let at = self.at;
            let rest = self.rest();
            if let Some(after) = rest.strip_prefix('\\') {
                // `\$name` and `\#directive` print without the backslash.
                let escaped = after.chars().next().filter(|c| matches!(c, '$' | '#'));
                pending.push(escaped.unwrap_or('\\'));
                self.at += if escaped.is_some() { 2 } else { 1 };
                continue;
            }
            if rest.starts_with('$') {
                match self.reference()? {
                    Some(reference) => {
                        flush(&mut nodes, &mut pending);
                        nodes.push(Node::Print(reference));
                    }
                    None => {
                        pending.push('$');
                        self.at = at + 1;
                    }
                }
                continue;
            }
            if self.comment(&mut pending) {
                continue;
            }
            match self.directive_name() {
                Some(name) if ["else", "elseif", "end"].contains(&name) => {
                    if ends.contains(&name) {
                        break Some(name);
                    }
                    self.note(FindingKind::Invalid, at, format!("`#{name}` closes nothing"));
                    return Err(Stop);
                }
                Some(name) => {
                    flush(&mut nodes, &mut pending);
                    nodes.extend(self.directive(name, at)?);
                }
                None => {
                    pending.push('#');
                    self.at = at + 1;
                }
            }
        };
        flush(&mut nodes, &mut pending);
        self.depth -= 1;
        if end.is_none() && !ends.is_empty() {
            self.note(FindingKind::Invalid, self.text.len(), "An `#end` is missing".to_owned());
            return Err(Stop);
        }
        Ok((nodes, end))
    }

    /// `## …`, `#* … *#` and `#[[ … ]]#`; the text of the last one stays.
    fn comment(&mut self, pending: &mut String) -> bool {
        let rest = self.rest();
        if rest.starts_with("##") {
            self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
        } else if rest.starts_with("#*") {
            self.at += rest.find("*#").map_or(rest.len(), |end| end + 2);
        } else if let Some(literal) = rest.strip_prefix("#[[") {
            let length = literal.find("]]#").unwrap_or(literal.len());
            pending.push_str(&literal[..length]);
            self.at = (self.at + 3 + length + 3).min(self.text.len());
        } else {
            return false;
        }
        true
    }

    /// The directive at `#`, with its name passed; `None` if it is text such as `#fff`.
    fn directive_name(&mut self) -> Option<&'static str> {
        let after = &self.rest()[1..];
        let (after, braced) = after.strip_prefix('{').map_or((after, false), |after| (after, true));
        let length = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let name = DIRECTIVES.iter().copied().find(|name| *name == &after[..length])?;
        if braced && !after[length..].starts_with('}') {
            return None;
        }
        self.at += 1 + length + if braced { 2 } else { 0 };
        Some(name)
    }

    fn directive(&mut self, name: &'static str, at: usize) -> Result<Option<Node>, Stop> {
        let node = match name {
            "set" => {
                self.expect('(')?;
                self.blanks();
                let target = self.expression_reference()?;
                self.check_target(&target, at);
                self.expect('=')?;
                let value = self.expression()?;
                self.expect(')')?;
                self.line_end();
                Node::Set { target, value }
            }
            "if" => self.if_directive()?,
            "foreach" => self.foreach_directive()?,
            "break" => Node::Break,
            "stop" => Node::Stop,
            other => {
                self.note(
                    FindingKind::Unsupported,
                    at,
                    format!("The directive `#{other}` is not implemented"),
                );
                return Ok(None);
            }
        };
        Ok(Some(node))
    }

    fn if_directive(&mut self) -> Result<Node, Stop> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            self.expect('(')?;
            let condition = self.expression()?;
            self.expect(')')?;
            self.line_end();
            let (body, end) = self.nodes(&["elseif", "else", "end"])?;
            branches.push((condition, body));
            match end {
                Some("elseif") => {}
                Some("else") => {
                    self.line_end();
                    (otherwise, _) = self.nodes(&["end"])?;
                    break;
                }
                _ => break,
            }
        }
        self.line_end();
        Ok(Node::If { branches, otherwise })
    }

    fn foreach_directive(&mut self) -> Result<Node, Stop> {
        self.expect('(')?;
        self.blanks();
        let variable = self.expression_reference()?.name;
        self.blanks();
        if !self.word("in") {
            return self.wrong("`in` is missing in #foreach");
        }
        let items = self.expression()?;
        self.expect(')')?;
        self.line_end();
        let (body, _) = self.nodes(&["end"])?;
        self.line_end();
        Ok(Node::Foreach { variable, items, body })
    }

    /// A directive that ends its line takes the line end with it.
    fn line_end(&mut self) {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches([' ', '\t', '\r']);
        if let Some(after) = trimmed.strip_prefix('\n') {
            self.at = self.text.len() - after.len();
        }
    }

    /// The reference at `$`; `None` (and nothing passed) if it is text such as `$5`.
    fn reference(&mut self) -> Result<Option<Reference>, Stop> {
        let start = self.at;
        self.at += 1;
        let quiet = self.take('!');
        let braced = self.take('{');
        let Some(name) = self.identifier() else {
            self.at = start;
            return Ok(None);
        };
        let mut steps = Vec::new();
        loop {
            let here = self.at;
            if self.take('[') {
                let index = self.expression()?;
                self.expect(']')?;
                steps.push(Step::Index(index));
                continue;
            }
            if !self.take('.') {
                break;
            }
            let Some(member) = self.identifier() else {
                self.at = here; // a full stop after the reference
                break;
            };
            if !self.take('(') {
                steps.push(Step::Property(member.into()));
                continue;
            }
            let arguments = self.arguments(')')?;
            match Method::from_name(member) {
                Some(method) => {
                    self.check_path(name, &steps, method, &arguments, here);
                    steps.push(Step::Method(method, arguments));
                }
                None => self.note(
                    FindingKind::Unsupported,
                    here,
                    format!("The method `{member}` is not implemented"),
                ),
            }
        }
        if braced && !self.take('}') {
            return self.wrong("A `}` is missing");
        }
        let source = &self.text[start..self.at];
        Ok(Some(Reference { source: source.into(), quiet, name: name.into(), steps }))
    }

    /// A literal path is checked now and not when it runs.
    fn check_path(
        &mut self,
        name: &str,
        steps: &[Step],
        method: Method,
        arguments: &[Expression],
        at: usize,
    ) {
        let takes_path = name == "input" && steps.is_empty() && matches!(method, Method::Json | Method::Path);
        let literal = match arguments.first() {
            Some(Expression::Text(text)) => Some(text),
            Some(Expression::Interpolated(nodes)) => match nodes.as_slice() {
                [Node::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        };
        if let (true, Some(Err(what))) = (takes_path, literal.map(|text| JsonPath::parse(text))) {
            self.note(FindingKind::Unsupported, at, format!("Not implemented: {what}"));
        }
    }

    /// `#set` may set variables, members of them, and the overrides of `$context`.
    fn check_target(&mut self, target: &Reference, at: usize) {
        let names: Vec<&str> = target
            .steps
            .iter()
            .map_while(|step| match step {
                Step::Property(name) => Some(&**name),
                Step::Index(Expression::Text(name)) => Some(name),
                _ => None,
            })
            .collect();
        let ok = match &*target.name {
            "context" => matches!(
                names.as_slice(),
                ["responseOverride", "status"]
                    | ["responseOverride", "header", _]
                    | ["requestOverride", "header" | "path" | "querystring", _]
            ),
            "input" | "util" | "stageVariables" => false,
            _ => !matches!(target.steps.last(), Some(Step::Method(..))),
        };
        if !ok {
            self.note(
                FindingKind::Unsupported,
                at,
                format!("Setting `{}` is not implemented", target.source),
            );
        }
    }

    fn expression(&mut self) -> Result<Expression, Stop> {
        self.deeper()?;
        let expression = self.binary(0)?;
        self.depth -= 1;
        Ok(expression)
    }

    fn binary(&mut self, level: usize) -> Result<Expression, Stop> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        'next: loop {
            self.blanks();
            for (symbol, operator) in *operators {
                let is_word = symbol.bytes().all(|byte| byte.is_ascii_alphabetic());
                let found = if is_word { self.word(symbol) } else { self.symbol(symbol) };
                if found {
                    let right = self.binary(level + 1)?;
                    left = Expression::Binary(Box::new(left), *operator, Box::new(right));
                    continue 'next;
                }
            }
            return Ok(left);
        }
    }

    fn unary(&mut self) -> Result<Expression, Stop> {
        self.blanks();
        self.deeper()?;
        let expression = if self.take('!') || self.word("not") {
            Expression::Not(Box::new(self.unary()?))
        } else if self.take('-') {
            Expression::Negative(Box::new(self.unary()?))
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn primary(&mut self) -> Result<Expression, Stop> {
        let rest = self.rest();
        match rest.chars().next() {
            Some('$') => self.expression_reference().map(Expression::Reference),
            Some('(') => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some(quote @ ('\'' | '"')) => self.text_literal(quote),
            Some('[') => self.list_literal(),
            Some('{') => self.map_literal(),
            Some(digit) if digit.is_ascii_digit() => self.number_literal(),
            _ => {
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
        }
    }

    fn text_literal(&mut self, quote: char) -> Result<Expression, Stop> {
        let mut content = String::new();
        let start = self.at + 1;
        let mut at = start;
        loop {
            let Some(length) = self.text[at..].find(quote) else {
                return self.wrong("A quote is not closed");
            };
            content.push_str(&self.text[at..at + length]);
            at += length + 1;
            // A doubled quote stands for itself.
            if !self.text[at..].starts_with(quote) {
                break;
            }
            content.push(quote);
            at += 1;
        }
        self.at = at;
        if quote == '\'' {
            return Ok(Expression::Text(content.into()));
        }
        let mut inner = Parser { text: &content, at: 0, depth: self.depth, problems: Vec::new() };
        let parsed = inner.nodes(&[]);
        for problem in std::mem::take(&mut inner.problems) {
            self.note(problem.kind, start, problem.what);
        }
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
        if self.take(',') {
            items.extend(self.arguments(']')?);
        } else {
            self.expect(']')?;
        }
        Ok(Expression::List(items))
    }

    fn map_literal(&mut self) -> Result<Expression, Stop> {
        self.at += 1;
        let mut members = Vec::new();
        self.blanks();
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
        let fraction = rest[length..].strip_prefix('.').map_or(0, digits);
        let is_float = fraction > 0;
        if is_float {
            length += 1 + fraction;
        }
        let number = &rest[..length];
        let parsed = if is_float {
            number.parse().map(Expression::Float).ok()
        } else {
            number.parse().map(Expression::Integer).ok()
        };
        let Some(expression) = parsed else { return self.wrong("The number is too large") };
        self.at += length;
        Ok(expression)
    }

    /// Expressions separated by commas up to `close`, which is passed.
    fn arguments(&mut self, close: char) -> Result<Vec<Expression>, Stop> {
        let mut arguments = Vec::new();
        self.blanks();
        if self.take(close) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            self.blanks();
            if !self.take(',') {
                self.expect(close)?;
                return Ok(arguments);
            }
        }
    }

    fn expression_reference(&mut self) -> Result<Reference, Stop> {
        if !self.rest().starts_with('$') {
            return self.wrong("A `$` is missing");
        }
        match self.reference()? {
            Some(reference) => Ok(reference),
            None => self.wrong("A name is missing after `$`"),
        }
    }

    fn identifier(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return None;
        }
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        self.at += length;
        Some(&rest[..length])
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// A symbol, unless it is the beginning of a longer one.
    fn symbol(&mut self, symbol: &str) -> bool {
        let rest = self.rest();
        let found = rest.starts_with(symbol)
            && !(symbol.len() == 1 && rest[1..].starts_with('=') && "<>".contains(symbol));
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self
            .rest()
            .strip_prefix(word)
            .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        if found {
            self.at += word.len();
        }
        found
    }

    fn expect(&mut self, c: char) -> Result<(), Stop> {
        self.blanks();
        if self.take(c) { Ok(()) } else { self.wrong(&format!("A `{c}` is missing")) }
    }

    fn deeper(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > NESTING_MAX { self.wrong("The template is nested too deeply") } else { Ok(()) }
    }

    fn wrong<T>(&mut self, what: &str) -> Result<T, Stop> {
        self.note(FindingKind::Invalid, self.at, what.to_owned());
        Err(Stop)
    }

    fn note(&mut self, kind: FindingKind, at: usize, what: String) {
        let before = &self.text[..at.min(self.text.len())];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[line_start..].chars().count() + 1;
        self.problems.push(TemplateProblem { kind, line, column, what });
    }
}

fn flush(nodes: &mut Vec<Node>, pending: &mut String) {
    if !pending.is_empty() {
        nodes.push(Node::Text(std::mem::take(pending).into()));
    }
}

/// The directives of Velocity; those that [`Parser::directive`] does not know are not implemented.
const DIRECTIVES: [&str; 13] = [
    "set", "if", "elseif", "else", "end", "foreach", "break", "stop", "macro", "parse", "include", "define",
    "evaluate",
];

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

const NESTING_MAX: usize = 64;
