//! The queue with functions that are played, and a clock that the tests advance.

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::*;

const START: u64 = 1_700_000_000_000;
const PATIENCE: Duration = Duration::from_secs(30);

/// What the queue did.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Attempt { function: String, request_id: String, payload: Value },
    Said(String),
}

#[derive(Debug, Default)]
struct TestClock {
    milliseconds: Mutex<u64>,
    advanced: Notify,
}

impl TestClock {
    fn advance(&self, seconds: u64) {
        *self.milliseconds.lock().expect("no panic") += seconds * 1000;
        self.advanced.notify_waiters();
    }
}

impl Clock for TestClock {
    fn now_milliseconds(&self) -> u64 {
        START + *self.milliseconds.lock().expect("no panic")
    }

    fn wait_until(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let advanced = self.advanced.notified();
                if self.now_milliseconds() >= milliseconds {
                    return;
                }
                advanced.await;
            }
        })
    }
}

/// Functions that end as told, in turn; the last outcome stays.
struct Played {
    outcomes: Mutex<HashMap<String, VecDeque<Attempted>>>,
    settings: HashMap<String, EventSettings>,
    seen: Sender<Seen>,
}

impl EventFunctions for Played {
    fn settings(&self, function: &InvokedFunction) -> EventSettings {
        self.settings.get(&*function.name).cloned().unwrap_or_default()
    }

    fn attempt<'a>(&'a self, event: &'a QueuedEvent) -> Pin<Box<dyn Future<Output = Attempted> + Send + 'a>> {
        let attempt = Seen::Attempt {
            function: event.function.name.to_string(),
            request_id: event.request_id.clone(),
            payload: serde_json::from_slice(&event.payload).expect("events are JSON"),
        };
        let mut outcomes = self.outcomes.lock().expect("no panic");
        let outcome = match outcomes.get_mut(&*event.function.name) {
            Some(list) if list.len() > 1 => list.pop_front().expect("it has two"),
            Some(list) => list[0].clone(),
            None => returned(),
        };
        // A test that has seen enough no longer listens.
        let _ = self.seen.send(attempt);
        drop(outcomes);
        assert_ne!(outcome, Attempted::Interrupted("panic".into()), "it is played that the seam panics");
        Box::pin(std::future::ready(outcome))
    }

    fn say(&self, _: &QueuedEvent, text: String) {
        let _ = self.seen.send(Seen::Said(text));
    }
}

struct Bench {
    queue: EventQueue,
    clock: Arc<TestClock>,
    seen: Receiver<Seen>,
}

impl Bench {
    fn new(outcomes: &[(&str, &[Attempted])], settings: &[(&str, EventSettings)]) -> Self {
        let (sender, seen) = channel();
        let outcomes =
            outcomes.iter().map(|(name, list)| ((*name).to_owned(), list.iter().cloned().collect()));
        let settings = settings.iter().map(|(name, own)| ((*name).to_owned(), own.clone()));
        let played =
            Played { outcomes: Mutex::new(outcomes.collect()), settings: settings.collect(), seen: sender };
        let clock = Arc::new(TestClock::default());
        let time: Arc<dyn Clock> = Arc::clone(&clock) as _;
        Self { queue: EventQueue::start(Arc::new(played), time).expect("a thread"), clock, seen }
    }

    fn send(&self, name: &str) {
        let event = QueuedEvent {
            function: function(name),
            request_id: "id".into(),
            trace_id: "Root=1-2-3".into(),
            client_context: None,
            payload: Bytes::from_static(b"{\"a\":1}"),
        };
        self.queue.accept(event).expect("there is room");
    }

    fn next(&self) -> Seen {
        self.seen.recv_timeout(PATIENCE).expect("the queue does something")
    }

    fn runs(&self, name: &str) {
        assert_eq!(self.next(), attempt(name, "id", &json!({"a": 1})));
    }

    fn says(&self, text: &str) {
        assert_eq!(self.next(), Seen::Said(text.to_owned()));
    }

    /// What was seen to run last has ended, too.
    fn comes_to_rest(&self) {
        let started = std::time::Instant::now();
        while self.queue.room.events.load(Ordering::Relaxed) > 0 {
            assert!(started.elapsed() < PATIENCE, "an event is never done with");
            std::thread::yield_now();
        }
    }

    /// The record that a destination gets.
    fn record(&self, name: &str) -> Value {
        match self.next() {
            Seen::Attempt { function, payload, .. } if function == name => payload,
            other => panic!("{name} should have been told: {other:?}"),
        }
    }
}

fn attempt(name: &str, request_id: &str, payload: &Value) -> Seen {
    Seen::Attempt { function: name.into(), request_id: request_id.into(), payload: payload.clone() }
}

fn function(name: &str) -> InvokedFunction {
    let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
    InvokedFunction { name: name.into(), arn: arn.into() }
}

fn ran(failed: bool) -> Attempted {
    let payload = if failed { r#"{"errorMessage":"no"}"# } else { r#""yes""# };
    Attempted::Ran { payload: payload.into(), executed_version: "$LATEST".into(), failed }
}

fn returned() -> Attempted {
    ran(false)
}

fn telling(on_success: Option<&str>, on_failure: Option<&str>) -> EventSettings {
    EventSettings {
        on_success: on_success.map(function),
        on_failure: on_failure.map(function),
        ..EventSettings::default()
    }
}

#[test]
fn a_function_that_fails_is_tried_twice_more_and_then_its_failure_is_told() {
    let bench = Bench::new(&[("f", &[ran(true)])], &[("f", telling(Some("good"), Some("bad")))]);
    bench.send("f");
    bench.runs("f");
    bench.says("the function failed: the event is tried again in 60 s");
    bench.clock.advance(59);
    bench.clock.advance(1);
    bench.runs("f");
    bench.says("the function failed: the event is tried again in 120 s");
    bench.clock.advance(120);
    bench.runs("f");
    bench.says("the event is discarded: RetriesExhausted after 3 invocations");
    bench.says("the destination bad is told");
    let record = bench.record("bad");
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["requestPayload"], json!({"a": 1}));
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    assert_eq!(record["responsePayload"], json!({"errorMessage": "no"}));
    bench.comes_to_rest();
    assert_eq!(bench.queue.close(), 0);
}

#[test]
fn a_success_is_told() {
    let bench = Bench::new(&[("f", &[ran(true), returned()])], &[("f", telling(Some("good"), None))]);
    bench.send("f");
    bench.runs("f");
    bench.says("the function failed: the event is tried again in 60 s");
    bench.clock.advance(60);
    bench.runs("f");
    bench.says("the destination good is told");
    let record = bench.record("good");
    assert_eq!(record["requestContext"]["condition"], "Success");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 2);
    assert_eq!(record["responseContext"], json!({"statusCode": 200, "executedVersion": "$LATEST"}));
}

#[test]
fn what_a_function_answered_takes_room_while_its_event_waits() {
    let bench = Bench::new(&[("f", &[ran(true)])], &[("f", telling(None, Some("bad")))]);
    let waiting = || bench.queue.room.bytes.load(Ordering::Relaxed);
    let (event, answer) = (r#"{"a":1}"#.len(), r#"{"errorMessage":"no"}"#.len());
    bench.send("f");
    for seconds in [60, 120] {
        bench.runs("f");
        bench.says(&format!("the function failed: the event is tried again in {seconds} s"));
        assert_eq!(waiting(), event + answer);
        bench.clock.advance(seconds);
    }
    bench.runs("f");
    bench.says("the event is discarded: RetriesExhausted after 3 invocations");
    bench.says("the destination bad is told");
    bench.record("bad");
    let room = Room::default();
    assert!(room.has_taken_bytes(EVENTS_QUEUED_BYTES_MAX) && !room.has_taken_bytes(1));
    assert!(room.take(1).is_err());
    room.leave_bytes(EVENTS_QUEUED_BYTES_MAX);
    assert_eq!(room.take(1), Ok(()));
    assert_eq!((room.full().waiting, room.bytes.load(Ordering::Relaxed)), (1, 1));
}

#[test]
fn throttles_do_not_count_as_retries() {
    let throttled = Attempted::Throttled { reserved_is_zero: false };
    let interrupted = Attempted::Interrupted("no process could be started".into());
    let none = EventSettings { retry_attempts_max: 0, ..EventSettings::default() };
    let bench =
        Bench::new(&[("f", &[throttled.clone(), interrupted, throttled, returned()])], &[("f", none)]);
    bench.send("f");
    for (seconds, why) in [
        (1, "the concurrency limit is reached"),
        (2, "no process could be started"),
        (4, "the concurrency limit is reached"),
    ] {
        bench.runs("f");
        bench.says(&format!("{why}: the event is tried again in {seconds} s"));
        bench.clock.advance(seconds);
    }
    bench.runs("f");
}

#[test]
fn what_never_ran_is_told_without_a_response() {
    for (outcome, settings, condition) in [
        (
            Attempted::Throttled { reserved_is_zero: true },
            telling(None, Some("bad")),
            "ZeroReservedConcurrency",
        ),
        (
            Attempted::Throttled { reserved_is_zero: false },
            EventSettings { event_age_seconds_max: 0, ..telling(None, Some("bad")) },
            "EventAgeExceeded",
        ),
    ] {
        let bench = Bench::new(&[("f", &[outcome])], &[("f", settings)]);
        bench.send("f");
        bench.runs("f");
        bench.says(&format!("the event is discarded: {condition} after 0 invocations"));
        bench.says("the destination bad is told");
        let record = bench.record("bad");
        assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
        assert_eq!((record.get("responseContext"), record.get("responsePayload")), (None, None));
    }
}

#[test]
fn an_event_that_is_too_old_when_its_turn_comes_is_not_run() {
    let settings = EventSettings { event_age_seconds_max: 90, ..EventSettings::default() };
    let bench = Bench::new(&[("f", &[ran(true)])], &[("f", settings)]);
    bench.send("f");
    bench.runs("f");
    bench.says("the function failed: the event is tried again in 60 s");
    bench.clock.advance(91);
    bench.says("the event is discarded: EventAgeExceeded after 1 invocations");
}

#[test]
fn a_panic_of_an_attempt_is_one_more_fault() {
    let bench = Bench::new(&[("f", &[Attempted::Interrupted("panic".into()), returned()])], &[]);
    bench.send("f");
    bench.runs("f");
    bench.says("a fault of frontgate: the event is tried again in 1 s");
    bench.clock.advance(1);
    bench.runs("f");
}

#[test]
fn a_function_that_is_gone_takes_its_events_with_it() {
    let bench = Bench::new(&[("f", &[Attempted::Gone])], &[]);
    bench.send("f");
    bench.runs("f");
    bench.says("the event is discarded: its function is gone");
    bench.comes_to_rest();
    assert_eq!(bench.queue.close(), 0);
}

#[test]
fn a_circle_of_destinations_comes_to_an_end() {
    let bench = Bench::new(&[], &[("f", telling(Some("g"), None)), ("g", telling(Some("f"), None))]);
    bench.send("f");
    let mut invocations = 0;
    loop {
        match bench.next() {
            Seen::Attempt { .. } => invocations += 1,
            Seen::Said(text) if text.starts_with("the destination") => {}
            Seen::Said(text) => {
                assert!(text.contains("16 times in one chain"), "{text}");
                break;
            }
        }
    }
    assert_eq!(invocations, 2 * RECURSIVE_INVOCATIONS_MAX);
}

#[test]
fn a_function_may_allow_circles() {
    let allowing = |name| EventSettings { allows_recursion: true, ..telling(Some(name), None) };
    let bench = Bench::new(&[], &[("f", allowing("g")), ("g", allowing("f"))]);
    bench.send("f");
    let mut invocations = 0;
    while invocations < 3 * RECURSIVE_INVOCATIONS_MAX {
        match bench.next() {
            Seen::Attempt { .. } => invocations += 1,
            Seen::Said(text) => assert!(text.starts_with("the destination"), "{text}"),
        }
    }
}

#[test]
fn what_waits_at_the_end_is_counted() {
    let bench = Bench::new(&[("f", &[ran(true)])], &[]);
    bench.send("f");
    bench.runs("f");
    bench.says("the function failed: the event is tried again in 60 s");
    assert_eq!(bench.queue.close(), 1);
    let event = QueuedEvent {
        function: function("f"),
        request_id: String::new(),
        trace_id: String::new(),
        client_context: None,
        payload: Bytes::new(),
    };
    assert!(bench.queue.accept(event).is_err());
}

#[test]
fn there_is_room_for_so_much() {
    let room = Room::default();
    assert_eq!(room.take(EVENTS_QUEUED_BYTES_MAX + 1), Err(QueueFull { waiting: 0 }));
    assert_eq!(room.take(EVENTS_QUEUED_BYTES_MAX), Ok(()));
    assert_eq!(room.take(1), Err(QueueFull { waiting: 1 }));
    room.leave(EVENTS_QUEUED_BYTES_MAX);
    assert!((0..EVENTS_QUEUED_MAX).all(|_| room.take(1).is_ok()));
    assert_eq!(room.take(0), Err(QueueFull { waiting: EVENTS_QUEUED_MAX }));
}
