//! Which bodies does a model describe? JSON Schema draft 4 as API Gateway reads it, with the texts of the Java library
//! that it uses.
//!
//! The order of keywords and of members, and that nothing below a value with a fault is looked at, are that library's,
//! too: `$context.error.validationErrorString` is compared by people and programs.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html>,
//! <https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00>

mod compile;
mod format;
mod keywords;
mod messages;
mod number;
mod pattern;
#[cfg(test)]
mod tests;
mod validate;

use std::sync::Arc;

use frontgate_explain::PlaceId;
use serde_json::Value;

pub use compile::{Problem, ProblemKind, SchemaSource, compile};
pub use messages::UNREADABLE;
pub use validate::{Limit, Violation};

use format::Format;
use pattern::Pattern;

/// A compiled schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// All schemas that were compiled together, since they may refer to each other.
    nodes: Arc<[SchemaNode]>,
    root: NodeId,
}

/// The number of a schema among those that were compiled together.
type NodeId = usize;

/// One schema: what is asked of the value itself, and which schemas its members have.
#[derive(Clone, Debug, Default)]
struct SchemaNode {
    /// In the order of their names, `format` last.
    keywords: Vec<(Keyword, PlaceId)>,
    /// `properties`
    properties: Vec<(Box<str>, NodeId)>,
    /// `patternProperties`
    pattern_properties: Vec<(Pattern, NodeId)>,
    /// `additionalProperties`, where it is a schema.
    additional_properties: Option<NodeId>,
    /// `items`
    items: Items,
    /// `additionalItems`, where it is a schema.
    additional_items: Option<NodeId>,
}

/// `items`
#[derive(Clone, Debug, Default)]
enum Items {
    /// All have the same schema.
    All(NodeId),
    /// Anything.
    #[default]
    Any,
    /// Each has its own.
    Each(Vec<NodeId>),
}

/// What a keyword asks of a value. In the order of their names, which is that in which they are tried; `format` is last.
#[derive(Clone, Debug)]
enum Keyword {
    /// `additionalItems: false`, and how many there may be.
    AdditionalItems(usize),
    /// `additionalProperties: false`
    AdditionalProperties,
    /// `allOf`
    AllOf(Vec<NodeId>),
    /// `anyOf`
    AnyOf(Vec<NodeId>),
    /// `dependencies`
    Dependencies {
        /// Which members a member demands, sorted.
        members: Vec<(Box<str>, Vec<Box<str>>)>,
        /// Which schema a member demands, sorted.
        schemas: Vec<(Box<str>, NodeId)>,
    },
    /// `enum`
    Enum(Vec<Value>),
    /// `format`
    Format(Format),
    /// `maxItems`
    MaxItems(u64),
    /// `maxLength`
    MaxLength(u64),
    /// `maxProperties`
    MaxProperties(u64),
    /// `maximum`, and whether it is excluded.
    Maximum(serde_json::Number, bool),
    /// `minItems`
    MinItems(u64),
    /// `minLength`
    MinLength(u64),
    /// `minProperties`
    MinProperties(u64),
    /// `minimum`, and whether it is excluded.
    Minimum(serde_json::Number, bool),
    /// `multipleOf`
    MultipleOf(serde_json::Number),
    /// `not`
    Not(NodeId),
    /// `oneOf`
    OneOf(Vec<NodeId>),
    /// `pattern`
    Pattern(Pattern),
    /// `required`, sorted.
    Required(Vec<Box<str>>),
    /// `type`, sorted.
    Type(Vec<Type>),
    /// `uniqueItems: true`
    UniqueItems,
}

/// A type of JSON values, in the order in which the library lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Type {
    /// `array`
    Array,
    /// `boolean`
    Boolean,
    /// `integer`
    Integer,
    /// `null`
    Null,
    /// `number`
    Number,
    /// `object`
    Object,
    /// `string`
    String,
}

impl Type {
    /// The type of a value.
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number::is_integer(number) => Self::Integer,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    /// The type of that name.
    fn from_name(name: &str) -> Option<Self> {
        TYPES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Its name.
    fn name(self) -> &'static str {
        TYPES[self as usize].0
    }
}

/// The names of the types.
const TYPES: [(&str, Type); 7] = [
    ("array", Type::Array),
    ("boolean", Type::Boolean),
    ("integer", Type::Integer),
    ("null", Type::Null),
    ("number", Type::Number),
    ("object", Type::Object),
    ("string", Type::String),
];
