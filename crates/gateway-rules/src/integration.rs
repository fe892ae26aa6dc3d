//! Compiles the integration of a method: `x-amazon-apigateway-integration`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html>

mod connection;

use frontgate_aws::Arn;
use frontgate_explain::PlaceId;
use serde_json::Value;

use self::connection::expected_string;
use crate::config::{
    INTEGRATION_TIMEOUT_MILLISECONDS, Integration, IntegrationCredentials, IntegrationKind,
    IntegrationResponse, MethodResponse, ParameterLocation, PassthroughBehavior, RequestParameter,
    ResponseParameter, ResponseTransferMode, STREAM_TIMEOUT_MILLISECONDS_MAX,
};
use crate::content_handling::ContentHandling;
use crate::finding::Finding;
use crate::lambda_function::{LambdaFunction, is_streaming_uri};
use crate::mapping::Template;
use crate::parameters::ValueExpression;
use crate::s3_integration::{S3Target, S3UriError};
use crate::selection::SelectionPattern;
use crate::stage_cache::CacheKeyParameter;

/// Reads definitions, collects what is found in them, and knows where they stand.
pub struct Reader<'a> {
    /// The place of a JSON pointer.
    pub place_of: &'a mut dyn FnMut(&str) -> PlaceId,
    /// All that was found so far.
    pub findings: Vec<Finding>,
}

impl Reader<'_> {
    /// Compiles an integration; `None` where a finding says why it cannot be.
    pub fn integration(
        &mut self,
        value: &Value,
        pointer: &str,
        method_responses: &[MethodResponse],
    ) -> Option<Integration> {
        let Some(members) = value.as_object() else {
            self.invalid(pointer, "The integration is no object", "Write the integration as a mapping");
            return None;
        };
        for name in members.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
            self.unsupported(
                &child(pointer, name),
                format!("`{name}` of an integration is not implemented"),
                "Leave it out",
            );
        }
        self.check_connection(value, pointer);
        let kind = self.kind(value, pointer)?;
        let transfer_mode = self.transfer_mode(value, pointer, &kind);
        let http_method = text(value, "httpMethod").unwrap_or_default().to_ascii_uppercase();
        if http_method.is_empty() && kind != IntegrationKind::Mock {
            self.invalid(pointer, "The integration has no `httpMethod`", "Add it; for a function it is POST");
        }
        let responses = self.responses(value, pointer, &kind, method_responses);
        let credentials = self.credentials(value, pointer, &kind);
        let request_parameters = self.request_parameters(value, pointer);
        Some(Integration {
            kind,
            http_method: http_method.into(),
            credentials,
            content_handling: self.content_handling(value, pointer),
            cache_key_parameters: self.cache_key_parameters(value, pointer, &request_parameters),
            cache_namespace: text(value, "cacheNamespace").map(Into::into),
            request_parameters,
            request_templates: self.templates(value, "requestTemplates", pointer),
            passthrough: self.passthrough(value, pointer),
            responses,
            transfer_mode,
            skips_verification: self.skips_verification(value, pointer),
            timeout_milliseconds: self.timeout(value, pointer, transfer_mode),
            place: (self.place_of)(pointer),
        })
    }

    fn kind(&mut self, value: &Value, pointer: &str) -> Option<IntegrationKind> {
        let here = child(pointer, "type");
        let Some(kind) = text(value, "type") else {
            self.invalid(pointer, "The integration has no `type`", "Add it, such as AWS_PROXY");
            return None;
        };
        let kind = kind.to_ascii_uppercase();
        if kind == "MOCK" {
            return Some(IntegrationKind::Mock);
        }
        if !["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY"].contains(&kind.as_str()) {
            let cure = "Use AWS, AWS_PROXY, HTTP, HTTP_PROXY or MOCK";
            self.invalid(&here, format!("`{kind}` is no integration type"), cure);
            return None;
        }
        let Some(uri) = text(value, "uri") else {
            self.invalid(pointer, "The integration has no `uri`", "Say what it calls");
            return None;
        };
        if kind == "AWS_PROXY" {
            return self.function(uri, &child(pointer, "uri")).map(IntegrationKind::LambdaProxy);
        }
        if kind == "AWS" {
            return self.service(uri, &child(pointer, "uri"));
        }
        if !(uri.starts_with("http://") || uri.starts_with("https://")) {
            let cure = "Begin it with http:// or https://";
            self.invalid(&child(pointer, "uri"), format!("`{uri}` is no HTTP endpoint"), cure);
            return None;
        }
        let uri: Box<str> = uri.into();
        Some(if kind == "HTTP" { IntegrationKind::Http { uri } } else { IntegrationKind::HttpProxy { uri } })
    }

    /// What an integration of type `AWS` calls.
    fn service(&mut self, uri: &str, pointer: &str) -> Option<IntegrationKind> {
        // arn:aws:apigateway:REGION:SERVICE:path/… or :action/…
        let service = Arn::parse(uri).filter(|arn| arn.service == "apigateway").map(|arn| arn.account);
        match service {
            Some("lambda") => self.function(uri, pointer).map(IntegrationKind::Lambda),
            Some(service) if service == "s3" || service.ends_with(".s3") => self.s3(uri, pointer),
            Some(service) if !service.is_empty() => {
                let what = format!("The service `{service}` does not run here");
                self.unsupported(pointer, what, "Call a function, and let it call the service");
                None
            }
            _ => {
                let cure = "Write arn:aws:apigateway:REGION:SERVICE:path/… or :action/…";
                self.invalid(pointer, format!("`{uri}` names no AWS service"), cure);
                None
            }
        }
    }

    fn s3(&mut self, uri: &str, pointer: &str) -> Option<IntegrationKind> {
        match S3Target::of_uri(uri)? {
            Ok(target) => Some(IntegrationKind::S3(target)),
            Err(S3UriError::UnknownAction(action)) => {
                let what = format!("The action `{action}` of S3 is not implemented");
                self.unsupported(pointer, what, "Call a function, and let it call S3");
                None
            }
            Err(S3UriError::Malformed) => {
                let cure = "Write arn:aws:apigateway:REGION:s3:path/BUCKET/KEY";
                self.invalid(pointer, format!("`{uri}` names no bucket and no object"), cure);
                None
            }
        }
    }

    fn function(&mut self, uri: &str, pointer: &str) -> Option<LambdaFunction> {
        let function = LambdaFunction::of_uri(uri);
        if function.is_none() {
            self.invalid(
                pointer,
                format!("`{uri}` names no function"),
                "Write arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations",
            );
        }
        function
    }

    fn credentials(
        &mut self,
        value: &Value,
        pointer: &str,
        kind: &IntegrationKind,
    ) -> Option<IntegrationCredentials> {
        let Some(arn) = text(value, "credentials").filter(|arn| !arn.is_empty()) else {
            if matches!(kind, IntegrationKind::S3(_)) {
                let cure = "Name a role that apigateway.amazonaws.com may assume, in Credentials";
                self.invalid(pointer, "Role ARN must be specified for AWS integrations", cure);
            }
            return None;
        };
        self.named_credentials(arn, pointer)
    }

    /// Those of a role, or the caller's own.
    pub(crate) fn named_credentials(&mut self, arn: &str, pointer: &str) -> Option<IntegrationCredentials> {
        if arn == CREDENTIALS_OF_CALLER {
            return Some(IntegrationCredentials::Caller);
        }
        let is_role = arn.contains("${stageVariables.")
            || Arn::parse(arn).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
        if !is_role {
            let cure = "Name a role, or arn:aws:iam::*:user/* for the caller's own";
            self.invalid(&child(pointer, "credentials"), format!("`{arn}` is no role"), cure);
            return None;
        }
        Some(IntegrationCredentials::Role { arn: arn.into() })
    }

    fn content_handling(&mut self, value: &Value, pointer: &str) -> Option<ContentHandling> {
        let name = text(value, "contentHandling")?;
        let handling = ContentHandling::from_name(name);
        if handling.is_none() {
            let what = format!("`{name}` is no content handling");
            let cure = "Use CONVERT_TO_BINARY or CONVERT_TO_TEXT";
            self.invalid(&child(pointer, "contentHandling"), what, cure);
        }
        handling
    }

    /// The parameters of the key under which the stage cache keeps answers: those of the method, or of the integration
    /// request, which have the values that they are mapped from.
    fn cache_key_parameters(
        &mut self,
        value: &Value,
        pointer: &str,
        mapped: &[RequestParameter],
    ) -> Vec<CacheKeyParameter> {
        let pointer = child(pointer, "cacheKeyParameters");
        let rows = match value.get("cacheKeyParameters") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(rows)) => rows,
            Some(_) => {
                self.invalid(&pointer, "`cacheKeyParameters` is no list", "Write a list of parameters");
                return Vec::new();
            }
        };
        let mut parameters = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let here = format!("{pointer}/{index}");
            let name = row.as_str().unwrap_or_default();
            let value = match name.strip_prefix("integration.request.").and_then(|rest| rest.split_once('.'))
            {
                Some((location, key)) => mapped
                    .iter()
                    .find(|row| row.location.name() == location && *row.name == *key)
                    .map(|row| row.value.clone()),
                None if name.starts_with("method.request.") => ValueExpression::parse(name).ok(),
                None => None,
            };
            let Some(value) = value else {
                let what = format!("Invalid cache key parameter specified: `{name}`");
                let cure = "Name a parameter of the method, such as method.request.querystring.NAME, or one that \
                            requestParameters map";
                self.invalid(&here, what, cure);
                continue;
            };
            parameters.push(CacheKeyParameter { name: name.into(), value, place: (self.place_of)(&here) });
        }
        parameters
    }

    fn request_parameters(&mut self, value: &Value, pointer: &str) -> Vec<RequestParameter> {
        let pointer = child(pointer, "requestParameters");
        let mut parameters = Vec::new();
        for (name, expression) in self.strings(value, "requestParameters", &pointer) {
            let here = child(&pointer, &name);
            if !value["requestParameters"][&name].is_string() {
                self.warning(&here, expected_string(&name, &expression, &pointer), "Put it into quotes");
                continue;
            }
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

    fn passthrough(&mut self, value: &Value, pointer: &str) -> PassthroughBehavior {
        match text(value, "passthroughBehavior").map(str::to_ascii_uppercase).as_deref() {
            None | Some("WHEN_NO_MATCH") => PassthroughBehavior::WhenNoMatch,
            Some("WHEN_NO_TEMPLATES") => PassthroughBehavior::WhenNoTemplates,
            Some("NEVER") => PassthroughBehavior::Never,
            Some(other) => {
                let cure = "Use WHEN_NO_MATCH, WHEN_NO_TEMPLATES or NEVER";
                let here = child(pointer, "passthroughBehavior");
                self.invalid(&here, format!("`{other}` is no passthrough behavior"), cure);
                PassthroughBehavior::WhenNoMatch
            }
        }
    }

    /// How the answer is handed on, and whether the URI names the operation that fits.
    fn transfer_mode(
        &mut self,
        value: &Value,
        pointer: &str,
        kind: &IntegrationKind,
    ) -> ResponseTransferMode {
        let here = child(pointer, "responseTransferMode");
        let mode = match text(value, "responseTransferMode") {
            None | Some("BUFFERED") => ResponseTransferMode::Buffered,
            Some("STREAM") => ResponseTransferMode::Stream,
            Some(other) => {
                let what = format!("`{other}` is no response transfer mode");
                self.invalid(&here, what, "Use BUFFERED or STREAM");
                return ResponseTransferMode::Buffered;
            }
        };
        let streams = mode == ResponseTransferMode::Stream;
        if streams && !matches!(kind, IntegrationKind::LambdaProxy(_) | IntegrationKind::HttpProxy { .. }) {
            let what = "Response streaming is for integrations of type AWS_PROXY and HTTP_PROXY";
            self.invalid(&here, what, "Use one of them, or leave out the response transfer mode");
            return ResponseTransferMode::Buffered;
        }
        if let IntegrationKind::Lambda(_) | IntegrationKind::LambdaProxy(_) = kind
            && streams != text(value, "uri").is_some_and(is_streaming_uri)
        {
            let (what, cure) = if streams {
                let cure = "Use …:lambda:path/2021-11-15/functions/ARN/response-streaming-invocations";
                ("The response transfer mode is STREAM, and the URI names the operation Invoke", cure)
            } else {
                let what = "The URI names the operation InvokeWithResponseStream, and the response transfer mode is BUFFERED";
                (
                    what,
                    "Set the response transfer mode to STREAM, or use …/2015-03-31/functions/ARN/invocations",
                )
            };
            self.invalid(&child(pointer, "uri"), what, cure);
        }
        mode
    }

    fn timeout(&mut self, value: &Value, pointer: &str, mode: ResponseTransferMode) -> u32 {
        let timeout_max = match mode {
            ResponseTransferMode::Buffered => INTEGRATION_TIMEOUT_MILLISECONDS,
            ResponseTransferMode::Stream => STREAM_TIMEOUT_MILLISECONDS_MAX,
        };
        let Some(timeout) = value.get("timeoutInMillis").filter(|timeout| !timeout.is_null()) else {
            return INTEGRATION_TIMEOUT_MILLISECONDS;
        };
        let number = timeout.as_u64().or_else(|| timeout.as_str()?.parse().ok());
        match number.and_then(|number| u32::try_from(number).ok()) {
            Some(timeout) if (TIMEOUT_MILLISECONDS_MIN..=timeout_max).contains(&timeout) => timeout,
            _ => {
                let here = child(pointer, "timeoutInMillis");
                self.invalid(
                    &here,
                    format!("The timeout {timeout} is not between 50 and {timeout_max}"),
                    "Choose one that is",
                );
                INTEGRATION_TIMEOUT_MILLISECONDS
            }
        }
    }

    /// The integration responses of MOCK, HTTP and AWS; those of a proxy are never used.
    fn responses(
        &mut self,
        value: &Value,
        pointer: &str,
        kind: &IntegrationKind,
        method_responses: &[MethodResponse],
    ) -> Vec<IntegrationResponse> {
        if matches!(kind, IntegrationKind::LambdaProxy(_) | IntegrationKind::HttpProxy { .. }) {
            return Vec::new();
        }
        let pointer = child(pointer, "responses");
        let mut responses = Vec::new();
        for (pattern, row) in value.get("responses").and_then(Value::as_object).into_iter().flatten() {
            // `default` is the one without a pattern.
            let selection = (pattern != "default").then_some(pattern.as_str());
            let here = child(&pointer, pattern);
            for (name, _) in row.as_object().into_iter().flatten() {
                if !RESPONSE_MEMBERS.contains(&name.as_str()) {
                    let what = format!("`{name}` of an integration response is not implemented");
                    self.unsupported(&child(&here, name), what, "Leave it out");
                }
            }
            responses.extend(self.response(row, &here, selection, method_responses));
        }
        responses
    }

    fn response(
        &mut self,
        row: &Value,
        pointer: &str,
        selection: Option<&str>,
        method_responses: &[MethodResponse],
    ) -> Option<IntegrationResponse> {
        let Some(status_code) = status(row.get("statusCode")) else {
            let cure = "Add `statusCode`, such as \"200\"";
            self.invalid(pointer, "The integration response has no status code", cure);
            return None;
        };
        let declared = method_responses.iter().find(|response| response.status_code == status_code);
        if declared.is_none() {
            let what = format!("The integration response {status_code} has no method response {status_code}");
            self.invalid(pointer, what, "Declare the method response, too");
        }
        let selection_pattern = match selection.map(SelectionPattern::compile) {
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
            self.response_parameters(row, "responseParameters", pointer, "method.response.header.");
        for parameter in &parameters {
            let is_declared = declared.is_none_or(|response| {
                response.headers.iter().any(|header| header.eq_ignore_ascii_case(&parameter.header))
            });
            if !is_declared {
                let what = format!(
                    "The method response {status_code} does not declare the header `{}`",
                    parameter.header
                );
                let here = child(pointer, "responseParameters");
                self.invalid(&here, what, "Declare it in the method response");
            }
        }
        Some(IntegrationResponse {
            status_code,
            selection_pattern,
            content_handling: self.content_handling(row, pointer),
            parameters,
            templates: self.templates(row, "responseTemplates", pointer),
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

    /// Notes what AWS warns of.
    pub fn warning(&mut self, pointer: &str, what: impl Into<String>, cure: impl Into<String>) {
        self.findings.push(Finding::warning(pointer, what, cure));
    }

    /// Notes what is not implemented.
    pub fn unsupported(&mut self, pointer: &str, what: impl Into<String>, cure: impl Into<String>) {
        self.findings.push(Finding::unsupported(pointer, what, cure));
    }

    /// Notes what protects and is not implemented.
    pub fn unsupported_guard(&mut self, pointer: &str, what: impl Into<String>, cure: impl Into<String>) {
        self.findings.push(Finding::unsupported_guard(pointer, what, cure));
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

/// The caller's own credentials: of whom signs the request.
const CREDENTIALS_OF_CALLER: &str = "arn:aws:iam::*:user/*";
/// The members of an integration.
const MEMBERS: [&str; 17] = [
    "cacheKeyParameters",
    "cacheNamespace",
    "connectionId",
    "connectionType",
    "contentHandling",
    "credentials",
    "httpMethod",
    "passthroughBehavior",
    "payloadFormatVersion",
    "requestParameters",
    "requestTemplates",
    "responseTransferMode",
    "responses",
    "timeoutInMillis",
    "tlsConfig",
    "type",
    "uri",
];
const RESPONSE_MEMBERS: [&str; 4] =
    ["contentHandling", "responseParameters", "responseTemplates", "statusCode"];
const TIMEOUT_MILLISECONDS_MIN: u32 = 50;
