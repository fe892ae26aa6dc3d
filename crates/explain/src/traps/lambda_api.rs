//! Traps of Lambda's own API: keys of elsewhere, policies that allow one ARN and not the other, and circles.

use super::{Sign, Trap};
use crate::FactKind::{
    LambdaApiAccessKeyUnknown, LambdaApiFunctionUnknown, LambdaApiNotAllowed, LambdaApiSignatureDoesNotMatch,
    LambdaApiSignatureNotCurrent, LambdaApiSignatureUnreadable, RecursiveInvocation,
};
use Sign::{Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "lambda-api-keys",
        symptom: "UnrecognizedClientException: The security token included in the request is invalid, or InvalidSignatureException",
        signs: &[OneOf(&[
            LambdaApiAccessKeyUnknown,
            LambdaApiSignatureDoesNotMatch,
            LambdaApiSignatureNotCurrent,
            LambdaApiSignatureUnreadable,
        ])],
        cause: "The keys are those of a real account, or made up: here only the users and roles of the template have some. Or \
                the clock of the client is wrong, or it signs for another region.",
        fix: "eval \"$(frontgate credentials NAME)\" in the shell that runs the client; a role needs all three of them.",
        place_of: &[],
    },
    Trap {
        id: "lambda-api-not-allowed",
        symptom: "AccessDeniedException: not authorized to perform: lambda:InvokeFunction",
        signs: &[Noted(LambdaApiNotAllowed)],
        cause: "No policy allows lambda:InvokeFunction on the very ARN that the answer names. A version or alias has an ARN \
                of its own: FUNCTION:QUALIFIER, which a policy for FUNCTION does not match.",
        fix: "Allow lambda:InvokeFunction in a policy of the caller, on the ARN of the function and on FUNCTION:*.",
        place_of: &[LambdaApiNotAllowed],
    },
    Trap {
        id: "lambda-api-other-region",
        symptom: "ResourceNotFoundException: Function not found",
        signs: &[Noted(LambdaApiFunctionUnknown)],
        cause: "The ARN that the answer names is none of the template's: another name, another region than that of the \
                stack, or a version or alias that is not there.",
        fix: "Compare it with what `frontgate up` lists; set AWS_REGION to the region of the stack.",
        place_of: &[],
    },
    Trap {
        id: "lambda-recursion",
        symptom: "RecursiveInvocationException, or an event that is never run",
        signs: &[Noted(RecursiveInvocation)],
        cause: "One chain of requests came to the function 16 times, which Lambda counts in the trace header that SDKs pass on.",
        fix: "End the recursion in the code; RecursiveLoop: Allow lets it go on.",
        place_of: &[],
    },
];
