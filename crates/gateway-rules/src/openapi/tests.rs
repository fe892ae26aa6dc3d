//! Documents and what they compile to.

use frontgate_explain::PlaceId;
use serde_json::{Value, json};

use super::compile;
use crate::config::IntegrationKind;
use crate::lambda_function::LambdaFunction;
use crate::{FindingKind, fixture};

#[test]
fn a_document_of_sam_becomes_an_api() {
    let mut document = fixture::document(&["/api/submit", "/api/messages/{id}"]);
    document["x-amazon-apigateway-binary-media-types"] = json!(["image/png"]);
    document["paths"]["/api/submit"]["options"] = json!({
        "summary": "CORS support",
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "security": [{"NONE": []}],
        "responses": {"200": {"description": "Default response", "headers": {
            "Access-Control-Allow-Origin": {"type": "string"}}}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": "{\n  \"statusCode\" : 200\n}\n"},
            "responses": {"default": {"statusCode": "200",
                "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
                "responseTemplates": {"application/json": "{}\n"}}},
        },
    });
    let mut pointers = Vec::new();
    let definition = compile(&document, "abc", &mut |pointer| {
        pointers.push(pointer.to_owned());
        PlaceId::NONE
    });
    assert_eq!(definition.findings, []);
    assert_eq!(definition.title.as_deref(), Some("api"));
    assert_eq!(definition.binary_media_types, [Box::from("image/png")]);
    let methods: Vec<_> = definition
        .resources
        .iter()
        .flat_map(|resource| {
            resource.methods.iter().map(|method| format!("{} {}", method.http_method, resource.path))
        })
        .collect();
    assert_eq!(methods, ["POST /api/submit", "OPTIONS /api/submit", "POST /api/messages/{id}"]);
    let kind = &definition.resources[0].methods[0].integration.kind;
    let IntegrationKind::LambdaProxy(LambdaFunction::Named { arn, name }) = kind else { panic!("{kind:?}") };
    assert_eq!(&**name, "Hello");
    assert_eq!(&**arn, "arn:aws:lambda:us-east-1:123456789012:function:Hello");
    assert!(pointers.contains(&"/paths/~1api~1submit/post".to_owned()), "{pointers:?}");
}

/// Puts a value at a pointer of a sound document and expects one finding that says so.
fn check(pointer: &str, value: Value, kind: FindingKind, says: &str) {
    let mut document = fixture::document(&["/x"]);
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let name = name.replace("~1", "/");
    let parent = document.pointer_mut(parent).and_then(Value::as_object_mut).expect("the parent is there");
    match value {
        Value::Null => drop(parent.remove(&name)),
        value => drop(parent.insert(name, value)),
    }
    let definition = compile(&document, "abc", &mut |_| PlaceId::NONE);
    let found = definition.findings.iter().find(|finding| finding.what.contains(says));
    let found = found.unwrap_or_else(|| panic!("{pointer}: {:?}", definition.findings));
    assert_eq!(found.kind, kind, "{pointer}");
    assert!(!found.cure.is_empty());
}

#[test]
fn what_published_documents_write_otherwise_is_read() {
    let mut document = fixture::document(&["/x"]);
    document["swagger"] = json!(2.0);
    document["paths"]["/x"]["post"]["x-amazon-apigateway-auth"] = json!({"type": "aws_iam"});
    document["x-amazon-apigateway-gateway-responses"] = json!({"DEFAULT_4xx": {"statusCode": "418"}});
    let definition = compile(&document, "abc", &mut |_| PlaceId::NONE);
    assert_eq!(definition.findings, []);
    assert_eq!(definition.gateway_responses.len(), 1);
}

#[test]
fn what_is_wrong_or_not_implemented_is_named() {
    use FindingKind::{Invalid, Unsupported, UnsupportedGuard};
    const X: &str = "/paths/~1x/post/x-amazon-apigateway-integration";
    let at = |name: &str| format!("{X}/{name}");
    check("/swagger", json!("1.2"), Invalid, "no version of OpenAPI");
    check("/paths", Value::Null, Invalid, "no `paths`");
    check("/paths/x", json!({}), Invalid, "does not begin with a slash");
    check("/paths/~1{a+}~1b", json!({}), Invalid, "not the last segment");
    check("/paths/~1a{b}", json!({}), Invalid, "neither a literal nor a whole parameter");
    check("/paths/~1x/trace", json!({}), Unsupported, "`trace` of a path");
    check(X, Value::Null, Invalid, "No integration defined for the method POST");
    check(&at("type"), json!("smtp"), Invalid, "`SMTP` is no integration type");
    check(&at("type"), json!("http"), Invalid, "is no HTTP endpoint");
    check(&at("uri"), json!("arn:aws:apigateway:us-east-1:sqs:path/x"), Invalid, "names no function");
    check(&at("connectionType"), json!("VPC_LINK"), Invalid, "has no `connectionId`");
    check(&at("connectionType"), json!("TUNNEL"), Invalid, "`TUNNEL` is no connection type");
    check(&at("credentials"), json!("arn:aws:iam::1:user/x"), Invalid, "is no role");
    check(&at("contentHandling"), json!("CONVERT"), Invalid, "is no content handling");
    check(&at("tlsConfig"), json!({"serverNameToVerify": "x"}), Unsupported, "`serverNameToVerify`");
    check(&at("tlsConfig"), json!({"insecureSkipVerification": 1}), Invalid, "is no boolean");
    check(
        &at("requestParameters"),
        json!({"integration.request.header.x": true}),
        FindingKind::Warning,
        "'integration.request.header.x' of resource '/x' and method 'POST' but got 'true'",
    );
    check(&at("timeoutInMillis"), json!(30_000), Invalid, "timeout 30000");
    check(&at("requestTemplates"), json!({"application/json": "#parse(x)"}), Unsupported, "line 1, column 1");
    check(
        X,
        json!({"type": "mock", "responses": {"default": {"statusCode": "200"}}}),
        Invalid,
        "has no method response 200",
    );
    check("/paths/~1x/post/security", json!([{"MyAuthorizer": []}]), UnsupportedGuard, "MyAuthorizer");
    check("/x-amazon-apigateway-policy", json!({}), Invalid, "Invalid policy document");
    let validator = "/paths/~1x/post/x-amazon-apigateway-request-validator";
    check(validator, json!("body"), Invalid, "`body` is no request validator");
    check("/paths/~1x/post/x-amazon-apigateway-auth", json!({"type": "CUSTOM"}), UnsupportedGuard, "-auth`");
    let responses = "/x-amazon-apigateway-gateway-responses";
    check(responses, json!({"NO_SUCH": {}}), Invalid, "`NO_SUCH` is no type");
    check(
        responses,
        json!({"DEFAULT_4XX": {"responseParameters": {"X": "'1'"}}}),
        Invalid,
        "`X` is no header",
    );
}

#[test]
fn an_integration_with_an_aws_service() {
    for (uri, expected) in [
        ("arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders", Some("service `sqs`")),
        ("arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", Some("service `dynamodb`")),
        ("https://example.com", Some("names no AWS service")),
        ("arn:aws:apigateway:us-east-1:lambda:path/Hello", Some("names no function")),
        (
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${stageVariables.f}/invocations",
            None,
        ),
    ] {
        let mut document = fixture::document(&["/x"]);
        let integration = &mut document["paths"]["/x"]["post"]["x-amazon-apigateway-integration"];
        integration["type"] = json!("aws");
        integration["uri"] = json!(uri);
        let findings = compile(&document, "abc", &mut |_| PlaceId::NONE).findings;
        let found = findings.first().map(|finding| finding.what.as_str());
        match expected {
            None => assert_eq!(found, None, "{uri}"),
            Some(says) => assert!(found.is_some_and(|what| what.contains(says)), "{uri}: {found:?}"),
        }
    }
}

#[test]
fn siblings_have_one_parameter() {
    let mut document = fixture::document(&["/x/{a}", "/x/{proxy+}"]);
    let found = compile(&document, "abc", &mut |_| PlaceId::NONE).findings;
    assert!(found.iter().any(|finding| finding.what.contains("in the same place")), "{found:?}");
    document = fixture::document(&["/x/{a}", "/x/{a}/b", "/y/{c}"]);
    assert_eq!(compile(&document, "abc", &mut |_| PlaceId::NONE).findings, []);
}
