//! The seam between the edge and Lambda for functions of Lambda@Edge. What functions log goes to the console, and so does
//! CloudFront's own log about them.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use frontgate_edge::{LambdaAtEdge, LambdaFailure, LambdaOutcome};
use frontgate_edge_rules::LambdaFunction;
use frontgate_explain::Trace;
use frontgate_lambda::{Engine, InvokeContext, InvokeError};
use serde_json::json;

use crate::clock::Clock;
use crate::console::Console;
use crate::identifiers::Identifiers;

/// Calls functions for one worker.
pub struct LocalLambda {
    /// The engine of all workers.
    pub engine: Arc<Engine>,
    /// Ids of invocations.
    pub identifiers: Identifiers,
    /// The time.
    pub clock: Clock,
    /// Who is told what functions and CloudFront say.
    pub console: Console,
}

impl LocalLambda {
    async fn call(
        &self,
        function: &LambdaFunction,
        event: Bytes,
        trace: &mut Trace,
    ) -> Result<Bytes, LambdaFailure> {
        let now_seconds = self.clock.now_milliseconds() / 1000;
        let context = InvokeContext {
            request_id: self.identifiers.uuid(),
            trace_id: Some(self.identifiers.trace_id(now_seconds)),
            deadline: Some(Instant::now() + WAIT_FOR_ENVIRONMENT_MAX),
            ..InvokeContext::default()
        };
        // Associations name versions.
        let number = function.arn.rsplit(':').next().unwrap_or_default();
        match self.engine.invoke(&format!("{}:{number}", function.name), event, context).await {
            Ok(invocation) => {
                invocation.facts.iter().for_each(|fact| trace.note(*fact));
                match invocation.function_error {
                    Some(_) => Err(LambdaFailure::Execution),
                    None => Ok(invocation.payload),
                }
            }
            Err(InvokeError::Throttled { fact, .. }) => {
                trace.note(fact);
                Err(LambdaFailure::Throttled)
            }
            Err(
                error @ (InvokeError::NotFound { .. }
                | InvokeError::Spawn(_)
                | InvokeError::ShuttingDown
                | InvokeError::TooLarge { .. }),
            ) => {
                let text = format!("{} could not run: {error}", function.name);
                self.console.fault(text.clone(), json!({"incident": text}));
                Err(LambdaFailure::Execution)
            }
        }
    }
}

impl LambdaAtEdge for LocalLambda {
    fn invoke<'a>(
        &'a self,
        function: &'a LambdaFunction,
        event: Bytes,
        trace: &'a mut Trace,
    ) -> Pin<Box<dyn Future<Output = LambdaOutcome> + 'a>> {
        Box::pin(async move {
            let started = Instant::now();
            let result = self.call(function, event, trace).await;
            let milliseconds = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
            LambdaOutcome { result, milliseconds }
        })
    }

    fn log(&self, distribution_id: &str, line: &str) {
        self.console.function_log(&format!("LambdaEdge/{distribution_id}"), line);
    }
}

/// How long a call waits for an execution environment: as long as a function may run.
const WAIT_FOR_ENVIRONMENT_MAX: Duration = Duration::from_secs(30);
