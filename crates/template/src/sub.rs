//! What does the text of an `Fn::Sub` consist of?
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>

use crate::{Map, Node, Value};

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Stands for itself.
    Text(&'a str),
    /// `${name}`.
    Variable(&'a str),
    /// `${!text}`, which gives `${text}`.
    Literal(&'a str),
}

/// The pieces of `text`. A `${` without `}` is text.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let name = &rest[start + 2..start + length];
        if start > 0 {
            parts.push(Part::Text(&rest[..start]));
        }
        parts.push(match name.strip_prefix('!') {
            Some(literal) => Part::Literal(literal),
            None => Part::Variable(name.trim()),
        });
        rest = &rest[start + length + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The names of the variables of `text`.
pub(crate) fn variables(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(|part| match part {
        Part::Variable(name) => Some(name),
        Part::Text(_) | Part::Literal(_) => None,
    })
}

/// The text and the variables of its own that an `Fn::Sub` was given.
pub(crate) fn arguments(argument: &Node) -> Option<(&str, Option<&Map>)> {
    match &argument.value {
        Value::String(text) => Some((text, None)),
        Value::List(items) => match items.as_slice() {
            [text, own] => Some((text.as_str()?, Some(own.as_map()?))),
            _ => None,
        },
        _ => None,
    }
}

/// The pieces as a text again, with the variables renamed.
pub(crate) fn renamed(text: &str, rename: impl Fn(&str) -> Option<String>) -> String {
    parts(text)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => text.to_owned(),
            Part::Literal(text) => format!("${{!{text}}}"),
            Part::Variable(name) => format!("${{{}}}", rename(name).unwrap_or_else(|| name.to_owned())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    #[test]
    fn pieces() {
        use Part::{Literal, Text, Variable};
        for (text, expected) in [
            ("", vec![]),
            ("a", vec![Text("a")]),
            ("${A}", vec![Variable("A")]),
            ("x${A}y${B.C}", vec![Text("x"), Variable("A"), Text("y"), Variable("B.C")]),
            ("${!A}$", vec![Literal("A"), Text("$")]),
            ("$${A}", vec![Text("$"), Variable("A")]),
            ("${A", vec![Text("${A")]),
            ("${AWS::Region}", vec![Variable("AWS::Region")]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}
