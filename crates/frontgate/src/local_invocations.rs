//! The seam between Lambda's API and Lambda: one invocation as a client asks for it.

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway::{
    ApiInvocation, ApiInvoked, InvocationFailure, Invocations, InvokePermission, LambdaApiCaller,
};
use frontgate_iam::{AttachedPolicy, Outcome, Request, judge, principal};
use frontgate_lambda::{InvokeContext, InvokeError, InvokedFunction, QueuedEvent};
use frontgate_snapshot::Snapshot;
use serde_json::json;

use crate::local_events::engine_name;
use crate::local_functions::LocalFunctions;

impl Invocations for LocalFunctions {
    async fn invoke_from_api(
        &self,
        invocation: ApiInvocation<'_>,
        trace: &mut Trace,
    ) -> Result<ApiInvoked, InvocationFailure> {
        if !invocation.waits {
            return self.queue(invocation, trace);
        }
        let Ok(trace_id) = frontgate_lambda::enter(invocation.trace_id, invocation.function_arn) else {
            trace.note(
                Fact::of(FactKind::RecursiveInvocation).value(frontgate_lambda::RECURSIVE_INVOCATIONS_MAX),
            );
            return Err(InvocationFailure::Recursive);
        };
        let context = InvokeContext {
            request_id: invocation.request_id.to_owned(),
            trace_id: Some(trace_id),
            invoked_arn: Some(invocation.function_arn.to_owned()),
            draw: self.identifiers.chance(),
            client_context: invocation.client_context,
            log_tail: invocation.log_tail,
            ..InvokeContext::default()
        };
        let name = engine_name(invocation.function_name, invocation.qualifier);
        match self.engine.invoke(&name, invocation.event, context).await {
            Ok(invoked) => {
                invoked.facts.iter().for_each(|fact| trace.note(*fact));
                Ok(ApiInvoked {
                    payload: invoked.payload,
                    failed: invoked.function_error.is_some(),
                    executed_version: invoked.executed_version,
                    log_tail: invoked.log_tail,
                })
            }
            Err(InvokeError::NotFound { .. }) => Err(InvocationFailure::NotFound),
            Err(InvokeError::Throttled { fact, reason }) => {
                trace.note(fact);
                Err(InvocationFailure::Throttled(reason))
            }
            Err(
                error @ (InvokeError::Spawn(_) | InvokeError::ShuttingDown | InvokeError::TooLarge { .. }),
            ) => {
                let text = format!("{name} could not run: {error}");
                self.console.fault(text.clone(), json!({"incident": text}));
                Err(InvocationFailure::Unavailable)
            }
        }
    }
}

impl LocalFunctions {
    fn queue(
        &self,
        invocation: ApiInvocation<'_>,
        trace: &mut Trace,
    ) -> Result<ApiInvoked, InvocationFailure> {
        let ApiInvocation {
            function_name, function_arn, event, client_context, request_id, trace_id, ..
        } = invocation;
        let event = QueuedEvent {
            function: InvokedFunction { name: function_name.into(), arn: function_arn.into() },
            request_id: request_id.to_owned(),
            trace_id: trace_id.to_owned(),
            client_context,
            payload: event,
        };
        match self.events.accept(event, trace) {
            Ok(()) => Ok(ApiInvoked::default()),
            Err(_) => Err(InvocationFailure::Throttled(QUEUE_FULL)),
        }
    }
}

/// Whether a caller may invoke the function, or the version or alias of it: by a policy of its own, or by a permission of
/// the function.
pub fn permission(snapshot: &Snapshot, caller: &LambdaApiCaller<'_>, function_arn: &str) -> InvokePermission {
    let identity = caller.identity;
    let account = identity.arn.split(':').nth(4).unwrap_or_default();
    let region = function_arn.split(':').nth(3).unwrap_or_default();
    let context = [
        ("aws:PrincipalAccount", account),
        ("aws:PrincipalArn", &*identity.arn),
        ("aws:RequestedRegion", region),
    ];
    let request = Request {
        principal: principal(identity, &caller.arn),
        action: "lambda:InvokeFunction",
        resource: function_arn,
        context: &context,
    };
    let own = judge(identity, None, &request);
    match own.outcome {
        Outcome::Allow => return InvokePermission::Allowed(own.place),
        Outcome::ExplicitDeny => return InvokePermission::Denied(own.place),
        Outcome::ImplicitDeny => {}
    }
    let statements = snapshot.function(function_arn).into_iter().flat_map(|function| &function.permissions);
    let mut judged = statements.map(|statement| {
        let attached = AttachedPolicy {
            name: "permission".into(),
            policy: statement.policy.clone(),
            place: statement.place,
        };
        judge(identity, Some(&attached), &request)
    });
    let allowed = judged.find(|judgement| judgement.outcome == Outcome::Allow);
    allowed.map_or(InvokePermission::NotAllowed(identity.place), |judgement| {
        InvokePermission::Allowed(judgement.place)
    })
}

/// What Lambda says where its own queue takes no more.
const QUEUE_FULL: &str = "CallerRateLimitExceeded";
