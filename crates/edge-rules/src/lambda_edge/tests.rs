//! Results of functions, in rows: what CloudFront takes, and what it says to what it does not take.

use std::net::{IpAddr, Ipv4Addr};

use frontgate_explain::FactKind;
use frontgate_message::Headers;
use serde_json::{Value, json};

use super::event::PreparedEvent;
use super::{
    EventBody, EventRequest, EventResponse, LambdaEvent, LambdaOrigin, LambdaResult, Trigger, bare_request,
    bucket_of_host, dressed_request, read_result,
};
use crate::config::{Origin, Upstream};
use crate::errors::ErrorPage;
use crate::fixture;

fn custom_origin() -> Origin {
    fixture::origin()
}

fn s3_origin() -> Origin {
    let upstream =
        Upstream::S3 { bucket: "site".into(), access_control: None, access_identity: Some("E1".into()) };
    Origin { domain_name: "site.s3.us-east-1.amazonaws.com".into(), upstream, ..custom_origin() }
}

fn request_headers() -> Headers {
    Headers::from_iter([
        ("Host", "www.example.com"),
        ("X-Two", "1"),
        ("Via", "2.0 a (CloudFront)"),
        ("X-Two", "2"),
        ("X-Amz-Cf-Id", "hidden"),
        ("Accept-Encoding", "gzip"),
    ])
}

fn event(trigger: Trigger, origin: &Origin) -> PreparedEvent {
    let headers = request_headers();
    let mut answer = Headers::from_iter([("Content-Type", "text/html"), ("X-Cache", "hidden")]);
    answer.append("X-Name", b"M\xfcller");
    let is_origins = !trigger.is_viewers();
    LambdaEvent {
        trigger,
        distribution_domain_name: "d111111abcdef8.cloudfront.net",
        distribution_id: "EDFDVBD6EXAMPLE",
        request_id: "ID==",
        client_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: EventRequest {
            method: "POST",
            uri: "/a",
            query: "b=1",
            headers: &headers,
            body: (!trigger.has_response()).then_some(EventBody { data: b"body", is_truncated: false }),
            origin: is_origins.then(|| LambdaOrigin::describe(origin, true)),
        },
        response: trigger.has_response().then_some(EventResponse {
            status: 404,
            headers: &answer,
            content_length: Some(7),
        }),
    }
    .prepare()
}

/// The object that a function returns if it changes nothing.
fn unchanged(event: &PreparedEvent) -> Value {
    let all: Value = serde_json::from_str(&event.json).expect("JSON");
    let cf = &all["Records"][0]["cf"];
    let part = if event.trigger.has_response() { "response" } else { "request" };
    cf[part].clone()
}

/// Sets what the JSON pointer names; `null` removes it.
fn with(mut value: Value, pointer: &str, new: &Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = value.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match new {
        Value::Null => drop(parent.remove(name)),
        new => drop(parent.insert(name.to_owned(), new.clone())),
    }
    value
}

fn read(event: &PreparedEvent, value: &Value) -> Result<LambdaResult, (ErrorPage, FactKind)> {
    read_result(event, value.to_string().as_bytes()).map_err(|invalid| (invalid.page, invalid.kind))
}

#[test]
fn events_have_the_documented_form() {
    let origin = custom_origin();
    let viewer: Value = serde_json::from_str(&event(Trigger::ViewerRequest, &origin).json).expect("JSON");
    let cf = &viewer["Records"][0]["cf"];
    assert_eq!(
        cf["config"],
        json!({
            "distributionDomainName": "d111111abcdef8.cloudfront.net",
            "distributionId": "EDFDVBD6EXAMPLE",
            "eventType": "viewer-request",
            "requestId": "ID==",
        })
    );
    assert_eq!(
        cf["request"],
        json!({
            "body": {"action": "read-only", "data": "Ym9keQ==", "encoding": "base64", "inputTruncated": false},
            "clientIp": "127.0.0.1",
            "headers": {
                "host": [{"key": "Host", "value": "www.example.com"}],
                "x-two": [{"key": "X-Two", "value": "1"}, {"key": "X-Two", "value": "2"}],
                "via": [{"key": "Via", "value": "2.0 a (CloudFront)"}],
                "accept-encoding": [{"key": "Accept-Encoding", "value": "gzip"}],
            },
            "method": "POST",
            "querystring": "b=1",
            "uri": "/a",
        })
    );
    let answer: Value = serde_json::from_str(&event(Trigger::OriginResponse, &origin).json).expect("JSON");
    let cf = &answer["Records"][0]["cf"];
    assert_eq!(cf["request"]["origin"]["custom"]["protocol"], "https");
    assert_eq!(
        cf["response"],
        json!({
            "headers": {
                "content-type": [{"key": "Content-Type", "value": "text/html"}],
                "x-name": [{"key": "X-Name", "value": "Müller"}],
                "content-length": [{"key": "Content-Length", "value": "7"}],
            },
            "status": "404",
            "statusDescription": "Not Found",
        })
    );
}

#[test]
fn what_is_not_changed_stays_byte_for_byte() {
    for trigger in Trigger::ALL {
        let event = event(trigger, &custom_origin());
        match read(&event, &unchanged(&event)).expect("it is taken") {
            LambdaResult::Request(request) => {
                assert_eq!(
                    (request.uri, request.query, request.body, request.origin),
                    (None, None, None, None)
                );
                assert_eq!(request.changed_headers, None);
                assert_eq!(request.headers.first("X-Amz-Cf-Id"), Some(&b"hidden"[..]));
            }
            LambdaResult::Response(response) => {
                assert_eq!((response.status, response.changed_headers, response.body), (404, None, None));
                assert_eq!(response.headers.first("X-Name"), Some(&b"M\xfcller"[..]));
                assert_eq!(response.headers.first("X-Cache"), Some(&b"hidden"[..]));
            }
        }
    }
}

/// Trigger, what is changed of the event, and why that is not taken; `None`: it is.
type Row = (Trigger, &'static str, Value, Option<FactKind>);

fn check(rows: &[Row], origin: &Origin) {
    for (trigger, pointer, new, wanted) in rows {
        let event = event(*trigger, origin);
        let result = with(unchanged(&event), pointer, new);
        let found = read(&event, &result).err().map(|(_, kind)| kind);
        assert_eq!(found, *wanted, "{} {pointer} {new}", trigger.as_str());
    }
}

#[test]
fn requests_in_rows() {
    use FactKind::{
        LambdaEdgeBodyInvalid as Body, LambdaEdgeDisallowedHeader as Disallowed,
        LambdaEdgeHeadersInvalid as Malformed, LambdaEdgeOriginAtViewer as AtViewer,
        LambdaEdgeReadOnlyField as Field, LambdaEdgeReadOnlyHeader as ReadOnly, LambdaEdgeUriInvalid as Uri,
    };
    use Trigger::{OriginRequest, ViewerRequest};
    let entry = |value: &str| json!([{"value": value}]);
    let rows = [
        (ViewerRequest, "/uri", json!("/b"), None),
        (ViewerRequest, "/uri", json!("b"), Some(Uri)),
        (ViewerRequest, "/uri", json!("/a b"), Some(Uri)),
        (ViewerRequest, "/uri", json!("/a?b"), Some(Uri)),
        (ViewerRequest, "/uri", Value::Null, Some(Uri)),
        (ViewerRequest, "/uri", json!(format!("/{}", "x".repeat(8192))), Some(Uri)),
        (ViewerRequest, "/querystring", json!("c=%20"), None),
        (ViewerRequest, "/querystring", json!("c= "), Some(Uri)),
        (ViewerRequest, "/querystring", json!("c=#"), Some(Uri)),
        (ViewerRequest, "/querystring", json!({}), Some(Uri)),
        (ViewerRequest, "/method", json!("GET"), Some(Field)),
        (ViewerRequest, "/clientIp", json!("10.0.0.1"), Some(Field)),
        (ViewerRequest, "/origin", json!({"custom": {}}), Some(AtViewer)),
        (ViewerRequest, "/headers", Value::Null, Some(Malformed)),
        (ViewerRequest, "/headers/x-new", entry("1"), None),
        (ViewerRequest, "/headers/X-New", json!([{"key": "x-NEW", "value": ["1", "2"]}]), None),
        (ViewerRequest, "/headers/x-new", json!("1"), Some(Malformed)),
        (ViewerRequest, "/headers/x-new", json!([{"value": 1}]), Some(Malformed)),
        (ViewerRequest, "/headers/x-new", json!([{"key": "Other", "value": "1"}]), Some(Malformed)),
        (ViewerRequest, "/headers/x-new", entry("a\r\nb"), Some(Malformed)),
        (ViewerRequest, "/headers/x new", entry("1"), Some(Malformed)),
        (ViewerRequest, "/headers/x-new", entry(&"x".repeat(32_768)), Some(Malformed)),
        (ViewerRequest, "/headers/x-cache", entry("1"), Some(Disallowed)),
        (ViewerRequest, "/headers/x-edge-location", entry("1"), Some(Disallowed)),
        (ViewerRequest, "/headers/cloudfront-viewer-country", entry("DE"), Some(Disallowed)),
        (OriginRequest, "/headers/cloudfront-viewer-country", entry("DE"), None),
        (ViewerRequest, "/headers/host", entry("other"), Some(ReadOnly)),
        (OriginRequest, "/headers/host", entry("other"), None),
        (ViewerRequest, "/headers/via", Value::Null, Some(ReadOnly)),
        (ViewerRequest, "/headers/accept-encoding", Value::Null, None),
        (OriginRequest, "/headers/accept-encoding", Value::Null, Some(ReadOnly)),
        (OriginRequest, "/headers/if-none-match", entry("\"1\""), Some(ReadOnly)),
        (ViewerRequest, "/headers/content-length", entry("1"), Some(ReadOnly)),
        (ViewerRequest, "/body/data", json!("ignored"), None),
        (ViewerRequest, "/body", json!("text"), Some(Body)),
        (ViewerRequest, "/body/action", json!("drop"), Some(Body)),
        (ViewerRequest, "/body", json!({"action": "replace", "data": "?", "encoding": "base64"}), Some(Body)),
        (ViewerRequest, "/body", json!({"action": "replace", "data": "YQ=="}), None),
        (ViewerRequest, "/body", json!({"action": "replace", "data": "a", "encoding": "gzip"}), Some(Body)),
        (ViewerRequest, "/body", text_body(40 * 1024), None),
        (ViewerRequest, "/body", text_body(40 * 1024 + 1), Some(Body)),
        (OriginRequest, "/body", text_body(1024 * 1024), None),
        (OriginRequest, "/body", text_body(1024 * 1024 + 1), Some(Body)),
    ];
    check(&rows, &custom_origin());
}

fn text_body(bytes: usize) -> Value {
    json!({"action": "replace", "data": "x".repeat(bytes), "encoding": "text"})
}

#[test]
fn responses_in_rows() {
    use FactKind::{
        LambdaEdgeBodyInvalid as Body, LambdaEdgeReadOnlyField as Field,
        LambdaEdgeReadOnlyHeader as ReadOnly, LambdaEdgeStatusInvalid as Status,
    };
    use Trigger::{OriginResponse, ViewerResponse};
    let entry = |value: &str| json!([{"value": value}]);
    let rows = [
        (OriginResponse, "/status", json!("200"), None),
        (OriginResponse, "/status", json!(200), None),
        (OriginResponse, "/status", json!("199"), Some(Status)),
        (OriginResponse, "/status", json!("600"), Some(Status)),
        (OriginResponse, "/status", json!("ok"), Some(Status)),
        (OriginResponse, "/status", Value::Null, Some(Status)),
        (ViewerResponse, "/status", json!("200"), Some(Field)),
        (OriginResponse, "/body", json!("text"), None),
        (OriginResponse, "/body", json!(""), None),
        (OriginResponse, "/body", json!({"a": 1}), Some(Body)),
        (OriginResponse, "/body", json!("x".repeat(1024 * 1024)), Some(Body)),
        (ViewerResponse, "/body", json!("x".repeat(40 * 1024)), Some(Body)),
        (OriginResponse, "/headers/content-length", Value::Null, None),
        (ViewerResponse, "/headers/content-length", Value::Null, Some(ReadOnly)),
        (ViewerResponse, "/headers/content-encoding", entry("gzip"), Some(ReadOnly)),
        (OriginResponse, "/headers/content-encoding", entry("gzip"), None),
        (ViewerResponse, "/headers/warning", entry("1"), Some(ReadOnly)),
        (OriginResponse, "/headers/warning", entry("1"), None),
        (OriginResponse, "/headers/transfer-encoding", entry("chunked"), Some(ReadOnly)),
    ];
    check(&rows, &custom_origin());
}

#[test]
fn generated_responses_in_rows() {
    use FactKind::{
        LambdaEdgeBodyInvalid as Body, LambdaEdgeReadOnlyHeader as ReadOnly,
        LambdaEdgeResultInvalid as Result, LambdaEdgeStatusInvalid as Status,
    };
    use Trigger::{OriginRequest, ViewerRequest};
    let rows = [
        (ViewerRequest, json!({"status": "204"}), None),
        (ViewerRequest, json!({"status": "204", "body": "x"}), Some(Body)),
        (OriginRequest, json!({"status": "204", "body": "x"}), None),
        (ViewerRequest, json!({"status": "100"}), Some(Status)),
        (ViewerRequest, json!({"status": "200", "body": "YQ==", "bodyEncoding": "base64"}), None),
        (ViewerRequest, json!({"status": "200", "body": "?", "bodyEncoding": "base64"}), Some(Body)),
        (ViewerRequest, json!({"status": "200", "body": "x".repeat(40 * 1024 + 1)}), Some(Body)),
        (
            OriginRequest,
            json!({"status": "200", "headers": {"content-length": [{"value": "1"}]}}),
            Some(ReadOnly),
        ),
        // The form of API Gateway: without `status` it is a request, whose body is an object.
        (ViewerRequest, json!({"statusCode": 200, "body": "text"}), Some(Body)),
        (ViewerRequest, Value::Null, Some(Result)),
        (ViewerRequest, json!("text"), Some(Result)),
        (ViewerRequest, json!([]), Some(Result)),
    ];
    for (trigger, result, wanted) in rows {
        let event = event(trigger, &custom_origin());
        let found = read(&event, &result).err().map(|(_, kind)| kind);
        assert_eq!(found, wanted, "{result}");
    }
    let event = event(ViewerRequest, &custom_origin());
    assert_eq!(
        read_result(&event, b"{").map_err(|invalid| invalid.page),
        Err(ErrorPage::LambdaResultUnparsable)
    );
}

#[test]
fn origins_in_rows() {
    use FactKind::{LambdaEdgeOriginFieldMissing as Missing, LambdaEdgeOriginInvalid as Invalid};
    use Trigger::OriginRequest;
    let header = |name: &str| json!({name: [{"value": "1"}]});
    let custom = [
        ("/origin/custom/domainName", json!("other.example.com"), None),
        ("/origin/custom/domainName", json!("10.0.0.1"), Some(Invalid)),
        ("/origin/custom/domainName", json!("a.example.com:80"), Some(Invalid)),
        ("/origin/custom/domainName", json!(""), Some(Invalid)),
        ("/origin/custom/keepaliveTimeout", Value::Null, Some(Missing)),
        ("/origin/custom/readTimeout", Value::Null, Some(Missing)),
        ("/origin/custom/customHeaders", Value::Null, Some(Missing)),
        ("/origin/custom/readTimeout", json!(121), Some(Invalid)),
        ("/origin/custom/port", json!(8080), None),
        ("/origin/custom/port", json!(81), Some(Invalid)),
        ("/origin/custom/protocol", json!("match-viewer"), Some(Invalid)),
        ("/origin/custom/sslProtocols", json!([]), Some(Invalid)),
        ("/origin/custom/path", json!("/p"), None),
        ("/origin/custom/path", json!("p"), Some(Invalid)),
        ("/origin/custom/path", json!("/p/"), Some(Invalid)),
        ("/origin/custom/customHeaders", header("x-own"), None),
        ("/origin/custom/customHeaders", header("x-two"), Some(Invalid)),
        ("/origin/custom/customHeaders", header("x-cache"), Some(Invalid)),
        ("/origin/custom/responseCompletionTimeout", json!(0), None),
        ("/origin/custom/responseCompletionTimeout", json!(60), None),
        ("/origin/custom/responseCompletionTimeout", json!(29), Some(Invalid)),
        ("/origin/s3", json!({}), Some(Invalid)),
        ("/origin", json!({}), Some(Invalid)),
    ];
    let custom: Vec<Row> = custom.into_iter().map(|(at, new, why)| (OriginRequest, at, new, why)).collect();
    check(&custom, &custom_origin());
    let s3 = [
        ("/origin/s3/domainName", json!("other.s3.eu-west-1.amazonaws.com"), None),
        ("/origin/s3/domainName", json!("Other.s3.amazonaws.com"), Some(Invalid)),
        ("/origin/s3/authMethod", json!("origin-access-control"), Some(Invalid)),
        ("/origin/s3/authMethod", Value::Null, Some(Missing)),
    ];
    let s3: Vec<Row> = s3.into_iter().map(|(at, new, why)| (OriginRequest, at, new, why)).collect();
    check(&s3, &s3_origin());
}

#[test]
fn an_origin_becomes_another_one() {
    let wanted = |pointer: &str, new: Value, before: &Origin| {
        let event = event(Trigger::OriginRequest, before);
        let result = read(&event, &with(unchanged(&event), pointer, &new)).expect("it is taken");
        let LambdaResult::Request(request) = result else { panic!("a request") };
        request.origin.expect("another origin").apply(before)
    };
    let bucket = json!({"s3": {
        "authMethod": "none",
        "customHeaders": {},
        "domainName": "other.s3.amazonaws.com",
        "path": "/p",
    }});
    let changed = wanted("/origin", bucket.clone(), &custom_origin()).expect("a bucket");
    assert!(matches!(&changed.upstream, Upstream::S3 { bucket, .. } if &**bucket == "other"));
    assert_eq!(&*changed.origin_path, "/p");
    let identity = with(bucket, "/s3/authMethod", &json!("origin-access-identity"));
    let identity = with(identity, "/s3/region", &json!("us-east-1"));
    assert!(wanted("/origin", identity, &custom_origin()).is_err(), "a custom origin has no identity");
    let service = json!("lb.elb.amazonaws.com");
    assert!(
        wanted("/origin/custom/domainName", service, &custom_origin()).is_err(),
        "nothing answers for it"
    );
    let of_host = bucket_of_host(&changed, "third.s3.amazonaws.com:443").expect("another bucket");
    assert!(matches!(&of_host.upstream, Upstream::S3 { bucket, .. } if &**bucket == "third"));
    assert!(bucket_of_host(&changed, "other.s3.amazonaws.com").is_none());
    assert!(bucket_of_host(&changed, "www.example.com").is_none());
}

#[test]
fn a_request_is_dressed_for_its_origin() {
    let origin = Origin {
        origin_path: "/p".into(),
        custom_headers: vec![("X-Two".into(), "own".into())],
        ..custom_origin()
    };
    let request = crate::origin_request::OriginRequest {
        method: frontgate_message::Method::Get,
        target: "/a?b".into(),
        headers: request_headers(),
        host: "www.example.com".into(),
        secure: true,
        signed: false,
    };
    let bare = bare_request(request, &origin);
    assert!(!bare.headers.contains("X-Two"));
    let dressed = dressed_request(bare, &origin);
    assert_eq!((dressed.target.as_str(), dressed.host.as_str()), ("/p/a?b", "www.example.com"));
    assert_eq!(dressed.headers.first("X-Two"), Some(&b"own"[..]));
}
