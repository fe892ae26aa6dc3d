//! What the viewer gets of an answer: all of it, a part, its head, or that nothing has changed; with which headers.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_cache::Stored;
use frontgate_edge_rules::conditional::{goes_with_not_modified, knows_conditions, not_modified};
use frontgate_edge_rules::errors::ErrorPage;
use frontgate_edge_rules::ranges::{
    RangeAnswer, Span, multipart_content_type, multipart_end, part_head, range_answer,
    unsatisfied_content_range,
};
use frontgate_edge_rules::response_headers::{
    CacheMetric, ServerTiming, Upstream, apply_cors, apply_cors_beside, apply_fixed, server_timing_value,
    server_timing_wanted,
};
use frontgate_edge_rules::{Behavior, ResponseHeadersPolicy, config};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Headers, Method, Response, SharedHead};

use crate::exchange::{Exchange, XCache};
use crate::object::{Content, Object};
use crate::pages::{PointOfPresence, append_identity, omit_body_for_head, page_response};
use crate::pieces::Pieces;
use crate::serve::Asked;
use crate::steps::cut::cut;
use crate::steps::pump::ReadOn;

/// What was found for a request.
pub(crate) enum Found {
    /// A stored object.
    Kept(Kept),
    /// An answer that is passing by.
    Passing(Passing),
    /// A page of CloudFront's own.
    Page { status: u16, page: ErrorPage },
}

/// A stored object, and how old it is where it was not fetched for this request.
pub(crate) struct Kept {
    pub(crate) object: Arc<Stored<Object>>,
    pub(crate) age: Option<u64>,
}

/// An answer that is passing by, its headers filtered.
pub(crate) struct Passing {
    pub(crate) response: Response,
    /// `Age` as the origin sent it.
    pub(crate) age: Option<u64>,
    /// What the origin was asked for.
    pub(crate) fetched: Fetched,
    /// The answer is being kept.
    pub(crate) read_on: Option<ReadOn>,
}

/// What an origin was asked for, and so what is still to be decided of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// What the viewer asked for, with its conditions and ranges.
    AsAsked,
    /// The range that the viewer wants, without its conditions.
    Part,
    /// The whole object.
    Whole,
}

impl Found {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Kept(kept) => kept.object.status,
            Self::Passing(passing) => passing.response.status,
            Self::Page { status, .. } => *status,
        }
    }

    /// Nobody needs the body; where it is being kept that goes on.
    pub(crate) fn let_go(self) {
        if let Self::Passing(Passing { read_on: Some(read_on), .. }) = self {
            read_on.without_viewer();
        }
    }
}

/// The answer to the viewer; `instead_of` is the status that a custom error response gives it.
pub(crate) fn deliver(
    pop: &PointOfPresence,
    asked: &Asked<'_>,
    found: Found,
    instead_of: Option<u16>,
    x: &mut Exchange,
) -> Response {
    let (response, age) = compose(asked, found, instead_of, x);
    seal(pop, asked, response, age, x)
}

/// An answer as a function for the viewer response gets it.
pub(crate) struct Bare {
    /// Without what the response headers policy adds, and with all fields in one block.
    pub(crate) response: Response,
    pub(crate) age: Option<u64>,
    read_on: Option<ReadOn>,
}

impl Bare {
    /// The answer for the viewer, before a function has seen it.
    pub(crate) fn compose(asked: &Asked<'_>, found: Found, x: &mut Exchange) -> Self {
        let undressed = Behavior { response_headers_policy: None, ..asked.behavior.clone() };
        let asked = Asked { behavior: &undressed, ..*asked };
        let read_on = match &found {
            Found::Passing(passing) => passing.read_on.clone(),
            Found::Kept(_) | Found::Page { .. } => None,
        };
        let (mut response, age) = compose(&asked, found, None, x);
        unshare(&mut response);
        Self { response, age, read_on }
    }

    /// The function puts another body in its place: what the origin sends is kept all the same.
    pub(crate) fn body_is_replaced(&mut self) {
        if let Some(read_on) = self.read_on.take() {
            read_on.without_viewer();
        }
    }
}

/// The fields of a response as one block.
pub(crate) fn unshare(response: &mut Response) {
    if let Some(shared) = response.shared.take() {
        let own = std::mem::replace(&mut response.headers, shared.headers().clone());
        own.iter().for_each(|(name, value)| response.headers.append(name, value));
    }
}

/// The answer but for what CloudFront says of itself, and its `Age`.
pub(crate) fn compose(
    asked: &Asked<'_>,
    found: Found,
    instead_of: Option<u16>,
    x: &mut Exchange,
) -> (Response, Option<u64>) {
    let (response, age) = match found {
        Found::Kept(kept) => (from_object(asked, &kept.object, instead_of, x), kept.age),
        Found::Passing(passing) => from_passing(asked, passing, instead_of, x),
        Found::Page { status, page } => {
            let mut response = page_response(instead_of.unwrap_or(status), page, x);
            dress(asked, &mut response.headers);
            (response, None)
        }
    };
    if response.status >= 400 {
        x.result = x.result.or_error();
    }
    (response, age)
}

/// Adds what CloudFront says of itself.
pub(crate) fn seal(
    pop: &PointOfPresence,
    asked: &Asked<'_>,
    mut response: Response,
    age: Option<u64>,
    x: &mut Exchange,
) -> Response {
    omit_body_for_head(&mut response, &asked.head.method);
    append_identity(pop, &mut response.headers, age, x);
    if let Some(policy) = policy_of(asked) {
        x.trace.note(
            Fact::of(FactKind::ResponseHeadersPolicyApplied).at(asked.behavior.response_headers_policy_place),
        );
        append_server_timing(policy, pop, asked, &mut response.headers, x);
    }
    response
}

/// How many header fields, and bytes of them, an answer has beside the shared ones.
const OWN_FIELDS: usize = 8;
const OWN_FIELD_BYTES: usize = 384;

static NO_BODY: Bytes = Bytes::new();

fn from_object(asked: &Asked<'_>, object: &Object, instead_of: Option<u16>, x: &mut Exchange) -> Response {
    let (head, held, length) = match &object.content {
        Content::Page(page) => {
            let mut response = page_response(instead_of.unwrap_or(object.status), *page, x);
            dress(asked, &mut response.headers);
            return response;
        }
        Content::Whole { head, body } => (head, Held::Whole(body), Some(body.len() as u64)),
        Content::HeadOnly { head, length } => (head, Held::Whole(&NO_BODY), *length),
        Content::Parts { head, pieces } => (head, Held::Parts(pieces), Some(pieces.length())),
    };
    let mut response = Response::new(instead_of.unwrap_or(object.status));
    response.headers = Headers::with_capacity(OWN_FIELDS, OWN_FIELD_BYTES);
    response.body = held.whole();
    if matches!(object.content, Content::HeadOnly { .. }) {
        response.content_length_of_omitted_body = length;
    }
    let part = if object.status == 200 && instead_of.is_none() {
        part_asked_for(asked, head.headers(), length, x)
    } else {
        Part::Whole
    };
    match &part {
        Part::Whole => {}
        Part::One(span, length) => {
            response.status = 206;
            response.headers.append("Content-Range", span.content_range(*length).as_bytes());
            response.body = held.part(*span);
        }
        Part::NotModified | Part::Several(..) | Part::Unsatisfiable(_) => {
            response.headers = head.headers().clone();
            dress(asked, &mut response.headers);
            remake(&mut response, &part, held, x);
            return response;
        }
    }
    dress_shared(asked, object, head, &mut response);
    response
}

fn from_passing(
    asked: &Asked<'_>,
    passing: Passing,
    instead_of: Option<u16>,
    x: &mut Exchange,
) -> (Response, Option<u64>) {
    let Passing { mut response, age, fetched, read_on } = passing;
    let part = match (fetched, response.status) {
        (Fetched::Whole, 200) if instead_of.is_none() => {
            let length = response.content_length_of_omitted_body.or_else(|| response.body.length());
            part_asked_for(asked, &response.headers, length, x)
        }
        (Fetched::Part, 206) if is_known(asked, &response.headers, x) => Part::NotModified,
        _ => Part::Whole,
    };
    response.status = instead_of.unwrap_or(response.status);
    dress(asked, &mut response.headers);
    let needs_whole_body = match part {
        // Several parts of what is still coming would have to wait for the last of them.
        Part::Whole | Part::Several(..) => true,
        Part::One(span, length) => {
            response.status = 206;
            response.headers.append("Content-Range", span.content_range(length).as_bytes());
            response.body = cut(response.body, span);
            false
        }
        Part::NotModified | Part::Unsatisfiable(_) => {
            remake(&mut response, &part, Held::Whole(&NO_BODY), x);
            false
        }
    };
    let is_read = needs_whole_body && asked.head.method != Method::Head;
    if !is_read && let Some(read_on) = read_on {
        read_on.without_viewer();
    }
    (response, age)
}

/// Where the bytes of an object are.
#[derive(Clone, Copy)]
enum Held<'a> {
    Whole(&'a Bytes),
    Parts(&'a Pieces),
}

impl Held<'_> {
    fn whole(self) -> Body {
        match self {
            Self::Whole(bytes) => bytes.clone().into(),
            Self::Parts(pieces) => pieces.body(pieces.whole()),
        }
    }

    fn part(self, span: Span) -> Body {
        match self {
            Self::Whole(bytes) => slice(bytes, span).into(),
            Self::Parts(pieces) => pieces.body(span),
        }
    }

    fn append(self, span: Span, out: &mut Vec<u8>) {
        match self {
            Self::Whole(bytes) => out.extend_from_slice(&slice(bytes, span)),
            Self::Parts(pieces) => pieces.slices(span).for_each(|bytes| out.extend_from_slice(&bytes)),
        }
    }
}

/// What of a whole answer a request asks for.
enum Part {
    Whole,
    /// A part of an object of that length.
    One(Span, u64),
    /// Parts of an object of that length.
    Several(Vec<Span>, u64),
    /// No part of an object of that length.
    Unsatisfiable(u64),
    NotModified,
}

fn part_asked_for(asked: &Asked<'_>, stored: &Headers, length: Option<u64>, x: &mut Exchange) -> Part {
    let request = &asked.head.headers;
    if !asked.head.method.is_get_or_head() {
        return Part::Whole;
    }
    if is_known(asked, stored, x) {
        return Part::NotModified;
    }
    if x.sends_whole {
        return Part::Whole;
    }
    // RFC 9110 §14.2: a Range means something with GET only.
    let Some(length) = length.filter(|_| asked.head.method == Method::Get) else {
        return Part::Whole;
    };
    let answer = range_answer(request, stored, length);
    answer.fact().into_iter().for_each(|fact| x.trace.note(fact));
    match answer {
        RangeAnswer::Whole(_) => Part::Whole,
        RangeAnswer::One(span) => Part::One(span, length),
        RangeAnswer::Many(spans) => Part::Several(spans, length),
        RangeAnswer::Unsatisfiable => Part::Unsatisfiable(length),
    }
}

/// Whether the viewer has the answer with these headers already.
fn is_known(asked: &Asked<'_>, stored: &Headers, x: &mut Exchange) -> bool {
    let request = &asked.head.headers;
    let fact = knows_conditions(asked.behavior, request)
        .then(|| not_modified(&asked.head.method, request, stored))
        .flatten();
    fact.into_iter().for_each(|fact| x.trace.note(fact));
    fact.is_some()
}

/// Makes the answer of a part whose head is not that of the whole; `response.headers` are those of the whole.
fn remake(response: &mut Response, part: &Part, held: Held<'_>, x: &Exchange) {
    response.content_length_of_omitted_body = None;
    match part {
        Part::NotModified => {
            response.status = 304;
            response.headers.retain(|name, _| goes_with_not_modified(name));
            response.body = Body::Empty;
        }
        Part::Unsatisfiable(length) => {
            response.status = 416;
            response.headers.retain(|name, _| goes_with_not_modified(name));
            response.headers.append("Content-Range", unsatisfied_content_range(*length).as_bytes());
            response.body = Body::Empty;
        }
        Part::Several(spans, length) => {
            response.status = 206;
            let boundary = &x.request_id.as_str()[..BOUNDARY_LENGTH];
            let content_type = response.headers.first("Content-Type").map(<[u8]>::to_vec);
            let mut parts = Vec::new();
            for span in spans {
                parts.extend_from_slice(&part_head(boundary, content_type.as_deref(), *span, *length));
                held.append(*span, &mut parts);
            }
            parts.extend_from_slice(&multipart_end(boundary));
            response.headers.set("Content-Type", multipart_content_type(boundary).as_bytes());
            response.body = Bytes::from(parts).into();
        }
        Part::Whole | Part::One(..) => {}
    }
}

/// Random enough not to stand in an object by accident: 120 bits of the request's name.
const BOUNDARY_LENGTH: usize = 20;

fn slice(body: &Bytes, span: Span) -> Bytes {
    let end = usize::try_from(span.last).unwrap_or(usize::MAX).saturating_add(1).min(body.len());
    let start = usize::try_from(span.first).unwrap_or(usize::MAX).min(end);
    body.slice(start..end)
}

fn policy_of<'a>(asked: &Asked<'a>) -> Option<&'a Arc<ResponseHeadersPolicy>> {
    asked.behavior.response_headers_policy.as_ref()
}

/// Applies the response headers policy to headers that belong to this answer alone.
pub(crate) fn dress(asked: &Asked<'_>, headers: &mut Headers) {
    let Some(policy) = policy_of(asked) else { return };
    dress_for_all(policy, headers);
    if let Some(cors) = &policy.cors {
        apply_cors(cors, asked.head, headers);
    }
}

/// The part of the policy that is the same for every request.
pub(crate) fn dress_for_all(policy: &ResponseHeadersPolicy, headers: &mut Headers) {
    let had_server = headers.contains("Server");
    apply_fixed(policy, headers);
    if had_server && !headers.contains("Server") {
        headers.append("Server", b"CloudFront");
    }
}

/// Applies the response headers policy to an answer whose head is shared: the object has it on, if its policy is still
/// that of the behavior, and only what depends on the request is added beside it.
fn dress_shared(asked: &Asked<'_>, object: &Object, head: &Arc<SharedHead>, response: &mut Response) {
    let Some(policy) = policy_of(asked) else {
        response.shared = Some(head.clone());
        return;
    };
    let dressed = object
        .dressed
        .as_ref()
        .filter(|dressed| Arc::ptr_eq(&dressed.policy, policy) || dressed.policy == *policy);
    if let Some(dressed) = dressed {
        let fits = policy.cors.as_ref().is_none_or(|cors| {
            apply_cors_beside(cors, asked.head, dressed.head.headers(), &mut response.headers)
        });
        if fits {
            response.shared = Some(dressed.head.clone());
            return;
        }
    }
    let mut headers = head.headers().clone();
    dress_for_all(policy, &mut headers);
    if let Some(cors) = &policy.cors {
        apply_cors(cors, asked.head, &mut headers);
    }
    for (name, value) in &response.headers {
        headers.append(name, value);
    }
    response.headers = headers;
}

fn append_server_timing(
    policy: &ResponseHeadersPolicy,
    pop: &PointOfPresence,
    asked: &Asked<'_>,
    headers: &mut Headers,
    x: &Exchange,
) {
    if !server_timing_wanted(policy, &asked.head.headers, x.request_id.share() * 100.0) {
        return;
    }
    let cache = match x.result {
        XCache::Hit => CacheMetric::Hit,
        XCache::RefreshHit => CacheMetric::Refresh,
        XCache::Error
        | XCache::FunctionExecutionError
        | XCache::FunctionGeneratedResponse
        | XCache::FunctionValidationError
        | XCache::LambdaExecutionError
        | XCache::LambdaGeneratedResponse
        | XCache::LambdaLimitExceeded
        | XCache::LambdaValidationError
        | XCache::Miss
        | XCache::Redirect => CacheMetric::Miss,
    };
    let upstream = x.trace.facts().iter().rev().find(|fact| fact.kind == FactKind::OriginAnsweredAfter);
    let upstream = upstream.map(|fact| Upstream {
        is_shielded: x.trace.first(FactKind::OriginShielded).is_some(),
        // What answers in process has neither a name to look up nor a connection to make.
        connection: (!matches!(asked.origin.upstream, config::Upstream::Custom { .. })).then_some((0, 0)),
        first_byte: u64::from(fact.value / 1000),
    });
    let timing = ServerTiming {
        cache,
        pop: &pop.name,
        request_id: x.request_id.as_str(),
        upstream,
        // All the time that counts in milliseconds is the origin's.
        downstream_first_byte_milliseconds: upstream.map_or(0, |upstream| upstream.first_byte),
    };
    let value = server_timing_value(&timing, headers.first_text("Server-Timing"));
    headers.set("Server-Timing", value.as_bytes());
}
