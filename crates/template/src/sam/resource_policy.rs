//! Which statements of the API's policy does `ResourcePolicy` of `Auth` stand for?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html>

use crate::{Map, Node, Span, Value};

use super::build::At;
use super::definition::ANY_METHOD;

/// Adds the statements for one path, or for all; the error is what is wrong, and where.
pub(super) fn add(
    definition: &mut Node,
    policy: &Node,
    only_path: Option<&str>,
    stage: Option<&Node>,
) -> Result<(), (String, Span)> {
    let Some(settings) = policy.as_map() else {
        return Err(("Property 'ResourcePolicy' should be a map.".to_owned(), policy.span));
    };
    if let Some(entry) = settings.iter().find(|entry| !KEYS.contains(&&*entry.key)) {
        let message = format!("ResourcePolicy has no property {}.", entry.key);
        return Err((message, entry.key_span));
    }
    for key in ["SourceVpcBlacklist", "SourceVpcWhitelist"] {
        let list = settings.get(key).map(items).unwrap_or_default();
        if let Some(item) = list.iter().find(|item| item.as_str().is_none()) {
            let instead = key.replace("Source", "Intrinsic");
            let cause = format!(
                "{key} must be a list of strings. Use {instead} instead for values that use Intrinsic Functions"
            );
            return Err((cause, item.span));
        }
    }
    let at = At(policy.span);
    let mut statements: Vec<Node> = Vec::new();
    let paths = definition.get("paths").and_then(Node::as_map);
    for entry in paths.into_iter().flat_map(Map::iter) {
        if only_path.is_none_or(|path| path == entry.key) {
            let resources = resources(&entry.key, &entry.node, stage, at);
            for statement in of_path(settings, &resources, at) {
                if !statements.iter().any(|known| known.to_json() == statement.to_json()) {
                    statements.push(statement);
                }
            }
        }
    }
    if let Some(custom) = settings.get("CustomStatements") {
        statements.extend(items(custom));
    }
    if statements.is_empty() {
        return Ok(());
    }
    let Some(map) = definition.as_map_mut() else { return Ok(()) };
    if !map.contains(POLICY) {
        map.set(POLICY, at.0, at.map([]));
    }
    if let Some(document) = map.get_mut(POLICY).and_then(Node::as_map_mut) {
        let mut all = document.get("Statement").map(items).unwrap_or_default();
        all.extend(statements);
        document.set("Version", at.0, at.text("2012-10-17"));
        document.set("Statement", at.0, at.list(all));
    }
    Ok(())
}

/// The statements of one path, in SAM's order.
fn of_path(settings: &Map, resources: &Node, at: At) -> Vec<Node> {
    let statement = |effect: &str, principal: Node, condition: Option<Node>| {
        at.map([
            ("Effect", Some(at.text(effect))),
            ("Action", Some(at.text("execute-api:Invoke"))),
            ("Resource", Some(resources.clone())),
            ("Principal", Some(principal)),
            ("Condition", condition),
        ])
    };
    let mut statements = Vec::new();
    for (key, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
        if let Some(accounts) = settings.get(key) {
            let principal = at.map([("AWS", Some(at.list(items(accounts))))]);
            statements.push(statement(effect, principal, None));
        }
    }
    for (key, operator) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
        if let Some(ranges) = settings.get(key) {
            let addresses = at.map([("aws:SourceIp", Some(at.list(items(ranges))))]);
            let condition = at.map([(operator, Some(addresses))]);
            statements.push(statement("Allow", at.text("*"), None));
            statements.push(statement("Deny", at.text("*"), Some(condition)));
        }
    }
    for (list, operator) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
        if let Some(networks) = networks(settings, list, at) {
            statements.push(statement("Allow", at.text("*"), None));
            statements.push(statement("Deny", at.text("*"), Some(at.map([(operator, Some(networks))]))));
        }
    }
    statements
}

/// The VPCs and VPC endpoints of the lists of that color; none where there are none.
fn networks(settings: &Map, list: &str, at: At) -> Option<Node> {
    let named = |kind: &str| settings.get(&format!("{kind}{list}")).map(items).unwrap_or_default();
    let starting = |prefix: &str| {
        let of_prefix = named("SourceVpc").into_iter();
        of_prefix
            .filter(|item| item.as_str().is_some_and(|name| name.starts_with(prefix)))
            .collect::<Vec<_>>()
    };
    let rows = [
        ("aws:SourceVpc", starting("vpc-"), named("IntrinsicVpc")),
        ("aws:SourceVpce", starting("vpce-"), named("IntrinsicVpce")),
    ];
    let rows = rows.map(|(key, written, computed)| {
        let all: Vec<Node> = written.into_iter().chain(computed).collect();
        (key, (!all.is_empty()).then(|| at.list(all)))
    });
    rows.iter().any(|(_, list)| list.is_some()).then(|| at.map(rows))
}

/// The methods of a path as resources of a policy.
fn resources(path: &str, item: &Node, stage: Option<&Node>, at: At) -> Node {
    let path = without_parameters(path);
    let methods = item.as_map().into_iter().flat_map(Map::keys).filter(|key| *key != "parameters");
    let resources = methods.map(|method| {
        let is_any = method.eq_ignore_ascii_case(ANY_METHOD) || method.eq_ignore_ascii_case("any");
        let method = if is_any { "*".to_owned() } else { method.to_uppercase() };
        let text = at.text(format!("execute-api:/${{__Stage__}}/{method}{path}"));
        let variables = at.map([("__Stage__", Some(stage.cloned().unwrap_or_else(|| at.text("*"))))]);
        at.map([("Fn::Sub", Some(at.list(vec![text, variables])))])
    });
    at.list(resources.collect())
}

/// The path with `*` for every parameter.
fn without_parameters(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        let is_parameter = segment.starts_with('{') && segment.ends_with('}');
        if is_parameter { "*" } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The items of a list, or the one that stands for it.
fn items(node: &Node) -> Vec<Node> {
    match &node.value {
        Value::List(items) => items.clone(),
        _ => vec![node.clone()],
    }
}

const POLICY: &str = "x-amazon-apigateway-policy";
const KEYS: &[&str] = &[
    "AwsAccountBlacklist",
    "AwsAccountWhitelist",
    "CustomStatements",
    "IntrinsicVpcBlacklist",
    "IntrinsicVpcWhitelist",
    "IntrinsicVpceBlacklist",
    "IntrinsicVpceWhitelist",
    "IpRangeBlacklist",
    "IpRangeWhitelist",
    "SourceVpcBlacklist",
    "SourceVpcWhitelist",
];
