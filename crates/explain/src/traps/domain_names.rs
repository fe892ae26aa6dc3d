//! Traps of API Gateway's custom domain names: one 403 Forbidden for three mistakes.

use super::{Sign, Trap};
use crate::FactKind::{ApiMappingMissing, DomainNameAsked, DomainTargetAsked, HostReplaced, StageUnknown};
use Sign::Noted;

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "domain-target-asked",
        symptom: "403 {\"message\":\"Forbidden\"} from d-….execute-api.REGION.amazonaws.com",
        signs: &[Noted(DomainTargetAsked)],
        cause: "The target of a custom domain name is where DNS leads the name to. API Gateway finds the API by Host, and \
                the target is no name of an API.",
        fix: "Behind CloudFront forward Host (Managed-AllViewer), with a custom domain name that is called like the \
              distribution's alias; else ask for the custom domain name itself.",
        place_of: &[DomainTargetAsked, HostReplaced],
    },
    Trap {
        id: "api-mapping-missing",
        symptom: "403 {\"message\":\"Forbidden\"} under a custom domain name",
        signs: &[Noted(ApiMappingMissing)],
        cause: "The custom domain name has no API mapping for the path: base paths are compared from the first segment on, \
                with case, and the path has no stage in it.",
        fix: "Map an API to this base path, or to none at all, which takes what the others leave; or ask for a path that \
              begins with a mapped base path. CloudFront's OriginPath must not put a stage before it.",
        place_of: &[ApiMappingMissing],
    },
    Trap {
        id: "custom-domain-stage-missing",
        symptom: "403 {\"message\":\"Forbidden\"} under a custom domain name whose mapping names no stage",
        signs: &[Noted(DomainNameAsked), Noted(StageUnknown)],
        cause: "The API mapping names no stage, so the path has to: the segment behind the base path is none of the API.",
        fix: "Name the Stage in the mapping, or put it into the path.",
        place_of: &[DomainNameAsked],
    },
];
