//! Which resources does the template declare, and which of them are to be made?
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html>

use std::collections::BTreeMap;

use crate::evaluate::{quote_cure, unresolved_condition};
use crate::limits::NAME_CHARACTERS_MAX;
use crate::suggest::nearest;
use crate::value::Entry;
use crate::{Diagnostic, Diagnostics, Map, Node, OutputNode, ResourceNode, Span, Value};

/// A resource or output, and whether its condition holds.
pub(crate) struct Declared<T> {
    pub(crate) item: T,
    pub(crate) is_active: bool,
}

/// A resource with what `DependsOn` names.
pub(crate) struct Resource {
    pub(crate) node: ResourceNode,
    pub(crate) depends_on: Vec<(String, Span)>,
}

/// The conditions: what they came to, and whether all of them came to something.
pub(crate) struct Conditions<'a> {
    pub(crate) values: &'a BTreeMap<String, bool>,
    pub(crate) declared: &'a Map,
}

/// Reads the resources. `made_by` says which of them SAM made from which.
pub(crate) fn read(
    section: &Map,
    made_by: &BTreeMap<String, String>,
    conditions: &Conditions<'_>,
    found: &mut Diagnostics,
) -> Vec<Declared<Resource>> {
    section.iter().filter_map(|entry| resource(entry, made_by, conditions, found)).collect()
}

fn resource(
    entry: &Entry,
    made_by: &BTreeMap<String, String>,
    conditions: &Conditions<'_>,
    found: &mut Diagnostics,
) -> Option<Declared<Resource>> {
    let name = entry.key.as_str();
    check_name("Resource", name, entry.key_span, found);
    let Some(map) = entry.node.as_map() else {
        let message = "Template format error: Any Resources member must be an object.";
        found.push(Diagnostic::error("not-an-object", message).at(entry.key_span, "not a map"));
        return None;
    };
    let Some(kind) = map.entry("Type").filter(|kind| kind.node.as_str().is_some()) else {
        let message = format!(
            "Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
        );
        found.push(
            Diagnostic::error("resource-without-type", message)
                .at(entry.key_span, "no Type")
                .cure("add `Type: AWS::…`"),
        );
        return None;
    };
    for attribute in map {
        check_attribute(attribute, found);
    }
    let properties = match map.get("Properties") {
        Some(node @ Node { value: Value::Map(_), .. }) => node.clone(),
        Some(Node { value: Value::Null, .. }) | None => {
            Node { value: Value::Map(Map::default()), span: entry.key_span }
        }
        Some(other) => {
            let message = format!(
                "Template format error: [/Resources/{name}/Properties] Every Properties member must be an object."
            );
            found.push(
                Diagnostic::error("not-an-object", message)
                    .at(other.span, format!("a {}", other.value.kind())),
            );
            return None;
        }
    };
    let depends_on = depends_on(map.get("DependsOn"), found);
    let node = ResourceNode {
        logical_id: name.to_owned(),
        logical_id_span: entry.key_span,
        kind: kind.node.as_str().unwrap_or_default().to_owned(),
        kind_span: kind.node.span,
        properties,
        metadata: map.get("Metadata").cloned(),
        span: entry.key_span.to(entry.node.span),
        depends_on: Vec::new(),
        deletion_policy: policy(map.entry("DeletionPolicy"), found),
        update_replace_policy: policy(map.entry("UpdateReplacePolicy"), found),
        made_by: made_by.get(name).cloned(),
    };
    let is_active = is_active(map, conditions, found);
    Some(Declared { item: Resource { node, depends_on }, is_active })
}

/// Reads the outputs.
pub(crate) fn outputs(
    section: &Map,
    conditions: &Conditions<'_>,
    found: &mut Diagnostics,
) -> Vec<Declared<OutputNode>> {
    section.iter().filter_map(|entry| output(entry, conditions, found)).collect()
}

fn output(
    entry: &Entry,
    conditions: &Conditions<'_>,
    found: &mut Diagnostics,
) -> Option<Declared<OutputNode>> {
    check_name("Output", &entry.key, entry.key_span, found);
    let map = entry.node.as_map();
    for unknown in map.into_iter().flatten().filter(|e| !OUTPUT_ATTRIBUTES.contains(&e.key.as_str())) {
        let message = format!("Invalid template output property '{}'", unknown.key);
        let mut diagnostic = Diagnostic::error("unknown-output-property", message)
            .at(unknown.key_span, "outputs have no such property");
        let near = nearest(&unknown.key, OUTPUT_ATTRIBUTES.iter().copied());
        diagnostic.cure = near.map(|near| format!("did you mean `{near}`?"));
        found.push(diagnostic);
    }
    let Some((map, value)) = map.and_then(|map| Some((map, map.get("Value")?))) else {
        let message = "Template format error: Every Outputs member must contain a Value object";
        found.push(Diagnostic::error("output-without-value", message).at(entry.key_span, "no Value"));
        return None;
    };
    if value.is_null() {
        let message = format!("[/Outputs/{}/Value] 'null' values are not allowed in templates", entry.key);
        found.push(Diagnostic::error("null-value", message).at(entry.key_span, "no value"));
        return None;
    }
    let export_name = map.entry("Export").and_then(|export| match export.node.get("Name") {
        Some(name) => Some(name.clone()),
        None => {
            let message = "Template format error: Output Export must contain a Name";
            found.push(Diagnostic::error("export-without-name", message).at(export.key_span, "no Name"));
            None
        }
    });
    let item = OutputNode {
        name: entry.key.clone(),
        value: value.clone(),
        description: map.get("Description").and_then(Node::text),
        export_name,
        span: entry.key_span.to(entry.node.span),
    };
    Some(Declared { item, is_active: is_active(map, conditions, found) })
}

fn check_name(what: &str, name: &str, span: Span, found: &mut Diagnostics) {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        let message = format!("Template format error: {what} name {name} is non alphanumeric.");
        found.push(
            Diagnostic::error("name-not-alphanumeric", message)
                .at(span, "only letters and digits may be in a logical id"),
        );
    }
    if name.len() > NAME_CHARACTERS_MAX {
        let message =
            format!("Template format error: {what} name may not exceed {NAME_CHARACTERS_MAX} characters.");
        found.push(Diagnostic::error("name-too-long", message).at(span, "too long"));
    }
}

fn check_attribute(attribute: &Entry, found: &mut Diagnostics) {
    let key = attribute.key.as_str();
    if UNSUPPORTED_ATTRIBUTES.contains(&key) {
        let message = format!("the resource attribute {key} is not supported");
        found.push(
            Diagnostic::unsupported("resource-attribute", message)
                .at(attribute.key_span, "not followed here"),
        );
    } else if !ATTRIBUTES.contains(&key) {
        let message = format!("Invalid template resource property '{key}'");
        let mut diagnostic = Diagnostic::error("unknown-resource-attribute", message)
            .at(attribute.key_span, "resources have no such attribute");
        diagnostic.cure = Some(match nearest(key, ATTRIBUTES.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "indent it under `Properties:` if it is a property of the resource".to_owned(),
        });
        found.push(diagnostic);
    }
}

fn depends_on(node: Option<&Node>, found: &mut Diagnostics) -> Vec<(String, Span)> {
    let items = match node.map(|node| &node.value) {
        None => return Vec::new(),
        Some(Value::List(items)) => items.iter().collect::<Vec<_>>(),
        Some(_) => node.into_iter().collect(),
    };
    let mut names = Vec::new();
    for item in items {
        match item.as_str() {
            Some(name) => names.push((name.to_owned(), item.span)),
            None => {
                let message =
                    "Template format error: Every DependsOn value must be a string, or a list of strings.";
                found.push(
                    Diagnostic::error("wrong-arguments", message)
                        .at(item.span, format!("a {}", item.value.kind()))
                        .cure("write the logical id itself, without a function"),
                );
            }
        }
    }
    names
}

fn policy(entry: Option<&Entry>, found: &mut Diagnostics) -> Option<String> {
    let entry = entry?;
    match entry.node.as_str() {
        Some(text @ ("Delete" | "Retain" | "RetainExceptOnCreate" | "Snapshot")) => Some(text.to_owned()),
        _ => {
            let message = format!(
                "Template format error: Unrecognized {} {}",
                entry.key,
                entry.node.text().unwrap_or_default()
            );
            found.push(
                Diagnostic::error("unknown-policy", message)
                    .at(entry.node.span, "no such policy")
                    .cure("use Delete, Retain, RetainExceptOnCreate or Snapshot"),
            );
            None
        }
    }
}

/// Whether the condition of a resource or output holds. One that has no value makes it inactive.
fn is_active(map: &Map, conditions: &Conditions<'_>, found: &mut Diagnostics) -> bool {
    let Some(node) = map.get("Condition") else { return true };
    let Some(name) = node.as_str() else {
        let message = "Template format error: Every Condition member must be a string.";
        let diagnostic =
            Diagnostic::error("not-a-string", message).at(node.span, format!("a {}", node.value.kind()));
        found.push(quote_cure(diagnostic, node));
        return false;
    };
    match conditions.values.get(name) {
        Some(value) => *value,
        None => {
            if !conditions.declared.contains(name) {
                let place = "in the Resources block of the template";
                let names = conditions.values.keys().map(String::as_str);
                found.push(unresolved_condition(name, place, node.span, names));
            }
            false
        }
    }
}

/// What may stand beside `Type` and `Properties`.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

pub(crate) const UNSUPPORTED_ATTRIBUTES: &[&str] = &["Connectors", "CreationPolicy", "UpdatePolicy"];

const OUTPUT_ATTRIBUTES: &[&str] = &["Condition", "Description", "Export", "Value"];
