//! Traps of function URLs of type AWS_IAM: one 403 for a signature, a key and two permissions.

use super::{Sign, Trap};
use crate::FactKind::{
    AuthorizationDropped, FunctionUrlAccessKeyUnknown, FunctionUrlDenied, FunctionUrlNotAllowed,
    FunctionUrlSignatureDoesNotMatch, FunctionUrlSignatureNotCurrent, FunctionUrlSignatureUnreadable,
    FunctionUrlUnsigned,
};
use Sign::{Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "function-url-not-signed",
        symptom: "403 {\"Message\":\"Forbidden…\"} from a function URL",
        signs: &[Noted(FunctionUrlUnsigned)],
        cause: "The auth type of the function URL is AWS_IAM, and the request that arrives there carries no AWS signature. \
                CloudFront signs with an origin access control of type lambda only, and drops a viewer's Authorization from \
                GET and HEAD unless a policy forwards it.",
        fix: "Sign for the service lambda with the keys of a user or role (`frontgate credentials NAME`; curl has --aws-sigv4 \
              aws:amz:REGION:lambda), or give the origin an origin access control that signs.",
        place_of: &[AuthorizationDropped, FunctionUrlUnsigned],
    },
    Trap {
        id: "function-url-signature-mismatch",
        symptom: "403 from a function URL that says that the signature does not match",
        signs: &[Noted(FunctionUrlSignatureDoesNotMatch)],
        cause: "What the client signed is not what arrived: often the Host is that of a distribution instead of the URL's own, \
                the path or the query was changed on the way, or the body is not the one that was signed, which Lambda \
                always checks.",
        fix: "Sign for the Host of the function URL, for the path and query that it gets, with the SHA-256 of the body.",
        place_of: &[FunctionUrlSignatureDoesNotMatch],
    },
    Trap {
        id: "function-url-key-or-time",
        symptom: "403 from a function URL about a security token, a credential scope or an expired signature",
        signs: &[OneOf(&[
            FunctionUrlAccessKeyUnknown,
            FunctionUrlSignatureNotCurrent,
            FunctionUrlSignatureUnreadable,
        ])],
        cause: "The access key is not one of this machine, its session token is missing, the scope names another service than \
                lambda, another region or day, or the clock of the client is wrong.",
        fix: "Use the keys that `frontgate credentials NAME` prints, all three of them for a role, and sign for lambda in the \
              region of the function with the right time.",
        place_of: &[],
    },
    Trap {
        id: "function-url-not-allowed",
        symptom: "403 {\"Message\":\"Forbidden…\"} from a function URL although the signature is right",
        signs: &[OneOf(&[FunctionUrlDenied, FunctionUrlNotAllowed])],
        cause: "Neither a policy of the caller nor the resource policy of the function allows lambda:InvokeFunctionUrl to it, or \
                a policy denies it.",
        fix: "Allow lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function in a policy of the caller, or add an \
              AWS::Lambda::Permission for each with the caller as Principal and FunctionUrlAuthType: AWS_IAM.",
        place_of: &[FunctionUrlDenied, FunctionUrlNotAllowed],
    },
];
