//! What is known of a WebSocket when it has ended: for its explanation and for the access log.

use std::time::Instant;

use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Response, TunnelEnd};

use crate::access_log::BodyBytes;
use crate::records::Records;

/// Which record is completed when the tunnel of an answer ends.
pub struct Watched {
    /// The records of all workers.
    pub records: Records,
    /// The worker.
    pub worker: usize,
    /// The number of the request.
    pub number: u64,
    /// When its head was there.
    pub started: Instant,
}

/// Completes the record of an answer with a tunnel when that ends; the bytes of the viewer are counted like those of the
/// body of a request.
pub fn watch(response: &mut Response, body_bytes: &mut BodyBytes, watched: impl FnOnce() -> Watched) {
    let Body::Tunnel(tunnel) = &mut response.body else { return };
    let counter = body_bytes.counter();
    let Watched { records, worker, number, started } = watched();
    tunnel.when_ended(move |ended| {
        counter(ended.from_viewer_bytes);
        let kind = match ended.end {
            TunnelEnd::Idle => FactKind::WebSocketIdle,
            TunnelEnd::Origin => FactKind::WebSocketClosedByOrigin,
            TunnelEnd::Server => FactKind::WebSocketServerEnded,
            TunnelEnd::Viewer => FactKind::WebSocketClosedByViewer,
        };
        let taken = started.elapsed();
        let seconds = u32::try_from(taken.as_secs()).unwrap_or(u32::MAX);
        let microseconds = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
        records.note(worker, number, Fact::of(kind).value(seconds));
        records.complete(worker, number, ended.to_viewer_bytes, microseconds);
    });
}
