//! Exports, and that they import again into the same.

use frontgate_explain::PlaceId;
use serde_json::{Value, json};

use super::{About, Extensions, Format, http_api, rest_api};
use crate::deployment::Deployment;
use crate::http_api::HttpDeployment;
use crate::http_api::openapi::compile_http_api;
use crate::openapi;
use crate::validation::BodyCheck;

const ABOUT: About<'_> = About {
    id: "abc1234567",
    name: "shop",
    region: "us-east-1",
    stage: "prod",
    version: "2026-11-21T18:00:00Z",
    execute_api_disabled: false,
};
const ALL: Extensions = Extensions { all: true, authorizers: false, integrations: false };

fn deployed(document: &Value) -> Deployment {
    let arn = "arn:aws:execute-api:us-east-1:123456789012:abc1234567";
    let definition = openapi::compile(document, arn, &mut |_| PlaceId::NONE);
    assert_eq!(definition.findings, []);
    Deployment::of("d", definition)
}

/// What a deployment answers with, without its models, whose order is not kept.
fn answers(deployment: &Deployment) -> String {
    let mut methods = Vec::new();
    for resource in deployment.resources.rows() {
        for method in &resource.methods {
            let crate::Method {
                http_method,
                authorization,
                api_key_required,
                validation,
                integration,
                responses,
                ..
            } = method;
            let required = validation.as_ref().map(|validation| &validation.required);
            let path = &resource.path;
            methods.push(format!(
                "{http_method} {path} {authorization:?} {api_key_required} {required:?} {integration:?} {responses:?}"
            ));
        }
    }
    let rest = (&deployment.gateway_responses, &deployment.policy, &deployment.binary_media_types);
    format!("{methods:#?} {rest:#?} {:?}", deployment.minimum_compression_size)
}

/// What the validators of a deployment say of bodies.
fn said(deployment: &Deployment) -> Vec<String> {
    let mut said = Vec::new();
    for method in deployment.resources.rows().iter().flat_map(|resource| &resource.methods) {
        for (content_type, body) in
            [(None, "{}"), (None, r#"{"name": "x", "kind": "dog"}"#), (Some("text/json"), "1"), (None, "[]")]
        {
            let check = method
                .validation
                .as_ref()
                .and_then(|validation| validation.check_body(content_type, body.as_bytes()));
            said.push(match check {
                None => "none".to_owned(),
                Some(BodyCheck::NoModel) => "no model".to_owned(),
                Some(BodyCheck::Described(model)) => format!("right {}", model.name),
                Some(BodyCheck::Faulty(model, fault)) => format!("{} {}", model.name, fault.text()),
            });
        }
    }
    said
}

fn everything() -> Value {
    json!({
        "openapi": "3.0.1",
        "info": {"title": "anything", "version": "7", "description": "a shop"},
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "x-amazon-apigateway-minimum-compression-size": 100,
        "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": true, "validateRequestParameters": true}},
        "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.X": "'1'"}}},
        "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]},
        "components": {
            "schemas": {"Kind": {"type": "string", "enum": ["dog"]}},
            "securitySchemes": {
                "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
                "guard": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Guard/invocations"}},
            },
        },
        "x-frontgate-models": {"Pet": {"contentType": "application/json", "schema": {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object", "required": ["name"],
            "properties": {"kind": {"$ref": "https://apigateway.amazonaws.com/restapis/abc1234567/models/Kind"}, "other": {"$ref": "#/definitions/o"}},
            "definitions": {"o": {"type": "null"}},
        }}},
        "paths": {
            "/pets/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "post": {
                    "operationId": "PostPet",
                    "parameters": [{"name": "note", "in": "query", "required": true}, {"name": "X-Client", "in": "header"}],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/x-frontgate-models/Pet"}}}},
                    "security": [{"guard": []}, {"key": []}],
                    "x-amazon-apigateway-request-validator": "all",
                    "responses": {"200": {"description": "x", "headers": {"X-A": {}}, "content": {"application/json": {"schema": {"$ref": "#/x-frontgate-models/Empty"}}}}},
                    "x-amazon-apigateway-integration": {
                        "type": "MOCK", "passthroughBehavior": "NEVER",
                        "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
                        "responses": {"default": {"statusCode": "200", "responseParameters": {"method.response.header.X-A": "'1'"}}},
                    },
                },
                "x-amazon-apigateway-any-method": {
                    "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
                    "responses": {},
                    "x-amazon-apigateway-integration": {
                        "type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "http://127.0.0.1/{id}", "timeoutInMillis": 500,
                        "requestParameters": {"integration.request.path.id": "method.request.path.id"},
                    },
                },
            },
        },
    })
}

#[test]
fn an_export_imports_again_into_the_same() {
    let mut of_types = everything();
    of_types["paths"]["/pets/{id}"]["post"]["requestBody"]["content"]["text/json"] =
        json!({"schema": {"type": "string"}});
    let swagger = crate::fixture::document(&["/x", "/x/{y}", "/{proxy+}"]);
    for (document, formats) in [
        (everything(), &[Format::Oas30, Format::Swagger][..]),
        (swagger, &[Format::Oas30, Format::Swagger]),
        (of_types, &[Format::Oas30]),
    ] {
        let deployment = deployed(&document);
        for format in formats {
            let exported = rest_api(&deployment, &ABOUT, *format, ALL).expect("it can be said");
            let again = deployed(&exported);
            assert_eq!(answers(&again), answers(&deployment), "{exported:#}");
            let names = |said: Vec<String>| said.join("\n").replace("MODEL", "");
            assert_eq!(names(said(&again)), names(said(&deployment)), "{exported:#}");
            let twice = rest_api(&again, &ABOUT, *format, ALL).expect("it can be said");
            assert_eq!(twice, exported);
        }
    }
}

#[test]
fn the_shapes_of_get_export() {
    let deployment = deployed(&everything());
    let none = Extensions::default();
    let exported = rest_api(&deployment, &ABOUT, Format::Swagger, none).expect("it can be said");
    assert_eq!(exported["info"], json!({"description": "a shop", "version": "7", "title": "shop"}));
    assert_eq!(exported["host"], "abc1234567.execute-api.us-east-1.amazonaws.com");
    assert_eq!(exported["basePath"], "/prod");
    let post = &exported["paths"]["/pets/{id}"]["post"];
    assert_eq!(
        post.to_string(),
        json!({
            "operationId": "PostPet",
            "consumes": ["application/json"],
            "produces": ["application/json"],
            "parameters": [
                {"name": "id", "in": "path", "required": true, "type": "string"},
                {"name": "note", "in": "query", "required": true, "type": "string"},
                {"name": "X-Client", "in": "header", "required": false, "type": "string"},
                {"in": "body", "name": "Pet", "required": true, "schema": {"$ref": "#/definitions/Pet"}},
            ],
            "responses": {"200": {"description": "200 response", "schema": {"$ref": "#/definitions/Empty"}, "headers": {"X-A": {"type": "string"}}}},
            "security": [{"guard": []}, {"key": []}],
        })
        .to_string()
    );
    assert_eq!(
        exported["securityDefinitions"]["guard"],
        json!({"type": "apiKey", "name": "Authorization", "in": "header"})
    );
    assert_eq!(
        exported["definitions"]["Pet"]["properties"]["other"]["$ref"],
        "#/definitions/Pet/definitions/o"
    );
    let exported =
        rest_api(&deployment, &ABOUT, Format::Oas30, Extensions::parse("integrations").expect("known"));
    let exported = exported.expect("it can be said");
    let any = &exported["paths"]["/pets/{id}"]["x-amazon-apigateway-any-method"];
    assert_eq!(any["x-amazon-apigateway-integration"]["passthroughBehavior"], "when_no_match");
    assert_eq!(any["x-amazon-apigateway-integration"]["type"], "http_proxy");
    assert_eq!(exported["servers"][0]["variables"]["basePath"]["default"], "prod");
    assert_eq!(exported.get("x-amazon-apigateway-policy"), None);
}

#[test]
fn what_swagger_cannot_say() {
    let mut document = everything();
    let content = &mut document["paths"]["/pets/{id}"]["post"]["requestBody"]["content"];
    content["text/json"] = json!({"schema": {"type": "string"}});
    assert!(rest_api(&deployed(&document), &ABOUT, Format::Swagger, ALL).is_err());
    let content = &mut document["paths"]["/pets/{id}"]["post"]["requestBody"]["content"];
    *content = json!({"application/xml": {"schema": {"type": "string"}}});
    let error = rest_api(&deployed(&document), &ABOUT, Format::Swagger, ALL).expect_err("no JSON");
    assert!(error.0.starts_with("JSON body models are not found"), "{error:?}");
}

#[test]
fn an_http_api_imports_again_into_the_same() {
    let document = json!({
        "openapi": "3.0.1",
        "info": {"title": "x", "version": "1"},
        "x-amazon-apigateway-cors": {"allowOrigins": ["*"]},
        "components": {"x-amazon-apigateway-integrations": {"shared": {"type": "HTTP_PROXY", "httpMethod": "ANY", "uri": "http://127.0.0.1/", "payloadFormatVersion": "1.0"}}},
        "paths": {
            "/items/{id}": {"get": {"x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/shared"}}},
            "$default": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/shared"}}},
        },
    });
    let deployed = |document: &Value| {
        let definition = compile_http_api(document, "abc1234567", &mut |_| PlaceId::NONE);
        assert_eq!(definition.findings, []);
        HttpDeployment::of("d", definition)
    };
    let first = deployed(&document);
    let exported = http_api(&first, &ABOUT);
    let again = deployed(&exported);
    assert_eq!(
        format!("{:#?}", (&again.routes, &again.cors)),
        format!("{:#?}", (&first.routes, &first.cors))
    );
    assert_eq!(http_api(&again, &ABOUT), exported);
    assert_eq!(exported["paths"]["/$default"]["x-amazon-apigateway-any-method"]["isDefaultRoute"], true);
}
