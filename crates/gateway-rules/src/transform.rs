//! How a payload goes into an integration and comes out of it: request templates and passthrough, integration
//! responses and response templates.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>

use bytes::Bytes;
use frontgate_message::Response;

use crate::config::{Integration, IntegrationResponse, PassthroughBehavior};
use crate::context::Variables;
use crate::headers::{self, Fate};
use crate::mapping::{Overrides, RenderError, Template};
use crate::media;

/// The payload of an integration request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrationRequest {
    /// The payload.
    pub body: Bytes,
    /// What the template overrides.
    pub overrides: Overrides,
}

/// Why there is no integration request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransformError {
    /// No template for the content type, and the passthrough behavior forbids it: 415.
    UnsupportedMediaType,
    /// The template made nothing.
    Render(RenderError),
}

/// Makes the payload of the integration request: by the template of the content type, else by passthrough.
///
/// # Errors
/// Why there is none.
pub fn integration_request(
    integration: &Integration,
    variables: &Variables<'_>,
) -> Result<IntegrationRequest, TransformError> {
    let content_type = variables.request.headers.first_text("Content-Type").unwrap_or(JSON);
    let content_type = media::essence(content_type);
    let templates = &integration.request_templates;
    if let Some((_, template)) = templates.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(content_type)) {
        let rendered = template.render(variables).map_err(TransformError::Render)?;
        return Ok(IntegrationRequest { body: rendered.text.into(), overrides: rendered.overrides });
    }
    let passes = match integration.passthrough {
        PassthroughBehavior::Never => false,
        PassthroughBehavior::WhenNoMatch => true,
        PassthroughBehavior::WhenNoTemplates => templates.is_empty(),
    };
    if !passes {
        return Err(TransformError::UnsupportedMediaType);
    }
    let body = Bytes::copy_from_slice(variables.request_body);
    Ok(IntegrationRequest { body, overrides: Overrides::default() })
}

/// The integration response for a status or an error message: the first whose pattern matches, else the first
/// without a pattern.
#[must_use]
pub fn select<'a>(responses: &'a [IntegrationResponse], text: &str) -> Option<&'a IntegrationResponse> {
    let matching = |response: &&IntegrationResponse| {
        response.selection_pattern.as_ref().is_some_and(|pattern| pattern.matches(text))
    };
    responses
        .iter()
        .find(matching)
        .or_else(|| responses.iter().find(|response| response.selection_pattern.is_none()))
}

/// Makes the method response from the backend's answer.
///
/// # Errors
/// Why the response template made nothing.
pub fn method_response(
    chosen: &IntegrationResponse,
    variables: &Variables<'_>,
    of_request: &Overrides,
) -> Result<Response, RenderError> {
    let backend_body = variables.integration.map_or(&[][..], |answer| answer.body);
    let (content_type, body, overrides) = match template(chosen, variables) {
        None => (JSON, Bytes::copy_from_slice(backend_body), Overrides::default()),
        Some((content_type, template)) => {
            let rendered = template.render(variables)?;
            (content_type, Bytes::from(rendered.text), rendered.overrides)
        }
    };
    let status = overrides.status.or(of_request.status).unwrap_or(chosen.status_code);
    let mut response = Response::new(status).with_header("Content-Type", content_type).with_body(body);
    for parameter in &chosen.parameters {
        if let Some(value) = parameter.value.evaluate(variables) {
            set(&mut response, &parameter.header, &value);
        }
    }
    for (name, value) in of_request.response_headers.iter().chain(&overrides.response_headers) {
        set(&mut response, name, value);
    }
    Ok(response)
}

/// The response template: of the type that `Accept` names, else of JSON, else the first.
fn template<'a>(
    chosen: &'a IntegrationResponse,
    variables: &Variables<'_>,
) -> Option<(&'a str, &'a Template)> {
    let accept = media::essence(variables.request.headers.first_text("Accept").unwrap_or_default());
    let find = |kind: &str| chosen.templates.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
    find(accept)
        .or_else(|| find(JSON))
        .or_else(|| chosen.templates.first())
        .map(|(kind, template)| (&**kind, template))
}

/// Sets a header that a mapping names; what would break the head of the answer is left out.
fn set(response: &mut Response, name: &str, value: &str) {
    let is_sound = headers::is_name(name) && headers::is_value(value);
    match headers::row(name).map_or(Fate::Passed, |row| row.from_http) {
        Fate::Passed if is_sound => response.headers.set(name, value.as_bytes()),
        fate if is_sound => headers::append_remapped(&mut response.headers, name, value.as_bytes(), fate),
        _ => {}
    }
}

const JSON: &str = "application/json";
