//! What a reference takes from a value: properties, elements and methods, as Java would give them.
//!
//! What a value does not have is `null`, so that the reference prints as it stands; what Java throws ends the
//! template. <https://velocity.apache.org/engine/1.7/user-guide.html#methods>

use std::rc::Rc;

use super::RenderError;
use super::cursor::START;
use super::machine::{Machine, thrown};
use super::method_names::Method;
use super::value::{Iteration, Loop, Value};
use super::{given, hash, lists, maps, numbers, texts};

/// Calls a method.
pub fn call(
    machine: &mut Machine<'_>,
    receiver: &Value,
    method: Method,
    arguments: &[Value],
) -> Result<Value, RenderError> {
    if !arguments.is_empty() && takes_nothing(receiver, method) {
        return throw("wrong number of arguments");
    }
    Ok(match (receiver, method, arguments) {
        (Value::Input, _, _) => return given::on_input(machine, method, arguments),
        (Value::Util, _, _) => return given::on_util(machine, method, arguments),
        (Value::Null, _, _) => Value::Null,
        (Value::Missing, _, _) => Value::Missing,
        (
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_),
            Method::CompareTo,
            [other],
        ) if !other.is_none() && std::mem::discriminant(receiver) != std::mem::discriminant(other) => {
            return throw("values of two classes cannot be compared");
        }
        (_, Method::HashCode, []) => {
            machine.charge(receiver.to_text().len())?;
            hash::hash_code(receiver)
        }
        (Value::Integer(_) | Value::Float(_) | Value::Boolean(_), _, _) => {
            return numbers::call(receiver, method, arguments);
        }
        (_, Method::ToString, []) => {
            let text = receiver.to_text();
            return machine.text(text);
        }
        (_, Method::Equals, [other]) => Value::Boolean(receiver.is_same(other)),
        (Value::Text(text), _, _) => return texts::call(machine, text, method, arguments),
        (Value::List(list), _, _) => return lists::call(machine, list, method, arguments),
        (Value::Map(map), _, _) => return maps::call(machine, map, method, arguments),
        (Value::Entry(entry), Method::GetKey, []) => entry.key.clone(),
        (Value::Entry(entry), Method::GetValue, []) => entry.value.borrow().clone(),
        (Value::Entry(entry), Method::SetValue, [value]) => {
            machine.hold_both(receiver, value);
            drop(entry.map.put(entry.key.clone(), value.clone()));
            entry.value.replace(value.clone())
        }
        (Value::Loop(state), _, []) => on_loop(state, method),
        (Value::Iterator(iteration), _, []) => return on_iterator(iteration, method),
        _ => Value::Null,
    })
}

/// Whether it is a method without arguments. Recorded with Velocity: with some, it throws.
fn takes_nothing(receiver: &Value, method: Method) -> bool {
    match receiver {
        Value::Text(_) => matches!(
            method,
            Method::IsEmpty
                | Method::Length
                | Method::ToLowerCase
                | Method::ToString
                | Method::ToUpperCase
                | Method::Trim
        ),
        Value::List(_) => matches!(method, Method::Clear | Method::IsEmpty | Method::Size | Method::ToString),
        Value::Map(_) => matches!(
            method,
            Method::Clear
                | Method::EntrySet
                | Method::IsEmpty
                | Method::KeySet
                | Method::Size
                | Method::ToString
                | Method::Values
        ),
        Value::Integer(_) | Value::Float(_) => {
            matches!(method, Method::DoubleValue | Method::FloatValue | Method::IntValue | Method::LongValue)
        }
        Value::Boolean(_) => method == Method::BooleanValue,
        _ => false,
    }
}

/// `value.name`
pub fn property(machine: &mut Machine<'_>, value: &Value, name: &str) -> Result<Value, RenderError> {
    Ok(match (value, name) {
        (Value::Map(map), _) => {
            machine.charge(map.members.borrow().len())?;
            map.get(&Value::text(name)).unwrap_or_else(|| map.nothing())
        }
        (Value::Entry(entry), "key") => entry.key.clone(),
        (Value::Entry(entry), "value") => entry.value.borrow().clone(),
        (Value::List(list), "empty") => Value::Boolean(list.items.borrow().is_empty()),
        (Value::Text(text), "empty") => Value::Boolean(text.is_empty()),
        (Value::Loop(state), _) => loop_property(state, name),
        (Value::Input, "body") => return given::body(machine),
        (Value::Missing | Value::Input | Value::Util, _) => Value::Missing,
        _ => Value::Null,
    })
}

/// `value[index]`
pub fn element(machine: &mut Machine<'_>, value: &Value, at: &Value) -> Result<Value, RenderError> {
    match value {
        Value::Map(map) => {
            machine.charge(map.members.borrow().len())?;
            Ok(map.get(at).unwrap_or_else(|| map.nothing()))
        }
        Value::List(list) => {
            let items = list.items.borrow();
            match at {
                Value::Integer(at) => {
                    lists::index_from_either_end(*at, items.len()).map(|at| items[at].clone())
                }
                _ => Ok(Value::Null),
            }
        }
        Value::Missing => Ok(Value::Missing),
        _ => Ok(Value::Null),
    }
}

/// `#set($value[index] = …)`, `#set($value.name = …)`; nothing where there is nothing to set.
pub fn set_element(
    machine: &mut Machine<'_>,
    holder: &Value,
    at: Value,
    value: Value,
) -> Result<(), RenderError> {
    machine.hold_both(holder, &value);
    match (holder, at) {
        (Value::Map(map), at) => {
            machine.charge(map.members.borrow().len())?;
            drop(map.put(at, value));
        }
        (Value::List(list), Value::Integer(at)) => {
            let mut items = list.items.borrow_mut();
            let at = lists::index_from_either_end(at, items.len())?;
            items[at] = value;
        }
        (Value::Entry(_), Value::Text(name)) if &*name == "value" => {
            call(machine, holder, Method::SetValue, &[value])?;
        }
        _ => {}
    }
    Ok(())
}

/// An exception of Java; the reference adds its place.
pub fn throw<T>(what: impl Into<String>) -> Result<T, RenderError> {
    Err(thrown(&what.into(), START))
}

fn loop_property(state: &Rc<Loop>, name: &str) -> Value {
    let index = state.index.get();
    match name {
        "index" => Value::count(index),
        "count" => Value::count(index + 1),
        "hasNext" => Value::Boolean(index + 1 < state.length),
        "first" => Value::Boolean(index == 0),
        "last" => Value::Boolean(index + 1 == state.length),
        "parent" => state.parent.clone().map_or(Value::Null, Value::Loop),
        "topmost" => {
            let mut topmost = state;
            while let Some(parent) = &topmost.parent {
                topmost = parent;
            }
            Value::Loop(Rc::clone(topmost))
        }
        _ => Value::Null,
    }
}

fn on_loop(state: &Rc<Loop>, method: Method) -> Value {
    match method {
        Method::GetIndex => loop_property(state, "index"),
        Method::GetCount => loop_property(state, "count"),
        Method::HasNext => loop_property(state, "hasNext"),
        Method::IsFirst => loop_property(state, "first"),
        Method::IsLast => loop_property(state, "last"),
        _ => Value::Null,
    }
}

fn on_iterator(iteration: &Iteration, method: Method) -> Result<Value, RenderError> {
    let next = iteration.next.get();
    match method {
        Method::HasNext => Ok(Value::Boolean(next < iteration.items.len())),
        Method::Next => match iteration.items.get(next) {
            Some(item) => {
                iteration.next.set(next + 1);
                Ok(item.clone())
            }
            None => throw("the iterator has no more elements"),
        },
        _ => Ok(Value::Null),
    }
}
