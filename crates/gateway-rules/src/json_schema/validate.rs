//! Looks for what a schema does not describe in a value.

use std::collections::HashSet;
use std::fmt::Write as _;

use frontgate_explain::PlaceId;
use serde_json::{Map, Value};

use super::messages::{Fault, list, types};
use super::{Items, Keyword, NodeId, Schema, SchemaNode, Type, number};

/// Something in a value that a schema does not describe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The library's words for it.
    pub text: String,
    /// Where in the value: a JSON pointer.
    pub pointer: String,
    /// The keyword that asks for something else.
    pub place: PlaceId,
}

/// Why a value could not be looked at to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Schemas lead into each other without end.
    Depth,
    /// It takes too many steps.
    Steps,
}

impl Schema {
    /// What of the value the schema does not describe; empty where it describes all of it.
    ///
    /// # Errors
    /// The limit that was hit.
    pub fn validate(&self, value: &Value) -> Result<Vec<Violation>, Limit> {
        let mut machine = Machine {
            nodes: &self.nodes,
            steps: STEPS_MAX,
            depth: 0,
            path: Vec::new(),
            report: Report { is_failure: false, is_quiet: false, violations: Vec::new() },
        };
        machine.process(self.root, value)?;
        Ok(machine.report.violations)
    }
}

struct Machine<'s, 'v> {
    nodes: &'s [SchemaNode],
    steps: usize,
    depth: usize,
    path: Vec<Part<'v>>,
    report: Report,
}

/// A step on the way into a value.
#[derive(Clone, Copy)]
enum Part<'v> {
    Element(usize),
    Member(&'v str),
}

/// What was found. One failure stops the way down into what comes after it.
struct Report {
    is_failure: bool,
    /// Only whether it fails is asked.
    is_quiet: bool,
    violations: Vec<Violation>,
}

impl<'v> Machine<'_, 'v> {
    fn process(&mut self, node: NodeId, value: &'v Value) -> Result<(), Limit> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Limit::Depth);
        }
        self.spend(1)?;
        let schema = &self.nodes[node];
        for (keyword, place) in &schema.keywords {
            if let Some(text) = self.keyword(schema, keyword, value)? {
                self.fail(text, *place);
            }
        }
        // A quiet report needs no second failure.
        if !self.report.is_failure {
            match value {
                Value::Array(elements) => self.elements(schema, elements)?,
                Value::Object(members) => self.members(schema, members)?,
                _ => {}
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn elements(&mut self, schema: &SchemaNode, elements: &'v [Value]) -> Result<(), Limit> {
        for (index, element) in elements.iter().enumerate() {
            let node = match &schema.items {
                Items::All(node) => Some(*node),
                Items::Any => schema.additional_items,
                Items::Each(nodes) => nodes.get(index).copied().or(schema.additional_items),
            };
            if let Some(node) = node {
                self.path.push(Part::Element(index));
                self.process(node, element)?;
                self.path.pop();
            }
        }
        Ok(())
    }

    fn members(&mut self, schema: &SchemaNode, members: &'v Map<String, Value>) -> Result<(), Limit> {
        if schema.properties.is_empty()
            && schema.pattern_properties.is_empty()
            && schema.additional_properties.is_none()
        {
            return Ok(());
        }
        self.spend(members.len())?;
        let mut sorted: Vec<(&'v String, &'v Value)> = members.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in sorted {
            self.path.push(Part::Member(name));
            let own = schema.properties.binary_search_by(|(known, _)| (**known).cmp(name.as_str()));
            let mut is_described = own.is_ok();
            if let Ok(index) = own {
                self.process(schema.properties[index].1, value)?;
            }
            for (pattern, node) in &schema.pattern_properties {
                self.spend(pattern.cost(name))?;
                if pattern.matches(name) {
                    is_described = true;
                    self.process(*node, value)?;
                }
            }
            if let Some(node) = schema.additional_properties.filter(|_| !is_described) {
                self.process(node, value)?;
            }
            self.path.pop();
        }
        Ok(())
    }

    /// What is wrong with the value itself.
    fn keyword(
        &mut self,
        schema: &SchemaNode,
        keyword: &Keyword,
        value: &'v Value,
    ) -> Result<Option<String>, Limit> {
        let text = match (keyword, value) {
            (Keyword::AllOf(nodes), _) => {
                let matched = self.count(nodes, value)?;
                let arguments = [&*matched.to_string(), &*nodes.len().to_string()];
                (matched < nodes.len()).then(|| Fault::AllOf.text(&arguments))
            }
            (Keyword::AnyOf(nodes), _) => {
                let matched = self.count(nodes, value)?;
                (matched == 0).then(|| Fault::AnyOf.text(&[&nodes.len().to_string()]))
            }
            (Keyword::OneOf(nodes), _) => {
                let matched = self.count(nodes, value)?;
                let arguments = [&*matched.to_string(), &*nodes.len().to_string()];
                (matched != 1).then(|| Fault::OneOf.text(&arguments))
            }
            (Keyword::Not(node), _) => {
                let matched = self.count(&[*node], value)?;
                (matched == 1).then(|| Fault::Not.text(&[]))
            }
            (Keyword::Enum(values), _) => {
                self.spend(values.len())?;
                let is_known = values.iter().any(|known| is_equal(known, value));
                (!is_known).then(|| {
                    let all = Value::Array(values.clone()).to_string();
                    Fault::Enum.text(&[&value.to_string(), &all])
                })
            }
            (Keyword::Type(allowed), _) => {
                let found = Type::of(value);
                (!allowed.contains(&found)).then(|| Fault::Type.text(&[found.name(), &types(allowed)]))
            }
            (_, Value::Array(elements)) => self.of_array(keyword, elements)?,
            (_, Value::Number(found)) => of_number(keyword, found),
            (_, Value::Object(members)) => return self.of_object(schema, keyword, value, members),
            (_, Value::String(text)) => self.of_string(keyword, text)?,
            _ => None,
        };
        Ok(text)
    }

    fn of_array(&mut self, keyword: &Keyword, elements: &[Value]) -> Result<Option<String>, Limit> {
        let found = elements.len() as u64;
        let sizes = |fault: Fault, limit: u64| Some(fault.text(&[&limit.to_string(), &found.to_string()]));
        Ok(match keyword {
            Keyword::AdditionalItems(most) if found > *most as u64 => {
                sizes(Fault::AdditionalItems, *most as u64)
            }
            Keyword::MaxItems(most) if found > *most => sizes(Fault::MaxItems, *most),
            Keyword::MinItems(least) if found < *least => sizes(Fault::MinItems, *least),
            Keyword::UniqueItems => {
                let mut seen = HashSet::new();
                let mut is_unique = true;
                for element in elements {
                    let canonical = canonical(element);
                    self.spend(canonical.len() / STEP_LENGTH + 1)?;
                    is_unique &= seen.insert(canonical);
                }
                (!is_unique).then(|| Fault::UniqueItems.text(&[]))
            }
            _ => None,
        })
    }

    fn of_object(
        &mut self,
        schema: &SchemaNode,
        keyword: &Keyword,
        value: &'v Value,
        members: &'v Map<String, Value>,
    ) -> Result<Option<String>, Limit> {
        let found = members.len() as u64;
        let sizes = |fault: Fault, limit: u64| Some(fault.text(&[&found.to_string(), &limit.to_string()]));
        Ok(match keyword {
            Keyword::AdditionalProperties => {
                let mut unwanted = Vec::new();
                for name in members.keys() {
                    self.spend(1)?;
                    let own = schema.properties.binary_search_by(|(known, _)| (**known).cmp(name.as_str()));
                    let mut is_described = own.is_ok();
                    for (pattern, _) in &schema.pattern_properties {
                        self.spend(pattern.cost(name))?;
                        is_described |= pattern.matches(name);
                    }
                    if !is_described {
                        unwanted.push(name.as_str());
                    }
                }
                unwanted.sort_unstable();
                (!unwanted.is_empty()).then(|| Fault::AdditionalProperties.text(&[&list(unwanted)]))
            }
            Keyword::Dependencies { members: of_members, schemas } => {
                for (name, demanded) in of_members.iter().filter(|(name, _)| members.contains_key(&**name)) {
                    let missing = demanded.iter().map(AsRef::as_ref);
                    let missing: Vec<&str> =
                        missing.filter(|name: &&str| !members.contains_key(*name)).collect();
                    if !missing.is_empty() {
                        let demanded = list(demanded.iter().map(AsRef::as_ref));
                        let text = Fault::Dependencies.text(&[name, &demanded, &list(missing)]);
                        let place = self.place(schema, keyword);
                        self.fail(text, place);
                    }
                }
                for (_, node) in schemas.iter().filter(|(name, _)| members.contains_key(&**name)) {
                    self.process(*node, value)?;
                }
                None
            }
            Keyword::MaxProperties(most) if found > *most => sizes(Fault::MaxProperties, *most),
            Keyword::MinProperties(least) if found < *least => sizes(Fault::MinProperties, *least),
            Keyword::Required(names) => {
                let names = names.iter().map(AsRef::as_ref);
                let missing: Vec<&str> = names.filter(|name: &&str| !members.contains_key(*name)).collect();
                (!missing.is_empty()).then(|| Fault::Required.text(&[&list(missing)]))
            }
            _ => None,
        })
    }

    fn of_string(&mut self, keyword: &Keyword, text: &str) -> Result<Option<String>, Limit> {
        self.spend(text.len() / STEP_LENGTH)?;
        let sizes = |fault: Fault, found: u64, limit: u64| {
            Some(fault.text(&[text, &found.to_string(), &limit.to_string()]))
        };
        let length = || text.chars().count() as u64;
        Ok(match keyword {
            Keyword::Format(format) => format.fault(text),
            Keyword::MaxLength(most) if length() > *most => sizes(Fault::MaxLength, length(), *most),
            Keyword::MinLength(least) if length() < *least => sizes(Fault::MinLength, length(), *least),
            Keyword::Pattern(pattern) => {
                self.spend(pattern.cost(text))?;
                (!pattern.matches(text)).then(|| Fault::Pattern.text(&[pattern.as_str(), text]))
            }
            _ => None,
        })
    }

    /// How many of the schemas describe the value.
    fn count(&mut self, nodes: &[NodeId], value: &'v Value) -> Result<usize, Limit> {
        let quiet = || Report { is_failure: false, is_quiet: true, violations: Vec::new() };
        let outer = std::mem::replace(&mut self.report, quiet());
        let mut matched = 0;
        for node in nodes {
            self.report.is_failure = false;
            let depth = self.depth;
            self.process(*node, value)?;
            self.depth = depth;
            matched += usize::from(!self.report.is_failure);
        }
        self.report = outer;
        Ok(matched)
    }

    /// Where a keyword of a schema stands.
    fn place(&self, schema: &SchemaNode, keyword: &Keyword) -> PlaceId {
        let found = schema.keywords.iter().find(|(known, _)| std::ptr::eq(known, keyword));
        found.map_or(PlaceId::NONE, |(_, place)| *place)
    }

    fn fail(&mut self, text: String, place: PlaceId) {
        self.report.is_failure = true;
        if self.report.is_quiet || self.report.violations.len() >= VIOLATIONS_MAX {
            return;
        }
        let mut pointer = String::new();
        for part in &self.path {
            match part {
                Part::Element(index) => write!(pointer, "/{index}").expect("a string takes all text"),
                Part::Member(name) => pointer = crate::integration::child(&pointer, name),
            }
        }
        self.report.violations.push(Violation { text, pointer, place });
    }

    fn spend(&mut self, steps: usize) -> Result<(), Limit> {
        self.steps = self.steps.checked_sub(steps).ok_or(Limit::Steps)?;
        Ok(())
    }
}

fn of_number(keyword: &Keyword, found: &serde_json::Number) -> Option<String> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let both = |fault: Fault, limit: &serde_json::Number| {
        Some(fault.text(&[&limit.to_string(), &found.to_string()]))
    };
    match keyword {
        Keyword::Maximum(limit, is_excluded) => match number::compare(found, limit) {
            Greater => both(Fault::Maximum, limit),
            Equal if *is_excluded => Some(Fault::ExclusiveMaximum.text(&[&limit.to_string()])),
            _ => None,
        },
        Keyword::Minimum(limit, is_excluded) => match number::compare(found, limit) {
            Less => both(Fault::Minimum, limit),
            Equal if *is_excluded => Some(Fault::ExclusiveMinimum.text(&[&limit.to_string()])),
            _ => None,
        },
        Keyword::MultipleOf(divisor) if !number::is_multiple(found, divisor) => {
            Some(Fault::MultipleOf.text(&[&found.to_string(), &divisor.to_string()]))
        }
        _ => None,
    }
}

/// Whether two values are the same; numbers by what they are worth.
fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => number::compare(left, right).is_eq(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| is_equal(left, right)))
        }
        _ => left == right,
    }
}

/// A text that is the same for values that are the same.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => number::canonical(number),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(canonical).collect();
            format!("[{}]", elements.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        _ => value.to_string(),
    }
}

/// So deep may schemas lead into each other and into the value.
const DEPTH_MAX: usize = 512;
/// So many steps may a validation take: a fraction of a second.
const STEPS_MAX: usize = 5_000_000;
/// So many bytes of a text count as a step.
const STEP_LENGTH: usize = 64;
/// So many faults are told; the first one is enough to refuse.
const VIOLATIONS_MAX: usize = 100;
