//! API Gateway as an engine: one request of a REST API, an HTTP API or a function URL from its Host to its answer.
//!
//! The decisions are in `frontgate-gateway-rules`; this crate calls functions and HTTP backends through two seams
//! and waits for them.

#![forbid(unsafe_code)]

mod access_log;
mod acting;
mod answer;
mod authorize;
mod authorizer_answers;
mod call;
mod compression;
mod entrance;
mod execution_log;
mod function_url;
mod http_api;
mod integrations;
mod lambda_api;
mod request_keys;
mod seams;
mod serve;
mod signature;
mod stage_cache;
mod streamed;
#[cfg(test)]
mod tests;
mod usage;
mod validate;

pub use authorizer_answers::AuthorizerAnswers;
pub use call::{Call, Permission, ThroughDomain};
pub use frontgate_gateway_rules::{
    AuthType, Chosen, ClientCertificate, Distrust, DomainName, EndpointType, FunctionUrl, HttpCall,
    InvocationType, MappedApi, Truststore,
};
pub use function_url::{UrlCall, UrlCaller, UrlPermission, UrlSigner, serve_function_url};
pub use http_api::{HttpApiCall, HttpAuthorizers, IssuerKeys, serve_http_api};
pub use lambda_api::{
    ApiInvocation, ApiInvoked, ApiStream, InvocationFailure, Invocations, InvokePermission, LambdaApiCall,
    LambdaApiCaller, invoke_complete, payload_chunks, serve_lambda_api,
};
pub use request_keys::{KeyedRequest, borrowed};
pub use seams::{
    FunctionCall, FunctionOutcome, Functions, HttpFailure, HttpIntegrations, ObjectCall, ObjectStorage,
    StreamOutcome,
};
pub use serve::{PAYLOAD_LENGTH_MAX, serve};
pub use stage_cache::StageCaches;
pub use usage::Usage;
