//! Traps of the authorizers of REST APIs.

use super::{Sign, Trap};
use crate::FactKind::{
    AuthorizationDropped, AuthorizerAnswerInvalid, AuthorizerDenies, AuthorizerDoesNotAllow,
    AuthorizerFailed, AuthorizerIdentityMissing, AuthorizerKept, AuthorizerPermissionMissing,
    AuthorizerTimedOut, UserPoolTokenScope, UserPoolTokenUse,
};
use Sign::{Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "authorizer-cache-policy-scope",
        symptom: "403 {\"Message\":\"User is not authorized to access this resource\"} on the second request, and the first was let in",
        signs: &[Noted(AuthorizerKept), OneOf(&[AuthorizerDoesNotAllow, AuthorizerDenies])],
        cause: "The policy that the authorizer's function returned for another method is kept for the same token, and used for \
                all methods of the stage. It names one method only, such as event.methodArn.",
        fix: "Return a policy for everything that the caller may call, such as arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/*/*; \
              the one that is kept still counts for this token until its time is over. Or keep nothing: \
              AuthorizerResultTtlInSeconds: 0, and deploy the API again.",
        place_of: &[AuthorizerDoesNotAllow, AuthorizerDenies],
    },
    Trap {
        id: "authorizer-null-message",
        symptom: "500 {\"message\":null}",
        signs: &[OneOf(&[
            AuthorizerAnswerInvalid,
            AuthorizerFailed,
            AuthorizerPermissionMissing,
            AuthorizerTimedOut,
        ])],
        cause: "The authorizer gave no answer: its function may not be called, failed, or returned something else than principalId, \
                policyDocument and a context of texts, numbers and booleans.",
        fix: "Read the log of the function. To answer 401, fail with the very word Unauthorized; to answer 403, return a policy \
              that denies; a permission of the function names …/authorizers/ID as its source.",
        place_of: &[
            AuthorizerAnswerInvalid,
            AuthorizerFailed,
            AuthorizerPermissionMissing,
            AuthorizerTimedOut,
        ],
    },
    Trap {
        id: "authorizer-never-asked",
        symptom: "401 {\"message\":\"Unauthorized\"} behind CloudFront, though the client sends its token",
        signs: &[Noted(AuthorizerIdentityMissing), Noted(AuthorizationDropped)],
        cause: "CloudFront removes Authorization from GET and HEAD requests unless a policy forwards it, so the authorizer has \
                nothing to know the caller by and is not asked.",
        fix: "Use Managed-AllViewerExceptHostHeader with Managed-CachingDisabled, or a cache policy that names Authorization.",
        place_of: &[AuthorizationDropped],
    },
    Trap {
        id: "wrong-token-of-user-pool",
        symptom: "401 {\"message\":\"Unauthorized\"} with a token that has just been issued",
        signs: &[OneOf(&[UserPoolTokenScope, UserPoolTokenUse])],
        cause: "A method without AuthorizationScopes wants the identity token of the user pool; one with scopes wants an access \
                token that has one of them.",
        fix: "Send the other token, or change AuthorizationScopes of the method.",
        place_of: &[UserPoolTokenScope, UserPoolTokenUse],
    },
];
