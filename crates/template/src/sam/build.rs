//! How a generated part of a template is written: every piece of it lies where the SAM property it comes from lies.

use sha1::{Digest as _, Sha1};

use crate::value::Entry;
use crate::{Map, Node, Span, Value};

/// Writes nodes at one place.
#[derive(Clone, Copy)]
pub(super) struct At(pub(super) Span);

impl At {
    pub(super) fn text(self, text: impl Into<String>) -> Node {
        Node::new(text.into(), self.0)
    }

    pub(super) fn truth(self, value: bool) -> Node {
        Node { value: Value::Bool(value), span: self.0 }
    }

    pub(super) fn list(self, items: Vec<Node>) -> Node {
        Node { value: Value::List(items), span: self.0 }
    }

    /// A map; entries without a node are left out.
    pub(super) fn map<const N: usize>(self, entries: [(&str, Option<Node>); N]) -> Node {
        let mut map = Map::default();
        for (key, node) in entries {
            if let Some(node) = node {
                map.push(Entry { key: key.to_owned(), key_span: self.0, node });
            }
        }
        Node { value: Value::Map(map), span: self.0 }
    }

    pub(super) fn reference(self, name: &str) -> Node {
        self.map([("Ref", Some(self.text(name)))])
    }

    pub(super) fn attribute(self, resource: &str, name: &str) -> Node {
        self.map([("Fn::GetAtt", Some(self.list(vec![self.text(resource), self.text(name)])))])
    }

    pub(super) fn substitute(self, text: impl Into<String>) -> Node {
        self.map([("Fn::Sub", Some(self.text(text)))])
    }
}

/// The resource attributes that SAM gives to everything it makes from a resource.
pub(super) const INHERITED: &[&str] = &["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

/// A resource of type `kind` with `properties` and those of `attributes` that `keep` lets through.
pub(super) fn resource(
    at: At,
    kind: &str,
    properties: Map,
    attributes: &Map,
    keep: impl Fn(&str) -> bool,
) -> Node {
    let mut map = Map::default();
    map.set("Type", at.0, at.text(kind));
    for entry in attributes.iter().filter(|entry| keep(&entry.key)) {
        map.push(entry.clone());
    }
    map.set("Properties", at.0, Node { value: Value::Map(properties), span: at.0 });
    Node { value: Value::Map(map), span: at.0 }
}

/// The first `length` hexadecimal digits of the SHA-1 of `text`, which SAM builds names with.
pub(super) fn digest(text: &str, length: usize) -> String {
    let mut digits = frontgate_aws::hex(&Sha1::digest(text.as_bytes()));
    digits.truncate(length);
    digits
}

/// How many digits SAM puts behind a logical id.
pub(super) const DIGEST_LENGTH: usize = 10;
