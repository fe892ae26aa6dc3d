//! Facts of Lambda's own API, and of events that nobody waits for.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    LambdaApiAsked "lambda.api"
        "Lambda's API is asked."
        Documented("API_Operations");
    LambdaApiHttpRefused "lambda.api-http-refused"
        "Lambda's API answers https only: the origin {place} cannot be connected to."
        Documented("API reference: endpoints-service lambda-service");
    LambdaApiOperationUnknown "lambda.api-operation-unknown"
        "No operation of Lambda's API has this method and path: 403."
        Recorded("Unable to determine service/operation name to be authorized");
    LambdaApiOperationNotRun "lambda.api-operation-not-run"
        "Of Lambda's API only the operations that invoke run here: 501."
        Inferred("functions come from the template");
    LambdaApiUnsigned "lambda.api-unsigned"
        "Nobody signed the request: 403 Missing Authentication Token."
        Recorded("answers of AWS's JSON services");
    LambdaApiSignatureUnreadable "lambda.api-signature-unreadable"
        "The signature lacks parts, or is for another service, region or day: 403. The message says which."
        Recorded("answers of AWS's JSON services");
    LambdaApiSignatureNotCurrent "lambda.api-signature-not-current"
        "The signature is more than 15 minutes from the time here: 403."
        Recorded("answers of AWS's JSON services");
    LambdaApiSignatureDoesNotMatch "lambda.api-signature-mismatch"
        "The signature is not that of this request: 403. The secret is another one, or the request was changed on its way."
        Recorded("answers of AWS's JSON services");
    LambdaApiAccessKeyUnknown "lambda.api-access-key-unknown"
        "The access key or its session token is nobody's here: 403. `frontgate credentials NAME` prints those of a user or role \
         of the template."
        Recorded("answers of AWS's JSON services");
    LambdaApiSessionEnded "lambda.api-session-ended"
        "The session of the role ended at {time}: 403 ExpiredTokenException. `frontgate credentials NAME` opens another; a longer one with --duration-seconds."
        Recorded("answers of Lambda that users quote");
    LambdaApiSigned "lambda.api-signature"
        "The request is signed by {place}."
        Documented("API_Invoke");
    LambdaApiAllowed "lambda.api-allowed"
        "lambda:InvokeFunction is allowed: {place}."
        Documented("security_iam_service-with-iam");
    LambdaApiDenied "lambda.api-denied"
        "{place} denies lambda:InvokeFunction on this function: 403."
        Documented("security_iam_service-with-iam");
    LambdaApiNotAllowed "lambda.api-not-allowed"
        "No policy of {place} allows lambda:InvokeFunction on this function, and no permission of the function does: 403."
        Recorded("no identity-based policy allows the lambda:InvokeFunction action");
    LambdaApiFunctionUnknown "lambda.api-function-unknown"
        "There is no such function, or it has no such version or alias: 404."
        Recorded("Function not found");
    LambdaApiRequestInvalid "lambda.api-request-invalid"
        "The request is none that Invoke takes: {value}. The message says why."
        Recorded("test_invalid_invoke");
    LambdaApiDryRun "lambda.api-dry-run"
        "A dry run: {place} could be invoked, and is not."
        Documented("API_Invoke");
    LambdaApiUnavailable "lambda.api-unavailable"
        "The function could not be run: 500."
        Inferred("ServiceException");
    RecursiveInvocation "lambda.recursive"
        "One chain of requests came to this function {value} times, and Lambda takes that for a circle."
        Documented("invocation-recursion");
    EventAccepted "lambda.event-accepted"
        "The event waits in Lambda's queue for {place}; the log of the function tells what becomes of it."
        Documented("invocation-async");
    EventNotAccepted "lambda.event-not-accepted"
        "Lambda's queue is full here, with {value} events or with their bytes."
        Inferred("a bound of this machine");
}
