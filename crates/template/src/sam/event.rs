//! What do a function's events add to APIs, and which permissions do they need?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html>

use crate::suggest::cure;
use crate::value::Entry;
use crate::{Diagnostic, Diagnostics, Map, Node};

use super::api::{Api, IMPLICIT};
use super::build::{At, DIGEST_LENGTH, digest};
use super::definition::{ProxyCall, STREAMING};
use super::function::{Context, derived};
use super::properties::{self, API_EVENT, invalid};
use super::{Made, Source, http_event};

/// Adds the function's events to their APIs; the permissions that let the APIs call it.
pub(super) fn transform(source: &Source, context: &mut Context<'_>, found: &mut Diagnostics) -> Vec<Made> {
    let Some(events) = source.properties.get("Events") else { return Vec::new() };
    let Some(events) = events.as_map() else {
        let diagnostic = invalid(&source.logical_id, "Type of property 'Events' is invalid.");
        found.push(diagnostic.at(events.span, "not a map"));
        return Vec::new();
    };
    let mut made = Vec::new();
    for event in events {
        let kind = event.node.get("Type");
        let name = kind.and_then(Node::as_str).unwrap_or("None");
        if name == "Api" {
            made.extend(api_event(source, event, context, found));
        } else if name == "HttpApi" {
            made.extend(http_event::http_api_event(source, event, context, found));
        } else if OTHER_EVENTS.contains(&name) {
            let span = kind.map_or(event.key_span, |node| node.span);
            let message = format!(
                "events of type {name} are not supported (event {} of {})",
                event.key, source.logical_id
            );
            found.push(Diagnostic::unsupported("sam-event", message).at(span, "not transformed here"));
        } else {
            let cause =
                format!("Resource dict has missing or invalid value for key Type. Event Type is: {name}.");
            let names = OTHER_EVENTS.iter().copied().chain(["Api", "HttpApi"]);
            let span = kind.map_or(event.key_span, |node| node.span);
            let diagnostic = wrong(source, event, &cause).at(span, "not a type of event");
            found.push(diagnostic.cure(cure(name, names, "type of event")));
        }
    }
    made
}

/// What an event of type `Api` says.
struct ApiEvent<'a> {
    path: &'a str,
    method: String,
    api: String,
    rest_api: Node,
    call: ProxyCall<'a>,
    auth: Option<&'a Node>,
    /// `RequestModel` and `RequestParameters`
    demands: (Option<&'a Node>, Option<&'a Node>),
}

fn api_event(
    source: &Source,
    event: &Entry,
    context: &mut Context<'_>,
    found: &mut Diagnostics,
) -> Option<Made> {
    let mut properties = event.node.get("Properties").and_then(Node::as_map).cloned().unwrap_or_default();
    let id = format!("{}{}", source.logical_id, event.key);
    properties::check(&id, "Api", API_EVENT, &mut properties, found);
    let read = read(source, event, &properties, context, found)?;
    let is_active = source
        .attributes
        .get("Condition")
        .and_then(Node::as_str)
        .and_then(|name| context.conditions.get(name))
        .copied()
        .unwrap_or(true);
    let position = context.apis.iter().position(|api| api.logical_id() == read.api);
    let position = match position {
        None if read.api == IMPLICIT && !context.resources.contains(IMPLICIT) => {
            context.apis.push(Api::implicit(context.globals, At(event.key_span), found));
            Some(context.apis.len() - 1)
        }
        other => other,
    };
    let mut stage = None;
    if let Some(api) = position.and_then(|at| context.apis.get_mut(at)) {
        stage = api.stage_name().map(str::to_owned);
        if !is_active {
            api.leave_out(source.attributes.entry("Condition"));
        } else {
            api.inherit(&source.attributes);
            let at = At(event.key_span);
            if !api.add(read.path, &read.method, &source.called_arn(), read.call, at) {
                let cause = format!(
                    "API method \"{}\" defined multiple times for path \"{}\".",
                    read.method, read.path
                );
                found.push(wrong(source, event, &cause).at(event.key_span, "the second one"));
                return None;
            }
            if let Err((cause, span)) = api.authorize(read.path, &read.method, read.auth, at) {
                found.push(wrong(source, event, &cause).at(span, "this one"));
            }
            if let Err((cause, span)) = api.demand(read.path, &read.method, read.demands, at) {
                found.push(wrong(source, event, &cause).at(span, "this one"));
            }
        }
    }
    Some(permission(source, event, &read, stage.as_deref().unwrap_or("Stage")))
}

fn read<'a>(
    source: &Source,
    event: &Entry,
    properties: &'a Map,
    context: &Context<'_>,
    found: &mut Diagnostics,
) -> Option<ApiEvent<'a>> {
    let mut text = |name: &str| {
        let node = properties.get(name);
        let text = node.and_then(Node::as_str);
        if text.is_none() {
            let cause = match node {
                None => format!("Property '{name}' is required."),
                Some(_) => format!("Property '{name}' should be a string."),
            };
            found.push(wrong(source, event, &cause).at(node.map_or(event.key_span, |node| node.span), name));
        }
        text
    };
    let (path, method) = (text("Path"), text("Method"));
    let at = At(event.key_span);
    let (api, rest_api) = match properties.get("RestApiId") {
        None => (Some(IMPLICIT.to_owned()), at.reference(IMPLICIT)),
        Some(node) => {
            let named = node.as_str().or_else(|| node.get("Ref").and_then(Node::as_str));
            let exists = |name: &&str| context.resources.contains(name) || *name == IMPLICIT;
            let api = named.filter(exists).map(str::to_owned);
            if api.is_none() {
                let cause = "RestApiId must be a valid reference to an 'AWS::Serverless::Api' resource in same template.";
                let names = context.apis.iter().map(Api::logical_id);
                let diagnostic = wrong(source, event, cause).at(node.span, "not an API of this template");
                found.push(diagnostic.cure(cure(named.unwrap_or_default(), names, "API")));
            }
            (api, node.clone())
        }
    };
    let given = |name: &str| properties.get(name).filter(|node| !node.is_null());
    let transfer_mode = given("ResponseTransferMode");
    if let Some(mode) = transfer_mode.filter(|mode| !matches!(mode.as_str(), Some(STREAMING | "BUFFERED"))) {
        let cause = "ResponseTransferMode must be BUFFERED or RESPONSE_STREAM.";
        found.push(wrong(source, event, cause).at(mode.span, "neither of them"));
    }
    Some(ApiEvent {
        path: path?,
        method: method?.to_lowercase(),
        api: api?,
        rest_api,
        call: ProxyCall { timeout: properties.get("TimeoutInMillis"), transfer_mode },
        auth: properties.get("Auth").filter(|node| !node.is_null()),
        demands: (given("RequestModel"), given("RequestParameters")),
    })
}

/// Lets every stage of the API call the function for this path and method.
fn permission(source: &Source, event: &Entry, read: &ApiEvent<'_>, stage: &str) -> Made {
    let at = At(event.key_span);
    let method = if read.method == "any" { "*".to_owned() } else { read.method.to_uppercase() };
    let resource = format!("${{__ApiId__}}/${{__Stage__}}/{method}{}", permitted_path(read.path));
    let arn = format!("arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{resource}");
    let variables = at.map([("__ApiId__", Some(read.rest_api.clone())), ("__Stage__", Some(at.text("*")))]);
    let source_arn = at.map([("Fn::Sub", Some(at.list(vec![at.text(arn), variables])))]);
    let properties = at.map([
        ("Action", Some(at.text("lambda:InvokeFunction"))),
        ("FunctionName", Some(at.reference(source.called()))),
        ("Principal", Some(at.text("apigateway.amazonaws.com"))),
        ("SourceArn", Some(source_arn)),
    ]);
    let is_plain = !stage.is_empty() && stage.chars().all(char::is_alphanumeric);
    let suffix = if is_plain { stage.to_owned() } else { digest(stage, DIGEST_LENGTH) };
    let logical_id = format!("{}{}Permission{suffix}", source.logical_id, event.key);
    let properties = properties.as_map().cloned().unwrap_or_default();
    derived(source, at, logical_id, "AWS::Lambda::Permission", properties)
}

/// The path as a permission has it: no slash at the end, `*` for every parameter.
pub(super) fn permitted_path(path: &str) -> String {
    let path = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    let mut permitted = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        permitted.push_str(before);
        match after.split_once('}') {
            Some((name, after)) if is_parameter(name) => {
                permitted.push('*');
                rest = after;
            }
            _ => {
                permitted.push('{');
                rest = after;
            }
        }
    }
    permitted + rest
}

fn is_parameter(name: &str) -> bool {
    let name = name.strip_suffix('+').unwrap_or(name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// SAM's words for an event that it refuses.
pub(super) fn wrong(source: &Source, event: &Entry, cause: &str) -> Diagnostic {
    invalid(&source.logical_id, &format!("Event with id [{}] is invalid. {cause}", event.key))
}

/// The types of events that are not transformed yet.
const OTHER_EVENTS: &[&str] = &[
    "AlexaSkill",
    "CloudWatchEvent",
    "CloudWatchLogs",
    "Cognito",
    "DocumentDB",
    "DynamoDB",
    "EventBridgeRule",
    "IoTRule",
    "Kinesis",
    "MQ",
    "MSK",
    "S3",
    "SNS",
    "SQS",
    "Schedule",
    "ScheduleV2",
    "SelfManagedKafka",
];

#[cfg(test)]
mod tests {
    use super::permitted_path;

    #[test]
    fn permitted_paths() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/", "/a"),
            ("/a/{id}/b", "/a/*/b"),
            ("/{proxy+}", "/*"),
            ("/a/{id}/b/{proxy+}/", "/a/*/b/*"),
            ("/{", "/{"),
            ("/{a b}", "/{a b}"),
        ] {
            assert_eq!(permitted_path(path), expected, "{path}");
        }
    }
}
