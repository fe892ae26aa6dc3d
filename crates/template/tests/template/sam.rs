//! What SAM's resources become. The expected results are those of AWS's own translator (aws-sam-translator 1.115.0).

use serde_json::json;

use crate::{context, loaded, prepared, properties, refused};

const EVENTS: &str = r#"
Transform: AWS::Serverless-2016-10-31
Globals:
  Api:
    BinaryMediaTypes: [image~1png]
  Function:
    Runtime: nodejs22.x
    Timeout: 3
    Tags: {team: web}
    Environment: {Variables: {A: 1, B: 2}}
    Layers: [one]
    Architectures: [x86_64]
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      EndpointConfiguration: {Type: REGIONAL}
      Cors: {AllowOrigin: "'https://a.example'", AllowHeaders: "'X-A'", MaxAge: "'600'", AllowCredentials: true}
      Variables: {v: w}
  Function:
    Type: AWS::Serverless::Function
    DeletionPolicy: Retain
    Properties:
      Handler: index.handler
      CodeUri: ./src
      Timeout: 5
      Layers: [two]
      Architectures: [arm64]
      Environment: {Variables: {B: 3}}
      Policies: [AmazonS3ReadOnlyAccess, {S3ReadPolicy: {BucketName: x}}, {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}]
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/a/{id}", Method: GET}}
        Any: {Type: Api, Properties: {RestApiId: Api, Path: "/{proxy+}", Method: any, TimeoutInMillis: 5000}}
        Own: {Type: Api, Properties: {Path: /own/, Method: post}}
Outputs:
  Url: {Value: !Sub "${Api}/${Api.Stage}"}
"#;

#[test]
fn resources_have_the_names_that_sam_gives() {
    let prepared = prepared(EVENTS);
    let mut found = prepared
        .resources
        .iter()
        .map(|r| (r.logical_id.as_str(), r.kind.as_str(), r.made_by.as_deref()))
        .collect::<Vec<_>>();
    found.sort_unstable();
    let deployments = found.extract_if(.., |row| row.1 == "AWS::ApiGateway::Deployment").collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            ("Api", "AWS::ApiGateway::RestApi", Some("Api")),
            ("ApiprodStage", "AWS::ApiGateway::Stage", Some("Api")),
            ("Function", "AWS::Lambda::Function", Some("Function")),
            ("FunctionAnyPermissionprod", "AWS::Lambda::Permission", Some("Function")),
            ("FunctionGetPermissionprod", "AWS::Lambda::Permission", Some("Function")),
            ("FunctionOwnPermissionProd", "AWS::Lambda::Permission", Some("Function")),
            ("FunctionRole", "AWS::IAM::Role", Some("Function")),
            ("ServerlessRestApi", "AWS::ApiGateway::RestApi", Some("ServerlessRestApi")),
            ("ServerlessRestApiProdStage", "AWS::ApiGateway::Stage", Some("ServerlessRestApi")),
        ]
    );
    assert_eq!(deployments.len(), 2);
    for (logical_id, _, made_by) in deployments {
        let prefix = format!("{}Deployment", made_by.unwrap_or_default());
        let digest = logical_id.strip_prefix(&prefix).unwrap_or_default();
        assert!(digest.len() == 10 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{logical_id}");
    }
    let policies = ["FunctionRole", "ServerlessRestApi"]
        .map(|id| prepared.resource(id).and_then(|r| r.deletion_policy.clone()));
    assert_eq!(policies, [Some("Retain".to_owned()), Some("Retain".to_owned())]);
    let outputs = frontgate_template::resolve_outputs(&prepared, &crate::Made).expect("outputs");
    assert_eq!(outputs[0].value, "<Api>/<ApiprodStage>");
}

#[test]
fn a_function() {
    let prepared = prepared(EVENTS);
    assert_eq!(
        properties(&prepared, "Function"),
        json!({
            "Architectures": ["arm64"],
            "Code": {"frontgate:Folder": "./src"},
            "Environment": {"Variables": {"A": 1, "B": 3}},
            "Handler": "index.handler",
            "Layers": ["one", "two"],
            "Role": "<FunctionRole.Arn>",
            "Runtime": "nodejs22.x",
            "Tags": [{"Key": "lambda:createdBy", "Value": "SAM"}, {"Key": "team", "Value": "web"}],
            "Timeout": 5
        })
    );
    let role = properties(&prepared, "FunctionRole");
    assert_eq!(
        role["ManagedPolicyArns"],
        json!([
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
        ])
    );
    assert_eq!(role["Policies"][0]["PolicyName"], json!("FunctionRolePolicy1"));
    assert_eq!(role["Policies"][1]["PolicyDocument"]["Statement"][0]["Action"], json!("s3:*"));
    assert_eq!(
        role["AssumeRolePolicyDocument"]["Statement"][0],
        json!({"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}})
    );
}

#[test]
fn permissions() {
    let prepared = prepared(EVENTS);
    for (id, api, resource) in [
        ("FunctionGetPermissionprod", "<Api>", "GET/a/*"),
        ("FunctionAnyPermissionprod", "Api", "*/*"),
        ("FunctionOwnPermissionProd", "<ServerlessRestApi>", "POST/own"),
    ] {
        assert_eq!(
            properties(&prepared, id),
            json!({
                "Action": "lambda:InvokeFunction",
                "FunctionName": "<Function>",
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": format!("arn:aws:execute-api:us-east-1:123456789012:{api}/*/{resource}")
            }),
            "{id}"
        );
    }
}

#[test]
fn an_api() {
    let prepared = prepared(EVENTS);
    let api = properties(&prepared, "Api");
    let body = &api["Body"];
    let proxy = json!({
        "x-amazon-apigateway-integration": {
            "httpMethod": "POST",
            "type": "aws_proxy",
            "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/<Function.Arn>/invocations"
        },
        "responses": {}
    });
    assert_eq!(body["swagger"], json!("2.0"));
    assert_eq!(body["info"], json!({"version": "1.0", "title": "web-app"}));
    assert_eq!(body["x-amazon-apigateway-binary-media-types"], json!(["image/png"]));
    assert_eq!(api["BinaryMediaTypes"], json!(["image~1png"]));
    assert_eq!(api["EndpointConfiguration"], json!({"Types": ["REGIONAL"]}));
    assert_eq!(api["Parameters"], json!({"endpointConfigurationTypes": "REGIONAL"}));
    assert_eq!(body["paths"]["/a/{id}"]["get"], proxy);
    let any = &body["paths"]["/{proxy+}"]["x-amazon-apigateway-any-method"];
    assert_eq!(any["x-amazon-apigateway-integration"]["timeoutInMillis"], json!(5000));
    let options = &body["paths"]["/a/{id}"]["options"];
    assert_eq!(
        options["x-amazon-apigateway-integration"],
        json!({
            "type": "mock",
            "requestTemplates": {"application/json": "{\n  \"statusCode\" : 200\n}\n"},
            "responses": {"default": {
                "statusCode": "200",
                "responseParameters": {
                    "method.response.header.Access-Control-Allow-Origin": "'https://a.example'",
                    "method.response.header.Access-Control-Allow-Headers": "'X-A'",
                    "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
                    "method.response.header.Access-Control-Max-Age": "'600'",
                    "method.response.header.Access-Control-Allow-Credentials": "'true'"
                },
                "responseTemplates": {"application/json": "{}\n"}
            }}
        })
    );
    assert_eq!(options["consumes"], json!(["application/json"]));
    assert_eq!(options["responses"]["200"]["headers"]["Access-Control-Max-Age"], json!({"type": "integer"}));
    let all = &body["paths"]["/{proxy+}"]["options"]["x-amazon-apigateway-integration"]["responses"]["default"]
        ["responseParameters"];
    assert_eq!(
        all["method.response.header.Access-Control-Allow-Methods"],
        json!("'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'")
    );
    let stage = properties(&prepared, "ApiprodStage");
    assert_eq!(stage["StageName"], json!("prod"));
    assert_eq!(stage["Variables"], json!({"v": "w"}));
    let deployment =
        prepared.resources.iter().find(|r| r.logical_id.starts_with("ApiDeployment")).expect("one");
    let deployment = properties(&prepared, &deployment.logical_id);
    assert_eq!(deployment["StageName"], json!("Stage"));
    assert_eq!(deployment["RestApiId"], json!("<Api>"));
}

#[test]
fn names_of_stages() {
    for (stage, expected) in
        [("prod", "ApiprodStage"), ("v1-beta", "ApiStage2817521297"), ("!Ref AWS::StackName", "ApiStage")]
    {
        let text = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  Api: {{Type: AWS::Serverless::Api, Properties: {{StageName: {stage}, OpenApiVersion: 3.0.1, Cors: \"'*'\"}}}}\n  F: {{Type: AWS::Serverless::Function, Properties: {{InlineCode: x, Events: {{E: {{Type: Api, Properties: {{Path: /, Method: get, RestApiId: !Ref Api}}}}}}}}}}\n"
        );
        let prepared = prepared(&text);
        assert!(prepared.resource(expected).is_some(), "{stage}");
        let body = properties(&prepared, "Api")["Body"].clone();
        assert_eq!(body["openapi"], json!("3.0.1"));
        assert!(body.get("swagger").is_none());
        let options = &body["paths"]["/"]["options"];
        assert!(options.get("consumes").is_none());
        assert_eq!(
            options["responses"]["200"]["headers"]["Access-Control-Allow-Origin"],
            json!({"schema": {"type": "string"}})
        );
        // With an OpenApiVersion there is no stage called "Stage".
        let deployment =
            prepared.resources.iter().find(|r| r.logical_id.starts_with("ApiDeployment")).expect("one");
        assert!(properties(&prepared, &deployment.logical_id).get("StageName").is_none());
    }
}

#[test]
fn own_definitions_are_kept() {
    let prepared = prepared(
        r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: p
      DisableExecuteApiEndpoint: true
      GatewayResponses: {DEFAULT_4XX: {StatusCode: 404, ResponseParameters: {Headers: {X: "'y'"}}}}
      DefinitionBody:
        swagger: "2.0"
        paths: {/a: {get: {x: y}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: exports.handler = 1
      Role: arn:aws:iam::123456789012:role/mine
      Events: {E: {Type: Api, Properties: {Path: /b, Method: get, RestApiId: !Ref Api}}}
"#,
    );
    let body = properties(&prepared, "Api")["Body"].clone();
    assert_eq!(
        body,
        json!({
            "swagger": "2.0",
            "paths": {"/a": {"get": {"x": "y"}}},
            "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {
                "responseParameters": {"gatewayresponse.header.X": "'y'"},
                "responseTemplates": {},
                "statusCode": "404"
            }},
            "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": true}
        })
    );
    assert!(prepared.resource("FEPermissionp").is_some() && prepared.resource("FRole").is_none());
    assert_eq!(properties(&prepared, "F")["Code"], json!({"ZipFile": "exports.handler = 1"}));
    assert_eq!(properties(&prepared, "F")["Role"], json!("arn:aws:iam::123456789012:role/mine"));
}

#[test]
fn functions_that_are_not_made_add_nothing() {
    let text = r#"
Transform: AWS::Serverless-2016-10-31
Conditions: {Never: !Equals [a, b]}
Resources:
  F:
    Type: AWS::Serverless::Function
    Condition: Never
    Properties: {InlineCode: x, Events: {E: {Type: Api, Properties: {Path: /b, Method: get}}}}
  B: {Type: AWS::S3::Bucket}
"#;
    let prepared = prepared(text);
    assert_eq!(prepared.resources.iter().map(|r| r.logical_id.as_str()).collect::<Vec<_>>(), ["B"]);
}

#[test]
fn findings_point_at_the_users_line() {
    for (resource, expected) in WRONG {
        let (errors, template) = refused(&format!("{WRONG_HEAD}  {resource}\n"));
        let found = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>();
        assert_eq!(found, [*expected], "{resource}");
        assert_eq!(
            errors.0[0].span.map(|span| template.source.line_column(span.start).0),
            Some(5),
            "{resource}"
        );
    }
    let (errors, template) = refused(&format!(
        "{WRONG_HEAD}Globals: {{Function: {{Role: x}}, Functions: {{}}, StateMachine: {{}}}}\n"
    ));
    let found = errors.iter().map(|e| e.message.split(". ").next().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            "'Globals' section is invalid",
            "'Globals' section is invalid",
            "Globals of StateMachine are not supported"
        ],
        "{}",
        errors.render(&template.source, false)
    );
}

#[test]
fn later_findings_point_at_the_sam_property() {
    let text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      InlineCode: x\n      Timeout: !Ref Tiemout\n";
    let (errors, template) = refused(text);
    assert_eq!(errors.0[0].span.map(|span| template.source.line_column(span.start)), Some((7, 16)));
    let prepared = prepared(&text.replace("!Ref Tiemout", "7"));
    let timeout = prepared.resource("F").and_then(|r| r.properties.get("Timeout")).map(|node| node.span);
    assert_eq!(timeout.map(|span| prepared.source.line_column(span.start)), Some((7, 16)));
    let role = prepared.resource("FRole").map(|r| r.span);
    assert_eq!(role.map(|span| prepared.source.line_column(span.start).0), Some(3));
}

#[test]
fn attributes_of_versions_are_named_by_the_function() {
    let prepared = prepared(
        r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: x, Handler: a.b, Runtime: nodejs22.x, AutoPublishAlias: live}
  B:
    Type: AWS::S3::Bucket
    Metadata:
      A: !GetAtt F.Version.FunctionArn
      B: {"Fn::GetAtt": [F.Version, Version]}
      C: !Sub "${F.Version.Version}-${F.Arn}"
"#,
    );
    let version = prepared.resources.iter().find(|r| r.kind == "AWS::Lambda::Version").expect("a version");
    let id = &version.logical_id;
    let bucket = prepared.resources.iter().find(|r| r.logical_id == "B").expect("the bucket");
    assert_eq!(
        bucket.metadata.as_ref().expect("metadata").to_json(),
        json!({
            "A": {"Fn::GetAtt": [id, "FunctionArn"]},
            "B": {"Fn::GetAtt": [id, "Version"]},
            "C": {"Fn::Sub": format!("${{{id}.Version}}-${{F.Arn}}")},
        })
    );
}

#[test]
fn what_a_published_template_leaves_out_or_adds() {
    let prepared = prepared(
        r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Description: a sentence
    Properties: {Handler: x, Runtime: nodejs22.x, Handler: a.b}
  A:
    Type: AWS::Serverless::Api
    Properties:
      StageName: p
      Auth: {Authorizers: {Z: {FunctionArn: !GetAtt F.Arn, EnableSimpleResponses: true}}}
  T: {Type: AWS::Serverless::SimpleTable}
  U: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: n, Type: Number}, TableName: t}}
"#,
    );
    let messages = prepared.diagnostics.iter().map(|d| d.message.as_str()).collect::<Vec<_>>();
    assert_eq!(
        messages,
        [
            "SAM drops Description of F: resources have no such attribute",
            "duplicate key 'Handler' (first on line 7, again on line 7): CloudFormation takes the last one",
            "SAM drops EnableSimpleResponses of the authorizer Z (resource A)",
        ]
    );
    assert_eq!(properties(&prepared, "F")["Handler"], "a.b");
    assert_eq!(properties(&prepared, "F")["Code"], json!({"frontgate:Folder": "."}));
    assert_eq!(
        properties(&prepared, "T"),
        json!({
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        })
    );
    assert_eq!(properties(&prepared, "U")["AttributeDefinitions"][0]["AttributeType"], "N");
}

#[test]
fn globals_can_be_ignored() {
    let text = "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Timeout: 9, MemorySize: 512}}\nResources:\n  F: {Type: AWS::Serverless::Function, IgnoreGlobals: [Timeout], Properties: {InlineCode: x}}\n  G: {Type: AWS::Serverless::Function, IgnoreGlobals: '*', Properties: {InlineCode: x}}\n";
    let prepared = prepared(text);
    let settings = ["F", "G"].map(|id| {
        let properties = properties(&prepared, id);
        (properties.get("Timeout").cloned(), properties.get("MemorySize").cloned())
    });
    assert_eq!(settings, [(None, Some(json!(512))), (None, None)]);
}

#[test]
fn the_example_of_the_house() {
    let text = include_str!("../../../../examples/one-domain/template.yaml");
    let template = loaded(text);
    let prepared = frontgate_template::prepare(&template, &context(&[("Alias", "")])).expect("prepared");
    let distribution = properties(&prepared, "Distribution");
    assert!(distribution["DistributionConfig"].get("Aliases").is_none());
    assert!(prepared.diagnostics.is_empty());
}

const WRONG_HEAD: &str = "Transform: AWS::Serverless-2016-10-31\nResources:\n  A: {Type: AWS::Serverless::Api, Properties: {StageName: s}}\n  O: {Type: AWS::S3::Bucket}\n";
/// A resource, and what is wrong with it.
const WRONG: &[(&str, &str)] = &[
    (
        "F: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}",
        "container images are not run here (resource F)",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {CodeUri: {Foo: 1}}}",
        "Resource with id [F] is invalid. 'CodeUri' requires Bucket and Key properties to be specified.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Bar: 1}}",
        "Resource with id [F] is invalid. property Bar not defined for resource of type AWS::Serverless::Function",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Tags: [a]}}",
        "Resource with id [F] is invalid. Property 'Tags' should be a map.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Policies: [{Foo: {}}]}}",
        "Resource with id [F] is invalid. Policy at index 0 in the 'Policies' property is not valid",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}}}",
        "Resource with id [F] is invalid. To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, DeploymentPreference: {Type: AllAtOnce}}}",
        "Resource with id [F] is invalid. 'DeploymentPreference' requires AutoPublishAlias property to be specified.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, AutoPublishAlias: !GetAtt X.Y}}",
        "Resource with id [F] is invalid. 'AutoPublishAlias' must be a string or a Ref to a template parameter",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, AutoPublishAlias: \"12\"}}",
        "Resource with id [F] is invalid. AutoPublishAlias name ('12') must contain only alphanumeric characters, hyphens, or underscores matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Apix}}}}",
        "Resource with id [F] is invalid. Event with id [E] is invalid. Resource dict has missing or invalid value for key Type. Event Type is: Apix.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Schedule}}}}",
        "events of type Schedule are not supported (event E of F)",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Api, Properties: {Path: /x}}}}}",
        "Resource with id [F] is invalid. Event with id [E] is invalid. Property 'Method' is required.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Api, Properties: {Path: /x, Method: get, RestApiId: !Ref B}}}}}",
        "Resource with id [F] is invalid. Event with id [E] is invalid. RestApiId must be a valid reference to an 'AWS::Serverless::Api' resource in same template.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Api, Properties: {Path: /x, Method: get, Auth: {OverrideApiAuth: true}}}}}}",
        "Resource with id [F] is invalid. Event with id [E] is invalid. Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Api, Properties: {Path: /x, Method: get}}, E2: {Type: Api, Properties: {Path: /x, Method: GET}}}}}",
        "Resource with id [F] is invalid. Event with id [E2] is invalid. API method \"get\" defined multiple times for path \"/x\".",
    ),
    (
        "B: {Type: AWS::Serverless::Api}",
        "Resource with id [B] is invalid. Missing required property 'StageName'.",
    ),
    (
        "B: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: {UsagePlan: {CreateUsagePlan: SHARED}}}}",
        "CreateUsagePlan: SHARED of UsagePlan is not supported (resource B)",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Api, Properties: {Path: /x, Method: get, Auth: {Authorizer: A}}}}}}",
        "Resource with id [F] is invalid. Event with id [E] is invalid. Unable to set Authorizer [A] on API method [get] for path [/x] because the related API does not define any Authorizers.",
    ),
    (
        "F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Events: {E: {Type: Api, Properties: {Path: /x, Method: get, Auth: {Authorizer: NONE}}}}}}",
        "Resource with id [F] is invalid. Event with id [E] is invalid. Unable to set Authorizer on API method [get] for path [/x] because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.",
    ),
    (
        "B: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: x}}",
        "Resource with id [B] is invalid. Property 'Auth' should be a map.",
    ),
    (
        "B: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: {Authorizers: {A: {FunctionArn: x, FunctionPayloadType: X}}}}}",
        "Resource with id [B] is invalid. A Authorizer has invalid 'FunctionPayloadType': X.",
    ),
    (
        "B: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: {Authorizers: {A: {FunctionArn: x, FunctionPayloadType: REQUEST}}}}}",
        "Resource with id [B] is invalid. A Authorizer must specify Identity with at least one of Headers, QueryStrings, StageVariables, or Context.",
    ),
    (
        "B: {Type: AWS::Serverless::Api, Properties: {StageName: s, Auth: {DefaultAuthorizer: A}}}",
        "Resource with id [B] is invalid. Unable to set DefaultAuthorizer because 'A' was not defined in 'Authorizers'.",
    ),
    (
        "B: {Type: AWS::Serverless::Api, Properties: {StageName: s, Cors: {Foo: x}}}",
        "Resource with id [B] is invalid. Invalid key 'Foo' for 'Cors' property.",
    ),
    (
        "B: {Type: AWS::Serverless::Api, Properties: {StageName: s, Cors: {AllowCredentials: true}}}",
        "Resource with id [B] is invalid. Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is \"'*'\" or not set",
    ),
    (
        "B: {Type: AWS::Serverless::Api, Properties: {StageName: s, OpenApiVersion: '4.0'}}",
        "Resource with id [B] is invalid. The OpenApiVersion value must be of the format '3.0.0'.",
    ),
    (
        "B: {Type: AWS::Serverless::StateMachine}",
        "the resource type AWS::Serverless::StateMachine is not supported: Step Functions does not run here",
    ),
    (
        "B: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionBody: {}, Auth: {DefaultAuthorizer: x}}}",
        "Resource with id [B] is invalid. Unable to set DefaultAuthorizer because 'x' was not defined in 'Authorizers'.",
    ),
    (
        "B: {Type: AWS::Serverless::HttpApi}",
        "Resource with id [B] is invalid. 'DefinitionUri' or 'DefinitionBody' are required properties of an 'AWS::Serverless::HttpApi'. Add a value for one of these properties or add a 'HttpApi' event to an 'AWS::Serverless::Function'.",
    ),
    (
        "B: {Type: AWS::Serverless::Functio}",
        "Template format error: Unrecognized resource types: [AWS::Serverless::Functio]",
    ),
    ("AsStage: {Type: AWS::S3::Bucket}", "SAM makes a resource AsStage already"),
];

#[test]
fn http_apis_become_what_sam_makes_of_them() {
    let text = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: prod
      CorsConfiguration: true
      Auth:
        DefaultAuthorizer: Login
        Authorizers:
          Login:
            AuthorizationScopes: [read]
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {Issuer: "https://issuer.example.com", Audience: [shop]}
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Runtime: python3.11
      Handler: index.handler
      Events:
        Item: {Type: HttpApi, Properties: {ApiId: !Ref Shop, Path: "/items/{id}", Method: GET}}
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Shop, Path: /open, Method: any, Auth: {Authorizer: NONE}}}
        Rest: {Type: HttpApi}
        More: {Type: HttpApi, Properties: {Path: /more, Method: post, PayloadFormatVersion: "1.0"}}
"#;
    let prepared = prepared(text);
    let mut ids: Vec<&str> = prepared.resources.iter().map(|r| r.logical_id.as_str()).collect();
    ids.sort_unstable();
    // `$default` of the implicit API covers `More`.
    let expected = [
        "F",
        "FItemPermission",
        "FOpenPermission",
        "FRestPermission",
        "FRole",
        "ServerlessHttpApi",
        "ServerlessHttpApiApiGatewayDefaultStage",
        "Shop",
        "ShopprodStage",
    ];
    assert_eq!(ids, expected);
    let properties = |id: &str| {
        let node = prepared.resources.iter().find(|r| r.logical_id == id).expect("a resource");
        node.properties.to_json()
    };
    let body = &properties("Shop")["Body"];
    assert_eq!(body["paths"]["/items/{id}"]["get"]["security"], json!([{"Login": ["read"]}]));
    let open = &body["paths"]["/open"]["x-amazon-apigateway-any-method"];
    assert_eq!(open["security"], json!([{"NONE": []}]));
    assert_eq!(open["x-amazon-apigateway-integration"]["payloadFormatVersion"], "2.0");
    assert_eq!(body["x-amazon-apigateway-cors"], json!({"allowOrigins": ["*"]}));
    let login = &body["components"]["securitySchemes"]["Login"]["x-amazon-apigateway-authorizer"];
    assert_eq!(login["jwtConfiguration"]["issuer"], "https://issuer.example.com");
    let implicit = &properties("ServerlessHttpApi")["Body"]["paths"];
    assert_eq!(implicit["$default"]["x-amazon-apigateway-any-method"]["isDefaultRoute"], true);
    assert_eq!(implicit["/more"]["post"]["x-amazon-apigateway-integration"]["payloadFormatVersion"], "1.0");
    assert_eq!(properties("ServerlessHttpApiApiGatewayDefaultStage")["StageName"], "$default");
}
