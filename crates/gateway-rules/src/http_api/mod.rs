//! HTTP APIs (API Gateway v2): which stage and route, who may call it, which event or request, which answer.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html>

pub mod access_log;
pub mod authorizer;
mod config;
pub mod cors;
mod deployment;
pub mod errors;
pub mod event;
mod event_v1;
pub mod expression;
mod integration;
pub mod openapi;
pub mod parameters;
pub mod proxy;
mod request;
pub mod response;
pub mod routing;
mod security;
mod stage_settings;
#[cfg(test)]
mod tests;

pub use authorizer::Authorized;
pub use config::{
    Backend, HttpApi, HttpAuthorization, HttpIntegration, HttpRoute, HttpStage, JwtAuthorizer,
    LambdaAuthorizer, PayloadFormat,
};
pub use cors::HttpCors;
pub use deployment::{HttpDeployment, UndeployedRoutes};
pub use errors::HttpError;
pub use expression::Expression;
pub use request::{Arrived, HttpRequest};
pub use routing::{HttpRoutes, RouteKey};
pub use stage_settings::{HttpStageSettings, RouteThrottle};
