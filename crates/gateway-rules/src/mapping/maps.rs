//! The methods of maps: Java's `LinkedHashMap`.

use std::cell::RefCell;
use std::rc::Rc;

use super::RenderError;
use super::lists::STEP_SIZE;
use super::machine::Machine;
use super::method_names::Method;
use super::value::{Entry, Map, Value};

/// Calls a method of a map.
pub fn call(
    machine: &mut Machine<'_>,
    map: &Rc<Map>,
    method: Method,
    arguments: &[Value],
) -> Result<Value, RenderError> {
    machine.charge(map.members.borrow().len())?;
    if let Some(value) = arguments.last() {
        machine.hold_both(&Value::Map(Rc::clone(map)), value);
    }
    let nothing = || map.nothing();
    Ok(match (method, arguments) {
        (Method::Clear, []) => {
            drop(map.members.take());
            Value::text("") // what Velocity makes of `void`
        }
        (Method::ContainsKey, [name]) => Value::Boolean(map.get(name).is_some()),
        (Method::ContainsValue, [value]) => {
            Value::Boolean(map.members.borrow().iter().any(|(_, held)| held.is_same(value)))
        }
        (Method::EntrySet, []) => {
            let members = copied(machine, map)?;
            let entry = |(key, value)| {
                Value::Entry(Rc::new(Entry { map: Rc::clone(map), key, value: RefCell::new(value) }))
            };
            Value::list(members.into_iter().map(entry).collect())
        }
        (Method::Get, [name]) => map.get(name).unwrap_or_else(nothing),
        (Method::GetOrDefault, [name, otherwise]) => map.get(name).unwrap_or_else(|| otherwise.clone()),
        (Method::IsEmpty, []) => Value::Boolean(map.members.borrow().is_empty()),
        (Method::KeySet, []) => {
            Value::list(copied(machine, map)?.into_iter().map(|(name, _)| name).collect())
        }
        (Method::Put, [name, value]) => map.put(name.clone(), value.clone()).unwrap_or_else(nothing),
        (Method::PutAll, [Value::Map(other)]) => {
            let members = copied(machine, other)?;
            machine.charge(members.len().saturating_mul(map.members.borrow().len()))?;
            for (name, value) in members {
                drop(map.put(name, value));
            }
            Value::text("")
        }
        (Method::PutIfAbsent, [name, value]) => match map.get(name) {
            Some(before) if !before.is_none() => before,
            _ => map.put(name.clone(), value.clone()).unwrap_or_else(nothing),
        },
        (Method::Remove, [name]) => {
            let mut members = map.members.borrow_mut();
            let at = members.iter().position(|(key, _)| key.is_same(name));
            at.map_or_else(nothing, |at| members.remove(at).1)
        }
        (Method::Remove, [name, value]) => {
            let mut members = map.members.borrow_mut();
            let before = members.len();
            members.retain(|(key, held)| !(key.is_same(name) && held.is_same(value)));
            Value::Boolean(members.len() != before)
        }
        (Method::Replace, [name, value]) => match map.get(name) {
            Some(_) => map.put(name.clone(), value.clone()).unwrap_or_else(nothing),
            None => nothing(),
        },
        (Method::Size, []) => Value::count(map.members.borrow().len()),
        (Method::Values, []) => {
            Value::list(copied(machine, map)?.into_iter().map(|(_, value)| value).collect())
        }
        _ => Value::Null,
    })
}

fn copied(machine: &mut Machine<'_>, map: &Map) -> Result<Vec<(Value, Value)>, RenderError> {
    let members = map.members.borrow().clone();
    machine.charge(members.len() * STEP_SIZE)?;
    Ok(members)
}
