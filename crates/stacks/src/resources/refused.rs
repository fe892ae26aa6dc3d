//! Resource types of API Gateway, Lambda and IAM that cannot be made here, each with its reason.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>

use crate::properties::nearest;

/// Why a resource type is not made, in place of a sentence that would hold for any type.
pub fn reason(kind: &str) -> Option<&'static str> {
    ROWS.iter().find(|(name, _)| *name == kind).map(|(_, reason)| *reason)
}

/// Whether a type without a row is one that is made, misspelt: of these services all types are known.
pub fn is_misspelt(kind: &str, near: &str) -> bool {
    let services = ["AWS::ApiGateway::", "AWS::ApiGatewayV2::", "AWS::IAM::", "AWS::Lambda::"];
    services.iter().any(|service| {
        let names = kind.strip_prefix(service).zip(near.strip_prefix(service));
        names.is_some_and(|(name, near)| nearest(name, &[near]).is_some())
    })
}

const ROWS: &[(&str, &str)] = &[
    ("AWS::ApiGateway::BasePathMappingV2", PRIVATE),
    ("AWS::ApiGateway::DomainNameAccessAssociation", PRIVATE),
    ("AWS::ApiGateway::DomainNameV2", PRIVATE),
    ("AWS::ApiGatewayV2::IntegrationResponse", WEB_SOCKET),
    ("AWS::ApiGatewayV2::Model", WEB_SOCKET),
    ("AWS::ApiGatewayV2::Portal", PORTAL),
    ("AWS::ApiGatewayV2::PortalProduct", PORTAL),
    ("AWS::ApiGatewayV2::ProductPage", PORTAL),
    ("AWS::ApiGatewayV2::ProductRestEndpointPage", PORTAL),
    ("AWS::ApiGatewayV2::RouteResponse", WEB_SOCKET),
    (
        "AWS::Lambda::CapacityProvider",
        "functions run as processes of this machine, and not on instances of EC2",
    ),
    (
        "AWS::Lambda::CodeSigningConfig",
        "the code of a function is a folder here, which nobody has signed, so no signature can be checked",
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "there are no queues, streams and tables here that a function could be given records of",
    ),
    ("AWS::Lambda::MicrovmImage", "functions run as processes of this machine, and not in virtual machines"),
    ("AWS::Lambda::NetworkConnector", "there is no VPC here that a function could be connected to"),
    ("AWS::Lambda::WebFunction", WEB_FUNCTION),
    ("AWS::Lambda::WebFunctionEndpoint", WEB_FUNCTION),
    ("AWS::Lambda::WebFunctionRevision", WEB_FUNCTION),
];

const PORTAL: &str = "developer portals, which no request to an API comes across, are not served here";
const PRIVATE: &str =
    "private custom domain names are reached from inside a VPC only, and there is none here";
const WEB_FUNCTION: &str = "web functions of Lambda do not run here";
const WEB_SOCKET: &str = "only WebSocket APIs have it, and they are not done yet; HTTP APIs have neither models nor responses of \
                          routes";

#[cfg(test)]
mod tests {
    use super::{ROWS, is_misspelt};
    use crate::resources::handler;

    #[test]
    fn the_table_is_sorted_and_names_nothing_that_is_made() {
        assert!(ROWS.is_sorted_by_key(|(name, _)| *name));
        for (name, _) in ROWS {
            assert!(handler(name).is_none(), "{name}");
        }
    }

    #[test]
    fn what_is_near_is_misspelt() {
        for (kind, near, expected) in [
            ("AWS::Lambda::Functoin", "AWS::Lambda::Function", true),
            ("AWS::IAM::UserPolicies", "AWS::IAM::UserPolicy", true),
            ("AWS::Lambda::FunctionPlanner", "AWS::Lambda::Function", false),
            ("AWS::S3::Buket", "AWS::S3::Bucket", false),
        ] {
            assert_eq!(is_misspelt(kind, near), expected, "{kind}");
        }
    }
}
