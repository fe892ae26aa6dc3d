//! What a YAML scalar without quotes means, and what a tag makes of a value.

use saphyr_parser::Tag;

use crate::suggest::nearest;
use crate::{Diagnostic, Map, Node, Number, Span, Value};

/// The value of a scalar without quotes, by YAML 1.1's rules with CloudFormation's care for digits: what has a leading
/// zero (`012345678901`, an account id), colons or underscores stays text, and dates stay text.
pub(crate) fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ => {
            let is_hexadecimal = text.trim_start_matches(['+', '-']).starts_with("0x");
            // YAML 1.1 wants a point in a number with an exponent: `1e3` is text.
            let exponent_without_point = text.contains(['e', 'E']) && !text.contains('.') && !is_hexadecimal;
            match Number::parse(text).filter(|_| !exponent_without_point) {
                Some(number) => Value::Number(number),
                None => Value::String(text.to_owned()),
            }
        }
    }
}

/// What `tag` makes of `node`; with an unknown tag the value without it, and what is wrong.
pub(crate) fn apply(
    node: Node,
    tag: &Tag,
    written: &str,
    span: Span,
) -> Result<Node, (Box<Diagnostic>, Node)> {
    if tag.is_yaml_core_schema() {
        return core(node, &tag.suffix, written, span);
    }
    let name = written.strip_prefix('!').unwrap_or(written);
    if name.is_empty() {
        return Ok(node);
    }
    let key = match name {
        "Ref" => "Ref".to_owned(),
        "Condition" => "Condition".to_owned(),
        _ if SHORT_FORMS.contains(&name) => format!("Fn::{name}"),
        _ => {
            let mut diagnostic = Diagnostic::error(
                "unknown-tag",
                format!("Template format error: YAML not well-formed. Unknown tag '{written}'"),
            )
            .at(span, "CloudFormation knows no such short form");
            diagnostic.cure = nearest(name, SHORT_FORMS.iter().copied().chain(["Ref", "Condition"]))
                .map(|near| format!("did you mean `!{near}`?"));
            return Err((Box::new(diagnostic), node));
        }
    };
    let key_span = Span::new(span.start, span.start + written.len());
    let argument = if name == "GetAtt" { attribute_argument(node) } else { node };
    let mut map = Map::default();
    map.set(&key, key_span, argument);
    Ok(Node { value: Value::Map(map), span })
}

/// `a.b.c` as the list `[a, b.c]`, which the long form wants.
fn attribute_argument(node: Node) -> Node {
    let Some((name, attribute)) = node.as_str().and_then(|text| text.split_once('.')) else { return node };
    let parts = [name, attribute].map(|part| Node::new(part, node.span));
    Node { value: Value::List(parts.into()), span: node.span }
}

fn core(node: Node, suffix: &str, written: &str, span: Span) -> Result<Node, (Box<Diagnostic>, Node)> {
    match suffix {
        "str" | "map" | "seq" | "int" | "bool" | "float" | "null" => Ok(node),
        _ => {
            let message = format!(
                "Template format error: YAML not well-formed. CloudFormation does not support the tag '{written}'"
            );
            let diagnostic = Diagnostic::error("unknown-tag", message).at(span, "not supported in templates");
            Err((
                Box::new(diagnostic.cure("write the value without the tag, in quotes if it is a text")),
                node,
            ))
        }
    }
}

/// The functions that have a short form besides `!Ref` and `!Condition`.
pub(crate) const SHORT_FORMS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];
