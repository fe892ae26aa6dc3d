//! A request for ranges of an object that is not kept as a whole: which part the origin is asked for, and which are kept.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RangeGETs.html>.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_cache::{Collapsing, FillPermit, Life, Lookup, Outcome, PartKey, Stored};
use frontgate_edge_rules::conditional::{knows_conditions, not_modified};
use frontgate_edge_rules::key::forwards_cookies;
use frontgate_edge_rules::origin_request::Validators;
use frontgate_edge_rules::parts::{PartSent, is_same_version, part_sent, range_to_ask, strong_validator};
use frontgate_edge_rules::ranges::{RangeAnswer, Span, SpanAsked, range_answer};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Method, Response};

use crate::exchange::{Exchange, XCache};
use crate::object::{Content, Object};
use crate::origins::Origins;
use crate::pieces::Pieces;
use crate::serve::{Asked, Edge, note_hit};
use crate::steps::cut::cut;
use crate::steps::deliver::{Fetched, Found, Kept, Passing};
use crate::steps::fill::{keep_failure, stand_in, validators};
use crate::steps::keep::{Answer, fresh_for, own_memory};
use crate::steps::pump::{Keeping, pump};
use crate::steps::refresh::note_stale;

/// What stands behind the key of an object that is kept in parts; no part of a key begins so.
pub(crate) const PARTS: &[u8] = b"PARTS";

/// A range to be fetched, and what is known when it is.
struct Lack {
    /// What the viewer asks for, in one range.
    wanted: SpanAsked,
    /// The object whose parts are kept.
    old: Option<Arc<Stored<Object>>>,
    lookup: Known,
}

/// What the kept parts are good for.
enum Known {
    /// Nothing.
    Nothing,
    /// They serve the request once the origin says that nothing has changed.
    All,
    /// They serve it together with this span of the same version.
    AllBut(Span),
}

impl<O: Origins> Edge<O> {
    /// The answer to a request for ranges, for which no whole object is kept; `None`: the whole is to be found. `x.key` is
    /// the key of the whole.
    pub(crate) async fn find_part(&self, asked: &Asked<'_>, x: &mut Exchange) -> Option<Found> {
        if asked.head.method != Method::Get {
            return None;
        }
        let wanted = range_to_ask(&asked.head.headers)?;
        if self.cache.peek(&x.key).is_some_and(|old| old.status == 200) {
            return None;
        }
        let name = [&x.key, PARTS, wanted.value().as_bytes()].concat();
        let key =
            PartKey { whole: &name[..x.key.len()], parts: &name[..x.key.len() + PARTS.len()], part: &name };
        let mut collapsing =
            if forwards_cookies(asked.behavior) { Collapsing::Alone } else { Collapsing::Together };
        loop {
            let (old, permit) =
                match self.cache.lookup_part(key, x.now, collapsing, |object| serves(asked, object)) {
                    Lookup::Fresh(object) => return Some(Found::Kept(note_hit(object, x))),
                    Lookup::Miss(permit) => (None, permit),
                    Lookup::Stale(old, permit) if old.fresh_until() <= x.now && serves(asked, &old) => {
                        match self.serve_while_revalidating(asked, &old, permit, x) {
                            Ok(kept) => return Some(Found::Kept(kept)),
                            Err(permit) => (Some(old), permit),
                        }
                    }
                    Lookup::Stale(old, permit) => (Some(old), permit),
                    Lookup::Wait(ticket) => {
                        let may_serve = |old: &Arc<Stored<Object>>| {
                            x.now < old.stale_while_revalidate_until && serves(asked, old)
                        };
                        if let Some(old) = self.cache.peek(key.parts).filter(may_serve) {
                            return Some(Found::Kept(note_stale(old, x)));
                        }
                        match ticket.await {
                            Outcome::Stored(object) if serves(asked, &object) => {
                                x.trace.note(Fact::of(FactKind::Collapsed));
                                return Some(Found::Kept(note_hit(object, x)));
                            }
                            Outcome::Stored(_) | Outcome::Declined => {
                                x.trace.note(Fact::of(FactKind::CollapsedInVain));
                                collapsing = Collapsing::Alone;
                            }
                            Outcome::Abandoned => {}
                        }
                        continue;
                    }
                };
            let lack = Lack::of(asked, wanted, old, x.now)?;
            return Some(Box::pin(self.fill_part(asked, lack, permit, x)).await);
        }
    }

    /// Asks the origin for a range of expired parts that were served meanwhile.
    pub(crate) async fn refresh_part(
        &self,
        asked: &Asked<'_>,
        old: Arc<Stored<Object>>,
        permit: FillPermit<Object>,
        x: &mut Exchange,
    ) -> Found {
        let wanted = range_to_ask(&asked.head.headers);
        match wanted.and_then(|wanted| Lack::of(asked, wanted, Some(old.clone()), x.now)) {
            Some(lack) => self.fill_part(asked, lack, permit, x).await,
            None => Found::Kept(Kept { object: old, age: None }),
        }
    }

    /// Asks the origin for a range that is to be kept.
    async fn fill_part(
        &self,
        asked: &Asked<'_>,
        lack: Lack,
        permit: FillPermit<Object>,
        x: &mut Exchange,
    ) -> Found {
        x.result = XCache::Miss;
        x.trace.note(match lack.old.as_ref().filter(|old| old.fresh_until() <= x.now) {
            Some(old) => {
                let since = x.now.saturating_sub(old.fresh_until());
                Fact::of(FactKind::Expired).value(u32::try_from(since).unwrap_or(u32::MAX))
            }
            None => Fact::of(FactKind::Miss),
        });
        x.trace.note(Fact::of(FactKind::PartFetched));
        let range = lack.range();
        let own = lack.asks_with(asked, &range);
        let (is_revalidation, own_version) =
            (own.etag.is_some() || own.last_modified.is_some(), matches!(lack.lookup, Known::AllBut(_)));
        let mut asked = *asked;
        let fetched = self.fetch(&mut asked, Some(own), true, Body::Empty, x).await;
        let asked = &asked;
        let stands_in =
            lack.old.as_ref().filter(|old| matches!(lack.lookup, Known::All) && old.may_stand_in(x.now));
        match fetched {
            Ok(response)
                if response.status == 304
                    && is_revalidation
                    && let Some(old) = &lack.old =>
            {
                refreshed_parts(asked, old, &response, permit, x)
            }
            Ok(response) if response.status == 206 => self.keep_part(asked, lack, response, permit, x).await,
            Ok(response)
                if response.status >= 500
                    && let Some(old) = stands_in =>
            {
                stand_in(asked, old, response.status, permit, x)
            }
            Err(failure) if let Some(old) = stands_in => stand_in(asked, old, failure.page().0, permit, x),
            Ok(response) => {
                if response.status == 200 {
                    self.cache.discard(permit.key());
                    x.sends_whole = !own_version;
                    if own.if_range.is_none() {
                        x.trace.note(Fact::of(FactKind::RangeNotSupported));
                    }
                }
                let permit = permit.instead_for(&x.key);
                self.keep(asked, response, permit, x).await
            }
            Err(failure) => keep_failure(asked, &failure, permit.instead_for(&x.key), x),
        }
    }

    /// Keeps a part that the origin sent; the viewer gets what it wants while it comes.
    async fn keep_part(
        &self,
        asked: &Asked<'_>,
        lack: Lack,
        response: Response,
        permit: FillPermit<Object>,
        x: &mut Exchange,
    ) -> Found {
        let mut answer = Answer::of(asked, response, x);
        let Some(part) = lack.fits(&answer) else {
            if matches!(lack.lookup, Known::AllBut(_)) {
                // It is of another version, or not what was asked for: what is kept cannot stand beside it.
                x.trace.note(Fact::of(FactKind::PartsOutdated));
                self.cache.discard(permit.key());
                permit.decline();
                return self.pass(asked, Body::Empty, x).await;
            }
            x.trace.note(Fact::of(FactKind::NotStoredPartial));
            permit.decline();
            return answer.passing(Fetched::Part);
        };
        // What is kept is the object, although only a part of its bytes.
        answer.status = 200;
        answer.headers.remove("Content-Range");
        if answer.body.length().is_none() {
            answer.body = cut(answer.body, Span { first: 0, last: part.span.length() - 1 });
        }
        let life = answer.lifetime(asked, x);
        x.trace.note(life.fact);
        let is_too_large = part.span.length() > permit.object_bytes_max() as u64;
        if is_too_large {
            x.trace.note(Fact::of(FactKind::NotStoredTooLarge));
        }
        let spans_several = lack.spans_several(asked);
        if !life.storable || is_too_large {
            permit.decline();
            if spans_several {
                return self.pass(asked, Body::Empty, x).await;
            }
            let body = std::mem::replace(&mut answer.body, Body::Empty);
            return passing_part(answer.headers, answer.age, &lack, part, body);
        }
        answer.note_kept(asked, &life, x);
        if lack.old.as_ref().is_some_and(|old| !is_version_of(old, &answer, part)) {
            x.trace.note(Fact::of(FactKind::PartsOutdated));
        }
        x.trace
            .note(Fact::of(FactKind::PartKept).value(u32::try_from(part.span.length()).unwrap_or(u32::MAX)));
        let permit = if life.seconds == 0 { permit.alone() } else { permit };
        if spans_several && let Err(page) = answer.read_whole(asked, x).await {
            permit.decline();
            return page;
        }
        let (headers, age) = (answer.headers.clone(), answer.age);
        let body = std::mem::replace(&mut answer.body, Body::Empty);
        let needed = lack.wanted.of(part.length).unwrap_or(part.span);
        let object = answer.into_object(asked, &life, x.now)(Bytes::new());
        let add = Addition { object, part, needed, life: fresh_for(life, x.now) };
        match body {
            Body::Stream(_) => {
                let store = move |permit: FillPermit<Object>, body| drop(add.to(permit, body));
                let (body, read_on) = pump(body, Keeping { permit, store: Box::new(store) });
                let mut found = passing_part(headers, age, &lack, part, body);
                if let Found::Passing(passing) = &mut found {
                    passing.read_on = Some(read_on);
                }
                found
            }
            Body::Full(bytes) => {
                let object = add.to(permit, own_memory(&bytes));
                if spans_several {
                    return Found::Kept(Kept { object, age });
                }
                passing_part(headers, age, &lack, part, bytes.into())
            }
            other => passing_part(headers, age, &lack, part, other),
        }
    }
}

impl Lack {
    /// What is missing of an object of which `old` is kept; `None` where the viewer asks for the whole of another version.
    fn of(asked: &Asked<'_>, wanted: SpanAsked, old: Option<Arc<Stored<Object>>>, now: u64) -> Option<Self> {
        let Some((kept, Content::Parts { head, pieces })) = old.as_ref().map(|old| (old, &old.content))
        else {
            return Some(Self { wanted, old: None, lookup: Known::Nothing });
        };
        let is_fresh = now < kept.fresh_until();
        let lookup = match range_answer(&asked.head.headers, head.headers(), pieces.length()) {
            RangeAnswer::Whole(_) if is_fresh => return None,
            _ if !is_fresh && serves(asked, kept) => Known::All,
            RangeAnswer::One(span) if is_fresh && strong_validator(head.headers()).is_some() => {
                // Where nothing of it is kept, the part may be of another version, too.
                pieces.missing(span).filter(|gap| *gap != span).map_or(Known::Nothing, Known::AllBut)
            }
            _ => Known::Nothing,
        };
        Some(Self { wanted, old, lookup })
    }

    /// The value of the `Range` that goes to the origin.
    fn range(&self) -> String {
        match self.lookup {
            Known::AllBut(span) => SpanAsked::From { first: span.first, last: span.last }.value(),
            Known::All | Known::Nothing => self.wanted.value(),
        }
    }

    fn asks_with<'a>(&'a self, asked: &Asked<'a>, range: &'a str) -> Validators<'a> {
        let viewers = asked.head.headers.first("If-Range");
        let old = self.old.as_deref();
        let own = match self.lookup {
            Known::Nothing => Validators { if_range: viewers, ..Validators::default() },
            Known::All if knows_conditions(asked.behavior, &asked.head.headers) => {
                let own = old.and_then(|old| validators(old)).unwrap_or_default();
                // There may be another version by now, of which this viewer wants no part.
                Validators { if_range: viewers, ..own }
            }
            Known::All => Validators { if_range: viewers, ..Validators::default() },
            Known::AllBut(_) => {
                let if_range = old.and_then(|old| old.headers()).and_then(strong_validator);
                Validators { if_range, ..Validators::default() }
            }
        };
        Validators { range: Some(range), ..own }
    }

    /// The part that the origin sent, where it can be kept and is what was asked for.
    fn fits(&self, answer: &Answer) -> Option<PartSent> {
        let part = part_sent(&answer.headers, answer.body.length())?;
        let is_wanted = match self.lookup {
            Known::AllBut(gap) => {
                part.span == gap && self.old.as_ref().is_some_and(|old| is_version_of(old, answer, part))
            }
            Known::All | Known::Nothing => self
                .wanted
                .of(part.length)
                .is_some_and(|wanted| part.span.first <= wanted.first && wanted.last <= part.span.last),
        };
        is_wanted.then_some(part)
    }

    /// Whether the range for which the origin is asked spans several ranges of the viewer.
    fn spans_several(&self, asked: &Asked<'_>) -> bool {
        asked.head.headers.first("Range").is_some_and(|range| range.contains(&b','))
    }
}

/// A part on its way into the cache.
struct Addition {
    /// The object without its parts.
    object: Object,
    part: PartSent,
    /// What this request needs of it.
    needed: Span,
    life: Life,
}

impl Addition {
    /// Adds the part to those of the same version that are kept, which live on as the newest does.
    fn to(self, permit: FillPermit<Object>, body: Bytes) -> Arc<Stored<Object>> {
        let Self { mut object, part, needed, life } = self;
        let bytes_max = permit.object_bytes_max();
        let mut pieces = Pieces::of(part.length, part.span.first, body);
        permit.amend(move |old| {
            if let Some(Content::Parts { head, pieces: older }) = old.map(|old| &old.content)
                && older.length() == part.length
                && object.headers().is_some_and(|headers| is_same_version(headers, head.headers()))
            {
                pieces.join(older, bytes_max.saturating_sub(object.bytes()), needed);
            }
            if let Content::Whole { head, .. } = &object.content {
                object.content = Content::Parts { head: head.clone(), pieces };
            }
            let bytes = object.bytes();
            (object, life, bytes)
        })
    }
}

/// The answer with the part that the origin sent and what is kept around it.
fn passing_part(
    mut headers: frontgate_message::Headers,
    age: Option<u64>,
    lack: &Lack,
    part: PartSent,
    body: Body,
) -> Found {
    let kept = lack.old.as_deref().map(|old| &old.content);
    let mut response = Response::new(206);
    let (span, body) = match (&lack.lookup, kept, lack.wanted.of(part.length)) {
        (Known::AllBut(gap), Some(Content::Parts { pieces, .. }), Some(wanted)) => {
            (wanted, pieces.body_around(wanted, *gap, body))
        }
        (_, _, Some(wanted)) if wanted != part.span => {
            let first = wanted.first - part.span.first;
            (wanted, cut(body, Span { first, last: first + (wanted.length() - 1) }))
        }
        _ => (part.span, body),
    };
    headers.append("Content-Range", span.content_range(part.length).as_bytes());
    response.headers = headers;
    response.body = body;
    Found::Passing(Passing { response, age, fetched: Fetched::Part, read_on: None })
}

/// The origin says that the parts are still good: they live on with the headers of the 304.
fn refreshed_parts(
    asked: &Asked<'_>,
    old: &Arc<Stored<Object>>,
    response: &Response,
    permit: FillPermit<Object>,
    x: &mut Exchange,
) -> Found {
    let (answer, life) = Answer::renewed(asked, old, response, x);
    let age = answer.age;
    if !life.storable {
        permit.decline();
        return Found::Kept(Kept { object: old.clone(), age });
    }
    let mut object = answer.into_object(asked, &life, x.now)(Bytes::new());
    if let (Content::Whole { head, .. }, Content::Parts { pieces, .. }) = (&object.content, &old.content) {
        object.content = Content::Parts { head: head.clone(), pieces: pieces.clone() };
    }
    let bytes = object.bytes();
    let permit = if life.seconds == 0 { permit.alone() } else { permit };
    Found::Kept(Kept { object: permit.store(object, fresh_for(life, x.now), bytes), age })
}

fn is_version_of(old: &Object, answer: &Answer, part: PartSent) -> bool {
    match &old.content {
        Content::Parts { head, pieces } => {
            pieces.length() == part.length && is_same_version(head.headers(), &answer.headers)
        }
        Content::Whole { .. } | Content::HeadOnly { .. } | Content::Page(_) => false,
    }
}

/// Whether an object answers the request without more bytes of it.
pub(crate) fn serves(asked: &Asked<'_>, object: &Object) -> bool {
    let Content::Parts { head, pieces } = &object.content else { return true };
    let request = &asked.head.headers;
    let is_known = knows_conditions(asked.behavior, request)
        && not_modified(&asked.head.method, request, head.headers()).is_some();
    is_known
        || match range_answer(request, head.headers(), pieces.length()) {
            RangeAnswer::Whole(_) => pieces.missing(pieces.whole()).is_none(),
            RangeAnswer::One(span) => pieces.missing(span).is_none(),
            RangeAnswer::Many(spans) => spans.iter().all(|span| pieces.missing(*span).is_none()),
            RangeAnswer::Unsatisfiable => true,
        }
}
