//! `AWS::IAM::Role`, `AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy`: checked and given names and ARNs.
//!
//! Functions run with the rights of the user who started frontgate, and no API of AWS that a role could open is
//! served to them, so nothing is decided by these policies here; what a service of AWS decides by a resource policy
//! (buckets, functions) is evaluated where it stands.

use frontgate_iam::{Policy, PolicyKind};
use frontgate_template::{Node, ResourceNode};

use crate::maker::{Made, Maker};
use crate::properties::{Object, span_at};

/// Makes a role.
pub fn make_role(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("RoleName")
        .map_or_else(|| maker.generated_name(node), |name| name.value.into_owned());
    properties.require("AssumeRolePolicyDocument");
    if let Some(document) = properties.node("AssumeRolePolicyDocument") {
        check(document, PolicyKind::Trust, "AssumeRolePolicyDocument", properties);
    }
    for policy in properties.objects("Policies") {
        policy.required_text("PolicyName");
        policy.require("PolicyDocument");
        if let Some(document) = policy.node("PolicyDocument") {
            check(document, PolicyKind::Identity, "PolicyDocument", &policy);
        }
        policy.finish();
    }
    properties.texts("ManagedPolicyArns");
    properties.accept(&["Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags"]);
    let role_id = format!("AROA{}", frontgate_aws::ids::name_suffix(&maker.seed(&node.logical_id)));
    Made::new(&name).with("Arn", role_arn(&name)).with("RoleId", role_id)
}

/// Makes an inline policy.
pub fn make_policy(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    properties.required_text("PolicyName");
    properties.require("PolicyDocument");
    if let Some(document) = properties.node("PolicyDocument") {
        check(document, PolicyKind::Identity, "PolicyDocument", properties);
    }
    properties.accept(&["Groups", "Roles", "Users"]);
    let id = maker.generated_name(node);
    Made::new(&id).with("Id", id)
}

/// Makes a managed policy.
pub fn make_managed_policy(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("ManagedPolicyName")
        .map_or_else(|| maker.generated_name(node), |n| n.value.into_owned());
    properties.require("PolicyDocument");
    if let Some(document) = properties.node("PolicyDocument") {
        check(document, PolicyKind::Identity, "PolicyDocument", properties);
    }
    properties.accept(&["Description", "Groups", "Path", "Roles", "Users"]);
    let arn = format!("arn:aws:iam::{}:policy/{name}", frontgate_aws::ids::ACCOUNT_ID);
    Made::new(&arn).with("PolicyArn", &arn)
}

fn check(document: &Node, kind: PolicyKind<'_>, name: &str, owner: &Object<'_>) {
    if document.get(SAM_POLICY_TEMPLATE).is_some() {
        return;
    }
    if let Err(error) = Policy::parse_as(&document.to_json(), kind) {
        let message = format!("{}.{name}{}: {}", owner.path(), error.path, error.message);
        owner.problems().error(span_at(document, &error.path), message, "MalformedPolicyDocument", "");
    }
}

/// A policy template of SAM, which the transform leaves by its name.
const SAM_POLICY_TEMPLATE: &str = "frontgate:PolicyTemplate";

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", frontgate_aws::ids::ACCOUNT_ID)
}
