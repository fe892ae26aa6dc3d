//! Authorizers of definitions, what they ask about, and what is made of the answers.

use frontgate_explain::PlaceId;
use frontgate_iam::Outcome;
use frontgate_message::Headers;
use serde_json::{Value, json};

use super::{
    AnswerError, AuthorizerAnswer, IdentityRefusal, TokenRefusal, check_token, issuer_of_pool,
    issuer_of_token,
};
use crate::authorization::INVOKE;
use crate::config::{Authorization, RestApi};
use crate::jwt::{KeySet, tests as tokens};
use crate::{FindingKind, fixture, openapi};

const URI: &str = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Guard/invocations";

fn document(authorizer: &Value) -> Value {
    let mut document = fixture::document(&["/items/{id}"]);
    document["securityDefinitions"] = json!({"Guard": {
        "type": "apiKey", "name": "X-Token", "in": "header", "x-amazon-apigateway-authorizer": authorizer}});
    document["paths"]["/items/{id}"]["post"]["security"] = json!([{"Guard": ["orders/read"]}]);
    document
}

fn of(api: &RestApi) -> &super::Authorizer {
    match &fixture::deployment(api).resources.rows()[0].methods[0].authorization {
        Authorization::Authorizer { authorizer, .. } => authorizer,
        other => panic!("no authorizer: {other:?}"),
    }
}

#[test]
fn what_aws_refuses_and_what_is_not_done() {
    for (authorizer, kind, says) in [
        (json!({"type": "jwt"}), FindingKind::Invalid, "`jwt` is no type of authorizer"),
        (json!({"type": "token"}), FindingKind::Invalid, "names no function"),
        (
            json!({"type": "token", "authorizerUri": URI, "authorizerResultTtlInSeconds": 3601}),
            FindingKind::Invalid,
            "not between 0 and 3600",
        ),
        (json!({"type": "request", "authorizerUri": URI}), FindingKind::Invalid, "needs identity sources"),
        (
            json!({"type": "request", "authorizerUri": URI, "identitySource": "header.X"}),
            FindingKind::Invalid,
            "`header.X` is no identity source",
        ),
        (
            json!({"type": "token", "authorizerUri": URI, "identitySource": "method.request.querystring.t"}),
            FindingKind::Invalid,
            "A token stands in one header",
        ),
        (
            json!({"type": "token", "authorizerUri": URI, "identityValidationExpression": "("}),
            FindingKind::Invalid,
            "is no regular expression",
        ),
        (json!({"type": "cognito_user_pools"}), FindingKind::Invalid, "needs providerARNs"),
        (
            json!({"type": "cognito_user_pools", "providerARNs": ["arn:aws:s3:::b"]}),
            FindingKind::Invalid,
            "Invalid Cognito user pool ARN",
        ),
        (
            json!({"type": "token", "authorizerUri": URI, "enableSimpleResponses": true}),
            FindingKind::UnsupportedGuard,
            "`enableSimpleResponses`",
        ),
    ] {
        let found = openapi::compile(&document(&authorizer), "abc", &mut |_| PlaceId::NONE).findings;
        let [finding] = found.as_slice() else { panic!("{authorizer}: {found:?}") };
        assert_eq!(finding.kind, kind, "{finding:?}");
        assert!(finding.what.contains(says), "{finding:?}");
    }
    let mut two = document(&json!({"type": "token", "authorizerUri": URI}));
    two["paths"]["/items/{id}"]["post"]["x-amazon-apigateway-auth"] = json!({"type": "AWS_IAM"});
    let found = openapi::compile(&two, "abc", &mut |_| PlaceId::NONE).findings;
    assert!(found[0].what.contains("a second authorization"), "{found:?}");
}

#[test]
fn what_callers_are_known_by() {
    let token = json!({"type": "token", "authorizerUri": URI, "identityValidationExpression": "Bearer .+"});
    let of_request = |ttl: u32| {
        json!({"type": "request", "authorizerUri": URI, "authorizerResultTtlInSeconds": ttl, "identitySource":
            "method.request.header.X-Token, method.request.querystring.q,stageVariables.color,context.stage"})
    };
    for (authorizer, header, query, expected) in [
        (token.clone(), Some("Bearer x"), "", Ok(vec!["Bearer x"])),
        (token.clone(), Some("x Bearer x"), "", Err(IdentityRefusal::Pattern)),
        (token.clone(), Some(""), "", Err(IdentityRefusal::Missing)),
        (token, None, "", Err(IdentityRefusal::Missing)),
        (of_request(300), Some("a"), "q=1&q=2", Ok(vec!["a", "2", "green", "prod"])),
        (of_request(300), Some("a"), "q=", Err(IdentityRefusal::Missing)),
        (of_request(300), None, "q=1", Err(IdentityRefusal::Missing)),
        (of_request(0), None, "", Ok(vec![])),
    ] {
        let api = fixture::api(&document(&authorizer));
        let headers = Headers::from_iter(header.map(|value| ("x-token", value)));
        let query = crate::parse_query(query);
        let mut request = fixture::request(&api, &headers);
        request.query = &query;
        let expected = expected.map(|values| values.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of(&api).identity(&request), expected, "{authorizer} {header:?}");
        let arn = of(&api).source_arn(&request);
        let id = &of(&api).id;
        let expected = format!("arn:aws:execute-api:us-east-1:123456789012:abc1234567/authorizers/{id}");
        assert_eq!(arn, expected);
    }
}

fn policy(effect: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}]})
}

#[test]
fn answers_are_read() {
    let good = policy("Allow", "*");
    for (payload, expected) in [
        (json!({"principalId": "ada", "policyDocument": good}), None),
        (json!({"principalId": 7, "policyDocument": good, "context": {"a": 1, "b": null}}), None),
        (json!({"policyDocument": good}), Some(AnswerError::PrincipalId)),
        (json!({"principalId": "ada"}), Some(AnswerError::Policy)),
        (json!({"principalId": "ada", "policyDocument": {"Statement": 1}}), Some(AnswerError::Policy)),
        (
            json!({"principalId": "ada", "policyDocument": good, "context": {"a": [1]}}),
            Some(AnswerError::Context),
        ),
        (json!({"principalId": "ada", "policyDocument": good, "context": "x"}), Some(AnswerError::Context)),
        (
            json!({"principalId": "ada", "policyDocument": good, "usageIdentifierKey": 1}),
            Some(AnswerError::UsageIdentifierKey),
        ),
        (json!("Unauthorized"), Some(AnswerError::NotAnObject)),
        (Value::Null, Some(AnswerError::NotAnObject)),
    ] {
        let read = AuthorizerAnswer::read(payload.to_string().as_bytes());
        assert_eq!(read.err(), expected, "{payload}");
    }
    assert!(AuthorizerAnswer::is_unauthorized(br#"{"errorMessage":"Unauthorized","errorType":"Error"}"#));
    assert!(!AuthorizerAnswer::is_unauthorized(br#"{"errorMessage":"[401] Unauthorized"}"#));
}

#[test]
fn an_answer_says_who_calls_and_decides() {
    let arn = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/items";
    for (effect, resource, expected) in [
        ("Allow", "*", Outcome::Allow),
        ("Allow", "arn:aws:execute-api:us-east-1:123456789012:abc/*/GET/*", Outcome::Allow),
        ("Allow", "arn:aws:execute-api:us-east-1:123456789012:abc/prod/POST/items", Outcome::ImplicitDeny),
        ("Deny", "*", Outcome::ExplicitDeny),
    ] {
        let payload = json!({"principalId": "ada", "policyDocument": policy(effect, resource),
            "context": {"tenant": "x", "level": 3, "admin": true}, "usageIdentifierKey": "key"});
        let answer = AuthorizerAnswer::read(payload.to_string().as_bytes()).expect("an answer");
        assert_eq!(answer.decide(INVOKE, arn, &[], None), expected, "{effect} {resource}");
        let authorized = answer.authorized(12);
        for (name, value) in [
            ("principalId", Some("ada")),
            ("tenant", Some("x")),
            ("level", Some("3")),
            ("admin", Some("true")),
            ("integrationLatency", Some("12")),
            ("claims.sub", None),
            ("none", None),
        ] {
            assert_eq!(authorized.variable(name).as_deref(), value, "{name}");
        }
        assert_eq!(authorized.usage_identifier_key.as_deref(), Some("key"));
    }
}

#[test]
fn tokens_of_user_pools() {
    let keys = KeySet::parse(tokens::KEYS.as_bytes()).expect("keys");
    let issuer = "https://issuer.example.com";
    let bearer = format!("Bearer {}", tokens::VALID);
    for (token, scopes, expected) in [
        (tokens::VALID, vec![], None),
        (&*bearer, vec![], None),
        (tokens::VALID, vec!["none", "orders/read"], None),
        (tokens::VALID, vec!["orders/write"], Some(TokenRefusal::Scope)),
        (tokens::EXPIRED, vec![], Some(TokenRefusal::Expired)),
        (tokens::WRONG_ISSUER, vec![], Some(TokenRefusal::Issuer)),
        (tokens::OTHER_KEY, vec![], Some(TokenRefusal::NotSigned)),
        (tokens::ES256, vec![], Some(TokenRefusal::NotSigned)),
        ("x", vec![], Some(TokenRefusal::NotSigned)),
    ] {
        let scopes: Vec<Box<str>> = scopes.into_iter().map(Box::from).collect();
        let checked = check_token(token, issuer, &keys, &scopes, 1_600_000_000);
        assert_eq!(checked.as_ref().err().copied(), expected, "{token} {scopes:?}");
        let Ok(authorized) = checked else { continue };
        assert_eq!(authorized.variable("claims.sub").as_deref(), Some("ada"));
        assert_eq!(authorized.variable("claims.exp").as_deref(), Some("Fri Jan 01 00:00:00 UTC 2100"));
    }
    for (token, issuers, expected) in [
        (tokens::VALID, vec![issuer], Ok(issuer.to_owned())),
        (&*bearer, vec!["https://a.example", issuer], Ok(issuer.to_owned())),
        (tokens::VALID, vec![], Err(TokenRefusal::Issuer)),
        (tokens::WRONG_ISSUER, vec![issuer], Err(TokenRefusal::Issuer)),
        ("x.y.z", vec![issuer], Err(TokenRefusal::NotSigned)),
    ] {
        let issuers: Vec<Box<str>> = issuers.into_iter().map(Box::from).collect();
        assert_eq!(issuer_of_token(token, &issuers), expected, "{token}");
    }
    for (arn, expected) in [
        (
            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Ab",
            Some("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab"),
        ),
        ("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/", None),
        ("arn:aws:s3:::bucket", None),
    ] {
        assert_eq!(issuer_of_pool(arn).as_deref(), expected, "{arn}");
    }
}

#[test]
fn the_events() {
    let api = fixture::api(&document(&json!({"type": "token", "authorizerUri": URI})));
    let headers = Headers::from_iter([("X-Token", "t")]);
    let request = fixture::request(&api, &headers);
    let event: Value =
        serde_json::from_slice(&crate::event::authorizer_event(&request, "arn")).expect("JSON");
    let object = json!({});
    for (pointer, expected) in [
        ("/type", &json!("REQUEST")),
        ("/methodArn", &json!("arn")),
        ("/headers/X-Token", &json!("t")),
        ("/queryStringParameters", &object),
        ("/multiValueQueryStringParameters", &object),
        ("/pathParameters", &object),
        ("/stageVariables/color", &json!("green")),
        ("/requestContext/stage", &json!("prod")),
    ] {
        assert_eq!(event.pointer(pointer), Some(expected), "{pointer}");
    }
    assert_eq!(event.get("body"), None);
    let event = crate::event::token_event("a\"b", "arn");
    assert_eq!(&event, br#"{"type":"TOKEN","methodArn":"arn","authorizationToken":"a\"b"}"#);
}
