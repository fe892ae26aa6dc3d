//! What does `Auth` of an API and of its events add to the definition?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html>

use crate::suggest::nearest;
use crate::{Diagnostic, Diagnostics, Map, Node, Span, Value};

use super::build::{At, INHERITED, resource};
use super::definition::{INTEGRATION, is_openapi_3};
use super::properties::invalid;
use super::{Made, Source, api_key};

/// `Auth` of an API.
#[derive(Clone, Copy)]
pub(super) struct Auth<'a> {
    id: &'a str,
    map: Option<&'a Map>,
    span: Span,
}

impl<'a> Auth<'a> {
    /// `Auth` of an API; empty where it has none.
    pub(super) fn of(source: &'a Source) -> Self {
        let node = source.properties.get("Auth");
        let span = node.map_or(source.logical_id_span, |node| node.span);
        Self { id: &source.logical_id, map: node.and_then(Node::as_map), span }
    }

    /// What it says.
    pub(super) fn map(&self) -> Option<&'a Map> {
        self.map
    }

    fn get(&self, key: &str) -> Option<&'a Node> {
        self.map?.get(key)
    }

    /// Says what is wrong with it, and what is not done: nothing of it is ever left out.
    pub(super) fn check(source: &'a Source, found: &mut Diagnostics) {
        let Some(node) = source.properties.get("Auth").filter(|node| !node.is_null()) else { return };
        let auth = Self::of(source);
        if auth.map.is_none() {
            let diagnostic = invalid(&source.logical_id, "Property 'Auth' should be a map.");
            return found.push(diagnostic.at(node.span, format!("a {}", node.value.kind())));
        }
        check_keys(auth.id, "Auth", auth.map, KEYS, &[], found);
        if let Some(map) = auth.map {
            api_key::check(auth.id, map, found);
        }
        if let Some(authorizers) = auth.get("Authorizers").filter(|node| node.as_map().is_none()) {
            let diagnostic = invalid(auth.id, "Property 'Auth.Authorizers' should be a map.");
            found.push(diagnostic.at(authorizers.span, "not a map"));
        }
        for entry in auth.authorizers() {
            auth.check_authorizer(&entry.key, &entry.node, found);
        }
        let Some(default) = auth.get("DefaultAuthorizer") else { return };
        let name = default.as_str().unwrap_or_default();
        if name != AWS_IAM && auth.authorizer(name).is_none() {
            let cause =
                format!("Unable to set DefaultAuthorizer because '{name}' was not defined in 'Authorizers'.");
            found.push(invalid(auth.id, &cause).at(default.span, "no such authorizer"));
        }
    }

    fn check_authorizer(&self, name: &str, node: &Node, found: &mut Diagnostics) {
        let mut wrong = |cause: String, span: Span| found.push(invalid(self.id, &cause).at(span, "here"));
        let Some(map) = node.as_map() else {
            return wrong(format!("Property 'Auth.Authorizers.{name}' should be a map."), node.span);
        };
        let identity = map.get("Identity").and_then(Node::as_map);
        if map.contains("UserPoolArn") {
            say_dropped(self.id, name, map, POOL_KEYS, found);
            return check_keys(self.id, "Identity", identity, TOKEN_IDENTITY, &[], found);
        }
        if !map.contains("FunctionArn") {
            return wrong(format!("Authorizer {name} needs a FunctionArn or a UserPoolArn."), node.span);
        }
        let payload =
            map.get("FunctionPayloadType").map(|kind| (kind.as_str().unwrap_or_default(), kind.span));
        if let Some((kind, span)) = payload.filter(|(kind, _)| !["REQUEST", "TOKEN"].contains(kind)) {
            return wrong(format!("{name} Authorizer has invalid 'FunctionPayloadType': {kind}."), span);
        }
        let is_request = payload.is_some_and(|(kind, _)| kind == "REQUEST");
        if is_request && keeps_answers(identity) && sources(identity).is_empty() {
            let cause = format!(
                "{name} Authorizer must specify Identity with at least one of Headers, QueryStrings, StageVariables, or \
                 Context."
            );
            return wrong(cause, node.span);
        }
        say_dropped(self.id, name, map, FUNCTION_KEYS, found);
        let known = if is_request { REQUEST_IDENTITY } else { TOKEN_IDENTITY };
        check_keys(self.id, "Identity", identity, known, &[], found);
    }

    fn authorizers(&self) -> impl Iterator<Item = &'a crate::value::Entry> {
        self.get("Authorizers").and_then(Node::as_map).into_iter().flat_map(Map::iter)
    }

    fn authorizer(&self, name: &str) -> Option<&'a Node> {
        self.authorizers().find(|entry| entry.key == name).map(|entry| &entry.node)
    }

    /// `ResourcePolicy`
    pub(super) fn resource_policy(&self) -> Option<&'a Node> {
        self.get("ResourcePolicy").filter(|node| !node.is_null())
    }

    fn default(&self) -> Option<&'a str> {
        self.get("DefaultAuthorizer").and_then(Node::as_str)
    }

    /// Writes the security schemes, and the default authorizer into every method that says nothing else.
    pub(super) fn complete(&self, definition: &mut Node) {
        let at = At(self.span);
        let names_iam = uses_iam(definition) || self.default() == Some(AWS_IAM);
        let path: &[&str] = if is_openapi_3(definition) {
            &["components", "securitySchemes"]
        } else {
            &["securityDefinitions"]
        };
        let mut schemes = Map::default();
        for entry in self.authorizers() {
            schemes.set(&entry.key, entry.key_span, scheme(&entry.node, At(entry.key_span)));
        }
        if names_iam {
            schemes.set(AWS_IAM, at.0, signature_scheme(at));
        }
        if !schemes.is_empty() {
            let mut holder = &mut *definition;
            for key in path {
                let Some(map) = holder.as_map_mut() else { return };
                if !map.contains(key) {
                    map.set(key, at.0, at.map([]));
                }
                let Some(next) = map.get_mut(key) else { return };
                holder = next;
            }
            for entry in schemes {
                if let Some(map) = holder.as_map_mut() {
                    map.set(&entry.key, entry.key_span, entry.node);
                }
            }
        }
        let Some(default) = self.default() else { return };
        let guards_preflight =
            self.get("AddDefaultAuthorizerToCorsPreflight").and_then(Node::as_bool).unwrap_or(true);
        let names: Vec<&str> = self.authorizers().map(|entry| &*entry.key).chain([AWS_IAM]).collect();
        let security = self.security(default, None, at);
        each_operation(definition, &mut |method, operation| {
            if method != "options" || guards_preflight {
                set_default(operation, &names, &security, at);
            }
        });
    }

    /// `{NAME: [SCOPES]}`; the scopes of a method stand before those of the authorizer.
    fn security(&self, name: &str, scopes: Option<&Node>, at: At) -> Node {
        let of_authorizer = || self.authorizer(name)?.get("AuthorizationScopes");
        let scopes = scopes.or_else(of_authorizer).filter(|_| self.authorizer(name).is_some());
        at.map([(name, Some(scopes.cloned().unwrap_or_else(|| at.list(Vec::new()))))])
    }

    /// The permissions with which API Gateway calls the functions of the authorizers.
    pub(super) fn permissions(&self, source: &Source) -> Vec<Made> {
        let with_function = self.authorizers().filter_map(|entry| {
            let arn = entry.node.get("FunctionArn")?;
            let is_off = entry.node.get("DisableFunctionDefaultPermissions").and_then(Node::as_bool);
            (is_off != Some(true)).then_some((entry, arn))
        });
        let made = with_function.map(|(entry, arn)| {
            let at = At(entry.key_span);
            let text = "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
            let variables = at.map([("__ApiId__", Some(at.reference(self.id)))]);
            let source_arn = at.map([("Fn::Sub", Some(at.list(vec![at.text(text), variables])))]);
            let properties = at.map([
                ("Action", Some(at.text("lambda:InvokeFunction"))),
                ("FunctionName", Some(arn.clone())),
                ("Principal", Some(at.text("apigateway.amazonaws.com"))),
                ("SourceArn", Some(source_arn)),
            ]);
            let properties = properties.as_map().cloned().unwrap_or_default();
            let derived = |key: &str| INHERITED.contains(&key);
            Made {
                logical_id: format!("{}{}AuthorizerPermission", self.id, entry.key),
                span: at.0,
                node: resource(at, "AWS::Lambda::Permission", properties, &source.attributes, derived),
            }
        });
        made.collect()
    }
}

/// Writes `Auth` of an event into the operation that it makes, with whose rights the function is called included; the error
/// is SAM's cause, and where.
pub(super) fn authorize(
    operation: &mut Map,
    api: Auth<'_>,
    event: Option<&Node>,
    place: [&str; 2],
    at: At,
) -> Result<(), (String, Span)> {
    secure(operation, api, event, place, at)?;
    call_with(operation, api, event, at);
    Ok(())
}

/// Whether `Auth` of an event is for an operation that stands in a definition of its own; the error is SAM's cause.
pub(super) fn overrides(event: Option<&Node>) -> Result<bool, (String, Span)> {
    let Some(settings) = event.and_then(Node::as_map) else { return Ok(false) };
    let Some(entry) = settings.entry("OverrideApiAuth") else { return Ok(false) };
    if entry.node.as_bool() != Some(true) {
        return Ok(false);
    }
    let says =
        |name: &str| settings.get(name).is_some_and(|node| !node.is_null() && node.as_bool() != Some(false));
    if !["Authorizer", "ApiKeyRequired", "ResourcePolicy"].into_iter().any(says) {
        let cause = "Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.";
        return Err((cause.to_owned(), entry.key_span));
    }
    Ok(true)
}

/// Writes who may call an operation, as `Auth` of an event says; the error is SAM's cause, and where.
pub(super) fn secure(
    operation: &mut Map,
    api: Auth<'_>,
    event: Option<&Node>,
    [method, path]: [&str; 2],
    at: At,
) -> Result<(), (String, Span)> {
    let empty = Map::default();
    let settings = event.and_then(Node::as_map).unwrap_or(&empty);
    if let Some(entry) = settings.iter().find(|entry| !EVENT_KEYS.contains(&&*entry.key)) {
        return Err((format!("Auth has no property {}.", entry.key), entry.key_span));
    }
    if let Some(node) = settings.get("Authorizer") {
        let name = node.as_str().unwrap_or_default();
        let unable =
            format!("Unable to set Authorizer [{name}] on API method [{method}] for path [{path}] because");
        let is_known = api.authorizer(name).is_some();
        let cause = match name {
            AWS_IAM => None,
            "NONE" if api.default().is_some() => None,
            "NONE" => Some(format!(
                "Unable to set Authorizer on API method [{method}] for path [{path}] because 'NONE' is only a valid value \
                 when a DefaultAuthorizer on the API is specified."
            )),
            _ if is_known => None,
            _ if api.authorizers().next().is_none() => {
                Some(format!("{unable} the related API does not define any Authorizers."))
            }
            _ => Some(format!("{unable} it wasn't defined in the API's Authorizers.")),
        };
        if let Some(cause) = cause {
            return Err((cause, node.span));
        }
        let security = api.security(name, settings.get("AuthorizationScopes"), at);
        operation.set("security", at.0, at.list(vec![security]));
    }
    if let Some(flag) = settings.get("ApiKeyRequired") {
        let not_boolean = || ("ApiKeyRequired of Auth should be a boolean.".to_owned(), flag.span);
        api_key::of_event(operation, flag.as_bool().ok_or_else(not_boolean)?, at);
    }
    Ok(())
}

/// `InvokeRole`: a method that asks for signatures calls its function with the rights of its caller, or with a role.
fn call_with(operation: &mut Map, api: Auth<'_>, event: Option<&Node>, at: At) {
    let empty = Map::default();
    let settings = event.and_then(Node::as_map).unwrap_or(&empty);
    let default = api.default();
    let is_signed = match settings.get("Authorizer").and_then(Node::as_str) {
        Some(name) => name == AWS_IAM,
        None => default == Some(AWS_IAM) && settings.is_empty(),
    };
    let role = settings.get("InvokeRole").or_else(|| api.get("InvokeRole"));
    let credentials = match role {
        Some(role) if role.is_null() || role.as_str() == Some("NONE") => None,
        Some(role) if role.as_str() != Some("CALLER_CREDENTIALS") => Some(role.clone()),
        _ => Some(at.text("arn:aws:iam::*:user/*")),
    };
    if let (true, Some(credentials)) = (is_signed, credentials)
        && let Some(integration) = operation.get_mut(INTEGRATION).and_then(Node::as_map_mut)
    {
        integration.set("credentials", at.0, credentials);
    }
}

/// Puts the default authorizer into an operation that has none; `NONE` stands for a method that is open.
fn set_default(operation: &mut Map, names: &[&str], default: &Node, at: At) {
    let existing = operation.get("security").and_then(Node::as_list).unwrap_or_default();
    let says = |known: &dyn Fn(&str) -> bool| {
        existing.iter().filter_map(Node::as_map).any(|map| map.keys().any(known))
    };
    if says(&|key| key == "NONE" || names.contains(&key)) {
        return;
    }
    let security = existing.iter().cloned().chain([default.clone()]).collect();
    operation.set("security", at.0, at.list(security));
}

/// Whether an operation names `AWS_IAM` already.
fn uses_iam(definition: &mut Node) -> bool {
    let mut is_used = false;
    each_operation(definition, &mut |_, operation| {
        let security = operation.get("security").and_then(Node::as_list).unwrap_or_default();
        is_used |= security.iter().any(|scheme| scheme.get(AWS_IAM).is_some());
    });
    is_used
}

/// Every operation of a definition that has an integration, with its method; both sides of an `Fn::If`.
pub(super) fn each_operation(definition: &mut Node, visit: &mut dyn FnMut(&str, &mut Map)) {
    let paths = definition.as_map_mut().and_then(|map| map.get_mut("paths")).and_then(Node::as_map_mut);
    let Some(paths) = paths else { return };
    let keys: Vec<String> = paths.keys().map(str::to_owned).collect();
    for path in keys {
        let Some(item) = paths.get_mut(&path) else { continue };
        each_branch(item, &mut |item| {
            let methods: Vec<String> = item.keys().map(str::to_owned).collect();
            for method in methods.iter().filter(|method| *method != "parameters") {
                let Some(operation) = item.get_mut(method) else { continue };
                each_branch(operation, &mut |operation| {
                    if operation.contains(INTEGRATION) {
                        visit(&method.to_ascii_lowercase(), operation);
                    }
                });
            }
        });
    }
}

/// The map of a node, or those of both sides of an `Fn::If`.
fn each_branch(node: &mut Node, visit: &mut dyn FnMut(&mut Map)) {
    let Some(map) = node.as_map_mut() else { return };
    match map.get_mut("Fn::If").map(|node| &mut node.value) {
        Some(Value::List(branches)) => {
            branches.iter_mut().skip(1).for_each(|branch| each_branch(branch, visit));
        }
        _ => visit(map),
    }
}

/// The security scheme of an authorizer.
fn scheme(authorizer: &Node, at: At) -> Node {
    let identity = authorizer.get("Identity").and_then(Node::as_map);
    let header = || identity?.get("Header").cloned();
    let validation = || identity?.get("ValidationExpression").cloned();
    let is_request = authorizer.get("FunctionPayloadType").and_then(Node::as_str) == Some("REQUEST");
    let (kind, name, extension) = match (authorizer.get("UserPoolArn"), authorizer.get("FunctionArn")) {
        (Some(arn), _) => {
            let arns = if arn.as_list().is_some() { arn.clone() } else { at.list(vec![arn.clone()]) };
            let extension = at.map([
                ("type", Some(at.text("cognito_user_pools"))),
                ("providerARNs", Some(arns)),
                ("identityValidationExpression", validation()),
            ]);
            ("cognito_user_pools", header(), extension)
        }
        (None, function) => {
            let uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
            let variables = at.map([("__FunctionArn__", function.cloned())]);
            let role = authorizer.get("FunctionInvokeRole").filter(|role| role.as_str() != Some("NONE"));
            let kind = if is_request { "request" } else { "token" };
            let sources = sources(identity).join(", ");
            let extension = at.map([
                ("type", Some(at.text(kind))),
                ("authorizerUri", Some(at.map([("Fn::Sub", Some(at.list(vec![at.text(uri), variables])))]))),
                (
                    "authorizerResultTtlInSeconds",
                    identity.and_then(|map| map.get("ReauthorizeEvery")).cloned(),
                ),
                ("authorizerCredentials", role.cloned()),
                ("identitySource", (is_request && !sources.is_empty()).then(|| at.text(sources))),
                ("identityValidationExpression", validation().filter(|_| !is_request)),
            ]);
            ("custom", if is_request { Some(at.text("Unused")) } else { header() }, extension)
        }
    };
    at.map([
        ("type", Some(at.text("apiKey"))),
        ("name", Some(name.unwrap_or_else(|| at.text("Authorization")))),
        ("in", Some(at.text("header"))),
        ("x-amazon-apigateway-authtype", Some(at.text(kind))),
        ("x-amazon-apigateway-authorizer", Some(extension)),
    ])
}

/// API Gateway's own scheme for signatures.
fn signature_scheme(at: At) -> Node {
    at.map([
        ("x-amazon-apigateway-authtype", Some(at.text("awsSigv4"))),
        ("type", Some(at.text("apiKey"))),
        ("name", Some(at.text("Authorization"))),
        ("in", Some(at.text("header"))),
    ])
}

/// The identity sources of an authorizer of type REQUEST, in SAM's order.
fn sources(identity: Option<&Map>) -> Vec<String> {
    let groups = [
        ("Headers", "method.request.header."),
        ("QueryStrings", "method.request.querystring."),
        ("StageVariables", "stageVariables."),
        ("Context", "context."),
    ];
    let named = groups.into_iter().flat_map(|(key, prefix)| {
        let names = identity.and_then(|map| map.get(key)).and_then(Node::as_list).unwrap_or_default();
        names.iter().filter_map(Node::as_str).map(move |name| format!("{prefix}{name}"))
    });
    named.collect()
}

fn keeps_answers(identity: Option<&Map>) -> bool {
    identity.and_then(|map| map.get("ReauthorizeEvery")).and_then(Node::text).is_none_or(|ttl| ttl != "0")
}

/// Says which keys are unknown, and which are known and not done: an error in any case, for they protect something.
/// SAM reads the settings of an authorizer that it knows, and drops others.
fn say_dropped(id: &str, name: &str, map: &Map, known: &[&str], found: &mut Diagnostics) {
    for entry in map.iter().filter(|entry| !known.contains(&&*entry.key)) {
        let message = format!("SAM drops {} of the authorizer {name} (resource {id})", entry.key);
        let mut diagnostic =
            Diagnostic::warning("sam-property", message).at(entry.key_span, "no such setting");
        let near = nearest(&entry.key, known.iter().copied());
        diagnostic.cure = near.map(|near| format!("did you mean `{near}`?"));
        found.push(diagnostic);
    }
}

fn check_keys(
    id: &str,
    of: &str,
    map: Option<&Map>,
    known: &[&str],
    not_done: &[&str],
    found: &mut Diagnostics,
) {
    for entry in map.into_iter().flat_map(Map::iter).filter(|entry| !known.contains(&&*entry.key)) {
        if not_done.contains(&&*entry.key) {
            let message = format!("{} of {of} is not supported (resource {id})", entry.key);
            found.push(Diagnostic::error("sam-property", message).at(entry.key_span, "not transformed here"));
            continue;
        }
        let cause = format!("Invalid value for '{of}' property: there is no {}.", entry.key);
        let mut diagnostic = invalid(id, &cause).at(entry.key_span, "no such setting");
        let near = nearest(&entry.key, known.iter().copied());
        diagnostic.cure = near.map(|near| format!("did you mean `{near}`?"));
        found.push(diagnostic);
    }
}

const AWS_IAM: &str = "AWS_IAM";
const KEYS: &[&str] = &[
    "AddApiKeyRequiredToCorsPreflight",
    "AddDefaultAuthorizerToCorsPreflight",
    "ApiKeyRequired",
    "Authorizers",
    "DefaultAuthorizer",
    "InvokeRole",
    "ResourcePolicy",
    "UsagePlan",
];
const EVENT_KEYS: &[&str] = &[
    "ApiKeyRequired",
    "AuthorizationScopes",
    "Authorizer",
    "InvokeRole",
    "OverrideApiAuth",
    "ResourcePolicy",
];
const FUNCTION_KEYS: &[&str] = &[
    "AuthorizationScopes",
    "DisableFunctionDefaultPermissions",
    "FunctionArn",
    "FunctionInvokeRole",
    "FunctionPayloadType",
    "Identity",
];
const POOL_KEYS: &[&str] = &["AuthorizationScopes", "Identity", "UserPoolArn"];
const TOKEN_IDENTITY: &[&str] = &["Header", "ReauthorizeEvery", "ValidationExpression"];
const REQUEST_IDENTITY: &[&str] =
    &["Context", "Headers", "QueryStrings", "ReauthorizeEvery", "StageVariables"];
