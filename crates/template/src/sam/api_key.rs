//! What do `ApiKeyRequired` and `UsagePlan` of `Auth` add to an API?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiusageplan.html>

use crate::{Diagnostic, Diagnostics, Map, Node};

use super::auth::each_operation;
use super::build::{At, INHERITED, resource};
use super::definition::is_openapi_3;
use super::properties::invalid;
use super::{Made, Source};

/// Says what is wrong with `UsagePlan`, and what is not done.
pub(super) fn check(id: &str, auth: &Map, found: &mut Diagnostics) {
    for key in ["AddApiKeyRequiredToCorsPreflight", "ApiKeyRequired"] {
        if let Some(flag) = auth.get(key).filter(|flag| flag.as_bool().is_none()) {
            let cause = format!("Property 'Auth.{key}' should be a boolean.");
            found.push(invalid(id, &cause).at(flag.span, "neither true nor false"));
        }
    }
    let Some(plan) = auth.get("UsagePlan").filter(|plan| !plan.is_null()) else { return };
    let Some(map) = plan.as_map() else {
        let cause = "'UsagePlan' should be a map.";
        return found.push(invalid(id, cause).at(plan.span, "not a map"));
    };
    for entry in map.iter().filter(|entry| !PLAN_KEYS.contains(&&*entry.key)) {
        let cause = format!("Invalid property for 'UsagePlan': {}.", entry.key);
        found.push(invalid(id, &cause).at(entry.key_span, "no such setting"));
    }
    match map.get("CreateUsagePlan").map(|node| (node.as_str().unwrap_or_default(), node.span)) {
        Some(("NONE" | "PER_API", _)) => {}
        Some(("SHARED", span)) => {
            let message = format!("CreateUsagePlan: SHARED of UsagePlan is not supported (resource {id})");
            found.push(Diagnostic::error("sam-property", message).at(span, "not transformed here"));
        }
        Some((other, span)) => {
            let cause = format!("'CreateUsagePlan' accepts only NONE, PER_API and SHARED, not {other}.");
            found.push(invalid(id, &cause).at(span, "not one of them"));
        }
        None => {
            let cause = "'CreateUsagePlan' is required field in UsagePlan properties.";
            found.push(invalid(id, cause).at(plan.span, "has no CreateUsagePlan"));
        }
    }
}

/// Writes `ApiKeyRequired` of an event into its operation; `complete` reads it.
pub(super) fn of_event(operation: &mut Map, required: bool, at: At) {
    add(operation, if required { API_KEY } else { OPTED_OUT }, at);
}

/// Writes the API key into every method that demands one, and its security scheme.
pub(super) fn complete(definition: &mut Node, auth: Option<&Map>, at: At) {
    let flag = |key: &str| auth.and_then(|auth| auth.get(key)).and_then(Node::as_bool);
    let of_api = flag("ApiKeyRequired").unwrap_or(false);
    let guards_preflight = flag("AddApiKeyRequiredToCorsPreflight").unwrap_or(true);
    let mut is_used = false;
    each_operation(definition, &mut |method, operation| {
        let opted_out = names(operation, OPTED_OUT);
        if opted_out {
            remove(operation, OPTED_OUT, at);
        } else if of_api && (method != "options" || guards_preflight) && !names(operation, API_KEY) {
            add(operation, API_KEY, at);
        }
        is_used |= names(operation, API_KEY);
    });
    if is_used {
        add_scheme(definition, at);
    }
}

/// The usage plan of the API with a key of its own.
pub(super) fn resources(source: &Source, auth: Option<&Map>, stage_id: &str) -> Vec<Made> {
    let plan = auth.and_then(|auth| auth.entry("UsagePlan"));
    let Some((at, plan)) = plan.and_then(|entry| Some((At(entry.key_span), entry.node.as_map()?))) else {
        return Vec::new();
    };
    if plan.get("CreateUsagePlan").and_then(Node::as_str) != Some("PER_API") {
        return Vec::new();
    }
    let id = &source.logical_id;
    let (plan_id, key_id) = (format!("{id}UsagePlan"), format!("{id}ApiKey"));
    let stage = at.map([("ApiId", Some(at.reference(id))), ("Stage", Some(at.reference(stage_id)))]);
    let key_stage =
        at.map([("RestApiId", Some(at.reference(id))), ("StageName", Some(at.reference(stage_id)))]);
    let kept = |key: &str| plan.get(key).cloned();
    let usage_plan = at.map([
        ("ApiStages", Some(at.list(vec![stage]))),
        ("Description", kept("Description")),
        ("Quota", kept("Quota")),
        ("Tags", kept("Tags")),
        ("Throttle", kept("Throttle")),
        ("UsagePlanName", kept("UsagePlanName")),
    ]);
    let key = at.map([("Enabled", Some(at.truth(true))), ("StageKeys", Some(at.list(vec![key_stage])))]);
    let member = at.map([
        ("KeyId", Some(at.reference(&key_id))),
        ("KeyType", Some(at.text("API_KEY"))),
        ("UsagePlanId", Some(at.reference(&plan_id))),
    ]);
    let derived = |key: &str| INHERITED.contains(&key);
    let rows = [
        (plan_id, "AWS::ApiGateway::UsagePlan", usage_plan),
        (key_id, "AWS::ApiGateway::ApiKey", key),
        (format!("{id}UsagePlanKey"), "AWS::ApiGateway::UsagePlanKey", member),
    ];
    let made = rows.into_iter().map(|(logical_id, kind, properties)| {
        let properties = properties.as_map().cloned().unwrap_or_default();
        Made { logical_id, span: at.0, node: resource(at, kind, properties, &source.attributes, derived) }
    });
    made.collect()
}

fn names(operation: &Map, scheme: &str) -> bool {
    let security = operation.get("security").and_then(Node::as_list).unwrap_or_default();
    security.iter().any(|row| row.get(scheme).is_some())
}

fn add(operation: &mut Map, scheme: &str, at: At) {
    let existing = operation.get("security").and_then(Node::as_list).unwrap_or_default();
    let row = at.map([(scheme, Some(at.list(Vec::new())))]);
    let security = existing.iter().cloned().chain([row]).collect();
    operation.set("security", at.0, at.list(security));
}

fn remove(operation: &mut Map, scheme: &str, at: At) {
    let existing = operation.get("security").and_then(Node::as_list).unwrap_or_default();
    let security = existing.iter().filter(|row| row.get(scheme).is_none()).cloned().collect();
    operation.set("security", at.0, at.list(security));
}

fn add_scheme(definition: &mut Node, at: At) {
    let path: &[&str] =
        if is_openapi_3(definition) { &["components", "securitySchemes"] } else { &["securityDefinitions"] };
    let mut holder = definition;
    for key in path {
        let Some(map) = holder.as_map_mut() else { return };
        if !map.contains(key) {
            map.set(key, at.0, at.map([]));
        }
        let Some(next) = map.get_mut(key) else { return };
        holder = next;
    }
    let scheme = at.map([
        ("type", Some(at.text("apiKey"))),
        ("name", Some(at.text("x-api-key"))),
        ("in", Some(at.text("header"))),
    ]);
    if let Some(map) = holder.as_map_mut() {
        map.set(API_KEY, at.0, scheme);
    }
}

/// SAM's name of the scheme.
const API_KEY: &str = "api_key";
/// SAM's mark of a method that demands no key though the API does.
const OPTED_OUT: &str = "api_key_false";
const PLAN_KEYS: &[&str] = &["CreateUsagePlan", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"];
