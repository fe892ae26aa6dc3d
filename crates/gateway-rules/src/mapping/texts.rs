//! The methods of texts: Java's `String`, which counts in units of UTF-16.
//!
//! <https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/String.html>

use std::rc::Rc;

use super::RenderError;
use super::machine::Machine;
use super::method_names::Method;
use super::methods::throw;
use super::numbers::order;
use super::regex;
use super::value::Value;

/// Calls a method of a text.
pub fn call(
    machine: &mut Machine<'_>,
    text: &Rc<str>,
    method: Method,
    arguments: &[Value],
) -> Result<Value, RenderError> {
    machine.charge(text.len())?;
    if arguments.iter().any(|argument| matches!(argument, Value::Null)) {
        return without_argument(method, arguments.len());
    }
    // Java's positions are of 32 bits.
    let is_position = |number: &i128| i32::try_from(*number).is_ok();
    if method != Method::ValueOf
        && arguments.iter().any(|argument| matches!(argument, Value::Integer(number) if !is_position(number)))
    {
        return Ok(Value::Null);
    }
    // What is missing is the empty text here, as everywhere.
    let arguments: Vec<Value> = arguments
        .iter()
        .map(|argument| if argument.is_none() { Value::text("") } else { argument.clone() })
        .collect();
    if let Some(value) = asked(text, method, &arguments) {
        return Ok(value);
    }
    let made = match (method, arguments.as_slice()) {
        (Method::CharAt, [Value::Integer(at)]) => {
            let (start, end) = (*at, at.saturating_add(1));
            part(text, start, end)?
        }
        (Method::Concat, [Value::Text(other)]) => format!("{text}{other}"),
        (Method::Matches, [Value::Text(pattern)]) => {
            return regex::matches(text, pattern).map(Value::Boolean);
        }
        (Method::Replace, [Value::Text(from), Value::Text(to)]) => replaced(text, from, to)?,
        (Method::ReplaceAll | Method::ReplaceFirst, [Value::Text(pattern), Value::Text(to)]) => {
            regex::replace(text, pattern, to, method == Method::ReplaceFirst)?
        }
        (Method::Split, [Value::Text(pattern)]) => return split(machine, text, pattern, 0),
        (Method::Split, [Value::Text(pattern), Value::Integer(limit)]) => {
            return split(machine, text, pattern, *limit);
        }
        (Method::Substring, [Value::Integer(start)]) => part(text, *start, units(text))?,
        (Method::Substring | Method::SubSequence, [Value::Integer(start), Value::Integer(end)]) => {
            part(text, *start, *end)?
        }
        (Method::ToLowerCase, []) => text.to_lowercase(),
        (Method::ToUpperCase, []) => text.to_uppercase(),
        (Method::Trim, []) => text.trim_matches(|c| c <= ' ').to_owned(),
        (Method::ValueOf, [value]) => value.to_text(),
        _ => return Ok(Value::Null),
    };
    machine.text(made)
}

/// A method with an argument that is `null`: those that take a text throw.
fn without_argument(method: Method, count: usize) -> Result<Value, RenderError> {
    match (method, count) {
        (Method::EqualsIgnoreCase, 1) => Ok(Value::Boolean(false)),
        (Method::CompareTo | Method::CompareToIgnoreCase | Method::Concat | Method::Contains, 1)
        | (Method::EndsWith | Method::Matches | Method::Split | Method::StartsWith, 1)
        | (Method::ReplaceAll | Method::ReplaceFirst, 2) => throw("an argument is null"),
        _ => Ok(Value::Null),
    }
}

/// The methods that answer with a number or a boolean.
fn asked(text: &str, method: Method, arguments: &[Value]) -> Option<Value> {
    Some(match (method, arguments) {
        (Method::CodePointAt, [Value::Integer(at)]) => {
            let at = usize::try_from(*at).ok()?;
            let code = text.get(offset(text, at)..)?.chars().next()?;
            Value::Integer(u32::from(code).into())
        }
        (Method::CompareTo, [Value::Text(other)]) => compared(text, other),
        (Method::CompareToIgnoreCase, [Value::Text(other)]) => {
            compared(&text.to_lowercase(), &other.to_lowercase())
        }
        (Method::Contains, [Value::Text(other)]) => Value::Boolean(text.contains(&**other)),
        (Method::ContentEquals, [Value::Text(other)]) => Value::Boolean(*text == **other),
        (Method::EndsWith, [Value::Text(other)]) => Value::Boolean(text.ends_with(&**other)),
        (Method::EqualsIgnoreCase, [Value::Text(other)]) => {
            Value::Boolean(text.to_lowercase() == other.to_lowercase())
        }
        (Method::IndexOf, [what]) => position(text, text.find(&*sought(what)?)),
        (Method::IndexOf, [what, Value::Integer(from)]) => {
            let from = offset(text, usize::try_from(*from).unwrap_or(0));
            position(text, text[from..].find(&*sought(what)?).map(|at| from + at))
        }
        (Method::IsEmpty, []) => Value::Boolean(text.is_empty()),
        (Method::LastIndexOf, [what]) => position(text, text.rfind(&*sought(what)?)),
        (Method::LastIndexOf, [what, Value::Integer(from)]) => {
            let Ok(from) = usize::try_from(*from) else { return Some(Value::Integer(-1)) };
            let what = sought(what)?;
            let end = (offset(text, from) + what.len()).min(text.len());
            position(text, text.get(..end).and_then(|text| text.rfind(&*what)))
        }
        (Method::Length, []) => Value::Integer(units(text)),
        (Method::StartsWith, [Value::Text(other)]) => Value::Boolean(text.starts_with(&**other)),
        (Method::StartsWith, [Value::Text(other), Value::Integer(at)]) => {
            let at = usize::try_from(*at).ok().filter(|at| *at as i128 <= units(text));
            Value::Boolean(at.is_some_and(|at| text[offset(text, at)..].starts_with(&**other)))
        }
        _ => return None,
    })
}

/// How long the text is in units of UTF-16.
fn units(text: &str) -> i128 {
    if text.is_ascii() { text.len() as i128 } else { text.encode_utf16().count() as i128 }
}

/// The offset of a unit; the end of the text if there is none.
fn offset(text: &str, unit: usize) -> usize {
    if text.is_ascii() {
        return unit.min(text.len());
    }
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= unit {
            return at;
        }
        units += c.len_utf16();
    }
    text.len()
}

fn position(text: &str, at: Option<usize>) -> Value {
    Value::Integer(at.map_or(-1, |at| units(&text[..at])))
}

/// What `indexOf` looks for: a text or the number of a character.
fn sought(what: &Value) -> Option<Rc<str>> {
    match what {
        Value::Text(text) => Some(Rc::clone(text)),
        Value::Integer(code) => {
            let c = char::from_u32(u32::try_from(*code).ok()?)?;
            Some(c.to_string().into())
        }
        _ => None,
    }
}

/// `substring(start, end)`
fn part(text: &str, start: i128, end: i128) -> Result<String, RenderError> {
    let length = units(text);
    let (Ok(from), Ok(to)) = (usize::try_from(start), usize::try_from(end)) else {
        return throw(format!("begin {start}, end {end}, length {length}"));
    };
    if end > length || start > end {
        return throw(format!("begin {start}, end {end}, length {length}"));
    }
    if text.is_ascii() {
        return Ok(text[from..to].to_owned());
    }
    let units: Vec<u16> = text.encode_utf16().skip(from).take(to - from).collect();
    Ok(String::from_utf16_lossy(&units))
}

fn replaced(text: &str, from: &str, to: &str) -> Result<String, RenderError> {
    let more = to.len().saturating_sub(from.len());
    let places = text.len() / from.len().max(1) + 1;
    if more.saturating_mul(places) > super::TEXT_LENGTH_MAX
        && text.matches(from).count() * more > super::TEXT_LENGTH_MAX
    {
        return Err(RenderError::Limit("TEXT_LENGTH_MAX"));
    }
    Ok(text.replace(from, to))
}

fn split(machine: &mut Machine<'_>, text: &str, pattern: &str, limit: i128) -> Result<Value, RenderError> {
    let parts = regex::split(text, pattern, limit)?;
    machine.charge(parts.len() * super::lists::STEP_SIZE)?;
    Ok(Value::list(parts))
}

/// Java's `compareTo`: the difference of the first units that differ, else of the lengths.
fn compared(left: &str, right: &str) -> Value {
    let differing = left.encode_utf16().zip(right.encode_utf16()).find(|(a, b)| a != b);
    match differing {
        Some((a, b)) => Value::Integer(i128::from(a) - i128::from(b)),
        None if left.len() == right.len() => order(std::cmp::Ordering::Equal),
        None => Value::Integer(units(left) - units(right)),
    }
}
