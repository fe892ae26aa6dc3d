//! A REST API is made by several resources of the template. They are gathered here as one API definition, the same
//! as an OpenAPI `Body` gives, and closed together: so there is one reader of integrations, not two.

use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::access_log::AccessLogSetting;
use frontgate_gateway_rules::usage::{ApiKeySource, MethodThrottle};
use frontgate_gateway_rules::{Deployment, EndpointType, FindingKind, Release, RestApi, Stage, openapi};
use frontgate_template::{Map, Node, Span, Value};

use crate::maker::Maker;
use crate::properties::{Object, Problems, Text, span_at};

/// A REST API under construction.
pub struct ApiDraft {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its logical id, for messages.
    pub logical_id: String,
    /// Its endpoint type.
    pub endpoint: EndpointType,
    /// Media types given beside the body.
    pub binary_media_types: Vec<Box<str>>,
    /// From which size on answers are compressed.
    pub minimum_compression_size: Option<u32>,
    /// `DisableExecuteApiEndpoint`.
    pub execute_api_disabled: bool,
    /// `ApiKeySourceType`; else what the definition says.
    pub api_key_source: Option<ApiKeySource>,
    /// The definition: `Body`, and what resources and methods add to it.
    pub document: Node,
    /// The resources by their ids, with their paths.
    pub resources: Vec<(String, String)>,
    /// The authorizers.
    pub authorizers: Vec<AuthorizerDraft>,
    /// The request validators by their ids, with their names in the definition.
    pub validators: Vec<(String, String)>,
    /// The stages.
    pub stages: Vec<StageDraft>,
    /// The deployments.
    pub deployments: Vec<String>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A stage under construction; its deployment is bound at the end.
pub struct StageDraft {
    /// Its name.
    pub name: Box<str>,
    /// The id of its deployment.
    pub deployment_id: Box<str>,
    /// What it sets.
    pub settings: StageSettings,
    /// The place of `StageName`.
    pub place: PlaceId,
}

/// What a stage sets.
#[derive(Debug, Default)]
pub struct StageSettings {
    /// Its variables.
    pub variables: Vec<(Box<str>, Box<str>)>,
    /// How fast its methods may be asked.
    pub throttles: Vec<MethodThrottle>,
    /// Its access log.
    pub access_log: Option<AccessLogSetting>,
}

/// An authorizer under construction.
pub struct AuthorizerDraft {
    /// Its id.
    pub id: String,
    /// The name of its security scheme.
    pub scheme: String,
    /// The `AuthorizationType` that methods name it with.
    pub authorization_type: &'static str,
}

/// The draft that `RestApiId` of a part names.
pub fn draft<'m>(properties: &Object<'_>, maker: &'m mut Maker<'_>) -> Option<&'m mut ApiDraft> {
    let id = properties.required_text("RestApiId")?;
    let found = maker.apis.iter_mut().find(|draft| draft.id == id.value);
    if found.is_none() {
        unknown(properties, "RestApiId", &id, "Invalid API identifier specified");
    }
    found
}

/// Notes that an identifier names nothing.
pub fn unknown(properties: &Object<'_>, property: &str, id: &Text<'_>, message: &str) {
    let message = format!("{}.{property}: NotFoundException: {message}: {}", properties.path(), id.value);
    properties.problems().error(
        id.span,
        message,
        "does not exist",
        "Name a resource of this template with !Ref.",
    );
}

/// The map under `key`, made where it is missing.
pub fn child<'n>(node: &'n mut Node, key: &str, span: Span) -> &'n mut Node {
    if !matches!(node.value, Value::Map(_)) {
        node.value = Value::Map(Map::default());
    }
    let Value::Map(map) = &mut node.value else { unreachable!("it was made a map on the line above") };
    if map.get(key).is_none() {
        map.set(key, span, Node::new(Value::Map(Map::default()), span));
    }
    map.get_mut(key).expect("it was set on the line above")
}

/// Sets `key` of a map.
pub fn set(node: &mut Node, key: &str, value: Node) {
    let span = value.span;
    if let Value::Map(map) = &mut node.value {
        map.set(key, span, value);
    }
}

/// A text node.
pub fn text(value: &str, span: Span) -> Node {
    Node::new(Value::String(value.to_owned()), span)
}

/// Closes every API: compiles its definition and says what is wrong with it.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    for draft in std::mem::take(&mut maker.apis) {
        let api = close_one(draft, maker, problems);
        maker.resources.apis.push(api);
    }
}

fn close_one(draft: ApiDraft, maker: &mut Maker<'_>, problems: &Problems) -> RestApi {
    let document = draft.document.to_json();
    let arn = maker.arn("execute-api", &draft.id);
    let mut place = |pointer: &str| {
        let span = span_at(&draft.document, pointer);
        maker.place(span, label(pointer, &draft.logical_id))
    };
    let mut definition = openapi::compile(&document, &arn, &mut place);
    for finding in std::mem::take(&mut definition.findings) {
        let span = span_at(&draft.document, &finding.pointer);
        let message = format!("{}: {}", draft.logical_id, finding.what);
        match finding.kind {
            FindingKind::Invalid => problems.error(span, message, "not valid", finding.cure),
            FindingKind::UnsupportedGuard => problems.error(span, message, "not done yet", finding.cure),
            FindingKind::Unsupported => problems.unsupported(span, message, finding.cure),
        }
    }
    let execute_api_disabled = draft.execute_api_disabled || definition.execute_api_disabled;
    let mut deployment = Deployment::of("", definition);
    deployment.binary_media_types.splice(0..0, draft.binary_media_types);
    deployment.minimum_compression_size =
        draft.minimum_compression_size.or(deployment.minimum_compression_size);
    deployment.api_key_source = draft.api_key_source.unwrap_or(deployment.api_key_source);
    let stages = draft.stages.into_iter().map(|stage| {
        let deployment = Deployment { id: stage.deployment_id.clone(), ..deployment.clone() };
        bind(stage, Arc::new(deployment))
    });
    RestApi {
        id: draft.id.into(),
        name: draft.name.into(),
        region: maker.context.region.as_str().into(),
        account_id: maker.context.account_id.as_str().into(),
        endpoint: draft.endpoint,
        execute_api_disabled,
        stages: stages.collect(),
        place: draft.place,
    }
}

/// A stage with its deployment.
fn bind(stage: StageDraft, deployment: Arc<Deployment>) -> Stage {
    let StageSettings { variables, throttles, access_log } = stage.settings;
    let release = Release::of(deployment, variables);
    Stage { access_log, throttles, place: stage.place, ..Stage::of(&stage.name, release) }
}

/// What a pointer is called, such as `POST /api/submit of Api`.
fn label(pointer: &str, api: &str) -> String {
    let parts: Vec<String> =
        pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["x-amazon-apigateway-policy"] => format!("the resource policy of {api}"),
        ["securityDefinitions", name, ..] | ["components", "securitySchemes", name, ..] => {
            format!("the authorizer {name} of {api}")
        }
        ["paths", path] => format!("the resource {path} of {api}"),
        ["paths", path, method] => format!("{} {path} of {api}", method_name(method)),
        ["paths", path, method, "x-amazon-apigateway-integration", ..] => {
            format!("the integration of {} {path} of {api}", method_name(method))
        }
        _ => format!("the API {api}"),
    }
}

fn method_name(key: &str) -> String {
    if key == "x-amazon-apigateway-any-method" { "ANY".to_owned() } else { key.to_ascii_uppercase() }
}
