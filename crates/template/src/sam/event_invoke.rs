//! What does `EventInvokeConfig` of a function become?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventinvokeconfiguration.html>

use crate::value::Entry;
use crate::{Diagnostic, Diagnostics, Map, Node};

use super::build::At;
use super::function::derived;
use super::properties::invalid;
use super::{Made, Source};

/// The `AWS::Lambda::EventInvokeConfig` of the function: for its alias, where it is published, else for `$LATEST`.
pub(super) fn transform(source: &Source, alias: Option<&Node>, found: &mut Diagnostics) -> Option<Made> {
    let id = &source.logical_id;
    let config = source.properties.entry("EventInvokeConfig")?;
    let at = At(config.key_span);
    let mut properties = Map::default();
    properties.set("FunctionName", at.0, at.reference(id));
    properties.set("Qualifier", at.0, alias.cloned().unwrap_or_else(|| at.text("$LATEST")));
    for entry in config.node.as_map().into_iter().flatten() {
        match entry.key.as_str() {
            "MaximumEventAgeInSeconds" | "MaximumRetryAttempts" => properties.push(entry.clone()),
            "DestinationConfig" => {
                let node = destinations(id, &entry.node, found);
                properties.set("DestinationConfig", entry.key_span, node);
            }
            other => {
                let message = format!("SAM ignores {other} in the EventInvokeConfig of {id}");
                found.push(Diagnostic::warning("ignored-property", message).at(entry.key_span, "not used"));
            }
        }
    }
    Some(derived(source, at, format!("{id}EventInvokeConfig"), "AWS::Lambda::EventInvokeConfig", properties))
}

fn destinations(id: &str, config: &Node, found: &mut Diagnostics) -> Node {
    let mut map = Map::default();
    for entry in config.as_map().into_iter().flatten() {
        if !CASES.contains(&entry.key.as_str()) {
            let message = format!("SAM ignores {} in the DestinationConfig of {id}", entry.key);
            found.push(Diagnostic::warning("ignored-property", message).at(entry.key_span, "not used"));
            continue;
        }
        if let Some(destination) = destination(id, entry, found) {
            let at = At(entry.key_span);
            map.set(&entry.key, entry.key_span, at.map([("Destination", Some(destination))]));
        }
    }
    Node { value: crate::Value::Map(map), span: config.span }
}

/// The ARN of a destination; of one that is no function, nothing.
fn destination(id: &str, entry: &Entry, found: &mut Diagnostics) -> Option<Node> {
    let case = &entry.key;
    let kind = entry.node.get("Type");
    match kind.and_then(Node::as_str) {
        Some("Lambda") => {}
        Some(other) if TYPES.contains(&other) => {
            let message = format!("{case} of {id}: a destination of Type {other} is not supported");
            let diagnostic = Diagnostic::unsupported("sam-property", message);
            let span = kind.map_or(entry.key_span, |kind| kind.span);
            found.push(diagnostic.at(span, "not done here").cure("name a function with Type: Lambda"));
            return None;
        }
        other => {
            let cause = format!(
                "'Type: {}' must be one of ['SQS', 'SNS', 'EventBridge', 'Lambda', 'S3Bucket']",
                other.unwrap_or("None")
            );
            found.push(invalid(id, &cause).at(entry.node.span, "no type of a destination"));
            return None;
        }
    }
    let arn = entry.node.get("Destination");
    if arn.is_none() {
        let cause = "Destination is required if Type is not ['SQS', 'SNS']";
        found.push(invalid(id, cause).at(entry.node.span, "no Destination"));
    }
    arn.cloned()
}

/// The policies that SAM adds to the role that it makes: the function may invoke its destinations.
pub(super) fn policies(logical_id: &str, function: &Map) -> Vec<Node> {
    let config = function.get("EventInvokeConfig").and_then(|config| config.get("DestinationConfig"));
    let of_case = |case: &&str| {
        let destination = config?.get(case)?;
        let is_function = destination.get("Type").and_then(Node::as_str) == Some("Lambda");
        let arn = destination.get("Destination").filter(|_| is_function)?;
        let at = At(arn.span);
        let statement = at.map([
            ("Action", Some(at.text("lambda:InvokeFunction"))),
            ("Effect", Some(at.text("Allow"))),
            ("Resource", Some(arn.clone())),
        ]);
        let document = at.map([("Statement", Some(at.list(vec![statement])))]);
        let name = format!("{logical_id}EventInvokeConfig{case}LambdaPolicy");
        Some(at.map([("PolicyName", Some(at.text(name))), ("PolicyDocument", Some(document))]))
    };
    CASES.iter().filter_map(of_case).collect()
}

const CASES: [&str; 2] = ["OnSuccess", "OnFailure"];
const TYPES: [&str; 5] = ["EventBridge", "Lambda", "S3Bucket", "SNS", "SQS"];
