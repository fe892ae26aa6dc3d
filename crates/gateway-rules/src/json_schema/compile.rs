//! Compiles the schemas of an API together: they may refer to each other, and to themselves.

use std::collections::HashMap;
use std::sync::Arc;

use frontgate_explain::PlaceId;
use serde_json::Value;

use super::keywords::KEYWORDS;
use super::pattern::Pattern;
use super::{Keyword, NodeId, Schema, SchemaNode};

/// A schema to compile.
#[derive(Clone, Debug)]
pub struct SchemaSource<'v> {
    /// The name of its model; empty for one that nothing can refer to.
    pub name: &'v str,
    /// The schema.
    pub schema: &'v Value,
    /// The JSON pointer of it in what `place_of` knows.
    pub pointer: String,
    /// It stands in an OpenAPI document: `#/definitions/NAME` is another model, and keywords of extensions are left out.
    /// `minItems` and `maxItems` are not, although the developer guide says so (recorded: `test_import_with_circular_models`).
    pub is_imported: bool,
}

/// Something that is wrong with a schema, or not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether AWS refuses it.
    pub kind: ProblemKind,
    /// Where.
    pub pointer: String,
    /// AWS's words for it, where AWS refuses it.
    pub error: String,
    /// What it is about.
    pub why: String,
}

/// Whose fault a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// AWS refuses it.
    Invalid,
    /// It is not done here.
    Unsupported,
}

/// Compiles schemas; the result has one for each source, in their order. One with a problem asks less than it says.
pub fn compile(
    sources: &[SchemaSource<'_>],
    api_id: &str,
    place_of: &mut dyn FnMut(&str) -> PlaceId,
) -> (Vec<Schema>, Vec<Problem>) {
    let mut compiler = Compiler {
        sources,
        api_id,
        place_of,
        nodes: Vec::new(),
        known: HashMap::new(),
        queue: Vec::new(),
        problems: Vec::new(),
    };
    let roots: Vec<NodeId> = sources
        .iter()
        .enumerate()
        .map(|(index, source)| {
            compiler.node(&Location { source: index, schema: source.schema, pointer: source.pointer.clone() })
        })
        .collect();
    while let Some((node, location)) = compiler.queue.pop() {
        compiler.fill(node, &location);
    }
    let nodes: Arc<[SchemaNode]> = compiler.nodes.into();
    let schemas = roots.into_iter().map(|root| Schema { nodes: Arc::clone(&nodes), root }).collect();
    (schemas, compiler.problems)
}

/// A schema on its way.
#[derive(Clone, Debug)]
pub struct Location<'v> {
    /// Which source it belongs to.
    pub source: usize,
    /// The schema.
    pub schema: &'v Value,
    /// Its pointer.
    pub pointer: String,
}

/// What has been compiled so far.
pub struct Compiler<'c, 'v> {
    sources: &'c [SchemaSource<'v>],
    api_id: &'c str,
    place_of: &'c mut dyn FnMut(&str) -> PlaceId,
    nodes: Vec<SchemaNode>,
    known: HashMap<String, NodeId>,
    queue: Vec<(NodeId, Location<'v>)>,
    problems: Vec<Problem>,
}

impl<'v> Compiler<'_, 'v> {
    /// The number of the schema there, or of the one that it refers to.
    pub fn node(&mut self, location: &Location<'v>) -> NodeId {
        let mut location = location.clone();
        for _ in 0..REFERENCES_MAX {
            let Some(reference) = location.schema.get("$ref") else { break };
            let Some(next) = self.referenced(&location, reference) else { break };
            location = next;
        }
        if let Some(node) = self.known.get(&location.pointer) {
            return *node;
        }
        self.nodes.push(SchemaNode::default());
        let node = self.nodes.len() - 1;
        self.known.insert(location.pointer.clone(), node);
        self.queue.push((node, location));
        node
    }

    /// What a reference leads to.
    fn referenced(&mut self, from: &Location<'v>, reference: &Value) -> Option<Location<'v>> {
        let found = reference.as_str().and_then(|text| self.target(from, text));
        if found.is_none() {
            let pointer = format!("{}/$ref", from.pointer);
            let why = format!("{reference} names no model of this API and nothing in this schema");
            self.problem(ProblemKind::Invalid, pointer, NOT_CANONICAL, why);
        }
        found
    }

    fn target(&self, from: &Location<'v>, text: &str) -> Option<Location<'v>> {
        if let Some(rest) = text.strip_prefix(CANONICAL) {
            let (api, name) = rest.split_once("/models/")?;
            return self.model(name).filter(|_| api == self.api_id);
        }
        let path = text.strip_prefix('#')?;
        let source = &self.sources[from.source];
        if source.is_imported {
            let named =
                path.strip_prefix("/definitions/").or_else(|| path.strip_prefix("/components/schemas/"));
            if let Some(name) = named {
                let (name, below) =
                    name.split_once('/').map_or((name, None), |(name, below)| (name, Some(below)));
                let model = self.model(&name.replace("~1", "/").replace("~0", "~"))?;
                return match below {
                    None => Some(model),
                    Some(below) => model.below(&format!("/{below}")),
                };
            }
        }
        let root = Location { source: from.source, schema: source.schema, pointer: source.pointer.clone() };
        root.below(path)
    }

    /// The model of that name.
    fn model(&self, name: &str) -> Option<Location<'v>> {
        let index = self.sources.iter().position(|source| source.name == name && !name.is_empty())?;
        let source = &self.sources[index];
        Some(Location { source: index, schema: source.schema, pointer: source.pointer.clone() })
    }

    /// Reads a schema into its node.
    fn fill(&mut self, node: NodeId, location: &Location<'v>) {
        let Some(members) = location.schema.as_object() else {
            let why = format!("{} is no schema", short(location.schema));
            return self.invalid(location.pointer.clone(), why);
        };
        let mut filled = SchemaNode::default();
        let is_imported = self.sources[location.source].is_imported;
        let mut unknown = Vec::new();
        for (name, value) in members {
            let here = location.child(name, value);
            match KEYWORDS.iter().find(|(known, _)| known == name) {
                Some((_, read)) => {
                    if let Some(keyword) = read(self, &here, location.schema, &mut filled) {
                        let place = (self.place_of)(&here.pointer);
                        filled.keywords.push((keyword, place));
                    }
                }
                None if is_imported && name.starts_with("x-") => {}
                None => unknown.push(name.as_str()),
            }
        }
        if !unknown.is_empty() {
            let error = format!(
                "Invalid model schema specified. Unsupported keyword(s): {}",
                Value::from(unknown.clone())
            );
            let pointer = location.child(unknown[0], location.schema).pointer;
            self.problem(
                ProblemKind::Invalid,
                pointer,
                &error,
                "JSON Schema draft 4 has no such keyword".to_owned(),
            );
        }
        filled.keywords.sort_by_key(|(keyword, _)| keyword.rank());
        self.nodes[node] = filled;
    }

    /// Compiles a regular expression.
    pub fn pattern(&mut self, text: &str, pointer: &str) -> Option<Pattern> {
        match Pattern::compile(text) {
            Ok(pattern) => Some(pattern),
            Err(_) if super::pattern::is_hard(text) => {
                let why = format!(
                    "The regular expression `{text}` has look-around or back-references, which is not implemented"
                );
                self.problem(ProblemKind::Unsupported, pointer.to_owned(), "", why);
                None
            }
            Err(error) => {
                self.invalid(pointer.to_owned(), format!("`{text}` is no regular expression: {error}"));
                None
            }
        }
    }

    /// Notes that a schema breaks the syntax.
    pub fn invalid(&mut self, pointer: String, why: String) {
        self.problem(ProblemKind::Invalid, pointer, "Invalid model schema specified", why);
    }

    fn problem(&mut self, kind: ProblemKind, pointer: String, error: &str, why: String) {
        self.problems.push(Problem { kind, pointer, error: error.to_owned(), why });
    }
}

impl<'v> Location<'v> {
    /// A member of it.
    pub fn child(&self, name: &str, schema: &'v Value) -> Self {
        Self { source: self.source, schema, pointer: crate::integration::child(&self.pointer, name) }
    }

    /// What a JSON pointer leads to in it.
    fn below(&self, path: &str) -> Option<Self> {
        let schema = self.schema.pointer(path)?;
        Some(Self { source: self.source, schema, pointer: format!("{}{path}", self.pointer) })
    }
}

impl Keyword {
    /// Where it stands among the keywords of a schema.
    fn rank(&self) -> u8 {
        match self {
            Self::AdditionalItems(_) => 0,
            Self::AdditionalProperties => 1,
            Self::AllOf(_) => 2,
            Self::AnyOf(_) => 3,
            Self::Dependencies { .. } => 4,
            Self::Enum(_) => 5,
            Self::MaxItems(_) => 6,
            Self::MaxLength(_) => 7,
            Self::MaxProperties(_) => 8,
            Self::Maximum(..) => 9,
            Self::MinItems(_) => 10,
            Self::MinLength(_) => 11,
            Self::MinProperties(_) => 12,
            Self::Minimum(..) => 13,
            Self::MultipleOf(_) => 14,
            Self::Not(_) => 15,
            Self::OneOf(_) => 16,
            Self::Pattern(_) => 17,
            Self::Required(_) => 18,
            Self::Type(_) => 19,
            Self::UniqueItems => 20,
            Self::Format(_) => 21,
        }
    }
}

/// A value in a message, not longer than a line.
pub fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHORT_LENGTH_MAX {
        return text;
    }
    text.chars().take(SHORT_LENGTH_MAX).chain("…".chars()).collect()
}

/// What a reference to another model of the API begins with.
const CANONICAL: &str = "https://apigateway.amazonaws.com/restapis/";
const NOT_CANONICAL: &str = "Model reference must be in canonical form";
/// So many references may lead to each other before something else comes.
const REFERENCES_MAX: usize = 64;
const SHORT_LENGTH_MAX: usize = 60;
