//! The bytes of a message: none, all there, or coming.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};

use crate::Tunnel;

/// The body of a request or a response.
pub enum Body {
    /// No body at all.
    Empty,
    /// The whole body, shared and never copied.
    Full(Bytes),
    /// A body that is still being received or made.
    Stream(Stream),
    /// No body, but a connection that is handed over with a 101.
    Tunnel(Box<Tunnel>),
}

/// A body that is still coming, with its length where that was announced.
pub struct Stream {
    length: Option<u64>,
    chunks: Pin<Box<dyn Chunks>>,
}

/// A source of body chunks: a seam, implemented by sockets, files and processes.
pub trait Chunks: Send {
    /// The next chunk, or the end, or what went wrong.
    fn poll_chunk(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>>;
}

/// Why a body ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// The peer closed the connection before the announced end.
    Truncated,
    /// The chunked coding was broken.
    BadChunk,
    /// The body is larger than the limit of the one who reads it.
    TooLarge,
    /// Nothing came within the time allowed.
    TimedOut,
    /// Anything else, in words for the operator.
    Failed(String),
}

impl Body {
    /// A body made of chunks, with the length that was announced for it.
    #[must_use]
    pub fn stream(length: Option<u64>, chunks: impl Chunks + 'static) -> Self {
        Self::Stream(Stream { length, chunks: Box::pin(chunks) })
    }

    /// The length, where it is known before the body has been read.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Empty => Some(0),
            Self::Full(bytes) => Some(bytes.len() as u64),
            Self::Stream(stream) => stream.length,
            Self::Tunnel(_) => None,
        }
    }

    /// The next chunk; `None` at the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        std::future::poll_fn(|context| self.poll_chunk(context)).await
    }

    /// The next chunk, for those who poll.
    pub fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        match self {
            Self::Empty | Self::Tunnel(_) => Poll::Ready(None),
            Self::Full(bytes) => {
                let whole = std::mem::take(bytes);
                *self = Self::Empty;
                Poll::Ready((!whole.is_empty()).then_some(Ok(whole)))
            }
            Self::Stream(stream) => stream.chunks.as_mut().poll_chunk(context),
        }
    }

    /// Reads the body to its end, at most `length_max` bytes.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] past the limit, else what the source reports.
    pub async fn collect(mut self, length_max: usize) -> Result<Bytes, BodyError> {
        if let Self::Full(bytes) = self {
            return if bytes.len() > length_max { Err(BodyError::TooLarge) } else { Ok(bytes) };
        }
        let Some(first) = self.chunk().await else { return Ok(Bytes::new()) };
        let first = first?;
        let Some(second) = self.chunk().await else {
            return if first.len() > length_max { Err(BodyError::TooLarge) } else { Ok(first) };
        };
        let mut whole = BytesMut::from(&first[..]);
        whole.extend_from_slice(&second?);
        while let Some(chunk) = self.chunk().await {
            if whole.len() > length_max {
                return Err(BodyError::TooLarge);
            }
            whole.extend_from_slice(&chunk?);
        }
        if whole.len() > length_max { Err(BodyError::TooLarge) } else { Ok(whole.freeze()) }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Full(bytes) }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Full(bytes) => write!(f, "Full({} bytes)", bytes.len()),
            Self::Stream(stream) => write!(f, "Stream({:?} bytes)", stream.length),
            Self::Tunnel(tunnel) => tunnel.fmt(f),
        }
    }
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Truncated => f.write_str("the connection closed before the end of the body"),
            Self::BadChunk => f.write_str("the chunked coding of the body is broken"),
            Self::TooLarge => f.write_str("the body is larger than its limit"),
            Self::TimedOut => f.write_str("no byte of the body came in time"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for BodyError {}
