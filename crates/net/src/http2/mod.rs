//! One HTTP/2 connection of a viewer, by hyper's state machine; each of its requests is a task of the worker.
//!
//! RFC 9113. What hyper itself refuses (broken frames, flow control, too many resets) ends the stream or the connection.

mod convert;
mod request_body;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use frontgate_message::Connection;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::server::{Deadline, Service, Transport, Worker, poll_caught};
use convert::{AnswerBody, read_request, to_answer};
use request_body::request_body;

/// Bytes that a viewer may send ahead of us on one stream, and on a connection.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;
/// Bytes of an answer that wait in a stream for the viewer.
const SEND_BUFFER_BYTES: usize = 256 * 1024;

/// Serves a connection to its end.
pub(crate) async fn serve_http2<S: Service, IO: Transport + 'static>(
    io: IO,
    service: Rc<S>,
    connection: Arc<Connection>,
    worker: Rc<Worker>,
) {
    let limits = worker.limits.clone();
    let executor = WorkerExecutor { worker: worker.clone(), peer: connection.peer };
    let mut builder = http2::Builder::new(executor);
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .max_concurrent_streams(limits.streams_max)
        // Twice our own limit, so that it is we who answer what is too large.
        .max_header_list_size(limits.head_bytes_max.saturating_mul(2))
        .auto_date_header(false)
        .keep_alive_interval(limits.idle_timeout / 2)
        .keep_alive_timeout(limits.handshake_timeout);
    let running = Rc::new(Cell::new(0usize));
    let answer = {
        let (running, worker) = (running.clone(), worker.clone());
        let connection = RefCell::new(connection);
        service_fn(move |request: hyper::Request<Incoming>| {
            let (service, worker) = (service.clone(), worker.clone());
            let connection = Connection::for_next_request(&mut connection.borrow_mut());
            let in_flight = InFlight::new(&running);
            async move { Ok::<_, Infallible>(answer(request, &*service, &worker, connection, in_flight).await) }
        })
    };
    let mut serving = pin!(builder.serve_connection(TokioIo::new(io), answer));
    let mut deadline = Deadline::new();
    let mut was_told = false;
    poll_fn(|context| {
        if worker.is_killed() {
            return Poll::Ready(());
        }
        if worker.is_draining() && !std::mem::replace(&mut was_told, true) {
            serving.as_mut().graceful_shutdown();
        }
        // The error concerns the viewer alone: it has left, or broken the protocol and been told so by hyper.
        if serving.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        if running.get() > 0 {
            deadline.progressed();
        } else if deadline.poll(context, limits.idle_timeout).is_ready() && !was_told {
            was_told = true;
            deadline.progressed();
            serving.as_mut().graceful_shutdown();
            context.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}

async fn answer<S: Service>(
    request: hyper::Request<Incoming>,
    service: &S,
    worker: &Worker,
    connection: Arc<Connection>,
    in_flight: InFlight,
) -> hyper::Response<AnswerBody> {
    let is_head = request.method() == hyper::Method::HEAD;
    let (parts, body) = request.into_parts();
    let (body, rest) = request_body(body);
    if let Some(rest) = rest {
        tokio::task::spawn_local(rest.drain(worker.limits.clone()));
    }
    let response = match read_request(parts, body, &connection, &worker.limits) {
        Ok(request) => service.call(request).await,
        Err(malformed) => service.malformed(malformed, &connection),
    };
    to_answer(response, is_head, |out| worker.write_date(out), in_flight)
}

/// A request that has not been answered to its end; a connection with one is not idle.
pub(crate) struct InFlight {
    running: Rc<Cell<usize>>,
}

impl InFlight {
    fn new(running: &Rc<Cell<usize>>) -> Self {
        running.set(running.get() + 1);
        Self { running: running.clone() }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.running.set(self.running.get() - 1);
    }
}

/// Runs hyper's tasks on the worker; one that panics ends its stream alone.
#[derive(Clone)]
struct WorkerExecutor {
    worker: Rc<Worker>,
    peer: SocketAddr,
}

impl<F: Future + 'static> hyper::rt::Executor<F> for WorkerExecutor {
    fn execute(&self, future: F) {
        let Self { worker, peer } = self.clone();
        tokio::task::spawn_local(async move {
            let mut future = pin!(future);
            poll_fn(|context| {
                poll_caught(context, &worker, peer, |context| future.as_mut().poll(context).map(|_| ()))
            })
            .await;
        });
    }
}
