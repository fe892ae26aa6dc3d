//! How does a request's body get from the connection to the one who reads it, wherever that runs?
//!
//! The connection reads from its socket only when the reader has asked: a slow reader slows the viewer, and
//! `100 Continue` is sent when somebody really wants the body.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use frontgate_message::{Body, BodyError, Chunks};

/// The connection's end.
pub(crate) struct BodySender {
    pipe: Arc<Mutex<Pipe>>,
}

/// The reader's end.
struct BodyReader {
    pipe: Arc<Mutex<Pipe>>,
}

#[derive(Default)]
struct Pipe {
    chunk: Option<Bytes>,
    end: Option<Result<(), BodyError>>,
    wanted: bool,
    reader_is_gone: bool,
    reader: Option<Waker>,
    connection: Option<Waker>,
}

/// A body of that announced length, and the end through which it is to be sent.
pub(crate) fn request_body(length: Option<u64>) -> (BodySender, Body) {
    let pipe = Arc::new(Mutex::new(Pipe::default()));
    (BodySender { pipe: pipe.clone() }, Body::stream(length, BodyReader { pipe }))
}

impl BodySender {
    /// Ready once the reader wants a chunk (true) or has gone (false).
    pub(crate) fn poll_wanted(&self, context: &Context<'_>) -> Poll<bool> {
        let mut pipe = lock(&self.pipe);
        if pipe.reader_is_gone {
            return Poll::Ready(false);
        }
        if pipe.wanted && pipe.chunk.is_none() && pipe.end.is_none() {
            return Poll::Ready(true);
        }
        if !pipe.connection.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            pipe.connection = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// Hands over a chunk that was wanted.
    pub(crate) fn send(&self, chunk: Bytes, context: &Context<'_>) {
        self.change(context, |pipe| {
            pipe.chunk = Some(chunk);
            pipe.wanted = false;
        });
    }

    /// Hands over the end.
    pub(crate) fn end(&self, result: Result<(), BodyError>, context: &Context<'_>) {
        self.change(context, |pipe| pipe.end = Some(result));
    }

    fn change(&self, context: &Context<'_>, change: impl FnOnce(&mut Pipe)) {
        let mut pipe = lock(&self.pipe);
        change(&mut pipe);
        let reader = pipe.reader.take();
        drop(pipe);
        // A reader in the connection's own task is polled next anyway.
        if let Some(reader) = reader
            && !reader.will_wake(context.waker())
        {
            reader.wake();
        }
    }
}

impl Drop for BodySender {
    fn drop(&mut self) {
        let mut pipe = lock(&self.pipe);
        if pipe.end.is_none() {
            pipe.end = Some(Err(BodyError::Truncated));
        }
        if let Some(reader) = pipe.reader.take() {
            drop(pipe);
            reader.wake();
        }
    }
}

impl Chunks for BodyReader {
    fn poll_chunk(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut pipe = lock(&self.pipe);
        if let Some(chunk) = pipe.chunk.take() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        match &pipe.end {
            Some(Ok(())) => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error.clone()))),
            None => {}
        }
        pipe.wanted = true;
        pipe.reader = Some(context.waker().clone());
        let connection = pipe.connection.take();
        drop(pipe);
        if let Some(connection) = connection
            && !connection.will_wake(context.waker())
        {
            connection.wake();
        }
        Poll::Pending
    }
}

impl Drop for BodyReader {
    fn drop(&mut self) {
        let mut pipe = lock(&self.pipe);
        pipe.reader_is_gone = true;
        pipe.chunk = None;
        if let Some(connection) = pipe.connection.take() {
            drop(pipe);
            connection.wake();
        }
    }
}

fn lock(pipe: &Mutex<Pipe>) -> MutexGuard<'_, Pipe> {
    // A pipe is whole between any two statements under its lock, so a panic cannot leave it half changed.
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}
