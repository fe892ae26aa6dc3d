//! Parses a template: its text, comments, escapes and directives; finds all in it that is wrong or not implemented.
//!
//! The oracle for each case is Velocity 1.7 itself: [`super::velocity`].

use std::sync::Arc;

use super::TemplateProblem;
use super::cursor::{Parser, Stop};
use super::syntax::{Macro, Node};
use crate::finding::FindingKind;

/// What a template is made of.
pub struct Parsed {
    pub nodes: Vec<Node>,
    pub macros: Vec<Macro>,
}

/// Parses the whole of `text`.
pub fn parse(text: &str) -> Result<Parsed, Vec<TemplateProblem>> {
    let mut parser = Parser::new(text);
    let parsed = parser.nodes(&[]);
    for (name, place) in std::mem::take(&mut parser.calls_with_words) {
        if parser.macros.iter().any(|known| known.name == name) {
            let what = format!("The macro `#{name}` takes values, not bare words");
            parser.note_at(FindingKind::Invalid, place, what);
        }
    }
    match parsed {
        Ok((nodes, _)) if parser.problems.is_empty() => Ok(Parsed { nodes, macros: parser.macros }),
        _ => Err(parser.problems),
    }
}

impl<'a> Parser<'a> {
    /// Nodes up to one of the directives in `ends`, which is given back, or to the end of the text.
    pub fn nodes(&mut self, ends: &[&str]) -> Result<(Vec<Node>, Option<&'static str>), Stop> {
        self.deeper()?;
        let mut nodes = Vec::new();
        let mut pending = String::new();
        let end = loop {
            let rest = self.rest();
            let length = rest.find(['$', '#', '\\']).unwrap_or(rest.len());
            let text = &rest[..length];
            pending.push_str(text);
            self.at += length;
            match rest[length..].chars().next() {
                None => break None,
                Some('\\') => self.backslashes(&mut nodes, &mut pending)?,
                Some('$') => self.dollar(0, &mut nodes, &mut pending)?,
                _ => {
                    if self.comment(&mut pending)? {
                        continue;
                    }
                    let at = self.at;
                    match self.directive_name() {
                        Some(name @ ("else" | "elseif" | "end")) => {
                            let Some(end) = ENDS.into_iter().find(|end| *end == name && ends.contains(end))
                            else {
                                self.note(FindingKind::Invalid, at, format!("`#{name}` closes nothing"));
                                return Err(Stop);
                            };
                            break Some(end);
                        }
                        Some(name) => {
                            if name == "set" && text.trim_start_matches([' ', '\t']).is_empty() {
                                pending.truncate(pending.len() - text.len()); // it takes its indentation with it
                            }
                            flush(&mut nodes, &mut pending);
                            nodes.extend(self.directive(name, at)?);
                        }
                        None => {
                            pending.push('#');
                            self.at = at + 1;
                        }
                    }
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

    /// `$…` after so many backslashes: a reference, or just that text.
    fn dollar(
        &mut self,
        backslashes: usize,
        nodes: &mut Vec<Node>,
        pending: &mut String,
    ) -> Result<(), Stop> {
        if let Some(after) = self.rest().strip_prefix("$\\!")
            && after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        {
            pending.push_str("$!"); // Velocity's way to write `$!name` as text
            self.at += 3;
            pending.push_str(self.identifier().unwrap_or_default());
            return Ok(());
        }
        if let Some(reference) = self.reference()? {
            flush(nodes, pending);
            nodes.push(Node::Print(reference, backslashes));
        } else {
            pending.extend(std::iter::repeat_n('\\', backslashes));
            pending.push('$');
            self.at += 1;
        }
        Ok(())
    }

    /// Backslashes before a reference or a directive escape it, two of them stand for one.
    fn backslashes(&mut self, nodes: &mut Vec<Node>, pending: &mut String) -> Result<(), Stop> {
        let rest = self.rest();
        let after = rest.trim_start_matches('\\');
        let count = rest.len() - after.len();
        self.at += count;
        if after.starts_with('$') {
            return self.dollar(count, nodes, pending);
        }
        let at = self.at;
        let name = if after.starts_with('#') { self.directive_word() } else { None };
        let is_known = name.is_some_and(|name| {
            DIRECTIVES.contains(&name) || self.macros.iter().any(|known| *known.name == *name)
        });
        let escapes = count % 2 == 1;
        // Recorded with Velocity: of `\\#set` both backslashes stay.
        let halves = is_known && (escapes || name != Some("set"));
        pending.extend(std::iter::repeat_n('\\', if halves { count / 2 } else { count }));
        if escapes && name.is_some() {
            pending.push_str(&self.text[at..self.at]);
        } else {
            self.at = at;
        }
        Ok(())
    }

    /// `## …`, `#* … *#` and `#[[ … ]]#`; the text of the last one stays.
    fn comment(&mut self, pending: &mut String) -> Result<bool, Stop> {
        let rest = self.rest();
        if rest.starts_with("##") {
            self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            self.line_end();
        } else if let Some(comment) = rest.strip_prefix("#*") {
            self.at += comment.find("*#").map_or(rest.len(), |end| end + 4);
        } else if let Some(literal) = rest.strip_prefix("#[[") {
            let Some(length) = literal.find("]]#") else { return self.wrong("A `]]#` is missing") };
            pending.push_str(&literal[..length]);
            self.at += length + 6;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Passes `#name` or `#{name}`; nothing if there is no name.
    fn directive_word(&mut self) -> Option<&'a str> {
        let after = &self.rest()[1..];
        let (after, braced) = after.strip_prefix('{').map_or((after, false), |after| (after, true));
        let length = after
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '@')))
            .unwrap_or(after.len());
        let name = &after[..length];
        let is_closed = !braced || after[length..].starts_with('}');
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !is_closed {
            return None;
        }
        self.at += 1 + length + if braced { 2 } else { 0 };
        Some(name)
    }

    /// The directive or macro at `#`, with its name passed; `None` if it is text such as `#fff`.
    fn directive_name(&mut self) -> Option<&'static str> {
        let at = self.at;
        let name = self.directive_word()?;
        let directive = DIRECTIVES.into_iter().find(|directive| *directive == name).unwrap_or(CALL);
        if directive == "set" && !self.rest().trim_start_matches(' ').starts_with('(') {
            self.at = at;
            return None;
        }
        Some(directive)
    }

    fn has_arguments(&self) -> bool {
        self.rest().trim_start_matches([' ', '\t', '\n', '\r']).starts_with('(')
    }

    fn directive(&mut self, name: &'static str, at: usize) -> Result<Option<Node>, Stop> {
        Ok(Some(match name {
            "set" => {
                self.expect('(')?;
                self.blanks();
                let target = self.expression_reference()?;
                self.check_target(&target, at);
                self.expect('=')?;
                let value = self.expression()?;
                self.close()?;
                Node::Set { target, value }
            }
            "if" => self.if_directive()?,
            "foreach" => self.foreach_directive()?,
            "define" => {
                self.expect('(')?;
                self.blanks();
                let variable = self.expression_reference()?.name;
                self.close()?;
                Node::Define { variable, body: self.block()?.into() }
            }
            "evaluate" => {
                let place = self.place(at);
                self.expect('(')?;
                let text = self.expression()?;
                self.close()?;
                Node::Evaluate(text, place)
            }
            "macro" => {
                self.macro_directive()?;
                return Ok(None);
            }
            "break" => return self.break_directive(at).map(Some),
            "stop" => Node::Stop,
            CALL => self.call(at)?,
            other => {
                let what = format!("The directive `#{other}` is not implemented");
                self.note(FindingKind::Unsupported, at, what);
                return Ok(None);
            }
        }))
    }

    /// `)` and the end of its line.
    pub fn close(&mut self) -> Result<(), Stop> {
        self.expect(')')?;
        self.line_end();
        Ok(())
    }

    /// The nodes up to `#end`.
    pub fn block(&mut self) -> Result<Vec<Node>, Stop> {
        let (nodes, _) = self.nodes(&["end"])?;
        self.line_end();
        Ok(nodes)
    }

    fn if_directive(&mut self) -> Result<Node, Stop> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            self.expect('(')?;
            let condition = self.expression()?;
            self.close()?;
            let (body, end) = self.nodes(&ENDS)?;
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
        self.close()?;
        Ok(Node::Foreach { variable, items, body: self.block()? })
    }

    /// `#break` or `#break($foreach)`
    fn break_directive(&mut self, at: usize) -> Result<Node, Stop> {
        if !self.has_arguments() {
            return Ok(Node::Break);
        }
        self.expect('(')?;
        self.blanks();
        let scope = self.expression_reference()?;
        self.close()?;
        if &*scope.name != "foreach" || !scope.steps.is_empty() {
            let what = format!("`#break({})` is not implemented", scope.source);
            self.note(FindingKind::Unsupported, at, what);
        }
        Ok(Node::BreakLoop)
    }

    /// `#macro(name $parameters …) … #end`; of two with one name the first counts.
    fn macro_directive(&mut self) -> Result<(), Stop> {
        self.expect('(')?;
        self.blanks();
        let Some(name) = self.identifier() else { return self.wrong("The name of the macro is missing") };
        let mut parameters: Vec<Box<str>> = Vec::new();
        loop {
            self.separators();
            if self.rest().starts_with(')') {
                break;
            }
            parameters.push(self.expression_reference()?.name);
        }
        self.close()?;
        let body: Arc<[Node]> = self.block()?.into();
        if self.macros.iter().all(|known| *known.name != *name) {
            self.macros.push(Macro { name: name.into(), parameters: parameters.into(), body });
        }
        Ok(())
    }
}

fn flush(nodes: &mut Vec<Node>, pending: &mut String) {
    if !pending.is_empty() {
        nodes.push(Node::Text(std::mem::take(pending).into()));
    }
}

/// What ends a branch of `#if`.
const ENDS: [&str; 3] = ["elseif", "else", "end"];

/// Stands for the name of what is no directive: a macro or text.
const CALL: &str = "@";

/// The directives of Velocity; those that [`Parser::directive`] does not know are not implemented.
const DIRECTIVES: [&str; 13] = [
    "set", "if", "elseif", "else", "end", "foreach", "break", "stop", "macro", "parse", "include", "define",
    "evaluate",
];
