//! Requests to methods with a Lambda authorizer: whom it is asked about, what is kept, what is answered.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_gateway_rules::usage::UsagePlans;
use frontgate_gateway_rules::{Deployment, EndpointType, Release, RestApi, Stage, openapi};
use frontgate_iam::{AttachedPolicy, Identities, Identity, IdentityKind, Policy, PolicyKind};
use frontgate_message::{Body, Connection, Headers, Method, RequestHead, Response, Target, Version};
use serde_json::{Value, json};

use crate::{
    AuthorizerAnswers, Call, FunctionCall, FunctionOutcome, Functions, HttpCall, HttpFailure,
    HttpIntegrations, IssuerKeys, ObjectCall, ObjectStorage, Permission, StageCaches, Usage,
};

const HOST: &str = "abc.execute-api.eu-west-1.amazonaws.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/guards";
const NOW: u64 = 1_772_600_767_000;

/// The guard says what its token says; the function behind it repeats what it is told of the caller.
#[derive(Default)]
struct Fake {
    asked: Cell<u32>,
}

impl Functions for Fake {
    async fn invoke(&self, call: FunctionCall<'_>, _: &mut Trace) -> FunctionOutcome {
        let event: Value = serde_json::from_slice(&call.event).expect("an event");
        if call.function_name == "Hello" {
            let mut authorizer = event["requestContext"]["authorizer"].clone();
            authorizer.as_object_mut().map(|members| members.remove("integrationLatency"));
            let body = authorizer.to_string();
            return FunctionOutcome::Payload(json!({"statusCode": 200, "body": body}).to_string().into());
        }
        self.asked.set(self.asked.get() + 1);
        let token = event["authorizationToken"].as_str().or_else(|| event["headers"]["X-Token"].as_str());
        let answer = |effect: &str, resource: &Value, context: Value| {
            let statement = json!({"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource});
            let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
            let answer = json!({"principalId": "ada", "policyDocument": policy, "context": context});
            FunctionOutcome::Payload(answer.to_string().into())
        };
        match token {
            Some("all") => answer("Allow", &json!("*"), json!({"level": 3})),
            Some("this") => answer("Allow", &event["methodArn"], json!({})),
            Some("deny") => answer("Deny", &json!("*"), json!({})),
            Some("lists") => answer("Allow", &json!("*"), json!({"roles": ["a"]})),
            Some("401") => FunctionOutcome::FunctionError(Bytes::from(r#"{"errorMessage":"Unauthorized"}"#)),
            Some("hang") => std::future::pending().await,
            _ => FunctionOutcome::FunctionError(Bytes::from(r#"{"errorMessage":"boom"}"#)),
        }
    }
}

impl ObjectStorage for Fake {
    async fn ask(&self, call: ObjectCall<'_>, _: &mut Trace) -> Response {
        Response::new(200).with_body(Bytes::from(format!("{} {} as {}", call.method, call.target, call.arn)))
    }
}

impl HttpIntegrations for Fake {
    async fn send(&self, _: HttpCall, _: &mut Trace) -> Result<Response, HttpFailure> {
        Err(HttpFailure::Network("there is no backend".to_owned()))
    }
}

fn uri(function: &str) -> String {
    let function = format!("arn:aws:lambda:eu-west-1:123456789012:function:{function}");
    format!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{function}/invocations")
}

fn api(policy: Option<Value>) -> RestApi {
    let guard = |kind: &str, ttl: u32| {
        json!({"type": "apiKey", "in": "header", "name": "X-Token", "x-amazon-apigateway-authorizer": {
            "type": kind, "authorizerUri": uri("Guard"), "authorizerResultTtlInSeconds": ttl,
            "identitySource": "method.request.header.X-Token"}})
    };
    let mut by_role = guard("token", 0);
    by_role["x-amazon-apigateway-authorizer"]["authorizerCredentials"] = json!(ROLE);
    let operation = |scheme: &str| {
        json!({"security": [{scheme: []}], "x-amazon-apigateway-integration":
            {"type": "aws_proxy", "httpMethod": "POST", "uri": uri("Hello")}})
    };
    let mut document = json!({"swagger": "2.0", "info": {"title": "api"},
    "securityDefinitions": {"Kept": guard("token", 60), "Asked": guard("request", 0), "Role": by_role},
    "paths": {
        "/role": {"get": operation("Role")},
        "/kept": {"get": operation("Kept"), "post": operation("Kept")},
        "/asked/{any+}": {"get": operation("Asked"), "post": operation("Asked")},
    }});
    if let Some(policy) = policy {
        document["x-amazon-apigateway-policy"] = policy;
    }
    let definition =
        openapi::compile(&document, "arn:aws:execute-api:eu-west-1:123456789012:abc", &mut |_| PlaceId(9));
    assert_eq!(definition.findings, []);
    RestApi {
        id: "abc".into(),
        name: "api".into(),
        region: "eu-west-1".into(),
        account_id: "123456789012".into(),
        endpoint: EndpointType::Regional,
        execute_api_disabled: false,
        stages: vec![Stage::of("prod", Release::of(Arc::new(Deployment::of("d1", definition)), Vec::new()))],
        place: PlaceId::NONE,
    }
}

/// One request to one API, with what is kept from those before.
struct Scene {
    api: RestApi,
    fake: Fake,
    answers: AuthorizerAnswers,
    permitted: bool,
    identities: Identities,
}

impl Scene {
    fn new(policy: Option<Value>) -> Self {
        Self {
            api: api(policy),
            fake: Fake::default(),
            answers: AuthorizerAnswers::default(),
            permitted: true,
            identities: Identities::default(),
        }
    }

    /// Sends a request so many seconds after the first, and gives the status, the body and the facts.
    async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        after: u64,
    ) -> (u16, String, Trace) {
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 443));
        let head = RequestHead {
            method,
            target: Target::new(path),
            version: Version::Http11,
            host: HOST.into(),
            headers: Headers::from_iter(token.map(|token| ("X-Token", token))),
            connection: Arc::new(Connection::new(local, local, None)),
            for_error_of: None,
        };
        let permission = |function: &str, arn: &str| {
            let is_guard = function.contains("Guard");
            let authorizers = "arn:aws:execute-api:eu-west-1:123456789012:abc/authorizers/";
            assert_eq!(is_guard, arn.starts_with(authorizers), "{arn}");
            if is_guard && !self.permitted {
                return Permission::Missing(PlaceId(8));
            }
            Permission::Allowed(PlaceId(7))
        };
        let call = Call {
            api: Some(&self.api),
            through: None,
            head: &head,
            source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
            edge_ip: None,
            secure: true,
            now_milliseconds: NOW + after * 1000,
            request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            extended_request_id: "JKJaXmPLvHcESHA=",
            trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
            draw: 0,
            identities: &self.identities,
            user_pools: &[],
            issuer_keys: &IssuerKeys::default(),
            authorizer_answers: &self.answers,
            usage_plans: &UsagePlans::default(),
            usage: &Usage::default(),
            permission: &permission,
            denial: &|_| None,
            stage_caches: &StageCaches::default(),
            access_log: &|_, _| {},
        };
        let mut trace = Trace::new();
        let mut response = crate::serve(call, Body::Empty, &self.fake, &self.fake, &mut trace).await;
        let body = std::mem::replace(&mut response.body, Body::Empty).collect(100_000).await.expect("a body");
        (response.status, String::from_utf8_lossy(&body).into_owned(), trace)
    }
}

const UNAUTHORIZED: &str = r#"{"message":"Unauthorized"}"#;
const NULL: &str = r#"{"message":null}"#;
const NOT_AUTHORIZED: &str = r#"{"Message":"User is not authorized to access this resource"}"#;
const DENIED: &str = r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#;
const ADA: &str = r#"{"principalId":"ada"}"#;

#[tokio::test(start_paused = true)]
async fn what_an_authorizer_says_decides() {
    let scene = Scene::new(None);
    let long = format!("/prod/asked/{}", "x".repeat(1600));
    for (path, token, status, body, fact) in [
        ("/prod/kept", None, 401, UNAUTHORIZED, FactKind::AuthorizerIdentityMissing),
        ("/prod/kept", Some("all"), 200, r#"{"level":"3","principalId":"ada"}"#, FactKind::AuthorizerAllows),
        ("/prod/kept", Some("this"), 200, ADA, FactKind::AuthorizerAllows),
        ("/prod/kept", Some("deny"), 403, DENIED, FactKind::AuthorizerDenies),
        ("/prod/kept", Some("401"), 401, UNAUTHORIZED, FactKind::AuthorizerUnauthorized),
        ("/prod/kept", Some("boom"), 500, NULL, FactKind::AuthorizerFailed),
        ("/prod/kept", Some("lists"), 500, NULL, FactKind::AuthorizerAnswerInvalid),
        ("/prod/kept", Some("hang"), 500, NULL, FactKind::AuthorizerTimedOut),
        ("/prod/asked/x", None, 500, NULL, FactKind::AuthorizerFailed),
        ("/prod/asked/x", Some("this"), 200, ADA, FactKind::AuthorizerAllows),
        (&long, Some("all"), 414, r#"{"message":"Request URI too long"}"#, FactKind::MethodArnTooLong),
    ] {
        let (found, said, trace) = scene.send(Method::Get, path, token, 0).await;
        assert_eq!((found, &*said), (status, body), "{path} {token:?} {:?}", trace.facts());
        assert!(trace.first(fact).is_some(), "{fact:?} is not in {:?}", trace.facts());
    }
    let unpermitted = Scene { permitted: false, ..Scene::new(None) };
    let (status, body, trace) = unpermitted.send(Method::Get, "/prod/kept", Some("all"), 0).await;
    assert_eq!((status, &*body), (500, NULL));
    assert!(trace.first(FactKind::AuthorizerPermissionMissing).is_some());
}

#[tokio::test]
async fn an_answer_is_kept_for_all_methods() {
    let scene = Scene::new(None);
    for (method, path, token, after, status, body, asked) in [
        (Method::Get, "/prod/kept", "this", 0, 200, ADA, 1),
        (Method::Get, "/prod/kept", "this", 59, 200, ADA, 1),
        (Method::Post, "/prod/kept", "this", 59, 403, NOT_AUTHORIZED, 1),
        (Method::Post, "/prod/kept", "this", 60, 200, ADA, 2),
        (Method::Get, "/prod/asked/x", "this", 60, 200, ADA, 3),
        (Method::Post, "/prod/asked/x", "this", 60, 200, ADA, 4),
        (Method::Get, "/prod/kept", "401", 60, 401, UNAUTHORIZED, 5),
        (Method::Get, "/prod/kept", "401", 60, 401, UNAUTHORIZED, 6),
        (Method::Get, "/prod/kept", "deny", 60, 403, DENIED, 7),
        (Method::Get, "/prod/kept", "deny", 60, 403, DENIED, 7),
    ] {
        let (found, said, trace) = scene.send(method.clone(), path, Some(token), after).await;
        assert_eq!((found, &*said), (status, body), "{method:?} {path} {token} {:?}", trace.facts());
        assert_eq!(scene.fake.asked.get(), asked, "{method:?} {path} {token} after {after}");
    }
}

#[tokio::test]
async fn the_policy_of_the_api_decides_with_it() {
    let policy = |effect: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Principal": "*",
            "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/POST/*"}]})
    };
    let anonymous = "User: anonymous is not authorized";
    for (effect, method, token, status, says, asked) in [
        ("Deny", Method::Post, "all", 403, anonymous, 0),
        ("Deny", Method::Get, "all", 200, "ada", 1),
        ("Allow", Method::Get, "all", 200, "ada", 1),
        ("Allow", Method::Post, "deny", 403, "with an explicit deny", 1),
    ] {
        let scene = Scene::new(Some(policy(effect)));
        let (found, said, _) = scene.send(method.clone(), "/prod/kept", Some(token), 0).await;
        assert_eq!(found, status, "{effect} {method:?} {said}");
        assert!(said.contains(says), "{said}");
        assert_eq!(scene.fake.asked.get(), asked, "{effect} {method:?}");
    }
}

#[tokio::test]
async fn the_role_of_an_authorizer_stands_for_a_permission() {
    let may = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let trust = |service: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
    };
    for (action, service, status) in [
        ("lambda:InvokeFunction", "apigateway.amazonaws.com", 200),
        ("lambda:InvokeFunction", "lambda.amazonaws.com", 500),
        ("lambda:GetFunction", "apigateway.amazonaws.com", 500),
    ] {
        let policy = Policy::parse_as(&may(action), PolicyKind::Identity).expect("a policy");
        let trust = Policy::parse_as(&trust(service), PolicyKind::Trust).expect("a trust policy");
        let role = Identity {
            kind: IdentityKind::Role,
            name: "guards".into(),
            arn: ROLE.into(),
            unique_id: "AROAGUARDS".into(),
            policies: vec![AttachedPolicy { name: "p".into(), policy: Arc::new(policy), place: PlaceId(3) }],
            boundary: None,
            trust: Some(Arc::new(trust)),
            place: PlaceId(2),
        };
        let identities = Identities { all: vec![role], access_keys: Vec::new(), role_sessions: Vec::new() };
        let scene = Scene { permitted: false, identities, ..Scene::new(None) };
        let (found, body, _) = scene.send(Method::Get, "/prod/role", Some("all"), 0).await;
        assert_eq!(found, status, "{action} {service} {body}");
    }
    let (status, _, trace) = Scene::new(None).send(Method::Get, "/prod/role", Some("all"), 0).await;
    assert_eq!(status, 500);
    assert!(trace.first(FactKind::AuthorizerPermissionMissing).is_some());
}
