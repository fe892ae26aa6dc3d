//! What becomes of an event that nobody waits for? Lambda keeps it in a queue, runs its function, tries again where that
//! fails, and tells a destination in the end.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html>
//!
//! The queue knows no function: what runs an event, and with which settings, is [`EventFunctions`]. Time is a [`Clock`].

mod driver;
mod lineage;
mod record;
mod retry;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::limits::{EVENTS_QUEUED_BYTES_MAX, EVENTS_QUEUED_MAX};
use driver::Driver;

pub use lineage::{RECURSIVE_INVOCATIONS_MAX, Recursion, enter};

/// A function as a caller or a destination names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvokedFunction {
    /// Its name.
    pub name: Arc<str>,
    /// Its ARN, with the qualifier if there is one.
    pub arn: Arc<str>,
}

/// An event and all that its function is told with it.
#[derive(Clone, Debug)]
pub struct QueuedEvent {
    /// The function.
    pub function: InvokedFunction,
    /// The id of the invocation: the same for every attempt.
    pub request_id: String,
    /// The X-Ray trace header.
    pub trace_id: String,
    /// The client context as JSON.
    pub client_context: Option<String>,
    /// The event, which is JSON.
    pub payload: Bytes,
}

/// `AWS::Lambda::EventInvokeConfig`: how the events of a function are treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSettings {
    /// `MaximumRetryAttempts`
    pub retry_attempts_max: u32,
    /// `MaximumEventAgeInSeconds`
    pub event_age_seconds_max: u32,
    /// `RecursiveLoop: Allow`: a chain of requests may come to the function as often as it likes.
    pub allows_recursion: bool,
    /// The function that is told of a success.
    pub on_success: Option<InvokedFunction>,
    /// The function that is told when Lambda gives up.
    pub on_failure: Option<InvokedFunction>,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            retry_attempts_max: RETRY_ATTEMPTS_DEFAULT,
            event_age_seconds_max: EVENT_AGE_SECONDS_DEFAULT,
            allows_recursion: false,
            on_success: None,
            on_failure: None,
        }
    }
}

/// Lambda tries twice more.
const RETRY_ATTEMPTS_DEFAULT: u32 = 2;
/// Six hours.
const EVENT_AGE_SECONDS_DEFAULT: u32 = 21_600;

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// The function ran.
    Ran {
        /// What it returned, or the error as JSON.
        payload: Bytes,
        /// `$LATEST`, or the number of the version.
        executed_version: String,
        /// Whether it failed.
        failed: bool,
    },
    /// A concurrency limit is reached.
    Throttled {
        /// The reserved concurrency of the function is 0: it will not run later either.
        reserved_is_zero: bool,
    },
    /// It could not be run; why.
    Interrupted(String),
    /// There is no such function any more.
    Gone,
}

/// What runs events; a seam.
pub trait EventFunctions: Send + Sync {
    /// How the events of that function are treated now.
    fn settings(&self, function: &InvokedFunction) -> EventSettings;

    /// Runs the function of the event once.
    fn attempt<'a>(&'a self, event: &'a QueuedEvent) -> Pin<Box<dyn Future<Output = Attempted> + Send + 'a>>;

    /// Tells the log of the function what the queue does.
    fn say(&self, event: &QueuedEvent, text: String);
}

/// The time; a seam.
pub trait Clock: Debug + Send + Sync {
    /// Milliseconds since 1970.
    fn now_milliseconds(&self) -> u64;

    /// Waits until it is that time.
    fn wait_until(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// The queue of all functions, on a thread of its own. Dropping it leaves the events that wait.
#[derive(Debug)]
pub struct EventQueue {
    inbox: Mutex<Option<mpsc::UnboundedSender<QueuedEvent>>>,
    room: Arc<Room>,
    thread: Mutex<Option<JoinHandle<usize>>>,
}

/// There is no room for another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the queue is full: {waiting} events wait, of {EVENTS_QUEUED_MAX} and {EVENTS_QUEUED_BYTES_MAX} bytes that may"
)]
pub struct QueueFull {
    /// How many events wait.
    pub waiting: usize,
}

impl EventQueue {
    /// Starts the thread of the queue.
    ///
    /// # Errors
    /// The thread or its event loop cannot be made.
    pub fn start(functions: Arc<dyn EventFunctions>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (sender, inbox) = mpsc::unbounded_channel();
        let room = Arc::new(Room::default());
        let driver = Driver::new(functions, clock, Arc::clone(&room));
        let thread = std::thread::Builder::new()
            .name("lambda-events".into())
            .spawn(move || event_loop.block_on(driver.run(inbox)))?;
        Ok(Self { inbox: Mutex::new(Some(sender)), room, thread: Mutex::new(Some(thread)) })
    }

    /// Takes an event; it is run as soon as it can be.
    ///
    /// # Errors
    /// Too much waits already, or the queue has ended.
    pub fn accept(&self, event: QueuedEvent) -> Result<(), QueueFull> {
        let bytes = event.payload.len();
        self.room.take(bytes)?;
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = inbox.as_ref().is_some_and(|inbox| inbox.send(event).is_ok());
        if sent {
            return Ok(());
        }
        self.room.leave(bytes);
        Err(self.room.full())
    }

    /// Ends the queue; how many events were not done with.
    pub fn close(&self) -> usize {
        drop(self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A panic was printed where it happened; nobody knows what was left.
        thread.and_then(|thread| thread.join().ok()).unwrap_or(0)
    }
}

impl Drop for EventQueue {
    fn drop(&mut self) {
        self.close();
    }
}

/// What may wait: counted where events come in and where they leave.
#[derive(Debug, Default)]
struct Room {
    events: AtomicUsize,
    bytes: AtomicUsize,
}

impl Room {
    fn take(&self, bytes: usize) -> Result<(), QueueFull> {
        let events = self.events.fetch_add(1, Ordering::Relaxed);
        if events < EVENTS_QUEUED_MAX && self.has_taken_bytes(bytes) {
            return Ok(());
        }
        self.events.fetch_sub(1, Ordering::Relaxed);
        Err(self.full())
    }

    /// Whether there is room for so many bytes, which are taken then.
    fn has_taken_bytes(&self, bytes: usize) -> bool {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let has_room = before + bytes <= EVENTS_QUEUED_BYTES_MAX;
        if !has_room {
            self.leave_bytes(bytes);
        }
        has_room
    }

    fn full(&self) -> QueueFull {
        QueueFull { waiting: self.events.load(Ordering::Relaxed) }
    }

    fn leave(&self, bytes: usize) {
        self.events.fetch_sub(1, Ordering::Relaxed);
        self.leave_bytes(bytes);
    }

    fn leave_bytes(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}
