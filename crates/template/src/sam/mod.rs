//! What does the transform `AWS::Serverless-2016-10-31` make of the template?
//!
//! Functions, layers, REST APIs and HTTP APIs become what SAM makes of them, under the names that SAM gives; other types are refused by
//! name. Conditions are known already, so a function that is not made adds nothing to an API, where SAM writes an
//! `Fn::If` that comes to the same.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>

mod api;
mod api_key;
mod auth;
mod build;
mod cors;
mod definition;
mod definition_uri;
mod domain;
mod event;
mod event_invoke;
mod function;
mod globals;
mod http_api;
mod http_auth;
mod http_event;
mod layer;
mod policy_template;
mod properties;
mod rename;
mod request;
mod resource_policy;
mod role;
mod simple_table;
mod version;

use std::collections::BTreeMap;

use crate::prepared::ParameterValue;
use crate::resources::{ATTRIBUTES, UNSUPPORTED_ATTRIBUTES};
use crate::sections::Sections;
use crate::suggest::cure;
use crate::value::Entry;
use crate::{Diagnostic, Diagnostics, Map, Node, Span};

use self::api::Api;
use self::build::At;
use self::http_api::HttpApi;

/// A resource of a SAM type, with the globals merged into its properties.
struct Source {
    logical_id: String,
    logical_id_span: Span,
    /// What stands beside `Type` and `Properties`.
    attributes: Map,
    properties: Map,
    /// The alias of a function that is published; its events go through it.
    alias: Option<String>,
}

impl Source {
    /// What events call: the alias of a function that is published, else the function.
    fn called(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.logical_id)
    }

    /// The name of the ARN of that in `Fn::Sub`: `Ref` to an alias gives it.
    fn called_arn(&self) -> String {
        self.alias.clone().unwrap_or_else(|| format!("{}.Arn", self.logical_id))
    }
}

/// A generated resource.
struct Made {
    logical_id: String,
    span: Span,
    node: Node,
}

/// Replaces the SAM resources of `sections` by what they stand for; says which resource came from which.
pub(crate) fn transform(
    sections: &mut Sections,
    conditions: &BTreeMap<String, bool>,
    parameters: &[ParameterValue],
    found: &mut Diagnostics,
) -> BTreeMap<String, String> {
    let globals = globals::read(sections.globals.as_ref(), found);
    let mut apis = sections
        .resources
        .iter()
        .filter(|entry| kind(entry) == Some(API))
        .map(|entry| Api::new(source(entry, "Api", &globals, found), found))
        .collect::<Vec<_>>();
    let mut http_apis = sections
        .resources
        .iter()
        .filter(|entry| kind(entry) == Some(HTTP_API))
        .map(|entry| HttpApi::new(source(entry, "HttpApi", &globals, found), found))
        .collect::<Vec<_>>();

    let (mut made, mut names) = (BTreeMap::new(), BTreeMap::new());
    for entry in sections.resources.iter().filter(|entry| kind(entry) == Some(FUNCTION)) {
        let source = source(entry, "Function", &globals, found);
        let mut context = function::Context {
            apis: &mut apis,
            http_apis: &mut http_apis,
            globals: &globals,
            conditions,
            parameters,
            resources: &sections.resources,
            names: &mut names,
        };
        made.insert(entry.key.clone(), function::transform(source, &mut context, found));
    }
    for entry in sections.resources.iter().filter(|entry| kind(entry) == Some(LAYER)) {
        let source = source(entry, "LayerVersion", &globals, found);
        made.insert(entry.key.clone(), layer::transform(source, found));
    }
    for entry in sections.resources.iter().filter(|entry| kind(entry) == Some(SIMPLE_TABLE)) {
        let source = source(entry, "SimpleTable", &globals, found);
        made.insert(entry.key.clone(), simple_table::transform(source, found));
    }
    let mut implicit = Vec::new();
    for api in apis {
        let logical_id = api.logical_id().to_owned();
        let is_implicit = api.is_implicit();
        let resources = api.finish(&mut names, found);
        match is_implicit {
            true => implicit.push((logical_id, resources)),
            false => drop(made.insert(logical_id, resources)),
        }
    }
    for api in http_apis {
        let logical_id = api.logical_id().to_owned();
        let is_implicit = api.is_implicit();
        let resources = api.finish(&mut names, found);
        match is_implicit {
            true => implicit.push((logical_id, resources)),
            false => drop(made.insert(logical_id, resources)),
        }
    }

    let mut target = Target { resources: Map::default(), made_by: BTreeMap::new() };
    for entry in std::mem::take(&mut sections.resources) {
        match made.remove(&entry.key) {
            Some(resources) => target.add(&entry.key, resources, found),
            None => target.keep(entry, found),
        }
    }
    implicit.into_iter().for_each(|(logical_id, resources)| target.add(&logical_id, resources, found));
    rename::references(&mut target.resources, &names);
    rename::references(&mut sections.outputs, &names);
    sections.resources = target.resources;
    target.made_by
}

/// The resources after the transform.
struct Target {
    resources: Map,
    made_by: BTreeMap<String, String>,
}

impl Target {
    fn add(&mut self, made_by: &str, resources: Vec<Made>, found: &mut Diagnostics) {
        for Made { logical_id, span, node } in resources {
            let is_made = self.made_by.contains_key(&logical_id);
            if let Some(earlier) = self.resources.get_mut(&logical_id).filter(|_| is_made)
                && domain::is_shared(earlier, &node)
            {
                continue;
            }
            if self.resources.contains(&logical_id) {
                let message = format!("SAM makes {logical_id} from {made_by}, and there is one already");
                found.push(
                    Diagnostic::error("duplicate-key", message)
                        .at(span, "made from this")
                        .cure(format!("rename {logical_id}, or what it is made from")),
                );
                continue;
            }
            self.made_by.insert(logical_id.clone(), made_by.to_owned());
            self.resources.push(Entry { key: logical_id, key_span: span, node });
        }
    }

    /// A resource that SAM does not transform; one that it should is refused.
    fn keep(&mut self, entry: Entry, found: &mut Diagnostics) {
        if let Some(name) = kind(&entry).and_then(|kind| kind.strip_prefix("AWS::Serverless::")) {
            let span = entry.node.get("Type").map_or(entry.key_span, |node| node.span);
            found.push(refused_type(name, span));
        }
        if self.resources.contains(&entry.key) {
            let message = format!("SAM makes a resource {} already", entry.key);
            found.push(
                Diagnostic::error("duplicate-key", message)
                    .at(entry.key_span, "the same name")
                    .cure("rename it"),
            );
            return;
        }
        self.resources.push(entry);
    }
}

fn refused_type(name: &str, span: Span) -> Diagnostic {
    if let Some((_, reason)) = OTHER_TYPES.iter().find(|row| row.0 == name) {
        let message = format!("the resource type AWS::Serverless::{name} is not supported: {reason}");
        return Diagnostic::unsupported("sam-type", message).at(span, "not transformed here");
    }
    let message = format!("Template format error: Unrecognized resource types: [AWS::Serverless::{name}]");
    let names = OTHER_TYPES.iter().map(|row| row.0).chain([
        "Api",
        "HttpApi",
        "Function",
        "LayerVersion",
        "SimpleTable",
    ]);
    Diagnostic::error("sam-type", message).at(span, "not a type of SAM").cure(cure(name, names, "SAM type"))
}

fn kind(entry: &Entry) -> Option<&str> {
    entry.node.get("Type").and_then(Node::as_str)
}

/// Takes a resource apart, with the globals of its type.
fn source(entry: &Entry, section: &str, globals: &Map, found: &mut Diagnostics) -> Source {
    let mut attributes = entry.node.as_map().cloned().unwrap_or_default();
    attributes.remove("Type");
    let properties = attributes.remove("Properties").map(|entry| entry.node);
    let local = match properties {
        Some(node) if node.as_map().is_none() && !node.is_null() => {
            let cause = "Properties should be a map.";
            found.push(
                properties::invalid(&entry.key, cause).at(node.span, format!("a {}", node.value.kind())),
            );
            Map::default()
        }
        Some(node) => node.as_map().cloned().unwrap_or_default(),
        None => Map::default(),
    };
    let global = globals_for(entry, section, globals, attributes.remove("IgnoreGlobals"), found);
    let attributes = known_attributes(&entry.key, attributes, found);
    Source {
        logical_id: entry.key.clone(),
        logical_id_span: entry.key_span,
        attributes,
        properties: globals::merge(section, global.as_ref(), local),
        alias: None,
    }
}

/// The attributes that SAM writes into what it makes; it drops others.
fn known_attributes(logical_id: &str, attributes: Map, found: &mut Diagnostics) -> Map {
    let mut known = Map::default();
    for attribute in attributes {
        let key = attribute.key.as_str();
        if ATTRIBUTES.contains(&key) || UNSUPPORTED_ATTRIBUTES.contains(&key) {
            known.push(attribute);
            continue;
        }
        let message =
            format!("SAM drops {} of {logical_id}: resources have no such attribute", attribute.key);
        found.push(
            Diagnostic::warning("unknown-resource-attribute", message)
                .at(attribute.key_span, "dropped")
                .cure("indent it under `Properties:` if it is a property of the resource"),
        );
    }
    known
}

/// The globals of a type without those that the resource ignores.
fn globals_for(
    entry: &Entry,
    section: &str,
    globals: &Map,
    ignored: Option<Entry>,
    found: &mut Diagnostics,
) -> Option<Node> {
    let mut global = globals.get(section)?.clone();
    let Some(ignored) = ignored else { return Some(global) };
    if ignored.node.as_str() == Some("*") {
        return None;
    }
    let names =
        ignored.node.as_list().map(|items| items.iter().map(Node::as_str).collect::<Option<Vec<_>>>());
    let (Some(Some(names)), Some(map)) = (names, global.as_map_mut()) else {
        let cause = format!("Resource {} has invalid resource attribute 'IgnoreGlobals'.", entry.key);
        found.push(
            properties::invalid(&entry.key, &cause).at(ignored.node.span, "write \"*\" or a list of names"),
        );
        return Some(global);
    };
    for name in names {
        if map.remove(name).is_none() {
            let cause = format!(
                "Resource {} has invalid resource attribute 'IgnoreGlobals' on item '{name}'.",
                entry.key
            );
            found.push(
                properties::invalid(&entry.key, &cause).at(ignored.node.span, format!("no global {name}")),
            );
        }
    }
    Some(global)
}

/// `Tags` as SAM writes them into resources: a list, perhaps with SAM's own tag in front.
fn tags(
    logical_id: &str,
    properties: &Map,
    at: At,
    is_marked: bool,
    found: &mut Diagnostics,
) -> Option<Node> {
    let tag = |at: At, key: Node, value: Node| at.map([("Key", Some(key)), ("Value", Some(value))]);
    let mut list = Vec::new();
    if is_marked {
        list.push(tag(at, at.text("lambda:createdBy"), at.text("SAM")));
    }
    if let Some(node) = properties.get("Tags") {
        match node.as_map() {
            Some(map) => list.extend(map.iter().map(|entry| {
                let at = At(entry.key_span);
                tag(at, at.text(entry.key.as_str()), entry.node.clone())
            })),
            None => found.push(
                properties::invalid(logical_id, "Property 'Tags' should be a map.")
                    .at(node.span, format!("a {}", node.value.kind())),
            ),
        }
    }
    (!list.is_empty()).then(|| at.list(list))
}

const API: &str = "AWS::Serverless::Api";
const HTTP_API: &str = "AWS::Serverless::HttpApi";
const FUNCTION: &str = "AWS::Serverless::Function";
const LAYER: &str = "AWS::Serverless::LayerVersion";
const SIMPLE_TABLE: &str = "AWS::Serverless::SimpleTable";

/// The types of SAM that are not transformed, and why.
const OTHER_TYPES: &[(&str, &str)] = &[
    ("Application", "there is one stack, and none nested in it"),
    ("CapacityProvider", "functions run as processes of this machine, and not on instances of EC2"),
    ("Connector", "write the policies and permissions that it stands for"),
    ("GraphQLApi", "AppSync does not run here"),
    ("MicrovmImage", "functions run as processes of this machine, and not in virtual machines"),
    ("NetworkConnector", "there is no VPC here that a function could be connected to"),
    ("StateMachine", "Step Functions does not run here"),
    ("WebSocketApi", "WebSocket APIs are not done yet"),
];
