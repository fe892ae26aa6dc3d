//! Requests against one API, from the Host to the answer, with functions and backends that answer in memory.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_gateway_rules::method_settings::MethodSetting;
use frontgate_gateway_rules::stage_cache::CacheCluster;
use frontgate_gateway_rules::usage::UsagePlans;
use frontgate_gateway_rules::{Deployment, EndpointType, Release, RestApi, Stage, openapi};
use frontgate_iam::Identities;
use frontgate_message::{Body, Connection, Headers, Method, RequestHead, Response, Target, Version};
use serde_json::{Value, json};

use crate::{
    AuthorizerAnswers, Call, FunctionCall, FunctionOutcome, Functions, HttpCall, HttpFailure,
    HttpIntegrations, IssuerKeys, ObjectCall, ObjectStorage, Permission, StageCaches, Usage, serve,
};

const HOST: &str = "abc.execute-api.us-east-1.amazonaws.com";

/// A function that gives what it is told, and remembers its last event.
struct Fake {
    outcome: FunctionOutcome,
    hangs: bool,
    event: RefCell<Option<Value>>,
}

impl Functions for Fake {
    async fn invoke(&self, call: FunctionCall<'_>, _: &mut Trace) -> FunctionOutcome {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        *self.event.borrow_mut() = serde_json::from_slice(&call.event).ok();
        self.outcome.clone()
    }
}

impl ObjectStorage for Fake {
    async fn ask(&self, call: ObjectCall<'_>, _: &mut Trace) -> Response {
        Response::new(200).with_body(Bytes::from(format!("{} {} as {}", call.method, call.target, call.arn)))
    }
}

impl HttpIntegrations for Fake {
    async fn send(&self, call: HttpCall, _: &mut Trace) -> Result<Response, HttpFailure> {
        if call.url.contains("unreachable") {
            return Err(HttpFailure::Network("connection refused".into()));
        }
        let sent = format!("{} {} {:?}", call.method, call.url, call.headers.first_text("X-Mapped"));
        Ok(Response::new(201)
            .with_header("Server", "backend")
            .with_header("ETag", "\"1\"")
            .with_body(Bytes::from(sent)))
    }
}

/// One request and what must come of it.
struct Row<'a> {
    method: Method,
    target: &'a str,
    headers: &'a [(&'a str, &'a str)],
    host_known: bool,
    secure: bool,
    permitted: bool,
    outcome: FunctionOutcome,
    hangs: bool,
    body: Bytes,
}

const OK: FunctionOutcome =
    FunctionOutcome::Payload(Bytes::from_static(br#"{"statusCode":200,"body":"hello"}"#));
const INTERNAL: &str = r#"{"message":"Internal server error"}"#;
const FORBIDDEN: &str = r#"{"message":"Forbidden"}"#;

fn get(target: &str) -> Row<'_> {
    Row {
        method: Method::Get,
        target,
        headers: &[],
        host_known: true,
        secure: true,
        permitted: true,
        outcome: OK,
        hangs: false,
        body: Bytes::new(),
    }
}

fn options(target: &str) -> Row<'_> {
    Row { method: Method::Options, ..get(target) }
}

/// Serves the row and expects that status, that body and those facts.
async fn check(row: Row<'_>, status: u16, body: &str, facts: &[FactKind]) -> Response {
    let api = api();
    let (mut response, trace) = send(&api, &row).await;
    let whole = std::mem::replace(&mut response.body, Body::Empty).collect(100_000).await.expect("a body");
    let target = row.target;
    assert_eq!(
        (response.status, std::str::from_utf8(&whole)),
        (status, Ok(body)),
        "{target} {:?}",
        trace.facts()
    );
    for fact in facts {
        assert!(trace.first(*fact).is_some(), "{target}: {fact:?} is not in {:?}", trace.facts());
    }
    assert_eq!(response.header_text("x-amzn-RequestId"), Some("c6af9ac6-7b61-11e6-9a41-93e8deadbeef"));
    assert_eq!(response.header_text("x-amz-apigw-id"), Some("JKJaXmPLvHcESHA="));
    assert_eq!(response.header_text("Date"), Some("Wed, 04 Mar 2020 19:03:58 GMT"));
    response
}

/// Serves the row.
async fn send(api: &RestApi, row: &Row<'_>) -> (Response, Trace) {
    let fake = Fake { outcome: row.outcome.clone(), hangs: row.hangs, event: RefCell::default() };
    let permission = |function: &str, source_arn: &str| {
        assert!(function.ends_with(":function:Hello"), "{function}");
        assert!(
            source_arn.starts_with("arn:aws:execute-api:us-east-1:123456789012:abc/prod/"),
            "{source_arn}"
        );
        if row.permitted { Permission::Allowed(PlaceId(7)) } else { Permission::Missing(PlaceId(8)) }
    };
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 443));
    let head = RequestHead {
        method: row.method.clone(),
        target: Target::new(row.target),
        version: Version::Http11,
        host: HOST.into(),
        headers: Headers::from_iter(row.headers.iter().copied()),
        connection: Arc::new(Connection::new(local, local, None)),
        for_error_of: None,
    };
    let identities = Identities::default();
    let answers = AuthorizerAnswers::default();
    let call = Call {
        draw: 0,
        identities: &identities,
        user_pools: &[],
        issuer_keys: &IssuerKeys::default(),
        authorizer_answers: &answers,
        usage_plans: &UsagePlans::default(),
        usage: &Usage::default(),
        api: row.host_known.then_some(api),
        through: None,
        head: &head,
        source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
        edge_ip: None,
        secure: row.secure,
        now_milliseconds: 1_583_348_638_390,
        request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        extended_request_id: "JKJaXmPLvHcESHA=",
        trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        permission: &permission,
        denial: &|_| None,
        stage_caches: &StageCaches::default(),
        access_log: &|_, _| {},
    };
    let mut trace = Trace::new();
    let response = serve(call, Body::from(row.body.clone()), &fake, &fake, &mut trace).await;
    (response, trace)
}

#[tokio::test]
async fn what_traps_are_told_by() {
    const FOREIGN: &[(&str, &str)] = &[("Origin", "https://app.example.com")];
    const OWN: &[(&str, &str)] = &[("Origin", "https://abc.execute-api.us-east-1.amazonaws.com")];
    for (target, headers, expected, unexpected) in [
        ("/prod/api/submit?a=%7C", OWN, FactKind::RouteMatched, FactKind::QueryNotEncoded),
        ("/prod/api/submit?a={b}", OWN, FactKind::QueryNotEncoded, FactKind::RouteMatched),
        ("/prod/v1/api/submit", OWN, FactKind::RouteWithoutPrefix, FactKind::GatewayErrorWithoutCors),
        ("/prod/prod/api/submit", OWN, FactKind::StageDoubled, FactKind::RouteWithoutPrefix),
        ("/prod/none", FOREIGN, FactKind::GatewayErrorWithoutCors, FactKind::RouteWithoutPrefix),
        ("/prod/api/submit", FOREIGN, FactKind::RouteMatched, FactKind::GatewayErrorWithoutCors),
    ] {
        let (_, trace) = send(&api(), &Row { headers, ..get(target) }).await;
        let noted = |kind| trace.first(kind).is_some();
        assert!(noted(expected) && !noted(unexpected), "{target}: {:?}", trace.facts());
    }
}

fn api() -> RestApi {
    api_of(&document())
}

fn api_of(document: &Value) -> RestApi {
    let definition = openapi::compile(document, "abc", &mut |_| PlaceId::NONE);
    assert_eq!(definition.findings, []);
    RestApi {
        id: "abc".into(),
        name: "api".into(),
        region: "us-east-1".into(),
        account_id: "123456789012".into(),
        endpoint: EndpointType::Regional,
        execute_api_disabled: false,
        stages: vec![Stage::of("prod", Release::of(Arc::new(Deployment::of("d1", definition)), Vec::new()))],
        place: PlaceId::NONE,
    }
}

fn document() -> Value {
    let lambda = |method: &str| {
        json!({"x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": method,
            "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Hello/invocations",
        }})
    };
    json!({
        "swagger": "2.0",
        "info": {"title": "api"},
        "paths": {
            "/api/submit": {"get": lambda("POST"), "put": lambda("GET"), "options": cors(), "delete": mock_without_response()},
            "/http": {"x-amazon-apigateway-any-method": http("http_proxy", "https://backend.example/x")},
            "/custom": {"get": http("http", "https://backend.example/y")},
            "/down": {"get": http("http_proxy", "https://unreachable.example/")},
        },
        "x-amazon-apigateway-gateway-responses": {
            "UNSUPPORTED_MEDIA_TYPE": {
                "statusCode": 400,
                "responseParameters": {"gatewayresponse.header.X-Why": "'type'"},
                "responseTemplates": {"application/json": "{\"say\":$context.error.messageString,\"id\":\"$context.requestId\",\"stage\":\"$context.stage\"}"},
            },
        },
    })
}

/// The CORS answer of the first scenario, whole.
fn cors() -> Value {
    let allowed = "method.response.header.Access-Control-Allow";
    json!({
        "responses": {"200": {"description": "", "headers": {
            "Access-Control-Allow-Origin": {"type": "string"},
            "Access-Control-Allow-Methods": {"type": "string"},
        }}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "passthroughBehavior": "never",
            "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
            "responses": {"default": {"statusCode": "200", "responseParameters": {
                format!("{allowed}-Origin"): "'*'",
                format!("{allowed}-Methods"): "'GET,OPTIONS'",
            }}},
        },
    })
}

/// The CORS answer as the first scenario has it: without responses.
fn mock_without_response() -> Value {
    json!({"x-amazon-apigateway-integration": {
        "type": "MOCK", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}
    }})
}

fn http(kind: &str, uri: &str) -> Value {
    json!({
        "responses": {"200": {"headers": {"ETag": {}}}},
        "x-amazon-apigateway-integration": {
            "type": kind, "httpMethod": "GET", "uri": uri,
            "requestParameters": {"integration.request.header.X-Mapped": "context.stage"},
            "responses": {"2\\d{2}": {
                "statusCode": 200,
                "responseParameters": {"method.response.header.ETag": "integration.response.header.ETag"},
                "responseTemplates": {"application/json": "got $input.body.length()"},
            }},
        },
    })
}

#[tokio::test]
async fn the_two_forbidden_tell_the_two_mistakes_apart() {
    let missing = r#"{"message":"Missing Authentication Token"}"#;
    let row = Row { host_known: false, ..get("/prod/api/submit") };
    let response = check(row, 403, FORBIDDEN, &[FactKind::HostNotMapped]).await;
    assert_eq!(response.header_text("x-amzn-ErrorType"), Some("ForbiddenException"));
    assert_eq!(response.header_text("X-Amzn-Trace-Id"), None);
    check(get("/api/submit"), 403, FORBIDDEN, &[FactKind::StageUnknown]).await;
    let row = Row { secure: false, ..get("/prod/api/submit") };
    assert!(check(row, 403, FORBIDDEN, &[FactKind::GatewayHttpRefused]).await.close);
    let response =
        check(get("/prod/none"), 403, missing, &[FactKind::StageFound, FactKind::RouteNotFound]).await;
    assert_eq!(response.header_text("x-amzn-ErrorType"), Some("MissingAuthenticationTokenException"));
    check(get("/prod/prod/api/submit"), 403, missing, &[FactKind::StageDoubled, FactKind::RouteNotFound])
        .await;
    let row = Row { method: Method::Patch, ..get("/prod/api/submit") };
    check(row, 403, missing, &[FactKind::RouteNotFound]).await;
}

#[tokio::test]
async fn an_authorization_header_on_a_missing_route_is_read_as_a_signature() {
    let row = Row { headers: &[("Authorization", "Bearer abc")], ..get("/prod/none") };
    let text = "{\"message\":\"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
                SHA-256 and encoded with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='.\"}";
    let response = check(row, 403, text, &[FactKind::AuthorizationParsed]).await;
    assert_eq!(response.header_text("x-amzn-ErrorType"), Some("IncompleteSignatureException"));
}

#[tokio::test]
async fn a_function_answers() {
    let response = check(get("/prod/api/submit?a=1"), 200, "hello", &[FactKind::LambdaPermissionFound]).await;
    assert_eq!(response.header_text("Content-Type"), Some("application/json"));
    assert_eq!(response.header_text("X-Amzn-Trace-Id"), Some("Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e"));
    assert_eq!(response.header_text("x-amzn-ErrorType"), None);
}

#[tokio::test]
async fn a_function_that_fails_is_500_502_or_504() {
    let bad = r#"{"message": "Internal server error"}"#;
    let failed = |outcome: FunctionOutcome| Row { outcome, ..get("/prod/api/submit") };
    let payload = |text: &'static str| FunctionOutcome::Payload(Bytes::from_static(text.as_bytes()));
    check(failed(payload("{\"a\":1}")), 502, bad, &[FactKind::MalformedProxyResponse]).await;
    let error = FunctionOutcome::FunctionError(Bytes::from_static(b"{}"));
    let response = check(failed(error), 502, bad, &[FactKind::FunctionErrorToBadGateway]).await;
    assert_eq!(response.header_text("x-amzn-ErrorType"), Some("InternalServerErrorException"));
    check(failed(FunctionOutcome::Throttled), 500, INTERNAL, &[FactKind::FunctionUnavailable]).await;
    let row = Row { permitted: false, ..get("/prod/api/submit") };
    check(row, 500, INTERNAL, &[FactKind::LambdaPermissionMissing]).await;
    let row = Row { method: Method::Put, ..get("/prod/api/submit") };
    check(row, 500, INTERNAL, &[FactKind::IntegrationMethodNotPost]).await;
    let row = Row { body: Bytes::from(vec![b'x'; crate::PAYLOAD_LENGTH_MAX + 1]), ..get("/prod/api/submit") };
    let text = r#"{"message":"HTTP content length exceeded 10485760 bytes."}"#;
    check(row, 413, text, &[FactKind::PayloadTooLarge]).await;
}

#[tokio::test(start_paused = true)]
async fn a_function_that_hangs_is_504_after_29_seconds() {
    let row = Row { hangs: true, ..get("/prod/api/submit") };
    let started = tokio::time::Instant::now();
    let text = r#"{"message":"Endpoint request timed out"}"#;
    check(row, 504, text, &[FactKind::IntegrationTimedOut]).await;
    assert_eq!(started.elapsed().as_millis(), 29_000);
}

#[tokio::test]
async fn mocks_answer_by_themselves() {
    let response = check(options("/prod/api/submit"), 200, "", &[FactKind::IntegrationMock]).await;
    assert_eq!(response.header_text("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(response.header_text("Access-Control-Allow-Methods"), Some("GET,OPTIONS"));
    assert_eq!(response.header_text("X-Amzn-Trace-Id"), None);
    let row = Row { method: Method::Delete, ..get("/prod/api/submit") };
    check(row, 500, INTERNAL, &[FactKind::NoIntegrationResponse]).await;
    let row = Row { headers: &[("Content-Type", "text/plain; x=y")], ..options("/prod/api/submit") };
    let text =
        r#"{"say":"Unsupported Media Type","id":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef","stage":"prod"}"#;
    let response = check(row, 400, text, &[FactKind::UnsupportedMediaType]).await;
    assert_eq!(response.header_text("X-Why"), Some("type"));
    assert_eq!(response.header_text("x-amzn-ErrorType"), Some("BadRequestException"));
}

#[tokio::test]
async fn http_backends_answer() {
    let row = Row { method: Method::Post, ..get("/prod/http?a=b%20c") };
    let text = "GET https://backend.example/x?a=b%20c Some(\"prod\")";
    let response = check(row, 201, text, &[FactKind::IntegrationHttp]).await;
    assert_eq!(response.header_text("x-amzn-Remapped-Server"), Some("backend"));
    assert_eq!(response.header_text("ETag"), Some("\"1\""));
    let response = check(get("/prod/custom?a=1"), 200, "got 42", &[FactKind::IntegrationAnswered]).await;
    assert_eq!(response.header_text("ETag"), Some("\"1\""));
    assert_eq!(response.header_text("x-amzn-Remapped-Server"), None);
    let text = r#"{"message":"Network error communicating with endpoint"}"#;
    check(get("/prod/down"), 504, text, &[FactKind::HttpIntegrationFailed]).await;
}

#[tokio::test]
async fn a_head_answer_has_the_length_and_no_body() {
    let row = Row {
        method: Method::Head,
        headers: &[("X-HTTP-Method-Override", "GET")],
        ..get("/prod/api/submit")
    };
    let response = check(row, 200, "", &[FactKind::MethodOverridden]).await;
    assert_eq!(response.content_length_of_omitted_body, Some(5));
}

#[tokio::test]
async fn a_large_enough_answer_is_compressed_for_those_who_accept_it() {
    let mut api = api();
    let deployment = Arc::get_mut(&mut api.stages[0].release.deployment).expect("nobody else has it");
    deployment.minimum_compression_size = Some(5);
    let row = Row { headers: &[("Accept-Encoding", "gzip")], ..get("/prod/api/submit") };
    let (mut response, _) = send(&api, &row).await;
    let whole = std::mem::replace(&mut response.body, Body::Empty).collect(100_000).await.expect("a body");
    assert_eq!(response.header_text("Content-Encoding"), Some("gzip"));
    assert_eq!(whole.get(..2), Some(&b"\x1f\x8b"[..]));
}

/// However long a key is: the facts of what comes behind it have room, and the answer is kept.
#[tokio::test]
async fn an_answer_with_a_long_cache_key_is_kept() {
    let mut document = document();
    let names: Vec<String> = (0..60).map(|index| format!("method.request.querystring.p{index}")).collect();
    let method = &mut document["paths"]["/api/submit"]["get"];
    method["parameters"] = names
        .iter()
        .map(|name| json!({"in": "query", "name": name.rsplit('.').next(), "type": "string"}))
        .collect();
    method["x-amazon-apigateway-integration"]["cacheKeyParameters"] = json!(names);
    let mut api = api_of(&document);
    api.stages[0].cache = Some(CacheCluster { bytes_max: 1 << 20, place: PlaceId::NONE });
    api.stages[0].method_settings =
        vec![MethodSetting { caching_enabled: true, ..MethodSetting::of("/*", "*") }];
    let (response, trace) = send(&api, &get("/prod/api/submit?p1=a")).await;
    assert_eq!((response.status, trace.dropped()), (200, 0), "{:?}", trace.facts());
    assert!(trace.first(FactKind::StageCacheMiss).is_some(), "{:?}", trace.facts());
    assert!(trace.first(FactKind::StageCacheErrorNotKept).is_none(), "{:?}", trace.facts());
}
