//! What does an event of type `HttpApi` add to an HTTP API, and which permission does it need?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html>

use crate::suggest::cure;
use crate::value::Entry;
use crate::{Diagnostic, Diagnostics, Map, Node};

use super::build::At;
use super::event::{permitted_path, wrong};
use super::function::{Context, derived};
use super::http_api::{DEFAULT, HttpApi, HttpRoute, IMPLICIT};
use super::properties::{self, HTTP_API_EVENT};
use super::{Made, Source, http_auth};

/// Adds the event to its API; the permission that lets the API call the function.
pub(super) fn http_api_event(
    source: &Source,
    event: &Entry,
    context: &mut Context<'_>,
    found: &mut Diagnostics,
) -> Option<Made> {
    let mut properties = event.node.get("Properties").and_then(Node::as_map).cloned().unwrap_or_default();
    let id = format!("{}{}", source.logical_id, event.key);
    properties::check(&id, "HttpApi", HTTP_API_EVENT, &mut properties, found);
    if let Some(entry) = properties.entry("RouteSettings") {
        let message = format!("SAM does nothing with the RouteSettings of the event {id}");
        let diagnostic = Diagnostic::warning("ignored-property", message).at(entry.key_span, "not used");
        found.push(diagnostic.cure("write them into RouteSettings of the AWS::Serverless::HttpApi"));
    }
    let (path, method) = path_and_method(source, event, &properties, found)?;
    let (api_name, api_id) = api_of(source, event, &properties, context, found)?;
    let is_active = source
        .attributes
        .get("Condition")
        .and_then(Node::as_str)
        .and_then(|name| context.conditions.get(name))
        .copied()
        .unwrap_or(true);
    let position = context.http_apis.iter().position(|api| api.logical_id() == api_name);
    let position = position.unwrap_or_else(|| {
        context.http_apis.push(HttpApi::implicit(context.globals, At(event.key_span), found));
        context.http_apis.len() - 1
    });
    let api = context.http_apis.get_mut(position)?;
    if !is_active {
        api.leave_out(source.attributes.entry("Condition"));
        return Some(permission(source, event, &path, &method, api_id));
    }
    let security = match properties.get("Auth").map(|auth| http_auth::of_event(api.auth(), auth)) {
        None => None,
        Some(Ok(security)) => security,
        Some(Err(cause)) => {
            let span = properties.entry("Auth").map_or(event.key_span, |entry| entry.key_span);
            found.push(wrong(source, event, &cause).at(span, "not possible"));
            return None;
        }
    };
    let is_covered = path != DEFAULT && api.is_default_of(&source.called_arn());
    let route = HttpRoute {
        path: &path,
        method: &method,
        function: &source.called_arn(),
        payload_format: properties.get("PayloadFormatVersion"),
        timeout: properties.get("TimeoutInMillis"),
        security,
    };
    if !api.add(route, At(event.key_span)) {
        let cause = format!("API method '{method}' defined multiple times for path '{path}'.");
        found.push(wrong(source, event, &cause).at(event.key_span, "the second one"));
        return None;
    }
    (!is_covered).then(|| permission(source, event, &path, &method, api_id))
}

/// Both or none; none is `$default`.
fn path_and_method(
    source: &Source,
    event: &Entry,
    properties: &Map,
    found: &mut Diagnostics,
) -> Option<(String, String)> {
    let text = |name: &str| properties.get(name).and_then(Node::as_str).filter(|text| !text.is_empty());
    match (text("Path"), text("Method")) {
        (None, None) => Some((DEFAULT.to_owned(), "any".to_owned())),
        (Some(path), Some(method)) => {
            let method = method.to_lowercase();
            let is_any = method == super::definition::ANY_METHOD;
            Some((path.to_owned(), if is_any { "any".to_owned() } else { method }))
        }
        (path, _) => {
            let key = if path.is_none() { "Path" } else { "Method" };
            let cause = format!("Event is missing key '{key}'.");
            found.push(wrong(source, event, &cause).at(event.key_span, key));
            None
        }
    }
}

fn api_of(
    source: &Source,
    event: &Entry,
    properties: &Map,
    context: &Context<'_>,
    found: &mut Diagnostics,
) -> Option<(String, Node)> {
    let Some(node) = properties.get("ApiId") else {
        return Some((IMPLICIT.to_owned(), At(event.key_span).reference(IMPLICIT)));
    };
    let named = node.as_str().or_else(|| node.get("Ref").and_then(Node::as_str)).unwrap_or_default();
    if named == IMPLICIT || context.http_apis.iter().any(|api| api.logical_id() == named) {
        return Some((named.to_owned(), node.clone()));
    }
    let cause = "ApiId must be a valid reference to an 'AWS::Serverless::HttpApi' resource in same template.";
    let names = context.http_apis.iter().map(HttpApi::logical_id);
    let diagnostic = wrong(source, event, cause).at(node.span, "not an HTTP API of this template");
    found.push(diagnostic.cure(cure(named, names, "HTTP API")));
    None
}

/// Lets every stage of the API call the function for this path and method.
fn permission(source: &Source, event: &Entry, path: &str, method: &str, api_id: Node) -> Made {
    let at = At(event.key_span);
    let method = if method == "any" { "*".to_owned() } else { method.to_uppercase() };
    let path = if path == DEFAULT { String::new() } else { permitted_path(path) };
    let resource = format!("${{__ApiId__}}/${{__Stage__}}/{method}{path}");
    let arn = format!("arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:{resource}");
    let variables = at.map([("__ApiId__", Some(api_id)), ("__Stage__", Some(at.text("*")))]);
    let source_arn = at.map([("Fn::Sub", Some(at.list(vec![at.text(arn), variables])))]);
    let properties = at.map([
        ("Action", Some(at.text("lambda:InvokeFunction"))),
        ("FunctionName", Some(at.reference(source.called()))),
        ("Principal", Some(at.text("apigateway.amazonaws.com"))),
        ("SourceArn", Some(source_arn)),
    ]);
    let logical_id = format!("{}{}Permission", source.logical_id, event.key);
    let properties = properties.as_map().cloned().unwrap_or_default();
    derived(source, at, logical_id, "AWS::Lambda::Permission", properties)
}
