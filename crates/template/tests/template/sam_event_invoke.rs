//! What `EventInvokeConfig` becomes, compared with AWS's own translator (aws-sam-translator 1.115.0).

use serde_json::json;

use crate::{prepared, properties, refused};

fn template(function: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: x
{function}
  G: {{Type: AWS::Serverless::Function, Properties: {{Runtime: python3.11, Handler: i.h, InlineCode: x}}}}
"
    )
}

#[test]
fn the_function_may_invoke_its_destinations() {
    let prepared = prepared(&template(
        "      AutoPublishAlias: live
      EventInvokeConfig:
        MaximumEventAgeInSeconds: 60
        MaximumRetryAttempts: 0
        DestinationConfig:
          OnFailure: {Type: Lambda, Destination: !GetAtt G.Arn}
          OnSuccess: {Type: Lambda, Destination: !GetAtt G.Arn}",
    ));
    assert_eq!(
        properties(&prepared, "FEventInvokeConfig"),
        json!({
            "FunctionName": "<F>",
            "Qualifier": "live",
            "MaximumEventAgeInSeconds": 60,
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {
                "OnFailure": {"Destination": "<G.Arn>"},
                "OnSuccess": {"Destination": "<G.Arn>"},
            },
        })
    );
    let statement = json!({"Action": "lambda:InvokeFunction", "Effect": "Allow", "Resource": "<G.Arn>"});
    let policy = |case: &str| {
        json!({
            "PolicyName": format!("FEventInvokeConfig{case}LambdaPolicy"),
            "PolicyDocument": {"Statement": [statement]},
        })
    };
    assert_eq!(properties(&prepared, "FRole")["Policies"], json!([policy("OnSuccess"), policy("OnFailure")]));
}

#[test]
fn without_an_alias_it_is_for_latest() {
    let prepared = prepared(&template("      EventInvokeConfig: {MaximumRetryAttempts: 1}"));
    assert_eq!(
        properties(&prepared, "FEventInvokeConfig"),
        json!({"FunctionName": "<F>", "Qualifier": "$LATEST", "MaximumRetryAttempts": 1})
    );
}

#[test]
fn what_is_no_destination_is_refused() {
    for (destination, said) in [
        (
            "{Destination: a}",
            "'Type: None' must be one of ['SQS', 'SNS', 'EventBridge', 'Lambda', 'S3Bucket']",
        ),
        ("{Type: X, Destination: a}", "'Type: X' must be one of"),
        ("{Type: SQS}", "OnFailure of F: a destination of Type SQS is not supported"),
        ("{Type: Lambda}", "Destination is required if Type is not ['SQS', 'SNS']"),
    ] {
        let text = template(&format!(
            "      EventInvokeConfig: {{DestinationConfig: {{OnFailure: {destination}}}}}"
        ));
        let (errors, _) = refused(&text);
        assert!(errors.iter().any(|error| error.message.contains(said)), "{destination}: {errors:?}");
    }
}
