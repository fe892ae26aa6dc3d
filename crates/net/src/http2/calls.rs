//! How are the calls of a connection's requests run? In its own task, each in a box that is used again for later requests.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use frontgate_message::{Connection, Request, Response};

use crate::Malformed;
use crate::server::{Service, Worker, poll_caught};

/// Who answers the requests of a connection, each at the place of its stream.
pub(super) trait Answerer {
    /// Begins to answer a request.
    fn start(&mut self, place: usize, request: Request);

    /// Continues; a panic ends the call alone.
    fn poll(
        &mut self,
        place: usize,
        context: &mut Context<'_>,
        worker: &Worker,
    ) -> Poll<Result<Response, Panicked>>;

    /// Forgets a call, where there is one.
    fn forget(&mut self, place: usize);

    /// The answer to what is no request.
    fn malformed(&self, malformed: Malformed) -> Response;

    /// Gives back the memory of places from `count` on; none of them may have a call.
    fn shrink_to(&mut self, count: usize);
}

/// A call that panicked; it has been reported.
pub(super) struct Panicked;

/// The calls of a connection to a service.
pub(super) struct Calls<'a, S, C, F> {
    service: &'a S,
    connection: Arc<Connection>,
    call: C,
    places: Vec<Pin<Box<Option<F>>>>,
}

/// Who answers by calls to `service`; `call` makes one.
pub(super) fn calls<'a, S, C, F>(service: &'a S, connection: Arc<Connection>, call: C) -> Calls<'a, S, C, F>
where
    C: Fn(Request) -> F,
{
    Calls { service, connection, call, places: Vec::new() }
}

impl<S, C, F> Answerer for Calls<'_, S, C, F>
where
    S: Service,
    C: Fn(Request) -> F,
    F: Future<Output = Response>,
{
    fn start(&mut self, place: usize, request: Request) {
        while self.places.len() <= place {
            self.places.push(Box::pin(None));
        }
        self.places[place].set(Some((self.call)(request)));
    }

    fn poll(
        &mut self,
        place: usize,
        context: &mut Context<'_>,
        worker: &Worker,
    ) -> Poll<Result<Response, Panicked>> {
        let Some(slot) = self.places.get_mut(place) else { return Poll::Pending };
        let mut answer = None;
        let polled =
            poll_caught(context, worker, self.connection.peer, |context| match slot.as_mut().as_pin_mut() {
                Some(call) => call.poll(context).map(|response| answer = Some(response)),
                None => Poll::Pending,
            });
        if polled.is_pending() {
            return Poll::Pending;
        }
        slot.set(None);
        Poll::Ready(answer.ok_or(Panicked))
    }

    fn forget(&mut self, place: usize) {
        if let Some(slot) = self.places.get_mut(place) {
            slot.set(None);
        }
    }

    fn malformed(&self, malformed: Malformed) -> Response {
        self.service.malformed(malformed, &self.connection)
    }

    fn shrink_to(&mut self, count: usize) {
        self.places.truncate(count);
    }
}
