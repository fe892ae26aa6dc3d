//! Lets the holders of tokens of user pools in.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>

use std::sync::Arc;

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorizer::{
    Authorized, Authorizer, TokenRefusal, check_token, issuer_of_token,
};
use frontgate_gateway_rules::jwt::KeySet;
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, Method, RequestContext};

use super::unauthorized;
use crate::answer::{Refusal, refuse};
use crate::{Call, HttpIntegrations};

/// The user pools of an authorizer.
pub struct Pools<'a> {
    /// The call.
    pub call: &'a Call<'a>,
    /// The request.
    pub request: &'a RequestContext<'a>,
    /// The authorizer.
    pub authorizer: &'a Authorizer,
    /// The issuers that its pools are.
    pub issuers: &'a [Box<str>],
}

impl Pools<'_> {
    /// Checks the token, the one value of `identity`.
    pub async fn check(
        &self,
        identity: &[String],
        scopes: &[Box<str>],
        method: &Method,
        http: &impl HttpIntegrations,
        trace: &mut Trace,
    ) -> Result<Authorized, Refusal> {
        let token = identity.first().map_or("", String::as_str);
        let issuer = issuer_of_token(token, self.issuers).map_err(|why| self.refused(why, method, trace))?;
        let Some(keys) = self.keys(&issuer, http, trace).await else {
            trace.note(Fact::of(FactKind::UserPoolKeysUnavailable).at(self.authorizer.place));
            let error = GatewayError::of(GatewayResponseType::AuthorizerConfigurationError);
            return Err(refuse(&error, Some((self.request, &[]))));
        };
        let authorized = check_token(token, &issuer, &keys, scopes, self.call.now_milliseconds / 1000)
            .map_err(|why| self.refused(why, method, trace))?;
        trace.note(Fact::of(FactKind::UserPoolTokenValid).at(self.authorizer.place));
        Ok(authorized)
    }

    /// The keys of a pool of the template, else those that were given or that the issuer publishes.
    async fn keys(
        &self,
        issuer: &str,
        http: &impl HttpIntegrations,
        trace: &mut Trace,
    ) -> Option<Arc<KeySet>> {
        if let Some(pool) = self.call.user_pools.iter().find(|pool| *pool.issuer == *issuer) {
            return Some(Arc::clone(&pool.keys));
        }
        self.call.issuer_keys.of(issuer, self.call.now_milliseconds, http, trace).await
    }

    fn refused(&self, why: TokenRefusal, method: &Method, trace: &mut Trace) -> Refusal {
        let place = self.authorizer.place;
        trace.note(match why {
            TokenRefusal::Expired => Fact::of(FactKind::UserPoolTokenExpired).at(place),
            TokenRefusal::Issuer | TokenRefusal::NotSigned => {
                Fact::of(FactKind::UserPoolTokenInvalid).at(place)
            }
            TokenRefusal::Scope => Fact::of(FactKind::UserPoolTokenScope).at(method.place),
            TokenRefusal::Use => Fact::of(FactKind::UserPoolTokenUse).at(method.place),
        });
        if why == TokenRefusal::Expired {
            let error = GatewayError::of(GatewayResponseType::Unauthorized).message(EXPIRED);
            return refuse(&error, Some((self.request, &[])));
        }
        unauthorized(self.request)
    }
}

/// What API Gateway says of a token that has expired.
const EXPIRED: &str = "The incoming token has expired";
