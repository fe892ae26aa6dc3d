//! Events of API Gateway: the head of a request, then its body.
//!
//! Whatever is asked, the event is JSON in each of the three formats. What stands in it once and what stands in it as a
//! list agree, and the body that a function reads is the body that was sent.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::LazyLock;

use frontgate_aws::{base64_decode, percent_decode};
use frontgate_gateway_rules::event::proxy_event;
use frontgate_gateway_rules::http_api::event::function_event;
use frontgate_gateway_rules::http_api::parameters::Outgoing;
use frontgate_gateway_rules::http_api::{HttpRequest, PayloadFormat};
use frontgate_gateway_rules::{RequestContext, parse_query};
use frontgate_net::Limits;
use frontgate_net::reading::{ReadHead, read_request_head};
use frontgate_snapshot::{Snapshot, compile};
use frontgate_stacks::{Deployments, plan};
use serde_json::{Map, Value};

use crate::fixture::options;

pub(crate) fn check(input: &[u8]) {
    let Ok(Some((head, end))) = read_request_head(input, &Limits::default()) else { return };
    let body = &input[end..];
    if let Some(event) = rest_event(&head, body) {
        let event = parsed(&event);
        lists_agree(&event, "headers", "multiValueHeaders");
        lists_agree(&event, "queryStringParameters", "multiValueQueryStringParameters");
        assert_eq!(event["httpMethod"], head.method.as_str());
        is_the_body(&event, body);
        // In the query of a REST API `;` parts parameters, too.
        all_parameters_are_there(&event, &head, &['&', ';']);
    }
    for format in [PayloadFormat::V1, PayloadFormat::V2] {
        let Some(event) = http_event(&head, body, format) else { continue };
        let event = parsed(&event);
        is_the_body(&event, body);
        if format == PayloadFormat::V1 {
            lists_agree(&event, "headers", "multiValueHeaders");
            lists_agree(&event, "queryStringParameters", "multiValueQueryStringParameters");
            all_parameters_are_there(&event, &head, &['&']);
        } else {
            assert_eq!(event["rawQueryString"], head.target.query().unwrap_or_default());
            let names = object(&event, "headers");
            assert!(names.keys().all(|name| *name == name.to_ascii_lowercase()), "{event}");
            assert!(!names.contains_key("cookie"), "cookies have a member of their own: {event}");
        }
    }
}

fn parsed(event: &[u8]) -> Value {
    serde_json::from_slice(event).unwrap_or_else(|error| panic!("{error}: {}", event.escape_ascii()))
}

/// `null` where there is nothing.
fn object(event: &Value, name: &str) -> Map<String, Value> {
    event[name].as_object().cloned().unwrap_or_default()
}

/// Each name has a list, and its last value is the one that stands alone.
fn lists_agree(event: &Value, single: &str, lists: &str) {
    let (single, lists) = (object(event, single), object(event, lists));
    assert!(single.keys().eq(lists.keys()), "{single:?} {lists:?}");
    for (name, value) in &single {
        assert!(value.is_string(), "{name}: {value}");
        assert_eq!(lists[name].as_array().and_then(|list| list.last()), Some(value), "{name}");
    }
}

/// As many values as the query has, read naively.
fn all_parameters_are_there(event: &Value, head: &ReadHead, separators: &[char]) {
    let query = head.target.query().unwrap_or_default();
    let sent = query.split(separators).filter(|pair| !pair.is_empty()).count();
    let lists = object(event, "multiValueQueryStringParameters");
    let told: usize = lists.values().filter_map(|list| list.as_array().map(Vec::len)).sum();
    assert_eq!(told, sent, "{query:?}: {lists:?}");
}

fn is_the_body(event: &Value, body: &[u8]) {
    match event.get("body").and_then(Value::as_str) {
        None => assert!(body.is_empty(), "a body is lost"),
        Some(text) if event["isBase64Encoded"] == true => {
            assert_eq!(base64_decode(text).as_deref(), Some(body));
        }
        Some(text) => assert_eq!(text, String::from_utf8_lossy(body)),
    }
}

fn rest_event(head: &ReadHead, body: &[u8]) -> Option<Vec<u8>> {
    let api = snapshot().apis.first()?;
    let stage = api.stages.first()?;
    let path = head.target.path();
    let route = stage.release.deployment.resources.route(head.method.as_str(), path)?;
    let query = parse_query(head.target.query().unwrap_or_default());
    let request = RequestContext {
        api,
        stage,
        release: &stage.release,
        mapped: None,
        caller: None,
        authorizer: None,
        api_key: None,
        resource: Some(route.resource),
        http_method: head.method.as_str(),
        path,
        path_parameters: &route.path_parameters,
        query: &query,
        headers: &head.headers,
        host: &head.host,
        source_ip: SOURCE_IP,
        edge_ip: None,
        protocol: "HTTP/1.1",
        request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        extended_request_id: "JKJaXmPLvHcESHA=",
        trace_id: TRACE_ID,
        now_milliseconds: NOW_MILLISECONDS,
    };
    Some(proxy_event(&request, body).0)
}

fn http_event(head: &ReadHead, body: &[u8], format: PayloadFormat) -> Option<Vec<u8>> {
    let api = snapshot().http_apis.first()?;
    let raw_path = head.target.path();
    let stage = api.stages.first()?;
    let routes = &stage.deployment.as_ref()?.routes;
    let (route, path_parameters) = routes.route(head.method.as_str(), raw_path)?;
    let path = String::from_utf8_lossy(&percent_decode(raw_path)).into_owned();
    let raw_query = head.target.query().unwrap_or_default();
    let request = HttpRequest {
        api,
        stage,
        route,
        method: head.method.as_str(),
        path: &path,
        base_path: "",
        path_parameters: &path_parameters,
        raw_query,
        headers: &head.headers,
        host: &head.host,
        source_ip: SOURCE_IP,
        protocol: "HTTP/1.1",
        request_id: "JKJaXmPLvHcESHA=",
        trace_id: TRACE_ID,
        now_milliseconds: NOW_MILLISECONDS,
        client: None,
        authorized: None,
    };
    let outgoing = Outgoing { headers: head.headers.clone(), raw_query: raw_query.to_owned(), path: None };
    Some(function_event(&request, &outgoing, body, format))
}

/// A REST API and an HTTP API with routes for every path.
fn snapshot() -> &'static Snapshot {
    static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| {
        let planned = plan("template.yaml", TEMPLATE, Path::new("."), &options(), &Deployments::default());
        let planned = planned.unwrap_or_else(|refused| {
            panic!("the own template is refused:\n{}", refused.diagnostics.render(&refused.source, false))
        });
        compile(planned.resources, 1)
    });
    &SNAPSHOT
}

const TEMPLATE: &str = include_str!("gateway_event.yaml");
const SOURCE_IP: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
const TRACE_ID: &str = "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e";
const NOW_MILLISECONDS: u64 = 1_583_348_638_390;
