//! Does the cache of the stage have the answer, and what of the integration's is kept there?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html>

mod invalidation;

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use frontgate_cache::{Cache, Collapsing, FillPermit, Life, Limits, Lookup};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::method_settings::Invalidation;
use frontgate_gateway_rules::stage_cache::{
    BODY_LENGTH_MAX, Caching, WARNING, caching, demands_new_answer, key,
};
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, Method, RequestContext};
use frontgate_message::{Body, Headers, Response};

use crate::Call;
use crate::answer::{Refusal, refuse};
use crate::authorize::Admitted;
use crate::integrations::Answered;

/// The cache clusters of all stages; shared by the workers, and kept when a template is deployed anew.
#[derive(Default)]
pub struct StageCaches {
    clusters: Mutex<Vec<Cluster>>,
}

struct Cluster {
    api_id: Box<str>,
    stage: Box<str>,
    bytes_max: u64,
    kept: Cache<Kept>,
}

/// An answer as it is kept.
pub(crate) struct Kept {
    status: u16,
    headers: Headers,
    body: Bytes,
    /// The path and the query string that were asked for.
    asked: Box<str>,
    /// Who asked, where API Gateway knew.
    caller: Option<Box<str>>,
}

/// What the cache says of a request.
pub enum Asked {
    /// The method is not cached.
    NotCached,
    /// This is the answer.
    Kept(Box<Answered>),
    /// The integration has to be asked.
    Missing(Box<Missing>),
}

/// The right to keep the answer of the integration, and what is known of it already.
pub struct Missing {
    permit: FillPermit<Kept>,
    life: Life,
    asked: Box<str>,
    caller: Option<Box<str>>,
    /// The client is told that its `Cache-Control` was ignored.
    warns: bool,
}

/// Looks for the answer of a request.
///
/// # Errors
/// The client demands a new answer, may not, and is to be told so.
pub fn ask(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    method: &Method,
    admitted: &Admitted,
    payload: &[u8],
    trace: &mut Trace,
) -> Result<Asked, Refusal> {
    let Some(caching) = caching(request, method) else { return Ok(Asked::NotCached) };
    let cache = call.stage_caches.of(&request.api.id, &request.stage.name, caching.cluster.bytes_max);
    note_key(method, trace);
    let key = key(request, method, payload);
    let demanded = demanded(call, request, caching, admitted, trace)?;
    if demanded == Demanded::New {
        cache.remove(&key);
    }
    let now_seconds = call.now_milliseconds / 1000;
    let warns = demanded == Demanded::IgnoredWithWarning;
    let fact = |kind| Fact::of(kind).at(caching.setting.place);
    match cache.lookup(&key, now_seconds, Collapsing::Alone) {
        Lookup::Fresh(kept) => {
            let age = u32::try_from(now_seconds.saturating_sub(kept.stored_at())).unwrap_or(u32::MAX);
            trace.note(fact(FactKind::StageCacheHit).value(age));
            note_others(&kept, &asked(call, request), admitted, method, trace);
            let response = warned(answer(&kept), warns);
            Ok(Asked::Kept(Box::new(Answered { response, trace_id: None, said: None })))
        }
        Lookup::Stale(_, permit) | Lookup::Miss(permit) => {
            let lifetime_seconds = caching.setting.cache_lifetime_seconds;
            trace.note(fact(FactKind::StageCacheMiss).value(lifetime_seconds));
            let fresh_until = now_seconds + u64::from(lifetime_seconds);
            Ok(Asked::Missing(Box::new(Missing {
                permit,
                life: Life { stored_at: now_seconds, fresh_until },
                asked: asked(call, request).into(),
                caller: admitted.name(),
                warns,
            })))
        }
        // Nobody waits for another's fill: each goes alone.
        Lookup::Wait(_) => Ok(Asked::NotCached),
    }
}

impl Missing {
    /// Keeps an answer of the integration; `facts_before` is how many facts there were before
    /// the integration was asked.
    pub fn keep(self, answered: Answered, facts_before: usize, trace: &mut Trace) -> Answered {
        let Self { permit, life, asked, caller, warns } = self;
        let Answered { response, trace_id, said } = answered;
        let is_of_integration = said.is_none()
            && trace.facts().iter().skip(facts_before).any(|fact| fact.kind == FactKind::IntegrationAnswered);
        if !is_of_integration {
            trace.note(Fact::of(FactKind::StageCacheErrorNotKept).value(response.status.into()));
        } else if let Some(body) = whole(&response.body) {
            let headers = own_headers(&response);
            let taken = asked.len() + body.len() + headers_length(&headers);
            permit.store(Kept { status: response.status, headers, body, asked, caller }, life, taken);
        } else {
            let length = response.body.length().and_then(|length| u32::try_from(length).ok());
            trace.note(Fact::of(FactKind::StageCacheTooLarge).value(length.unwrap_or(u32::MAX)));
        }
        Answered { response: warned(response, warns), trace_id, said }
    }
}

impl StageCaches {
    /// The cache of a stage. One of another size replaces it, and all that it held is gone.
    fn of(&self, api_id: &str, stage: &str, bytes_max: u64) -> Cache<Kept> {
        let mut clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |cluster: &&Cluster| *cluster.api_id == *api_id && *cluster.stage == *stage;
        if let Some(cluster) = clusters.iter().find(is_meant).filter(|found| found.bytes_max == bytes_max) {
            return cluster.kept.clone();
        }
        clusters.retain(|cluster| !is_meant(&cluster));
        let limits = Limits {
            total_bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX),
            object_bytes_max: BODY_LENGTH_MAX + HEAD_BYTES_MAX,
        };
        let kept = Cache::new(limits);
        clusters.push(Cluster { api_id: api_id.into(), stage: stage.into(), bytes_max, kept: kept.clone() });
        kept
    }

    /// Empties the caches of an API, or of one of its stages; says how many answers went.
    pub fn flush(&self, api_id: &str, stage: Option<&str>) -> usize {
        let clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = clusters.iter().filter(|cluster| {
            *cluster.api_id == *api_id && stage.is_none_or(|stage| *cluster.stage == *stage)
        });
        meant.map(|cluster| cluster.kept.remove_where(|_, _| true)).sum()
    }

    /// Forgets the clusters of stages that have none any more.
    pub fn retain(&self, has_cluster: impl Fn(&str, &str) -> bool) {
        let mut clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        clusters.retain(|cluster| has_cluster(&cluster.api_id, &cluster.stage));
    }
}

/// What becomes of `Cache-Control: max-age=0`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demanded {
    /// There is none, or it is ignored.
    Nothing,
    /// It is ignored, and the client is told.
    IgnoredWithWarning,
    /// It is obeyed.
    New,
}

fn demanded(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    caching: Caching<'_>,
    admitted: &Admitted,
    trace: &mut Trace,
) -> Result<Demanded, Refusal> {
    if !demands_new_answer(request.headers) {
        return Ok(Demanded::Nothing);
    }
    let setting = caching.setting;
    let by_everybody = setting.invalidation == Invalidation::ByEverybody;
    let (kind, demanded) = if by_everybody || invalidation::is_allowed(call, request, admitted) {
        (FactKind::StageCacheInvalidated, Some(Demanded::New))
    } else {
        match setting.invalidation {
            Invalidation::FailWith403 => (FactKind::StageCacheInvalidationRefused, None),
            Invalidation::SucceedWithoutResponseHeader => {
                (FactKind::StageCacheInvalidationIgnored, Some(Demanded::Nothing))
            }
            Invalidation::ByEverybody | Invalidation::SucceedWithResponseHeader => {
                (FactKind::StageCacheInvalidationIgnored, Some(Demanded::IgnoredWithWarning))
            }
        }
    };
    trace.note(Fact::of(kind).at(setting.place));
    demanded.ok_or_else(|| refuse(&GatewayError::of(GatewayResponseType::AccessDenied), Some((request, &[]))))
}

/// Notes what the key is made of.
fn note_key(method: &Method, trace: &mut Trace) {
    let parameters = &method.integration.cache_key_parameters;
    if parameters.is_empty() {
        trace.note(Fact::of(FactKind::StageCacheKeyEmpty).at(method.place));
    }
    for parameter in parameters.iter().take(KEY_FACTS_MAX) {
        trace.note(Fact::of(FactKind::StageCacheKey).at(parameter.place));
    }
}

/// Notes that a kept answer was made for another request, or for somebody else, of which the key has nothing.
fn note_others(kept: &Kept, asked: &str, admitted: &Admitted, method: &Method, trace: &mut Trace) {
    let place = method.integration.cache_key_parameters.first().map_or(method.place, |first| first.place);
    // Who names a namespace wants it so.
    if *kept.asked != *asked && method.integration.cache_namespace.is_none() {
        trace.note(Fact::of(FactKind::StageCacheOfOtherRequest).at(place));
    }
    if kept.caller != admitted.name() {
        trace.note(Fact::of(FactKind::StageCacheOfOtherCaller).at(place));
    }
}

/// What was asked for behind the stage.
fn asked(call: &Call<'_>, request: &RequestContext<'_>) -> String {
    format!("{}?{}", request.path, call.head.target.query().unwrap_or_default())
}

fn answer(kept: &Kept) -> Response {
    let mut response = Response::new(kept.status).with_body(kept.body.clone());
    response.headers = kept.headers.clone();
    response
}

fn warned(mut response: Response, warns: bool) -> Response {
    if warns {
        response.headers.append(WARNING.0, WARNING.1.as_bytes());
    }
    response
}

/// A body that is not too large to be kept.
fn whole(body: &Body) -> Option<Bytes> {
    match body {
        Body::Empty => Some(Bytes::new()),
        Body::Full(bytes) if bytes.len() <= BODY_LENGTH_MAX => Some(bytes.clone()),
        Body::Full(_) | Body::Stream(_) | Body::Tunnel(_) => None,
    }
}

fn headers_length(headers: &Headers) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.len()).sum()
}

/// All header fields of an answer.
fn own_headers(response: &Response) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in response.shared.iter().flat_map(|shared| shared.headers()) {
        headers.append(name, value);
    }
    for (name, value) in &response.headers {
        headers.append(name, value);
    }
    headers
}

/// How many parts of a key are told: what comes after them needs room among the facts, too, and the answer of an integration is
/// known by its fact.
const KEY_FACTS_MAX: usize = 8;
/// What the header fields of an answer may take besides its body.
const HEAD_BYTES_MAX: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use frontgate_cache::{Cache, Collapsing, Life, Lookup};
    use frontgate_message::Headers;

    use super::{Kept, StageCaches};

    fn fill(cache: &Cache<Kept>, key: &[u8], length: usize) {
        let Lookup::Miss(permit) = cache.lookup(key, 0, Collapsing::Alone) else { panic!("it is there") };
        let body = Bytes::from(vec![b'x'; length]);
        let kept = Kept { status: 200, headers: Headers::new(), body, asked: "/".into(), caller: None };
        permit.store(kept, Life { stored_at: 0, fresh_until: 300 }, length);
    }

    #[test]
    fn a_cluster_holds_as_much_as_its_size_says() {
        let cache = StageCaches::default().of("api", "prod", 1 << 20);
        for index in 0..20_u8 {
            fill(&cache, &[index], 100_000);
        }
        let counts = cache.counts();
        assert!(counts.bytes <= 1 << 20 && counts.evicted > 0 && counts.entries > 5, "{counts:?}");
    }

    #[test]
    fn another_size_or_no_cluster_empties_the_cache() {
        let caches = StageCaches::default();
        let is_filled = |bytes_max| caches.of("api", "prod", bytes_max).peek(b"key").is_some();
        fill(&caches.of("api", "prod", 1_000_000), b"key", 10);
        assert!(is_filled(1_000_000) && !is_filled(2_000_000) && !is_filled(1_000_000));
        fill(&caches.of("api", "prod", 1_000_000), b"key", 10);
        caches.retain(|api_id, stage| (api_id, stage) == ("api", "prod"));
        assert!(is_filled(1_000_000));
        assert_eq!((caches.flush("api", Some("test")), caches.flush("other", None)), (0, 0));
        assert!(is_filled(1_000_000));
        assert_eq!(caches.flush("api", Some("prod")), 1);
        assert!(!is_filled(1_000_000));
        fill(&caches.of("api", "prod", 1_000_000), b"key", 10);
        caches.retain(|_, _| false);
        assert!(!is_filled(1_000_000));
    }
}
