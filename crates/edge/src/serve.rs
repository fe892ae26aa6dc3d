//! What happens to a request: one line from the viewer's request to the answer.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowCloudFrontWorks.html> and, for
//! the order, `facts/cloudfront-edge.md` section 0.

use std::cell::RefCell;
use std::future::ready;
use std::pin::Pin;

use frontgate_cache::{Cache, Collapsing, Lookup, Outcome};
use frontgate_edge_rules::chain::chain_too_long;
use frontgate_edge_rules::errors::ErrorPage;
use frontgate_edge_rules::key::{forwards_cookies, key_settings_fact, write_cache_key};
use frontgate_edge_rules::lifetime::{age_header, never_cached};
use frontgate_edge_rules::signed::Memory;
use frontgate_edge_rules::viewer::{Admission, admit, choose_behavior, effective_path};
use frontgate_edge_rules::viewer_location::barred_by_country;
use frontgate_edge_rules::web_socket::{is_handshake, web_socket_fact};
use frontgate_edge_rules::{Behavior, Distribution, Origin};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Method, RequestHead, Response};

use crate::exchange::{Exchange, XCache};
use crate::lambda_at_edge::{LambdaAtEdge, NoLambda};
use crate::object::Object;
use crate::origins::Origins;
use crate::pages::PointOfPresence;
use crate::steps::deliver::{Found, Kept, deliver};
use crate::steps::signature::note_protected_behavior;
use crate::steps::viewer_function::note_skipped;
use crate::steps::web_socket::SWITCHING_PROTOCOLS;
use crate::viewer_functions::{NoFunctions, ViewerFunctions};

/// CloudFront: all distributions share its cache. One per worker, made of the same cache.
pub struct Edge<O> {
    pub(crate) cache: Cache<Object>,
    pub(crate) origins: O,
    pub(crate) pop: PointOfPresence,
    pub(crate) signatures: RefCell<Memory>,
    pub(crate) functions: Box<dyn ViewerFunctions>,
    pub(crate) lambda: Box<dyn LambdaAtEdge>,
}

/// A request and the settings that it meets.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) distribution: &'a Distribution,
    pub(crate) behavior: &'a Behavior,
    /// The origin that is asked; after a failover the secondary one.
    pub(crate) origin: &'a Origin,
    pub(crate) head: &'a RequestHead,
    /// The path, the default root object filled in.
    pub(crate) path: &'a str,
}

impl<'a> Asked<'a> {
    /// A request to the origin of a behavior.
    pub(crate) fn of(
        distribution: &'a Distribution,
        behavior: &'a Behavior,
        head: &'a RequestHead,
        path: &'a str,
    ) -> Self {
        Self { distribution, behavior, origin: &behavior.origin, head, path }
    }
}

impl<O: Origins> Edge<O> {
    /// An edge that keeps objects in `cache` and asks `origins`.
    #[must_use]
    pub fn new(cache: Cache<Object>, origins: O, pop: PointOfPresence) -> Self {
        Self {
            cache,
            origins,
            pop,
            signatures: RefCell::default(),
            functions: Box::new(NoFunctions),
            lambda: Box::new(NoLambda),
        }
    }

    /// The same edge with an engine for CloudFront Functions.
    #[must_use]
    pub fn with_functions(self, functions: Box<dyn ViewerFunctions>) -> Self {
        Self { functions, ..self }
    }

    /// The same edge with an engine for Lambda@Edge.
    #[must_use]
    pub fn with_lambda(self, lambda: Box<dyn LambdaAtEdge>) -> Self {
        Self { lambda, ..self }
    }

    /// The origins that were handed in.
    #[must_use]
    pub fn origins(&self) -> &O {
        &self.origins
    }

    /// The objects that are kept.
    #[must_use]
    pub fn cache(&self) -> &Cache<Object> {
        &self.cache
    }

    /// The answer of `distribution` to a viewer's request.
    pub async fn serve(
        &self,
        distribution: &Distribution,
        head: &RequestHead,
        body: Body,
        x: &mut Exchange,
    ) -> Response {
        if !distribution.enabled {
            x.trace.note(Fact::of(FactKind::DistributionDisabled).at(distribution.place));
            return self.refuse(ErrorPage::BadRequest, 403, x);
        }
        if distribution.is_origin
            && let Some(fact) = chain_too_long(distribution, head, &self.pop.via_host)
        {
            x.trace.note(fact);
            return self.refuse(ErrorPage::BadRequest, 403, x);
        }
        let chosen = choose_behavior(distribution, head.target.path());
        x.trace.note(chosen.fact);
        if chosen.normalized {
            x.trace.note(Fact::of(FactKind::PathNormalized));
        }
        let (path, root_object) = effective_path(distribution, head);
        let asked = Asked::of(distribution, chosen.behavior, head, &path);
        let barred = distribution.geo_restriction.as_ref();
        let barred = barred.and_then(|restriction| barred_by_country(restriction, head, &mut x.trace));
        let found = match barred.unwrap_or_else(|| admit(asked.behavior, head, body.length() != Some(0))) {
            Admission::Redirect { status, fact } => {
                x.trace.note(fact);
                return self.redirect(status, head, x);
            }
            Admission::Refuse { status, page, fact } => {
                x.trace.note(fact);
                Found::Page { status, page }
            }
            Admission::Pass => {
                if let Some(page) = self.unsigned(&asked, x) {
                    Found::Page { status: 403, page }
                } else if let Some(function) = &asked.behavior.viewer_request {
                    return Box::pin(self.serve_by_function(&asked, function, body, x)).await;
                } else {
                    root_object.into_iter().for_each(|fact| x.trace.note(fact));
                    match self.fresh(&asked, x) {
                        Some(kept) => Found::Kept(kept),
                        None => self.find(&asked, body, x).await,
                    }
                }
            }
        };
        if found.status() >= 400 || asked.behavior.viewer_response.is_some() {
            return Box::pin(self.answer(&asked, found, x)).await;
        }
        deliver(&self.pop, &asked, found, None, x)
    }

    /// The answer by what was found: an error by its custom error response, and the function for the viewer response.
    pub(crate) async fn answer(&self, asked: &Asked<'_>, found: Found, x: &mut Exchange) -> Response {
        if found.status() >= 400 {
            note_skipped(asked, found.status(), x);
            return self.answer_error(asked, found, x).await;
        }
        match &asked.behavior.viewer_response {
            Some(function) if found.status() != SWITCHING_PROTOCOLS => {
                self.deliver_by_function(asked, function, found, x).await
            }
            _ => deliver(&self.pop, asked, found, None, x),
        }
    }

    /// The fresh object of a request, if any. Leaves the cache key of the request in `x.key`.
    pub(crate) fn fresh(&self, asked: &Asked<'_>, x: &mut Exchange) -> Option<Kept> {
        x.trace.note(key_settings_fact(asked.behavior));
        if never_cached(asked.behavior, &asked.head.method).is_some() || is_handshake(asked.head) {
            return None;
        }
        write_cache_key(&mut x.key, asked.distribution, asked.behavior, asked.head, asked.path);
        let mut found = self.cache.fresh(&x.key, x.now);
        if found.is_none() && asked.head.method == Method::Head {
            // The answer to a HEAD request can serve no GET request, so it has a key of its own.
            x.key.extend_from_slice(HEAD_ONLY);
            found = self.cache.fresh(&x.key, x.now);
        }
        found.map(|object| note_hit(object, x))
    }

    /// The answer to a request that no fresh object answers: each way to it boxed by itself, so that a request that only
    /// passes through makes no room for the others.
    pub(crate) fn find<'a>(
        &'a self,
        asked: &'a Asked<'a>,
        body: Body,
        x: &'a mut Exchange,
    ) -> Pin<Box<dyn Future<Output = Found> + 'a>> {
        // A circle by names that this configuration does not know as distributions ends here, too: it passes misses only.
        if let Some(fact) = chain_too_long(asked.distribution, asked.head, &self.pop.via_host) {
            x.trace.note(fact);
            return Box::pin(ready(Found::Page { status: 403, page: ErrorPage::BadRequest }));
        }
        note_protected_behavior(asked, x);
        if let Some(fact) = web_socket_fact(asked.head) {
            x.trace.note(fact);
            if fact.kind == FactKind::WebSocketHandshake {
                return Box::pin(self.web_socket(asked, body, x));
            }
        }
        if let Some(fact) = never_cached(asked.behavior, &asked.head.method) {
            if fact.kind == FactKind::MethodNotCached {
                x.trace.note(fact);
            }
            return Box::pin(self.pass(asked, body, x));
        }
        Box::pin(self.find_cached(asked, body, x))
    }

    /// The answer to a request that the cache may answer.
    async fn find_cached(&self, asked: &Asked<'_>, body: Body, x: &mut Exchange) -> Found {
        if let Some(found) = self.find_part(asked, x).await {
            return found;
        }
        let mut collapsing =
            if forwards_cookies(asked.behavior) { Collapsing::Alone } else { Collapsing::Together };
        loop {
            match self.cache.lookup(&x.key, x.now, collapsing) {
                Lookup::Fresh(object) => return Found::Kept(note_hit(object, x)),
                Lookup::Miss(permit) => {
                    self.note_other_orders(asked, x);
                    return match self.find_in_parts(asked, permit, x).await {
                        Ok(found) => found,
                        Err(permit) => self.fill(asked, None, permit, body, x).await,
                    };
                }
                Lookup::Stale(old, permit) => {
                    let permit = if old.status < 400 {
                        permit
                    } else {
                        match self.find_in_parts(asked, permit, x).await {
                            Ok(found) => return found,
                            Err(permit) => permit,
                        }
                    };
                    return match self.serve_while_revalidating(asked, &old, permit, x) {
                        Ok(kept) => Found::Kept(kept),
                        Err(permit) => self.fill(asked, Some(old), permit, body, x).await,
                    };
                }
                Lookup::Wait(ticket) => {
                    if let Some(kept) = self.stale_while_others_revalidate(x) {
                        return Found::Kept(kept);
                    }
                    match ticket.await {
                        Outcome::Stored(object) => {
                            x.trace.note(Fact::of(FactKind::Collapsed));
                            return Found::Kept(note_hit(object, x));
                        }
                        Outcome::Declined => {
                            x.trace.note(Fact::of(FactKind::CollapsedInVain));
                            collapsing = Collapsing::Alone;
                        }
                        Outcome::Abandoned => {}
                    }
                }
            }
        }
    }
}

/// What stands behind the key of an answer to a HEAD request; no part of a key begins so.
pub(crate) const HEAD_ONLY: &[u8] = b"HEAD";

pub(crate) fn note_hit(object: std::sync::Arc<frontgate_cache::Stored<Object>>, x: &mut Exchange) -> Kept {
    let age = age_header(object.stored_at(), x.now, object.origin_age);
    x.trace.note(Fact::of(FactKind::Hit).value(u32::try_from(age).unwrap_or(u32::MAX)));
    x.result = XCache::Hit;
    Kept { object, age: Some(age) }
}
