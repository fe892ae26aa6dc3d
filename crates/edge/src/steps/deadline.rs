//! How long may an origin take until its answer is complete?
//!
//! Authority: `ResponseCompletionTimeout` of
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html>: "the time that a request
//! from CloudFront to the origin can stay open and wait for a response", all attempts included.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use frontgate_message::{Body, BodyError, Chunks, Response};
use tokio::time::{Sleep, sleep};

use crate::origins::OriginFailure;

/// The answer that `asking` gives, in so much time; its body breaks off where it is not complete by then.
pub(crate) async fn in_time(
    limit: Duration,
    asking: impl Future<Output = Result<Response, OriginFailure>>,
) -> Result<Response, OriginFailure> {
    let mut end = Box::pin(sleep(limit));
    let mut response = tokio::select! {
        biased;
        answer = asking => answer?,
        () = &mut end => return Err(OriginFailure::CompletionTimeout),
    };
    if let Body::Stream(_) = &response.body {
        let body = std::mem::replace(&mut response.body, Body::Empty);
        response.body = Body::stream(body.length(), Limited { body, end });
    }
    Ok(response)
}

struct Limited {
    body: Body,
    end: Pin<Box<Sleep>>,
}

impl Chunks for Limited {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let this = &mut *self;
        if let Poll::Ready(chunk) = this.body.poll_chunk(context) {
            return Poll::Ready(chunk);
        }
        this.end.as_mut().poll(context).map(|()| Some(Err(BodyError::TimedOut)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use bytes::Bytes;
    use frontgate_message::{Body, BodyError, Chunks, Response};

    use super::in_time;
    use crate::origins::OriginFailure;

    /// One chunk, and never an end.
    struct Endless(Option<Bytes>);

    impl Chunks for Endless {
        fn poll_chunk(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Bytes, BodyError>>> {
            self.0.take().map_or(Poll::Pending, |chunk| Poll::Ready(Some(Ok(chunk))))
        }
    }

    #[test]
    fn an_answer_that_is_not_complete_in_time_breaks_off() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let nothing = in_time(Duration::ZERO, pending()).await;
            assert_eq!(nothing.err(), Some(OriginFailure::CompletionTimeout));
            let mut response = Response::new(200);
            response.body = Body::stream(None, Endless(Some(Bytes::from_static(b"first"))));
            let mut response = in_time(Duration::ZERO, async { Ok(response) }).await.expect("an answer");
            assert_eq!(response.body.chunk().await, Some(Ok(Bytes::from_static(b"first"))));
            assert_eq!(response.body.chunk().await, Some(Err(BodyError::TimedOut)));
        });
    }
}
