//! One invocation whose response is handed on while it is made: AWS's InvokeWithResponseStream operation.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use frontgate_explain::Fact;
use tokio::sync::{mpsc, oneshot};

use crate::invocation::{FunctionError, Invocation, InvokeError};
use crate::limits::{RESPONSE_BYTES_MAX, STREAM_PIECES_MAX, STREAMED_BYTES_MAX};
use crate::runtime_api::Streamed;
use crate::sandbox::Ended;

/// A response that has begun.
#[derive(Debug)]
pub struct StreamedInvocation {
    /// What the runtime says of the response: `application/octet-stream`, or that its beginning is the head of an
    /// HTTP response. `None` where it says nothing.
    pub content_type: Option<String>,
    /// If the function failed before its response began; the stream is then the error as JSON.
    pub function_error: Option<FunctionError>,
    /// `X-Amz-Executed-Version`: [`crate::LATEST`], or the number of a version.
    pub executed_version: String,
    /// What happened up to here, in order.
    pub facts: Vec<Fact>,
    /// The response.
    pub stream: ResponseStream,
}

/// The chunks of a response as the function makes them. Who drops it lets the function run on, as AWS does.
#[derive(Debug)]
pub struct ResponseStream {
    chunks: mpsc::Receiver<Bytes>,
    end: oneshot::Receiver<StreamEnd>,
    ended: Option<StreamEnd>,
}

/// How a streamed invocation ended: AWS's `InvokeComplete`.
#[derive(Clone, Debug)]
pub struct StreamEnd {
    /// Why the response is not whole.
    pub failure: Option<StreamFailure>,
    /// The last 4 KB of the log, if they were asked for.
    pub log_tail: Option<String>,
    /// How the function ended; what happened before was said when the response began.
    pub fact: Option<Fact>,
    /// How long the function ran.
    pub duration: Duration,
}

/// Why a response ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFailure {
    /// What went wrong; `ErrorCode` is its header's value.
    pub error: FunctionError,
    /// The error as JSON.
    pub payload: Bytes,
}

impl ResponseStream {
    /// The next chunk; `None` at the end, after which [`Self::ended`] says how it ended.
    pub async fn next(&mut self) -> Option<Bytes> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The next chunk, for those who poll.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(chunk) = std::task::ready!(self.chunks.poll_recv(context)) {
            return Poll::Ready(Some(chunk));
        }
        if self.ended.is_none() {
            let end = std::task::ready!(Pin::new(&mut self.end).poll(context));
            // Nobody says the end any more: the engine has ended.
            self.ended = Some(end.unwrap_or_else(|_| StreamEnd::shut_down()));
        }
        Poll::Ready(None)
    }

    /// How it ended, once it has.
    #[must_use]
    pub fn ended(&self) -> Option<&StreamEnd> {
        self.ended.as_ref()
    }
}

impl StreamEnd {
    fn shut_down() -> Self {
        let failure = StreamFailure { error: FunctionError::Exited, payload: Bytes::from_static(b"{}") };
        Self { failure: Some(failure), log_tail: None, fact: None, duration: Duration::ZERO }
    }
}

/// The way of an answer to its caller.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The caller waits for the whole of it.
    Whole(oneshot::Sender<Result<Invocation, InvokeError>>),
    /// The caller takes it as it comes; nothing has come yet.
    Stream(oneshot::Sender<Result<StreamedInvocation, InvokeError>>),
    /// The caller has its beginning.
    Begun(oneshot::Sender<StreamEnd>),
}

/// Where the chunks of a streamed response go.
#[derive(Debug)]
pub(crate) enum Sink {
    /// Together, for a caller that waits for the whole.
    Whole(BytesMut),
    /// To the caller, no faster than it takes them.
    Stream(mpsc::Sender<Bytes>),
}

impl Reply {
    /// Whether nobody waits for it any more.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Whole(reply) => reply.is_closed(),
            Self::Stream(reply) => reply.is_closed(),
            Self::Begun(end) => end.is_closed(),
        }
    }

    /// Says that there is no invocation.
    pub(crate) fn refuse(self, error: InvokeError) {
        // A caller that has gone away does not learn it.
        match self {
            Self::Whole(reply) => drop(reply.send(Err(error))),
            Self::Stream(reply) => drop(reply.send(Err(error))),
            Self::Begun(end) => drop(end),
        }
    }

    /// Begins a streamed response: tells a caller that takes one what is known so far.
    pub(crate) fn begin(
        &mut self,
        content_type: Option<String>,
        executed_version: &str,
        facts: Vec<Fact>,
    ) -> Sink {
        if let Self::Whole(_) | Self::Begun(_) = self {
            return Sink::Whole(BytesMut::new());
        }
        let (sender, end) = oneshot::channel();
        let (chunks, receiver) = mpsc::channel(STREAM_PIECES_MAX);
        if let Self::Stream(reply) = std::mem::replace(self, Self::Begun(sender)) {
            let stream = ResponseStream { chunks: receiver, end, ended: None };
            let executed_version = executed_version.to_owned();
            let begun =
                StreamedInvocation { content_type, function_error: None, executed_version, facts, stream };
            // A caller that has gone away does not concern the function.
            let _ = reply.send(Ok(begun));
        }
        Sink::Stream(chunks)
    }

    /// Gives the answer, or the end of one that has begun.
    pub(crate) fn give(self, invocation: Invocation, content_type: Option<String>) {
        match self {
            Self::Whole(reply) => drop(reply.send(Ok(invocation))),
            Self::Stream(reply) => drop(reply.send(Ok(StreamedInvocation::whole(invocation, content_type)))),
            Self::Begun(end) => drop(end.send(StreamEnd::of(invocation))),
        }
    }
}

impl StreamedInvocation {
    /// An answer that was whole at once.
    fn whole(invocation: Invocation, content_type: Option<String>) -> Self {
        let Invocation { payload, function_error, executed_version, log_tail, facts, duration, .. } =
            invocation;
        let (sender, chunks) = mpsc::channel(1);
        let (ending, end) = oneshot::channel();
        // There is room for one, and the receivers are at hand.
        let _ = sender.try_send(payload);
        let _ = ending.send(StreamEnd { failure: None, log_tail, fact: None, duration });
        let stream = ResponseStream { chunks, end, ended: None };
        Self { content_type, function_error, executed_version, facts, stream }
    }
}

impl StreamEnd {
    /// The end of a response that has gone to the caller already.
    fn of(invocation: Invocation) -> Self {
        let Invocation { payload, function_error, log_tail, facts, duration, .. } = invocation;
        let failure = function_error.map(|error| StreamFailure { error, payload });
        Self { failure, log_tail, fact: facts.last().copied(), duration }
    }
}

/// Hands the pieces of a streamed response to where they go, to its end.
pub(crate) async fn forward(mut pieces: mpsc::Receiver<Streamed>, mut sink: Sink) -> Ended {
    let mut length = 0_usize;
    loop {
        let chunk = match pieces.recv().await {
            Some(Streamed::Chunk(chunk)) => chunk,
            Some(Streamed::End) => return sink.ended(),
            Some(Streamed::Failed { body }) => return Ended::Raised(body),
            Some(Streamed::Truncated) | None => return Ended::Truncated,
        };
        length = length.saturating_add(chunk.len());
        match &mut sink {
            Sink::Whole(_) if length > RESPONSE_BYTES_MAX => return count(pieces, length).await,
            Sink::Whole(whole) => whole.extend_from_slice(&chunk),
            Sink::Stream(_) if length > STREAMED_BYTES_MAX => return Ended::TooLarge(length),
            // Without a caller the function runs on.
            Sink::Stream(chunks) => drop(chunks.send(chunk).await),
        }
    }
}

/// The size of a response that is larger than a caller takes at once.
async fn count(mut pieces: mpsc::Receiver<Streamed>, mut length: usize) -> Ended {
    while let Some(Streamed::Chunk(chunk)) = pieces.recv().await {
        length = length.saturating_add(chunk.len());
    }
    Ended::TooLarge(length)
}

impl Sink {
    fn ended(self) -> Ended {
        match self {
            Self::Whole(whole) => Ended::Returned { payload: whole.freeze(), content_type: None },
            Self::Stream(_) => Ended::Streamed,
        }
    }
}
