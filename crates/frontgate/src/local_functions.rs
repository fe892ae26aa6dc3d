//! The seam between API Gateway and Lambda: an invocation is a message to the engine and its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use frontgate_explain::Trace;
use frontgate_gateway::{FunctionCall, FunctionOutcome, Functions, InvocationType};
use frontgate_lambda::{Engine, InvokeContext, InvokeError};
use serde_json::json;

use crate::console::Console;
use crate::identifiers::Identifiers;

/// Invokes functions for one worker.
pub struct LocalFunctions {
    /// The engine of all workers.
    pub engine: Arc<Engine>,
    /// Ids of invocations.
    pub identifiers: Identifiers,
    /// Who is told why a function could not run.
    pub console: Console,
}

impl Functions for LocalFunctions {
    async fn invoke(&self, call: FunctionCall<'_>, trace: &mut Trace) -> FunctionOutcome {
        if call.invocation_type == InvocationType::Event {
            return self.invoke_event(&call);
        }
        let context = InvokeContext {
            request_id: self.identifiers.uuid(),
            trace_id: Some(call.trace_id.to_owned()),
            invoked_arn: Some(call.function_arn.to_owned()),
            deadline: Some(Instant::now() + Duration::from_millis(u64::from(call.timeout_milliseconds))),
            ..InvokeContext::default()
        };
        match self.engine.invoke(call.function_name, call.event, context).await {
            Ok(invocation) => {
                invocation.facts.iter().for_each(|fact| trace.note(*fact));
                match invocation.function_error {
                    Some(_) => FunctionOutcome::FunctionError(invocation.payload),
                    None => FunctionOutcome::Payload(invocation.payload),
                }
            }
            Err(InvokeError::NotFound { .. }) => FunctionOutcome::NotFound,
            Err(InvokeError::Throttled { fact, .. }) => {
                trace.note(fact);
                FunctionOutcome::Throttled
            }
            Err(
                error @ (InvokeError::Spawn(_) | InvokeError::ShuttingDown | InvokeError::TooLarge { .. }),
            ) => {
                let text = format!("{} could not run: {error}", call.function_name);
                self.console.fault(text.clone(), json!({"incident": text}));
                FunctionOutcome::Unavailable(error.to_string())
            }
        }
    }
}

impl LocalFunctions {
    /// Starts an invocation that nobody waits for.
    fn invoke_event(&self, call: &FunctionCall<'_>) -> FunctionOutcome {
        let context = InvokeContext {
            request_id: self.identifiers.uuid(),
            trace_id: Some(call.trace_id.to_owned()),
            invoked_arn: Some(call.function_arn.to_owned()),
            ..InvokeContext::default()
        };
        let (engine, console) = (self.engine.clone(), self.console.clone());
        let (name, event) = (call.function_name.to_owned(), call.event.clone());
        tokio::spawn(async move {
            // What the function says of itself, an error too, stands in its log.
            if let Err(error) = engine.invoke(&name, event, context).await {
                let text = format!("{name} could not run for an event: {error}");
                console.fault(text.clone(), json!({"incident": text}));
            }
        });
        FunctionOutcome::Payload(Bytes::new())
    }
}
