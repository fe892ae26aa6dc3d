//! What the stages of a REST API answer with: each deployment as it captured the API.
//!
//! A deployment that an earlier plan made keeps what it has captured; a new one captures the API as it is now.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use frontgate_gateway_rules::openapi::{self, Definition};
use frontgate_gateway_rules::undeployed::{Change, Difference, Part, differences, methods_of_scheme};
use frontgate_gateway_rules::{Deployment, Undeployed, UndeployedMethod};
use frontgate_template::Span;

use super::rest_api_parts::{ApiDraft, StageDraft, label};
use crate::deployments::Captured;
use crate::maker::Maker;
use crate::properties::{Problems, span_at};

/// A deployment under construction.
pub struct DeploymentDraft {
    /// Its id.
    pub id: String,
    /// Its logical id.
    pub logical_id: String,
    /// Where the template names it.
    pub span: Span,
}

/// The API as it is now: captured, compiled, and what was found wrong with it.
pub struct Now<'d> {
    /// The API.
    pub draft: &'d ApiDraft,
    /// What a deployment of now captures.
    pub captured: Arc<Captured>,
    /// The same, compiled.
    pub deployment: Deployment,
    /// Something is wrong with the definition, and was told.
    pub is_broken: bool,
}

/// Compiles a definition; the places of an `earlier` one are those of the template as it was.
pub fn compile(captured: &Captured, draft: &ApiDraft, earlier: bool, maker: &mut Maker<'_>) -> Definition {
    let arn = maker.arn("execute-api", &draft.id);
    let mut place = |pointer: &str| {
        let label = label(pointer, &draft.logical_id);
        let label = if earlier { format!("{label}, as deployed") } else { label };
        maker.place_in(&captured.source, span_at(&captured.document, pointer), label)
    };
    openapi::compile(&captured.document.to_json(), &arn, &mut place)
}

/// A deployment of a compiled definition with what the resource says beside it.
pub fn deployment(id: &str, definition: Definition, captured: &Captured) -> Deployment {
    let mut deployment = Deployment::of(id, definition);
    deployment.binary_media_types.splice(0..0, captured.binary_media_types.iter().cloned());
    deployment.minimum_compression_size =
        captured.minimum_compression_size.or(deployment.minimum_compression_size);
    deployment.api_key_source = captured.api_key_source.unwrap_or(deployment.api_key_source);
    deployment
}

/// The deployments of the API by their ids; what each has captured is kept for the next plan.
pub fn close(now: &Now<'_>, maker: &mut Maker<'_>, problems: &Problems) -> BTreeMap<String, Arc<Deployment>> {
    let mut all = BTreeMap::new();
    let mut outdated = Vec::new();
    for row in &now.draft.deployments {
        let earlier = maker.earlier.find(&now.draft.id, &row.id).map(Arc::clone);
        if earlier.is_none() {
            check_methods(row, now, maker, problems);
        }
        let (captured, deployment) = match earlier.filter(|earlier| !earlier.is_same(&now.captured)) {
            Some(earlier) => {
                let (deployment, words) = behind(row, &earlier, now, maker);
                outdated.push((row, words));
                (earlier, deployment)
            }
            None => {
                let deployment = Deployment { id: row.id.as_str().into(), ..now.deployment.clone() };
                (Arc::clone(&now.captured), deployment)
            }
        };
        maker.deployments.keep(&now.draft.id, &row.id, captured);
        all.insert(row.id.clone(), Arc::new(deployment));
    }
    // A stage with a canary shows what is new to a part of its requests.
    let shows = |id: &str| all.get(id).is_some_and(|deployment| deployment.undeployed.is_none());
    for (row, words) in outdated {
        let mut stages = now.draft.stages.iter().map(StageDraft::deployment_ids);
        if stages.any(|mut ids| ids.clone().any(|id| *id == row.id) && !ids.any(shows)) {
            problems.warning(row.span, words, "an earlier snapshot", CURE);
        }
    }
    all
}

/// Says where CloudFormation would deploy the API before its methods are made: it makes what nothing depends on at once.
fn check_methods(row: &DeploymentDraft, now: &Now<'_>, maker: &Maker<'_>, problems: &Problems) {
    if now.is_broken {
        return;
    }
    let rows = now.deployment.resources.rows();
    let count: usize = rows.iter().map(|resource| resource.methods.len()).sum();
    let of_resources = &now.draft.methods;
    let needed = maker.needs(&row.logical_id);
    let missed: Vec<&str> =
        of_resources.iter().filter(|method| !needed.contains(method.as_str())).map(String::as_str).collect();
    let is_first = !maker.earlier.has_api(&now.draft.id);
    if count == 0 || (is_first && missed.len() == count) {
        let message =
            format!("{}: BadRequestException: The REST API doesn't contain any methods", row.logical_id);
        let (label, cure) = match missed.first() {
            Some(method) => {
                let cure = format!("Add DependsOn: {method} with all the other methods to the deployment.");
                ("made before the methods", cure)
            }
            None => ("no method", "Add an AWS::ApiGateway::Method to the API.".to_owned()),
        };
        problems.error(row.span, message, label, cure);
    } else if !missed.is_empty() {
        let message = format!(
            "{}: the deployment does not depend on {}: CloudFormation may make it before that, and then it lacks the method",
            row.logical_id,
            missed.join(", ")
        );
        let cure = format!("Add it to DependsOn of {}. Here it has all methods.", row.logical_id);
        problems.warning(row.span, message, "perhaps without them", cure);
    }
}

/// A deployment of which the API has moved on since it was made, and the words for what it lacks.
fn behind(
    row: &DeploymentDraft,
    earlier: &Captured,
    now: &Now<'_>,
    maker: &mut Maker<'_>,
) -> (Deployment, String) {
    let draft = now.draft;
    let definition = compile(earlier, draft, true, maker);
    let mut deployment = deployment(&row.id, definition, earlier);
    let document = now.captured.document.to_json();
    let found = differences(&earlier.document.to_json(), &document);
    let mut undeployed = Undeployed { resources: now.deployment.resources.clone(), ..Undeployed::default() };
    for difference in &found {
        let span = match difference.change {
            Change::Removed => row.span,
            Change::Added | Change::Changed => span_at(&now.captured.document, &difference.pointer),
        };
        let place = maker.place(span, label(&difference.pointer, &draft.logical_id));
        match &difference.part {
            Part::Method { path, http_method } if difference.change != Change::Added => {
                undeployed.methods.push(method(path, http_method, place));
            }
            Part::Policy => undeployed.policy = Some(place),
            Part::Method { .. } | Part::Other(_) => {}
        }
        for (path, http_method) in
            difference.scheme().into_iter().flat_map(|name| methods_of_scheme(&document, name))
        {
            undeployed.methods.push(method(&path, &http_method, place));
        }
    }
    deployment.undeployed = Some(undeployed);
    (deployment, told(row, earlier, now, &found))
}

fn method(path: &str, http_method: &str, place: frontgate_explain::PlaceId) -> UndeployedMethod {
    UndeployedMethod { path: path.into(), http_method: http_method.into(), place }
}

/// The words for what a deployment lacks.
fn told(row: &DeploymentDraft, earlier: &Captured, now: &Now<'_>, found: &[Difference]) -> String {
    let beside = earlier.beside().into_iter().zip(now.captured.beside());
    let beside = beside.filter(|((_, before), (_, after))| before != after);
    let mut words: Vec<String> = found.iter().map(ToString::to_string).collect();
    words.extend(beside.map(|((name, _), _)| format!("{name} is another")));
    let more = words.len().saturating_sub(DIFFERENCES_TOLD_MAX);
    words.truncate(DIFFERENCES_TOLD_MAX);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!(
        "{}: {} has changed since it was deployed, and its stages do not show it: {}{more}",
        row.logical_id,
        now.draft.logical_id,
        words.join(", ")
    )
}

const CURE: &str = "A deployment is a snapshot, and CloudFormation makes it once. Give it another logical id (ApiDeployment2, \
                    for example) and name that in the DeploymentId of the stages; AWS SAM does so by itself.";

/// How many differences a notice names.
const DIFFERENCES_TOLD_MAX: usize = 8;
