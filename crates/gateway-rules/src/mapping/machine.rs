//! The state of a running template, its variables and its limits.

use std::cell::OnceCell;
use std::rc::Rc;

use serde_json::Value as Json;

use super::frame::{Frame, Scope};
use super::syntax::{Macro, Place};
use super::value::{List, Map, Value};
use super::{DEPTH_MAX, RenderError, Rendered, STEPS_MAX, TEXT_LENGTH_MAX, Template};
use crate::context::Variables;
use crate::headers::canonical;
use crate::json_path::JsonPath;

/// The state of a running template.
pub struct Machine<'a> {
    pub variables: &'a Variables<'a>,
    macros: &'a [Macro],
    /// Macros of texts that `#evaluate` ran.
    pub more_macros: Vec<Macro>,
    globals: Scope,
    /// The macro that runs.
    pub frame: Option<Rc<Frame>>,
    pub rendered: Rendered,
    /// How many macros and `#evaluate`s run inside one another.
    pub calls: usize,
    steps: u32,
    depth: u32,
    document: OnceCell<Option<Json>>,
    holders: Vec<Holder>,
}

/// What may hold itself, and is emptied in the end.
enum Holder {
    List(Rc<List>),
    Map(Rc<Map>),
    Frame(Rc<Frame>),
}

/// Runs the whole template.
pub fn run(template: &Template, variables: &Variables<'_>) -> Result<Rendered, RenderError> {
    let mut machine = Machine {
        variables,
        macros: &template.macros,
        more_macros: Vec::new(),
        globals: Scope::default(),
        frame: None,
        rendered: Rendered::default(),
        calls: 0,
        steps: 0,
        depth: 0,
        document: OnceCell::new(),
        holders: Vec::new(),
    };
    let mut text = String::new();
    let ran = machine.nodes(&template.nodes, &mut text);
    for holder in std::mem::take(&mut machine.holders) {
        match holder {
            Holder::List(list) => drop(list.items.take()),
            Holder::Map(map) => drop(map.members.take()),
            Holder::Frame(frame) => frame.locals.borrow_mut().clear(),
        }
    }
    ran.map(|_| Rendered { text, ..machine.rendered })
}

impl Machine<'_> {
    /// `$input.body`: the payload that the template transforms.
    pub fn body(&self) -> &[u8] {
        self.variables.integration.map_or(self.variables.request_body, |answer| answer.body)
    }

    /// What a path names in the payload.
    pub fn find(&mut self, path: &str) -> Result<Option<Json>, RenderError> {
        self.charge(self.body().len())?;
        let path = JsonPath::parse(path).map_err(RenderError::BadPath)?;
        let document = self.document.get_or_init(|| {
            let body = self.variables.integration.map_or(self.variables.request_body, |answer| answer.body);
            // A request without a body is an empty object (recorded: test_input_body_formatting).
            if body.trim_ascii().is_empty() {
                Some(Json::Object(serde_json::Map::new()))
            } else {
                serde_json::from_slice(body).ok()
            }
        });
        Ok(path.find(document.as_ref().ok_or(RenderError::BodyIsNotJson)?))
    }

    /// `$input.params()` by kind: the path first, then the query string, then the header fields.
    pub fn parameters(&self) -> [(&'static str, Vec<(String, String)>); 3] {
        let request = self.variables.request;
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| (canonical(name).to_owned(), String::from_utf8_lossy(value).into_owned()))
            .collect();
        [
            ("path", request.path_parameters.to_vec()),
            ("querystring", request.query.to_vec()),
            ("header", headers),
        ]
    }

    /// The macro of that name.
    pub fn find_macro(&self, name: &str) -> Option<Macro> {
        self.macros.iter().chain(&self.more_macros).find(|known| *known.name == *name).cloned()
    }

    /// The value of a variable.
    pub fn lookup(&mut self, name: &str) -> Result<Option<Value>, RenderError> {
        let mut frame = self.frame.clone();
        while let Some(current) = frame {
            if let Some(value) = current.locals.borrow().get(name) {
                return Ok(Some(value));
            }
            if let Some((arguments, index)) = current.argument(name) {
                let inner = std::mem::replace(&mut self.frame, current.parent.clone());
                let value = self.value(&arguments[index]);
                self.frame = inner;
                return value.map(Some);
            }
            frame = current.parent.clone();
        }
        Ok(self.globals.get(name))
    }

    /// `#set($name = value)`
    pub fn assign_variable(&mut self, name: &str, value: &Value) {
        if let Value::Block(_) = value {
            self.hold(value);
        }
        let mut frame = self.frame.clone();
        while let Some(current) = frame {
            drop(current.locals.borrow_mut().set(name, value.clone()));
            frame = current.parent.clone();
        }
        drop(self.globals.set(name, value.clone()));
    }

    /// Gives a variable back what it was.
    pub fn restore_variable(&mut self, name: &str, value: Option<Value>) {
        let Some(value) = value else {
            let mut frame = self.frame.clone();
            while let Some(current) = frame {
                current.locals.borrow_mut().remove(name);
                frame = current.parent.clone();
            }
            return self.globals.remove(name);
        };
        self.assign_variable(name, &value);
    }

    /// Remembers a list or a map that gets another one, as it may come to hold itself.
    pub fn hold_both(&mut self, holder: &Value, held: &Value) {
        if matches!(held, Value::List(_) | Value::Map(_) | Value::Entry(_) | Value::Iterator(_)) {
            self.hold(holder);
        }
    }

    /// Remembers what may come to hold itself.
    pub fn hold(&mut self, value: &Value) {
        match value {
            Value::List(list) => self.holders.push(Holder::List(Rc::clone(list))),
            Value::Map(map) => self.holders.push(Holder::Map(Rc::clone(map))),
            Value::Entry(entry) => self.holders.push(Holder::Map(Rc::clone(&entry.map))),
            Value::Block(block) => self.holders.extend(block.frame.clone().map(Holder::Frame)),
            _ => {}
        }
    }

    /// Runs something one level deeper.
    pub fn deeper<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, RenderError>,
    ) -> Result<T, RenderError> {
        if self.depth >= DEPTH_MAX {
            return Err(RenderError::Limit("DEPTH_MAX"));
        }
        self.depth += 1;
        let made = run(self);
        self.depth -= 1;
        made
    }

    /// Counts a step.
    pub fn step(&mut self) -> Result<(), RenderError> {
        self.charge(0)
    }

    /// Counts a step over so many bytes or members.
    pub fn charge(&mut self, size: usize) -> Result<(), RenderError> {
        let steps = u32::try_from(size / SIZE_PER_STEP).unwrap_or(u32::MAX);
        self.steps = self.steps.saturating_add(steps).saturating_add(1);
        if self.steps > STEPS_MAX { Err(RenderError::Limit("STEPS_MAX")) } else { Ok(()) }
    }

    /// A text that was made.
    pub fn text(&mut self, text: String) -> Result<Value, RenderError> {
        self.charge(text.len())?;
        if text.len() > TEXT_LENGTH_MAX {
            return Err(RenderError::Limit("TEXT_LENGTH_MAX"));
        }
        Ok(Value::Text(text.into()))
    }
}

/// An exception, where it was thrown.
pub fn thrown(what: &str, place: Place) -> RenderError {
    RenderError::Thrown { what: what.to_owned(), line: place.line, column: place.column }
}

/// So many bytes or members count as a step.
const SIZE_PER_STEP: usize = 128;
