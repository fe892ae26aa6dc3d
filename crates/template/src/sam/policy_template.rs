//! Which statements does a policy template of SAM stand for?
//!
//! The rows of `policy_templates.json` are the templates that AWS documents: the parameters of each, which are all
//! required, and its statements, in which `Ref` names a parameter.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>

use std::sync::LazyLock;

use crate::suggest::{cure, nearest};
use crate::value::Entry;
use crate::{Diagnostic, Map, Node, Span, Value};

use super::build::At;
use super::properties::invalid;

/// The template that an item of `Policies` names: it is a map of one key.
pub(super) fn named(policy: &Node) -> Option<&Entry> {
    let map = policy.as_map()?;
    let entry = map.iter().next().filter(|_| map.len() == 1)?;
    TEMPLATES.get(&entry.key).is_some().then_some(entry)
}

/// The policy document of the template, with the parameters that the item gives.
///
/// # Errors
/// SAM's own, where a parameter is missing.
pub(super) fn document(logical_id: &str, entry: &Entry) -> Result<Node, Box<Diagnostic>> {
    let name = &entry.key;
    let at = At(entry.key_span);
    let template = TEMPLATES.get(name).unwrap_or(&serde_json::Value::Null);
    let parameters: Vec<&str> =
        template["Parameters"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    let Some(given) = entry.node.as_map() else {
        let cause = format!("Must specify valid parameter values for policy template '{name}'");
        let diagnostic = invalid(logical_id, &cause).at(entry.node.span, "not a map");
        return Err(Box::new(diagnostic.cure(match parameters.as_slice() {
            [] => format!("write `{name}: {{}}`"),
            _ => format!("give it {}", parameters.join(", ")),
        })));
    };
    let missing: Vec<&str> = parameters.iter().copied().filter(|name| !given.contains(name)).collect();
    if !missing.is_empty() {
        let quoted: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
        let cause = format!(
            "Following required parameters of template '{name}' don't have values: [{}]",
            quoted.join(", ")
        );
        return Err(Box::new(invalid(logical_id, &cause).at(entry.key_span, "incomplete")));
    }
    let statements = Node::from_json(&template["Statement"], entry.key_span);
    Ok(at.map([("Statement", Some(filled(statements, &parameters, given)))]))
}

/// What is said of an item of `Policies` that is no template.
pub(super) fn unknown(logical_id: &str, index: usize, policy: &Node) -> Diagnostic {
    let cause = format!("Policy at index {index} in the 'Policies' property is not valid");
    let diagnostic = invalid(logical_id, &cause).at(policy.span, "neither a policy nor the name of one");
    let Some(map) = policy.as_map().filter(|map| map.len() == 1) else { return diagnostic };
    let Some(entry) = map.iter().next() else { return diagnostic };
    let names = || TEMPLATES.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    match nearest(&entry.key, names()) {
        Some(_) => diagnostic.cure(cure(&entry.key, names(), "policy template")),
        None => diagnostic,
    }
}

/// The same with the value of each parameter in the place of a `Ref` to it.
fn filled(node: Node, parameters: &[&str], given: &Map) -> Node {
    let named = node.get("Ref").and_then(Node::as_str).filter(|name| parameters.contains(name));
    if let Some(value) = named.and_then(|name| given.get(name)) {
        return value.clone();
    }
    let span: Span = node.span;
    let value = match node.value {
        Value::List(items) => {
            Value::List(items.into_iter().map(|item| filled(item, parameters, given)).collect())
        }
        Value::Map(map) => {
            let mut all = Map::default();
            for Entry { key, key_span, node } in map {
                all.push(Entry { key, key_span, node: filled(node, parameters, given) });
            }
            Value::Map(all)
        }
        value => value,
    };
    Node { value, span }
}

/// All templates by their names; the file is a part of the program, and a test reads it.
static TEMPLATES: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("policy_templates.json")).unwrap_or_default());

#[cfg(test)]
mod tests {
    use super::TEMPLATES;

    #[test]
    fn every_reference_of_a_template_is_a_parameter_and_every_parameter_is_used() {
        let all = TEMPLATES.as_object().expect("the file is a map");
        assert_eq!(all.len(), 81);
        for (name, template) in all {
            let mut used = Vec::new();
            references(&template["Statement"], &mut used);
            used.sort();
            used.dedup();
            let parameters: Vec<&str> = template["Parameters"]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|p| p.as_str())
                .collect();
            assert_eq!(used, parameters, "{name}");
        }
    }

    fn references<'a>(json: &'a serde_json::Value, found: &mut Vec<&'a str>) {
        found.extend(json["Ref"].as_str());
        let members = json.as_object().into_iter().flatten().map(|(_, value)| value);
        for value in members.chain(json.as_array().into_iter().flatten()) {
            references(value, found);
        }
    }
}
