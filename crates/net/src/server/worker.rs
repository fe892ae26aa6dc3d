//! What one worker does: accept, hand each connection to its protocol, count them, and end when told to.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use frontgate_message::Connection;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use super::{Incident, Phase, Service};
use crate::Limits;
use crate::http1::connection::serve_http1;
use crate::http2::serve_http2;
use crate::tls::{self, TlsOffer};

/// All that a worker's thread takes with it.
pub(super) struct Start {
    pub(super) index: usize,
    /// Its listeners; those with an offer are served over TLS.
    pub(super) listeners: Vec<(TcpListener, Option<Arc<TlsOffer>>)>,
    pub(super) limits: Limits,
    pub(super) connections_max: usize,
    pub(super) on_incident: Arc<dyn Fn(Incident) + Send + Sync>,
    pub(super) phase: watch::Receiver<Phase>,
}

/// How long a listener rests when the system cannot give it a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Starts a worker's thread.
pub(super) fn start<S, F>(start: Start, factory: Arc<F>) -> io::Result<JoinHandle<()>>
where
    S: Service,
    F: Fn(usize) -> S + Send + Sync + 'static,
{
    let on_incident = start.on_incident.clone();
    let worker = start.index;
    std::thread::Builder::new().name(format!("worker-{worker}")).spawn(move || {
        let served = catch_unwind(AssertUnwindSafe(|| {
            let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
            runtime.block_on(run(start, &*factory))
        }));
        let error = match served {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic_message(&*panic),
        };
        on_incident(Incident::WorkerEnded { worker, error });
    })
}

async fn run<S: Service>(start: Start, factory: &impl Fn(usize) -> S) -> io::Result<()> {
    let service = Rc::new(factory(start.index));
    let worker = Rc::new(Worker::new(start.limits, start.on_incident));
    let slots = Arc::new(Semaphore::new(start.connections_max));
    let mut phase = start.phase;
    let mut acceptors = Vec::new();
    for (listener, tls) in start.listeners {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let local = listener.local_addr().ok().filter(|local| !local.ip().is_unspecified());
        let (service, worker, slots) = (service.clone(), worker.clone(), slots.clone());
        let acceptor = Acceptor { service, worker, tls, slots, local };
        acceptors.push(tokio::task::spawn_local(accept_until(listener, acceptor, phase.clone())));
    }
    // An error means that the server's handle is gone, which ends the worker as well.
    let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
    let grace = match *phase.borrow() {
        Phase::Draining(grace) => grace,
        Phase::Serving => Duration::ZERO,
    };
    for acceptor in acceptors {
        // It only fails when it panicked; then it accepts nothing more either.
        let _ = acceptor.await;
    }
    worker.drain();
    // What is still running when the grace is over is closed, and dropped with the runtime.
    let _ = tokio::time::timeout(grace, worker.all_ended()).await;
    worker.kill();
    let _ = tokio::time::timeout(KILL_TIME, worker.all_ended()).await;
    Ok(())
}

/// Time for closed connections to drop what they hold.
const KILL_TIME: Duration = Duration::from_millis(200);

struct Acceptor<S> {
    service: Rc<S>,
    worker: Rc<Worker>,
    tls: Option<Arc<TlsOffer>>,
    slots: Arc<Semaphore>,
    /// The address of the listener, where all its connections have the same.
    local: Option<SocketAddr>,
}

async fn accept_until<S: Service>(
    listener: tokio::net::TcpListener,
    acceptor: Acceptor<S>,
    mut phase: watch::Receiver<Phase>,
) {
    let mut ended = pin!(async move {
        let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
    });
    loop {
        tokio::select! {
            biased;
            () = &mut ended => break,
            accepted = accept(&listener, &acceptor.slots) => acceptor.handle(&listener, accepted).await,
        }
    }
    // What the kernel has already accepted for us would be reset when the listener closes.
    while let Poll::Ready(Ok((stream, peer, slot))) = poll_once(accept(&listener, &acceptor.slots)).await {
        acceptor.spawn(stream, peer, slot);
    }
}

async fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    let mut future = pin!(future);
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

type Accepted = io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)>;

async fn accept(listener: &tokio::net::TcpListener, slots: &Arc<Semaphore>) -> Accepted {
    let slot = slots.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, slot))
}

impl<S: Service> Acceptor<S> {
    async fn handle(&self, listener: &tokio::net::TcpListener, accepted: Accepted) {
        match accepted {
            Ok((stream, peer, slot)) => self.spawn(stream, peer, slot),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if let Ok(address) = listener.local_addr() {
                    self.worker.report(Incident::NotAccepted { address, error: error.to_string() });
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    fn spawn(&self, stream: TcpStream, peer: SocketAddr, slot: OwnedSemaphorePermit) {
        let (service, worker, tls) = (self.service.clone(), self.worker.clone(), self.tls.clone());
        let Some(local) = self.local.or_else(|| stream.local_addr().ok()) else { return };
        tokio::task::spawn_local(async move {
            let registration =
                Registration::new(&worker, poll_fn(|context| Poll::Ready(context.waker().clone())).await);
            let mut connection = pin!(serve_connection(stream, (peer, local), tls, service, &worker));
            poll_fn(|context| {
                poll_caught(context, &worker, peer, |context| connection.as_mut().poll(context))
            })
            .await;
            drop((registration, slot));
        });
    }
}

/// Polls what may panic: a panic ends the connection, is reported, and goes no further.
pub(crate) fn poll_caught(
    context: &mut Context<'_>,
    worker: &Worker,
    peer: SocketAddr,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<()>,
) -> Poll<()> {
    match catch_unwind(AssertUnwindSafe(|| poll(context))) {
        Ok(polled) => polled,
        Err(panic) => {
            worker.report(Incident::Panicked { peer, message: panic_message(&*panic) });
            Poll::Ready(())
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

async fn serve_connection<S: Service>(
    stream: TcpStream,
    (peer, local): (SocketAddr, SocketAddr),
    tls: Option<Arc<TlsOffer>>,
    service: Rc<S>,
    worker: &Rc<Worker>,
) {
    match tls {
        None => {
            let connection = Arc::new(Connection::new(peer, local, None));
            serve_http1(stream, &*service, connection, worker).await;
        }
        // Boxed, so that TLS does not make every plain connection larger.
        Some(offer) => Box::pin(serve_tls(stream, (peer, local), &offer, service, worker)).await,
    }
}

async fn serve_tls<S: Service>(
    stream: TcpStream,
    (peer, local): (SocketAddr, SocketAddr),
    offer: &TlsOffer,
    service: Rc<S>,
    worker: &Rc<Worker>,
) {
    let handshake = tokio::time::timeout(worker.limits.handshake_timeout, offer.accept(stream));
    let (stream, fingerprints) = match handshake.await {
        Ok(Ok(shaken)) => shaken,
        Ok(Err(error)) => {
            return worker.report(Incident::NoHandshake { peer, error: error.to_string() });
        }
        Err(_) => {
            let error = "the handshake took too long".to_owned();
            return worker.report(Incident::NoHandshake { peer, error });
        }
    };
    let (agreed, is_http2) = tls::agreed(stream.get_ref().1, fingerprints);
    let connection = Arc::new(Connection::new(peer, local, Some(agreed)));
    if is_http2 {
        // Boxed, so that it does not make every HTTP/1.1 connection larger.
        Box::pin(serve_http2(stream, &*service, connection, worker)).await;
    } else {
        serve_http1(stream, &*service, connection, worker).await;
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

/// What all connections of a worker share.
pub(crate) struct Worker {
    pub(crate) limits: Limits,
    on_incident: Arc<dyn Fn(Incident) + Send + Sync>,
    is_draining: Cell<bool>,
    is_killed: Cell<bool>,
    connections: RefCell<HashMap<u64, Waker>>,
    next_connection: Cell<u64>,
    last_ended: Notify,
    date: RefCell<(u64, String)>,
}

impl Worker {
    pub(crate) fn new(limits: Limits, on_incident: Arc<dyn Fn(Incident) + Send + Sync>) -> Self {
        Self {
            limits,
            on_incident,
            is_draining: Cell::new(false),
            is_killed: Cell::new(false),
            connections: RefCell::default(),
            next_connection: Cell::new(0),
            last_ended: Notify::new(),
            date: RefCell::default(),
        }
    }

    /// No connection may wait for another request.
    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.get()
    }

    /// Every connection must end now.
    pub(crate) fn is_killed(&self) -> bool {
        self.is_killed.get()
    }

    pub(crate) fn report(&self, incident: Incident) {
        (self.on_incident)(incident);
    }

    /// Writes the time as `Date` has it, RFC 9110 §5.6.7; it is made once a second.
    pub(crate) fn write_date(&self, out: &mut Vec<u8>) {
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut date = self.date.borrow_mut();
        if date.0 != second || date.1.is_empty() {
            *date = (second, httpdate::fmt_http_date(now));
        }
        out.extend_from_slice(date.1.as_bytes());
    }

    fn drain(&self) {
        self.is_draining.set(true);
        self.wake_all();
    }

    fn kill(&self) {
        self.is_killed.set(true);
        self.wake_all();
    }

    fn wake_all(&self) {
        self.connections.borrow().values().for_each(Waker::wake_by_ref);
    }

    async fn all_ended(&self) {
        while !self.connections.borrow().is_empty() {
            self.last_ended.notified().await;
        }
    }
}

/// The place of one connection in its worker's books.
struct Registration {
    worker: Rc<Worker>,
    id: u64,
}

impl Registration {
    fn new(worker: &Rc<Worker>, waker: Waker) -> Self {
        let id = worker.next_connection.get();
        worker.next_connection.set(id + 1);
        worker.connections.borrow_mut().insert(id, waker);
        Self { worker: worker.clone(), id }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut connections = self.worker.connections.borrow_mut();
        connections.remove(&self.id);
        if connections.is_empty() {
            self.worker.last_ended.notify_one();
        }
    }
}
