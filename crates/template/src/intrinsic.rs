//! Which nodes are calls of an intrinsic function, and what do they refer to?
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use std::collections::BTreeMap;

use crate::value::Entry;
use crate::{Node, Span, Value, sub};

/// The functions that exist, by their long names.
pub(crate) const FUNCTIONS: &[&str] = &[
    "Condition",
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::ForEach",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Ref",
];

/// The values that every template may refer to.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
pub(crate) const PSEUDO_PARAMETERS: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// The call that `node` is: a map with the function's name as its only key.
pub(crate) fn call(node: &Node) -> Option<&Entry> {
    let map = node.as_map().filter(|map| map.len() == 1)?;
    map.iter().next().filter(|entry| entry.key == "Ref" || entry.key.starts_with("Fn::"))
}

/// One use of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference<'a> {
    /// `Ref`, or `${name}`.
    Name(&'a str),
    /// `Fn::GetAtt`, or `${name.attribute}`.
    Attribute(&'a str, &'a str),
    /// The condition of an `Fn::If`.
    Condition(&'a str),
}

/// Visits every reference in `node`. With `conditions`, only the branch that each `Fn::If` takes.
pub(crate) fn references<'a>(
    node: &'a Node,
    conditions: Option<&BTreeMap<String, bool>>,
    visit: &mut dyn FnMut(Reference<'a>, Span),
) {
    let Some(entry) = call(node) else {
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| references(item, conditions, visit)),
            Value::Map(map) => map.iter().for_each(|entry| references(&entry.node, conditions, visit)),
            _ => {}
        }
        return;
    };
    match (entry.key.as_str(), &entry.node.value) {
        ("Ref", Value::String(name)) => visit(Reference::Name(name), node.span),
        ("Fn::GetAtt", _) => {
            if let Some((resource, attribute)) = attribute(&entry.node) {
                visit(Reference::Attribute(resource, attribute), node.span);
            }
            if let Some([_, name]) = entry.node.as_list() {
                references(name, conditions, visit);
            }
        }
        ("Fn::Sub", _) => substituted(node, &entry.node, conditions, visit),
        ("Fn::If", Value::List(items)) => {
            let condition = items.first().and_then(Node::as_str);
            if let (Some(name), Some(item)) = (condition, items.first()) {
                visit(Reference::Condition(name), item.span);
            }
            let taken = condition.zip(conditions).and_then(|(name, values)| values.get(name));
            let branches = match taken {
                Some(true) => items.get(1..2),
                Some(false) => items.get(2..3),
                None => items.get(1..),
            };
            branches.into_iter().flatten().for_each(|branch| references(branch, conditions, visit));
        }
        _ => references(&entry.node, conditions, visit),
    }
}

/// The references of an `Fn::Sub`: its variables besides those it defines itself, and what it defines them with.
fn substituted<'a>(
    node: &'a Node,
    argument: &'a Node,
    conditions: Option<&BTreeMap<String, bool>>,
    visit: &mut dyn FnMut(Reference<'a>, Span),
) {
    let Some((text, own)) = sub::arguments(argument) else { return };
    for name in sub::variables(text) {
        match name.split_once('.') {
            _ if own.is_some_and(|own| own.contains(name)) => {}
            Some((resource, attribute)) => visit(Reference::Attribute(resource, attribute), node.span),
            None => visit(Reference::Name(name), node.span),
        }
    }
    own.into_iter().flatten().for_each(|entry| references(&entry.node, conditions, visit));
}

/// Resource and attribute of an `Fn::GetAtt`, as a list or as `resource.attribute`.
pub(crate) fn attribute(argument: &Node) -> Option<(&str, &str)> {
    let (resource, attribute) = match &argument.value {
        Value::List(items) => match items.as_slice() {
            [resource, attribute] => (resource.as_str()?, attribute.as_str()?),
            _ => return None,
        },
        Value::String(text) => text.split_once('.')?,
        _ => return None,
    };
    (!resource.is_empty() && !attribute.is_empty()).then_some((resource, attribute))
}
