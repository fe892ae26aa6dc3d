use std::net::{IpAddr, Ipv4Addr};

use frontgate_message::{Headers, Target};
use serde_json::{Value, json};

use crate::event::{Event, Prepared, RequestView, ResponseView};
use crate::result::{ChangedRequest, Failure, FunctionResult, Read, read_result};

fn headers(fields: &[(&str, &str)]) -> Headers {
    fields.iter().copied().collect()
}

fn viewer_headers() -> Headers {
    headers(&[
        ("Host", "www.example.com"),
        ("accept", "a"),
        ("Accept", "b"),
        ("X-Forwarded-Proto", "https"),
        ("CloudFront-Viewer-Country", "forged"),
        ("Cookie", "a=1; b=2; a=3"),
    ])
}

fn prepared(target: &str, response: Option<&Headers>) -> Prepared {
    Event {
        distribution_domain_name: "d111111abcdef8.cloudfront.net",
        distribution_id: "EDFDVBD6EXAMPLE",
        request_id: "ID==",
        viewer_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestView {
            method: "GET",
            target: &Target::new(target),
            headers: &viewer_headers(),
            cloudfront_headers: &headers(&[("CloudFront-Viewer-Country", "GB")]),
        },
        response: response.map(|headers| ResponseView { status: 200, headers, content_length: Some(3) }),
    }
    .prepare()
}

fn event(prepared: &Prepared) -> Value {
    serde_json::from_str(&prepared.json).expect("JSON")
}

#[test]
fn an_event_is_as_documented() {
    let event = event(&prepared("/a%20b?x=1&flag&x=2", None));
    assert_eq!(
        event,
        json!({
            "version": "1.0",
            "context": {
                "distributionDomainName": "d111111abcdef8.cloudfront.net",
                "distributionId": "EDFDVBD6EXAMPLE",
                "eventType": "viewer-request",
                "requestId": "ID==",
            },
            "viewer": {"ip": "127.0.0.1"},
            "request": {
                "method": "GET",
                "uri": "/a%20b",
                "querystring": {
                    "x": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]},
                    "flag": {"value": ""},
                },
                "headers": {
                    "host": {"value": "www.example.com"},
                    "accept": {"value": "a", "multiValue": [{"value": "a"}, {"value": "b"}]},
                    "cloudfront-viewer-country": {"value": "GB"},
                },
                "cookies": {
                    "a": {"value": "1", "multiValue": [{"value": "1"}, {"value": "3"}]},
                    "b": {"value": "2"},
                },
            },
        })
    );
}

#[test]
fn an_event_of_a_response_has_cookies_with_attributes() {
    let answered = headers(&[("ETag", "\"x\""), ("Set-Cookie", "id=1; Secure; Path=/"), ("X-Cache", "no")]);
    let event = event(&prepared("/", Some(&answered)));
    assert_eq!(
        event["response"],
        json!({
            "statusCode": 200,
            "statusDescription": "OK",
            "headers": {"etag": {"value": "\"x\""}, "content-length": {"value": "3"}},
            "cookies": {"id": {"value": "1", "attributes": "Secure; Path=/"}},
        })
    );
    assert_eq!(event["context"]["eventType"], "viewer-response");
}

/// What becomes of a request whose function changes it by `change`.
fn changed(target: &str, change: impl FnOnce(&mut Value)) -> Result<ChangedRequest, Failure> {
    let prepared = prepared(target, None);
    let mut result = event(&prepared)["request"].take();
    change(&mut result);
    match read_result(&prepared, &result, None, Read::Served)? {
        FunctionResult::Request(request) => Ok(*request),
        FunctionResult::Response(response) => panic!("{response:?}"),
    }
}

#[test]
fn a_request_that_is_not_changed_stays_as_it_is() {
    let unchanged = changed("/a?x=1&flag&x=2", |_| {}).expect("taken");
    assert_eq!(unchanged, ChangedRequest::default());
    assert_eq!(unchanged.apply_headers(&viewer_headers()), viewer_headers());
}

#[test]
fn the_query_is_rebuilt_where_it_is_changed() {
    let rows: &[(&str, Value, Option<&str>)] = &[
        ("/?a=1&b=2", json!({"b": {"value": "2"}}), Some("b=2")),
        ("/?a=1", json!({"a": {"value": "x"}, "c": {"value": ""}}), Some("a=x&c=")),
        ("/?a=1", json!({}), Some("")),
        ("/?a=1", json!("z=1&a"), Some("z=1&a")),
        // multiValue not touched: value is, "subsequent values remain unchanged"
        (
            "/?a=1&a=2",
            json!({"a": {"value": "x", "multiValue": [{"value": "1"}, {"value": "2"}]}}),
            Some("a=x&a=2"),
        ),
        // multiValue touched: value is ignored
        (
            "/?a=1&a=2",
            json!({"a": {"value": "x", "multiValue": [{"value": "1"}, {"value": "3"}]}}),
            Some("a=1&a=3"),
        ),
        ("/?a=1&a=2", json!({"a": {"value": "1"}}), Some("a=1")),
    ];
    for (target, query, expected) in rows {
        let changed = changed(target, |request| request["querystring"] = query.clone()).expect("taken");
        assert_eq!(changed.query.as_deref(), *expected, "{target} {query}");
    }
}

#[test]
fn headers_are_capitalized_and_what_is_hidden_stays() {
    let changed = changed("/", |request| {
        request["headers"]["x-new-header"] = json!({"value": "1"});
        request["headers"].as_object_mut().expect("object").shift_remove("accept");
        request["cookies"] = json!({"c": {"value": "4"}});
    });
    let applied = changed.expect("taken").apply_headers(&viewer_headers());
    let expected = headers(&[
        ("Host", "www.example.com"),
        ("X-New-Header", "1"),
        ("X-Forwarded-Proto", "https"),
        ("CloudFront-Viewer-Country", "forged"),
        ("Cookie", "c=4"),
    ]);
    assert!(applied.iter().eq(expected.iter()), "{applied:?}");
}

#[test]
fn what_a_request_may_not_be() {
    let invalid = |text: &str| Failure::InvalidValue(text.to_owned());
    let read_only = |name: &str| Failure::ReadOnlyHeader(name.to_owned());
    let rows: &[(&str, Value, Failure)] = &[
        ("/uri", json!("index.html"), invalid("request.uri must begin with a forward slash")),
        ("/uri", json!(1), invalid("request.uri must be a string")),
        ("/uri", json!("/a b"), invalid("\"/a b\" has a space, a control character or a #")),
        ("/querystring", json!("a=1#x"), invalid("\"a=1#x\" has a space, a control character or a #")),
        ("/method", json!("POST"), invalid("request.method is read-only")),
        ("/headers/host/value", json!("evil"), read_only("host")),
        ("/headers/via", json!({"value": "x"}), read_only("via")),
        ("/headers/x-cache", json!({"value": "x"}), read_only("x-cache")),
        ("/headers/x-amz-cf-id", json!({"value": "x"}), read_only("x-amz-cf-id")),
        ("/headers/cloudfront-viewer-country/value", json!("US"), read_only("cloudfront-viewer-country")),
        (
            "/headers/X-Upper",
            json!({"value": "x"}),
            invalid("request.headers[\"X-Upper\"] is no header name in lower case"),
        ),
        ("/headers/x", json!("x"), invalid("request.headers[\"x\"] must be an object")),
        ("/headers/x", json!({}), invalid("request.headers[\"x\"].value is missing")),
        ("/headers/x", json!({"value": 1}), invalid("request.headers[\"x\"].value must be a string")),
        (
            "/headers/x",
            json!({"value": "a\r\nb: c"}),
            invalid("request.headers[\"x\"] has a control character"),
        ),
        ("/cookies", json!([]), invalid("request.cookies must be an object")),
    ];
    for (path, value, failure) in rows {
        let found = changed("/", |request| {
            let (parent, name) = path.rsplit_once('/').expect("a path");
            request.pointer_mut(parent).expect("there")[name] = value.clone();
        });
        assert_eq!(found.expect_err("refused"), *failure, "{path}");
    }
    let long = changed("/", |request| request["uri"] = json!(format!("/{}", "x".repeat(8_191))));
    assert!(long.is_err());
}

#[test]
fn a_response_is_generated() {
    let prepared = prepared("/", None);
    let result = json!({
        "statusCode": 302,
        "statusDescription": "Found",
        "headers": {"location": {"value": "/new"}},
        "cookies": {"a": {"value": "1", "attributes": "Path=/", "multiValue": [
            {"value": "1", "attributes": "Path=/"}, {"value": "2"},
        ]}},
        "body": {"encoding": "base64", "data": "aGk="},
    });
    let FunctionResult::Response(response) =
        read_result(&prepared, &result, None, Read::Served).expect("taken")
    else {
        panic!("no response");
    };
    assert_eq!(response.status, 302);
    assert_eq!(response.body.as_deref(), Some(&b"hi"[..]));
    let expected = headers(&[("Location", "/new"), ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "a=2")]);
    assert_eq!(response.headers, Some(expected));
    for (result, text) in [
        (json!({"statusCode": "200"}), "statusCode must be an integer from 200 to 599"),
        (json!({"statusCode": 199}), "statusCode must be an integer"),
        (json!({"statusCode": 200.5}), "statusCode must be an integer"),
        (json!({"statusCode": 200, "body": {"encoding": "base64", "data": "~"}}), "no valid base64"),
        (json!({"statusCode": 200, "body": {"encoding": "gzip", "data": ""}}), "must be text or base64"),
        (json!({"statusCode": 200, "headers": {"via": {"value": "x"}}}), "read-only header: via"),
        (json!(null), "the result must be an object"),
    ] {
        let failure = read_result(&prepared, &result, None, Read::Served).expect_err("refused").to_string();
        assert!(failure.contains(text), "{result}: {failure}");
    }
}

#[test]
fn origins_are_changed_by_what_cf_was_asked() {
    use crate::origin_change::{OriginChange, Signing};
    let update = OriginChange::read(
        r#"{"update": {"domainName": "WWW.example.com", "customHeaders": {"x-stage": "p"}, "originPath": "/v1",
        "timeouts": {"readTimeout": 30}, "originAccessControlConfig": {"enabled": true, "signingBehavior": "always",
        "signingProtocol": "sigv4", "originType": "s3"}}}"#,
    );
    let OriginChange::Update(update) = update.expect("taken") else { panic!("no update") };
    assert_eq!(update.domain_name.as_deref(), Some("www.example.com"));
    assert_eq!(update.custom_headers, Some(vec![("X-Stage".into(), "p".into())]));
    assert_eq!(update.access_control, Some(Some(Signing::Always)));
    for (json, error) in [
        (r#"{"update": {"domainName": "127.0.0.1"}}"#, "is no domain name"),
        (r#"{"update": {"domainName": "a:80"}}"#, "is no domain name"),
        (r#"{"update": {"originPath": "v1"}}"#, "must start with a slash"),
        (r#"{"update": {"ipAddressType": "ipv4"}}"#, "updateRequestOrigin.ipAddressType is not implemented"),
        (r#"{"update": {"sni": "a:1"}}"#, "is no domain name"),
        (r#"{"update": {"allowedCertificateNames": []}}"#, "1 to 20 domain names"),
        (r#"{"update": {"allowedCertificateNames": ["a*"]}}"#, "1 to 20 domain names"),
        (r#"{"update": {"timeouts": {"responseCompletionTimeout": 0}}}"#, "from 1 to 86400"),
        (r#"{"update": {"connectionAttempts": 4}}"#, "from 1 to 3"),
        (r#"{"update": {"originShield": {"enabled": true}}}"#, "originShield.region must be given"),
        (r#"{"update": 1}"#, "must be an object"),
        (r#"{"select": null}"#, "must be a string"),
        (r#"{"select": "a", "overrides": {"port": 1}}"#, "selectRequestOriginById.port is not implemented"),
        (r#"{"group": {}}"#, "must be an array of two origins"),
        (r#"{"group": {"originIds": ["a"]}}"#, "must be an array of two origins"),
        (r#"{"group": {"originIds": ["a", "a"]}}"#, "two different origins"),
        (r#"{"group": {"originIds": ["a", {"id": "b"}]}}"#, "originIds.id is not implemented"),
        (r#"{"group": {"originIds": ["a", "b"]}}"#, "must be an array of status codes"),
        (
            r#"{"group": {"originIds": ["a", "b"], "failoverCriteria": {"statusCodes": []}}}"#,
            "array of status codes",
        ),
        (r#"{"group": {"selectionCriteria": "media-quality-score"}}"#, "is not implemented"),
        (r#"{"group": {"selectionCriteria": "best"}}"#, "must be default or"),
    ] {
        let found = OriginChange::read(json).expect_err("refused");
        assert!(found.contains(error), "{json}: {found}");
    }
}

#[test]
fn an_origin_group_is_made_of_two_origins() {
    use crate::origin_change::{OriginChange, OriginOverrides};
    let read = OriginChange::read(
        r#"{"group": {"originIds": ["a", {"originId": "b", "originOverrides": {"hostHeader": "h.example", "sni": "S.example",
        "allowedCertificateNames": ["*.Example.com"]}}], "selectionCriteria": "default",
        "failoverCriteria": {"statusCodes": [500, 404]}}}"#,
    );
    let OriginChange::Group(group) = read.expect("taken") else { panic!("no group") };
    assert_eq!(group.members[0], ("a".into(), OriginOverrides::default()));
    let overrides = OriginOverrides {
        host_header: Some("h.example".into()),
        server_name: Some("s.example".into()),
        allowed_certificate_names: Some(vec!["*.example.com".into()]),
    };
    assert_eq!(group.members[1], ("b".into(), overrides));
    assert_eq!(group.status_codes, [500, 404]);
}
