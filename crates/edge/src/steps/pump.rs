//! How a body reaches the viewer while it is being kept: a task reads the origin at the origin's pace.
//!
//! A viewer that reads slowly therefore neither holds up those who wait for the same key, nor the origin. What is
//! read and not yet sent is bounded by the limit of one object, and for all fills together by the cache's room for them.
//! Past either the rest goes from the origin to the viewer directly, at the viewer's pace, and nothing is kept.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use frontgate_cache::{FillPermit, Room};
use frontgate_message::{Body, BodyError, Chunks};
use tokio::sync::mpsc;

use crate::object::Object;

/// What is to be stored once its body is whole.
pub(crate) struct Keeping {
    pub(crate) permit: FillPermit<Object>,
    /// Stores what is made of the body.
    pub(crate) store: Box<dyn FnOnce(FillPermit<Object>, Bytes) + Send>,
}

/// The right to let the fill go on although the viewer needs no body of it.
#[derive(Clone)]
pub(crate) struct ReadOn(Arc<AtomicBool>);

impl ReadOn {
    pub(crate) fn without_viewer(self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Starts to read `body` into the cache; what comes back is the same body for the viewer.
pub(crate) fn pump(body: Body, keeping: Keeping) -> (Body, ReadOn) {
    let length = body.length();
    let (to_viewer, parts) = mpsc::unbounded_channel();
    let read_on = Arc::new(AtomicBool::new(false));
    let pump = Pump { body, keeping, to_viewer, read_on: read_on.clone(), length };
    tokio::spawn(pump.run());
    (Body::stream(length, Pumped { parts, rest: None }), ReadOn(read_on))
}

/// Room for a body that is set aside before its first byte: an announced length is only a promise.
const ROOM_AT_START_MAX: usize = 1 << 20;

struct Pump {
    body: Body,
    keeping: Keeping,
    to_viewer: mpsc::UnboundedSender<Part>,
    read_on: Arc<AtomicBool>,
    length: Option<u64>,
}

enum Part {
    Chunk(Bytes, Room),
    Failed(BodyError),
    /// All that has not been read yet: the object is larger than one may be, or there is no room for it now.
    Rest(Body),
}

/// The viewer's side.
struct Pumped {
    parts: mpsc::UnboundedReceiver<Part>,
    rest: Option<Body>,
}

impl Pump {
    async fn run(mut self) {
        let bytes_max = self.keeping.permit.object_bytes_max();
        let announced = self.length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let mut room = self.keeping.permit.room();
        let mut whole = BytesMut::with_capacity(announced.min(bytes_max).min(ROOM_AT_START_MAX));
        while let Some(chunk) = self.next_chunk(whole.len()).await {
            let Some(chunk) = chunk else { return };
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    return self.fail(error);
                }
            };
            let is_too_large = whole.len() + chunk.len() > bytes_max;
            let mut unread = self.keeping.permit.room();
            let is_kept = !is_too_large && room.grow(chunk.len()) && unread.grow(chunk.len());
            if is_kept {
                whole.extend_from_slice(&chunk);
            }
            let viewer_left = self.to_viewer.send(Part::Chunk(chunk, unread)).is_err();
            if !is_kept {
                self.keeping.permit.decline();
                let _viewer_left = self.to_viewer.send(Part::Rest(self.body));
                return;
            }
            if viewer_left && !self.is_whole(whole.len()) && !self.is_wanted() {
                return;
            }
        }
        if self.length.is_some_and(|length| length != whole.len() as u64) {
            return self.fail(BodyError::Truncated);
        }
        // A body without an announced length has grown by doubling: its spare room would not be counted.
        let spare = whole.capacity() - whole.len();
        let whole = if spare > whole.len() / 8 { Bytes::copy_from_slice(&whole) } else { whole.freeze() };
        (self.keeping.store)(self.keeping.permit, whole);
    }

    /// A body that breaks off is passed on as it is and never kept; those who wait go for themselves.
    fn fail(self, error: BodyError) {
        self.keeping.permit.decline();
        let _viewer_left = self.to_viewer.send(Part::Failed(error));
    }

    /// The next chunk; `Some(None)` when the viewer has left and nobody else needs one.
    async fn next_chunk(&mut self, bytes: usize) -> Option<Option<Result<Bytes, BodyError>>> {
        if self.is_whole(bytes) {
            // A viewer that has all of it may have gone on.
            return self.body.chunk().await.map(Some);
        }
        if self.to_viewer.is_closed() {
            return if self.is_wanted() { self.body.chunk().await.map(Some) } else { Some(None) };
        }
        tokio::select! {
            biased;
            chunk = self.body.chunk() => return chunk.map(Some),
            () = self.to_viewer.closed() => {}
        }
        if self.is_wanted() { self.body.chunk().await.map(Some) } else { Some(None) }
    }

    fn is_whole(&self, bytes: usize) -> bool {
        self.length == Some(bytes as u64)
    }

    /// Whether somebody but the viewer needs the object. A request that its viewer canceled is not cached, says
    /// CloudFront; where others wait for it the fetch goes on.
    fn is_wanted(&self) -> bool {
        self.read_on.load(Ordering::Acquire) || self.keeping.permit.is_awaited()
    }
}

impl Chunks for Pumped {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            if let Some(rest) = &mut self.rest {
                return rest.poll_chunk(context);
            }
            match std::task::ready!(self.parts.poll_recv(context)) {
                None => return Poll::Ready(None),
                Some(Part::Chunk(chunk, _)) if chunk.is_empty() => {}
                Some(Part::Chunk(chunk, _room)) => return Poll::Ready(Some(Ok(chunk))),
                Some(Part::Failed(error)) => return Poll::Ready(Some(Err(error))),
                Some(Part::Rest(rest)) => self.rest = Some(rest),
            }
        }
    }
}
