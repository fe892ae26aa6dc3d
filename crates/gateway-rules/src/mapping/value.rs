//! The values that live while a template runs, and how they print.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value as Json;

use super::TEXT_LENGTH_MAX;

/// A value. Lists and maps are shared, as in Java: `$list.add(1)` changes the list for everybody.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// What a path or a variable of API Gateway's own does not have: prints nothing, equals `null` and `""`.
    Missing,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(Rc<str>),
    List(Rc<List>),
    Map(Rc<Map>),
    /// `$input`
    Input,
    /// `$util`
    Util,
}

/// A list.
#[derive(Debug)]
pub struct List {
    pub items: RefCell<Vec<Value>>,
    /// It comes from JSON and prints as JSON; a list of the template prints as in Java.
    pub is_json: bool,
}

/// A map in the order in which its members were put.
#[derive(Debug, Default)]
pub struct Map {
    pub members: RefCell<Vec<(Rc<str>, Value)>>,
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// A list of the template.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List { items: RefCell::new(items), is_json: false }))
    }

    /// A map.
    pub fn map(members: Vec<(Rc<str>, Self)>) -> Self {
        Self::Map(Rc::new(Map { members: RefCell::new(members) }))
    }

    /// The value of a JSON document.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Missing,
            Json::Bool(flag) => Self::Boolean(*flag),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Self::Float(number.as_f64().unwrap_or(0.0)), Self::Integer)
            }
            Json::String(text) => Self::text(text),
            Json::Array(items) => {
                let items = RefCell::new(items.iter().map(Self::from_json).collect());
                Self::List(Rc::new(List { items, is_json: true }))
            }
            Json::Object(members) => Self::map(
                members.iter().map(|(name, value)| (name.as_str().into(), Self::from_json(value))).collect(),
            ),
        }
    }

    /// Writes the value as JSON, within the same limits as [`Self::print`].
    fn print_json(&self, out: &mut String, depth: usize) {
        if depth > DEPTH_MAX || out.len() > TEXT_LENGTH_MAX {
            return out.push_str("null");
        }
        match self {
            Self::Null | Self::Missing | Self::Input | Self::Util => out.push_str("null"),
            Self::Boolean(_) | Self::Integer(_) => self.print(out, depth),
            Self::Float(number) => out.push_str(&Json::from(*number).to_string()),
            Self::Text(text) => out.push_str(&Json::from(&**text).to_string()),
            Self::List(list) => {
                out.push('[');
                for (index, item) in list.items.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.print_json(out, depth + 1);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (index, (name, value)) in map.members.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(&Json::from(&**name).to_string());
                    out.push(':');
                    value.print_json(out, depth + 1);
                }
                out.push('}');
            }
        }
    }

    /// Prints the value; `null` and what is missing print nothing here. A value may hold itself: printing ends
    /// [`DEPTH_MAX`] levels deep and at [`TEXT_LENGTH_MAX`].
    pub fn print(&self, out: &mut String, depth: usize) {
        if depth > DEPTH_MAX || out.len() > TEXT_LENGTH_MAX {
            return;
        }
        match self {
            Self::Null | Self::Missing | Self::Input | Self::Util => {}
            Self::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Integer(number) => out.push_str(&number.to_string()),
            Self::Float(number) => out.push_str(&format!("{number:?}")),
            Self::Text(text) => out.push_str(text),
            Self::List(list) if list.is_json => self.print_json(out, depth),
            Self::List(list) => {
                out.push('[');
                for (index, item) in list.items.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    item.print_nested(out, depth);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (index, (name, value)) in map.members.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    out.push_str(name);
                    out.push('=');
                    value.print_nested(out, depth);
                }
                out.push('}');
            }
        }
    }

    fn print_nested(&self, out: &mut String, depth: usize) {
        match self {
            Self::Null | Self::Missing => out.push_str("null"),
            other => other.print(out, depth + 1),
        }
    }

    /// The value as text.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.print(&mut out, 0);
        out
    }

    /// Whether a condition holds: in Velocity all but `false` and `null`, the empty text included.
    pub fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Missing | Self::Boolean(false))
    }

    /// Whether there is a value.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Null | Self::Missing)
    }

    /// The value as a number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "templates compare counts, not 2^53")]
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The value as an index or a length.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// `==`: what is missing equals `null` and the empty text; values of different kinds compare as text.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Missing, Self::Text(text)) | (Self::Text(text), Self::Missing) => text.is_empty(),
            (a, b) if a.is_none() || b.is_none() => a.is_none() && b.is_none(),
            (a, b) => match (a.as_number(), b.as_number()) {
                (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
                _ => a.to_text() == b.to_text(),
            },
        }
    }
}

impl Map {
    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.members.borrow().iter().find(|(key, _)| &**key == name).map(|(_, value)| value.clone())
    }

    /// Puts a member; gives the one before.
    pub fn put(&self, name: &str, value: Value) -> Option<Value> {
        let mut members = self.members.borrow_mut();
        if let Some((_, slot)) = members.iter_mut().find(|(key, _)| &**key == name) {
            return Some(std::mem::replace(slot, value));
        }
        members.push((name.into(), value));
        None
    }
}

/// How deep a value prints.
pub const DEPTH_MAX: usize = 64;
