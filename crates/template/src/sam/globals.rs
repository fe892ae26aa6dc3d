//! What do the `Globals` add to a resource?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use crate::intrinsic::call;
use crate::suggest::nearest;
use crate::value::Entry;
use crate::{Diagnostic, Diagnostics, Map, Node, Value};

/// Checks the section; returns it with what may stand in it.
pub(super) fn read(section: Option<&Node>, found: &mut Diagnostics) -> Map {
    let Some(section) = section else { return Map::default() };
    let Some(map) = section.as_map() else {
        found.push(invalid("It must be a non-empty dictionary").at(section.span, "not a map"));
        return Map::default();
    };
    let mut globals = Map::default();
    for entry in map {
        let Some((_, supported)) = SUPPORTED.iter().find(|row| row.0 == entry.key) else {
            unknown_section(entry, found);
            continue;
        };
        let Some(properties) = entry.node.as_map() else {
            found.push(
                invalid(&format!("Value of {} must be a dictionary", entry.key))
                    .at(entry.node.span, "not a map"),
            );
            continue;
        };
        for property in properties.iter().filter(|property| !supported.contains(&property.key.as_str())) {
            let cause = format!(
                "'{}' is not a supported property of '{}'. Must be one of the following values - {}",
                property.key,
                entry.key,
                listed(supported)
            );
            let mut diagnostic = invalid(&cause).at(property.key_span, "may not be global");
            let near = nearest(&property.key, supported.iter().copied());
            diagnostic.cure = Some(near.map_or_else(
                || "write it into each resource".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ));
            found.push(diagnostic);
        }
        globals.push(entry.clone());
    }
    globals
}

/// `local` on top of `global`: maps are merged, lists appended, anything else replaced.
pub(super) fn merge(section: &str, global: Option<&Node>, local: Map) -> Map {
    match global.and_then(Node::as_map) {
        Some(global) => merge_maps(section, global, local),
        None => local,
    }
}

fn merge_maps(path: &str, global: &Map, local: Map) -> Map {
    let mut merged = global.clone();
    for Entry { key, key_span, node } in local {
        let node = match merged.remove(&key) {
            Some(global) => merge_nodes(&format!("{path}.{key}"), global.node, node),
            None => node,
        };
        merged.push(Entry { key, key_span, node });
    }
    merged
}

fn merge_nodes(path: &str, global: Node, local: Node) -> Node {
    // A function counts as a plain value: what it comes to is not known.
    if call(&global).is_some() || call(&local).is_some() || REPLACED.contains(&path) {
        return local;
    }
    let span = local.span;
    let value = match (global.value, local.value) {
        (Value::Map(global), Value::Map(local)) => Value::Map(merge_maps(path, &global, local)),
        (Value::List(global), Value::List(local)) => Value::List(global.into_iter().chain(local).collect()),
        (_, local) => local,
    };
    Node { value, span }
}

fn unknown_section(entry: &Entry, found: &mut Diagnostics) {
    if OTHER_TYPES.contains(&entry.key.as_str()) {
        let message = format!("Globals of {} are not supported", entry.key);
        found
            .push(Diagnostic::unsupported("sam-globals", message).at(entry.key_span, "not transformed here"));
        return;
    }
    let mut names = SUPPORTED.iter().map(|row| row.0).chain(OTHER_TYPES.iter().copied()).collect::<Vec<_>>();
    names.sort_unstable();
    let cause =
        format!("'{}' is not supported. Must be one of the following values - {}", entry.key, listed(&names));
    let mut diagnostic = invalid(&cause).at(entry.key_span, "no such type");
    diagnostic.cure = nearest(&entry.key, names).map(|near| format!("did you mean `{near}`?"));
    found.push(diagnostic);
}

fn invalid(cause: &str) -> Diagnostic {
    Diagnostic::error("sam-globals", format!("'Globals' section is invalid. {cause}"))
}

/// A list as SAM prints it.
fn listed(names: &[&str]) -> String {
    let quoted = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>();
    format!("[{}]", quoted.join(", "))
}

/// Lists that are not appended to.
const REPLACED: &[&str] = &["Function.Architectures"];

const OTHER_TYPES: &[&str] = &[
    "CapacityProvider",
    "LayerVersion",
    "MicrovmImage",
    "NetworkConnector",
    "SimpleTable",
    "StateMachine",
    "WebSocketApi",
];

const SUPPORTED: &[(&str, &[&str])] = &[
    (
        "Api",
        &[
            "Auth",
            "Name",
            "DefinitionUri",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "MergeDefinitions",
            "Variables",
            "EndpointConfiguration",
            "MethodSettings",
            "BinaryMediaTypes",
            "MinimumCompressionSize",
            "Cors",
            "GatewayResponses",
            "AccessLogSetting",
            "CanarySetting",
            "TracingEnabled",
            "OpenApiVersion",
            "Domain",
            "AlwaysDeploy",
            "PropagateTags",
            "SecurityPolicy",
            "EndpointAccessMode",
        ],
    ),
    (
        "HttpApi",
        &[
            "Auth",
            "AccessLogSettings",
            "StageVariables",
            "Tags",
            "CorsConfiguration",
            "DefaultRouteSettings",
            "Domain",
            "RouteSettings",
            "FailOnWarnings",
            "PropagateTags",
        ],
    ),
    (
        "Function",
        &[
            "Handler",
            "Runtime",
            "CodeUri",
            "DeadLetterQueue",
            "Description",
            "MemorySize",
            "Timeout",
            "VpcConfig",
            "Environment",
            "Tags",
            "PropagateTags",
            "Tracing",
            "KmsKeyArn",
            "AutoPublishAlias",
            "AutoPublishAliasAllProperties",
            "Layers",
            "DeploymentPreference",
            "RolePath",
            "PermissionsBoundary",
            "ReservedConcurrentExecutions",
            "ProvisionedConcurrencyConfig",
            "AssumeRolePolicyDocument",
            "EventInvokeConfig",
            "FileSystemConfigs",
            "CodeSigningConfigArn",
            "Architectures",
            "SnapStart",
            "EphemeralStorage",
            "FunctionUrlConfig",
            "RuntimeManagementConfig",
            "LoggingConfig",
            "RecursiveLoop",
            "SourceKMSKeyArn",
            "TenancyConfig",
            "DurableConfig",
            "CapacityProviderConfig",
            "FunctionScalingConfig",
            "PublishToLatestPublished",
            "VersionDeletionPolicy",
        ],
    ),
];
