//! Which execution environment gets an invocation: an idle one, else a new one, else the invocation waits or is
//! throttled. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use frontgate_explain::{Fact, FactKind};
use tokio::sync::{mpsc, watch};

use crate::config::LATEST;
use crate::environment::Environment;
use crate::function::Function;
use crate::invocation::InvokeError;
use crate::limits::{CONCURRENT_EXECUTIONS_MAX, END_TIME_MAX};
use crate::log::LogLine;
use crate::sandbox::Kit;
use crate::scratch::Scratch;
use crate::starts::{Room, Starts};
use crate::work::{Request, Work};

/// What the dispatcher is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// These are the functions that there are.
    Deploy(Vec<Deployed>),
    /// A caller wants an invocation.
    Invoke(Request),
    /// An environment has started.
    Started { id: u64 },
    /// An environment has answered and can take another invocation.
    Available { id: u64 },
    /// A provisioned environment is initialized, or it could not be.
    Provisioned { id: u64, is_ready: bool },
    /// An environment has ended; the invocations that it did not take.
    /// What it wrote is kept for the next one if its process did not end by itself.
    Gone { id: u64, unstarted: Vec<Work>, scratch: Option<Arc<Scratch>> },
    /// A line for the log of a function, about what happens to its events.
    Say(LogLine),
    /// End everything.
    ShutDown,
}

/// A function, with a number that changes when its processes must.
#[derive(Clone, Debug)]
pub(crate) struct Deployed {
    pub(crate) function: Arc<Function>,
    pub(crate) revision: u64,
}

/// Decides which environment runs what.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    slots: HashMap<Arc<str>, Slot>,
    environments: HashMap<u64, Standing>,
    waiting: VecDeque<Work>,
    /// Running and waiting invocations of all functions.
    accepted: usize,
    next_id: u64,
    kit: Kit,
    messages: mpsc::UnboundedSender<Message>,
    shutdown: watch::Sender<bool>,
    idle_timeout: Duration,
    starts: Starts,
    /// Some function has execution environments that are started in advance, or had.
    provisions: bool,
}

/// One function.
#[derive(Debug)]
struct Slot {
    deployed: Deployed,
    /// Its running and waiting invocations.
    accepted: usize,
    /// Its idle environments, the one last used last.
    idle: Vec<Idle>,
    /// What environments wrote whose processes timed out or crashed: the next one goes on with it.
    scratches: Vec<Arc<Scratch>>,
    /// An environment could not be provisioned: there is no other attempt before the next deployment.
    cannot_be_provisioned: bool,
}

#[derive(Clone, Copy, Debug)]
struct Idle {
    id: u64,
    since: Instant,
}

/// One environment as the dispatcher sees it.
#[derive(Debug)]
struct Standing {
    function: Arc<str>,
    revision: u64,
    /// `None` once it gets no more work.
    inbox: Option<mpsc::UnboundedSender<Work>>,
    is_busy: bool,
    /// It was started in advance, and is kept while it is idle.
    is_provisioned: bool,
}

impl Dispatcher {
    pub(crate) fn new(
        kit: Kit,
        messages: mpsc::UnboundedSender<Message>,
        idle_timeout: Duration,
        processes_max: usize,
    ) -> Self {
        Self {
            slots: HashMap::new(),
            environments: HashMap::new(),
            waiting: VecDeque::new(),
            accepted: 0,
            next_id: 0,
            kit,
            messages,
            shutdown: watch::Sender::new(false),
            idle_timeout,
            starts: Starts::new(processes_max),
            provisions: false,
        }
    }

    /// Works until it is told to shut down and every environment has ended.
    pub(crate) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        let mut looks = tokio::time::interval(self.look_interval());
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                message = inbox.recv() => match message {
                    Some(Message::ShutDown) | None => break,
                    Some(message) => self.take(message),
                },
                _ = looks.tick(), if self.has_something_to_look_at() => self.look(Instant::now()),
            }
        }
        self.end(inbox).await;
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Deploy(functions) => self.deploy(functions),
            Message::Invoke(request) => self.accept(request),
            Message::Started { id } => self.started(id),
            Message::Available { id } => self.available(id),
            Message::Provisioned { id, is_ready } => self.provisioned(id, is_ready),
            Message::Gone { id, unstarted, scratch } => self.gone(id, unstarted, scratch),
            Message::Say(line) => self.kit.log.write(line),
            Message::ShutDown => {}
        }
    }

    fn deploy(&mut self, functions: Vec<Deployed>) {
        let mut old = std::mem::take(&mut self.slots);
        for deployed in functions {
            let name = Arc::clone(&deployed.function.qualified_name);
            self.provisions |= deployed.function.config.provisioned_concurrency > 0;
            let (accepted, idle, scratches) = match old.remove(&name) {
                Some(slot) if slot.deployed.revision == deployed.revision => {
                    (slot.accepted, slot.idle, slot.scratches)
                }
                Some(slot) => {
                    self.dismiss(&slot.idle);
                    (slot.accepted, Vec::new(), Vec::new())
                }
                None => (0, Vec::new(), Vec::new()),
            };
            self.slots
                .insert(name, Slot { deployed, accepted, idle, scratches, cannot_be_provisioned: false });
        }
        for slot in old.into_values() {
            self.dismiss(&slot.idle);
        }
        self.provision();
        self.start_waiting();
    }

    /// Starts the execution environments that are to be there before they are needed; what is too much of them ends
    /// once it is idle for long, as any other.
    fn provision(&mut self) {
        let mut missing = Vec::new();
        for (name, slot) in self.slots.iter().filter(|_| self.provisions) {
            let wanted = slot.deployed.function.config.provisioned_concurrency as usize;
            let revision = slot.deployed.revision;
            let mine = self.environments.values_mut().filter(|standing| {
                standing.is_provisioned
                    && standing.inbox.is_some()
                    && standing.function == *name
                    && standing.revision == revision
            });
            let mut there = 0;
            for standing in mine {
                there += 1;
                standing.is_provisioned = there <= wanted;
            }
            if there < wanted && !slot.cannot_be_provisioned {
                missing.push((Arc::clone(name), wanted - there));
            }
        }
        for (name, count) in missing {
            for _ in 0..count {
                if self.starts.has_process(self.environments.len()) {
                    self.start(&name, None);
                }
            }
        }
    }

    fn provisioned(&mut self, id: u64, is_ready: bool) {
        let Some(standing) = self.environments.get_mut(&id) else { return };
        standing.is_busy = false;
        let name = Arc::clone(&standing.function);
        if is_ready {
            return self.idle(id);
        }
        if let Some(slot) = self.slots.get_mut(&name) {
            slot.cannot_be_provisioned = true;
        }
    }

    /// Takes an invocation on, or says at once why not.
    fn accept(&mut self, request: Request) {
        let (qualified_name, chosen) = match self.qualified(&request) {
            Some(found) => found,
            None => {
                let name = request.name.clone();
                return refuse(request, InvokeError::NotFound { name });
            }
        };
        let request = Request { chosen, ..request };
        let reserved = self.reserved_left(&qualified_name);
        let Some(slot) = self.slots.get_mut(&qualified_name) else { return };
        let config = &slot.deployed.function.config;
        let throttled = |reason| InvokeError::Throttled {
            reason,
            fact: Fact::of(FactKind::FunctionThrottled).at(config.place),
        };
        if reserved == 0 {
            return refuse(request, throttled(RESERVED_LIMIT));
        }
        if self.accepted >= CONCURRENT_EXECUTIONS_MAX {
            return refuse(request, throttled(ACCOUNT_LIMIT));
        }
        slot.accepted += 1;
        self.accepted += 1;
        let function = Arc::clone(&slot.deployed.function);
        self.place(Work { function, request, has_waited: false });
    }

    /// The version that is asked for, by its qualified name, and why it is this one where an alias stands for it.
    fn qualified(&self, request: &Request) -> Option<(Arc<str>, Option<Fact>)> {
        if let Some((name, _)) = self.slots.get_key_value(request.name.as_str()) {
            return Some((Arc::clone(name), None));
        }
        let (name, qualifier) = request.name.split_once(':')?;
        let function = &self.slots.get(name)?.deployed.function;
        let (version, chosen) = match qualifier {
            LATEST => (LATEST, None),
            _ => {
                let alias = function.config.aliases.iter().find(|alias| alias.name == qualifier)?;
                let (version, fact) = alias.choose(request.draw);
                (version, Some(fact))
            }
        };
        let name = match version {
            LATEST => name.to_owned(),
            version => format!("{name}:{version}"),
        };
        self.slots.get_key_value(name.as_str()).map(|(name, _)| (Arc::clone(name), chosen))
    }

    /// How many more invocations the reserved concurrency of the function allows; all of its versions share it.
    fn reserved_left(&self, qualified_name: &str) -> usize {
        let Some(slot) = self.slots.get(qualified_name) else { return 0 };
        let function = &slot.deployed.function;
        let Some(reserved) = function.config.reserved_concurrency else { return usize::MAX };
        let of_function = self.slots.values().filter(|other| other.deployed.function.name == function.name);
        let accepted: usize = of_function.map(|other| other.accepted).sum();
        (reserved as usize).saturating_sub(accepted)
    }

    /// Gives an accepted invocation to an environment, or lets it wait for one.
    fn place(&mut self, mut work: Work) {
        let Some(slot) = self.slots.get_mut(&work.function.qualified_name) else {
            // The function was removed while the invocation waited.
            let name = work.request.name.clone();
            self.release(&work.function.qualified_name);
            return refuse(work.request, InvokeError::NotFound { name });
        };
        work.function = Arc::clone(&slot.deployed.function);
        // Provisioned ones come first, then the one last used.
        let environments = &self.environments;
        let is_kept =
            |idle: &Idle| environments.get(&idle.id).is_some_and(|standing| standing.is_provisioned);
        let kept = if self.provisions { slot.idle.iter().rposition(is_kept) } else { None };
        let idle = kept.map(|index| slot.idle.remove(index)).or_else(|| slot.idle.pop());
        if let Some(idle) = idle {
            return self.reuse(idle.id, work);
        }
        let room = self.starts.room(self.environments.len(), Instant::now());
        if room == Room::Free {
            let name = Arc::clone(&work.function.qualified_name);
            return self.start(&name, Some(work));
        }
        work.has_waited = true;
        self.waiting.push_back(work);
        if room == Room::NoProcess {
            self.make_room();
        }
    }

    /// Gives an invocation to an idle environment; if that has ended just now, to another one.
    fn reuse(&mut self, id: u64, work: Work) {
        let Some(standing) = self.environments.get_mut(&id) else { return self.place(work) };
        let refused = match &standing.inbox {
            Some(inbox) => inbox.send(work).err().map(|refused| refused.0),
            None => Some(work),
        };
        standing.is_busy = refused.is_none();
        if let Some(work) = refused {
            self.place(work);
        }
    }

    /// Starts an environment for an invocation, or one in advance.
    fn start(&mut self, name: &str, work: Option<Work>) {
        let Some(slot) = self.slots.get_mut(name) else { return };
        let scratch = slot.scratches.pop();
        let function = Arc::clone(&slot.deployed.function);
        let id = self.next_id;
        self.next_id += 1;
        let (inbox, receiver) = mpsc::unbounded_channel();
        let standing = Standing {
            function: Arc::clone(&function.qualified_name),
            revision: slot.deployed.revision,
            inbox: Some(inbox),
            is_busy: true,
            is_provisioned: work.is_none(),
        };
        self.environments.insert(id, standing);
        self.starts.begin(id, Instant::now());
        let environment = Environment::new(id, receiver, self.messages.clone(), self.kit.clone(), scratch);
        let shutdown = self.shutdown.subscribe();
        match work {
            Some(work) => drop(tokio::spawn(environment.run(work, shutdown))),
            None => drop(tokio::spawn(environment.run_in_advance(function, shutdown))),
        }
    }

    fn started(&mut self, id: u64) {
        self.starts.end(id);
        self.start_waiting();
    }

    fn available(&mut self, id: u64) {
        let Some(standing) = self.environments.get_mut(&id) else { return };
        standing.is_busy = false;
        let name = Arc::clone(&standing.function);
        self.release(&name);
        self.idle(id);
    }

    /// An environment waits for work.
    fn idle(&mut self, id: u64) {
        let Some(standing) = self.environments.get(&id) else { return };
        let idle = Idle { id, since: Instant::now() };
        match self.slots.get_mut(&standing.function) {
            Some(slot) if slot.deployed.revision == standing.revision => {
                slot.idle.push(idle);
                self.start_waiting();
            }
            _ => self.dismiss(&[idle]),
        }
    }

    fn gone(&mut self, id: u64, unstarted: Vec<Work>, scratch: Option<Arc<Scratch>>) {
        self.starts.end(id);
        let Some(standing) = self.environments.remove(&id) else { return };
        if let Some(slot) = self.slots.get_mut(&standing.function) {
            slot.idle.retain(|idle| idle.id != id);
            let is_current = slot.deployed.revision == standing.revision;
            slot.scratches.extend(scratch.filter(|_| is_current));
        }
        if standing.is_busy && unstarted.is_empty() {
            self.release(&standing.function);
        }
        for work in unstarted {
            self.place(work);
        }
        self.start_waiting();
        self.provision();
    }

    /// Starts what has waited longest, strictly in order: a busy function cannot keep another one waiting.
    fn start_waiting(&mut self) {
        while let Some(work) = self.waiting.pop_front() {
            if work.is_abandoned(Instant::now()) {
                self.release(&work.function.qualified_name);
                let fact = Fact::of(FactKind::FunctionThrottled).at(work.function.config.place);
                refuse(work.request, InvokeError::Throttled { reason: ACCOUNT_LIMIT, fact });
                continue;
            }
            // A function that is no longer there is found out when it is placed.
            let is_free =
                self.slots.get(&work.function.qualified_name).is_none_or(|slot| !slot.idle.is_empty());
            let room = match is_free {
                true => Room::Free,
                false => self.starts.room(self.environments.len(), Instant::now()),
            };
            if room == Room::Free {
                self.place(work);
                continue;
            }
            self.waiting.push_front(work);
            return if room == Room::NoProcess { self.make_room() } else { self.reuse_for_waiting() };
        }
    }

    /// While others start: what waits and has an idle environment needs no start.
    fn reuse_for_waiting(&mut self) {
        let mut at = 0;
        while at < self.waiting.len() && self.slots.values().any(|slot| !slot.idle.is_empty()) {
            let slot = self.slots.get(&self.waiting[at].function.qualified_name);
            if slot.is_none_or(|slot| slot.idle.is_empty()) {
                at += 1;
            } else if let Some(work) = self.waiting.remove(at) {
                self.place(work);
            }
        }
    }

    /// An invocation has ended.
    fn release(&mut self, function: &str) {
        self.accepted = self.accepted.saturating_sub(1);
        if let Some(slot) = self.slots.get_mut(function) {
            slot.accepted = slot.accepted.saturating_sub(1);
        }
    }

    /// Ends the environment that is idle longest, of whatever function, unless enough are ending already.
    fn make_room(&mut self) {
        let ending = self.environments.values().filter(|standing| standing.inbox.is_none()).count();
        if ending >= self.waiting.len() {
            return;
        }
        let environments = &self.environments;
        let is_kept =
            |idle: &Idle| environments.get(&idle.id).is_some_and(|standing| standing.is_provisioned);
        let oldest = self
            .slots
            .values_mut()
            .filter_map(|slot| {
                let index = slot.idle.iter().position(|idle| !is_kept(idle))?;
                Some((slot.idle[index].since, index, slot))
            })
            .min_by_key(|(since, ..)| *since);
        if let Some((_, index, slot)) = oldest {
            let idle = slot.idle.remove(index);
            self.dismiss(&[idle]);
        }
    }

    fn dismiss(&mut self, idle: &[Idle]) {
        for idle in idle {
            if let Some(standing) = self.environments.get_mut(&idle.id) {
                standing.inbox = None;
            }
        }
    }

    fn look_interval(&self) -> Duration {
        (self.idle_timeout / 4).clamp(Duration::from_millis(10), Duration::from_secs(1))
    }

    fn has_something_to_look_at(&self) -> bool {
        !self.waiting.is_empty() || self.slots.values().any(|slot| !slot.idle.is_empty())
    }

    /// Ends what has been idle for too long, and what has waited for too long.
    fn look(&mut self, now: Instant) {
        let mut over = Vec::new();
        let environments = &self.environments;
        let is_kept =
            |idle: &Idle| environments.get(&idle.id).is_some_and(|standing| standing.is_provisioned);
        for slot in self.slots.values_mut() {
            let timeout = self.idle_timeout;
            let is_over = |idle: &mut Idle| now.duration_since(idle.since) >= timeout && !is_kept(idle);
            over.extend(slot.idle.extract_if(.., is_over));
        }
        self.dismiss(&over);
        self.start_waiting();
    }

    async fn end(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        self.shutdown.send_replace(true);
        self.waiting.clear();
        let all_gone = async {
            while !self.environments.is_empty() {
                match inbox.recv().await {
                    Some(Message::Gone { id, .. }) => drop(self.environments.remove(&id)),
                    // Whoever asks for something now learns by the closed channel that it is too late.
                    Some(_) => {}
                    None => return,
                }
            }
        };
        // What is not gone by then is killed when it is dropped.
        let _ = tokio::time::timeout(END_TIME_MAX * 2, all_gone).await;
    }
}

fn refuse(request: Request, error: InvokeError) {
    request.reply.refuse(error);
}

const ACCOUNT_LIMIT: &str = "ConcurrentInvocationLimitExceeded";
const RESERVED_LIMIT: &str = "ReservedFunctionConcurrentInvocationLimitExceeded";
