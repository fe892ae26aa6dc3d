//! Which execution environment gets an invocation: an idle one, else a new one, else the invocation waits or is
//! throttled. <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use frontgate_explain::{Fact, FactKind};
use tokio::sync::{mpsc, watch};

use crate::environment::Environment;
use crate::function::Function;
use crate::invocation::InvokeError;
use crate::limits::{CONCURRENT_EXECUTIONS_MAX, END_TIME_MAX};
use crate::sandbox::Kit;
use crate::scratch::Scratch;
use crate::work::{Request, Work};

/// What the dispatcher is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// These are the functions that there are.
    Deploy(Vec<Deployed>),
    /// A caller wants an invocation.
    Invoke(Request),
    /// An environment has answered and can take another invocation.
    Available { id: u64 },
    /// An environment has ended; the invocations that it did not take.
    /// What it wrote is kept for the next one if its process did not end by itself.
    Gone { id: u64, unstarted: Vec<Work>, scratch: Option<Arc<Scratch>> },
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
    processes_max: usize,
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
            processes_max: processes_max.max(1),
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
            Message::Available { id } => self.available(id),
            Message::Gone { id, unstarted, scratch } => self.gone(id, unstarted, scratch),
            Message::ShutDown => {}
        }
    }

    fn deploy(&mut self, functions: Vec<Deployed>) {
        let mut old = std::mem::take(&mut self.slots);
        for deployed in functions {
            let name = Arc::clone(&deployed.function.name);
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
            self.slots.insert(name, Slot { deployed, accepted, idle, scratches });
        }
        for slot in old.into_values() {
            self.dismiss(&slot.idle);
        }
        self.start_waiting();
    }

    /// Takes an invocation on, or says at once why not.
    fn accept(&mut self, request: Request) {
        let Some(slot) = self.slots.get_mut(request.name.as_str()) else {
            let name = request.name.clone();
            return refuse(request, InvokeError::NotFound { name });
        };
        let config = &slot.deployed.function.config;
        let reserved = config.reserved_concurrency.map_or(usize::MAX, |bound| bound as usize);
        let throttled = |reason| InvokeError::Throttled {
            reason,
            fact: Fact::of(FactKind::FunctionThrottled).at(config.place),
        };
        if slot.accepted >= reserved {
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

    /// Gives an accepted invocation to an environment, or lets it wait for one.
    fn place(&mut self, mut work: Work) {
        let Some(slot) = self.slots.get_mut(&work.function.name) else {
            // The function was removed while the invocation waited.
            let name = work.function.config.name.clone();
            self.release(&work.function.name);
            return refuse(work.request, InvokeError::NotFound { name });
        };
        work.function = Arc::clone(&slot.deployed.function);
        if let Some(idle) = slot.idle.pop() {
            self.reuse(idle.id, work);
        } else if self.environments.len() < self.processes_max {
            self.start(work);
        } else {
            work.has_waited = true;
            self.waiting.push_back(work);
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

    fn start(&mut self, work: Work) {
        let Some(slot) = self.slots.get_mut(&work.function.name) else { return };
        let scratch = slot.scratches.pop();
        let id = self.next_id;
        self.next_id += 1;
        let (inbox, receiver) = mpsc::unbounded_channel();
        let standing = Standing {
            function: Arc::clone(&work.function.name),
            revision: slot.deployed.revision,
            inbox: Some(inbox),
            is_busy: true,
        };
        self.environments.insert(id, standing);
        let environment = Environment::new(id, receiver, self.messages.clone(), self.kit.clone(), scratch);
        tokio::spawn(environment.run(work, self.shutdown.subscribe()));
    }

    fn available(&mut self, id: u64) {
        let Some(standing) = self.environments.get_mut(&id) else { return };
        standing.is_busy = false;
        let name = Arc::clone(&standing.function);
        let revision = standing.revision;
        self.release(&name);
        match self.slots.get_mut(&name) {
            Some(slot) if slot.deployed.revision == revision => {
                slot.idle.push(Idle { id, since: Instant::now() });
                self.start_waiting();
            }
            _ => self.dismiss(&[Idle { id, since: Instant::now() }]),
        }
    }

    fn gone(&mut self, id: u64, unstarted: Vec<Work>, scratch: Option<Arc<Scratch>>) {
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
    }

    /// Starts what has waited longest, strictly in order: a busy function cannot keep another one waiting.
    fn start_waiting(&mut self) {
        while let Some(work) = self.waiting.pop_front() {
            if work.is_abandoned(Instant::now()) {
                self.release(&work.function.name);
                let fact = Fact::of(FactKind::FunctionThrottled).at(work.function.config.place);
                refuse(work.request, InvokeError::Throttled { reason: ACCOUNT_LIMIT, fact });
                continue;
            }
            // A function that is no longer there is found out when it is placed.
            let is_free = self.slots.get(&work.function.name).is_none_or(|slot| !slot.idle.is_empty());
            if !is_free && self.environments.len() >= self.processes_max {
                self.waiting.push_front(work);
                return self.make_room();
            }
            self.place(work);
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
        let oldest = self
            .slots
            .values_mut()
            .filter(|slot| !slot.idle.is_empty())
            .min_by_key(|slot| slot.idle.first().map(|idle| idle.since));
        if let Some(slot) = oldest {
            let idle = slot.idle.remove(0);
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
        for slot in self.slots.values_mut() {
            let timeout = self.idle_timeout;
            over.extend(slot.idle.extract_if(.., |idle| now.duration_since(idle.since) >= timeout));
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
    // A caller that has gone away does not learn it.
    let _ = request.reply.send(Err(error));
}

const ACCOUNT_LIMIT: &str = "ConcurrentInvocationLimitExceeded";
const RESERVED_LIMIT: &str = "ReservedFunctionConcurrentInvocationLimitExceeded";
