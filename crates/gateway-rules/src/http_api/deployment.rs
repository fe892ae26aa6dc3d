//! What a stage of an HTTP API answers with: a deployment, which is the API as it was when it was deployed. A stage with
//! `AutoDeploy` has a new one with each change of the API.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html>

use std::sync::Arc;

use frontgate_explain::PlaceId;
use serde_json::Value;

use super::cors::HttpCors;
use super::openapi::HttpDefinition;
use super::routing::{HttpRoutes, RouteKey};

/// A deployment of an HTTP API: all that was captured of it.
#[derive(Clone, Debug)]
pub struct HttpDeployment {
    /// Its id, such as `a1b2c3`.
    pub id: Box<str>,
    /// `DisableExecuteApiEndpoint`: "you must deploy your API for the update to take effect, unless automatic deployments
    /// are enabled" (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html>).
    pub execute_api_disabled: bool,
    /// `CorsConfiguration`
    pub cors: Option<HttpCors>,
    /// Its routes.
    pub routes: HttpRoutes,
    /// The document that it was compiled from, for exports.
    pub document: Arc<Value>,
    /// What the API has become since, where it has changed.
    pub undeployed: Option<UndeployedRoutes>,
}

/// What the template says of an HTTP API by now, and a deployment does not have.
#[derive(Clone, Debug, Default)]
pub struct UndeployedRoutes {
    /// The routes of the API as they are now.
    pub routes: HttpRoutes,
    /// The keys of the routes that are others now, or are no more, and where the template says what they are now.
    pub changed: Vec<(Box<str>, PlaceId)>,
}

impl HttpDeployment {
    /// A deployment of all that a document defines.
    #[must_use]
    pub fn of(id: &str, definition: HttpDefinition) -> Self {
        Self {
            id: id.into(),
            execute_api_disabled: definition.execute_api_disabled,
            cors: definition.cors,
            routes: HttpRoutes::new(definition.routes),
            document: definition.document,
            undeployed: None,
        }
    }
}

impl UndeployedRoutes {
    /// Where the template says what the route is now, where it is another.
    #[must_use]
    pub fn changed(&self, key: &RouteKey) -> Option<PlaceId> {
        self.changed.iter().find(|(changed, _)| **changed == *key.as_str()).map(|(_, place)| *place)
    }
}
