//! The body of an origin's answer, while it comes.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use frontgate_message::{Body, BodyError, Chunks};
use tokio::io::AsyncReadExt;

use super::OriginTarget;
use super::exchange::READ_BYTES;
use super::pool::{OriginConnection, Pool};
use crate::http1::Framing;
use crate::http1::decoder::{BodyDecoder, Decoded};
use crate::server::Deadline;

/// The body that follows a head: whole where it came with it, which small answers do. A body whose length was not
/// announced is a stream all the same: what is done with it may not depend on how much of it came at once.
pub(super) fn response_body(
    framing: Framing,
    connection: OriginConnection,
    reuse: Option<Arc<Pool>>,
    target: &OriginTarget,
) -> Body {
    let length = match framing {
        Framing::Length(length) => Some(length),
        _ => None,
    };
    let mut body = ResponseBody {
        ready: VecDeque::new(),
        failure: None,
        decoder: BodyDecoder::new(framing),
        connection: Some(connection),
        reuse,
        deadline: Deadline::new(),
        read_timeout: target.read_timeout,
        keep_alive: target.keep_alive,
    };
    loop {
        match body.decode_buffered() {
            Ok(Decoded::Chunk(chunk)) => body.ready.push_back(chunk),
            Ok(Decoded::End) => {
                body.end();
                return if framing == Framing::Chunked {
                    Body::stream(None, body)
                } else {
                    whole(body.ready)
                };
            }
            Ok(Decoded::More) => return Body::stream(length, body),
            Err(error) => {
                body.failure = Some(error);
                return Body::stream(length, body);
            }
        }
    }
}

struct ResponseBody {
    /// What came with the head, and what was wrong with what followed it.
    ready: VecDeque<Bytes>,
    failure: Option<BodyError>,
    decoder: BodyDecoder,
    connection: Option<OriginConnection>,
    /// Where the connection is kept after the body's end, if it may be used again.
    reuse: Option<Arc<Pool>>,
    deadline: Deadline,
    read_timeout: Duration,
    keep_alive: Duration,
}

impl ResponseBody {
    fn decode_buffered(&mut self) -> Result<Decoded, BodyError> {
        match &mut self.connection {
            Some(connection) => self.decoder.decode(&mut connection.buffer),
            None => Ok(Decoded::End),
        }
    }

    /// Gives the connection back. Bytes after the end belong to no request: such a connection is closed.
    fn end(&mut self) {
        if let (Some(connection), Some(pool)) = (self.connection.take(), self.reuse.take())
            && connection.buffer.is_empty()
        {
            pool.put(connection, self.keep_alive);
        }
    }

    fn fail(&mut self, error: BodyError) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.connection = None;
        Poll::Ready(Some(Err(error)))
    }
}

impl Chunks for ResponseBody {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let body = &mut *self;
        if let Some(chunk) = body.ready.pop_front() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        if let Some(error) = body.failure.take() {
            return body.fail(error);
        }
        loop {
            match body.decode_buffered() {
                Ok(Decoded::Chunk(chunk)) => {
                    if body.decoder.remaining() == Some(0) {
                        body.end();
                    }
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Ok(Decoded::End) => {
                    body.end();
                    return Poll::Ready(None);
                }
                Ok(Decoded::More) => {}
                Err(error) => return body.fail(error),
            }
            let Some(connection) = &mut body.connection else { return Poll::Ready(None) };
            connection.buffer.reserve(READ_BYTES);
            match pin!(connection.stream.read_buf(&mut connection.buffer)).poll(context) {
                Poll::Ready(Ok(0)) => match body.decoder.at_close() {
                    Ok(()) => {
                        body.connection = None;
                        return Poll::Ready(None);
                    }
                    Err(error) => return body.fail(error),
                },
                Poll::Ready(Ok(_)) => body.deadline.progressed(),
                Poll::Ready(Err(_)) => return body.fail(BodyError::Truncated),
                Poll::Pending => {
                    if body.deadline.poll(context, body.read_timeout).is_ready() {
                        return body.fail(BodyError::TimedOut);
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

fn whole(mut chunks: VecDeque<Bytes>) -> Body {
    match (chunks.pop_front(), chunks.is_empty()) {
        (None, _) => Body::Empty,
        (Some(only), true) => Body::Full(only),
        (Some(first), false) => {
            let mut whole = first.to_vec();
            chunks.iter().for_each(|chunk| whole.extend_from_slice(chunk));
            Body::Full(whole.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use bytes::{Bytes, BytesMut};
    use frontgate_message::BodyError;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::Instant;

    use super::super::connect::OriginStream;
    use super::super::pool::OriginKey;
    use super::{Deadline, Framing, OriginConnection, OriginTarget, response_body};

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_coming_times_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let stream = TcpStream::connect(address).await.expect("it is listened to");
        let target = OriginTarget {
            host: "127.0.0.1".into(),
            port: address.port(),
            tls: None,
            connect_timeout: Duration::from_secs(10),
            connection_attempts: 3,
            read_timeout: Duration::from_secs(30),
            keep_alive: Duration::from_secs(5),
        };
        let connection = OriginConnection {
            stream: OriginStream::Plain(stream),
            buffer: BytesMut::from("abc"),
            deadline: Deadline::new(),
            key: Arc::new(OriginKey::of(&target, 0)),
        };
        let start = Instant::now();
        let mut body = response_body(Framing::Length(9), connection, None, &target);
        assert_eq!(body.chunk().await, Some(Ok(Bytes::from_static(b"abc"))));
        assert_eq!(body.chunk().await, Some(Err(BodyError::TimedOut)));
        assert_eq!(start.elapsed().as_secs(), 30);
        assert_eq!(body.chunk().await, None);
    }
}
