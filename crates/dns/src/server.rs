//! The sockets: one thread answers all questions, over UDP and TCP at the same port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use frontgate_snapshot::Publisher;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, oneshot};

use crate::lookup::Here;
use crate::message::{Transport, respond};

/// A server that is running; it ends when it is dropped.
pub struct DnsServer {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why serving could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address cannot be listened on.
    #[error("DNS cannot be served on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The thread or its runtime could not be made.
    #[error("DNS cannot be served: {0}")]
    Thread(std::io::Error),
}

/// Serves the hosted zones of what `publisher` has published, until the server is dropped. Port 0 is any free port.
///
/// # Errors
/// The address cannot be listened on, or no thread can be made.
pub fn serve(address: SocketAddr, publisher: Publisher, here: Here) -> Result<DnsServer, ServeError> {
    let (udp, tcp, address) = bind(address)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(ServeError::Thread)?;
    let (udp, tcp) = {
        let _entered = runtime.enter();
        let sockets = UdpSocket::from_std(udp).and_then(|udp| Ok((udp, TcpListener::from_std(tcp)?)));
        sockets.map_err(ServeError::Thread)?
    };
    let (end, ended) = oneshot::channel();
    let zones = Arc::new(Zones { publisher, here });
    let serving = async move {
        tokio::select! {
            () = serve_udp(&udp, &zones) => {}
            () = serve_tcp(&tcp, &zones) => {}
            // Told to end, or nobody is left to tell.
            _ = ended => {}
        }
    };
    let thread = std::thread::Builder::new().name("dns".into()).spawn(move || runtime.block_on(serving));
    let thread = thread.map_err(ServeError::Thread)?;
    Ok(DnsServer { address, end: Some(end), thread: Some(thread) })
}

impl DnsServer {
    /// Where it serves.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            // It may have ended by itself.
            let _ = end.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has ended, too.
            let _ = thread.join();
        }
    }
}

struct Zones {
    publisher: Publisher,
    here: Here,
}

impl Zones {
    fn respond(&self, question: &[u8], transport: Transport) -> Option<Vec<u8>> {
        respond(&self.publisher.current(), self.here, question, transport)
    }
}

/// Both sockets at the same port.
fn bind(address: SocketAddr) -> Result<(std::net::UdpSocket, std::net::TcpListener, SocketAddr), ServeError> {
    let mut failed = None;
    // A port that is free for UDP may be taken for TCP; another one is asked for then.
    for _ in 0..if address.port() == 0 { PORTS_TRIED_MAX } else { 1 } {
        match bind_once(address) {
            Ok(bound) => return Ok(bound),
            Err(error) => failed = Some(error),
        }
    }
    let error = failed.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into());
    Err(ServeError::Listen { address, error })
}

fn bind_once(
    address: SocketAddr,
) -> std::io::Result<(std::net::UdpSocket, std::net::TcpListener, SocketAddr)> {
    let udp = std::net::UdpSocket::bind(address)?;
    let bound = udp.local_addr()?;
    let tcp = std::net::TcpListener::bind(bound)?;
    udp.set_nonblocking(true)?;
    tcp.set_nonblocking(true)?;
    Ok((udp, tcp, bound))
}

async fn serve_udp(socket: &UdpSocket, zones: &Zones) {
    let mut buffer = vec![0; UDP_QUESTION_BYTES_MAX];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
            // What the system says concerns an earlier answer; no harm if it says it again.
            tokio::time::sleep(REST).await;
            continue;
        };
        if let Some(answer) = zones.respond(&buffer[..length], Transport::Udp) {
            // Who does not get it asks again.
            let _ = socket.send_to(&answer, peer).await;
        }
    }
}

async fn serve_tcp(listener: &TcpListener, zones: &Arc<Zones>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let zones = Arc::clone(zones);
        tokio::spawn(async move {
            // A connection that breaks concerns its own questions only.
            let _ = serve_connection(stream, &zones).await;
            drop(slot);
        });
    }
}

/// Questions and answers, each behind its length (RFC 7766), until there is none for a while.
async fn serve_connection(mut stream: TcpStream, zones: &Zones) -> std::io::Result<()> {
    loop {
        let question = tokio::time::timeout(IDLE_TIMEOUT, read_question(&mut stream)).await??;
        let Some(answer) = zones.respond(&question, Transport::Tcp) else { return Ok(()) };
        let Ok(length) = u16::try_from(answer.len()) else { return Ok(()) };
        let framed = [&length.to_be_bytes(), answer.as_slice()].concat();
        tokio::time::timeout(IDLE_TIMEOUT, stream.write_all(&framed)).await??;
    }
}

async fn read_question(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut question = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut question).await?;
    Ok(question)
}

impl Here {
    /// The addresses that viewers can reach of those that are listened on; one that stands for all stands for loopback.
    #[must_use]
    pub fn of(listeners: impl IntoIterator<Item = SocketAddr>) -> Self {
        let mut here = Self::default();
        for listener in listeners {
            match listener {
                SocketAddr::V4(address) if address.ip().is_unspecified() => {
                    here.ipv4 = Some(Ipv4Addr::LOCALHOST)
                }
                SocketAddr::V4(address) => here.ipv4 = Some(*address.ip()),
                SocketAddr::V6(address) if address.ip().is_unspecified() => {
                    here.ipv6 = Some(std::net::Ipv6Addr::LOCALHOST);
                }
                SocketAddr::V6(address) => here.ipv6 = Some(*address.ip()),
            }
        }
        here
    }
}

/// How often a port is looked for that is free for both.
const PORTS_TRIED_MAX: usize = 16;

/// The largest question that is read.
const UDP_QUESTION_BYTES_MAX: usize = 4096;

/// Connections at a time; the next one waits.
const CONNECTIONS_MAX: usize = 128;

/// How long a connection may be quiet.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a socket rests when the system cannot serve it.
const REST: Duration = Duration::from_millis(50);
