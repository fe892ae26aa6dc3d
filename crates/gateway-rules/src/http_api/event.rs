//! The event that a function of an HTTP API gets, in either format.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>; what stands in
//! the header fields was seen in events of public issues and of AWS's own samples.

use std::borrow::Cow;

use frontgate_message::Headers;

use super::config::PayloadFormat;
use super::event_v1::event_v1;
use super::parameters::Outgoing;
use super::request::HttpRequest;
use crate::payload_v2::{PayloadRequest, payload_event};

/// Writes the event of a request as its parameters left it.
#[must_use]
pub fn function_event(
    request: &HttpRequest<'_>,
    outgoing: &Outgoing,
    body: &[u8],
    format: PayloadFormat,
) -> Vec<u8> {
    let headers = with_made(request, &outgoing.headers, body);
    let path = match &outgoing.path {
        Some(path) => Cow::Borrowed(path.as_str()),
        None => request.path_with_stage(),
    };
    match format {
        PayloadFormat::V1 => {
            // The newer format leaves out what a custom domain name took off the path.
            let path = match request.base_path {
                "" => path,
                base_path => Cow::Owned(format!("/{base_path}{path}")),
            };
            event_v1(request, &headers, &path, &outgoing.raw_query, body)
        }
        PayloadFormat::V2 => event_v2(request, &headers, &path, &outgoing.raw_query, body),
    }
}

fn event_v2(
    request: &HttpRequest<'_>,
    headers: &Headers,
    path: &str,
    raw_query: &str,
    body: &[u8],
) -> Vec<u8> {
    let authorizer = request.authorized.map(super::Authorized::for_v2);
    let payload = PayloadRequest {
        account_id: &request.api.account_id,
        api_id: &request.api.id,
        route_key: request.route.key.as_str(),
        stage: &request.stage.name,
        method: request.method,
        raw_path: path,
        raw_query,
        headers,
        host: request.host,
        protocol: request.protocol,
        source_ip: request.source_ip,
        tls: None,
        signer: None,
        client: request.client,
        authorizer: authorizer.as_ref(),
        path_parameters: request.path_parameters,
        stage_variables: &request.stage.variables,
        request_id: request.request_id,
        trace_id: request.trace_id,
        now_milliseconds: request.now_milliseconds,
    };
    payload_event(&payload, body).0
}

/// The header fields with what API Gateway makes of them: the chain of addresses, the length, a type for every payload.
fn with_made(request: &HttpRequest<'_>, sent: &Headers, body: &[u8]) -> Headers {
    let mut headers = sent.clone();
    let source = request.source_ip_text();
    let chain = match super::request::joined(sent, "X-Forwarded-For") {
        Some(earlier) => format!("{earlier}, {source}"),
        None => source,
    };
    headers.set("X-Forwarded-For", chain.as_bytes());
    headers.set("Content-Length", body.len().to_string().as_bytes());
    if !body.is_empty() && !headers.contains("Content-Type") {
        headers.set("Content-Type", super::response::DEFAULT_CONTENT_TYPE.as_bytes());
    }
    headers
}
