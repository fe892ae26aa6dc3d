//! Which request an `HTTP_PROXY` integration of an HTTP API sends, and what comes back of its answer.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html>; that the client's
//! `X-Forwarded-*` become one `Forwarded` is documented among the known issues.

use bytes::Bytes;
use frontgate_aws::percent_encode;
use frontgate_message::{Headers, Response};

use super::parameters::Outgoing;
use super::request::{HttpRequest, joined};
use crate::HttpCall;

/// The request.
#[must_use]
pub fn proxy_call(
    request: &HttpRequest<'_>,
    uri: &str,
    method: &str,
    outgoing: Outgoing,
    body: Bytes,
) -> HttpCall {
    let url = url(request, uri, &outgoing);
    let mut headers = outgoing.headers;
    let forwarded = forwarded(request, &headers);
    headers.retain(|name, _| !LEFT_OUT.iter().any(|left_out| left_out.eq_ignore_ascii_case(name)));
    headers.set("Forwarded", forwarded.as_bytes());
    headers.set("Via", b"HTTP/1.1 AmazonAPIGateway");
    headers.set("X-Amzn-Trace-Id", request.trace_id.as_bytes());
    let method = if matches!(method, "ANY" | "") { request.method } else { method };
    HttpCall { method: method.to_owned(), url, headers, body, skips_verification: false }
}

/// The answer, without what belongs to the connection.
#[must_use]
pub fn proxy_answer(answer: Response) -> Response {
    let mut headers = Headers::new();
    let shared = answer.shared.as_ref().map(|shared| shared.headers());
    for (name, value) in shared.into_iter().flatten().chain(&answer.headers) {
        if !CONNECTION.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            headers.append(name, value);
        }
    }
    Response { headers, ..Response::new(answer.status).with_body(answer.body) }
}

fn forwarded(request: &HttpRequest<'_>, headers: &Headers) -> String {
    let mut text = joined(headers, "Forwarded").map_or_else(String::new, |earlier| format!("{earlier},"));
    for address in joined(headers, "X-Forwarded-For").iter().flat_map(|chain| chain.split(',')) {
        text.push_str(&format!("for={};", node(address.trim())));
    }
    let source = node(&request.source_ip_text());
    text.push_str(&format!("for={source};host={};proto=https", request.host));
    text
}

/// RFC 7239: an address of IPv6 stands in brackets and quotes.
fn node(address: &str) -> String {
    if address.contains(':') { format!("\"[{address}]\"") } else { address.to_owned() }
}

/// The URI with its parameters and stage variables filled in. `$default` has no parameters: it "sends the full request path
/// to the integration".
fn url(request: &HttpRequest<'_>, uri: &str, outgoing: &Outgoing) -> String {
    let mut url = uri.to_owned();
    for (name, value) in request.path_parameters {
        url = url.replace(&format!("{{{name}}}"), &percent_encode(value.as_bytes(), true));
    }
    for (name, value) in &request.stage.variables {
        url = url.replace(&format!("${{stageVariables.{name}}}"), value);
    }
    let (base, own_query) = match url.split_once('?') {
        Some((base, query)) => (base.to_owned(), query.to_owned()),
        None => (url, String::new()),
    };
    let authority_end = base.find("://").map_or(0, |at| at + 3);
    let path_start = base[authority_end..].find('/').map_or(base.len(), |at| authority_end + at);
    let mut url = if let Some(path) = &outgoing.path {
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("{}{slash}{}", &base[..path_start], percent_encode(path.as_bytes(), true))
    } else if request.route.key.method_and_path().is_none() {
        format!("{}{}", base.trim_end_matches('/'), percent_encode(request.path.as_bytes(), true))
    } else {
        base
    };
    for query in [own_query, outgoing.raw_query.clone()].iter().filter(|query| !query.is_empty()) {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(query);
    }
    url
}

const CONNECTION: [&str; 9] = [
    "Connection",
    "Content-Length",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

const LEFT_OUT: [&str; 14] = [
    "Connection",
    "Content-Length",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
];
