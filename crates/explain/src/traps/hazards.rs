//! Traps that the answer does not show: it is right for this viewer, or looks so, and wrong or slow for the others.

use super::{Sign, Trap};
use crate::FactKind::{
    self, AllCookiesKeyed, BodyNotChecked, CachingDisabled, CorsOriginNotKeyed, ExecuteApiDisabled,
    FunctionVersionOutdated, HostIsApi, HostIsHttpApi, HttpApiDisabled, KeptDespiteDefaultTtl,
    LifetimeDefaultTtl, LifetimeFromExpires, LifetimeFromMaxAge, LifetimeFromSMaxAge,
    LifetimeLoweredToMaxTtl, LifetimeMinTtlDespiteNoStore, LifetimeRaisedToMinTtl, MethodNotCached, Miss,
    MutualTlsPassedBy, NotCompressedAcceptEncodingListed, NotCompressedCachingDisabled,
    NotCompressedContentType, NotCompressedLengthUnknown, NotCompressedNotEnabled, QueryForwardedNotKeyed,
    SameParametersKept, SetCookieKept, StageCacheOfOtherCaller, StageCacheOfOtherRequest, VaryNotKeyed,
};
use Sign::{NoneOf, Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "stage-cache-of-other-caller",
        symptom: "A caller gets the answer that was made for another one",
        signs: &[Noted(StageCacheOfOtherCaller)],
        cause: "The stage of the REST API caches this method, and nothing that says who asks is part of the key.",
        fix: "Add the header field that names the caller, such as method.request.header.Authorization, to the \
              CacheKeyParameters of the integration, declare it in the method's RequestParameters, and deploy the API again; or \
              set CachingEnabled: false for the method in MethodSettings, which counts at once.",
        place_of: &[StageCacheOfOtherCaller],
    },
    Trap {
        id: "stage-cache-ignores-parameters",
        symptom: "Every path parameter or query string gets the same answer",
        signs: &[Noted(StageCacheOfOtherRequest)],
        cause: "The stage of the REST API caches this method. Only CacheKeyParameters of its integration tell requests apart: \
                neither path parameters nor the query string do by themselves.",
        fix: "Declare the parameters in the method's RequestParameters and list them in the integration's CacheKeyParameters, \
              such as method.request.path.id and method.request.querystring.type; then deploy the API again.",
        place_of: &[StageCacheOfOtherRequest],
    },
    Trap {
        id: "query-in-orp-only",
        symptom: "The first variant is served to everybody",
        signs: &[Noted(QueryForwardedNotKeyed), NoneOf(&[CachingDisabled, MethodNotCached])],
        cause: "An origin request policy forwards the query string, but the cache policy does not key it: all variants \
                share one cached object.",
        fix: "List the parameters in the cache policy; what is keyed is forwarded by itself.",
        place_of: &[QueryForwardedNotKeyed],
    },
    Trap {
        id: "set-cookie-cached",
        symptom: "A viewer gets the cookie of another viewer",
        signs: &[Noted(SetCookieKept)],
        cause: "Cookies are forwarded and the answer is kept, so its Set-Cookie is kept with it and sent to everybody \
                with the same cache key: all who come without a cookie, for one.",
        fix: "Answer with Cache-Control: no-store (MinTTL 0) or no-cache=\"Set-Cookie\" when a cookie is set, or forward no \
              cookies in this behavior.",
        place_of: &[SetCookieKept],
    },
    Trap {
        id: "minttl-caches-private",
        symptom: "A private answer comes from the cache",
        signs: &[Noted(LifetimeMinTtlDespiteNoStore)],
        cause: "The MinTTL of the cache policy is above 0 (CachingOptimized has 1), which beats no-store and private.",
        fix: "Use a cache policy with MinTTL 0 for answers that must not be cached.",
        place_of: &[LifetimeMinTtlDespiteNoStore],
    },
    Trap {
        id: "cors-origin-not-keyed",
        symptom: "An error of CORS for one site after another site was first",
        signs: &[Noted(CorsOriginNotKeyed), OneOf(KEPT)],
        cause: "The answer depends on the Origin header, which is not in the cache key: it is kept with the CORS headers \
                for the first site that asked.",
        fix: "Put Origin into the cache policy, or set the CORS headers with a response headers policy.",
        place_of: &[CorsOriginNotKeyed],
    },
    Trap {
        id: "vary-ignored",
        symptom: "A variant (language, format, device) is served to viewers who asked for another one",
        signs: &[Noted(VaryNotKeyed), OneOf(KEPT)],
        cause: "The origin's Vary names a header that is not in the cache key, and CloudFront takes the key from its \
                configuration only.",
        fix: "Put the header into the cache policy; what is keyed is forwarded by itself.",
        place_of: &[VaryNotKeyed],
    },
    Trap {
        id: "cookies-kill-cache",
        symptom: "Hardly ever a hit",
        signs: &[Noted(AllCookiesKeyed), Noted(Miss), OneOf(KEPT)],
        cause: "All cookies are in the cache key, so every viewer has objects of his own. CloudFront then neither \
                collapses requests nor answers 304.",
        fix: "List the few cookies that change the answer in CookiesConfig (a whitelist), or none.",
        place_of: &[AllCookiesKeyed],
    },
    Trap {
        id: "query-order-key",
        symptom: "A miss for what was asked a moment ago",
        signs: &[Noted(SameParametersKept)],
        cause: "The order of the query parameters counts in the cache key: the same parameters in another order are in \
                the cache.",
        fix: "Let clients write parameters in one order (sorted), or sort them with a viewer-request function.",
        place_of: &[SameParametersKept],
    },
    Trap {
        id: "compression-off",
        symptom: "The answer is not compressed although the behavior says Compress: true",
        signs: &[OneOf(&[NotCompressedCachingDisabled, NotCompressedNotEnabled])],
        cause: "Compress: true does nothing by itself: CloudFront compresses what it may cache (a TTL above 0), and with a \
                cache policy that enables gzip or Brotli.",
        fix: "Use a cache policy with EnableAcceptEncodingGzip, EnableAcceptEncodingBrotli and a MaxTTL above 0, or \
              compress at the origin (MinimumCompressionSize of the API).",
        place_of: &[NotCompressedCachingDisabled, NotCompressedNotEnabled],
    },
    Trap {
        id: "accept-encoding-whitelisted",
        symptom: "The answer is not compressed although the behavior says Compress: true",
        signs: &[Noted(NotCompressedAcceptEncodingListed)],
        cause: "Accept-Encoding is listed among the headers of the cache key: then CloudFront leaves compression to the \
                origin and keeps an object for each spelling of the header.",
        fix: "Remove Accept-Encoding from the headers, and enable gzip and Brotli in a cache policy.",
        place_of: &[NotCompressedAcceptEncodingListed],
    },
    Trap {
        id: "content-type-not-compressed",
        symptom: "A text is not compressed although the behavior says Compress: true, while others are",
        signs: &[Noted(NotCompressedContentType)],
        cause: "CloudFront compresses a fixed list of content types. application/manifest+json, application/ld+json and others \
                are not in it.",
        fix: "Serve it as application/json or application/xml, or compress it at the origin.",
        place_of: &[NotCompressedContentType],
    },
    Trap {
        id: "maxttl-not-zero",
        symptom: "An old answer although the DefaultTTL is 0",
        signs: &[Noted(KeptDespiteDefaultTtl)],
        cause: "DefaultTTL counts only where the origin sends neither max-age nor s-maxage nor Expires; what it sends counts up \
                to MaxTTL, which is a year unless it is set.",
        fix: "Use Managed-CachingDisabled (4135ea2d-6df8-44a3-9df3-4b5a84be39ad), set MaxTTL to 0, too, or let the origin \
              send Cache-Control: no-store.",
        place_of: &[KeptDespiteDefaultTtl],
    },
    Trap {
        id: "no-content-length",
        symptom: "The answer is not compressed although the behavior says Compress: true",
        signs: &[Noted(NotCompressedLengthUnknown)],
        cause: "The origin sent no Content-Length (a chunked answer), and CloudFront compresses only what has one. An \
                answer that breaks off is kept as if it were whole when it has no length, either.",
        fix: "Let the origin send Content-Length.",
        place_of: &[NotCompressedLengthUnknown],
    },
    Trap {
        id: "body-not-checked",
        symptom: "A body that no model describes reaches the backend, although a request validator checks bodies",
        signs: &[Noted(BodyNotChecked)],
        cause: "A model is for one content type. A body with another one is compared with none, and passes.",
        fix: "Give the method a model for $default, too: RequestModels: {$default: …}, and deploy the API again. A template with \
              PassthroughBehavior NEVER refuses other content types, but not behind a proxy integration.",
        place_of: &[BodyNotChecked],
    },
    Trap {
        id: "mutual-tls-passed-by",
        symptom: "An API answers clients without a certificate, although its custom domain name has mutual TLS",
        signs: &[Noted(MutualTlsPassedBy), NoneOf(&[ExecuteApiDisabled, HttpApiDisabled])],
        cause: "Mutual TLS belongs to the custom domain name. By its execute-api name the API answers everybody.",
        fix: "Set DisableExecuteApiEndpoint: true for the API, so that the custom domain name is the only way to it, and deploy \
              a REST API again: until then its stages go on answering.",
        place_of: &[HostIsApi, HostIsHttpApi, MutualTlsPassedBy],
    },
    Trap {
        id: "edited-behind-an-alias",
        symptom: "The function answers with its code or settings of before an edit",
        signs: &[Noted(FunctionVersionOutdated)],
        cause: "An edit changes $LATEST. A published version keeps what it was published with, and what is called here is a \
                version, or an alias that stands for one. CloudFormation publishes another version only for another \
                AWS::Lambda::Version.",
        fix: "Give AWS::Lambda::Version another logical id, and let the alias name it; or use AutoPublishAlias of SAM, which \
              does so at each edit of the code. For what is only developed, let the alias stand for $LATEST.",
        place_of: &[FunctionVersionOutdated],
    },
];

/// The answer is kept for a while.
const KEPT: &[FactKind] = &[
    LifetimeDefaultTtl,
    LifetimeFromExpires,
    LifetimeFromMaxAge,
    LifetimeFromSMaxAge,
    LifetimeLoweredToMaxTtl,
    LifetimeMinTtlDespiteNoStore,
    LifetimeRaisedToMinTtl,
];
