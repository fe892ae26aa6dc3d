//! The event that a function gets from an `AWS_PROXY` integration: format 1.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format>;
//! recorded from `test_lambda_aws_proxy_integration`.

use std::borrow::Cow;

use frontgate_aws::base64_encode;

use crate::authorization::Caller;
use crate::context::RequestContext;
use crate::headers::{self, Fate};
use crate::json_writer::{write_member, write_name, write_string};
use crate::media;
use crate::time;

/// How the body of a request goes into its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventBody {
    /// `null`: there is none.
    None,
    /// Text.
    Text,
    /// Base64: its content type is a binary media type.
    Base64,
    /// Text with replacement characters: it is no UTF-8 and its content type is no binary media type.
    DamagedText,
}

/// Writes the event of a request; says how the body went in.
#[must_use]
pub fn proxy_event(request: &RequestContext<'_>, body: &[u8]) -> (Vec<u8>, EventBody) {
    let mut out = Vec::with_capacity(EVENT_LENGTH_USUAL + body.len() + body.len() / 3);
    out.push(b'{');
    write_request(&mut out, request, b"null");
    let how = write_body(&mut out, request, body);
    out.push(b'}');
    (out, how)
}

/// Writes the event of an authorizer of type REQUEST: all of a request but its body, and objects where there is nothing.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>
#[must_use]
pub fn authorizer_event(request: &RequestContext<'_>, method_arn: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(EVENT_LENGTH_USUAL);
    out.push(b'{');
    write_member(&mut out, "type", "REQUEST");
    write_member(&mut out, "methodArn", method_arn);
    write_request(&mut out, request, b"{}");
    out.push(b'}');
    out
}

/// Writes the event of an authorizer of type TOKEN.
#[must_use]
pub fn token_event(token: &str, method_arn: &str) -> Vec<u8> {
    let mut out = vec![b'{'];
    write_member(&mut out, "type", "TOKEN");
    write_member(&mut out, "methodArn", method_arn);
    write_member(&mut out, "authorizationToken", token);
    out.push(b'}');
    out
}

/// What events of functions and of authorizers have in common; `nothing` stands for an empty map.
fn write_request(out: &mut Vec<u8>, request: &RequestContext<'_>, nothing: &[u8]) {
    write_member(out, "resource", request.resource.map_or("", |resource| &resource.path));
    write_member(out, "path", &request.path_with_base_path());
    write_member(out, "httpMethod", request.http_method);
    write_headers(out, request);
    write_query(out, request.query, nothing);
    let parameters = request.path_parameters.iter().map(|(n, v)| (&**n, &**v));
    write_map(out, "pathParameters", parameters, nothing);
    let variables = request.release.variables.iter().map(|(n, v)| (&**n, &**v));
    write_map(out, "stageVariables", variables, nothing);
    write_request_context(out, request);
}

/// `headers` with the last value of each name and `multiValueHeaders` with all, sorted without case, each name in
/// the casing in which it was sent first.
fn write_headers(out: &mut Vec<u8>, request: &RequestContext<'_>) {
    let forwarded_for = forwarded_for(request);
    let fields = fields(request, &forwarded_for);
    let groups = || fields.chunk_by(|(a, _), (b, _)| a.eq_ignore_ascii_case(b));
    write_name(out, "headers");
    out.push(b'{');
    for group in groups() {
        let (name, last) = (group[0].0, group[group.len() - 1].1);
        write_member(out, name, &String::from_utf8_lossy(last));
    }
    out.push(b'}');
    write_name(out, "multiValueHeaders");
    out.push(b'{');
    for group in groups() {
        write_list(out, group[0].0, group.iter().map(|(_, value)| String::from_utf8_lossy(value)));
    }
    out.push(b'}');
}

/// The header fields that a backend sees, sorted without case: the client's, and what API Gateway adds.
pub(crate) fn fields<'a>(request: &RequestContext<'a>, forwarded_for: &'a str) -> Vec<(&'a str, &'a [u8])> {
    let mut fields: Vec<(&str, &[u8])> = request
        .headers
        .iter()
        .filter(|(name, _)| headers::row(name).is_none_or(|row| row.to_function != Fate::Dropped))
        .filter(|(name, _)| !GENERATED.iter().any(|generated| generated.eq_ignore_ascii_case(name)))
        .map(|(name, value)| (headers::canonical(name), value))
        .collect();
    fields.push(("Host", request.host.as_bytes()));
    fields.push(("X-Amzn-Trace-Id", request.trace_id.as_bytes()));
    fields.push(("X-Forwarded-For", forwarded_for.as_bytes()));
    fields.push(("X-Forwarded-Port", b"443"));
    fields.push(("X-Forwarded-Proto", b"https"));
    fields.sort_by(|(a, _), (b, _)| lower(a).cmp(lower(b)));
    fields
}

/// The address chain: what the client or the edge says, then the address that called us.
pub(crate) fn forwarded_for(request: &RequestContext<'_>) -> String {
    let mut chain = String::new();
    for value in request.headers.all("X-Forwarded-For") {
        chain.push_str(&String::from_utf8_lossy(value));
        chain.push_str(", ");
    }
    chain.push_str(&request.source_ip.to_string());
    if let Some(edge_ip) = request.edge_ip {
        chain.push_str(", ");
        chain.push_str(&edge_ip.to_string());
    }
    chain
}

fn write_query(out: &mut Vec<u8>, query: &[(String, String)], nothing: &[u8]) {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in query {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let last = names.iter().map(|name| (*name, values(query, name).last().unwrap_or_default()));
    write_map(out, "queryStringParameters", last, nothing);
    write_name(out, "multiValueQueryStringParameters");
    if names.is_empty() {
        return out.extend_from_slice(nothing);
    }
    out.push(b'{');
    for name in &names {
        write_list(out, name, values(query, name).map(Cow::Borrowed));
    }
    out.push(b'}');
}

fn values<'a>(query: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    query.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
}

/// An object of strings; `nothing` where there is none.
fn write_map<'a>(
    out: &mut Vec<u8>,
    name: &str,
    members: impl Iterator<Item = (&'a str, &'a str)>,
    nothing: &[u8],
) {
    write_name(out, name);
    let mut members = members.peekable();
    if members.peek().is_none() {
        return out.extend_from_slice(nothing);
    }
    out.push(b'{');
    for (name, value) in members {
        write_member(out, name, value);
    }
    out.push(b'}');
}

fn write_list<'a>(out: &mut Vec<u8>, name: &str, values: impl Iterator<Item = Cow<'a, str>>) {
    write_name(out, name);
    out.push(b'[');
    for (index, value) in values.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(out, &value);
    }
    out.push(b']');
}

fn write_request_context(out: &mut Vec<u8>, request: &RequestContext<'_>) {
    write_name(out, "requestContext");
    out.push(b'{');
    write_member(out, "resourceId", request.resource.map_or("", |resource| &resource.id));
    if let Some(authorizer) = request.authorizer {
        write_name(out, "authorizer");
        out.extend_from_slice(serde_json::Value::Object(authorizer.members.clone()).to_string().as_bytes());
    }
    write_member(out, "resourcePath", request.resource.map_or("", |resource| &resource.path));
    write_member(out, "httpMethod", request.http_method);
    write_member(out, "extendedRequestId", request.extended_request_id);
    write_member(out, "requestTime", &time::request_time(request.now_milliseconds));
    write_member(out, "path", &request.path_with_stage());
    write_member(out, "accountId", &request.api.account_id);
    write_member(out, "protocol", request.protocol);
    write_member(out, "stage", &request.stage.name);
    write_member(out, "domainPrefix", request.domain_prefix());
    write_name(out, "requestTimeEpoch");
    out.extend_from_slice(request.now_milliseconds.to_string().as_bytes());
    write_member(out, "requestId", request.request_id);
    write_identity(out, request);
    write_member(out, "domainName", request.host);
    write_member(out, "deploymentId", &request.release.deployment.id);
    write_member(out, "apiId", &request.api.id);
    out.push(b'}');
}

fn write_identity(out: &mut Vec<u8>, request: &RequestContext<'_>) {
    write_name(out, "identity");
    out.push(b'{');
    let of_caller = |member: fn(&Caller) -> &String| request.caller.map(|caller| member(caller).as_str());
    write_null(out, "cognitoIdentityPoolId");
    write_optional(out, "accountId", of_caller(|caller| &caller.account_id));
    write_null(out, "cognitoIdentityId");
    write_optional(out, "caller", of_caller(|caller| &caller.caller_id));
    if let Some(key) = request.api_key {
        write_member(out, "apiKey", &key.value);
    }
    write_member(out, "sourceIp", &request.source_ip.to_string());
    write_null(out, "principalOrgId");
    write_optional(out, "accessKey", of_caller(|caller| &caller.access_key));
    write_null(out, "cognitoAuthenticationType");
    write_null(out, "cognitoAuthenticationProvider");
    write_optional(out, "userArn", of_caller(|caller| &caller.user_arn));
    if let Some(key) = request.api_key {
        write_member(out, "apiKeyId", &key.id);
    }
    match request.headers.first("User-Agent") {
        Some(agent) => write_member(out, "userAgent", &String::from_utf8_lossy(agent)),
        None => write_null(out, "userAgent"),
    }
    write_optional(out, "user", of_caller(|caller| &caller.caller_id));
    if let Some(client) = request.mapped.and_then(|mapped| mapped.client) {
        write_name(out, "clientCert");
        out.extend_from_slice(client.json().to_string().as_bytes());
    }
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

fn write_body(out: &mut Vec<u8>, request: &RequestContext<'_>, body: &[u8]) -> EventBody {
    write_name(out, "body");
    let content_type = request.headers.first_text("Content-Type").unwrap_or(DEFAULT_CONTENT_TYPE);
    let how = if body.is_empty() {
        out.extend_from_slice(b"null");
        EventBody::None
    } else if media::is_binary(&request.release.deployment.binary_media_types, content_type) {
        write_string(out, &base64_encode(body));
        EventBody::Base64
    } else {
        match std::str::from_utf8(body) {
            Ok(text) => {
                write_string(out, text);
                EventBody::Text
            }
            // Inferred: a payload without a binary media type is text in UTF-8, and users see their uploads arrive
            // with U+FFFD in the place of bytes that are none.
            Err(_) => {
                write_string(out, &String::from_utf8_lossy(body));
                EventBody::DamagedText
            }
        }
    };
    write_name(out, "isBase64Encoded");
    out.extend_from_slice(if how == EventBody::Base64 { b"true" } else { b"false" });
    how
}

fn lower(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}

const DEFAULT_CONTENT_TYPE: &str = "application/json";
const EVENT_LENGTH_USUAL: usize = 4096;
const GENERATED: [&str; 5] =
    ["Host", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"];

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;
    use serde_json::Value;

    use super::{EventBody, proxy_event};
    use crate::{fixture, parse_query};

    /// The event as recorded, its keys in API Gateway's order.
    const EVENT: &str = r#"{"resource":"/items/{id}","path":"/items/7","httpMethod":"POST","headers":{"Accept":"*/*","Host":"abc1234567.execute-api.us-east-1.amazonaws.com","tEsT-HEADeR":"second","User-Agent":"curl/8","X-Amzn-Trace-Id":"Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e","X-Forwarded-For":"198.51.100.4, 203.0.113.9","X-Forwarded-Port":"443","X-Forwarded-Proto":"https"},"multiValueHeaders":{"Accept":["*/*"],"Host":["abc1234567.execute-api.us-east-1.amazonaws.com"],"tEsT-HEADeR":["aValUE","second"],"User-Agent":["curl/8"],"X-Amzn-Trace-Id":["Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e"],"X-Forwarded-For":["198.51.100.4, 203.0.113.9"],"X-Forwarded-Port":["443"],"X-Forwarded-Proto":["https"]},"queryStringParameters":{"category":"books","price":"10"},"multiValueQueryStringParameters":{"category":["electronics","books"],"price":["10"]},"pathParameters":{"id":"7"},"stageVariables":{"color":"green"},"requestContext":{"resourceId":"RESOURCE","resourcePath":"/items/{id}","httpMethod":"POST","extendedRequestId":"JKJaXmPLvHcESHA=","requestTime":"04/Mar/2020:19:03:58 +0000","path":"/prod/items/7","accountId":"123456789012","protocol":"HTTP/1.1","stage":"prod","domainPrefix":"abc1234567","requestTimeEpoch":1583348638390,"requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef","identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"203.0.113.9","principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"curl/8","user":null},"domainName":"abc1234567.execute-api.us-east-1.amazonaws.com","deploymentId":"d1e2f3","apiId":"abc1234567"},"body":"{\"a\": \"é\"}","isBase64Encoded":false}"#;

    #[test]
    fn the_event_is_written_as_aws_writes_it() {
        let api = fixture::api(&fixture::document(&["/items/{id}"]));
        let headers = Headers::from_iter([
            ("tEsT-HEADeR", "aValUE"),
            ("Host", "ignored:8443"),
            ("user-Agent", "curl/8"),
            ("Accept", "*/*"),
            ("test-header", "second"),
            ("Content-Length", "11"),
            ("Connection", "keep-alive"),
            ("X-Forwarded-For", "198.51.100.4"),
            ("X-Forwarded-Proto", "http"),
        ]);
        let query = parse_query("category=electronics&category=books&price=10");
        let mut request = fixture::request(&api, &headers);
        request.query = &query;
        let parameters = [("id".to_owned(), "7".to_owned())];
        request.path_parameters = &parameters;
        let (event, how) = proxy_event(&request, "{\"a\": \"é\"}".as_bytes());
        let expected = EVENT.replace("RESOURCE", &fixture::deployment(&api).resources.rows()[0].id);
        assert_eq!(String::from_utf8(event).expect("UTF-8"), expected);
        assert_eq!(how, EventBody::Text);
    }

    #[test]
    fn bodies_are_text_unless_their_type_is_binary() {
        let mut document = fixture::document(&["/items/{id}"]);
        document["x-amazon-apigateway-binary-media-types"] = serde_json::json!(["image/png"]);
        let api = fixture::api(&document);
        for (content_type, body, how, expected) in [
            ("text/plain", &b""[..], EventBody::None, Value::Null),
            ("image/png", b"\x89PNG", EventBody::Base64, Value::from("iVBORw==")),
            ("image/gif", b"\x89GIF", EventBody::DamagedText, Value::from("\u{fffd}GIF")),
            ("text/plain", b"a\"b\n", EventBody::Text, Value::from("a\"b\n")),
        ] {
            let headers = Headers::from_iter([("Content-Type", content_type)]);
            let (event, found) = proxy_event(&fixture::request(&api, &headers), body);
            let event: Value = serde_json::from_slice(&event).expect("JSON");
            assert_eq!((found, &event["body"]), (how, &expected), "{content_type}");
            assert_eq!(event["isBase64Encoded"], Value::from(how == EventBody::Base64));
            assert_eq!(event["queryStringParameters"], Value::Null);
            assert_eq!(event["pathParameters"], Value::Null);
        }
    }
}
