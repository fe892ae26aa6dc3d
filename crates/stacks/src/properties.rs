//! Reading the properties of a resource so that nothing is accepted and silently not done.
//!
//! A reader remembers which properties were taken. What is left at the end is refused: by name and line, as not
//! done yet where CloudFormation knows the property, else as CloudFormation refuses an unknown one.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::RangeInclusive;

use frontgate_template::{Diagnostic, Map, Node, Span, Value};

/// What is wrong with the resources, collected so that all of it can be told at once.
#[derive(Default)]
pub struct Problems {
    list: RefCell<Vec<Diagnostic>>,
}

/// One object of properties.
pub struct Object<'a> {
    map: Option<&'a Map>,
    span: Span,
    path: String,
    taken: RefCell<Vec<Cow<'static, str>>>,
    problems: &'a Problems,
}

/// A text and where it stands.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    /// The text; numbers and booleans as CloudFormation turns them into text.
    pub value: Cow<'a, str>,
    /// Where it stands.
    pub span: Span,
}

impl Problems {
    /// Notes a fault of the template. What an inert resource entails is no fault of its own.
    pub fn error(
        &self,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let message = message.into();
        if !message.contains(INERT_MARK) {
            self.push(Diagnostic::error("invalid-property", message).at(span, label), cure.into());
        }
    }

    /// Notes something that AWS does and frontgate does not yet.
    pub fn unsupported(&self, span: Span, message: impl Into<String>, cure: impl Into<String>) {
        self.push(Diagnostic::unsupported("not-implemented", message).at(span, "not done yet"), cure.into());
    }

    /// Notes something worth saying that stops nothing.
    pub fn warning(
        &self,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.push(Diagnostic::warning("suspicious", message).at(span, label), cure.into());
    }

    /// Takes diagnostics over from elsewhere.
    pub fn extend(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.list.borrow_mut().extend(diagnostics);
    }

    /// All of them.
    #[must_use]
    pub fn into_list(self) -> Vec<Diagnostic> {
        self.list.into_inner()
    }

    fn push(&self, diagnostic: Diagnostic, cure: String) {
        let diagnostic = if cure.is_empty() { diagnostic } else { diagnostic.cure(cure) };
        self.list.borrow_mut().push(diagnostic);
    }
}

impl<'a> Object<'a> {
    /// A reader of `node`; `path` names it in messages, such as `AWS::S3::Bucket Site`.
    pub fn new(node: &'a Node, path: impl Into<String>, problems: &'a Problems) -> Self {
        let path = path.into();
        let map = match &node.value {
            Value::Map(map) => Some(map),
            Value::Null => None,
            other => {
                let found = other.kind();
                problems.error(
                    node.span,
                    format!("{path}: expected type: JSONObject, found: {found}"),
                    found,
                    "",
                );
                None
            }
        };
        Self { map, span: node.span, path, taken: RefCell::default(), problems }
    }

    /// Where the object stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// What the object is called in messages.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// All that is written in it.
    #[must_use]
    pub fn written(&self) -> serde_json::Value {
        let node = |map: &Map| Node::new(Value::Map(map.clone()), self.span);
        self.map.map_or(serde_json::Value::Null, |map| node(map).to_json())
    }

    /// Where problems are noted.
    #[must_use]
    pub fn problems(&self) -> &'a Problems {
        self.problems
    }

    /// The node of a property.
    pub fn node(&self, name: &'static str) -> Option<&'a Node> {
        self.taken.borrow_mut().push(Cow::Borrowed(name));
        self.map.and_then(|map| map.get(name)).filter(|node| !matches!(node.value, Value::Null))
    }

    /// Where a property stands, else the object itself.
    pub fn span_of(&self, name: &str) -> Span {
        self.map.and_then(|map| map.get(name)).map_or(self.span, |node| node.span)
    }

    /// A text.
    pub fn text(&self, name: &'static str) -> Option<Text<'a>> {
        let node = self.node(name)?;
        let text = scalar(&node.value);
        if text.is_none() {
            self.mistyped(node, name, "String");
        }
        text.map(|value| Text { value, span: node.span })
    }

    /// A text that must be there.
    pub fn required_text(&self, name: &'static str) -> Option<Text<'a>> {
        self.require(name);
        self.text(name)
    }

    /// A boolean; CloudFormation takes the texts `true` and `false`, too.
    pub fn flag(&self, name: &'static str) -> Option<bool> {
        let node = self.node(name)?;
        let flag = scalar(&node.value).and_then(|text| match &*text {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        });
        if flag.is_none() {
            self.mistyped(node, name, "Boolean");
        }
        flag
    }

    /// A whole number within bounds.
    pub fn number(&self, name: &'static str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let node = self.node(name)?;
        let text = scalar(&node.value);
        let number = text.as_deref().and_then(|text| {
            let whole = text.strip_suffix(".0").unwrap_or(text);
            whole.parse::<u64>().ok()
        });
        match number {
            None => self.mistyped(node, name, "Integer"),
            Some(number) if !bounds.contains(&number) => {
                let (least, most) = (bounds.start(), bounds.end());
                let message = format!("{}.{name}: {number} is not between {least} and {most}", self.path);
                self.problems.error(
                    node.span,
                    message,
                    "out of bounds",
                    format!("Use a number from {least} to {most}."),
                );
                return None;
            }
            Some(_) => {}
        }
        number
    }

    /// One of a closed set of values.
    pub fn choice<T: Copy>(&self, name: &'static str, rows: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = rows.iter().find(|(value, _)| *value == text.value).map(|(_, chosen)| *chosen);
        if found.is_none() {
            let allowed: Vec<_> = rows.iter().map(|(value, _)| *value).collect();
            self.problems.error(
                text.span,
                format!("{}.{name}: `{}` is not a valid value", self.path, text.value),
                "not a valid value",
                format!("Use one of: {}.", allowed.join(", ")),
            );
        }
        found
    }

    /// A list of texts; a missing one is empty.
    pub fn texts(&self, name: &'static str) -> Vec<Text<'a>> {
        let mut texts = Vec::new();
        for node in self.nodes(name) {
            match scalar(&node.value) {
                Some(value) => texts.push(Text { value, span: node.span }),
                None => self.mistyped(node, name, "String"),
            }
        }
        texts
    }

    /// The nodes of a list; a missing one is empty.
    pub fn nodes(&self, name: &'static str) -> &'a [Node] {
        match self.node(name) {
            None => &[],
            Some(Node { value: Value::List(list), .. }) => list,
            Some(node) => {
                self.mistyped(node, name, "JSONArray");
                &[]
            }
        }
    }

    /// An object.
    pub fn object(&self, name: &'static str) -> Option<Object<'a>> {
        let node = self.node(name)?;
        Some(Object::new(node, format!("{}.{name}", self.path), self.problems))
    }

    /// A list of objects; a missing one is empty.
    pub fn objects(&self, name: &'static str) -> Vec<Object<'a>> {
        let nodes = self.nodes(name).iter().enumerate();
        nodes
            .map(|(index, node)| Object::new(node, format!("{}.{name}[{index}]", self.path), self.problems))
            .collect()
    }

    /// Notes an error if a property is not there.
    pub fn require(&self, name: &'static str) {
        let missing =
            self.map.is_none_or(|map| map.get(name).is_none_or(|node| matches!(node.value, Value::Null)));
        if missing {
            let message = format!("{}: required key [{name}] not found", self.path);
            self.problems.error(self.span, message, format!("has no {name}"), format!("Add {name}."));
        }
    }

    /// Properties that change no answer here: descriptions, tags, prices.
    pub fn accept(&self, names: &[&'static str]) {
        self.taken.borrow_mut().extend(names.iter().map(|name| Cow::Borrowed(*name)));
    }

    /// Properties of AWS that are not done yet: each that is there is refused by name and line.
    pub fn unsupported(&self, names: &[&'static str]) {
        for name in names {
            if self.node(name).is_some() {
                let message = format!("{}.{name} is not implemented yet", self.path);
                self.problems.unsupported(self.key_span(name), message, INERT_CURE);
            }
        }
    }

    /// Properties that only WebSocket APIs have, which are not done yet.
    pub fn of_web_sockets(&self, names: &[&'static str]) {
        for name in names {
            if self.node(name).is_some() {
                let message = format!("{}.{name} is supported only for WebSocket APIs", self.path);
                self.problems.unsupported(self.key_span(name), message, INERT_CURE);
            }
        }
    }

    /// Properties of AWS that protect something and are not done yet: they are refused in any case, since what they
    /// protect would be open without them.
    pub fn unsupported_guards(&self, names: &[&'static str]) {
        for name in names {
            if self.node(name).is_some() {
                self.refuse_guard(self.key_span(name), &format!("{}.{name}", self.path));
            }
        }
    }

    /// A value of AWS that protects something and is not done yet.
    pub fn unsupported_guard_value(&self, name: &'static str, text: &Text<'_>) {
        self.refuse_guard(text.span, &format!("{}.{name}: the value `{}`", self.path, text.value));
    }

    fn refuse_guard(&self, span: Span, what: &str) {
        let message = format!("{what} is not implemented yet, and what it protects would be open without it");
        self.problems.error(span, message, "not done yet", "Remove it only if everybody may have access.");
    }

    /// Where the name of a property stands, else the object itself.
    fn key_span(&self, name: &str) -> Span {
        self.map.and_then(|map| map.entry(name)).map_or(self.span, |entry| entry.key_span)
    }

    /// A value of AWS that is not done yet.
    pub fn unsupported_value(&self, name: &'static str, text: &Text<'_>) {
        let message = format!("{}.{name}: the value `{}` is not implemented yet", self.path, text.value);
        self.problems.unsupported(text.span, message, INERT_CURE);
    }

    /// Ends the reading: what nobody took is refused as CloudFormation refuses it.
    pub fn finish(&self) {
        let Some(map) = self.map else { return };
        let taken = self.taken.borrow();
        for entry in map.iter() {
            if taken.iter().any(|name| *name == entry.key) {
                continue;
            }
            let known: Vec<&str> = taken.iter().map(AsRef::as_ref).collect();
            let cure = match nearest(&entry.key, &known) {
                Some(name) => format!("Did you mean {name}?"),
                None => "Remove it, or correct its name.".to_owned(),
            };
            let message = format!("{}: extraneous key [{}] is not permitted", self.path, entry.key);
            self.problems.error(entry.key_span, message, "no such property", cure);
        }
    }

    fn mistyped(&self, node: &Node, name: &str, expected: &str) {
        let found = node.value.kind();
        let message = format!("{}.{name}: expected type: {expected}, found: {found}", self.path);
        self.problems.error(node.span, message, format!("expected {expected}"), "");
    }
}

/// A scalar as CloudFormation turns it into text.
#[must_use]
pub fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::Number(number) => Some(Cow::Borrowed(number.text())),
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// The span of the deepest node on the way of a JSON pointer.
#[must_use]
pub fn span_at(document: &Node, pointer: &str) -> Span {
    let mut node = document;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let next = match &node.value {
            Value::Map(map) => map.get(&part),
            Value::List(list) => part.parse::<usize>().ok().and_then(|index| list.get(index)),
            _ => None,
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    node.span
}

/// The nearest of `names` to a misspelt `name`, where one is near.
#[must_use]
pub fn nearest<'n>(name: &str, names: &[&'n str]) -> Option<&'n str> {
    let renamed = RENAMED.iter().find(|(wrong, _)| *wrong == name).map(|(_, right)| *right);
    if let Some(right) = renamed.and_then(|right| names.iter().find(|candidate| **candidate == right)) {
        return Some(right);
    }
    let distance = |candidate: &&&str| distance(&name.to_ascii_lowercase(), &candidate.to_ascii_lowercase());
    names.iter().min_by_key(distance).filter(|best| distance(best) <= name.len() / 3).copied()
}

fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

/// Names that people write for a property whose real name is not near.
const RENAMED: &[(&str, &str)] = &[
    ("CustomHeaders", "OriginCustomHeaders"),
    ("ErrorPages", "CustomErrorResponses"),
    ("IsIPV6Enabled", "IPV6Enabled"),
    ("OriginSslProtocols", "OriginSSLProtocols"),
];

/// Stands at the beginning of everything that an inert resource answers to Ref and GetAtt.
pub const INERT_MARK: &str = "inert-resource-";

const INERT_CURE: &str = "Remove it, or start with --allow-unsupported to go on without its effect.";

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_name_finds_its_neighbor() {
        let names = ["CacheBehaviors", "CustomErrorResponses", "Comment"];
        let rows = [
            ("CacheBehavior", Some("CacheBehaviors")),
            ("ErrorPages", Some("CustomErrorResponses")),
            ("Coment", Some("Comment")),
            ("Zebra", None),
        ];
        for (name, expected) in rows {
            assert_eq!(nearest(name, &names), expected, "{name}");
        }
    }
}
