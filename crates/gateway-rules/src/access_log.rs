//! The access log of a stage: one line per request, in the format that `AccessLogSetting` gives.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html>

use std::borrow::Cow;

use frontgate_explain::PlaceId;

use crate::config::{EndpointType, ResponseTransferMode};
use crate::context::{RequestContext, escaped};
use crate::gateway_responses::GatewayResponseType;

/// `AccessLogSetting` of a stage.
#[derive(Clone, Debug)]
pub struct AccessLogSetting {
    /// The name of the log group of CloudWatch Logs.
    pub log_group: Box<str>,
    /// What a line says.
    pub format: AccessLogFormat,
    /// Its place.
    pub place: PlaceId,
}

/// A compiled format.
#[derive(Clone, Debug)]
pub struct AccessLogFormat {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Variable(Box<str>),
}

/// What is known of a request once it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Logged<'a> {
    /// The request.
    pub request: &'a RequestContext<'a>,
    /// The status of the answer.
    pub status: u16,
    /// The length of its body, where it is known when the answer begins.
    pub response_length: Option<u64>,
    /// How long the whole took.
    pub response_latency_milliseconds: u64,
    /// How long the integration took, where one was called.
    pub integration_latency_milliseconds: Option<u64>,
    /// How the answer of the integration was handed on, where one was called.
    pub transfer_mode: Option<ResponseTransferMode>,
    /// The status that the backend answered; of a Lambda proxy that of the function's own answer.
    pub backend_status: Option<u16>,
    /// The status of the service that was asked: Lambda's, or the HTTP backend's.
    pub service_status: Option<u16>,
    /// The error that was answered, with its message.
    pub error: Option<(GatewayResponseType, Option<&'a str>)>,
    /// The faults of a body that no model describes.
    pub validation: Option<&'a str>,
}

impl AccessLogFormat {
    /// Compiles a format.
    ///
    /// # Errors
    /// What API Gateway does not take about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if text.len() > FORMAT_LENGTH_MAX {
            return Err("Access log format must not be longer than 3 KB");
        }
        if text.contains('\n') {
            return Err(
                "Access Log format must be single line, new line character is allowed only at end of the format",
            );
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(CONTEXT) {
            let after = &rest[start + CONTEXT.len()..];
            let end = after
                .find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)))
                .unwrap_or(after.len());
            let name = after[..end].trim_end_matches(['.', '-']);
            parts.push(Part::Text(rest[..start].into()));
            parts.push(Part::Variable(name.into()));
            rest = &after[name.len()..];
        }
        parts.push(Part::Text(rest.into()));
        let names_request = ["requestId", "extendedRequestId"]
            .iter()
            .any(|name| parts.contains(&Part::Variable((*name).into())));
        if !names_request {
            return Err("Access log format must contain $context.requestId or $context.extendedRequestId");
        }
        Ok(Self { parts })
    }

    /// The line of a request, without its end; a variable without a value is a hyphen.
    #[must_use]
    pub fn line(&self, logged: &Logged<'_>) -> String {
        self.line_of(|name| logged.variable(name))
    }

    /// The same with the values of variables that `variable` gives.
    #[must_use]
    pub fn line_of<'a>(&self, variable: impl Fn(&str) -> Option<Cow<'a, str>>) -> String {
        let mut line = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => line.push_str(text),
                Part::Variable(name) => {
                    let value = variable(name);
                    let value = value.as_deref().filter(|value| !value.is_empty()).unwrap_or("-");
                    // A line stays one line, whatever was asked for.
                    line.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
                }
            }
        }
        line
    }
}

impl<'a> Logged<'a> {
    fn variable(&self, name: &str) -> Option<Cow<'a, str>> {
        let number = |number: u64| Some(Cow::Owned(number.to_string()));
        match name {
            "endpointType" => Some(Cow::Borrowed(match self.request.api.endpoint {
                EndpointType::Edge => "EDGE",
                EndpointType::Regional => "REGIONAL",
            })),
            "error.message" => self.error?.1.map(Cow::Borrowed),
            "error.messageString" => Some(Cow::Owned(serde_json::Value::from(self.error?.1?).to_string())),
            "error.validationErrorString" => Some(Cow::Owned(escaped(self.validation?))),
            "error.responseType" => Some(Cow::Borrowed(self.error?.0.name())),
            "integration.latency" | "integrationLatency" => number(self.integration_latency_milliseconds?),
            "integration.responseTransferMode" => Some(Cow::Borrowed(match self.transfer_mode? {
                ResponseTransferMode::Buffered => "BUFFERED",
                ResponseTransferMode::Stream => "STREAMED",
            })),
            // Of a stream the integration took until all header fields were there; of when its content began nothing
            // is known when the line is written.
            "integration.timeToAllHeaders" if self.transfer_mode == Some(ResponseTransferMode::Stream) => {
                number(self.integration_latency_milliseconds?)
            }
            "integration.status" => number(self.backend_status?.into()),
            "integration.integrationStatus" | "integrationStatus" => number(self.service_status?.into()),
            "responseLatency" => number(self.response_latency_milliseconds),
            "responseLength" => number(self.response_length?),
            "status" => number(self.status.into()),
            _ => self.request.variable(name),
        }
    }
}

const CONTEXT: &str = "$context.";
/// How long a format may be (3 KB).
const FORMAT_LENGTH_MAX: usize = 3_072;

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;

    use super::{AccessLogFormat, Logged};
    use crate::config::ResponseTransferMode;
    use crate::{GatewayResponseType, fixture};

    #[test]
    fn a_line_says_what_the_format_asks_for() {
        let api = fixture::api(&fixture::document(&["/items/{id}"]));
        let headers = Headers::from_iter([("User-Agent", "curl")]);
        let request = fixture::request(&api, &headers);
        let logged = Logged {
            request: &request,
            status: 504,
            response_length: Some(41),
            transfer_mode: Some(ResponseTransferMode::Stream),
            response_latency_milliseconds: 30,
            integration_latency_milliseconds: Some(29),
            backend_status: None,
            service_status: None,
            error: Some((GatewayResponseType::IntegrationTimeout, Some("Endpoint request timed out"))),
            validation: None,
        };
        for (format, expected) in [
            ("$context.status $context.requestId\n", "504 c6af9ac6-7b61-11e6-9a41-93e8deadbeef"),
            (
                r#"{"id":"$context.extendedRequestId","path":"$context.resourcePath","l":$context.responseLength}"#,
                r#"{"id":"JKJaXmPLvHcESHA=","path":"/items/{id}","l":41}"#,
            ),
            (
                "$context.requestTime. $context.extendedRequestId",
                "04/Mar/2020:19:03:58 +0000. JKJaXmPLvHcESHA=",
            ),
            ("$context.extendedRequestId $context.integration.status $context.none", "JKJaXmPLvHcESHA= - -"),
            (
                "$context.extendedRequestId $context.error.responseType $context.error.messageString",
                "JKJaXmPLvHcESHA= INTEGRATION_TIMEOUT \"Endpoint request timed out\"",
            ),
            ("$context.extendedRequestId $contextual", "JKJaXmPLvHcESHA= $contextual"),
            ("$context.extendedRequestId $context.integrationLatency", "JKJaXmPLvHcESHA= 29"),
            (
                "$context.extendedRequestId $context.integration.responseTransferMode $context.integration.timeToAllHeaders",
                "JKJaXmPLvHcESHA= STREAMED 29",
            ),
        ] {
            let line = AccessLogFormat::parse(format).expect(format).line(&logged);
            assert_eq!(line, expected, "{format}");
        }
        for (format, says) in [
            ("$context.status", "$context.requestId"),
            ("a\n$context.requestId", "single line"),
            (&"x".repeat(3_073), "3 KB"),
        ] {
            let refused = AccessLogFormat::parse(format).map(drop).expect_err(format);
            assert!(refused.contains(says), "{refused}");
        }
    }
}
