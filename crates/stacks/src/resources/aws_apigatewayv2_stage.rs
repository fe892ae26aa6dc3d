//! `AWS::ApiGatewayV2::Stage` and `AWS::ApiGatewayV2::Deployment`: the names under which an HTTP API answers.

use frontgate_gateway_rules::http_api::{HttpStageSettings, RouteThrottle};
use frontgate_template::{Node, ResourceNode, Span};

use super::gateway_access_log::access_log;
use super::gateway_deployments::DeploymentDraft;
use super::gateway_stage_settings::variables;
use super::gateway_throttles::throttle;
use super::http_api_parts::{HttpApiDraft, draft};
use super::http_deployments::HttpStageDraft;
use super::rest_api_parts::unknown;
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// Makes a stage.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("StageName");
    let deployment = properties.text("DeploymentId");
    let is_automatic = properties.flag("AutoDeploy").unwrap_or(false);
    properties.accept(&["Description", "Tags"]);
    properties.of_web_sockets(&["ClientCertificateId"]);
    properties.unsupported(&["AccessPolicyId"]);
    let route_settings = route_settings(properties);
    let settings = HttpStageSettings {
        throttles: throttles(properties, maker),
        access_log: access_log(properties, "AccessLogSettings", maker),
    };
    let variables = variables(properties, "StageVariables");
    let automatic_id = frontgate_aws::ids::api_part_id("deployment", &maker.seed(&node.logical_id));
    let Some(name) = name else { return Made::default() };
    let made = Made::new(name.value.as_ref());
    let place = maker.place(name.span, format!("the stage {}", name.value));
    let Some(draft) = draft(properties, maker) else { return made };
    if let Some(deployment) = deployment.as_ref().filter(|_| !is_automatic)
        && !draft.deployments.iter().any(|known| known.id == deployment.value)
    {
        unknown(properties, "DeploymentId", deployment, "Invalid Deployment identifier specified");
    }
    let deployment_id = match deployment {
        Some(deployment) => Some(deployment.value.into_owned()),
        None => is_automatic.then_some(automatic_id),
    };
    let stage = HttpStageDraft {
        name: name.value.as_ref().into(),
        deployment_id,
        is_automatic,
        variables,
        settings,
        route_settings,
        place,
    };
    add(draft, stage, properties, &name);
    made
}

/// `DefaultRouteSettings` and `RouteSettings`.
pub fn throttles(properties: &Object<'_>, maker: &mut Maker<'_>) -> Vec<RouteThrottle> {
    let mut throttles = Vec::new();
    let mut read = |settings: &Object<'_>, route: Option<Box<str>>| {
        let throttle = throttle(settings, "ThrottlingRateLimit", "ThrottlingBurstLimit");
        // Metrics are for CloudWatch, and change no answer.
        settings.accept(&["DetailedMetricsEnabled"]);
        for name in ["DataTraceEnabled", "LoggingLevel"] {
            if settings.node(name).is_some() {
                let message = format!(
                    "{}.{name}: BadRequestException: Execution logs are not supported on protocolType HTTP",
                    settings.path()
                );
                settings.problems().error(
                    settings.span_of(name),
                    message,
                    "for WebSocket APIs only",
                    "Leave it out.",
                );
            }
        }
        settings.finish();
        if let Some(throttle) = throttle {
            let what =
                route.as_deref().map_or_else(|| "each route".to_owned(), |key| format!("the route {key}"));
            let place = maker.place(settings.span(), format!("the throttle of {what}"));
            throttles.push(RouteThrottle { route, throttle, place });
        }
    };
    if let Some(settings) = properties.object("DefaultRouteSettings") {
        read(&settings, None);
    }
    for (key, node) in rows_of(properties) {
        let path = format!("{}.RouteSettings.{key}", properties.path());
        read(&Object::new(node, path, properties.problems()), Some(key.into()));
    }
    throttles
}

/// The keys of `RouteSettings`, which have to be routes of the API once it is whole.
pub fn route_settings(properties: &Object<'_>) -> Vec<(String, Span)> {
    rows_of(properties).map(|(key, node)| (key.to_owned(), node.span)).collect()
}

fn rows_of<'a>(properties: &Object<'a>) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let rows = properties.node("RouteSettings").and_then(Node::as_map);
    rows.into_iter().flat_map(|map| map.iter()).map(|entry| (entry.key.as_str(), &entry.node))
}

/// Makes a deployment; one that names a stage is what that stage answers with.
pub fn make_deployment(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("deployment", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("DeploymentId", &id);
    properties.accept(&["Description"]);
    let stage = properties.text("StageName");
    let Some(draft) = draft(properties, maker) else { return made };
    draft.deployments.push(DeploymentDraft {
        id: id.clone(),
        logical_id: node.logical_id.clone(),
        span: node.logical_id_span,
        is_of_sam: node.made_by.is_some(),
    });
    let Some(name) = stage else { return made };
    match draft.stages.iter_mut().find(|stage| *stage.name == *name.value) {
        Some(stage) => stage.deployment_id = Some(id),
        None => unknown(properties, "StageName", &name, "Invalid stage identifier specified"),
    }
    made
}

fn add(draft: &mut HttpApiDraft, stage: HttpStageDraft, properties: &Object<'_>, name: &Text<'_>) {
    if draft.stages.iter().any(|known| known.name == stage.name) {
        let message = format!(
            "{}.StageName: ConflictException: Stage already exists: {}",
            properties.path(),
            stage.name
        );
        properties.problems().error(name.span, message, "twice", "Remove one of them.");
        return;
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let is_valid = &*stage.name == "$default" || (!stage.name.is_empty() && stage.name.chars().all(is_name));
    if !is_valid {
        let message = format!(
            "{}.StageName: BadRequestException: Stage name only allows a-zA-Z0-9_- and $default: {}",
            properties.path(),
            stage.name
        );
        properties.problems().error(name.span, message, "not valid", "Use letters, digits, - and _.");
    }
    draft.stages.push(stage);
}
