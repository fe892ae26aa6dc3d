//! What `Auth` of an event adds to an API with a definition of its own, and statements about VPCs, compared with AWS's own
//! translator (aws-sam-translator 1.115.0).

use serde_json::{Value, json};

use crate::{prepared, properties, refused};

fn template(auth: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      PropagateTags: true
      Auth:
        DefaultAuthorizer: AWS_IAM
        Authorizers: {{Pool: {{UserPoolArn: arn:aws:cognito-idp:us-east-1:123456789012:userpool/x}}}}
      DefinitionBody:
        swagger: \"2.0\"
        info: {{title: t, version: \"1\"}}
        paths: {{/x: {{get: {{responses: {{\"200\": {{description: ok}}}}, x-amazon-apigateway-integration: {{type: mock}}}}}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: x
      SourceKMSKeyArn: arn:aws:kms:us-east-1:123456789012:key/1
      Events:
        Get: {{Type: Api, Properties: {{Path: /x, Method: get, RestApiId: !Ref Api, Auth: {auth}}}}}
"
    )
}

fn body(auth: &str) -> Value {
    properties(&prepared(&template(auth)), "Api")["Body"].clone()
}

#[test]
fn an_event_overrides_who_may_call_an_operation_of_a_definition() {
    for (auth, expected) in [
        ("{Authorizer: Pool, OverrideApiAuth: true}", json!([{"Pool": []}])),
        ("{Authorizer: NONE, OverrideApiAuth: true}", json!([{"NONE": []}])),
    ] {
        assert_eq!(body(auth)["paths"]["/x"]["get"]["security"], expected, "{auth}");
    }
    let function = properties(&prepared(&template("{Authorizer: Pool, OverrideApiAuth: true}")), "F");
    assert_eq!(
        function["Code"],
        json!({"ZipFile": "x", "SourceKMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1"})
    );
}

#[test]
fn vpcs_and_endpoints_become_statements() {
    let rows = [
        ("SourceVpcWhitelist: [vpc-1, vpce-2]", "StringNotEquals", json!(["vpc-1"]), json!(["vpce-2"])),
        (
            "IntrinsicVpcBlacklist: [vpc-1], IntrinsicVpceBlacklist: [!Ref AWS::Region]",
            "StringEquals",
            json!(["vpc-1"]),
            json!(["us-east-1"]),
        ),
    ];
    for (written, operator, vpcs, endpoints) in rows {
        let auth = format!("{{OverrideApiAuth: true, ResourcePolicy: {{{written}}}}}");
        let statement = |effect: &str| {
            json!({
                "Effect": effect,
                "Action": "execute-api:Invoke",
                "Resource": ["execute-api:/prod/GET/x"],
                "Principal": "*",
            })
        };
        let mut deny = statement("Deny");
        deny["Condition"] = json!({operator: {"aws:SourceVpc": vpcs, "aws:SourceVpce": endpoints}});
        let expected = json!({"Version": "2012-10-17", "Statement": [statement("Allow"), deny]});
        assert_eq!(body(&auth)["x-amazon-apigateway-policy"], expected, "{written}");
    }
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_sam() {
    let rows = [
        (
            "{OverrideApiAuth: true}",
            "Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.",
        ),
        (
            "{OverrideApiAuth: true, ResourcePolicy: {SourceVpcWhitelist: [!Ref AWS::Region]}}",
            "SourceVpcWhitelist must be a list of strings. Use IntrinsicVpcWhitelist instead",
        ),
        ("{Authorizer: Pool}", "OverrideApiAuth: true"),
    ];
    for (auth, expected) in rows {
        let (errors, _) = refused(&template(auth));
        let told = errors.iter().any(|error| error.message.contains(expected));
        assert!(told, "{auth}: {errors:?}");
    }
}
