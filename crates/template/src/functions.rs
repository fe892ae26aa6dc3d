//! The functions that compute with texts and lists: what do they come to?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::evaluate::{Evaluation, Evaluator, Failed, Outcome, unknown_function, wrong_arguments};
use crate::regions::availability_zones;
use crate::sub::{self, Part};
use crate::value::Entry;
use crate::{Diagnostic, Map, Node, Span, Value, cidr};

impl Evaluator<'_> {
    /// Any function that is not about references or conditions.
    pub(crate) fn function(&mut self, node: &Node, entry: &Entry) -> Evaluation {
        let argument = &entry.node;
        match entry.key.as_str() {
            "Fn::FindInMap" => self.find_in_map(node, argument),
            "Fn::Select" => self.select(node, argument),
            "Fn::Split" => self.split(node, argument),
            "Fn::Join" => self.join(node, argument),
            "Fn::Base64" => self.base64(node, argument),
            "Fn::GetAZs" => self.availability_zones(node, argument),
            "Fn::Cidr" => self.cidr(node, argument),
            "Fn::Length" => self.length(node, argument),
            "Fn::ToJsonString" => self.json_string(node, argument),
            _ => self.fail(unknown_function(entry)),
        }
    }

    /// `Fn::Sub`.
    pub(crate) fn substitute(&mut self, node: &Node, argument: &Node) -> Evaluation {
        let Some((text, own)) = sub::arguments(argument) else {
            return self.fail(wrong_arguments(SUB, node.span));
        };
        let own = match own {
            Some(map) => match self.own_variables(map)? {
                Some(own) => own,
                None => return Ok(Outcome::Unknown),
            },
            None => Map::default(),
        };
        let (mut result, mut unknown, mut failed) = (String::new(), false, false);
        for part in sub::parts(text) {
            match part {
                Part::Text(text) => result.push_str(text),
                Part::Literal(text) => {
                    result.push_str("${");
                    result.push_str(text);
                    result.push('}');
                }
                Part::Variable(name) => match self.variable(name, &own, node.span) {
                    Ok(Some(value)) => result.push_str(&value),
                    Ok(None) => unknown = true,
                    Err(Failed) => failed = true,
                },
            }
        }
        match (failed, unknown) {
            (true, _) => Err(Failed),
            (false, true) => Ok(Outcome::Unknown),
            (false, false) => self.string(&result, node.span),
        }
    }

    fn own_variables(&mut self, map: &Map) -> Result<Option<Map>, Failed> {
        let (mut own, mut unknown, mut failed) = (Map::default(), false, false);
        for entry in map {
            match self.node(&entry.node) {
                Ok(Outcome::Value(value)) => own.set(&entry.key, entry.key_span, value),
                Ok(Outcome::Unknown) => unknown = true,
                Ok(Outcome::Nothing) => own.set(&entry.key, entry.key_span, Node::new("", entry.node.span)),
                Err(Failed) => failed = true,
            }
        }
        if failed { Err(Failed) } else { Ok((!unknown).then_some(own)) }
    }

    /// The text of a variable of an `Fn::Sub`; `None` when it is not known yet.
    fn variable(&mut self, name: &str, own: &Map, span: Span) -> Result<Option<String>, Failed> {
        let outcome = match own.get(name) {
            Some(value) => Outcome::Value(value.clone()),
            None => match name.split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute, span)?,
                None => self.reference(name, span)?,
            },
        };
        match outcome {
            Outcome::Unknown => Ok(None),
            Outcome::Nothing => Ok(Some(String::new())),
            Outcome::Value(value) => match value.text() {
                Some(text) => Ok(Some(text)),
                None => {
                    let message = format!(
                        "Template error: variable {name} in Fn::Sub expression does not resolve to a string"
                    );
                    self.fail(
                        Diagnostic::error("wrong-arguments", message)
                            .at(span, format!("{name} is a {}", value.value.kind()))
                            .cure("use Fn::Join to make a text of a list"),
                    )
                }
            },
        }
    }

    fn find_in_map(&mut self, node: &Node, argument: &Node) -> Evaluation {
        let Some(items @ ([_, _, _] | [_, _, _, _])) = argument.as_list() else {
            return self.fail(wrong_arguments(FIND_IN_MAP, node.span));
        };
        let Some(names) = self.arguments(&items[..3])? else { return Ok(Outcome::Unknown) };
        let texts = names.iter().map(Node::text).collect::<Option<Vec<_>>>();
        let Some([map, top, second]) = texts.as_deref() else {
            return self.fail(wrong_arguments(FIND_IN_MAP, node.span));
        };
        let mappings = self.scope.mappings;
        if let Some(value) = mappings.get(map).and_then(|map| map.get(top)).and_then(|map| map.get(second)) {
            return Ok(Outcome::Value(Node { value: value.value.clone(), span: node.span }));
        }
        if let Some(default) = items.get(3).and_then(|item| item.get("DefaultValue")) {
            return self.node(default);
        }
        let (missing, there, what, message) = match mappings.get(map) {
            None => (
                map,
                mappings.keys().collect::<Vec<_>>(),
                "mapping",
                format!(
                    "Template error: Mapping named '{map}' is not present in the 'Mappings' section of template."
                ),
            ),
            Some(named) => {
                let (missing, level) =
                    named.get(top).map_or((top, Some(named)), |level| (second, Some(level)));
                let keys = level.and_then(Node::as_map).map(|map| map.keys().collect()).unwrap_or_default();
                (
                    missing,
                    keys,
                    "key",
                    format!("Template error: Unable to get mapping for {map}::{top}::{second}"),
                )
            }
        };
        let cure = crate::suggest::cure(missing, there, what);
        self.fail(
            Diagnostic::error("unresolved-mapping", message)
                .at(node.span, format!("no {what} {missing}"))
                .cure(cure),
        )
    }

    fn select(&mut self, node: &Node, argument: &Node) -> Evaluation {
        let Some([index, list]) = argument.as_list() else {
            return self.fail(wrong_arguments(SELECT, node.span));
        };
        let (index, list) = match (self.node(index), self.node(list)) {
            (Ok(index), Ok(list)) => (index, list),
            _ => return Err(Failed),
        };
        let (Outcome::Value(index), Outcome::Value(list)) = (&index, &list) else {
            return match (&index, &list) {
                (Outcome::Nothing, _) | (_, Outcome::Nothing) => {
                    self.fail(wrong_arguments(SELECT, node.span))
                }
                _ => Ok(Outcome::Unknown),
            };
        };
        let (Some(number), Some(items)) = (index.as_i64(), list.as_list()) else {
            return self.fail(wrong_arguments(SELECT, node.span));
        };
        match usize::try_from(number).ok().and_then(|at| items.get(at)) {
            Some(item) => Ok(Outcome::Value(Node { value: item.value.clone(), span: node.span })),
            None => {
                let message =
                    format!("Template error: Fn::Select cannot select nonexistent value at index {number}");
                self.fail(
                    Diagnostic::error("select-out-of-range", message)
                        .at(node.span, format!("the list has {} items, counted from 0", items.len())),
                )
            }
        }
    }

    fn split(&mut self, node: &Node, argument: &Node) -> Evaluation {
        let Some(items @ [_, _]) = argument.as_list() else {
            return self.fail(wrong_arguments(SPLIT, node.span));
        };
        let Some(values) = self.arguments(items)? else { return Ok(Outcome::Unknown) };
        match values.as_slice() {
            [Node { value: Value::String(delimiter), .. }, text] if !delimiter.is_empty() => {
                let Some(text) = text.text() else { return self.fail(wrong_arguments(SPLIT, node.span)) };
                let pieces =
                    text.split(delimiter.as_str()).map(|piece| Node::new(piece, node.span)).collect();
                Ok(Outcome::Value(Node { value: Value::List(pieces), span: node.span }))
            }
            _ => self.fail(wrong_arguments(SPLIT, node.span)),
        }
    }

    fn join(&mut self, node: &Node, argument: &Node) -> Evaluation {
        let Some([delimiter, list]) = argument.as_list() else {
            return self.fail(wrong_arguments(JOIN, node.span));
        };
        let Some(delimiter) = delimiter.as_str() else {
            return self.fail(wrong_arguments(JOIN, delimiter.span));
        };
        let list = match self.node(list)? {
            Outcome::Value(list) => list,
            Outcome::Unknown => return Ok(Outcome::Unknown),
            Outcome::Nothing => return self.fail(wrong_arguments(JOIN, node.span)),
        };
        let texts = list.as_list().and_then(|items| items.iter().map(Node::text).collect::<Option<Vec<_>>>());
        match texts {
            Some(texts) => self.string(&texts.join(delimiter), node.span),
            None => self.fail(wrong_arguments(JOIN, node.span)),
        }
    }

    fn base64(&mut self, node: &Node, argument: &Node) -> Evaluation {
        match self.node(argument)? {
            Outcome::Unknown => Ok(Outcome::Unknown),
            Outcome::Value(value) if value.text().is_some() => {
                let text = value.text().unwrap_or_default();
                Ok(Outcome::Value(Node::new(STANDARD.encode(text), node.span)))
            }
            _ => self.fail(wrong_arguments(
                "Template error: every Fn::Base64 object must have a String-typed value.",
                node.span,
            )),
        }
    }

    fn availability_zones(&mut self, node: &Node, argument: &Node) -> Evaluation {
        let region = match self.node(argument)? {
            Outcome::Unknown => return Ok(Outcome::Unknown),
            Outcome::Value(value) => value.as_str().map(str::to_owned),
            Outcome::Nothing => None,
        };
        let Some(region) = region else {
            return self.fail(wrong_arguments(
                "Template error: every Fn::GetAZs object must have a String-typed value.",
                node.span,
            ));
        };
        let region = if region.is_empty() { self.scope.context.region.clone() } else { region };
        let zones = availability_zones(&region).map(|zone| Node::new(zone, node.span)).collect();
        Ok(Outcome::Value(Node { value: Value::List(zones), span: node.span }))
    }

    fn cidr(&mut self, node: &Node, argument: &Node) -> Evaluation {
        let Some(items @ ([_, _] | [_, _, _])) = argument.as_list() else {
            return self.fail(wrong_arguments(CIDR, node.span));
        };
        let Some(values) = self.arguments(items)? else { return Ok(Outcome::Unknown) };
        let number = |at: usize| values.get(at).and_then(Node::as_i64).and_then(|n| u32::try_from(n).ok());
        let blocks = match (values.first().and_then(Node::as_str), number(1), values.len()) {
            (Some(block), Some(count), 2) => cidr::blocks(block, count, None),
            (Some(block), Some(count), 3) => {
                number(2).and_then(|bits| cidr::blocks(block, count, Some(bits)))
            }
            _ => None,
        };
        match blocks {
            Some(blocks) => {
                let blocks = blocks.into_iter().map(|block| Node::new(block, node.span)).collect();
                Ok(Outcome::Value(Node { value: Value::List(blocks), span: node.span }))
            }
            None => self.fail(wrong_arguments(CIDR, node.span)),
        }
    }

    fn length(&mut self, node: &Node, argument: &Node) -> Evaluation {
        match self.node(argument)? {
            Outcome::Unknown => Ok(Outcome::Unknown),
            Outcome::Value(Node { value: Value::List(items), .. }) => {
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                Ok(Outcome::Value(Node { value: Value::Number(length.into()), span: node.span }))
            }
            _ => self.fail(wrong_arguments(
                "Template error: Fn::Length requires a list, or a function that returns a list",
                node.span,
            )),
        }
    }

    fn json_string(&mut self, node: &Node, argument: &Node) -> Evaluation {
        match self.node(argument)? {
            Outcome::Unknown => Ok(Outcome::Unknown),
            Outcome::Value(value @ Node { value: Value::List(_) | Value::Map(_), .. }) => {
                Ok(Outcome::Value(Node::new(value.to_json().to_string(), node.span)))
            }
            _ => self.fail(wrong_arguments(
                "Template error: Fn::ToJsonString requires a map or a list",
                node.span,
            )),
        }
    }
}

const SUB: &str = "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a \
                   string as first argument, and an optional second argument to specify a mapping of values to replace \
                   in the string";
const FIND_IN_MAP: &str = "Template error: every Fn::FindInMap object requires three parameters, the map name, map key \
                           and the attribute for return value";
const SELECT: &str =
    "Template error: Fn::Select requires a list argument with two elements: an integer index and a list";
const SPLIT: &str = "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a \
                     string to be split or a function that returns a string to be split.";
const JOIN: &str = "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list \
                    of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be \
                    joined.";
const CIDR: &str = "Template error: every Fn::Cidr object requires two or three parameters: an IP block, the number of \
                    blocks (1 to 256) and the number of their host bits";
