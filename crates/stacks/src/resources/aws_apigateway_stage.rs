//! `AWS::ApiGateway::Stage`: a name under which a deployment answers.

use frontgate_template::ResourceNode;

use super::gateway_canary::{CanaryDraft, canary};
use super::gateway_stage_settings::{StageKind, stage_settings};
use super::rest_api_parts::{StageDraft, StageSettings, draft, unknown};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a stage.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("StageName");
    // "This parameter is required to create a stage."
    let deployment = properties.required_text("DeploymentId");
    properties.accept(&["Description", "DocumentationVersion", "Tags"]);
    let settings = stage_settings(node, properties, StageKind::Resource, maker);
    let canary = canary(properties, "CanarySetting", maker);
    let Some(name) = name else { return Made::default() };
    let made = Made::new(name.value.as_ref());
    let place = maker.place(name.span, format!("the stage {}", name.value));
    let Some(draft) = draft(properties, maker) else { return made };
    if let Some(deployment) = &deployment
        && !draft.deployments.iter().any(|known| known.id == deployment.value)
    {
        unknown(properties, "DeploymentId", deployment, "Invalid Deployment identifier specified");
    }
    let of_canary = canary.as_ref().and_then(|canary| canary.deployment.as_ref());
    if let Some((id, span)) =
        of_canary.filter(|(id, _)| !draft.deployments.iter().any(|known| *known.id == **id))
    {
        let message = format!(
            "{}.CanarySetting.DeploymentId: BadRequestException: Deployment id does not exist: {id}",
            properties.path()
        );
        properties.problems().error(
            *span,
            message,
            "does not exist",
            "Name a deployment of this API with !Ref.",
        );
    }
    let deployment_id = deployment.as_ref().map_or("", |id| &id.value);
    add(draft, properties, &name, deployment_id, (settings, canary), place);
    made
}

/// Adds a stage to an API.
pub fn add(
    draft: &mut super::rest_api_parts::ApiDraft,
    properties: &Object<'_>,
    name: &crate::properties::Text<'_>,
    deployment_id: &str,
    (settings, canary): (StageSettings, Option<CanaryDraft>),
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
        written: serde_json::json!([deployment_id, properties.written()]),
        settings,
        canary,
        place,
    });
}
