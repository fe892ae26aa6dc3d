//! The lines of requests that were answered in one way or another.

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind};
use frontgate_message::Headers;

use super::{Answer, EndpointAnswer, Execution, LINE_LENGTH_MAX, Reached, function_endpoint, lines};
use crate::method_settings::{LoggingLevel, MethodSetting};
use crate::{GatewayResponseType, fixture};

const ID: &str = "(c6af9ac6-7b61-11e6-9a41-93e8deadbeef) ";
const MISSING: &str = "[object has missing required properties ([\"name\"])]";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:Hello";

/// The lines for what a function answered, without the id of the request.
fn logged(level: LoggingLevel, data_trace_enabled: bool, answered: &str, facts: &[FactKind]) -> Vec<String> {
    let api = fixture::api(&fixture::document(&["/items/{id}"]));
    let headers = Headers::from_iter([
        ("Accept", "*/*"),
        ("Authorization", "Bearer 0123456789"),
        ("x-api-key", "abcdefghij"),
    ]);
    let path = [("id".to_owned(), "7".to_owned())];
    let mut request = fixture::request(&api, &headers);
    request.path_parameters = &path;
    let resource = &fixture::deployment(&api).resources.rows()[0];
    let setting = MethodSetting { logging_level: level, data_trace_enabled, ..MethodSetting::of("/*", "*") };
    let is_undescribed = facts.contains(&FactKind::BodyNotDescribed);
    let facts: Vec<Fact> = facts.iter().map(|kind| Fact::of(*kind)).collect();
    let mut endpoint = function_endpoint(&request, "arn:source", ARN, Bytes::from_static(b"{}"));
    let body = Bytes::from(answered.to_owned());
    endpoint.answered = Some(EndpointAnswer { status: 200, headers: Headers::new(), body });
    let is_error = !facts.is_empty();
    let answer_headers = Headers::from_iter([("Content-Type", "application/json")]);
    let execution = Execution {
        request: &request,
        resource,
        method: &resource.methods[0],
        setting: &setting,
        facts: &facts,
        reached: Reached::Started,
        payload: b"line\nline",
        authorizer: None,
        endpoint: Some(&endpoint),
        integration_latency_milliseconds: 45,
        answer: Answer { status: if is_error { 502 } else { 200 }, headers: &answer_headers, body: b"hello" },
        error: is_error.then_some((GatewayResponseType::IntegrationFailure, Some("Internal server error"))),
        validation: is_undescribed.then_some(MISSING),
    };
    let lines = lines(&execution);
    lines.iter().map(|line| line.strip_prefix(ID).expect("the id of the request").to_owned()).collect()
}

#[test]
fn a_request_is_told_in_the_words_of_aws() {
    let expected = "\
Extended Request Id: JKJaXmPLvHcESHA=
Verifying Usage Plan for request: c6af9ac6-7b61-11e6-9a41-93e8deadbeef. API Key: ****efghij API Stage: abc1234567/prod
API Key ****efghij authorized because method 'POST /items/{id}' does not require API Key. Request will not contribute to throttle or quota limits
Usage Plan check succeeded for API Key ****efghij and API Stage abc1234567/prod
Starting execution for request: c6af9ac6-7b61-11e6-9a41-93e8deadbeef
HTTP Method: POST, Resource Path: /items/7
API Key: ****efghij
Method request path: {id=7}
Method request query string: {}
Method request headers: {Accept=*/*, Authorization=***********456789, Host=abc1234567.execute-api.us-east-1.amazonaws.com, X-Amzn-Trace-Id=Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e, x-api-key=****efghij, X-Forwarded-For=203.0.113.9, X-Forwarded-Port=443, X-Forwarded-Proto=https}
Method request body before transformations: line line
Endpoint request URI: https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Hello/invocations
Endpoint request headers: {x-amzn-lambda-integration-tag=c6af9ac6-7b61-11e6-9a41-93e8deadbeef, X-Amz-Date=20200304T190358Z, x-amzn-apigateway-api-id=abc1234567, X-Amz-Source-Arn=arn:source, Accept=application/json, User-Agent=AmazonAPIGateway_abc1234567, X-Amzn-Trace-Id=Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e}
Endpoint request body after transformations: {}
Sending request to https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Hello/invocations
Received response. Status: 200, Integration latency: 45 ms
Endpoint response headers: {}
Endpoint response body before transformations: {\"statusCode\":200}
Method response body after transformations: hello
Method response headers: {Content-Type=application/json}
Successfully completed execution
Method completed with status: 200";
    let found = logged(LoggingLevel::Info, true, r#"{"statusCode":200}"#, &[]);
    assert_eq!(found.join("\n"), expected);
    let without_data = logged(LoggingLevel::Info, false, "{}", &[]);
    assert_eq!(without_data.len(), 9, "{without_data:?}");
    assert!(logged(LoggingLevel::Error, true, "{}", &[]).is_empty());
}

#[test]
fn errors_are_told_at_every_level() {
    for (answered, facts, expected) in [
        (
            "\"Bad response\"",
            &[FactKind::MalformedProxyResponse][..],
            &[
                "Endpoint response body before transformations: \"Bad response\"",
                "Execution failed due to configuration error: Malformed Lambda proxy response",
            ][..],
        ),
        (
            r#"{"errorMessage":"Application error"}"#,
            &[FactKind::FunctionErrorToBadGateway],
            &["Lambda execution failed with status 200 due to customer function error: Application error."],
        ),
        ("", &[FactKind::IntegrationTimedOut], &["Execution failed due to a timeout error"]),
        (
            "",
            &[FactKind::FunctionThrottled, FactKind::FunctionUnavailable],
            &[
                "Lambda invocation failed with status: 429.",
                "Execution failed due to configuration error: Rate Exceeded.",
            ],
        ),
        (
            "",
            &[FactKind::ApiKeyMissing],
            &[
                "API Key ****efghij not authorized because method 'POST /items/{id}' requires API Key and API Key is not \
               associated with a Usage Plan for API Stage abc1234567/prod: No API Key",
            ],
        ),
        (
            "",
            &[FactKind::BodyNotDescribed],
            &[
                "Request body does not match model schema for content type application/json: [object has missing required \
               properties ([\"name\"])]",
            ],
        ),
        (
            "",
            &[FactKind::UnsupportedMediaType],
            &["Gateway response type: INTEGRATION_FAILURE with status code: 502"],
        ),
    ] {
        let mut expected: Vec<&str> = expected.to_vec();
        expected.push("Method completed with status: 502");
        assert_eq!(logged(LoggingLevel::Error, false, answered, facts), expected, "{facts:?}");
    }
}

#[test]
fn long_lines_are_cut() {
    let found = logged(LoggingLevel::Info, true, &"é".repeat(2_000), &[]);
    let cut = found.iter().find(|line| line.starts_with("Endpoint response body")).expect("the body");
    let (kept, rest) = cut.rsplit_once(" [").expect("the mark of a cut");
    assert!(kept.len() <= LINE_LENGTH_MAX && kept.len() > LINE_LENGTH_MAX - 2, "{}", kept.len());
    assert_eq!(rest, "TRUNCATED]");
}
