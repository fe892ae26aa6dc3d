//! The front door of the functions: a thread of its own that all callers talk to by messages.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::apart::{self, Isolation, Launcher};
use crate::clients::Clients;
use crate::config::{Code, DeployError, DeployReport, FunctionConfig, LATEST};
use crate::dispatcher::{Deployed, Dispatcher, Message};
use crate::function::{Function, Workshop};
use crate::ids;
use crate::invocation::{Invocation, InvokeContext, InvokeError};
use crate::limits::EVENT_BYTES_MAX;
use crate::log::{LogKind, LogLine, LogSink, LogWriter};
use crate::sandbox::Kit;
use crate::staging::Staging;
use crate::stream::{Reply, StreamedInvocation};
use crate::syntax;
use crate::watchdog;
use crate::work::Request;

/// How the engine is to run.
#[derive(Debug)]
pub struct EngineOptions {
    /// Where the runtime clients, inline code and logs are kept.
    pub state_folder: PathBuf,
    /// Who gets the lines of the logs.
    pub logs: LogSink,
    /// How long a process without work is kept warm.
    pub idle_timeout: Duration,
    /// How many processes there may be at a time, of all functions together; at least one. Invocations beyond it
    /// wait, and a fact says so.
    pub processes_max: usize,
    /// An executable that begins with [`crate::enter_if_told`]: functions are started through it and kept apart. `None`
    /// to start them as they are.
    pub launcher: Option<PathBuf>,
}

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file or folder of the state cannot be written.
    #[error("{} cannot be written: {problem}", .path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        problem: std::io::Error,
    },
    /// A thread, its event loop or the watchdog cannot be made.
    #[error("the functions cannot be run: {0}")]
    Start(std::io::Error),
}

/// Runs functions. Dropping it ends every process that it started, and waits for that.
#[derive(Debug)]
pub struct Engine {
    isolation: Option<Isolation>,
    endpoint: Arc<OnceLock<String>>,
    messages: mpsc::UnboundedSender<Message>,
    deployment: Mutex<Deployment>,
    ending: Mutex<Option<Ending>>,
}

/// What is waited for at the end.
#[derive(Debug)]
struct Ending {
    thread: JoinHandle<()>,
    log_thread: JoinHandle<()>,
    code_thread: JoinHandle<()>,
    watchdog: Child,
}

/// What is deployed now.
#[derive(Debug)]
struct Deployment {
    workshop: Workshop,
    /// By their qualified names.
    functions: HashMap<String, Deployed>,
    revisions: u64,
    /// How many execution environments may be provisioned.
    provisioned_max: usize,
}

impl Engine {
    /// Starts the thread of the engine.
    ///
    /// # Errors
    /// The state folder cannot be written or the thread not be started.
    pub fn start(options: EngineOptions) -> Result<Self, EngineError> {
        let EngineOptions { state_folder, logs, idle_timeout, processes_max, launcher } = options;
        let log_folder = state_folder.join("logs");
        std::fs::create_dir_all(&log_folder)
            .map_err(|problem| EngineError::State { path: log_folder.clone(), problem })?;
        let state_folder = state_folder
            .canonicalize()
            .map_err(|problem| EngineError::State { path: state_folder.clone(), problem })?;
        let clients = Clients::write(&state_folder)?;
        let (staging, code_thread) = Staging::open(&state_folder)?;
        let search_path = std::env::var("PATH").unwrap_or_else(|_| DEFAULT_SEARCH_PATH.to_owned());
        let event_loop =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(EngineError::Start)?;
        let (watchdog, watchdog_process) = watchdog::start().map_err(EngineError::Start)?;
        let (log, log_thread) = LogWriter::start(log_folder, logs).map_err(EngineError::Start)?;
        let (messages, inbox) = mpsc::unbounded_channel();
        let launcher = launcher.map(|path| Launcher { isolation: apart::probe(&path), path });
        let isolation = launcher.as_ref().map(|launcher| launcher.isolation);
        let scratches = staging.scratches();
        let endpoint = Arc::new(OnceLock::new());
        let kit = Kit {
            log,
            watchdog,
            search_path: search_path.clone(),
            launcher,
            scratches,
            endpoint: Arc::clone(&endpoint),
        };
        let dispatcher = Dispatcher::new(kit, messages.clone(), idle_timeout, processes_max);
        let thread = std::thread::Builder::new()
            .name("lambda".into())
            // A task of its own: others of this thread wake it without a system call.
            .spawn(move || event_loop.block_on(event_loop.spawn(dispatcher.run(inbox))).unwrap_or_default())
            .map_err(EngineError::Start)?;
        let workshop = Workshop::new(clients, staging, search_path);
        let provisioned_max = (processes_max / PROVISIONED_SHARE).max(1);
        let deployment = Deployment { workshop, functions: HashMap::new(), revisions: 0, provisioned_max };
        Ok(Self {
            isolation,
            endpoint,
            messages,
            deployment: Mutex::new(deployment),
            ending: Mutex::new(Some(Ending { thread, log_thread, code_thread, watchdog: watchdog_process })),
        })
    }

    /// The fingerprint of the code and the layers as a function runs them, by its qualified name.
    #[must_use]
    pub fn fingerprint(&self, name: &str) -> Option<[u8; 32]> {
        let deployment = self.deployment.lock().unwrap_or_else(PoisonError::into_inner);
        deployment.functions.get(name).map(|deployed| deployed.function.fingerprint())
    }

    /// The same of the code and the layers as they lie in the user's folders now; `None` where they cannot be read, or the
    /// code is in no folder.
    #[must_use]
    pub fn fingerprint_now(&self, config: &FunctionConfig) -> Option<[u8; 32]> {
        let deployment = self.deployment.lock().unwrap_or_else(PoisonError::into_inner);
        deployment.workshop.staging.fingerprint(config)
    }

    /// What the kernel does for keeping functions apart; `None` where they are started as they are.
    #[must_use]
    pub fn isolation(&self) -> Option<Isolation> {
        self.isolation
    }

    /// Makes `functions` the functions that there are. Either all of them are deployed or, with errors, nothing
    /// changes. Functions that are not named are no longer there; a version keeps the code that it was first deployed with;
    /// unchanged ones keep their warm processes; running
    /// invocations end on the process that they run in. Code that has changed since the last deployment is refused if
    /// it is no longer of its language; that of a first deployment is not looked into, as on AWS. Blocks while code
    /// is copied and checked and, once per runtime, while the machine's `node` or `python3` says its version.
    ///
    /// # Errors
    /// Every function that cannot run, with its reasons.
    pub fn deploy(&self, functions: Vec<FunctionConfig>) -> Result<DeployReport, Vec<DeployError>> {
        let mut deployment = self.deployment.lock().unwrap_or_else(PoisonError::into_inner);
        if self.messages.is_closed() {
            return Err(vec![DeployError::ShuttingDown]);
        }
        let (report, deployed) = deployment.prepare(functions)?;
        let message = Message::Deploy(deployed.values().cloned().collect());
        self.messages.send(message).map_err(|_| vec![DeployError::ShuttingDown])?;
        deployment.functions = deployed;
        Ok(report)
    }

    /// Invokes a function, or the version or alias of `NAME:QUALIFIER`, and waits for its answer. A caller that goes
    /// away does not stop the function.
    ///
    /// # Errors
    /// There was no invocation; an error of the function is an [`Invocation`].
    pub async fn invoke(
        &self,
        name: &str,
        event: Bytes,
        context: InvokeContext,
    ) -> Result<Invocation, InvokeError> {
        let (reply, answer) = oneshot::channel();
        self.send(name, event, context, Reply::Whole(reply))?;
        answer.await.map_err(|_| InvokeError::ShuttingDown)?
    }

    /// Invokes a function and gives its response while it is made; that of one that does not stream is whole at
    /// once. A caller that goes away does not stop the function.
    ///
    /// # Errors
    /// There was no invocation; an error of the function is a [`StreamedInvocation`], or the end of its stream.
    pub async fn invoke_with_response_stream(
        &self,
        name: &str,
        event: Bytes,
        context: InvokeContext,
    ) -> Result<StreamedInvocation, InvokeError> {
        let (reply, answer) = oneshot::channel();
        self.send(name, event, context, Reply::Stream(reply))?;
        answer.await.map_err(|_| InvokeError::ShuttingDown)?
    }

    /// Hands an invocation to the thread of the engine.
    fn send(
        &self,
        name: &str,
        event: Bytes,
        context: InvokeContext,
        reply: Reply,
    ) -> Result<(), InvokeError> {
        if event.len() > EVENT_BYTES_MAX {
            return Err(InvokeError::TooLarge { bytes: event.len(), bytes_max: EVENT_BYTES_MAX });
        }
        let InvokeContext { request_id, trace_id, invoked_arn, deadline, draw, client_context, log_tail } =
            context;
        let request_id = if request_id.is_empty() { ids::uuid() } else { request_id };
        let request = Request {
            name: name.to_owned(),
            draw,
            chosen: None,
            event,
            request_id: request_id.into(),
            trace_id: trace_id.unwrap_or_else(|| ids::trace_id(SystemTime::now())),
            invoked_arn,
            client_context,
            deadline,
            keeps_tail: log_tail,
            arrived: Instant::now(),
            reply,
        };
        self.messages.send(Message::Invoke(request)).map_err(|_| InvokeError::ShuttingDown)
    }

    /// Says where the services of AWS answer that are played here: SDKs in processes that start from now on ask them there.
    pub fn play_services_at(&self, endpoint: String) {
        // It is told once.
        let _ = self.endpoint.set(endpoint);
    }

    /// Writes a line into the log of a function that Lambda has no such line for.
    pub fn say(&self, function: &str, request_id: &str, text: String) {
        let line = LogLine {
            function: function.into(),
            request_id: Some(request_id.into()),
            kind: LogKind::Notice,
            text,
        };
        // With the engine its logs have ended.
        let _ = self.messages.send(Message::Say(line));
    }

    /// Ends every process and the threads. Invocations that run learn that it is over, and so do later ones. The
    /// sink has had every line when this returns. Dropping the engine does the same.
    pub fn shut_down(&self) {
        // If the thread has ended already there is nobody to tell.
        let _ = self.messages.send(Message::ShutDown);
        let Some(ending) = self.ending.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let Ending { thread, log_thread, code_thread, mut watchdog } = ending;
        for thread in [thread, log_thread] {
            // A panic of a sink ends the log thread only, and was printed where it happened.
            let _ = thread.join();
        }
        // Once no process runs any more. A deployment under way is waited for; a later one finds the engine ended.
        self.deployment.lock().unwrap_or_else(PoisonError::into_inner).workshop.staging.close();
        let _ = code_thread.join();
        // The watchdog ends by itself, as the last that could talk to it is gone.
        let _ = watchdog.wait();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shut_down();
    }
}

impl Deployment {
    /// The function whose code and layers that of `config` are: a published version stays as it was published, and Lambda@Edge
    /// replicates one.
    fn published<'a>(
        &'a self,
        config: &FunctionConfig,
        prepared: &'a HashMap<String, Function>,
    ) -> Option<&'a Function> {
        let earlier = |name: &str| self.functions.get(name).map(|deployed| &*deployed.function);
        let kept = if config.version == LATEST { None } else { earlier(&config.qualified_name()) };
        kept.or_else(|| match &config.code {
            Code::Replica(name) => prepared.get(name).or_else(|| earlier(name)),
            Code::Folder(_) | Code::Inline { .. } => None,
        })
    }

    fn provisioned_too_many(&self, functions: &[FunctionConfig]) -> Option<DeployError> {
        let wanted = functions.iter().map(|config| config.provisioned_concurrency as usize).sum();
        let most = functions.iter().max_by_key(|config| config.provisioned_concurrency)?;
        (wanted > self.provisioned_max).then(|| DeployError::ProvisionedTooMany {
            function: most.qualified_name(),
            wanted,
            wanted_max: self.provisioned_max,
            place: most.place,
        })
    }

    fn prepare(
        &mut self,
        functions: Vec<FunctionConfig>,
    ) -> Result<(DeployReport, HashMap<String, Deployed>), Vec<DeployError>> {
        let (mut report, mut errors) = (DeployReport::default(), Vec::new());
        errors.extend(self.provisioned_too_many(&functions));
        let mut prepared: HashMap<String, Function> = HashMap::new();
        for config in functions {
            let (name, place) = (config.qualified_name(), config.place);
            let function = match self.published(&config, &prepared) {
                Some(published) => Ok(published.clone().configured(config)),
                // What keeps a version from running has been said of the version.
                None if matches!(config.code, Code::Replica(_)) => continue,
                None => self.workshop.prepare(config, &mut report.notices),
            };
            match function {
                Ok(function) => {
                    if prepared.insert(name.clone(), function).is_some() {
                        errors.push(DeployError::NameTwice { function: name, place });
                    }
                }
                Err(found) => errors.extend(found),
            }
        }
        mark_outdated(&mut prepared);
        let mut prepared: Vec<(String, Function)> = prepared.into_iter().collect();
        prepared.sort_by(|one, other| one.0.cmp(&other.0));
        let mut deployed: HashMap<String, Deployed> = HashMap::new();
        for (name, function) in prepared {
            let function = Arc::new(function);
            let revision = match self.functions.get(&name) {
                Some(old) if old.function.runs_as(&function) => old.revision,
                old => {
                    let list = if old.is_some() { &mut report.changed } else { &mut report.added };
                    list.push(name.clone());
                    self.revisions += 1;
                    self.revisions
                }
            };
            deployed.insert(name, Deployed { function, revision });
        }
        if errors.is_empty() {
            let redeployed = deployed.iter().filter_map(|(name, new)| {
                self.functions.get(name).map(|old| (&*old.function, &*new.function))
            });
            (errors, report.notices) = syntax::check(redeployed, &self.workshop.clients, report.notices);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        report.removed =
            self.functions.keys().filter(|name| !deployed.contains_key(*name)).cloned().collect();
        report.removed.sort();
        Ok((report, deployed))
    }
}

/// Says of every version whether the function has other code or settings by now.
fn mark_outdated(functions: &mut HashMap<String, Function>) {
    let outdated = functions.iter().filter(|(_, function)| function.config.version != LATEST);
    let outdated = outdated.filter(|(_, version)| {
        let of = match &version.config.code {
            Code::Replica(of) => of.split(':').next().unwrap_or(of),
            _ => &version.config.name,
        };
        functions.get(of).is_some_and(|latest| !version.is_of_one_publication(latest))
    });
    for name in outdated.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
        if let Some(version) = functions.get_mut(&name) {
            version.is_outdated = true;
        }
    }
}

/// What part of all processes may be provisioned: one in that many.
const PROVISIONED_SHARE: usize = 2;
const DEFAULT_SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
