//! How is a connection to an origin made?

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::BytesMut;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::pool::{OriginConnection, OriginKey};
use super::{ConnectError, OriginError, OriginTarget, OriginTrust, TlsTarget};
use crate::server::Deadline;

/// The bytes to and from an origin.
pub(super) enum OriginStream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects, as often as the target allows.
pub(super) async fn connect(
    target: &OriginTarget,
    trust: &OriginTrust,
    key: Arc<OriginKey>,
) -> Result<OriginConnection, OriginError> {
    let addresses = resolve(target).await?;
    let mut failure = ConnectError::TimedOut;
    for attempt in 0..target.connection_attempts.max(1) as usize {
        // Each attempt starts with another address, so that one which never answers does not hide the others.
        let ordered = (0..addresses.len()).map(|offset| addresses[(attempt + offset) % addresses.len()]);
        match timeout(target.connect_timeout, connect_to_any(ordered)).await {
            Ok(Ok(stream)) => {
                let stream = match &target.tls {
                    None => OriginStream::Plain(stream),
                    Some(tls) => handshake(stream, tls, target, trust).await?,
                };
                return Ok(OriginConnection {
                    stream,
                    buffer: BytesMut::new(),
                    deadline: Deadline::new(),
                    key,
                });
            }
            Ok(Err(error)) => failure = error,
            Err(_) => failure = ConnectError::TimedOut,
        }
    }
    Err(OriginError::Connect(failure))
}

async fn connect_to_any(addresses: impl Iterator<Item = SocketAddr>) -> Result<TcpStream, ConnectError> {
    let mut failure = ConnectError::Refused;
    for address in addresses {
        match TcpStream::connect(address).await.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                failure = match error.kind() {
                    io::ErrorKind::ConnectionRefused => ConnectError::Refused,
                    io::ErrorKind::TimedOut => ConnectError::TimedOut,
                    _ => ConnectError::Other(error.to_string()),
                }
            }
        }
    }
    Err(failure)
}

async fn resolve(target: &OriginTarget) -> Result<Vec<SocketAddr>, OriginError> {
    let (host, port) = (&*target.host, target.port);
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    // RFC 6761 §6.3: names below localhost are this machine; not every resolver knows.
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return Ok(vec![
            SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port),
            SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port),
        ]);
    }
    let looked_up = timeout(target.connect_timeout, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<_> = match looked_up {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => return Err(OriginError::Dns(error.to_string())),
        Err(_) => return Err(OriginError::Dns("the resolver did not answer in time".to_owned())),
    };
    if addresses.is_empty() {
        Err(OriginError::Dns("the name has no address".to_owned()))
    } else {
        Ok(addresses)
    }
}

async fn handshake(
    stream: TcpStream,
    tls: &TlsTarget,
    target: &OriginTarget,
    trust: &OriginTrust,
) -> Result<OriginStream, OriginError> {
    let fail = |why: String| OriginError::Tls(why);
    let name = ServerName::try_from(tls.server_name.to_string())
        .map_err(|_| fail(format!("{} is no name of a server", tls.server_name)))?;
    let config = trust.config(tls).map_err(fail)?;
    let connecting = TlsConnector::from(config).connect(name, stream);
    match timeout(target.connect_timeout, connecting).await {
        Ok(Ok(stream)) => Ok(OriginStream::Tls(Box::new(stream))),
        Ok(Err(error)) => Err(fail(error.to_string())),
        Err(_) => Err(fail("the handshake took too long".to_owned())),
    }
}

impl AsyncRead for OriginStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, read),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, read),
        }
    }
}

impl AsyncWrite for OriginStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
