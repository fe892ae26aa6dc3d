//! What is under HTTP: plain TCP, or TLS on it.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::tls::TlsSocket;

/// A byte stream to a viewer.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin {
    /// Makes the close that follows a reset, so that nobody takes a broken answer for a whole one.
    fn abort(&self);
}

impl Transport for TcpStream {
    fn abort(&self) {
        // Where it fails the connection is already gone.
        let _ = self.set_zero_linger();
    }
}

impl Transport for tokio_rustls::server::TlsStream<TlsSocket> {
    fn abort(&self) {
        self.get_ref().0.stream().abort();
    }
}
