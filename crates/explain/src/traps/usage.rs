//! Traps of API keys and usage plans: a 403 that says no more than a wrong Host does, and a 429.

use super::{Sign, Trap};
use crate::FactKind::{
    ApiKeyDisabled, ApiKeyMissing, ApiKeyNotInPlan, ApiKeyUnknown, CustomHeaderDropped, QuotaExceeded,
    ThrottledByAccount, ThrottledByStage, ThrottledByUsagePlan,
};
use Sign::{NoneOf, Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "apikey-stripped",
        symptom: "403 {\"message\":\"Forbidden\"} behind CloudFront, though the client sends x-api-key",
        signs: &[Noted(ApiKeyMissing), Noted(CustomHeaderDropped)],
        cause: "The method demands an API key, and no policy of the behavior forwards x-api-key to the API.",
        fix: "Use Managed-AllViewerExceptHostHeader, or an origin request policy with x-api-key; or let the distribution send \
              the key itself, as a custom header of the origin.",
        place_of: &[CustomHeaderDropped],
    },
    Trap {
        id: "apikey-403",
        symptom: "403 {\"message\":\"Forbidden\"} on a path that is right: the same words as for a wrong Host",
        signs: &[
            OneOf(&[ApiKeyMissing, ApiKeyUnknown, ApiKeyDisabled, ApiKeyNotInPlan]),
            NoneOf(&[CustomHeaderDropped]),
        ],
        cause: "The method demands an API key. It is missing, it is nobody's, it is not enabled, or no usage plan has both the \
                key and the stage.",
        fix: "Send the value of the key, not its id, in x-api-key; give the key Enabled: true and put it with \
              AWS::ApiGateway::UsagePlanKey into a usage plan that has the stage among its ApiStages.",
        place_of: &[ApiKeyDisabled, ApiKeyNotInPlan, ApiKeyMissing, ApiKeyUnknown],
    },
    Trap {
        id: "usage-429",
        symptom: "429 {\"message\":\"Too Many Requests\"} or {\"message\":\"Limit Exceeded\"}",
        signs: &[OneOf(&[QuotaExceeded, ThrottledByAccount, ThrottledByStage, ThrottledByUsagePlan])],
        cause: "A bucket of tokens is empty: that of the client's key, of the method in its stage, or of the account; or the \
                quota of the key is used up.",
        fix: "Raise the limit that the facts name, or let the client try again later.",
        place_of: &[QuotaExceeded, ThrottledByUsagePlan, ThrottledByStage],
    },
];
