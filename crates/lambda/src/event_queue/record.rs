//! The invocation record: what a destination is told of an event.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>, recorded by
//! `test_lambda_destinations.snapshot.json` of LocalStack.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use frontgate_aws::without_qualifier;
use serde_json::{Value, json};

use super::QueuedEvent;
use super::retry::Condition;
use crate::report::timestamp;

/// What the function answered at the last attempt at which it ran.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) payload: Bytes,
    pub(super) executed_version: String,
    pub(super) failed: bool,
}

/// The record as JSON. Payloads stand in it as they came, to the last digit.
pub(super) fn record(
    event: &QueuedEvent,
    condition: Condition,
    invocations: u32,
    response: Option<&Response>,
    now_milliseconds: u64,
) -> Bytes {
    let head = json!({
        "version": "1.0",
        "timestamp": timestamp(UNIX_EPOCH + Duration::from_millis(now_milliseconds)),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": qualified(&event.function.arn),
            "condition": condition.as_str(),
            "approximateInvokeCount": invocations,
        },
    });
    let mut text = head.to_string();
    text.pop();
    text.push_str(",\"requestPayload\":");
    text.push_str(&as_json(&event.payload));
    if let Some(Response { payload, executed_version, failed }) = response {
        let mut context = json!({"statusCode": 200, "executedVersion": executed_version});
        if *failed {
            context["functionError"] = "Unhandled".into();
        }
        text.push_str(&format!(",\"responseContext\":{context},\"responsePayload\":"));
        text.push_str(&as_json(payload));
    }
    text.push('}');
    text.into()
}

/// The ARN with a qualifier: `$LATEST` where the caller named none.
fn qualified(arn: &str) -> String {
    let (_, qualifier) = without_qualifier(arn);
    if qualifier.is_some() { arn.to_owned() } else { format!("{arn}:$LATEST") }
}

/// The text itself where it is JSON; what a runtime returns beside JSON as a string.
fn as_json(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload);
    match serde_json::from_str::<Value>(&text) {
        Ok(_) => text.into_owned(),
        Err(_) if payload.is_empty() => "null".to_owned(),
        Err(_) => Value::from(text.into_owned()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_queue::InvokedFunction;

    fn check(arn: &str, condition: Condition, response: Option<Response>, expected: &str) {
        let event = QueuedEvent {
            function: InvokedFunction { name: "f".into(), arn: arn.into() },
            request_id: "id".into(),
            trace_id: String::new(),
            client_context: None,
            payload: Bytes::from_static(b"{\"n\": 123456789012345678901234567890}"),
        };
        let invocations = u32::from(response.is_some());
        let found = record(&event, condition, invocations, response.as_ref(), 1_573_755_365_568);
        assert_eq!(std::str::from_utf8(&found).expect("text"), expected);
        serde_json::from_slice::<Value>(&found).expect("JSON");
    }

    #[test]
    fn records_are_as_recorded() {
        const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
        let answered = |payload: &'static [u8], failed| {
            Some(Response { payload: Bytes::from_static(payload), executed_version: "1".into(), failed })
        };
        check(
            ARN,
            Condition::Success,
            answered(b"[1]", false),
            r#"{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{"requestId":"id","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST","condition":"Success","approximateInvokeCount":1},"requestPayload":{"n": 123456789012345678901234567890},"responseContext":{"statusCode":200,"executedVersion":"1"},"responsePayload":[1]}"#,
        );
        check(
            &format!("{ARN}:live"),
            Condition::RetriesExhausted,
            answered(b"no json", true),
            r#"{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{"requestId":"id","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f:live","condition":"RetriesExhausted","approximateInvokeCount":1},"requestPayload":{"n": 123456789012345678901234567890},"responseContext":{"statusCode":200,"executedVersion":"1","functionError":"Unhandled"},"responsePayload":"no json"}"#,
        );
        check(
            ARN,
            Condition::ZeroReservedConcurrency,
            None,
            r#"{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{"requestId":"id","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST","condition":"ZeroReservedConcurrency","approximateInvokeCount":0},"requestPayload":{"n": 123456789012345678901234567890}}"#,
        );
    }
}
