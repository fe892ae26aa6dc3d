//! Functions of a behavior: what CloudFront makes of what they return. The functions here are canned results; how they
//! run is the engine's matter.

use std::sync::Arc;

use frontgate_cloudfront_functions_rules::Runtime;
use frontgate_cloudfront_functions_rules::event::Prepared;
use frontgate_cloudfront_functions_rules::result::{Read, read_result};
use frontgate_edge_rules::{Behavior, Distribution, EdgeFunction, ResponseHeadersPolicy, ViewerFunction};
use frontgate_explain::{FactKind, PlaceId};

use super::fixture::distribution;
use super::stage::{ask, check, edge, run};
use crate::{FunctionFailure, FunctionOutcome, RequestId, ViewerFunctions};

/// The code of a function is what it returns, `{…}` merged into the request or response of its event; `!` throws, `?` is
/// not accepted; `@` separates what it asks of `cf`.
struct Canned;

impl ViewerFunctions for Canned {
    fn call(&self, function: &Arc<ViewerFunction>, event: &Prepared, _: RequestId) -> FunctionOutcome {
        let result = match &*function.code {
            "!" => Err(FunctionFailure::Execution),
            "?" => Err(FunctionFailure::NotAccepted),
            code => {
                let (code, origin) = code.split_once('@').map_or((code, None), |(code, cf)| (code, Some(cf)));
                let all: serde_json::Value = serde_json::from_str(&event.json).expect("JSON");
                let change: serde_json::Value = serde_json::from_str(code).expect("JSON");
                let is_generated = all.get("response").is_none() && change.get("statusCode").is_some();
                let mut result = match all.get("response") {
                    _ if is_generated => serde_json::json!({}),
                    Some(response) => response.clone(),
                    None => all["request"].clone(),
                };
                merge(&mut result, change);
                read_result(event, &result, origin, Read::Served).map_err(FunctionFailure::Invalid)
            }
        };
        FunctionOutcome { result, compute_utilization: 12 }
    }
}

fn merge(into: &mut serde_json::Value, change: serde_json::Value) {
    match (into, change) {
        (serde_json::Value::Object(into), serde_json::Value::Object(change)) => {
            for (name, value) in change {
                merge(into.entry(name).or_insert(serde_json::Value::Null), value);
            }
        }
        (into, change) => *into = change,
    }
}

fn function(code: &str) -> Option<EdgeFunction> {
    (!code.is_empty()).then(|| {
        EdgeFunction::CloudFront(Arc::new(ViewerFunction {
            name: "function".into(),
            runtime: Runtime::JavaScript20,
            code: code.into(),
            store: None,
            place: PlaceId(9),
        }))
    })
}

/// A distribution whose default behavior has these functions and a response headers policy.
fn with_functions(request: &str, response: &str) -> Distribution {
    let mut distribution = distribution();
    let policy =
        ResponseHeadersPolicy { remove: vec!["X-Removed".into()], ..ResponseHeadersPolicy::default() };
    distribution.origins = vec![distribution.default_behavior.origin.clone()];
    distribution.default_behavior = Behavior {
        viewer_request: function(request),
        viewer_response: function(response),
        response_headers_policy: Some(Arc::new(policy)),
        ..distribution.default_behavior
    };
    distribution
}

/// Asks a distribution with these functions, each line one request to the same edge.
fn play(request: &str, response: &str, dialogue: &[(&str, &str, &str, &[FactKind])]) {
    run(async {
        let edge = edge().with_functions(Box::new(Canned));
        let distribution = with_functions(request, response);
        for (viewer, origin, wanted, facts) in dialogue {
            edge.origins().says(origin);
            let (x, seen) = ask(&edge, &distribution, viewer).await;
            let scene = format!("{request} {response}: {viewer}");
            check(&scene, wanted, &seen);
            assert_eq!(edge.origins().complaint(), "", "{scene}");
            for fact in *facts {
                assert!(x.trace.first(*fact).is_some(), "{scene}: {fact:?} not in {:?}", x.trace.facts());
            }
        }
    });
}

#[test]
fn a_request_is_changed_before_it_is_looked_up() {
    play(
        r#"{"uri": "/index.html", "headers": {"x-new": {"value": "1"}}}"#,
        "",
        &[
            (
                "0 GET /a",
                "GET /index.html => 200 | Cache-Control: max-age=9 >> page",
                "200 Miss >> page",
                &[
                    FactKind::ViewerRequestFunction,
                    FactKind::FunctionChangedUri,
                    FactKind::FunctionChangedHeaders,
                ],
            ),
            ("1 GET /b/c", "", "200 Hit | Age: 1 >> page", &[]),
        ],
    );
}

#[test]
fn a_function_that_leads_to_the_root_gets_the_default_root_object() {
    play(
        r#"{"uri": "/"}"#,
        "",
        &[("0 GET /a", "GET /index.html => 200 >> x", "200 Miss >> x", &[FactKind::DefaultRootObject])],
    );
}

#[test]
fn a_function_answers() {
    play(
        r#"{"statusCode": 403, "headers": {"x-removed": {"value": "1"}, "x-kept": {"value": "2"}}, "body": "no"}"#,
        "",
        &[
            (
                "0 GET /",
                "",
                "403 FunctionGeneratedResponse | X-Kept: 2 | -X-Removed | Server: CloudFront | Date: * >> no",
                &[FactKind::FunctionGeneratedResponse],
            ),
            ("0 HEAD /", "", "403 FunctionGeneratedResponse >>", &[]),
        ],
    );
}

#[test]
fn a_function_fails() {
    for (code, wanted, fact) in [
        ("!", "503 FunctionExecutionError", FactKind::FunctionThrew),
        ("?", "503 FunctionExecutionError", FactKind::FunctionNotAccepted),
        (r#"{"uri": "a"}"#, "502 FunctionValidationError", FactKind::FunctionResultInvalid),
        (
            r#"{"headers": {"via": {"value": "x"}}}"#,
            "502 FunctionValidationError",
            FactKind::FunctionReadOnlyHeader,
        ),
        (r#"{}@{"select": "none"}"#, "502 FunctionValidationError", FactKind::FunctionResultInvalid),
    ] {
        play(code, "", &[("0 GET /", "", wanted, &[fact])]);
    }
    play("", "!", &[("0 GET /", "=> 200 >> x", "503 FunctionExecutionError", &[FactKind::FunctionThrew])]);
}

#[test]
fn an_answer_is_changed_and_the_kept_object_is_not() {
    play(
        "",
        r#"{"statusCode": 201, "headers": {"x-new": {"value": "1"}, "x-removed": {"value": "1"}}, "cookies": {"a": {"value": "b", "attributes": "Path=/"}}}"#,
        &[
            (
                "0 GET /a",
                "=> 200 | Cache-Control: max-age=9 | ETag: \"e\" >> page",
                "201 Miss | X-New: 1 | -X-Removed | Set-Cookie: a=b; Path=/ | Etag: \"e\" >> page",
                &[FactKind::ViewerResponseFunction],
            ),
            ("1 GET /a", "", "201 Hit | X-New: 1 | Age: 1 >> page", &[]),
            ("2 GET /a | If-None-Match: \"e\"", "", "201 Hit | X-New: 1", &[]),
        ],
    );
    play(
        "",
        r#"{"body": {"encoding": "text", "data": "own"}}"#,
        &[("0 GET /a", "=> 200 >> page", "200 Miss >> own", &[])],
    );
}

#[test]
fn what_the_origin_sends_is_kept_although_a_function_replaces_it() {
    play(
        "",
        r#"{"body": "own"}"#,
        &[
            ("0 GET /a", "=> 200 | Cache-Control: max-age=9 >>* in many chunks", "200 Miss >> own", &[]),
            ("1 GET /a", "", "200 Hit >> own", &[]),
        ],
    );
}

#[test]
fn no_function_sees_an_error() {
    play(
        "",
        "!",
        &[("0 GET /a", "=> 404 >> no", "404 Error >> no", &[FactKind::ViewerResponseFunctionSkipped])],
    );
}

#[test]
fn another_origin_is_asked() {
    play(
        r#"{}@{"update": {"domainName": "b.example", "originPath": "/v2"}}"#,
        "",
        &[(
            "0 GET /a",
            "GET /v2/a | Host: b.example => 200 >> b",
            "200 Miss >> b",
            &[FactKind::FunctionChangedOrigin],
        )],
    );
}
