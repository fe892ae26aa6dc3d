//! Facts of the cache of a stage.

use frontgate_aws::Source::{Documented, Inferred};

use super::rows;

rows! {
    StageCacheKey "gateway.cache-key"
        "The value of {place} is part of the key in the stage cache."
        Documented("api-gateway-caching");
    StageCacheKeyEmpty "gateway.cache-key-empty"
        "No parameter is part of the key in the stage cache: all requests for {place} share one answer, whatever their path and query."
        Documented("api-gateway-caching");
    StageCacheHit "gateway.cache-hit"
        "The stage cache had the answer, {value} seconds old, and the integration was not called: {place}."
        Documented("api-gateway-caching");
    StageCacheMiss "gateway.cache-miss"
        "The stage cache had no answer. That of the integration is kept for {value} seconds: {place}."
        Documented("api-gateway-caching");
    StageCacheOfOtherRequest "gateway.cache-of-other-request"
        "The answer was kept when another path or query string was asked for, and the key has nothing of what is different: {place}."
        Documented("api-gateway-caching");
    StageCacheOfOtherCaller "gateway.cache-of-other-caller"
        "The answer was kept when somebody else asked. Who asks is no part of the key: {place}."
        Inferred("the key is made of cacheKeyParameters only");
    StageCacheInvalidated "gateway.cache-invalidated"
        "The client sent Cache-Control: max-age=0 and may do so: the integration is called, and its answer replaces the kept one: {place}."
        Documented("api-gateway-caching");
    StageCacheInvalidationIgnored "gateway.cache-invalidation-ignored"
        "The client sent Cache-Control: max-age=0, and no policy allows it execute-api:InvalidateCache: the field is ignored, as {place} has it."
        Documented("api-gateway-caching");
    StageCacheInvalidationRefused "gateway.cache-invalidation-refused"
        "The client sent Cache-Control: max-age=0, and no policy allows it execute-api:InvalidateCache: 403, as {place} has it."
        Documented("api-gateway-caching");
    StageCacheTooLarge "gateway.cache-too-large"
        "The answer has {value} bytes and is not kept: the stage cache takes 1048576 at most."
        Documented("api-gateway-caching");
    StageCacheErrorNotKept "gateway.cache-error-not-kept"
        "API Gateway gave this answer itself, with status {value}: the stage cache does not keep it."
        Inferred("answers of the endpoint are cached; of errors of API Gateway no page speaks");
}
