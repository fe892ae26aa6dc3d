//! Usage plans are bound to their keys and stages once all resources are made.

use frontgate_gateway_rules::usage::PlanStage;
use frontgate_template::Span;

use crate::maker::Maker;
use crate::properties::Problems;

/// What usage plans name.
#[derive(Debug, Default)]
pub struct UsageDraft {
    /// Keys to put into plans.
    pub keys: Vec<KeyDraft>,
    /// Stages of plans, which must be there.
    pub stages: Vec<StageDraft>,
}

/// A key to put into a plan.
#[derive(Debug)]
pub struct KeyDraft {
    /// The id of the key.
    pub key: (String, Span),
    /// The id of the plan.
    pub plan: (String, Span),
    /// What names the resource in messages.
    pub path: String,
}

/// A stage of a plan.
#[derive(Debug)]
pub struct StageDraft {
    /// The id of the API.
    pub api_id: String,
    /// The name of the stage.
    pub stage: String,
    /// What names the property in messages.
    pub path: String,
    /// Where the stage is named.
    pub span: Span,
}

/// Puts the keys into their plans, and says what is not there.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    let draft = std::mem::take(&mut maker.usage);
    for stage in draft.stages {
        let mut apis = maker.resources.apis.iter();
        let found = apis.any(|api| *api.id == *stage.api_id && api.stage(&stage.stage).is_some());
        if !found {
            let message = format!(
                "{}: NotFoundException: API Stage not found: {}:{}",
                stage.path, stage.api_id, stage.stage
            );
            problems.error(stage.span, message, "does not exist", CURE);
        }
    }
    for KeyDraft { key, plan, path } in draft.keys {
        let plans = &mut maker.resources.usage_plans;
        if !plans.keys.iter().any(|row| *row.id == *key.0) {
            let message =
                format!("{path}.KeyId: NotFoundException: Invalid API Key identifier specified: {}", key.0);
            problems.error(key.1, message, "does not exist", CURE);
            continue;
        }
        let Some(index) = plans.plans.iter().position(|row| *row.id == *plan.0) else {
            let message =
                format!("{path}.UsagePlanId: NotFoundException: Invalid Usage Plan ID specified: {}", plan.0);
            problems.error(plan.1, message, "does not exist", CURE);
            continue;
        };
        // A key is in one plan of a stage: else it would not be clear which limits it.
        let stages = &plans.plans[index].stages;
        let shared =
            plans.plans.iter().filter(|other| other.key_ids.iter().any(|id| **id == *key.0)).any(|other| {
                let is_own = |stage: &PlanStage| {
                    stages.iter().any(|own| (&own.api_id, &own.stage) == (&stage.api_id, &stage.stage))
                };
                other.stages.iter().any(is_own)
            });
        if shared {
            let message =
                format!("{path}: ConflictException: the key is in another usage plan with the same stage");
            problems.error(plan.1, message, "a second plan", "Put the key into one of the plans.");
            continue;
        }
        plans.plans[index].key_ids.push(key.0.into());
    }
}

const CURE: &str = "Name a resource of this template with !Ref.";
