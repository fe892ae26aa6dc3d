//! May the request be made: an explicit deny wins, an allow is needed, all else is denied.
//!
//! Authority: IAM user guide, *Policy evaluation logic* (`reference_policies_evaluation-logic`).

use crate::policy::{Effect, Element, Policy, Statement};
use crate::principal::Standing;
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

/// How the statements of a resource's policy that allow the request name who asks; the best of them.
pub(crate) fn standing(policy: &Policy, request: &Request<'_>) -> Option<Standing> {
    let allows = policy.statements.iter().filter(|s| s.effect == Effect::Allow && s.applies(request));
    let standing = |statement: &Statement| match &statement.principal {
        Some(element) if !element.all_but => element.listed.standing(request.principal),
        _ => Standing::Name,
    };
    allows.map(standing).max()
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MismatchReason, Outcome, evaluate, evaluate_all, explain_mismatch};
    use crate::{Policy, Principal, Request};

    const DISTRIBUTION: &str = "arn:aws:cloudfront::123456789012:distribution/E1";
    const CLOUDFRONT: Principal<'_> = Principal::Service("cloudfront.amazonaws.com");
    const CONTEXT: &[(&str, &str)] = &[("AWS:SourceArn", DISTRIBUTION), ("aws:SecureTransport", "false")];

    fn read() -> Request<'static> {
        Request {
            principal: CLOUDFRONT,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::b/index.html",
            context: CONTEXT,
        }
    }

    fn allow(principal: Value, action: &str, resource: &str, condition: Value) -> Value {
        json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource,
               "Condition": condition})
    }

    fn oac(source_arn: &str) -> Value {
        let condition = json!({"StringEquals": {"AWS:SourceArn": source_arn}});
        allow(json!({"Service": "cloudfront.amazonaws.com"}), "s3:GetObject", "arn:aws:s3:::b/*", condition)
    }

    fn policy(statements: &[Value]) -> Policy {
        if statements.is_empty() {
            return Policy::default();
        }
        Policy::parse(&json!({"Version": "2012-10-17", "Statement": statements})).expect("a policy")
    }

    #[test]
    fn decisions() {
        let tls_only = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
        let all_but_secret = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "NotResource": "arn:aws:s3:::b/secret/*"});
        let others = json!({"Effect": "Deny", "NotPrincipal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "*", "Resource": "*"});
        let no_writes = json!({"Effect": "Allow", "Principal": "*", "NotAction": "s3:Put*", "Resource": "*"});
        let anonymous = Request { principal: Principal::Anonymous, ..read() };
        let secret = Request { resource: "arn:aws:s3:::b/secret/x", ..read() };
        let list = Request { action: "s3:ListBucket", resource: "arn:aws:s3:::b", ..read() };
        let write = Request { action: "s3:PutObject", ..read() };
        for (name, statements, request, outcome, statement) in [
            ("no statement", vec![], read(), Outcome::ImplicitDeny, None),
            ("oac", vec![oac(DISTRIBUTION)], read(), Outcome::Allow, Some(0)),
            ("an old distribution", vec![oac("arn:x")], read(), Outcome::ImplicitDeny, None),
            ("the second allows", vec![oac("arn:x"), oac(DISTRIBUTION)], read(), Outcome::Allow, Some(1)),
            ("not anonymous", vec![oac(DISTRIBUTION)], anonymous, Outcome::ImplicitDeny, None),
            ("no list", vec![oac(DISTRIBUTION)], list, Outcome::ImplicitDeny, None),
            ("deny wins", vec![oac(DISTRIBUTION), tls_only], read(), Outcome::ExplicitDeny, Some(1)),
            ("not resource", vec![all_but_secret.clone()], read(), Outcome::Allow, Some(0)),
            ("not this resource", vec![all_but_secret.clone()], secret, Outcome::ImplicitDeny, None),
            ("not principal", vec![all_but_secret.clone(), others.clone()], read(), Outcome::Allow, Some(0)),
            ("all but this", vec![all_but_secret, others], anonymous, Outcome::ExplicitDeny, Some(1)),
            ("not action", vec![no_writes.clone()], read(), Outcome::Allow, Some(0)),
            ("this action", vec![no_writes], write, Outcome::ImplicitDeny, None),
        ] {
            let decision = evaluate(&policy(&statements), &request);
            assert_eq!((decision.outcome, decision.statement), (outcome, statement), "{name}");
        }
    }

    #[test]
    fn a_deny_in_any_policy_wins() {
        let (allows, denies) = (
            policy(&[oac(DISTRIBUTION)]),
            policy(&[json!({"Effect": "Deny", "Action": "s3:getobject", "Resource": "*"})]),
        );
        let (decision, by) = evaluate_all(&[&allows, &denies], &read());
        assert_eq!((decision.outcome, by), (Outcome::ExplicitDeny, Some(1)));
        let (decision, by) = evaluate_all(&[&policy(&[]), &allows], &read());
        assert_eq!((decision.outcome, by), (Outcome::Allow, Some(1)));
    }

    #[test]
    fn a_mismatch_names_both_sides() {
        let policy = policy(&[
            oac("arn:aws:cloudfront::123456789012:distribution/E0"),
            allow(json!({"AWS": "123456789012"}), "s3:PutObject", "arn:aws:s3:::b", json!({})),
        ]);
        let found = explain_mismatch(&policy, &read());
        let texts: Vec<String> = found.iter().map(|m| format!("{}: {}", m.statement, m.why)).collect();
        assert_eq!(
            texts,
            [
                "0: Condition StringEquals AWS:SourceArn wants arn:aws:cloudfront::123456789012:distribution/E0, \
                 the request has arn:aws:cloudfront::123456789012:distribution/E1",
                "1: Principal is 123456789012, not cloudfront.amazonaws.com",
                "1: Action is s3:PutObject, not s3:GetObject",
                "1: Resource is arn:aws:s3:::b, not arn:aws:s3:::b/index.html",
            ]
        );
        assert!(matches!(found[1].why, MismatchReason::Principal { .. }));
    }
}
