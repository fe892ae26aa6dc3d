//! What `AutoPublishAlias` of a function becomes.

use crate::{prepared, properties};

#[test]
fn a_published_function_has_a_version_and_an_alias() {
    let prepared = prepared(
        r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: x, Handler: index.handler, Runtime: nodejs22.x, AutoPublishAlias: at-edge}
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref F.Version
      Tags: [{Key: a, Value: !Sub "${F.Alias}"}]
"#,
    );
    let of_kind = |kind: &str| {
        let found = prepared.resources.iter().find(|node| node.kind == kind);
        found.map(|node| node.logical_id.clone()).expect("it is made")
    };
    let version = of_kind("AWS::Lambda::Version");
    assert!(version.starts_with("FVersion") && version.len() == "FVersion".len() + 10, "{version}");
    assert_eq!(of_kind("AWS::Lambda::Alias"), "FAliasatDedge");
    for (id, name, wanted) in [
        ("FAliasatDedge", "FunctionVersion", version.as_str()),
        ("B", "BucketName", version.as_str()),
        ("B", "Tags", "FAliasatDedge"),
    ] {
        let value = properties(&prepared, id)[name].to_string();
        assert!(value.contains(wanted), "{id}.{name}: {value}");
    }
}

#[test]
fn events_and_the_url_of_a_published_function_go_through_its_alias() {
    let prepared = prepared(
        r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Alias: {Type: String, Default: Live}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: index.handler
      Runtime: nodejs22.x
      AutoPublishAlias: !Ref Alias
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}
      DeploymentPreference: {Type: AllAtOnce}
      VersionDescription: "a version"
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Rest: {Type: Api, Properties: {Path: /, Method: get}}
        Http: {Type: HttpApi}
"#,
    );
    assert!(prepared.diagnostics.is_empty(), "{:?}", prepared.diagnostics);
    let version = prepared.resources.iter().find(|node| node.kind == "AWS::Lambda::Version").expect("one");
    assert_eq!(version.deletion_policy.as_deref(), Some("Retain"));
    for (id, name, wanted) in [
        (version.logical_id.as_str(), "Description", "a version"),
        ("FAliasLive", "Name", "Live"),
        ("FAliasLive", "ProvisionedConcurrencyConfig", "2"),
        ("FUrl", "TargetFunctionArn", "<FAliasLive>"),
        ("FUrlPublicPermissions", "FunctionName", "<FAliasLive>"),
        ("FRestPermissionProd", "FunctionName", "<FAliasLive>"),
        ("FHttpPermission", "FunctionName", "<FAliasLive>"),
        ("ServerlessRestApi", "Body", "functions/<FAliasLive>/invocations"),
        ("ServerlessHttpApi", "Body", "functions/<FAliasLive>/invocations"),
    ] {
        let value = properties(&prepared, id)[name].to_string();
        assert!(value.contains(wanted), "{id}.{name}: {value}");
    }
}

/// The names that AWS's own translator (aws-sam-translator 1.115.0) gives.
#[test]
fn versions_are_named_by_what_they_publish() {
    let prepared = prepared(
        r#"
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: index.handler, Runtime: nodejs22.x, AutoPublishAlias: live}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: x, MemorySize: 256, Environment: {Variables: {A: b}}, AutoPublishAlias: Live-x_y}
  G:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: x, AutoPublishCodeSha256: 6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b}
  H:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: x, AutoPublishAliasAllProperties: true}
"#,
    );
    let named = |kind: &str| {
        let of_kind = prepared.resources.iter().filter(|node| node.kind == kind);
        of_kind.map(|node| node.logical_id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        named("AWS::Lambda::Version"),
        ["FVersion03a1fb41bd", "GVersion6b86b273ff", "HVersion9a24d7745f"]
    );
    assert_eq!(named("AWS::Lambda::Alias"), ["FAliasLiveDxUy", "GAliaslive", "HAliaslive"]);
}
