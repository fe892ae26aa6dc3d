//! Which execution role does SAM make for a function?

use std::collections::BTreeMap;

use crate::intrinsic::call;
use crate::value::Entry;
use crate::{Diagnostics, Map, Node, Value};

use super::build::At;
use super::properties::invalid;
use super::{event_invoke, policy_template};

/// The properties of the role of the function `logical_id`.
pub(super) fn properties(
    logical_id: &str,
    function: &Map,
    (at, tags): (At, Node),
    conditions: &BTreeMap<String, bool>,
    found: &mut Diagnostics,
) -> Map {
    let mut role = Map::default();
    let trust = function.entry("AssumeRolePolicyDocument");
    let document = trust.map_or_else(|| lambda_trust(at), |entry| entry.node.clone());
    role.set("AssumeRolePolicyDocument", trust.map_or(at.0, |entry| entry.key_span), document);

    let mut managed = vec![at.text(managed_policy("AWSLambdaBasicExecutionRole"))];
    if let Some(tracing) = function.get("Tracing") {
        managed.push(Node::new(managed_policy("AWSXrayWriteOnlyAccess"), tracing.span));
    }
    if let Some(network) = function.get("VpcConfig") {
        managed.push(Node::new(managed_policy("AWSLambdaVPCAccessExecutionRole"), network.span));
    }
    let mut inline = Vec::new();
    if let Some(queue) = function.get("DeadLetterQueue") {
        inline.extend(dead_letter_policy(queue));
    }
    let policies = match function.get("Policies") {
        Some(Node { value: Value::List(items), .. }) => items.iter().collect(),
        Some(node) => vec![node],
        None => Vec::new(),
    };
    for (index, policy) in policies.into_iter().enumerate() {
        let policy = chosen(logical_id, policy, conditions, found);
        match sort(policy) {
            Policy::Managed(node) => {
                if !managed.iter().any(|known| known.value == node.value) {
                    managed.push(node);
                }
            }
            Policy::Inline(document) => inline.push(named(logical_id, index, document)),
            Policy::Template(entry) => match policy_template::document(logical_id, entry) {
                Ok(document) => inline.push(named(logical_id, index, document)),
                Err(diagnostic) => found.push(*diagnostic),
            },
            Policy::Nothing => {}
            Policy::Invalid => found.push(policy_template::unknown(logical_id, index, policy)),
        }
    }
    inline.extend(event_invoke::policies(logical_id, function));
    role.set("ManagedPolicyArns", at.0, at.list(managed));
    if let Some(path) = function.entry("RolePath") {
        role.set("Path", path.key_span, path.node.clone());
    }
    if !inline.is_empty() {
        role.set("Policies", at.0, at.list(inline));
    }
    if let Some(boundary) = function.entry("PermissionsBoundary") {
        role.set("PermissionsBoundary", boundary.key_span, boundary.node.clone());
    }
    role.set("Tags", at.0, tags);
    role
}

enum Policy<'a> {
    Managed(Node),
    Inline(Node),
    Template(&'a Entry),
    Nothing,
    Invalid,
}

/// What an item of `Policies` is.
fn sort(policy: &Node) -> Policy<'_> {
    let span = policy.span;
    if let Some(entry) = call(policy) {
        let is_no_value = entry.key == "Ref" && entry.node.as_str() == Some("AWS::NoValue");
        return if is_no_value { Policy::Nothing } else { Policy::Managed(policy.clone()) };
    }
    match &policy.value {
        Value::String(text) if text.starts_with("arn:") => Policy::Managed(policy.clone()),
        Value::String(name) => Policy::Managed(Node::new(managed_policy(name), span)),
        Value::Map(map) if map.contains("Statement") => Policy::Inline(policy.clone()),
        _ => policy_template::named(policy).map_or(Policy::Invalid, Policy::Template),
    }
}

/// The branch of an `Fn::If` that is chosen; what is none stands for itself.
fn chosen<'a>(
    logical_id: &str,
    policy: &'a Node,
    conditions: &BTreeMap<String, bool>,
    found: &mut Diagnostics,
) -> &'a Node {
    let Some(entry) = call(policy).filter(|entry| entry.key == "Fn::If") else { return policy };
    let Some([condition, then, otherwise]) = entry.node.as_list() else { return policy };
    let Some(holds) = condition.as_str().and_then(|name| conditions.get(name)) else { return policy };
    let (then_kind, other_kind) = (sort(then), sort(otherwise));
    let is_nothing = |kind: &Policy<'_>| matches!(kind, Policy::Nothing);
    let is_one_kind = std::mem::discriminant(&then_kind) == std::mem::discriminant(&other_kind);
    if !is_one_kind && !is_nothing(&then_kind) && !is_nothing(&other_kind) {
        let cause = "Different policy types within the same Fn::If statement is unsupported. Separate different policy types \
                     into different Fn::If statements";
        found.push(invalid(logical_id, cause).at(policy.span, "two kinds of policies"));
    }
    if *holds { then } else { otherwise }
}

/// An inline policy under the name that SAM gives it.
fn named(logical_id: &str, index: usize, document: Node) -> Node {
    let at = At(document.span);
    let name = at.text(format!("{logical_id}RolePolicy{index}"));
    at.map([("PolicyName", Some(name)), ("PolicyDocument", Some(document))])
}

fn lambda_trust(at: At) -> Node {
    let service = at.map([("Service", Some(at.list(vec![at.text("lambda.amazonaws.com")])))]);
    let statement = at.map([
        ("Action", Some(at.list(vec![at.text("sts:AssumeRole")]))),
        ("Effect", Some(at.text("Allow"))),
        ("Principal", Some(service)),
    ]);
    at.map([("Version", Some(at.text("2012-10-17"))), ("Statement", Some(at.list(vec![statement])))])
}

fn dead_letter_policy(queue: &Node) -> Option<Node> {
    let at = At(queue.span);
    let action = match queue.get("Type")?.as_str()? {
        "SQS" => "sqs:SendMessage",
        "SNS" => "sns:Publish",
        _ => return None,
    };
    let statement = at.map([
        ("Action", Some(at.text(action))),
        ("Resource", queue.get("TargetArn").cloned()),
        ("Effect", Some(at.text("Allow"))),
    ]);
    let document =
        at.map([("Version", Some(at.text("2012-10-17"))), ("Statement", Some(at.list(vec![statement])))]);
    Some(at.map([("PolicyName", Some(at.text("DeadLetterQueuePolicy"))), ("PolicyDocument", Some(document))]))
}

/// The ARN of AWS's managed policy `name`.
fn managed_policy(name: &str) -> String {
    let path = if SERVICE_ROLES.contains(&name) { "service-role/" } else { "" };
    format!("arn:aws:iam::aws:policy/{path}{name}")
}

/// Managed policies for Lambda that live under `service-role/`.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
const SERVICE_ROLES: &[&str] = &[
    "AWSLambdaBasicDurableExecutionRolePolicy",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
];
