//! Which HTTP API an OpenAPI 3.0 document with API Gateway's extensions defines.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html>

use std::sync::Arc;

use frontgate_explain::PlaceId;
use serde_json::Value;

use super::config::{DEFAULT, HttpRoute};
use super::cors::HttpCors;
use super::routing::RouteKey;
use super::security::Schemes;
use crate::finding::Finding;
use crate::integration::{Reader, child};

/// What a document defines.
#[derive(Debug, Default)]
pub struct HttpDefinition {
    /// `info.title`
    pub title: Option<String>,
    /// The routes in the order of the document.
    pub routes: Vec<HttpRoute>,
    /// `x-amazon-apigateway-cors`
    pub cors: Option<HttpCors>,
    /// `disableExecuteApiEndpoint`
    pub execute_api_disabled: bool,
    /// The document itself, for exports.
    pub document: Arc<Value>,
    /// What is wrong and what is not implemented.
    pub findings: Vec<Finding>,
}

/// Compiles a document for the API with that id. `place_of` gives the place of a JSON pointer.
#[must_use]
pub fn compile_http_api(
    document: &Value,
    api_id: &str,
    place_of: &mut dyn FnMut(&str) -> PlaceId,
) -> HttpDefinition {
    let mut reader = Reader { place_of, findings: Vec::new() };
    reader.check_document(document);
    let schemes = reader.schemes(document, api_id);
    let routes = reader.routes(document, &schemes);
    let cors = reader.cors(document);
    HttpDefinition {
        title: document.pointer("/info/title").and_then(Value::as_str).map(str::to_owned),
        routes,
        cors,
        execute_api_disabled: is_disabled(document),
        document: Arc::new(document.clone()),
        findings: reader.findings,
    }
}

fn is_disabled(document: &Value) -> bool {
    let servers = document.get("servers").and_then(Value::as_array);
    let on_servers = servers.into_iter().flatten().filter_map(|server| server.get(ENDPOINT));
    on_servers.chain(document.get(ENDPOINT)).any(|configuration| {
        matches!(configuration.get("disableExecuteApiEndpoint"), Some(Value::Bool(true)))
            || configuration.get("disableExecuteApiEndpoint").and_then(Value::as_str) == Some("true")
    })
}

impl Reader<'_> {
    fn check_document(&mut self, document: &Value) {
        let version = document.get("openapi").and_then(Value::as_str);
        if !version.is_some_and(|version| version.starts_with("3.0")) {
            let what = "HTTP APIs support only the OpenAPI 3.0 specification";
            self.invalid("", what, "Begin it with openapi: 3.0.1");
        }
        for name in document.as_object().into_iter().flatten().map(|(name, _)| name) {
            if name.starts_with("x-amazon-apigateway-") && !EXTENSIONS.contains(&name.as_str()) {
                let what = format!("`{name}` is not implemented for HTTP APIs");
                self.unsupported(&child("", name), what, "Leave it out");
            }
        }
        if document.get("security").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
            let what = "`security` of the whole document is not implemented";
            self.unsupported_guard("/security", what, "Write it at each operation");
        }
    }

    fn routes(&mut self, document: &Value, schemes: &Schemes) -> Vec<HttpRoute> {
        let mut routes: Vec<HttpRoute> = Vec::new();
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let pointer = child("/paths", path);
            let Some(members) = item.as_object() else {
                self.invalid(&pointer, format!("`{path}` has no methods"), "Add a method");
                continue;
            };
            for (name, operation) in members {
                let here = child(&pointer, name);
                if INERT_OF_PATH.contains(&name.as_str()) {
                    continue;
                }
                let Some(key) = self.route_key(path, name, &here) else { continue };
                if routes.iter().any(|route| route.key == key) {
                    let what = format!("Route with key {} already exists for this API", key.as_str());
                    self.invalid(&here, what, "Remove one of them");
                    continue;
                }
                routes.extend(self.route(document, key, operation, schemes, &here));
            }
        }
        routes
    }

    fn route_key(&mut self, path: &str, member: &str, pointer: &str) -> Option<RouteKey> {
        if path == DEFAULT || path == "/$default" {
            return RouteKey::parse(DEFAULT).ok();
        }
        let method = match member {
            "x-amazon-apigateway-any-method" => "ANY".to_owned(),
            other => other.to_ascii_uppercase(),
        };
        RouteKey::parse(&format!("{method} {path}"))
            .map_err(|what| self.invalid(pointer, what, "Write it such as GET /items/{id}"))
            .ok()
    }

    fn route(
        &mut self,
        document: &Value,
        key: RouteKey,
        operation: &Value,
        schemes: &Schemes,
        pointer: &str,
    ) -> Option<HttpRoute> {
        let authorization = self.http_api_authorization(operation, schemes, pointer);
        let here = child(pointer, INTEGRATION);
        let written = operation.get(INTEGRATION).filter(|written| !written.is_null());
        let referenced = written.and_then(|written| written.get("$ref")).and_then(Value::as_str);
        let found = match referenced {
            None => written,
            Some(reference) => reference.strip_prefix('#').and_then(|path| document.pointer(path)),
        };
        let Some(found) = found else {
            let what = format!("The route {} has no integration", key.as_str());
            self.invalid(pointer, what, format!("Add {INTEGRATION}"));
            return None;
        };
        let integration = self.http_api_integration(found, &here);
        Some(HttpRoute {
            key,
            authorization: authorization?,
            integration: integration?,
            place: (self.place_of)(pointer),
        })
    }

    fn cors(&mut self, document: &Value) -> Option<HttpCors> {
        let written = document.get(CORS).filter(|written| !written.is_null())?;
        let pointer = child("", CORS);
        let Some(members) = written.as_object() else {
            self.invalid(&pointer, format!("`{CORS}` is no mapping"), "Write allowOrigins and so on");
            return None;
        };
        for name in members.keys().filter(|name| !CORS_MEMBERS.contains(&name.as_str())) {
            let what = format!("`{name}` is nothing of a CORS configuration");
            self.invalid(&child(&pointer, name), what, "Remove it, or correct its name");
        }
        let list = |name: &str| -> Vec<Box<str>> {
            match written.get(name) {
                Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(Into::into).collect(),
                Some(Value::String(text)) => text.split(',').map(|item| item.trim().into()).collect(),
                _ => Vec::new(),
            }
        };
        let max_age = written.get("maxAge");
        let seconds = max_age.and_then(|age| age.as_i64().or_else(|| age.as_str()?.parse().ok()));
        let cors = HttpCors {
            allow_credentials: matches!(written.get("allowCredentials"), Some(Value::Bool(true)))
                || written.get("allowCredentials").and_then(Value::as_str) == Some("true"),
            allow_headers: list("allowHeaders"),
            allow_methods: list("allowMethods"),
            allow_origins: list("allowOrigins"),
            expose_headers: list("exposeHeaders"),
            max_age_seconds: seconds
                .filter(|age| (-1..=86_400).contains(age))
                .and_then(|age| i32::try_from(age).ok()),
            place: (self.place_of)(&pointer),
        };
        if max_age.is_some_and(|age| !age.is_null()) && cors.max_age_seconds.is_none() {
            let what = "maxAge is not between -1 and 86400 seconds";
            self.invalid(&child(&pointer, "maxAge"), what, "Choose a number that is");
        }
        if cors.allow_credentials && cors.allow_origins.iter().any(|origin| &**origin == "*") {
            let what = "allowCredentials is not supported with an allowed origin of *";
            self.invalid(&pointer, what, "Name the origins, or leave the credentials out");
        }
        Some(cors)
    }
}

const CORS: &str = "x-amazon-apigateway-cors";
const CORS_MEMBERS: [&str; 6] =
    ["allowCredentials", "allowHeaders", "allowMethods", "allowOrigins", "exposeHeaders", "maxAge"];
const ENDPOINT: &str = "x-amazon-apigateway-endpoint-configuration";
const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// The extensions of a document that count, or change no answer.
const EXTENSIONS: [&str; 4] = [
    "x-amazon-apigateway-cors",
    "x-amazon-apigateway-endpoint-configuration",
    "x-amazon-apigateway-importexport-version",
    "x-amazon-apigateway-integrations",
];

const INERT_OF_PATH: [&str; 4] = ["description", "parameters", "servers", "summary"];
