//! Which security schemes does `Auth` of an `AWS::Serverless::HttpApi` become, and which routes do they protect?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-httpapiauth.html>

use crate::{Diagnostics, Map, Node, Value};

use super::build::{At, INHERITED, resource};
use super::definition::INTEGRATION;
use super::properties::invalid;
use super::{Made, Source};

/// Adds the authorizers to the definition, the default one to its routes, and the permissions of their functions.
pub(super) fn add(source: &Source, definition: &mut Node, made: &mut Vec<Made>, found: &mut Diagnostics) {
    let Some(auth) = source.properties.get("Auth") else { return };
    let Some(map) = auth.as_map() else {
        let diagnostic = invalid(&source.logical_id, "Property 'Auth' should be a map.");
        found.push(diagnostic.at(auth.span, format!("a {}", auth.value.kind())));
        return;
    };
    for entry in map.iter().filter(|entry| !MEMBERS.contains(&entry.key.as_str())) {
        let diagnostic = invalid(&source.logical_id, "Invalid value for 'Auth' property");
        found.push(diagnostic.at(entry.key_span, "no such member"));
    }
    let mut schemes = Map::default();
    if map.get("EnableIamAuthorizer").and_then(Node::as_bool) == Some(true) {
        let at = map.entry("EnableIamAuthorizer").map_or(At(auth.span), |entry| At(entry.key_span));
        schemes.set("AWS_IAM", at.0, iam_scheme(at));
    }
    for entry in map.get("Authorizers").and_then(Node::as_map).into_iter().flatten() {
        let at = At(entry.key_span);
        if let Some(scheme) = scheme(source, &entry.key, &entry.node, at, found) {
            schemes.set(&entry.key, entry.key_span, scheme);
        }
        if entry.node.get("EnableFunctionDefaultPermissions").and_then(Node::as_bool) == Some(true)
            && let Some(function) = entry.node.get("FunctionArn")
        {
            made.push(permission(source, &entry.key, function, at));
        }
    }
    if let Some(default) = map.get("DefaultAuthorizer") {
        match default.as_str().filter(|name| schemes.contains(name)) {
            Some(name) => protect(definition, name, scopes_of(auth, name), At(default.span)),
            None => {
                let name = default.as_str().unwrap_or_default();
                let cause = format!(
                    "Unable to set DefaultAuthorizer because '{name}' was not defined in 'Authorizers'."
                );
                found.push(invalid(&source.logical_id, &cause).at(default.span, "not an authorizer"));
            }
        }
    }
    let Some(document) = definition.as_map_mut().filter(|_| !schemes.is_empty()) else { return };
    if !document.contains("components") {
        document.set("components", auth.span, At(auth.span).map([]));
    }
    let Some(components) = document.get_mut("components").and_then(Node::as_map_mut) else { return };
    if let Some(given) = components.get_mut("securitySchemes").and_then(Node::as_map_mut) {
        schemes.into_iter().for_each(|entry| given.set(&entry.key, entry.key_span, entry.node));
    } else {
        components.set("securitySchemes", auth.span, Node { value: Value::Map(schemes), span: auth.span });
    }
}

/// What an event of type `HttpApi` says of its own route; its default is added later.
pub(super) fn of_event(api: Option<&Node>, auth: &Node) -> Result<Option<Node>, String> {
    let at = At(auth.span);
    let member = |node: Option<&Node>, name: &str| node.and_then(|node| node.get(name)).cloned();
    let named = member(Some(auth), "Authorizer").or_else(|| member(api, "DefaultAuthorizer"));
    let Some(name) = named.as_ref().and_then(Node::as_str) else {
        return Err("'Auth' section requires either an explicit 'Authorizer' set or a 'DefaultAuthorizer' configured on \
                    the HttpApi."
            .to_owned());
    };
    let has_iam = member(api, "EnableIamAuthorizer").and_then(|node| node.as_bool()) == Some(true);
    let is_defined = api.and_then(|api| api.get("Authorizers")).and_then(|list| list.get(name)).is_some();
    let is_built_in = name == "NONE" || (name == "AWS_IAM" && has_iam);
    if !is_defined && !is_built_in {
        return Err(format!(
            "Unable to set Authorizer [{name}] because it wasn't defined in the API's Authorizers."
        ));
    }
    let own = member(Some(auth), "AuthorizationScopes");
    let scopes = own.or_else(|| api.and_then(|api| scopes_of(api, name).cloned()));
    Ok(Some(security(name, scopes.as_ref().filter(|_| !is_built_in), at)))
}

fn scopes_of<'a>(auth: &'a Node, name: &str) -> Option<&'a Node> {
    auth.get("Authorizers")?.get(name)?.get("AuthorizationScopes")
}

fn security(name: &str, scopes: Option<&Node>, at: At) -> Node {
    let scopes = scopes.cloned().unwrap_or_else(|| at.list(Vec::new()));
    at.list(vec![at.map([(name, Some(scopes))])])
}

/// Gives the authorizer to every route that says nothing itself, but for OPTIONS.
fn protect(definition: &mut Node, name: &str, scopes: Option<&Node>, at: At) {
    let paths = definition.as_map_mut().and_then(|map| map.get_mut("paths")).and_then(Node::as_map_mut);
    for item in paths.into_iter().flat_map(Map::nodes_mut).filter_map(Node::as_map_mut) {
        let methods: Vec<String> = item.keys().filter(|key| *key != "options").map(str::to_owned).collect();
        for method in methods {
            let Some(operation) = item.get_mut(&method).and_then(Node::as_map_mut) else { continue };
            let says = operation.get("security").and_then(Node::as_list).is_some_and(|list| !list.is_empty());
            if operation.contains(INTEGRATION) && !says {
                operation.set("security", at.0, security(name, scopes, at));
            }
        }
    }
}

fn scheme(source: &Source, name: &str, authorizer: &Node, at: At, found: &mut Diagnostics) -> Option<Node> {
    let mut missing = |cause: String| {
        found.push(invalid(&source.logical_id, &cause).at(at.0, "incomplete"));
    };
    let node = |member: &str| authorizer.get(member).cloned();
    if let Some(configuration) = authorizer.get("JwtConfiguration").filter(|node| !node.is_null()) {
        let Some(identity_source) = node("IdentitySource") else {
            missing(format!("{name} OAuth2 Authorizer must define 'IdentitySource'."));
            return None;
        };
        let mut lower = Map::default();
        for entry in configuration.as_map().into_iter().flatten() {
            lower.set(&entry.key.to_lowercase(), entry.key_span, entry.node.clone());
        }
        let extension = at.map([
            ("jwtConfiguration", Some(Node { value: Value::Map(lower), span: configuration.span })),
            ("identitySource", Some(identity_source)),
            ("type", Some(at.text("jwt"))),
        ]);
        return Some(at.map([("type", Some(at.text("oauth2"))), (AUTHORIZER, Some(extension))]));
    }
    let Some(function) = node("FunctionArn") else {
        missing(format!("{name} Lambda Authorizer must define 'FunctionArn'."));
        return None;
    };
    let Some(format) = node("AuthorizerPayloadFormatVersion") else {
        missing(format!("{name} Lambda Authorizer must define 'AuthorizerPayloadFormatVersion'."));
        return None;
    };
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
    let variables = at.map([("__FunctionArn__", Some(function))]);
    let uri = at.map([("Fn::Sub", Some(at.list(vec![at.text(uri), variables])))]);
    let identity = authorizer.get("Identity");
    let extension = at.map([
        ("type", Some(at.text("request"))),
        ("authorizerUri", Some(uri)),
        ("authorizerCredentials", node("FunctionInvokeRole").filter(|role| role.as_str() != Some("NONE"))),
        (
            "authorizerResultTtlInSeconds",
            identity.and_then(|identity| identity.get("ReauthorizeEvery")).cloned(),
        ),
        ("identitySource", identity.map(|identity| identity_sources(identity, at))),
        ("authorizerPayloadFormatVersion", Some(format)),
        ("enableSimpleResponses", node("EnableSimpleResponses")),
    ]);
    Some(at.map([
        ("type", Some(at.text("apiKey"))),
        ("name", Some(at.text("Unused"))),
        ("in", Some(at.text("header"))),
        (AUTHORIZER, Some(extension)),
    ]))
}

fn identity_sources(identity: &Node, at: At) -> Node {
    let mut sources = Vec::new();
    for (member, prefix) in [
        ("Headers", "$request.header."),
        ("QueryStrings", "$request.querystring."),
        ("StageVariables", "$stageVariables."),
        ("Context", "$context."),
    ] {
        let names = identity.get(member).and_then(Node::as_list).unwrap_or_default();
        sources.extend(names.iter().filter_map(Node::as_str).map(|name| at.text(format!("{prefix}{name}"))));
    }
    at.list(sources)
}

fn iam_scheme(at: At) -> Node {
    at.map([
        ("type", Some(at.text("apiKey"))),
        ("name", Some(at.text("Authorization"))),
        ("in", Some(at.text("header"))),
        ("x-amazon-apigateway-authtype", Some(at.text("awsSigv4"))),
    ])
}

fn permission(source: &Source, name: &str, function: &Node, at: At) -> Made {
    let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
    let variables = at.map([("__ApiId__", Some(at.reference(&source.logical_id)))]);
    let properties = at.map([
        ("Action", Some(at.text("lambda:InvokeFunction"))),
        ("FunctionName", Some(function.clone())),
        ("Principal", Some(at.text("apigateway.amazonaws.com"))),
        ("SourceArn", Some(at.map([("Fn::Sub", Some(at.list(vec![at.text(arn), variables])))]))),
    ]);
    let properties = properties.as_map().cloned().unwrap_or_default();
    let node = resource(at, "AWS::Lambda::Permission", properties, &source.attributes, |key| {
        INHERITED.contains(&key)
    });
    Made { logical_id: format!("{}{name}AuthorizerPermission", source.logical_id), span: at.0, node }
}

const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";
const MEMBERS: &[&str] = &["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"];
