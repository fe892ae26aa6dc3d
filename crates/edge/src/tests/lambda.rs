//! Functions of Lambda@Edge at all four events: what the line makes of what they return. The functions here are canned
//! results; how they run is the engine's matter.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use frontgate_edge_rules::{Behavior, Distribution, EdgeFunction, LambdaFunction};
use frontgate_explain::{FactKind, PlaceId, Trace};
use serde_json::{Value, json};

use super::fixture::{distribution, with_error_response};
use super::stage::{ask, check, edge, run};
use crate::{LambdaAtEdge, LambdaFailure, LambdaOutcome};

/// The name of a function is what it returns, merged into the request or response of its event; with `status` at a
/// request event it is that alone. `!` throws, `~` is throttled. What it was told is kept.
#[derive(Clone, Default)]
struct Canned {
    events: Rc<RefCell<Vec<Value>>>,
    log: Rc<RefCell<Vec<String>>>,
}

impl Canned {
    fn outcome(&self, name: &str, event: &Bytes) -> Result<Bytes, LambdaFailure> {
        let event: Value = serde_json::from_slice(event).expect("JSON");
        self.events.borrow_mut().push(event["Records"][0]["cf"].clone());
        let change = match name {
            "!" => return Err(LambdaFailure::Execution),
            "~" => return Err(LambdaFailure::Throttled),
            name => serde_json::from_str(name).expect("JSON"),
        };
        let cf = &event["Records"][0]["cf"];
        let mut result = match cf.get("response") {
            Some(response) => response.clone(),
            None if change_is_response(&change) => json!({}),
            None => cf["request"].clone(),
        };
        merge(&mut result, change);
        Ok(result.to_string().into())
    }
}

fn change_is_response(change: &Value) -> bool {
    change.get("status").is_some()
}

impl LambdaAtEdge for Canned {
    fn invoke<'a>(
        &'a self,
        function: &'a LambdaFunction,
        event: Bytes,
        _: &'a mut Trace,
    ) -> Pin<Box<dyn Future<Output = LambdaOutcome> + 'a>> {
        let result = self.outcome(&function.name, &event);
        Box::pin(std::future::ready(LambdaOutcome { result, milliseconds: 3 }))
    }

    fn log(&self, distribution_id: &str, line: &str) {
        self.log.borrow_mut().push(format!("{distribution_id} {line}"));
    }
}

fn merge(into: &mut Value, change: Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (name, value) in change {
                if value.is_null() {
                    into.remove(&name);
                } else {
                    merge(into.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (into, change) => *into = change,
    }
}

fn function(code: &str) -> Option<Arc<LambdaFunction>> {
    (!code.is_empty()).then(|| {
        Arc::new(LambdaFunction {
            name: code.into(),
            arn: "arn:aws:lambda:us-east-1:123456789012:function:f:1".into(),
            include_body: true,
            place: PlaceId(9),
        })
    })
}

/// The functions of viewer request, origin request, origin response and viewer response.
type Functions<'a> = [&'a str; 4];

fn with_functions(functions: Functions<'_>, distribution: Distribution) -> Distribution {
    let [viewer_request, origin_request, origin_response, viewer_response] = functions.map(function);
    let set = |behavior: Behavior| Behavior {
        viewer_request: viewer_request.clone().map(EdgeFunction::Lambda),
        origin_request: origin_request.clone(),
        origin_response: origin_response.clone(),
        viewer_response: viewer_response.clone().map(EdgeFunction::Lambda),
        ..behavior
    };
    Distribution {
        default_behavior: set(distribution.default_behavior),
        behaviors: distribution.behaviors.into_iter().map(set).collect(),
        ..distribution
    }
}

/// Viewer's line, origin's line, what the viewer gets, and facts; a fact after `None` must not be there.
type Line<'a> = (&'a str, &'a str, &'a str, &'a [FactKind]);

/// Asks a distribution with these functions, each line one request to the same edge; what the functions were told.
fn play_with(functions: Functions<'_>, distribution: Distribution, dialogue: &[Line<'_>]) -> Canned {
    let canned = Canned::default();
    run(async {
        let edge = edge().with_lambda(Box::new(canned.clone()));
        let distribution = with_functions(functions, distribution);
        for (viewer, origin, wanted, facts) in dialogue {
            edge.origins().says(origin);
            let (x, seen) = ask(&edge, &distribution, viewer).await;
            let scene = format!("{functions:?}: {viewer}");
            assert_eq!(edge.origins().complaint(), "", "{scene}");
            check(&scene, wanted, &seen);
            for fact in *facts {
                assert!(x.trace.first(*fact).is_some(), "{scene}: {fact:?} not in {:?}", x.trace.facts());
            }
        }
    });
    canned
}

fn play(functions: Functions<'_>, dialogue: &[Line<'_>]) -> Canned {
    play_with(functions, distribution(), dialogue)
}

#[test]
fn a_function_of_the_viewer_request_changes_what_is_looked_up() {
    play(
        [r#"{"uri": "/b", "headers": {"x-new": [{"value": "1"}]}}"#, "", "", ""],
        &[
            (
                "0 GET /a",
                "GET /b => 200 | Cache-Control: max-age=9 >> page",
                "200 Miss >> page",
                &[FactKind::LambdaEdgeViewerRequest, FactKind::LambdaEdgeChangedUri],
            ),
            ("1 GET /c", "", "200 Hit >> page", &[]),
        ],
    );
}

#[test]
fn what_a_function_of_the_viewer_request_generates_is_not_kept_and_passes_no_other_function() {
    let generated = r#"{"status": "302", "headers": {"location": [{"value": "/new"}]}, "body": "moved"}"#;
    let canned = play(
        [generated, "!", "!", "!"],
        &[
            (
                "0 GET /a",
                "",
                "302 LambdaGeneratedResponse | Location: /new | Server: CloudFront >> moved",
                &[FactKind::LambdaEdgeGeneratedResponse],
            ),
            ("1 GET /a", "", "302 LambdaGeneratedResponse >> moved", &[]),
        ],
    );
    assert_eq!(canned.events.borrow().len(), 2);
}

#[test]
fn an_origin_is_asked_as_its_function_says() {
    let canned = play(
        ["", r#"{"uri": "/b", "querystring": "q=1", "headers": {"x-new": [{"value": "1"}]}}"#, "", ""],
        &[
            (
                "0 GET /a",
                "GET /b?q=1 | X-New: 1 | Host: origin.example.net => 200 >> page",
                "200 Miss >> page",
                &[FactKind::LambdaEdgeOriginRequest],
            ),
            ("1 GET /a", "", "200 Hit >> page", &[]),
        ],
    );
    let events = canned.events.borrow();
    assert_eq!(events.len(), 1, "a hit asks no function");
    assert_eq!(events[0]["request"]["uri"], "/a");
    assert_eq!(events[0]["request"]["headers"]["user-agent"][0]["value"], "Amazon CloudFront");
    assert_eq!(events[0]["request"]["origin"]["custom"]["domainName"], "origin.example.net");
    assert_eq!(events[0]["request"]["headers"].get("x-amz-cf-id"), None);
}

#[test]
fn what_a_function_of_the_origin_request_generates_is_kept() {
    let generated =
        r#"{"status": "200", "headers": {"cache-control": [{"value": "max-age=9"}]}, "body": "made"}"#;
    play(
        ["", generated, "!", ""],
        &[
            (
                "0 GET /a",
                "",
                "200 LambdaGeneratedResponse >> made",
                &[FactKind::LambdaEdgeOriginResponseSkipped, FactKind::LifetimeFromMaxAge],
            ),
            ("1 GET /a", "", "200 Hit | Age: 1 >> made", &[]),
        ],
    );
    play_with(
        ["", r#"{"status": "403", "body": "no"}"#, "", "!"],
        distribution(),
        &[("0 GET /uncached/a", "", "403 LambdaGeneratedResponse >> no", &[])],
    );
    play_with(
        ["", r#"{"status": "404", "body": "no"}"#, "", ""],
        with_error_response(404, None, 5),
        &[
            ("0 GET /a", "", "404 LambdaGeneratedResponse >> no", &[]),
            ("1 GET /a", "", "404 Error >> no", &[FactKind::ErrorFromCache]),
        ],
    );
}

#[test]
fn a_function_of_the_origin_response_changes_what_is_kept() {
    let changed = r#"{"status": "200", "statusDescription": "OK", "body": "page of one's own",
        "headers": {"cache-control": [{"value": "max-age=9"}], "x-gone": null}}"#;
    let canned = play(
        ["", "", changed, ""],
        &[
            (
                "0 GET /a",
                "=> 404 | X-Gone: 1 | X-Stays: 2 >> nothing",
                "200 Miss | X-Stays: 2 | -X-Gone >> page of one's own",
                &[
                    FactKind::LambdaEdgeOriginResponse,
                    FactKind::LambdaEdgeChangedStatus,
                    FactKind::LambdaEdgeReplacedAnswer,
                ],
            ),
            ("8 GET /a", "", "200 Hit >> page of one's own", &[]),
        ],
    );
    let events = canned.events.borrow();
    assert_eq!(events[0]["response"]["status"], "404");
    assert_eq!(events[0]["request"]["origin"]["custom"]["port"], 443);
    // A body that is not named stays, an empty one removes it.
    play(
        ["", "", r#"{"headers": {"x-new": [{"value": "1"}]}}"#, ""],
        &[("0 GET /a", "=> 200 >>* stays", "200 Miss | X-New: 1 >> stays", &[])],
    );
    play(["", "", r#"{"body": ""}"#, ""], &[("0 GET /a", "=> 200 >> goes", "200 Miss >>", &[])]);
}

#[test]
fn a_function_of_the_viewer_response_sees_every_answer_without_an_error() {
    let canned = play(
        ["", "", "", r#"{"headers": {"x-new": [{"value": "1"}], "x-gone": null}}"#],
        &[
            ("0 GET /a", "=> 200 | X-Gone: 1 >> page", "200 Miss | X-New: 1 | -X-Gone >> page", &[]),
            ("5 GET /a", "", "200 Hit | X-New: 1 | Age: 5 >> page", &[FactKind::LambdaEdgeViewerResponse]),
            (
                "0 GET /missing",
                "=> 404 >> no",
                "404 Error | -X-New >> no",
                &[FactKind::ViewerResponseFunctionSkipped],
            ),
        ],
    );
    let events = canned.events.borrow();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["response"]["headers"]["age"][0]["value"], "5");
    assert_eq!(events[1]["response"]["headers"]["content-length"][0]["value"], "4");
}

#[test]
fn bodies_are_seen_and_replaced() {
    let canned = play(
        ["", r#"{"body": {"action": "replace", "encoding": "text", "data": "new"}}"#, "", ""],
        &[(
            "0 POST /uncached/a >> old",
            "POST /uncached/a => 200 >> ok",
            "200 Miss >> ok",
            &[FactKind::LambdaEdgeReplacedBody],
        )],
    );
    assert_eq!(canned.events.borrow()[0]["request"]["body"]["data"], "b2xk");
    let long = format!("0 POST /uncached/a >> {}", "x".repeat(50_000));
    let canned = play(
        ["{}", "", "", ""],
        &[(&long, "POST /uncached/a => 200 >> ok", "200 Miss >> ok", &[FactKind::LambdaEdgeBodyTruncated])],
    );
    let body = canned.events.borrow()[0]["request"]["body"].clone();
    assert_eq!(body["inputTruncated"], true);
    assert_eq!(body["data"].as_str().map(str::len), Some((40 * 1024_usize).div_ceil(3) * 4));
}

#[test]
fn failures_have_pages_of_their_own_and_are_not_kept() {
    let rows: &[(Functions<'_>, &str, &str, FactKind)] = &[
        (["!", "", "", ""], "", "503 LambdaExecutionError", FactKind::LambdaEdgeFailed),
        (["~", "", "", ""], "", "503 LambdaLimitExceeded", FactKind::LambdaEdgeThrottled),
        (["[]", "", "", ""], "", "502 LambdaValidationError", FactKind::LambdaEdgeResultInvalid),
        (["", "!", "", ""], "", "503 LambdaExecutionError", FactKind::LambdaEdgeFailed),
        (["", "~", "", ""], "", "503 LambdaLimitExceeded", FactKind::LambdaEdgeThrottled),
        (["", r#"{"uri": 1}"#, "", ""], "", "502 LambdaValidationError", FactKind::LambdaEdgeUriInvalid),
        (["", "", "!", ""], "=> 200 >> x", "503 LambdaExecutionError", FactKind::LambdaEdgeFailed),
        (
            ["", "", r#"{"status": "1"}"#, ""],
            "=> 200 >> x",
            "502 LambdaValidationError",
            FactKind::LambdaEdgeStatusInvalid,
        ),
        (["", "", "", "!"], "=> 200 >> x", "503 LambdaExecutionError", FactKind::LambdaEdgeFailed),
    ];
    for (functions, origin, wanted, fact) in rows {
        play(*functions, &[("0 GET /a", origin, wanted, &[*fact])]);
    }
    // What an origin failed to give is kept for a while, what a function failed to give is not.
    let twice = ("0 GET /a", "", "503 LambdaExecutionError", &[FactKind::LambdaEdgeFailed][..]);
    play(["", "!", "", ""], &[twice, twice]);
    let canned = play(
        [r#"{"headers": {"x-cache": [{"value": "1"}]}}"#, "", "", ""],
        &[("0 GET /a", "", "502 LambdaValidationError", &[FactKind::LambdaEdgeDisallowedHeader])],
    );
    let log = canned.log.borrow();
    assert!(log[0].starts_with("E2QWRUHAPOMQZL (") && log[0].contains("headerName : x-cache"), "{log:?}");
}

#[test]
fn another_origin_is_asked_with_the_old_host_unless_the_function_sets_it() {
    let origin = r#"{"origin": {"custom": {"domainName": "other.example.net", "path": "/p",
        "customHeaders": {"x-own": [{"value": "1"}]}}}}"#;
    play(
        ["", origin, "", ""],
        &[(
            "0 GET /a",
            "GET /p/a | Host: origin.example.net | X-Own: 1 => 200 >> x",
            "200 Miss >> x",
            &[FactKind::LambdaEdgeChangedOrigin, FactKind::LambdaEdgeKeptHost],
        )],
    );
    let with_host = r#"{"headers": {"host": [{"value": "other.example.net"}]},
        "origin": {"custom": {"domainName": "other.example.net"}}}"#;
    play(
        ["", with_host, "", ""],
        &[("0 GET /a", "GET /a | Host: other.example.net => 200 >> x", "200 Miss >> x", &[])],
    );
}

#[test]
fn no_request_goes_to_an_origin_without_a_host() {
    play(
        ["", r#"{"headers": {"host": null}}"#, "", ""],
        &[("0 GET /a", "GET /a | Host: origin.example.net => 200 >> x", "200 Miss >> x", &[])],
    );
}

#[test]
fn the_secondary_origin_of_a_group_has_its_own_call() {
    let canned = play(
        ["", "{}", "{}", ""],
        &[(
            "0 GET /group/a",
            "GET /group/a => 500 >> no\nGET /copy/group/a | X-Copy: yes => 200 >> yes",
            "200 Miss >> yes",
            &[FactKind::FailedOver],
        )],
    );
    let events = canned.events.borrow();
    let told: Vec<_> = events.iter().map(|event| event["config"]["eventType"].as_str()).collect();
    assert_eq!(told, [Some("origin-request"), Some("origin-request"), Some("origin-response")]);
    assert_eq!(events[1]["request"]["origin"]["custom"]["path"], "/copy");
    assert_eq!(events[1]["request"]["headers"].get("x-copy"), None);
}

#[test]
fn a_cloudfront_function_may_stand_before_functions_of_origin_events() {
    run(async {
        let canned = Canned::default();
        let edge = edge().with_lambda(Box::new(canned.clone()));
        let mut distribution = with_functions(["", r#"{"uri": "/c"}"#, "", ""], distribution());
        // Without an engine for it the CloudFront Function fails, before any other function is called.
        distribution.default_behavior.viewer_request =
            Some(EdgeFunction::CloudFront(Arc::new(frontgate_edge_rules::ViewerFunction {
                name: "function".into(),
                runtime: frontgate_cloudfront_functions_rules::Runtime::JavaScript20,
                code: "".into(),
                store: None,
                place: PlaceId(9),
            })));
        let (_, seen) = ask(&edge, &distribution, "0 GET /a").await;
        check("both kinds", "503 FunctionExecutionError", &seen);
        assert!(canned.events.borrow().is_empty());
    });
}
