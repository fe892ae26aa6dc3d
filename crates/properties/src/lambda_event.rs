//! Events of Lambda@Edge: the head of a request, then what a function returns, as JSON.
//!
//! A function that returns what it got changes nothing of it, at any of the four events; and whatever a function returns,
//! what CloudFront takes of it can be written as a request or a response, with no line or field of its own making.

use frontgate_edge_rules::lambda_edge::restrictions::{URI_BYTES_LIMIT, is_disallowed};
use frontgate_edge_rules::lambda_edge::{
    EventBody, EventRequest, EventResponse, LambdaEvent, LambdaOrigin, LambdaResult, PreparedEvent, Trigger,
    read_result,
};
use frontgate_edge_rules::{Origin, OriginProtocolPolicy, Upstream};
use frontgate_explain::PlaceId;
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
    let result = &input[end..];
    for origin in [custom_origin(), bucket()] {
        for trigger in Trigger::ALL {
            let event = event(trigger, &head, &origin);
            unchanged(&head, &event);
            if let Ok(taken) = read_result(&event, result) {
                can_be_written(&origin, &taken);
            }
        }
    }
}

fn event(trigger: Trigger, head: &RequestHead, origin: &Origin) -> PreparedEvent {
    let response = EventResponse { status: 200, headers: &head.headers, content_length: None };
    let event = LambdaEvent {
        trigger,
        distribution_domain_name: HOST,
        distribution_id: "E2QWRUHAPOMQZL",
        request_id: "id",
        client_ip: VIEWER.into(),
        request: EventRequest {
            method: head.method.as_str(),
            uri: head.target.path(),
            query: head.target.query().unwrap_or(""),
            headers: &head.headers,
            body: Some(EventBody { data: b"body", is_truncated: false }),
            origin: (!trigger.is_viewers()).then(|| LambdaOrigin::describe(origin, true)),
        },
        response: trigger.has_response().then_some(response),
    };
    event.prepare()
}

/// What a function returns as it got it stays as it was sent.
fn unchanged(head: &RequestHead, event: &PreparedEvent) {
    let json: Value = serde_json::from_str(&event.json).expect("an event is JSON");
    let cf = &json["Records"][0]["cf"];
    let part = if event.trigger.has_response() { "response" } else { "request" };
    let headers = match read_result(event, cf[part].to_string().as_bytes()) {
        Ok(LambdaResult::Request(request)) => {
            assert_eq!((&request.uri, &request.query, &request.body), (&None, &None, &None));
            assert!(request.origin.is_none() && request.changed_headers.is_none());
            request.headers
        }
        Ok(LambdaResult::Response(response)) => {
            assert!(response.status == 200 && response.body.is_none() && response.changed_headers.is_none());
            response.headers
        }
        // CloudFront limits what a function may return, changed or not.
        Err(why) if head.target.as_str().len() + 1 >= URI_BYTES_LIMIT => {
            return assert!(why.message.contains("8192"), "{}", why.message);
        }
        Err(why) => panic!("what was not changed is refused: {}", why.message),
    };
    // The field that says how a body is framed is the event's own.
    let sent = |headers: &Headers| {
        let all = headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_vec()));
        let mut all: Vec<_> = all.filter(|(name, _)| name != "transfer-encoding").collect();
        all.sort();
        all
    };
    assert_eq!(sent(&head.headers), sent(&headers), "fields that were returned as they came");
}

fn can_be_written(origin: &Origin, taken: &LambdaResult) {
    let headers = match taken {
        LambdaResult::Request(request) => {
            for text in [&request.uri, &request.query].into_iter().flatten() {
                assert!(!text.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'#'), "{text:?}");
            }
            assert!(request.uri.as_ref().is_none_or(|uri| uri.starts_with('/') && !uri.contains('?')));
            if let Some(Ok(changed)) = request.origin.as_ref().map(|wanted| wanted.apply(origin)) {
                origin_can_be_asked(&changed);
            }
            &request.headers
        }
        LambdaResult::Response(response) => {
            assert!((200..600).contains(&response.status), "{}", response.status);
            &response.headers
        }
    };
    headers.iter().for_each(|(name, value)| field_can_be_written(name, value));
}

fn origin_can_be_asked(origin: &Origin) {
    let (name, path) = (&*origin.domain_name, &*origin.origin_path);
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    assert!(!name.is_empty() && name.bytes().all(is_plain), "{name:?}");
    assert!(path.is_empty() || (path.starts_with('/') && !path.ends_with('/')), "{path:?}");
    assert!(!path.bytes().any(|byte| byte <= b' ' || b"?#\x7f".contains(&byte)), "{path:?}");
    assert!((1..=120).contains(&origin.read_timeout_seconds));
    for (name, value) in &origin.custom_headers {
        field_can_be_written(name, value.as_bytes());
        assert!(!is_disallowed(&name.to_ascii_lowercase()), "{name}");
    }
}

fn field_can_be_written(name: &str, value: &[u8]) {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    assert!(!name.is_empty() && name.bytes().all(is_token), "{name:?}");
    let breaks = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    assert!(!value.iter().any(breaks), "{name}: {}", value.escape_ascii());
}

fn custom_origin() -> Origin {
    Origin {
        id: "origin".into(),
        domain_name: "origin.example.net".into(),
        origin_path: "/path".into(),
        origin_path_place: PlaceId::NONE,
        host_header: None,
        custom_headers: vec![("X-Origin-Key".into(), "key".into())],
        upstream: Upstream::Custom {
            protocol: OriginProtocolPolicy::HttpsOnly,
            http_port: 80,
            https_port: 443,
        },
        connection_attempts: 3,
        connection_timeout_seconds: 10,
        read_timeout_seconds: 30,
        keep_alive_timeout_seconds: 5,
        response_completion_timeout_seconds: None,
        origin_shield: None,
        server_name: None,
        allowed_certificate_names: Vec::new(),
        place: PlaceId::NONE,
    }
}

fn bucket() -> Origin {
    let upstream =
        Upstream::S3 { bucket: "site".into(), access_control: None, access_identity: Some("E1".into()) };
    Origin { domain_name: "site.s3.us-east-1.amazonaws.com".into(), upstream, ..custom_origin() }
}
