//! When do the bytes of a TLS connection leave?
//!
//! A handshake writes in small pieces: a server hello, and later tickets for the next sessions (RFC 8446 §4.6.1) that
//! nobody waits for. Each piece would be a system call and a packet. So what a handshake writes waits here until the
//! handshake itself waits for the client; what is left at its end, the tickets, leaves with the first answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP connection under TLS.
pub(crate) struct TlsSocket {
    stream: TcpStream,
    held: Vec<u8>,
    holds: bool,
}

/// More than that is not held.
const HELD_BYTES_MAX: usize = 64 * 1024;
/// Pieces that one write takes beside what was held.
const PIECES_MAX: usize = 32;

impl TlsSocket {
    /// A connection whose handshake begins.
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, held: Vec::new(), holds: true }
    }

    /// The handshake is over: from now on what is written leaves.
    pub(super) fn release(&mut self) {
        self.holds = false;
    }

    /// The connection itself.
    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn poll_held(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.held))?;
            self.forget(written)?;
        }
        Poll::Ready(Ok(()))
    }

    fn forget(&mut self, written: usize) -> io::Result<()> {
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.held.drain(..written.min(self.held.len()));
        if self.held.is_empty() {
            // A connection that waits keeps no memory for it.
            self.held = Vec::new();
        }
        Ok(())
    }
}

impl Drop for TlsSocket {
    fn drop(&mut self) {
        if !self.held.is_empty() {
            // A handshake that fails says why and is dropped. Whether the client still reads it, nobody knows.
            let _ = self.stream.try_write(&self.held);
        }
    }
}

impl AsyncRead for TlsSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        let polled = Pin::new(&mut socket.stream).poll_read(context, read);
        if polled.is_pending() && !socket.held.is_empty() {
            // The other side may wait for what is held. Where it cannot leave yet, the next wake tries again.
            if let Poll::Ready(Err(error)) = socket.poll_held(context) {
                return Poll::Ready(Err(error));
            }
        }
        polled
    }
}

impl AsyncWrite for TlsSocket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        if socket.holds {
            if socket.held.len() >= HELD_BYTES_MAX {
                ready!(socket.poll_held(context))?;
            }
            slices.iter().for_each(|slice| socket.held.extend_from_slice(slice));
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        while !socket.held.is_empty() {
            let mut pieces = [IoSlice::new(&[]); PIECES_MAX + 1];
            pieces[0] = IoSlice::new(&socket.held);
            let count = slices.len().min(PIECES_MAX);
            pieces[1..=count].copy_from_slice(&slices[..count]);
            let written =
                ready!(Pin::new(&mut socket.stream).poll_write_vectored(context, &pieces[..=count]))?;
            let of_slices = written.saturating_sub(socket.held.len());
            socket.forget(written)?;
            if of_slices > 0 {
                return Poll::Ready(Ok(of_slices));
            }
        }
        match slices {
            // One buffer is written with a cheaper system call.
            [only] => Pin::new(&mut socket.stream).poll_write(context, only),
            slices => Pin::new(&mut socket.stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        if !socket.holds {
            ready!(socket.poll_held(context))?;
        }
        Pin::new(&mut socket.stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        ready!(socket.poll_held(context))?;
        Pin::new(&mut socket.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::task::Poll;

    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
    use tokio::net::{TcpListener, TcpStream};

    use super::TlsSocket;

    async fn pair() -> (TlsSocket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        (TlsSocket::new(accepted.expect("it connects").0), client.expect("it is listened to"))
    }

    #[tokio::test]
    async fn what_is_held_leaves_when_the_handshake_waits() {
        let (mut socket, mut client) = pair().await;
        socket.write_all(b"server ").await.expect("it is held");
        socket.write_all(b"hello").await.expect("it is held");
        socket.flush().await.expect("nothing leaves");
        assert_eq!(socket.held, b"server hello");
        let mut byte = [0];
        let mut read = ReadBuf::new(&mut byte);
        let waits =
            poll_fn(|context| Poll::Ready(Pin::new(&mut socket).poll_read(context, &mut read).is_pending()));
        assert!(waits.await && socket.held.is_empty());
        let mut seen = [0; 12];
        client.read_exact(&mut seen).await.expect("it has left");
        assert_eq!(&seen, b"server hello");
    }

    #[tokio::test]
    async fn what_is_left_leaves_with_the_first_answer() {
        let (mut socket, mut client) = pair().await;
        socket.write_all(b"tickets ").await.expect("they are held");
        socket.release();
        socket.write_all(b"answer").await.expect("both leave");
        assert!(socket.held.is_empty());
        socket.write_all(b", more").await.expect("it leaves");
        socket.shutdown().await.expect("it is open");
        let mut seen = Vec::new();
        client.read_to_end(&mut seen).await.expect("it ends");
        assert_eq!(seen, b"tickets answer, more");
    }

    #[tokio::test]
    async fn an_end_loses_nothing() {
        for is_shut_down in [true, false] {
            let (mut socket, mut client) = pair().await;
            socket.write_all(b"alert").await.expect("it is held");
            if is_shut_down {
                socket.shutdown().await.expect("it is open");
            }
            drop(socket);
            let mut seen = Vec::new();
            client.read_to_end(&mut seen).await.expect("it ends");
            assert_eq!(seen, b"alert");
        }
    }
}
