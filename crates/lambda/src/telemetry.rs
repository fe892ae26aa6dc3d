//! The Telemetry API: what the platform, the function and the extensions say, sent to extensions that subscribe.
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::limits::TELEMETRY_BACKLOG_EVENTS_MAX;
use crate::report::timestamp;

mod delivery;
mod events;
mod subscription;

use delivery::Delivery;
pub(crate) use events::{InitPhase, Invoked};
pub(crate) use subscription::Subscription;

/// Who says an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaker {
    Extension,
    Function,
    Platform,
}

/// The subscribers of one execution environment. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Telemetry(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Whether anybody wants to know, or may still come to.
    is_heard: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    subscribers: Vec<Delivery>,
    /// What was said in the init phase, for those that subscribe in it.
    backlog: Option<Vec<(Speaker, Value)>>,
}

impl Telemetry {
    /// Without subscribers; where there are external extensions they learn what was said before they subscribed.
    pub(crate) fn new(has_extensions: bool) -> Self {
        let state = State { subscribers: Vec::new(), backlog: has_extensions.then(Vec::new) };
        Self(Arc::new(Shared { is_heard: AtomicBool::new(has_extensions), state: Mutex::new(state) }))
    }

    /// A line of a log.
    pub(crate) fn line(&self, speaker: Speaker, text: &str) {
        if self.is_heard() {
            self.event(speaker, speaker.name(), &json!(text));
        }
    }

    /// An event of the platform; `record` is asked for where somebody hears it.
    pub(crate) fn platform(&self, name: &str, record: impl FnOnce() -> Value) {
        if self.is_heard() {
            self.event(Speaker::Platform, &format!("platform.{name}"), &record());
        }
    }

    fn is_heard(&self) -> bool {
        self.0.is_heard.load(Ordering::Relaxed)
    }

    fn event(&self, speaker: Speaker, kind: &str, record: &Value) {
        let event = json!({ "time": timestamp(SystemTime::now()), "type": kind, "record": record });
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        for subscriber in state.subscribers.iter_mut().filter(|one| one.wants(speaker)) {
            subscriber.add(&event);
        }
        if let Some(backlog) = state.backlog.as_mut().filter(|all| all.len() < TELEMETRY_BACKLOG_EVENTS_MAX) {
            backlog.push((speaker, event));
        }
    }

    /// Begins to send events to a subscriber, those of the init phase first. A later subscription of an extension takes the place of
    /// its earlier one (inferred).
    pub(crate) fn subscribe(&self, extension_id: &str, subscription: Subscription) {
        let mut delivery = Delivery::start(extension_id, subscription);
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (speaker, event) in state.backlog.iter().flatten() {
            if delivery.wants(*speaker) {
                delivery.add(event);
            }
        }
        state.subscribers.retain(|earlier| !earlier.is_of(extension_id));
        state.subscribers.push(delivery);
        self.0.is_heard.store(true, Ordering::Relaxed);
    }

    /// The init phase is over: nobody subscribes any more.
    pub(crate) fn close(&self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.backlog = None;
        self.0.is_heard.store(!state.subscribers.is_empty(), Ordering::Relaxed);
    }

    /// Sends at once what waits for more.
    pub(crate) fn flush(&self) {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.subscribers.iter().for_each(Delivery::flush);
    }
}

impl Speaker {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::Function => "function",
            Self::Platform => "platform",
        }
    }
}
