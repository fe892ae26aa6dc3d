//! The variables of a running template: the global ones, and those of the macros that are being called.
//!
//! Velocity hands arguments over by name: a parameter is evaluated anew each time it is used, where the macro is
//! called. What a macro sets, it sets for itself and for everybody.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::syntax::{Expression, Macro};
use super::value::Value;

/// Variables by name.
#[derive(Default)]
pub struct Scope {
    variables: Vec<(Box<str>, Value)>,
}

/// One call of a macro.
pub struct Frame {
    /// Where it is called.
    pub parent: Option<Rc<Self>>,
    parameters: Arc<[Box<str>]>,
    arguments: Arc<[Expression]>,
    /// What is set while it runs.
    pub locals: RefCell<Scope>,
}

impl Scope {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.variables.iter().find(|(key, _)| **key == *name).map(|(_, value)| value.clone())
    }

    /// Sets a variable; gives the value before.
    pub fn set(&mut self, name: &str, value: Value) -> Option<Value> {
        if let Some((_, slot)) = self.variables.iter_mut().find(|(key, _)| **key == *name) {
            return Some(std::mem::replace(slot, value));
        }
        self.variables.push((name.into(), value));
        None
    }

    /// Forgets a variable.
    pub fn remove(&mut self, name: &str) {
        self.variables.retain(|(key, _)| **key != *name);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.variables.clear();
    }
}

impl Frame {
    /// The call of a macro.
    pub fn new(called: &Macro, arguments: &Arc<[Expression]>, parent: Option<Rc<Self>>) -> Self {
        Self {
            parent,
            parameters: Arc::clone(&called.parameters),
            arguments: Arc::clone(arguments),
            locals: RefCell::default(),
        }
    }

    /// The arguments, and which of them is that of a parameter, where the call has one.
    pub fn argument(&self, name: &str) -> Option<(Arc<[Expression]>, usize)> {
        let index = self.parameters.iter().position(|parameter| **parameter == *name)?;
        (index < self.arguments.len()).then(|| (Arc::clone(&self.arguments), index))
    }
}
