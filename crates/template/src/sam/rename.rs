//! `Api.Stage`, `Api.Deployment`, `Function.Version` and `Function.Alias` stand for logical ids that SAM makes up: which?

use std::collections::BTreeMap;

use crate::{Map, Node, Value, sub};

/// Replaces the names in every `Ref` and `Fn::Sub` of `map`.
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
            map.nodes_mut().for_each(|node| rename(node, names));
        }
        _ => {}
    }
}

fn substitute(text: &mut String, names: &BTreeMap<String, String>) {
    if sub::variables(text).any(|name| names.contains_key(name)) {
        *text = sub::renamed(text, |name| names.get(name).cloned());
    }
}
