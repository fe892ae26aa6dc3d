//! What the items of `Policies` become, compared with AWS's own translator (aws-sam-translator 1.115.0).

use serde_json::{Value, json};

use crate::{prepared, properties, refused};

fn template(policies: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Conditions:
  Holds: !Equals [a, a]
  Fails: !Equals [a, b]
Resources:
  Table: {{Type: AWS::DynamoDB::Table}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: x
      Policies: {policies}
"
    )
}

fn policies(policies: &str) -> Value {
    properties(&prepared(&template(policies)), "FRole")["Policies"].clone()
}

#[test]
fn a_policy_template_becomes_its_statements() {
    let statement =
        |actions: Value, resource: Value| json!({"Action": actions, "Effect": "Allow", "Resource": resource});
    let rows = [
        (
            "[{LambdaInvokePolicy: {FunctionName: ledger}}]".to_owned(),
            0,
            statement(
                json!(["lambda:InvokeFunction"]),
                json!("arn:aws:lambda:us-east-1:123456789012:function:ledger*"),
            ),
        ),
        (
            "[!Ref AWS::NoValue, {SNSCrudPolicy: {TopicName: !Ref Table}}]".to_owned(),
            1,
            statement(
                json!([
                    "sns:ListSubscriptionsByTopic",
                    "sns:CreateTopic",
                    "sns:SetTopicAttributes",
                    "sns:Subscribe",
                    "sns:Publish"
                ]),
                json!("arn:aws:sns:us-east-1:123456789012:<Table>*"),
            ),
        ),
        (
            "{KMSDecryptPolicy: {KeyId: 7}}".to_owned(),
            0,
            statement(json!("kms:Decrypt"), json!("arn:aws:kms:us-east-1:123456789012:key/7")),
        ),
        (
            "[!If [Holds, {EC2DescribePolicy: {}}, !Ref AWS::NoValue]]".to_owned(),
            0,
            statement(json!(["ec2:DescribeRegions", "ec2:DescribeInstances"]), json!("*")),
        ),
    ];
    for (written, index, expected) in rows {
        let made = policies(&written);
        let name = format!("FRolePolicy{index}");
        let document = json!({"Statement": [expected]});
        assert_eq!(made, json!([{"PolicyName": name, "PolicyDocument": document}]), "{written}");
    }
    assert_eq!(policies("[!If [Fails, {EC2DescribePolicy: {}}, !Ref AWS::NoValue]]"), Value::Null);
}

#[test]
fn what_is_wrong_with_an_item_is_said_in_the_words_of_sam() {
    let rows = [
        (
            "[{S3CrudPolicy: {}}]",
            "Following required parameters of template 'S3CrudPolicy' don't have values: ['BucketName']",
        ),
        ("[{S3CrudPolicy: all}]", "Must specify valid parameter values for policy template 'S3CrudPolicy'"),
        ("[{S3CrudPolice: {BucketName: b}}]", "Policy at index 0 in the 'Policies' property is not valid"),
        (
            "[!If [Holds, {EC2DescribePolicy: {}}, AWSLambdaRole]]",
            "Different policy types within the same Fn::If statement is unsupported.",
        ),
    ];
    for (written, expected) in rows {
        let (errors, _) = refused(&template(written));
        let told = errors.iter().any(|error| error.message.contains(expected));
        assert!(told, "{written}: {errors:?}");
    }
}
