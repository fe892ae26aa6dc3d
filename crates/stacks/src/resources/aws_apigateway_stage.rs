//! `AWS::ApiGateway::Stage`: a name under which a deployment answers.

use frontgate_template::{Node, ResourceNode};

use super::gateway_access_log::access_log;
use super::gateway_throttles::throttles;
use super::rest_api_parts::{StageDraft, StageSettings, draft, unknown};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a stage.
pub fn make(_node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("StageName");
    let deployment = properties.text("DeploymentId");
    properties.accept(&["Description", "DocumentationVersion", "Tags"]);
    if properties.flag("CacheClusterEnabled") == Some(true) {
        properties.unsupported(&["CacheClusterEnabled"]);
    }
    if properties.flag("TracingEnabled") == Some(true) {
        properties.unsupported(&["TracingEnabled"]);
    }
    properties.unsupported(&["CacheClusterSize", "CanarySetting", "ClientCertificateId"]);
    let throttles = throttles(properties, maker);
    let access_log = access_log(properties, maker);
    let variables = variables(properties);
    let Some(name) = name else { return Made::default() };
    let made = Made::new(name.value.as_ref());
    let place = maker.place(name.span, format!("the stage {}", name.value));
    let Some(draft) = draft(properties, maker) else { return made };
    if let Some(deployment) = &deployment
        && !draft.deployments.iter().any(|id| *id == deployment.value)
    {
        unknown(properties, "DeploymentId", deployment, "Invalid Deployment identifier specified");
    }
    let settings = StageSettings { variables, throttles, access_log };
    add(draft, properties, &name, deployment.as_ref().map_or("", |id| &id.value), settings, place);
    made
}

/// Adds a stage to an API.
pub fn add(
    draft: &mut super::rest_api_parts::ApiDraft,
    properties: &Object<'_>,
    name: &crate::properties::Text<'_>,
    deployment_id: &str,
    settings: StageSettings,
    place: frontgate_explain::PlaceId,
) {
    if draft.stages.iter().any(|stage| *stage.name == *name.value) {
        let message = format!(
            "{}.StageName: ConflictException: Stage already exists: {}",
            properties.path(),
            name.value
        );
        properties.problems().error(name.span, message, "twice", "Remove one of them.");
        return;
    }
    let valid = !name.value.is_empty()
        && name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !valid {
        let message = format!(
            "{}.StageName: BadRequestException: Stage name only allows a-zA-Z0-9_- : {}",
            properties.path(),
            name.value
        );
        properties.problems().error(name.span, message, "not valid", "Use letters, digits, - and _.");
    }
    draft.stages.push(StageDraft {
        name: name.value.as_ref().into(),
        deployment_id: deployment_id.into(),
        settings,
        place,
    });
}

fn variables(properties: &Object<'_>) -> Vec<(Box<str>, Box<str>)> {
    let map = properties.node("Variables").and_then(Node::as_map);
    let rows = map.into_iter().flat_map(|map| map.iter());
    rows.filter_map(|entry| entry.node.text().map(|value| (entry.key.as_str().into(), value.into())))
        .collect()
}
