//! JSONPath as mapping templates use it: that of the Java library JsonPath, with names, indexes, wildcards, slices,
//! several names or indexes, `..`, filters and functions.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html>,
//! <https://github.com/json-path/JsonPath>

mod filter;
mod function;
mod parse;

use serde_json::Value;

use filter::Filter;
use function::Function;

/// A compiled path such as `$.items[0].name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    steps: Vec<Step>,
    function: Option<Function>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `.name`, `['name']`, `['name', 'other']`
    Names(Vec<Box<str>>),
    /// `[0]`, `[0, 1]`; a negative one counts from the end.
    Indexes(Vec<i64>),
    /// `[from:to]`
    Slice(Option<i64>, Option<i64>),
    /// `.*`, `[*]`
    Wildcard,
    /// `..`: the value and all in it.
    Descendants,
    /// `[?(…)]`
    Filter(Filter),
}

/// How many values a path may go through, so that `..` in a row ends.
pub const VISITED_MAX: usize = 1_000_000;

impl JsonPath {
    /// Compiles a path. A path without a leading `$` starts at the document, too.
    ///
    /// # Errors
    /// What is no path, or a form that is not implemented.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text)
    }

    /// Whether it has a `..` or a filter.
    #[must_use]
    pub fn searches(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Descendants | Step::Filter(_)))
    }

    /// What the path names; where it may name several, the array of all of them. More than [`VISITED_MAX`] values on
    /// the way are nothing.
    #[must_use]
    pub fn find(&self, document: &Value) -> Option<Value> {
        let mut budget = VISITED_MAX;
        let found = self.values(document, document, &mut budget)?;
        let found = if self.names_several() {
            Some(Value::Array(found.into_iter().cloned().collect()))
        } else {
            found.first().map(|value| (*value).clone())
        };
        match &self.function {
            None => found,
            Some(function) => function.of(found.as_ref()?),
        }
    }

    /// All that the path names, from `start` in a document; `None` if that takes too much.
    fn values<'a>(
        &self,
        start: &'a Value,
        document: &'a Value,
        budget: &mut usize,
    ) -> Option<Vec<&'a Value>> {
        let mut found = vec![start];
        for step in &self.steps {
            let mut next = Vec::new();
            for value in found {
                step.apply(value, document, &mut next, budget);
                *budget = budget.checked_sub(next.len().min(1) + 1)?;
            }
            *budget = budget.checked_sub(next.len())?;
            found = next;
        }
        Some(found)
    }

    /// Whether it may name several values: then it makes an array, even of one or none.
    fn names_several(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Names(names) => names.len() > 1,
            Step::Indexes(indexes) => indexes.len() > 1,
            Step::Slice(..) | Step::Wildcard | Step::Descendants | Step::Filter(_) => true,
        })
    }
}

impl Step {
    fn apply<'a>(&self, value: &'a Value, document: &'a Value, out: &mut Vec<&'a Value>, budget: &mut usize) {
        match (self, value) {
            (Self::Names(names), Value::Object(members)) => {
                out.extend(names.iter().filter_map(|name| members.get(&**name)));
            }
            (Self::Indexes(indexes), Value::Array(items)) => {
                out.extend(indexes.iter().filter_map(|at| items.get(place(*at, items.len())?)));
            }
            (Self::Slice(from, to), Value::Array(items)) => {
                let bound = |at: i64| {
                    let at = if at < 0 { at.saturating_add_unsigned(items.len() as u64) } else { at };
                    usize::try_from(at).unwrap_or(0).min(items.len())
                };
                let (from, to) = (from.map_or(0, bound), to.map_or(items.len(), bound));
                out.extend(items.get(from..to).unwrap_or_default());
            }
            (Self::Wildcard, Value::Array(items)) => out.extend(items),
            (Self::Wildcard, Value::Object(members)) => out.extend(members.values()),
            (Self::Descendants, _) => descend(value, out, budget),
            (Self::Filter(filter), Value::Array(items)) => {
                out.extend(items.iter().filter(|item| filter.holds(item, document, budget)));
            }
            (Self::Filter(filter), Value::Object(_)) if filter.holds(value, document, budget) => {
                out.push(value);
            }
            _ => {}
        }
    }
}

/// A value and all in it, from the outside to the inside.
fn descend<'a>(value: &'a Value, out: &mut Vec<&'a Value>, budget: &mut usize) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        let Some(left) = budget.checked_sub(1) else { return };
        *budget = left;
        match value {
            Value::Array(items) => waiting.extend(items.iter().rev()),
            Value::Object(members) => waiting.extend(members.values().rev()),
            _ => continue, // there is nothing in it that a step could take
        }
        out.push(value);
    }
}

/// The place of an index.
fn place(at: i64, length: usize) -> Option<usize> {
    let at = if at < 0 { at.checked_add_unsigned(length as u64)? } else { at };
    usize::try_from(at).ok()
}

#[cfg(test)]
mod tests;
