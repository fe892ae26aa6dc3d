//! Traps of methods that want AWS signatures: one 403 for a signature, a key and a policy.

use super::{Sign, Trap};
use crate::FactKind::{
    AccessKeyUnknown, AuthorizationDropped, FunctionUrlSessionEnded, HttpApiSessionEnded, InvokeDenied,
    InvokeNotAllowed, InvokeNotAllowedByResourcePolicy, LambdaApiSessionEnded, RequestNotSigned,
    S3SessionEnded, SessionEnded, SignatureBehindTheEdge, SignatureDoesNotMatch, SignatureNotCurrent,
    SignatureUnreadable,
};
use Sign::{NoneOf, Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "iam-signature-stripped",
        symptom: "403 {\"message\":\"Missing Authentication Token\"} behind CloudFront, though the client signs",
        signs: &[Noted(RequestNotSigned), Noted(AuthorizationDropped)],
        cause: "CloudFront removes Authorization from GET and HEAD requests unless a policy forwards it.",
        fix: "Use Managed-AllViewerExceptHostHeader with Managed-CachingDisabled: it forwards Authorization, X-Amz-Date and \
              X-Amz-Security-Token, too.",
        place_of: &[AuthorizationDropped],
    },
    Trap {
        id: "iam-not-signed",
        symptom: "403 {\"message\":\"Missing Authentication Token\"} on a path that is right",
        signs: &[Noted(RequestNotSigned), NoneOf(&[AuthorizationDropped])],
        cause: "The method has AuthorizationType AWS_IAM, and the request carries no AWS signature.",
        fix: "Sign it for the service execute-api with the keys of a user or role: `frontgate credentials NAME` prints them; \
              curl has --aws-sigv4 aws:amz:REGION:execute-api.",
        place_of: &[RequestNotSigned],
    },
    Trap {
        id: "iam-sign-wrong-host",
        symptom: "403 that says that the signature does not match, behind CloudFront",
        signs: &[Noted(SignatureDoesNotMatch), Noted(SignatureBehindTheEdge)],
        cause: "A signature covers the Host and the path. API Gateway checks it for the Host and the path that CloudFront \
                sends: the execute-api name and the path with the origin path before it.",
        fix: "Sign for the execute-api name and the path with the stage, and send the request to the distribution. Or give \
              the API a regional custom domain with the name of the distribution, forward Host, and take OriginPath from \
              the origin.",
        place_of: &[SignatureBehindTheEdge],
    },
    Trap {
        id: "iam-signature-mismatch",
        symptom: "403 that says that the signature does not match",
        signs: &[Noted(SignatureDoesNotMatch), NoneOf(&[SignatureBehindTheEdge])],
        cause: "What the client signed is not what arrived, or the secret is another one: often the stage is missing in the \
                path, the query or the body was changed after signing, or a proxy changed a signed header.",
        fix: "Compare the canonical request of the answer line by line with the client's own.",
        place_of: &[],
    },
    Trap {
        id: "iam-key-or-time",
        symptom: "403 about a security token, a credential scope or an expired signature",
        signs: &[OneOf(&[AccessKeyUnknown, SignatureNotCurrent, SignatureUnreadable])],
        cause: "The access key is not one of this machine, its session token is missing, the scope names another service, \
                region or day, or the clock of the client is wrong.",
        fix: "Use the keys that `frontgate credentials NAME` prints, all three of them for a role, and sign for execute-api \
              in the region of the API with the right time.",
        place_of: &[],
    },
    Trap {
        id: "iam-session-ended",
        symptom: "403 ExpiredTokenException or 400 ExpiredToken: it worked before",
        signs: &[OneOf(&[
            FunctionUrlSessionEnded,
            HttpApiSessionEnded,
            LambdaApiSessionEnded,
            S3SessionEnded,
            SessionEnded,
        ])],
        cause: "The credentials are those of a session of a role, and it is over: sessions last an hour unless they are opened for \
                another time. A shell, or a file, that keeps them keeps them too long.",
        fix: "Open another with `frontgate credentials NAME`; a profile with credential_process = frontgate credentials NAME \
              --json asks again by itself. --duration-seconds up to the role's MaxSessionDuration makes them last longer.",
        place_of: &[],
    },
    Trap {
        id: "iam-not-allowed",
        symptom: "403 {\"Message\":\"User: … is not authorized to perform: execute-api:Invoke …\"}",
        signs: &[OneOf(&[InvokeDenied, InvokeNotAllowed, InvokeNotAllowedByResourcePolicy])],
        cause: "The signature is right, but no policy lets this caller call this method, or one denies it. The resource of \
                the policy must cover arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH.",
        fix: "Allow execute-api:Invoke on that ARN in a policy of the caller, or in the API's resource policy, and deploy the \
              API again; with a resource policy, methods without authorization need an allow in it, too.",
        place_of: &[InvokeDenied, InvokeNotAllowedByResourcePolicy, InvokeNotAllowed],
    },
];
