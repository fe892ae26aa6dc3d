//! What does the answer to a HEAD request say of the object that is kept for GET?
//!
//! Authority: RFC 9111 §4.3.5. CloudFront's documentation is silent: HEAD reaches the origin only once the object has
//! expired.

use frontgate_cache::{Collapsing, Lookup};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Method, RequestHead};

use crate::exchange::Exchange;
use crate::object::{Content, Object};
use crate::serve::{Asked, Edge, HEAD_ONLY};
use crate::steps::keep::Answer;

impl<O> Edge<O> {
    /// Brings the expired object up to date, where the answer to the HEAD request describes that very object. `x.key` is
    /// that of the HEAD request.
    pub(crate) fn update_by_head(&self, asked: &Asked<'_>, answer: &Answer, x: &mut Exchange) {
        let Some(key) = x.key.strip_suffix(HEAD_ONLY).filter(|_| answer.status == 200) else { return };
        let Lookup::Stale(old, permit) = self.cache.lookup(key, x.now, Collapsing::Alone) else { return };
        if !describes(answer, &old) {
            return permit.decline();
        }
        let head = RequestHead { method: Method::Get, ..asked.head.clone() };
        let asked = Asked { head: &head, ..*asked };
        let updated = Answer::brought_up_to_date(&old, answer.headers.clone(), answer.age);
        let life = updated.lifetime(&asked, x);
        if !life.storable {
            return permit.decline();
        }
        x.trace.note(Fact::of(FactKind::UpdatedByHead));
        let permit = if life.seconds == 0 { permit.alone() } else { permit };
        updated.store(&asked, life, permit, x);
    }
}

/// Whether every validator that came, and the length, are those of the object.
fn describes(answer: &Answer, old: &Object) -> bool {
    let (200, Content::Whole { head, body }) = (old.status, &old.content) else { return false };
    let tag = answer.headers.first("ETag");
    let own_tag = old.origin_tag.as_deref().or_else(|| head.headers().first("ETag"));
    let modified = answer.headers.first("Last-Modified");
    let has_length = answer.length_of_omitted_body.is_none_or(|length| length == body.len() as u64);
    // What the edge has compressed is of another length than the origin's: its tag must speak for it.
    let has_length = if old.coding.is_some() { tag.is_some() } else { has_length };
    has_length
        && tag.is_none_or(|tag| own_tag == Some(tag))
        && modified.is_none_or(|modified| head.headers().first("Last-Modified") == Some(modified))
}
