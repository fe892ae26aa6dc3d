//! How is an address bound so that each worker has a listener of its own?

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::ServeError;

/// Listeners on one address, one per worker.
pub(super) struct Bound {
    pub(super) address: SocketAddr,
    pub(super) listeners: Vec<TcpListener>,
}

/// Connections that wait to be accepted, per listener; the kernel caps it at `net.core.somaxconn`.
const BACKLOG: i32 = 4096;

/// Binds `count` listeners to `address`.
pub(super) fn bind(address: SocketAddr, count: usize) -> Result<Bound, ServeError> {
    let fail = |error: std::io::Error| match error.kind() {
        ErrorKind::AddrInUse => ServeError::InUse { address },
        ErrorKind::PermissionDenied => ServeError::NeedsPrivileges { address },
        ErrorKind::AddrNotAvailable => ServeError::NotOurs { address },
        _ => ServeError::Listen { address, error },
    };
    // With SO_REUSEPORT a second frontgate could join the first one's port unnoticed and take half of its connections.
    if address.port() != 0 {
        listener(address, false).map_err(fail)?;
    }
    let first = listener(address, true).map_err(fail)?;
    let address = first.local_addr().map_err(fail)?;
    let mut listeners = vec![first];
    for _ in 1..count {
        listeners.push(listener(address, true).map_err(fail)?);
    }
    Ok(Bound { address, listeners })
}

/// Binds the port of an address of IPv4's loopback on IPv6's, too: browsers try `::1` first for names of this machine.
/// Where somebody else has it, or there is no IPv6, nothing is lost.
pub(super) fn bind_sibling(address: SocketAddr, count: usize) -> Option<Bound> {
    let is_loopback = address.ip() == Ipv4Addr::LOCALHOST;
    is_loopback.then(|| bind((Ipv6Addr::LOCALHOST, address.port()).into(), count).ok()).flatten()
}

fn listener(address: SocketAddr, shared: bool) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    // Connections inherit it. Without it small answers on a reused one wait for the viewer's acknowledgement.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::{ServeError, bind};

    #[test]
    fn all_workers_share_one_free_port() {
        let bound = bind(([127, 0, 0, 1], 0).into(), 3).expect("a port is free");
        assert_ne!(bound.address.port(), 0);
        if let Some(sibling) = super::bind_sibling(bound.address, 2) {
            assert_eq!(sibling.address, (std::net::Ipv6Addr::LOCALHOST, bound.address.port()).into());
        }
        assert!(super::bind_sibling(([127, 0, 0, 2], 0).into(), 1).is_none());
        for listener in &bound.listeners {
            assert_eq!(listener.local_addr().ok(), Some(bound.address));
        }
        assert!(matches!(bind(bound.address, 1), Err(ServeError::InUse { .. })));
    }

    #[test]
    fn errors_name_the_address_and_the_cure() {
        let error = bind(([192, 0, 2, 1], 8080).into(), 1).err().expect("it is a documentation address");
        let text = error.to_string();
        assert!(text.contains("192.0.2.1:8080") && text.contains("127.0.0.1"), "{text}");
    }
}
