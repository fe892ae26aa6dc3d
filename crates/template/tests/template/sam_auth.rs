//! What `Auth` of an API and of its events becomes. The expected results are those of AWS's own translator
//! (aws-sam-translator 1.110.0).

use serde_json::{Value, json};

use crate::{prepared, properties};

const AUTH: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Cors: "'*'"
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens:
            FunctionArn: !GetAtt Guard.Arn
            Identity: {Header: X-Token, ValidationExpression: "^x", ReauthorizeEvery: 30}
          Requests:
            FunctionArn: !GetAtt Guard.Arn
            FunctionPayloadType: REQUEST
            FunctionInvokeRole: arn:aws:iam::123456789012:role/r
            DisableFunctionDefaultPermissions: true
            Identity: {Headers: [A], QueryStrings: [b], StageVariables: [c], Context: [d]}
          Pool:
            UserPoolArn: !GetAtt P.Arn
            AuthorizationScopes: [a/b]
  Signed:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      OpenApiVersion: 3.0.1
      Cors: "'*'"
      Auth: {DefaultAuthorizer: AWS_IAM, AddDefaultAuthorizerToCorsPreflight: false}
  P: {Type: AWS::Cognito::UserPool}
  Guard: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Handler: a.b, Runtime: nodejs22.x}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: a.b
      Runtime: nodejs22.x
      Events:
        A: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /a, Method: get}}
        B: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /b, Method: get, Auth: {Authorizer: NONE}}}
        C: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /c, Method: get, Auth: {Authorizer: Pool}}}
        D: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /d, Method: get, Auth: {Authorizer: Pool, AuthorizationScopes: [c]}}}
        E: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /e, Method: get, Auth: {Authorizer: AWS_IAM, InvokeRole: NONE}}}
        G: {Type: Api, Properties: {RestApiId: !Ref Signed, Path: /g, Method: get}}
        H: {Type: Api, Properties: {RestApiId: !Ref Signed, Path: /h, Method: get, Auth: {InvokeRole: "arn:aws:iam::1:role/x"}}}
        I: {Type: Api, Properties: {RestApiId: !Ref Signed, Path: /i, Method: get, Auth: {Authorizer: NONE}}}
"#;

#[test]
fn schemes() {
    let prepared = prepared(AUTH);
    let body = &properties(&prepared, "Api")["Body"];
    let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/<Guard.Arn>/invocations";
    let scheme = |name: &str, kind: &str, authorizer: Value| {
        json!({"type": "apiKey", "name": name, "in": "header", "x-amazon-apigateway-authtype": kind,
            "x-amazon-apigateway-authorizer": authorizer})
    };
    let signature = json!({"type": "apiKey", "name": "Authorization", "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4"});
    assert_eq!(
        body["securityDefinitions"],
        json!({
            "Tokens": scheme("X-Token", "custom", json!({"type": "token", "authorizerUri": uri,
                "authorizerResultTtlInSeconds": 30, "identityValidationExpression": "^x"})),
            "Requests": scheme("Unused", "custom", json!({"type": "request", "authorizerUri": uri,
                "authorizerCredentials": "arn:aws:iam::123456789012:role/r", "identitySource":
                "method.request.header.A, method.request.querystring.b, stageVariables.c, context.d"})),
            "Pool": scheme("Authorization", "cognito_user_pools",
                json!({"type": "cognito_user_pools", "providerARNs": ["<P.Arn>"]})),
            "AWS_IAM": signature,
        })
    );
    let signed = &properties(&prepared, "Signed")["Body"];
    assert_eq!(signed["components"]["securitySchemes"], json!({"AWS_IAM": signature}));
    assert_eq!(signed["securityDefinitions"], Value::Null);
}

#[test]
fn methods() {
    let prepared = prepared(AUTH);
    let tokens = json!([{"Tokens": []}]);
    let iam = json!([{"AWS_IAM": []}]);
    let caller = json!("arn:aws:iam::*:user/*");
    for (api, path, method, security, credentials) in [
        ("Api", "/a", "get", tokens.clone(), Value::Null),
        ("Api", "/a", "options", tokens, Value::Null),
        ("Api", "/b", "get", json!([{"NONE": []}]), Value::Null),
        ("Api", "/c", "get", json!([{"Pool": ["a/b"]}]), Value::Null),
        ("Api", "/d", "get", json!([{"Pool": ["c"]}]), Value::Null),
        ("Api", "/e", "get", iam.clone(), Value::Null),
        ("Signed", "/g", "get", iam.clone(), caller),
        ("Signed", "/g", "options", Value::Null, Value::Null),
        ("Signed", "/h", "get", iam, Value::Null),
        ("Signed", "/i", "get", json!([{"NONE": []}]), Value::Null),
    ] {
        let operation = &properties(&prepared, api)["Body"]["paths"][path][method];
        assert_eq!(operation["security"], security, "{api} {path} {method}");
        let found = &operation["x-amazon-apigateway-integration"]["credentials"];
        assert_eq!(*found, credentials, "{api} {path} {method}");
    }
}

#[test]
fn permissions() {
    let prepared = prepared(AUTH);
    let permission = properties(&prepared, "ApiTokensAuthorizerPermission");
    assert_eq!(
        permission,
        json!({"Action": "lambda:InvokeFunction", "FunctionName": "<Guard.Arn>",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": "arn:aws:execute-api:us-east-1:123456789012:<Api>/authorizers/*"})
    );
    let made = |id: &str| prepared.resources.iter().any(|resource| resource.logical_id == id);
    assert!(!made("ApiRequestsAuthorizerPermission") && !made("ApiPoolAuthorizerPermission"));
}

const POLICIES: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Auth:
        ResourcePolicy:
          AwsAccountWhitelist: ["111122223333"]
          AwsAccountBlacklist: ["444455556666"]
          IpRangeWhitelist: [192.0.2.0/24]
          IpRangeBlacklist: [198.51.100.0/24]
          CustomStatements:
            - {Effect: Allow, Principal: "*", Action: execute-api:Invoke, Resource: execute-api:/*}
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: a.b
      Runtime: nodejs22.x
      Events:
        A: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/a/{id}/", Method: get}}
        B: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /b, Method: any}}
  One:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, Auth: {ResourcePolicy: {IpRangeWhitelist: [192.0.2.0/24]}}}
  Two:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod}
  G:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: a.b
      Runtime: nodejs22.x
      Events:
        A: {Type: Api, Properties: {RestApiId: !Ref One, Path: "/a", Method: get}}
        B: {Type: Api, Properties: {RestApiId: !Ref Two, Path: "/b", Method: get, Auth: {ResourcePolicy: {AwsAccountWhitelist: ["111122223333"], CustomStatements: {Effect: Deny, Principal: "*", Action: execute-api:Invoke, Resource: execute-api:/x}}}}}
        C: {Type: Api, Properties: {RestApiId: !Ref Two, Path: "/c", Method: post, Auth: {ResourcePolicy: {AwsAccountWhitelist: ["111122223333"]}}}}
"#;

#[test]
fn resource_policies() {
    let prepared = prepared(POLICIES);
    let statement = |effect: &str, resource: &str, principal: Value, condition: Option<Value>| {
        let mut statement = json!({"Effect": effect, "Action": "execute-api:Invoke",
            "Resource": [format!("execute-api:/prod/{resource}")], "Principal": principal});
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    };
    let account = |id: &str| json!({"AWS": [id]});
    let range = |operator: &str, range: &str| Some(json!({operator: {"aws:SourceIp": [range]}}));
    let all = |resource: &str| {
        [
            statement("Allow", resource, account("111122223333"), None),
            statement("Deny", resource, account("444455556666"), None),
            statement("Allow", resource, json!("*"), None),
            statement("Deny", resource, json!("*"), range("NotIpAddress", "192.0.2.0/24")),
            statement("Deny", resource, json!("*"), range("IpAddress", "198.51.100.0/24")),
        ]
    };
    let custom = |effect: &str, resource: &str| json!({"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource});
    let mut of_api = [all("GET/a/*/"), all("*/b")].concat();
    of_api.push(custom("Allow", "execute-api:/*"));
    let of_one = vec![
        statement("Allow", "GET/a", json!("*"), None),
        statement("Deny", "GET/a", json!("*"), range("NotIpAddress", "192.0.2.0/24")),
    ];
    let of_two = vec![
        statement("Allow", "GET/b", account("111122223333"), None),
        custom("Deny", "execute-api:/x"),
        statement("Allow", "POST/c", account("111122223333"), None),
    ];
    for (api, statements) in [("Api", of_api), ("One", of_one), ("Two", of_two)] {
        let body = &properties(&prepared, api)["Body"];
        let expected = json!({"Version": "2012-10-17", "Statement": statements});
        assert_eq!(body["x-amazon-apigateway-policy"], expected, "{api}");
    }
}
