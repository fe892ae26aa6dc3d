//! Snippets that people publish, completed to templates.

use serde_json::json;

use crate::{prepared, properties, refused};

/// A distribution in front of an API with a proxy resource, from an answer of 2018.
#[test]
fn cloudfront_in_front_of_an_api() {
    let prepared = prepared(
        r#"
Parameters:
  CloudFrontCname: {Type: String, Default: www.example.com}
  AcmCertificateArn: {Type: String, Default: "arn:aws:acm:us-east-1:123456789012:certificate/1"}
  VerifyFromCfHeaderVal: {Type: String, Default: secret, NoEcho: true}
  Route53HostedZoneId: {Type: "AWS::Route53::HostedZone::Id", Default: Z1}
Resources:
  ApiGatewayLambdaProxy:
    Type: AWS::ApiGateway::RestApi
  CloudFront:  
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Comment: !Join [ '--', [!Ref 'AWS::StackName', ' Cloud Front']]
        Aliases: [!Ref CloudFrontCname]
        Origins:
        - Id: APIGOrigin
          DomainName: !Sub
            - ${apigId}.execute-api.${AWS::Region}.amazonaws.com
            - { apigId: !Ref ApiGatewayLambdaProxy }
          OriginPath: !Sub
            - /${Stage}
            - { Stage: !Select [ "0", !Split [ '-', !Ref 'AWS::StackName' ] ] }
          CustomOriginConfig:
            # HTTPPort: 80
            HTTPSPort: 443
            OriginProtocolPolicy: https-only
          OriginCustomHeaders:
            - HeaderName: 'Verify-From-Cf'
              HeaderValue: !Ref VerifyFromCfHeaderVal
        CustomErrorResponses:
        - ErrorCachingMinTTL: 0
          ErrorCode: 400
  DNSARecord:    
    Type: AWS::Route53::RecordSet
    Properties:
      Name: !Ref CloudFrontCname
      HostedZoneName: !Join ['.', [ !Select [1, !Split ['.', !Ref CloudFrontCname]], !Select [2, !Split ['.', !Ref CloudFrontCname]], '']]
      AliasTarget:
        HostedZoneId: !Ref Route53HostedZoneId
        DNSName: !GetAtt CloudFront.DomainName
"#,
    );
    let distribution = properties(&prepared, "CloudFront");
    let config = &distribution["DistributionConfig"];
    assert_eq!(config["Comment"], json!("web-app-- Cloud Front"));
    assert_eq!(
        config["Origins"][0],
        json!({
            "Id": "APIGOrigin",
            "DomainName": "<ApiGatewayLambdaProxy>.execute-api.us-east-1.amazonaws.com",
            "OriginPath": "/web",
            "CustomOriginConfig": {"HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
            "OriginCustomHeaders": [{"HeaderName": "Verify-From-Cf", "HeaderValue": "secret"}]
        })
    );
    let record = properties(&prepared, "DNSARecord");
    assert_eq!(record["HostedZoneName"], json!("example.com."));
    assert_eq!(record["AliasTarget"]["DNSName"], json!("<CloudFront.DomainName>"));
    assert!(prepared.parameter("VerifyFromCfHeaderVal").is_some_and(|parameter| parameter.no_echo));
}

/// Joined by hand from its steps, the walk-through defines its sections twice.
#[test]
fn sections_written_twice() {
    let text = "Resources:\n  MyDistribution: {Type: AWS::CloudFront::Distribution}\nResources:\n  MyApi: {Type: AWS::Serverless::Api}\n";
    let errors = frontgate_template::load("t", text).expect_err("a duplicate");
    assert_eq!(
        errors.0[0].message,
        "Template format error: duplicate key 'Resources' (first on line 1, again on line 3)"
    );
}

/// Joined properly, it names a function that it never defines.
#[test]
fn a_function_that_is_missing() {
    let (errors, template) = refused(
        r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  MyApi:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody:
        swagger: "2.0"
        paths:
          /api/submit:
            post:
              x-amazon-apigateway-integration:
                uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${SubmitFunction.Arn}/invocations
                httpMethod: POST
                type: aws_proxy
  ApiPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref SubmitFunction
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${MyApi}/*/*/*
"#,
    );
    let lines = errors.iter().filter_map(|error| Some(template.source.line_column(error.span?.start).0));
    assert_eq!(lines.collect::<Vec<_>>(), [14, 21]);
}

/// Whatever is cut out of a template or doubled in it, it is answered with findings.
#[test]
fn mutilated_templates_never_panic() {
    let text = include_str!("../../../../examples/one-domain/template.yaml");
    let lines = text.lines().collect::<Vec<_>>();
    let check = |lines: &[&str]| {
        let text = lines.join("\n");
        let context = crate::context(&[]);
        match frontgate_template::load("t", &text) {
            Ok(template) => match frontgate_template::prepare(&template, &context) {
                Ok(prepared) => {
                    for resource in &prepared.resources {
                        let _ = frontgate_template::resolve(&prepared, &resource.properties, &crate::Made);
                    }
                }
                Err(errors) => assert!(!errors.render(&template.source, true).is_empty()),
            },
            Err(errors) => {
                let source = frontgate_template::SourceFile::new("t", &text);
                assert!(!errors.render(&source, false).is_empty());
            }
        }
    };
    for at in 0..lines.len() {
        check(&[&lines[..at], &lines[at + 1..]].concat());
        check(&[&lines[..at], &lines[at..=at], &lines[at..]].concat());
        let line = lines[at];
        let value = line.find(": ").map_or(line.len(), |colon| colon + 1);
        for replaced in [
            "",
            " []",
            " {}",
            " [[[",
            " !Sub",
            " !GetAtt",
            " !If [a, b, c]",
            " '",
            " !Ref [x]",
            "\t1",
            " 1",
            " {Fn::If: 1}",
        ] {
            let changed = format!("{}{replaced}", &line[..value]);
            check(&[&lines[..at], &[changed.as_str()], &lines[at + 1..]].concat());
        }
    }
}
