//! The answers of the last moments, kept so that each can be explained by its id.
//!
//! A record is what the line had in hand anyway, moved here instead of dropped: nothing is formatted until
//! somebody asks. Each worker has a ring of its own, whose lock others take only to look an id up.

use std::sync::{Arc, Mutex, PoisonError};

use frontgate_edge::{ChangedByFunction, RequestId};
use frontgate_edge_rules::origin_request::OriginRequest;
use frontgate_explain::{Fact, Trace};
use frontgate_message::RequestHead;
use frontgate_snapshot::Answerer;

use crate::identifiers::locate;

/// One answered request.
#[derive(Clone)]
pub struct Record {
    /// Its number at its worker.
    pub number: u64,
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
    slots: Vec<Option<Record>>,
}

impl Records {
    /// Empty rings for that many workers.
    pub fn new(workers: usize) -> Self {
        Self { rings: (0..workers).map(|_| Mutex::new(Ring { slots: Vec::new() })).collect() }
    }

    /// Keeps a record of a worker; the oldest one of that worker goes.
    pub fn keep(&self, worker: usize, record: Record) {
        let Some(ring) = self.rings.get(worker) else { return };
        let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.slots.is_empty() {
            ring.slots.resize_with(RECORDS_PER_WORKER, || None);
        }
        let slot = slot(record.number);
        ring.slots[slot] = Some(record);
    }

    /// Completes a record whose body was still being sent when it was kept.
    pub fn complete(&self, worker: usize, number: u64, body_bytes: u64, duration_microseconds: u64) {
        self.change(worker, number, |record| {
            record.body_bytes = body_bytes;
            record.duration_microseconds = duration_microseconds;
        });
    }

    /// Adds what became known only after the record was kept.
    pub fn note(&self, worker: usize, number: u64, fact: Fact) {
        self.change(worker, number, |record| record.trace.note(fact));
    }

    fn change(&self, worker: usize, number: u64, change: impl FnOnce(&mut Record)) {
        let Some(ring) = self.rings.get(worker) else { return };
        let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some(record)) = ring.slots.get_mut(slot(number))
            && record.number == number
        {
            change(record);
        }
    }

    /// The record with that `x-amz-cf-id` or `x-amzn-requestid`.
    pub fn find(&self, id: &str) -> Option<Record> {
        if let Some((worker, number)) = locate(id)
            && let Some(ring) = self.rings.get(usize::from(worker))
        {
            let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            let record = ring.slots.get(slot(number)).and_then(Option::as_ref);
            return record.filter(|record| record.cloudfront_id.as_str() == id).cloned();
        }
        self.rings.iter().find_map(|ring| {
            let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            let mut records = ring.slots.iter().flatten();
            records.find(|record| record.gateway_request_id.as_deref() == Some(id)).cloned()
        })
    }
}

/// How many answers of each worker can be explained.
pub const RECORDS_PER_WORKER: usize = 4096;

fn slot(number: u64) -> usize {
    usize::try_from(number % RECORDS_PER_WORKER as u64).unwrap_or(0)
}
