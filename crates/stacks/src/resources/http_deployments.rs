//! What the stages of an HTTP API answer with: each deployment as it captured the API, or the API as it is now.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-deployment.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::http_api::openapi::{HttpDefinition, compile_http_api};
use frontgate_gateway_rules::http_api::{HttpDeployment, HttpStage, HttpStageSettings, UndeployedRoutes};
use frontgate_template::Span;

use super::gateway_deployments::{self, Deployed, DeploymentDraft, Label};
use super::http_api_parts::{HttpApiDraft, label, route_key};
use crate::deployments::Captured;
use crate::maker::Maker;
use crate::properties::{Problems, span_at};

/// A stage under construction; its deployment is bound at the end.
pub struct HttpStageDraft {
    /// Its name.
    pub name: Box<str>,
    /// The id of its deployment.
    pub deployment_id: Option<String>,
    /// `AutoDeploy`: it has what the API is now.
    pub is_automatic: bool,
    /// Its variables.
    pub variables: Vec<(Box<str>, Box<str>)>,
    /// Its settings.
    pub settings: HttpStageSettings,
    /// The keys of its `RouteSettings`.
    pub route_settings: Vec<(String, Span)>,
    /// The place of `StageName`.
    pub place: PlaceId,
}

/// Compiles a definition; the places of an `earlier` one are those of the template as it was.
pub fn compile(
    captured: &Captured,
    draft: &HttpApiDraft,
    earlier: bool,
    maker: &mut Maker<'_>,
) -> HttpDefinition {
    let mut place = |pointer: &str| {
        let label = label(pointer, &draft.logical_id);
        let label = if earlier { format!("{label}, as deployed") } else { label };
        maker.place_in(&captured.source, span_at(&captured.document, pointer), label)
    };
    compile_http_api(&captured.document.to_json(), &draft.id, &mut place)
}

/// A deployment of a compiled definition with what the resource says beside it.
pub fn deployment(id: &str, definition: HttpDefinition, captured: &Captured) -> HttpDeployment {
    let mut deployment = HttpDeployment::of(id, definition);
    deployment.execute_api_disabled |= captured.execute_api_disabled;
    deployment
}

/// The stages of an API with their deployments; what each deployment has captured is kept for the next plan. `current` is
/// what the API is now, and whether something is wrong with that.
pub fn close(
    draft: &mut HttpApiDraft,
    now: &Arc<Captured>,
    (current, is_broken): (&HttpDeployment, bool),
    maker: &mut Maker<'_>,
    problems: &Problems,
) -> Vec<HttpStage> {
    let mut all = BTreeMap::new();
    for row in &draft.deployments {
        let earlier = maker.earlier.find(&draft.id, &row.id).map(Arc::clone);
        if earlier.is_none() && !is_broken {
            let deployed = Deployed {
                api_id: &draft.id,
                noun: "route",
                refusal: "At least one route is required before deploying the Api.",
                count: current.routes.rows().len(),
                of_resources: &draft.routes,
            };
            gateway_deployments::check_complete(row, &deployed, maker, problems);
        }
        let (captured, deployment) = match earlier.filter(|earlier| !earlier.is_same(now)) {
            Some(earlier) => {
                let deployment = behind(row, &earlier, (draft, now, current), maker, problems);
                (earlier, deployment)
            }
            None => (Arc::clone(now), HttpDeployment { id: row.id.as_str().into(), ..current.clone() }),
        };
        maker.deployments.keep(&draft.id, &row.id, captured);
        all.insert(row.id.clone(), Arc::new(deployment));
    }
    maker.deployments.note_api(&draft.id);
    let stages = std::mem::take(&mut draft.stages).into_iter().map(|stage| {
        let id = stage.deployment_id.as_ref();
        let deployment = match stage.is_automatic {
            true => id.map(|id| Arc::new(HttpDeployment { id: id.as_str().into(), ..current.clone() })),
            // One that does not exist was refused when the stage was read.
            false => id.and_then(|id| all.get(id)).map(Arc::clone),
        };
        check_route_settings(&draft.logical_id, &stage, current, problems);
        let HttpStageDraft { name, variables, settings, place, .. } = stage;
        HttpStage { name, deployment, variables, settings, place }
    });
    stages.collect()
}

/// Settings are for routes that there are.
fn check_route_settings(api: &str, stage: &HttpStageDraft, current: &HttpDeployment, problems: &Problems) {
    for (key, span) in &stage.route_settings {
        if !current.routes.rows().iter().any(|route| route.key.as_str() == key) {
            let message = format!(
                "{api}: NotFoundException: Unable to find Route by key {key} within the provided RouteSettings"
            );
            problems.error(*span, message, "no such route", "Write the RouteKey of a route of the API.");
        }
    }
}

/// A deployment of which the API has moved on since it was made; says what it lacks.
fn behind(
    row: &DeploymentDraft,
    earlier: &Captured,
    (draft, now, current): (&HttpApiDraft, &Captured, &HttpDeployment),
    maker: &mut Maker<'_>,
    problems: &Problems,
) -> HttpDeployment {
    let definition = compile(earlier, draft, true, maker);
    let mut deployment = deployment(&row.id, definition, earlier);
    let api = (draft.logical_id.as_str(), label as Label);
    let outdated = gateway_deployments::outdated(row, earlier, now, api, maker);
    let keys =
        outdated.methods.into_iter().map(|(path, method, place)| (route_key(&path, &method).into(), place));
    deployment.undeployed =
        Some(UndeployedRoutes { routes: current.routes.clone(), changed: keys.collect() });
    let is_of = |stage: &HttpStageDraft| !stage.is_automatic && stage.deployment_id.as_ref() == Some(&row.id);
    if draft.stages.iter().any(is_of) {
        let cure = format!(
            "A deployment is a snapshot, and CloudFormation makes it once. Set AutoDeploy: true for the stage, or give the \
             deployment another logical id, such as {}, and name that in DeploymentId.",
            row.next_logical_id()
        );
        problems.warning(row.span, outdated.words, "an earlier snapshot", cure);
    }
    deployment
}
