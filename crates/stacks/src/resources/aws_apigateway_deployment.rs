//! `AWS::ApiGateway::Deployment`: a snapshot of an API, and perhaps a stage for it.

use frontgate_template::ResourceNode;

use super::aws_apigateway_stage::add;
use super::gateway_deployments::DeploymentDraft;
use super::gateway_stage_settings::{StageKind, stage_settings};
use super::rest_api_parts::draft;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a deployment.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("deployment", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("DeploymentId", &id);
    properties.accept(&["Description"]);
    properties.unsupported(&["DeploymentCanarySettings"]);
    let settings = properties.object("StageDescription").map(|description| {
        description.accept(&["Description", "DocumentationVersion", "Tags"]);
        description.unsupported(&["CanarySetting"]);
        let settings = stage_settings(node, &description, StageKind::Description, maker);
        description.finish();
        settings
    });
    let stage = properties.text("StageName");
    let place = stage.as_ref().map(|name| maker.place(name.span, format!("the stage {}", name.value)));
    let Some(draft) = draft(properties, maker) else { return made };
    draft.deployments.push(DeploymentDraft {
        id: id.clone(),
        logical_id: node.logical_id.clone(),
        span: node.logical_id_span,
    });
    if let (Some(name), Some(place)) = (stage, place) {
        add(draft, properties, &name, &id, settings.unwrap_or_default(), place);
    }
    made
}
