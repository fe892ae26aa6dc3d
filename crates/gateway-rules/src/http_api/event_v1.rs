//! The event of payload format 1.0 as HTTP APIs write it: like that of REST APIs, with a version, lower-case names of headers,
//! and what only REST APIs have as `null`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.v1>

use std::borrow::Cow;

use frontgate_aws::base64_encode;
use frontgate_message::Headers;

use super::request::HttpRequest;
use crate::json_writer::{write_member, write_name, write_string};
use crate::payload_v2::is_text;
use crate::query::parse_http_api_query;
use crate::time;

/// Writes the event; `headers` are complete but for those of the connection.
pub fn event_v1(
    request: &HttpRequest<'_>,
    headers: &Headers,
    path: &str,
    raw_query: &str,
    body: &[u8],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(EVENT_LENGTH_USUAL + body.len() + body.len() / 3);
    out.push(b'{');
    write_member(&mut out, "version", "1.0");
    write_member(&mut out, "resource", request.route.key.path());
    write_member(&mut out, "path", path);
    write_member(&mut out, "httpMethod", request.method);
    write_values(&mut out, ["headers", "multiValueHeaders"], &fields(request, headers));
    write_values(
        &mut out,
        ["queryStringParameters", "multiValueQueryStringParameters"],
        &parse_http_api_query(raw_query),
    );
    write_request_context(&mut out, request, path);
    let parameters = request.path_parameters.iter().map(|(name, value)| (&**name, &**value));
    write_map(&mut out, "pathParameters", parameters);
    write_map(&mut out, "stageVariables", request.stage.variables.iter().map(|(n, v)| (&**n, &**v)));
    write_body(&mut out, headers, body);
    out.push(b'}');
    out
}

/// Names in lower case, in the order of the alphabet.
fn fields(request: &HttpRequest<'_>, headers: &Headers) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| !LEFT_OUT.iter().any(|left_out| left_out.eq_ignore_ascii_case(name)))
        .map(|(name, value)| (name.to_ascii_lowercase(), String::from_utf8_lossy(value).into_owned()))
        .collect();
    for (name, value) in [
        ("host", request.host),
        ("x-amzn-trace-id", request.trace_id),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ] {
        fields.push((name.to_owned(), value.to_owned()));
    }
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    fields
}

/// The last value of each name, then all of them; `null` where there is none.
fn write_values(out: &mut Vec<u8>, names: [&str; 2], pairs: &[(String, String)]) {
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in pairs {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    let values = |key: &str| -> Vec<&str> {
        pairs.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
    };
    let last = keys.iter().map(|key| (*key, values(key).last().copied().unwrap_or_default()));
    write_map(out, names[0], last);
    write_name(out, names[1]);
    if keys.is_empty() {
        return out.extend_from_slice(b"null");
    }
    out.push(b'{');
    for key in &keys {
        write_name(out, key);
        out.push(b'[');
        for (index, value) in values(key).into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_string(out, value);
        }
        out.push(b']');
    }
    out.push(b'}');
}

fn write_map<'a>(out: &mut Vec<u8>, name: &str, members: impl Iterator<Item = (&'a str, &'a str)>) {
    write_name(out, name);
    let mut members = members.peekable();
    if members.peek().is_none() {
        return out.extend_from_slice(b"null");
    }
    out.push(b'{');
    for (name, value) in members {
        write_member(out, name, value);
    }
    out.push(b'}');
}

fn write_request_context(out: &mut Vec<u8>, request: &HttpRequest<'_>, path: &str) {
    write_name(out, "requestContext");
    out.push(b'{');
    write_member(out, "accountId", &request.api.account_id);
    write_member(out, "apiId", &request.api.id);
    if let Some(authorizer) = request.authorized.and_then(super::Authorized::for_v1) {
        write_name(out, "authorizer");
        out.extend_from_slice(authorizer.to_string().as_bytes());
    }
    write_member(out, "domainName", request.host);
    write_member(out, "domainPrefix", request.domain_prefix());
    write_member(out, "extendedRequestId", request.request_id);
    write_member(out, "httpMethod", request.method);
    write_name(out, "identity");
    out.push(b'{');
    let signer = request.authorized.and_then(super::Authorized::signer);
    write_optional(out, "accessKey", signer.map(|signer| &*signer.access_key));
    write_optional(out, "accountId", signer.map(|signer| &*signer.account_id));
    write_optional(out, "caller", signer.map(|signer| &*signer.caller_id));
    if let Some(client) = request.client {
        write_name(out, "clientCert");
        out.extend_from_slice(client.json().to_string().as_bytes());
    }
    for name in NULLS_OF_IDENTITY {
        write_null(out, name);
    }
    write_member(out, "sourceIp", &request.source_ip_text());
    write_optional(out, "user", signer.map(|signer| &*signer.caller_id));
    let agent = request.headers.first("User-Agent").map_or(Cow::Borrowed(""), String::from_utf8_lossy);
    write_member(out, "userAgent", &agent);
    write_optional(out, "userArn", signer.map(|signer| &*signer.user_arn));
    out.push(b'}');
    write_member(out, "path", path);
    write_member(out, "protocol", request.protocol);
    write_member(out, "requestId", request.request_id);
    write_member(out, "requestTime", &time::request_time(request.now_milliseconds));
    write_name(out, "requestTimeEpoch");
    out.extend_from_slice(request.now_milliseconds.to_string().as_bytes());
    write_null(out, "resourceId");
    write_member(out, "resourcePath", request.route.key.path());
    write_member(out, "stage", &request.stage.name);
    out.push(b'}');
}

fn write_optional(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    match value {
        Some(value) => write_member(out, name, value),
        None => write_null(out, name),
    }
}

fn write_null(out: &mut Vec<u8>, name: &str) {
    write_name(out, name);
    out.extend_from_slice(b"null");
}

fn write_body(out: &mut Vec<u8>, headers: &Headers, body: &[u8]) {
    let content_type = headers.first_text("Content-Type").unwrap_or_default();
    let text = if is_text(content_type) { std::str::from_utf8(body).ok() } else { None };
    write_name(out, "body");
    match text {
        _ if body.is_empty() => out.extend_from_slice(b"null"),
        Some(text) => write_string(out, text),
        None => write_string(out, &base64_encode(body)),
    }
    let is_base64 = !body.is_empty() && text.is_none();
    write_name(out, "isBase64Encoded");
    out.extend_from_slice(if is_base64 { b"true" } else { b"false" });
}

const EVENT_LENGTH_USUAL: usize = 4096;

const NULLS_OF_IDENTITY: [&str; 5] = [
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
];

/// What belongs to the connection, and what is written anew.
const LEFT_OUT: [&str; 12] = [
    "Connection",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "TE",
    "Transfer-Encoding",
    "Upgrade",
    "X-Amzn-Trace-Id",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
];
