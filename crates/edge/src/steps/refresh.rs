//! An object that is served while it is fetched anew: `stale-while-revalidate`.
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html>.

use std::sync::Arc;

use frontgate_cache::{FillPermit, Stored};
use frontgate_edge_rules::key::write_cache_key;
use frontgate_edge_rules::lifetime::age_header;
use frontgate_edge_rules::viewer::choose_behavior;
use frontgate_edge_rules::{Behavior, Distribution};
use frontgate_explain::{Fact, FactKind};
use frontgate_message::{Body, RequestHead};

use crate::exchange::{Exchange, XCache};
use crate::object::{Content, Object};
use crate::origins::Origins;
use crate::serve::{Asked, Edge};
use crate::steps::deliver::Kept;

/// The right to fetch an object anew, to be used by [`Edge::refresh`] once the answer is on its way. Dropping it gives
/// the right to the next who asks.
pub struct Refresh {
    old: Arc<Stored<Object>>,
    permit: FillPermit<Object>,
    head: RequestHead,
    path: Box<str>,
    /// Of a request that a function changed: neither behavior nor origin is chosen anew.
    behavior: Option<Box<Behavior>>,
}

impl<O: Origins> Edge<O> {
    /// Fetches an object anew, nobody waiting for it; `x` is an exchange of its own.
    pub async fn refresh(&self, distribution: &Distribution, refresh: Refresh, x: &mut Exchange) {
        let Refresh { old, permit, head, path, behavior } = refresh;
        let chosen = choose_behavior(distribution, head.target.path());
        let behavior = behavior.as_deref().unwrap_or_else(|| {
            x.trace.note(chosen.fact);
            chosen.behavior
        });
        let asked = Asked::of(distribution, behavior, &head, &path);
        if matches!(old.content, Content::Parts { .. }) {
            write_cache_key(&mut x.key, distribution, behavior, &head, &path);
            self.refresh_part(&asked, old, permit, x).await.let_go();
        } else {
            self.fill(&asked, Some(old), permit, Body::Empty, x).await.let_go();
        }
    }

    /// The expired object, where its origin lets it be served while it is fetched anew; else the permit.
    pub(crate) fn serve_while_revalidating(
        &self,
        asked: &Asked<'_>,
        old: &Arc<Stored<Object>>,
        permit: FillPermit<Object>,
        x: &mut Exchange,
    ) -> Result<Kept, FillPermit<Object>> {
        if x.now >= old.stale_while_revalidate_until || x.refresh.is_some() {
            return Err(permit);
        }
        let (old, head, path) = (old.clone(), asked.head.clone(), asked.path.into());
        let behavior = asked.behavior.viewer_request.as_ref().map(|_| Box::new(asked.behavior.clone()));
        x.refresh = Some(Box::new(Refresh { old: old.clone(), permit, head, path, behavior }));
        Ok(note_stale(old, x))
    }

    /// The same, where somebody else fetches it anew.
    pub(crate) fn stale_while_others_revalidate(&self, x: &mut Exchange) -> Option<Kept> {
        let old = self.cache.peek(&x.key).filter(|old| x.now < old.stale_while_revalidate_until)?;
        Some(note_stale(old, x))
    }
}

pub(crate) fn note_stale(old: Arc<Stored<Object>>, x: &mut Exchange) -> Kept {
    let since = x.now.saturating_sub(old.fresh_until());
    x.trace.note(Fact::of(FactKind::StaleWhileRevalidate).value(u32::try_from(since).unwrap_or(u32::MAX)));
    x.result = XCache::Hit;
    let age = age_header(old.stored_at(), x.now, old.origin_age);
    Kept { object: old, age: Some(age) }
}
