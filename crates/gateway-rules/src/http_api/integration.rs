//! Compiles the integration of a route: `x-amazon-apigateway-integration` as HTTP APIs know it.
//!
//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html>

use frontgate_aws::Arn;
use serde_json::Value;

use super::config::{
    Backend, HTTP_INTEGRATION_TIMEOUT_MILLISECONDS, HTTP_INTEGRATION_TIMEOUT_MILLISECONDS_MIN,
    HttpIntegration, PayloadFormat,
};
use super::parameters::{RequestChange, ResponseChange, ResponseChanges};
use crate::integration::{Reader, child};
use crate::lambda_function::{LambdaFunction, function_of_uri};

/// The ARN and the name of the function that a URI names: the ARN itself, or the URI of its invocation.
#[must_use]
pub fn function_of(uri: &str) -> Option<(&str, &str)> {
    let of_arn = || {
        let name =
            Arn::parse(uri).filter(|arn| arn.service == "lambda")?.resource.strip_prefix("function:")?;
        Some((uri, name.split(':').next().unwrap_or(name))).filter(|(_, name)| !name.is_empty())
    };
    function_of_uri(uri).or_else(of_arn)
}

/// The function that a URI names, perhaps by variables of the stage.
pub(super) fn lambda_function(uri: &str) -> Option<LambdaFunction> {
    match function_of(uri) {
        Some((arn, name)) if !arn.contains("${") => {
            Some(LambdaFunction::Named { arn: arn.into(), name: name.into() })
        }
        _ if uri.starts_with("arn:aws:apigateway:") => LambdaFunction::of_uri(uri),
        _ if uri.contains("${stageVariables.") => {
            // Only the part behind it is read again.
            let uri =
                format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{uri}/invocations");
            LambdaFunction::of_uri(&uri)
        }
        _ => None,
    }
}

impl Reader<'_> {
    /// Compiles an integration; `None` where a finding says why it cannot be.
    pub(super) fn http_api_integration(&mut self, value: &Value, pointer: &str) -> Option<HttpIntegration> {
        let Some(members) = value.as_object() else {
            self.invalid(pointer, "The integration is no object", "Write the integration as a mapping");
            return None;
        };
        for name in members.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
            let what = format!("`{name}` of an integration of an HTTP API is not implemented");
            self.unsupported(&child(pointer, name), what, "Leave it out");
        }
        self.connection(value, pointer);
        let backend = self.backend(value, pointer)?;
        Some(HttpIntegration {
            backend,
            timeout_milliseconds: self.http_api_timeout(value, pointer),
            request_parameters: self.request_changes(value, pointer),
            response_parameters: self.response_changes(value, pointer),
            place: (self.place_of)(pointer),
        })
    }

    /// A VPC link leads to a listener of a load balancer, or to a service of Cloud Map. Nothing of a VPC runs here, so only a
    /// URL in its place can be called.
    fn connection(&mut self, value: &Value, pointer: &str) {
        let here = child(pointer, "connectionType");
        match text(value, "connectionType") {
            None | Some("INTERNET") => {}
            Some("VPC_LINK") if text(value, "connectionId").is_none_or(str::is_empty) => {
                self.invalid(
                    &here,
                    "A VPC link needs its connectionId",
                    "Name an AWS::ApiGatewayV2::VpcLink",
                );
            }
            Some("VPC_LINK") => {
                let uri = text(value, "uri").unwrap_or_default();
                let here = child(pointer, "uri");
                if uri.starts_with("arn:") {
                    let what = format!("What `{uri}` stands for does not run here");
                    let cure = "Give this stack a URL in its place, by a parameter or a condition";
                    self.unsupported(&here, what, cure);
                } else {
                    let what = "On AWS the integration URI of a VPC link is the ARN of an ELB listener or of a Cloud Map service; \
                                here it is called directly";
                    self.warning(&here, what, "");
                }
            }
            Some(kind) => {
                let what = format!("`{kind}` is no connection type");
                self.invalid(&here, what, "Use INTERNET or VPC_LINK");
            }
        }
    }

    fn backend(&mut self, value: &Value, pointer: &str) -> Option<Backend> {
        let kind = text(value, "type").unwrap_or_default().to_ascii_uppercase();
        if !["AWS_PROXY", "HTTP_PROXY"].contains(&kind.as_str()) {
            let what = format!("`{kind}` is no integration type of an HTTP API");
            self.invalid(&child(pointer, "type"), what, "Use AWS_PROXY or HTTP_PROXY");
            return None;
        }
        let Some(uri) = text(value, "uri") else {
            self.invalid(pointer, "The integration has no URI", "Say what it calls");
            return None;
        };
        let here = child(pointer, "uri");
        if kind == "AWS_PROXY" {
            let payload_format = self.payload_format(value, "payloadFormatVersion", pointer);
            let credentials = text(value, "credentials").filter(|arn| !arn.is_empty());
            let credentials = match credentials {
                Some(arn) => Some(self.named_credentials(arn, pointer)?),
                None => None,
            };
            let Some(function) = lambda_function(uri) else {
                self.invalid(&here, format!("`{uri}` names no function"), "Write the ARN of a function");
                return None;
            };
            return Some(Backend::Function { function, payload_format, credentials });
        }
        if uri.starts_with("arn:") && text(value, "connectionType") == Some("VPC_LINK") {
            return None;
        }
        if value.get("credentials").is_some_and(|arn| !arn.is_null()) {
            let what = "Credentials of an HTTP integration are for services of AWS";
            self.invalid(&child(pointer, "credentials"), what, "Leave them out");
        }
        if !(uri.starts_with("http://") || uri.starts_with("https://")) {
            let cure = "Begin it with http:// or https://";
            self.invalid(&here, format!("`{uri}` is no HTTP endpoint"), cure);
            return None;
        }
        let method = text(value, "httpMethod").unwrap_or("ANY").to_ascii_uppercase();
        Some(Backend::Http { uri: uri.into(), method: method.into() })
    }

    /// `1.0` or `2.0`, written as text or as a number.
    pub(super) fn payload_format(&mut self, value: &Value, member: &str, pointer: &str) -> PayloadFormat {
        let written = match value.get(member) {
            None | Some(Value::Null) => return PayloadFormat::V1,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        match written.as_str() {
            "1.0" | "1" => PayloadFormat::V1,
            "2.0" | "2" => PayloadFormat::V2,
            other => {
                let what = format!("`{other}` is no version of the payload format");
                self.invalid(&child(pointer, member), what, "Use \"1.0\" or \"2.0\"");
                PayloadFormat::V2
            }
        }
    }

    fn http_api_timeout(&mut self, value: &Value, pointer: &str) -> u32 {
        let Some(timeout) = value.get("timeoutInMillis").filter(|timeout| !timeout.is_null()) else {
            return HTTP_INTEGRATION_TIMEOUT_MILLISECONDS;
        };
        let number = timeout.as_u64().or_else(|| timeout.as_str()?.parse().ok());
        let bounds = HTTP_INTEGRATION_TIMEOUT_MILLISECONDS_MIN..=HTTP_INTEGRATION_TIMEOUT_MILLISECONDS;
        match number.and_then(|number| u32::try_from(number).ok()).filter(|number| bounds.contains(number)) {
            Some(number) => number,
            None => {
                let what = format!("The timeout {timeout} is not between 50 and 30000");
                self.invalid(&child(pointer, "timeoutInMillis"), what, "Choose one that is");
                HTTP_INTEGRATION_TIMEOUT_MILLISECONDS
            }
        }
    }

    fn request_changes(&mut self, value: &Value, pointer: &str) -> Vec<RequestChange> {
        let pointer = child(pointer, "requestParameters");
        let mut changes = Vec::new();
        for (key, expression) in self.strings(value, "requestParameters", &pointer) {
            match RequestChange::parse(&key, &expression) {
                Ok(change) => changes.push(change),
                Err(what) => self.invalid(&child(&pointer, &key), what, CHANGE_CURE),
            }
        }
        changes
    }

    fn response_changes(&mut self, value: &Value, pointer: &str) -> Vec<ResponseChanges> {
        let pointer = child(pointer, "responseParameters");
        let mut rows = Vec::new();
        for (status, _) in value.get("responseParameters").and_then(Value::as_object).into_iter().flatten() {
            let here = child(&pointer, status);
            let Some(code) = crate::integration::status(Some(&Value::from(status.as_str()))) else {
                self.invalid(&here, format!("`{status}` is no status code"), "Write one such as \"200\"");
                continue;
            };
            let mut changes = Vec::new();
            for (key, expression) in self.strings(&value["responseParameters"], status, &here) {
                match ResponseChange::parse(&key, &expression) {
                    Ok(change) => changes.push(change),
                    Err(what) => self.invalid(&child(&here, &key), what, CHANGE_CURE),
                }
            }
            rows.push(ResponseChanges { status: code, changes });
        }
        rows
    }
}

pub(super) fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member).and_then(Value::as_str)
}

const CHANGE_CURE: &str = "Write it such as append:header.NAME, overwrite:querystring.NAME or overwrite:path";

/// The members of an integration of an HTTP API.
const MEMBERS: [&str; 12] = [
    "connectionId",
    "connectionType",
    "credentials",
    "description",
    "httpMethod",
    "passthroughBehavior",
    "payloadFormatVersion",
    "requestParameters",
    "responseParameters",
    "timeoutInMillis",
    "type",
    "uri",
];
