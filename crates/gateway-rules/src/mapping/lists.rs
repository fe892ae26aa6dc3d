//! The methods of lists, and of maps' keys and values: Java's `ArrayList`.

use std::cell::Cell;
use std::rc::Rc;

use super::RenderError;
use super::machine::Machine;
use super::method_names::Method;
use super::methods::throw;
use super::value::{Iteration, List, Value};

/// Calls a method of a list.
pub fn call(
    machine: &mut Machine<'_>,
    list: &Rc<List>,
    method: Method,
    arguments: &[Value],
) -> Result<Value, RenderError> {
    machine.charge(list.items.borrow().len())?;
    if let Some(value) = arguments.last() {
        machine.hold_both(&Value::List(Rc::clone(list)), value);
    }
    if let Some(value) = asked(list, method, arguments) {
        return Ok(value);
    }
    Ok(match (method, arguments) {
        (Method::Add, [value]) => {
            list.items.borrow_mut().push(value.clone());
            Value::Boolean(true)
        }
        (Method::Add, [Value::Integer(at), value]) => {
            let mut items = list.items.borrow_mut();
            let at = index(*at, items.len() + 1)?;
            items.insert(at, value.clone());
            Value::text("") // what Velocity makes of `void`
        }
        (Method::AddAll, [other]) => {
            let Some(others) = elements(other) else { return Ok(Value::Null) };
            machine.charge(others.len() * STEP_SIZE)?;
            let any = !others.is_empty();
            list.items.borrow_mut().extend(others);
            Value::Boolean(any)
        }
        (Method::Clear, []) => {
            drop(list.items.take());
            Value::text("")
        }
        (Method::ContainsAll | Method::RemoveAll | Method::RetainAll, [other]) => {
            let Some(others) = elements(other) else { return Ok(Value::Null) };
            machine.charge(others.len().saturating_mul(list.items.borrow().len()))?;
            many(list, method, &others)
        }
        (Method::Get, [Value::Integer(at)]) => {
            let items = list.items.borrow();
            items[index(*at, items.len())?].clone()
        }
        (Method::Iterator, []) => {
            let items = list.items.borrow().clone();
            machine.charge(items.len() * STEP_SIZE)?;
            Value::Iterator(Rc::new(Iteration { items, next: Cell::new(0) }))
        }
        (Method::Remove, [Value::Integer(at)]) => {
            let mut items = list.items.borrow_mut();
            let at = index(*at, items.len())?;
            items.remove(at)
        }
        (Method::Remove, [value]) => {
            let found = list.items.borrow().iter().position(|item| item.is_same(value));
            let removed = found.map(|at| list.items.borrow_mut().remove(at));
            Value::Boolean(removed.is_some())
        }
        (Method::Set, [Value::Integer(at), value]) => {
            let mut items = list.items.borrow_mut();
            let at = index(*at, items.len())?;
            std::mem::replace(&mut items[at], value.clone())
        }
        (Method::SubList, [Value::Integer(from), Value::Integer(to)]) => {
            let items = list.items.borrow();
            let (from, to) = (index(*from, items.len() + 1)?, index(*to, items.len() + 1)?);
            match items.get(from..to) {
                Some(part) => Value::list(part.to_vec()),
                None => return throw(format!("the list has no part from {from} to {to}")),
            }
        }
        _ => Value::Null,
    })
}

/// The methods that change nothing and give a number, a boolean or an element.
fn asked(list: &List, method: Method, arguments: &[Value]) -> Option<Value> {
    let items = list.items.borrow();
    let position = |value: &Value| items.iter().position(|item| item.is_same(value));
    let place = |found: Option<usize>| found.map_or(Value::Integer(-1), Value::count);
    Some(match (method, arguments) {
        (Method::Contains, [value]) => Value::Boolean(position(value).is_some()),
        (Method::IndexOf, [value]) => place(position(value)),
        (Method::IsEmpty, []) => Value::Boolean(items.is_empty()),
        (Method::LastIndexOf, [value]) => place(items.iter().rposition(|item| item.is_same(value))),
        (Method::Size, []) => Value::count(items.len()),
        (Method::ToArray, []) => Value::list(items.clone()),
        _ => return None,
    })
}

/// A place in a list.
pub fn index(at: i128, length: usize) -> Result<usize, RenderError> {
    match usize::try_from(at) {
        Ok(index) if index < length => Ok(index),
        _ => throw(format!("Index {at} out of bounds for length {length}")),
    }
}

/// A place in a list; a negative one counts from the end.
pub fn index_from_either_end(at: i128, length: usize) -> Result<usize, RenderError> {
    let from_start = if at < 0 { at.saturating_add(length as i128) } else { at };
    index(from_start, length)
}

/// The elements of a collection.
fn elements(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) => Some(list.items.borrow().clone()),
        _ => None,
    }
}

fn many(list: &List, method: Method, others: &[Value]) -> Value {
    let among = |item: &Value| others.iter().any(|other| other.is_same(item));
    let mut items = list.items.borrow_mut();
    let before = items.len();
    match method {
        Method::RemoveAll => items.retain(|item| !among(item)),
        Method::RetainAll => items.retain(among),
        _ => {
            return Value::Boolean(others.iter().all(|other| items.iter().any(|item| item.is_same(other))));
        }
    }
    Value::Boolean(items.len() != before)
}

/// An element copied counts as so many bytes.
pub const STEP_SIZE: usize = 32;
