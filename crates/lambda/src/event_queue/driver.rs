//! The life of the queue: events come in, run, wait for their next attempt, and leave.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::{self, JoinError, JoinSet};

use super::record::{Response, record};
use super::retry::{Condition, Next, Progress, is_too_old, next};
use super::{Attempted, Clock, EventFunctions, EventSettings, InvokedFunction, QueuedEvent, Room, lineage};
use crate::ids;
use crate::limits::ASYNCHRONOUS_EVENT_BYTES_MAX;

/// What the thread of the queue works with.
pub(super) struct Driver {
    functions: Arc<dyn EventFunctions>,
    clock: Arc<dyn Clock>,
    room: Arc<Room>,
    /// By the time of the next attempt, and a number for events of the same time.
    due: BTreeMap<(u64, u64), Pending>,
    attempts: JoinSet<Attempted>,
    running: HashMap<task::Id, Pending>,
    numbers: u64,
}

/// An event that is not done with.
struct Pending {
    event: Arc<QueuedEvent>,
    progress: Progress,
    /// What the function answered when it ran last.
    response: Option<Response>,
    /// What of that counts as waiting.
    response_bytes: usize,
}

impl Driver {
    pub(super) fn new(functions: Arc<dyn EventFunctions>, clock: Arc<dyn Clock>, room: Arc<Room>) -> Self {
        Self {
            functions,
            clock,
            room,
            due: BTreeMap::new(),
            attempts: JoinSet::new(),
            running: HashMap::new(),
            numbers: 0,
        }
    }

    /// Works until nobody can send events any more; how many it was not done with then.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<QueuedEvent>) -> usize {
        let clock = Arc::clone(&self.clock);
        loop {
            let next = self.due.first_key_value().map_or(u64::MAX, |((time, _), _)| *time);
            tokio::select! {
                event = inbox.recv() => match event {
                    Some(event) => self.begin(event),
                    None => break,
                },
                Some(ended) = self.attempts.join_next_with_id() => {
                    // A panic was printed where it happened.
                    let fault = |error: JoinError| (error.id(), Attempted::Interrupted(FAULT.to_owned()));
                    let (id, attempted) = ended.unwrap_or_else(fault);
                    if let Some(pending) = self.running.remove(&id) {
                        self.settle(pending, attempted);
                    }
                }
                () = clock.wait_until(next), if !self.due.is_empty() => self.start_due(),
            }
        }
        self.running.len() + self.due.len()
    }

    /// The first attempt, unless a chain of invocations goes round in circles.
    fn begin(&mut self, mut event: QueuedEvent) {
        let accepted_milliseconds = self.clock.now_milliseconds();
        match lineage::enter(&event.trace_id, &event.function.arn) {
            Ok(trace_id) => event.trace_id = trace_id,
            Err(_) if self.functions.settings(&event.function).allows_recursion => {}
            Err(recursion) => {
                self.functions.say(&event, format!("the event is discarded: {recursion}"));
                return self.room.leave(event.payload.len());
            }
        }
        let progress = Progress { accepted_milliseconds, ..Progress::default() };
        self.start(Pending { event: Arc::new(event), progress, response: None, response_bytes: 0 });
    }

    fn start_due(&mut self) {
        let now = self.clock.now_milliseconds();
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let pending = entry.remove();
            let settings = self.functions.settings(&pending.event.function);
            if is_too_old(&pending.progress, &settings, now) {
                self.give_up(pending, Condition::EventAgeExceeded, &settings);
            } else {
                self.start(pending);
            }
        }
    }

    fn start(&mut self, pending: Pending) {
        let (functions, event) = (Arc::clone(&self.functions), Arc::clone(&pending.event));
        let attempt = self.attempts.spawn(async move { functions.attempt(&event).await });
        self.running.insert(attempt.id(), pending);
    }

    /// What comes after an attempt.
    fn settle(&mut self, mut pending: Pending, attempted: Attempted) {
        let why = match &attempted {
            Attempted::Ran { payload, executed_version, failed } => {
                pending.progress.invocations += 1;
                pending.progress.interruptions = 0;
                pending.response = Some(Response {
                    payload: payload.clone(),
                    executed_version: executed_version.clone(),
                    failed: *failed,
                });
                "the function failed".to_owned()
            }
            Attempted::Throttled { .. } => "the concurrency limit is reached".to_owned(),
            Attempted::Interrupted(why) => why.clone(),
            Attempted::Gone => {
                self.functions.say(&pending.event, "the event is discarded: its function is gone".to_owned());
                return self.room.leave(pending.event.payload.len() + pending.response_bytes);
            }
        };
        if !matches!(attempted, Attempted::Ran { .. }) {
            pending.progress.interruptions += 1;
        }
        let settings = self.functions.settings(&pending.event.function);
        let now = self.clock.now_milliseconds();
        match next(&attempted, &pending.progress, &settings, now) {
            Next::Succeeded => self.leave(pending, Condition::Success, settings.on_success.as_ref()),
            Next::Failed(condition) => self.give_up(pending, condition, &settings),
            Next::Again { seconds } => {
                let text = format!("{why}: the event is tried again in {seconds} s");
                self.keep_response(&mut pending);
                self.functions.say(&pending.event, text);
                self.numbers += 1;
                self.due.insert((now + seconds * 1000, self.numbers), pending);
            }
        }
    }

    /// What a function answered waits with its event, for the record of one that becomes too old. Where there is no room for
    /// it, only such a record is without it.
    fn keep_response(&self, pending: &mut Pending) {
        self.room.leave_bytes(std::mem::take(&mut pending.response_bytes));
        let bytes = pending.response.as_ref().map_or(0, |response| response.payload.len());
        if self.room.has_taken_bytes(bytes) {
            pending.response_bytes = bytes;
        } else {
            pending.response = None;
        }
    }

    fn give_up(&mut self, pending: Pending, condition: Condition, settings: &EventSettings) {
        let invocations = pending.progress.invocations;
        let text = format!("the event is discarded: {} after {invocations} invocations", condition.as_str());
        self.functions.say(&pending.event, text);
        self.leave(pending, condition, settings.on_failure.as_ref());
    }

    /// The event is done with; its destination is told.
    fn leave(&mut self, pending: Pending, condition: Condition, destination: Option<&InvokedFunction>) {
        let Pending { event, progress, response, response_bytes } = pending;
        self.room.leave(event.payload.len() + response_bytes);
        let Some(destination) = destination else { return };
        let now = self.clock.now_milliseconds();
        let payload = record(&event, condition, progress.invocations, response.as_ref(), now);
        self.tell(&event, destination, payload);
    }

    fn tell(&mut self, event: &QueuedEvent, destination: &InvokedFunction, payload: Bytes) {
        let name = &destination.name;
        let bytes = payload.len();
        if bytes > ASYNCHRONOUS_EVENT_BYTES_MAX {
            let text = format!("the destination {name} is not told: the record has {bytes} bytes");
            return self.functions.say(event, text);
        }
        if let Err(full) = self.room.take(bytes) {
            return self.functions.say(event, format!("the destination {name} is not told: {full}"));
        }
        self.functions.say(event, format!("the destination {name} is told"));
        self.begin(QueuedEvent {
            function: destination.clone(),
            request_id: ids::uuid(),
            trace_id: event.trace_id.clone(),
            client_context: None,
            payload,
        });
    }
}

/// Why an attempt came to nothing that panicked.
const FAULT: &str = "a fault of frontgate";
