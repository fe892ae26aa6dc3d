//! One process of a function together with its Runtime API and its log.

use std::process::ExitStatus;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use frontgate_aws::Arn;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::apart::Launcher;
use crate::config::FunctionConfig;
use crate::extensions::{About, ExtensionFailure, Extensions, ShutdownReason};
use crate::function::Function;
use crate::launch::Launch;
use crate::limits::{
    END_TIME_MAX, LOOKS_PER_LOOK_AT_DISK, MEMORY_LOOK_INTERVAL, PROCESSES_MAX, RUNTIME_SHUTDOWN_TIME_MAX,
};
use crate::log::{LogKind, LogWriter};
use crate::output::{self, Mark, Source};
use crate::process::{Memory, Process, wait_for};
use crate::runtime_api::{Answer, Call, CallKind, Event, Payload, RuntimeApi, Streamed};
use crate::scratch::{Scratch, Scratches};
use crate::staging::StagedCode;
use crate::starts::look_interval;
use crate::stream::{Sink, forward};
use crate::telemetry::{Speaker, Telemetry};
use crate::watchdog::Watchdog;

/// What every sandbox is made with.
#[derive(Clone, Debug)]
pub(crate) struct Kit {
    pub(crate) log: LogWriter,
    pub(crate) watchdog: Watchdog,
    pub(crate) search_path: String,
    /// `None` where functions are started as they are.
    pub(crate) launcher: Option<Launcher>,
    pub(crate) scratches: Scratches,
    /// Where the services of AWS that are played answer, once that is known.
    pub(crate) endpoint: Arc<OnceLock<String>>,
}

/// A process, what it says and what it prints.
#[derive(Debug)]
pub(crate) struct Sandbox {
    /// `None` until every external extension has registered.
    process: Option<Process>,
    /// What the runtime is started with, until it is.
    launch: Option<Launch>,
    extensions: Extensions,
    telemetry: Telemetry,
    watchdog: Watchdog,
    calls: mpsc::Receiver<Call>,
    api: JoinHandle<()>,
    marks: mpsc::UnboundedSender<Mark>,
    output: JoinHandle<()>,
    /// The process's call for the next event, which waits for one.
    next: Option<oneshot::Sender<Answer>>,
    memory_max_mb: Option<u64>,
    memory_looked: Option<Instant>,
    scratch: Arc<Scratch>,
    /// How often its memory was looked at.
    looks: u32,
    /// The code and the layers stay as long as a process of it runs.
    code: (Arc<StagedCode>, Option<Arc<StagedCode>>),
}

/// How the init phase ended.
#[derive(Debug)]
pub(crate) enum Initialized {
    Ready,
    /// The runtime reported an error.
    Reported {
        error_type: Option<String>,
        body: Bytes,
    },
    Exited(Option<ExitStatus>),
    /// An external extension ended.
    ExtensionFailed(ExtensionFailure),
    TimedOut,
}

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Returned {
        payload: Bytes,
        content_type: Option<String>,
    },
    /// The response has begun and comes piece by piece.
    Streams(Streaming),
    /// The whole response has gone to the caller.
    Streamed,
    TooLarge(usize),
    OtherMode,
    Raised(Bytes),
    Exited(Option<ExitStatus>),
    /// An external extension ended.
    ExtensionFailed(ExtensionFailure),
    OutOfDisk,
    OutOfMemory,
    TimedOut,
    TooManyProcesses,
    /// The connection of a streamed response ended before the response did.
    Truncated,
}

impl Ended {
    /// How many bytes the function returned, as far as they came together.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Returned { payload, .. } | Self::Raised(payload) => payload.len(),
            Self::TooLarge(length) => *length,
            _ => 0,
        }
    }
}

/// A response that has begun.
#[derive(Debug)]
pub(crate) struct Streaming {
    pub(crate) content_type: Option<String>,
    pieces: mpsc::Receiver<Streamed>,
    /// Where the process learns that all of it was taken.
    reply: oneshot::Sender<Answer>,
}

/// What a process is ready for after an invocation.
#[derive(Debug)]
pub(crate) enum Settled {
    /// For another one.
    Ready,
    Exited,
    ExtensionFailed(ExtensionFailure),
    TimedOut,
}

impl Sandbox {
    /// Starts the processes of `function`: where there are external extensions these first, and the runtime once they have
    /// registered.
    pub(crate) async fn start(
        function: &Function,
        (log_stream_name, initialization_type): (&str, &'static str),
        scratch: &Arc<Scratch>,
        kit: &Kit,
    ) -> std::io::Result<Self> {
        let api = RuntimeApi::listen().await?;
        let telemetry = Telemetry::new(!function.extensions.is_empty());
        let (reader, output) = std::io::pipe()?;
        let (extensions_reader, extensions_output) = std::io::pipe()?;
        let outputs = (output, extensions_output);
        let address = api.address();
        let launch =
            Launch::new(function, (log_stream_name, initialization_type, &address), scratch, kit, outputs);
        let mut extensions = Extensions::new(about(&function.config), telemetry.clone());
        for path in &function.extensions {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            extensions.add(name, launch.extension(path, &scratch.home(), kit)?);
        }
        let (process, launch) = match extensions.are_there() {
            true => (None, Some(launch)),
            false => (Some(launch.runtime(function, kit)?), None),
        };
        let mut sources = vec![Source::new(Speaker::Function, pipe::Receiver::from_owned_fd(reader.into())?)];
        if extensions.are_there() {
            let pipe = pipe::Receiver::from_owned_fd(extensions_reader.into())?;
            sources.push(Source::new(Speaker::Extension, pipe));
        }
        let (calls_in, calls) = mpsc::channel(1);
        let (marks, output) =
            output::start(Arc::clone(&function.name), sources, kit.log.clone(), telemetry.clone());
        let api = tokio::spawn(api.serve(calls_in));
        Ok(Self {
            process,
            launch,
            extensions,
            telemetry,
            watchdog: kit.watchdog.clone(),
            calls,
            api,
            marks,
            output,
            next: None,
            memory_max_mb: None,
            memory_looked: None,
            scratch: Arc::clone(scratch),
            looks: 0,
            code: (Arc::clone(&function.code), function.layers.clone()),
        })
    }

    /// Waits until the process asks for its first event and every extension, too, which ends the init phase.
    pub(crate) async fn initialized(
        &mut self,
        function: &Function,
        kit: &Kit,
        deadline: Instant,
    ) -> std::io::Result<Initialized> {
        let initialized = self.initialize(function, kit, deadline).await?;
        for line in self.extensions.close_registration() {
            self.say(line);
        }
        Ok(initialized)
    }

    async fn initialize(
        &mut self,
        function: &Function,
        kit: &Kit,
        deadline: Instant,
    ) -> std::io::Result<Initialized> {
        loop {
            if self.extensions.have_registered()
                && let Some(launch) = self.launch.take()
            {
                self.process = Some(launch.runtime(function, kit)?);
            }
            if self.next.is_some() && self.extensions.are_ready() {
                return Ok(Initialized::Ready);
            }
            tokio::select! {
                biased;
                Some(call) = self.calls.recv() => match call.kind {
                    CallKind::Next => self.next = Some(call.reply),
                    CallKind::InitError { error_type, body } => {
                        answer(call.reply, Answer::Accepted);
                        return Ok(Initialized::Reported { error_type, body });
                    }
                    CallKind::Response { .. } | CallKind::Error { .. } => {
                        answer(call.reply, Answer::InvalidRequestId);
                    }
                    CallKind::Extension(kind) => self.extensions.answer(kind, call.reply),
                },
                failure = self.extensions.exited() => return Ok(Initialized::ExtensionFailed(failure)),
                status = wait_for(&mut self.process) => return Ok(Initialized::Exited(status)),
                () = tokio::time::sleep_until(deadline.into()) => return Ok(Initialized::TimedOut),
            }
        }
    }

    /// Hands an event to the process and waits for the answer. `None` if the process did not ask for one.
    pub(crate) async fn invoke(
        &mut self,
        event: Event,
        deadline: Instant,
        bounds: &FunctionConfig,
    ) -> Option<Ended> {
        let request_id = Arc::clone(&event.request_id);
        let next = self.next.take()?;
        self.extensions.invoke(&event);
        answer(next, Answer::Event(Box::new(event)));
        let mut looks = self.looks();
        loop {
            tokio::select! {
                biased;
                Some(call) = self.calls.recv() => {
                    if let Some(ended) = on_call(call, &request_id, &mut self.extensions) {
                        return Some(ended);
                    }
                }
                failure = self.extensions.exited() => return Some(Ended::ExtensionFailed(failure)),
                status = wait_for(&mut self.process) => {
                    // Its last words may still be on their way through the connection.
                    let last = tokio::time::timeout(LAST_WORDS_TIME_MAX, self.calls.recv()).await.ok().flatten();
                    let ended = last.and_then(|call| on_call(call, &request_id, &mut self.extensions));
                    return Some(ended.unwrap_or(Ended::Exited(status)));
                }
                () = tokio::time::sleep_until(deadline.into()) => return Some(Ended::TimedOut),
                _ = looks.tick() => {
                    if let Some(excess) = self.excess(bounds) {
                        return Some(excess);
                    }
                }
            }
        }
    }

    /// When the memory of the process is looked at while it runs.
    fn looks(&self) -> tokio::time::Interval {
        let interval = look_interval(self.watchdog.count());
        tokio::time::interval_at(tokio::time::Instant::now() + interval, interval)
    }

    /// Hands on a response that has begun, and waits for its end.
    pub(crate) async fn stream(
        &mut self,
        streaming: Streaming,
        sink: Sink,
        deadline: Instant,
        bounds: &FunctionConfig,
    ) -> Ended {
        let Streaming { pieces, reply, .. } = streaming;
        let forwarding = forward(pieces, sink);
        tokio::pin!(forwarding);
        let mut looks = self.looks();
        let ended = loop {
            tokio::select! {
                biased;
                ended = &mut forwarding => break ended,
                Some(call) = self.calls.recv() => match call.kind {
                    CallKind::Extension(kind) => self.extensions.answer(kind, call.reply),
                    // It says something else in the middle of its response.
                    _ => answer(call.reply, Answer::InvalidTransition),
                },
                failure = self.extensions.exited() => return Ended::ExtensionFailed(failure),
                status = wait_for(&mut self.process) => {
                    // What it has sent may still be on its way.
                    let rest = tokio::time::timeout_at(deadline.into(), &mut forwarding).await;
                    return match rest {
                        Ok(Ended::Truncated) | Err(_) => Ended::Exited(status),
                        Ok(ended) => ended,
                    };
                }
                () = tokio::time::sleep_until(deadline.into()) => return Ended::TimedOut,
                _ = looks.tick() => {
                    if let Some(excess) = self.excess(bounds) {
                        return excess;
                    }
                }
            }
        };
        if let Ended::Truncated = ended
            && let Ok(status) = tokio::time::timeout(LAST_WORDS_TIME_MAX, wait_for(&mut self.process)).await
        {
            // The connection of a process that ends goes before its end is known.
            return Ended::Exited(status);
        }
        answer(
            reply,
            match ended {
                Ended::TooLarge(_) => Answer::TooLarge,
                Ended::Truncated => Answer::Truncated,
                _ => Answer::Accepted,
            },
        );
        ended
    }

    /// Waits until the process asks for the next event after it has answered, and every extension that was told of the
    /// invocation, too.
    pub(crate) async fn asks_again(&mut self, deadline: Instant) -> Settled {
        loop {
            if self.next.is_some() && self.extensions.are_ready() {
                return Settled::Ready;
            }
            tokio::select! {
                biased;
                Some(call) = self.calls.recv() => match call.kind {
                    CallKind::Next => self.next = Some(call.reply),
                    CallKind::Extension(kind) => self.extensions.answer(kind, call.reply),
                    // It answers twice, or for an invocation that is over.
                    _ => answer(call.reply, Answer::InvalidRequestId),
                },
                failure = self.extensions.exited() => return Settled::ExtensionFailed(failure),
                _ = wait_for(&mut self.process) => return Settled::Exited,
                () = tokio::time::sleep_until(deadline.into()) => return Settled::TimedOut,
            }
        }
    }

    /// Who subscribed to what happens here.
    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// Whether an invocation lasts until extensions have done their part.
    pub(crate) fn has_extensions(&self) -> bool {
        self.extensions.are_there()
    }

    /// Waits until a process has ended, while there is nothing to do.
    pub(crate) async fn ended_idle(&mut self) {
        loop {
            tokio::select! {
                biased;
                _ = wait_for(&mut self.process) => return,
                _ = self.extensions.exited() => return,
                Some(call) = self.calls.recv() => match call.kind {
                    // The process has opened another connection: the older one gets no event any more.
                    CallKind::Next => self.next = Some(call.reply),
                    CallKind::InitError { .. } => answer(call.reply, Answer::InvalidTransition),
                    CallKind::Response { .. } | CallKind::Error { .. } => {
                        answer(call.reply, Answer::InvalidRequestId);
                    }
                    CallKind::Extension(kind) => self.extensions.answer(kind, call.reply),
                },
            }
        }
    }

    /// The most memory that the process ever had, as far as is known. A look costs as much as the rest of a warm
    /// invocation, so that a recent one does.
    pub(crate) fn memory_max_mb(&mut self) -> Option<u64> {
        if self.memory_looked.is_none_or(|at| at.elapsed() >= MEMORY_LOOK_INTERVAL) {
            self.look_at_memory();
        }
        self.memory_max_mb
    }

    fn look_at_memory(&mut self) -> Option<Memory> {
        self.memory_looked = Some(Instant::now());
        let processes = self.process.iter().chain(self.extensions.processes());
        let memory = processes.filter_map(Process::memory).sum::<Memory>();
        if memory.resident_max_mb == 0 {
            return None;
        }
        self.memory_max_mb = self.memory_max_mb.max(Some(memory.resident_max_mb));
        Some(memory)
    }

    /// What the function has more of than it may.
    fn excess(&mut self, bounds: &FunctionConfig) -> Option<Ended> {
        self.looks = self.looks.wrapping_add(1);
        let memory = self.look_at_memory().unwrap_or_default();
        if memory.own_mb > u64::from(bounds.memory_size_mb) {
            return Some(Ended::OutOfMemory);
        }
        if memory.processes > PROCESSES_MAX {
            return Some(Ended::TooManyProcesses);
        }
        let is_turn = self.looks.is_multiple_of(LOOKS_PER_LOOK_AT_DISK);
        let is_full = is_turn && self.scratch.megabytes() > u64::from(bounds.ephemeral_storage_mb);
        is_full.then_some(Ended::OutOfDisk)
    }

    /// Puts something into the log where it stands now.
    pub(crate) fn mark(&self, mark: Mark) {
        // The reader of the log lives as long as the sandbox does.
        let _ = self.marks.send(mark);
    }

    /// Writes a line of Lambda's into the log.
    pub(crate) fn say(&self, text: String) {
        self.mark(Mark::Line { kind: LogKind::Platform, text });
    }

    /// Ends the process and all that it started, and waits until its log is complete. Where there are external
    /// extensions it is asked to end first, and they are told why.
    pub(crate) async fn end(mut self, reason: ShutdownReason) {
        if self.extensions.processes().next().is_some() {
            if let Some(process) = &mut self.process {
                process.terminate(RUNTIME_SHUTDOWN_TIME_MAX).await;
            }
            self.extensions.shut_down(&mut self.calls, reason).await;
        }
        if let Some(process) = &mut self.process {
            process.kill(END_TIME_MAX).await;
        }
        self.extensions.kill(END_TIME_MAX).await;
        drop(self.code);
        self.api.abort();
        drop(self.marks);
        let _ = tokio::time::timeout(END_TIME_MAX, self.output).await;
    }
}

/// What an extension is told of its function when it registers.
fn about(config: &FunctionConfig) -> About {
    About {
        account_id: Arn::parse(&config.arn).map(|arn| arn.account.to_owned()).unwrap_or_default(),
        function_name: config.name.clone(),
        function_version: config.version.clone(),
        handler: config.handler.clone(),
    }
}

/// Answers a call during an invocation; the end of the invocation, or the beginning of its response, if it is that.
fn on_call(call: Call, running: &str, extensions: &mut Extensions) -> Option<Ended> {
    let (reply, ended) = match call.kind {
        CallKind::Response { request_id, content_type, payload } if request_id == running => match payload {
            Payload::Whole(payload) => (Answer::Accepted, Some(Ended::Returned { payload, content_type })),
            Payload::Streamed(pieces) => {
                return Some(Ended::Streams(Streaming { content_type, pieces, reply: call.reply }));
            }
            Payload::TooLarge(bytes) => (Answer::TooLarge, Some(Ended::TooLarge(bytes))),
            Payload::OtherMode => (Answer::InvalidResponseMode, Some(Ended::OtherMode)),
        },
        CallKind::Error { request_id, body } if request_id == running => {
            (Answer::Accepted, Some(Ended::Raised(body)))
        }
        CallKind::Response { .. } | CallKind::Error { .. } => (Answer::InvalidRequestId, None),
        CallKind::Next | CallKind::InitError { .. } => (Answer::InvalidTransition, None),
        CallKind::Extension(kind) => {
            extensions.answer(kind, call.reply);
            return None;
        }
    };
    answer(call.reply, reply);
    ended
}

fn answer(reply: oneshot::Sender<Answer>, answer: Answer) {
    // The connection may be gone; what the process does then is seen by its end.
    let _ = reply.send(answer);
}

const LAST_WORDS_TIME_MAX: Duration = Duration::from_millis(20);
