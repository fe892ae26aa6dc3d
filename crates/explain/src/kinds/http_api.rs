//! Facts of HTTP APIs.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    HttpApiStage "gateway.http-stage"
        "The HTTP API answers at {place}."
        Documented("http-api-develop-routes");
    HttpApiHeadersTooLarge "gateway.http-headers-too-large"
        "The request line and the values of the header fields have {value} bytes, more than 10,240: 431."
        Documented("http-api-quotas");
    HttpApiStageMissing "gateway.http-stage-missing"
        "The path begins with no stage of {place}, which has no $default stage: 404 Not Found."
        Documented("http-api-develop-routes");
    HttpApiNotDeployed "gateway.http-not-deployed"
        "{place} has neither AutoDeploy nor a deployment: 404 Not Found."
        Documented("http-api-stages");
    HttpApiRoute "gateway.http-route"
        "The request goes to {place}."
        Documented("http-api-develop-routes");
    HttpApiRouteNotFound "gateway.http-route-not-found"
        "No route of {place} takes the method and the path: 404 Not Found."
        Documented("http-api-develop-routes");
    HttpApiDisabled "gateway.http-endpoint-disabled"
        "The execute-api endpoint of {place} is disabled: 404 Not Found."
        Inferred("apigateway.md §1: HTTP APIs say 404");
    HttpApiPreflight "gateway.http-preflight"
        "{place} answers the preflight request by itself."
        Documented("http-api-cors");
    HttpApiPreflightAuthorized "gateway.http-preflight-authorized"
        "The preflight request goes to {place}, whose authorizer is asked first."
        Documented("http-api-cors");
    HttpApiCors "gateway.http-cors"
        "{place} sets the CORS headers; those of the backend do not count."
        Documented("http-api-cors");
    HttpApiTokenMissing "gateway.http-token-missing"
        "{place} wants a token and its identity source has none: 401."
        Documented("http-api-jwt-authorizer");
    HttpApiTokenInvalid "gateway.http-token-invalid"
        "{place} does not accept the token: 401; www-authenticate says why."
        Documented("http-api-troubleshooting-jwt");
    HttpApiScopeMissing "gateway.http-scope-missing"
        "The token of {place} has none of the scopes that the route asks for: 403."
        Inferred("apigateway.md §12: missing scopes are 403");
    HttpApiKeysUnavailable "gateway.http-keys-unavailable"
        "The keys of the issuer of {place} could not be fetched: 401. Give them with --jwks ISSUER=FILE."
        Inferred("a token that cannot be verified is not valid");
    HttpApiTokenValid "gateway.http-token"
        "{place} accepts the token."
        Documented("http-api-jwt-authorizer");
    HttpApiNotSigned "gateway.http-not-signed"
        "{place} wants a signature (AWS_IAM) and the request has none: 403 Forbidden."
        Documented("http-api-access-control-iam");
    HttpApiSignatureUnreadable "gateway.http-signature-unreadable"
        "The signature for {place} lacks parts, or is for another service, region or day: 403 Forbidden, without more words."
        Inferred("HTTP APIs do not say what is wrong");
    HttpApiSignatureNotCurrent "gateway.http-signature-not-current"
        "The signature for {place} is more than 15 minutes from the time here: 403 Forbidden."
        Inferred("as for REST APIs");
    HttpApiSignatureMismatch "gateway.http-signature-mismatch"
        "The signature is not that of this request to {place}: 403 Forbidden. Something that was signed is not what arrived: method, path with the stage, query, host, body."
        Inferred("as for REST APIs");
    HttpApiAccessKeyUnknown "gateway.http-access-key-unknown"
        "The access key or its session token is nobody's here: 403 Forbidden at {place}. `frontgate credentials NAME` prints those of a user or role of the template."
        Inferred("as for REST APIs");
    HttpApiSessionEnded "gateway.http-session-ended"
        "The session of the role ended at {time}: 403 Forbidden at {place}. `frontgate credentials NAME` opens another; a longer one with --duration-seconds."
        Inferred("HTTP APIs do not say what is wrong");
    HttpApiIdentityMissing "gateway.http-identity-missing"
        "The request lacks an identity source of {place}, whose function is not asked: 401."
        Documented("http-api-lambda-authorizer");
    HttpApiAuthorizerCached "gateway.http-authorizer-cached"
        "{place} is not asked: an earlier answer for the same identity counts for {value} s more."
        Documented("http-api-lambda-authorizer");
    HttpApiAuthorizerAsked "gateway.http-authorizer-asked"
        "{place} asks its function who may call the route."
        Documented("http-api-lambda-authorizer");
    HttpApiAuthorizerAllowed "gateway.http-authorizer-allowed"
        "{place} lets the caller in."
        Documented("http-api-lambda-authorizer");
    HttpApiAuthorizerDenied "gateway.http-authorizer-denied"
        "{place} does not let the caller in: 403."
        Documented("http-api-lambda-authorizer");
    HttpApiAuthorizerUnauthorized "gateway.http-authorizer-unauthorized"
        "The function of {place} said Unauthorized: 401."
        Documented("http-api-lambda-authorizer");
    HttpApiAuthorizerFailed "gateway.http-authorizer-failed"
        "The function of {place} failed, took too long, may not be called, or returned neither a policy nor what EnableSimpleResponses wants: 500."
        Documented("http-api-lambda-authorizer");
    HttpApiMalformedResponse "gateway.http-malformed-response"
        "The function of {place} returned no answer of its payload format (in format 1.0 no object with a statusCode; a statusCode outside of 200 to 599, a header that HTTP \
         cannot carry, or a body that is no base64 where isBase64Encoded says so): 500 Internal Server Error."
        Recorded("InvokeResponseExtensionsIntegrationTests of aws-lambda-dotnet");
    HttpApiFunctionError "gateway.http-function-error"
        "The function of {place} failed: 500 Internal Server Error."
        Documented("http-api-troubleshooting-lambda");
    HttpApiTimedOut "gateway.http-timed-out"
        "{place} did not answer within {value} ms: 503 Service Unavailable."
        Inferred("apigateway.md §12: timeouts are 503");
    HttpApiBackendFailed "gateway.http-backend-failed"
        "The endpoint of {place} could not be reached: 503 Service Unavailable."
        Inferred("apigateway.md §12");
}
