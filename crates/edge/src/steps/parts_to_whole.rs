//! A request for the whole of an object of which parts are kept: what is missing is fetched, and the whole takes their
//! place.
//!
//! Authority: RFC 9111 §3.3 and §3.4. CloudFront's documentation speaks of requests for ranges only.

use frontgate_cache::{FillPermit, Life};
use frontgate_edge_rules::origin_request::Validators;
use frontgate_edge_rules::parts::{is_same_version, part_sent, strong_validator};
use frontgate_edge_rules::ranges::{Span, SpanAsked};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Headers, Method, Response, SharedHead};

use crate::exchange::{Exchange, XCache};
use crate::object::{Content, Object};
use crate::origins::Origins;
use crate::pieces::Pieces;
use crate::serve::{Asked, Edge, note_hit};
use crate::steps::deliver::{Found, Kept};
use crate::steps::fill::keep_failure;
use crate::steps::keep::all_headers;
use crate::steps::parts::{PARTS, serves};

impl<O: Origins> Edge<O> {
    /// The answer with the help of kept parts; the permit where there are none that help.
    pub(crate) async fn find_in_parts(
        &self,
        asked: &Asked<'_>,
        permit: FillPermit<Object>,
        x: &mut Exchange,
    ) -> Result<Found, FillPermit<Object>> {
        if asked.head.method != Method::Get {
            return Err(permit);
        }
        let length = x.key.len();
        x.key.extend_from_slice(PARTS);
        let old = self.cache.peek(&x.key);
        x.key.truncate(length);
        let Some(old) = old else { return Err(permit) };
        let name = [&x.key, PARTS].concat();
        let Content::Parts { head, pieces } = &old.content else { return Err(permit) };
        if old.fresh_until() <= x.now {
            self.cache.discard(&name);
            return Err(permit);
        }
        let Some(gap) = pieces.missing(pieces.whole()) else {
            self.cache.discard(&name);
            let life = Life { stored_at: old.stored_at(), fresh_until: old.fresh_until() };
            let object = Box::pin(whole_of(&old, head, pieces, permit.object_bytes_max())).await;
            let bytes = object.bytes();
            let Kept { age, .. } = note_hit(old.clone(), x);
            return Ok(Found::Kept(Kept { object: permit.store(object, life, bytes), age }));
        };
        if serves(asked, &old) {
            // The viewer has it already.
            return Ok(Found::Kept(note_hit(old, x)));
        }
        self.cache.discard(&name);
        let Some(version) = strong_validator(head.headers()) else { return Err(permit) };
        Ok(Box::pin(self.complete(asked, (head, pieces), gap, version, permit, x)).await)
    }

    /// Asks the origin for what is missing.
    async fn complete(
        &self,
        asked: &Asked<'_>,
        (head, pieces): (&SharedHead, &Pieces),
        gap: Span,
        version: &[u8],
        permit: FillPermit<Object>,
        x: &mut Exchange,
    ) -> Found {
        x.result = XCache::Miss;
        x.trace.note(Fact::of(FactKind::Miss));
        x.trace.note(Fact::of(FactKind::PartFetched));
        let range = SpanAsked::From { first: gap.first, last: gap.last }.value();
        let own = Validators { range: Some(&range), if_range: Some(version), ..Validators::default() };
        let mut asked = *asked;
        let mut response = match self.fetch(&mut asked, Some(own), true, Body::Empty, x).await {
            Ok(response) => response,
            Err(failure) => return keep_failure(&asked, &failure, permit, x),
        };
        if response.status == 206 {
            let mut headers = all_headers(&mut response);
            if !fits(&headers, &response, head, pieces, gap) {
                x.trace.note(Fact::of(FactKind::PartsOutdated));
                return self.fill(&asked, None, permit, Body::Empty, x).await;
            }
            headers.remove("Content-Range");
            headers.remove("Content-Length");
            let body = pieces.body_around(pieces.whole(), gap, response.body);
            response = Response::new(200);
            (response.headers, response.body) = (headers, body);
        }
        self.keep(&asked, response, permit, x).await
    }
}

fn fits(headers: &Headers, response: &Response, head: &SharedHead, pieces: &Pieces, gap: Span) -> bool {
    let mut dated = headers.clone();
    if !dated.contains("Date") {
        // The stored head has one in any case.
        head.headers().first("Date").into_iter().for_each(|date| dated.append("Date", date));
    }
    part_sent(headers, response.body.length())
        .is_some_and(|part| part.span == gap && part.length == pieces.length())
        && is_same_version(&dated, head.headers())
}

/// The whole object, its bytes in one piece.
async fn whole_of(
    old: &Object,
    head: &std::sync::Arc<SharedHead>,
    pieces: &Pieces,
    bytes_max: usize,
) -> Object {
    // All of it is in memory, so that nothing is awaited and nothing fails.
    let body = pieces.body(pieces.whole()).collect(bytes_max.max(pieces.bytes())).await.unwrap_or_default();
    Object { content: Content::Whole { head: head.clone(), body }, ..old.clone() }
}
