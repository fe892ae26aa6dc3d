//! Which answer API Gateway gives when it cannot let the backend answer.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>

use frontgate_aws::Source::{self, Documented, Inferred, Recorded};
use frontgate_message::{Headers, Response};

use crate::config::GatewayResponse;
use crate::context::{RequestContext, Variables};
use crate::headers;

/// The type of a gateway response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the row of a type documents it")]
pub enum GatewayResponseType {
    AccessDenied,
    ApiConfigurationError,
    AuthorizerConfigurationError,
    AuthorizerFailure,
    BadRequestBody,
    BadRequestParameters,
    Default4xx,
    Default5xx,
    ExpiredToken,
    IntegrationFailure,
    IntegrationTimeout,
    InvalidApiKey,
    InvalidSignature,
    MissingAuthenticationToken,
    QuotaExceeded,
    RequestTooLarge,
    ResourceNotFound,
    Throttled,
    Unauthorized,
    UnsupportedMediaType,
    WafFiltered,
}

/// A row of the table of gateway responses.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The type.
    pub kind: GatewayResponseType,
    /// AWS's name of it.
    pub name: &'static str,
    /// The status; `None` for the two defaults, which keep the status of the error.
    pub status: Option<u16>,
    /// The message; `None` is `null`.
    pub message: Option<&'static str>,
    /// The value of `x-amzn-ErrorType`.
    pub error_type: &'static str,
    /// Whether a template may change it.
    pub customizable: bool,
    /// Where it was learnt.
    pub source: Source,
}

/// An error on its way to its gateway response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayError<'a> {
    /// Which one.
    pub kind: GatewayResponseType,
    /// `$context.error.message`
    pub message: Option<&'a str>,
    /// The status, where it differs from the table's.
    pub status: Option<u16>,
    /// The value of `x-amzn-ErrorType`, where it differs from the table's.
    pub error_type: Option<&'a str>,
    /// `$context.error.validationErrorString`
    pub validation: Option<&'a str>,
    /// The default body says `Message` instead of `message`, as it does where IAM refuses (recorded).
    pub capital_key: bool,
}

impl GatewayResponseType {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// AWS's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The type with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.kind)
    }
}

impl GatewayError<'static> {
    /// The error as the table has it.
    #[must_use]
    pub fn of(kind: GatewayResponseType) -> Self {
        Self {
            kind,
            message: kind.row().message,
            status: None,
            error_type: None,
            validation: None,
            capital_key: false,
        }
    }
}

impl<'a> GatewayError<'a> {
    /// The same error with another message.
    #[must_use]
    pub fn message(mut self, message: &'a str) -> Self {
        self.message = Some(message);
        self
    }

    /// The same error with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same error with the faults of a body.
    #[must_use]
    pub fn validation(mut self, faults: &'a str) -> Self {
        self.validation = Some(faults);
        self
    }

    /// The same error with `Message` in its default body.
    #[must_use]
    pub fn with_capital_key(mut self) -> Self {
        self.capital_key = true;
        self
    }

    /// The same error with another `x-amzn-ErrorType`.
    #[must_use]
    pub fn error_type(mut self, error_type: &'a str) -> Self {
        self.error_type = Some(error_type);
        self
    }
}

/// The answer for an error; `request` is there once a stage is found, and with it what the API customizes.
#[must_use]
pub fn respond(error: &GatewayError<'_>, request: Option<(&RequestContext<'_>, &[u8])>) -> Response {
    let row = error.kind.row();
    let status = error.status.or(row.status).unwrap_or(500);
    let custom = request.filter(|_| row.customizable).and_then(|(request, _)| {
        customization(&request.release.deployment.gateway_responses, error.kind, status)
    });
    let mut response = match (custom, request) {
        (Some(custom), Some((request, body))) => customized(custom, status, error, request, body),
        _ => default_response(status, error),
    };
    response.headers.append("x-amzn-ErrorType", error.error_type.unwrap_or(row.error_type).as_bytes());
    response
}

/// Whether the API customizes the gateway response for an error of that type and status.
#[must_use]
pub fn is_customized(request: &RequestContext<'_>, kind: GatewayResponseType, status: u16) -> bool {
    customization(&request.release.deployment.gateway_responses, kind, status).is_some()
}

/// The gateway response of that type, else `DEFAULT_4XX` or `DEFAULT_5XX`.
fn customization(
    responses: &[GatewayResponse],
    kind: GatewayResponseType,
    status: u16,
) -> Option<&GatewayResponse> {
    let default =
        if status >= 500 { GatewayResponseType::Default5xx } else { GatewayResponseType::Default4xx };
    let find = |kind| responses.iter().find(|response| response.kind == kind);
    find(kind).or_else(|| find(default))
}

fn customized(
    custom: &GatewayResponse,
    status: u16,
    error: &GatewayError<'_>,
    request: &RequestContext<'_>,
    body: &[u8],
) -> Response {
    let variables = Variables { request, request_body: body, integration: None, error: Some(error) };
    let accept = request.headers.first_text("Accept").unwrap_or_default();
    let template = custom
        .templates
        .iter()
        .find(|(content_type, _)| **content_type == *accept)
        .or_else(|| custom.templates.iter().find(|(content_type, _)| &**content_type == JSON))
        .or_else(|| custom.templates.first());
    let mut response = match template {
        None => default_response(status, error),
        Some((content_type, template)) => {
            let text = template.render(&variables);
            let headers = Headers::from_iter([("Content-Type", content_type.as_bytes())]);
            Response { headers, ..Response::new(status).with_body(bytes::Bytes::from(text)) }
        }
    };
    response.status = custom.status.unwrap_or(status);
    for parameter in &custom.parameters {
        let value = parameter.value.evaluate(&variables);
        if let Some(value) =
            value.filter(|value| headers::is_name(&parameter.header) && headers::is_value(value))
        {
            response.headers.set(&parameter.header, value.as_bytes());
        }
    }
    response
}

/// `{"message":$context.error.messageString}`
fn default_response(status: u16, error: &GatewayError<'_>) -> Response {
    let key = if error.capital_key { "Message" } else { "message" };
    let body = format!("{{\"{key}\":{}}}", serde_json::Value::from(error.message));
    Response::new(status).with_header("Content-Type", JSON).with_body(bytes::Bytes::from(body))
}

const JSON: &str = "application/json";
const PAGE: Source = Documented("supported-gateway-response-types");

const fn row(
    kind: GatewayResponseType,
    name: &'static str,
    status: u16,
    message: Option<&'static str>,
    error_type: &'static str,
    source: Source,
) -> Row {
    Row { kind, name, status: Some(status), message, error_type, customizable: true, source }
}

/// In the order of the enum.
#[rustfmt::skip]
static ROWS: [Row; 21] = {
    use GatewayResponseType as T;
    [
        row(T::AccessDenied, "ACCESS_DENIED", 403, Some("User is not authorized to access this resource"), "AccessDeniedException", Inferred("well-known text of an authorizer's deny")),
        row(T::ApiConfigurationError, "API_CONFIGURATION_ERROR", 500, Some("Internal server error"), "InternalServerErrorException", Recorded("test_apigateway_header_remapping_aws")),
        row(T::AuthorizerConfigurationError, "AUTHORIZER_CONFIGURATION_ERROR", 500, None, "AuthorizerConfigurationException", Recorded("the message is null")),
        row(T::AuthorizerFailure, "AUTHORIZER_FAILURE", 500, None, "AuthorizerFailureException", Recorded("the message is null")),
        row(T::BadRequestBody, "BAD_REQUEST_BODY", 400, Some("Invalid request body"), "BadRequestException", Recorded("test_api_gateway_request_validator")),
        row(T::BadRequestParameters, "BAD_REQUEST_PARAMETERS", 400, Some("Missing required request parameters"), "BadRequestException", Recorded("test_api_gateway_request_validator")),
        Row { kind: T::Default4xx, name: "DEFAULT_4XX", status: None, message: None, error_type: "BadRequestException", customizable: true, source: PAGE },
        Row { kind: T::Default5xx, name: "DEFAULT_5XX", status: None, message: None, error_type: "InternalServerErrorException", customizable: true, source: PAGE },
        row(T::ExpiredToken, "EXPIRED_TOKEN", 403, Some("The security token included in the request is expired"), "ExpiredTokenException", PAGE),
        row(T::IntegrationFailure, "INTEGRATION_FAILURE", 504, Some("Network error communicating with endpoint"), "InternalServerErrorException", PAGE),
        row(T::IntegrationTimeout, "INTEGRATION_TIMEOUT", 504, Some("Endpoint request timed out"), "InternalServerErrorException", Inferred("well-known text of an integration timeout")),
        row(T::InvalidApiKey, "INVALID_API_KEY", 403, Some("Forbidden"), "ForbiddenException", Recorded("an API key that is missing")),
        row(T::InvalidSignature, "INVALID_SIGNATURE", 403, Some("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."), "InvalidSignatureException", PAGE),
        row(T::MissingAuthenticationToken, "MISSING_AUTHENTICATION_TOKEN", 403, Some("Missing Authentication Token"), "MissingAuthenticationTokenException", Recorded("test_routing_not_found")),
        row(T::QuotaExceeded, "QUOTA_EXCEEDED", 429, Some("Limit Exceeded"), "LimitExceededException", Inferred("well-known text of a usage plan's quota")),
        Row { customizable: false, ..row(T::RequestTooLarge, "REQUEST_TOO_LARGE", 413, Some("HTTP content length exceeded 10485760 bytes."), "RequestTooLargeException", Documented("api-gateway-known-issues")) },
        row(T::ResourceNotFound, "RESOURCE_NOT_FOUND", 404, None, "ResourceNotFoundException", PAGE),
        row(T::Throttled, "THROTTLED", 429, Some("Too Many Requests"), "TooManyRequestsException", Inferred("well-known text of throttling")),
        row(T::Unauthorized, "UNAUTHORIZED", 401, Some("Unauthorized"), "UnauthorizedException", PAGE),
        row(T::UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415, Some("Unsupported Media Type"), "BadRequestException", Recorded("test_invoke_with_passthrough_behavior")),
        row(T::WafFiltered, "WAF_FILTERED", 403, Some("Forbidden"), "ForbiddenException", PAGE),
    ]
};

#[cfg(test)]
mod tests {
    use frontgate_message::Body;

    use super::{GatewayError, GatewayResponseType, ROWS, respond};

    #[test]
    fn rows_stand_in_the_order_of_the_types() {
        for row in &ROWS {
            assert_eq!(row.kind.row().name, row.name);
            assert_eq!(GatewayResponseType::from_name(row.name), Some(row.kind));
        }
        assert_eq!(GatewayResponseType::from_name("NONE"), None);
    }

    #[test]
    fn default_bodies_have_no_space() {
        for (kind, status, body) in [
            (
                GatewayResponseType::MissingAuthenticationToken,
                403,
                r#"{"message":"Missing Authentication Token"}"#,
            ),
            (GatewayResponseType::InvalidApiKey, 403, r#"{"message":"Forbidden"}"#),
            (GatewayResponseType::AuthorizerFailure, 500, r#"{"message":null}"#),
            (GatewayResponseType::IntegrationTimeout, 504, r#"{"message":"Endpoint request timed out"}"#),
        ] {
            let response = respond(&GatewayError::of(kind), None);
            assert_eq!(
                (response.status, response.header_text("Content-Type")),
                (status, Some("application/json"))
            );
            let Body::Full(bytes) = response.body else { panic!("{kind:?} has no body") };
            assert_eq!(bytes, body);
        }
    }
}
