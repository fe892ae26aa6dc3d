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

    /// The value of a stage variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }
}
