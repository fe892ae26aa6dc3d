//! What has been used of all limits, and whether one more request is within them.

use std::collections::HashMap;

use frontgate_explain::PlaceId;

use super::{ACCOUNT_THROTTLE, Bucket, MethodThrottle, Opened, Quota, QuotaCount, Throttle};
use crate::config::{Method, Resource};
use crate::context::RequestContext;
use crate::http_api::{HttpApi, HttpStage, RouteKey};

/// What clients, methods and accounts have used. It outlives a deployment: limits are known by the ids of what they limit.
#[derive(Debug, Default)]
pub struct Counters {
    buckets: HashMap<String, Bucket>,
    quotas: HashMap<String, QuotaCount>,
}

/// One limit that a request must be within.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Which one.
    pub kind: LimitKind,
    /// What is counted, such as a key of a plan.
    counted: String,
    /// How much.
    allowed: Allowed,
    /// The place of the setting.
    pub place: PlaceId,
}

/// Whose limit it is, in the order in which they are applied.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// The throttle of a method for each key of a plan.
    ClientMethod,
    /// The throttle of a plan for each of its keys.
    Client,
    /// The quota of a plan for each of its keys.
    ClientQuota,
    /// The throttle of a method in a stage.
    Method,
    /// The throttle of the account in a region.
    Account,
}

#[derive(Clone, Copy, Debug)]
enum Allowed {
    Quota(Quota),
    Throttle(Throttle),
}

/// How many buckets are kept: many more than a template has keys and methods. Then all are filled anew.
const BUCKETS_MAX: usize = 100_000;

/// The limits of a request to a method, in their order. Without a key that the method demands, no plan limits it.
#[must_use]
pub fn limits(
    request: &RequestContext<'_>,
    resource: &Resource,
    method: &Method,
    opened: Option<&Opened<'_>>,
) -> Vec<Limit> {
    let mut limits = Vec::new();
    let (api, stage) = (request.api, request.stage);
    let throttled = |kind, counted: String, row: &MethodThrottle| {
        let counted = format!("{counted} {} {} {} {}", api.id, stage.name, method.http_method, resource.path);
        Limit { kind, counted, allowed: Allowed::Throttle(row.throttle), place: row.place }
    };
    if let Some(Opened { key, plan, stage }) = opened {
        let client = format!("plan {} key {}", plan.id, key.id);
        if let Some(row) = stage.throttle(resource, method) {
            limits.push(throttled(LimitKind::ClientMethod, client.clone(), row));
        }
        let of_plan = |kind, allowed| Limit { kind, counted: client.clone(), allowed, place: plan.place };
        limits.extend(plan.throttle.map(|throttle| of_plan(LimitKind::Client, Allowed::Throttle(throttle))));
        limits.extend(plan.quota.map(|quota| of_plan(LimitKind::ClientQuota, Allowed::Quota(quota))));
    }
    if let Some(row) = stage.throttle(resource, method) {
        limits.push(throttled(LimitKind::Method, "all".to_owned(), row));
    }
    limits.push(account_limit(&api.region));
    limits
}

/// The limits of a request to a route of an HTTP API, in their order.
#[must_use]
pub fn route_limits(api: &HttpApi, stage: &HttpStage, key: &RouteKey) -> Vec<Limit> {
    let of_route = stage.settings.throttle(key).map(|row| Limit {
        kind: LimitKind::Method,
        counted: format!("all {} {} {}", api.id, stage.name, key.as_str()),
        allowed: Allowed::Throttle(row.throttle),
        place: row.place,
    });
    of_route.into_iter().chain([account_limit(&api.region)]).collect()
}

/// That of the account, which all APIs of a region share.
fn account_limit(region: &str) -> Limit {
    Limit {
        kind: LimitKind::Account,
        counted: format!("account {region}"),
        allowed: Allowed::Throttle(ACCOUNT_THROTTLE),
        place: PlaceId::NONE,
    }
}

impl Counters {
    /// Counts a request that is within all of its limits.
    ///
    /// # Errors
    /// The first limit that it would exceed; then nothing is counted.
    pub fn admit<'l>(&mut self, limits: &'l [Limit], now_milliseconds: u64) -> Result<(), &'l Limit> {
        for limit in limits {
            if !self.has_left(limit, now_milliseconds) {
                return Err(limit);
            }
        }
        for limit in limits {
            match limit.allowed {
                Allowed::Throttle(_) => drop(self.buckets.get_mut(&limit.counted).map(Bucket::take)),
                Allowed::Quota(_) => drop(self.quotas.get_mut(&limit.counted).map(QuotaCount::take)),
            }
        }
        Ok(())
    }

    fn has_left(&mut self, limit: &Limit, now_milliseconds: u64) -> bool {
        match &limit.allowed {
            Allowed::Throttle(throttle) => {
                if let Some(bucket) = self.buckets.get_mut(&limit.counted) {
                    return bucket.has_token(throttle, now_milliseconds);
                }
                if self.buckets.len() >= BUCKETS_MAX {
                    self.buckets.clear();
                }
                let mut bucket = Bucket::full(throttle, now_milliseconds);
                let has_token = bucket.has_token(throttle, now_milliseconds);
                self.buckets.insert(limit.counted.clone(), bucket);
                has_token
            }
            Allowed::Quota(quota) => {
                let new = || QuotaCount::new(quota, now_milliseconds);
                let count = self.quotas.entry(limit.counted.clone()).or_insert_with(new);
                count.has_left(quota, now_milliseconds)
            }
        }
    }
}
