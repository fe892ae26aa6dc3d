//! Which sections does the template have, and are they the ones that exist?
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>

use crate::limits::DESCRIPTION_BYTES_MAX;
use crate::suggest::nearest;
use crate::{Diagnostic, Diagnostics, Map, Node, Value};

/// The sections of a template; those that are missing are empty.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    pub(crate) description: Option<String>,
    pub(crate) metadata: Option<Node>,
    pub(crate) parameters: Map,
    pub(crate) mappings: Map,
    pub(crate) conditions: Map,
    pub(crate) transforms: Vec<String>,
    pub(crate) globals: Option<Node>,
    pub(crate) resources: Map,
    pub(crate) outputs: Map,
}

/// The transform that makes a template a SAM template.
pub(crate) const SERVERLESS: &str = "AWS::Serverless-2016-10-31";
/// The transform that adds `Fn::Length`, `Fn::ToJsonString` and defaults of `Fn::FindInMap`.
pub(crate) const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

impl Sections {
    /// Whether the template names the transform `name`.
    pub(crate) fn has_transform(&self, name: &str) -> bool {
        self.transforms.iter().any(|transform| transform == name)
    }
}

/// Takes the document apart.
pub(crate) fn read(document: &Node, found: &mut Diagnostics) -> Sections {
    let mut sections = Sections::default();
    for entry in document.as_map().into_iter().flatten() {
        let node = &entry.node;
        match entry.key.as_str() {
            "AWSTemplateFormatVersion" => check_version(node, found),
            "Description" => sections.description = description(node, found),
            "Metadata" => sections.metadata = Some(node.clone()),
            "Parameters" => sections.parameters = section("Parameters", node, found),
            "Mappings" => sections.mappings = section("Mappings", node, found),
            "Conditions" => sections.conditions = section("Conditions", node, found),
            "Transform" => sections.transforms = transforms(node, found),
            "Globals" => sections.globals = Some(node.clone()),
            "Resources" => sections.resources = section("Resources", node, found),
            "Outputs" => sections.outputs = section("Outputs", node, found),
            "Rules" if is_of_the_cdk(node) => {}
            "Hooks" | "Rules" => found.push(
                Diagnostic::unsupported("section", format!("the section {} is not supported", entry.key))
                    .at(entry.key_span, "not evaluated here"),
            ),
            unknown => {
                let message = format!("Invalid template property or properties [{unknown}]");
                let mut diagnostic = Diagnostic::error("unknown-section", message)
                    .at(entry.key_span, "templates have no such section");
                diagnostic.cure = nearest(unknown, SECTIONS.iter().copied())
                    .map(|near| format!("did you mean `{near}`?"))
                    .or_else(|| Some(format!("the sections are: {}", SECTIONS.join(", "))));
                found.push(diagnostic);
            }
        }
    }
    check_globals(document, &sections, found);
    if sections.resources.is_empty() && found.is_empty() {
        let message = "Template format error: At least one Resources member must be defined.";
        let mut diagnostic = Diagnostic::error("no-resources", message);
        if let Some(entry) = document.as_map().and_then(|map| map.entry("Resources")) {
            diagnostic = diagnostic.at(entry.key_span, "empty");
        }
        found.push(diagnostic.cure("add a resource under `Resources:`"));
    }
    sections
}

/// The entries of a section.
fn section(name: &str, node: &Node, found: &mut Diagnostics) -> Map {
    match &node.value {
        Value::Map(map) => {
            if let Some(entry) = map.entry("Fn::Transform") {
                found.push(refused_transform("Fn::Transform", entry.key_span));
            }
            for entry in map.iter().filter(|entry| entry.key.starts_with("Fn::ForEach")) {
                found.push(
                    Diagnostic::unsupported(
                        "intrinsic-function",
                        "Fn::ForEach is not supported: loops are not run",
                    )
                    .at(entry.key_span, "a loop")
                    .cure("write the members out one by one"),
                );
            }
            let mut map = map.clone();
            let functions =
                map.keys().filter(|key| key.starts_with("Fn::")).map(str::to_owned).collect::<Vec<_>>();
            functions.iter().for_each(|key| drop(map.remove(key)));
            map
        }
        Value::Null if name != "Resources" => Map::default(),
        other => {
            let message = format!("Template format error: {name} must be an object.");
            found.push(
                Diagnostic::error("not-an-object", message).at(node.span, format!("a {}", other.kind())),
            );
            Map::default()
        }
    }
}

fn check_version(node: &Node, found: &mut Diagnostics) {
    if node.as_str() != Some("2010-09-09") {
        found.push(
            Diagnostic::error(
                "template-version",
                "Template format error: unsupported value for AWSTemplateFormatVersion.",
            )
            .at(node.span, "not a version of the format")
            .cure("the only version is \"2010-09-09\""),
        );
    }
}

fn description(node: &Node, found: &mut Diagnostics) -> Option<String> {
    match node.text() {
        Some(text) if text.len() <= DESCRIPTION_BYTES_MAX => Some(text),
        Some(text) => {
            let message = format!(
                "Template format error: Description may not exceed {DESCRIPTION_BYTES_MAX} bytes; it has {}",
                text.len()
            );
            found.push(Diagnostic::error("description-too-long", message).at(node.span, "too long"));
            None
        }
        None => {
            let message = "Template format error: Every Description member must be a string.";
            found.push(
                Diagnostic::error("not-a-string", message).at(node.span, format!("a {}", node.value.kind())),
            );
            None
        }
    }
}

fn transforms(node: &Node, found: &mut Diagnostics) -> Vec<String> {
    let items = match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    };
    let mut names = Vec::new();
    for item in items {
        let name = item.as_str().or_else(|| item.get("Name").and_then(Node::as_str)).unwrap_or_default();
        match name {
            SERVERLESS | LANGUAGE_EXTENSIONS => names.push(name.to_owned()),
            "" => found.push(
                Diagnostic::error(
                    "transform",
                    "Template format error: every Transform must be a string or a list of strings.",
                )
                .at(item.span, "not the name of a transform"),
            ),
            other => found.push(refused_transform(other, item.span)),
        }
    }
    names
}

fn refused_transform(name: &str, span: crate::Span) -> Diagnostic {
    Diagnostic::unsupported("transform", format!("the transform {name} is not supported: macros are not run"))
        .at(span, "not run here")
        .cure(format!("write its result into the template; {SERVERLESS} is run"))
}

fn check_globals(document: &Node, sections: &Sections, found: &mut Diagnostics) {
    let Some(entry) = document.as_map().and_then(|map| map.entry("Globals")) else { return };
    if !sections.has_transform(SERVERLESS) {
        let message = "Invalid template property or properties [Globals]";
        found.push(
            Diagnostic::error("unknown-section", message)
                .at(entry.key_span, "a section of SAM templates only")
                .cure(format!("add `Transform: {SERVERLESS}`")),
        );
    }
}

/// All sections, SAM's `Globals` among them.
/// The one rule of templates that `cdk synth` writes: whether `cdk bootstrap` has run, which nothing here needs.
pub(crate) const CDK_RULE: &str = "CheckBootstrapVersion";

fn is_of_the_cdk(rules: &Node) -> bool {
    rules.as_map().is_some_and(|rules| !rules.is_empty() && rules.iter().all(|rule| rule.key == CDK_RULE))
}

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];
