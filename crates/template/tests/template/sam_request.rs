//! What `Models`, `RequestModel` and `RequestParameters` become. The expected results and words are those of AWS's own
//! translator (aws-sam-translator 1.110.0).

use serde_json::json;

use crate::{prepared, properties, refused};

fn template(api: &str, event: &str) -> String {
    format!(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {{StageName: prod, {api}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: a.b
      Runtime: nodejs22.x
      Events:
        A: {{Type: Api, Properties: {{RestApiId: !Ref Api, Path: /a, Method: post, {event}}}}}
"
    )
}

const MODELS: &str = "Models: {User: {type: object, required: [n], properties: {n: {type: string}}}}";

#[test]
fn a_model_and_parameters_of_swagger() {
    let event = "RequestModel: {Model: User, Required: true, ValidateBody: true}, RequestParameters: [\
                 method.request.header.A, {method.request.querystring.b: {Required: true, Caching: true}}]";
    let body = &properties(&prepared(&template(MODELS, event)), "Api")["Body"];
    let post = &body["paths"]["/a"]["post"];
    assert_eq!(
        post["parameters"],
        json!([
            {"required": true, "in": "body", "name": "user", "schema": {"$ref": "#/definitions/user"}},
            {"required": false, "type": "string", "name": "A", "in": "header"},
            {"required": true, "type": "string", "name": "b", "in": "query"},
        ])
    );
    assert_eq!(
        post["x-amazon-apigateway-integration"]["cacheKeyParameters"],
        json!(["method.request.querystring.b"])
    );
    assert_eq!(post["x-amazon-apigateway-request-validator"], "body-only");
    assert_eq!(
        body["x-amazon-apigateway-request-validators"],
        json!({"body-only": {"validateRequestParameters": false, "validateRequestBody": true}})
    );
    assert_eq!(
        body["definitions"],
        json!({"user": {"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}}}})
    );
}

#[test]
fn a_model_of_openapi_3() {
    let api = format!("OpenApiVersion: 3.0.1, {MODELS}");
    let event = "RequestModel: {Model: User, ValidateParameters: true, ValidateBody: true}";
    let body = &properties(&prepared(&template(&api, event)), "Api")["Body"];
    let post = &body["paths"]["/a"]["post"];
    assert_eq!(
        post["requestBody"],
        json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/user"}}}})
    );
    assert_eq!(post["x-amazon-apigateway-request-validator"], "body-and-params");
    assert_eq!(body["components"]["schemas"]["user"]["required"], json!(["n"]));
    assert_eq!(body.get("definitions"), None);
}

#[test]
fn what_sam_refuses() {
    for (api, event, says) in [
        (
            "Name: x",
            "RequestModel: {Model: User}",
            "Unable to set RequestModel [User] on API method [post] for path [/a] because the related API does not define any Models.",
        ),
        (MODELS, "RequestModel: {Model: Other}", "because it wasn't defined in the API's Models."),
        (
            MODELS,
            "RequestModel: {Model: User, ValidateBody: \"true\"}",
            "ValidateBody and ValidateParameters must be a boolean type, strings or intrinsics are not supported.",
        ),
        (
            "Name: x",
            "RequestParameters: [method.request.body.x]",
            "Keys must be in the format 'method.request.[querystring|path|header].{value}'",
        ),
        (
            "Name: x",
            "RequestParameters: [{method.request.header.x: {Needed: true}}]",
            "Values must be an object, e.g { Required: true, Caching: false }",
        ),
        ("Name: x", "RequestParameters: [1]", "Property must be either a string or an object"),
        (
            "Models: {User: {properties: {}}}",
            "RequestModel: {Model: User}",
            "'Models' schema is missing 'type'.",
        ),
        ("Models: {User: x}", "RequestModel: {Model: User}", "Invalid value for 'Models' property"),
        ("Models: x", "RequestModel: {Model: User}", "Property 'Models' should be a map."),
    ] {
        let (errors, template) = refused(&template(api, event));
        let page = errors.render(&template.source, false);
        assert!(page.contains(says), "{says}\n{page}");
    }
}
