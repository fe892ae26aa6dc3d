//! An HTTP API is made by several resources of the template. They are gathered here as one API definition, the same as an
//! OpenAPI `Body` gives, and closed together: so there is one reader of integrations and authorizers, not two.

use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::http_api::HttpApi;
use frontgate_template::{Map, Node, Span, Value};

use super::gateway_deployments::DeploymentDraft;
use super::http_deployments::{self, HttpStageDraft};
use super::rest_api_parts::{child, set, tell, text, unknown};
use crate::deployments::Captured;
use crate::maker::Maker;
use crate::properties::{Object, Problems};

/// An HTTP API under construction.
pub struct HttpApiDraft {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its logical id, for messages.
    pub logical_id: String,
    /// `DisableExecuteApiEndpoint`
    pub execute_api_disabled: bool,
    /// The definition: `Body`, and what routes, integrations and authorizers add to it.
    pub document: Node,
    /// Integrations by their ids.
    pub integrations: Vec<(String, Node)>,
    /// Ids of authorizers.
    pub authorizers: Vec<String>,
    /// The logical ids of the routes that have resources of their own.
    pub routes: Vec<String>,
    /// The key of the route that quick create has made.
    pub quick_route: Option<String>,
    /// The deployments.
    pub deployments: Vec<DeploymentDraft>,
    /// The stages.
    pub stages: Vec<HttpStageDraft>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// The draft that `ApiId` of a part names.
pub fn draft<'m>(properties: &Object<'_>, maker: &'m mut Maker<'_>) -> Option<&'m mut HttpApiDraft> {
    let id = properties.required_text("ApiId")?;
    let found = maker.http_apis.iter_mut().find(|draft| draft.id == id.value);
    if found.is_none() {
        unknown(properties, "ApiId", &id, "Invalid API identifier specified");
    }
    found
}

/// A definition without a route.
pub fn empty_definition(span: Span) -> Node {
    let mut definition = Node::new(Value::Map(Map::default()), span);
    set(&mut definition, "openapi", text("3.0.1", span));
    set(&mut definition, "paths", Node::new(Value::Map(Map::default()), span));
    definition
}

/// Adds a route to a definition: its key is a method and a path, or `$default`.
pub fn add_route(document: &mut Node, key: &str, operation: Node, span: Span) {
    let (path, member) = place_of(key);
    let paths = child(document, "paths", span);
    set(child(paths, path, span), &member, operation);
}

/// Whether the definition has that route already.
pub fn has_route(document: &Node, key: &str) -> bool {
    let (path, member) = place_of(key);
    document.at(&["paths", path, &member]).is_some()
}

/// The operation of a route that is there.
pub fn route_mut<'n>(document: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let (path, member) = place_of(key);
    ["paths", path, &member].iter().try_fold(document, |node, key| match &mut node.value {
        Value::Map(map) => map.get_mut(key),
        _ => None,
    })
}

/// The path and the member under which a definition has a route.
fn place_of(key: &str) -> (&str, String) {
    let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
    match method {
        "ANY" => (path, "x-amazon-apigateway-any-method".to_owned()),
        other => (path, other.to_ascii_lowercase()),
    }
}

/// Closes every HTTP API: compiles its definition and says what is wrong with it.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    for draft in std::mem::take(&mut maker.http_apis) {
        let api = close_one(draft, maker, problems);
        maker.resources.http_apis.push(api);
    }
}

fn close_one(mut draft: HttpApiDraft, maker: &mut Maker<'_>, problems: &Problems) -> HttpApi {
    let captured = Arc::new(capture(&mut draft, maker));
    let mut definition = http_deployments::compile(&captured, &draft, false, maker);
    let findings = std::mem::take(&mut definition.findings);
    let is_broken = tell(findings, &captured.document, &draft.logical_id, problems);
    if definition.routes.len() > ROUTES_MAX {
        let message = format!(
            "{}: LimitExceededException: {} routes, and an HTTP API has {ROUTES_MAX} at most",
            draft.logical_id,
            definition.routes.len()
        );
        let cure = "Use {parameters}, {proxy+} or $default.";
        problems.error(captured.document.span, message, "too many routes", cure);
    }
    let current = http_deployments::deployment("", definition, &captured);
    let stages = http_deployments::close(&mut draft, &captured, (&current, is_broken), maker, problems);
    HttpApi {
        id: draft.id.into(),
        name: draft.name.into(),
        region: maker.context.region.as_str().into(),
        account_id: maker.context.account_id.as_str().into(),
        stages,
        place: draft.place,
    }
}

/// What a deployment of now captures of the API.
fn capture(draft: &mut HttpApiDraft, maker: &Maker<'_>) -> Captured {
    let nothing = Node::new(Value::Null, draft.document.span);
    Captured {
        document: std::mem::replace(&mut draft.document, nothing),
        source: maker.source.clone(),
        binary_media_types: Vec::new(),
        minimum_compression_size: None,
        api_key_source: None,
        execute_api_disabled: draft.execute_api_disabled,
    }
}

/// What a pointer is called, such as `the route GET /items of Api`.
pub fn label(pointer: &str, api: &str) -> String {
    let parts: Vec<String> =
        pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["x-amazon-apigateway-cors"] => format!("the CORS configuration of {api}"),
        ["paths", path, method] => format!("the route {} of {api}", route_key(path, method)),
        ["paths", path, method, "x-amazon-apigateway-integration", ..] => {
            format!("the integration of {} of {api}", route_key(path, method))
        }
        ["components", "securitySchemes", name, ..] => format!("the authorizer {name} of {api}"),
        _ => format!("the HTTP API {api}"),
    }
}

/// The route key of a member of a path of a definition, or of a method and a path.
pub fn route_key(path: &str, method: &str) -> String {
    match (path.trim_start_matches('/'), method) {
        ("$default", _) => "$default".to_owned(),
        (_, "ANY" | "x-amazon-apigateway-any-method") => format!("ANY {path}"),
        _ => format!("{} {path}", method.to_ascii_uppercase()),
    }
}

/// "Routes per API", a quota of HTTP APIs.
const ROUTES_MAX: usize = 300;

/// A map from the rows that have a node.
pub fn map_of<const N: usize>(span: Span, rows: [(&str, Option<Node>); N]) -> Node {
    let mut node = Node::new(Value::Map(Map::default()), span);
    for (key, value) in rows {
        if let Some(value) = value {
            set(&mut node, key, value);
        }
    }
    node
}
