//! Requests against one function URL, from the Host to the answer, with a function that answers in memory.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use frontgate_aws::{base64_encode, sha256};
use frontgate_explain::FactKind::{
    FunctionUrlAllowed, FunctionUrlAnswered, FunctionUrlCors, FunctionUrlForbidden,
    FunctionUrlFunctionFailed, FunctionUrlHttpRefused, FunctionUrlInvokeForbidden,
    FunctionUrlMalformedResponse, FunctionUrlPayloadUnsigned, FunctionUrlPreflight,
    FunctionUrlSignatureUnreadable, FunctionUrlUnknown, FunctionUrlUnsigned,
};
use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_gateway_rules::function_url::payload_hash;
use frontgate_gateway_rules::{AuthType, FunctionUrl, InvokeMode, UrlCors};
use frontgate_iam::Identities;
use frontgate_message::{Body, Connection, Headers, Method, RequestHead, Response, Target, Version};
use serde_json::Value;

use super::{UrlCall, UrlCaller, UrlPermission, serve_function_url};
use crate::{FunctionCall, FunctionOutcome, Functions};

struct Fake {
    outcome: FunctionOutcome,
    event: RefCell<Option<Value>>,
}

impl Functions for Fake {
    async fn invoke(&self, call: FunctionCall<'_>, _: &mut Trace) -> FunctionOutcome {
        *self.event.borrow_mut() = serde_json::from_slice(&call.event).ok();
        self.outcome.clone()
    }
}

/// One request.
#[derive(Clone)]
struct Row<'a> {
    method: Method,
    headers: &'a [(&'a str, &'a str)],
    body: &'static [u8],
    known: bool,
    secure: bool,
    auth_type: AuthType,
    caller: UrlCaller<'a>,
    permission: UrlPermission,
    outcome: FunctionOutcome,
}

/// What came of it.
struct Answer {
    response: Response,
    body: String,
    facts: Vec<FactKind>,
    event: Option<Value>,
}

const OK: FunctionOutcome =
    FunctionOutcome::Payload(Bytes::from_static(br#"{"statusCode":200,"body":"hello"}"#));
const DISTRIBUTION: &str = "arn:aws:cloudfront::123456789012:distribution/E1";
const ALLOWED: UrlPermission = UrlPermission::Allowed(PlaceId::NONE);

fn get() -> Row<'static> {
    Row {
        method: Method::Get,
        headers: &[],
        body: b"",
        known: true,
        secure: true,
        auth_type: AuthType::None,
        caller: UrlCaller::Anonymous,
        permission: ALLOWED,
        outcome: OK,
    }
}

fn cloudfront(payload_hash: Option<&[u8]>) -> UrlCaller<'_> {
    UrlCaller::CloudFront { distribution_arn: DISTRIBUTION, account_id: "123456789012", payload_hash }
}

fn ask(row: &Row<'_>) -> Answer {
    let cors = UrlCors { allow_origins: vec!["*".into()], ..UrlCors::default() };
    let url = FunctionUrl {
        invoke_mode: InvokeMode::Buffered,
        id: "abc".into(),
        region: "us-east-1".into(),
        function_name: "f".into(),
        function_arn: "arn:aws:lambda:us-east-1:123456789012:function:f".into(),
        auth_type: row.auth_type,
        cors: Some(cors),
        cors_place: PlaceId::NONE,
        place: PlaceId::NONE,
    };
    let peer: SocketAddr = "203.0.113.9:50000".parse().expect("an address");
    let head = RequestHead {
        method: row.method.clone(),
        target: Target::new("/a/b?c=1"),
        version: Version::Http11,
        host: "abc.lambda-url.us-east-1.on.aws".into(),
        headers: Headers::from_iter(row.headers.iter().copied()),
        connection: Arc::new(Connection::new(peer, peer, None)),
        for_error_of: None,
    };
    let permission = |_: &FunctionUrl, _: UrlCaller<'_>| row.permission;
    let identities = Identities::default();
    let call = UrlCall {
        identities: &identities,
        url: row.known.then_some(&url),
        head: &head,
        source_ip: peer.ip(),
        secure: row.secure,
        caller: row.caller,
        now_milliseconds: 1_583_348_638_390,
        request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        permission: &permission,
    };
    let functions = Fake { outcome: row.outcome.clone(), event: RefCell::new(None) };
    let mut trace = Trace::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let body = Body::from(Bytes::from_static(row.body));
        let mut response = serve_function_url(call, body, &functions, &mut trace).await;
        let sent = std::mem::replace(&mut response.body, Body::Empty);
        let body = sent.collect(1 << 20).await.expect("the whole body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        let facts = trace.facts().iter().map(|fact| fact.kind).collect();
        Answer { response, body, facts, event: functions.event.into_inner() }
    })
}

#[test]
fn answers() {
    const FORBIDDEN: &str = r#"{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}"#;
    let preflight: &[(&str, &str)] = &[("Origin", "https://a"), ("Access-Control-Request-Method", "GET")];
    let signed: &[(&str, &str)] = &[("Authorization", "Bearer abc")];
    let unreadable = format!(
        "{{\"message\":\"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and \
         encoded with Base64): '{}'.\"}}",
        base64_encode(&sha256(b"Bearer abc"))
    );
    let missing = UrlPermission::Missing(PlaceId::NONE);
    let half = UrlPermission::InvokeFunctionMissing(PlaceId::NONE);
    let payload = |text: &'static str| FunctionOutcome::Payload(Bytes::from_static(text.as_bytes()));
    let failed = FunctionOutcome::FunctionError(Bytes::from_static(b"{}"));
    for (name, row, status, body, fact) in [
        ("the function", get(), 200, "hello", FunctionUrlAnswered),
        ("inferred", Row { outcome: payload("[1]"), ..get() }, 200, "[1]", FunctionUrlAnswered),
        ("unknown", Row { known: false, ..get() }, 403, r#"{"Message":null}"#, FunctionUrlUnknown),
        ("http", Row { secure: false, ..get() }, 403, FORBIDDEN, FunctionUrlHttpRefused),
        ("no permission", Row { permission: missing, ..get() }, 403, FORBIDDEN, FunctionUrlForbidden),
        ("half a permission", Row { permission: half, ..get() }, 403, FORBIDDEN, FunctionUrlInvokeForbidden),
        ("unsigned", Row { auth_type: AuthType::AwsIam, ..get() }, 403, FORBIDDEN, FunctionUrlUnsigned),
        (
            "a token",
            Row { auth_type: AuthType::AwsIam, headers: signed, ..get() },
            403,
            &unreadable,
            FunctionUrlSignatureUnreadable,
        ),
        ("failed", Row { outcome: failed, ..get() }, 502, "Internal Server Error", FunctionUrlFunctionFailed),
        (
            "no answer",
            Row { outcome: payload(r#"{"statusCode":"ok"}"#), ..get() },
            502,
            "Internal Server Error",
            FunctionUrlMalformedResponse,
        ),
        (
            "preflight",
            Row { method: Method::Options, headers: preflight, ..get() },
            200,
            "",
            FunctionUrlPreflight,
        ),
        ("cors", Row { headers: &preflight[..1], ..get() }, 200, "hello", FunctionUrlCors),
    ] {
        check(name, &row, status, body, fact);
    }
}

/// Asks and expects that status, that body and that fact.
fn check(name: &str, row: &Row, status: u16, body: &str, fact: FactKind) {
    let answer = ask(row);
    assert_eq!((answer.response.status, answer.body.as_str()), (status, body), "{name}");
    assert!(answer.facts.contains(&fact), "{name}: {:?}", answer.facts);
    let request_id = answer.response.header_text("x-amzn-RequestId");
    assert_eq!(request_id, Some("c6af9ac6-7b61-11e6-9a41-93e8deadbeef"));
}

#[test]
fn cloudfront_signs_what_the_viewer_says_of_its_body() {
    let post = Row { method: Method::Post, body: b"text", ..get() };
    let signing = Row { auth_type: AuthType::AwsIam, caller: cloudfront(None), ..post.clone() };
    let hash = payload_hash(b"text");
    for (name, row, status, body, fact) in [
        ("a body nobody hashed", signing.clone(), 403, SIGNATURE, FunctionUrlPayloadUnsigned),
        (
            "a body with another hash",
            Row { caller: cloudfront(Some(b"abc")), ..signing.clone() },
            403,
            SIGNATURE,
            FunctionUrlPayloadUnsigned,
        ),
        (
            "a hashed body",
            Row { caller: cloudfront(Some(hash.as_bytes())), ..signing.clone() },
            200,
            "hello",
            FunctionUrlAllowed,
        ),
        ("no body", Row { body: b"", ..signing }, 200, "hello", FunctionUrlAllowed),
        ("nobody checks", Row { caller: cloudfront(None), ..post }, 200, "hello", FunctionUrlAllowed),
    ] {
        check(name, &row, status, body, fact);
    }
}

#[test]
fn the_event_shows_cloudfront_as_the_signer() {
    let row = Row { auth_type: AuthType::AwsIam, caller: cloudfront(None), ..get() };
    let event = ask(&row).event.expect("an event");
    assert_eq!(event["headers"]["x-amz-source-arn"], DISTRIBUTION);
    assert_eq!(event["headers"]["x-amz-date"], "20200304T190358Z");
    assert_eq!(
        event["headers"]["x-amz-content-sha256"],
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(event["requestContext"]["accountId"], "856369053181");
    assert_eq!(event["rawPath"], "/a/b");
    assert_eq!(event["queryStringParameters"]["c"], "1");
}

const SIGNATURE: &str = r#"{"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#;
