//! The traps that people fall into for days: how to know one from the facts of a request, its cause and its cure.
//!
//! A trap is a row. Adding one is adding a row; its story proves that the facts really name it.

use crate::{Fact, FactKind, Trace};

/// One trap.
#[derive(Clone, Copy, Debug)]
pub struct Trap {
    /// Its name everywhere, such as `host-forwarded-to-apigw`.
    pub id: &'static str,
    /// What the viewer sees, in one line.
    pub symptom: &'static str,
    /// The facts that must all be there.
    pub needs: &'static [FactKind],
    /// The facts none of which may be there.
    pub excludes: &'static [FactKind],
    /// Why it happens.
    pub cause: &'static str,
    /// What to change.
    pub fix: &'static str,
    /// The fact whose place is the line to change.
    pub place_of: FactKind,
}

/// The traps that the facts of this request show, with the fact that names the line to change.
pub fn traps_of(trace: &Trace) -> impl Iterator<Item = (&'static Trap, Option<Fact>)> {
    TRAPS
        .iter()
        .filter(|trap| trap.needs.iter().all(|kind| trace.first(*kind).is_some()))
        .filter(|trap| trap.excludes.iter().all(|kind| trace.first(*kind).is_none()))
        .map(|trap| (trap, trace.first(trap.place_of)))
}

/// Every trap that can be told from the facts of one request.
pub const TRAPS: &[Trap] = &[
    Trap {
        id: "host-forwarded-to-apigw",
        symptom: "403 {\"message\":\"Forbidden\"} with x-amzn-ErrorType: ForbiddenException",
        needs: &[FactKind::HostForwarded, FactKind::HostNotMapped],
        excludes: &[],
        cause: "The viewer's Host header is forwarded to API Gateway, which finds its API by Host and knows only its \
                own execute-api name.",
        fix: "Use the origin request policy Managed-AllViewerExceptHostHeader \
              (b689b0a8-53d0-40ab-baf2-68738e2966ac), or leave Host out of the forwarded headers; or give the API a \
              regional custom domain with the name of the alias.",
        place_of: FactKind::HostForwarded,
    },
    Trap {
        id: "wrong-origin-path-stage",
        symptom: "403 {\"message\":\"Forbidden\"}: API Gateway finds no such stage",
        needs: &[FactKind::StageUnknown],
        excludes: &[],
        cause: "The first segment of the path that reaches API Gateway is not the name of a stage: the origin path is \
                missing or names another stage.",
        fix: "Set OriginPath of the origin to /STAGE (the StageName of the API), or put the stage into the URL, not \
              both.",
        place_of: FactKind::OriginChosen,
    },
    Trap {
        id: "doubled-stage",
        symptom: "403 {\"message\":\"Missing Authentication Token\"}",
        needs: &[FactKind::StageDoubled],
        excludes: &[],
        cause: "The stage stands in the path twice: once from the origin path and once in the URL. The rest of the \
                path is no resource of the API.",
        fix: "Leave the stage out of the URL, or remove OriginPath from the origin.",
        place_of: FactKind::OriginPathPrepended,
    },
    Trap {
        id: "auth-header-on-missing-route",
        symptom: "403 that speaks of Credential, Signature and SignedHeaders",
        needs: &[FactKind::AuthorizationParsed],
        excludes: &[],
        cause: "The path or the method is no route of the API, and the request has an Authorization header, which API \
                Gateway then reads as a signature. It is not a problem of IAM.",
        fix: "Correct the path, the method or the origin path.",
        place_of: FactKind::RouteNotFound,
    },
    Trap {
        id: "query-strings-dropped",
        symptom: "The same answer whatever the query string says",
        needs: &[FactKind::QueryDropped],
        excludes: &[],
        cause: "The cache policy has no query strings in its key, so none reaches the origin.",
        fix: "List the parameters in QueryStringsConfig of a cache policy (a whitelist) and use that policy.",
        place_of: FactKind::QueryDropped,
    },
    Trap {
        id: "query-in-orp-only",
        symptom: "The first variant is served to everybody",
        needs: &[FactKind::QueryForwardedNotKeyed],
        excludes: &[FactKind::CachingDisabled, FactKind::MethodNotCached],
        cause: "An origin request policy forwards the query string, but the cache policy does not key it: all variants \
                share one cached object.",
        fix: "List the parameters in the cache policy; what is keyed is forwarded by itself.",
        place_of: FactKind::QueryForwardedNotKeyed,
    },
    Trap {
        id: "spa-rule-hides-api-errors",
        symptom: "An API error arrives as the page of the site with status 200",
        needs: &[FactKind::RouteMatched, FactKind::ErrorPage],
        excludes: &[],
        cause: "Custom error responses apply to the whole distribution, the API's answers included.",
        fix: "Rewrite the paths of the single-page application in a viewer-request function of the S3 behavior, and \
              remove the custom error response.",
        place_of: FactKind::ErrorPage,
    },
    Trap {
        id: "spa-rule-hides-missing-route",
        symptom: "An API path that does not exist answers the page of the site",
        needs: &[FactKind::RouteNotFound, FactKind::ErrorPage],
        excludes: &[],
        cause: "Custom error responses apply to the whole distribution, so the 403 of API Gateway is replaced, too.",
        fix: "Correct the path; and keep the single-page rewrite in a viewer-request function of the S3 behavior.",
        place_of: FactKind::ErrorPage,
    },
    Trap {
        id: "spa-needs-403",
        symptom: "A missing page answers 403 AccessDenied instead of the page of the application",
        needs: &[FactKind::KeyMissing403],
        excludes: &[FactKind::ErrorPage],
        cause: "S3 answers 403 for a missing key when s3:ListBucket is not allowed, and no custom error response \
                replaces a 403.",
        fix: "Add a CustomErrorResponse for 403, or allow s3:ListBucket on the bucket to the distribution.",
        place_of: FactKind::KeyMissing403,
    },
    Trap {
        id: "s3-origin-no-oac",
        symptom: "403 AccessDenied (XML) for every object",
        needs: &[FactKind::OacMissing],
        excludes: &[FactKind::BucketPolicyAllowed],
        cause: "The S3 origin has no origin access control, so CloudFront asks S3 anonymously.",
        fix: "Create an AWS::CloudFront::OriginAccessControl, name it in OriginAccessControlId of the origin, and \
              allow s3:GetObject to cloudfront.amazonaws.com with the ARN of the distribution as AWS:SourceArn.",
        place_of: FactKind::OacMissing,
    },
    Trap {
        id: "oac-policy-missing",
        symptom: "403 AccessDenied (XML) although an origin access control is there",
        needs: &[FactKind::OacSigned, FactKind::BucketPolicyMissing],
        excludes: &[],
        cause: "The request is signed, but the bucket has no policy that allows it.",
        fix: "Add an AWS::S3::BucketPolicy that allows s3:GetObject on BUCKET/* to cloudfront.amazonaws.com with the \
              ARN of the distribution as AWS:SourceArn.",
        place_of: FactKind::BucketPolicyMissing,
    },
    Trap {
        id: "oac-policy-no-match",
        symptom: "403 AccessDenied (XML) although there is a bucket policy",
        needs: &[FactKind::OacSigned, FactKind::BucketPolicyNoMatch],
        excludes: &[],
        cause: "No statement of the bucket policy allows this request: the wrong distribution in AWS:SourceArn, the \
                bucket without /*, or another action.",
        fix: "Compare Principal, Action, Resource and Condition of the policy with the request.",
        place_of: FactKind::BucketPolicyNoMatch,
    },
    Trap {
        id: "post-403-method",
        symptom: "403 page: not configured to allow the HTTP request method",
        needs: &[FactKind::MethodNotAllowed],
        excludes: &[],
        cause: "AllowedMethods of the behavior that the path matches does not list the method.",
        fix: "Set AllowedMethods to [DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT], or route the path to a behavior \
              that has it.",
        place_of: FactKind::MethodNotAllowed,
    },
    Trap {
        id: "get-with-body",
        symptom: "403 page for a GET that carries a body",
        needs: &[FactKind::GetWithBody],
        excludes: &[],
        cause: "CloudFront refuses GET and HEAD requests with a body.",
        fix: "Send the data in the query string, or with POST.",
        place_of: FactKind::GetWithBody,
    },
    Trap {
        id: "cors-mock-incomplete",
        symptom: "500 {\"message\":\"Internal server error\"} for OPTIONS",
        needs: &[FactKind::NoIntegrationResponse],
        excludes: &[],
        cause: "The MOCK integration has no integration response for its status.",
        fix: "Give the method MethodResponses and the integration IntegrationResponses for the same status code.",
        place_of: FactKind::NoIntegrationResponse,
    },
    Trap {
        id: "lambda-permission-missing",
        symptom: "500 {\"message\":\"Internal server error\"} and the function never runs",
        needs: &[FactKind::LambdaPermissionMissing],
        excludes: &[],
        cause: "API Gateway may not call the function: no AWS::Lambda::Permission matches this API, stage, method and \
                path.",
        fix: "Add an AWS::Lambda::Permission with Principal apigateway.amazonaws.com and a SourceArn such as \
              arn:aws:execute-api:REGION:ACCOUNT:API/*/METHOD/PATH.",
        place_of: FactKind::LambdaPermissionMissing,
    },
    Trap {
        id: "lambda-bad-shape",
        symptom: "502 {\"message\": \"Internal server error\"}",
        needs: &[FactKind::MalformedProxyResponse],
        excludes: &[],
        cause: "The function returned something else than {statusCode, headers, multiValueHeaders, body, \
                isBase64Encoded}: often a body that is an object instead of a string.",
        fix: "Return an object with statusCode and a string body (JSON.stringify, json.dumps).",
        place_of: FactKind::IntegrationLambda,
    },
    Trap {
        id: "minttl-caches-private",
        symptom: "A private answer comes from the cache",
        needs: &[FactKind::LifetimeMinTtlDespiteNoStore],
        excludes: &[],
        cause: "The MinTTL of the cache policy is above 0 (CachingOptimized has 1), which beats no-store and private.",
        fix: "Use a cache policy with MinTTL 0 for answers that must not be cached.",
        place_of: FactKind::LifetimeMinTtlDespiteNoStore,
    },
    Trap {
        id: "authorization-stripped",
        symptom: "401 or 403 behind CloudFront, fine without it",
        needs: &[FactKind::AuthorizationDropped],
        excludes: &[FactKind::Hit],
        cause: "CloudFront removes Authorization from GET and HEAD requests unless a policy forwards it.",
        fix: "Use Managed-AllViewerExceptHostHeader with Managed-CachingDisabled, or list Authorization in a cache \
              policy.",
        place_of: FactKind::AuthorizationDropped,
    },
];
