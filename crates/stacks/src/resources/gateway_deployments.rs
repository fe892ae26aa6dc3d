//! What the stages of a REST API answer with: each deployment as it captured the API.
//!
//! A deployment that an earlier plan made keeps what it has captured; a new one captures the API as it is now.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::openapi::{self, Definition};
use frontgate_gateway_rules::undeployed::{
    Change, Difference, Part, differences, methods_of_model, methods_of_scheme,
};
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
    /// SAM made it, and names it after the definition of the API.
    pub is_of_sam: bool,
}

impl DeploymentDraft {
    /// A logical id that would make a new deployment: `Deployment2` after `Deployment`, `Deployment3` after that.
    pub fn next_logical_id(&self) -> String {
        let name = self.logical_id.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = self.logical_id[name.len()..].parse::<u32>().unwrap_or(1);
        format!("{name}{}", number.saturating_add(1))
    }
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

impl Now<'_> {
    fn deployed(&self) -> Deployed<'_> {
        let rows = self.deployment.resources.rows();
        Deployed {
            api_id: &self.draft.id,
            noun: "method",
            refusal: "The REST API doesn't contain any methods",
            count: rows.iter().map(|resource| resource.methods.len()).sum(),
            of_resources: &self.draft.methods,
        }
    }
}

/// Compiles a definition; the places of an `earlier` one are those of the template as it was.
pub fn compile(captured: &Captured, draft: &ApiDraft, earlier: bool, maker: &mut Maker<'_>) -> Definition {
    let arn = maker.arn("execute-api", &draft.id);
    let document = captured.document.to_json();
    let mut place = |pointer: &str| {
        // Of what stands in a list, the text is its name.
        let text = document.pointer(pointer).and_then(serde_json::Value::as_str);
        let name = text.filter(|_| pointer.contains("/cacheKeyParameters/"));
        let label = name.map_or_else(|| label(pointer, &draft.logical_id), str::to_owned);
        let label = if earlier { format!("{label}, as deployed") } else { label };
        maker.place_in(&captured.source, span_at(&captured.document, pointer), label)
    };
    openapi::compile(&document, &arn, &mut place)
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
        if earlier.is_none() && !now.is_broken {
            check_complete(row, &now.deployed(), maker, problems);
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
            problems.warning(row.span, words, "an earlier snapshot", cure(row));
        }
    }
    all
}

/// What is deployed, for who looks whether a deployment is made too early.
pub struct Deployed<'a> {
    /// The id of the API.
    pub api_id: &'a str,
    /// `method` or `route`.
    pub noun: &'static str,
    /// What API Gateway says of an API that has none.
    pub refusal: &'static str,
    /// How many there are.
    pub count: usize,
    /// The logical ids of those that have resources of their own.
    pub of_resources: &'a [String],
}

/// Says where CloudFormation would deploy the API before its methods are made: it makes what nothing depends on at once.
pub fn check_complete(
    row: &DeploymentDraft,
    deployed: &Deployed<'_>,
    maker: &Maker<'_>,
    problems: &Problems,
) {
    let Deployed { api_id, noun, refusal, count, of_resources } = deployed;
    let needed = maker.needs(&row.logical_id);
    let missed: Vec<&str> =
        of_resources.iter().filter(|id| !needed.contains(id.as_str())).map(String::as_str).collect();
    let is_first = !maker.earlier.has_api(api_id);
    if *count == 0 || (is_first && missed.len() == *count) {
        let message = format!("{}: BadRequestException: {refusal}", row.logical_id);
        let (label, cure) = match missed.first() {
            Some(id) => {
                let cure = format!("Add DependsOn: {id}, with all other {noun}s, to the deployment.");
                (format!("made before the {noun}s"), cure)
            }
            None => (format!("no {noun}"), format!("Add a {noun} to the API.")),
        };
        problems.error(row.span, message, label, cure);
    } else if !missed.is_empty() {
        let message = format!(
            "{}: the deployment does not depend on {}: CloudFormation may make it first, and then the {noun} is not in it",
            row.logical_id,
            missed.join(", ")
        );
        let cure = format!("Add it to DependsOn of {}. Here every {noun} is in it.", row.logical_id);
        problems.warning(row.span, message, "perhaps too early", cure);
    }
}

/// A deployment of which the API has moved on since it was made, and the words for what it lacks.
fn behind(
    row: &DeploymentDraft,
    earlier: &Captured,
    now: &Now<'_>,
    maker: &mut Maker<'_>,
) -> (Deployment, String) {
    let definition = compile(earlier, now.draft, true, maker);
    let mut deployment = deployment(&row.id, definition, earlier);
    let api = (now.draft.logical_id.as_str(), label as Label);
    let outdated = outdated(row, earlier, &now.captured, api, maker);
    let methods = outdated.methods.into_iter().map(|(path, http_method, place)| UndeployedMethod {
        path: path.into(),
        http_method: http_method.into(),
        place,
    });
    deployment.undeployed = Some(Undeployed {
        resources: now.deployment.resources.clone(),
        methods: methods.collect(),
        policy: outdated.policy,
    });
    (deployment, outdated.words)
}

/// What a deployment lacks.
pub struct Outdated {
    /// Path and name of the methods that are others now, or are gone, and the places that say so.
    pub methods: Vec<(String, String, PlaceId)>,
    /// The place of the resource policy, where it is another.
    pub policy: Option<PlaceId>,
    /// The words for all of it.
    pub words: String,
}

/// What a pointer of an API with that logical id is called.
pub type Label = fn(&str, &str) -> String;

/// Compares what a deployment has captured with what the API is now.
pub fn outdated(
    row: &DeploymentDraft,
    earlier: &Captured,
    now: &Captured,
    (logical_id, label): (&str, Label),
    maker: &mut Maker<'_>,
) -> Outdated {
    let document = now.document.to_json();
    let found = differences(&earlier.document.to_json(), &document);
    let mut methods = Vec::new();
    let mut policy = None;
    for difference in &found {
        let span = match difference.change {
            Change::Removed => row.span,
            Change::Added | Change::Changed => span_at(&now.document, &difference.pointer),
        };
        let place = maker.place(span, label(&difference.pointer, logical_id));
        match &difference.part {
            Part::Method { path, http_method } if difference.change != Change::Added => {
                methods.push((path.clone(), http_method.clone(), place));
            }
            Part::Policy => policy = Some(place),
            Part::Method { .. } | Part::Other(_) => {}
        }
        let guarded = difference.scheme().into_iter().flat_map(|name| methods_of_scheme(&document, name));
        let described = difference.model().into_iter().flat_map(|name| methods_of_model(&document, name));
        methods.extend(guarded.chain(described).map(|(path, http_method)| (path, http_method, place)));
    }
    Outdated { methods, policy, words: words(row, earlier, now, logical_id, &found) }
}

/// The words for what a deployment lacks.
fn words(
    row: &DeploymentDraft,
    earlier: &Captured,
    now: &Captured,
    logical_id: &str,
    found: &[Difference],
) -> String {
    let beside = earlier.beside().into_iter().zip(now.beside());
    let beside = beside.filter(|((_, before), (_, after))| before != after);
    let mut words: Vec<String> = found.iter().map(ToString::to_string).collect();
    words.extend(beside.map(|((name, _), _)| format!("{name} is another")));
    let more = words.len().saturating_sub(DIFFERENCES_TOLD_MAX);
    words.truncate(DIFFERENCES_TOLD_MAX);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!(
        "{}: {logical_id} has changed since it was deployed, and its stages do not show it: {}{more}",
        row.logical_id,
        words.join(", ")
    )
}

/// Says that a change of `DisableExecuteApiEndpoint` waits for a stage.
pub fn warn_of_endpoint(draft: &ApiDraft, span: Span, is_disabled: bool, problems: &Problems) {
    let still = if is_disabled { "still disabled" } else { "still open" };
    let message = format!(
        "{}: DisableExecuteApiEndpoint \"takes effect when you update any setting on any stage\", and no stage has changed: the \
         execute-api endpoint is {still}",
        draft.logical_id
    );
    problems.warning(span, message, still, "Change a stage, or deploy to it.");
}

/// What to do about a deployment that lacks something.
fn cure(row: &DeploymentDraft) -> String {
    if row.is_of_sam {
        return CURE_WITH_SAM.to_owned();
    }
    format!(
        "A deployment is a snapshot, and CloudFormation makes it once. Give it another logical id, such as {}, and name that in the \
         DeploymentId of the stages; AWS SAM does so by itself.",
        row.next_logical_id()
    )
}

const CURE_WITH_SAM: &str = "SAM makes a new deployment when the definition of the API changes, and this is beside it. Set \
                             AlwaysDeploy: true.";

/// How many differences a notice names.
const DIFFERENCES_TOLD_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use frontgate_template::Span;

    use super::DeploymentDraft;

    #[test]
    fn the_next_logical_id_counts() {
        for (logical_id, next) in [
            ("Deployment", "Deployment2"),
            ("Deployment2", "Deployment3"),
            ("D09", "D10"),
            ("D9999999999", "D2"),
        ] {
            let row = DeploymentDraft {
                id: String::new(),
                logical_id: logical_id.to_owned(),
                span: Span::default(),
                is_of_sam: false,
            };
            assert_eq!(row.next_logical_id(), next);
        }
    }
}
