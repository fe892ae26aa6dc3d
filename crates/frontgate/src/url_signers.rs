//! May somebody who signed ask a function URL of type `AWS_IAM`?
//!
//! Since October 2025 that takes two permissions, each from a policy of the caller or from the function's:
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>.

use frontgate_gateway::{FunctionUrl, KeyedRequest, UrlPermission, UrlSigner, borrowed};
use frontgate_iam::{AttachedPolicy, Basis, Judgement, Outcome, Request, judge, principal};
use frontgate_snapshot::Function;

/// Whether the signer may ask the URL of that function.
pub fn permission(
    function: &Function,
    url: &FunctionUrl,
    signer: &UrlSigner<'_>,
    keyed: &KeyedRequest<'_>,
) -> UrlPermission {
    let keys = keyed.keys();
    let of_url = vec![
        ("lambda:FunctionUrlAuthType", url.auth_type.as_str()),
        ("lambda:InvokedViaFunctionUrl", "true"),
    ];
    let of_caller = signer.identity.caller_keys(&signer.caller.caller_id);
    let context = [of_caller, borrowed(&keys), of_url].concat();
    let judged = |action| {
        let request = Request {
            principal: principal(signer.identity, &signer.caller.user_arn),
            action,
            resource: &url.function_arn,
            context: &context,
        };
        judged(function, signer, &request)
    };
    let (of_url, of_function) = (judged("lambda:InvokeFunctionUrl"), judged("lambda:InvokeFunction"));
    match (of_url.outcome, of_function.outcome) {
        (Outcome::ExplicitDeny, _) => UrlPermission::Denied(of_url.place),
        (_, Outcome::ExplicitDeny) => UrlPermission::Denied(of_function.place),
        (Outcome::ImplicitDeny, _) => UrlPermission::NotAllowed(of_url.place),
        (Outcome::Allow, Outcome::ImplicitDeny) => UrlPermission::InvokeFunctionMissing(function.place),
        (Outcome::Allow, Outcome::Allow) => UrlPermission::Allowed(of_url.place),
    }
}

/// The policies of the caller first, then each statement of the function's.
fn judged(function: &Function, signer: &UrlSigner<'_>, request: &Request<'_>) -> Judgement {
    let own = judge(signer.identity, None, request);
    if let Some(place) = function.denial(request).filter(|_| own.outcome != Outcome::ExplicitDeny) {
        return Judgement { outcome: Outcome::ExplicitDeny, basis: Basis::Resource, place };
    }
    if own.outcome != Outcome::ImplicitDeny {
        return own;
    }
    let statements = function.permissions.iter().map(|statement| AttachedPolicy {
        name: function.name.clone(),
        policy: statement.policy.clone(),
        place: statement.place,
    });
    let with = |statement: AttachedPolicy| judge(signer.identity, Some(&statement), request);
    statements.map(with).find(|judgement| judgement.outcome == Outcome::Allow).unwrap_or(own)
}
