//! What does an expression come to, as far as it is known?

use std::collections::BTreeMap;

use crate::intrinsic::{FUNCTIONS, attribute, call};
use crate::suggest::cure;
use crate::value::Entry;
use crate::{
    Attributes, Context, Diagnostic, Diagnostics, Map, Node, ParameterValue, Severity, SourceFile, Span,
    Value,
};

/// What an expression may refer to.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) source: &'a SourceFile,
    pub(crate) parameters: &'a [ParameterValue],
    pub(crate) mappings: &'a Map,
    pub(crate) conditions: &'a BTreeMap<String, bool>,
    pub(crate) context: &'a Context,
    pub(crate) resources: Resources<'a>,
}

/// What is known about the resources.
#[derive(Clone, Copy)]
pub(crate) enum Resources<'a> {
    /// They may not be named here: in conditions, and in names of exports' conditions.
    Forbidden,
    /// They are checked but not made.
    NotMade,
    /// They are made.
    Made(&'a dyn Attributes),
}

/// What an expression came to.
pub(crate) enum Outcome {
    /// A value.
    Value(Node),
    /// `AWS::NoValue`: what holds it goes.
    Nothing,
    /// Known only once resources are made.
    Unknown,
}

/// The expression has no value; the diagnostics say why.
pub(crate) struct Failed;

/// The result of an evaluation.
pub(crate) type Evaluation = Result<Outcome, Failed>;

/// Evaluates expressions and gathers what is wrong with them.
pub(crate) struct Evaluator<'a> {
    pub(crate) scope: Scope<'a>,
    pub(crate) found: Diagnostics,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(scope: Scope<'a>) -> Self {
        Self { scope, found: Diagnostics::default() }
    }

    /// Evaluates `node`; all parts of it, even when one has failed.
    pub(crate) fn node(&mut self, node: &Node) -> Evaluation {
        if let Some(entry) = call(node) {
            return self.call(node, entry);
        }
        match &node.value {
            Value::List(items) => self.list(node, items),
            Value::Map(map) => self.map(node, map),
            Value::String(text) => self.string(text, node.span),
            _ => Ok(Outcome::Value(node.clone())),
        }
    }

    /// Evaluates every item of a list of arguments; `None` when one of them is not known yet.
    pub(crate) fn arguments(&mut self, items: &[Node]) -> Result<Option<Vec<Node>>, Failed> {
        let (mut values, mut unknown, mut failed) = (Vec::new(), false, false);
        for item in items {
            match self.node(item) {
                Ok(Outcome::Value(value)) => values.push(value),
                Ok(Outcome::Nothing) => {}
                Ok(Outcome::Unknown) => unknown = true,
                Err(Failed) => failed = true,
            }
        }
        if failed { Err(Failed) } else { Ok((!unknown).then_some(values)) }
    }

    /// Notes an error and fails.
    pub(crate) fn fail<T>(&mut self, diagnostic: Diagnostic) -> Result<T, Failed> {
        self.found.push(diagnostic);
        Err(Failed)
    }

    /// Notes that something is not done: it fails, or what holds it goes where that is allowed.
    pub(crate) fn unsupported(&mut self, diagnostic: Diagnostic) -> Evaluation {
        debug_assert_eq!(diagnostic.severity, Severity::Unsupported);
        self.found.push(diagnostic);
        if self.scope.context.allow_unsupported { Ok(Outcome::Nothing) } else { Err(Failed) }
    }

    /// The value of the parameter, pseudo parameter or resource called `name`.
    pub(crate) fn reference(&mut self, name: &str, span: Span) -> Evaluation {
        let context = self.scope.context;
        let pseudo = match name {
            "AWS::NoValue" => return Ok(Outcome::Nothing),
            "AWS::NotificationARNs" => {
                return Ok(Outcome::Value(Node { value: Value::List(Vec::new()), span }));
            }
            "AWS::AccountId" => Some(&context.account_id),
            "AWS::Partition" => Some(&context.partition),
            "AWS::Region" => Some(&context.region),
            "AWS::StackId" => Some(&context.stack_id),
            "AWS::StackName" => Some(&context.stack_name),
            "AWS::URLSuffix" => Some(&context.url_suffix),
            _ => None,
        };
        if let Some(text) = pseudo {
            return Ok(Outcome::Value(Node::new(text.as_str(), span)));
        }
        if let Some(parameter) = self.scope.parameters.iter().find(|parameter| parameter.name == name) {
            return Ok(Outcome::Value(Node { value: placed(&parameter.value, span), span }));
        }
        match self.scope.resources {
            Resources::NotMade => Ok(Outcome::Unknown),
            Resources::Made(attributes) => match attributes.reference(name) {
                Some(id) => Ok(Outcome::Value(Node::new(id, span))),
                None => self.fail(unresolved(name, "Resources", span)),
            },
            Resources::Forbidden => self.fail(self.forbidden(name, span)),
        }
    }

    /// The attribute `name` of the resource `resource`.
    pub(crate) fn attribute(&mut self, resource: &str, name: &str, span: Span) -> Evaluation {
        match self.scope.resources {
            Resources::NotMade => Ok(Outcome::Unknown),
            Resources::Made(attributes) => match attributes.attribute(resource, name) {
                Some(value) => Ok(Outcome::Value(Node { value: placed(&value, span), span })),
                None => {
                    let message = format!(
                        "Template error: resource {resource} does not support attribute type {name} in Fn::GetAtt"
                    );
                    let span = self.scope.source.variable(span, &format!("{resource}.{name}"));
                    self.fail(
                        Diagnostic::error("unknown-attribute", message)
                            .at(span, format!("{resource} has no attribute {name}")),
                    )
                }
            },
            Resources::Forbidden => self.fail(self.forbidden(resource, span)),
        }
    }

    fn forbidden(&self, name: &str, span: Span) -> Diagnostic {
        let message = format!(
            "Template error: Unresolved dependencies [{name}]. Cannot reference resources in the Conditions block of the template"
        );
        let parameters = self.scope.parameters.iter().map(|parameter| parameter.name.as_str());
        Diagnostic::error("unresolved-reference", message).at(span, "not a parameter").cure(cure(
            name,
            parameters,
            "parameter",
        ))
    }

    fn list(&mut self, node: &Node, items: &[Node]) -> Evaluation {
        Ok(match self.arguments(items)? {
            Some(items) => Outcome::Value(Node { value: Value::List(items), span: node.span }),
            None => Outcome::Unknown,
        })
    }

    fn map(&mut self, node: &Node, map: &Map) -> Evaluation {
        if let Some(entry) = map.iter().find(|entry| entry.key.starts_with("Fn::")) {
            return self.misplaced(entry);
        }
        let (mut values, mut unknown, mut failed) = (Map::default(), false, false);
        for entry in map {
            match self.node(&entry.node) {
                Ok(Outcome::Value(value)) => {
                    values.push(Entry { key: entry.key.clone(), key_span: entry.key_span, node: value });
                }
                Ok(Outcome::Nothing) => {}
                Ok(Outcome::Unknown) => unknown = true,
                Err(Failed) => failed = true,
            }
        }
        match (failed, unknown) {
            (true, _) => Err(Failed),
            (false, true) => Ok(Outcome::Unknown),
            (false, false) => Ok(Outcome::Value(Node { value: Value::Map(values), span: node.span })),
        }
    }

    pub(crate) fn string(&mut self, text: &str, span: Span) -> Evaluation {
        for service in ["ssm", "ssm-secure", "secretsmanager"] {
            let start = format!("{{{{resolve:{service}:");
            if text.contains(&start) {
                let message = format!("dynamic references to {service} are not resolved");
                return self.unsupported(
                    Diagnostic::unsupported("dynamic-reference", message)
                        .at(span, format!("`{start}…}}}}`"))
                        .cure("use a parameter with NoEcho instead"),
                );
            }
        }
        Ok(Outcome::Value(Node::new(text, span)))
    }

    fn call(&mut self, node: &Node, entry: &Entry) -> Evaluation {
        let argument = &entry.node;
        match entry.key.as_str() {
            "Ref" => match argument.as_str() {
                Some(name) if !name.is_empty() => self.reference(name, node.span),
                _ => self.fail(wrong_arguments(
                    "Template validation error: Template error: every Ref object must have a single String value.",
                    node.span,
                )),
            },
            "Fn::GetAtt" => self.get_attribute(node, argument),
            "Fn::Sub" => self.substitute(node, argument),
            "Fn::If" => self.choose(node, argument),
            "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals" => {
                let value = self.condition(node)?;
                Ok(Outcome::Value(Node { value: Value::Bool(value), span: node.span }))
            }
            "Fn::ImportValue" => self.refuse(
                entry,
                "values of other stacks are not imported",
                "put both parts into one template, or pass the value as a parameter",
            ),
            "Fn::Transform" => {
                self.refuse(entry, "macros and AWS::Include are not run", "write the result into the template")
            }
            key if key.starts_with("Fn::ForEach") => {
                self.refuse(entry, "loops are not run", "write the resources out one by one")
            }
            _ => self.function(node, entry),
        }
    }

    fn get_attribute(&mut self, node: &Node, argument: &Node) -> Evaluation {
        if let Some((resource, name)) = attribute(argument) {
            return self.attribute(resource, name, node.span);
        }
        // The attribute's name may be a Ref.
        if let Some([resource, name]) = argument.as_list()
            && let Some(resource) = resource.as_str()
            && call(name).is_some()
        {
            return match self.node(name)? {
                Outcome::Unknown => Ok(Outcome::Unknown),
                Outcome::Value(Node { value: Value::String(name), .. }) => {
                    self.attribute(resource, &name, node.span)
                }
                _ => self.fail(wrong_arguments(GET_ATT, node.span)),
            };
        }
        self.fail(wrong_arguments(GET_ATT, node.span))
    }

    fn choose(&mut self, node: &Node, argument: &Node) -> Evaluation {
        let Some([condition, then, otherwise]) = argument.as_list() else {
            return self.fail(wrong_arguments(
                "Template error: Fn::If requires a list argument with three elements",
                node.span,
            ));
        };
        let Some(name) = condition.as_str() else {
            let diagnostic = wrong_arguments(
                "Template error: Fn::If requires a list argument with the first element being a condition",
                condition.span,
            );
            return self.fail(quote_cure(diagnostic, condition));
        };
        match self.scope.conditions.get(name) {
            Some(true) => self.node(then),
            Some(false) => self.node(otherwise),
            // Whether it is declared at all is checked with all other names.
            None if matches!(self.scope.resources, Resources::NotMade) => Ok(Outcome::Unknown),
            None => {
                let names = self.scope.conditions.keys().map(String::as_str);
                let diagnostic = unresolved_condition(name, "in Fn::If", condition.span, names);
                self.fail(diagnostic)
            }
        }
    }

    fn refuse(&mut self, entry: &Entry, why: &str, cure: &str) -> Evaluation {
        let name = &entry.key;
        let diagnostic =
            Diagnostic::unsupported("intrinsic-function", format!("{name} is not supported: {why}"));
        self.unsupported(diagnostic.at(entry.key_span, name.as_str()).cure(cure))
    }

    fn misplaced(&mut self, entry: &Entry) -> Evaluation {
        if entry.key == "Fn::Transform" || entry.key.starts_with("Fn::ForEach") {
            return self.refuse(entry, "it would change the template", "write the result into the template");
        }
        let message = format!("{} stands in a map beside other keys", entry.key);
        self.fail(
            Diagnostic::error("misplaced-function", message)
                .at(entry.key_span, "a function must be the only key of its map")
                .cure("remove the other keys, or indent the function under the key that it is the value of"),
        )
    }
}

/// A `Ref` or `DependsOn` names something that is not there.
pub(crate) fn unresolved(name: &str, section: &str, span: Span) -> Diagnostic {
    let message = format!(
        "Template format error: Unresolved resource dependencies [{name}] in the {section} block of the template"
    );
    Diagnostic::error("unresolved-reference", message).at(span, format!("there is no {name}"))
}

/// A condition is named that is not there.
pub(crate) fn unresolved_condition<'b>(
    name: &str,
    place: &str,
    span: Span,
    names: impl Iterator<Item = &'b str>,
) -> Diagnostic {
    let message = format!("Template error: unresolved condition dependency {name} {place}");
    Diagnostic::error("unresolved-condition", message)
        .at(span, format!("there is no condition {name}"))
        .cure(cure(name, names, "condition"))
}

/// A function was called with arguments it cannot take.
pub(crate) fn wrong_arguments(message: &str, span: Span) -> Diagnostic {
    Diagnostic::error("wrong-arguments", message).at(span, "called here")
}

/// Words such as `No` are booleans in YAML: says so where a name was wanted.
pub(crate) fn quote_cure(diagnostic: Diagnostic, node: &Node) -> Diagnostic {
    match node.value {
        Value::Bool(_) => {
            diagnostic.cure("this word is a boolean in YAML: put it in quotes, or choose another name")
        }
        _ => diagnostic,
    }
}

/// No such function.
pub(crate) fn unknown_function(entry: &Entry) -> Diagnostic {
    let message = format!("Template error: there is no intrinsic function {}", entry.key);
    let mut diagnostic =
        Diagnostic::error("unknown-function", message).at(entry.key_span, "not a function of CloudFormation");
    let near = crate::suggest::nearest(&entry.key, FUNCTIONS.iter().copied());
    diagnostic.cure = near.map(|near| format!("did you mean `{near}`?"));
    diagnostic
}

/// `value` with every part of it at `span`.
fn placed(value: &Value, span: Span) -> Value {
    match value {
        Value::List(items) => {
            Value::List(items.iter().map(|item| Node { value: placed(&item.value, span), span }).collect())
        }
        other => other.clone(),
    }
}

const GET_ATT: &str = "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name \
                       and the resource attribute";
