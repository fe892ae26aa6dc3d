//! `AWS::ApiGateway::Deployment`: a snapshot of an API, and perhaps a stage for it.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html>

use frontgate_explain::PlaceId;
use frontgate_template::ResourceNode;

use super::aws_apigateway_stage::add;
use super::gateway_canary::{CanaryDraft, canary};
use super::gateway_deployments::DeploymentDraft;
use super::gateway_stage_settings::{StageKind, stage_settings};
use super::rest_api_parts::{ApiDraft, StageDraft, StageSettings, draft};
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text};

/// Makes a deployment.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("deployment", &seed(node, properties, maker));
    let made = Made::new(&id).with("DeploymentId", &id);
    properties.accept(&["Description"]);
    let canary_of_stage = canary(properties, "DeploymentCanarySettings", maker);
    let described = properties.object("StageDescription").map(|description| {
        description.accept(&["Description", "DocumentationVersion", "Tags"]);
        let settings = stage_settings(node, &description, StageKind::Description, maker);
        let canary = canary(&description, "CanarySetting", maker);
        description.finish();
        (settings, canary)
    });
    let name = properties.text("StageName");
    let place = name.as_ref().map(|name| maker.place(name.span, format!("the stage {}", name.value)));
    let Some(draft) = draft(properties, maker) else { return made };
    draft.deployments.push(DeploymentDraft {
        id: id.clone(),
        logical_id: node.logical_id.clone(),
        span: node.logical_id_span,
        is_of_sam: node.made_by.is_some(),
    });
    match (name, place, canary_of_stage) {
        (Some(name), Some(place), None) => deploy(draft, properties, (&name, place), &id, described),
        (Some(name), _, Some(canary)) => release(draft, properties, &name, &id, canary, described),
        (_, _, Some(_)) => refuse_canary(
            properties,
            "Non null and non empty stageName must be provided for canary deployment. Provided value is null",
            "Add the StageName of a stage.",
        ),
        (_, _, None) => {
            if described.is_some() {
                let message = format!("{}.StageDescription: there is no StageName", properties.path());
                let cure = "Add StageName, or remove StageDescription.";
                let span = properties.span_of("StageDescription");
                properties.problems().error(span, message, "of no stage", cure);
            }
        }
    }
    made
}

/// What the id is made from. Another canary is another deployment: a change of it means replacement.
fn seed(node: &ResourceNode, properties: &Object<'_>, maker: &Maker<'_>) -> String {
    let seed = maker.seed(&node.logical_id);
    match properties.node("DeploymentCanarySettings") {
        Some(canary) => format!("{seed}/{}", canary.to_json()),
        None => seed,
    }
}

/// What `StageDescription` says.
type Described = Option<(StageSettings, Option<CanaryDraft>)>;

/// Deploys to a stage: to a new one, or to one that is there.
fn deploy(
    draft: &mut ApiDraft,
    properties: &Object<'_>,
    (name, place): (&Text<'_>, PlaceId),
    id: &str,
    described: Described,
) {
    match draft.stages.iter_mut().find(|stage| *stage.name == *name.value) {
        Some(stage) => {
            stage.deployment_id = id.into();
            stage.canary = None;
            describe(stage, described, id, properties);
        }
        None => add(draft, properties, name, id, described.unwrap_or_default(), place),
    }
}

/// Releases the deployment to a part of the requests of a stage.
fn release(
    draft: &mut ApiDraft,
    properties: &Object<'_>,
    name: &Text<'_>,
    id: &str,
    mut canary: CanaryDraft,
    described: Described,
) {
    let Some(stage) = draft.stages.iter_mut().find(|stage| *stage.name == *name.value) else {
        return refuse_canary(
            properties,
            "Stage non-existing must already be created before making a canary release deployment",
            "Add DependsOn with the resource that makes the stage.",
        );
    };
    describe(stage, described, id, properties);
    canary.deployment = Some((id.into(), name.span));
    stage.canary = Some(canary);
}

/// Changes a stage that is there.
fn describe(stage: &mut StageDraft, described: Described, id: &str, properties: &Object<'_>) {
    if let Some((settings, canary)) = described {
        stage.settings = settings;
        stage.canary = canary;
    }
    stage.written = serde_json::json!([stage.written, id, properties.written()]);
}

fn refuse_canary(properties: &Object<'_>, what: &str, cure: &str) {
    let message =
        format!("{}: BadRequestException: Invalid deployment content specified.{what}", properties.path());
    properties.problems().error(properties.span_of("DeploymentCanarySettings"), message, "of no stage", cure);
}
