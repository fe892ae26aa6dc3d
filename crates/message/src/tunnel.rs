//! A connection that is handed over: what follows `101 Switching Protocols` on both sides. RFC 9110 §7.8.
//!
//! Whoever asked for the other protocol answers with a [`Tunnel`] as the body of its 101. The connection that sends the
//! answer then carries bytes both ways until one side has had enough, and says at the end what passed.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The far side of a connection that is handed over.
pub struct Tunnel {
    protocol: Box<str>,
    idle_timeout: Option<Duration>,
    far_side: Pin<Box<dyn FarSide + Send>>,
    on_end: Option<Box<dyn FnOnce(TunnelEnded) + Send>>,
}

/// Bytes to and from a side of a tunnel: a seam, implemented by sockets.
pub trait FarSide {
    /// Reads into `bytes`; 0 is the end.
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<io::Result<usize>>;

    /// Writes some of `bytes`.
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Sends what was written and is held back.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Says that nothing more will be written.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// What passed through a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TunnelEnded {
    /// Bytes to the viewer, the head of the 101 not counted.
    pub to_viewer_bytes: u64,
    /// Bytes from the viewer.
    pub from_viewer_bytes: u64,
    /// Why there were no more.
    pub end: TunnelEnd,
}

/// Who ended a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelEnd {
    /// Nobody: the far side sent nothing for too long.
    Idle,
    /// The far side closed its connection.
    Origin,
    /// The server is ending.
    Server,
    /// The viewer closed its connection, or was gone before the tunnel began.
    Viewer,
}

impl Tunnel {
    /// A tunnel of that protocol, such as `websocket`.
    #[must_use]
    pub fn new(protocol: &str, far_side: impl FarSide + Send + 'static) -> Self {
        Self { protocol: protocol.into(), idle_timeout: None, far_side: Box::pin(far_side), on_end: None }
    }

    /// What is spoken through it, as `Upgrade` names it.
    #[must_use]
    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    /// The tunnel is closed when the far side has sent nothing for that long.
    pub fn close_when_idle(&mut self, timeout: Duration) {
        self.idle_timeout = Some(timeout);
    }

    /// How long the far side may be silent.
    #[must_use]
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout
    }

    /// Calls `tell` once, when the tunnel has ended.
    pub fn when_ended(&mut self, tell: impl FnOnce(TunnelEnded) + Send + 'static) {
        self.on_end = Some(Box::new(tell));
    }

    /// The far side.
    pub fn far_side(&mut self) -> Pin<&mut dyn FarSide> {
        self.far_side.as_mut()
    }

    /// Closes the connection to the far side and says what passed.
    pub fn end(mut self, ended: TunnelEnded) {
        self.tell(ended);
    }

    fn tell(&mut self, ended: TunnelEnded) {
        if let Some(tell) = self.on_end.take() {
            tell(ended);
        }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.tell(TunnelEnded { to_viewer_bytes: 0, from_viewer_bytes: 0, end: TunnelEnd::Viewer });
    }
}

impl std::fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tunnel({})", self.protocol)
    }
}
