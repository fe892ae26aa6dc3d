//! Parses references such as `$name.property.method(…)[index]` and calls of macros, and checks what they name.

use super::cursor::{Parser, Stop};
use super::method_names::Method;
use super::syntax::{Call, Expression, Node, Reference, Step};
use crate::finding::FindingKind;
use crate::json_path::JsonPath;

impl<'a> Parser<'a> {
    /// The reference at `$`; `None` (and nothing passed) if it is text such as `$5`.
    pub fn reference(&mut self) -> Result<Option<Reference>, Stop> {
        let start = self.at;
        let place = self.place(start);
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
            // A full stop after the reference is text.
            let is_step = self
                .rest()
                .strip_prefix('.')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
            if !is_step {
                break;
            }
            self.at += 1;
            let member = self.identifier().unwrap_or_default();
            if !self.take('(') {
                steps.push(Step::Property(member.into()));
                continue;
            }
            let arguments = self.arguments()?;
            match Method::from_name(member) {
                Some(method) => {
                    self.check_literals(name, &steps, method, &arguments, here);
                    steps.push(Step::Method(method, arguments));
                }
                None => {
                    let what = format!("The method `{member}` is not implemented");
                    self.note(FindingKind::Unsupported, here, what);
                }
            }
        }
        if braced && !self.take('}') {
            return self.wrong("A `}` is missing");
        }
        let source = self.text[start..self.at].into();
        Ok(Some(Reference { source, quiet, name: name.into(), steps, place }))
    }

    /// The reference that must follow.
    pub fn expression_reference(&mut self) -> Result<Reference, Stop> {
        if !self.rest().starts_with('$') {
            return self.wrong("A `$` is missing");
        }
        match self.reference()? {
            Some(reference) => Ok(reference),
            None => self.wrong("A name is missing after `$`"),
        }
    }

    /// `arguments)`
    fn arguments(&mut self) -> Result<Vec<Expression>, Stop> {
        let mut arguments = Vec::new();
        self.blanks();
        if self.take(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            self.blanks();
            if !self.take(',') {
                self.expect(')')?;
                return Ok(arguments);
            }
        }
    }

    /// White space and commas between the arguments of a directive.
    pub fn separators(&mut self) {
        let trimmed = self.rest().trim_start_matches([' ', '\t', '\n', '\r', ',']);
        self.at = self.text.len() - trimmed.len();
    }

    /// The call of a macro from `start`, its name passed; whether there is such a macro is seen when it runs.
    pub fn call(&mut self, start: usize) -> Result<Node, Stop> {
        let place = self.place(start);
        let name = self.text[start + 1..self.at].trim_start_matches('{').trim_end_matches('}');
        let (name, has_body) = name.strip_prefix('@').map_or((name, false), |name| (name, true));
        let mut arguments = Vec::new();
        if self.rest().trim_start_matches([' ', '\t', '\n', '\r']).starts_with('(') {
            self.expect('(')?;
            loop {
                self.separators();
                if self.take(')') {
                    self.line_end();
                    break;
                }
                arguments.push(match self.bare_word() {
                    Some(word) => {
                        self.calls_with_words.push((name.into(), place));
                        Expression::Text(word.into())
                    }
                    None => self.primary()?,
                });
            }
        } else if has_body {
            return Ok(Node::Text(self.text[start..self.at].into()));
        }
        let body = if has_body { Some(self.block()?.into()) } else { None };
        let source = self.text[start..self.at].into();
        Ok(Node::Call(Call { name: name.into(), arguments: arguments.into(), body, source, place }))
    }

    fn bare_word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '@'))).unwrap_or(rest.len());
        let word = &rest[..length];
        let is_word = !word.is_empty()
            && !word.starts_with(|c: char| c.is_ascii_digit())
            && !["true", "false"].contains(&word);
        if is_word {
            self.at += length;
        }
        is_word.then_some(word)
    }

    /// Literal paths and regular expressions are checked now and not when they run.
    fn check_literals(
        &mut self,
        name: &str,
        steps: &[Step],
        method: Method,
        arguments: &[Expression],
        at: usize,
    ) {
        let literal = match arguments.first() {
            Some(Expression::Text(text)) => text,
            Some(Expression::Interpolated(nodes)) => match nodes.as_slice() {
                [Node::Text(text)] => text,
                _ => return,
            },
            _ => return,
        };
        let problem = match method {
            Method::Json | Method::Path if name == "input" && steps.is_empty() => {
                JsonPath::parse(literal).err()
            }
            Method::Matches | Method::ReplaceAll | Method::ReplaceFirst | Method::Split => {
                let error = regex_lite::Regex::new(literal).err();
                error.map(|error| format!("the regular expression `{literal}`: {error}"))
            }
            _ => None,
        };
        if let Some(what) = problem {
            self.note(FindingKind::Unsupported, at, format!("Not implemented: {what}"));
        }
    }

    /// `#set` may set variables, members of them, and the overrides of `$context`.
    pub fn check_target(&mut self, target: &Reference, at: usize) {
        let names: Vec<Option<&str>> = target
            .steps
            .iter()
            .map(|step| match step {
                Step::Property(name) | Step::Index(Expression::Text(name)) => Some(&**name),
                _ => None,
            })
            .collect();
        let ok = match &*target.name {
            "context" => matches!(
                names.as_slice(),
                [Some("responseOverride"), Some("status")]
                    | [Some("responseOverride"), Some("header"), _]
                    | [Some("requestOverride"), Some("header" | "path" | "querystring"), _]
            ),
            "input" | "util" | "stageVariables" => false,
            _ => !matches!(target.steps.last(), Some(Step::Method(..))),
        };
        if !ok {
            let what = format!("Setting `{}` is not implemented", target.source);
            self.note(FindingKind::Unsupported, at, what);
        }
    }
}
