//! May a caller demand a new answer: does a policy allow `execute-api:InvalidateCache`?
//!
//! The developer guide speaks of the policies of users and roles. That the policy of an authorizer's answer and the resource
//! policy count in the same way is inferred.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html>

use frontgate_gateway_rules::RequestContext;
use frontgate_gateway_rules::authorization::method_arn;
use frontgate_gateway_rules::stage_cache::INVALIDATE;
use frontgate_iam::{Outcome, Principal, Request, evaluate, judge, principal};

use crate::Call;
use crate::authorize::{Admitted, context};
use crate::request_keys::borrowed;

/// Whether the caller is allowed to.
pub fn is_allowed(call: &Call<'_>, request: &RequestContext<'_>, admitted: &Admitted) -> bool {
    let arn = method_arn(request);
    let policy = request.release.deployment.policy.as_ref();
    let outcome = match admitted {
        Admitted::Signer(caller) => {
            let Some((identity, _)) = call.identities.of_access_key(&caller.access_key) else { return false };
            let keys = context(call, request, Some((identity, &caller.caller_id)));
            let asked = Request {
                principal: principal(identity, &caller.user_arn),
                action: INVALIDATE,
                resource: &arn,
                context: &borrowed(&keys),
            };
            judge(identity, policy, &asked).outcome
        }
        Admitted::Authorized { answer: Some(answer), .. } => {
            let keys = context(call, request, None);
            answer.decide(INVALIDATE, &arn, &borrowed(&keys), policy)
        }
        Admitted::Anonymous | Admitted::Authorized { answer: None, .. } => {
            let Some(policy) = policy else { return false };
            let keys = context(call, request, None);
            let asked = Request {
                principal: Principal::Anonymous,
                action: INVALIDATE,
                resource: &arn,
                context: &borrowed(&keys),
            };
            evaluate(&policy.policy, &asked).outcome
        }
    };
    outcome == Outcome::Allow
}
