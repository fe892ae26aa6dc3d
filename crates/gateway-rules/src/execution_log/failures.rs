//! What the execution log says of a request that failed: a table by facts.

use frontgate_aws::Source::{self, Inferred, Recorded};
use frontgate_explain::FactKind;

use super::{EndpointAnswer, Execution, text};
use crate::media;

/// A fact and the line for it; `{value}` is the fact's.
struct Row {
    kind: FactKind,
    line: &'static str,
    #[expect(dead_code, reason = "it is for who reads the table")]
    source: Source,
}

/// The lines that say why a request failed; none where the backend's answer was passed on.
pub fn failure(execution: &Execution<'_>) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    if execution.noted(FactKind::FunctionErrorToBadGateway) {
        return Some(vec![function_error(execution)]);
    }
    if execution.noted(FactKind::MalformedProxyResponse) && !execution.setting.data_trace_enabled {
        lines.extend(
            answered(execution).map(|answer| {
                format!("Endpoint response body before transformations: {}", text(&answer.body))
            }),
        );
    }
    for fact in execution.facts {
        let rows = ROWS.iter().filter(|row| row.kind == fact.kind);
        lines.extend(rows.map(|row| row.line.replace("{value}", &fact.value.to_string())));
    }
    lines.extend(api_key_refused(execution));
    lines.extend(body_refused(execution));
    let Some((kind, message)) = execution.error else { return (!lines.is_empty()).then_some(lines) };
    if lines.is_empty() {
        if execution.noted(FactKind::RequiredParameterMissing) {
            lines.extend(message.map(str::to_owned));
        } else {
            let status = execution.answer.status;
            lines.push(format!("Gateway response type: {} with status code: {status}", kind.name()));
        }
    }
    Some(lines)
}

fn answered<'a>(execution: &Execution<'a>) -> Option<&'a EndpointAnswer> {
    execution.endpoint?.answered.as_ref()
}

/// A function that failed. AWS adds the id of the invocation, which is not known here.
fn function_error(execution: &Execution<'_>) -> String {
    let error = answered(execution).and_then(|answer| serde_json::from_slice(&answer.body).ok());
    let error: serde_json::Value = error.unwrap_or_default();
    let message = error.get("errorMessage").and_then(serde_json::Value::as_str).unwrap_or_default();
    format!("Lambda execution failed with status 200 due to customer function error: {message}.")
}

/// A body that its model does not describe (recorded: `Request body does not match model schema for content type
/// application/json: [object has missing required properties (["name"])]`).
fn body_refused(execution: &Execution<'_>) -> Option<String> {
    let faults = execution.validation?;
    let content_type = execution.request.headers.first_text("Content-Type").map(media::essence);
    let content_type = content_type.filter(|kind| !kind.is_empty()).unwrap_or("application/json");
    Some(format!("Request body does not match model schema for content type {content_type}: {faults}"))
}

/// A method that demands another API key.
fn api_key_refused(execution: &Execution<'_>) -> Option<String> {
    let refused = [
        (FactKind::ApiKeyDisabled, "No Usage Plan found for key and API Stage"),
        (FactKind::ApiKeyMissing, "No API Key"),
        (FactKind::ApiKeyNotInPlan, "No Usage Plan found for key and API Stage"),
        (FactKind::ApiKeyUnknown, "No Usage Plan found for key and API Stage"),
    ];
    let (_, why) = refused.into_iter().find(|(kind, _)| execution.noted(*kind))?;
    let (key, method, stage) = (execution.api_key(), execution.named_method(), execution.stage());
    Some(format!(
        "API Key {key} not authorized because method '{method}' requires API Key and API Key is not associated with a \
         Usage Plan for API Stage {stage}: {why}"
    ))
}

const fn row(kind: FactKind, line: &'static str, source: Source) -> Row {
    Row { kind, line, source }
}

const ROWS: &[Row] = &[
    row(
        FactKind::FunctionThrottled,
        "Lambda invocation failed with status: 429.",
        Recorded("a throttled function, with the id of the invocation"),
    ),
    row(
        FactKind::FunctionThrottled,
        "Execution failed due to configuration error: Rate Exceeded.",
        Recorded("a throttled function"),
    ),
    row(
        FactKind::HttpIntegrationFailed,
        "Execution failed due to configuration error: Invalid endpoint address",
        Inferred("what consoles of API Gateway show of a host that does not exist"),
    ),
    row(
        FactKind::IntegrationMethodNotPost,
        "Execution failed due to configuration error: Unable to determine service/operation name to be authorized",
        Inferred("Lambda knows its operations by POST"),
    ),
    row(
        FactKind::IntegrationTimedOut,
        "Execution failed due to a timeout error",
        Recorded("a function that takes 29 seconds"),
    ),
    row(
        FactKind::LambdaPermissionMissing,
        "Execution failed due to configuration error: Invalid permissions on Lambda function",
        Recorded("a function without permission"),
    ),
    row(
        FactKind::MalformedProxyResponse,
        "Execution failed due to configuration error: Malformed Lambda proxy response",
        Recorded("a function that returns a string"),
    ),
    row(
        FactKind::MockNoStatusCode,
        "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined \
         in the request template.",
        Recorded("a MOCK without statusCode"),
    ),
    row(
        FactKind::NoIntegrationResponse,
        "Execution failed due to configuration error: No match for output mapping and no default endpoint response \
         configured. Endpoint Response Status Code: {value}",
        Recorded("No match for output mapping"),
    ),
    row(
        FactKind::TemplateFailed,
        "Execution failed due to configuration error: Unable to transform request",
        Inferred("what consoles of API Gateway show of a mapping template that fails"),
    ),
];
