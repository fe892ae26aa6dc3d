//! `AWS::ApiGatewayV2::DomainName`: a regional custom domain name, with the properties of the newer API.

use frontgate_gateway_rules::{EndpointType, RoutingMode};
use frontgate_template::ResourceNode;

use super::gateway_domain_names::{Settings, make as make_domain};
use super::gateway_mutual_tls::mutual_tls;
use super::gateway_security_policy::takes_tls_1_2;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a custom domain name.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("DomainName");
    properties.accept(&["Tags"]);
    let mutual_tls = mutual_tls(properties, maker);
    let routing_mode = properties.choice(
        "RoutingMode",
        &[
            ("API_MAPPING_ONLY", RoutingMode::ApiMappingOnly),
            ("ROUTING_RULE_ONLY", RoutingMode::RoutingRuleOnly),
            ("ROUTING_RULE_THEN_API_MAPPING", RoutingMode::RoutingRuleThenApiMapping),
        ],
    );
    let configurations = properties.objects("DomainNameConfigurations");
    let mut certificate = None;
    let mut tls_1_2 = true;
    for configuration in &configurations {
        configuration.accept(&["CertificateName", "IpAddressType", "OwnershipVerificationCertificateArn"]);
        configuration.choice("EndpointType", &[("REGIONAL", ())]);
        tls_1_2 = takes_tls_1_2(configuration);
        certificate = configuration.text("CertificateArn").map(|arn| (arn, "CertificateArn"));
        configuration.finish();
    }
    if let [_, second, ..] = configurations.as_slice() {
        let message = format!("{}: BadRequestException: more than one configuration", properties.path());
        second.problems().error(second.span(), message, "one too many", "Leave one of them.");
    }
    let Some(name) = name else { return Made::default() };
    let settings = Settings {
        name,
        endpoint: EndpointType::Regional,
        certificate,
        tls_1_2,
        mutual_tls,
        routing_mode: routing_mode.unwrap_or(RoutingMode::ApiMappingOnly),
    };
    make_domain(node.logical_id_span, settings, properties, maker)
}
