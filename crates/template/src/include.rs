//! What does `AWS::Include` bring into the template?
//!
//! Includes are evaluated before the transforms of the whole template, SAM's among them, so that a `DefinitionBody` may be one.
//! Where the file lies is asked of the caller: this crate reads no files.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html>

use std::collections::BTreeMap;

use crate::load::load_part;
use crate::value::Entry;
use crate::{Context, Diagnostic, Diagnostics, Map, Node, SourceFile, Span, Template, Value};

/// The key under which `DefinitionUri` has what the file holds.
pub const CONTENT: &str = "Content";

/// Finds a file by its location: its name and its text, or why there is none.
pub type Read<'r> = &'r mut dyn FnMut(&str) -> Result<(String, String), String>;

/// Puts the content of files in the place of the `AWS::Include` that names them.
///
/// # Errors
/// Files that are not there, or hold no document.
pub fn include(template: &mut Template, context: &Context, read: Read<'_>) -> Result<(), Diagnostics> {
    let mut includer = Includer {
        parameters: parameters(&template.document, context),
        source: &mut template.source,
        read,
        found: Diagnostics::default(),
    };
    includer.expand(&mut template.document);
    includer.expand_top(&mut template.document);
    includer.read_definitions(&mut template.document);
    if includer.found.is_empty() { Ok(()) } else { Err(includer.found) }
}

struct Includer<'i, 'r> {
    parameters: BTreeMap<String, String>,
    source: &'i mut SourceFile,
    read: Read<'r>,
    found: Diagnostics,
}

impl Includer<'_, '_> {
    /// The innermost first.
    fn expand(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::List(items) => items.iter_mut().for_each(|item| self.expand(item)),
            Value::Map(map) => map.nodes_mut().for_each(|node| self.expand(node)),
            _ => {}
        }
        let Some(map) = node.as_map_mut() else { return };
        let Some(location) = map.get("Fn::Transform").and_then(include_location).cloned() else { return };
        let is_alone = map.len() == 1;
        map.remove("Fn::Transform");
        let Some(part) = self.part(&location) else { return };
        if is_alone {
            *node = part;
        } else {
            self.merge(map, part, &location);
        }
    }

    /// `Transform: {Name: AWS::Include, …}` at the top, perhaps among others.
    fn expand_top(&mut self, document: &mut Node) {
        let Some(map) = document.as_map_mut() else { return };
        let locations: Vec<Node> = match map.get("Transform").map(|node| (&node.value, node)) {
            Some((Value::List(list), _)) => list.iter().filter_map(include_location).cloned().collect(),
            Some((Value::Map(_), node)) => include_location(node).into_iter().cloned().collect(),
            _ => return,
        };
        if locations.is_empty() {
            return;
        }
        match map.get_mut("Transform").map(|node| &mut node.value) {
            Some(Value::List(list)) => list.retain(|node| include_location(node).is_none()),
            _ => drop(map.remove("Transform")),
        }
        for location in locations {
            if let Some(part) = self.part(&location) {
                self.merge(map, part, &location);
            }
        }
    }

    /// The files that `DefinitionUri` of SAM's APIs names. What is made of them depends on what is in them.
    fn read_definitions(&mut self, document: &mut Node) {
        let resources =
            document.as_map_mut().and_then(|map| map.get_mut("Resources")).and_then(Node::as_map_mut);
        for resource in resources.into_iter().flat_map(Map::nodes_mut) {
            let kind = resource.get("Type").and_then(Node::as_str).unwrap_or_default();
            if !["AWS::Serverless::Api", "AWS::Serverless::HttpApi"].contains(&kind) {
                continue;
            }
            let properties = resource.as_map_mut().and_then(|map| map.get_mut("Properties"));
            let uri = properties.and_then(Node::as_map_mut).and_then(|map| map.get_mut("DefinitionUri"));
            let Some(uri) = uri else { continue };
            let Some(location) = definition_location(uri) else { continue };
            if let Some(content) = self.part(&location) {
                let mut map = Map::default();
                map.set(CONTENT, uri.span, content);
                uri.value = Value::Map(map);
            }
        }
    }

    /// The content of the file at a location.
    fn part(&mut self, location: &Node) -> Option<Node> {
        let found = match self.text(location) {
            Some(text) => (self.read)(&text),
            None => {
                Err("The location parameter is not a text, a Ref or an Fn::Sub with parameters".to_owned())
            }
        };
        match found {
            Ok((name, text)) => {
                load_part(self.source, &name, &text).map_err(|all| self.found.append(all)).ok()
            }
            Err(why) => {
                self.fail(location.span, &why, "Name a file from the template's folder, or s3://BUCKET/KEY");
                None
            }
        }
    }

    /// Adds the members of a part; sections that are there already get its members.
    fn merge(&mut self, map: &mut Map, part: Node, location: &Node) {
        let Value::Map(part) = part.value else {
            let why = "The file holds no map, and what it is included into is one";
            return self.fail(location.span, why, "Write keys and values into it");
        };
        for Entry { key, key_span, node } in part {
            if !map.contains(&key) {
                map.push(Entry { key, key_span, node });
                continue;
            }
            match map.get_mut(&key).and_then(Node::as_map_mut).filter(|_| node.as_map().is_some()) {
                Some(known) => self.merge(known, node, location),
                None => {
                    let why = format!("{key} is there already");
                    self.fail(key_span, &why, "Leave one of the two");
                }
            }
        }
    }

    /// A location, which may name parameters.
    fn text(&self, location: &Node) -> Option<String> {
        if let Some(text) = location.as_str() {
            return Some(text.to_owned());
        }
        if let Some(name) = location.get("Ref").and_then(Node::as_str) {
            return self.parameters.get(name).cloned();
        }
        let mut text = location.get("Fn::Sub")?.as_str()?.to_owned();
        for (name, value) in &self.parameters {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        (!text.contains("${")).then_some(text)
    }

    fn fail(&mut self, span: Span, why: &str, cure: &str) {
        let message = format!("Transform AWS::Include failed with: {why}");
        self.found.push(Diagnostic::error("include", message).at(span, "this one").cure(cure));
    }
}

/// Where a `DefinitionUri` leads to, where that can be known yet.
fn definition_location(uri: &Node) -> Option<Node> {
    if uri.as_str().is_some() {
        return Some(uri.clone());
    }
    let (bucket, key) = (uri.get("Bucket")?.as_str()?, uri.get("Key")?.as_str()?);
    let has_version = uri.get("Version").is_some_and(|version| !version.is_null());
    (!has_version).then(|| Node::new(format!("s3://{bucket}/{key}"), uri.span))
}

/// The location of a call of `AWS::Include`.
fn include_location(call: &Node) -> Option<&Node> {
    call.get("Name").filter(|name| name.as_str() == Some("AWS::Include"))?;
    call.at(&["Parameters", "Location"])
}

/// What parameters are worth, as far as texts: those that were given, else their defaults, and the pseudo parameters.
fn parameters(document: &Node, context: &Context) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in document.get("Parameters").and_then(Node::as_map).into_iter().flatten() {
        if let Some(default) = entry.node.get("Default").and_then(Node::text) {
            all.insert(entry.key.clone(), default);
        }
    }
    all.extend(context.parameters.clone());
    all.insert("AWS::AccountId".to_owned(), context.account_id.clone());
    all.insert("AWS::Region".to_owned(), context.region.clone());
    all.insert("AWS::StackName".to_owned(), context.stack_name.clone());
    all
}
