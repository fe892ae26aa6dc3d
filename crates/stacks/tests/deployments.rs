//! What the stages of an API answer with after an edit of the template.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::path::Path;

use frontgate_gateway_rules::{RestApi, Stage};
use frontgate_stacks::{Deployments, Options, Planned, plan};

/// One stage of an API with a deployment, a method and an authorizer.
const TEMPLATE: &str = r#"
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: orders
      EndpointConfiguration: {Types: [REGIONAL]}
      BinaryMediaTypes: [image/png]
      Body:
        openapi: 3.0.1
        info: {title: orders}
        paths:
          /open: {get: {x-amazon-apigateway-integration: {type: mock}}}
          /held: {get: {security: [{Gate: []}], x-amazon-apigateway-integration: {type: mock}}}
        components:
          securitySchemes:
            Gate:
              type: apiKey
              name: X-Token
              in: header
              x-amazon-apigateway-authtype: custom
              x-amazon-apigateway-authorizer:
                type: token
                authorizerUri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:gate/invocations
                authorizerResultTtlInSeconds: 60
  First:
    Type: AWS::ApiGateway::Deployment
    Properties: {RestApiId: !Ref Api}
  Prod:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Api, DeploymentId: !Ref First, StageName: prod}
"#;

/// An edit, and what becomes of the stage.
struct Row {
    /// What is replaced, and by what.
    edit: &'static [(&'static str, &'static str)],
    /// The routes that the stage has.
    routes: &'static [&'static str],
    /// The methods of which it is told that they are others now.
    changed: &'static [&'static str],
    /// What the notice says; empty for no notice.
    said: &'static str,
}

const NEW_PATH: (&str, &str) = (
    "        paths:\n",
    "        paths:\n          /new: {get: {x-amazon-apigateway-integration: {type: mock}}}\n",
);

const ROWS: &[Row] = &[
    Row { edit: &[], routes: &["/open", "/held"], changed: &[], said: "" },
    Row { edit: &[NEW_PATH], routes: &["/open", "/held"], changed: &[], said: "GET /new is new" },
    Row {
        edit: &[("/open: {get", "/open: {put")],
        routes: &["/open", "/held"],
        changed: &["/open"],
        said: "GET /open is gone, PUT /open is new",
    },
    Row {
        edit: &[("authorizerResultTtlInSeconds: 60", "authorizerResultTtlInSeconds: 0")],
        routes: &["/open", "/held"],
        changed: &["/held"],
        said: "the authorizer Gate is another",
    },
    Row {
        edit: &[("BinaryMediaTypes: [image/png]", "BinaryMediaTypes: [image/gif]")],
        routes: &["/open", "/held"],
        changed: &[],
        said: "BinaryMediaTypes is another",
    },
    Row {
        edit: &[NEW_PATH, ("  First:", "  Second:"), ("!Ref First", "!Ref Second")],
        routes: &["/open", "/held", "/new"],
        changed: &[],
        said: "",
    },
    // What does not belong to the deployment is no difference.
    Row { edit: &[("Name: orders", "Name: others")], routes: &["/open", "/held"], changed: &[], said: "" },
];

fn planned(text: &str, earlier: &Deployments) -> Planned {
    let options = Options { stack_name: "test".into(), region: "us-east-1".into(), ..Options::default() };
    plan("template.yaml", text, Path::new("."), &options, earlier).unwrap_or_else(|refused| {
        panic!("{}", refused.diagnostics.render(&refused.source, false));
    })
}

fn stage(planned: &Planned) -> &Stage {
    let api: &RestApi = planned.resources.apis.first().expect("an API");
    api.stage("prod").expect("a stage")
}

fn edited(edit: &[(&str, &str)]) -> String {
    edit.iter().fold(TEMPLATE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

fn check(row: &Row) {
    let first = planned(TEMPLATE, &Deployments::default());
    let next = planned(&edited(row.edit), &first.deployments);
    let release = &stage(&next).release;
    for path in ["/open", "/held", "/new"] {
        let has = release.deployment.resources.route("GET", path).is_some();
        assert_eq!(has, row.routes.contains(&path), "{path} after {:?}", row.edit);
    }
    let undeployed = release.deployment.undeployed.as_ref();
    for path in ["/open", "/held"] {
        let is_told = undeployed.is_some_and(|undeployed| undeployed.method(path, "GET").is_some());
        assert_eq!(is_told, row.changed.contains(&path), "{path} after {:?}", row.edit);
    }
    let said = next.notices.render(&next.source, false);
    assert_eq!(said.contains("has changed since it was deployed"), !row.said.is_empty(), "{said}");
    assert!(said.contains(row.said), "{said}");
}

#[test]
fn a_stage_goes_on_with_its_deployment() {
    for row in ROWS {
        check(row);
    }
}

#[test]
fn a_deployment_that_comes_back_is_a_new_one() {
    let first = planned(TEMPLATE, &Deployments::default());
    let renamed =
        planned(&edited(&[("  First:", "  Second:"), ("!Ref First", "!Ref Second")]), &first.deployments);
    let back = planned(&edited(&[NEW_PATH]), &renamed.deployments);
    let release = &stage(&back).release;
    assert!(release.deployment.resources.route("GET", "/new").is_some());
    assert!(release.deployment.undeployed.is_none());
}

#[test]
fn a_repaired_edit_leaves_no_trace() {
    let first = planned(TEMPLATE, &Deployments::default());
    let edited = planned(&edited(&[NEW_PATH]), &first.deployments);
    assert!(stage(&edited).release.deployment.undeployed.is_some());
    let repaired = planned(TEMPLATE, &edited.deployments);
    assert!(stage(&repaired).release.deployment.undeployed.is_none());
}
