//! May the request be made: an explicit deny wins, an allow is needed, all else is denied.
//!
//! Authority: IAM user guide, *Policy evaluation logic* (`reference_policies_evaluation-logic`).

use crate::policy::{Effect, Element, Policy, Statement};
use crate::request::Request;

/// The outcome of an evaluation and the statement that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Allowed or denied.
    pub outcome: Outcome,
    /// The index of the statement that denied or allowed.
    pub statement: Option<usize>,
}

/// Allowed or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A statement denies it.
    ExplicitDeny,
    /// A statement allows it and none denies it.
    Allow,
    /// No statement says anything about it.
    ImplicitDeny,
}

/// Why a statement that allows does not concern a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The index of the statement.
    pub statement: usize,
    /// Its first element that does not match, or one of the conditions that do not hold.
    pub why: MismatchReason,
}

/// The element of a statement that does not match, with what it says and what the request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchReason {
    /// `Principal` or `NotPrincipal`.
    Principal {
        /// The principals of the statement.
        expected: String,
        /// The principal of the request.
        actual: String,
    },
    /// `Action` or `NotAction`.
    Action {
        /// The actions of the statement.
        expected: String,
        /// The action of the request.
        actual: String,
    },
    /// `Resource` or `NotResource`.
    Resource {
        /// The resources of the statement.
        expected: String,
        /// The resource of the request.
        actual: String,
    },
    /// `Condition`
    Condition {
        /// The operator as the document has it.
        operator: String,
        /// The condition key.
        key: String,
        /// The values of the statement.
        expected: String,
        /// The values of the request; `None` where it has no such key.
        actual: Option<String>,
    },
}

/// Evaluates one policy.
#[must_use]
pub fn evaluate(policy: &Policy, request: &Request<'_>) -> Decision {
    let mut allowing = None;
    for (index, statement) in policy.statements.iter().enumerate() {
        match statement.effect {
            Effect::Deny if statement.applies(request) => {
                return Decision { outcome: Outcome::ExplicitDeny, statement: Some(index) };
            }
            Effect::Allow if allowing.is_none() && statement.applies(request) => allowing = Some(index),
            _ => {}
        }
    }
    let outcome = if allowing.is_some() { Outcome::Allow } else { Outcome::ImplicitDeny };
    Decision { outcome, statement: allowing }
}

/// Evaluates several policies together; the index of the deciding policy beside the decision.
#[must_use]
pub fn evaluate_all(policies: &[&Policy], request: &Request<'_>) -> (Decision, Option<usize>) {
    let mut found = (Decision { outcome: Outcome::ImplicitDeny, statement: None }, None);
    for (index, policy) in policies.iter().enumerate() {
        let decision = evaluate(policy, request);
        match decision.outcome {
            Outcome::ExplicitDeny => return (decision, Some(index)),
            Outcome::Allow if found.1.is_none() => found = (decision, Some(index)),
            _ => {}
        }
    }
    found
}

/// Why none of the statements that allow concerns the request: for a page that explains a refusal.
#[must_use]
pub fn explain_mismatch(policy: &Policy, request: &Request<'_>) -> Vec<Mismatch> {
    let allows = policy.statements.iter().enumerate().filter(|(_, s)| s.effect == Effect::Allow);
    allows
        .flat_map(|(index, statement)| {
            statement.mismatches(request).into_iter().map(move |why| Mismatch { statement: index, why })
        })
        .collect()
}

impl Statement {
    /// Whether every element of the statement matches the request.
    fn applies(&self, request: &Request<'_>) -> bool {
        self.concerns_principal(request)
            && self.concerns_action(request)
            && self.concerns_resource(request)
            && self.conditions.iter().all(|condition| condition.holds(request))
    }

    fn concerns_principal(&self, request: &Request<'_>) -> bool {
        self.principal.as_ref().is_none_or(|element| element.says(|all| all.name(request.principal)))
    }

    fn concerns_action(&self, request: &Request<'_>) -> bool {
        self.action.says(|all| all.iter().any(|action| action.matches_ignoring_case(request.action, request)))
    }

    fn concerns_resource(&self, request: &Request<'_>) -> bool {
        self.resource.as_ref().is_none_or(|element| {
            element.says(|all| all.iter().any(|arn| arn.matches(request.resource, request)))
        })
    }

    fn mismatches(&self, request: &Request<'_>) -> Vec<MismatchReason> {
        let mut reasons = Vec::new();
        if let Some(element) = self.principal.as_ref().filter(|_| !self.concerns_principal(request)) {
            let expected = element.describe(element.listed.describe());
            reasons.push(MismatchReason::Principal { expected, actual: request.principal.to_string() });
        }
        if !self.concerns_action(request) {
            let expected = self.action.describe(joined(self.action.listed.iter().map(|action| &action.text)));
            reasons.push(MismatchReason::Action { expected, actual: request.action.to_owned() });
        }
        if let Some(element) = self.resource.as_ref().filter(|_| !self.concerns_resource(request)) {
            let expected = element.describe(joined(element.listed.iter().map(|arn| &arn.whole.text)));
            reasons.push(MismatchReason::Resource { expected, actual: request.resource.to_owned() });
        }
        for condition in self.conditions.iter().filter(|condition| !condition.holds(request)) {
            let actual: Vec<&str> = request.values(&condition.key).collect();
            reasons.push(MismatchReason::Condition {
                operator: condition.operator_name.to_string(),
                key: condition.key.to_string(),
                expected: joined(condition.values.iter()),
                actual: (!actual.is_empty()).then(|| actual.join(", ")),
            });
        }
        reasons
    }
}

impl<T> Element<T> {
    fn says(&self, lists: impl FnOnce(&T) -> bool) -> bool {
        lists(&self.listed) != self.all_but
    }

    fn describe(&self, listed: String) -> String {
        if self.all_but { format!("all but {listed}") } else { listed }
    }
}

impl std::fmt::Display for MismatchReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Principal { expected, actual } => write!(f, "Principal is {expected}, not {actual}"),
            Self::Action { expected, actual } => write!(f, "Action is {expected}, not {actual}"),
            Self::Resource { expected, actual } => write!(f, "Resource is {expected}, not {actual}"),
            Self::Condition { operator, key, expected, actual: Some(actual) } => {
                write!(f, "Condition {operator} {key} wants {expected}, the request has {actual}")
            }
            Self::Condition { operator, key, expected, actual: None } => {
                write!(f, "Condition {operator} {key} wants {expected}, the request has no such key")
            }
        }
    }
}

fn joined<'a>(texts: impl Iterator<Item = &'a Box<str>>) -> String {
    texts.map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")
}
