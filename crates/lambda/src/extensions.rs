//! External extensions: programs of the layers' folder `extensions` that run beside the runtime, and internal ones,
//! which register from inside it. <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>
//!
//! What an extension may do in which state, and the texts where it may not, are those of AWS's runtime interface
//! emulator, which is the supervisor of AWS's own execution environments.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::failures::extension_exit;
use crate::ids;
use crate::limits::{EXTENSIONS_MAX, EXTENSIONS_SHUTDOWN_TIME_MAX};
use crate::process::Process;
use crate::report::epoch_ms;
use crate::runtime_api::{Answer, Call, CallKind, Event, ExtensionCall};
use crate::telemetry::{Subscription, Telemetry};

/// The extensions of one execution environment.
#[derive(Debug)]
pub(crate) struct Extensions {
    agents: Vec<Agent>,
    /// What an extension is told of the function when it registers.
    about: About,
    /// Until the runtime is ready.
    is_registration_open: bool,
    /// Once the environment ends.
    shutdown: Option<Value>,
    telemetry: Telemetry,
}

/// What an extension is told of the function.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) account_id: String,
    pub(crate) function_name: String,
    pub(crate) function_version: String,
    pub(crate) handler: String,
}

#[derive(Debug)]
struct Agent {
    name: String,
    /// `Lambda-Extension-Identifier`
    id: String,
    /// Of an external extension, as long as it runs.
    process: Option<Process>,
    is_external: bool,
    events: Vec<LifecycleEvent>,
    state: State,
    /// Its call for the next event, which waits for one.
    next: Option<oneshot::Sender<Answer>>,
    /// What it said of its failure.
    error_type: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LifecycleEvent {
    Invoke,
    Shutdown,
}

/// The states of AWS's supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Started,
    Registered,
    Ready,
    Running,
    InitError,
    ExitError,
    Exited,
}

/// Why an environment ends because of an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtensionFailure {
    /// `Extension.Crash`, or what kind of failure it reported before it ended.
    pub(crate) error_type: &'static str,
    /// How it ended.
    pub(crate) message: String,
}

/// `shutdownReason`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ShutdownReason {
    Failure,
    #[default]
    Spindown,
    Timeout,
}

impl Extensions {
    pub(crate) fn new(about: About, telemetry: Telemetry) -> Self {
        Self { agents: Vec::new(), about, is_registration_open: true, shutdown: None, telemetry }
    }

    /// An external extension that has been started.
    pub(crate) fn add(&mut self, name: String, process: Process) {
        self.agents.push(Agent {
            name,
            id: ids::uuid(),
            process: Some(process),
            is_external: true,
            events: Vec::new(),
            state: State::Started,
            next: None,
            error_type: None,
        });
    }

    /// Whether every external extension has registered: the runtime may be started.
    pub(crate) fn have_registered(&self) -> bool {
        self.agents.iter().all(|agent| agent.state != State::Started)
    }

    /// Whether every extension waits for its next event.
    pub(crate) fn are_ready(&self) -> bool {
        let is_busy =
            |agent: &Agent| matches!(agent.state, State::Started | State::Registered | State::Running);
        !self.agents.iter().any(is_busy)
    }

    /// Whether there is any.
    pub(crate) fn are_there(&self) -> bool {
        !self.agents.is_empty()
    }

    /// No extension can register any more; what the log says of each.
    pub(crate) fn close_registration(&mut self) -> Vec<String> {
        self.is_registration_open = false;
        for agent in &self.agents {
            self.telemetry.platform("extension", || {
                let events: Vec<_> = agent.events.iter().map(|event| event.name()).collect();
                json!({ "name": agent.name, "state": format!("{:?}", agent.state), "events": events })
            });
        }
        self.telemetry.close();
        self.agents.iter().map(Agent::line).collect()
    }

    /// Memory and processes of those that run.
    pub(crate) fn processes(&self) -> impl Iterator<Item = &Process> {
        self.agents.iter().filter_map(|agent| agent.process.as_ref())
    }

    /// Waits until an external extension ends by itself; for ever where none runs.
    pub(crate) async fn exited(&mut self) -> ExtensionFailure {
        let (at, status) = ended(&mut self.agents).await;
        let agent = &mut self.agents[at];
        agent.process = None;
        let error_type = match agent.state {
            State::InitError => INIT_ERROR,
            State::ExitError => EXIT_ERROR,
            _ => CRASH,
        };
        agent.error_type.get_or_insert_with(|| error_type.to_owned());
        agent.state = State::Exited;
        ExtensionFailure { error_type, message: extension_exit(status) }
    }

    /// Tells those that want to know it that the function is invoked.
    pub(crate) fn invoke(&mut self, event: &Event) {
        let invoked = self
            .agents
            .iter_mut()
            .filter(|agent| agent.state == State::Ready && agent.events.contains(&LifecycleEvent::Invoke));
        for agent in invoked {
            agent.state = State::Running;
            let body = json!({
                "eventType": "INVOKE",
                "deadlineMs": event.deadline_ms,
                "requestId": &*event.request_id,
                "invokedFunctionArn": event.function_arn,
                "tracing": { "type": "X-Amzn-Trace-Id", "value": event.trace_id },
            });
            if let Some(next) = agent.next.take() {
                send(next, event_answer(&agent.id, &body));
            }
        }
    }

    /// Answers an extension.
    pub(crate) fn answer(&mut self, call: ExtensionCall, reply: oneshot::Sender<Answer>) {
        match call {
            ExtensionCall::Register { name, body, wants_account } => {
                let answer = self.register(&name, &body, wants_account);
                send(reply, answer.unwrap_or_else(|refused| refused));
            }
            ExtensionCall::Next { id } => self.next(&id, reply),
            ExtensionCall::InitError { id, error_type } => {
                send(reply, self.fail(&id, error_type, State::InitError));
            }
            ExtensionCall::ExitError { id, error_type } => {
                send(reply, self.fail(&id, error_type, State::ExitError));
            }
            ExtensionCall::Subscribe { id, body } => {
                send(reply, self.subscribe(&id, &body).unwrap_or_else(|refused| refused));
            }
        }
    }

    fn register(&mut self, name: &str, body: &[u8], wants_account: bool) -> Result<Answer, Answer> {
        let events = read_events(body)?;
        let at = match self.agents.iter().position(|agent| agent.name == name) {
            Some(at) if self.agents[at].is_external => at,
            found => self.add_internal(name, found.is_some(), &events)?,
        };
        let agent = &mut self.agents[at];
        if agent.state != State::Started {
            return Err(agent.refused(State::Registered, &agent.name));
        }
        agent.events = events;
        agent.state = State::Registered;
        let mut told = json!({});
        if wants_account {
            told["accountId"] = json!(self.about.account_id);
        }
        told["functionName"] = json!(self.about.function_name);
        told["functionVersion"] = json!(self.about.function_version);
        told["handler"] = json!(self.about.handler);
        let identifier = Some(agent.id.clone());
        Ok(Answer::Json { status: (200, "OK"), identifier, body: told })
    }

    /// A subscription to the Telemetry API, which is made in the init phase only.
    fn subscribe(&self, id: &str, body: &[u8]) -> Result<Answer, Answer> {
        let Some(agent) = self.agents.iter().find(|agent| agent.id == id) else {
            let message = format!("Unknown extension {id}");
            return Err(forbidden("Extension.UnknownExtensionIdentifier", &message));
        };
        if !self.is_registration_open {
            let message = "Telemetry API subscription is closed already";
            return Err(forbidden("Telemetry.SubscriptionClosed", message));
        }
        let subscription = Subscription::read(body).map_err(|message| {
            let body = json!({ "errorMessage": message, "errorType": "ValidationError" });
            Answer::Json { status: (400, "Bad Request"), identifier: None, body }
        })?;
        let types: Vec<_> = subscription.types.iter().map(|speaker| speaker.name()).collect();
        self.telemetry.subscribe(&agent.id, subscription);
        self.telemetry.platform(
            "telemetrySubscription",
            || json!({ "name": agent.name, "state": "Subscribed", "types": types }),
        );
        Ok(Answer::Json { status: (200, "OK"), identifier: None, body: json!("OK") })
    }

    fn add_internal(
        &mut self,
        name: &str,
        is_there: bool,
        events: &[LifecycleEvent],
    ) -> Result<usize, Answer> {
        if events.contains(&LifecycleEvent::Shutdown) {
            return Err(forbidden("Extension.InvalidEventType", "SHUTDOWN: not for internal extensions"));
        }
        if !self.is_registration_open {
            return Err(forbidden("Extension.RegistrationClosed", "Extension registration closed already"));
        }
        if is_there {
            let message = "Extension with this name already registered";
            return Err(forbidden("Extension.InvalidExtensionState", message));
        }
        if self.agents.len() >= EXTENSIONS_MAX {
            let message = format!("Extension limit ({EXTENSIONS_MAX}) reached");
            return Err(forbidden("Extension.TooManyExtensions", &message));
        }
        self.agents.push(Agent {
            name: name.to_owned(),
            id: ids::uuid(),
            process: None,
            is_external: false,
            events: Vec::new(),
            state: State::Started,
            next: None,
            error_type: None,
        });
        Ok(self.agents.len() - 1)
    }

    fn next(&mut self, id: &str, reply: oneshot::Sender<Answer>) {
        let Some(agent) = self.agents.iter_mut().find(|agent| agent.id == id) else {
            let message = format!("Unknown extension {id}");
            return send(reply, forbidden("Extension.UnknownExtensionIdentifier", &message));
        };
        if !matches!(agent.state, State::Registered | State::Ready | State::Running) {
            return send(reply, agent.refused(State::Ready, id));
        }
        agent.state = State::Ready;
        match &self.shutdown {
            Some(event) if agent.events.contains(&LifecycleEvent::Shutdown) => {
                send(reply, event_answer(id, event));
            }
            _ => agent.next = Some(reply),
        }
    }

    fn fail(&mut self, id: &str, error_type: Option<String>, state: State) -> Answer {
        let Some(error_type) = error_type else {
            let message = "Lambda-Extension-Function-Error-Type not found";
            return forbidden("Extension.MissingHeader", message);
        };
        let Some(agent) = self.agents.iter_mut().find(|agent| agent.id == id) else {
            let message = "Unknown Lambda-Extension-Identifier";
            return forbidden("Extension.UnknownExtensionIdentifier", message);
        };
        let is_possible = match state {
            State::InitError => agent.state == State::Registered,
            _ => matches!(agent.state, State::Registered | State::Ready | State::Running),
        };
        if !is_possible {
            return agent.refused(state, id);
        }
        agent.state = state;
        agent.error_type = Some(error_type);
        Answer::Accepted
    }

    /// The shutdown phase: those that registered for it are told and have their time; the others are ended.
    pub(crate) async fn shut_down(&mut self, calls: &mut mpsc::Receiver<Call>, reason: ShutdownReason) {
        let deadline = Instant::now() + EXTENSIONS_SHUTDOWN_TIME_MAX;
        let event = json!({
            "eventType": "SHUTDOWN",
            "deadlineMs": epoch_ms(SystemTime::now() + EXTENSIONS_SHUTDOWN_TIME_MAX),
            "shutdownReason": reason.name(),
        });
        for agent in &mut self.agents {
            if !agent.events.contains(&LifecycleEvent::Shutdown) {
                agent.kill(Duration::ZERO).await;
            } else if let Some(next) = agent.next.take() {
                send(next, event_answer(&agent.id, &event));
            }
        }
        self.shutdown = Some(event);
        self.telemetry.flush();
        while self.processes().next().is_some() {
            tokio::select! {
                biased;
                Some(call) = calls.recv() => match call.kind {
                    CallKind::Extension(kind) => self.answer(kind, call.reply),
                    _ => send(call.reply, Answer::InvalidTransition),
                },
                _ = self.exited() => {}
                () = tokio::time::sleep_until(deadline.into()) => break,
            }
        }
    }

    /// Ends those that still run.
    pub(crate) async fn kill(&mut self, time_max: Duration) {
        for agent in &mut self.agents {
            agent.kill(time_max).await;
        }
    }
}

impl Agent {
    /// What the log says of it at the end of the init phase.
    fn line(&self) -> String {
        let events: Vec<_> = self.events.iter().map(|event| event.name()).collect();
        let mut line = format!(
            "EXTENSION\tName: {}\tState: {:?}\tEvents: [{}]",
            self.name,
            self.state,
            events.join(",")
        );
        if let Some(error_type) = &self.error_type {
            line.push_str(&format!("\tError Type: {error_type}"));
        }
        line
    }

    fn refused(&self, to: State, who: &str) -> Answer {
        let message = format!(
            "State transition from {:?} to {to:?} failed for extension {who}. Error: State transition is not allowed",
            self.state
        );
        forbidden("Extension.InvalidExtensionState", &message)
    }

    async fn kill(&mut self, time_max: Duration) {
        if let Some(mut process) = self.process.take() {
            process.kill(time_max).await;
        }
    }
}

impl LifecycleEvent {
    fn name(self) -> &'static str {
        match self {
            Self::Invoke => "INVOKE",
            Self::Shutdown => "SHUTDOWN",
        }
    }
}

impl ShutdownReason {
    fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Spindown => "spindown",
            Self::Timeout => "timeout",
        }
    }
}

/// The files of the layers that are external extensions, by name.
pub(crate) fn find(layers: &std::path::Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(layers.join("extensions")) {
        Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The first of them that ends.
async fn ended(agents: &mut [Agent]) -> (usize, Option<ExitStatus>) {
    let running = agents.iter_mut().enumerate().filter_map(|(at, agent)| Some((at, agent.process.as_mut()?)));
    let mut waits: Vec<_> =
        running.map(|(at, process)| Box::pin(async move { (at, process.wait().await) })).collect();
    std::future::poll_fn(|context| {
        for wait in &mut waits {
            if let std::task::Poll::Ready(ended) = wait.as_mut().poll(context) {
                return std::task::Poll::Ready(ended);
            }
        }
        std::task::Poll::Pending
    })
    .await
}

fn read_events(body: &[u8]) -> Result<Vec<LifecycleEvent>, Answer> {
    let refused = |message: &str| forbidden("InvalidRequestFormat", message);
    let body: Value = serde_json::from_slice(body).map_err(|problem| refused(&problem.to_string()))?;
    let has_keys =
        body.get("configurationKeys").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty());
    if has_keys {
        return Err(refused("configurationKeys are deprecated; use environment variables instead"));
    }
    let mut events = Vec::new();
    for event in body.get("events").and_then(Value::as_array).into_iter().flatten() {
        match event.as_str() {
            Some("INVOKE") => events.push(LifecycleEvent::Invoke),
            Some("SHUTDOWN") => events.push(LifecycleEvent::Shutdown),
            Some(other) => {
                let message = format!("{other}: no event of the lifecycle");
                return Err(forbidden("Extension.InvalidEventType", &message));
            }
            None => return Err(refused("events is no list of strings")),
        }
    }
    Ok(events)
}

fn event_answer(id: &str, event: &Value) -> Answer {
    Answer::Json { status: (200, "OK"), identifier: Some(id.to_owned()), body: event.clone() }
}

/// A 403 with AWS's error type.
pub(crate) fn forbidden(error_type: &str, message: &str) -> Answer {
    let body = json!({ "errorMessage": message, "errorType": error_type });
    Answer::Json { status: (403, "Forbidden"), identifier: None, body }
}

fn send(reply: oneshot::Sender<Answer>, answer: Answer) {
    // The connection may be gone; what the extension does then is seen by its end.
    let _ = reply.send(answer);
}

const CRASH: &str = "Extension.Crash";
const EXIT_ERROR: &str = "Extension.ExitError";
const INIT_ERROR: &str = "Extension.InitError";
