//! Facts of API Gateway.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    HostNotMapped "gateway.host-not-mapped"
        "API Gateway finds no API for this Host: 403 Forbidden."
        Recorded("403 Forbidden with a foreign Host");
    StageUnknown "gateway.stage-unknown"
        "The first path segment is no stage of {place}: 403 Forbidden."
        Recorded("ForbiddenException without the stage");
    StageFound "gateway.stage"
        "The path begins with {place}."
        Documented("how-to-call-api");
    EdgeEndpoint "gateway.edge-endpoint"
        "The request went through the CloudFront distribution that API Gateway has in front of {place}: it is edge-optimized."
        Documented("api-gateway-api-endpoint-types");
    RouteNotFound "gateway.route-not-found"
        "No resource of {place} matches the path and the method: 403 Missing Authentication Token."
        Recorded("test_routing_not_found");
    StageDoubled "gateway.stage-doubled"
        "The path after the stage begins with the name of the stage again."
        Inferred("a doubled stage leaves a path that no resource has");
    GreedyMissesRoot "gateway.greedy-misses-root"
        "The path is just above {place}, whose greedy parameter needs at least one character."
        Documented("api-gateway-set-up-simple-proxy");
    RouteWithoutPrefix "gateway.route-without-prefix"
        "Without what stands before it the path would go to {place}."
        Inferred("the prefix of a path pattern reaches the API");
    AuthorizationParsed "gateway.authorization-parsed"
        "No route matches and there is an Authorization header, so it was read as a signature."
        Recorded("IncompleteSignatureException on a missing route");
    RouteMatched "gateway.route"
        "The request goes to {place}."
        Documented("api-gateway-develop-routes");
    RequestNotSigned "gateway.not-signed"
        "{place} wants a signature (AWS_IAM) and the request has none: 403 Missing Authentication Token."
        Recorded("apigateway.md §4: an AWS_IAM method without Authorization");
    SignatureUnreadable "gateway.signature-unreadable"
        "The signature lacks parts, or is for another service, region or day: 403. The message says which."
        Recorded("apigateway.md §4");
    SignatureNotCurrent "gateway.signature-not-current"
        "The signature is more than 15 minutes from the time here: 403."
        Recorded("apigateway.md §4");
    SignatureDoesNotMatch "gateway.signature-mismatch"
        "The signature is not that of this request: 403. The message shows what should have been signed; compare it line by line with what the client signed: method, path with the stage, query, host, body."
        Recorded("apigateway.md §4");
    SignatureBehindTheEdge "gateway.signature-behind-the-edge"
        "The request came through CloudFront: what counts is the Host and the path that {place} gets, so sign for the execute-api name and the path with the stage, and send it to the distribution."
        Inferred("a signature covers Host and path");
    AccessKeyUnknown "gateway.access-key-unknown"
        "The access key or its session token is nobody's here: 403. `frontgate credentials NAME` prints those of a user or role of the template."
        Recorded("apigateway.md §4");
    SessionEnded "gateway.session-ended"
        "The session of the role ended at {time}: 403 ExpiredTokenException. `frontgate credentials NAME` opens another; a longer one with --duration-seconds."
        Recorded("apigateway.md §4: EXPIRED_TOKEN");
    SignatureValid "gateway.signature"
        "The request is signed by {place}."
        Documented("reference_sigv-create-signed-request");
    InvokeAllowed "gateway.invoke-allowed"
        "The method may be called: {place} allows execute-api:Invoke on it."
        Documented("apigateway-authorization-flow");
    InvokeDenied "gateway.invoke-denied"
        "{place} denies execute-api:Invoke on this method: 403."
        Documented("apigateway-authorization-flow");
    InvokeNotAllowed "gateway.invoke-not-allowed"
        "No policy of {place} allows execute-api:Invoke on this method, and no resource policy does: 403."
        Documented("apigateway-authorization-flow");
    InvokeNotAllowedByResourcePolicy "gateway.invoke-not-allowed-by-resource-policy"
        "{place} allows nobody like this caller execute-api:Invoke on this method, and what it does not allow it denies: 403."
        Documented("apigateway-authorization-flow");
    RequiredParameterMissing "gateway.required-parameter-missing"
        "{place} demands parameters, and its request validator misses {value} of them: 400, and no backend was asked."
        Recorded("test_api_gateway_request_validator");
    BodyDescribed "gateway.body-described"
        "The body is what {place} describes."
        Documented("api-gateway-method-request-validation");
    BodyNotChecked "gateway.body-not-checked"
        "The request validator of {place} checks bodies, and no model is for this Content-Type: the body passes unchecked."
        Documented("api-gateway-method-request-validation");
    BodyNotDescribed "gateway.body-not-described"
        "The body is not what {place} describes: 400, and no backend was asked. Faults on the first level that has any: {value}. $context.error.validationErrorString of a gateway response BAD_REQUEST_BODY tells them."
        Recorded("test_api_gateway_request_validator");
    BodyViolates "gateway.body-violates"
        "The body does not have what {place} asks for."
        Documented("models-mappings-models");
    BodyNoJson "gateway.body-no-json"
        "The body is missing or no JSON, so that it is not what {place} describes: 400, and no backend was asked."
        Recorded("Unknown error parsing request body");
    BodyBeyondLimit "gateway.body-beyond-limit"
        "Comparing the body with {place} goes beyond a limit: 400. Its schemas lead into each other without end, or have too many choices."
        Inferred("a schema that refers to itself for the same value has no answer");
    IntegrationMock "gateway.mock"
        "The MOCK integration answers by itself: {place}."
        Documented("how-to-mock-integration");
    MockNoStatusCode "gateway.mock-no-status"
        "The request template of {place} yields no integer statusCode: 500."
        Recorded("Unable to parse statusCode");
    NoIntegrationResponse "gateway.no-integration-response"
        "No integration response of {place} matches: 500."
        Recorded("No match for output mapping and no default endpoint response configured");
    IntegrationLambda "gateway.lambda-proxy"
        "The Lambda proxy integration calls {place}."
        Documented("set-up-lambda-proxy-integrations");
    IntegrationHttp "gateway.http"
        "The HTTP integration calls {place}."
        Documented("api-gateway-set-up-http-integrations");
    IntegrationMethodNotPost "gateway.integration-method"
        "The integration method of {place} is not POST, which Lambda demands: 500."
        Recorded("test_lambda_aws_proxy_integration_non_post_method");
    LambdaPermissionFound "gateway.permission"
        "The function may be called: {place}."
        Documented("access-control-resource-based");
    LambdaPermissionMissing "gateway.permission-missing"
        "No Lambda permission lets API Gateway call {place}: 500 Internal server error."
        Recorded("Invalid permissions on Lambda function");
    MalformedProxyResponse "gateway.malformed-proxy-response"
        "The function returned something that is no proxy response (an object with a statusCode of 200 to 599, headers, \
         multiValueHeaders, a text as its body, isBase64Encoded and nothing else): 502."
        Recorded("test_aws_proxy_response_payload_format_validation");
    FunctionErrorToBadGateway "gateway.function-error"
        "The function failed: 502."
        Recorded("502 on an unhandled error");
    IntegrationTimedOut "gateway.integration-timed-out"
        "The integration did not answer within {value} ms: 504."
        Documented("api-gateway-execution-service-limits-table");
    IntegrationAnswered "gateway.integration-answered"
        "The integration answered with status {value}."
        Documented("set-up-lambda-proxy-integrations");
    BinaryDecoded "gateway.binary-decoded"
        "The base64 body was decoded to bytes: {place}."
        Documented("api-gateway-known-issues");
    BinaryNotDecoded "gateway.binary-not-decoded"
        "The body is base64 text: no binary media type matches the first Accept type."
        Recorded("isBase64Encoded without a match");
    PayloadBroken "gateway.payload-broken"
        "The body of the request broke off, or is not what its Transfer-Encoding or Content-Encoding says: 400, and no \
         integration is called."
        Inferred("a payload that cannot be read is a bad request");
    PayloadTooLarge "gateway.payload-too-large"
        "The body is larger than 10485760 bytes: 413."
        Documented("api-gateway-known-issues");
    GatewayHttpRefused "gateway.http-refused"
        "API Gateway answers https only."
        Documented("api-gateway-faqs");
    ExecuteApiDisabled "gateway.execute-api-disabled"
        "The execute-api name of {place} is disabled: 403 Forbidden."
        Documented("rest-api-disable-default-endpoint");
    QueryNotEncoded "gateway.query-not-encoded"
        "The query string has a |, { or } that is not percent-encoded: 400."
        Documented("api-gateway-known-issues");
    MethodOverridden "gateway.method-overridden"
        "X-HTTP-Method-Override replaced the method."
        Documented("api-gateway-known-issues");
    BodyNotText "gateway.body-not-text"
        "The request body is no UTF-8 text and its Content-Type is no binary media type: the function gets it damaged."
        Inferred("payloads are text unless a binary media type matches");
    UnsupportedMediaType "gateway.unsupported-media-type"
        "No request template of {place} has this Content-Type, and the passthrough behavior forbids it: 415."
        Documented("integration-passthrough-behaviors");
    TemplateFailed "gateway.template-failed"
        "The mapping template of {place} could not be run: {value}."
        Documented("models-mappings");
    TemplateLimit "gateway.template-limit"
        "A mapping template of {place} goes beyond a limit, such as 1,000 elements in a #foreach, 10 MB of text or a million steps: {value}."
        Documented("api-gateway-execution-service-limits-table");
    TemplateThrew "gateway.template-threw"
        "Line {value} of a mapping template of {place} throws an exception, as an element that a list does not have or a text that is no number does: 500."
        Inferred("no page says what an exception in a template answers");
    FunctionUnavailable "gateway.function-unavailable"
        "The function of {place} could not be invoked: 500."
        Recorded("a throttled function");
    HttpIntegrationFailed "gateway.http-failed"
        "The HTTP backend of {place} gave no answer: {value}."
        Documented("supported-gateway-response-types");
    GatewayErrorWithoutCors "gateway.error-without-cors"
        "The error goes to a page of another site without Access-Control-Allow-Origin: {place} sets none."
        Documented("how-to-cors");
}
