//! The answers of the last moments, kept so that each can be explained by its id.
//!
//! A record is what the line had in hand anyway, copied into memory that an older record leaves: nothing is allocated or
//! formatted until somebody asks. Each worker has a ring of its own, whose lock others take only to look an id up.

use std::sync::{Arc, Mutex, PoisonError};

use frontgate_edge::{ChangedByFunction, Exchange, RequestId};
use frontgate_edge_rules::origin_request::OriginRequest;
use frontgate_explain::{FACTS_MAX, Fact, Trace};
use frontgate_message::{Connection, Headers, Method, RequestHead, Target, Version};
use frontgate_snapshot::Answerer;

use crate::identifiers::locate;

/// One answered request.
pub struct Record {
    /// Its `x-amz-cf-id`, of which requests that bypass the edge have none to show.
    pub cloudfront_id: RequestId,
    /// Its `x-amzn-requestid`, where the gateway answered.
    pub gateway_request_id: Option<Box<str>>,
    /// The configuration that it read.
    pub generation: u32,
    /// Who answered.
    pub answerer: Option<Answerer>,
    /// What was asked.
    pub head: RequestHead,
    /// What went on of it, where a CloudFront Function changed it.
    pub changed_request: Option<Box<ChangedByFunction>>,
    /// What the edge asked the origin, where it did.
    pub origin_request: Option<Box<OriginRequest>>,
    /// What was wrong with the result of a Lambda@Edge function.
    pub function_error: Option<Box<str>>,
    /// Why.
    pub trace: Trace,
    /// The status of the answer.
    pub status: u16,
    /// `Hit`, `Miss`, … as in `X-Cache`.
    pub x_cache: Option<&'static str>,
    /// Bytes of the body; less than the whole while it is still being sent.
    pub body_bytes: u64,
    /// From the request's head to the answer's end, in microseconds.
    pub duration_microseconds: u64,
}

/// The records of all workers.
#[derive(Clone)]
pub struct Records {
    rings: Arc<[Mutex<Ring>]>,
}

struct Ring {
    slots: Vec<Option<Slot>>,
}

/// What came of a request, beside the request itself.
pub struct Outcome {
    /// Its number at its worker.
    pub number: u64,
    /// Its `x-amzn-requestid`, where the gateway answered.
    pub gateway_request_id: Option<Box<str>>,
    /// The configuration that it read.
    pub generation: u32,
    /// Who answered.
    pub answerer: Option<Answerer>,
    /// The status of the answer.
    pub status: u16,
    /// `Hit`, `Miss`, … as in `X-Cache`.
    pub x_cache: Option<&'static str>,
    /// Bytes of the body so far.
    pub body_bytes: u64,
    /// Time so far, in microseconds.
    pub duration_microseconds: u64,
}

/// A record as it is kept: what has no fixed size is in two pieces of memory that the next record takes over.
struct Slot {
    outcome: Outcome,
    cloudfront_id: RequestId,
    method: Method,
    version: Version,
    connection: Arc<Connection>,
    for_error_of: Option<Box<Target>>,
    changed_request: Option<Box<ChangedByFunction>>,
    origin_request: Option<Box<OriginRequest>>,
    function_error: Option<Box<str>>,
    /// Target, host and header fields.
    text: Vec<u8>,
    target_length: usize,
    host_length: usize,
    facts: Vec<Fact>,
    facts_dropped: u16,
}

impl Slot {
    /// The record of a request; `text` and `facts` are memory that it may have.
    fn new(
        outcome: Outcome,
        head: &RequestHead,
        x: &mut Exchange,
        (mut text, mut facts): (Vec<u8>, Vec<Fact>),
    ) -> Self {
        // Without `..`, so that whoever adds a field thinks of what is kept of it.
        let RequestHead { method, target, version, host, headers, connection, for_error_of } = head;
        text.clear();
        text.extend_from_slice(target.as_str().as_bytes());
        text.extend_from_slice(host.as_bytes());
        if headers.wire_length() <= HEADER_BYTES_KEPT_MAX {
            headers.pack(&mut text);
        }
        facts.clear();
        facts.extend_from_slice(x.trace.facts());
        Self {
            outcome,
            cloudfront_id: x.request_id,
            method: method.clone(),
            version: *version,
            connection: Arc::clone(connection),
            for_error_of: for_error_of.clone(),
            changed_request: x.changed_request.take().map(bounded),
            origin_request: x.origin_request.take(),
            function_error: x.function_error.take(),
            text,
            target_length: target.as_str().len(),
            host_length: host.len(),
            facts,
            facts_dropped: x.trace.dropped(),
        }
    }

    fn record(&self) -> Record {
        let (target, rest) = self.text.split_at(self.target_length);
        let (host, headers) = rest.split_at(self.host_length);
        let Outcome {
            number: _,
            gateway_request_id,
            generation,
            answerer,
            status,
            x_cache,
            body_bytes,
            duration_microseconds,
        } = &self.outcome;
        Record {
            cloudfront_id: self.cloudfront_id,
            gateway_request_id: gateway_request_id.clone(),
            generation: *generation,
            answerer: *answerer,
            head: RequestHead {
                method: self.method.clone(),
                target: Target::new(&String::from_utf8_lossy(target)),
                version: self.version,
                host: String::from_utf8_lossy(host).into(),
                headers: Headers::unpack(headers),
                connection: Arc::clone(&self.connection),
                for_error_of: self.for_error_of.clone(),
            },
            changed_request: self.changed_request.clone(),
            origin_request: self.origin_request.clone(),
            function_error: self.function_error.clone(),
            trace: Trace::of(&self.facts, self.facts_dropped),
            status: *status,
            x_cache: *x_cache,
            body_bytes: *body_bytes,
            duration_microseconds: *duration_microseconds,
        }
    }
}

fn bounded(mut change: Box<ChangedByFunction>) -> Box<ChangedByFunction> {
    if change.head.headers.wire_length() > HEADER_BYTES_KEPT_MAX {
        change.head.headers = Headers::new();
    }
    change
}

impl Records {
    /// Empty rings for that many workers.
    pub fn new(workers: usize) -> Self {
        Self { rings: (0..workers).map(|_| Mutex::new(Ring { slots: Vec::new() })).collect() }
    }

    /// Keeps what is known of a request; the oldest record of that worker goes. The large parts of `x` are taken out.
    pub fn keep(&self, worker: usize, outcome: Outcome, head: &RequestHead, x: &mut Exchange) {
        let Some(ring) = self.rings.get(worker) else { return };
        let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.slots.is_empty() {
            ring.slots.resize_with(RECORDS_PER_WORKER, || None);
        }
        let slot = &mut ring.slots[place(outcome.number)];
        let memory = slot.take().map(|old| (old.text, old.facts)).unwrap_or_default();
        *slot = Some(Slot::new(outcome, head, x, memory));
    }

    /// Completes a record whose body was still being sent when it was kept.
    pub fn complete(&self, worker: usize, number: u64, body_bytes: u64, duration_microseconds: u64) {
        self.change(worker, number, |slot| {
            slot.outcome.body_bytes = body_bytes;
            slot.outcome.duration_microseconds = duration_microseconds;
        });
    }

    /// Adds what became known only after the record was kept.
    pub fn note(&self, worker: usize, number: u64, fact: Fact) {
        self.change(worker, number, |slot| {
            if slot.facts.len() < FACTS_MAX {
                slot.facts.push(fact);
            } else {
                slot.facts_dropped = slot.facts_dropped.saturating_add(1);
            }
        });
    }

    fn change(&self, worker: usize, number: u64, change: impl FnOnce(&mut Slot)) {
        let Some(ring) = self.rings.get(worker) else { return };
        let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some(slot)) = ring.slots.get_mut(place(number))
            && slot.outcome.number == number
        {
            change(slot);
        }
    }

    /// The record with that `x-amz-cf-id` or `x-amzn-requestid`.
    pub fn find(&self, id: &str) -> Option<Record> {
        if let Some((worker, number)) = locate(id)
            && let Some(ring) = self.rings.get(usize::from(worker))
        {
            let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = ring.slots.get(place(number)).and_then(Option::as_ref);
            return slot.filter(|slot| slot.cloudfront_id.as_str() == id).map(Slot::record);
        }
        self.rings.iter().find_map(|ring| {
            let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            let mut slots = ring.slots.iter().flatten();
            slots.find(|slot| slot.outcome.gateway_request_id.as_deref() == Some(id)).map(Slot::record)
        })
    }
}

/// How many answers of each worker can be explained.
pub const RECORDS_PER_WORKER: usize = 4096;

/// Header fields larger than that are not kept for explanations, so that hostile heads cannot fill the memory.
const HEADER_BYTES_KEPT_MAX: usize = 8 * 1024;

fn place(number: u64) -> usize {
    usize::try_from(number % RECORDS_PER_WORKER as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use frontgate_edge::{Exchange, XCache};
    use frontgate_explain::{Fact, FactKind};
    use frontgate_message::{Connection, Headers, Method, RequestHead, Target, Version};

    use super::{HEADER_BYTES_KEPT_MAX, Outcome, RECORDS_PER_WORKER, Records};
    use crate::identifiers::Identifiers;

    #[test]
    fn a_record_says_what_was_kept_until_another_takes_its_place() {
        let (records, identifiers) = (Records::new(1), Identifiers::new(0, 7));
        let mut ids = Vec::new();
        for index in 0..RECORDS_PER_WORKER + 2 {
            let (id, number) = identifiers.cloudfront_id();
            let mut x = Exchange::new(0, id);
            (0..index % 5).for_each(|_| x.trace.note(Fact::of(FactKind::Hit)));
            x.result = XCache::Hit;
            let outcome = Outcome {
                number,
                gateway_request_id: None,
                generation: 3,
                answerer: None,
                status: 200,
                x_cache: Some("Hit"),
                body_bytes: 0,
                duration_microseconds: 1,
            };
            records.keep(0, outcome, &head(index), &mut x);
            records.complete(0, number, index as u64, 2);
            ids.push(id);
        }
        for (index, id) in ids.iter().enumerate() {
            let found = records.find(id.as_str());
            assert_eq!(found.is_some(), index >= 2, "{index}");
            let Some(found) = found else { continue };
            let asked = head(index);
            assert_eq!((&found.head.method, &found.head.target), (&asked.method, &asked.target));
            assert_eq!((&found.head.host, &found.head.headers), (&asked.host, &asked.headers));
            assert_eq!(found.trace.facts().len(), index % 5);
            assert_eq!((found.body_bytes, found.duration_microseconds), (index as u64, 2));
        }
    }

    #[test]
    fn hostile_heads_are_not_kept() {
        let (records, identifiers) = (Records::new(1), Identifiers::new(0, 7));
        let (id, number) = identifiers.cloudfront_id();
        let mut large = head(1);
        large.headers.append("X", &[b'x'; HEADER_BYTES_KEPT_MAX]);
        let outcome = Outcome {
            number,
            gateway_request_id: Some("gateway".into()),
            generation: 3,
            answerer: None,
            status: 403,
            x_cache: None,
            body_bytes: 0,
            duration_microseconds: 1,
        };
        records.keep(0, outcome, &large, &mut Exchange::new(0, id));
        let found = records.find("gateway").expect("it was kept");
        assert!(found.head.headers.is_empty() && *found.head.target.as_str() == *large.target.as_str());
    }

    fn head(index: usize) -> RequestHead {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        RequestHead {
            method: Method::Get,
            target: Target::new(&format!("/{index}")),
            version: Version::Http11,
            host: format!("host-{index}").into(),
            headers: Headers::from_iter([("X-Index", index.to_string())]),
            connection: Arc::new(Connection::new(address, address, None)),
            for_error_of: None,
        }
    }
}
