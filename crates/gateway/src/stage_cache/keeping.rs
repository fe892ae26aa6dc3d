//! A body that is kept while it is sent: nobody waits for its end.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use frontgate_cache::{FillPermit, Life};
use frontgate_gateway_rules::stage_cache::BODY_LENGTH_MAX;
use frontgate_message::{Body, BodyError, Chunks, Headers};

use super::Kept;

/// An answer that is to be kept once its body is there.
pub struct Keeping {
    /// The right to keep it.
    pub permit: FillPermit<Kept>,
    /// From when to when it is fresh.
    pub life: Life,
    /// The answer, still without its body.
    pub kept: Kept,
}

impl Keeping {
    /// The body as it goes on; what is whole is kept at once.
    pub fn body(self, body: Body) -> Body {
        match body {
            Body::Empty => {
                self.store(Bytes::new());
                Body::Empty
            }
            Body::Full(bytes) => {
                self.store(bytes.clone());
                Body::Full(bytes)
            }
            Body::Stream(_) => {
                let length = body.length();
                Body::stream(length, Copied { body, keeping: Some(self), bytes: BytesMut::new() })
            }
            Body::Tunnel(_) => body,
        }
    }

    fn store(self, body: Bytes) {
        let Self { permit, life, mut kept } = self;
        let taken = kept.asked.len() + body.len() + headers_length(&kept.headers);
        kept.body = body;
        permit.store(kept, life, taken);
    }
}

fn headers_length(headers: &Headers) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.len()).sum()
}

/// A body of which a copy is made on the way.
struct Copied {
    body: Body,
    /// What is to become of it; nothing any more once it has become too large or broken off.
    keeping: Option<Keeping>,
    bytes: BytesMut,
}

impl Chunks for Copied {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let Poll::Ready(chunk) = self.body.poll_chunk(context) else { return Poll::Pending };
        match &chunk {
            Some(Ok(bytes)) if self.keeping.is_some() => {
                if self.bytes.len() + bytes.len() > BODY_LENGTH_MAX {
                    self.keeping = None;
                    self.bytes = BytesMut::new();
                } else {
                    self.bytes.extend_from_slice(bytes);
                }
            }
            Some(Ok(_)) => {}
            Some(Err(_)) => self.keeping = None,
            None => {
                let whole = std::mem::take(&mut self.bytes).freeze();
                if let Some(keeping) = self.keeping.take() {
                    keeping.store(whole);
                }
            }
        }
        Poll::Ready(chunk)
    }
}
