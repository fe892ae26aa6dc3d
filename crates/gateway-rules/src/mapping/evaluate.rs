//! Runs a parsed template.

use std::cell::OnceCell;
use std::rc::Rc;

use serde_json::Value as Json;

use super::syntax::{Expression, Node, Operator, Reference, Step};
use super::value::Value;
use super::{FOREACH_ITERATIONS_MAX, RenderError, Rendered, STEPS_MAX, TEXT_LENGTH_MAX, methods};
use crate::context::Variables;
use crate::headers::canonical;
use crate::json_path::JsonPath;

/// Runs all nodes.
pub fn run(nodes: &[Node], variables: &Variables<'_>) -> Result<Rendered, RenderError> {
    let mut machine = Machine {
        variables,
        scope: Vec::new(),
        rendered: Rendered::default(),
        steps: 0,
        document: OnceCell::new(),
    };
    let mut text = String::new();
    machine.nodes(nodes, &mut text)?;
    Ok(Rendered { text, ..machine.rendered })
}

/// The state of a running template.
pub struct Machine<'a> {
    variables: &'a Variables<'a>,
    scope: Vec<(Box<str>, Value)>,
    rendered: Rendered,
    steps: u32,
    document: OnceCell<Option<Json>>,
}

/// How a run of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Stop,
}

impl Machine<'_> {
    /// `$input.body`: the payload that the template transforms.
    pub fn body(&self) -> &[u8] {
        self.variables.integration.map_or(self.variables.request_body, |answer| answer.body)
    }

    /// What a path names in the payload.
    pub fn find(&self, path: &str) -> Result<Option<Json>, RenderError> {
        let path = JsonPath::parse(path).map_err(RenderError::BadPath)?;
        let document = self.document.get_or_init(|| {
            let body = self.body();
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

    fn nodes(&mut self, nodes: &[Node], out: &mut String) -> Result<Flow, RenderError> {
        for node in nodes {
            self.step()?;
            let flow = match node {
                Node::Text(text) => {
                    out.push_str(text);
                    Flow::Next
                }
                Node::Print(reference) => {
                    self.print(reference, out)?;
                    Flow::Next
                }
                Node::Set { target, value } => {
                    let value = self.value(value)?;
                    self.assign(target, value)?;
                    Flow::Next
                }
                Node::If { branches, otherwise } => self.branch(branches, otherwise, out)?,
                Node::Foreach { variable, items, body } => self.foreach(variable, items, body, out)?,
                Node::Break => Flow::Break,
                Node::Stop => Flow::Stop,
            };
            if out.len() > TEXT_LENGTH_MAX {
                return Err(RenderError::Limit("TEXT_LENGTH_MAX"));
            }
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, reference: &Reference, out: &mut String) -> Result<(), RenderError> {
        let (value, is_set) = self.reference(reference)?;
        if !is_set && !reference.quiet {
            out.push_str(&reference.source);
        }
        value.print(out, 0);
        Ok(())
    }

    fn branch(
        &mut self,
        branches: &[(Expression, Vec<Node>)],
        otherwise: &[Node],
        out: &mut String,
    ) -> Result<Flow, RenderError> {
        for (condition, body) in branches {
            if self.value(condition)?.is_true() {
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
        let items: Vec<Value> = match self.value(items)? {
            Value::List(list) => list.items.borrow().clone(),
            Value::Map(map) => map.members.borrow().iter().map(|(_, value)| value.clone()).collect(),
            _ => Vec::new(),
        };
        if items.len() > FOREACH_ITERATIONS_MAX {
            return Err(RenderError::Limit("FOREACH_ITERATIONS_MAX"));
        }
        let outside: Vec<(&str, Option<Value>)> = [variable, "foreach", "velocityCount"]
            .into_iter()
            .map(|name| (name, self.lookup(name)))
            .collect();
        let count = items.len();
        let mut flow = Flow::Next;
        for (index, item) in items.into_iter().enumerate() {
            self.assign_variable(variable, item);
            let number = i64::try_from(index).unwrap_or(i64::MAX);
            let state = [
                ("index", Value::Integer(number)),
                ("count", Value::Integer(number + 1)),
                ("hasNext", Value::Boolean(index + 1 < count)),
                ("first", Value::Boolean(index == 0)),
                ("last", Value::Boolean(index + 1 == count)),
            ];
            let state = state.into_iter().map(|(name, value)| (Rc::from(name), value)).collect();
            self.assign_variable("foreach", Value::map(state));
            self.assign_variable("velocityCount", Value::Integer(number + 1));
            flow = self.nodes(body, out)?;
            if flow != Flow::Next {
                break;
            }
        }
        for (name, value) in outside {
            match value {
                Some(value) => self.assign_variable(name, value),
                None => self.scope.retain(|(key, _)| **key != *name),
            }
        }
        Ok(if flow == Flow::Stop { Flow::Stop } else { Flow::Next })
    }

    fn assign(&mut self, target: &Reference, value: Value) -> Result<(), RenderError> {
        if &*target.name == "context" {
            self.override_context(target, &value);
            return Ok(());
        }
        let Some((last, before)) = target.steps.split_last() else {
            self.assign_variable(&target.name, value);
            return Ok(());
        };
        let holder = Reference { steps: before.to_vec(), ..target.clone() };
        let (holder, _) = self.reference(&holder)?;
        let key = match last {
            Step::Property(name) => Value::text(name),
            Step::Index(index) => self.value(index)?,
            Step::Method(..) => return Ok(()),
        };
        match holder {
            Value::Map(map) => {
                map.put(&key.to_text(), value);
            }
            Value::List(list) => {
                let mut items = list.items.borrow_mut();
                if let Some(slot) = methods::index(&key, items.len()).and_then(|index| items.get_mut(index)) {
                    *slot = value;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn assign_variable(&mut self, name: &str, value: Value) {
        match self.scope.iter_mut().find(|(key, _)| **key == *name) {
            Some((_, slot)) => *slot = value,
            None => self.scope.push((name.into(), value)),
        }
    }

    fn override_context(&mut self, target: &Reference, value: &Value) {
        let names: Vec<&str> = target
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::Property(name) | Step::Index(Expression::Text(name)) => Some(&**name),
                _ => None,
            })
            .collect();
        let overrides = &mut self.rendered.overrides;
        let list = match names.as_slice() {
            ["responseOverride", "status"] => {
                let status = value.as_integer().and_then(|status| u16::try_from(status).ok());
                overrides.status = status.filter(|status| (100..600).contains(status));
                return;
            }
            ["responseOverride", "header", _] => &mut overrides.response_headers,
            ["requestOverride", "header", _] => &mut overrides.request_headers,
            ["requestOverride", "path", _] => &mut overrides.path,
            _ => &mut overrides.query,
        };
        let name = names.last().copied().unwrap_or_default();
        list.retain(|(key, _)| key != name);
        list.push((name.to_owned(), value.to_text()));
    }

    /// The value of a reference, and whether its variable was ever set.
    fn reference(&mut self, reference: &Reference) -> Result<(Value, bool), RenderError> {
        let (mut value, mut steps) = match &*reference.name {
            "input" => (Value::Input, reference.steps.as_slice()),
            "util" => (Value::Util, reference.steps.as_slice()),
            "stageVariables" => (self.stage_variables(), reference.steps.as_slice()),
            "context" => self.context(&reference.steps)?,
            name => match self.lookup(name) {
                Some(value) => (value, reference.steps.as_slice()),
                None => return Ok((Value::Null, false)),
            },
        };
        while let Some((step, rest)) = steps.split_first() {
            self.step()?;
            value = match step {
                Step::Property(name) => self.property(&value, name),
                Step::Index(index) => {
                    let index = self.value(index)?;
                    methods::element(&value, &index)
                }
                Step::Method(method, arguments) => {
                    let arguments = arguments
                        .iter()
                        .map(|argument| self.value(argument))
                        .collect::<Result<Vec<_>, _>>()?;
                    methods::call(self, &value, *method, &arguments)?
                }
            };
            steps = rest;
        }
        Ok((value, true))
    }

    fn lookup(&self, name: &str) -> Option<Value> {
        self.scope.iter().find(|(key, _)| **key == *name).map(|(_, value)| value.clone())
    }

    fn stage_variables(&self) -> Value {
        let variables = &self.variables.request.stage.variables;
        Value::map(variables.iter().map(|(name, value)| (Rc::from(&**name), Value::text(value))).collect())
    }

    /// `$context.a.b`: the names up to a method are one variable.
    fn context<'s>(&mut self, steps: &'s [Step]) -> Result<(Value, &'s [Step]), RenderError> {
        let mut name = String::new();
        let mut used = 0;
        for step in steps {
            let part = match step {
                Step::Property(part) => part.to_string(),
                Step::Index(index) => self.value(index)?.to_text(),
                Step::Method(..) => break,
            };
            if used > 0 {
                name.push('.');
            }
            name.push_str(&part);
            used += 1;
        }
        let value = match self.variables.context(&name) {
            Some(text) if name == "requestTimeEpoch" => text.parse().map_or(Value::Missing, Value::Integer),
            Some(text) => Value::text(&text),
            None => Value::Missing,
        };
        Ok((value, &steps[used..]))
    }

    fn property(&self, value: &Value, name: &str) -> Value {
        match value {
            Value::Map(map) => map.get(name).unwrap_or(Value::Missing),
            Value::Input if name == "body" => methods::input_body(self.body()),
            _ => Value::Missing,
        }
    }

    fn value(&mut self, expression: &Expression) -> Result<Value, RenderError> {
        self.step()?;
        Ok(match expression {
            Expression::Null => Value::Null,
            Expression::Boolean(flag) => Value::Boolean(*flag),
            Expression::Integer(number) => Value::Integer(*number),
            Expression::Float(number) => Value::Float(*number),
            Expression::Text(text) => Value::text(text),
            Expression::Interpolated(nodes) => {
                let mut text = String::new();
                self.nodes(nodes, &mut text)?;
                Value::Text(text.into())
            }
            Expression::Reference(reference) => self.reference(reference)?.0,
            Expression::List(items) => {
                Value::list(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)
            }
            Expression::Range(first, last) => self.range(first, last)?,
            Expression::Map(members) => {
                let map = Value::map(Vec::new());
                for (name, value) in members {
                    let (name, value) = (self.value(name)?.to_text(), self.value(value)?);
                    if let Value::Map(map) = &map {
                        map.put(&name, value);
                    }
                }
                map
            }
            Expression::Not(inner) => Value::Boolean(!self.value(inner)?.is_true()),
            Expression::Negative(inner) => match self.value(inner)? {
                Value::Integer(number) => number.checked_neg().map_or(Value::Null, Value::Integer),
                Value::Float(number) => Value::Float(-number),
                _ => Value::Null,
            },
            Expression::Binary(left, operator, right) => self.binary(left, *operator, right)?,
        })
    }

    fn range(&mut self, first: &Expression, last: &Expression) -> Result<Value, RenderError> {
        let (Some(first), Some(last)) = (self.value(first)?.as_integer(), self.value(last)?.as_integer())
        else {
            return Ok(Value::Null);
        };
        if first.abs_diff(last) >= FOREACH_ITERATIONS_MAX as u64 {
            return Err(RenderError::Limit("FOREACH_ITERATIONS_MAX"));
        }
        Ok(Value::list(if first <= last {
            (first..=last).map(Value::Integer).collect()
        } else {
            (last..=first).rev().map(Value::Integer).collect()
        }))
    }

    fn binary(
        &mut self,
        left: &Expression,
        operator: Operator,
        right: &Expression,
    ) -> Result<Value, RenderError> {
        let left = self.value(left)?;
        match operator {
            Operator::Or => return Ok(Value::Boolean(left.is_true() || self.value(right)?.is_true())),
            Operator::And => return Ok(Value::Boolean(left.is_true() && self.value(right)?.is_true())),
            _ => {}
        }
        let right = self.value(right)?;
        if operator == Operator::Add && (matches!(left, Value::Text(_)) || matches!(right, Value::Text(_))) {
            let text = left.to_text() + &right.to_text();
            if text.len() > TEXT_LENGTH_MAX {
                return Err(RenderError::Limit("TEXT_LENGTH_MAX"));
            }
            return Ok(Value::Text(text.into()));
        }
        Ok(operate(&left, operator, &right))
    }

    fn step(&mut self) -> Result<(), RenderError> {
        self.steps += 1;
        if self.steps > STEPS_MAX { Err(RenderError::Limit("STEPS_MAX")) } else { Ok(()) }
    }
}

/// An operator on two values; `null` where it has no meaning for them, as in Velocity.
fn operate(left: &Value, operator: Operator, right: &Value) -> Value {
    match operator {
        Operator::Equal => return Value::Boolean(left.equals(right)),
        Operator::NotEqual => return Value::Boolean(!left.equals(right)),
        _ => {}
    }
    if let (Value::Integer(a), Value::Integer(b)) = (left, right) {
        let (a, b) = (*a, *b);
        let number = match operator {
            Operator::Add => a.checked_add(b),
            Operator::Subtract => a.checked_sub(b),
            Operator::Multiply => a.checked_mul(b),
            Operator::Divide => a.checked_div(b),
            Operator::Remainder => a.checked_rem(b),
            _ => return Value::Boolean(is_ordered(a.cmp(&b), operator)),
        };
        return number.map_or(Value::Null, Value::Integer);
    }
    let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else { return Value::Null };
    Value::Float(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::Remainder => a % b,
        _ => return Value::Boolean(is_ordered(a.total_cmp(&b), operator)),
    })
}

fn is_ordered(ordering: std::cmp::Ordering, operator: Operator) -> bool {
    match operator {
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
}
