//! Traps whose facts are the very decision that made the answer: the surest ones.

use super::{Sign, Trap};
use crate::FactKind::{
    self, AcceptDropped, AuthorizationParsed, BehaviorDefault, BehaviorMatched, BinaryNotDecoded,
    BucketPolicyAllowed, BucketPolicyMissing, BucketPolicyNoMatch, BucketUnknown, ChainTooLong, Collapsed,
    ErrorFromCache, ErrorPage, FolderAsked, FunctionResponseTooLarge, FunctionUrlInvokeForbidden,
    FunctionUrlPayloadUnsigned, GatewayHttpRefused, GeoBlocked, GetWithBody, GreedyMissesRoot,
    HostForeignToBucket, HostForwarded, HostIsAlias, HostIsDistribution, HostNotMapped, HostUnknown,
    IntegrationLambda, IntegrationTimedOut, KeyMissing403, KeyMissing404, KeyWithoutPrefix,
    LambdaPermissionMissing, MalformedProxyResponse, MethodNotAllowed, Misdirected, NoIntegrationResponse,
    NotFailedOverMethod, NotFailedOverWithoutAnswer, OacMissing, OacSigned, OacUnsigned, OriginChosen,
    OriginPathPrepended, OriginTlsFailed, PathNormalized, PatternMissesBarePath, PatternShadowed,
    PayloadTooLarge, QueryNotEncoded, RawPathElsewhere, RewrittenElsewhere, RouteMatched, RouteNotFound,
    RouteWithoutPrefix, S3AccessKeyUnknown, S3HeadersNotSigned, S3MethodNotAllowed, S3SessionEnded,
    S3SignatureMismatch, S3SignatureNotCurrent, S3SignatureRegion, S3SignatureUnreadable, S3SignatureVersion,
    S3Signed, StageDoubled, StageUnknown, WebsiteAsked, WebsiteHttpRefused,
};
use Sign::{NoneOf, Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "misdirected-421",
        symptom: "421 page: the distribution does not match the certificate",
        signs: &[Noted(Misdirected)],
        cause: "TLS was established for the name of another distribution or API (SNI) than the Host header names.",
        fix: "Connect to the very name that Host says: the DNS record of the custom name must point at this \
              distribution, not at API Gateway or another distribution, and a client must not set Host by itself.",
        place_of: &[HostIsAlias, HostIsDistribution],
    },
    Trap {
        id: "cname-not-on-distribution",
        symptom: "403 page: Bad request",
        signs: &[Noted(HostUnknown), NoneOf(&[HostNotMapped, BucketUnknown])],
        cause: "DNS leads the name to CloudFront, but no distribution has it among its Aliases.",
        fix: "Add the name to Aliases of the distribution, with a certificate that covers it, or ask for a name that is \
              there.",
        place_of: &[],
    },
    Trap {
        id: "alias-chain-distribution",
        symptom: "403 page: Bad request, although the name and the path are right",
        signs: &[Noted(ChainTooLong)],
        cause: "The request has passed two distributions already, one the origin of the other: CloudFront allows two in a \
                row. An edge-optimized API Gateway endpoint brings a distribution with it, too.",
        fix: "Let the first distribution ask the origin itself. Give the origin's own domain name, not that of the \
              distribution in front of it.",
        place_of: &[ChainTooLong],
    },
    Trap {
        id: "api-star-misses-bare",
        symptom: "An error for the path without its last slash, while everything below it works",
        signs: &[Noted(PatternMissesBarePath)],
        cause: "A path pattern such as /api/* demands the slash, so /api itself goes to another behavior.",
        fix: "Add a behavior with the pattern without /*, before or after the other one, with the same settings.",
        place_of: &[PatternMissesBarePath],
    },
    Trap {
        id: "missing-path-pattern-order",
        symptom: "An error of another behavior than the one that was made for this path",
        signs: &[Noted(PatternShadowed)],
        cause: "Path patterns are compared in the order of CacheBehaviors, and an earlier, wider one matches first: the \
                later one is never used for this path.",
        fix: "Move the behavior of the narrower pattern before the wider one.",
        place_of: &[PatternShadowed],
    },
    Trap {
        id: "uri-rewrite-keeps-behaviour",
        symptom: "The wrong origin is asked for a path that a function has changed",
        signs: &[Noted(RewrittenElsewhere)],
        cause: "The behavior, and with it the origin, is chosen by the path of the viewer, before any function runs; a changed \
                path goes to the same origin.",
        fix: "Let the function choose the origin, too (cf.selectRequestOriginById, cf.updateRequestOrigin), or redirect the \
              viewer to the new path, or give the viewer's path a behavior with that origin.",
        place_of: &[RewrittenElsewhere],
    },
    Trap {
        id: "path-pattern-not-alias",
        symptom: "The origin does not know the path, but would know it without its prefix",
        signs: &[Noted(BehaviorMatched), OneOf(&[RouteWithoutPrefix, KeyWithoutPrefix])],
        cause: "A path pattern chooses the behavior and changes nothing: the origin gets the whole path, the prefix of \
                the pattern included.",
        fix: "Give the origin the resources or keys under that prefix, or remove the prefix with a viewer-request \
              function of the behavior.",
        place_of: &[BehaviorMatched],
    },
    Trap {
        id: "host-forwarded-to-apigw",
        symptom: "403 {\"message\":\"Forbidden\"} with x-amzn-ErrorType: ForbiddenException",
        signs: &[Noted(HostForwarded), Noted(HostNotMapped)],
        cause: "The viewer's Host header is forwarded to API Gateway, which finds its API by Host and knows only its \
                own execute-api name.",
        fix: "Use the origin request policy Managed-AllViewerExceptHostHeader \
              (b689b0a8-53d0-40ab-baf2-68738e2966ac), or leave Host out of the forwarded headers; or give the API a \
              regional custom domain with the name of the alias, and take OriginPath from the origin: the mapping names the \
              stage.",
        place_of: &[HostForwarded],
    },
    Trap {
        id: "allviewer-to-s3",
        symptom: "403 SignatureDoesNotMatch or 404 NoSuchBucket (XML) for every object",
        signs: &[Noted(HostForwarded), Noted(HostForeignToBucket)],
        cause: "The viewer's Host header is forwarded to S3, which finds the bucket by Host, while CloudFront signs for \
                the bucket's own name.",
        fix: "Remove the origin request policy from the behavior, or use Managed-CORS-S3Origin \
              (88a5eaf4-2fd4-4709-b370-b4c650ea3fcf), which leaves Host out.",
        place_of: &[HostForwarded],
    },
    Trap {
        id: "http-origin-to-apigw",
        symptom: "An error for every request: API Gateway is asked over http",
        signs: &[Noted(GatewayHttpRefused), Noted(OriginChosen)],
        cause: "OriginProtocolPolicy of the origin lets CloudFront ask over http, and API Gateway answers https only.",
        fix: "Set OriginProtocolPolicy: https-only in CustomOriginConfig of the origin.",
        place_of: &[OriginChosen],
    },
    Trap {
        id: "wrong-origin-path-stage",
        symptom: "403 {\"message\":\"Forbidden\"}: API Gateway finds no such stage",
        signs: &[Noted(StageUnknown)],
        cause: "The first segment of the path that reaches API Gateway is not the name of a stage: the origin path is \
                missing or names another stage.",
        fix: "Set OriginPath of the origin to /STAGE (the StageName of the API), or put the stage into the URL, not \
              both.",
        place_of: &[OriginPathPrepended, OriginChosen],
    },
    Trap {
        id: "doubled-stage",
        symptom: "403 {\"message\":\"Missing Authentication Token\"}",
        signs: &[Noted(StageDoubled)],
        cause: "The stage stands in the path twice: once from the origin path and once in the URL. The rest of the \
                path is no resource of the API.",
        fix: "Leave the stage out of the URL, or remove OriginPath from the origin.",
        place_of: &[OriginPathPrepended],
    },
    Trap {
        id: "greedy-proxy-root",
        symptom: "403 {\"message\":\"Missing Authentication Token\"} for the path above {proxy+}, all below it works",
        signs: &[Noted(GreedyMissesRoot)],
        cause: "A greedy parameter such as {proxy+} needs at least one character: /{proxy+} does not match /.",
        fix: "Add the method to the resource above it, too, and deploy the API again: in SAM a second event with the path \
              without {proxy+}.",
        place_of: &[GreedyMissesRoot],
    },
    Trap {
        id: "auth-header-on-missing-route",
        symptom: "403 that speaks of Credential, Signature and SignedHeaders",
        signs: &[Noted(AuthorizationParsed)],
        cause: "The path or the method is no route of the API, and the request has an Authorization header, which API \
                Gateway then reads as a signature. It is not a problem of IAM.",
        fix: "Correct the path, the method or the origin path.",
        place_of: &[RouteNotFound],
    },
    Trap {
        id: "execute-api-raw-pipes",
        symptom: "400 from API Gateway, and nothing in the logs of the function",
        signs: &[Noted(QueryNotEncoded)],
        cause: "API Gateway takes no |, { or } as such in a query string.",
        fix: "Percent-encode them in the client: %7C, %7B, %7D.",
        place_of: &[],
    },
    Trap {
        id: "spa-rule-hides-api-errors",
        symptom: "An API error arrives as the page of the site with status 200",
        signs: &[Noted(RouteMatched), Noted(ErrorPage)],
        cause: "Custom error responses apply to the whole distribution, the API's answers included.",
        fix: "Rewrite the paths of the single-page application in a viewer-request function of the S3 behavior, and \
              remove the custom error response.",
        place_of: &[ErrorPage],
    },
    Trap {
        id: "spa-rule-hides-missing-route",
        symptom: "An API path that does not exist answers the page of the site",
        signs: &[Noted(RouteNotFound), Noted(ErrorPage)],
        cause: "Custom error responses apply to the whole distribution, so the 403 of API Gateway is replaced, too.",
        fix: "Correct the path; and keep the single-page rewrite in a viewer-request function of the S3 behavior.",
        place_of: &[ErrorPage],
    },
    Trap {
        id: "path-normalisation-bypass",
        symptom: "The origin does not know a path with //, . or .., or gets it by another behavior than it looks",
        signs: &[
            Noted(PathNormalized),
            OneOf(&[RawPathElsewhere, RouteNotFound, KeyMissing403, KeyMissing404]),
        ],
        cause: "CloudFront normalizes the path (// . .. and needless escapes) only to choose the behavior; the origin \
                gets it as it was sent.",
        fix: "Ask for the plain path. Where a behavior protects something, let the origin normalize and check the path, \
              too.",
        place_of: &[BehaviorMatched, BehaviorDefault],
    },
    Trap {
        id: "s3-origin-no-oac",
        symptom: "403 AccessDenied (XML) for every object",
        signs: &[
            Noted(OacMissing),
            NoneOf(&[BucketPolicyAllowed, HostForeignToBucket]),
            NoneOf(SIGNED_BY_VIEWER),
        ],
        cause: "The S3 origin has no origin access control, so CloudFront asks S3 anonymously.",
        fix: "Create an AWS::CloudFront::OriginAccessControl, name it in OriginAccessControlId of the origin, and \
              allow s3:GetObject to cloudfront.amazonaws.com with the ARN of the distribution as AWS:SourceArn.",
        place_of: &[OacMissing],
    },
    Trap {
        id: "oac-unsigned",
        symptom: "403 AccessDenied (XML) although an origin access control and a bucket policy for it are there",
        signs: &[Noted(OacUnsigned), OneOf(&[BucketPolicyMissing, BucketPolicyNoMatch])],
        cause: "The origin access control does not sign this request: its SigningBehavior is never, or it is no-override and the \
                viewer's Authorization goes on.",
        fix: "Set SigningBehavior: always.",
        place_of: &[OacUnsigned],
    },
    Trap {
        id: "oac-policy-missing",
        symptom: "403 AccessDenied (XML) although an origin access control is there",
        signs: &[Noted(OacSigned), Noted(BucketPolicyMissing)],
        cause: "The request is signed, but the bucket has no policy that allows it.",
        fix: "Add an AWS::S3::BucketPolicy that allows s3:GetObject on BUCKET/* to cloudfront.amazonaws.com with the \
              ARN of the distribution as AWS:SourceArn.",
        place_of: &[BucketPolicyMissing],
    },
    Trap {
        id: "oac-policy-no-match",
        symptom: "403 AccessDenied (XML) although there is a bucket policy",
        signs: &[Noted(OacSigned), Noted(BucketPolicyNoMatch)],
        cause: "No statement of the bucket policy allows this request: the wrong distribution in AWS:SourceArn, the \
                bucket without /*, or another action.",
        fix: "Compare Principal, Action, Resource and Condition of the policy with the request.",
        place_of: &[BucketPolicyNoMatch],
    },
    Trap {
        id: "function-url-oac-post",
        symptom: "403 about the request signature for POST and PUT, while GET works",
        signs: &[Noted(FunctionUrlPayloadUnsigned), Noted(OacSigned)],
        cause: "Lambda takes no unsigned payloads, and CloudFront signs the hash that the viewer sends: the request has no \
                x-amz-content-sha256, or not that of its body.",
        fix: "Let the client send x-amz-content-sha256 with the SHA-256 of the body in hexadecimal digits.",
        place_of: &[FunctionUrlPayloadUnsigned],
    },
    Trap {
        id: "function-url-two-permissions",
        symptom: "403 {\"Message\":\"Forbidden…\"} although lambda:InvokeFunctionUrl is allowed",
        signs: &[Noted(FunctionUrlInvokeForbidden)],
        cause: "Since October 2025 a function URL needs two permissions: lambda:InvokeFunctionUrl and \
                lambda:InvokeFunction.",
        fix: "Add an AWS::Lambda::Permission with Action: lambda:InvokeFunction, InvokedViaFunctionUrl: true and the same \
              principal.",
        place_of: &[FunctionUrlInvokeForbidden],
    },
    Trap {
        id: "website-endpoint-https",
        symptom: "502 for every request to a website of S3",
        signs: &[Noted(WebsiteHttpRefused), Noted(OriginChosen)],
        cause: "OriginProtocolPolicy of the origin lets CloudFront ask over https, and nothing of a website endpoint \
                listens for it.",
        fix: "Set OriginProtocolPolicy: http-only in CustomOriginConfig of the origin; or use the bucket's own endpoint with \
              an origin access control.",
        place_of: &[OriginChosen],
    },
    Trap {
        id: "default-root-object-subdirs",
        symptom: "403 or 404 for a folder such as /docs/",
        signs: &[Noted(FolderAsked), OneOf(&[KeyMissing403, KeyMissing404])],
        cause: "DefaultRootObject stands in for / only; for a folder the bucket is asked for the key docs/, which is no \
                object.",
        fix: "Link to the file itself, or append index.html with a viewer-request function of the behavior.",
        place_of: &[FolderAsked],
    },
    Trap {
        id: "spa-needs-403",
        symptom: "A missing page answers 403 AccessDenied instead of the page of the application",
        signs: &[
            Noted(KeyMissing403),
            NoneOf(&[WebsiteAsked, ErrorPage, KeyWithoutPrefix, PatternMissesBarePath, PatternShadowed]),
        ],
        cause: "S3 answers 403 for a missing key when s3:ListBucket is not allowed, and no custom error response \
                replaces a 403.",
        fix: "Add a CustomErrorResponse for 403, or allow s3:ListBucket on the bucket to the distribution.",
        place_of: &[KeyMissing403],
    },
    Trap {
        id: "geo-waf-403",
        symptom: "403 page: configured to block access from your country",
        signs: &[Noted(GeoBlocked)],
        cause: "The geo restriction of the distribution blocks the country that the viewer's address belongs to. The page \
                of a web ACL would say: Request blocked.",
        fix: "Add the country to Locations of a whitelist, or remove it from those of a blacklist.",
        place_of: &[GeoBlocked],
    },
    Trap {
        id: "post-403-method",
        symptom: "403 page: not configured to allow the HTTP request method",
        signs: &[Noted(MethodNotAllowed)],
        cause: "AllowedMethods of the behavior that the path matches does not list the method.",
        fix: "Set AllowedMethods to [DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT], or route the path to a behavior \
              that has it.",
        place_of: &[MethodNotAllowed],
    },
    Trap {
        id: "method-routing-impossible",
        symptom: "405 MethodNotAllowed (XML) from S3",
        signs: &[Noted(S3MethodNotAllowed), Noted(OriginChosen)],
        cause: "The request reached the bucket: a behavior is chosen by the path alone, so one path cannot read from S3 \
                and write to an API.",
        fix: "Give the API a path of its own and a behavior for it, before the one of the site.",
        place_of: &[BehaviorMatched, BehaviorDefault],
    },
    Trap {
        id: "get-with-body",
        symptom: "403 page for a GET that carries a body",
        signs: &[Noted(GetWithBody)],
        cause: "CloudFront refuses GET and HEAD requests with a body.",
        fix: "Send the data in the query string, or with POST.",
        place_of: &[GetWithBody],
    },
    Trap {
        id: "self-signed-origin",
        symptom: "502 page: CloudFront wasn't able to connect to the origin",
        signs: &[Noted(OriginTlsFailed)],
        cause: "TLS with the origin failed. Its certificate is self-signed, expired, incomplete or for another name than \
                the domain name of the origin (or the Host that is forwarded), or the port speaks no TLS.",
        fix: "Give the origin a certificate of a public authority for its domain name, or ask it over http.",
        place_of: &[OriginTlsFailed],
    },
    Trap {
        id: "failover-post",
        symptom: "The error of the primary origin although the origin group lists its status code",
        signs: &[Noted(NotFailedOverMethod)],
        cause: "Only GET and HEAD requests fail over, and OPTIONS where its answers are cached: other requests may have \
                had their effect already.",
        fix: "Let the client repeat the request, or add OPTIONS to CachedMethods of the behavior.",
        place_of: &[NotFailedOverMethod],
    },
    Trap {
        id: "failover-unreachable",
        symptom: "An error page of CloudFront although an origin group has a second origin",
        signs: &[Noted(NotFailedOverWithoutAnswer)],
        cause: "A primary origin that cannot be reached counts as 503, one that takes too long as 504, one that breaks \
                off as 502: the status that the viewer gets does not matter, and the origin group does not list it.",
        fix: "List 502, 503 and 504 in FailoverCriteria.StatusCodes of the origin group.",
        place_of: &[NotFailedOverWithoutAnswer],
    },
    Trap {
        id: "cors-mock-incomplete",
        symptom: "500 {\"message\":\"Internal server error\"} for OPTIONS",
        signs: &[Noted(NoIntegrationResponse)],
        cause: "The MOCK integration has no integration response for its status.",
        fix: "Give the method MethodResponses and the integration IntegrationResponses for the same status code.",
        place_of: &[NoIntegrationResponse],
    },
    Trap {
        id: "lambda-permission-missing",
        symptom: "500 {\"message\":\"Internal server error\"} and the function never runs",
        signs: &[Noted(LambdaPermissionMissing)],
        cause: "API Gateway may not call the function: no AWS::Lambda::Permission matches this API, stage, method and \
                path.",
        fix: "Add an AWS::Lambda::Permission with Principal apigateway.amazonaws.com and a SourceArn such as \
              arn:aws:execute-api:REGION:ACCOUNT:API/*/METHOD/PATH; where the integration calls an alias or a version, that is \
              its FunctionName.",
        place_of: &[LambdaPermissionMissing],
    },
    Trap {
        id: "lambda-bad-shape",
        symptom: "502 {\"message\": \"Internal server error\"}",
        signs: &[Noted(MalformedProxyResponse)],
        cause: "The function returned something else than {statusCode, headers, multiValueHeaders, body, \
                isBase64Encoded}: often a body that is an object instead of a string.",
        fix: "Return an object with statusCode and a string body (JSON.stringify, json.dumps).",
        place_of: &[IntegrationLambda],
    },
    Trap {
        id: "29s-timeout",
        symptom: "504 {\"message\": \"Endpoint request timed out\"}",
        signs: &[Noted(IntegrationTimedOut)],
        cause: "API Gateway waits for its integration 29 seconds or TimeoutInMillis, whatever the timeout of the \
                function; the function runs on and nobody gets its answer. CloudFront would wait 30 seconds.",
        fix: "Answer at once and do the work later (a queue, an asynchronous invocation), or make it faster.",
        place_of: &[IntegrationTimedOut],
    },
    Trap {
        id: "10mb",
        symptom: "413 {\"message\":\"Request Too Long\"}",
        signs: &[Noted(PayloadTooLarge)],
        cause: "API Gateway takes payloads of up to 10 MB; this limit cannot be raised.",
        fix: "Upload to S3 by a presigned URL and hand the key to the API.",
        place_of: &[RouteMatched],
    },
    Trap {
        id: "6mb",
        symptom: "502 for a large answer",
        signs: &[Noted(FunctionResponseTooLarge)],
        cause: "A function returns 6 MB at most, in which a base64 body counts by a third more.",
        fix: "Write the answer to S3 and redirect to it, or return it in pages.",
        place_of: &[IntegrationLambda],
    },
    Trap {
        id: "accept-header-stripped",
        symptom: "The viewer gets base64 text instead of a file",
        signs: &[Noted(BinaryNotDecoded), Noted(AcceptDropped)],
        cause: "API Gateway decodes a body when the Accept header names one of its binary media types, and CloudFront \
                removes Accept unless a policy forwards it.",
        fix: "Use Managed-AllViewerExceptHostHeader or list Accept in a policy; or set BinaryMediaTypes of the API to \
              */*.",
        place_of: &[AcceptDropped],
    },
    Trap {
        id: "binary-first-accept",
        symptom: "The viewer gets base64 text instead of a file",
        signs: &[Noted(BinaryNotDecoded), NoneOf(&[AcceptDropped])],
        cause: "isBase64Encoded is not enough: API Gateway decodes a body only if the first type of the Accept header is \
                among its BinaryMediaTypes, and browsers send text/html or image/avif first.",
        fix: "Set BinaryMediaTypes of the API to */*, or to the types that viewers really send first.",
        place_of: &[BinaryNotDecoded],
    },
    Trap {
        id: "error-caching",
        symptom: "An error stays for seconds or minutes although its cause is gone",
        signs: &[Noted(ErrorFromCache), NoneOf(&[Collapsed])],
        cause: "CloudFront keeps errors, too: for ErrorCachingMinTTL, which is 10 seconds without a custom error \
                response and 300 in one that does not name it. The origin was not asked.",
        fix: "Set a small ErrorCachingMinTTL in a CustomErrorResponse for the code; to wait less now, invalidate the path.",
        place_of: &[ErrorFromCache],
    },
];

/// The viewer signed the request to the bucket, or tried to: S3 does not take it for anonymous.
const SIGNED_BY_VIEWER: &[FactKind] = &[
    S3AccessKeyUnknown,
    S3HeadersNotSigned,
    S3SessionEnded,
    S3SignatureMismatch,
    S3SignatureNotCurrent,
    S3SignatureRegion,
    S3SignatureUnreadable,
    S3SignatureVersion,
    S3Signed,
];
