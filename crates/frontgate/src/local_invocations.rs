//! Lambda's API: the seam between it and Lambda, one invocation as a client asks for it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway::{
    ApiInvocation, ApiInvoked, ApiStream, InvocationFailure, Invocations, InvokePermission, KeyedRequest,
    LambdaApiCall, LambdaApiCaller, borrowed, invoke_complete, payload_chunks, serve_lambda_api,
};
use frontgate_iam::{AttachedPolicy, Outcome, Request, judge, principal};
use frontgate_lambda::{
    FunctionError, InvokeContext, InvokeError, InvokedFunction, QueuedEvent, ResponseStream,
};
use frontgate_message::{Body, BodyError, Chunks, RequestHead, Response};
use frontgate_snapshot::Snapshot;
use serde_json::json;

use crate::local_events::engine_name;
use crate::local_functions::LocalFunctions;
use crate::local_origins::LocalOrigins;
use crate::services;

impl LocalOrigins {
    /// The answer of Lambda's own API.
    pub async fn lambda_api(
        &self,
        snapshot: &Snapshot,
        head: &RequestHead,
        body: Body,
        trace: &mut Trace,
    ) -> Response {
        let now_milliseconds = self.clock.now_milliseconds();
        let region = services::region(head);
        let find = |name: &str, qualifier: Option<&str>| {
            let function = snapshot.function(name).filter(|function| *function.region == *region)?;
            snapshot.callable(&function.name, qualifier)
        };
        let keyed = keyed(head, &region, now_milliseconds);
        let call = LambdaApiCall {
            head,
            region: &region,
            now_milliseconds,
            request_id: &self.identifiers.uuid(),
            trace_id: &self.identifiers.trace_id(now_milliseconds / 1000),
            identities: &snapshot.identities,
            permission: &|caller, arn| permission(snapshot, caller, arn, &keyed),
            find: &find,
        };
        serve_lambda_api(call, body, &self.functions, trace).await
    }
}

impl Invocations for LocalFunctions {
    async fn invoke_from_api(
        &self,
        invocation: ApiInvocation<'_>,
        trace: &mut Trace,
    ) -> Result<ApiInvoked, InvocationFailure> {
        if !invocation.waits {
            return self.queue(invocation, trace);
        }
        let (name, event, context) = self.prepared(invocation, trace)?;
        let invoked = self.engine.invoke(&name, event, context).await;
        let invoked = invoked.map_err(|error| self.failed(&name, error, trace))?;
        invoked.facts.iter().for_each(|fact| trace.note(*fact));
        Ok(ApiInvoked {
            payload: invoked.payload,
            failed: invoked.function_error.is_some(),
            executed_version: invoked.executed_version,
            log_tail: invoked.log_tail,
        })
    }

    async fn stream_from_api(
        &self,
        invocation: ApiInvocation<'_>,
        trace: &mut Trace,
    ) -> Result<ApiStream, InvocationFailure> {
        let (name, event, context) = self.prepared(invocation, trace)?;
        let invoked = self.engine.invoke_with_response_stream(&name, event, context).await;
        let invoked = invoked.map_err(|error| self.failed(&name, error, trace))?;
        invoked.facts.iter().for_each(|fact| trace.note(*fact));
        let messages = Messages { stream: invoked.stream, error: invoked.function_error, is_over: false };
        Ok(ApiStream { executed_version: invoked.executed_version, messages: Body::stream(None, messages) })
    }
}

/// The response of a function as messages.
struct Messages {
    stream: ResponseStream,
    /// The function failed before its response began: the one chunk is the error.
    error: Option<FunctionError>,
    is_over: bool,
}

impl Chunks for Messages {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let chunk = std::task::ready!(self.stream.poll_next(context));
        let message = match (chunk, self.error) {
            (Some(chunk), None) if chunk.is_empty() => return self.poll_chunk(context),
            (Some(chunk), None) => payload_chunks(&chunk),
            (Some(error), Some(kind)) => {
                self.is_over = true;
                invoke_complete(Some((kind.header(), &String::from_utf8_lossy(&error))), None)
            }
            (None, _) => {
                self.is_over = true;
                let end = self.stream.ended();
                let failure = end.and_then(|end| end.failure.as_ref());
                let details = failure.map(|failure| String::from_utf8_lossy(&failure.payload));
                let failure = failure
                    .zip(details.as_deref())
                    .map(|(failure, details)| (failure.error.header(), details));
                invoke_complete(failure, end.and_then(|end| end.log_tail.as_deref()))
            }
        };
        Poll::Ready(Some(Ok(message)))
    }
}

impl LocalFunctions {
    /// What the engine is asked, unless the invocation goes round in circles.
    fn prepared(
        &self,
        invocation: ApiInvocation<'_>,
        trace: &mut Trace,
    ) -> Result<(String, Bytes, InvokeContext), InvocationFailure> {
        let entered = frontgate_lambda::enter(invocation.trace_id, invocation.function_arn);
        let trace_id = match entered {
            Ok(trace_id) => trace_id,
            Err(_) if self.events.allows_recursion(invocation.function_name) => {
                invocation.trace_id.to_owned()
            }
            Err(_) => {
                let times = frontgate_lambda::RECURSIVE_INVOCATIONS_MAX;
                trace.note(Fact::of(FactKind::RecursiveInvocation).value(times));
                return Err(InvocationFailure::Recursive);
            }
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
        Ok((name, invocation.event, context))
    }

    fn failed(&self, name: &str, error: InvokeError, trace: &mut Trace) -> InvocationFailure {
        match error {
            InvokeError::NotFound { .. } => InvocationFailure::NotFound,
            InvokeError::Throttled { fact, reason } => {
                trace.note(fact);
                InvocationFailure::Throttled(reason)
            }
            InvokeError::Spawn(_) | InvokeError::ShuttingDown | InvokeError::TooLarge { .. } => {
                let text = format!("{name} could not run: {error}");
                self.console.fault(text.clone(), json!({"incident": text}));
                InvocationFailure::Unavailable
            }
        }
    }

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

/// The request as policies see it.
pub fn keyed<'a>(head: &'a RequestHead, region: &'a str, now_milliseconds: u64) -> KeyedRequest<'a> {
    KeyedRequest {
        headers: &head.headers,
        source_ip: head.connection.peer.ip(),
        secure: head.connection.tls.is_some(),
        region,
        now_milliseconds,
    }
}

/// Whether a caller may invoke the function, or the version or alias of it: by a policy of its own, or by a permission of
/// the function.
fn permission(
    snapshot: &Snapshot,
    caller: &LambdaApiCaller<'_>,
    function_arn: &str,
    keyed: &KeyedRequest<'_>,
) -> InvokePermission {
    let identity = caller.identity;
    let keys = keyed.keys();
    let context = [identity.caller_keys(&caller.id), borrowed(&keys)].concat();
    let request = Request {
        principal: principal(identity, &caller.arn),
        action: "lambda:InvokeFunction",
        resource: function_arn,
        context: &context,
    };
    let own = judge(identity, None, &request);
    let function = snapshot.function(function_arn);
    let denial = function.and_then(|function| function.denial(&request));
    if let Some(place) = denial.filter(|_| own.outcome != Outcome::ExplicitDeny) {
        return InvokePermission::Denied(place);
    }
    match own.outcome {
        Outcome::Allow => return InvokePermission::Allowed(own.place),
        Outcome::ExplicitDeny => return InvokePermission::Denied(own.place),
        Outcome::ImplicitDeny => {}
    }
    let statements = function.into_iter().flat_map(|function| &function.permissions);
    let mut judged = statements.map(|statement| {
        let attached = AttachedPolicy {
            name: "permission".into(),
            policy: statement.policy.clone(),
            place: statement.place,
        };
        judge(identity, Some(&attached), &request)
    });
    let allowed = judged.find(|judgement| judgement.outcome == Outcome::Allow);
    // A boundary that does not allow it is as good a place as the identity.
    allowed.map_or(InvokePermission::NotAllowed(own.place), |judgement| {
        InvokePermission::Allowed(judgement.place)
    })
}

/// What Lambda says where its own queue takes no more.
const QUEUE_FULL: &str = "CallerRateLimitExceeded";
