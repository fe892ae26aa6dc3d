//! What references stand for, and how `#set` changes them.

use super::RenderError;
use super::machine::{Machine, thrown};
use super::methods;
use super::syntax::{Expression, Reference, Step};
use super::value::Value;
use crate::proxy_response::FINAL_STATUSES;

impl Machine<'_> {
    /// The value of a reference.
    pub fn reference(&mut self, reference: &Reference) -> Result<Value, RenderError> {
        let value = self.taken(reference, &reference.steps)?;
        // What API Gateway's own variables do not have is empty (recorded: `$input.body.someattr`).
        let is_given = matches!(&*reference.name, "input" | "context" | "stageVariables");
        Ok(if is_given && matches!(value, Value::Null) { Value::Missing } else { value })
    }

    /// The value after some of the steps of a reference.
    fn taken(&mut self, reference: &Reference, steps: &[Step]) -> Result<Value, RenderError> {
        let (mut value, steps) = match &*reference.name {
            "input" => (Value::Input, steps),
            "util" => (Value::Util, steps),
            "stageVariables" => (self.stage_variables(), steps),
            "context" => self.context(steps)?,
            name => (self.lookup(name)?.unwrap_or(Value::Null), steps),
        };
        for step in steps {
            self.step()?;
            if matches!(value, Value::Null) {
                return Ok(Value::Null);
            }
            let made = match step {
                Step::Property(name) => methods::property(self, &value, name),
                Step::Index(index) => {
                    let index = self.value(index)?;
                    methods::element(self, &value, &index)
                }
                Step::Method(method, arguments) => {
                    let arguments = self.arguments(arguments)?;
                    methods::call(self, &value, *method, &arguments)
                }
            };
            value = made.map_err(|error| match error {
                RenderError::Thrown { what, .. } => {
                    thrown(&format!("`{}`: {what}", reference.source), reference.place)
                }
                other => other,
            })?;
        }
        Ok(value)
    }

    fn arguments(&mut self, arguments: &[Expression]) -> Result<Vec<Value>, RenderError> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = self.value(argument)?;
            values.push(self.resolved(value)?);
        }
        Ok(values)
    }

    /// `#set($target = value)`: without a value nothing is set, as Velocity does by default.
    pub fn assign(&mut self, target: &Reference, value: Value) -> Result<(), RenderError> {
        if matches!(value, Value::Null) {
            return Ok(());
        }
        if &*target.name == "context" {
            return self.override_context(target, value);
        }
        let Some((last, before)) = target.steps.split_last() else {
            self.assign_variable(&target.name, &value);
            return Ok(());
        };
        let holder = self.taken(target, before)?;
        let key = match last {
            Step::Property(name) => Value::text(name),
            Step::Index(index) => self.value(index)?,
            Step::Method(..) => return Ok(()),
        };
        match methods::set_element(self, &holder, key, value) {
            Err(RenderError::Thrown { what, .. }) => {
                Err(thrown(&format!("`{}`: {what}", target.source), target.place))
            }
            other => other,
        }
    }

    /// `$context.responseOverride…`, `$context.requestOverride…`: each once, as AWS says
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html>.
    fn override_context(&mut self, target: &Reference, value: Value) -> Result<(), RenderError> {
        let value = self.resolved(value)?;
        let mut names = Vec::new();
        for step in &target.steps {
            names.push(match step {
                Step::Property(name) => name.to_string(),
                Step::Index(index) => self.value(index)?.to_text(),
                Step::Method(..) => return Ok(()),
            });
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let overrides = &mut self.rendered.overrides;
        let twice = || Err(thrown(&format!("`{}` is overridden a second time", target.source), target.place));
        let (list, name) = match names.as_slice() {
            ["responseOverride", "status"] => {
                if overrides.status.is_some() {
                    return twice();
                }
                let status = match &value {
                    Value::Integer(status) => u16::try_from(*status).ok(),
                    other => other.to_text().trim().parse().ok(),
                };
                overrides.status = status.filter(|status| FINAL_STATUSES.contains(status));
                return Ok(());
            }
            ["responseOverride", "header", name] => (&mut overrides.response_headers, *name),
            ["requestOverride", "header", name] => (&mut overrides.request_headers, *name),
            ["requestOverride", "path", name] => (&mut overrides.path, *name),
            ["requestOverride", "querystring", name] => (&mut overrides.query, *name),
            _ => return Ok(()),
        };
        if list.iter().any(|(key, _)| key == name) {
            return twice();
        }
        list.push((name.to_owned(), value.to_text()));
        Ok(())
    }

    fn stage_variables(&self) -> Value {
        let variables = &self.variables.request.release.variables;
        Value::given(variables.iter().map(|(name, value)| (Value::text(name), Value::text(value))).collect())
    }

    /// `$context.a.b`: the names up to a method are one variable.
    fn context<'s>(&mut self, steps: &'s [Step]) -> Result<(Value, &'s [Step]), RenderError> {
        let mut names = Vec::new();
        for step in steps {
            match step {
                Step::Property(part) => names.push(part.to_string()),
                Step::Index(index) => names.push(self.value(index)?.to_text()),
                Step::Method(..) => break,
            }
        }
        let name = names.join(".");
        let value = match self.variables.context(&name) {
            Some(text) if name == "requestTimeEpoch" => text.parse().map_or(Value::Missing, Value::Integer),
            Some(text) => Value::text(&text),
            None => self.overridden(&name),
        };
        Ok((value, &steps[names.len()..]))
    }

    /// What the template has overridden so far.
    fn overridden(&self, name: &str) -> Value {
        let overrides = &self.rendered.overrides;
        if name == "responseOverride.status" {
            return overrides.status.map_or(Value::Missing, |status| Value::Integer(status.into()));
        }
        let lists = [
            ("responseOverride.header.", &overrides.response_headers),
            ("requestOverride.header.", &overrides.request_headers),
            ("requestOverride.path.", &overrides.path),
            ("requestOverride.querystring.", &overrides.query),
        ];
        let found = lists.into_iter().find_map(|(prefix, list)| {
            let name = name.strip_prefix(prefix)?;
            list.iter().find(|(key, _)| key == name).map(|(_, value)| Value::text(value))
        });
        found.unwrap_or(Value::Missing)
    }
}
