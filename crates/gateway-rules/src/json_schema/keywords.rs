//! Reads each keyword of a schema, and says what breaks its syntax.
//!
//! <https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00#section-5>

use serde_json::{Map, Number, Value};

use super::compile::{Compiler, Location, short};
use super::format::Format;
use super::{Items, Keyword, NodeId, SchemaNode, Type};

/// Reads a keyword at its location, beside the others of its schema. What asks something of the value itself is given back,
/// what is about its members goes into the node.
type Read = for<'v> fn(&mut Compiler<'_, 'v>, &Location<'v>, &'v Value, &mut SchemaNode) -> Option<Keyword>;

/// All keywords of draft 4, sorted.
pub const KEYWORDS: &[(&str, Read)] = &[
    ("$ref", inert),
    ("$schema", inert),
    ("additionalItems", additional_items),
    ("additionalProperties", additional_properties),
    ("allOf", |c, at, _, _| schema_list(c, at).map(Keyword::AllOf)),
    ("anyOf", |c, at, _, _| schema_list(c, at).map(Keyword::AnyOf)),
    ("default", |_, _, _, _| None),
    ("definitions", definitions),
    ("dependencies", dependencies),
    ("description", inert),
    ("enum", enumeration),
    ("exclusiveMaximum", |c, at, beside, _| exclusive(c, at, beside, "maximum")),
    ("exclusiveMinimum", |c, at, beside, _| exclusive(c, at, beside, "minimum")),
    ("format", format),
    ("id", inert),
    ("items", items),
    ("maxItems", |c, at, _, _| count(c, at).map(Keyword::MaxItems)),
    ("maxLength", |c, at, _, _| count(c, at).map(Keyword::MaxLength)),
    ("maxProperties", |c, at, _, _| count(c, at).map(Keyword::MaxProperties)),
    ("maximum", |c, at, beside, _| {
        number(c, at).map(|limit| Keyword::Maximum(limit, is_true(beside, "exclusiveMaximum")))
    }),
    ("minItems", |c, at, _, _| count(c, at).map(Keyword::MinItems)),
    ("minLength", |c, at, _, _| count(c, at).map(Keyword::MinLength)),
    ("minProperties", |c, at, _, _| count(c, at).map(Keyword::MinProperties)),
    ("minimum", |c, at, beside, _| {
        number(c, at).map(|limit| Keyword::Minimum(limit, is_true(beside, "exclusiveMinimum")))
    }),
    ("multipleOf", multiple_of),
    ("not", not),
    ("oneOf", |c, at, _, _| schema_list(c, at).map(Keyword::OneOf)),
    ("pattern", pattern),
    ("patternProperties", pattern_properties),
    ("properties", properties),
    ("required", |c, at, _, _| strings(c, at).map(Keyword::Required)),
    ("title", inert),
    ("type", types),
    ("uniqueItems", unique_items),
];

/// A text that asks nothing.
fn inert<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    _: &mut SchemaNode,
) -> Option<Keyword> {
    if !at.schema.is_string() {
        wrong(compiler, at, "is no string");
    }
    None
}

fn additional_items<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    beside: &'v Value,
    node: &mut SchemaNode,
) -> Option<Keyword> {
    match (at.schema, beside.get("items")) {
        (Value::Bool(false), Some(Value::Array(items))) => {
            return Some(Keyword::AdditionalItems(items.len()));
        }
        (Value::Bool(_), _) => {}
        (Value::Object(_), _) => node.additional_items = Some(compiler.node(at)),
        _ => wrong(compiler, at, "is neither a boolean nor a schema"),
    }
    None
}

fn additional_properties<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    node: &mut SchemaNode,
) -> Option<Keyword> {
    match at.schema {
        Value::Bool(false) => return Some(Keyword::AdditionalProperties),
        Value::Bool(true) => {}
        Value::Object(_) => node.additional_properties = Some(compiler.node(at)),
        _ => wrong(compiler, at, "is neither a boolean nor a schema"),
    }
    None
}

fn definitions<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    _: &mut SchemaNode,
) -> Option<Keyword> {
    for (name, schema) in object(compiler, at)? {
        compiler.node(&at.child(name, schema));
    }
    None
}

fn dependencies<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    _: &mut SchemaNode,
) -> Option<Keyword> {
    let (mut members, mut schemas) = (Vec::new(), Vec::new());
    for (name, value) in object(compiler, at)? {
        let here = at.child(name, value);
        if value.is_object() {
            schemas.push((name.as_str().into(), compiler.node(&here)));
        } else if let Some(names) = strings(compiler, &here) {
            members.push((name.as_str().into(), names));
        }
    }
    schemas.sort_by(|(a, _), (b, _): &(Box<str>, NodeId)| a.cmp(b));
    Some(Keyword::Dependencies { members, schemas })
}

fn enumeration<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    _: &mut SchemaNode,
) -> Option<Keyword> {
    match at.schema.as_array() {
        Some(values) if !values.is_empty() => return Some(Keyword::Enum(values.clone())),
        Some(_) => wrong(compiler, at, "is empty"),
        None => wrong(compiler, at, "is no list"),
    }
    None
}

/// Whether a bound is excluded is read together with the bound.
fn exclusive<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    beside: &'v Value,
    bound: &str,
) -> Option<Keyword> {
    if !at.schema.is_boolean() {
        wrong(compiler, at, "is no boolean, as draft 4 wants");
    } else if beside.get(bound).is_none() {
        wrong(compiler, at, &format!("stands without `{bound}`"));
    }
    None
}

fn format<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    beside: &'v Value,
    node: &mut SchemaNode,
) -> Option<Keyword> {
    inert(compiler, at, beside, node);
    at.schema.as_str().and_then(Format::from_name).map(Keyword::Format)
}

fn items<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    node: &mut SchemaNode,
) -> Option<Keyword> {
    match at.schema {
        Value::Object(_) => node.items = Items::All(compiler.node(at)),
        Value::Array(list) => {
            let each = list.iter().enumerate();
            let each = each.map(|(index, schema)| compiler.node(&at.child(&index.to_string(), schema)));
            node.items = Items::Each(each.collect());
        }
        _ => wrong(compiler, at, "is neither a schema nor a list of schemas"),
    }
    None
}

fn multiple_of<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    _: &mut SchemaNode,
) -> Option<Keyword> {
    let divisor = number(compiler, at)?;
    if divisor.as_f64().is_some_and(|value| value > 0.0) {
        return Some(Keyword::MultipleOf(divisor));
    }
    wrong(compiler, at, "is not above 0");
    None
}

fn not<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    _: &mut SchemaNode,
) -> Option<Keyword> {
    object(compiler, at)?;
    Some(Keyword::Not(compiler.node(at)))
}

fn pattern<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    beside: &'v Value,
    node: &mut SchemaNode,
) -> Option<Keyword> {
    inert(compiler, at, beside, node);
    compiler.pattern(at.schema.as_str()?, &at.pointer).map(Keyword::Pattern)
}

fn pattern_properties<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    node: &mut SchemaNode,
) -> Option<Keyword> {
    for (text, schema) in object(compiler, at)? {
        let here = at.child(text, schema);
        if let Some(pattern) = compiler.pattern(text, &here.pointer) {
            node.pattern_properties.push((pattern, compiler.node(&here)));
        }
    }
    None
}

fn properties<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    node: &mut SchemaNode,
) -> Option<Keyword> {
    for (name, schema) in object(compiler, at)? {
        let child = compiler.node(&at.child(name, schema));
        node.properties.push((name.as_str().into(), child));
    }
    node.properties.sort_by(|(a, _), (b, _)| a.cmp(b));
    None
}

fn types<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    _: &mut SchemaNode,
) -> Option<Keyword> {
    let names = match at.schema {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().map(|name| name.as_str().unwrap_or_default()).collect(),
        _ => Vec::new(),
    };
    let mut types: Vec<Type> = names.iter().filter_map(|name| Type::from_name(name)).collect();
    if types.is_empty() || types.len() < names.len() {
        let all = "array, boolean, integer, null, number, object or string";
        wrong(compiler, at, &format!("is none of {all}"));
        return None;
    }
    // A number may be an integer.
    if types.contains(&Type::Number) {
        types.push(Type::Integer);
    }
    types.sort_unstable();
    types.dedup();
    Some(Keyword::Type(types))
}

fn unique_items<'v>(
    compiler: &mut Compiler<'_, 'v>,
    at: &Location<'v>,
    _: &'v Value,
    _: &mut SchemaNode,
) -> Option<Keyword> {
    if !at.schema.is_boolean() {
        wrong(compiler, at, "is no boolean");
    }
    (at.schema == true).then_some(Keyword::UniqueItems)
}

/// `allOf`, `anyOf`, `oneOf`
fn schema_list<'v>(compiler: &mut Compiler<'_, 'v>, at: &Location<'v>) -> Option<Vec<NodeId>> {
    match at.schema.as_array() {
        Some(list) if !list.is_empty() => {
            let schemas = list.iter().enumerate();
            let schemas = schemas.map(|(index, schema)| compiler.node(&at.child(&index.to_string(), schema)));
            return Some(schemas.collect());
        }
        Some(_) => wrong(compiler, at, "is empty"),
        None => wrong(compiler, at, "is no list of schemas"),
    }
    None
}

/// A list of different names, sorted.
fn strings(compiler: &mut Compiler<'_, '_>, at: &Location<'_>) -> Option<Vec<Box<str>>> {
    let list = at.schema.as_array().filter(|list| !list.is_empty());
    let names: Option<Vec<Box<str>>> =
        list.and_then(|list| list.iter().map(|name| name.as_str().map(Into::into)).collect());
    let Some(mut names) = names else {
        wrong(compiler, at, "is no list of at least one name");
        return None;
    };
    names.sort_unstable();
    if names.is_sorted_by(|a, b| a < b) {
        return Some(names);
    }
    wrong(compiler, at, "names something twice");
    None
}

fn object<'v>(compiler: &mut Compiler<'_, 'v>, at: &Location<'v>) -> Option<&'v Map<String, Value>> {
    if !at.schema.is_object() {
        wrong(compiler, at, "is no object");
    }
    at.schema.as_object()
}

fn count(compiler: &mut Compiler<'_, '_>, at: &Location<'_>) -> Option<u64> {
    if at.schema.as_u64().is_none() {
        wrong(compiler, at, "is no whole number from 0 on");
    }
    at.schema.as_u64()
}

fn number(compiler: &mut Compiler<'_, '_>, at: &Location<'_>) -> Option<Number> {
    if !at.schema.is_number() {
        wrong(compiler, at, "is no number");
    }
    at.schema.as_number().cloned()
}

fn is_true(beside: &Value, name: &str) -> bool {
    beside.get(name) == Some(&Value::Bool(true))
}

/// Notes that a keyword has a value that it cannot have.
fn wrong(compiler: &mut Compiler<'_, '_>, at: &Location<'_>, what: &str) {
    let name = at.pointer.rsplit('/').next().unwrap_or_default();
    let why = format!("`{name}: {}` {what}", short(at.schema));
    compiler.invalid(at.pointer.clone(), why);
}
