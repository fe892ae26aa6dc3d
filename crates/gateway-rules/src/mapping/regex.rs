//! Java's regular expressions in `split`, `replaceAll`, `replaceFirst` and `matches`.
//!
//! <https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html>

use regex_lite::{Captures, Regex};

use super::RenderError;
use super::methods::throw;
use super::value::Value;

/// Whether the whole text matches.
pub fn matches(text: &str, pattern: &str) -> Result<bool, RenderError> {
    Ok(compile(&format!("^(?:{pattern})$"))?.is_match(text))
}

/// Replaces all that matches, or what matches first.
pub fn replace(
    text: &str,
    pattern: &str,
    replacement: &str,
    only_first: bool,
) -> Result<String, RenderError> {
    let regex = compile(pattern)?;
    let mut out = String::new();
    let mut copied = 0;
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { break };
        out.push_str(&text[copied..whole.start()]);
        expand(&captures, replacement, &mut out)?;
        copied = whole.end();
        if only_first || out.len() > super::TEXT_LENGTH_MAX {
            break;
        }
    }
    out.push_str(&text[copied..]);
    Ok(out)
}

/// The parts between what matches; of a limit of zero those at the end that are empty are left out.
pub fn split(text: &str, pattern: &str, limit: i128) -> Result<Vec<Value>, RenderError> {
    let regex = compile(pattern)?;
    let mut parts = Vec::new();
    let mut start = 0;
    for found in regex.find_iter(text) {
        if limit > 0 && parts.len() as i128 >= limit - 1 {
            break;
        }
        // A match of nothing at the beginning makes no part.
        if found.end() == 0 || (found.is_empty() && found.end() == text.len()) {
            continue;
        }
        parts.push(&text[start..found.start()]);
        start = found.end();
    }
    let has_matched = start > 0;
    parts.push(&text[start..]);
    while limit == 0 && has_matched && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    Ok(parts.into_iter().map(Value::text).collect())
}

fn compile(pattern: &str) -> Result<Regex, RenderError> {
    match Regex::new(pattern) {
        Ok(regex) => Ok(regex),
        Err(error) => throw(format!("the regular expression `{pattern}`: {error}")),
    }
}

/// `\x` is `x`, `$1` and `${name}` are groups.
fn expand(captures: &Captures<'_>, replacement: &str, out: &mut String) -> Result<(), RenderError> {
    let mut rest = replacement;
    while let Some(special) = rest.find(['\\', '$']) {
        out.push_str(&rest[..special]);
        let after = &rest[special + 1..];
        if rest[special..].starts_with('\\') {
            let Some(escaped) = after.chars().next() else {
                return throw("a character to escape is missing");
            };
            out.push(escaped);
            rest = &after[escaped.len_utf8()..];
            continue;
        }
        if let Some(named) = after.strip_prefix('{') {
            let Some((name, tail)) = named.split_once('}') else {
                return throw("a `}` is missing in a replacement");
            };
            let Some(group) = captures.name(name) else {
                return throw(format!("No group with name {{{name}}}"));
            };
            out.push_str(group.as_str());
            rest = tail;
            continue;
        }
        let Some(mut group) = digit(after) else { return throw("Illegal group reference") };
        if group >= captures.len() {
            return throw(format!("No group {group}"));
        }
        let mut length = 1;
        // More digits belong to it as long as there is such a group.
        while let Some(next) = digit(&after[length..]).map(|digit| group * 10 + digit) {
            if next >= captures.len() {
                break;
            }
            group = next;
            length += 1;
        }
        out.push_str(captures.get(group).map_or("", |group| group.as_str()));
        rest = &after[length..];
    }
    out.push_str(rest);
    Ok(())
}

fn digit(text: &str) -> Option<usize> {
    text.chars().next()?.to_digit(10).map(|digit| digit as usize)
}
