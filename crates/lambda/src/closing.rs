//! The end of an invocation: the last lines of its log, and the answer to its caller.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind};
use tokio::sync::oneshot;

use crate::failures;
use crate::function::Function;
use crate::invocation::FunctionError;
use crate::limits::PROCESSES_MAX;
use crate::output::Mark;
use crate::report::{Report, Status, end_line, timed_out_line};
use crate::sandbox::{Ended, Initialized, Sandbox};
use crate::stream::Reply;
use crate::work::{Answered, Work, whole_ms};

/// What the last lines of an invocation's log need, when the answer itself has gone to the caller already.
#[derive(Debug)]
pub(crate) struct Closing {
    function: Arc<Function>,
    request_id: Arc<str>,
    duration: Duration,
    init_duration: Option<Duration>,
    keeps_tail: bool,
}

impl Closing {
    pub(crate) fn of(work: &Work, answered: &Answered) -> Self {
        Self {
            function: Arc::clone(&work.function),
            request_id: Arc::clone(&work.request.request_id),
            duration: answered.duration,
            init_duration: answered.init_duration,
            keeps_tail: work.request.keeps_tail,
        }
    }

    /// The invocation lasted until its extensions were done.
    pub(crate) fn lasted(&mut self, duration: Duration) {
        self.duration = duration;
    }

    /// Writes the last lines; gives the way on which the tail of the log comes, if somebody waits for it.
    pub(crate) fn write(
        self,
        sandbox: &mut Sandbox,
        status: Status<'_>,
    ) -> Option<oneshot::Receiver<String>> {
        let memory_used_mb = sandbox.memory_max_mb();
        let config = &self.function.config;
        if status == Status::Timeout {
            sandbox.say(timed_out_line(SystemTime::now(), &self.request_id, config.timeout));
        }
        sandbox.say(end_line(&self.request_id));
        let report = Report {
            request_id: &self.request_id,
            duration: self.duration,
            memory_size_mb: config.memory_size_mb,
            memory_used_mb,
            init_duration: self.init_duration,
            status,
        };
        sandbox.say(report.line());
        sandbox.telemetry().report(&report);
        let (tail, receiver) = oneshot::channel();
        sandbox.mark(Mark::End { tail: self.keeps_tail.then_some(tail) });
        self.keeps_tail.then_some(receiver)
    }
}

/// Gives the caller the answer, with the tail of the log once that is complete.
pub(crate) async fn deliver(
    work: Work,
    mut answered: Answered,
    tail: Option<oneshot::Receiver<String>>,
    began: Instant,
) {
    let facts = work.first_facts(began);
    let log_tail = match tail {
        Some(tail) => tail.await.ok(),
        None => None,
    };
    let version = work.function.config.version.clone();
    let content_type = answered.content_type.take();
    work.request.reply.give(answered.into_invocation(facts, log_tail, version), content_type);
}

/// The answer of an invocation that ended so.
pub(crate) fn answered(work: &Work, ended: &Ended, duration: Duration) -> Answered {
    let config = &work.function.config;
    let request_id = &work.request.request_id;
    let ms = whole_ms(duration);
    let exit = Fact::of(FactKind::FunctionExited).at(config.place);
    let (payload, error, fact) = match ended {
        Ended::Returned { payload, .. } => {
            (payload.clone(), None, Fact::of(FactKind::FunctionReturned).value(ms))
        }
        Ended::Streamed => (Bytes::new(), None, Fact::of(FactKind::FunctionReturned).value(ms)),
        Ended::Raised(body) => (
            body.clone(),
            Some(FunctionError::Raised),
            Fact::of(FactKind::FunctionFailed).value(ms).at(config.place),
        ),
        Ended::TooLarge(bytes) => (
            match work.request.reply {
                Reply::Begun(_) => failures::stream_too_large(*bytes),
                Reply::Whole(_) | Reply::Stream(_) => failures::response_too_large(*bytes),
            },
            Some(FunctionError::ResponseTooLarge),
            Fact::of(FactKind::FunctionResponseTooLarge)
                .value(u32::try_from(*bytes).unwrap_or(u32::MAX))
                .at(config.place),
        ),
        Ended::OtherMode => (
            failures::response_mode_refused(),
            Some(FunctionError::Raised),
            Fact::of(FactKind::FunctionFailed).value(ms).at(config.place),
        ),
        Ended::Truncated => (
            failures::truncated(),
            Some(FunctionError::Truncated),
            Fact::of(FactKind::FunctionStreamTruncated).value(ms).at(config.place),
        ),
        // The response is still to come: its end is another.
        Ended::Streams { .. } => (Bytes::new(), None, Fact::of(FactKind::FunctionStreams).value(ms)),
        Ended::Exited(status) => (failures::exited(request_id, *status), Some(FunctionError::Exited), exit),
        Ended::ExtensionFailed(failure) => (
            failures::extension(request_id, failure),
            Some(FunctionError::Exited),
            Fact::of(FactKind::FunctionExtensionFailed).at(config.place),
        ),
        Ended::OutOfMemory => (
            failures::out_of_memory(request_id),
            Some(FunctionError::Exited),
            Fact::of(FactKind::FunctionOutOfMemory).value(config.memory_size_mb).at(config.place),
        ),
        Ended::OutOfDisk => (
            failures::killed(request_id),
            Some(FunctionError::Exited),
            Fact::of(FactKind::FunctionOutOfDisk).value(config.ephemeral_storage_mb).at(config.place),
        ),
        Ended::TooManyProcesses => (
            failures::killed(request_id),
            Some(FunctionError::Exited),
            Fact::of(FactKind::FunctionOutOfProcesses)
                .value(u32::try_from(PROCESSES_MAX).unwrap_or(u32::MAX))
                .at(config.place),
        ),
        Ended::TimedOut => (
            failures::timed_out(request_id, config.timeout),
            Some(FunctionError::TimedOut),
            timed_out_fact(&work.function),
        ),
    };
    let content_type = match ended {
        Ended::Returned { content_type, .. } => content_type.clone(),
        _ => None,
    };
    Answered { payload, content_type, error, fact, start: None, init_duration: None, duration }
}

/// The answer of an invocation whose function could not be initialized.
pub(crate) fn not_initialized(work: &Work, failure: &Initialized, duration: Duration) -> Answered {
    let config = &work.function.config;
    let request_id = &work.request.request_id;
    let failed = Fact::of(FactKind::FunctionInitFailed).at(config.place);
    let (payload, error, fact): (Bytes, _, _) = match failure {
        Initialized::Reported { body, .. } => (body.clone(), FunctionError::InitFailed, failed),
        Initialized::Exited(status) => {
            (failures::exited(request_id, *status), FunctionError::InitFailed, failed)
        }
        Initialized::ExtensionFailed(failure) => (
            failures::extension(request_id, failure),
            FunctionError::InitFailed,
            Fact::of(FactKind::FunctionExtensionFailed).at(config.place),
        ),
        Initialized::TimedOut | Initialized::Ready => (
            failures::timed_out(request_id, config.timeout),
            FunctionError::TimedOut,
            timed_out_fact(&work.function),
        ),
    };
    let content_type = None;
    Answered { payload, content_type, error: Some(error), fact, start: None, init_duration: None, duration }
}

fn timed_out_fact(function: &Function) -> Fact {
    let seconds = u32::try_from(function.config.timeout.as_secs()).unwrap_or(u32::MAX);
    Fact::of(FactKind::FunctionTimedOut).value(seconds).at(function.config.place)
}
