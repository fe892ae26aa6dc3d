//! Facts of API Gateway's custom domain names.

use frontgate_aws::Source::{Documented, Inferred};

use super::rows;

rows! {
    HostIsDomainName "door.host-is-custom-domain"
        "Host is {place}."
        Documented("how-to-custom-domains");
    HostIsDomainTarget "door.host-is-domain-target"
        "Host is the name that DNS leads {place} to."
        Documented("apigateway-regional-api-custom-domain-create");
    DomainNameAsked "gateway.custom-domain"
        "API Gateway knows this Host: {place}."
        Documented("how-to-custom-domains");
    DomainTargetAsked "gateway.domain-target"
        "The Host is the target of {place}, and nothing can be called under that: 403 Forbidden."
        Documented("apigateway-regional-api-custom-domain-create");
    ApiMappingChosen "gateway.api-mapping"
        "The path goes through {place}."
        Documented("rest-api-mappings");
    RoutingRuleChosen "gateway.routing-rule"
        "The request goes by {place}."
        Documented("rest-api-routing-rules");
    ApiMappingMissing "gateway.api-mapping-missing"
        "No API mapping and no routing rule of {place} takes this request: 403 Forbidden."
        Inferred("Forbidden where no API is found");
}
