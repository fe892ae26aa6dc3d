//! A REST API as the gateway reads it: every template compiled, every integration resolved.
//!
//! Authority: the resources of API Gateway's API
//! (<https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html>).

use std::sync::Arc;

use frontgate_explain::PlaceId;

use crate::access_log::AccessLogSetting;
use crate::authorizer::Authorizer;
use crate::content_handling::ContentHandling;
use crate::deployment::{Canary, Release};
use crate::gateway_responses::GatewayResponseType;
use crate::lambda_function::LambdaFunction;
use crate::mapping::Template;
use crate::method_settings::MethodSetting;
use crate::parameters::ValueExpression;
use crate::s3_integration::S3Target;
use crate::selection::SelectionPattern;
use crate::stage_cache::{CacheCluster, CacheKeyParameter};
use crate::substitution::Substitution;
use crate::usage::MethodThrottle;
use crate::validation::RequestValidation;

/// A REST API.
#[derive(Clone, Debug)]
pub struct RestApi {
    /// Its id, such as `a1b2c3d4e5`.
    pub id: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its region.
    pub region: Box<str>,
    /// The account that owns it.
    pub account_id: Box<str>,
    /// Its endpoint type.
    pub endpoint: EndpointType,
    /// `DisableExecuteApiEndpoint`.
    pub execute_api_disabled: bool,
    /// Its stages; what they answer with is in their deployments.
    pub stages: Vec<Stage>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// Where a REST API is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointType {
    /// Through a CloudFront distribution of API Gateway's own.
    Edge,
    /// In its region.
    Regional,
}

/// A stage: a name under which a deployment answers.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name, the first path segment.
    pub name: Box<str>,
    /// What it answers with.
    pub release: Release,
    /// What part of the requests get instead.
    pub canary: Option<Canary>,
    /// Where its access log goes, where it has one.
    pub access_log: Option<AccessLogSetting>,
    /// How fast its methods may be asked.
    pub throttles: Vec<MethodThrottle>,
    /// Its cache cluster, where it has one.
    pub cache: Option<CacheCluster>,
    /// What else it sets for its methods.
    pub method_settings: Vec<MethodSetting>,
    /// The place of `StageName`.
    pub place: PlaceId,
}

/// A resource: a path with its methods.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its id, such as `x1y2z3`.
    pub id: Box<str>,
    /// Its path, such as `/api/{id}` or `/{proxy+}`.
    pub path: Box<str>,
    /// Its methods.
    pub methods: Vec<Method>,
    /// The place of the resource.
    pub place: PlaceId,
}

/// A method of a resource.
#[derive(Clone, Debug)]
pub struct Method {
    /// `GET`, …, or `ANY`.
    pub http_method: Box<str>,
    /// Who may call it.
    pub authorization: Authorization,
    /// A request needs the API key of a usage plan.
    pub api_key_required: bool,
    /// What its request validator demands.
    pub validation: Option<RequestValidation>,
    /// What answers; a method without an integration cannot be deployed.
    pub integration: Integration,
    /// The answers that it declares.
    pub responses: Vec<MethodResponse>,
    /// The place of the method.
    pub place: PlaceId,
}

/// Who may call a method.
#[derive(Clone, Debug)]
pub enum Authorization {
    /// Whom an authorizer lets in.
    Authorizer {
        /// The authorizer.
        authorizer: Arc<Authorizer>,
        /// One of these scopes is asked for, where there are any; of user pools only.
        scopes: Vec<Box<str>>,
    },
    /// Who signs with AWS credentials and is allowed to by IAM's policies.
    Iam,
    /// Everybody.
    None,
}

/// An answer that a method declares.
#[derive(Clone, Debug)]
pub struct MethodResponse {
    /// Its status code.
    pub status_code: u16,
    /// The names of the headers that an integration response may set.
    pub headers: Vec<Box<str>>,
    /// Its place.
    pub place: PlaceId,
}

/// What answers a method.
#[derive(Clone, Debug)]
pub struct Integration {
    /// Which integration.
    pub kind: IntegrationKind,
    /// The method with which the backend is called; must be POST for Lambda.
    pub http_method: Box<str>,
    /// With whose rights an AWS service is called; `None` asks the function's own permissions.
    pub credentials: Option<IntegrationCredentials>,
    /// How the payload of a request is converted.
    pub content_handling: Option<ContentHandling>,
    /// What tells requests apart in the stage cache, besides the method.
    pub cache_key_parameters: Vec<CacheKeyParameter>,
    /// Integrations of one namespace share their answers in the stage cache; else it is the resource's id.
    pub cache_namespace: Option<Box<str>>,
    /// What is set in the integration request: `integration.request.header.X` and so on.
    pub request_parameters: Vec<RequestParameter>,
    /// Mapping templates by content type.
    pub request_templates: Vec<(Box<str>, Template)>,
    /// What happens to a body without a template.
    pub passthrough: PassthroughBehavior,
    /// The integration responses, in their order.
    pub responses: Vec<IntegrationResponse>,
    /// Whether the answer is handed on while it comes.
    pub transfer_mode: ResponseTransferMode,
    /// How long the gateway waits for the backend; of a stream, to its end.
    pub timeout_milliseconds: u32,
    /// `insecureSkipVerification`: the certificate of an HTTP backend may be of any issuer.
    pub skips_verification: bool,
    /// The place of the integration.
    pub place: PlaceId,
}

/// `responseTransferMode`: when the answer of a proxy integration is handed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseTransferMode {
    /// When all of it has come.
    #[default]
    Buffered,
    /// While it comes.
    Stream,
}

/// With whose rights an integration calls an AWS service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntegrationCredentials {
    /// With the caller's own: `arn:aws:iam::*:user/*`.
    Caller,
    /// With those of a role.
    Role {
        /// Its ARN, perhaps with `${stageVariables.x}`.
        arn: Box<str>,
    },
}

/// Which integration answers. `AWS` with other services is refused by name when an API is compiled.
///
/// A VPC link changes nothing here: what it leads to is called directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntegrationKind {
    /// `HTTP`
    Http {
        /// The URL, perhaps with `{parameters}` and `${stageVariables.x}`.
        uri: Box<str>,
    },
    /// `HTTP_PROXY`
    HttpProxy {
        /// The URL, perhaps with `{parameters}` and `${stageVariables.x}`.
        uri: Box<str>,
    },
    /// `AWS` with a function, which gets and gives what the mapping templates make.
    Lambda(LambdaFunction),
    /// `AWS_PROXY` with a function.
    LambdaProxy(LambdaFunction),
    /// `MOCK`
    Mock,
    /// `AWS` with S3.
    S3(S3Target),
}

/// Something to set in the integration request.
#[derive(Clone, Debug)]
pub struct RequestParameter {
    /// Header, query string or path.
    pub location: ParameterLocation,
    /// Its name.
    pub name: Box<str>,
    /// Its value.
    pub value: ValueExpression,
}

/// Where a parameter of a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParameterLocation {
    /// A header field.
    Header,
    /// A segment of the path.
    Path,
    /// A parameter of the query string.
    QueryString,
}

impl ParameterLocation {
    /// As mapping expressions write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Path => "path",
            Self::QueryString => "querystring",
        }
    }
}

/// `passthroughBehavior`: what happens to a body whose content type has no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassthroughBehavior {
    /// It is refused with 415.
    Never,
    /// It passes.
    WhenNoMatch,
    /// It passes only if there is no template at all.
    WhenNoTemplates,
}

/// How an answer of the backend becomes an answer of the method.
#[derive(Clone, Debug)]
pub struct IntegrationResponse {
    /// The status code of the method response.
    pub status_code: u16,
    /// Which answers of the backend are meant; `None` for all others.
    pub selection_pattern: Option<SelectionPattern>,
    /// How the payload of the answer is converted.
    pub content_handling: Option<ContentHandling>,
    /// `method.response.header.X` and its value.
    pub parameters: Vec<ResponseParameter>,
    /// Mapping templates by content type.
    pub templates: Vec<(Box<str>, Template)>,
    /// Its place.
    pub place: PlaceId,
}

/// A header to set in an answer.
#[derive(Clone, Debug)]
pub struct ResponseParameter {
    /// The name of the header.
    pub header: Box<str>,
    /// Its value.
    pub value: ValueExpression,
}

/// A customized gateway response.
#[derive(Clone, Debug)]
pub struct GatewayResponse {
    /// Which one.
    pub kind: GatewayResponseType,
    /// Its status, where it is changed.
    pub status: Option<u16>,
    /// Headers to set.
    pub parameters: Vec<ResponseParameter>,
    /// Templates by content type; empty keeps the default one.
    pub templates: Vec<(Box<str>, Substitution)>,
    /// Its place.
    pub place: PlaceId,
}

/// How long the gateway waits for a backend unless told otherwise.
pub const INTEGRATION_TIMEOUT_MILLISECONDS: u32 = 29_000;

/// "You can stream your response for up to 15 minutes."
pub const STREAM_TIMEOUT_MILLISECONDS_MAX: u32 = 900_000;

/// "Your streams are subject to idle timeouts": that of regional endpoints.
pub const STREAM_IDLE_MILLISECONDS_MAX: u32 = 300_000;

impl RestApi {
    /// The host name under which it answers.
    #[must_use]
    pub fn host(&self) -> String {
        format!("{}.execute-api.{}.amazonaws.com", self.id, self.region)
    }

    /// The stage of that name.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| &*stage.name == name)
    }

    /// The ARN that Lambda permissions name as the source of a call.
    ///
    /// API Gateway forms it with the path of the resource, in which a parameter is `*`
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>).
    #[must_use]
    pub fn source_arn(&self, stage: &Stage, http_method: &str, resource_path: &str) -> String {
        let mut arn = format!(
            "arn:aws:execute-api:{}:{}:{}/{}/{}",
            self.region,
            self.account_id,
            self.id,
            stage.name,
            if http_method == "ANY" { "*" } else { http_method },
        );
        for segment in resource_path.split('/').skip(1) {
            arn.push('/');
            arn.push_str(if segment.starts_with('{') { "*" } else { segment });
        }
        arn
    }
}

impl Stage {
    /// A stage without settings of its own.
    #[must_use]
    pub fn of(name: &str, release: Release) -> Self {
        Self {
            name: name.into(),
            release,
            canary: None,
            access_log: None,
            throttles: Vec::new(),
            cache: None,
            method_settings: Vec::new(),
            place: PlaceId::NONE,
        }
    }
}
