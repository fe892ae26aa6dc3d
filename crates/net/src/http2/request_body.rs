//! What becomes of a request's body: it is read by the service, and what the service leaves is read and forgotten.
//!
//! A server may answer before it has the whole request, and must then reset the stream with `NO_ERROR` (RFC 9113 §8.1).
//! Several viewers take that for a failure and show no answer, so the rest is read first, within limits.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use frontgate_message::{Body, BodyError, Chunks};
use hyper::body::{Body as HyperBody, Incoming};
use tokio::sync::oneshot;

use crate::Limits;

/// A request's body, and what comes of it once nobody wants more of it.
pub(super) struct RequestBody {
    body: Option<Incoming>,
    rest: Option<oneshot::Sender<Incoming>>,
}

/// The rest of a body, once its reader has gone.
pub(super) struct Rest(oneshot::Receiver<Incoming>);

/// The body for the service and, where it is still coming, its rest.
pub(super) fn request_body(body: Incoming) -> (Body, Option<Rest>) {
    if body.is_end_stream() {
        return (Body::Empty, None);
    }
    let (sender, rest) = oneshot::channel();
    let length = body.size_hint().exact();
    (Body::stream(length, RequestBody { body: Some(body), rest: Some(sender) }), Some(Rest(rest)))
}

impl Rest {
    /// Waits until the reader has gone, then reads and forgets. What is left at the limits is dropped, so that the stream
    /// is reset when its answer has been sent.
    pub(super) async fn drain(self, limits: Limits) {
        // An error means that the reader has had it all.
        let Ok(mut body) = self.0.await else { return };
        let mut drained = 0;
        let drain = std::future::poll_fn(|context| {
            while drained <= limits.drain_bytes_max {
                match ready!(Pin::new(&mut body).poll_frame(context)) {
                    Some(Ok(frame)) => drained += frame.data_ref().map_or(0, |data| data.len() as u64),
                    None | Some(Err(_)) => break,
                }
            }
            Poll::Ready(())
        });
        // Too late is as too much: the rest is dropped.
        let _ = tokio::time::timeout(limits.drain_timeout, drain).await;
    }
}

impl Chunks for RequestBody {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            match ready!(Pin::new(body).poll_frame(context)) {
                None => self.body = None,
                Some(Err(_)) => {
                    self.body = None;
                    return Poll::Ready(Some(Err(BodyError::Truncated)));
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => return Poll::Ready(Some(Ok(data))),
                    Err(_trailers) => {}
                },
            }
        }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let (Some(body), Some(rest)) = (self.body.take(), self.rest.take())
            && !body.is_end_stream()
        {
            // It comes back where the connection has ended; then it is dropped here.
            let _ = rest.send(body);
        }
    }
}
