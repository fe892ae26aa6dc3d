//! Which OPTIONS methods does `Cors` add to an API?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html>

use std::collections::BTreeSet;

use crate::intrinsic::call;
use crate::suggest::nearest;
use crate::{Diagnostics, Map, Node, Value};

use super::build::At;
use super::definition::{ANY_METHOD, INTEGRATION, is_openapi_3};
use super::properties::invalid;

/// Adds an OPTIONS method with a mock integration to every path that has none.
pub(super) fn add(logical_id: &str, definition: &mut Node, cors: &Node, found: &mut Diagnostics) {
    let Some(settings) = settings(logical_id, cors, found) else { return };
    let is_openapi_3 = is_openapi_3(definition);
    let paths = definition.as_map_mut().and_then(|map| map.get_mut("paths")).and_then(Node::as_map_mut);
    let Some(paths) = paths else {
        let cause = "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid Swagger definition.";
        found.push(invalid(logical_id, cause).at(cors.span, "nothing to add it to"));
        return;
    };
    // `/a` and `/a/` are one resource.
    let mut seen = BTreeSet::new();
    let keys = paths.keys().map(str::to_owned).collect::<Vec<_>>();
    for path in keys {
        let normal = if path == "/" { "/" } else { path.trim_end_matches('/') };
        if seen.insert(normal.to_owned())
            && let Some(item) = paths.get_mut(&path)
        {
            add_to_path(item, &settings, is_openapi_3, At(cors.span));
        }
    }
}

/// What `Cors` says.
struct Settings {
    origin: Node,
    headers: Option<Node>,
    methods: Option<Node>,
    max_age: Option<Node>,
    allows_credentials: bool,
}

fn settings(logical_id: &str, cors: &Node, found: &mut Diagnostics) -> Option<Settings> {
    let wildcard = At(cors.span).text("'*'");
    let plain = |origin: Node| Settings {
        origin,
        headers: None,
        methods: None,
        max_age: None,
        allows_credentials: false,
    };
    match &cors.value {
        Value::String(_) => Some(plain(cors.clone())),
        Value::Map(_) if call(cors).is_some() => Some(plain(cors.clone())),
        Value::Map(map) => {
            for entry in map.iter().filter(|entry| !KEYS.contains(&entry.key.as_str())) {
                let cause = format!("Invalid key '{}' for 'Cors' property.", entry.key);
                let mut diagnostic = invalid(logical_id, &cause).at(entry.key_span, "no such setting");
                let near = nearest(&entry.key, KEYS.iter().copied());
                diagnostic.cure = near.map(|near| format!("did you mean `{near}`?"));
                found.push(diagnostic);
            }
            let settings = Settings {
                origin: map.get("AllowOrigin").cloned().unwrap_or_else(|| wildcard.clone()),
                headers: map.get("AllowHeaders").cloned(),
                methods: map.get("AllowMethods").cloned(),
                max_age: map.get("MaxAge").cloned(),
                allows_credentials: map.get("AllowCredentials").and_then(Node::as_bool).unwrap_or(false),
            };
            if settings.allows_credentials && settings.origin.as_str() == Some("'*'") {
                let cause = "Unable to add Cors configuration because 'AllowCredentials' can not be true when \
                             'AllowOrigin' is \"'*'\" or not set";
                let span = map.entry("AllowCredentials").map_or(cors.span, |entry| entry.key_span);
                found.push(invalid(logical_id, cause).at(span, "not with every origin"));
            }
            Some(settings)
        }
        other => {
            let diagnostic = invalid(logical_id, "Invalid value for 'Cors' property");
            found.push(diagnostic.at(cors.span, format!("a {}", other.kind())));
            None
        }
    }
}

/// Adds OPTIONS to a path, or to both sides of a path that is an `Fn::If`.
fn add_to_path(item: &mut Node, settings: &Settings, is_openapi_3: bool, at: At) {
    let Some(map) = item.as_map_mut() else { return };
    if map.len() == 1
        && let Some(Value::List(branches)) = map.get_mut("Fn::If").map(|node| &mut node.value)
    {
        for branch in
            branches.iter_mut().skip(1).filter(|branch| call(branch).is_none_or(|call| call.key == "Fn::If"))
        {
            add_to_path(branch, settings, is_openapi_3, at);
        }
        return;
    }
    if map.contains("options") {
        return;
    }
    let methods = settings.methods.clone().unwrap_or_else(|| at.text(format!("'{}'", allowed_methods(map))));
    map.set("options", at.0, options(settings, methods, is_openapi_3, at));
}

/// The methods of a path, OPTIONS among them, sorted.
fn allowed_methods(item: &Map) -> String {
    if item.contains(ANY_METHOD) {
        return "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT".to_owned();
    }
    let methods = item.keys().map(str::to_uppercase).chain(["OPTIONS".to_owned()]).collect::<BTreeSet<_>>();
    methods.into_iter().collect::<Vec<_>>().join(",")
}

/// The OPTIONS method: a mock integration that answers 200 with the headers.
fn options(settings: &Settings, methods: Node, is_openapi_3: bool, at: At) -> Node {
    let is_given = |node: &Node| !node.is_null() && node.as_str() != Some("");
    let credentials = settings.allows_credentials.then(|| at.text("'true'"));
    let rows = [
        ("Access-Control-Allow-Origin", Some(settings.origin.clone()), "string"),
        ("Access-Control-Allow-Headers", settings.headers.clone().filter(is_given), "string"),
        ("Access-Control-Allow-Methods", Some(methods).filter(is_given), "string"),
        ("Access-Control-Max-Age", settings.max_age.clone().filter(|node| !node.is_null()), "integer"),
        ("Access-Control-Allow-Credentials", credentials, "string"),
    ];
    let (mut parameters, mut headers) = (Map::default(), Map::default());
    for (name, value, kind) in rows {
        let Some(value) = value else { continue };
        parameters.set(&format!("method.response.header.{name}"), at.0, value);
        let kind = at.map([("type", Some(at.text(kind)))]);
        let header = if is_openapi_3 { at.map([("schema", Some(kind))]) } else { kind };
        headers.set(name, at.0, header);
    }
    let json = |text: &str| Some(at.map([("application/json", Some(at.text(text)))]));
    let response = at.map([
        ("statusCode", Some(at.text("200"))),
        ("responseParameters", Some(Node { value: Value::Map(parameters), span: at.0 })),
        ("responseTemplates", json("{}\n")),
    ]);
    let integration = at.map([
        ("type", Some(at.text("mock"))),
        ("requestTemplates", json("{\n  \"statusCode\" : 200\n}\n")),
        ("responses", Some(at.map([("default", Some(response))]))),
    ]);
    let described = at.map([
        ("description", Some(at.text("Default response for CORS method"))),
        ("headers", Some(Node { value: Value::Map(headers), span: at.0 })),
    ]);
    let media_types = || (!is_openapi_3).then(|| at.list(vec![at.text("application/json")]));
    at.map([
        ("summary", Some(at.text("CORS support"))),
        ("consumes", media_types()),
        ("produces", media_types()),
        (INTEGRATION, Some(integration)),
        ("responses", Some(at.map([("200", Some(described))]))),
    ])
}

const KEYS: &[&str] = &["AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigin", "MaxAge"];
