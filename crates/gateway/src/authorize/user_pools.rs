//! Lets the holders of tokens of user pools in.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::authorizer::{Authorized, Authorizer, TokenRefusal, UserPool, check_token};
use frontgate_gateway_rules::{GatewayError, GatewayResponseType, Method, RequestContext};

use super::unauthorized;
use crate::Call;
use crate::answer::{Refusal, refuse};

/// The user pools of an authorizer.
pub struct Pools<'a> {
    /// The call.
    pub call: &'a Call<'a>,
    /// The request.
    pub request: &'a RequestContext<'a>,
    /// The authorizer.
    pub authorizer: &'a Authorizer,
    /// The ARNs of its pools.
    pub pool_arns: &'a [Box<str>],
}

impl Pools<'_> {
    /// Checks the token, the one value of `identity`.
    pub fn check(
        &self,
        identity: &[String],
        scopes: &[Box<str>],
        method: &Method,
        trace: &mut Trace,
    ) -> Result<Authorized, Refusal> {
        let pools: Vec<&UserPool> =
            self.call.user_pools.iter().filter(|pool| self.pool_arns.contains(&pool.arn)).collect();
        let token = identity.first().map_or("", String::as_str);
        match check_token(token, &pools, scopes, self.call.now_milliseconds / 1000) {
            Ok(authorized) => {
                trace.note(Fact::of(FactKind::UserPoolTokenValid).at(self.authorizer.place));
                Ok(authorized)
            }
            Err(why) => {
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
                    let error = GatewayError::of(GatewayResponseType::Unauthorized);
                    return Err(refuse(&error.message(EXPIRED), Some((self.request, &[]))));
                }
                Err(unauthorized(self.request))
            }
        }
    }
}

/// What API Gateway says of a token that has expired.
const EXPIRED: &str = "The incoming token has expired";
