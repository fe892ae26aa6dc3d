//! Which connections to origins are open and unused?

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::Instant;

use super::connect::OriginStream;
use super::{OriginTarget, TlsTarget};
use crate::server::Deadline;

/// A connection to an origin.
pub(super) struct OriginConnection {
    pub(super) stream: OriginStream,
    /// Bytes that came and are not used yet.
    pub(super) buffer: BytesMut,
    /// Until when the origin must answer: one timer for all requests of the connection.
    pub(super) deadline: Deadline,
    pub(super) key: Arc<OriginKey>,
}

/// What two requests must have in common to use the same connection.
pub(super) struct OriginKey {
    hash: u64,
    host: Box<str>,
    port: u16,
    tls: Option<TlsTarget>,
}

/// The idle connections of a client.
#[derive(Default)]
pub(super) struct Pool {
    hasher: RandomState,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    connections: HashMap<u64, Vec<IdleConnection>, BuildHasherDefault<AsItIs>>,
    is_swept: bool,
}

/// Hashes what is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

struct IdleConnection {
    connection: OriginConnection,
    until: Instant,
}

/// Idle connections kept for one origin.
const IDLE_PER_ORIGIN_MAX: usize = 64;
/// How often connections that have been idle for too long are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

impl OriginKey {
    pub(super) fn of(target: &OriginTarget, hash: u64) -> Self {
        Self { hash, host: target.host.clone(), port: target.port, tls: target.tls.clone() }
    }

    fn is_for(&self, target: &OriginTarget) -> bool {
        self.host == target.host && self.port == target.port && self.tls == target.tls
    }
}

impl Pool {
    pub(super) fn hash(&self, target: &OriginTarget) -> u64 {
        self.hasher.hash_one((&target.host, target.port, &target.tls))
    }

    /// The connection to that origin that was used last and is still open.
    pub(super) fn take(&self, target: &OriginTarget, hash: u64) -> Option<OriginConnection> {
        let now = Instant::now();
        let mut idle = self.lock();
        let connections = idle.connections.get_mut(&hash)?;
        while let Some(index) = connections.iter().rposition(|kept| kept.connection.key.is_for(target)) {
            let mut kept = connections.remove(index);
            if kept.until > now && is_quiet(&mut kept.connection.stream) {
                return Some(kept.connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request to its origin.
    pub(super) fn put(self: &Arc<Self>, connection: OriginConnection, keep_alive: Duration) {
        let mut idle = self.lock();
        let connections = idle.connections.entry(connection.key.hash).or_default();
        if connections.len() >= IDLE_PER_ORIGIN_MAX {
            connections.remove(0);
        }
        connections.push(IdleConnection { connection, until: Instant::now() + keep_alive });
        if !std::mem::replace(&mut idle.is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes connections whose time is over, until there is none left.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(pool) = pool.upgrade() else { return };
        let now = Instant::now();
        let mut idle = pool.lock();
        idle.connections.retain(|_, connections| {
            connections.retain(|kept| kept.until > now);
            !connections.is_empty()
        });
        if idle.connections.is_empty() {
            idle.is_swept = false;
            return;
        }
    }
}

/// Whether an idle connection is still open and has said nothing: what it says unasked belongs to no request.
fn is_quiet(stream: &mut OriginStream) -> bool {
    let mut byte = [0u8; 1];
    let mut read = ReadBuf::new(&mut byte);
    matches!(Pin::new(stream).poll_read(&mut Context::from_waker(Waker::noop()), &mut read), Poll::Pending)
}
