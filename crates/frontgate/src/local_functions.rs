//! The seam between API Gateway and Lambda: an invocation is a message to the engine and its answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway::{FunctionCall, FunctionOutcome, Functions, InvocationType, StreamOutcome};
use frontgate_lambda::{
    ASYNCHRONOUS_EVENT_BYTES_MAX, Engine, InvokeContext, InvokeError, InvokedFunction, QueuedEvent,
    ResponseStream,
};
use frontgate_message::{Body, BodyError, Chunks};
use serde_json::json;

use crate::console::Console;
use crate::identifiers::Identifiers;
use crate::local_events::{LocalEvents, engine_name, qualifier};

/// Invokes functions for one worker.
pub struct LocalFunctions {
    /// The engine of all workers.
    pub engine: Arc<Engine>,
    /// The queue of events that nobody waits for.
    pub events: LocalEvents,
    /// Ids of invocations.
    pub identifiers: Identifiers,
    /// Who is told why a function could not run.
    pub console: Console,
}

impl Functions for LocalFunctions {
    async fn invoke(&self, call: FunctionCall<'_>, trace: &mut Trace) -> FunctionOutcome {
        if call.invocation_type == InvocationType::Event {
            return self.invoke_event(&call, trace);
        }
        let context = self.context(&call);
        match self.engine.invoke(&called(&call), call.event, context).await {
            Ok(invocation) => {
                invocation.facts.iter().for_each(|fact| trace.note(*fact));
                match invocation.function_error {
                    Some(_) => FunctionOutcome::FunctionError(invocation.payload),
                    None => FunctionOutcome::Payload(invocation.payload),
                }
            }
            Err(error) => self.not_invoked(call.function_name, error, trace),
        }
    }

    async fn invoke_with_response_stream(&self, call: FunctionCall<'_>, trace: &mut Trace) -> StreamOutcome {
        let context = self.context(&call);
        let name = called(&call);
        let mut streamed = match self.engine.invoke_with_response_stream(&name, call.event, context).await {
            Ok(streamed) => streamed,
            Err(error) => return StreamOutcome::None(self.not_invoked(call.function_name, error, trace)),
        };
        streamed.facts.iter().for_each(|fact| trace.note(*fact));
        let streams = streamed.facts.iter().any(|fact| fact.kind == FactKind::FunctionStreams);
        if streams && streamed.function_error.is_none() {
            let (stream, console) = (streamed.stream, self.console.clone());
            let body = Body::stream(None, FunctionChunks { stream, name, console, has_begun: false });
            return StreamOutcome::Stream { content_type: streamed.content_type, body };
        }
        // It was whole at once.
        let payload = streamed.stream.next().await.unwrap_or_default();
        if streamed.function_error.is_some() {
            return StreamOutcome::None(FunctionOutcome::FunctionError(payload));
        }
        StreamOutcome::Stream { content_type: streamed.content_type, body: payload.into() }
    }
}

/// The response of a function as a body.
struct FunctionChunks {
    stream: ResponseStream,
    name: String,
    console: Console,
    has_begun: bool,
}

impl Chunks for FunctionChunks {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        if let Some(chunk) = std::task::ready!(self.stream.poll_next(context)) {
            self.has_begun = true;
            return Poll::Ready(Some(Ok(chunk)));
        }
        let Some(failure) = self.stream.ended().and_then(|end| end.failure.as_ref()) else {
            return Poll::Ready(None);
        };
        let said = String::from_utf8_lossy(&failure.payload);
        let text = format!("{} broke off the response that it streamed: {said}", self.name);
        if self.has_begun {
            // Of one that fails before, the answer says it.
            self.console.fault(text.clone(), json!({"incident": text}));
        }
        Poll::Ready(Some(Err(BodyError::Failed(text))))
    }
}

impl LocalFunctions {
    fn context(&self, call: &FunctionCall<'_>) -> InvokeContext {
        InvokeContext {
            request_id: self.identifiers.uuid(),
            trace_id: Some(call.trace_id.to_owned()),
            invoked_arn: Some(call.function_arn.to_owned()),
            deadline: Some(Instant::now() + Duration::from_millis(u64::from(call.timeout_milliseconds))),
            draw: self.identifiers.chance(),
            ..InvokeContext::default()
        }
    }

    fn not_invoked(&self, function_name: &str, error: InvokeError, trace: &mut Trace) -> FunctionOutcome {
        match error {
            InvokeError::NotFound { .. } => {
                trace.note(Fact::of(FactKind::FunctionNotFound));
                FunctionOutcome::NotFound
            }
            InvokeError::Throttled { fact, .. } => {
                trace.note(fact);
                FunctionOutcome::Throttled
            }
            InvokeError::Spawn(_) | InvokeError::ShuttingDown | InvokeError::TooLarge { .. } => {
                let text = format!("{function_name} could not run: {error}");
                self.console.fault(text.clone(), json!({"incident": text}));
                FunctionOutcome::Unavailable(error.to_string())
            }
        }
    }

    /// Puts an event that nobody waits for into the queue.
    fn invoke_event(&self, call: &FunctionCall<'_>, trace: &mut Trace) -> FunctionOutcome {
        if !self.events.knows(call.function_name, call.function_arn) {
            trace.note(Fact::of(FactKind::FunctionNotFound));
            return FunctionOutcome::NotFound;
        }
        if call.event.len() > ASYNCHRONOUS_EVENT_BYTES_MAX {
            let text = format!(
                "{} gets no event: Request must be smaller than {ASYNCHRONOUS_EVENT_BYTES_MAX} bytes for the \
                 InvokeFunction operation",
                call.function_name
            );
            self.console.fault(text.clone(), json!({"incident": text}));
            return FunctionOutcome::Unavailable(text);
        }
        let event = QueuedEvent {
            function: InvokedFunction { name: call.function_name.into(), arn: call.function_arn.into() },
            request_id: self.identifiers.uuid(),
            trace_id: call.trace_id.to_owned(),
            client_context: None,
            payload: call.event.clone(),
        };
        match self.events.accept(event, trace) {
            Ok(()) => FunctionOutcome::Payload(Bytes::new()),
            Err(full) => {
                let text = format!("{} gets no event: {full}", call.function_name);
                self.console.fault(text.clone(), json!({"incident": text}));
                FunctionOutcome::Throttled
            }
        }
    }
}

/// What the engine knows the function by that is called.
fn called(call: &FunctionCall<'_>) -> String {
    engine_name(call.function_name, qualifier(call.function_arn))
}
