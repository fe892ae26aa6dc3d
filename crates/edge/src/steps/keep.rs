//! What is kept of an answer of the origin, and in which form.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_cache::{FillPermit, Life, Room};
use frontgate_edge_rules::cache_control::fields_not_kept;
use frontgate_edge_rules::cache_tags::{cache_tags, note_cache_tags};
use frontgate_edge_rules::compression::{Coding, NotCompressed, mark_compressed, should_compress};
use frontgate_edge_rules::delivery::filter_origin_response;
use frontgate_edge_rules::lifetime::{Lifetime, OriginAnswer, lifetime, never_cached, origin_age};
use frontgate_edge_rules::pitfalls::{kept_despite_default_ttl, note_about_variants, set_cookie_kept};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Headers, Method, Response, SharedHead};

use crate::exchange::{Exchange, XCache};
use crate::invalidate::invalidation_target;
use crate::object::{Content, Dressed, Object};
use crate::origins::Origins;
use crate::pages::http_date;
use crate::serve::{Asked, Edge};
use crate::steps::compress::compress;
use crate::steps::deliver::{Fetched, Found, Kept, Passing, dress_for_all};
use crate::steps::pump::{Keeping, pump};

/// An answer of the origin on its way, without what is not for the viewer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Body,
    /// `Age` as the origin sent it.
    pub(crate) age: Option<u64>,
    pub(crate) length_of_omitted_body: Option<u64>,
    coding: Option<Coding>,
    origin_tag: Option<Box<[u8]>>,
}

impl<O: Origins> Edge<O> {
    /// Keeps the answer if it may be kept; the viewer gets it while it comes.
    pub(crate) async fn keep(
        &self,
        asked: &Asked<'_>,
        response: Response,
        permit: FillPermit<Object>,
        x: &mut Exchange,
    ) -> Found {
        let mut answer = Answer::of(asked, response, x);
        let head = asked.head;
        let life = answer.lifetime(asked, x);
        x.trace.note(life.fact);
        if !life.storable || answer.status == 304 {
            // A 304 that nobody asked for belongs to no object.
            permit.decline();
            return answer.passing(Fetched::Whole);
        }
        answer.note_kept(asked, &life, x);
        let permit = if life.seconds == 0 { permit.alone() } else { permit };
        if head.method == Method::Head {
            self.update_by_head(asked, &answer, x);
            return answer.store(asked, life, permit, x);
        }
        let bytes_max = permit.object_bytes_max() as u64;
        if answer.body.length().is_some_and(|length| length > bytes_max) {
            x.trace.note(Fact::of(FactKind::NotStoredTooLarge));
            permit.decline();
            if head.headers.contains("Range") && !x.sends_whole {
                // Reading all of it for a part of it, each time, helps nobody: the origin is asked for the part.
                drop(answer);
                return self.pass(asked, Body::Empty, x).await;
            }
            return answer.passing(Fetched::Whole);
        }
        let mut room = permit.room();
        if let Some(coding) = answer.coding_wanted(asked, x).filter(|_| answer.has_room(&mut room, x)) {
            if let Err(page) = answer.compress(coding, asked, x).await {
                permit.decline();
                return page;
            }
        } else if answer.status >= 400 && answer.body.length().is_some_and(|length| length <= ERROR_BODY_MAX)
        {
            // A custom error page may stand for it: then nobody reads the body, and it must be kept all the same.
            if let Err(page) = answer.read_whole(asked, x).await {
                permit.decline();
                return page;
            }
        }
        match answer.body {
            Body::Stream(_) => answer.store_while_passing(asked, life, permit, x),
            Body::Empty | Body::Full(_) | Body::Tunnel(_) => answer.store(asked, life, permit, x),
        }
    }
}

/// Bodies of errors up to this many bytes are read before the viewer gets any of it.
const ERROR_BODY_MAX: u64 = 1 << 20;

impl Answer {
    /// The answer with what is not for the viewer taken out.
    pub(crate) fn of(asked: &Asked<'_>, mut response: Response, x: &mut Exchange) -> Self {
        let mut headers = all_headers(&mut response);
        let age = headers.contains("Age").then(|| origin_age(&headers));
        let announced_length = announced_length(&headers);
        if never_cached(asked.behavior, &asked.head.method).is_none() {
            note_about_variants(asked.behavior, asked.head, &headers, &mut x.trace);
        }
        filter_origin_response(asked.behavior, &mut headers, &mut x.trace);
        if !headers.contains("Date") {
            headers.append("Date", http_date(x.now).as_bytes());
        }
        let length_of_omitted_body = response.content_length_of_omitted_body.or(announced_length);
        let is_head = asked.head.method == Method::Head;
        Self {
            status: response.status,
            headers,
            age,
            body: if is_head { Body::Empty } else { response.body },
            length_of_omitted_body: length_of_omitted_body.filter(|_| is_head),
            coding: None,
            origin_tag: None,
        }
    }

    /// The origin says that the old object is still good: it lives on with the headers of the 304, so long.
    pub(crate) fn renewed(
        asked: &Asked<'_>,
        old: &Object,
        response: &Response,
        x: &mut Exchange,
    ) -> (Self, Lifetime) {
        x.trace.note(Fact::of(FactKind::Revalidated));
        x.result = XCache::RefreshHit;
        let mut news = response.headers.clone();
        if let Some(shared) = &response.shared {
            shared.headers().iter().for_each(|(name, value)| news.append(name, value));
        }
        let age = news.contains("Age").then(|| origin_age(&news));
        filter_origin_response(asked.behavior, &mut news, &mut x.trace);
        let renewed = Self::brought_up_to_date(old, news, age);
        let life = renewed.lifetime(asked, x);
        x.trace.note(life.fact);
        (renewed, life)
    }

    /// The old object with newer header fields, of which what is not for the viewer has been taken out.
    pub(crate) fn brought_up_to_date(old: &Object, mut news: Headers, age: Option<u64>) -> Self {
        let mut headers = old.headers().cloned().unwrap_or_default();
        // RFC 9111 §3.2: what belongs to the body that was not sent stays as it was.
        news.retain(|name, _| !OF_THE_BODY.iter().any(|known| known.eq_ignore_ascii_case(name)));
        headers.retain(|name, _| !news.contains(name));
        news.iter().for_each(|(name, value)| headers.append(name, value));
        if let Some(coding) = old.coding {
            mark_compressed(&mut headers, coding);
        }
        let (body, length_of_omitted_body) = match &old.content {
            Content::Whole { body, .. } => (body.clone().into(), None),
            Content::HeadOnly { length, .. } => (Body::Empty, *length),
            Content::Parts { .. } | Content::Page(_) => (Body::Empty, None),
        };
        Self {
            status: old.status,
            headers,
            age,
            body,
            length_of_omitted_body,
            coding: old.coding,
            origin_tag: old.origin_tag.clone(),
        }
    }

    /// How long it is kept.
    pub(crate) fn lifetime(&self, asked: &Asked<'_>, x: &mut Exchange) -> Lifetime {
        let age_seconds = self.age.unwrap_or(0);
        if age_seconds > 0 {
            x.trace
                .note(Fact::of(FactKind::AgeCounted).value(u32::try_from(age_seconds).unwrap_or(u32::MAX)));
        }
        let answer = OriginAnswer { status: self.status, headers: &self.headers, age_seconds };
        lifetime(asked.distribution, asked.behavior, asked.head, answer, x.now)
    }

    /// The answer as it passes by, kept nowhere.
    pub(crate) fn passing(self, fetched: Fetched) -> Found {
        let age = self.age;
        let mut response = Response::new(self.status);
        response.headers = self.headers;
        response.body = self.body;
        response.content_length_of_omitted_body = self.length_of_omitted_body;
        Found::Passing(Passing { response, age, fetched, read_on: None })
    }

    /// Keeps the answer, of which all is there.
    pub(crate) fn store(
        self,
        asked: &Asked<'_>,
        life: Lifetime,
        permit: FillPermit<Object>,
        x: &Exchange,
    ) -> Found {
        let age = self.age;
        let of_first = self.headers_of_first(asked);
        let body = match &self.body {
            Body::Full(bytes) => own_memory(bytes),
            Body::Empty | Body::Stream(_) | Body::Tunnel(_) => Bytes::new(),
        };
        let first = of_first.map(|headers| (self.status, headers, body.clone()));
        let object = self.into_object(asked, &life, x.now)(body);
        let bytes = object.bytes();
        let object = permit.store(object, fresh_for(life, x.now), bytes);
        match first {
            Some((status, headers, body)) => {
                let mut response = Response::new(status);
                response.headers = headers;
                response.body = body.into();
                Found::Passing(Passing { response, age, fetched: Fetched::Whole, read_on: None })
            }
            None => Found::Kept(Kept { object, age }),
        }
    }

    fn store_while_passing(
        mut self,
        asked: &Asked<'_>,
        life: Lifetime,
        permit: FillPermit<Object>,
        x: &Exchange,
    ) -> Found {
        let body = std::mem::replace(&mut self.body, Body::Empty);
        let age = self.age;
        let mut response = Response::new(self.status);
        response.headers = self.headers.clone();
        let object = self.into_object(asked, &life, x.now);
        let life = fresh_for(life, x.now);
        let store = move |permit: FillPermit<Object>, body| {
            let object = object(body);
            let bytes = object.bytes();
            permit.store(object, life, bytes);
        };
        let keeping = Keeping { permit, store: Box::new(store) };
        let (body, read_on) = pump(body, keeping);
        response.body = body;
        Found::Passing(Passing { response, age, fetched: Fetched::Whole, read_on: Some(read_on) })
    }

    /// The headers of the first answer, where the copy that is kept goes without some of them.
    fn headers_of_first(&self, asked: &Asked<'_>) -> Option<Headers> {
        let differs = fields_not_kept(&self.headers).iter().any(|name| self.headers.contains(name));
        let policy = asked.behavior.response_headers_policy.as_deref();
        let is_timed = policy.is_some_and(|policy| policy.server_timing_rate.is_some());
        (differs || (is_timed && self.headers.contains("Server-Timing"))).then(|| self.headers.clone())
    }

    /// What makes the object once its body is there.
    pub(crate) fn into_object(
        mut self,
        asked: &Asked<'_>,
        life: &Lifetime,
        now: u64,
    ) -> impl FnOnce(Bytes) -> Object + Send + use<> {
        for name in fields_not_kept(&self.headers) {
            self.headers.remove(&name);
        }
        let policy = asked.behavior.response_headers_policy.clone();
        let dressed = policy.map(|policy| {
            let mut headers = self.headers.clone();
            dress_for_all(&policy, &mut headers);
            if policy.server_timing_rate.is_some() {
                // The origin's metrics are of the miss alone.
                headers.remove("Server-Timing");
            }
            Dressed { policy, head: Arc::new(SharedHead::new(headers)) }
        });
        let tags = cache_tags(asked.distribution, &self.headers).map(Arc::new);
        let head = Arc::new(SharedHead::new(self.headers));
        let is_head = asked.head.method == Method::Head;
        let content = if is_head {
            Content::HeadOnly { head: head.clone(), length: self.length_of_omitted_body }
        } else {
            Content::Whole { head: head.clone(), body: Bytes::new() }
        };
        let mut object = object_of(asked, self.status, content, life, now);
        object.coding = self.coding;
        object.origin_tag = self.origin_tag;
        object.origin_age = self.age.unwrap_or(0);
        object.dressed = dressed;
        object.cache_tags = tags;
        move |body| {
            if let Content::Whole { body: place, .. } = &mut object.content {
                *place = body;
            }
            object
        }
    }

    fn may_be_compressed(&self, asked: &Asked<'_>) -> Result<Coding, NotCompressed> {
        should_compress(asked.behavior, asked.head, self.status, &self.headers, self.body.length())
    }

    fn coding_wanted(&self, asked: &Asked<'_>, x: &mut Exchange) -> Option<Coding> {
        let wanted = self.may_be_compressed(asked);
        if let Err(why) = wanted {
            why.fact(asked.behavior).into_iter().for_each(|fact| x.trace.note(fact));
        }
        wanted.ok()
    }

    /// Whether there is room for the whole body and its compressed form: AWS compresses "on a best-effort basis".
    fn has_room(&self, room: &mut Room, x: &mut Exchange) -> bool {
        let length = self.body.length().and_then(|length| usize::try_from(length).ok());
        let has_room = room.grow(length.unwrap_or(usize::MAX).saturating_mul(2));
        if !has_room {
            x.trace.note(Fact::of(FactKind::NotCompressedNoRoom));
        }
        has_room
    }

    /// What is not kept is not compressed, which surprises only where nothing else stood in the way.
    pub(crate) fn note_if_caching_would_compress(&self, asked: &Asked<'_>, x: &mut Exchange) {
        let wanted = self.may_be_compressed(asked);
        if wanted == Err(NotCompressed::CachingDisabled) {
            NotCompressed::CachingDisabled
                .fact(asked.behavior)
                .into_iter()
                .for_each(|fact| x.trace.note(fact));
        }
    }

    /// Notes what is worth knowing of an answer that is kept.
    pub(crate) fn note_kept(&self, asked: &Asked<'_>, life: &Lifetime, x: &mut Exchange) {
        note_cache_tags(asked.distribution, &self.headers, &mut x.trace);
        if !fields_not_kept(&self.headers).iter().any(|name| name.eq_ignore_ascii_case("Set-Cookie")) {
            let fact = set_cookie_kept(asked.behavior, &self.headers, life.seconds);
            fact.into_iter().for_each(|fact| x.trace.note(fact));
        }
        let fact = kept_despite_default_ttl(asked.behavior, life.fact.kind, life.seconds);
        fact.into_iter().for_each(|fact| x.trace.note(fact));
    }

    async fn compress(&mut self, coding: Coding, asked: &Asked<'_>, x: &mut Exchange) -> Result<(), Found> {
        self.read_whole(asked, x).await?;
        let Body::Full(body) = &self.body else { return Ok(()) };
        // Where the coder fails the viewer gets the body as it is.
        let Ok(compressed) = compress(body.clone(), coding).await else { return Ok(()) };
        x.trace.note(coding.fact(asked.behavior));
        self.origin_tag = self.headers.first("ETag").map(Into::into);
        mark_compressed(&mut self.headers, coding);
        self.body = Body::Full(compressed);
        self.coding = Some(coding);
        Ok(())
    }

    /// Reads the body, of which not more than its announced length comes; a failure is the origin's.
    pub(crate) async fn read_whole(&mut self, asked: &Asked<'_>, x: &mut Exchange) -> Result<(), Found> {
        let length = self.body.length();
        let body = std::mem::replace(&mut self.body, Body::Empty);
        let length_max = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
        let whole =
            body.collect(length_max).await.ok().filter(|body| length.is_none_or(|l| l == body.len() as u64));
        let Some(whole) = whole else {
            let failure = crate::origins::OriginFailure::Closed;
            x.trace.note(Fact::of(FactKind::NotStoredIncomplete));
            x.trace.note(failure.fact(asked.origin));
            let (status, page) = failure.page();
            return Err(Found::Page { status, page });
        };
        self.body = whole.into();
        Ok(())
    }
}

/// An object for the cache.
pub(crate) fn object_of(
    asked: &Asked<'_>,
    status: u16,
    content: Content,
    life: &Lifetime,
    now: u64,
) -> Object {
    let fresh_until = now.saturating_add(life.seconds);
    Object {
        status,
        content,
        dressed: None,
        coding: None,
        origin_tag: None,
        origin_age: 0,
        cache_tags: None,
        stale_if_error_until: life
            .stale_if_error_seconds
            .map_or(u64::MAX, |seconds| fresh_until.saturating_add(seconds)),
        stale_while_revalidate_until: fresh_until.saturating_add(life.stale_while_revalidate_seconds),
        distribution_id: asked.distribution.id.clone(),
        target: invalidation_target(asked),
    }
}

pub(crate) fn fresh_for(life: Lifetime, now: u64) -> Life {
    Life { stored_at: now, fresh_until: now.saturating_add(life.seconds) }
}

/// Takes the header fields of an answer, shared ones first.
pub(crate) fn all_headers(response: &mut Response) -> Headers {
    let own = std::mem::take(&mut response.headers);
    let Some(shared) = response.shared.take() else { return own };
    let mut all = shared.headers().clone();
    own.iter().for_each(|(name, value)| all.append(name, value));
    all
}

fn announced_length(headers: &Headers) -> Option<u64> {
    headers.first_text("Content-Length")?.trim().parse().ok()
}

const OF_THE_BODY: &[&str] = &["Content-Encoding", "Content-Length", "Content-MD5", "Content-Range", "ETag"];

/// The same bytes in memory of their own: what came from a socket is a part of its buffer and would keep all of it,
/// which the bounds of the cache do not see. Of a large body the buffer is a small part.
pub(crate) fn own_memory(bytes: &Bytes) -> Bytes {
    if bytes.len() <= OWN_MEMORY_BYTES_MAX { Bytes::copy_from_slice(bytes) } else { bytes.clone() }
}

const OWN_MEMORY_BYTES_MAX: usize = 256 * 1024;
