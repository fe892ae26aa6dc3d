//! The execution log of a stage: what API Gateway itself says of each step of a request.
//!
//! The lines are those of AWS, recorded by many in its log groups; a row that is not says so. They are made once the request is
//! answered, of what is known then and of the facts.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>

mod failures;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind};
use frontgate_message::Headers;

use crate::config::{Authorization, Method, Resource};
use crate::context::RequestContext;
use crate::event;
use crate::gateway_responses::GatewayResponseType;
use crate::method_settings::{LoggingLevel, MethodSetting};
use crate::usage::API_KEY_HEADER;

/// What is known of a request to a method once it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Execution<'a> {
    /// The request.
    pub request: &'a RequestContext<'a>,
    /// The resource.
    pub resource: &'a Resource,
    /// The method.
    pub method: &'a Method,
    /// The setting by which it is logged.
    pub setting: &'a MethodSetting,
    /// The facts of the request, in their order.
    pub facts: &'a [Fact],
    /// How far it came.
    pub reached: Reached,
    /// The body of the request.
    pub payload: &'a [u8],
    /// What the function of an authorizer was asked, where it was.
    pub authorizer: Option<&'a Endpoint>,
    /// What the integration was asked, where it was.
    pub endpoint: Option<&'a Endpoint>,
    /// How long it took to answer.
    pub integration_latency_milliseconds: u64,
    /// The answer.
    pub answer: Answer<'a>,
    /// The gateway response that it is, with its message.
    pub error: Option<(GatewayResponseType, Option<&'a str>)>,
    /// The faults of a body that no model describes.
    pub validation: Option<&'a str>,
}

/// How far a request came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// A method.
    #[default]
    Method,
    /// It was let in.
    Admitted,
    /// It had the API key that it needed, and was within the limits.
    Started,
}

/// An answer as a log shows it; of a long body its beginning suffices.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its header fields.
    pub headers: &'a Headers,
    /// Its body.
    pub body: &'a [u8],
}

/// What an integration was asked, and what came back.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    /// The URL of what was called.
    pub uri: String,
    /// The header fields that were sent.
    pub headers: Headers,
    /// The body that was sent.
    pub body: Bytes,
    /// What came back, where something did.
    pub answered: Option<EndpointAnswer>,
}

/// What came back of an integration.
#[derive(Clone, Debug)]
pub struct EndpointAnswer {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body, or its beginning.
    pub body: Bytes,
}

/// From which length on a line is cut.
pub const LINE_LENGTH_MAX: usize = 1_024;

/// The log group of a stage.
#[must_use]
pub fn log_group(request: &RequestContext<'_>) -> String {
    format!("API-Gateway-Execution-Logs_{}/{}", request.api.id, request.stage.name)
}

/// The endpoint of a function.
#[must_use]
pub fn function_endpoint(
    request: &RequestContext<'_>,
    source_arn: &str,
    arn: &str,
    event: Bytes,
) -> Endpoint {
    let region = &request.api.region;
    let time = crate::time::amz_date(request.now_milliseconds);
    let agent = format!("AmazonAPIGateway_{}", request.api.id);
    Endpoint {
        uri: format!("https://lambda.{region}.amazonaws.com/2015-03-31/functions/{arn}/invocations"),
        headers: Headers::from_iter([
            ("x-amzn-lambda-integration-tag", request.request_id),
            ("X-Amz-Date", &time),
            ("x-amzn-apigateway-api-id", &request.api.id),
            ("X-Amz-Source-Arn", source_arn),
            ("Accept", "application/json"),
            ("User-Agent", &agent),
            ("X-Amzn-Trace-Id", request.trace_id),
        ]),
        body: event,
        answered: None,
    }
}

/// The lines of a request, each with the request's id before it.
#[must_use]
pub fn lines(execution: &Execution<'_>) -> Vec<String> {
    let mut lines = Lines {
        id: execution.request.request_id,
        level: execution.setting.logging_level,
        traces_data: execution.setting.data_trace_enabled,
        lines: Vec::new(),
    };
    let failure = failures::failure(execution);
    lines.info(|| format!("Extended Request Id: {}", execution.request.extended_request_id));
    execution.authorizer(&mut lines);
    if execution.reached >= Reached::Admitted {
        execution.usage_plan(&mut lines);
    }
    if execution.reached >= Reached::Started {
        execution.start(&mut lines);
    }
    if let Some(endpoint) = execution.endpoint {
        execution.integration(endpoint, &mut lines);
    }
    match &failure {
        Some(texts) => texts.iter().for_each(|text| lines.error(text)),
        None => execution.method_response(&mut lines),
    }
    let status = format!("Method completed with status: {}", execution.answer.status);
    match failure {
        Some(_) => lines.error(&status),
        None => lines.info(|| status),
    }
    lines.lines
}

impl Execution<'_> {
    fn noted(&self, kind: FactKind) -> bool {
        self.facts.iter().any(|fact| fact.kind == kind)
    }

    fn authorizer(&self, lines: &mut Lines<'_>) {
        let Authorization::Authorizer { authorizer, .. } = &self.method.authorization else { return };
        let id = self.request.request_id;
        lines.info(|| format!("Starting authorizer: {} for request: {id}", authorizer.id));
        if let Some(asked) = self.authorizer {
            endpoint_request(asked, lines);
            if let Some(answer) = &asked.answered {
                lines.data(|| format!("Authorizer result body before parsing: {}", text(&answer.body)));
            }
        }
        if self.reached == Reached::Method {
            if self.error.is_some_and(|(kind, _)| kind == GatewayResponseType::Unauthorized) {
                lines.info(|| format!("Unauthorized request: {id}"));
            }
            return;
        }
        let principal = self.request.authorizer.and_then(|known| known.variable("principalId"));
        if let Some(principal) = principal {
            lines.info(|| format!("Using valid authorizer policy for principal: {}", masked(&principal)));
        }
        lines.info(|| "Successfully completed authorizer execution".to_owned());
    }

    fn usage_plan(&self, lines: &mut Lines<'_>) {
        let (id, stage) = (self.request.request_id, self.stage());
        let key = self.api_key();
        lines.info(|| format!("Verifying Usage Plan for request: {id}. API Key: {key} API Stage: {stage}"));
        if self.reached < Reached::Started {
            return;
        }
        if !self.method.api_key_required {
            let method = self.named_method();
            lines.info(|| {
                format!(
                    "API Key {key} authorized because method '{method}' does not require API Key. Request will not \
                     contribute to throttle or quota limits"
                )
            });
        }
        lines.info(|| format!("Usage Plan check succeeded for API Key {key} and API Stage {stage}"));
    }

    fn start(&self, lines: &mut Lines<'_>) {
        let request = self.request;
        lines.info(|| format!("Starting execution for request: {}", request.request_id));
        lines.info(|| format!("HTTP Method: {}, Resource Path: {}", request.http_method, request.path));
        let key = self.api_key();
        if !key.is_empty() {
            lines.info(|| format!("API Key: {key}"));
        }
        let pairs = |pairs: &[(String, String)]| {
            map(pairs.iter().map(|(name, value)| (&**name, Cow::Borrowed(value.as_bytes()))))
        };
        lines.data(|| format!("Method request path: {}", pairs(request.path_parameters)));
        lines.data(|| format!("Method request query string: {}", pairs(request.query)));
        lines.data(|| {
            let forwarded_for = event::forwarded_for(request);
            let fields = event::fields(request, &forwarded_for);
            let fields = fields.into_iter().map(|(name, value)| (name, Cow::Borrowed(value)));
            format!("Method request headers: {}", map(fields))
        });
        lines.data(|| format!("Method request body before transformations: {}", text(self.payload)));
    }

    fn integration(&self, endpoint: &Endpoint, lines: &mut Lines<'_>) {
        endpoint_request(endpoint, lines);
        lines.data(|| format!("Sending request to {}", endpoint.uri));
        let Some(answer) = &endpoint.answered else { return };
        let latency = self.integration_latency_milliseconds;
        lines.data(|| {
            format!("Received response. Status: {}, Integration latency: {latency} ms", answer.status)
        });
        lines.data(|| format!("Endpoint response headers: {}", fields(&answer.headers)));
        lines.data(|| format!("Endpoint response body before transformations: {}", text(&answer.body)));
    }

    fn method_response(&self, lines: &mut Lines<'_>) {
        lines.data(|| format!("Method response body after transformations: {}", text(self.answer.body)));
        lines.data(|| format!("Method response headers: {}", fields(self.answer.headers)));
        lines.info(|| "Successfully completed execution".to_owned());
    }

    /// The API key that came, all but its end hidden; empty where none came.
    fn api_key(&self) -> String {
        let sent = self.request.headers.first_text(API_KEY_HEADER);
        let value = self.request.api_key.map(|key| &*key.value).or(sent);
        value.map(masked).unwrap_or_default()
    }

    fn stage(&self) -> String {
        format!("{}/{}", self.request.api.id, self.request.stage.name)
    }

    /// `GET /orders`
    fn named_method(&self) -> String {
        format!("{} {}", self.method.http_method, self.resource.path)
    }
}

fn endpoint_request(endpoint: &Endpoint, lines: &mut Lines<'_>) {
    lines.data(|| format!("Endpoint request URI: {}", endpoint.uri));
    lines.data(|| format!("Endpoint request headers: {}", fields(&endpoint.headers)));
    lines.data(|| format!("Endpoint request body after transformations: {}", text(&endpoint.body)));
}

/// The lines so far, of the level that is wanted.
struct Lines<'a> {
    id: &'a str,
    level: LoggingLevel,
    traces_data: bool,
    lines: Vec<String>,
}

impl Lines<'_> {
    /// Of level INFO.
    fn info(&mut self, line: impl FnOnce() -> String) {
        if self.level == LoggingLevel::Info {
            self.push(&line());
        }
    }

    /// Of level INFO, with `DataTraceEnabled`.
    fn data(&mut self, line: impl FnOnce() -> String) {
        if self.traces_data {
            self.info(line);
        }
    }

    /// Of every level.
    fn error(&mut self, line: &str) {
        self.push(line);
    }

    /// An event of CloudWatch is one line here.
    fn push(&mut self, line: &str) {
        let mut end = line.len().min(LINE_LENGTH_MAX);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        let cut = if end < line.len() { " [TRUNCATED]" } else { "" };
        let text: String = line[..end].chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.lines.push(format!("({}) {text}{cut}", self.id));
    }
}

/// A map as Java writes it, secrets hidden.
fn map<'a>(pairs: impl Iterator<Item = (&'a str, Cow<'a, [u8]>)>) -> String {
    let mut text = String::from("{");
    for (index, (name, value)) in pairs.enumerate() {
        let value = String::from_utf8_lossy(&value);
        let is_secret = SECRETS.iter().any(|secret| secret.eq_ignore_ascii_case(name));
        text.push_str(if index > 0 { ", " } else { "" });
        text.push_str(name);
        text.push('=');
        text.push_str(&if is_secret { Cow::Owned(masked(&value)) } else { value });
    }
    text.push('}');
    text
}

fn fields(headers: &Headers) -> String {
    map(headers.iter().map(|(name, value)| (name, Cow::Borrowed(value))))
}

/// A body; bytes that are no text are named.
fn text(body: &[u8]) -> Cow<'_, str> {
    // The beginning of a longer body may end within a character.
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(&body[..error.valid_up_to()]),
        Err(_) => Cow::Borrowed("[Binary Data]"),
    }
}

/// A secret but for its last six letters (recorded: `Authorization` and `x-api-key`).
fn masked(secret: &str) -> String {
    let letters = secret.chars().count();
    let shown = if letters > SHOWN_MAX { SHOWN_MAX } else { 0 };
    let mut text = "*".repeat(letters - shown);
    text.extend(secret.chars().skip(letters - shown));
    text
}

/// Header fields whose values are hidden.
const SECRETS: [&str; 3] = ["Authorization", API_KEY_HEADER, "X-Amz-Security-Token"];
/// How many letters of a secret are shown.
const SHOWN_MAX: usize = 6;
