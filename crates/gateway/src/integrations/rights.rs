//! With which right an integration calls a function or S3: a permission of the function, or the credentials of the
//! integration.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html>

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::IntegrationCredentials;
use frontgate_gateway_rules::lambda_function::with_stage_variables;
use frontgate_iam::{Identity, IdentityKind, Outcome, Request, judge, principal};

use super::Exchange;
use crate::answer::Refusal;
use crate::{Call, Permission};

/// The identity whose credentials an integration uses.
pub(super) struct Acting<'a> {
    /// The role, or the caller.
    pub(super) identity: &'a Identity,
    /// The ARN of the role's session, or of the caller.
    pub(super) arn: String,
    /// The unique id, with the session's name for a role.
    pub(super) user_id: String,
}

impl Exchange<'_> {
    /// Whether API Gateway may call the function.
    pub(super) fn check_rights(
        &self,
        call: &Call<'_>,
        function_arn: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        match self.acting(call, trace)? {
            None => self.check_permission(call, function_arn, trace),
            Some(acting) => self.check_identity(acting.identity, &acting.arn, function_arn, trace),
        }
    }

    /// Whose credentials the integration uses; `None` where it has none of its own.
    pub(super) fn acting<'a>(
        &self,
        call: &Call<'a>,
        trace: &mut Trace,
    ) -> Result<Option<Acting<'a>>, Refusal> {
        match &self.integration().credentials {
            None => Ok(None),
            Some(IntegrationCredentials::Caller) => {
                let key = self.request.caller.map(|caller| &caller.access_key);
                let Some((key, identity)) = key.and_then(|key| call.identities.by_access_key(key)) else {
                    trace.note(self.fact(FactKind::IntegrationCallerUnknown));
                    return Err(self.misconfigured());
                };
                let (arn, user_id) = (key.caller_arn(identity), key.caller_id(identity));
                Ok(Some(Acting { identity, arn, user_id }))
            }
            Some(IntegrationCredentials::Role { arn }) => {
                let arn = with_stage_variables(arn, self.request.release);
                let role = call.identities.find(&arn).and_then(|index| call.identities.all.get(index));
                let Some(role) = role.filter(|role| role.kind == IdentityKind::Role) else {
                    trace.note(self.fact(FactKind::IntegrationRoleUnknown));
                    return Err(self.misconfigured());
                };
                if !role.trusts(API_GATEWAY) {
                    trace.note(Fact::of(FactKind::IntegrationRoleNotAssumed).at(role.place));
                    return Err(self.misconfigured());
                }
                let user_id = format!("{}:{SESSION}", role.unique_id);
                Ok(Some(Acting { identity: role, arn: role.session_arn(SESSION), user_id }))
            }
        }
    }

    /// The resource policy of the function.
    fn check_permission(
        &self,
        call: &Call<'_>,
        function_arn: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let path = self.request.resource.map_or("/", |resource| &resource.path);
        let source_arn = self.request.api.source_arn(self.request.stage, &self.method.http_method, path);
        match (call.permission)(function_arn, &source_arn) {
            Permission::Allowed(place) => {
                trace.note(Fact::of(FactKind::LambdaPermissionFound).at(place));
                Ok(())
            }
            Permission::Missing(place) => {
                // A function that is no more has no place.
                let place = if place == PlaceId::NONE { self.integration().place } else { place };
                trace.note(Fact::of(FactKind::LambdaPermissionMissing).at(place));
                Err(self.misconfigured())
            }
        }
    }

    /// The policies of who calls.
    fn check_identity(
        &self,
        identity: &Identity,
        caller_arn: &str,
        function_arn: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let request = Request {
            principal: principal(identity, caller_arn),
            action: "lambda:InvokeFunction",
            resource: function_arn,
            context: &[],
        };
        let judgement = judge(identity, None, &request);
        if judgement.outcome == Outcome::Allow {
            trace.note(Fact::of(FactKind::IntegrationAllowed).at(judgement.place));
            return Ok(());
        }
        trace.note(Fact::of(FactKind::IntegrationNotAllowed).at(judgement.place));
        Err(self.misconfigured())
    }
}

pub(crate) const API_GATEWAY: &str = "apigateway.amazonaws.com";
/// The name of the sessions in which API Gateway uses a role.
pub(crate) const SESSION: &str = "BackplaneAssumeRoleSession";
