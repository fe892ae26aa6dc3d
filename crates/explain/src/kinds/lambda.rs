//! Facts of Lambda.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    FunctionInvoked "lambda.invoked"
        "Lambda invokes {place}."
        Documented("lambda-runtime-environment");
    FunctionNotFound "lambda.not-found"
        "The function has no such version or alias."
        Recorded("Function not found: arn:aws:lambda:us-east-1:000000000000:function:name:qualifier");
    AliasOfLatest "lambda.alias-of-latest"
        "The alias stands for $LATEST, the function as it is in the template: {place}."
        Documented("configuration-aliases");
    AliasOfVersion "lambda.alias-of-version"
        "The alias stands for version {value}: {place}."
        Documented("configuration-aliases");
    AliasWeight "lambda.alias-weight"
        "The alias sends a share of the calls to version {value}, and chance chose it for this one: {place}."
        Documented("configuring-alias-routing");
    FunctionVersionOutdated "lambda.version-outdated"
        "The version runs the code and the settings that it was published with, and the function has others by now: {place}."
        Documented("configuration-versions");
    FunctionQueued "lambda.queued"
        "The invocation waited {value} ms for a process: as many as there may be were busy, or starting."
        Inferred("a bound of this machine; AWS starts another execution environment");
    ColdStart "lambda.cold-start"
        "A new execution environment was started in {value} ms."
        Documented("lambda-runtime-environment");
    WarmStart "lambda.warm-start"
        "A warm execution environment answered."
        Documented("lambda-runtime-environment");
    FunctionReturned "lambda.returned"
        "The function returned after {value} ms."
        Documented("runtimes-api");
    FunctionFailed "lambda.failed"
        "The function raised an error after {value} ms."
        Documented("runtimes-api");
    FunctionTimedOut "lambda.timed-out"
        "The function ran into its timeout of {value} s: {place}."
        Recorded("Sandbox.Timedout");
    FunctionExited "lambda.exited"
        "The process of the function ended before it answered."
        Recorded("Runtime.ExitError");
    FunctionOutOfDisk "lambda.out-of-disk"
        "The function wrote more than the {value} MB of its /tmp and was killed: {place}."
        Inferred("on AWS the write fails with ENOSPC; here the folder is measured");
    FunctionOutOfMemory "lambda.out-of-memory"
        "The process of the function had more than {value} MB of memory and was killed: {place}."
        Inferred("Runtime.OutOfMemory; measured every 100 ms here, enforced by the system on AWS");
    FunctionOutOfProcesses "lambda.out-of-processes"
        "The function had more than {value} processes and threads and was killed: {place}."
        Inferred("gettingstarted-limits has the number; on AWS the start of another one fails with EAGAIN");
    FunctionResponseTooLarge "lambda.response-too-large"
        "The function returned {value} bytes, more than a response may have."
        Documented("gettingstarted-limits");
    FunctionInitFailed "lambda.init-failed"
        "The function could not be initialized."
        Documented("lambda-runtime-environment");
    FunctionThrottled "lambda.throttled"
        "The concurrency limit is reached: {place}."
        Recorded("Rate Exceeded.");
    FunctionUrlAsked "lambda.url"
        "The request goes to {place}."
        Documented("urls-invocation");
    FunctionUrlUnknown "lambda.url-unknown"
        "No function URL has this Host: 403 with Message null."
        Recorded("test_lambda_url_non_existing_url");
    FunctionUrlHttpRefused "lambda.url-http-refused"
        "A function URL answers https only: {place}."
        Documented("urls-invocation");
    FunctionUrlPreflight "lambda.url-preflight"
        "The URL answers the preflight by itself; the function is not asked: {place}."
        Documented("urls-configuration");
    FunctionUrlCors "lambda.url-cors"
        "The URL adds its CORS headers beside those of the function: {place}."
        Documented("urls-configuration");
    FunctionUrlUnsigned "lambda.url-unsigned"
        "The auth type of {place} is AWS_IAM and nobody signed: 403."
        Documented("urls-auth");
    FunctionUrlPayloadUnsigned "lambda.url-payload-unsigned"
        "CloudFront signs the hash of the body that the viewer sends in x-amz-content-sha256, and there is none, or a \
         wrong one: 403 at {place}."
        Documented("private-content-restricting-access-to-lambda");
    FunctionUrlPayloadBroken "lambda.url-payload-broken"
        "The body of the request broke off or is malformed, so the function is not called."
        Inferred("a payload that cannot be read is a bad request");
    FunctionUrlPayloadTooLarge "lambda.url-payload-too-large"
        "The body of the request is larger than 6 MB: 413."
        Documented("gettingstarted-limits");
    FunctionUrlAllowed "lambda.url-permission"
        "The function's resource policy allows it: {place}."
        Documented("urls-auth");
    FunctionUrlForbidden "lambda.url-permission-missing"
        "No permission for lambda:InvokeFunctionUrl lets this caller ask {place}: 403."
        Recorded("test_lambda_permission_url_invocation");
    FunctionUrlInvokeForbidden "lambda.url-invoke-permission-missing"
        "lambda:InvokeFunctionUrl is allowed, but lambda:InvokeFunction is not, which URLs need since October 2025: 403 at \
         {place}."
        Documented("urls-auth");
    FunctionUrlAnswered "lambda.url-answered"
        "The function answered with status {value}."
        Documented("urls-invocation");
    FunctionUrlMalformedResponse "lambda.url-malformed-response"
        "The function returned something that is no answer (no JSON, a statusCode outside of 200 to 599, a header that HTTP cannot \
         carry, or a body that is no base64 where isBase64Encoded says so): 502 of {place}."
        Documented("urls-invocation");
    FunctionUrlFunctionFailed "lambda.url-function-error"
        "The function failed: 502 of {place}."
        Recorded("test_lambda_url_invocation_exception");
    FunctionUrlUnavailable "lambda.url-unavailable"
        "The function of {place} could not be invoked: 502."
        Inferred("a function that cannot be run fails");
}
