//! Asks the function of an authorizer, or takes what it said before, and lets its policy decide.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorization::{INVOKE, method_arn};
use frontgate_gateway_rules::authorizer::{
    Authorized, Authorizer, AuthorizerAnswer, AuthorizerInput, LambdaAuthorizer, METHOD_ARN_LENGTH_MAX,
    not_authorized,
};
use frontgate_gateway_rules::config::INTEGRATION_TIMEOUT_MILLISECONDS;
use frontgate_gateway_rules::event::{authorizer_event, token_event};
use frontgate_gateway_rules::execution_log::function_endpoint;
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, InvocationType, RequestContext};
use frontgate_iam::Outcome;

use super::policy::{context, not_denied};
use super::{identity, unauthorized};
use crate::acting::Acting;
use crate::answer::{Refusal, refuse};
use crate::authorizer_answers::Key;
use crate::execution_log::Observed;
use crate::request_keys::borrowed;
use crate::{Call, FunctionCall, FunctionOutcome, Functions, Permission};

/// A request that a function is asked about.
pub struct Asked<'a> {
    /// The call.
    pub call: &'a Call<'a>,
    /// The request.
    pub request: &'a RequestContext<'a>,
    /// The authorizer.
    pub authorizer: &'a Authorizer,
    /// Its function.
    pub function: &'a LambdaAuthorizer,
    /// What the execution log wants to know.
    pub observed: &'a Observed,
}

impl Asked<'_> {
    /// Lets the caller in whom the policy of the answer allows the method; gives that answer, too.
    pub async fn authorize(
        &self,
        functions: &impl Functions,
        trace: &mut Trace,
    ) -> Result<(Authorized, Arc<AuthorizerAnswer>), Refusal> {
        let arn = method_arn(self.request);
        if arn.len() > METHOD_ARN_LENGTH_MAX {
            let length = u32::try_from(arn.len()).unwrap_or(u32::MAX);
            trace.note(Fact::of(FactKind::MethodArnTooLong).value(length));
            let error = GatewayError::of(GatewayResponseType::Default4xx);
            return Err(self.refuse(&error.status(414).message("Request URI too long")));
        }
        not_denied(self.call, self.request, trace)?;
        let identity = identity(self.authorizer, self.request, trace)?;
        let key = Key::of(self.authorizer, self.request, identity);
        let started = tokio::time::Instant::now();
        let answer =
            match self.call.authorizer_answers.find(&key, self.authorizer, self.call.now_milliseconds) {
                Some((answer, age_seconds)) => {
                    trace.note(self.fact(FactKind::AuthorizerKept).value(age_seconds));
                    answer
                }
                None => {
                    let answer = Arc::new(self.ask(&arn, &key, functions, trace).await?);
                    self.call.authorizer_answers.keep(
                        key,
                        self.authorizer,
                        self.function.lifetime_seconds,
                        &answer,
                        self.call.now_milliseconds,
                    );
                    answer
                }
            };
        let authorized = answer.authorized(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        self.decide(&answer, &authorized, &arn, trace)?;
        Ok((authorized, answer))
    }

    /// The policy of the answer and that of the API decide together. A gateway response may repeat what the function said
    /// of the caller.
    fn decide(
        &self,
        answer: &AuthorizerAnswer,
        authorized: &Authorized,
        arn: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let keys = context(self.call, self.request, None);
        let outcome =
            answer.decide(INVOKE, arn, &borrowed(&keys), self.request.release.deployment.policy.as_ref());
        let kind = match outcome {
            Outcome::Allow => FactKind::AuthorizerAllows,
            Outcome::ExplicitDeny => FactKind::AuthorizerDenies,
            Outcome::ImplicitDeny => FactKind::AuthorizerDoesNotAllow,
        };
        trace.note(self.fact(kind));
        if outcome == Outcome::Allow {
            return Ok(());
        }
        let error = GatewayError::of(GatewayResponseType::AccessDenied).message(not_authorized(outcome));
        let request = RequestContext { authorizer: Some(authorized), ..*self.request };
        Err(refuse(&error.with_capital_key(), Some((&request, &[]))))
    }

    async fn ask(
        &self,
        arn: &str,
        key: &Key,
        functions: &impl Functions,
        trace: &mut Trace,
    ) -> Result<AuthorizerAnswer, Refusal> {
        trace.note(self.fact(FactKind::AuthorizerAsked));
        let Some((function_arn, function_name)) = self.function.function.in_release(self.request.release)
        else {
            return Err(self.misconfigured(FactKind::StageNamesNoFunction, trace));
        };
        self.check_permission(&function_arn, trace)?;
        let event = match &self.function.input {
            AuthorizerInput::Token(_) => token_event(key.token(), arn),
            AuthorizerInput::Request(_) => authorizer_event(self.request, arn),
        };
        let timeout_milliseconds = INTEGRATION_TIMEOUT_MILLISECONDS;
        let invocation = FunctionCall {
            function_name: &function_name,
            function_arn: &function_arn,
            event: Bytes::from(event),
            invocation_type: InvocationType::RequestResponse,
            request_id: self.call.request_id,
            trace_id: self.request.trace_id,
            timeout_milliseconds,
        };
        self.observed.sent_to_authorizer(|| {
            let source_arn = self.authorizer.source_arn(self.request);
            function_endpoint(self.request, &source_arn, &function_arn, invocation.event.clone())
        });
        let invoked = functions.invoke(invocation, trace);
        let within = Duration::from_millis(timeout_milliseconds.into());
        let Ok(outcome) = tokio::time::timeout(within, invoked).await else {
            trace.note(self.fact(FactKind::AuthorizerTimedOut).value(timeout_milliseconds));
            return Err(self.refuse(&GatewayError::of(GatewayResponseType::AuthorizerFailure)));
        };
        match outcome {
            FunctionOutcome::Payload(payload) => {
                self.observed.authorizer_answered(&payload);
                AuthorizerAnswer::read(&payload)
                    .map_err(|_| self.misconfigured(FactKind::AuthorizerAnswerInvalid, trace))
            }
            FunctionOutcome::FunctionError(error) if AuthorizerAnswer::is_unauthorized(&error) => {
                trace.note(self.fact(FactKind::AuthorizerUnauthorized));
                Err(unauthorized(self.request))
            }
            FunctionOutcome::FunctionError(_)
            | FunctionOutcome::NotFound
            | FunctionOutcome::Throttled
            | FunctionOutcome::Unavailable(_) => Err(self.misconfigured(FactKind::AuthorizerFailed, trace)),
        }
    }

    /// Whether the function may be called: by the role of the authorizer, else by a permission of the function.
    fn check_permission(&self, function_arn: &str, trace: &mut Trace) -> Result<(), Refusal> {
        let allowed = match &self.function.credentials {
            // One fact tells every reason why an authorizer's function may not be called.
            Some(role) => Acting::as_role(self.call.identities, role, self.authorizer.place)
                .and_then(|role| role.may_invoke(function_arn, self.call.denial))
                .ok()
                .map(|fact| fact.place),
            None => {
                let source_arn = self.authorizer.source_arn(self.request);
                match (self.call.permission)(function_arn, &source_arn) {
                    Permission::Allowed(place) => Some(place),
                    Permission::Missing(_) => None,
                }
            }
        };
        match allowed {
            Some(place) => {
                trace.note(Fact::of(FactKind::LambdaPermissionFound).at(place));
                Ok(())
            }
            None => Err(self.misconfigured(FactKind::AuthorizerPermissionMissing, trace)),
        }
    }

    fn fact(&self, kind: FactKind) -> Fact {
        Fact::of(kind).at(self.authorizer.place)
    }

    /// `{"message":null}` with status 500.
    fn misconfigured(&self, kind: FactKind, trace: &mut Trace) -> Refusal {
        trace.note(self.fact(kind));
        self.refuse(&GatewayError::of(GatewayResponseType::AuthorizerConfigurationError))
    }

    fn refuse(&self, error: &GatewayError<'_>) -> Refusal {
        refuse(error, Some((self.request, &[])))
    }
}

#[cfg(test)]
mod tests;
