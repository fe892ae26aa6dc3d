//! Events of CloudFront Functions: the head of a request, then what a function returns, as JSON.
//!
//! A function that returns its request changes nothing of it; and whatever a function returns, what CloudFront takes of
//! it can be written as a request or a response, with no line or field of its own making.

use frontgate_cloudfront_functions_rules::event::Prepared;
use frontgate_cloudfront_functions_rules::result::{Read, read_result};
use frontgate_cloudfront_functions_rules::{
    ChangedRequest, Event, FunctionResult, RequestView, ResponseView,
};
use frontgate_edge_rules::viewer_function::changed_head;
use frontgate_message::{Headers, RequestHead};
use frontgate_net::Limits;
use frontgate_net::reading::read_request_head;
use serde_json::Value;

use crate::fixture::{HOST, VIEWER, get};

pub(crate) fn check(input: &[u8]) {
    let Ok(Some((read, end))) = read_request_head(input, &Limits::default()) else { return };
    let head = RequestHead {
        method: read.method,
        target: read.target,
        version: read.version,
        host: read.host,
        ..get("/", read.headers)
    };
    let none = Headers::new();
    let request = RequestView {
        method: head.method.as_str(),
        target: &head.target,
        headers: &head.headers,
        cloudfront_headers: &none,
    };
    let event = Event {
        distribution_domain_name: HOST,
        distribution_id: "E2QWRUHAPOMQZL",
        request_id: "id",
        viewer_ip: VIEWER.into(),
        request,
        response: None,
    };
    let prepared = event.prepare();
    let json: Value = serde_json::from_str(&prepared.json).expect("an event is JSON");
    returned_request(&head, &prepared, &json["request"]);

    // The same fields as a response, which a function returns as it got it.
    let response = ResponseView { status: 200, headers: &head.headers, content_length: None };
    let answered = Event { response: Some(response), ..event }.prepare();
    let json: Value = serde_json::from_str(&answered.json).expect("an event is JSON");
    match read_result(&answered, &json["response"], None, Read::Served) {
        Ok(FunctionResult::Response(changed)) => assert_eq!((changed.status, &changed.headers), (200, &None)),
        other => panic!("a response that was not changed is {other:?}"),
    }

    let Ok(result) = serde_json::from_slice::<Value>(&input[end..]) else { return };
    for event in [&prepared, &answered] {
        if let Ok(result) = read_result(event, &result, None, Read::Served) {
            can_be_written(&head, &result);
        }
    }
}

fn returned_request(head: &RequestHead, event: &Prepared, request: &Value) {
    let taken = match read_result(event, request, None, Read::Served) {
        Ok(taken) => taken,
        // CloudFront limits what a function may return, changed or not.
        Err(why) if head.target.as_str().len() >= TARGET_BYTES => {
            return assert!(why.to_string().contains("8192"));
        }
        Err(why) => panic!("a request that was not changed is refused: {why}"),
    };
    assert_eq!(taken, FunctionResult::Request(Box::default()), "a request that was not changed is changed");
    let changed = changed_head(head, &ChangedRequest::default());
    assert_eq!((&changed.target, &changed.headers), (&head.target, &head.headers));
    // Said anew, every field of it still is what was sent.
    let anew = ChangedRequest { headers: Some(shown(head)), ..ChangedRequest::default() };
    let mut before: Vec<_> =
        head.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    let anew = anew.apply_headers(&head.headers);
    let mut after: Vec<_> = anew.iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    before.sort();
    after.sort();
    assert_eq!(before, after, "fields that were returned as they came");
}

/// The fields as a function sees them: text, what is not UTF-8 taken for ISO-8859-1.
fn shown(head: &RequestHead) -> Headers {
    let mut shown = Headers::new();
    for (name, value) in &head.headers {
        let text = match std::str::from_utf8(value) {
            Ok(text) => text.to_owned(),
            Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
        };
        shown.append(name, text.as_bytes());
    }
    shown
}

fn can_be_written(head: &RequestHead, result: &FunctionResult) {
    let headers = match result {
        FunctionResult::Request(changed) => {
            let changed = changed_head(head, changed);
            let target = changed.target.as_str();
            let breaks = |byte: u8| byte <= b' ' || byte == 0x7f || byte == b'#';
            assert!(target.starts_with('/') && !target.bytes().any(breaks), "{target:?}");
            assert_eq!(changed.headers.first("Host"), head.headers.first("Host"), "Host is read-only");
            changed.headers
        }
        FunctionResult::Response(changed) => {
            assert!((200..600).contains(&changed.status), "{}", changed.status);
            changed.headers.clone().unwrap_or_default()
        }
    };
    for (name, value) in &headers {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        assert!(!name.is_empty() && name.bytes().all(is_token), "{name:?}");
        assert!(
            !value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t'),
            "{name}: {}",
            value.escape_ascii()
        );
    }
}

/// Path and query of a result stay below 8,192; with a query the `?` counts.
const TARGET_BYTES: usize = 8_190;
