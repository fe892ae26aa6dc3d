//! One API and one request for the tests of this crate.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use frontgate_explain::PlaceId;
use frontgate_message::Headers;
use serde_json::Value;

use crate::config::{EndpointType, RestApi, Stage};
use crate::context::RequestContext;
use crate::deployment::{Deployment, Release};
use crate::openapi;

/// The API of a document, which must be without findings.
pub fn api(document: &Value) -> RestApi {
    let definition = openapi::compile(document, "abc1234567", &mut |_| PlaceId::NONE);
    assert_eq!(definition.findings, []);
    RestApi {
        id: "abc1234567".into(),
        name: "api".into(),
        region: "us-east-1".into(),
        account_id: "123456789012".into(),
        endpoint: EndpointType::Regional,
        execute_api_disabled: false,
        stages: vec![Stage::of(
            "prod",
            Release::of(
                Arc::new(Deployment::of("d1e2f3", definition)),
                vec![("color".into(), "green".into())],
            ),
        )],
        place: PlaceId::NONE,
    }
}

/// The deployment of the one stage.
pub fn deployment(api: &RestApi) -> &Deployment {
    &api.stages[0].release.deployment
}

/// The same, to change it.
pub fn deployment_mut(api: &mut RestApi) -> &mut Deployment {
    Arc::get_mut(&mut api.stages[0].release.deployment).expect("nobody else has it")
}

/// A request to the first resource of the API.
pub fn request<'a>(api: &'a RestApi, headers: &'a Headers) -> RequestContext<'a> {
    RequestContext {
        api,
        stage: &api.stages[0],
        release: &api.stages[0].release,
        mapped: None,
        caller: None,
        authorizer: None,
        api_key: None,
        resource: deployment(api).resources.rows().first(),
        http_method: "POST",
        path: "/items/7",
        path_parameters: &[],
        query: &[],
        headers,
        host: "abc1234567.execute-api.us-east-1.amazonaws.com",
        source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
        edge_ip: None,
        protocol: "HTTP/1.1",
        request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        extended_request_id: "JKJaXmPLvHcESHA=",
        trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        now_milliseconds: 1_583_348_638_390,
    }
}

/// A document with one Lambda proxy method on each path.
pub fn document(paths: &[&str]) -> Value {
    let integration = serde_json::json!({"x-amazon-apigateway-integration": {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Hello/invocations",
    }});
    let paths: serde_json::Map<String, Value> = paths
        .iter()
        .map(|path| ((*path).to_owned(), serde_json::json!({"post": integration.clone()})))
        .collect();
    serde_json::json!({"swagger": "2.0", "info": {"title": "api"}, "paths": paths})
}
