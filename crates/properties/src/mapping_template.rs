//! Mapping templates: a template, a line `====`, a payload.
//!
//! Whatever is written, it is refused with reasons that have a place in it, or it runs: within the limits, with the same
//! result each time, or with an error whose place is in it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::LazyLock;

use frontgate_gateway_rules::mapping::{RenderError, TEXT_LENGTH_MAX};
use frontgate_gateway_rules::{RequestContext, RestApi, Template, Variables};
use frontgate_message::Headers;
use frontgate_snapshot::{Snapshot, compile};
use frontgate_stacks::{Deployments, plan};

use crate::fixture::options;

pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (template, body) =
        text.split_once("\n====\n").unwrap_or((&text, "{\"list\": [1, {\"a\": \"b\"}], \"text\": \"x\"}"));
    let lines = template.matches('\n').count() + 1;
    match Template::compile(template) {
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            for problem in problems {
                assert!((1..=lines).contains(&problem.line) && problem.column > 0, "{problem:?}");
            }
        }
        Ok(compiled) => {
            let made = render(&compiled, body);
            match &made {
                Ok(made) => assert!(made.text.len() <= TEXT_LENGTH_MAX),
                Err(RenderError::Thrown { line, column, .. }) => {
                    assert!((1..=lines).contains(&(*line as usize)) && *column > 0, "{made:?}");
                }
                Err(_) => {}
            }
            assert_eq!(made, render(&compiled, body));
        }
    }
}

fn render(
    template: &Template,
    body: &str,
) -> Result<frontgate_gateway_rules::mapping::Rendered, RenderError> {
    let api = api();
    let headers = Headers::from_iter([("X-One", "1"), ("Content-Type", "application/json")]);
    let pairs = [("id".to_owned(), "7".to_owned()), ("q".to_owned(), "x y".to_owned())];
    let request = RequestContext {
        api,
        stage: &api.stages[0],
        release: &api.stages[0].release,
        mapped: None,
        caller: None,
        authorizer: None,
        api_key: None,
        resource: api.stages[0].release.deployment.resources.rows().first(),
        http_method: "POST",
        path: "/orders",
        path_parameters: &pairs,
        query: &pairs,
        headers: &headers,
        host: "abc1234567.execute-api.us-east-1.amazonaws.com",
        source_ip: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
        edge_ip: None,
        protocol: "HTTP/1.1",
        request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        extended_request_id: "JKJaXmPLvHcESHA=",
        trace_id: "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
        now_milliseconds: 1_583_348_638_390,
    };
    template.render(&Variables {
        request: &request,
        request_body: body.as_bytes(),
        integration: None,
        error: None,
    })
}

/// An API with one method.
fn api() -> &'static RestApi {
    static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| {
        let planned = plan("template.yaml", TEMPLATE, Path::new("."), &options(), &Deployments::default());
        let planned = planned.unwrap_or_else(|refused| {
            panic!("the own template is refused:\n{}", refused.diagnostics.render(&refused.source, false))
        });
        compile(planned.resources, 1)
    });
    SNAPSHOT.apis.first().expect("the own template has an API")
}

const TEMPLATE: &str = include_str!("mapping_template.yaml");
