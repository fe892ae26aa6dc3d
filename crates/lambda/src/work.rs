//! One invocation on its way through the engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::function::Function;
use crate::invocation::{FunctionError, Invocation};
use crate::sandbox::Streaming;
use crate::stream::{Reply, Sink};
use bytes::Bytes;
use frontgate_explain::{Fact, FactKind};

/// An invocation that has been accepted.
#[derive(Debug)]
pub(crate) struct Work {
    /// The function as it was when the invocation was accepted.
    pub(crate) function: Arc<Function>,
    pub(crate) request: Request,
    /// Whether it had to wait for a free process.
    pub(crate) has_waited: bool,
}

/// An invocation as its caller asks for it.
#[derive(Debug)]
pub(crate) struct Request {
    /// The name, perhaps with a qualifier.
    pub(crate) name: String,
    /// Chooses among the versions of an alias.
    pub(crate) draw: u32,
    /// Which version the alias stands for this time; none where no alias was named.
    pub(crate) chosen: Option<Fact>,
    pub(crate) event: Bytes,
    pub(crate) request_id: Arc<str>,
    pub(crate) trace_id: String,
    /// The ARN that the caller named, with its qualifier; `None` for that of the function.
    pub(crate) invoked_arn: Option<String>,
    pub(crate) client_context: Option<String>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) keeps_tail: bool,
    pub(crate) arrived: Instant,
    pub(crate) reply: Reply,
}

/// What an invocation gave, before its facts are put together.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) payload: Bytes,
    /// What the runtime says of the payload.
    pub(crate) content_type: Option<String>,
    pub(crate) error: Option<FunctionError>,
    /// How it ended.
    pub(crate) fact: Fact,
    /// How it began: a cold or a warm start; none if the function could not be initialized.
    pub(crate) start: Option<Fact>,
    pub(crate) init_duration: Option<Duration>,
    pub(crate) duration: Duration,
}

impl Work {
    /// Whether nobody waits for it any more.
    pub(crate) fn is_abandoned(&self, now: Instant) -> bool {
        self.request.reply.is_closed() || self.request.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// Begins a streamed response of a function that started so and has run for `duration`.
    pub(crate) fn begin(
        &mut self,
        streaming: &Streaming,
        start: Fact,
        duration: Duration,
        began: Instant,
    ) -> Sink {
        let mut facts = self.first_facts(began);
        facts.push(start);
        let streams = Fact::of(FactKind::FunctionStreams).value(whole_ms(duration));
        facts.push(streams.at(self.function.config.place));
        let version = &self.function.config.version;
        self.request.reply.begin(streaming.content_type.clone(), version, facts)
    }

    /// The facts from here on: that the function is invoked, and how long the invocation waited for a process.
    pub(crate) fn first_facts(&self, now: Instant) -> Vec<Fact> {
        let place = self.function.config.place;
        let mut facts = Vec::with_capacity(6);
        facts.push(Fact::of(FactKind::FunctionInvoked).at(place));
        facts.extend(self.request.chosen);
        if self.function.is_outdated {
            facts.push(Fact::of(FactKind::FunctionVersionOutdated).at(place));
        }
        if self.has_waited {
            let waited = now.saturating_duration_since(self.request.arrived);
            facts.push(Fact::of(FactKind::FunctionQueued).value(whole_ms(waited)).at(place));
        }
        facts
    }
}

impl Answered {
    /// The answer for the caller.
    pub(crate) fn into_invocation(
        self,
        mut facts: Vec<Fact>,
        log_tail: Option<String>,
        executed_version: String,
    ) -> Invocation {
        let Self { payload, error, fact, start, init_duration, duration, .. } = self;
        facts.extend(start);
        facts.push(fact);
        Invocation {
            payload,
            function_error: error,
            executed_version,
            log_tail,
            facts,
            init_duration,
            duration,
        }
    }
}

/// Milliseconds as a fact's value.
pub(crate) fn whole_ms(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
