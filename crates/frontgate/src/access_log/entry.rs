//! What of a request and its answer an entry of the log is made of, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use frontgate_edge::Exchange;
use frontgate_edge_rules::access_log::{Ending, Entry, outcome};
use frontgate_message::{Body, OnSent, RequestHead, Response, Sent, SentEnd};
use frontgate_snapshot::Snapshot;

use super::AccessLog;
use crate::clock::Clock;
use crate::counted::counted;

/// A request that is being logged.
pub struct Observed {
    /// The log.
    pub log: AccessLog,
    /// The time at the end.
    pub clock: Clock,
    /// When its head was there.
    pub started: Instant,
    /// The configuration.
    pub snapshot: Arc<Snapshot>,
    /// The distribution, by index.
    pub distribution: usize,
    /// Bytes of its body that came so far.
    pub body_bytes: BodyBytes,
}

/// Counts the body of a request while it is read.
#[derive(Clone, Default)]
pub struct BodyBytes(Option<Arc<AtomicU64>>);

impl BodyBytes {
    /// A body that is counted, unless there is none.
    pub fn count(body: Body) -> (Self, Body) {
        match body {
            Body::Empty => (Self::default(), body),
            body => {
                let count = Arc::new(AtomicU64::new(0));
                let counter = Arc::clone(&count);
                let body = counted(body, move |bytes| counter.store(bytes, Ordering::Relaxed));
                (Self(Some(count)), body)
            }
        }
    }

    /// Who sets the count where it is known at once, at the end.
    pub fn counter(&mut self) -> impl FnOnce(u64) + Send + use<> {
        let count = Arc::clone(self.0.get_or_insert_default());
        move |bytes| count.store(bytes, Ordering::Relaxed)
    }

    fn so_far(&self) -> u64 {
        self.0.as_ref().map_or(0, |count| count.load(Ordering::Relaxed))
    }
}

impl Observed {
    /// Has the request logged once its answer is sent, or its viewer has left.
    pub fn answered(self, head: &RequestHead, x: &Exchange, response: &mut Response) {
        let mut pending = Pending { entry: Some(entry(&self, head, x, Some(response))), observed: self };
        response.on_sent = Some(OnSent::new(move |sent| pending.end(sent)));
    }

    /// Logs a request whose viewer left before there was an answer.
    pub fn left(self, head: &RequestHead, x: &Exchange) {
        drop(Pending { entry: Some(entry(&self, head, x, None)), observed: self });
    }
}

/// An entry that becomes one when the answer has ended. An answer that nobody says the end of was never sent.
struct Pending {
    observed: Observed,
    entry: Option<Entry>,
}

impl Pending {
    fn end(&mut self, sent: Sent) {
        let Some(mut entry) = self.entry.take() else { return };
        let observed = &self.observed;
        entry.request_bytes += observed.body_bytes.so_far();
        entry.sent_bytes = sent.bytes;
        entry.ending = match sent.end {
            SentEnd::BodyFailed => Ending::BrokeOff,
            SentEnd::ViewerGone => Ending::ViewerLeft,
            SentEnd::Whole => Ending::Whole,
        };
        entry.taken_microseconds = microseconds(observed.started);
        entry.ended_milliseconds = observed.clock.now_milliseconds();
        observed.log.write(entry, Arc::clone(&observed.snapshot), observed.distribution);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.end(Sent { bytes: 0, end: SentEnd::ViewerGone });
    }
}

fn entry(observed: &Observed, head: &RequestHead, x: &Exchange, response: Option<&Response>) -> Entry {
    let value = |name: &str| response.and_then(|response| response.header(name)).map(Into::into);
    let length = response
        .filter(|response| !matches!(response.status, 204 | 304))
        .and_then(|response| response.content_length_of_omitted_body.or_else(|| response.body.length()));
    Entry {
        request: head.clone(),
        request_bytes: head_bytes(head),
        request_id: x.request_id.as_str().into(),
        status: response.map_or(0, |response| response.status),
        content_type: value("Content-Type"),
        content_length: length,
        content_range: value("Content-Range"),
        outcome: outcome(x.result.result_type(), x.trace.facts()),
        ending: Ending::ViewerLeft,
        sent_bytes: 0,
        first_byte_microseconds: microseconds(observed.started),
        taken_microseconds: 0,
        ended_milliseconds: 0,
    }
}

/// Request line, fields and the empty line, as they are in HTTP/1.1.
fn head_bytes(head: &RequestHead) -> u64 {
    let line = head.method.as_str().len() + 1 + head.target.as_str().len() + " HTTP/1.1\r\n".len();
    (line + head.headers.wire_length() + 2) as u64
}

fn microseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
