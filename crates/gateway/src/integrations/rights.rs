//! With which right an integration calls a function or S3: a permission of the function, or the credentials of the
//! integration.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html>

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_gateway_rules::IntegrationCredentials;
use frontgate_gateway_rules::lambda_function::with_stage_variables;

use super::Exchange;
use crate::acting::Acting;
use crate::answer::Refusal;
use crate::{Call, Permission};

impl Exchange<'_> {
    /// Whether API Gateway may call the function.
    pub(super) fn check_rights(
        &self,
        call: &Call<'_>,
        function_arn: &str,
        trace: &mut Trace,
    ) -> Result<(), Refusal> {
        let Some(acting) = self.acting(call, trace)? else {
            return self.check_permission(call, function_arn, trace);
        };
        let fact = acting.may_invoke(function_arn, call.denial);
        trace.note(fact.unwrap_or_else(|refused| refused));
        fact.map(drop).map_err(|_| self.misconfigured())
    }

    /// Whose credentials the integration uses; `None` where it has none of its own.
    pub(super) fn acting<'a>(
        &self,
        call: &Call<'a>,
        trace: &mut Trace,
    ) -> Result<Option<Acting<'a>>, Refusal> {
        let place = self.integration().place;
        let acting = match &self.integration().credentials {
            None => return Ok(None),
            Some(IntegrationCredentials::Caller) => {
                let key = self.request.caller.map(|caller| caller.access_key.as_str());
                Acting::as_caller(call.identities, key, place)
            }
            Some(IntegrationCredentials::Role { arn }) => {
                Acting::as_role(call.identities, &with_stage_variables(arn, self.request.release), place)
            }
        };
        acting.map(Some).map_err(|refused| {
            trace.note(refused);
            self.misconfigured()
        })
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
}
