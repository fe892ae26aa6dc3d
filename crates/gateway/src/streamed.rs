//! The way of a streamed response: its head is read, and what follows is handed on while it comes, within its times.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html>

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use frontgate_gateway_rules::config::STREAM_IDLE_MILLISECONDS_MAX;
use frontgate_gateway_rules::stream_head::{StreamFormat, StreamHead, read_stream_head};
use frontgate_message::{Body, BodyError, Chunks, Response};
use tokio::time::{Instant, Sleep, sleep_until};

/// Why a stream has no head.
#[derive(Debug)]
pub(crate) enum HeadFailure {
    /// It begins with something else, or ends before its head does.
    Malformed,
    /// The function failed before its head was whole.
    Failed,
}

/// Reads the head of a stream; what comes behind it is the body of the response.
pub(crate) async fn read_head(mut body: Body, format: StreamFormat) -> Result<Response, HeadFailure> {
    let mut begun = BytesMut::new();
    loop {
        match read_stream_head(&begun, format) {
            StreamHead::Complete { response, length, body_at } => {
                let first = begun.split_off(body_at).freeze();
                return Ok(response.with_body(Body::stream(length, Rest { first, rest: body })));
            }
            StreamHead::Malformed => return Err(HeadFailure::Malformed),
            StreamHead::Incomplete => {}
        }
        match body.chunk().await {
            Some(Ok(chunk)) => begun.extend_from_slice(&chunk),
            Some(Err(_)) => return Err(HeadFailure::Failed),
            None => return Err(HeadFailure::Malformed),
        }
    }
}

/// Waits until the stream has begun: a function that fails before it says anything gives an answer of its own.
pub(crate) async fn begun(mut body: Body) -> Result<Body, BodyError> {
    match body.chunk().await {
        Some(Ok(first)) => Ok(Body::stream(None, Rest { first, rest: body })),
        Some(Err(error)) => Err(error),
        None => Ok(Body::Empty),
    }
}

/// The body, broken off at `deadline`, and where nothing comes for too long.
pub(crate) fn within(body: Body, deadline: Instant) -> Body {
    let length = match &body {
        Body::Stream(_) => body.length(),
        Body::Empty | Body::Full(_) | Body::Tunnel(_) => return body,
    };
    let timer = Box::pin(sleep_until(deadline.min(Instant::now() + IDLE_MAX)));
    Body::stream(length, Timed { body, deadline, timer })
}

/// What was read too much, and the rest.
struct Rest {
    first: Bytes,
    rest: Body,
}

impl Chunks for Rest {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        if self.first.is_empty() {
            return self.rest.poll_chunk(context);
        }
        Poll::Ready(Some(Ok(std::mem::take(&mut self.first))))
    }
}

/// A body with its times.
struct Timed {
    body: Body,
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Chunks for Timed {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let this = &mut *self;
        if let Poll::Ready(chunk) = this.body.poll_chunk(context) {
            let next = this.deadline.min(Instant::now() + IDLE_MAX);
            this.timer.as_mut().reset(next);
            return Poll::Ready(chunk);
        }
        std::task::ready!(this.timer.as_mut().poll(context));
        Poll::Ready(Some(Err(BodyError::TimedOut)))
    }
}

const IDLE_MAX: Duration = Duration::from_millis(STREAM_IDLE_MILLISECONDS_MAX as u64);

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Chunks that come at once; after them nothing ever.
    struct Stuck(VecDeque<Bytes>);

    impl Chunks for Stuck {
        fn poll_chunk(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Bytes, BodyError>>> {
            self.0.pop_front().map_or(Poll::Pending, |chunk| Poll::Ready(Some(Ok(chunk))))
        }
    }

    fn stuck(chunks: &[&'static [u8]]) -> Body {
        Body::stream(None, Stuck(chunks.iter().map(|chunk| Bytes::from_static(chunk)).collect()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_at_its_deadline_and_where_nothing_comes() {
        for (seconds, expected) in [(900, 300), (60, 60)] {
            let began = Instant::now();
            let mut body = within(stuck(&[b"a"]), began + Duration::from_secs(seconds));
            assert_eq!(body.chunk().await, Some(Ok(Bytes::from_static(b"a"))));
            assert_eq!(body.chunk().await, Some(Err(BodyError::TimedOut)));
            assert_eq!(began.elapsed().as_secs(), expected);
        }
    }

    #[tokio::test]
    async fn a_head_may_come_in_pieces() {
        let body = stuck(&[b"{\"statusCode\"", b":201}\0\0\0\0", b"\0\0\0\0bo", b"dy"]);
        let mut response = read_head(body, StreamFormat::RestApi).await.expect("a head");
        assert_eq!(response.status, 201);
        assert_eq!(response.body.chunk().await, Some(Ok(Bytes::from_static(b"bo"))));
        assert_eq!(response.body.chunk().await, Some(Ok(Bytes::from_static(b"dy"))));
        let failure = read_head(Body::from(Bytes::from_static(b"{}")), StreamFormat::RestApi).await;
        assert!(matches!(failure, Err(HeadFailure::Malformed)));
    }
}
