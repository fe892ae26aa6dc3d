//! One range of a body that is still coming.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use frontgate_edge_rules::ranges::Span;
use frontgate_message::{Body, BodyError, Chunks};

/// The bytes of `span` of a body, which the rest of the body passes by.
pub(crate) fn cut(body: Body, span: Span) -> Body {
    Body::stream(Some(span.length()), Cut { body, before: span.first, left: span.length() })
}

struct Cut {
    body: Body,
    /// Bytes still to be passed over.
    before: u64,
    /// Bytes still to be handed out.
    left: u64,
}

impl Chunks for Cut {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        while self.left > 0 {
            let Some(chunk) = std::task::ready!(self.body.poll_chunk(context)) else {
                self.left = 0;
                return Poll::Ready(Some(Err(BodyError::Truncated)));
            };
            let chunk = chunk?;
            let skipped = self.before.min(chunk.len() as u64);
            self.before -= skipped;
            let taken = self.left.min(chunk.len() as u64 - skipped);
            self.left -= taken;
            if taken > 0 {
                let first = usize::try_from(skipped).unwrap_or(usize::MAX);
                let taken = usize::try_from(taken).unwrap_or(usize::MAX);
                return Poll::Ready(Some(Ok(chunk.slice(first..first + taken))));
            }
        }
        Poll::Ready(None)
    }
}
