//! `Api.Stage`, `Api.Deployment`, `Function.Version` and `Function.Alias` stand for logical ids that SAM makes up: which?

use std::collections::BTreeMap;

use crate::{Map, Node, Value, sub};

/// Replaces the names in every `Ref`, `Fn::GetAtt` and `Fn::Sub` of `map`.
pub(super) fn references(map: &mut Map, names: &BTreeMap<String, String>) {
    map.nodes_mut().for_each(|node| rename(node, names));
}

fn rename(node: &mut Node, names: &BTreeMap<String, String>) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Map(map) => {
            let is_call = map.len() == 1;
            if let Some(Value::String(name)) =
                map.get_mut("Ref").filter(|_| is_call).map(|node| &mut node.value)
                && let Some(new) = names.get(name.as_str())
            {
                name.clone_from(new);
            }
            match map.get_mut("Fn::Sub").filter(|_| is_call).map(|node| &mut node.value) {
                Some(Value::String(text)) => substitute(text, names),
                Some(Value::List(items)) => {
                    if let Some(Value::String(text)) = items.first_mut().map(|node| &mut node.value) {
                        substitute(text, names);
                    }
                }
                _ => {}
            }
            if let Some(attribute) = map.get_mut("Fn::GetAtt").filter(|_| is_call) {
                rename_attribute(attribute, names);
            }
            map.nodes_mut().for_each(|node| rename(node, names));
        }
        _ => {}
    }
}

/// `Function.Version.FunctionArn`, as a text or as the logical id and the rest.
fn rename_attribute(node: &mut Node, names: &BTreeMap<String, String>) {
    match &mut node.value {
        Value::String(path) => {
            if let Some(new) = renamed_attribute(path, names) {
                *path = new;
            }
        }
        Value::List(parts) => {
            let texts = parts.iter().map(Node::as_str).collect::<Option<Vec<_>>>();
            let new = texts.and_then(|texts| renamed_attribute(&texts.join("."), names));
            if let (Some(new), [first, rest]) = (new, parts.as_mut_slice())
                && let Some((logical_id, attribute)) = new.split_once('.')
            {
                first.value = Value::String(logical_id.to_owned());
                rest.value = Value::String(attribute.to_owned());
            }
        }
        _ => {}
    }
}

fn renamed_attribute(path: &str, names: &BTreeMap<String, String>) -> Option<String> {
    let (name, attribute) = path.rsplit_once('.')?;
    names.get(name).map(|new| format!("{new}.{attribute}"))
}

fn substitute(text: &mut String, names: &BTreeMap<String, String>) {
    let new = |name: &str| names.get(name).cloned().or_else(|| renamed_attribute(name, names));
    if sub::variables(text).any(|name| new(name).is_some()) {
        *text = sub::renamed(text, new);
    }
}
