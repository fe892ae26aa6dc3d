//! `AWS::ApiGateway::DomainName`: a custom domain name, regional or edge-optimized.

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
    let endpoint = endpoint(properties);
    let edge = properties.text("CertificateArn").map(|arn| (arn, "CertificateArn"));
    let regional = properties.text("RegionalCertificateArn").map(|arn| (arn, "RegionalCertificateArn"));
    let certificate = if endpoint == EndpointType::Edge { edge } else { regional };
    properties.accept(&["OwnershipVerificationCertificateArn", "Tags"]);
    let mutual_tls = mutual_tls(properties, maker);
    if let Some(mode) = properties.text("EndpointAccessMode")
        && mode.value != "BASIC"
    {
        properties.unsupported_guard_value("EndpointAccessMode", &mode);
    }
    let routing_mode = properties.choice(
        "RoutingMode",
        &[
            ("BASE_PATH_MAPPING_ONLY", RoutingMode::ApiMappingOnly),
            ("ROUTING_RULE_ONLY", RoutingMode::RoutingRuleOnly),
            ("ROUTING_RULE_THEN_BASE_PATH_MAPPING", RoutingMode::RoutingRuleThenApiMapping),
        ],
    );
    let routing_mode = routing_mode.unwrap_or(RoutingMode::ApiMappingOnly);
    let tls_1_2 = takes_tls_1_2(properties);
    if endpoint == EndpointType::Edge && mutual_tls.is_some() {
        let message = format!(
            "{}: BadRequestException: Mutual TLS is not supported for an EDGE domain name.",
            properties.path()
        );
        let cure = "Write EndpointConfiguration: {Types: [REGIONAL]}.";
        properties.problems().error(
            properties.span_of("MutualTlsAuthentication"),
            message,
            "edge-optimized",
            cure,
        );
    }
    let Some(name) = name else { return Made::default() };
    let settings = Settings { name, endpoint, certificate, tls_1_2, mutual_tls, routing_mode };
    make_domain(node.logical_id_span, settings, properties, maker)
}

/// Where the template says nothing, AWS makes an edge-optimized domain name.
fn endpoint(properties: &Object<'_>) -> EndpointType {
    let Some(configuration) = properties.object("EndpointConfiguration") else { return EndpointType::Edge };
    configuration.accept(&["IpAddressType"]);
    let types = configuration.texts("Types");
    configuration.finish();
    match types.first() {
        Some(kind) if kind.value == "REGIONAL" => EndpointType::Regional,
        Some(kind) if kind.value == "PRIVATE" => {
            configuration.unsupported_guard_value("Types", kind);
            EndpointType::Regional
        }
        Some(kind) if kind.value != "EDGE" => {
            let message = format!("{}.Types: `{}` is not a valid value", configuration.path(), kind.value);
            configuration.problems().error(kind.span, message, "unknown", "Use REGIONAL or EDGE.");
            EndpointType::Regional
        }
        _ => EndpointType::Edge,
    }
}
