//! Does the request have what the request validator of its method demands?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::validation::{BodyCheck, BodyFault, RequestValidation, missing_parameters};
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, Method, RequestContext};

use crate::answer::{Refusal, refuse};

/// Lets a request on that has all that is demanded.
pub fn validate(
    request: &RequestContext<'_>,
    method: &Method,
    body: &[u8],
    trace: &mut Trace,
) -> Result<(), Refusal> {
    let Some(validation) = &method.validation else { return Ok(()) };
    let missing = validation.missing(request);
    if !missing.is_empty() {
        let count = u32::try_from(missing.len()).unwrap_or(u32::MAX);
        trace.note(Fact::of(FactKind::RequiredParameterMissing).value(count).at(method.place));
        let message = missing_parameters(&missing);
        let error = GatewayError::of(GatewayResponseType::BadRequestParameters).message(&message);
        return Err(refuse(&error, Some((request, body))));
    }
    validate_body(request, method, validation, body, trace)
}

/// Lets a request on whose body is what its model describes, or that no model is for.
fn validate_body(
    request: &RequestContext<'_>,
    method: &Method,
    validation: &RequestValidation,
    body: &[u8],
    trace: &mut Trace,
) -> Result<(), Refusal> {
    let content_type = request.headers.first_text("Content-Type");
    let (model, fault) = match validation.check_body(content_type, body) {
        None => return Ok(()),
        Some(BodyCheck::NoModel) => {
            trace.note(Fact::of(FactKind::BodyNotChecked).at(method.place));
            return Ok(());
        }
        Some(BodyCheck::Described(model)) => {
            trace.note(Fact::of(FactKind::BodyDescribed).at(model.place));
            return Ok(());
        }
        Some(BodyCheck::Faulty(model, fault)) => (model, fault),
    };
    match &fault {
        BodyFault::Limit(_) => trace.note(Fact::of(FactKind::BodyBeyondLimit).at(model.place)),
        BodyFault::Unreadable => trace.note(Fact::of(FactKind::BodyNoJson).at(model.place)),
        BodyFault::Violations(violations) => {
            let count = u32::try_from(violations.len()).unwrap_or(u32::MAX);
            trace.note(Fact::of(FactKind::BodyNotDescribed).value(count).at(model.place));
            for violation in violations.iter().take(VIOLATIONS_NOTED_MAX) {
                trace.note(Fact::of(FactKind::BodyViolates).at(violation.place));
            }
        }
    }
    let faults = fault.text();
    let error = GatewayError::of(GatewayResponseType::BadRequestBody).validation(&faults);
    Err(refuse(&error, Some((request, body))))
}

/// So many faults of a body are noted; the message has all of them.
const VIOLATIONS_NOTED_MAX: usize = 3;
