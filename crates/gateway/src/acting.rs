//! As whom does an API ask a function or S3: as a role that API Gateway assumes, or as the caller; and may that identity?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html>

use frontgate_explain::{Fact, FactKind, PlaceId};
use frontgate_iam::{Identities, Identity, IdentityKind, Outcome, Request, judge, principal};

/// An identity whose credentials an API uses.
pub(crate) struct Acting<'a> {
    /// The role, or the caller.
    pub(crate) identity: &'a Identity,
    /// The ARN of the role's session, or of the caller.
    pub(crate) arn: String,
    /// The unique id, with the session's name for a role.
    pub(crate) user_id: String,
}

impl<'a> Acting<'a> {
    /// The caller by its access key; the fact where nobody signed. `place` is what uses the credentials.
    pub(crate) fn as_caller(
        identities: &'a Identities,
        access_key: Option<&str>,
        place: PlaceId,
    ) -> Result<Self, Fact> {
        let found = access_key.and_then(|key| identities.of_access_key(key));
        let (identity, session) =
            found.ok_or_else(|| Fact::of(FactKind::IntegrationCallerUnknown).at(place))?;
        Ok(Self { identity, arn: identity.caller_arn(session), user_id: identity.caller_id(session) })
    }

    /// A session of the role with that ARN; the fact where there is none, or where API Gateway may not assume it.
    pub(crate) fn as_role(identities: &'a Identities, role: &str, place: PlaceId) -> Result<Self, Fact> {
        let role = identities.find(role).and_then(|index| identities.all.get(index));
        let Some(role) = role.filter(|role| role.kind == IdentityKind::Role) else {
            return Err(Fact::of(FactKind::IntegrationRoleUnknown).at(place));
        };
        if !role.trusts(API_GATEWAY) {
            return Err(Fact::of(FactKind::IntegrationRoleNotAssumed).at(role.place));
        }
        let session = Some(SESSION);
        Ok(Self { identity: role, arn: role.caller_arn(session), user_id: role.caller_id(session) })
    }

    /// Whether its policies let it invoke the function, and the function's own does not deny it: the fact that says so, or that
    /// says why not.
    pub(crate) fn may_invoke(
        &self,
        function_arn: &str,
        denial: &dyn Fn(&Request<'_>) -> Option<PlaceId>,
    ) -> Result<Fact, Fact> {
        let request = Request {
            principal: principal(self.identity, &self.arn),
            action: "lambda:InvokeFunction",
            resource: function_arn,
            context: &self.identity.caller_keys(&self.user_id),
        };
        if let Some(place) = denial(&request) {
            return Err(Fact::of(FactKind::IntegrationNotAllowed).at(place));
        }
        let judgement = judge(self.identity, None, &request);
        match judgement.outcome {
            Outcome::Allow => Ok(Fact::of(FactKind::IntegrationAllowed).at(judgement.place)),
            _ => Err(Fact::of(FactKind::IntegrationNotAllowed).at(judgement.place)),
        }
    }
}

const API_GATEWAY: &str = "apigateway.amazonaws.com";
/// The name of the sessions in which API Gateway uses a role.
const SESSION: &str = "BackplaneAssumeRoleSession";
