//! What the function of an authorizer answered: who is calling, and which methods the caller may call.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>

use frontgate_iam::{
    AttachedPolicy, Decision, Outcome, Policy, PolicyKind, Principal, Request, evaluate, evaluate_all,
};
use serde_json::{Map, Value};

use super::Authorized;

/// The answer of an authorizer's function.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthorizerAnswer {
    policy: Policy,
    principal_id: String,
    /// `context`, its values as text.
    context: Map<String, Value>,
    usage_identifier_key: Option<String>,
}

/// Why a payload is no answer of an authorizer: 500 with a message of `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// `context` is no object, or one of its values is a list or an object.
    Context,
    /// It is no JSON object.
    NotAnObject,
    /// `policyDocument` is missing or no policy.
    Policy,
    /// `principalId` is missing.
    PrincipalId,
    /// `usageIdentifierKey` is no text.
    UsageIdentifierKey,
}

impl AuthorizerAnswer {
    /// Reads the payload of an authorizer's function.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(payload: &[u8]) -> Result<Self, AnswerError> {
        let Ok(Value::Object(members)) = serde_json::from_slice(payload) else {
            return Err(AnswerError::NotAnObject);
        };
        let member = |name: &str| members.get(name).filter(|value| !value.is_null());
        let principal_id = match member("principalId") {
            Some(Value::String(id)) => id.clone(),
            Some(id @ (Value::Number(_) | Value::Bool(_))) => id.to_string(),
            _ => return Err(AnswerError::PrincipalId),
        };
        let document = member("policyDocument").ok_or(AnswerError::Policy)?;
        let policy = Policy::parse_as(document, PolicyKind::Identity).map_err(|_| AnswerError::Policy)?;
        let mut context = Map::new();
        let written = match member("context") {
            None => None,
            Some(Value::Object(written)) => Some(written),
            Some(_) => return Err(AnswerError::Context),
        };
        for (name, value) in written.into_iter().flatten() {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Array(_) | Value::Object(_) => return Err(AnswerError::Context),
            };
            context.insert(name.clone(), Value::String(text));
        }
        let usage_identifier_key = match member("usageIdentifierKey") {
            None => None,
            Some(Value::String(key)) => Some(key.clone()),
            Some(_) => return Err(AnswerError::UsageIdentifierKey),
        };
        Ok(Self { policy, principal_id, context, usage_identifier_key })
    }

    /// Whether a function that failed said `Unauthorized`: then the answer is 401.
    #[must_use]
    pub fn is_unauthorized(error: &[u8]) -> bool {
        let error: Option<Value> = serde_json::from_slice(error).ok();
        error.as_ref().and_then(|error| error.get("errorMessage")).and_then(Value::as_str)
            == Some("Unauthorized")
    }

    /// Whether a method may be called, or its kept answer be replaced: the policy of the answer and that of the API decide
    /// together.
    #[must_use]
    pub fn decide(
        &self,
        action: &str,
        method_arn: &str,
        context: &[(&str, &str)],
        of_api: Option<&AttachedPolicy>,
    ) -> Outcome {
        let asked = Request { principal: Principal::Anonymous, action, resource: method_arn, context };
        let decision: Decision = match of_api {
            None => evaluate(&self.policy, &asked),
            Some(of_api) => evaluate_all(&[&self.policy, &of_api.policy], &asked).0,
        };
        decision.outcome
    }

    /// What is known of the caller; `latency_milliseconds` is how long the function took.
    #[must_use]
    pub fn authorized(&self, latency_milliseconds: u64) -> Authorized {
        let mut members = self.context.clone();
        members.insert("principalId".to_owned(), Value::String(self.principal_id.clone()));
        members.insert("integrationLatency".to_owned(), Value::from(latency_milliseconds));
        Authorized { members, usage_identifier_key: self.usage_identifier_key.clone() }
    }
}

/// What an authorizer says of a caller whom it does not let in.
#[must_use]
pub fn not_authorized(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::ExplicitDeny => "User is not authorized to access this resource with an explicit deny",
        Outcome::Allow | Outcome::ImplicitDeny => "User is not authorized to access this resource",
    }
}
