//! Facts of CloudFront.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    DistributionDisabled "edge.distribution-disabled"
        "The distribution is disabled: {place}."
        Documented("distribution-web-values-specify");
    ChainTooLong "edge.chain-too-long"
        "This is distribution {value} of a chain of distributions, and CloudFront allows two: {place}."
        Documented("cloudfront-limits");
    GeoAllowed "edge.geo-allowed"
        "The viewer is in {country}, which {place} lets in."
        Documented("georestrictions");
    GeoBlocked "edge.geo-blocked"
        "The viewer is in {country}, which {place} blocks."
        Documented("georestrictions");
    GeoUnknown "edge.geo-unknown"
        "The country of the viewer is not known, and then CloudFront serves it in spite of {place}."
        Documented("georestrictions");
    PathNormalized "edge.path-normalized"
        "The path was normalized (RFC 3986) to choose the behavior; the raw path goes on."
        Documented("downloaddistvaluescachebehavior");
    RawPathElsewhere "edge.raw-path-elsewhere"
        "As it was sent, the path would have gone to {place}; and as it was sent it goes to the origin."
        Documented("downloaddistvaluescachebehavior");
    PatternMissesBarePath "edge.pattern-misses-bare-path"
        "The path lacks the slash that the pattern of {place} demands."
        Documented("distribution-web-values-specify");
    PatternShadowed "edge.pattern-shadowed"
        "The path matches {place}, too, which stands behind the one that was chosen."
        Documented("distribution-web-values-specify");
    RewrittenElsewhere "edge.rewritten-elsewhere"
        "As the function left it the path matches {place}, but the behavior was chosen before, by the viewer's path."
        Documented("edge-function-restrictions-all");
    FolderAsked "edge.folder-asked"
        "The path is a folder of a bucket; a default root object stands in for / only: {place}."
        Documented("defaultrootobject");
    BehaviorMatched "edge.behavior-matched"
        "The path matches {place}."
        Documented("distribution-web-values-specify");
    BehaviorDefault "edge.behavior-default"
        "No path pattern matches, so {place} applies."
        Documented("distribution-web-values-specify");
    RedirectToHttps "edge.redirect-to-https"
        "Asked over http; {place} redirects to https with {value}."
        Documented("using-https-viewers-to-cloudfront");
    HttpsOnly "edge.https-only"
        "Asked over http; {place} allows https only."
        Documented("using-https-viewers-to-cloudfront");
    MethodNotAllowed "edge.method-not-allowed"
        "The method is not among the allowed methods of {place}."
        Documented("distribution-web-values-specify");
    GetWithBody "edge.get-with-body"
        "A GET or HEAD request with a body is refused."
        Documented("requestandresponsebehaviorcustomorigin");
    DefaultRootObject "edge.default-root-object"
        "The path is /, so the default root object is asked for: {place}."
        Documented("defaultrootobject");
    CachePolicyApplied "edge.cache-policy"
        "The cache key is made by {place}."
        Documented("controlling-the-cache-key");
    ForwardedValuesApplied "edge.forwarded-values"
        "The cache key is made by the legacy settings {place}."
        Documented("header-caching");
    CachingDisabled "edge.caching-disabled"
        "All TTLs are 0: nothing is cached by {place}."
        Documented("using-managed-cache-policies");
    MethodNotCached "edge.method-not-cached"
        "Answers to this method are never cached."
        Documented("distribution-web-values-specify");
    Hit "edge.hit"
        "Found in the cache, {value} s old."
        Documented("Expiration");
    ErrorFromCache "edge.error-from-cache"
        "What was found is the error {value} of an earlier request, kept by {place}."
        Documented("GeneratingCustomErrorResponses");
    Miss "edge.miss"
        "Not in the cache."
        Documented("Expiration");
    SameParametersKept "edge.same-parameters-kept"
        "The same query parameters in another order are in the cache: {place} keys them in the order sent."
        Documented("QueryStringParameters");
    Expired "edge.expired"
        "Found in the cache, but expired {value} s ago."
        Documented("Expiration");
    Revalidated "edge.revalidated"
        "The origin said 304: the cached object is good for another lifetime."
        Documented("Expiration");
    Collapsed "edge.collapsed"
        "Another request for the same cache key was on its way; this one waited for its answer."
        Documented("RequestAndResponseBehaviorCustomOrigin#request-custom-traffic-spikes");
    CollapsedInVain "edge.collapsed-in-vain"
        "The answer that was waited for may not be shared, so this request went to the origin itself."
        Documented("RequestAndResponseBehaviorCustomOrigin#request-custom-traffic-spikes");
    StaleWhileRevalidate "edge.stale-while-revalidate"
        "Expired {value} s ago and served all the same while it is fetched anew: stale-while-revalidate of the origin."
        Documented("Expiration");
    StaleServed "edge.stale-served"
        "The origin failed ({value}); the expired object was served."
        Documented("HTTPStatusCodes");
    StaleNotServed "edge.stale-not-served"
        "The origin failed, and the object that expired {value} s ago does not stand in for it: the origin's Cache-Control \
         forbids it (must-revalidate, proxy-revalidate, no-cache, s-maxage) or ends it (stale-if-error)."
        Inferred("RFC 9111 section 4.2.4; of these, CloudFront's documentation names stale-if-error");
    UpdatedByHead "edge.updated-by-head"
        "The answer to this HEAD request describes the expired object that is kept for GET: it is up to date again."
        Inferred("RFC 9111 section 4.3.5; CloudFront's documentation is silent");
    QueryForwardedAndKeyed "edge.query-keyed"
        "{value} query parameters are in the cache key and go to the origin."
        Documented("controlling-the-cache-key");
    QueryForwardedNotKeyed "edge.query-not-keyed"
        "{value} query parameters go to the origin but are not in the cache key: {place}."
        Documented("understanding-how-origin-request-policies-and-cache-policies-work-together");
    QueryDropped "edge.query-dropped"
        "{value} query parameters were dropped: neither the cache policy nor an origin request policy has them ({place})."
        Documented("controlling-origin-requests");
    CookiesForwarded "edge.cookies-forwarded"
        "{value} cookies go to the origin by {place}."
        Documented("Cookies");
    AllCookiesKeyed "edge.all-cookies-keyed"
        "All {value} cookies of the viewer are in the cache key: {place}."
        Documented("Cookies");
    CookiesDropped "edge.cookies-dropped"
        "{value} cookies were dropped by {place}."
        Documented("Cookies");
    HeadersForwarded "edge.headers-forwarded"
        "{value} viewer headers go to the origin."
        Documented("requestandresponsebehaviorcustomorigin");
    HeadersDropped "edge.headers-dropped"
        "{value} viewer headers were dropped by {place}."
        Documented("requestandresponsebehaviorcustomorigin");
    AcceptDropped "edge.accept-dropped"
        "Accept was dropped: {place} does not forward it."
        Documented("requestandresponsebehaviorcustomorigin");
    CustomHeaderDropped "edge.custom-header-dropped"
        "{value} of the dropped headers are an application's own (X-…): {place} does not forward them."
        Documented("controlling-origin-requests");
    UserAgentReplaced "edge.user-agent-replaced"
        "User-Agent is Amazon CloudFront for the origin: {place} does not forward the viewer's."
        Documented("requestandresponsebehaviorcustomorigin");
    AuthorizationForwarded "edge.authorization-forwarded"
        "Authorization goes to the origin."
        Documented("requestandresponsebehaviorcustomorigin");
    AuthorizationDropped "edge.authorization-dropped"
        "Authorization was dropped: {place} does not forward it."
        Documented("requestandresponsebehaviorcustomorigin");
    HostForwarded "edge.host-forwarded"
        "The Host of the viewer goes to the origin: {place}."
        Documented("controlling-origin-requests");
    HostReplaced "edge.host-replaced"
        "Host is the domain name of the origin: {place}."
        Documented("controlling-origin-requests");
    OriginChosen "edge.origin-chosen"
        "CloudFront asks {place}."
        Documented("distribution-web-values-specify");
    OriginPathPrepended "edge.origin-path"
        "The origin path stands before the path: {place}."
        Documented("distribution-web-values-specify");
    OriginShielded "edge.origin-shield"
        "The origin is asked by way of its Origin Shield, {place}: one more layer of cache, which with one edge location has \
         nothing that the edge has not."
        Documented("origin-shield");
    OacSigned "edge.oac-signed"
        "The origin request is signed for cloudfront.amazonaws.com by {place}."
        Documented("private-content-restricting-access-to-s3");
    OacMissing "edge.oac-missing"
        "The S3 origin has no origin access control: the request is anonymous ({place})."
        Documented("private-content-restricting-access-to-s3");
    OacUnsigned "edge.oac-unsigned"
        "The origin request is not signed: {place} says never, or the viewer's Authorization goes on (no-override)."
        Documented("private-content-restricting-access-to-s3");
    OaiSigned "edge.oai-signed"
        "The origin request is made as the origin access identity of {place}."
        Documented("private-content-restricting-access-to-s3");
    OriginAnsweredAfter "edge.origin-answered-after"
        "The head of the origin's answer was there after {value} µs."
        Documented("real-time-logs");
    OriginStatus "edge.origin-status"
        "The origin answered {value}."
        Documented("HTTPStatusCodes");
    RedirectsToItself "edge.redirects-to-itself"
        "The origin, asked over http, redirects to the very https URL that the viewer asked for: {place}."
        Documented("using-https-cloudfront-to-custom-origin");
    OriginConnectFailed "edge.origin-connect-failed"
        "No connection to the origin could be made: {place}."
        Recorded("502 page");
    OriginDnsFailed "edge.origin-dns-failed"
        "The domain name of the origin could not be resolved: {place}."
        Recorded("502 page");
    OriginTlsFailed "edge.origin-tls-failed"
        "TLS with the origin failed: {place}."
        Documented("http-502-bad-gateway");
    OriginAskedAgain "edge.origin-asked-again"
        "The origin sent nothing in time and was asked {value} times, as ConnectionAttempts of {place} says: a GET or HEAD \
         request is tried again."
        Documented("DownloadDistValuesOrigin#DownloadDistValuesOriginResponseTimeout");
    OriginTimedOut "edge.origin-timed-out"
        "The origin sent nothing for {value} s: {place}."
        Documented("http-504-gateway-timeout");
    OriginNotCompleteInTime "edge.origin-not-complete-in-time"
        "The answer of {place} was not complete after {value} s, its response completion timeout."
        Documented("DownloadDistValuesOrigin");
    OriginClosed "edge.origin-closed"
        "The origin closed the connection before its answer was whole."
        Recorded("502 page");
    OriginHeadTooLarge "edge.origin-head-too-large"
        "The status line and headers of the origin's answer are longer than 32768 bytes: {place}."
        Documented("cloudfront-limits");
    OriginInvalidResponse "edge.origin-invalid-response"
        "The answer of the origin breaks HTTP."
        Documented("http-502-bad-gateway");
    OriginContentRangeLength "edge.origin-content-range-length"
        "The Content-Length of the part does not match its Content-Range: {place}."
        Documented("standard-logs-reference");
    ViewerBodyBroken "edge.viewer-body-broken"
        "The body of the request broke off or is malformed, so the origin did not get it whole."
        Inferred("a request that cannot be passed on is a bad request");
    FailedOver "edge.failed-over"
        "The primary origin answered {value}, one of {place}: the secondary origin is asked."
        Documented("high_availability_origin_failover");
    FailedOverWithoutAnswer "edge.failed-over-without-answer"
        "The primary origin gave no answer, which counts as {value}, one of {place}: the secondary origin is asked."
        Documented("high_availability_origin_failover");
    NotFailedOver "edge.not-failed-over"
        "No failover: {value} is not among {place}."
        Documented("high_availability_origin_failover");
    NotFailedOverMethod "edge.not-failed-over-method"
        "No failover for this request although {value} is among {place}: only GET and HEAD fail over, and OPTIONS where \
         its answers are cached."
        Documented("high_availability_origin_failover");
    NotFailedOverWithoutAnswer "edge.not-failed-over-without-answer"
        "No failover: the primary origin gave no answer, which counts as {value}, and that is not among {place}."
        Documented("high_availability_origin_failover");
    LifetimeFromMaxAge "edge.lifetime-max-age"
        "Kept for {value} s: max-age of the origin."
        Documented("Expiration");
    LifetimeFromSMaxAge "edge.lifetime-s-maxage"
        "Kept for {value} s: s-maxage of the origin."
        Documented("Expiration");
    LifetimeFromExpires "edge.lifetime-expires"
        "Kept for {value} s: Expires of the origin."
        Documented("Expiration");
    LifetimeLoweredToMaxTtl "edge.lifetime-lowered"
        "Kept for {value} s: the MaxTTL of {place}, which is less than the origin says."
        Documented("Expiration");
    LifetimeRaisedToMinTtl "edge.lifetime-raised"
        "Kept for {value} s: the MinTTL of {place}, which is more than the origin says."
        Documented("Expiration");
    LifetimeDefaultTtl "edge.lifetime-default"
        "Kept for {value} s: the DefaultTTL of {place}, as the origin says nothing."
        Documented("Expiration");
    LifetimeMinTtlDespiteNoStore "edge.lifetime-min-despite-no-store"
        "Kept for {value} s although the origin says no-cache, no-store or private: the MinTTL of {place} is above 0."
        Documented("Expiration");
    LifetimeNoCache "edge.lifetime-no-cache"
        "Kept for {value} s: the origin says no-cache, so it is asked each time whether the object is still good."
        Documented("Expiration");
    KeptDespiteDefaultTtl "edge.kept-despite-default-ttl"
        "It is kept although the DefaultTTL of {place} is 0: that counts only where the origin says nothing."
        Documented("Expiration");
    AgeCounted "edge.age-counted"
        "The answer was {value} s old when it came, by its Age: so much of its time was over."
        Inferred("RFC 9111 section 4.2; CloudFront's documentation is silent");
    NotStoredAuthorization "edge.not-stored-authorization"
        "Not kept: the answer to a request with Authorization, which {place} forwards without putting it into the cache \
         key, and the origin says neither public nor s-maxage nor must-revalidate."
        Inferred("RFC 9111 section 3.5; CloudFront's documentation is silent");
    InvalidatedByMethod "edge.invalidated-by-method"
        "The origin may have changed the object by this method: {value} kept answers to the same request by GET were \
         removed."
        Inferred("RFC 9111 section 4.4; CloudFront's documentation is silent");
    NotStoredNoStore "edge.not-stored-no-store"
        "Not kept: the origin says no-cache, no-store or private."
        Documented("Expiration");
    NotStoredStatus "edge.not-stored-status"
        "Not kept: answers with status {value} are not cached."
        Documented("HTTPStatusCodes");
    NotStoredVaryStar "edge.not-stored-vary-star"
        "Not served from the cache: the origin says Vary: *."
        Documented("RequestAndResponseBehaviorCustomOrigin");
    NotStoredIncomplete "edge.not-stored-incomplete"
        "Not kept: the answer of the origin ended early."
        Documented("RequestAndResponseBehaviorCustomOrigin");
    NotStoredTooLarge "edge.not-stored-too-large"
        "Not kept: the object is larger than the cache takes."
        Inferred("limit of the memory cache");
    NotStoredPartial "edge.not-stored-partial"
        "Not kept: a part that was not asked for, or that does not say where it belongs."
        Inferred("RFC 9111 section 3.3; CloudFront's documentation is silent");
    ErrorKept "edge.error-kept"
        "The error is kept for {value} s by {place}."
        Documented("GeneratingCustomErrorResponses");
    ErrorPage "edge.error-page"
        "The error {value} is replaced by {place}."
        Documented("GeneratingCustomErrorResponses");
    ErrorPageFailed "edge.error-page-failed"
        "The custom error page could not be fetched ({value})."
        Documented("GeneratingCustomErrorResponses");
    CompressedBr "edge.compressed-br"
        "Compressed with Brotli by {place}."
        Documented("ServingCompressedFiles");
    CompressedGzip "edge.compressed-gzip"
        "Compressed with gzip by {place}."
        Documented("ServingCompressedFiles");
    NotCompressed "edge.not-compressed"
        "Not compressed although {place} says Compress: a condition is not met."
        Documented("ServingCompressedFiles");
    NotCompressedAcceptEncodingListed "edge.not-compressed-accept-encoding-listed"
        "Not compressed: Accept-Encoding is among the headers of {place}."
        Documented("ServingCompressedFiles");
    NotCompressedCachingDisabled "edge.not-compressed-caching-disabled"
        "Not compressed although the behavior says Compress: all TTLs of {place} are 0."
        Documented("ServingCompressedFiles");
    NotCompressedContentType "edge.not-compressed-content-type"
        "Not compressed although {place} says Compress: it is text, but its Content-Type is not in CloudFront's list."
        Documented("ServingCompressedFiles");
    NotCompressedLengthUnknown "edge.not-compressed-length-unknown"
        "Not compressed although {place} says Compress: the origin sent no Content-Length."
        Documented("ServingCompressedFiles");
    NotCompressedNoRoom "edge.not-compressed-no-room"
        "It would be compressed, but too many answers are on their way at once; CloudFront skips it when it is busy, too."
        Documented("ServingCompressedFiles");
    NotCompressedNotEnabled "edge.not-compressed-not-enabled"
        "Not compressed although the behavior says Compress: {place} enables neither gzip nor Brotli."
        Documented("ServingCompressedFiles");
    NotModified "edge.not-modified"
        "The viewer has this very object: 304."
        Documented("requestandresponsebehavior");
    RangeServed "edge.range-served"
        "The range asked for was cut out of what is kept of the object."
        Documented("RangeGETs");
    RangeIgnored "edge.range-ignored"
        "The Range header is invalid, unordered or overlapping, so the whole object is served."
        Documented("RangeGETs");
    RangeNotSupported "edge.range-not-supported"
        "The origin answered the range with the whole object: so does CloudFront, and cuts the next ranges out of it."
        Documented("RangeGETs");
    PartFetched "edge.part-fetched"
        "The origin is asked for a range only: what the viewer wants of the object and the cache lacks."
        Documented("RangeGETs");
    PartKept "edge.part-kept"
        "The part of {value} bytes is kept beside others of the same version."
        Documented("RangeGETs");
    PartsOutdated "edge.parts-outdated"
        "The parts kept until now are not known to be of the same version of the object, so that they go."
        Inferred("RFC 9111 section 3.4; CloudFront's documentation is silent");
    CacheTagsKept "edge.cache-tags"
        "The object can be invalidated by {value} tags of the header that {place} names."
        Documented("invalidation-by-tags");
    CacheTagsDropped "edge.cache-tags-dropped"
        "{value} tags of the header that {place} names are not stored: beyond the fiftieth, longer than 256 characters, or \
         not of visible ASCII characters."
        Documented("invalidation-specifying-tags");
    ResponseHeadersPolicyApplied "edge.response-headers-policy"
        "Headers are set by {place}."
        Documented("understanding-response-headers-policies");
    SetCookieRemoved "edge.set-cookie-removed"
        "Set-Cookie was removed: cookies are not forwarded by {place}."
        Documented("RequestAndResponseBehaviorCustomOrigin");
    SetCookieKept "edge.set-cookie-kept"
        "Set-Cookie is kept with the object for {value} s, since {place} forwards cookies."
        Documented("Cookies");
    VaryFiltered "edge.vary-filtered"
        "Names were removed from Vary: the cache key comes from the configuration only."
        Documented("RequestAndResponseBehaviorCustomOrigin");
    VaryNotKeyed "edge.vary-not-keyed"
        "The origin's Vary names {value} headers of this request that are not in the cache key of {place}."
        Documented("RequestAndResponseBehaviorCustomOrigin");
    CorsOriginNotKeyed "edge.cors-origin-not-keyed"
        "The answer depends on the Origin header, which is not in the cache key of {place}."
        Documented("header-caching");
    ErrorWithoutCors "edge.error-without-cors"
        "The error goes to a page of another site without Access-Control-Allow-Origin: {place} sets none."
        Documented("understanding-response-headers-policies");
}
