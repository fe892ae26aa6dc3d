//! Runs the directives of a template.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use super::frame::Frame;
use super::machine::{Machine, thrown};
use super::parse;
use super::syntax::{Call, Expression, Node, Place, Reference};
use super::value::{Block, Loop, Value};
use super::{CALLS_MAX, FOREACH_ITERATIONS_MAX, RenderError, TEXT_LENGTH_MAX};

/// How a run of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Next,
    /// Up to what is nearest: a loop, a macro, a definition, the template.
    Break,
    /// Up to the nearest loop.
    BreakLoop,
    Stop,
}

impl Flow {
    /// What goes on after what a `#break` ends.
    fn after_break(self) -> Self {
        if self == Self::Break { Self::Next } else { self }
    }
}

impl Machine<'_> {
    /// Runs nodes until one of them ends them.
    pub fn nodes(&mut self, nodes: &[Node], out: &mut String) -> Result<Flow, RenderError> {
        self.deeper(|machine| {
            for node in nodes {
                machine.step()?;
                let flow = machine.node(node, out)?;
                if out.len() > TEXT_LENGTH_MAX {
                    return Err(RenderError::Limit("TEXT_LENGTH_MAX"));
                }
                if flow != Flow::Next {
                    return Ok(flow);
                }
            }
            Ok(Flow::Next)
        })
    }

    fn node(&mut self, node: &Node, out: &mut String) -> Result<Flow, RenderError> {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Print(reference, backslashes) => self.print(reference, *backslashes, out)?,
            Node::Set { target, value } => {
                let value = self.value(value)?;
                self.assign(target, value)?;
            }
            Node::If { branches, otherwise } => return self.branch(branches, otherwise, out),
            Node::Foreach { variable, items, body } => return self.foreach(variable, items, body, out),
            Node::Define { variable, body } => {
                let block = self.block(body);
                self.assign_variable(variable, &block);
            }
            Node::Call(call) => return self.call(call, out),
            Node::Evaluate(text, place) => return self.evaluate(text, *place, out),
            Node::Break => return Ok(Flow::Break),
            Node::BreakLoop => return Ok(Flow::BreakLoop),
            Node::Stop => return Ok(Flow::Stop),
        }
        Ok(Flow::Next)
    }

    fn block(&self, nodes: &Arc<[Node]>) -> Value {
        let (nodes, frame) = (Arc::clone(nodes), self.frame.clone());
        Value::Block(Rc::new(Block { nodes, frame, depth: Cell::new(0) }))
    }

    /// Prints a reference; backslashes before it escape it or one another.
    fn print(
        &mut self,
        reference: &Reference,
        backslashes: usize,
        out: &mut String,
    ) -> Result<(), RenderError> {
        let value = self.reference(reference)?;
        let is_null = matches!(value, Value::Null);
        // Where there is no value, there is nothing to escape.
        let kept = match (is_null, backslashes % 2) {
            (true, 0) => backslashes,
            (true, _) => backslashes / 2 + 1,
            (false, _) => backslashes / 2,
        };
        out.extend(std::iter::repeat_n('\\', kept));
        if backslashes % 2 == 1 {
            out.push_str(&reference.source);
        } else if !is_null {
            return self.print_value(&value, &reference.source, out);
        } else if !reference.quiet {
            out.push_str(&self.literal(reference));
        }
        Ok(())
    }

    /// Prints a value; a definition runs now.
    fn print_value(&mut self, value: &Value, source: &str, out: &mut String) -> Result<(), RenderError> {
        let Value::Block(block) = value else {
            self.charge(0)?;
            value.print(out, 0);
            return Ok(());
        };
        if block.depth.get() >= DEFINE_DEPTH_MAX {
            out.push_str(source);
            return Ok(());
        }
        block.depth.set(block.depth.get() + 1);
        let inner = std::mem::replace(&mut self.frame, block.frame.clone());
        let ran = self.nodes(&block.nodes, out);
        self.frame = inner;
        block.depth.set(block.depth.get() - 1);
        ran.map(|_| ())
    }

    /// The text of a value; a definition runs now.
    pub fn resolved(&mut self, value: Value) -> Result<Value, RenderError> {
        if !matches!(value, Value::Block(_)) {
            return Ok(value);
        }
        let mut text = String::new();
        self.print_value(&value, "", &mut text)?;
        self.text(text)
    }

    /// What a reference without a value prints: itself, or what the caller of the macro wrote in its place.
    fn literal(&self, reference: &Reference) -> Box<str> {
        let argument = self.frame.as_ref().and_then(|frame| frame.argument(&reference.name));
        match argument.as_ref().map(|(arguments, index)| &arguments[*index]) {
            Some(Expression::Reference(written))
                if reference.source.strip_prefix('$') == Some(&*reference.name) =>
            {
                written.source.clone()
            }
            _ => reference.source.clone(),
        }
    }

    fn branch(
        &mut self,
        branches: &[(Expression, Vec<Node>)],
        otherwise: &[Node],
        out: &mut String,
    ) -> Result<Flow, RenderError> {
        for (condition, body) in branches {
            if self.condition(condition)? {
                return self.nodes(body, out);
            }
        }
        self.nodes(otherwise, out)
    }

    fn foreach(
        &mut self,
        variable: &str,
        items: &Expression,
        body: &[Node],
        out: &mut String,
    ) -> Result<Flow, RenderError> {
        let items = self.value(items)?;
        let items = self.items(&items)?;
        let mut outside = Vec::new();
        for name in [variable, "foreach", "velocityCount", "velocityHasNext"] {
            outside.push((name, self.lookup(name)?));
        }
        let parent = match &outside[1].1 {
            Some(Value::Loop(parent)) => Some(Rc::clone(parent)),
            _ => None,
        };
        let state = Rc::new(Loop { index: Cell::new(0), length: items.len(), parent });
        let mut flow = Flow::Next;
        for (index, item) in items.into_iter().enumerate() {
            state.index.set(index);
            self.assign_variable(variable, &item);
            self.assign_variable("foreach", &Value::Loop(Rc::clone(&state)));
            self.assign_variable("velocityCount", &Value::count(index + 1));
            self.assign_variable("velocityHasNext", &Value::Boolean(index + 1 < state.length));
            flow = self.nodes(body, out)?;
            if flow != Flow::Next {
                break;
            }
        }
        for (name, value) in outside {
            self.restore_variable(name, value);
        }
        Ok(if flow == Flow::Stop { Flow::Stop } else { Flow::Next })
    }

    /// What a loop goes through.
    fn items(&mut self, of: &Value) -> Result<Vec<Value>, RenderError> {
        let length = match of {
            Value::List(list) => list.items.borrow().len(),
            Value::Map(map) => map.members.borrow().len(),
            Value::Iterator(iteration) => iteration.items.len() - iteration.next.get(),
            _ => 0,
        };
        if length > FOREACH_ITERATIONS_MAX {
            return Err(RenderError::Limit("FOREACH_ITERATIONS_MAX"));
        }
        Ok(match of {
            Value::List(list) => list.items.borrow().clone(),
            Value::Map(map) => map.members.borrow().iter().map(|(_, value)| value.clone()).collect(),
            Value::Iterator(iteration) => {
                let from = iteration.next.replace(iteration.items.len());
                iteration.items[from..].to_vec()
            }
            _ => Vec::new(),
        })
    }

    /// `#name(…)`: what is no macro prints as it stands.
    fn call(&mut self, call: &Call, out: &mut String) -> Result<Flow, RenderError> {
        let Some(called) = self.find_macro(&call.name) else {
            out.push_str(&call.source);
            return Ok(Flow::Next);
        };
        self.enter(call.place)?;
        let frame = Rc::new(Frame::new(&called, &call.arguments, self.frame.clone()));
        if let Some(body) = &call.body {
            let block = self.block(body);
            self.hold(&block);
            drop(frame.locals.borrow_mut().set("bodyContent", block));
        }
        let outer = self.frame.replace(frame);
        let ran = self.nodes(&called.body, out);
        self.frame = outer;
        self.calls -= 1;
        ran.map(Flow::after_break)
    }

    /// `#evaluate(text)`: the text is a template.
    fn evaluate(&mut self, text: &Expression, place: Place, out: &mut String) -> Result<Flow, RenderError> {
        let value = self.value(text)?;
        let value = self.resolved(value)?;
        if value.is_none() {
            return Ok(Flow::Next);
        }
        self.enter(place)?;
        let text = value.to_text();
        self.charge(text.len().saturating_mul(EVALUATED_SIZE_FACTOR))?;
        let mut parsed = parse::parse(&text).map_err(|problems| {
            let what = problems.into_iter().next().map(|problem| problem.what).unwrap_or_default();
            thrown(&format!("`#evaluate`: {what}"), place)
        })?;
        self.more_macros.append(&mut parsed.macros);
        let ran = self.nodes(&parsed.nodes, out);
        self.calls -= 1;
        ran.map(Flow::after_break)
    }

    fn enter(&mut self, place: Place) -> Result<(), RenderError> {
        self.calls += 1;
        if self.calls > CALLS_MAX {
            return Err(thrown("Macros call one another too deeply", place));
        }
        Ok(())
    }
}

/// How often a definition may run inside itself.
const DEFINE_DEPTH_MAX: u32 = 2;

/// To parse a text costs so many times what it costs to copy it.
const EVALUATED_SIZE_FACTOR: usize = 32;
