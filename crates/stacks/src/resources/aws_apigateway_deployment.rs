//! `AWS::ApiGateway::Deployment`: a snapshot of an API, and perhaps a stage for it.

use frontgate_template::ResourceNode;

use super::aws_apigateway_stage::add;
use super::rest_api_parts::{StageSettings, draft};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a deployment.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("deployment", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("DeploymentId", &id);
    properties.accept(&["Description"]);
    properties.unsupported(&["DeploymentCanarySettings"]);
    if let Some(description) = properties.object("StageDescription") {
        description.accept(&["Description"]);
        description.unsupported(&[
            "AccessLogSetting",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "CacheDataEncrypted",
            "CacheTtlInSeconds",
            "CachingEnabled",
            "CanarySetting",
            "ClientCertificateId",
            "DataTraceEnabled",
            "LoggingLevel",
            "MethodSettings",
            "MetricsEnabled",
            "ThrottlingBurstLimit",
            "ThrottlingRateLimit",
            "TracingEnabled",
            "Variables",
        ]);
        description.finish();
    }
    let stage = properties.text("StageName");
    let place = stage.as_ref().map(|name| maker.place(name.span, format!("the stage {}", name.value)));
    let Some(draft) = draft(properties, maker) else { return made };
    draft.deployments.push(id.clone());
    if let (Some(name), Some(place)) = (stage, place) {
        add(draft, properties, &name, &id, StageSettings::default(), place);
    }
    made
}
