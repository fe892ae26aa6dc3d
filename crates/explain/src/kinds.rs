//! The catalogue of facts: one row per kind, one file per part of the line.
//!
//! The slug of a kind is its name everywhere: in `explain --json`, in stories, in the manual.

mod authorizers;
mod domain_names;
mod door;
mod edge;
mod function_url;
mod gateway;
mod http_api;
mod integrations;
mod lambda;
mod lambda_edge;
mod objects;
mod signed;
mod usage;
mod viewer_functions;
mod web_socket;

use frontgate_aws::Source;

/// What a reader can learn about a kind of fact.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The kind.
    pub kind: FactKind,
    /// The name of the kind for people and programs, such as `edge.behavior-chosen`.
    pub slug: &'static str,
    /// One sentence; `{value}` and `{place}` are filled in for a request.
    pub sentence: &'static str,
    /// Why AWS does so: which documentation, recording or inference.
    pub source: Source,
}

/// The part of the line that a fact belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The listener and the dispatch by host.
    Door,
    /// CloudFront.
    Edge,
    /// API Gateway.
    Gateway,
    /// Lambda.
    Lambda,
    /// S3.
    Objects,
}

macro_rules! catalogue {
    ($($kind:ident in $file:ident),* $(,)?) => {
        /// Everything that can be decided about a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        #[expect(missing_docs, reason = "the row of a kind documents it")]
        pub enum FactKind { $($kind),* }

        impl FactKind {
            /// Every kind, in the order of the line.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The row of the catalogue.
            #[must_use]
            pub fn row(self) -> &'static Row {
                static ROWS: &[&Row] = &[$(&$file::$kind),*];
                ROWS[self as usize]
            }
        }
    };
}

/// Declares rows: `Kind "slug" "sentence" Source`.
macro_rules! rows {
    ($($kind:ident $slug:literal $sentence:literal $source:expr;)*) => {
        $(
            #[expect(non_upper_case_globals, reason = "named like the kind it documents")]
            pub const $kind: crate::kinds::Row = crate::kinds::Row {
                kind: crate::kinds::FactKind::$kind,
                slug: $slug,
                sentence: $sentence,
                source: $source,
            };
        )*
    };
}
use rows;

catalogue! {
    Snapshot in door,
    MalformedRequest in door,
    UrlTooLong in door,
    HeadTooLarge in door,
    HostUnknown in door,
    HostIsDistribution in door,
    HostIsAlias in door,
    HostIsApi in door,
    HostIsHttpApi in door,
    HostIsDomainName in domain_names,
    HostIsDomainTarget in domain_names,
    HostIsBucket in door,
    HostIsFunctionUrl in door,
    HostIsWebsite in door,
    Misdirected in door,
    ViewerLeft in door,
    DistributionDisabled in edge,
    ChainTooLong in edge,
    GeoAllowed in edge,
    GeoBlocked in edge,
    GeoUnknown in edge,
    PathNormalized in edge,
    RawPathElsewhere in edge,
    PatternMissesBarePath in edge,
    PatternShadowed in edge,
    RewrittenElsewhere in edge,
    FolderAsked in edge,
    BehaviorMatched in edge,
    BehaviorDefault in edge,
    RedirectToHttps in edge,
    HttpsOnly in edge,
    MethodNotAllowed in edge,
    GetWithBody in edge,
    SignedUrl in signed,
    SignedCookies in signed,
    SignatureMissing in signed,
    SignatureKeyUnknown in signed,
    SignatureMalformed in signed,
    SignaturePolicyMalformed in signed,
    SignatureWrong in signed,
    SignedWithOtherHash in signed,
    SignedWithOtherKey in signed,
    SignedForOtherScheme in signed,
    SignedWithoutQuery in signed,
    SignedForOtherHost in signed,
    SignatureExpired in signed,
    SignatureNotYetValid in signed,
    SignatureOtherAddress in signed,
    SignatureOtherResource in signed,
    SignaturePartsTakenOut in signed,
    ProtectedBehaviorShadowed in signed,
    ViewerRequestFunction in viewer_functions,
    FunctionChangedUri in viewer_functions,
    FunctionChangedQuery in viewer_functions,
    FunctionChangedHeaders in viewer_functions,
    FunctionChangedCookies in viewer_functions,
    FunctionChangedOrigin in viewer_functions,
    FunctionGeneratedResponse in viewer_functions,
    ViewerResponseFunction in viewer_functions,
    ViewerResponseFunctionSkipped in viewer_functions,
    FunctionThrew in viewer_functions,
    FunctionNotAccepted in viewer_functions,
    FunctionResultInvalid in viewer_functions,
    FunctionReadOnlyHeader in viewer_functions,
    LambdaEdgeViewerRequest in lambda_edge,
    LambdaEdgeOriginRequest in lambda_edge,
    LambdaEdgeOriginResponse in lambda_edge,
    LambdaEdgeViewerResponse in lambda_edge,
    LambdaEdgeBodyTruncated in lambda_edge,
    LambdaEdgeChangedUri in lambda_edge,
    LambdaEdgeChangedQuery in lambda_edge,
    LambdaEdgeChangedHeaders in lambda_edge,
    LambdaEdgeReplacedBody in lambda_edge,
    LambdaEdgeChangedOrigin in lambda_edge,
    LambdaEdgeKeptHost in lambda_edge,
    LambdaEdgeGeneratedResponse in lambda_edge,
    LambdaEdgeChangedStatus in lambda_edge,
    LambdaEdgeReplacedAnswer in lambda_edge,
    LambdaEdgeNotCalled in lambda_edge,
    LambdaEdgeOriginResponseSkipped in lambda_edge,
    LambdaEdgeFailed in lambda_edge,
    LambdaEdgeThrottled in lambda_edge,
    LambdaEdgeResultInvalid in lambda_edge,
    LambdaEdgeBodyInvalid in lambda_edge,
    LambdaEdgeHeadersInvalid in lambda_edge,
    LambdaEdgeDisallowedHeader in lambda_edge,
    LambdaEdgeReadOnlyHeader in lambda_edge,
    LambdaEdgeReadOnlyField in lambda_edge,
    LambdaEdgeUriInvalid in lambda_edge,
    LambdaEdgeStatusInvalid in lambda_edge,
    LambdaEdgeOriginAtViewer in lambda_edge,
    LambdaEdgeOriginFieldMissing in lambda_edge,
    LambdaEdgeOriginInvalid in lambda_edge,
    DefaultRootObject in edge,
    CachePolicyApplied in edge,
    ForwardedValuesApplied in edge,
    CachingDisabled in edge,
    WebSocketHandshake in web_socket,
    WebSocketOverHttp2 in web_socket,
    MethodNotCached in edge,
    Hit in edge,
    ErrorFromCache in edge,
    Miss in edge,
    SameParametersKept in edge,
    Expired in edge,
    Revalidated in edge,
    Collapsed in edge,
    CollapsedInVain in edge,
    StaleWhileRevalidate in edge,
    StaleServed in edge,
    StaleNotServed in edge,
    UpdatedByHead in edge,
    QueryForwardedAndKeyed in edge,
    QueryForwardedNotKeyed in edge,
    QueryDropped in edge,
    CookiesForwarded in edge,
    AllCookiesKeyed in edge,
    CookiesDropped in edge,
    HeadersForwarded in edge,
    HeadersDropped in edge,
    AcceptDropped in edge,
    CustomHeaderDropped in edge,
    UserAgentReplaced in edge,
    WebSocketFieldDropped in web_socket,
    AuthorizationForwarded in edge,
    AuthorizationDropped in edge,
    HostForwarded in edge,
    HostReplaced in edge,
    OriginChosen in edge,
    OriginPathPrepended in edge,
    OriginShielded in edge,
    OacSigned in edge,
    OacMissing in edge,
    OacUnsigned in edge,
    OaiSigned in edge,
    OriginAnsweredAfter in edge,
    OriginStatus in edge,
    RedirectsToItself in edge,
    OriginConnectFailed in edge,
    OriginDnsFailed in edge,
    OriginTlsFailed in edge,
    OriginAskedAgain in edge,
    OriginTimedOut in edge,
    OriginNotCompleteInTime in edge,
    OriginClosed in edge,
    OriginHeadTooLarge in edge,
    OriginInvalidResponse in edge,
    OriginContentRangeLength in edge,
    ViewerBodyBroken in edge,
    FailedOver in edge,
    FailedOverWithoutAnswer in edge,
    NotFailedOver in edge,
    NotFailedOverMethod in edge,
    NotFailedOverWithoutAnswer in edge,
    LifetimeFromMaxAge in edge,
    LifetimeFromSMaxAge in edge,
    LifetimeFromExpires in edge,
    LifetimeLoweredToMaxTtl in edge,
    LifetimeRaisedToMinTtl in edge,
    LifetimeDefaultTtl in edge,
    LifetimeMinTtlDespiteNoStore in edge,
    LifetimeNoCache in edge,
    KeptDespiteDefaultTtl in edge,
    AgeCounted in edge,
    NotStoredAuthorization in edge,
    InvalidatedByMethod in edge,
    NotStoredNoStore in edge,
    NotStoredStatus in edge,
    NotStoredVaryStar in edge,
    NotStoredIncomplete in edge,
    NotStoredTooLarge in edge,
    NotStoredPartial in edge,
    ErrorKept in edge,
    ErrorPage in edge,
    ErrorPageFailed in edge,
    CompressedBr in edge,
    CompressedGzip in edge,
    NotCompressed in edge,
    NotCompressedAcceptEncodingListed in edge,
    NotCompressedCachingDisabled in edge,
    NotCompressedContentType in edge,
    NotCompressedLengthUnknown in edge,
    NotCompressedNoRoom in edge,
    NotCompressedNotEnabled in edge,
    NotModified in edge,
    RangeServed in edge,
    RangeIgnored in edge,
    RangeNotSupported in edge,
    PartFetched in edge,
    PartKept in edge,
    PartsOutdated in edge,
    CacheTagsKept in edge,
    CacheTagsDropped in edge,
    ResponseHeadersPolicyApplied in edge,
    SetCookieRemoved in edge,
    SetCookieKept in edge,
    VaryFiltered in edge,
    VaryNotKeyed in edge,
    WebSocketClosedByOrigin in web_socket,
    WebSocketClosedByViewer in web_socket,
    WebSocketIdle in web_socket,
    WebSocketServerEnded in web_socket,
    CorsOriginNotKeyed in edge,
    ErrorWithoutCors in edge,
    HostNotMapped in gateway,
    DomainNameAsked in domain_names,
    DomainTargetAsked in domain_names,
    ApiMappingChosen in domain_names,
    RoutingRuleChosen in domain_names,
    ApiMappingMissing in domain_names,
    StageUnknown in gateway,
    StageFound in gateway,
    RouteNotFound in gateway,
    StageDoubled in gateway,
    GreedyMissesRoot in gateway,
    RouteWithoutPrefix in gateway,
    AuthorizationParsed in gateway,
    RouteMatched in gateway,
    RequestNotSigned in gateway,
    SignatureUnreadable in gateway,
    SignatureNotCurrent in gateway,
    SignatureDoesNotMatch in gateway,
    SignatureBehindTheEdge in gateway,
    AccessKeyUnknown in gateway,
    SignatureValid in gateway,
    InvokeAllowed in gateway,
    InvokeDenied in gateway,
    InvokeNotAllowed in gateway,
    InvokeNotAllowedByResourcePolicy in gateway,
    AuthorizerIdentityMissing in authorizers,
    AuthorizerTokenPattern in authorizers,
    AuthorizerKept in authorizers,
    AuthorizerAsked in authorizers,
    AuthorizerPermissionMissing in authorizers,
    AuthorizerFailed in authorizers,
    AuthorizerTimedOut in authorizers,
    AuthorizerAnswerInvalid in authorizers,
    AuthorizerUnauthorized in authorizers,
    AuthorizerAllows in authorizers,
    AuthorizerDenies in authorizers,
    AuthorizerDoesNotAllow in authorizers,
    MethodArnTooLong in authorizers,
    UserPoolKeysUnavailable in authorizers,
    UserPoolTokenValid in authorizers,
    UserPoolTokenInvalid in authorizers,
    UserPoolTokenExpired in authorizers,
    UserPoolTokenUse in authorizers,
    UserPoolTokenScope in authorizers,
    ApiKeyMissing in usage,
    ApiKeyUnknown in usage,
    ApiKeyDisabled in usage,
    ApiKeyNotInPlan in usage,
    ApiKeyAccepted in usage,
    ThrottledByUsagePlan in usage,
    ThrottledByStage in usage,
    ThrottledByAccount in usage,
    QuotaExceeded in usage,
    RequiredParameterMissing in gateway,
    IntegrationMock in gateway,
    MockNoStatusCode in gateway,
    NoIntegrationResponse in gateway,
    IntegrationLambda in gateway,
    IntegrationHttp in gateway,
    IntegrationMethodNotPost in gateway,
    LambdaPermissionFound in gateway,
    LambdaPermissionMissing in gateway,
    MalformedProxyResponse in gateway,
    FunctionErrorToBadGateway in gateway,
    IntegrationTimedOut in gateway,
    IntegrationAnswered in gateway,
    BinaryDecoded in gateway,
    BinaryNotDecoded in gateway,
    PayloadBroken in gateway,
    PayloadTooLarge in gateway,
    GatewayHttpRefused in gateway,
    ExecuteApiDisabled in gateway,
    QueryNotEncoded in gateway,
    MethodOverridden in gateway,
    BodyNotText in gateway,
    UnsupportedMediaType in gateway,
    TemplateFailed in gateway,
    TemplateLimit in gateway,
    TemplateThrew in gateway,
    FunctionUnavailable in gateway,
    HttpIntegrationFailed in gateway,
    IntegrationLambdaCustom in integrations,
    StageNamesNoFunction in integrations,
    EventNotJson in integrations,
    FunctionCalledAsEvent in integrations,
    InvocationTypeUnknown in integrations,
    FunctionErrorNotSelected in integrations,
    IntegrationAllowed in integrations,
    IntegrationNotAllowed in integrations,
    IntegrationRoleUnknown in integrations,
    IntegrationRoleNotAssumed in integrations,
    IntegrationCallerUnknown in integrations,
    PayloadNotBase64 in integrations,
    GatewayErrorWithoutCors in gateway,
    HttpApiStage in http_api,
    HttpApiStageMissing in http_api,
    HttpApiNotDeployed in http_api,
    HttpApiRoute in http_api,
    HttpApiRouteNotFound in http_api,
    HttpApiDisabled in http_api,
    HttpApiPreflight in http_api,
    HttpApiPreflightAuthorized in http_api,
    HttpApiCors in http_api,
    HttpApiTokenMissing in http_api,
    HttpApiTokenInvalid in http_api,
    HttpApiScopeMissing in http_api,
    HttpApiKeysUnavailable in http_api,
    HttpApiTokenValid in http_api,
    HttpApiNotSigned in http_api,
    HttpApiSignatureUnreadable in http_api,
    HttpApiSignatureNotCurrent in http_api,
    HttpApiSignatureMismatch in http_api,
    HttpApiAccessKeyUnknown in http_api,
    HttpApiIdentityMissing in http_api,
    HttpApiAuthorizerCached in http_api,
    HttpApiAuthorizerAsked in http_api,
    HttpApiAuthorizerAllowed in http_api,
    HttpApiAuthorizerDenied in http_api,
    HttpApiAuthorizerUnauthorized in http_api,
    HttpApiAuthorizerFailed in http_api,
    HttpApiMalformedResponse in http_api,
    HttpApiFunctionError in http_api,
    HttpApiTimedOut in http_api,
    HttpApiBackendFailed in http_api,
    FunctionInvoked in lambda,
    FunctionQueued in lambda,
    ColdStart in lambda,
    WarmStart in lambda,
    FunctionReturned in lambda,
    FunctionFailed in lambda,
    FunctionTimedOut in lambda,
    FunctionExited in lambda,
    FunctionOutOfDisk in lambda,
    FunctionOutOfMemory in lambda,
    FunctionOutOfProcesses in lambda,
    FunctionResponseTooLarge in lambda,
    FunctionInitFailed in lambda,
    FunctionThrottled in lambda,
    FunctionUrlAsked in lambda,
    FunctionUrlUnknown in lambda,
    FunctionUrlHttpRefused in lambda,
    FunctionUrlPreflight in lambda,
    FunctionUrlCors in lambda,
    FunctionUrlUnsigned in lambda,
    FunctionUrlSignatureUnreadable in function_url,
    FunctionUrlSignatureNotCurrent in function_url,
    FunctionUrlSignatureDoesNotMatch in function_url,
    FunctionUrlAccessKeyUnknown in function_url,
    FunctionUrlSigned in function_url,
    FunctionUrlDenied in function_url,
    FunctionUrlNotAllowed in function_url,
    FunctionUrlPayloadUnsigned in lambda,
    FunctionUrlPayloadBroken in lambda,
    FunctionUrlPayloadTooLarge in lambda,
    FunctionUrlAllowed in lambda,
    FunctionUrlForbidden in lambda,
    FunctionUrlInvokeForbidden in lambda,
    FunctionUrlAnswered in lambda,
    FunctionUrlMalformedResponse in lambda,
    FunctionUrlFunctionFailed in lambda,
    FunctionUrlUnavailable in lambda,
    BucketPolicyAllowed in objects,
    BucketPolicyDenied in objects,
    BucketPolicyMissing in objects,
    BucketPolicyNoMatch in objects,
    ObjectFound in objects,
    KeyMissing404 in objects,
    KeyMissing403 in objects,
    KeyWithoutPrefix in objects,
    BucketUnknown in objects,
    HostForeignToBucket in objects,
    ObjectUnreadable in objects,
    S3MethodNotAllowed in objects,
    PublicAccessBlocked in objects,
    ObjectsListed in objects,
    ObjectWritten in objects,
    ObjectDeleted in objects,
    ObjectNotModified in objects,
    PreconditionFailed in objects,
    ObjectRangeServed in objects,
    ObjectRangeInvalid in objects,
    S3RequestInvalid in objects,
    S3NotImplemented in objects,
    WebsiteAsked in objects,
    WebsiteHttpRefused in objects,
    WebsiteNotConfigured in objects,
    WebsiteMethodNotAllowed in objects,
    WebsiteIndexDocument in objects,
    WebsiteFolderRedirect in objects,
    WebsiteErrorDocument in objects,
    WebsiteErrorDocumentFailed in objects,
    WebsiteRedirectAll in objects,
    WebsiteRoutingRule in objects,
}

impl FactKind {
    /// The kind with that slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.row().slug == slug)
    }

    /// The part of the line that this kind belongs to: the first word of its slug.
    #[must_use]
    pub fn layer(self) -> Layer {
        // It is asked for every fact of many requests.
        match self.row().slug.as_bytes() {
            [b'e', b'd', b'g', b'e', b'.', ..] => Layer::Edge,
            [b'g', b'a', b't', b'e', b'w', b'a', b'y', b'.', ..] => Layer::Gateway,
            [b'l', b'a', b'm', b'b', b'd', b'a', b'.', ..] => Layer::Lambda,
            [b's', b'3', b'.', ..] => Layer::Objects,
            _ => Layer::Door,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FactKind;

    #[test]
    fn every_kind_has_its_own_slug() {
        for kind in FactKind::ALL {
            assert_eq!(kind.row().kind, *kind, "row of {kind:?}");
            assert_eq!(FactKind::from_slug(kind.row().slug), Some(*kind), "{}", kind.row().slug);
        }
    }
}
