//! Requests against one HTTP API, from the Host to the answer, with functions and HTTP servers that answer in memory.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use frontgate_explain::FactKind::{self, *};
use frontgate_explain::{PlaceId, Trace};
use frontgate_gateway_rules::HttpCall;
use frontgate_gateway_rules::http_api::openapi::compile_http_api;
use frontgate_gateway_rules::http_api::{HttpApi, HttpDeployment, HttpStage};
use frontgate_iam::Identities;
use frontgate_message::{Body, Connection, Headers, Method, RequestHead, Response, Target, Version};
use serde_json::json;

use super::{HttpApiCall, HttpAuthorizers, IssuerKeys, serve_http_api};
use crate::Usage;
use crate::{FunctionCall, FunctionOutcome, Functions, HttpFailure, HttpIntegrations, Permission};

/// The functions `f`, `gate` and `slow`, and every HTTP server.
struct World {
    outcome: FunctionOutcome,
    gate: FunctionOutcome,
    gate_asked: Cell<usize>,
    http: Option<u16>,
    urls: RefCell<Vec<String>>,
}

impl Functions for World {
    async fn invoke(&self, call: FunctionCall<'_>, _: &mut Trace) -> FunctionOutcome {
        match call.function_name {
            "gate" => {
                self.gate_asked.set(self.gate_asked.get() + 1);
                self.gate.clone()
            }
            "slow" => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                self.outcome.clone()
            }
            _ => self.outcome.clone(),
        }
    }
}

impl HttpIntegrations for World {
    async fn send(&self, call: HttpCall, _: &mut Trace) -> Result<Response, HttpFailure> {
        self.urls.borrow_mut().push(call.url.clone());
        let document = match call.url.as_str() {
            "https://issuer.example.com/.well-known/openid-configuration" => {
                r#"{"jwks_uri":"https://issuer.example.com/keys"}"#
            }
            "https://issuer.example.com/keys" => r#"{"keys":[{"kty":"RSA","kid":"a","n":"AQ","e":"AQAB"}]}"#,
            _ => "from the backend",
        };
        let status = self.http.ok_or_else(|| HttpFailure::Network("refused".to_owned()))?;
        Ok(Response::new(status)
            .with_header("x-count", "7")
            .with_body(Bytes::from_static(document.as_bytes())))
    }
}

fn world() -> World {
    let payload = |text: &'static str| FunctionOutcome::Payload(Bytes::from_static(text.as_bytes()));
    World {
        outcome: payload(r#"{"statusCode":200,"body":"hello"}"#),
        gate: payload(r#"{"isAuthorized":true}"#),
        gate_asked: Cell::new(0),
        http: Some(200),
        urls: RefCell::default(),
    }
}

/// One request.
#[derive(Clone)]
struct Row<'a> {
    method: Method,
    target: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: Bytes,
    secure: bool,
    permitted: bool,
}

/// What came of it.
struct Answer {
    response: Response,
    body: String,
    facts: Vec<FactKind>,
}

fn get(target: &str) -> Row<'_> {
    Row { method: Method::Get, target, headers: &[], body: Bytes::new(), secure: true, permitted: true }
}

fn api() -> HttpApi {
    let function = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
    let to = |name: &str| json!({"type": "aws_proxy", "uri": function(name), "payloadFormatVersion": "2.0", "timeoutInMillis": 1000});
    let proxy = json!({"type": "http_proxy", "uri": "http://backend/{id}", "httpMethod": "GET",
        "responseParameters": {"404": {"overwrite:statuscode": "410", "append:header.was": "$response.body"}}});
    let document = json!({
        "openapi": "3.0.1",
        "paths": {
            "/f": {"get": {"x-amazon-apigateway-integration": to("f")}, "post": {"x-amazon-apigateway-integration": to("f")}},
            "/slow": {"get": {"x-amazon-apigateway-integration": to("slow")}},
            "/http/{id}": {"get": {"x-amazon-apigateway-integration": proxy}},
            "/jwt": {"get": {"x-amazon-apigateway-integration": to("f"), "security": [{"login": []}]}},
            "/gate": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": to("f"), "security": [{"gate": []}]}},
        },
        "x-amazon-apigateway-cors": {"allowOrigins": ["https://a.example"]},
        "components": {"securitySchemes": {
            "login": {"x-amazon-apigateway-authorizer": {"type": "jwt", "identitySource": "$request.header.Authorization", "jwtConfiguration": {"issuer": "https://issuer.example.com", "audience": ["shop"]}}},
            "gate": {"x-amazon-apigateway-authorizer": {"type": "request", "authorizerUri": function("gate"), "authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": true, "identitySource": "$request.header.who", "authorizerResultTtlInSeconds": 60}},
        }},
    });
    let definition = compile_http_api(&document, "abc1234567", &mut |_| PlaceId::NONE);
    assert!(definition.findings.is_empty(), "{:?}", definition.findings);
    let deployment = Arc::new(HttpDeployment::of("d1", definition));
    let stage = |name: &str, deployed: bool| HttpStage {
        name: name.into(),
        deployment: deployed.then(|| Arc::clone(&deployment)),
        settings: Default::default(),
        variables: Vec::new(),
        place: PlaceId::NONE,
    };
    HttpApi {
        id: "abc1234567".into(),
        name: "shop".into(),
        region: "us-east-1".into(),
        account_id: "123456789012".into(),
        stages: vec![stage("$default", true), stage("later", false)],
        place: PlaceId::NONE,
    }
}

fn ask(row: &Row<'_>, api: &HttpApi, world: &World, authorizers: &HttpAuthorizers, now: u64) -> Answer {
    let peer: SocketAddr = "203.0.113.9:50000".parse().expect("an address");
    let head = RequestHead {
        method: row.method.clone(),
        target: Target::new(row.target),
        version: Version::Http11,
        host: "abc1234567.execute-api.us-east-1.amazonaws.com".into(),
        headers: Headers::from_iter(row.headers.iter().copied()),
        connection: Arc::new(Connection::new(peer, peer, None)),
        for_error_of: None,
    };
    let permission = |_: &str, _: &str| match row.permitted {
        true => Permission::Allowed(PlaceId::NONE),
        false => Permission::Missing(PlaceId::NONE),
    };
    let call = HttpApiCall {
        through: None,
        api,
        head: &head,
        source_ip: peer.ip(),
        secure: row.secure,
        now_milliseconds: now,
        request_id: "JKJaXmPLvHcESHA=",
        trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        identities: &Identities::default(),
        user_pools: &[],
        permission: &permission,
        denial: &|_| None,
        authorizers,
        usage: &Usage::default(),
        access_log: &|_, _| {},
    };
    let mut trace = Trace::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let body = if row.body.is_empty() { Body::Empty } else { Body::from(row.body.clone()) };
        let mut response = serve_http_api(call, body, world, world, &mut trace).await;
        let sent = std::mem::replace(&mut response.body, Body::Empty);
        let body = sent.collect(1 << 20).await.expect("the whole body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        let facts = trace.facts().iter().map(|fact| fact.kind).collect();
        Answer { response, body, facts }
    })
}

const NOW: u64 = 1_583_348_638_390;
const NOT_FOUND: &str = r#"{"message":"Not Found"}"#;
const INTERNAL: &str = r#"{"message":"Internal Server Error"}"#;
const UNAVAILABLE: &str = r#"{"message":"Service Unavailable"}"#;
const UNAUTHORIZED: &str = r#"{"message":"Unauthorized"}"#;

#[test]
fn answers() {
    let preflight = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET")];
    let large = Bytes::from(vec![b'x'; crate::PAYLOAD_LENGTH_MAX + 1]);
    for (name, row, status, body, fact) in [
        ("a function", get("/f"), 200, "hello", IntegrationAnswered),
        ("http", Row { secure: false, ..get("/f") }, 403, r#"{"message":"Forbidden"}"#, GatewayHttpRefused),
        ("no route", get("/x"), 404, NOT_FOUND, HttpApiRouteNotFound),
        ("a slash more", get("/f/"), 404, NOT_FOUND, HttpApiRouteNotFound),
        ("no deployment", get("/later/f"), 404, NOT_FOUND, HttpApiNotDeployed),
        ("no permission", Row { permitted: false, ..get("/f") }, 500, INTERNAL, LambdaPermissionMissing),
        ("a slow function", get("/slow"), 503, UNAVAILABLE, HttpApiTimedOut),
        ("an HTTP server", get("/http/7?a=1"), 200, "from the backend", IntegrationHttp),
        (
            "too much",
            Row { method: Method::Post, body: large, ..get("/f") },
            413,
            r#"{"message":"Request Entity Too Large"}"#,
            PayloadTooLarge,
        ),
        ("no token", get("/jwt"), 401, UNAUTHORIZED, HttpApiTokenMissing),
        (
            "a bad token",
            Row { headers: &[("Authorization", "a.b.c")], ..get("/jwt") },
            401,
            UNAUTHORIZED,
            HttpApiTokenInvalid,
        ),
        ("no identity", get("/gate"), 401, UNAUTHORIZED, HttpApiIdentityMissing),
        (
            "an identity",
            Row { headers: &[("who", "ada")], ..get("/gate") },
            200,
            "hello",
            HttpApiAuthorizerAllowed,
        ),
        (
            "preflight",
            Row { method: Method::Options, headers: &preflight, ..get("/f") },
            204,
            "",
            HttpApiPreflight,
        ),
        (
            "preflight with an authorizer",
            Row { method: Method::Options, headers: &preflight, ..get("/gate") },
            401,
            UNAUTHORIZED,
            HttpApiPreflightAuthorized,
        ),
    ] {
        let (api, authorizers) = (api(), HttpAuthorizers::default());
        let answer = ask(&row, &api, &world(), &authorizers, NOW);
        assert_eq!((answer.response.status, answer.body.as_str()), (status, body), "{name}");
        assert!(answer.facts.contains(&fact), "{name}: {:?}", answer.facts);
        assert_eq!(answer.response.header_text("apigw-requestid"), Some("JKJaXmPLvHcESHA="), "{name}");
    }
    let mut disabled = api();
    for stage in &mut disabled.stages {
        let deployment = stage.deployment.as_deref().cloned();
        stage.deployment = deployment
            .map(|deployment| Arc::new(HttpDeployment { execute_api_disabled: true, ..deployment }));
    }
    let answer = ask(&get("/f"), &disabled, &world(), &HttpAuthorizers::default(), NOW);
    assert_eq!((answer.response.status, answer.body.as_str()), (404, NOT_FOUND));
}

#[test]
fn what_functions_and_servers_may_do() {
    let payload = |text: &'static str| FunctionOutcome::Payload(Bytes::from_static(text.as_bytes()));
    let error = || FunctionOutcome::FunctionError(Bytes::from_static(br#"{"errorMessage":"no"}"#));
    for (outcome, status, body, fact) in [
        (payload(r#"["a"]"#), 200, r#"["a"]"#, IntegrationAnswered),
        (payload(r#"{"statusCode":"ok"}"#), 500, INTERNAL, HttpApiMalformedResponse),
        (error(), 500, INTERNAL, HttpApiFunctionError),
        (FunctionOutcome::Throttled, 503, UNAVAILABLE, FunctionUnavailable),
        (FunctionOutcome::NotFound, 500, INTERNAL, FunctionUnavailable),
    ] {
        let world = World { outcome, ..world() };
        let answer = ask(&get("/f"), &api(), &world, &HttpAuthorizers::default(), NOW);
        assert_eq!((answer.response.status, answer.body.as_str()), (status, body));
        assert!(answer.facts.contains(&fact), "{:?}", answer.facts);
    }
    for (http, status, body) in [(Some(404), 410, "from the backend"), (None, 503, UNAVAILABLE)] {
        let world = World { http, ..world() };
        let answer = ask(&get("/http/7?a=1"), &api(), &world, &HttpAuthorizers::default(), NOW);
        assert_eq!((answer.response.status, answer.body.as_str()), (status, body));
        assert_eq!(world.urls.borrow().as_slice(), ["http://backend/7?a=1"]);
        assert_eq!(answer.response.header_text("was").is_some(), status == 410);
    }
    for (gate, status) in [
        (payload(r#"{"isAuthorized":false}"#), 403),
        (payload("null"), 500),
        (error(), 500),
        (FunctionOutcome::FunctionError(Bytes::from_static(br#"{"errorMessage":"Unauthorized"}"#)), 401),
    ] {
        let world = World { gate, ..world() };
        let row = Row { headers: &[("who", "ada")], ..get("/gate") };
        let answer = ask(&row, &api(), &world, &HttpAuthorizers::default(), NOW);
        assert_eq!(answer.response.status, status);
    }
}

#[test]
fn an_authorizer_is_asked_once_for_an_identity() {
    let (api, world, authorizers) = (api(), world(), HttpAuthorizers::default());
    for (who, after_milliseconds, asked) in
        [("ada", 0, 1), ("ada", 59_999, 1), ("eve", 59_999, 2), ("ada", 60_000, 3)]
    {
        let headers = [("who", who)];
        let row = Row { headers: &headers, ..get("/gate") };
        let answer = ask(&row, &api, &world, &authorizers, NOW + after_milliseconds);
        assert_eq!(
            (answer.response.status, world.gate_asked.get()),
            (200, asked),
            "{who} {after_milliseconds}"
        );
    }
}

#[test]
fn keys_are_fetched_once_in_two_hours() {
    // A header with the algorithm RS256 and the key `a`, claims without an issuer.
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AA";
    let (api, world, authorizers) = (api(), world(), HttpAuthorizers::default());
    let row = Row { headers: &[("Authorization", TOKEN)], ..get("/jwt") };
    const HOUR: u64 = 3_600_000;
    for (after_milliseconds, fetched) in [(0, 2), (HOUR, 2), (2 * HOUR, 4)] {
        let answer = ask(&row, &api, &world, &authorizers, NOW + after_milliseconds);
        assert_eq!(answer.response.status, 401);
        assert_eq!(
            answer.response.header_text("www-authenticate"),
            Some(
                r#"Bearer scope="" error="invalid_token" error_description="the token has an invalid signature""#
            )
        );
        assert_eq!(world.urls.borrow().len(), fetched);
    }
    let answer = ask(&row, &api, &World { http: None, ..self::world() }, &HttpAuthorizers::default(), NOW);
    assert!(answer.facts.contains(&HttpApiKeysUnavailable));
    assert!(IssuerKeys::new(&[("https://a".to_owned(), b"{}".to_vec())]).is_err());
}
