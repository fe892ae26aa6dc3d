//! May the caller call the method: by a signature, by an authorizer, by the policy of the API.
//!
//! Authority: <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

mod iam;
mod lambda;
mod policy;
mod user_pools;

use std::sync::Arc;

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorization::Caller;
use frontgate_gateway_rules::authorizer::{
    Authorized, Authorizer, AuthorizerAnswer, AuthorizerKind, IdentityRefusal,
};
use frontgate_gateway_rules::{Authorization, GatewayError, GatewayResponseType, Method, RequestContext};

use crate::answer::{Refusal, refuse};
use crate::execution_log::Observed;
use crate::{Call, Functions, HttpIntegrations};
pub use policy::context;

/// Who was let in.
#[derive(Debug)]
pub enum Admitted {
    /// Anybody.
    Anonymous,
    /// Whom an authorizer let in.
    Authorized {
        /// What it said of the caller.
        authorized: Authorized,
        /// The answer of its function.
        answer: Option<Arc<AuthorizerAnswer>>,
    },
    /// Who signed the request.
    Signer(Caller),
}

impl Admitted {
    /// Who signed the request.
    pub fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Signer(caller) => Some(caller),
            Self::Anonymous | Self::Authorized { .. } => None,
        }
    }

    /// What an authorizer said of the caller.
    pub fn authorizer(&self) -> Option<&Authorized> {
        match self {
            Self::Authorized { authorized, .. } => Some(authorized),
            Self::Anonymous | Self::Signer(_) => None,
        }
    }

    /// Who it is, to tell callers apart.
    pub fn name(&self) -> Option<Box<str>> {
        match self {
            Self::Anonymous => None,
            Self::Authorized { authorized, .. } => {
                let name = authorized.variable("principalId").or_else(|| authorized.variable("claims.sub"));
                name.map(Into::into)
            }
            Self::Signer(caller) => Some(caller.user_arn.as_str().into()),
        }
    }
}

/// Lets the caller in. `payload` is the body as it was sent; the execution log may want to know what an authorizer says.
pub async fn authorize(
    call: &Call<'_>,
    request: &RequestContext<'_>,
    method: &Method,
    (payload, observed): (&[u8], &Observed),
    functions: &impl Functions,
    http: &impl HttpIntegrations,
    trace: &mut Trace,
) -> Result<Admitted, Refusal> {
    match &method.authorization {
        Authorization::None => policy::anonymous(call, request, trace).map(|()| Admitted::Anonymous),
        Authorization::Iam => iam::signed(call, request, method, payload, trace).map(Admitted::Signer),
        Authorization::Authorizer { authorizer, scopes } => match &authorizer.kind {
            AuthorizerKind::Lambda(function) => {
                let asked = lambda::Asked { call, request, authorizer, function, observed };
                let (authorized, answer) = asked.authorize(functions, trace).await?;
                Ok(Admitted::Authorized { authorized, answer: Some(answer) })
            }
            AuthorizerKind::UserPools { issuers, .. } => {
                let identity = identity(authorizer, request, trace)?;
                let pools = user_pools::Pools { call, request, authorizer, issuers };
                let authorized = pools.check(&identity, scopes, method, http, trace).await?;
                policy::anonymous(call, request, trace)?;
                Ok(Admitted::Authorized { authorized, answer: None })
            }
        },
    }
}

/// What the authorizer knows the caller by.
fn identity(
    authorizer: &Authorizer,
    request: &RequestContext<'_>,
    trace: &mut Trace,
) -> Result<Vec<String>, Refusal> {
    authorizer.identity(request).map_err(|why| {
        let kind = match why {
            IdentityRefusal::Missing => FactKind::AuthorizerIdentityMissing,
            IdentityRefusal::Pattern => FactKind::AuthorizerTokenPattern,
        };
        trace.note(Fact::of(kind).at(authorizer.place));
        unauthorized(request)
    })
}

/// `{"message":"Unauthorized"}` with status 401.
fn unauthorized(request: &RequestContext<'_>) -> Refusal {
    refuse(&GatewayError::of(GatewayResponseType::Unauthorized), Some((request, &[])))
}

#[cfg(test)]
mod tests;
