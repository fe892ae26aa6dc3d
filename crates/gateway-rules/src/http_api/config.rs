//! An HTTP API as the gateway reads it: every expression compiled, every authorizer resolved.
//!
//! Authority: the resources of API Gateway's second API
//! (<https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html>).

use std::sync::Arc;

use frontgate_explain::PlaceId;

use super::deployment::HttpDeployment;
use super::expression::Expression;
use super::parameters::{RequestChange, ResponseChanges};
use super::routing::RouteKey;
use super::stage_settings::HttpStageSettings;
use crate::config::IntegrationCredentials;
use crate::lambda_function::LambdaFunction;

/// An HTTP API.
#[derive(Clone, Debug)]
pub struct HttpApi {
    /// Its id, such as `a1b2c3d4e5`.
    pub id: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its region.
    pub region: Box<str>,
    /// The account that owns it.
    pub account_id: Box<str>,
    /// Its stages; what they answer with is in their deployments.
    pub stages: Vec<HttpStage>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A stage of an HTTP API.
#[derive(Clone, Debug)]
pub struct HttpStage {
    /// `$default`, which has no segment in the path, or the first segment.
    pub name: Box<str>,
    /// What it answers with; none before the first deployment.
    pub deployment: Option<Arc<HttpDeployment>>,
    /// Its variables.
    pub variables: Vec<(Box<str>, Box<str>)>,
    /// What it sets beside its deployment.
    pub settings: HttpStageSettings,
    /// The place of `StageName`.
    pub place: PlaceId,
}

/// A route.
#[derive(Clone, Debug)]
pub struct HttpRoute {
    /// Which requests it takes.
    pub key: RouteKey,
    /// Who may call it.
    pub authorization: HttpAuthorization,
    /// What answers.
    pub integration: HttpIntegration,
    /// The place of the route.
    pub place: PlaceId,
}

/// Who may call a route.
#[derive(Clone, Debug)]
pub enum HttpAuthorization {
    /// Who signs with AWS credentials and is allowed to by the policies of the identity.
    Iam,
    /// Everybody.
    None,
    /// Who has a token with one of the scopes; no scopes, any token of the issuer for the audience.
    Jwt {
        /// Who says so.
        authorizer: Arc<JwtAuthorizer>,
        /// `AuthorizationScopes`
        scopes: Vec<Box<str>>,
    },
    /// Whom a function lets in.
    Lambda(Arc<LambdaAuthorizer>),
}

/// An authorizer of type `JWT`.
#[derive(Clone, Debug)]
pub struct JwtAuthorizer {
    /// Its name, for people.
    pub name: Box<str>,
    /// Where the token stands.
    pub identity_source: Expression,
    /// `Issuer`
    pub issuer: Box<str>,
    /// `Audience`
    pub audience: Vec<Box<str>>,
    /// The place of the authorizer.
    pub place: PlaceId,
}

/// An authorizer of type `REQUEST`.
#[derive(Clone, Debug)]
pub struct LambdaAuthorizer {
    /// Its id.
    pub id: Box<str>,
    /// Its name, for people.
    pub name: Box<str>,
    /// The function; each stage may name its own.
    pub function: LambdaFunction,
    /// The role with which it is called, instead of a permission of the function.
    pub credentials: Option<IntegrationCredentials>,
    /// The format of its event and of its answer.
    pub payload_format: PayloadFormat,
    /// `EnableSimpleResponses`
    pub simple_responses: bool,
    /// What a request must have, and what its answer is kept for.
    pub identity_sources: Vec<Expression>,
    /// How long an answer is kept; 0 is not at all.
    pub result_ttl_seconds: u32,
    /// The place of the authorizer.
    pub place: PlaceId,
}

/// The format of an event and of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadFormat {
    /// `1.0`, that of REST APIs.
    V1,
    /// `2.0`
    V2,
}

/// What answers a route.
#[derive(Clone, Debug)]
pub struct HttpIntegration {
    /// Whom it calls.
    pub backend: Backend,
    /// How long the gateway waits for it.
    pub timeout_milliseconds: u32,
    /// `RequestParameters`
    pub request_parameters: Vec<RequestChange>,
    /// `ResponseParameters`, by status.
    pub response_parameters: Vec<ResponseChanges>,
    /// The place of the integration.
    pub place: PlaceId,
}

/// Whom an integration calls. Services of AWS, and what VPC links lead to, are refused by name when an API is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// `AWS_PROXY` with a function.
    Function {
        /// The function; each stage may name its own.
        function: LambdaFunction,
        /// The format of its event and of its answer.
        payload_format: PayloadFormat,
        /// `CredentialsArn`; without one a permission of the function lets the API call it.
        credentials: Option<IntegrationCredentials>,
    },
    /// `HTTP_PROXY`
    Http {
        /// The URL, perhaps with `{parameters}` and `${stageVariables.x}`.
        uri: Box<str>,
        /// The method; `ANY` is that of the request.
        method: Box<str>,
    },
}

/// How long the gateway waits for a backend unless told otherwise, and the longest.
pub const HTTP_INTEGRATION_TIMEOUT_MILLISECONDS: u32 = 30_000;

/// The shortest time it can be told to wait.
pub const HTTP_INTEGRATION_TIMEOUT_MILLISECONDS_MIN: u32 = 50;

impl HttpApi {
    /// The host name under which it answers.
    #[must_use]
    pub fn host(&self) -> String {
        format!("{}.execute-api.{}.amazonaws.com", self.id, self.region)
    }

    /// The stage of that name.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&HttpStage> {
        self.stages.iter().find(|stage| &*stage.name == name)
    }

    /// `arn:aws:execute-api:REGION:ACCOUNT:API`
    #[must_use]
    pub fn arn(&self) -> String {
        crate::authorization::api_arn(&self.region, &self.account_id, &self.id)
    }

    /// The ARN that Lambda permissions name as the source of a call of a route: with the route's own path, as templates of
    /// the CDK (`…/*/*/items/{id}`) and of SAM (`…/*/GET/items/*`) both match it.
    #[must_use]
    pub fn source_arn(&self, stage: &HttpStage, key: &RouteKey) -> String {
        let arn = self.arn();
        match key.method_and_path() {
            None => format!("{arn}/{}/$default", stage.name),
            Some((method, path)) => {
                let method = if method == "ANY" { "*" } else { method };
                format!("{arn}/{}/{method}{path}", stage.name)
            }
        }
    }
}

impl HttpStage {
    /// The value of a stage variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// Whether it is the one without a segment in the path.
    #[must_use]
    pub fn is_default(&self) -> bool {
        &*self.name == DEFAULT
    }
}

/// The name of the stage, and of the route, that takes what no other one takes.
pub const DEFAULT: &str = "$default";
