//! `AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy`, and the inline policies of one holder, `AWS::IAM::GroupPolicy`,
//! `AWS::IAM::RolePolicy` and `AWS::IAM::UserPolicy`: statements for users, groups and roles.

use frontgate_iam::{AttachedPolicy, PolicyKind};
use frontgate_template::ResourceNode;

use super::iam_identities::{Attachment, Holder, PolicyReference, path_of, policy};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an inline policy.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("PolicyName").map_or_else(String::new, |n| n.value.into_owned());
    let attached = attached(name, node, properties, maker);
    attach(attached.map(PolicyReference::Inline), properties, maker);
    let id = maker.generated_name(node);
    Made::new(&id).with("Id", id)
}

/// Makes an inline policy of a group.
pub fn make_group_policy(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    make_policy_of(Holder::Group, "GroupName", node, properties, maker)
}

/// Makes an inline policy of a role.
pub fn make_role_policy(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    make_policy_of(Holder::Role, "RoleName", node, properties, maker)
}

/// Makes an inline policy of a user.
pub fn make_user_policy(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    make_policy_of(Holder::User, "UserName", node, properties, maker)
}

/// An inline policy of the one that `property` names: `Ref` gives the name of the policy and that of its holder.
fn make_policy_of(
    holder: Holder,
    property: &'static str,
    node: &ResourceNode,
    properties: &Object<'_>,
    maker: &mut Maker<'_>,
) -> Made {
    let name = properties.required_text("PolicyName").map_or_else(String::new, |n| n.value.into_owned());
    let attached = attached(name.clone(), node, properties, maker);
    let Some(named) = properties.required_text(property) else { return Made::new(name) };
    let made = Made::new(format!("{name}|{}", named.value));
    maker.iam.attachments.extend(attached.map(|attached| Attachment {
        holder,
        name: named.value.into_owned(),
        span: named.span,
        policy: PolicyReference::Inline(attached),
    }));
    made
}

/// Makes a managed policy.
pub fn make_managed(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("ManagedPolicyName")
        .map_or_else(|| maker.generated_name(node), |n| n.value.into_owned());
    let arn = format!("arn:aws:iam::{}:policy{}{name}", frontgate_aws::ids::ACCOUNT_ID, path_of(properties));
    let attached = attached(name, node, properties, maker);
    let reference = attached.is_some().then(|| PolicyReference::Managed(arn.clone(), node.logical_id_span));
    maker.iam.managed.extend(attached.map(|attached| (arn.clone(), attached)));
    attach(reference, properties, maker);
    properties.accept(&["Description"]);
    Made::new(&arn).with("PolicyArn", &arn)
}

fn attached(
    name: String,
    node: &ResourceNode,
    properties: &Object<'_>,
    maker: &mut Maker<'_>,
) -> Option<AttachedPolicy> {
    properties.require("PolicyDocument");
    let document = properties.node("PolicyDocument")?;
    let policy = policy(document, PolicyKind::Identity, "PolicyDocument", properties)?;
    let place = maker.place(document.span, format!("the policy {}", node.logical_id));
    Some(AttachedPolicy { name: name.into(), policy, place })
}

/// Attaches a policy to all that it names; one that is none is said to be that already.
fn attach(policy: Option<PolicyReference>, properties: &Object<'_>, maker: &mut Maker<'_>) {
    for (property, holder) in [("Groups", Holder::Group), ("Roles", Holder::Role), ("Users", Holder::User)] {
        for name in properties.texts(property) {
            let Some(policy) = policy.clone() else { continue };
            maker.iam.attachments.push(Attachment {
                holder,
                name: name.value.into_owned(),
                span: name.span,
                policy,
            });
        }
    }
}
