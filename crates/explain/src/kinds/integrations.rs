//! Facts of integrations of type AWS, of their credentials, and of payloads that are converted.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    IntegrationLambdaCustom "gateway.lambda-custom"
        "The Lambda integration calls {place} with what the request template makes."
        Documented("set-up-lambda-custom-integrations");
    StageNamesNoFunction "gateway.stage-names-no-function"
        "The variables of the stage make no function's ARN of the URI of {place}: 500."
        Documented("aws-api-gateway-stage-variables-reference");
    EventNotJson "gateway.event-not-json"
        "What {place} is to send to the function is no JSON: 400."
        Recorded("Could not parse request body into json");
    FunctionCalledAsEvent "gateway.function-called-as-event"
        "The X-Amz-Invocation-Type of {place} is Event: the function runs, and nobody waits for what it returns."
        Documented("set-up-lambda-integration-async");
    InvocationTypeUnknown "gateway.invocation-type-unknown"
        "Lambda does not know the X-Amz-Invocation-Type of {place}, which is Event, RequestResponse or DryRun."
        Documented("API_Invoke");
    FunctionErrorNotSelected "gateway.function-error-not-selected"
        "The function failed, and no selectionPattern of {place} matches the whole of its errorMessage: the answer is the default one, {value}."
        Recorded("test_lambda_selection_patterns");
    IntegrationS3 "gateway.s3"
        "The integration asks S3: {place}."
        Documented("integrating-api-with-aws-services-s3");
    IntegrationAllowed "gateway.integration-allowed"
        "The credentials of the integration allow the call: {place}."
        Documented("permissions");
    IntegrationNotAllowed "gateway.integration-not-allowed"
        "{place} does not allow lambda:InvokeFunction, which the integration does with its credentials: 500."
        Documented("permissions");
    IntegrationRoleUnknown "gateway.integration-role-unknown"
        "The credentials of {place} are no role of the template: 500."
        Documented("permissions");
    IntegrationRoleNotAssumed "gateway.integration-role-not-assumed"
        "{place} does not let apigateway.amazonaws.com assume it: 500."
        Documented("permissions");
    IntegrationCallerUnknown "gateway.integration-caller-unknown"
        "{place} is called with the credentials of the caller, and the method does not ask for a signature: 500."
        Documented("permissions");
    PayloadNotBase64 "gateway.payload-not-base64"
        "The payload is to be decoded to bytes and is no base64: 500. It is decoded for {place}, either by contentHandling or because the first Accept type is a binary media type."
        Inferred("the pages name no answer to a payload that cannot be converted");
}
