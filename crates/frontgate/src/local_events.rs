//! Events that nobody waits for: how Lambda's queue runs them, and how they come into it.

use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use frontgate_aws::without_qualifier;
use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_lambda::{
    Attempted, Engine, EventFunctions, EventQueue, EventSettings, InvokeContext, InvokeError,
    InvokedFunction, QueueFull, QueuedEvent,
};
use frontgate_snapshot::{EventInvokeConfig, Publisher, Snapshot};

use crate::clock::Clock;

/// The way of events into the queue; shared by all workers.
#[derive(Clone)]
pub struct LocalEvents {
    queue: Arc<EventQueue>,
    publisher: Publisher,
}

impl LocalEvents {
    /// Starts the queue.
    ///
    /// # Errors
    /// Its thread cannot be made.
    pub fn start(engine: Arc<Engine>, publisher: Publisher, clock: Clock) -> std::io::Result<Self> {
        let functions = Runner {
            engine,
            publisher: publisher.clone(),
            chances: RandomState::new(),
            drawn: AtomicU64::default(),
        };
        let queue = Arc::new(EventQueue::start(Arc::new(functions), Arc::new(clock))?);
        Ok(Self { queue, publisher })
    }

    /// Takes an event; what becomes of it stands in the log of its function.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn accept(&self, event: QueuedEvent, trace: &mut Trace) -> Result<(), QueueFull> {
        let snapshot = self.publisher.current();
        let place = snapshot.callable(&event.function.name, qualifier(&event.function.arn));
        self.queue.accept(event).inspect_err(|full| {
            let events = u32::try_from(full.waiting).unwrap_or(u32::MAX);
            trace.note(Fact::of(FactKind::EventNotAccepted).value(events));
        })?;
        trace.note(Fact::of(FactKind::EventAccepted).at(place.unwrap_or(PlaceId::NONE)));
        Ok(())
    }

    /// Whether a chain of requests may come to the function as often as it likes.
    pub fn allows_recursion(&self, name: &str) -> bool {
        allows_recursion(&self.publisher.current(), name)
    }

    /// Whether there is such a function, version or alias; its ARN says which.
    pub fn knows(&self, name: &str, arn: &str) -> bool {
        self.publisher.current().callable(name, qualifier(arn)).is_some()
    }

    /// Ends the queue; how many events are left.
    pub fn close(&self) -> usize {
        self.queue.close()
    }
}

/// Runs the events of the queue.
struct Runner {
    engine: Arc<Engine>,
    publisher: Publisher,
    chances: RandomState,
    drawn: AtomicU64,
}

impl Runner {
    /// A random number, which chooses among the versions of an alias.
    fn chance(&self) -> u32 {
        let drawn = self.chances.hash_one(self.drawn.fetch_add(1, Ordering::Relaxed));
        u32::try_from(drawn >> 32).unwrap_or(u32::MAX)
    }

    async fn run(&self, event: &QueuedEvent) -> Attempted {
        let context = InvokeContext {
            request_id: event.request_id.clone(),
            trace_id: Some(event.trace_id.clone()),
            invoked_arn: Some(event.function.arn.to_string()),
            draw: self.chance(),
            client_context: event.client_context.clone(),
            ..InvokeContext::default()
        };
        let name = engine_name(&event.function.name, qualifier(&event.function.arn));
        match self.engine.invoke(&name, event.payload.clone(), context).await {
            Ok(invocation) => Attempted::Ran {
                payload: invocation.payload,
                executed_version: invocation.executed_version,
                failed: invocation.function_error.is_some(),
            },
            Err(InvokeError::NotFound { .. }) => Attempted::Gone,
            Err(InvokeError::Throttled { .. }) => {
                let snapshot = self.publisher.current();
                let function = snapshot.function(&event.function.name);
                let reserved = function.and_then(|function| function.reserved_concurrency);
                Attempted::Throttled { reserved_is_zero: reserved == Some(0) }
            }
            Err(
                error @ (InvokeError::Spawn(_) | InvokeError::ShuttingDown | InvokeError::TooLarge { .. }),
            ) => Attempted::Interrupted(error.to_string()),
        }
    }
}

impl EventFunctions for Runner {
    fn settings(&self, function: &InvokedFunction) -> EventSettings {
        let snapshot = self.publisher.current();
        let mut configs = snapshot.event_invoke_configs.iter();
        let found = configs.find(|config| config.is_for(&function.name, qualifier(&function.arn)));
        let settings = found.map_or_else(EventSettings::default, |config| settings(config, &snapshot));
        EventSettings { allows_recursion: allows_recursion(&snapshot, &function.name), ..settings }
    }

    fn attempt<'a>(&'a self, event: &'a QueuedEvent) -> Pin<Box<dyn Future<Output = Attempted> + Send + 'a>> {
        Box::pin(self.run(event))
    }

    fn say(&self, event: &QueuedEvent, text: String) {
        let text = format!("RequestId: {} frontgate: {text}", event.request_id);
        self.engine.say(&event.function.name, &event.request_id, text);
    }
}

/// `RecursiveLoop` of a function.
fn allows_recursion(snapshot: &Snapshot, function: &str) -> bool {
    snapshot.function(function).is_some_and(|function| function.allows_recursion)
}

fn settings(config: &EventInvokeConfig, snapshot: &Snapshot) -> EventSettings {
    let function = |arn: &Option<Box<str>>| {
        let arn = arn.as_deref()?;
        let name = snapshot.function(arn)?.name.as_ref().into();
        Some(InvokedFunction { name, arn: arn.into() })
    };
    let default = EventSettings::default();
    EventSettings {
        retry_attempts_max: config.retry_attempts_max.unwrap_or(default.retry_attempts_max),
        event_age_seconds_max: config.event_age_seconds_max.unwrap_or(default.event_age_seconds_max),
        on_success: function(&config.on_success),
        on_failure: function(&config.on_failure),
        ..default
    }
}

/// The qualifier of an ARN: `arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER`.
pub fn qualifier(arn: &str) -> Option<&str> {
    without_qualifier(arn).1
}

/// What the engine knows a function, or a version or alias of it, by.
pub fn engine_name(name: &str, qualifier: Option<&str>) -> String {
    match qualifier {
        Some(qualifier) => format!("{name}:{qualifier}"),
        None => name.to_owned(),
    }
}
