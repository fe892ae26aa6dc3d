//! API keys and usage plans: which key opens a method, and how many requests a client, a method and an account may make.
//!
//! Authority: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html> and
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>.

mod bucket;
mod counters;
mod quota;
#[cfg(test)]
mod tests;

use frontgate_explain::PlaceId;

use crate::config::{Method, Resource, Stage};
use crate::context::RequestContext;

pub use bucket::Bucket;
pub use counters::{Counters, Limit, LimitKind, limits, route_limits};
pub use quota::{Period, Quota, QuotaCount};

/// The API keys and usage plans of the account.
#[derive(Clone, Debug, Default)]
pub struct UsagePlans {
    /// API keys.
    pub keys: Vec<ApiKey>,
    /// Usage plans.
    pub plans: Vec<UsagePlan>,
}

/// An API key.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id, such as `a1b2c3d4e5`.
    pub id: Box<str>,
    /// What a client sends.
    pub value: Box<str>,
    /// It can be used.
    pub enabled: bool,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A usage plan.
#[derive(Clone, Debug)]
pub struct UsagePlan {
    /// Its id.
    pub id: Box<str>,
    /// How fast each of its keys may ask.
    pub throttle: Option<Throttle>,
    /// How often each of its keys may ask in a period.
    pub quota: Option<Quota>,
    /// The stages that it opens.
    pub stages: Vec<PlanStage>,
    /// The ids of its keys.
    pub key_ids: Vec<Box<str>>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A stage that a usage plan opens.
#[derive(Clone, Debug)]
pub struct PlanStage {
    /// The id of the API.
    pub api_id: Box<str>,
    /// The name of the stage.
    pub stage: Box<str>,
    /// How fast each key may ask single methods.
    pub methods: Vec<MethodThrottle>,
}

/// How fast a method may be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodThrottle {
    /// The path of the resource; `/*` is each.
    pub path: Box<str>,
    /// The method; `*` is each.
    pub http_method: Box<str>,
    /// How fast.
    pub throttle: Throttle,
    /// The place of the setting.
    pub place: PlaceId,
}

/// A token bucket: what it holds, and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// `RateLimit`: tokens that are added in a second.
    pub rate_per_second: f64,
    /// `BurstLimit`: how many tokens there are at most.
    pub burst: u32,
}

/// Where a REST API reads API keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiKeySource {
    /// From the answer of a Lambda authorizer: `usageIdentifierKey`.
    Authorizer,
    /// From the header `x-api-key`.
    #[default]
    Header,
}

/// What a key opens a method by.
#[derive(Clone, Copy, Debug)]
pub struct Opened<'a> {
    /// The key.
    pub key: &'a ApiKey,
    /// Its plan for the stage.
    pub plan: &'a UsagePlan,
    /// The stage as the plan has it.
    pub stage: &'a PlanStage,
}

/// Why a key does not open a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// The key is not enabled; its place.
    Disabled(PlaceId),
    /// There is none.
    Missing,
    /// No usage plan has both the key and the stage; the place of the key.
    NotInPlan(PlaceId),
    /// It is nobody's.
    Unknown,
}

/// What the account may do in a region; all REST, HTTP and WebSocket APIs share it.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
pub const ACCOUNT_THROTTLE: Throttle = Throttle { rate_per_second: 10_000.0, burst: 5_000 };
/// The header that carries an API key.
pub const API_KEY_HEADER: &str = "x-api-key";

impl UsagePlans {
    /// The key of a request and the plan in which it opens the stage.
    ///
    /// # Errors
    /// Why it opens nothing.
    pub fn open(&self, request: &RequestContext<'_>) -> Result<Opened<'_>, KeyRefusal> {
        let value = match request.release.deployment.api_key_source {
            ApiKeySource::Header => request.headers.first_text(API_KEY_HEADER),
            ApiKeySource::Authorizer => {
                request.authorizer.and_then(|known| known.usage_identifier_key.as_deref())
            }
        };
        let value = value.filter(|value| !value.is_empty()).ok_or(KeyRefusal::Missing)?;
        let key = self.keys.iter().find(|key| *key.value == *value).ok_or(KeyRefusal::Unknown)?;
        if !key.enabled {
            return Err(KeyRefusal::Disabled(key.place));
        }
        let of_stage =
            |plan: &'_ PlanStage| *plan.api_id == *request.api.id && *plan.stage == *request.stage.name;
        self.plans
            .iter()
            .filter(|plan| plan.key_ids.contains(&key.id))
            .find_map(|plan| {
                let stage = plan.stages.iter().find(|stage| of_stage(stage))?;
                Some(Opened { key, plan, stage })
            })
            .ok_or(KeyRefusal::NotInPlan(key.place))
    }
}

impl PlanStage {
    /// How fast a key may ask the method.
    #[must_use]
    pub fn throttle(&self, resource: &Resource, method: &Method) -> Option<&MethodThrottle> {
        closest(&self.methods, resource, method)
    }
}

impl Stage {
    /// How fast the method may be asked by all together.
    #[must_use]
    pub fn throttle(&self, resource: &Resource, method: &Method) -> Option<&MethodThrottle> {
        closest(&self.throttles, resource, method)
    }
}

/// The setting of the method itself, else the one for all methods of the stage.
fn closest<'t>(
    rows: &'t [MethodThrottle],
    resource: &Resource,
    method: &Method,
) -> Option<&'t MethodThrottle> {
    let is = |written: &str, actual: &str, all: &str| written == actual || written == all;
    let matching = rows
        .iter()
        .filter(|row| is(&row.path, &resource.path, "/*") && is(&row.http_method, &method.http_method, "*"));
    matching.min_by_key(|row| (&*row.path == "/*", &*row.http_method == "*"))
}
