//! With which right an integration calls a function: a permission of the function, or the credentials of the integration.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::IntegrationCredentials;
use frontgate_gateway_rules::http_api::{HttpError, HttpRequest};
use frontgate_gateway_rules::lambda_function::with_variables;

use super::{HttpApiCall, Refusal};
use crate::Permission;
use crate::acting::Acting;

/// A function that is to be called.
pub(super) struct Callee<'a> {
    /// Its ARN.
    pub(super) arn: &'a str,
    /// For what it is called.
    pub(super) source_arn: &'a str,
    /// With whose credentials, where no permission is asked.
    pub(super) credentials: Option<&'a IntegrationCredentials>,
    /// The place of what calls it.
    pub(super) place: PlaceId,
}

/// Whether the API may call the function.
pub(super) fn check(
    call: &HttpApiCall<'_>,
    request: &HttpRequest<'_>,
    callee: &Callee<'_>,
    trace: &mut Trace,
) -> Result<(), Refusal> {
    let Callee { arn, credentials, place, .. } = *callee;
    let acting = match credentials {
        None => None,
        Some(IntegrationCredentials::Caller) => {
            let key = request.signer().map(|caller| caller.access_key.as_str());
            Some(Acting::as_caller(call.identities, key, place))
        }
        Some(IntegrationCredentials::Role { arn: role }) => {
            let role = with_variables(role, &request.stage.variables);
            Some(Acting::as_role(call.identities, &role, place))
        }
    };
    let fact = match acting {
        None => by_permission(call, callee),
        Some(acting) => acting.and_then(|acting| acting.may_invoke(arn, call.denial)),
    };
    trace.note(fact.unwrap_or_else(|refused| refused));
    fact.map(drop).map_err(|_| HttpError::InternalServerError.into())
}

/// The resource policy of the function.
fn by_permission(call: &HttpApiCall<'_>, callee: &Callee<'_>) -> Result<Fact, Fact> {
    match (call.permission)(callee.arn, callee.source_arn) {
        Permission::Allowed(place) => Ok(Fact::of(FactKind::LambdaPermissionFound).at(place)),
        Permission::Missing(place) => Err(Fact::of(FactKind::LambdaPermissionMissing).at(place)),
    }
}
