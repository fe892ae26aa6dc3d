//! Tables of HTTP APIs: routes, parameters, tokens, events and answers.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_explain::PlaceId;
use frontgate_message::{Body, Headers, Response};
use serde_json::{Value, json};

use super::authorizer::{AuthorizerAnswer, JwtRefusal, authorizer_event, check_token, identity, token_of};
use super::event::function_event;
use super::expression::{Expression, Values};
use super::openapi::compile_http_api;
use super::parameters::{RequestChange, ResponseChange, change_response, outgoing};
use super::proxy::proxy_call;
use super::response::read_function_response;
use super::routing::split_stage;
use super::{
    Authorized, Backend, HttpApi, HttpAuthorization, HttpDeployment, HttpRequest, HttpStage, JwtAuthorizer,
    LambdaAuthorizer, PayloadFormat,
};
use crate::LambdaFunction;
use crate::jwt::{KeySet, tests as tokens};
use crate::{Finding, FindingKind};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

fn document(keys: &[&str]) -> Value {
    let mut paths = serde_json::Map::new();
    for key in keys {
        let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
        let method =
            if method == "ANY" { "x-amazon-apigateway-any-method".to_owned() } else { method.to_lowercase() };
        let integration = json!({"type": "aws_proxy", "uri": FUNCTION, "payloadFormatVersion": "2.0"});
        let item = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
        item[method] = json!({"x-amazon-apigateway-integration": integration});
    }
    json!({"openapi": "3.0.1", "paths": paths})
}

fn stage(name: &str, deployment: &Arc<HttpDeployment>) -> HttpStage {
    HttpStage {
        name: name.into(),
        deployment: Some(Arc::clone(deployment)),
        settings: Default::default(),
        variables: vec![("color".into(), "green".into())],
        place: PlaceId::NONE,
    }
}

fn api(document: &Value) -> HttpApi {
    let definition = compile_http_api(document, "abc1234567", &mut |_| PlaceId::NONE);
    assert_eq!(definition.findings, Vec::<Finding>::new());
    let deployment = Arc::new(HttpDeployment::of("d1e2f3", definition));
    HttpApi {
        id: "abc1234567".into(),
        name: "shop".into(),
        region: "us-east-1".into(),
        account_id: "123456789012".into(),
        stages: vec![stage("$default", &deployment), stage("prod", &deployment)],
        place: PlaceId::NONE,
    }
}

/// What the first stage answers with.
fn deployment(api: &HttpApi) -> &HttpDeployment {
    api.stages[0].deployment.as_ref().expect("it is deployed")
}

/// A request for `GET /items/7%20b` at the stage `prod`.
fn with_request<T>(api: &HttpApi, headers: &Headers, check: impl FnOnce(&HttpRequest<'_>) -> T) -> T {
    let (route, path_parameters) = deployment(api).routes.route("GET", "/items/7%20b").expect("a route");
    let request = HttpRequest {
        api,
        stage: &api.stages[1],
        route,
        method: "GET",
        path: "/items/7 b",
        base_path: "",
        path_parameters: &path_parameters,
        raw_query: "a=1&a=2&b=x%20y",
        headers,
        host: "abc1234567.execute-api.us-east-1.amazonaws.com",
        source_ip: "203.0.113.9".parse().expect("an address"),
        protocol: "HTTP/1.1",
        request_id: "JKJaXmPLvHcESHA=",
        trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        now_milliseconds: 1_583_348_638_390,
        client: None,
        authorized: None,
    };
    check(&request)
}

#[test]
fn the_most_specific_route_counts() {
    let keys = [
        "$default",
        "ANY /{proxy+}",
        "GET /pets/{proxy+}",
        "GET /pets/dog/{id}",
        "GET /pets/dog/1",
        "ANY /pets/dog/1",
        "GET /{kind}/cat/1",
    ];
    let api = api(&document(&keys));
    for (method, path, expected) in [
        ("GET", "/pets/dog/1", Some("GET /pets/dog/1")),
        ("POST", "/pets/dog/1", Some("ANY /pets/dog/1")),
        ("GET", "/pets/dog/2", Some("GET /pets/dog/{id}")),
        ("GET", "/pets/dog/%31", Some("GET /pets/dog/1")),
        ("GET", "/pets/cat/1", Some("GET /{kind}/cat/1")),
        ("GET", "/pets/cat/2", Some("GET /pets/{proxy+}")),
        ("POST", "/test/5", Some("ANY /{proxy+}")),
        ("GET", "/", Some("$default")),
        ("GET", "/pets/dog/", Some("GET /pets/{proxy+}")),
    ] {
        let found = deployment(&api).routes.route(method, path).map(|(route, _)| route.key.as_str());
        assert_eq!(found, expected, "{method} {path}");
    }
    let (_, parameters) = deployment(&api).routes.route("GET", "/pets/a%20b/c").expect("a route");
    assert_eq!(parameters, [("proxy".to_owned(), "a b/c".to_owned())]);
}

#[test]
fn the_first_segment_may_be_a_stage() {
    let mut api = api(&document(&["$default"]));
    for (path, expected) in [
        ("/prod/x", Some(("prod", "/x"))),
        ("/prod", Some(("prod", "/"))),
        ("/production", Some(("$default", "/production"))),
        ("/$default/x", Some(("$default", "/$default/x"))),
        ("/", Some(("$default", "/"))),
    ] {
        let found = split_stage(&api, path).map(|(stage, rest)| (&*stage.name, rest));
        assert_eq!(found, expected, "{path}");
    }
    api.stages.remove(0);
    assert!(split_stage(&api, "/x").is_none());
    let route = &deployment(&api).routes.rows()[0];
    assert_eq!(
        api.source_arn(&api.stages[0], &route.key),
        "arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod/$default"
    );
}

#[test]
fn expressions_have_values() {
    let api = api(&document(&["GET /items/{id}"]));
    let headers = Headers::from_iter([("X-Own", "a"), ("x-own", "b"), ("User-Agent", "curl/8")]);
    with_request(&api, &headers, |request| {
        let values = Values { request, request_body: br#"{"a":{"b":[7]}}"#, response: None };
        for (text, expected) in [
            ("$request.header.x-OWN", Some("a,b")),
            ("$request.header.none", None),
            ("$request.querystring.a", Some("1,2")),
            ("$request.querystring.A", None),
            ("$request.path", Some("/items/7 b")),
            ("$request.path.id", Some("7 b")),
            ("$request.body.a.b[0]", Some("7")),
            ("$request.body.a", Some(r#"{"b":[7]}"#)),
            ("$context.routeKey", Some("GET /items/{id}")),
            ("$context.path", Some("/prod/items/7 b")),
            ("$context.identity.sourceIp", Some("203.0.113.9")),
            ("$context.nothing", None),
            ("$stageVariables.color", Some("green")),
            ("${request.path.id}-${stageVariables.color}-${context.nothing}", Some("7 b-green-")),
            ("static", Some("static")),
        ] {
            let found = Expression::parse(text).expect(text).evaluate(&values);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    });
    for text in ["$request.cookie.a", "$response", "$x", "${request.path", "$request.body..a", "$context"] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
}

#[test]
fn parameters_change_requests_and_answers() {
    let api = api(&document(&["GET /items/{id}"]));
    let headers = Headers::from_iter([("X-Own", "a"), ("X-Old", "b")]);
    with_request(&api, &headers, |request| {
        let values = Values { request, request_body: b"", response: None };
        let changes = [
            ("append:header.x-own", "$context.requestId"),
            ("overwrite:header.x-id", "$request.path.id"),
            ("remove:header.x-old", "''"),
            ("overwrite:querystring.a", "3"),
            ("remove:querystring.b", ""),
            ("append:querystring.c", "d&e"),
            ("overwrite:path", "/other/${request.path.id}"),
        ]
        .map(|(key, value)| RequestChange::parse(key, value).expect(key));
        let out = outgoing(&changes, &values);
        assert_eq!(out.raw_query, "a=3&c=d%26e");
        assert_eq!(out.path.as_deref(), Some("/other/7 b"));
        let fields: Vec<_> =
            out.headers.iter().map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v))).collect();
        assert_eq!(fields, ["X-Own: a", "x-own: JKJaXmPLvHcESHA=", "x-id: 7 b"]);
        let call = proxy_call(request, "http://backend:8080/base/{id}?k=1", "ANY", out, Bytes::new());
        assert_eq!(call.url, "http://backend:8080/other/7%20b?k=1&a=3&c=d%26e");
        assert_eq!(
            call.headers.first_text("Forwarded"),
            Some("for=203.0.113.9;host=abc1234567.execute-api.us-east-1.amazonaws.com;proto=https")
        );
        let call =
            proxy_call(request, "http://backend/base/{id}", "POST", outgoing(&[], &values), Bytes::new());
        assert_eq!(
            (call.url.as_str(), call.method.as_str()),
            ("http://backend/base/7%20b?a=1&a=2&b=x%20y", "POST")
        );

        let mut response = Response::new(500).with_header("x-count", "7");
        let of_backend = response.headers.clone();
        let values = Values { response: Some((&of_backend, br#"{"e":"no"}"#)), ..values };
        let changes = [
            ("overwrite:statuscode", "403"),
            ("append:header.error", "$response.body.e"),
            ("overwrite:header.total", "$response.header.x-count"),
            ("remove:header.x-count", "''"),
        ]
        .map(|(key, value)| ResponseChange::parse(key, value).expect(key));
        change_response(&changes, &values, &mut response);
        assert_eq!(
            (response.status, response.header_text("error"), response.header_text("total")),
            (403, Some("no"), Some("7"))
        );
        assert!(response.header("x-count").is_none());
    });
    for key in [
        "append:header.Authorization",
        "append:path",
        "set:header.a",
        "append:header.x-amzn-a",
        "append:header.",
        "append:statuscode",
    ] {
        assert!(RequestChange::parse(key, "a").is_err(), "{key}");
        assert!(ResponseChange::parse(key, "a").is_err(), "{key}");
    }
}

#[test]
fn events_of_both_formats() {
    let api = api(&document(&["GET /items/{id}"]));
    let headers = Headers::from_iter([
        ("X-Own", "a"),
        ("X-Forwarded-For", "198.51.100.4"),
        ("Host", "x"),
        ("Cookie", "c=1"),
    ]);
    with_request(&api, &headers, |request| {
        let values = Values { request, request_body: b"", response: None };
        let out = outgoing(&[], &values);
        let event = |format| -> Value {
            serde_json::from_slice(&function_event(request, &out, b"hi", format)).expect("JSON")
        };
        let v2 = event(PayloadFormat::V2);
        assert_eq!(v2["rawPath"], "/prod/items/7 b");
        assert_eq!(v2["pathParameters"], json!({"id": "7 b"}));
        assert_eq!(v2["queryStringParameters"], json!({"a": "1,2", "b": "x y"}));
        assert_eq!(v2["cookies"], json!(["c=1"]));
        assert_eq!(v2["headers"]["x-forwarded-for"], "198.51.100.4, 203.0.113.9");
        assert_eq!(v2["headers"]["content-length"], "2");
        assert_eq!((&v2["body"], &v2["isBase64Encoded"]), (&json!("hi"), &json!(false)));
        assert_eq!(v2["requestContext"]["routeKey"], "GET /items/{id}");
        assert_eq!(v2["stageVariables"], json!({"color": "green"}));
        let v1 = event(PayloadFormat::V1);
        assert_eq!(
            (&v1["version"], &v1["resource"], &v1["path"]),
            (&json!("1.0"), &json!("/items/{id}"), &json!("/prod/items/7 b"))
        );
        assert_eq!(v1["multiValueQueryStringParameters"], json!({"a": ["1", "2"], "b": ["x y"]}));
        assert_eq!(v1["queryStringParameters"]["a"], "2");
        assert_eq!(v1["headers"]["x-own"], "a");
        assert_eq!(v1["requestContext"]["resourceId"], Value::Null);
        assert_eq!(v1["requestContext"]["identity"]["sourceIp"], "203.0.113.9");
        assert_eq!(v1["requestContext"]["requestId"], "JKJaXmPLvHcESHA=");
    });
}

#[test]
fn payloads_become_answers() {
    use PayloadFormat::{V1, V2};
    for (format, payload, expected) in [
        (V2, r#"{"statusCode":201,"body":"x"}"#, Some((201, "text/plain; charset=utf-8", "x"))),
        (V2, r#"{"message":"hi"}"#, Some((200, "application/json", r#"{"message":"hi"}"#))),
        (V2, r#""test""#, Some((200, "application/json", "test"))),
        (V2, r#"{"name": "John","#, Some((200, "application/json", r#"{"name": "John","#))),
        (V2, r#"{"statusCode":200.5}"#, None),
        (
            V1,
            r#"{"statusCode":200,"multiValueHeaders":{"content-type":["text/html"]},"body":"PGI+","isBase64Encoded":true}"#,
            Some((200, "text/html", "<b>")),
        ),
        (V1, r#"{"statusCode":200,"body":"x"}"#, Some((200, "text/plain; charset=utf-8", "x"))),
        (V1, r#"{"body":"x"}"#, None),
        (V1, r#""x""#, None),
    ] {
        let found = read_function_response(payload.as_bytes(), format);
        let found = found.ok().map(|response| {
            let Body::Full(body) = &response.body else { panic!("a body") };
            let body = String::from_utf8(body.to_vec()).expect("text");
            (response.status, response.header_text("content-type").map(str::to_owned), body)
        });
        let expected = expected.map(|(status, kind, body)| (status, Some(kind.to_owned()), body.to_owned()));
        assert_eq!(found, expected, "{payload}");
    }
}

fn jwt_authorizer() -> JwtAuthorizer {
    JwtAuthorizer {
        name: "login".into(),
        identity_source: Expression::parse("$request.header.Authorization").expect("an expression"),
        issuer: "https://issuer.example.com".into(),
        audience: vec!["shop".into()],
        place: PlaceId::NONE,
    }
}

#[test]
fn tokens_let_in_or_not() {
    let keys = KeySet::parse(tokens::KEYS.as_bytes()).expect("keys");
    let authorizer = jwt_authorizer();
    let invalid = |why: &str| Some(JwtRefusal::Invalid(why.to_owned()));
    let now = 1_750_000_000;
    for (token, scope, now, expected) in [
        (tokens::VALID, "", now, None),
        (tokens::VALID, "orders/read", now, None),
        (tokens::VALID, "orders/write", now, Some(JwtRefusal::Scopes)),
        (tokens::CLIENT_ID, "", now, None),
        (tokens::WRONG_AUDIENCE, "", now, invalid("the token does not have a valid audience")),
        (tokens::WRONG_ISSUER, "", now, invalid("the token has an invalid issuer")),
        (tokens::EXPIRED, "", now, invalid("the token has expired")),
        (tokens::VALID, "", 1_500_000_000, invalid("the token was issued in the future")),
        (tokens::ES256, "", now, invalid("signing method ES256 is invalid")),
        (tokens::OTHER_KEY, "", now, invalid("the token has an unknown kid")),
        ("abc", "", now, invalid("the token is malformed")),
    ] {
        let scopes: Vec<Box<str>> = scope.split_whitespace().map(Into::into).collect();
        let found = check_token(token, &authorizer, &scopes, &keys, now);
        assert_eq!(found.err(), expected, "{token}");
    }
    let refusal = JwtRefusal::Invalid("the token has expired".to_owned());
    assert_eq!(
        refusal.www_authenticate(&[]),
        r#"Bearer scope="" error="invalid_token" error_description="the token has expired""#
    );
}

#[test]
fn a_token_stands_in_its_identity_source() {
    let api = api(&document(&["GET /items/{id}"]));
    for (header, expected) in [
        (Some("Bearer abc"), Ok("abc")),
        (Some("bearer abc"), Ok("abc")),
        (Some("abc"), Ok("abc")),
        (Some(""), Err(JwtRefusal::Missing)),
        (None, Err(JwtRefusal::Missing)),
    ] {
        let headers = Headers::from_iter(header.map(|value| ("Authorization", value)));
        with_request(&api, &headers, |request| {
            let values = Values { request, request_body: b"", response: None };
            assert_eq!(token_of(&jwt_authorizer(), &values), expected.map(str::to_owned), "{header:?}");
        });
    }
}

fn lambda_authorizer(payload_format: PayloadFormat, simple_responses: bool) -> LambdaAuthorizer {
    LambdaAuthorizer {
        id: "a1b2c3".into(),
        name: "gate".into(),
        function: LambdaFunction::Named { arn: FUNCTION.into(), name: "f".into() },
        credentials: None,
        payload_format,
        simple_responses,
        identity_sources: vec![Expression::parse("$request.header.x-own").expect("an expression")],
        result_ttl_seconds: 0,
        place: PlaceId::NONE,
    }
}

#[test]
fn functions_speak_for_callers() {
    let arn = "arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod/GET/items/7 b";
    let policy = |effect: &str, resource: &str| {
        json!({"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [
            {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}]}, "context": {"n": 7}})
        .to_string()
    };
    let any = "arn:aws:execute-api:*:*:*/prod/GET/*";
    for (simple, payload, expected) in [
        (true, r#"{"isAuthorized":true,"context":{"n":7}}"#.to_owned(), Some(true)),
        (true, r#"{"isAuthorized":false}"#.to_owned(), Some(false)),
        (true, r#"{"isAuthorized":"true"}"#.to_owned(), None),
        (true, policy("Allow", any), None),
        (false, policy("Allow", any), Some(true)),
        (false, policy("Deny", any), Some(false)),
        (false, policy("Allow", "arn:aws:execute-api:*:*:*/prod/POST/*"), Some(false)),
        (false, r#"{"isAuthorized":true}"#.to_owned(), None),
        (true, r#"{"errorMessage":"Unauthorized"}"#.to_owned(), Some(false)),
        (true, "null".to_owned(), None),
    ] {
        let authorizer = lambda_authorizer(PayloadFormat::V2, simple);
        let found = AuthorizerAnswer::read(&authorizer, payload.as_bytes());
        let found = found.map(|answer| answer.lets_in(arn, &[]).is_some());
        assert_eq!(found, expected, "{payload}");
    }
    let authorized =
        AuthorizerAnswer::read(&lambda_authorizer(PayloadFormat::V2, false), policy("Allow", any).as_bytes())
            .and_then(|answer| answer.lets_in(arn, &[]))
            .expect("let in");
    assert_eq!(authorized.for_v2(), json!({"lambda": {"n": 7}}));
    assert_eq!(authorized.for_v1(), Some(json!({"n": 7, "principalId": "ada"})));
    assert_eq!(authorized.variable("n").as_deref(), Some("7"));
    assert_eq!(authorized.variable("principalId").as_deref(), Some("ada"));
    let claims = json!({"sub": "ada", "groups": ["a", "b"]}).as_object().cloned().unwrap_or_default();
    let token = Authorized::Jwt { claims, scopes: None };
    assert_eq!(token.for_v2(), json!({"jwt": {"claims": {"sub": "ada", "groups": "[a b]"}, "scopes": null}}));
    assert_eq!(token.variable("claims.sub").as_deref(), Some("ada"));
}

#[test]
fn events_of_authorizers() {
    let api = api(&document(&["GET /items/{id}"]));
    let headers = Headers::from_iter([("X-Own", "a")]);
    with_request(&api, &headers, |request| {
        let values = Values { request, request_body: b"", response: None };
        let authorizer = lambda_authorizer(PayloadFormat::V2, true);
        let found = identity(&authorizer, &values).expect("an identity");
        let event: Value =
            serde_json::from_slice(&authorizer_event(&authorizer, request, &found)).expect("JSON");
        assert_eq!((&event["type"], &event["identitySource"]), (&json!("REQUEST"), &json!(["a"])));
        assert_eq!(
            event["routeArn"],
            "arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod/GET/items/7 b"
        );
        assert!(event.get("body").is_none() && event.get("isBase64Encoded").is_none());
        let authorizer = lambda_authorizer(PayloadFormat::V1, false);
        let event: Value =
            serde_json::from_slice(&authorizer_event(&authorizer, request, &found)).expect("JSON");
        assert_eq!((&event["identitySource"], &event["authorizationToken"]), (&json!("a"), &json!("a")));
        assert_eq!(
            event["methodArn"],
            "arn:aws:execute-api:us-east-1:123456789012:abc1234567/prod/GET/items/7 b"
        );
    });
    let headers = Headers::new();
    with_request(&api, &headers, |request| {
        let values = Values { request, request_body: b"", response: None };
        assert!(identity(&lambda_authorizer(PayloadFormat::V2, true), &values).is_none());
    });
}

#[test]
fn documents_define_routes() {
    let integration =
        json!({"type": "http_proxy", "uri": "http://backend/", "httpMethod": "GET", "timeoutInMillis": 100});
    let document = json!({
        "openapi": "3.0.1",
        "info": {"title": "shop"},
        "paths": {
            "/items": {"get": {"x-amazon-apigateway-integration": integration, "security": [{"login": ["read"]}]}},
            "/$default": {"x-amazon-apigateway-any-method": {"isDefaultRoute": true, "x-amazon-apigateway-integration": integration, "security": [{"gate": []}]}},
        },
        "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "maxAge": 5},
        "servers": [{"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": true}}],
        "components": {"securitySchemes": {
            "login": {"type": "oauth2", "x-amazon-apigateway-authorizer": {"type": "jwt", "identitySource": "$request.header.Authorization", "jwtConfiguration": {"issuer": "https://issuer.example.com", "audience": ["shop"]}}},
            "gate": {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": "request", "authorizerUri": FUNCTION, "authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": true, "identitySource": "$request.header.a, $request.header.b", "authorizerResultTtlInSeconds": 60}},
        }},
    });
    let api = api(&document);
    assert!(deployment(&api).execute_api_disabled);
    assert_eq!(deployment(&api).cors.as_ref().and_then(|cors| cors.max_age_seconds), Some(5));
    let [items, default] = deployment(&api).routes.rows() else { panic!("two routes") };
    assert_eq!((items.key.as_str(), default.key.as_str()), ("GET /items", "$default"));
    assert!(matches!(&items.authorization, HttpAuthorization::Jwt { scopes, .. } if scopes.len() == 1));
    let HttpAuthorization::Lambda(gate) = &default.authorization else { panic!("a Lambda authorizer") };
    assert_eq!((gate.identity_sources.len(), gate.result_ttl_seconds), (2, 60));
    assert_eq!(Arc::strong_count(gate), 1);
    assert_eq!(items.integration.timeout_milliseconds, 100);
    assert!(matches!(&items.integration.backend, Backend::Http { .. }));
}

/// Something to do to a document.
type Change<'a> = &'a dyn Fn(&mut Value);

#[test]
fn what_is_wrong_is_found() {
    use FindingKind::{Invalid, Unsupported, UnsupportedGuard};
    let with = |change: Change<'_>| {
        let mut document = document(&["GET /a"]);
        change(&mut document);
        compile_http_api(&document, "abc1234567", &mut |_| PlaceId::NONE).findings
    };
    let operation =
        |document: &mut Value, member: &str, value: Value| document["paths"]["/a"]["get"][member] = value;
    let integration = |document: &mut Value, member: &str, value: Value| {
        document["paths"]["/a"]["get"]["x-amazon-apigateway-integration"][member] = value;
    };
    let cases: [(&str, FindingKind, Change<'_>); 14] = [
        ("swagger", Invalid, &|d| d["openapi"] = json!("2.0")),
        ("root security", UnsupportedGuard, &|d| d["security"] = json!([{"x": []}])),
        ("unknown scheme", UnsupportedGuard, &|d| operation(d, "security", json!([{"x": []}]))),
        ("two schemes", Invalid, &|d| operation(d, "security", json!([{"x": []}, {"y": []}]))),
        ("a scheme of something else", UnsupportedGuard, &|d| {
            d["components"] = json!({"securitySchemes": {"key": {"type": "apiKey", "in": "header"}}});
        }),
        ("type", Invalid, &|d| integration(d, "type", json!("AWS"))),
        ("subtype", Unsupported, &|d| integration(d, "integrationSubtype", json!("SQS-SendMessage"))),
        ("VPC link without its id", Invalid, &|d| integration(d, "connectionType", json!("VPC_LINK"))),
        ("a listener", Unsupported, &|d| {
            integration(d, "type", json!("HTTP_PROXY"));
            integration(d, "connectionType", json!("VPC_LINK"));
            integration(d, "connectionId", json!("abc123"));
            integration(
                d,
                "uri",
                json!("arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/1/2"),
            );
        }),
        ("no role", Invalid, &|d| integration(d, "credentials", json!("arn:aws:iam::123456789012:user/ada"))),
        ("timeout", Invalid, &|d| integration(d, "timeoutInMillis", json!(30_001))),
        ("format", Invalid, &|d| integration(d, "payloadFormatVersion", json!("3.0"))),
        ("reserved header", Invalid, &|d| {
            integration(d, "requestParameters", json!({"append:header.via": "a"}))
        }),
        ("credentials for all", Invalid, &|d| {
            d["x-amazon-apigateway-cors"] = json!({"allowOrigins": ["*"], "allowCredentials": true});
        }),
    ];
    for (name, kind, change) in cases {
        let found: Vec<FindingKind> = with(change).into_iter().map(|finding| finding.kind).collect();
        assert_eq!(found, [kind], "{name}");
    }
}
