//! Does a condition hold?
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html>

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::{Evaluator, Failed, Outcome, Resources, Scope, unresolved_condition, wrong_arguments};
use crate::limits::DEPTH_MAX;
use crate::sections::Sections;
use crate::{Context, Diagnostic, Diagnostics, Map, Node, ParameterValue, Template, Value};

/// Evaluates all conditions. Those that fail are missing in the result and explained in the diagnostics.
pub(crate) fn evaluate(
    sections: &Sections,
    parameters: &[ParameterValue],
    template: &Template,
    context: &Context,
    found: &mut Diagnostics,
) -> BTreeMap<String, bool> {
    let conditions = &sections.conditions;
    let mut values = BTreeMap::new();
    let mut failed = BTreeSet::new();
    for entry in conditions {
        settle(
            &entry.key,
            conditions,
            &mut Vec::new(),
            &mut values,
            &mut failed,
            &|node, values| {
                let scope = Scope {
                    source: &template.source,
                    parameters,
                    mappings: &sections.mappings,
                    conditions: values,
                    context,
                    resources: Resources::Forbidden,
                };
                let mut evaluator = Evaluator::new(scope);
                let value = evaluator.condition(node);
                (value, evaluator.found)
            },
            found,
        );
    }
    values
}

/// Evaluates one condition from a node, the values of the conditions it names being known.
type Judge<'a> = dyn Fn(&Node, &BTreeMap<String, bool>) -> (Result<bool, Failed>, Diagnostics) + 'a;

/// Evaluates the condition `name` after those that it names.
fn settle(
    name: &str,
    conditions: &Map,
    path: &mut Vec<String>,
    values: &mut BTreeMap<String, bool>,
    failed: &mut BTreeSet<String>,
    judge: &Judge<'_>,
    found: &mut Diagnostics,
) {
    if values.contains_key(name) || failed.contains(name) {
        return;
    }
    let Some(entry) = conditions.entry(name) else { return };
    if path.iter().any(|earlier| earlier == name) {
        let message = format!(
            "Template error: Found circular condition dependency between {} and {name}",
            path.join(", ")
        );
        found.push(Diagnostic::error("circular-condition", message).at(entry.key_span, "depends on itself"));
        failed.insert(name.to_owned());
        return;
    }
    if path.len() >= DEPTH_MAX {
        let message = format!("Template error: conditions depend on each other more than {DEPTH_MAX} deep");
        found.push(Diagnostic::error("condition-depth", message).at(entry.key_span, "too deep"));
        failed.insert(name.to_owned());
        return;
    }
    path.push(name.to_owned());
    let mut complete = true;
    for named in named_conditions(&entry.node) {
        settle(&named, conditions, path, values, failed, judge, found);
        complete &= !failed.contains(&named);
    }
    path.pop();
    let (value, errors) = judge(&entry.node, values);
    match value {
        Ok(value) if complete => {
            values.insert(name.to_owned(), value);
        }
        _ => {
            failed.insert(name.to_owned());
        }
    }
    // What fails only because a condition it names has failed needs no second word.
    if complete {
        found.append(errors);
    }
}

fn named_conditions(node: &Node) -> Vec<String> {
    match &node.value {
        Value::List(items) => items.iter().flat_map(named_conditions).collect(),
        Value::Map(map) => map
            .iter()
            .flat_map(|entry| match (entry.key.as_str(), entry.node.as_str()) {
                ("Condition", Some(name)) => vec![name.to_owned()],
                _ => named_conditions(&entry.node),
            })
            .collect(),
        _ => Vec::new(),
    }
}

impl Evaluator<'_> {
    /// Whether the condition expression `node` holds.
    pub(crate) fn condition(&mut self, node: &Node) -> Result<bool, Failed> {
        let entry = node.as_map().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
        let Some(entry) = entry else {
            return self.fail(
                Diagnostic::error(
                    "not-a-condition",
                    "Template format error: Every Conditions member must be a condition function.",
                )
                .at(node.span, format!("a {}", node.value.kind()))
                .cure("use Fn::And, Fn::Equals, Fn::If, Fn::Not, Fn::Or or Condition"),
            );
        };
        match entry.key.as_str() {
            "Condition" => self.named(&entry.node),
            "Fn::Equals" => self.equals(node, &entry.node),
            "Fn::Not" => match self.several(&entry.node, 1..=1)? {
                Some(values) => Ok(!values[0]),
                None => self.fail(wrong_arguments(NOT, node.span)),
            },
            "Fn::And" => match self.several(&entry.node, 2..=10)? {
                Some(values) => Ok(values.iter().all(|value| *value)),
                None => self.fail(wrong_arguments(AND, node.span)),
            },
            "Fn::Or" => match self.several(&entry.node, 2..=10)? {
                Some(values) => Ok(values.iter().any(|value| *value)),
                None => self.fail(wrong_arguments(OR, node.span)),
            },
            other => {
                let message = format!("Template error: {other} cannot be used as a condition");
                self.fail(
                    Diagnostic::error("not-a-condition", message)
                        .at(entry.key_span, "not a condition function")
                        .cure("use Fn::And, Fn::Equals, Fn::Not, Fn::Or or Condition"),
                )
            }
        }
    }

    fn named(&mut self, node: &Node) -> Result<bool, Failed> {
        let Some(name) = node.as_str() else {
            return self
                .fail(wrong_arguments("Template error: every Condition must be a string.", node.span));
        };
        match self.scope.conditions.get(name) {
            Some(value) => Ok(*value),
            None => {
                let names = self.scope.conditions.keys().map(String::as_str);
                let diagnostic =
                    unresolved_condition(name, "in the Conditions block of the template", node.span, names);
                self.fail(diagnostic)
            }
        }
    }

    fn equals(&mut self, node: &Node, argument: &Node) -> Result<bool, Failed> {
        let Some(items @ [_, _]) = argument.as_list() else {
            return self.fail(wrong_arguments(EQUALS, node.span));
        };
        let mut texts = Vec::new();
        for item in items {
            texts.push(match self.node(item)? {
                Outcome::Value(value) => value.text(),
                Outcome::Nothing | Outcome::Unknown => None,
            });
        }
        match texts.as_slice() {
            [Some(left), Some(right)] => Ok(left == right),
            _ => self.fail(wrong_arguments(EQUALS, node.span)),
        }
    }

    /// The values of a list of conditions; `None` when it is not a list of the right length.
    fn several(
        &mut self,
        argument: &Node,
        count: std::ops::RangeInclusive<usize>,
    ) -> Result<Option<Vec<bool>>, Failed> {
        let Some(items) = argument.as_list().filter(|items| count.contains(&items.len())) else {
            return Ok(None);
        };
        let values = items.iter().map(|item| self.condition(item)).collect::<Vec<_>>();
        values.into_iter().collect::<Result<Vec<_>, _>>().map(Some)
    }
}

const EQUALS: &str = "Template error: every Fn::Equals object requires a list of 2 string parameters.";
const NOT: &str = "Template error: every Fn::Not object requires a list of 1 boolean parameter.";
const AND: &str =
    "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.";
const OR: &str =
    "Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters.";
