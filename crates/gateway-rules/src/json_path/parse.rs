//! Parses a path.

use super::filter;
use super::function::Function;
use super::{JsonPath, Step};

/// Parses the whole of `text`.
pub fn parse(text: &str) -> Result<JsonPath, String> {
    let text = text.trim();
    let started = match text.strip_prefix(['$', '@']) {
        Some(rest) => rest.to_owned(),
        None if text.is_empty() => String::new(),
        None if text.starts_with('[') => text.to_owned(),
        None => format!(".{text}"),
    };
    path(&started, 0).map_err(|rest| format!("the JSONPath `{text}` at `{rest}`"))
}

/// The path in `text`, after its `$` or `@`; an error is what could not be read.
pub fn path(text: &str, depth: usize) -> Result<JsonPath, &str> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(function) = rest.strip_prefix('.').and_then(Function::from_call) {
            return Ok(JsonPath { steps, function: Some(function) });
        }
        let (step, after) = step(rest, depth).ok_or(rest)?;
        if step == Step::Descendants && steps.last() == Some(&Step::Descendants) {
            return Err(rest);
        }
        steps.push(step);
        rest = after;
    }
    if steps.last() == Some(&Step::Descendants) {
        return Err("..");
    }
    Ok(JsonPath { steps, function: None })
}

/// The first step, and what follows it.
fn step(text: &str, depth: usize) -> Option<(Step, &str)> {
    if let Some(after) = text.strip_prefix("..") {
        // `..name` is `..` and `.name`
        let rest = if after.starts_with('[') { after } else { &text[1..] };
        return Some((Step::Descendants, rest));
    }
    if let Some(after) = text.strip_prefix('.') {
        let length = after.find(['.', '[']).unwrap_or(after.len());
        return match &after[..length] {
            "" => None,
            "*" => Some((Step::Wildcard, &after[1..])),
            name if name.ends_with(')') => None,
            name => Some((Step::Names(vec![name.into()]), &after[length..])),
        };
    }
    let inside = text.strip_prefix('[')?;
    if let Some(filter) = inside.trim_start().strip_prefix('?') {
        let (filter, after) = filter::parse(filter, depth + 1)?;
        return Some((Step::Filter(filter), after.trim_start().strip_prefix(']')?));
    }
    if inside.trim_start().starts_with(['\'', '"']) {
        return names(inside);
    }
    let length = inside.find(']')?;
    let (content, after) = (inside[..length].trim(), &inside[length + 1..]);
    if content == "*" {
        return Some((Step::Wildcard, after));
    }
    if let Some((from, to)) = content.split_once(':') {
        let bound = |text: &str| match text.trim() {
            "" => Some(None),
            number => number.parse().ok().map(Some),
        };
        return Some((Step::Slice(bound(from)?, bound(to)?), after));
    }
    let indexes = content.split(',').map(|index| index.trim().parse().ok()).collect::<Option<_>>()?;
    Some((Step::Indexes(indexes), after))
}

/// `'name', 'other']`
fn names(text: &str) -> Option<(Step, &str)> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = quoted(rest.trim_start())?;
        names.push(name.into());
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return Some((Step::Names(names), rest.strip_prefix(']')?)),
        }
    }
}

/// A text in quotes, with `\` before what would end it, and what follows it.
pub fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut content = String::new();
    let mut chars = text[1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => content.push(chars.next()?.1),
            c if c == quote => return Some((content, &text[at + 2..])),
            c => content.push(c),
        }
    }
    None
}

/// What a filter compares with has no filter of its own in it deeper than that.
pub const DEPTH_MAX: usize = 8;
