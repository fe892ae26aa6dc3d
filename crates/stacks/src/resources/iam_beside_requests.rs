//! Resources of IAM that no request asks here: who signs in by way of them does so at services that do not run here.
//!
//! `AWS::IAM::InstanceProfile`, `AWS::IAM::OIDCProvider`, `AWS::IAM::SAMLProvider`, `AWS::IAM::ServerCertificate`,
//! `AWS::IAM::ServiceLinkedRole` and `AWS::IAM::VirtualMFADevice`: they are there for those that name them.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html>

use frontgate_aws::ids;
use frontgate_template::ResourceNode;

use super::iam_identities::path_of;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an instance profile: it gives a role to instances of EC2.
pub fn make_instance_profile(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = name(node, properties, "InstanceProfileName", maker);
    properties.require("Roles");
    let roles = properties.texts("Roles");
    if let [_, second, ..] = roles.as_slice() {
        let message = format!(
            "{}.Roles: LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
            properties.path()
        );
        properties.problems().error(second.span, message, "one too many", "Leave one of them.");
    }
    let arn = arn("instance-profile", &path_of(properties), &name);
    Made::new(name).with("Arn", arn)
}

/// Makes an OpenID Connect provider: its users would assume roles at STS.
pub fn make_oidc_provider(_node: &ResourceNode, properties: &Object<'_>, _maker: &mut Maker<'_>) -> Made {
    properties.accept(&["ClientIdList", "Tags", "ThumbprintList"]);
    let Some(url) = properties.required_text("Url") else { return Made::default() };
    let Some(address) = url.value.strip_prefix("https://") else {
        let message =
            format!("{}.Url: ValidationError: Invalid Open ID Connect Provider URL", properties.path());
        properties.problems().error(url.span, message, "no https", "Begin it with https://.");
        return Made::default();
    };
    let arn = arn("oidc-provider", "/", address.trim_end_matches('/'));
    Made::new(&arn).with("Arn", &arn)
}

/// Makes a SAML provider: its users would assume roles at STS.
pub fn make_saml_provider(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = name(node, properties, "Name", maker);
    properties.accept(&[
        "AddPrivateKey",
        "AssertionEncryptionMode",
        "PrivateKeyList",
        "RemovePrivateKey",
        "SamlMetadataDocument",
        "Tags",
    ]);
    let arn = arn("saml-provider", "/", &name);
    let id = ids::uuid("saml provider", &maker.seed(&node.logical_id));
    Made::new(&arn).with("Arn", &arn).with("SamlProviderUUID", id)
}

/// Makes a server certificate: load balancers have it; a distribution that names it is refused there.
pub fn make_server_certificate(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = name(node, properties, "ServerCertificateName", maker);
    properties.accept(&["CertificateBody", "CertificateChain", "PrivateKey", "Tags"]);
    let arn = arn("server-certificate", &path_of(properties), &name);
    Made::new(name).with("Arn", arn)
}

/// Makes a service-linked role: the service it is for alone may assume it.
pub fn make_service_linked_role(
    _node: &ResourceNode,
    properties: &Object<'_>,
    _maker: &mut Maker<'_>,
) -> Made {
    properties.accept(&["Description"]);
    let suffix = properties.text("CustomSuffix");
    let Some(service) = properties.required_text("AWSServiceName") else { return Made::default() };
    let known = SERVICE_LINKED_ROLES.iter().find(|(name, _)| *name == service.value);
    let purpose = known.map_or_else(|| capitalized(&service.value), |(_, purpose)| (*purpose).to_owned());
    let suffix = suffix.map_or_else(String::new, |suffix| format!("_{}", suffix.value));
    let name = format!("AWSServiceRoleFor{purpose}{suffix}");
    Made::new(&name).with("RoleName", name)
}

/// Makes a virtual MFA device: no sign-in here asks for a code.
pub fn make_virtual_mfa_device(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = name(node, properties, "VirtualMfaDeviceName", maker);
    properties.require("Users");
    properties.accept(&["Tags", "Users"]);
    let serial_number = arn("mfa", &path_of(properties), &name);
    Made::new(&serial_number).with("SerialNumber", &serial_number)
}

fn name(node: &ResourceNode, properties: &Object<'_>, property: &'static str, maker: &Maker<'_>) -> String {
    properties.text(property).map_or_else(|| maker.generated_name(node), |name| name.value.into_owned())
}

fn arn(kind: &str, path: &str, name: &str) -> String {
    format!("arn:{}:iam::{}:{kind}{path}{name}", ids::PARTITION, ids::ACCOUNT_ID)
}

/// `Ecs` of `ecs.amazonaws.com`: roles without a row are named like that, an inference.
fn capitalized(service: &str) -> String {
    let label = service.split('.').next().unwrap_or_default();
    let mut letters = label.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Services beside API Gateway, CloudFront and Lambda, and what stands in the names of their roles.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
const SERVICE_LINKED_ROLES: &[(&str, &str)] = &[
    ("logger.cloudfront.amazonaws.com", "CloudFrontLogger"),
    ("ops.apigateway.amazonaws.com", "APIGateway"),
    ("replicator.lambda.amazonaws.com", "LambdaReplicator"),
];

#[cfg(test)]
mod tests {
    use super::{SERVICE_LINKED_ROLES, capitalized};

    #[test]
    fn the_table_is_sorted() {
        assert!(SERVICE_LINKED_ROLES.is_sorted());
        assert_eq!(capitalized("ecs.amazonaws.com"), "Ecs");
    }
}
