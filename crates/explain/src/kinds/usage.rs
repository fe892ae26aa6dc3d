//! Facts of API keys, usage plans and throttling.

use frontgate_aws::Source::{Documented, Inferred};

use super::rows;

rows! {
    ApiKeyMissing "gateway.api-key-missing"
        "{place} demands an API key, and the request has none: 403 Forbidden."
        Documented("api-gateway-api-usage-plans");
    ApiKeyUnknown "gateway.api-key-unknown"
        "{place} demands an API key, and the value that came is no key of this account: 403 Forbidden."
        Documented("api-gateway-usage-plan-test-with-postman");
    ApiKeyDisabled "gateway.api-key-disabled"
        "The key is {place}, which is not enabled: 403 Forbidden."
        Documented("api-gateway-api-usage-plans");
    ApiKeyNotInPlan "gateway.api-key-not-in-plan"
        "The key is {place}, and no usage plan has both it and this stage: 403 Forbidden."
        Documented("api-gateway-api-usage-plans");
    ApiKeyAccepted "gateway.api-key"
        "The API key is one of {place}, which has this stage."
        Documented("api-gateway-api-usage-plans");
    ThrottledByUsagePlan "gateway.throttled-by-usage-plan"
        "The key has no token left in its bucket of {place}: 429 Too Many Requests."
        Documented("api-gateway-request-throttling");
    ThrottledByStage "gateway.throttled-by-stage"
        "The method has no token left in its bucket, {place}: 429 Too Many Requests."
        Documented("api-gateway-request-throttling");
    ThrottledByAccount "gateway.throttled-by-account"
        "The account has no token left for this region, 10,000 requests in a second and 5,000 at once: 429 Too Many Requests."
        Documented("limits");
    QuotaExceeded "gateway.quota-exceeded"
        "The key has used up its quota of {place} for this period: 429 Limit Exceeded."
        Inferred("the page of usage plans gives no text; LIMIT_EXCEEDED is well known");
}
