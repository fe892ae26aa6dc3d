//! A body that tells how many bytes of it were sent, once it ends or is dropped.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use frontgate_message::{Body, BodyError, Chunks};

/// The same body; `tell` is called once with the bytes that passed.
pub fn counted(body: Body, tell: impl FnOnce(u64) + Send + Unpin + 'static) -> Body {
    let length = body.length();
    Body::stream(length, Counted { body, bytes: 0, tell: Some(tell) })
}

struct Counted<F: FnOnce(u64)> {
    body: Body,
    bytes: u64,
    tell: Option<F>,
}

impl<F: FnOnce(u64) + Send + Unpin> Chunks for Counted<F> {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let polled = self.body.poll_chunk(context);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.bytes += chunk.len() as u64;
        }
        polled
    }
}

impl<F: FnOnce(u64)> Drop for Counted<F> {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            tell(self.bytes);
        }
    }
}
