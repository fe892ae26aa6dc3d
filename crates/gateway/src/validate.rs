//! Does the request have what the request validator of its method demands?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::validation::missing_parameters;
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, Method, RequestContext};

use crate::answer::{Refusal, refuse};

/// Lets a request on that has all that is demanded.
pub fn validate(request: &RequestContext<'_>, method: &Method, trace: &mut Trace) -> Result<(), Refusal> {
    let Some(validation) = &method.validation else { return Ok(()) };
    let missing = validation.missing(request);
    if missing.is_empty() {
        return Ok(());
    }
    let count = u32::try_from(missing.len()).unwrap_or(u32::MAX);
    trace.note(Fact::of(FactKind::RequiredParameterMissing).value(count).at(method.place));
    let message = missing_parameters(&missing);
    let error = GatewayError::of(GatewayResponseType::BadRequestParameters).message(&message);
    Err(refuse(&error, Some((request, &[]))))
}
