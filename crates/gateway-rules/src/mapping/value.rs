//! The values that live while a template runs, and when they are equal.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::frame::Frame;
use super::syntax::Node;

/// A value. Lists and maps are shared, as in Java: `$list.add(1)` changes the list for everybody.
#[derive(Clone)]
pub enum Value {
    /// `null`
    Null,
    /// What a path or a variable of API Gateway's own does not have: prints nothing, equals `null` and `""`.
    Missing,
    Boolean(bool),
    /// `Integer`, `Long` or `BigInteger`: Velocity goes over from one to the next.
    Integer(i128),
    Float(f64),
    Text(Rc<str>),
    List(Rc<List>),
    Map(Rc<Map>),
    /// A member of `entrySet()`
    Entry(Rc<Entry>),
    /// `$foreach`
    Loop(Rc<Loop>),
    /// `iterator()`
    Iterator(Rc<Iteration>),
    /// What `#define` made: runs whenever it prints.
    Block(Rc<Block>),
    /// `$input`
    Input,
    /// `$util`
    Util,
}

/// A list.
pub struct List {
    pub items: RefCell<Vec<Value>>,
    /// It comes from JSON and prints as JSON; a list of the template prints as in Java.
    pub is_json: bool,
}

/// A map in the order in which its members were put.
pub struct Map {
    pub members: RefCell<Vec<(Value, Value)>>,
    /// It is API Gateway's own: what it does not have is empty.
    pub is_given: bool,
}

/// One member of a map.
pub struct Entry {
    pub map: Rc<Map>,
    pub key: Value,
    pub value: RefCell<Value>,
}

/// The state of a `#foreach`.
pub struct Loop {
    pub index: Cell<usize>,
    pub length: usize,
    /// `$foreach.parent`
    pub parent: Option<Rc<Self>>,
}

/// The state of an iterator.
pub struct Iteration {
    pub items: Vec<Value>,
    pub next: Cell<usize>,
}

/// Nodes, and where their variables are.
pub struct Block {
    pub nodes: Arc<[Node]>,
    pub frame: Option<Rc<Frame>>,
    /// How often it runs inside itself.
    pub depth: Cell<u32>,
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

    /// A map of the template.
    pub fn map(members: Vec<(Self, Self)>) -> Self {
        Self::Map(Rc::new(Map { members: RefCell::new(members), is_given: false }))
    }

    /// A map of API Gateway's own.
    pub fn given(members: Vec<(Self, Self)>) -> Self {
        Self::Map(Rc::new(Map { members: RefCell::new(members), is_given: true }))
    }

    /// A number of things.
    pub fn count(number: usize) -> Self {
        Self::Integer(number as i128)
    }

    /// The value of a JSON document.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Missing,
            Json::Bool(flag) => Self::Boolean(*flag),
            Json::Number(number) => {
                let integer = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
                integer.map_or_else(|| Self::Float(number.as_f64().unwrap_or(0.0)), Self::Integer)
            }
            Json::String(text) => Self::text(text),
            Json::Array(items) => {
                let items = RefCell::new(items.iter().map(Self::from_json).collect());
                Self::List(Rc::new(List { items, is_json: true }))
            }
            Json::Object(members) => Self::given(
                members.iter().map(|(name, value)| (Self::text(name), Self::from_json(value))).collect(),
            ),
        }
    }

    /// Whether a condition holds: in Velocity all but `false` and `null`, the empty text included.
    pub fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Missing | Self::Boolean(false))
    }

    /// Whether there is no value.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Null | Self::Missing)
    }

    /// The value as a number.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "Java's doubleValue loses it, too")]
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// `==`: what is missing equals `null` and the empty text; values of different kinds compare as text.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Missing, Self::Text(text)) | (Self::Text(text), Self::Missing) => text.is_empty(),
            (a, b) if a.is_none() || b.is_none() => a.is_none() && b.is_none(),
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (a, b) => match (a.as_number(), b.as_number()) {
                (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
                _ => a.to_text() == b.to_text(),
            },
        }
    }

    /// Java's `equals`: only values of one kind are equal.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b).is_eq(),
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::List(_), Self::List(_))
            | (Self::Map(_), Self::Map(_))
            | (Self::Entry(_), Self::Entry(_)) => self.to_text() == other.to_text(),
            (Self::Missing, _) | (_, Self::Missing) => self.equals(other),
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    /// Moves what is in a list or a map of which this is the last owner into `out`.
    fn take_apart(mut self, out: &mut Vec<Self>) {
        match &mut self {
            Self::List(list) => {
                if let Some(list) = Rc::get_mut(list) {
                    out.append(list.items.get_mut());
                }
            }
            Self::Map(map) => {
                if let Some(map) = Rc::get_mut(map) {
                    out.extend(map.members.get_mut().drain(..).flat_map(<[Self; 2]>::from));
                }
            }
            Self::Entry(entry) => {
                if let Some(entry) = Rc::get_mut(entry) {
                    out.push(Self::Map(Rc::clone(&entry.map)));
                    out.push(entry.value.replace(Self::Null));
                }
            }
            Self::Iterator(iteration) => {
                if let Some(iteration) = Rc::get_mut(iteration) {
                    out.append(&mut iteration.items);
                }
            }
            _ => {}
        }
    }
}

impl Map {
    /// The member of that name.
    pub fn get(&self, name: &Value) -> Option<Value> {
        self.members.borrow().iter().find(|(key, _)| key.is_same(name)).map(|(_, value)| value.clone())
    }

    /// What it gives where it has no member.
    pub fn nothing(&self) -> Value {
        if self.is_given { Value::Missing } else { Value::Null }
    }

    /// Puts a member; gives the one before.
    pub fn put(&self, name: Value, value: Value) -> Option<Value> {
        let mut members = self.members.borrow_mut();
        if let Some((_, slot)) = members.iter_mut().find(|(key, _)| key.is_same(&name)) {
            return Some(std::mem::replace(slot, value));
        }
        members.push((name, value));
        None
    }
}

/// Values nested thousands deep end one after the other, not inside one another.
fn end(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        value.take_apart(&mut values);
    }
}

impl Drop for List {
    fn drop(&mut self) {
        end(std::mem::take(self.items.get_mut()));
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        end(std::mem::take(self.members.get_mut()).into_iter().flat_map(<[Value; 2]>::from).collect());
    }
}
