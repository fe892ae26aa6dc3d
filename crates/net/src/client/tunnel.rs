//! The origin's side of a connection that switched protocols. RFC 9110 §7.8.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use frontgate_message::{FarSide, Tunnel};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::pool::OriginConnection;

/// A tunnel over the connection on which the origin said 101; what came behind its head comes first.
pub(super) fn tunnel(protocol: &str, connection: OriginConnection) -> Tunnel {
    Tunnel::new(protocol, OriginSide(connection))
}

struct OriginSide(OriginConnection);

impl FarSide for OriginSide {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let OriginConnection { stream, buffer, .. } = &mut self.0;
        if !buffer.is_empty() {
            let length = buffer.len().min(bytes.len());
            buffer.copy_to_slice(&mut bytes[..length]);
            if buffer.is_empty() {
                // What the head was read into is not needed any more.
                *buffer = bytes::BytesMut::new();
            }
            return Poll::Ready(Ok(length));
        }
        let mut read = ReadBuf::new(bytes);
        ready!(Pin::new(stream).poll_read(context, &mut read))?;
        Poll::Ready(Ok(read.filled().len()))
    }

    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.stream).poll_shutdown(context)
    }
}
