//! The methods of `$input`, `$util`, texts, lists and maps.
//!
//! A method that a value does not have gives `null`, as in Velocity.

use std::rc::Rc;

use frontgate_aws::{base64_decode, base64_encode, percent_decode, percent_encode};
use regex_lite::Regex;
use serde_json::Value as Json;

use super::RenderError;
use super::TEXT_LENGTH_MAX;
use super::evaluate::Machine;
use super::syntax::Method;
use super::value::{List, Map, Value};

/// Calls a method.
pub fn call(
    machine: &Machine<'_>,
    receiver: &Value,
    method: Method,
    arguments: &[Value],
) -> Result<Value, RenderError> {
    Ok(match (receiver, method) {
        (Value::Input, _) => return on_input(machine, method, arguments),
        (Value::Util, _) => on_util(method, arguments),
        (Value::Missing | Value::Null, _) => Value::Missing,
        (_, Method::ToString) => Value::Text(receiver.to_text().into()),
        (_, Method::Equals) => Value::Boolean(receiver.equals(arguments.first().unwrap_or(&Value::Null))),
        (Value::Text(text), _) => return on_text(text, method, arguments),
        (Value::List(list), _) => on_list(list, method, arguments),
        (Value::Map(map), _) => on_map(map, method, arguments),
        _ => Value::Null,
    })
}

/// `$input.body`: `{}` where there is none (recorded: `test_input_body_formatting`).
pub fn input_body(body: &[u8]) -> Value {
    if body.is_empty() { Value::text("{}") } else { Value::text(&String::from_utf8_lossy(body)) }
}

/// `value[index]`
pub fn element(value: &Value, at: &Value) -> Value {
    match value {
        Value::Map(map) => map.get(&at.to_text()).unwrap_or(Value::Missing),
        Value::List(list) => {
            let items = list.items.borrow();
            index(at, items.len()).and_then(|index| items.get(index).cloned()).unwrap_or(Value::Missing)
        }
        _ => Value::Missing,
    }
}

/// A place in a list; a negative one counts from the end.
pub fn index(at: &Value, length: usize) -> Option<usize> {
    let at = at.as_integer()?;
    let at = if at < 0 { at + i64::try_from(length).ok()? } else { at };
    usize::try_from(at).ok()
}

fn on_input(machine: &Machine<'_>, method: Method, arguments: &[Value]) -> Result<Value, RenderError> {
    let argument = arguments.first().map(Value::to_text);
    Ok(match method {
        Method::Json => {
            let found = machine.find(argument.as_deref().unwrap_or("$"))?;
            // Inferred: what the payload does not have is the empty text.
            Value::Text(found.unwrap_or_else(|| Json::from("")).to_string().into())
        }
        Method::Path => machine
            .find(argument.as_deref().unwrap_or("$"))?
            .map_or(Value::Missing, |found| Value::from_json(&found)),
        Method::Params => match argument {
            None => {
                let kinds = machine.parameters().into_iter();
                Value::map(
                    kinds.map(|(kind, parameters)| (Rc::from(kind), last_values(parameters))).collect(),
                )
            }
            Some(name) => {
                let kinds = machine.parameters().into_iter();
                let mut found = kinds.filter_map(|(_, parameters)| {
                    parameters.into_iter().rfind(|(key, _)| *key == name).map(|(_, value)| value)
                });
                Value::Text(found.next().unwrap_or_default().into())
            }
        },
        _ => Value::Null,
    })
}

/// Of parameters with the same name the last one counts.
fn last_values(parameters: Vec<(String, String)>) -> Value {
    let map = Map::default();
    for (name, value) in parameters {
        map.put(&name, Value::Text(value.into()));
    }
    Value::Map(Rc::new(map))
}

fn on_util(method: Method, arguments: &[Value]) -> Value {
    let argument = arguments.first().unwrap_or(&Value::Null);
    let text = argument.to_text();
    let result = match method {
        Method::EscapeJavaScript if argument.is_none() => "null".to_owned(),
        Method::EscapeJavaScript if text.trim().is_empty() => "{}".to_owned(),
        Method::EscapeJavaScript => escape_java_script(&text),
        Method::ParseJson => {
            return serde_json::from_str(&text).map_or(Value::Null, |json: Json| Value::from_json(&json));
        }
        Method::UrlEncode => {
            percent_encode(text.as_bytes(), false).replace("%20", "+").replace('~', "%7E").replace("%2A", "*")
        }
        Method::UrlDecode => String::from_utf8_lossy(&percent_decode(&text.replace('+', " "))).into_owned(),
        Method::Base64Encode => base64_encode(text.as_bytes()),
        Method::Base64Decode => match base64_decode(&text) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => return Value::Null,
        },
        _ => return Value::Null,
    };
    Value::Text(result.into())
}

fn escape_java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
    out
}

fn on_text(text: &str, method: Method, arguments: &[Value]) -> Result<Value, RenderError> {
    let first = arguments.first().map(Value::to_text).unwrap_or_default();
    let second = arguments.get(1).map(Value::to_text).unwrap_or_default();
    let position = |found: Option<usize>| {
        let characters = found.map(|at| text[..at].chars().count());
        Value::Integer(characters.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1))
    };
    let made = match method {
        Method::Concat => format!("{text}{first}"),
        Method::Replace => text.replace(&first, &second),
        Method::ReplaceAll | Method::ReplaceFirst => match Regex::new(&first) {
            Ok(regex) => {
                let limit = if method == Method::ReplaceFirst { 1 } else { 0 };
                regex.replacen(text, limit, replacement(&second).as_str()).into_owned()
            }
            Err(_) => return Ok(Value::Null),
        },
        Method::Substring => substring(text, arguments),
        Method::ToLowerCase => text.to_lowercase(),
        Method::ToUpperCase => text.to_uppercase(),
        Method::Trim => text.trim().to_owned(),
        Method::Contains => return Ok(Value::Boolean(text.contains(&first))),
        Method::EndsWith => return Ok(Value::Boolean(text.ends_with(&first))),
        Method::EqualsIgnoreCase => return Ok(Value::Boolean(text.to_lowercase() == first.to_lowercase())),
        Method::IndexOf => return Ok(position(text.find(&first))),
        Method::IsEmpty => return Ok(Value::Boolean(text.is_empty())),
        Method::LastIndexOf => return Ok(position(text.rfind(&first))),
        Method::Length => return Ok(count(text.chars().count())),
        Method::Matches => {
            let whole = Regex::new(&format!("^(?:{first})$"));
            return Ok(whole.map_or(Value::Null, |regex| Value::Boolean(regex.is_match(text))));
        }
        Method::Split => return Ok(split(text, &first)),
        Method::StartsWith => return Ok(Value::Boolean(text.starts_with(&first))),
        _ => return Ok(Value::Null),
    };
    if made.len() > TEXT_LENGTH_MAX {
        return Err(RenderError::Limit("TEXT_LENGTH_MAX"));
    }
    Ok(Value::Text(made.into()))
}

/// Java's replacement text: `\x` is `x`, `$1` a group.
fn replacement(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('$') => out.push_str("$$"),
                Some(escaped) => out.push(escaped),
                None => {}
            },
            '$' => {
                let mut digits = String::new();
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                if digits.is_empty() { out.push_str("$$") } else { out.push_str(&format!("${{{digits}}}")) }
            }
            other => out.push(other),
        }
    }
    out
}

/// Java's `substring`, by characters; a place outside the text is its nearest end.
fn substring(text: &str, arguments: &[Value]) -> String {
    let place = |index: usize| {
        arguments.get(index).and_then(Value::as_integer).map(|at| usize::try_from(at).unwrap_or(0))
    };
    let start = place(0).unwrap_or(0);
    let length = place(1).map_or(usize::MAX, |end| end.saturating_sub(start));
    text.chars().skip(start).take(length).collect()
}

/// Java's `split`: by a regular expression, without empty texts at the end.
fn split(text: &str, pattern: &str) -> Value {
    let Ok(regex) = Regex::new(pattern) else { return Value::Null };
    let mut parts: Vec<&str> = regex.split(text).collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    Value::list(parts.into_iter().map(Value::text).collect())
}

fn on_list(list: &List, method: Method, arguments: &[Value]) -> Value {
    let first = arguments.first().cloned().unwrap_or(Value::Null);
    let found = |value: &Value| list.items.borrow().iter().position(|item| item.equals(value));
    match method {
        Method::Add => {
            list.items.borrow_mut().push(first);
            Value::Boolean(true)
        }
        Method::AddAll => {
            let Value::List(other) = first else { return Value::Null };
            let items = other.items.borrow().clone();
            list.items.borrow_mut().extend(items);
            Value::Boolean(true)
        }
        Method::Contains => Value::Boolean(found(&first).is_some()),
        Method::Get => {
            let items = list.items.borrow();
            index(&first, items.len()).and_then(|index| items.get(index).cloned()).unwrap_or(Value::Missing)
        }
        Method::IndexOf => found(&first).map_or(Value::Integer(-1), count),
        Method::IsEmpty => Value::Boolean(list.items.borrow().is_empty()),
        Method::Remove => {
            let mut items = list.items.borrow_mut();
            let at = index(&first, items.len()).filter(|index| *index < items.len());
            at.map_or(Value::Null, |index| items.remove(index))
        }
        Method::Set => {
            let mut items = list.items.borrow_mut();
            let at = index(&first, items.len());
            let slot = at.and_then(|index| items.get_mut(index));
            let value = arguments.get(1).cloned().unwrap_or(Value::Null);
            slot.map_or(Value::Null, |slot| std::mem::replace(slot, value))
        }
        Method::Size => count(list.items.borrow().len()),
        _ => Value::Null,
    }
}

fn on_map(map: &Map, method: Method, arguments: &[Value]) -> Value {
    let first = arguments.first().cloned().unwrap_or(Value::Null);
    let list_of =
        |make: fn(&(Rc<str>, Value)) -> Value| Value::list(map.members.borrow().iter().map(make).collect());
    match method {
        Method::ContainsKey => Value::Boolean(map.get(&first.to_text()).is_some()),
        Method::ContainsValue => {
            Value::Boolean(map.members.borrow().iter().any(|(_, value)| value.equals(&first)))
        }
        Method::EntrySet => list_of(|(name, value)| {
            Value::map(vec![("key".into(), Value::Text(name.clone())), ("value".into(), value.clone())])
        }),
        Method::Get => map.get(&first.to_text()).unwrap_or(Value::Missing),
        Method::GetKey => map.get("key").unwrap_or(Value::Missing),
        Method::GetValue => map.get("value").unwrap_or(Value::Missing),
        Method::IsEmpty => Value::Boolean(map.members.borrow().is_empty()),
        Method::KeySet => list_of(|(name, _)| Value::Text(name.clone())),
        Method::Put => map
            .put(&first.to_text(), arguments.get(1).cloned().unwrap_or(Value::Null))
            .unwrap_or(Value::Missing),
        Method::PutAll => {
            let Value::Map(other) = first else { return Value::Null };
            let members = other.members.borrow().clone();
            for (name, value) in members {
                map.put(&name, value);
            }
            Value::Missing
        }
        Method::Remove => {
            let name = first.to_text();
            let mut members = map.members.borrow_mut();
            let at = members.iter().position(|(key, _)| **key == *name);
            at.map_or(Value::Missing, |index| members.remove(index).1)
        }
        Method::Size => count(map.members.borrow().len()),
        Method::Values => list_of(|(_, value)| value.clone()),
        _ => Value::Null,
    }
}

fn count(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
