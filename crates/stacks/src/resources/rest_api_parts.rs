//! A REST API is made by several resources of the template. They are gathered here as one API definition, the same
//! as an OpenAPI `Body` gives, and closed together: so there is one reader of integrations, not two.

use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::access_log::AccessLogSetting;
use frontgate_gateway_rules::method_settings::MethodSetting;
use frontgate_gateway_rules::stage_cache::CacheCluster;
use frontgate_gateway_rules::usage::{ApiKeySource, MethodThrottle};
use frontgate_gateway_rules::{Deployment, EndpointType, Finding, FindingKind, Release, RestApi, Stage};
use frontgate_template::{Map, Node, Span, Value};

use super::gateway_canary::CanaryDraft;
use super::gateway_deployments::{self, DeploymentDraft, Now};
use crate::deployments::Captured;
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
    /// `FailOnWarnings`: what API Gateway warns of when it imports a body is an error.
    pub fails_on_warnings: bool,
    /// The definition: `Body`, and what resources and methods add to it.
    pub document: Node,
    /// The resources by their ids, with their paths.
    pub resources: Vec<(String, String)>,
    /// The authorizers.
    pub authorizers: Vec<AuthorizerDraft>,
    /// The request validators by their ids, with their names in the definition.
    pub validators: Vec<(String, String)>,
    /// The logical ids of the methods that have resources of their own.
    pub methods: Vec<String>,
    /// The stages.
    pub stages: Vec<StageDraft>,
    /// The deployments.
    pub deployments: Vec<DeploymentDraft>,
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
    /// Its canary release.
    pub canary: Option<CanaryDraft>,
    /// All that the template writes of it.
    pub written: serde_json::Value,
    /// The place of `StageName`.
    pub place: PlaceId,
}

impl StageDraft {
    /// The ids of the deployments that answer its requests.
    pub fn deployment_ids(&self) -> impl Iterator<Item = &str> + Clone {
        let of_canary = self.canary.as_ref().and_then(|canary| canary.deployment.as_ref());
        std::iter::once(&*self.deployment_id).chain(of_canary.map(|(id, _)| &**id))
    }
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
    /// Its cache cluster.
    pub cache: Option<CacheCluster>,
    /// What else it sets for its methods.
    pub method_settings: Vec<MethodSetting>,
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

fn close_one(mut draft: ApiDraft, maker: &mut Maker<'_>, problems: &Problems) -> RestApi {
    let captured = Arc::new(capture(&mut draft, maker));
    let mut definition = gateway_deployments::compile(&captured, &draft, false, maker);
    let mut findings = std::mem::take(&mut definition.findings);
    for finding in findings.iter_mut().filter(|_| draft.fails_on_warnings) {
        if finding.kind == FindingKind::Warning {
            finding.kind = FindingKind::Invalid;
            finding.cure.push_str(", or leave FailOnWarnings out");
        }
    }
    let is_broken = tell(findings, &captured.document, &draft.logical_id, problems);
    let is_disabled = draft.execute_api_disabled || definition.execute_api_disabled;
    let deployment = gateway_deployments::deployment("", definition, &captured);
    let span = captured.document.span;
    let now = Now { draft: &draft, captured, deployment, is_broken };
    let deployments = gateway_deployments::close(&now, maker, problems);
    let none = Arc::new(now.deployment);
    let written = draft.stages.iter().map(|stage| (stage.name.to_string(), stage.written.clone())).collect();
    let earlier = maker.earlier;
    let execute_api_disabled = maker.deployments.enter(earlier, &draft.id, written, is_disabled);
    if execute_api_disabled != is_disabled {
        gateway_deployments::warn_of_endpoint(&draft, span, execute_api_disabled, problems);
    }
    let stages = draft.stages.into_iter().map(|stage| {
        // One whose deployment does not exist was refused when it was read.
        bind(stage, |id| Arc::clone(deployments.get(id).unwrap_or(&none)))
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

/// Tells what was found in a definition; whether it cannot be deployed as it is.
pub fn tell(findings: Vec<Finding>, document: &Node, logical_id: &str, problems: &Problems) -> bool {
    let is_broken = findings.iter().any(|finding| finding.kind != FindingKind::Warning);
    for finding in findings {
        let span = span_at(document, &finding.pointer);
        let message = format!("{logical_id}: {}", finding.what);
        match finding.kind {
            FindingKind::Invalid => problems.error(span, message, "not valid", finding.cure),
            FindingKind::UnsupportedGuard => problems.error(span, message, "not done yet", finding.cure),
            FindingKind::Unsupported => problems.unsupported(span, message, finding.cure),
            FindingKind::Warning => problems.warning(span, message, "left out", finding.cure),
        }
    }
    is_broken
}

/// What a deployment of now captures of the API.
fn capture(draft: &mut ApiDraft, maker: &Maker<'_>) -> Captured {
    let nothing = Node::new(Value::Null, draft.document.span);
    Captured {
        document: std::mem::replace(&mut draft.document, nothing),
        source: maker.source.clone(),
        binary_media_types: std::mem::take(&mut draft.binary_media_types),
        minimum_compression_size: draft.minimum_compression_size,
        api_key_source: draft.api_key_source,
        execute_api_disabled: false,
    }
}

/// A stage with its deployment.
fn bind(stage: StageDraft, deployment: impl Fn(&str) -> Arc<Deployment>) -> Stage {
    let StageSettings { variables, throttles, access_log, cache, method_settings } = stage.settings;
    let release = Release::of(deployment(&stage.deployment_id), variables);
    let canary = stage.canary.map(|canary| {
        let id = canary.deployment.as_ref().map_or(&stage.deployment_id, |(id, _)| id);
        let deployment = deployment(id);
        canary.bind(&release, deployment)
    });
    let place = stage.place;
    Stage { access_log, throttles, cache, method_settings, canary, place, ..Stage::of(&stage.name, release) }
}

/// What a pointer is called, such as `POST /api/submit of Api`.
pub fn label(pointer: &str, api: &str) -> String {
    let parts: Vec<String> =
        pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["x-amazon-apigateway-policy"] => format!("the resource policy of {api}"),
        ["securityDefinitions", name, ..] | ["components", "securitySchemes", name, ..] => {
            format!("the authorizer {name} of {api}")
        }
        ["definitions" | "x-frontgate-models", name, rest @ ..]
        | ["components", "schemas", name, rest @ ..] => model_label(name, rest, api),
        ["paths", path] => format!("the resource {path} of {api}"),
        ["paths", path, method] => format!("{} {path} of {api}", method_name(method)),
        ["paths", path, method, "x-amazon-apigateway-integration", ..] => {
            format!("the integration of {} {path} of {api}", method_name(method))
        }
        _ => format!("the API {api}"),
    }
}

/// A model, or a keyword of its schema.
fn model_label(name: &str, rest: &[&str], api: &str) -> String {
    let rest = rest.strip_prefix(&["schema"]).unwrap_or(rest);
    match rest {
        [] => format!("the model {name} of {api}"),
        _ => format!("`{}` of the model {name}", rest.join(".")),
    }
}

fn method_name(key: &str) -> String {
    if key == "x-amazon-apigateway-any-method" { "ANY".to_owned() } else { key.to_ascii_uppercase() }
}
