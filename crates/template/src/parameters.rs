//! Which values do the parameters have, and may they have them?
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use regex_lite::Regex;

use crate::limits::PARAMETER_VALUE_BYTES_MAX;
use crate::suggest::{cure, nearest};
use crate::value::Entry;
use crate::{Context, Diagnostic, Diagnostics, Map, Node, Number, ParameterValue, Value};

/// Evaluates all parameters. One with a wrong value is there too, so that its references are not errors again.
pub(crate) fn evaluate(section: &Map, context: &Context, found: &mut Diagnostics) -> Vec<ParameterValue> {
    for name in context.parameters.keys().filter(|name| !section.contains(name)) {
        let message = format!("Parameters: [{name}] do not exist in the template");
        found.push(Diagnostic::error("unknown-parameter", message).cure(cure(
            name,
            section.keys(),
            "parameter",
        )));
    }
    section.iter().map(|entry| parameter(entry, context, found)).collect()
}

fn parameter(entry: &Entry, context: &Context, found: &mut Diagnostics) -> ParameterValue {
    let name = entry.key.as_str();
    if !name.chars().all(|c| c.is_ascii_alphanumeric()) || name.is_empty() {
        let message = format!("Template format error: Parameter name {name} is non alphanumeric.");
        found.push(
            Diagnostic::error("name-not-alphanumeric", message).at(entry.key_span, "letters and digits only"),
        );
    }
    let empty = Map::default();
    let declared = entry.node.as_map().unwrap_or_else(|| {
        let message = "Template format error: Any Parameters member must be an object.";
        found.push(Diagnostic::error("not-an-object", message).at(entry.node.span, "not a map"));
        &empty
    });
    check_properties(declared, found);
    let kind = kind(entry, declared, found);
    let text = match (context.parameters.get(name), declared.get("Default")) {
        (Some(given), _) => given.clone(),
        (None, Some(default)) => default_text(name, default, found),
        (None, None) => {
            let message = format!("Parameters: [{name}] must have values");
            found.push(
                Diagnostic::error("parameter-without-value", message)
                    .at(entry.key_span, "no value was given, and there is no Default")
                    .cure(format!("give `--parameter {name}=VALUE`, or add a Default")),
            );
            return value(entry, kind, String::new(), declared);
        }
    };
    if let Err(why) = check_value(name, &kind, &text, declared, found) {
        let message = match declared.get("ConstraintDescription").and_then(Node::as_str) {
            Some(description) => format!("Parameter '{name}' {description}"),
            None => format!("Parameter '{name}' {why}"),
        };
        let (span, label) = match (context.parameters.contains_key(name), declared.get("Default")) {
            (false, Some(default)) => (default.span, "this default".to_owned()),
            _ => (entry.key_span, "the value that was given".to_owned()),
        };
        found.push(Diagnostic::error("parameter-value", message).at(span, label).cure(format!("it {why}")));
    }
    value(entry, kind, text, declared)
}

fn value(entry: &Entry, kind: String, text: String, declared: &Map) -> ParameterValue {
    let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let value = match (is_list, text.is_empty()) {
        (true, true) => Value::List(Vec::new()),
        (true, false) => {
            Value::List(text.split(',').map(|item| Node::new(item.trim(), entry.key_span)).collect())
        }
        (false, _) => Value::String(text.clone()),
    };
    let no_echo = declared.get("NoEcho").and_then(Node::as_bool).unwrap_or(false);
    ParameterValue { name: entry.key.clone(), kind, text, value, no_echo, span: entry.key_span }
}

fn check_properties(declared: &Map, found: &mut Diagnostics) {
    for entry in declared.iter().filter(|entry| !PROPERTIES.contains(&entry.key.as_str())) {
        let message = format!("Invalid template parameter property '{}'", entry.key);
        let mut diagnostic = Diagnostic::error("unknown-parameter-property", message)
            .at(entry.key_span, "parameters have no such property");
        let near = nearest(&entry.key, PROPERTIES.iter().copied());
        diagnostic.cure = near.map(|near| format!("did you mean `{near}`?"));
        found.push(diagnostic);
    }
}

fn kind(entry: &Entry, declared: &Map, found: &mut Diagnostics) -> String {
    let Some(node) = declared.get("Type") else {
        let message = "Template format error: Every Parameters object must contain a Type member.";
        found.push(
            Diagnostic::error("parameter-without-type", message)
                .at(entry.key_span, "no Type")
                .cure("add `Type: String`"),
        );
        return "String".to_owned();
    };
    let kind = node.as_str().unwrap_or_default();
    match kind {
        "String" | "Number" | "List<Number>" | "CommaDelimitedList" => {}
        _ if is_bootstrap_version(entry, declared) => {}
        _ if kind.starts_with("AWS::SSM::Parameter::Value<") => found.push(
            Diagnostic::unsupported("parameter-type", format!("the parameter type {kind} is not supported"))
                .at(node.span, "no Parameter Store here")
                .cure("use `Type: String` and give the value"),
        ),
        _ if is_aws_specific(kind) => {}
        _ => {
            let message = format!("Template format error: Unrecognized parameter type: {kind}");
            let mut diagnostic =
                Diagnostic::error("parameter-type", message).at(node.span, "no such type of parameter");
            diagnostic.cure = nearest(kind, TYPES.iter().copied())
                .map(|near| format!("did you mean `{near}`?"))
                .or_else(|| Some(format!("the types are: {}, and AWS-specific ones", TYPES.join(", "))));
            found.push(diagnostic);
        }
    }
    kind.to_owned()
}

/// What `cdk synth` writes into every template: the version of the stack that `cdk bootstrap` makes. Only the rule
/// [`CDK_RULE`](crate::sections::CDK_RULE) refers to it, and nothing of that stack is needed here.
fn is_bootstrap_version(entry: &Entry, declared: &Map) -> bool {
    let default = declared.get("Default").and_then(Node::as_str);
    entry.key == "BootstrapVersion" && default.is_some_and(|name| name.starts_with("/cdk-bootstrap/"))
}

/// Types whose values name things that exist in the account; they are taken as texts.
fn is_aws_specific(kind: &str) -> bool {
    let item = kind.strip_prefix("List<").and_then(|kind| kind.strip_suffix('>')).unwrap_or(kind);
    AWS_SPECIFIC.contains(&item)
}

fn default_text(name: &str, default: &Node, found: &mut Diagnostics) -> String {
    default.text().unwrap_or_else(|| {
        let message = "Template format error: Every Default member must be a string.";
        found.push(
            Diagnostic::error("not-a-string", message)
                .at(default.span, format!("the default of {name} is a {}", default.value.kind()))
                .cure("write a list as one text with commas"),
        );
        String::new()
    })
}

/// Says what a wrong value would have to be.
fn check_value(
    name: &str,
    kind: &str,
    text: &str,
    declared: &Map,
    found: &mut Diagnostics,
) -> Result<(), String> {
    if text.len() > PARAMETER_VALUE_BYTES_MAX {
        return Err(format!("must contain at most {PARAMETER_VALUE_BYTES_MAX} bytes"));
    }
    let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let items = match is_list {
        true => text.split(',').map(str::trim).collect::<Vec<_>>(),
        false => vec![text],
    };
    if matches!(kind, "Number" | "List<Number>") && !items.iter().all(|item| Number::parse(item).is_some()) {
        return Err("must be a number.".to_owned());
    }
    if let Some(allowed) = declared.get("AllowedValues") {
        let allowed = allowed.as_list().unwrap_or_default().iter().filter_map(Node::text).collect::<Vec<_>>();
        if !items.iter().all(|item| allowed.iter().any(|allowed| allowed == item)) {
            return Err(format!("must be one of AllowedValues ({})", allowed.join(", ")));
        }
    }
    if let Some(pattern) = declared.get("AllowedPattern") {
        check_pattern(name, pattern, &items, found)?;
    }
    check_bounds(kind, text, declared)
}

fn check_pattern(name: &str, node: &Node, items: &[&str], found: &mut Diagnostics) -> Result<(), String> {
    let pattern = node.text().unwrap_or_default();
    match Regex::new(&format!("^(?:{pattern})$")) {
        Ok(regex) if items.iter().all(|item| regex.is_match(item)) => Ok(()),
        Ok(_) => Err(format!("must match pattern {pattern}")),
        Err(error) => {
            let message = format!("the AllowedPattern of {name} is not supported: {error}");
            found.push(
                Diagnostic::unsupported("parameter-pattern", message)
                    .at(node.span, "not a regular expression that is understood here")
                    .cure("write it without look-around and back-references"),
            );
            Ok(())
        }
    }
}

fn check_bounds(kind: &str, text: &str, declared: &Map) -> Result<(), String> {
    let bound = |name: &str| declared.get(name).and_then(Node::as_f64);
    let length = text.chars().count() as f64;
    if kind == "Number" {
        let value = Number::parse(text).map_or(f64::NAN, |number| number.as_f64());
        if let Some(least) = bound("MinValue").filter(|least| value < *least) {
            return Err(format!("must be a number not less than {least}"));
        }
        if let Some(most) = bound("MaxValue").filter(|most| value > *most) {
            return Err(format!("must be a number not greater than {most}"));
        }
    } else if kind == "String" {
        if let Some(least) = bound("MinLength").filter(|least| length < *least) {
            return Err(format!("must contain at least {least} characters"));
        }
        if let Some(most) = bound("MaxLength").filter(|most| length > *most) {
            return Err(format!("must contain at most {most} characters"));
        }
    }
    Ok(())
}

const TYPES: &[&str] = &["CommaDelimitedList", "List<Number>", "Number", "String"];

const PROPERTIES: &[&str] = &[
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>
const AWS_SPECIFIC: &[&str] = &[
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
    "String",
];
