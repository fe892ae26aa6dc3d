//! What a stage answers with: a deployment, which is an API as it was when it was deployed.
//!
//! "A deployment is a point-in-time snapshot of your API": an edit of the API is invisible until the stage has another
//! deployment. What belongs to the stage (variables, throttles, logs) and to the account (keys, usage plans) is not of it.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html>

use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_iam::AttachedPolicy;
use serde_json::Value;

use crate::config::GatewayResponse;
use crate::openapi::Definition;
use crate::routing::Resources;
use crate::usage::ApiKeySource;

/// A deployment of a REST API: all that was captured of it.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Its id, such as `a1b2c3`.
    pub id: Box<str>,
    /// Media types that are bytes and not text; `*/*` is all of them.
    pub binary_media_types: Vec<Box<str>>,
    /// From which size on answers are compressed.
    pub minimum_compression_size: Option<u32>,
    /// Where it reads API keys.
    pub api_key_source: ApiKeySource,
    /// Its resource tree.
    pub resources: Resources,
    /// Its resource policy.
    pub policy: Option<AttachedPolicy>,
    /// Customized gateway responses.
    pub gateway_responses: Vec<GatewayResponse>,
    /// The document that it was compiled from, for exports.
    pub document: Arc<Value>,
    /// What the API has become since, where it has changed.
    pub undeployed: Option<Undeployed>,
}

/// What the template says of an API by now, and a deployment does not have.
#[derive(Clone, Debug, Default)]
pub struct Undeployed {
    /// The resources of the API as they are now.
    pub resources: Resources,
    /// The methods that are others now, or are no more.
    pub methods: Vec<UndeployedMethod>,
    /// The place of the resource policy, where it is another now.
    pub policy: Option<PlaceId>,
}

/// A method that is another by now, or is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndeployedMethod {
    /// The path of its resource.
    pub path: Box<str>,
    /// `GET`, …, or `ANY`.
    pub http_method: Box<str>,
    /// Where the template says what it is now.
    pub place: PlaceId,
}

/// What answers the requests to a stage: a deployment with variables. A stage with a canary has two of them.
#[derive(Clone, Debug)]
pub struct Release {
    /// The deployment.
    pub deployment: Arc<Deployment>,
    /// The variables of the stage, in a canary release with its overrides.
    pub variables: Vec<(Box<str>, Box<str>)>,
    /// `$context.isCanaryRequest`
    pub is_canary: bool,
}

/// A canary release of a stage: part of the requests, at random, get another deployment.
#[derive(Clone, Debug)]
pub struct Canary {
    /// `PercentTraffic`
    pub percent_traffic: f64,
    /// `UseStageCache`; else what it answers is not cached.
    pub uses_stage_cache: bool,
    /// What answers these requests.
    pub release: Release,
    /// The place of `PercentTraffic`, else of the canary.
    pub place: PlaceId,
}

impl Canary {
    /// Whether it takes the request for which `draw` was drawn, out of all numbers.
    #[must_use]
    pub fn takes(&self, draw: u32) -> bool {
        f64::from(draw) / NUMBERS * 100.0 < self.percent_traffic
    }
}

/// How many numbers can be drawn.
const NUMBERS: f64 = 4_294_967_296.0;

impl Deployment {
    /// A deployment of all that a document defines.
    #[must_use]
    pub fn of(id: &str, definition: Definition) -> Self {
        Self {
            id: id.into(),
            binary_media_types: definition.binary_media_types,
            minimum_compression_size: definition.minimum_compression_size,
            api_key_source: definition.api_key_source,
            resources: Resources::new(definition.resources),
            policy: definition.policy,
            gateway_responses: definition.gateway_responses,
            document: definition.document,
            undeployed: None,
        }
    }
}

impl Undeployed {
    /// Where the template says what the method is now, where it is another.
    #[must_use]
    pub fn method(&self, path: &str, http_method: &str) -> Option<PlaceId> {
        let is_it = |row: &&UndeployedMethod| *row.path == *path && *row.http_method == *http_method;
        self.methods.iter().find(is_it).map(|row| row.place)
    }
}

impl Release {
    /// The production release of a deployment.
    #[must_use]
    pub fn of(deployment: Arc<Deployment>, variables: Vec<(Box<str>, Box<str>)>) -> Self {
        Self { deployment, variables, is_canary: false }
    }

    /// The canary release beside it, with another deployment and the overrides of the variables.
    #[must_use]
    pub fn canary(&self, deployment: Arc<Deployment>, overrides: Vec<(Box<str>, Box<str>)>) -> Self {
        let mut variables = self.variables.clone();
        variables.retain(|(name, _)| !overrides.iter().any(|(other, _)| other == name));
        variables.extend(overrides);
        Self { deployment, variables, is_canary: true }
    }

    /// The log groups that a line for that log group goes to: "a production stage log group as well as a canary-specific" one.
    pub fn log_groups(&self, log_group: &str) -> impl Iterator<Item = String> {
        let own = self.is_canary.then(|| format!("{log_group}/Canary"));
        std::iter::once(log_group.to_owned()).chain(own)
    }

    /// The value of a stage variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use frontgate_explain::PlaceId;

    use super::Canary;
    use crate::fixture;

    fn canary(percent_traffic: f64) -> Canary {
        let release = fixture::api(&fixture::document(&["/x"])).stages.remove(0).release;
        let overrides = vec![("color".into(), "blue".into()), ("new".into(), "1".into())];
        let release = release.canary(Arc::clone(&release.deployment), overrides);
        Canary { percent_traffic, uses_stage_cache: false, release, place: PlaceId::NONE }
    }

    #[test]
    fn a_canary_takes_its_share() {
        for percent in [0.0, 0.5, 10.0, 33.3, 50.0, 99.0, 100.0] {
            let canary = canary(percent);
            // A linear congruential generator of full period over 2^32: every draw is as likely as every other.
            let mut draw: u32 = 7;
            let taken = (0..100_000).filter(|_| {
                draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                canary.takes(draw)
            });
            let share = f64::from(u32::try_from(taken.count()).expect("at most 100,000")) / 1000.0;
            // Four standard deviations of a binomial distribution at the most.
            assert!((share - percent).abs() <= 0.64, "{percent} % but {share} % were taken");
            if !(0.1..=99.9).contains(&percent) {
                assert!((share - percent).abs() < f64::EPSILON, "none and all are exact");
            }
        }
        assert!(canary(100.0).takes(u32::MAX) && !canary(0.0).takes(0));
    }

    #[test]
    fn a_canary_overrides_variables_and_adds_some() {
        let release = canary(1.0).release;
        let pairs: Vec<_> = release.variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(pairs, [("color", "blue"), ("new", "1")]);
        let groups: Vec<String> = release.log_groups("apis/orders").collect();
        assert_eq!(groups, ["apis/orders", "apis/orders/Canary"]);
    }
}
