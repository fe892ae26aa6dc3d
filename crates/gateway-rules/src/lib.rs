//! API Gateway's decisions for REST APIs and HTTP APIs: which route, which event, which answer.
//!
//! Nothing here does I/O, reads a clock or draws a random number: time, ids and payloads are handed in.

#![forbid(unsafe_code)]

pub mod access_log;
pub mod authorization;
pub mod authorizer;
pub mod compression;
pub mod config;
pub mod content_handling;
mod context;
mod deployment;
pub mod domain_name;
pub mod event;
pub mod execution_log;
pub mod export;
mod finding;
#[cfg(test)]
mod fixture;
pub mod function_url;
pub mod gateway_responses;
pub mod headers;
pub mod http_api;
pub mod http_integration;
pub mod integration;
mod json_path;
pub mod json_schema;
mod json_writer;
pub mod jwt;
pub mod lambda_api;
pub mod lambda_function;
pub mod mapping;
pub mod media;
pub mod method_settings;
pub mod mock;
pub mod mutual_tls;
pub mod openapi;
mod parameters;
pub mod payload_v2;
pub mod proxy_response;
mod query;
pub mod resource_policy;
pub mod response_v2;
pub mod routing;
pub mod s3_integration;
mod security;
mod selection;
pub mod signature;
pub mod stage_cache;
pub mod stream_head;
mod substitution;
pub mod time;
pub mod transform;
pub mod undeployed;
pub mod url_cors;
pub mod usage;
pub mod validation;

pub use config::{
    Authorization, EndpointType, GatewayResponse, Integration, IntegrationCredentials, IntegrationKind,
    IntegrationResponse, Method, MethodResponse, ParameterLocation, PassthroughBehavior, RequestParameter,
    Resource, ResponseParameter, RestApi, Stage,
};
pub use context::{BackendAnswer, Mapped, RequestContext, Variables};
pub use deployment::{Canary, Deployment, Release, Undeployed, UndeployedMethod};
pub use domain_name::{ApiMapping, Chosen, DomainName, HeaderCondition, MappedApi, RoutingMode, RoutingRule};
pub use finding::{Finding, FindingKind};
pub use function_url::{AuthType, FunctionUrl, InvokeMode, UrlError};
pub use gateway_responses::{GatewayError, GatewayResponseType};
pub use http_integration::HttpCall;
pub use lambda_function::{InvocationType, LambdaFunction};
pub use mapping::Template;
pub use mutual_tls::{ClientCertificate, Distrust, MutualTls, Truststore};
pub use parameters::ValueExpression;
pub use query::parse_query;
pub use routing::{Resources, Route};
pub use selection::SelectionPattern;
pub use substitution::Substitution;
pub use url_cors::UrlCors;
