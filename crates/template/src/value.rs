//! What a template holds: nodes of JSON's kinds, each with the place it was written at. Maps keep their order.

use std::fmt;

use crate::Span;

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written, or where the expression that it comes from was.
    pub span: Span,
}

/// One of JSON's kinds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`, and an empty YAML value.
    #[default]
    Null,
    /// `true` or `false`; in YAML also `yes`, `no`, `on`, `off`.
    Bool(bool),
    /// A number, as it was written.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A map in its written order.
    Map(Map),
}

/// A number that remembers how it was written, so that `1.10` in a place for text stays `1.10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

/// An ordered map. Keys are unique.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    entries: Vec<Entry>,
}

/// One entry of a [`Map`].
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key was written.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

impl Number {
    /// The number that `text` writes in JSON's or YAML's way (`1`, `-2.50`, `0x1F`, `1e3`), if it does.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if let Some(hexadecimal) = digits.strip_prefix("0x") {
            let value =
                i64::from_str_radix(hexadecimal, 16).ok().filter(|_| !hexadecimal.starts_with(['+', '-']))?;
            return Some(Self(if text.starts_with('-') { (-value).to_string() } else { value.to_string() }));
        }
        is_decimal(digits).then(|| Self(text.strip_prefix('+').unwrap_or(text).to_owned()))
    }

    /// The number as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok().or_else(|| {
            let value = self.as_f64();
            // 2^53: beyond it an f64 no longer names one whole number.
            (value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0).then_some(value as i64)
        })
    }

    /// The value, rounded to a double.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

/// Digits, perhaps a fraction, perhaps an exponent; no leading zero before another digit.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && all_digits(e)
    });
    let has_digits = !whole.is_empty() || fraction.is_some_and(|f| !f.is_empty());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    has_digits && !leading_zero && all_digits(whole) && fraction.is_none_or(all_digits) && exponent_fits
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value {
    /// What AWS calls a value of this kind in its messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl Node {
    /// `value`, written at `span`.
    #[must_use]
    pub fn new(value: impl Into<Value>, span: Span) -> Self {
        Self { value: value.into(), span }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if this is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The truth value, as CloudFormation reads it: a boolean, or the text `true` or `false`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(value) => Some(*value),
            Value::String(text) => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The whole number, as CloudFormation reads it: a number, or a text that writes one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match &self.value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The number, as CloudFormation reads it: a number, or a text that writes one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match &self.value {
            Value::Number(number) => Some(number.as_f64()),
            Value::String(text) => Number::parse(text.trim()).map(|number| number.as_f64()),
            _ => None,
        }
    }

    /// A scalar as text, which is how CloudFormation passes every scalar on; `None` for null, lists and maps.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match &self.value {
            Value::Bool(value) => Some(value.to_string()),
            Value::Number(number) => Some(number.text().to_owned()),
            Value::String(text) => Some(text.clone()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The value under `key`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// The entries, to change them.
    pub(crate) fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The same as JSON, without places.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(number) => match number.text().parse::<i64>() {
                Ok(whole) => whole.into(),
                Err(_) => number.as_f64().into(),
            },
            Value::String(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(map) => serde_json::Value::Object(
                map.iter().map(|entry| (entry.key.clone(), entry.node.to_json())).collect(),
            ),
        }
    }

    /// JSON as a node, every part of it at `span`.
    #[must_use]
    pub fn from_json(json: &serde_json::Value, span: Span) -> Self {
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => Value::Number(Number(number.to_string())),
            serde_json::Value::String(text) => Value::String(text.clone()),
            serde_json::Value::Array(items) => {
                Value::List(items.iter().map(|item| Self::from_json(item, span)).collect())
            }
            serde_json::Value::Object(entries) => {
                let mut map = Map::default();
                for (key, json) in entries {
                    map.set(key, span, Self::from_json(json, span));
                }
                Value::Map(map)
            }
        };
        Self { value, span }
    }
}

impl Map {
    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The entry of `key`.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Whether `key` is there.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// The entries in their written order.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// The keys in their written order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts `node` under `key`: in the place of an older value, else at the end.
    pub fn set(&mut self, key: &str, key_span: Span, node: Node) {
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => (entry.key_span, entry.node) = (key_span, node),
            None => self.entries.push(Entry { key: key.to_owned(), key_span, node }),
        }
    }

    /// Takes the entry of `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at))
    }

    /// The value under `key`, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node)
    }

    /// All values, to change them.
    pub(crate) fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node> {
        self.entries.iter_mut().map(|entry| &mut entry.node)
    }

    /// Puts an entry at the end; for readers, which have made sure that its key is new.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Map {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, Number};
    use crate::Span;

    #[test]
    fn numbers_keep_their_text() {
        for (text, expected) in [
            ("1", Some("1")),
            ("1.10", Some("1.10")),
            ("-2", Some("-2")),
            ("+3", Some("3")),
            ("0x1F", Some("31")),
            ("1e3", Some("1e3")),
            (".5", Some(".5")),
            ("012", None),
            ("1_000", None),
            ("", None),
            (".", None),
            ("1e", None),
            ("2012-10-17", None),
            ("0x-1", None),
        ] {
            assert_eq!(Number::parse(text).as_ref().map(Number::text), expected, "{text}");
        }
        assert_eq!(Number::parse("1e3").and_then(|n| n.as_i64()), Some(1000));
    }

    #[test]
    fn json_goes_round() {
        let json = serde_json::json!({"b": [1, 2.5, null, true], "a": {"c": "d"}});
        assert_eq!(Node::from_json(&json, Span::default()).to_json(), json);
    }
}
