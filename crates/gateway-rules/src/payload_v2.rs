//! The event of payload format 2.0: what a function gets from its URL, and from HTTP APIs.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>; recorded from
//! `test_lambda_url_echo_http_fixture_default`, `test_lambda_url_form_payload` and events behind CloudFront.

use std::borrow::Cow;
use std::net::IpAddr;

use frontgate_aws::{base64_encode, percent_decode};
use frontgate_message::{Headers, Tls};

use crate::event::EventBody;
use crate::json_writer::{write_member, write_name, write_string};
use crate::media;
use crate::mutual_tls::ClientCertificate;
use crate::time;

/// A request that becomes an event of format 2.0.
#[derive(Clone, Copy, Debug)]
pub struct PayloadRequest<'a> {
    /// The account of the caller; `anonymous` where nobody signed for a function URL.
    pub account_id: &'a str,
    /// The id of the URL or of the API.
    pub api_id: &'a str,
    /// `$default`, or a route of an HTTP API.
    pub route_key: &'a str,
    /// `$default`, or a stage of an HTTP API.
    pub stage: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path, raw as sent.
    pub raw_path: &'a str,
    /// The query string, raw as sent, without its `?`.
    pub raw_query: &'a str,
    /// The header fields as the client sent them.
    pub headers: &'a Headers,
    /// The host that was asked.
    pub host: &'a str,
    /// `HTTP/1.1` and so on.
    pub protocol: &'a str,
    /// The address of the caller.
    pub source_ip: IpAddr,
    /// TLS of the connection, which function URLs tell their function.
    pub tls: Option<&'a Tls>,
    /// Who signed, where somebody did.
    pub signer: Option<Signer<'a>>,
    /// `requestContext.authentication.clientCert` of an HTTP API under a custom domain name with mutual TLS.
    pub client: Option<&'a ClientCertificate>,
    /// `requestContext.authorizer` of an HTTP API whose authorizer let somebody in.
    pub authorizer: Option<&'a serde_json::Value>,
    /// The parameters of the path of an HTTP API.
    pub path_parameters: &'a [(String, String)],
    /// The variables of the stage of an HTTP API.
    pub stage_variables: &'a [(Box<str>, Box<str>)],
    /// The id of the request.
    pub request_id: &'a str,
    /// The value of `X-Amzn-Trace-Id`.
    pub trace_id: &'a str,
    /// When the request came.
    pub now_milliseconds: u64,
}

/// Who signed a request: `requestContext.authorizer.iam`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer<'a> {
    /// `accessKey`
    pub access_key: &'a str,
    /// `accountId`
    pub account_id: &'a str,
    /// `callerId`
    pub caller_id: &'a str,
    /// `userArn`
    pub user_arn: &'a str,
    /// `userId`
    pub user_id: &'a str,
}

/// Writes the event of a request; says how the body went in.
#[must_use]
pub fn payload_event(request: &PayloadRequest<'_>, body: &[u8]) -> (Vec<u8>, EventBody) {
    let mut out = Vec::with_capacity(EVENT_LENGTH_USUAL + body.len() + body.len() / 3);
    out.push(b'{');
    write_member(&mut out, "version", "2.0");
    write_member(&mut out, "routeKey", request.route_key);
    write_member(&mut out, "rawPath", request.raw_path);
    write_member(&mut out, "rawQueryString", request.raw_query);
    write_cookies(&mut out, request.headers);
    write_headers(&mut out, request);
    write_query(&mut out, request.raw_query);
    write_request_context(&mut out, request);
    let parameters = request.path_parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    write_map(&mut out, "pathParameters", parameters);
    write_map(&mut out, "stageVariables", request.stage_variables.iter().map(|(n, v)| (&**n, &**v)));
    let how = write_body(&mut out, request.headers, body);
    out.push(b'}');
    (out, how)
}

/// "Format 2.0 includes a new cookies field. All cookie headers in the request are added to it."
fn write_cookies(out: &mut Vec<u8>, headers: &Headers) {
    let values: Vec<_> = headers.all("Cookie").map(String::from_utf8_lossy).collect();
    let cookies = || {
        let cookies = values.iter().flat_map(|value| value.split(';'));
        cookies.map(str::trim).filter(|cookie| !cookie.is_empty())
    };
    if cookies().next().is_none() {
        return;
    }
    write_name(out, "cookies");
    out.push(b'[');
    for (index, cookie) in cookies().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(out, cookie);
    }
    out.push(b']');
}

/// "Header names are lowercased. Duplicate headers are combined with commas."
fn write_headers(out: &mut Vec<u8>, request: &PayloadRequest<'_>) {
    let is_signed = request.signer.is_some();
    let source_ip = request.source_ip.to_canonical().to_string();
    let mut made: Vec<(&str, &[u8])> = vec![
        ("host", request.host.as_bytes()),
        ("x-amzn-trace-id", request.trace_id.as_bytes()),
        ("x-forwarded-port", b"443"),
        ("x-forwarded-proto", b"https"),
    ];
    if !request.headers.contains("X-Forwarded-For") {
        made.push(("x-forwarded-for", source_ip.as_bytes()));
    }
    if let Some(tls) = request.tls {
        made.push(("x-amzn-tls-cipher-suite", tls.cipher.as_bytes()));
        made.push(("x-amzn-tls-version", tls.version.as_bytes()));
    }
    let is_made = |name: &str| made.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let is_told = |name: &str| {
        let is_left_out = LEFT_OUT.iter().any(|left_out| left_out.eq_ignore_ascii_case(name));
        // Lambda reads a signature and hands nothing of it on.
        let is_signature = is_signed && name.eq_ignore_ascii_case("authorization");
        !(is_left_out || is_signature || is_made(name))
    };
    let mut written: Vec<&str> = Vec::new();
    write_name(out, "headers");
    out.push(b'{');
    for (name, _) in request.headers.iter().filter(|(name, _)| is_told(name)) {
        if written.iter().any(|earlier| earlier.eq_ignore_ascii_case(name)) {
            continue;
        }
        written.push(name);
        let values: Vec<_> = request.headers.all(name).map(String::from_utf8_lossy).collect();
        write_member(out, &name.to_ascii_lowercase(), &values.join(","));
    }
    for (name, value) in &made {
        write_member(out, name, &String::from_utf8_lossy(value));
    }
    out.push(b'}');
}

/// "Duplicate query strings are combined with commas." An empty query string leaves the member out.
fn write_query(out: &mut Vec<u8>, raw_query: &str) {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for pair in raw_query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        match parameters.iter_mut().find(|(earlier, _)| *earlier == name) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => parameters.push((name, value)),
        }
    }
    let parameters = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    write_map(out, "queryStringParameters", parameters);
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decode(&text.replace('+', " "))).into_owned()
}

/// An object of strings; an empty one is left out.
fn write_map<'a>(out: &mut Vec<u8>, name: &str, members: impl Iterator<Item = (&'a str, &'a str)>) {
    let mut members = members.peekable();
    if members.peek().is_none() {
        return;
    }
    write_name(out, name);
    out.push(b'{');
    for (name, value) in members {
        write_member(out, name, value);
    }
    out.push(b'}');
}

fn write_request_context(out: &mut Vec<u8>, request: &PayloadRequest<'_>) {
    write_name(out, "requestContext");
    out.push(b'{');
    write_member(out, "accountId", request.account_id);
    write_member(out, "apiId", request.api_id);
    if let Some(signer) = &request.signer {
        write_signer(out, signer);
    }
    if let Some(client) = request.client {
        write_name(out, "authentication");
        let authentication = serde_json::json!({"clientCert": client.json()});
        out.extend_from_slice(authentication.to_string().as_bytes());
    }
    if let Some(authorizer) = request.authorizer {
        write_name(out, "authorizer");
        out.extend_from_slice(authorizer.to_string().as_bytes());
    }
    write_member(out, "domainName", request.host);
    write_member(out, "domainPrefix", request.host.split('.').next().unwrap_or_default());
    write_name(out, "http");
    out.push(b'{');
    write_member(out, "method", request.method);
    write_member(out, "path", request.raw_path);
    write_member(out, "protocol", request.protocol);
    write_member(out, "sourceIp", &request.source_ip.to_canonical().to_string());
    if let Some(agent) = request.headers.first("User-Agent") {
        write_member(out, "userAgent", &String::from_utf8_lossy(agent));
    }
    out.push(b'}');
    write_member(out, "requestId", request.request_id);
    write_member(out, "routeKey", request.route_key);
    write_member(out, "stage", request.stage);
    write_member(out, "time", &time::request_time(request.now_milliseconds));
    write_name(out, "timeEpoch");
    out.extend_from_slice(request.now_milliseconds.to_string().as_bytes());
    out.push(b'}');
}

fn write_signer(out: &mut Vec<u8>, signer: &Signer<'_>) {
    write_name(out, "authorizer");
    out.push(b'{');
    write_name(out, "iam");
    out.push(b'{');
    write_member(out, "accessKey", signer.access_key);
    write_member(out, "accountId", signer.account_id);
    write_member(out, "callerId", signer.caller_id);
    for name in ["cognitoIdentity", "principalOrgId"] {
        write_name(out, name);
        out.extend_from_slice(b"null");
    }
    write_member(out, "userArn", signer.user_arn);
    write_member(out, "userId", signer.user_id);
    out.extend_from_slice(b"}}");
}

/// "If the content type is text/*, application/json, application/javascript or application/xml, the body is text, else
/// base64." Without a body the member is left out.
fn write_body(out: &mut Vec<u8>, headers: &Headers, body: &[u8]) -> EventBody {
    let content_type = headers.first_text("Content-Type").unwrap_or_default();
    let text = if is_text(content_type) { std::str::from_utf8(body).ok() } else { None };
    let how = match text {
        _ if body.is_empty() => EventBody::None,
        Some(text) => {
            write_member(out, "body", text);
            EventBody::Text
        }
        None => {
            write_member(out, "body", &base64_encode(body));
            EventBody::Base64
        }
    };
    write_name(out, "isBase64Encoded");
    out.extend_from_slice(if how == EventBody::Base64 { b"true" } else { b"false" });
    how
}

pub(crate) fn is_text(content_type: &str) -> bool {
    let essence = Cow::from(media::essence(content_type).to_ascii_lowercase());
    essence.starts_with("text/") || TEXT_TYPES.contains(&&*essence)
}

const EVENT_LENGTH_USUAL: usize = 2048;

/// What belongs to the connection, and what has a member of its own.
const LEFT_OUT: [&str; 9] = [
    "Connection",
    "Cookie",
    "Expect",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "TE",
    "Transfer-Encoding",
    "Upgrade",
];

const TEXT_TYPES: [&str; 3] = ["application/json", "application/javascript", "application/xml"];

#[cfg(test)]
mod tests {
    use frontgate_message::{Handshake, Headers, Tls};

    use super::{PayloadRequest, Signer, payload_event};
    use crate::event::EventBody;

    const HOST: &str = "url1234567890123456789012345678a.lambda-url.us-east-1.on.aws";

    fn request<'a>(headers: &'a Headers, query: &'a str) -> PayloadRequest<'a> {
        PayloadRequest {
            account_id: "anonymous",
            api_id: "url1234567890123456789012345678a",
            route_key: "$default",
            stage: "$default",
            method: "POST",
            raw_path: "/my/path",
            raw_query: query,
            headers,
            host: HOST,
            protocol: "HTTP/1.1",
            source_ip: "203.0.113.9".parse().expect("an address"),
            tls: None,
            signer: None,
            client: None,
            authorizer: None,
            path_parameters: &[],
            stage_variables: &[],
            request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
            now_milliseconds: 1_583_348_638_390,
        }
    }

    fn text(request: &PayloadRequest<'_>, body: &[u8]) -> String {
        String::from_utf8(payload_event(request, body).0).expect("UTF-8")
    }

    #[test]
    fn an_anonymous_request() {
        let headers = Headers::from_iter([
            ("Host", "elsewhere"),
            ("User-Agent", "curl/8"),
            ("ExTrA-HeadErs", "a"),
            ("extra-headers", "b"),
            ("Cookie", "cookie1=1; cookie2=2"),
            ("Content-Type", "application/json"),
            ("Connection", "close"),
        ]);
        let found = text(&request(&headers, "p1=v1&p1=v2&p2=a+b%2B"), br#"{"foo": "bar"}"#);
        assert_eq!(
            found,
            r#"{"version":"2.0","routeKey":"$default","rawPath":"/my/path","rawQueryString":"p1=v1&p1=v2&p2=a+b%2B","cookies":["cookie1=1","cookie2=2"],"headers":{"user-agent":"curl/8","extra-headers":"a,b","content-type":"application/json","host":"HOST","x-amzn-trace-id":"Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e","x-forwarded-port":"443","x-forwarded-proto":"https","x-forwarded-for":"203.0.113.9"},"queryStringParameters":{"p1":"v1,v2","p2":"a b+"},"requestContext":{"accountId":"anonymous","apiId":"url1234567890123456789012345678a","domainName":"HOST","domainPrefix":"url1234567890123456789012345678a","http":{"method":"POST","path":"/my/path","protocol":"HTTP/1.1","sourceIp":"203.0.113.9","userAgent":"curl/8"},"requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef","routeKey":"$default","stage":"$default","time":"04/Mar/2020:19:03:58 +0000","timeEpoch":1583348638390},"body":"{\"foo\": \"bar\"}","isBase64Encoded":false}"#
                .replace("HOST", HOST)
        );
    }

    #[test]
    fn a_signed_request_behind_cloudfront() {
        let headers = Headers::from_iter([
            ("Authorization", "AWS4-HMAC-SHA256 …"),
            ("X-Forwarded-For", "198.51.100.4"),
            ("x-amz-date", "20250321T130000Z"),
        ]);
        let signer = Signer {
            access_key: "ASIA",
            account_id: "856369053181",
            caller_id: "AROA:OriginAccessSession",
            user_arn: "arn:aws:sts::856369053181:assumed-role/OriginAccessControlRole/OriginAccessSession",
            user_id: "AROA:OriginAccessSession",
        };
        let tls = Tls {
            server_name: None,
            version: "TLSv1.3",
            cipher: "TLS_AES_128_GCM_SHA256".into(),
            handshake: Handshake::Full,
            client_certificate: None,
            fingerprints: None,
        };
        let request = PayloadRequest { signer: Some(signer), tls: Some(&tls), ..request(&headers, "") };
        let found: serde_json::Value = serde_json::from_str(&text(&request, b"")).expect("JSON");
        assert_eq!(found["headers"].get("authorization"), None);
        assert_eq!(found["headers"]["x-forwarded-for"], "198.51.100.4");
        assert_eq!(found["headers"]["x-amzn-tls-cipher-suite"], "TLS_AES_128_GCM_SHA256");
        assert_eq!(found["requestContext"]["authorizer"]["iam"]["callerId"], "AROA:OriginAccessSession");
        for name in ["cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"] {
            assert_eq!(found.get(name), None, "{name}");
        }
    }

    #[test]
    fn bodies_are_text_by_their_content_type() {
        for (content_type, body, expected) in [
            (Some("text/plain; charset=utf-8"), &b"text"[..], EventBody::Text),
            (Some("Application/JSON"), "{\"a\":\"é\"}".as_bytes(), EventBody::Text),
            (Some("application/xml"), b"<a/>", EventBody::Text),
            (Some("application/x-www-form-urlencoded"), b"a=b", EventBody::Base64),
            (Some("multipart/form-data; boundary=x"), b"--x", EventBody::Base64),
            (Some("text/plain"), b"\xff", EventBody::Base64),
            (None, b"text", EventBody::Base64),
            (Some("application/json"), b"", EventBody::None),
        ] {
            let headers = Headers::from_iter(content_type.map(|value| ("Content-Type", value)));
            assert_eq!(payload_event(&request(&headers, ""), body).1, expected, "{content_type:?}");
        }
    }
}
