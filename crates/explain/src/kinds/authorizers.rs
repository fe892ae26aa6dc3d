//! Facts of the authorizers of REST APIs.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    AuthorizerIdentityMissing "gateway.authorizer-identity-missing"
        "The request has not what {place} knows callers by, or it is empty: 401, and nobody was asked."
        Documented("apigateway-use-lambda-authorizer");
    AuthorizerTokenPattern "gateway.authorizer-token-pattern"
        "The token does not match the validation expression of {place}: 401, and nobody was asked."
        Documented("apigateway-use-lambda-authorizer");
    AuthorizerKept "gateway.authorizer-kept"
        "The function of {place} was not asked: what it said of the same identity {value} s ago is kept, for all methods of the stage."
        Documented("apigateway-use-lambda-authorizer");
    AuthorizerAsked "gateway.authorizer-asked"
        "The function of {place} was asked."
        Documented("apigateway-use-lambda-authorizer");
    AuthorizerPermissionMissing "gateway.authorizer-permission-missing"
        "API Gateway may not call the function of {place}: no permission of the function names arn:aws:execute-api:REGION:ACCOUNT:API/authorizers/ID, and no role of the authorizer allows it: 500 with a message of null."
        Documented("configure-api-gateway-lambda-authorization");
    AuthorizerFailed "gateway.authorizer-failed"
        "The function of {place} failed, with other words than Unauthorized: 500 with a message of null."
        Recorded("apigateway.md §5: the message is null");
    AuthorizerTimedOut "gateway.authorizer-timed-out"
        "The function of {place} did not answer within {value} ms: 500 with a message of null."
        Inferred("the page of gateway responses names AUTHORIZER_FAILURE for an authorizer that failed to authenticate");
    AuthorizerAnswerInvalid "gateway.authorizer-answer-invalid"
        "What the function of {place} returned is no answer of an authorizer, which has a principalId, a policyDocument and a context of texts, numbers and booleans: 500 with a message of null."
        Recorded("apigateway.md §5: the message is null");
    AuthorizerUnauthorized "gateway.authorizer-unauthorized"
        "The function of {place} failed with the word Unauthorized: 401."
        Documented("apigateway-use-lambda-authorizer");
    AuthorizerAllows "gateway.authorizer-allows"
        "The policy of {place} allows this method."
        Documented("apigateway-authorization-flow");
    AuthorizerDenies "gateway.authorizer-denies"
        "The policy of {place} denies this method: 403."
        Documented("apigateway-authorization-flow");
    AuthorizerDoesNotAllow "gateway.authorizer-does-not-allow"
        "The policy of {place} does not name this method: 403."
        Documented("apigateway-authorization-flow");
    MethodArnTooLong "gateway.method-arn-too-long"
        "The ARN of the method has {value} characters, and an authorizer is asked about 1600 at most: 414."
        Documented("api-gateway-lambda-authorizer-output");
    UserPoolKeysUnavailable "gateway.user-pool-keys-unavailable"
        "The keys of the user pool of {place} are not known and could not be fetched: 500 with a message of null. `--jwks ISSUER=FILE` gives them."
        Documented("supported-gateway-response-types");
    UserPoolTokenValid "gateway.user-pool-token"
        "The token is one of {place}."
        Documented("apigateway-integrate-with-cognito");
    UserPoolTokenInvalid "gateway.user-pool-token-invalid"
        "The token is not signed by a user pool of {place}: 401."
        Documented("amazon-cognito-user-pools-using-tokens-verifying-a-jwt");
    UserPoolTokenExpired "gateway.user-pool-token-expired"
        "The token has expired: 401."
        Documented("amazon-cognito-user-pools-using-tokens-verifying-a-jwt");
    UserPoolTokenUse "gateway.user-pool-token-use"
        "The token is an access token, and {place} asks for no scope, so an identity token is wanted: 401."
        Documented("apigateway-integrate-with-cognito");
    UserPoolTokenScope "gateway.user-pool-token-scope"
        "The token has none of the scopes that {place} asks for: 401."
        Inferred("the page says that the call is allowed if a scope matches, not what else is answered");
}
