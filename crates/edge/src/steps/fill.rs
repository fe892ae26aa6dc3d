//! What the answer of an origin means for the object that was asked for.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html>
//! and, for failures, <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html>.

use std::sync::Arc;

use frontgate_cache::{FillPermit, Life, Stored};
use frontgate_edge_rules::conditional::knows_conditions;
use frontgate_edge_rules::errors::error_caching_seconds;
use frontgate_edge_rules::key::write_cache_key;
use frontgate_edge_rules::lifetime::{OriginAnswer, lifetime};
use frontgate_edge_rules::origin_request::Validators;
use frontgate_edge_rules::pitfalls::other_orders;
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, Headers, Response, Target};

use crate::exchange::{Exchange, XCache};
use crate::object::{Content, Object};
use crate::origins::{OriginFailure, Origins};
use crate::serve::{Asked, Edge};
use crate::steps::deliver::{Fetched, Found, Kept};
use crate::steps::keep::{Answer, object_of};

impl<O: Origins> Edge<O> {
    /// Asks the origin for what is not cached.
    pub(crate) async fn pass(&self, asked: &Asked<'_>, body: Body, x: &mut Exchange) -> Found {
        x.result = XCache::Miss;
        let mut asked = *asked;
        match self.fetch(&mut asked, None, false, body, x).await {
            Ok(response) => {
                let answer = Answer::of(&asked, response, x);
                answer.note_if_caching_would_compress(&asked, x);
                self.forget_what_changed(&asked, answer.status, &answer.headers, x);
                answer.passing(Fetched::AsAsked)
            }
            Err(failure) => {
                let (status, page) = failure.page();
                Found::Page { status, page }
            }
        }
    }

    /// Asks the origin for what is to be kept; `old` is what was kept until now.
    pub(crate) async fn fill(
        &self,
        asked: &Asked<'_>,
        old: Option<Arc<Stored<Object>>>,
        permit: FillPermit<Object>,
        body: Body,
        x: &mut Exchange,
    ) -> Found {
        x.result = XCache::Miss;
        x.trace.note(match &old {
            Some(old) => {
                let since = x.now.saturating_sub(old.fresh_until());
                Fact::of(FactKind::Expired).value(u32::try_from(since).unwrap_or(u32::MAX))
            }
            None => Fact::of(FactKind::Miss),
        });
        let asks_with_conditions = knows_conditions(asked.behavior, &asked.head.headers);
        let condition = old.as_deref().filter(|_| asks_with_conditions).and_then(|old| validators(old));
        let is_revalidation = condition.is_some();
        let mut asked = *asked;
        let fetched = self.fetch(&mut asked, condition, true, body, x).await;
        let asked = &asked;
        if let Some(old) = old.as_deref().filter(|old| old.status < 400 && !old.may_stand_in(x.now))
            && fetched.as_ref().map_or(true, |response| response.status >= 500)
        {
            let since = x.now.saturating_sub(old.fresh_until());
            x.trace.note(Fact::of(FactKind::StaleNotServed).value(u32::try_from(since).unwrap_or(u32::MAX)));
        }
        match (old, fetched) {
            (Some(old), Ok(response)) if response.status == 304 && is_revalidation => {
                self.refreshed(asked, &old, &response, permit, x)
            }
            (Some(old), Ok(response)) if response.status >= 500 && old.may_stand_in(x.now) => {
                stand_in(asked, &old, response.status, permit, x)
            }
            (Some(old), Err(failure)) if failure.is_of_origin() && old.may_stand_in(x.now) => {
                stand_in(asked, &old, failure.page().0, permit, x)
            }
            (_, Ok(response)) => self.keep(asked, response, permit, x).await,
            (_, Err(failure)) => keep_failure(asked, &failure, permit, x),
        }
    }

    /// Notes that the same parameters in another order are in the cache.
    pub(crate) fn note_other_orders(&self, asked: &Asked<'_>, x: &mut Exchange) {
        let others = other_orders(asked.behavior, asked.head);
        if others.is_empty() {
            return;
        }
        let (mut head, mut key) = (asked.head.clone(), Vec::new());
        let is_kept = |query: &String| {
            head.target = Target::new(&format!("{}?{query}", asked.head.target.path()));
            write_cache_key(&mut key, asked.distribution, asked.behavior, &head, asked.path);
            self.cache.peek(&key).is_some_and(|object| x.now < object.fresh_until())
        };
        if others.iter().any(is_kept) {
            let place = asked.behavior.key.place();
            x.trace.note(Fact::of(FactKind::SameParametersKept).at(place));
        }
    }

    /// The origin says that the old object is still good: it lives on with the headers of the 304.
    fn refreshed(
        &self,
        asked: &Asked<'_>,
        old: &Stored<Object>,
        response: &Response,
        permit: FillPermit<Object>,
        x: &mut Exchange,
    ) -> Found {
        let (answer, life) = Answer::renewed(asked, old, response, x);
        if !life.storable {
            permit.decline();
            return answer.passing(Fetched::Whole);
        }
        let permit = if life.seconds == 0 { permit.alone() } else { permit };
        answer.store(asked, life, permit, x)
    }
}

/// The origin failed with `status`: the old object is served, and the origin is asked again after the time for which
/// its error would be kept.
pub(crate) fn stand_in(
    asked: &Asked<'_>,
    old: &Stored<Object>,
    status: u16,
    permit: FillPermit<Object>,
    x: &mut Exchange,
) -> Found {
    x.trace.note(Fact::of(FactKind::StaleServed).value(u32::from(status)));
    // StandardLogs: what was in the cache, had expired, and was asked about; recorded so, too (stackoverflow.com/q/71778683).
    x.result = XCache::RefreshHit;
    let seconds = error_caching_seconds(asked.distribution, status);
    let object = Object::clone(old);
    let bytes = object.bytes();
    // Its age counts from when it came.
    let life = Life { stored_at: old.stored_at(), fresh_until: x.now.saturating_add(seconds) };
    let age = x.now.saturating_sub(old.stored_at()).saturating_add(old.origin_age);
    Found::Kept(Kept { object: permit.store(object, life, bytes), age: Some(age) })
}

/// The origin gave no answer, and nothing stands in for it: CloudFront's own page, kept as the error it is.
pub(crate) fn keep_failure(
    asked: &Asked<'_>,
    failure: &OriginFailure,
    permit: FillPermit<Object>,
    x: &mut Exchange,
) -> Found {
    let (status, page) = failure.page();
    let Asked { distribution, behavior, head, .. } = *asked;
    let answer = OriginAnswer { status, headers: &Headers::new(), age_seconds: 0 };
    let life = lifetime(distribution, behavior, head, answer, x.now);
    // A viewer's broken body says nothing about the origin, nor does a function that failed on the way.
    if !life.storable || !failure.is_of_origin() {
        permit.decline();
        return Found::Page { status, page };
    }
    x.trace.note(life.fact);
    let object = object_of(asked, status, Content::Page(page), &life, x.now);
    let bytes = object.bytes();
    let life = Life { stored_at: x.now, fresh_until: x.now.saturating_add(life.seconds) };
    Found::Kept(Kept { object: permit.store(object, life, bytes), age: None })
}

/// What the origin is asked to compare with.
pub(crate) fn validators(old: &Object) -> Option<Validators<'_>> {
    if old.status != 200 {
        return None;
    }
    let headers = old.headers()?;
    let etag = old.origin_tag.as_deref().or_else(|| headers.first("ETag"));
    let last_modified = headers.first("Last-Modified");
    (etag.is_some() || last_modified.is_some()).then_some(Validators {
        etag,
        last_modified,
        ..Validators::default()
    })
}
