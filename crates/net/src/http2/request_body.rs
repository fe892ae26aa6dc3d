//! How does a request's body get from the connection to the one who reads it, wherever that runs?
//!
//! What has come waits in one buffer, which flow control bounds: only what the reader takes gives the viewer room to send
//! more (RFC 9113 §5.2).

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use frontgate_message::{Body, BodyError, Chunks};

/// The connection's end.
pub(super) struct BodySender {
    pipe: Arc<Mutex<Pipe>>,
}

/// What the reader did since it was last asked about.
pub(super) struct Reading {
    /// Bytes that it took.
    pub(super) taken: u32,
    pub(super) is_gone: bool,
    /// It waits, and nothing has come yet.
    pub(super) waits: bool,
}

/// The reader's end.
struct BodyReader {
    pipe: Arc<Mutex<Pipe>>,
}

struct Pipe {
    buffer: BytesMut,
    end: Option<Result<(), BodyError>>,
    taken: u32,
    reader_is_gone: bool,
    reader: Option<Waker>,
    /// Wakes the connection for this stream.
    connection: Waker,
    wake_when_waiting: bool,
}

/// A body of that announced length, and the end through which it is to be sent. `wake_when_waiting` is for those who want
/// to know when somebody begins to read.
pub(super) fn request_body(
    length: Option<u64>,
    connection: Waker,
    wake_when_waiting: bool,
) -> (BodySender, Body) {
    let pipe = Pipe {
        buffer: BytesMut::new(),
        end: None,
        taken: 0,
        reader_is_gone: false,
        reader: None,
        connection,
        wake_when_waiting,
    };
    let pipe = Arc::new(Mutex::new(pipe));
    (BodySender { pipe: pipe.clone() }, Body::stream(length, BodyReader { pipe }))
}

impl BodySender {
    /// Hands over bytes; false where there is nobody who wants them.
    pub(super) fn send(&self, bytes: &[u8]) -> bool {
        let mut pipe = lock(&self.pipe);
        if pipe.reader_is_gone {
            return false;
        }
        pipe.buffer.extend_from_slice(bytes);
        let reader = pipe.reader.take();
        drop(pipe);
        reader.into_iter().for_each(Waker::wake);
        true
    }

    /// Hands over the end.
    pub(super) fn end(&self, result: Result<(), BodyError>) {
        let mut pipe = lock(&self.pipe);
        pipe.end.get_or_insert(result);
        let reader = pipe.reader.take();
        drop(pipe);
        reader.into_iter().for_each(Waker::wake);
    }

    /// What the reader did since this was asked the last time.
    pub(super) fn reading(&self) -> Reading {
        let mut pipe = lock(&self.pipe);
        let waits = pipe.reader.is_some() && pipe.buffer.is_empty();
        Reading { taken: std::mem::take(&mut pipe.taken), is_gone: pipe.reader_is_gone, waits }
    }
}

impl Drop for BodySender {
    fn drop(&mut self) {
        self.end(Err(BodyError::Truncated));
    }
}

impl Chunks for BodyReader {
    fn poll_chunk(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut pipe = lock(&self.pipe);
        if !pipe.buffer.is_empty() {
            let chunk = pipe.buffer.split().freeze();
            pipe.taken = pipe.taken.saturating_add(u32::try_from(chunk.len()).unwrap_or(u32::MAX));
            // In the connection's own task, it looks after this poll anyway.
            if pipe.taken >= TAKEN_BYTES_TO_TELL && !pipe.connection.will_wake(context.waker()) {
                let connection = pipe.connection.clone();
                drop(pipe);
                connection.wake();
            }
            return Poll::Ready(Some(Ok(chunk)));
        }
        match &pipe.end {
            Some(Ok(())) => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error.clone()))),
            None => {}
        }
        pipe.reader = Some(context.waker().clone());
        if std::mem::take(&mut pipe.wake_when_waiting) {
            let connection = pipe.connection.clone();
            drop(pipe);
            connection.wake();
        }
        Poll::Pending
    }
}

impl Drop for BodyReader {
    fn drop(&mut self) {
        let mut pipe = lock(&self.pipe);
        pipe.reader_is_gone = true;
        pipe.buffer = BytesMut::new();
        pipe.reader = None;
        let connection = (pipe.end != Some(Ok(()))).then(|| pipe.connection.clone());
        drop(pipe);
        connection.into_iter().for_each(Waker::wake);
    }
}

fn lock(pipe: &Mutex<Pipe>) -> MutexGuard<'_, Pipe> {
    // A pipe is whole between any two statements under its lock, so a panic cannot leave it half changed.
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes that a reader takes before the connection is woken to give the viewer room for more.
const TAKEN_BYTES_TO_TELL: u32 = 64 * 1024;
