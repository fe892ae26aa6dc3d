//! Compiles the integration of a method, as OpenAPI extensions and as CloudFormation write it.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-method-integration.html>

use frontgate_aws::Arn;
use frontgate_explain::PlaceId;
use serde_json::Value;

use crate::config::{
    INTEGRATION_TIMEOUT_MILLISECONDS, Integration, IntegrationKind, IntegrationResponse, MethodResponse,
    ParameterLocation, PassthroughBehavior, RequestParameter, ResponseParameter,
};
use crate::finding::Finding;
use crate::mapping::Template;
use crate::parameters::ValueExpression;
use crate::selection::SelectionPattern;

/// Reads definitions, collects what is found in them, and knows where they stand.
pub struct Reader<'a> {
    /// The place of a JSON pointer.
    pub place_of: &'a mut dyn FnMut(&str) -> PlaceId,
    /// All that was found so far.
    pub findings: Vec<Finding>,
}

/// How a dialect names the members of an integration.
pub struct Names {
    kind: &'static str,
    http_method: &'static str,
    uri: &'static str,
    connection_type: &'static str,
    content_handling: &'static str,
    passthrough: &'static str,
    timeout: &'static str,
    request_parameters: &'static str,
    request_templates: &'static str,
    responses: &'static str,
    response_parameters: &'static str,
    response_templates: &'static str,
    status_code: &'static str,
    selection_pattern: &'static str,
    /// Members that change no answer.
    inert: &'static [&'static str],
}

/// `x-amazon-apigateway-integration`
pub const OPENAPI: Names = Names {
    kind: "type",
    http_method: "httpMethod",
    uri: "uri",
    connection_type: "connectionType",
    content_handling: "contentHandling",
    passthrough: "passthroughBehavior",
    timeout: "timeoutInMillis",
    request_parameters: "requestParameters",
    request_templates: "requestTemplates",
    responses: "responses",
    response_parameters: "responseParameters",
    response_templates: "responseTemplates",
    status_code: "statusCode",
    selection_pattern: "selectionPattern",
    inert: &["cacheNamespace", "cacheKeyParameters", "payloadFormatVersion"],
};

/// `Integration` of `AWS::ApiGateway::Method`
pub const CLOUDFORMATION: Names = Names {
    kind: "Type",
    http_method: "IntegrationHttpMethod",
    uri: "Uri",
    connection_type: "ConnectionType",
    content_handling: "ContentHandling",
    passthrough: "PassthroughBehavior",
    timeout: "TimeoutInMillis",
    request_parameters: "RequestParameters",
    request_templates: "RequestTemplates",
    responses: "IntegrationResponses",
    response_parameters: "ResponseParameters",
    response_templates: "ResponseTemplates",
    status_code: "StatusCode",
    selection_pattern: "SelectionPattern",
    inert: &["CacheNamespace", "CacheKeyParameters"],
};

/// The ARN and the name of the function that an integration's URI names:
/// `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
#[must_use]
pub fn function_of_uri(uri: &str) -> Option<(&str, &str)> {
    let resource =
        Arn::parse(uri).filter(|arn| arn.service == "apigateway" && arn.account == "lambda")?.resource;
    let arn = resource.strip_prefix("path/2015-03-31/functions/")?.strip_suffix("/invocations")?;
    let name = Arn::parse(arn).filter(|arn| arn.service == "lambda")?.resource.strip_prefix("function:")?;
    Some((arn, name.split(':').next().unwrap_or(name))).filter(|(_, name)| !name.is_empty())
}

impl Reader<'_> {
    /// Compiles an integration; `None` where a finding says why it cannot be.
    pub fn integration(
        &mut self,
        value: &Value,
        pointer: &str,
        names: &Names,
        method_responses: &[MethodResponse],
    ) -> Option<Integration> {
        let Some(members) = value.as_object() else {
            self.invalid(pointer, "The integration is no object", "Write the integration as a mapping");
            return None;
        };
        for name in members.keys().filter(|name| !names.knows(name)) {
            self.unsupported(
                &child(pointer, name),
                format!("`{name}` of an integration is not implemented"),
                "Leave it out",
            );
        }
        if let Some(kind) = text(value, names.connection_type).filter(|kind| *kind != "INTERNET") {
            self.unsupported(
                &child(pointer, names.connection_type),
                format!("The connection type `{kind}` is not implemented"),
                "Use INTERNET",
            );
        }
        let kind = self.kind(value, pointer, names)?;
        let http_method = text(value, names.http_method).unwrap_or_default().to_ascii_uppercase();
        if http_method.is_empty() && kind != IntegrationKind::Mock {
            self.invalid(
                pointer,
                format!("The integration has no `{}`", names.http_method),
                "Add it; for a function it is POST",
            );
        }
        if let (IntegrationKind::Http { .. }, Some(how)) = (&kind, text(value, names.content_handling)) {
            self.unsupported(
                &child(pointer, names.content_handling),
                format!("`{how}` is not implemented for HTTP integrations"),
                "Leave it out",
            );
        }
        Some(Integration {
            kind,
            http_method: http_method.into(),
            request_parameters: self.request_parameters(value, pointer, names),
            request_templates: self.templates(value, names.request_templates, pointer),
            passthrough: self.passthrough(value, pointer, names),
            responses: self.responses(value, pointer, names, method_responses),
            timeout_milliseconds: self.timeout(value, pointer, names),
            place: (self.place_of)(pointer),
        })
    }

    fn kind(&mut self, value: &Value, pointer: &str, names: &Names) -> Option<IntegrationKind> {
        let here = child(pointer, names.kind);
        let Some(kind) = text(value, names.kind) else {
            self.invalid(
                pointer,
                format!("The integration has no `{}`", names.kind),
                "Add it, such as AWS_PROXY",
            );
            return None;
        };
        let kind = kind.to_ascii_uppercase();
        if kind == "MOCK" {
            return Some(IntegrationKind::Mock);
        }
        if !["AWS_PROXY", "HTTP", "HTTP_PROXY"].contains(&kind.as_str()) {
            if kind == "AWS" {
                let cure = "Use AWS_PROXY with a function";
                self.unsupported(&here, "The integration type `AWS` is not implemented", cure);
            } else {
                let cure = "Use AWS_PROXY, HTTP, HTTP_PROXY or MOCK";
                self.invalid(&here, format!("`{kind}` is no integration type"), cure);
            }
            return None;
        }
        let Some(uri) = text(value, names.uri) else {
            self.invalid(pointer, format!("The integration has no `{}`", names.uri), "Say what it calls");
            return None;
        };
        if kind == "AWS_PROXY" {
            return self.function(uri, &child(pointer, names.uri));
        }
        if !(uri.starts_with("http://") || uri.starts_with("https://")) {
            let cure = "Begin it with http:// or https://";
            self.invalid(&child(pointer, names.uri), format!("`{uri}` is no HTTP endpoint"), cure);
            return None;
        }
        let uri: Box<str> = uri.into();
        Some(if kind == "HTTP" { IntegrationKind::Http { uri } } else { IntegrationKind::HttpProxy { uri } })
    }

    fn function(&mut self, uri: &str, pointer: &str) -> Option<IntegrationKind> {
        if uri.contains("${stageVariables.") {
            let cure = "Name the function itself";
            self.unsupported(pointer, format!("A stage variable in `{uri}` is not implemented"), cure);
            return None;
        }
        if uri.ends_with("/response-streaming-invocations") {
            let cure = "Use …/2015-03-31/functions/ARN/invocations";
            self.unsupported(pointer, "Response streaming is not implemented", cure);
            return None;
        }
        let Some((arn, name)) = function_of_uri(uri) else {
            self.invalid(
                pointer,
                format!("`{uri}` names no function"),
                "Write arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations",
            );
            return None;
        };
        Some(IntegrationKind::LambdaProxy { function_arn: arn.into(), function_name: name.into() })
    }

    fn request_parameters(&mut self, value: &Value, pointer: &str, names: &Names) -> Vec<RequestParameter> {
        let pointer = child(pointer, names.request_parameters);
        let mut parameters = Vec::new();
        for (name, expression) in self.strings(value, names.request_parameters, &pointer) {
            let here = child(&pointer, &name);
            let target = name.strip_prefix("integration.request.").and_then(|rest| rest.split_once('.'));
            let (location, key) = match target {
                Some(("header", key)) => (ParameterLocation::Header, key),
                Some(("path", key)) => (ParameterLocation::Path, key),
                Some(("querystring", key)) => (ParameterLocation::QueryString, key),
                _ => {
                    let cure = "Write integration.request.header.NAME, .querystring.NAME or .path.NAME";
                    self.invalid(&here, format!("`{name}` is no parameter of an integration request"), cure);
                    continue;
                }
            };
            if let Some(value) = self.expression(&expression, &here) {
                parameters.push(RequestParameter { location, name: key.into(), value });
            }
        }
        parameters
    }

    fn passthrough(&mut self, value: &Value, pointer: &str, names: &Names) -> PassthroughBehavior {
        match text(value, names.passthrough).map(str::to_ascii_uppercase).as_deref() {
            None | Some("WHEN_NO_MATCH") => PassthroughBehavior::WhenNoMatch,
            Some("WHEN_NO_TEMPLATES") => PassthroughBehavior::WhenNoTemplates,
            Some("NEVER") => PassthroughBehavior::Never,
            Some(other) => {
                let cure = "Use WHEN_NO_MATCH, WHEN_NO_TEMPLATES or NEVER";
                let here = child(pointer, names.passthrough);
                self.invalid(&here, format!("`{other}` is no passthrough behavior"), cure);
                PassthroughBehavior::WhenNoMatch
            }
        }
    }

    fn timeout(&mut self, value: &Value, pointer: &str, names: &Names) -> u32 {
        let Some(timeout) = value.get(names.timeout).filter(|timeout| !timeout.is_null()) else {
            return INTEGRATION_TIMEOUT_MILLISECONDS;
        };
        let number = timeout.as_u64().or_else(|| timeout.as_str()?.parse().ok());
        match number.and_then(|number| u32::try_from(number).ok()) {
            Some(timeout)
                if (TIMEOUT_MILLISECONDS_MIN..=INTEGRATION_TIMEOUT_MILLISECONDS).contains(&timeout) =>
            {
                timeout
            }
            _ => {
                let here = child(pointer, names.timeout);
                self.invalid(
                    &here,
                    format!("The timeout {timeout} is not between 50 and 29000"),
                    "Choose one that is",
                );
                INTEGRATION_TIMEOUT_MILLISECONDS
            }
        }
    }

    fn responses(
        &mut self,
        value: &Value,
        pointer: &str,
        names: &Names,
        method_responses: &[MethodResponse],
    ) -> Vec<IntegrationResponse> {
        let pointer = child(pointer, names.responses);
        let rows: Vec<(String, Option<String>, &Value)> = match value.get(names.responses) {
            // OpenAPI: by pattern; `default` is the one without.
            Some(Value::Object(rows)) => rows
                .iter()
                .map(|(pattern, row)| {
                    let selection = (pattern != "default").then(|| pattern.clone());
                    (child(&pointer, pattern), selection, row)
                })
                .collect(),
            // CloudFormation: a list.
            Some(Value::Array(rows)) => rows
                .iter()
                .enumerate()
                .map(|(index, row)| {
                    let selection = text(row, names.selection_pattern).filter(|text| !text.is_empty());
                    (child(&pointer, &index.to_string()), selection.map(str::to_owned), row)
                })
                .collect(),
            _ => Vec::new(),
        };
        rows.into_iter()
            .filter_map(|(here, selection, row)| {
                self.response(row, &here, names, selection, method_responses)
            })
            .collect()
    }

    fn response(
        &mut self,
        row: &Value,
        pointer: &str,
        names: &Names,
        selection: Option<String>,
        method_responses: &[MethodResponse],
    ) -> Option<IntegrationResponse> {
        let Some(status_code) = status(row.get(names.status_code)) else {
            let cure = format!("Add `{}`, such as \"200\"", names.status_code);
            self.invalid(pointer, "The integration response has no status code", cure);
            return None;
        };
        let declared = method_responses.iter().find(|response| response.status_code == status_code);
        if declared.is_none() {
            let what = format!("The integration response {status_code} has no method response {status_code}");
            self.invalid(pointer, what, "Declare the method response, too");
        }
        let selection_pattern = match selection.map(|text| SelectionPattern::compile(&text)) {
            None => None,
            Some(Ok(pattern)) => Some(pattern),
            Some(Err(why)) => {
                self.invalid(
                    pointer,
                    format!("The selection pattern is no regular expression: {why}"),
                    "Correct it",
                );
                return None;
            }
        };
        let parameters =
            self.response_parameters(row, names.response_parameters, pointer, "method.response.header.");
        for parameter in &parameters {
            let is_declared = declared.is_none_or(|response| {
                response.headers.iter().any(|header| header.eq_ignore_ascii_case(&parameter.header))
            });
            if !is_declared {
                let what = format!(
                    "The method response {status_code} does not declare the header `{}`",
                    parameter.header
                );
                let here = child(pointer, names.response_parameters);
                self.invalid(&here, what, "Declare it in the method response");
            }
        }
        Some(IntegrationResponse {
            status_code,
            selection_pattern,
            parameters,
            templates: self.templates(row, names.response_templates, pointer),
            place: (self.place_of)(pointer),
        })
    }

    /// A map of `PREFIX.NAME` to mapping expressions.
    pub fn response_parameters(
        &mut self,
        value: &Value,
        member: &str,
        pointer: &str,
        prefix: &str,
    ) -> Vec<ResponseParameter> {
        let pointer = child(pointer, member);
        let mut parameters = Vec::new();
        for (name, expression) in self.strings(value, member, &pointer) {
            let here = child(&pointer, &name);
            let Some(header) = name.strip_prefix(prefix) else {
                self.invalid(&here, format!("`{name}` is no header to set"), format!("Write {prefix}NAME"));
                continue;
            };
            if let Some(value) = self.expression(&expression, &here) {
                parameters.push(ResponseParameter { header: header.into(), value });
            }
        }
        parameters
    }

    fn templates(&mut self, value: &Value, member: &str, pointer: &str) -> Vec<(Box<str>, Template)> {
        let pointer = child(pointer, member);
        let mut templates = Vec::new();
        for (content_type, text) in self.strings(value, member, &pointer) {
            match Template::compile(&text) {
                Ok(template) => templates.push((content_type.into(), template)),
                Err(problems) => {
                    let here = child(&pointer, &content_type);
                    self.findings.extend(problems.into_iter().map(|problem| problem.at(&here)));
                }
            }
        }
        templates
    }

    fn expression(&mut self, text: &str, pointer: &str) -> Option<ValueExpression> {
        ValueExpression::parse(text)
            .map_err(|what| {
                self.invalid(pointer, what, "Put a literal into single quotes inside the string: \"'*'\"")
            })
            .ok()
    }

    /// The members of a map whose values are scalars, as text.
    pub fn strings(&mut self, value: &Value, member: &str, pointer: &str) -> Vec<(String, String)> {
        let members = match value.get(member) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Object(members)) => members,
            Some(_) => {
                self.invalid(pointer, format!("`{member}` is no mapping"), "Write names and strings");
                return Vec::new();
            }
        };
        let mut strings = Vec::new();
        for (name, value) in members {
            match value {
                Value::String(text) => strings.push((name.clone(), text.clone())),
                Value::Null => {}
                Value::Bool(_) | Value::Number(_) => strings.push((name.clone(), value.to_string())),
                _ => self.invalid(
                    &child(pointer, name),
                    format!("`{name}` is no string"),
                    "Put it into quotes",
                ),
            }
        }
        strings
    }

    /// Notes what AWS refuses.
    pub fn invalid(&mut self, pointer: &str, what: impl Into<String>, cure: impl Into<String>) {
        self.findings.push(Finding::invalid(pointer, what, cure));
    }

    /// Notes what is not implemented.
    pub fn unsupported(&mut self, pointer: &str, what: impl Into<String>, cure: impl Into<String>) {
        self.findings.push(Finding::unsupported(pointer, what, cure));
    }
}

impl Names {
    fn knows(&self, name: &str) -> bool {
        [
            self.kind,
            self.http_method,
            self.uri,
            self.connection_type,
            self.content_handling,
            self.passthrough,
            self.timeout,
            self.request_parameters,
            self.request_templates,
            self.responses,
        ]
        .contains(&name)
            || self.inert.contains(&name)
    }
}

/// A status code written as a string or a number.
pub fn status(value: Option<&Value>) -> Option<u16> {
    let value = value?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (100..600).contains(status))
}

/// The pointer of a member.
pub fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member).and_then(Value::as_str)
}

const TIMEOUT_MILLISECONDS_MIN: u32 = 50;
