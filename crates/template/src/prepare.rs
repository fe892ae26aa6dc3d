//! What can be known of a template before anything has a physical id?

use std::collections::BTreeMap;

use crate::graph::{Names, check_names, order};
use crate::intrinsic::call;
use crate::limits::{CONDITIONS_MAX, MAPPINGS_MAX, OUTPUTS_MAX, PARAMETERS_MAX, RESOURCES_MAX};
use crate::resources::{Conditions, Declared};
use crate::sections::{LANGUAGE_EXTENSIONS, SERVERLESS, Sections};
use crate::{Context, Diagnostic, Diagnostics, Map, Node, Prepared, Template, Value};
use crate::{condition, parameters, resolve, resources, sam, sections};

/// Checks and transforms `template`: everything that needs no physical id.
///
/// # Errors
/// All errors of the template at once.
pub fn prepare(template: &Template, context: &Context) -> Result<Prepared, Diagnostics> {
    let mut found = template.notices.clone();
    let mut sections = sections::read(&template.document, &mut found);
    check_counts(&sections, &mut found);
    if found.iter().any(|diagnostic| diagnostic.code == TOO_MANY) {
        return Err(found);
    }
    let parameters = parameters::evaluate(&sections.parameters, context, &mut found);
    check_mappings(&sections.mappings, &mut found);
    let values = condition::evaluate(&sections, &parameters, template, context, &mut found);
    let made_by = if sections.has_transform(SERVERLESS) {
        sam::transform(&mut sections, &values, &parameters, &mut found)
    } else {
        check_serverless(&sections, &mut found);
        BTreeMap::new()
    };
    check_extensions(&sections, &mut found);
    // The transform may have made too many of them.
    check_counts(&sections, &mut found);

    let conditions = Conditions { values: &values, declared: &sections.conditions };
    let declared = resources::read(&sections.resources, &made_by, &conditions, &mut found);
    let outputs = resources::outputs(&sections.outputs, &conditions, &mut found);
    let names = Names {
        source: &template.source,
        parameters: &parameters,
        conditions,
        resources: all_resources(&sections, &declared),
    };
    for Declared { item, is_active } in &declared {
        for part in std::iter::once(&item.node.properties).chain(&item.node.metadata) {
            check_names(part, "Resources", *is_active, &names, &mut found);
        }
    }
    for Declared { item, is_active } in &outputs {
        for part in std::iter::once(&item.value).chain(&item.export_name) {
            check_names(part, "Outputs", *is_active, &names, &mut found);
        }
    }
    let resources = order(declared, &names, &mut found);

    let mut prepared = Prepared {
        description: sections.description,
        resources,
        outputs: outputs.into_iter().filter(|output| output.is_active).map(|output| output.item).collect(),
        parameters,
        transforms: sections.transforms,
        mappings: sections.mappings,
        metadata: sections.metadata,
        diagnostics: Diagnostics::default(),
        context: context.clone(),
        source: template.source.clone(),
        conditions: BTreeMap::new(),
    };
    prepared.conditions = values;
    check_expressions(&prepared, &mut found);
    found.sort();
    if found.are_fatal(context.allow_unsupported) {
        return Err(found);
    }
    prepared.diagnostics = found;
    Ok(prepared)
}

/// Finds the errors of expressions that come out without any resource being made.
fn check_expressions(prepared: &Prepared, found: &mut Diagnostics) {
    for resource in &prepared.resources {
        found.append(resolve::check(prepared, &resource.properties));
        resource.metadata.iter().for_each(|metadata| found.append(resolve::check(prepared, metadata)));
    }
    for output in &prepared.outputs {
        found.append(resolve::check_output(prepared, output));
    }
}

/// Every resource that is named in the template; one that could not be read counts as active.
fn all_resources(sections: &Sections, declared: &[Declared<resources::Resource>]) -> BTreeMap<String, bool> {
    let mut names = sections.resources.keys().map(|name| (name.to_owned(), true)).collect::<BTreeMap<_, _>>();
    names.extend(declared.iter().map(|d| (d.item.node.logical_id.clone(), d.is_active)));
    names
}

fn check_mappings(mappings: &Map, found: &mut Diagnostics) {
    let is_value = |node: &Node| match &node.value {
        Value::List(items) => items.iter().all(|item| item.text().is_some()),
        _ => node.text().is_some(),
    };
    for mapping in mappings {
        let Some(top) = mapping.node.as_map() else {
            let message = "Template format error: Every Mappings member must be a map.";
            found.push(Diagnostic::error("not-an-object", message).at(mapping.key_span, "not a map"));
            continue;
        };
        for level in top {
            let Some(values) = level.node.as_map() else {
                let message = "Template format error: Every Mappings member must be a map of maps.";
                found.push(Diagnostic::error("not-an-object", message).at(level.key_span, "not a map"));
                continue;
            };
            for value in values.iter().filter(|value| !is_value(&value.node)) {
                let message = "Template format error: Every Mappings attribute must be a String or a List.";
                found.push(
                    Diagnostic::error("mapping-value", message)
                        .at(value.node.span, format!("a {}", value.node.value.kind()))
                        .cure("functions are not evaluated in mappings"),
                );
            }
        }
    }
}

/// How many members each section may have.
fn check_counts(sections: &Sections, found: &mut Diagnostics) {
    for (name, section, most) in [
        ("parameters", &sections.parameters, PARAMETERS_MAX),
        ("mappings", &sections.mappings, MAPPINGS_MAX),
        ("conditions", &sections.conditions, CONDITIONS_MAX),
        ("resources", &sections.resources, RESOURCES_MAX),
        ("outputs", &sections.outputs, OUTPUTS_MAX),
    ] {
        let number = section.len();
        if number > most {
            let message = format!(
                "Template format error: Number of {name}, {number}, is greater than maximum allowed, {most}"
            );
            found.push(Diagnostic::error(TOO_MANY, message).cure("split the template"));
        }
    }
}

/// The code of a section with too many members.
const TOO_MANY: &str = "too-many-members";

/// SAM resources need the transform.
fn check_serverless(sections: &Sections, found: &mut Diagnostics) {
    for entry in &sections.resources {
        let Some(kind) = entry.node.get("Type") else { continue };
        if kind.as_str().is_some_and(|kind| kind.starts_with("AWS::Serverless::")) {
            let message = format!(
                "Template format error: Unrecognized resource types: [{}]",
                kind.as_str().unwrap_or_default()
            );
            found.push(
                Diagnostic::error("transform-missing", message)
                    .at(kind.span, "a SAM type")
                    .cure(format!("add `Transform: {SERVERLESS}` to the template")),
            );
        }
    }
}

/// Functions that exist only with their transform.
fn check_extensions(sections: &Sections, found: &mut Diagnostics) {
    if sections.has_transform(LANGUAGE_EXTENSIONS) {
        return;
    }
    for entry in sections.resources.iter().chain(&sections.outputs) {
        walk(&entry.node, &mut |node| {
            let Some(call) = call(node) else { return };
            let is_extension = match call.key.as_str() {
                "Fn::Length" | "Fn::ToJsonString" => true,
                "Fn::FindInMap" => call.node.as_list().is_some_and(|items| items.len() > 3),
                _ => false,
            };
            if is_extension {
                let message =
                    format!("Template error: {} needs the transform {LANGUAGE_EXTENSIONS}", call.key);
                found.push(
                    Diagnostic::error("transform-missing", message)
                        .at(node.span, "used here")
                        .cure(format!("add `Transform: {LANGUAGE_EXTENSIONS}` to the template")),
                );
            }
        });
    }
}

fn walk(node: &Node, visit: &mut dyn FnMut(&Node)) {
    visit(node);
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Map(map) => map.iter().for_each(|entry| walk(&entry.node, visit)),
        _ => {}
    }
}
