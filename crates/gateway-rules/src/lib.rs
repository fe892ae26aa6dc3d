//! API Gateway's decisions for REST APIs: which resource and method, which event, which answer.
//!
//! Nothing here does I/O, reads a clock or draws a random number: time, ids and payloads are handed in.

#![forbid(unsafe_code)]

pub mod config;
mod context;
mod finding;
pub mod gateway_responses;
mod json_path;
pub mod mapping;
mod parameters;
pub mod routing;
mod selection;
pub mod time;

pub use config::{
    Authorization, EndpointType, GatewayResponse, Integration, IntegrationKind, IntegrationResponse, Method,
    MethodResponse, ParameterLocation, PassthroughBehavior, RequestParameter, Resource, ResponseParameter,
    RestApi, Stage,
};
pub use context::{BackendAnswer, RequestContext, Variables};
pub use finding::{Finding, FindingKind};
pub use gateway_responses::{GatewayError, GatewayResponseType};
pub use mapping::Template;
pub use parameters::ValueExpression;
pub use routing::{Resources, Route};
pub use selection::SelectionPattern;
