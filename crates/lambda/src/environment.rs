//! The life of one execution environment: init, invocations one after the other, end.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use frontgate_explain::{Fact, FactKind};
use tokio::sync::{mpsc, watch};

use crate::closing::{Closing, answered, deliver, not_initialized};
use crate::dispatcher::Message;
use crate::extensions::ShutdownReason;
use crate::failures;
use crate::function::Function;
use crate::ids;
use crate::invocation::InvokeError;
use crate::limits::INIT_TIME_MAX;
use crate::output::Mark;
use crate::report::{Status, epoch_ms, init_report_line, log_stream_name, start_line};
use crate::runtime_api::Event;
use crate::sandbox::{Ended, Initialized, Kit, Sandbox, Settled};
use crate::scratch::Scratch;
use crate::telemetry::{InitPhase, Invoked};
use crate::variables::{ON_DEMAND, PROVISIONED};
use crate::work::{Answered, Work, whole_ms};

/// One execution environment.
#[derive(Debug)]
pub(crate) struct Environment {
    id: u64,
    inbox: mpsc::UnboundedReceiver<Work>,
    messages: mpsc::UnboundedSender<Message>,
    kit: Kit,
    sandbox: Option<Sandbox>,
    /// What it may write to; made when it is first needed.
    scratch: Option<Arc<Scratch>>,
    /// Whether it ended because of what its function did.
    is_broken: bool,
    /// Why it ends, when it does.
    ending: ShutdownReason,
    /// It is started before there is an invocation, and kept.
    is_provisioned: bool,
}

/// What the process is ready for after an invocation.
enum After {
    /// For another one.
    Ready,
    /// For nothing: it has ended.
    Ended,
    /// For nothing, and it did not even take this one.
    NotTaken(Box<Work>),
}

/// How the first invocation of an environment begins.
struct ColdStart {
    /// How long the init phase took, if it succeeded at once; a second attempt counts to the invocation.
    init_duration: Option<Duration>,
    /// How long the process took to start, however often that was tried.
    duration: Duration,
    /// When the timeout of the invocation began to run.
    since: Instant,
}

impl Environment {
    pub(crate) fn new(
        id: u64,
        inbox: mpsc::UnboundedReceiver<Work>,
        messages: mpsc::UnboundedSender<Message>,
        kit: Kit,
        scratch: Option<Arc<Scratch>>,
    ) -> Self {
        Self {
            id,
            inbox,
            messages,
            kit,
            sandbox: None,
            scratch,
            is_broken: false,
            ending: ShutdownReason::default(),
            is_provisioned: false,
        }
    }

    /// Lives until the process ends, its inbox is closed, or frontgate shuts down.
    pub(crate) async fn run(mut self, first: Work, mut shutdown: watch::Receiver<bool>) {
        let not_taken = tokio::select! {
            not_taken = self.serve(first) => not_taken,
            _ = shutdown.wait_for(|is_over| *is_over) => None,
        };
        self.close_down(not_taken).await;
    }

    /// The same for an environment that is started before there is an invocation.
    pub(crate) async fn run_in_advance(
        mut self,
        function: Arc<Function>,
        mut shutdown: watch::Receiver<bool>,
    ) {
        self.is_provisioned = true;
        let not_taken = tokio::select! {
            not_taken = self.serve_in_advance(&function) => not_taken,
            _ = shutdown.wait_for(|is_over| *is_over) => None,
        };
        self.close_down(not_taken).await;
    }

    async fn close_down(mut self, not_taken: Option<Work>) {
        self.inbox.close();
        let mut unstarted = Vec::from_iter(not_taken);
        while let Ok(work) = self.inbox.try_recv() {
            unstarted.push(work);
        }
        self.end().await;
        let scratch = self.scratch.take().filter(|_| self.is_broken);
        self.tell(Message::Gone { id: self.id, unstarted, scratch });
    }

    /// The straight line. Gives back an invocation that did not reach the process.
    async fn serve(&mut self, first: Work) -> Option<Work> {
        let (work, start) = self.initialize(first).await?;
        self.serve_on(work, Some(start)).await
    }

    /// The init phase without an invocation; then the straight line. It is tried once: an invocation that finds no
    /// provisioned environment tries again, and its caller learns what is wrong.
    async fn serve_in_advance(&mut self, function: &Function) -> Option<Work> {
        let began = Instant::now();
        let is_ready = match self.attempt(function, began + INIT_TIME_MAX, "init").await {
            Err(_) => false,
            Ok(Initialized::Ready) => true,
            Ok(failure) => {
                self.say(init_report_line(began.elapsed(), "init", status_of(&failure)));
                false
            }
        };
        self.tell(Message::Started { id: self.id });
        self.tell(Message::Provisioned { id: self.id, is_ready });
        if !is_ready {
            return None;
        }
        let work = self.next_work().await?;
        self.serve_on(work, None).await
    }

    /// One invocation after the other.
    async fn serve_on(&mut self, mut work: Work, mut start: Option<ColdStart>) -> Option<Work> {
        loop {
            match self.invoke(work, start.take()).await {
                After::Ready => {}
                After::Ended => {
                    self.is_broken = true;
                    return None;
                }
                After::NotTaken(work) => return Some(*work),
            }
            work = self.next_work().await?;
        }
    }

    /// The init phase: at most ten seconds, then once more within the first invocation and its timeout. Without
    /// a success it answers the invocation itself and gives nothing back.
    async fn initialize(&mut self, work: Work) -> Option<(Work, ColdStart)> {
        let began = Instant::now();
        let failure = match self.attempt(&work.function, began + INIT_TIME_MAX, "init").await {
            Err(problem) => return fail_to_start(work, &problem),
            Ok(Initialized::Ready) => {
                self.tell(Message::Started { id: self.id });
                let (since, duration) = (Instant::now(), began.elapsed());
                return Some((work, ColdStart { init_duration: Some(duration), duration, since }));
            }
            Ok(failure) => failure,
        };
        self.say(init_report_line(began.elapsed(), "init", status_of(&failure)));
        self.ending = ending_of(status_of(&failure));
        self.end().await;
        let since = Instant::now();
        let failure = match self.attempt(&work.function, since + work.function.config.timeout, "invoke").await
        {
            Err(problem) => return fail_to_start(work, &problem),
            Ok(Initialized::Ready) => {
                self.tell(Message::Started { id: self.id });
                return Some((work, ColdStart { init_duration: None, duration: began.elapsed(), since }));
            }
            Ok(failure) => failure,
        };
        let status = status_of(&failure);
        self.say(init_report_line(since.elapsed(), "invoke", status));
        self.mark_start(&work);
        let answered = not_initialized(&work, &failure, since.elapsed());
        self.close(work, answered, status, began).await;
        None
    }

    async fn attempt(
        &mut self,
        function: &Function,
        deadline: Instant,
        phase: &'static str,
    ) -> std::io::Result<Initialized> {
        let version = &function.config.version;
        let stream = log_stream_name(SystemTime::now(), version, &ids::hexadecimal());
        let scratch = match &self.scratch {
            Some(scratch) => Arc::clone(scratch),
            None => Arc::clone(self.scratch.insert(Arc::new(self.kit.scratches.make()?))),
        };
        let kind = if self.is_provisioned { PROVISIONED } else { ON_DEMAND };
        let sandbox = Sandbox::start(function, (&stream, kind), &scratch, &self.kit).await?;
        let phase = InitPhase { kind, phase, began: Instant::now() };
        let sandbox = self.sandbox.insert(sandbox);
        sandbox.telemetry().init_start(phase, &function.config);
        let initialized = sandbox.initialized(function, &self.kit, deadline).await?;
        sandbox.telemetry().init_done(phase, status_of(&initialized));
        Ok(initialized)
    }

    async fn invoke(&mut self, mut work: Work, start: Option<ColdStart>) -> After {
        let began = Instant::now();
        let function = Arc::clone(&work.function);
        let config = &function.config;
        let since = start.as_ref().map_or(began, |start| start.since);
        let deadline = since + config.timeout;
        self.mark_start(&work);
        let event = event(&work, deadline.saturating_duration_since(began));
        let Some(sandbox) = &mut self.sandbox else { return After::NotTaken(Box::new(work)) };
        sandbox.telemetry().start(invoked(&work), &config.version);
        let Some(mut ended) = sandbox.invoke(event, deadline, config).await else {
            return After::NotTaken(Box::new(work));
        };
        let how = match &start {
            Some(start) => Fact::of(FactKind::ColdStart).value(whole_ms(start.duration)).at(config.place),
            None => Fact::of(FactKind::WarmStart).at(config.place),
        };
        if let Ended::Streams(streaming) = ended {
            let sink = work.begin(&streaming, how, since.elapsed(), began);
            ended = sandbox.stream(streaming, sink, deadline, config).await;
        }
        let done = done_status(&ended);
        sandbox.telemetry().runtime_done(invoked(&work), done, began.elapsed(), ended.length());
        let mut answered = answered(&work, &ended, since.elapsed());
        answered.init_duration = start.as_ref().and_then(|start| start.init_duration);
        answered.start = Some(how);
        let status = match ended {
            Ended::Returned { .. }
            | Ended::Streams(_)
            | Ended::Streamed
            | Ended::Raised(_)
            | Ended::TooLarge(_)
            | Ended::Truncated
            | Ended::OtherMode => {
                return self.settle(work, answered, deadline, began).await;
            }
            Ended::Exited(exit) => {
                let request_id = &work.request.request_id;
                self.say(format!("RequestId: {request_id} Error: {}", failures::exit_reason(exit)));
                self.say(failures::EXIT_ERROR.to_owned());
                Status::Error(failures::EXIT_ERROR)
            }
            Ended::ExtensionFailed(failure) => Status::Error(failure.error_type),
            Ended::OutOfMemory => Status::Error(failures::OUT_OF_MEMORY),
            Ended::OutOfDisk | Ended::TooManyProcesses => {
                // A full disk would end the next process as well.
                self.scratch = None;
                let request_id = &work.request.request_id;
                self.say(format!("RequestId: {request_id} Error: {}", failures::KILLED));
                Status::Error(failures::EXIT_ERROR)
            }
            Ended::TimedOut => Status::Timeout,
        };
        self.close(work, answered, status, began).await;
        After::Ended
    }

    /// After an answer: gives it to the caller at once, and then waits until the process asks for more.
    async fn settle(&mut self, work: Work, answered: Answered, deadline: Instant, began: Instant) -> After {
        let mut closing = Closing::of(&work, &answered);
        // From here on another invocation may be sent to this environment; it waits in the inbox meanwhile. Said
        // before the answer, so that a caller's next invocation finds the environment free.
        self.tell(Message::Available { id: self.id });
        let mut late = None;
        if work.request.keeps_tail {
            late = Some((work, answered));
        } else {
            deliver(work, answered, None, began).await;
        }
        let Some(sandbox) = &mut self.sandbox else { return After::Ended };
        let status = match sandbox.asks_again(deadline).await {
            Settled::Ready => Status::Success,
            Settled::Exited => Status::Error(failures::EXIT_ERROR),
            Settled::ExtensionFailed(failure) => Status::Error(failure.error_type),
            Settled::TimedOut => Status::Timeout,
        };
        let is_ready = status == Status::Success;
        self.ending = ending_of(status);
        if sandbox.has_extensions() {
            closing.lasted(began.elapsed());
        }
        let tail = closing.write(sandbox, status);
        if let Some((work, answered)) = late {
            deliver(work, answered, tail, began).await;
        }
        if is_ready { After::Ready } else { After::Ended }
    }

    /// Closes the log of an invocation that ended with its process, and gives the answer.
    async fn close(&mut self, work: Work, answered: Answered, status: Status<'_>, began: Instant) {
        self.ending = ending_of(status);
        let closing = Closing::of(&work, &answered);
        let tail = self.sandbox.as_mut().and_then(|sandbox| closing.write(sandbox, status));
        deliver(work, answered, tail, began).await;
    }

    /// Waits for the next invocation, as long as the process lives and one may come.
    async fn next_work(&mut self) -> Option<Work> {
        let sandbox = self.sandbox.as_mut()?;
        tokio::select! {
            biased;
            () = sandbox.ended_idle() => None,
            work = self.inbox.recv() => work,
        }
    }

    fn mark_start(&self, work: &Work) {
        let request_id = Arc::clone(&work.request.request_id);
        let text = start_line(&request_id, &work.function.config.version);
        if let Some(sandbox) = &self.sandbox {
            sandbox.mark(Mark::Begin { request_id, text, keeps_tail: work.request.keeps_tail });
        }
    }

    fn say(&self, text: String) {
        if let Some(sandbox) = &self.sandbox {
            sandbox.say(text);
        }
    }

    async fn end(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            sandbox.end(self.ending).await;
        }
    }

    fn tell(&self, message: Message) {
        // Without a dispatcher there is nobody left to tell.
        let _ = self.messages.send(message);
    }
}

fn event(work: &Work, time_left: Duration) -> Event {
    let (config, request) = (&work.function.config, &work.request);
    Event {
        request_id: Arc::clone(&request.request_id),
        deadline_ms: epoch_ms(SystemTime::now() + time_left),
        function_arn: request.invoked_arn.clone().unwrap_or_else(|| config.arn.clone()),
        trace_id: request.trace_id.clone(),
        client_context: request.client_context.clone(),
        body: request.event.clone(),
    }
}

fn invoked(work: &Work) -> Invoked<'_> {
    Invoked { request_id: &work.request.request_id, trace_id: &work.request.trace_id }
}

/// How the runtime came out of an invocation; an error that it reported itself is none of its own.
fn done_status(ended: &Ended) -> Status<'_> {
    match ended {
        Ended::TimedOut => Status::Timeout,
        Ended::ExtensionFailed(failure) => Status::Error(failure.error_type),
        Ended::OutOfMemory => Status::Error(failures::OUT_OF_MEMORY),
        Ended::Exited(_) | Ended::OutOfDisk | Ended::TooManyProcesses => Status::Error(failures::EXIT_ERROR),
        _ => Status::Success,
    }
}

/// What extensions are told of the end of an environment after that.
fn ending_of(status: Status<'_>) -> ShutdownReason {
    match status {
        Status::Success => ShutdownReason::Spindown,
        Status::Error(_) => ShutdownReason::Failure,
        Status::Timeout => ShutdownReason::Timeout,
    }
}

fn fail_to_start<T>(work: Work, problem: &std::io::Error) -> Option<T> {
    work.request.reply.refuse(InvokeError::Spawn(problem.to_string()));
    None
}

fn status_of(failure: &Initialized) -> Status<'_> {
    match failure {
        Initialized::Ready => Status::Success,
        Initialized::Reported { error_type, .. } => {
            Status::Error(error_type.as_deref().unwrap_or("Runtime.Unknown"))
        }
        Initialized::Exited(_) => Status::Error(failures::EXIT_ERROR),
        Initialized::ExtensionFailed(failure) => Status::Error(failure.error_type),
        Initialized::TimedOut => Status::Timeout,
    }
}
