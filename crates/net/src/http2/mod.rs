//! One HTTP/2 connection of a viewer: RFC 9113, by a state machine of our own in one task.
//!
//! | what | where |
//! |---|---|
//! | the task: reading, writing, deadlines, the end | `connection`, `waits`, `ending` |
//! | frames that came | `frame`, `receive`, `flow` |
//! | heads that came | `hpack`, `field`, `request_head`, `requests` |
//! | answers | `answer`, `send`, `output` |
//! | streams, the calls of their requests, who wakes whom | `stream`, `calls`, `wakes`, `request_body` |
//! | what a viewer may not do, or not so often | `limits`, `budget` |
//!
//! All streams are polled by the connection's task; an answer that is ready at once costs no allocation for its call.

mod answer;
mod budget;
mod calls;
mod connection;
mod ending;
mod field;
mod flow;
mod frame;
mod hpack;
mod limits;
mod output;
mod receive;
mod request_body;
mod request_head;
mod requests;
#[cfg(test)]
mod seeded;
mod send;
mod stream;
#[cfg(test)]
mod tests;
mod waits;
mod wakes;

use std::future::poll_fn;
use std::sync::Arc;

use frontgate_message::{Connection, Request};

use crate::server::{Service, Transport, Worker};
use connection::Viewer;

/// Serves a connection to its end.
pub(crate) async fn serve_http2<S: Service, IO: Transport>(
    io: IO,
    service: &S,
    connection: Arc<Connection>,
    worker: &Worker,
) {
    let answerer = calls::calls(service, connection.clone(), |request: Request| service.call(request));
    let mut viewer = Viewer::new(io, worker, connection, answerer);
    poll_fn(|context| viewer.poll(context)).await;
}
