//! With which right an integration calls a function: a permission of the function, or the credentials of the integration.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::IntegrationCredentials;
use frontgate_gateway_rules::http_api::{HttpError, HttpRequest};
use frontgate_gateway_rules::lambda_function::with_variables;
use frontgate_iam::{Identity, IdentityKind, Outcome, Request, judge, principal};

use super::{HttpApiCall, Refusal};
use crate::Permission;
use crate::integrations::{API_GATEWAY, SESSION};

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
    let fact = match credentials {
        None => by_permission(call, callee),
        Some(IntegrationCredentials::Caller) => {
            let key = request.signer().map(|caller| &caller.access_key);
            match key.and_then(|key| call.identities.by_access_key(key)) {
                Some((key, identity)) => by_identity(identity, &key.caller_arn(identity), arn),
                None => Err(Fact::of(FactKind::IntegrationCallerUnknown).at(place)),
            }
        }
        Some(IntegrationCredentials::Role { arn: role }) => {
            let role = with_variables(role, &request.stage.variables);
            let role = call.identities.find(&role).and_then(|index| call.identities.all.get(index));
            match role.filter(|role| role.kind == IdentityKind::Role) {
                Some(role) if !role.trusts(API_GATEWAY) => {
                    Err(Fact::of(FactKind::IntegrationRoleNotAssumed).at(role.place))
                }
                Some(role) => by_identity(role, &role.session_arn(SESSION), arn),
                None => Err(Fact::of(FactKind::IntegrationRoleUnknown).at(place)),
            }
        }
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

/// The policies of who calls.
fn by_identity(identity: &Identity, caller_arn: &str, arn: &str) -> Result<Fact, Fact> {
    let request = Request {
        principal: principal(identity, caller_arn),
        action: "lambda:InvokeFunction",
        resource: arn,
        context: &[],
    };
    let judgement = judge(identity, None, &request);
    match judgement.outcome {
        Outcome::Allow => Ok(Fact::of(FactKind::IntegrationAllowed).at(judgement.place)),
        _ => Err(Fact::of(FactKind::IntegrationNotAllowed).at(judgement.place)),
    }
}
