//! Signed requests against a method with AWS_IAM and APIs with a resource policy.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use frontgate_aws::sigv4::{
    PathRule, Request as SignedRequest, SigningKey, basic_format, canonical_request, string_to_sign,
};
use frontgate_aws::{hex, sha256};
use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_gateway_rules::usage::UsagePlans;
use frontgate_gateway_rules::{Deployment, EndpointType, Release, RestApi, Stage, openapi};
use frontgate_iam::{
    AccessKey, AttachedPolicy, Identities, Identity, IdentityKind, Policy, PolicyKind, RoleSessions,
};
use frontgate_message::{Body, Connection, Headers, Method, RequestHead, Response, Target, Version};
use serde_json::{Value, json};

use crate::{
    AuthorizerAnswers, Call, FunctionCall, FunctionOutcome, Functions, HttpCall, HttpFailure,
    HttpIntegrations, IssuerKeys, ObjectCall, ObjectStorage, Permission, StageCaches, Usage,
};

const HOST: &str = "abc.execute-api.eu-west-1.amazonaws.com";
const NOW: u64 = 1_772_600_767;
const ROLE: &str = "arn:aws:iam::123456789012:role/caller";

/// Answers with the identity that the event says.
struct Echo;

impl Functions for Echo {
    async fn invoke(&self, call: FunctionCall<'_>, _: &mut Trace) -> FunctionOutcome {
        let event: Value = serde_json::from_slice(&call.event).expect("an event");
        let identity = &event["requestContext"]["identity"];
        let body = format!("{} {}", identity["userArn"], identity["accessKey"]);
        FunctionOutcome::Payload(Bytes::from(json!({"statusCode": 200, "body": body}).to_string()))
    }
}

impl ObjectStorage for Echo {
    async fn ask(&self, call: ObjectCall<'_>, _: &mut Trace) -> Response {
        Response::new(200).with_body(Bytes::from(format!("{} {} as {}", call.method, call.target, call.arn)))
    }
}

impl HttpIntegrations for Echo {
    async fn send(&self, _: HttpCall, _: &mut Trace) -> Result<frontgate_message::Response, HttpFailure> {
        Err(HttpFailure::Network("there is no backend".to_owned()))
    }
}

/// What a request is, and how it is signed.
#[derive(Clone, Copy)]
struct Row<'a> {
    path: &'a str,
    key: &'a str,
    secret: &'a str,
    token: Option<&'a str>,
    signed_host: &'a str,
    signed_body: &'a str,
    service: &'a str,
    signed_at: u64,
}

const SIGNED: Row<'static> = Row {
    path: "/prod/signed/x%20y?b=2&a=1",
    key: "ASIAROLE",
    secret: "secret",
    token: Some("token"),
    signed_host: HOST,
    signed_body: "body",
    service: "execute-api",
    signed_at: NOW,
};

fn identities(allowed: &str) -> Identities {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": allowed},
        {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*/signed/secret"},
    ]});
    let policy = Arc::new(Policy::parse_as(&document, PolicyKind::Identity).expect("a policy"));
    let role = Identity {
        kind: IdentityKind::Role,
        name: "caller".into(),
        arn: ROLE.into(),
        unique_id: "AROACALLER".into(),
        policies: vec![AttachedPolicy { name: "p".into(), policy, place: PlaceId(3) }],
        boundary: None,
        trust: None,
        place: PlaceId(2),
    };
    let key = AccessKey {
        id: "ASIAROLE".into(),
        secret: "secret".into(),
        session_token: Some("token".into()),
        session_name: Some("me".into()),
        active: true,
        identity: 0,
    };
    Identities { all: vec![role], access_keys: vec![key], role_sessions: Vec::new() }
}

fn api(policy: Option<Value>) -> RestApi {
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:Hello";
    let integration = json!({"type": "aws_proxy", "httpMethod": "POST", "uri": format!(
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{function}/invocations")});
    let mut document = json!({"swagger": "2.0", "info": {"title": "api"}, "paths": {
        "/signed/{name}": {"post": {"x-amazon-apigateway-auth": {"type": "AWS_IAM"},
            "x-amazon-apigateway-integration": integration}},
        "/open": {"post": {"x-amazon-apigateway-integration": integration}},
    }});
    if let Some(policy) = policy {
        document["x-amazon-apigateway-policy"] = policy;
    }
    let arn = "arn:aws:execute-api:eu-west-1:123456789012:abc";
    let definition = openapi::compile(&document, arn, &mut |_| PlaceId(9));
    assert_eq!(definition.findings, []);
    RestApi {
        id: "abc".into(),
        name: "api".into(),
        region: "eu-west-1".into(),
        account_id: "123456789012".into(),
        endpoint: EndpointType::Regional,
        execute_api_disabled: false,
        stages: vec![Stage::of("prod", Release::of(Arc::new(Deployment::of("d1", definition)), Vec::new()))],
        place: PlaceId(1),
    }
}

/// The header fields of a row: signed as a client does it; `key` empty means not signed.
fn headers(row: &Row<'_>) -> Headers {
    let mut headers = Headers::from_iter([("Host", HOST)]);
    if row.key.is_empty() {
        return headers;
    }
    let time = basic_format(row.signed_at);
    headers.append("X-Amz-Date", time.as_bytes());
    if let Some(token) = row.token {
        headers.append("X-Amz-Security-Token", token.as_bytes());
    }
    let names = ["host", "x-amz-date"];
    let signed = [("Host", row.signed_host.as_bytes()), ("X-Amz-Date", time.as_bytes())];
    let (path, query) = row.path.split_once('?').unwrap_or((row.path, ""));
    let request = SignedRequest { method: "POST", path, query, headers: &signed };
    let hash = hex(&sha256(row.signed_body.as_bytes()));
    let canonical = canonical_request(&request, PathRule::OTHERS, &names, &hash);
    let scope = format!("{}/eu-west-1/{}/aws4_request", &time[..8], row.service);
    let key = SigningKey::derive(row.secret, &time[..8], "eu-west-1", row.service);
    let signature = key.sign(&string_to_sign(&time, &scope, &canonical));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        row.key,
        names.join(";")
    );
    headers.append("Authorization", authorization.as_bytes());
    headers
}

async fn check(
    api: &RestApi,
    identities: &Identities,
    row: &Row<'_>,
    status: u16,
    says: &str,
    fact: FactKind,
) {
    let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 443));
    let head = RequestHead {
        method: Method::Post,
        target: Target::new(row.path),
        version: Version::Http11,
        host: HOST.into(),
        headers: headers(row),
        connection: Arc::new(Connection::new(local, local, None)),
        for_error_of: None,
    };
    let call = Call {
        api: Some(api),
        through: None,
        head: &head,
        source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
        edge_ip: None,
        secure: true,
        now_milliseconds: NOW * 1000,
        request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        extended_request_id: "JKJaXmPLvHcESHA=",
        trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        draw: 0,
        identities,
        user_pools: &[],
        issuer_keys: &IssuerKeys::default(),
        authorizer_answers: &AuthorizerAnswers::default(),
        usage_plans: &UsagePlans::default(),
        usage: &Usage::default(),
        permission: &|_, _| Permission::Allowed(PlaceId(7)),
        denial: &|_| None,
        stage_caches: &StageCaches::default(),
        access_log: &|_, _| {},
    };
    let mut trace = Trace::new();
    let mut response = crate::serve(call, Body::from(Bytes::from("body")), &Echo, &Echo, &mut trace).await;
    let body = std::mem::replace(&mut response.body, Body::Empty).collect(100_000).await.expect("a body");
    let body = String::from_utf8_lossy(&body);
    assert_eq!(response.status, status, "{body}");
    assert!(body.contains(says), "{body}");
    assert!(trace.first(fact).is_some(), "{fact:?} is not in {:?}", trace.facts());
}

#[tokio::test]
async fn a_signature_opens_what_the_policies_allow() {
    use FactKind as F;
    let all = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/POST/signed/*";
    let api = api(None);
    for (row, allowed, status, says, fact) in [
        (SIGNED, all, 200, "assumed-role/caller/me\" \"ASIAROLE\"", F::InvokeAllowed),
        (
            Row { key: "", ..SIGNED },
            all,
            403,
            r#"{"message":"Missing Authentication Token"}"#,
            F::RequestNotSigned,
        ),
        (Row { key: "AKIANOBODY", ..SIGNED }, all, 403, "The security token included", F::AccessKeyUnknown),
        (Row { token: None, ..SIGNED }, all, 403, "The security token included", F::AccessKeyUnknown),
        (Row { secret: "other", ..SIGNED }, all, 403, "The Canonical String for", F::SignatureDoesNotMatch),
        (
            Row { signed_host: "d1.cloudfront.net", ..SIGNED },
            all,
            403,
            "does not match",
            F::SignatureDoesNotMatch,
        ),
        (Row { signed_body: "", ..SIGNED }, all, 403, "does not match", F::SignatureDoesNotMatch),
        (Row { service: "s3", ..SIGNED }, all, 403, "correct service: 'execute-api'", F::SignatureUnreadable),
        (Row { signed_at: NOW - 901, ..SIGNED }, all, 403, "Signature expired: ", F::SignatureNotCurrent),
        (
            SIGNED,
            "arn:aws:execute-api:*:*:abc/*/GET/*",
            403,
            "because no identity-based policy",
            F::InvokeNotAllowed,
        ),
        (
            Row { path: "/prod/signed/secret", ..SIGNED },
            all,
            403,
            r#"{"Message":"User: arn:aws:sts::123456789012:assumed-role/caller/me is not authorized to perform: "#,
            F::InvokeDenied,
        ),
    ] {
        check(&api, &identities(allowed), &row, status, says, fact).await;
    }
}

#[tokio::test]
async fn a_session_signs_until_its_end() {
    let sessions = |secret: &str| RoleSessions {
        identity: 0,
        session_name: "me".into(),
        id_start: "ASIASESSIONS".into(),
        secret: secret.into(),
        duration_seconds_max: 3600,
    };
    let mut identities = identities("*");
    identities.role_sessions.push(sessions("this machine's"));
    let api = api(None);
    let expired = r#"{"message":"The security token included in the request is expired"}"#;
    let invalid = r#"{"message":"The security token included in the request is invalid."}"#;
    for (secret, end, status, says, fact) in [
        ("this machine's", NOW + 1, 200, "assumed-role/caller/me", FactKind::InvokeAllowed),
        ("this machine's", NOW, 403, expired, FactKind::SessionEnded),
        ("another machine's", NOW + 1, 403, invalid, FactKind::AccessKeyUnknown),
    ] {
        let key = sessions(secret).open(end);
        let row = Row { key: &key.id, secret: &key.secret, token: key.session_token.as_deref(), ..SIGNED };
        check(&api, &identities, &row, status, says, fact).await;
    }
}

#[tokio::test]
async fn a_resource_policy_lets_in_whom_it_names() {
    use FactKind as F;
    let nobody = "arn:aws:s3:::nothing";
    let policy = |effect: &str, principal: Value, condition: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Principal": principal,
            "Action": "execute-api:Invoke", "Resource": "execute-api:/*", "Condition": condition}]})
    };
    let ours = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});
    let theirs = json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}});
    let open = Row { path: "/prod/open", key: "", ..SIGNED };
    for (policy, row, status, says, fact) in [
        (policy("Allow", json!("*"), ours.clone()), open, 200, "null null", F::InvokeAllowed),
        (
            policy("Allow", json!("*"), theirs),
            open,
            403,
            "User: anonymous is not authorized to perform: execute-api:Invoke on resource: \
             arn:aws:execute-api:eu-west-1:********9012:abc/prod/POST/open because no resource-based policy",
            F::InvokeNotAllowedByResourcePolicy,
        ),
        (policy("Deny", json!("*"), ours), open, 403, "explicit deny in a resource-based", F::InvokeDenied),
        (policy("Allow", json!({"AWS": ROLE}), json!({})), SIGNED, 200, "caller/me", F::InvokeAllowed),
        (
            policy("Deny", json!({"AWS": ROLE}), json!({})),
            SIGNED,
            403,
            "resource-based policy",
            F::InvokeDenied,
        ),
    ] {
        check(&api(Some(policy)), &identities(nobody), &row, status, says, fact).await;
    }
}
