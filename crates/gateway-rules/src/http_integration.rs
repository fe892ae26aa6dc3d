//! Which request an HTTP or HTTP_PROXY integration sends, and what comes back of its answer.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html>;
//! recorded from `test_apigateway_header_remapping_http`.

use bytes::Bytes;
use frontgate_aws::percent_encode;
use frontgate_message::{Headers, Response};

use crate::config::{Integration, ParameterLocation};
use crate::context::{RequestContext, Variables};
use crate::headers::{self, Fate};
use crate::transform::IntegrationRequest;

/// One request to an HTTP backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The header fields, without Host and framing.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
    /// Its certificate may be of any issuer.
    pub skips_verification: bool,
}

/// The request of `HTTP_PROXY`: the client's, with what is mapped on top.
#[must_use]
pub fn proxy_call(integration: &Integration, uri: &str, variables: &Variables<'_>, body: Bytes) -> HttpCall {
    let request = variables.request;
    let mut headers = Headers::new();
    for (name, value) in request.headers {
        if headers::row(name).is_none_or(|row| row.to_http != Fate::Dropped) {
            headers.append(name, value);
        }
    }
    let request_of = IntegrationRequest { body, overrides: crate::mapping::Overrides::default() };
    build(integration, uri, variables, headers, request.query.to_vec(), request_of)
}

/// The request of `HTTP`: only what is mapped.
#[must_use]
pub fn custom_call(
    integration: &Integration,
    uri: &str,
    variables: &Variables<'_>,
    made: IntegrationRequest,
) -> HttpCall {
    let mut headers = Headers::new();
    for name in ["Accept", "Content-Type"] {
        headers.append(name, variables.request.headers.first(name).unwrap_or(b"application/json"));
    }
    build(integration, uri, variables, headers, Vec::new(), made)
}

/// The answer of `HTTP_PROXY`, with some fields remapped.
#[must_use]
pub fn proxy_answer(answer: Response) -> Response {
    let mut headers = Headers::new();
    let shared = answer.shared.as_ref().map(|shared| shared.headers());
    for (name, value) in shared.into_iter().flatten().chain(&answer.headers) {
        let fate = headers::row(name).map_or(Fate::Passed, |row| row.from_http);
        headers::append_remapped(&mut headers, name, value, fate);
    }
    if !headers.contains("Content-Type") {
        headers.append("Content-Type", b"application/json");
    }
    Response { headers, ..Response::new(answer.status).with_body(answer.body) }
}

fn build(
    integration: &Integration,
    uri: &str,
    variables: &Variables<'_>,
    mut headers: Headers,
    mut query: Vec<(String, String)>,
    made: IntegrationRequest,
) -> HttpCall {
    let request = variables.request;
    let mut path: Vec<(String, String)> = Vec::new();
    let mut put = |location: ParameterLocation, name: &str, value: &str| match location {
        ParameterLocation::Header if headers::is_name(name) && headers::is_value(value) => {
            headers.set(name, value.as_bytes());
        }
        ParameterLocation::Header => {}
        ParameterLocation::Path => {
            path.retain(|(key, _)| key != name);
            path.push((name.to_owned(), value.to_owned()));
        }
        ParameterLocation::QueryString => {
            query.retain(|(key, _)| key != name);
            query.push((name.to_owned(), value.to_owned()));
        }
    };
    for parameter in &integration.request_parameters {
        if let Some(value) = parameter.value.evaluate(variables) {
            put(parameter.location, &parameter.name, &value);
        }
    }
    let overrides = &made.overrides;
    for (location, pairs) in [
        (ParameterLocation::Header, &overrides.request_headers),
        (ParameterLocation::Path, &overrides.path),
        (ParameterLocation::QueryString, &overrides.query),
    ] {
        for (name, value) in pairs {
            put(location, name, value);
        }
    }
    if !headers.contains("User-Agent") {
        headers.set("User-Agent", format!("AmazonAPIGateway_{}", request.api.id).as_bytes());
    }
    headers.set("X-Amzn-Apigateway-Api-Id", request.api.id.as_bytes());
    headers.set("X-Amzn-Trace-Id", request.trace_id.as_bytes());
    let method = match &*integration.http_method {
        "ANY" | "" => request.http_method,
        method => method,
    };
    HttpCall {
        method: method.to_owned(),
        url: url(uri, request, &path, &query),
        headers,
        body: made.body,
        skips_verification: integration.skips_verification,
    }
}

/// The URL with its parameters and stage variables filled in, and with the query string.
fn url(
    uri: &str,
    request: &RequestContext<'_>,
    path: &[(String, String)],
    query: &[(String, String)],
) -> String {
    let mut url = uri.to_owned();
    for (name, value) in path {
        url = url.replace(&format!("{{{name}}}"), value);
    }
    for (name, value) in &request.release.variables {
        url = url.replace(&format!("${{stageVariables.{name}}}"), value);
    }
    for (index, (name, value)) in query.iter().enumerate() {
        url.push(if index == 0 && !url.contains('?') { '?' } else { '&' });
        url.push_str(&percent_encode(name.as_bytes(), false));
        url.push('=');
        url.push_str(&percent_encode(value.as_bytes(), false));
    }
    url
}
