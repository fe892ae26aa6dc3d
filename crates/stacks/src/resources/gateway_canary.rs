//! Canary releases in templates: `CanarySetting` of a stage and of a `StageDescription`, `DeploymentCanarySettings` of a
//! deployment.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-stage-canarysetting.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-deployment-deploymentcanarysettings.html>

use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::{Canary, Deployment, Release};
use frontgate_template::Span;

use super::gateway_stage_settings::variables;
use crate::maker::Maker;
use crate::properties::{Object, scalar};

/// A canary release under construction.
pub struct CanaryDraft {
    /// Its deployment, where it says which, and where that stands; else the one of the stage.
    pub deployment: Option<(Box<str>, Span)>,
    percent_traffic: f64,
    overrides: Vec<(Box<str>, Box<str>)>,
    uses_stage_cache: bool,
    place: PlaceId,
}

/// Reads a canary release from that property; the deployment of `DeploymentCanarySettings` is the one that has it.
pub fn canary(properties: &Object<'_>, property: &'static str, maker: &mut Maker<'_>) -> Option<CanaryDraft> {
    let object = properties.object(property)?;
    let deployment = match property {
        "CanarySetting" => object.text("DeploymentId").map(|id| (id.value.as_ref().into(), id.span)),
        _ => None,
    };
    let draft = CanaryDraft {
        deployment,
        percent_traffic: percent_traffic(&object),
        overrides: variables(&object, "StageVariableOverrides"),
        uses_stage_cache: object.flag("UseStageCache").unwrap_or(false),
        place: maker.place(object.span_of("PercentTraffic"), format!("{property} of {}", properties.path())),
    };
    object.finish();
    Some(draft)
}

/// Without it no request goes to the canary.
fn percent_traffic(object: &Object<'_>) -> f64 {
    let Some(node) = object.node("PercentTraffic") else { return 0.0 };
    let number = scalar(&node.value).and_then(|text| text.parse::<f64>().ok());
    match number.filter(|number| (0.0..=100.0).contains(number)) {
        Some(number) => number,
        None => {
            let message = format!("{}.PercentTraffic: it is no number from 0 to 100", object.path());
            object.problems().error(node.span, message, "not valid", "Write a number from 0 to 100.");
            0.0
        }
    }
}

impl CanaryDraft {
    /// The canary release beside the production release.
    pub fn bind(self, production: &Release, deployment: Arc<Deployment>) -> Canary {
        Canary {
            percent_traffic: self.percent_traffic,
            uses_stage_cache: self.uses_stage_cache,
            release: production.canary(deployment, self.overrides),
            place: self.place,
        }
    }
}
