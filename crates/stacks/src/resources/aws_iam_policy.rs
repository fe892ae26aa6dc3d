//! `AWS::IAM::Policy` and `AWS::IAM::ManagedPolicy`: statements for users, groups and roles.

use frontgate_iam::{AttachedPolicy, PolicyKind};
use frontgate_template::ResourceNode;

use super::iam_identities::{Attachment, Holder, PolicyReference, path_of, policy};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an inline policy.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties.required_text("PolicyName").map_or_else(String::new, |n| n.value.into_owned());
    if let Some(attached) = attached(name, node, properties, maker) {
        attach(&PolicyReference::Inline(attached), properties, maker);
    }
    let id = maker.generated_name(node);
    Made::new(&id).with("Id", id)
}

/// Makes a managed policy.
pub fn make_managed(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("ManagedPolicyName")
        .map_or_else(|| maker.generated_name(node), |n| n.value.into_owned());
    let arn = format!("arn:aws:iam::{}:policy{}{name}", frontgate_aws::ids::ACCOUNT_ID, path_of(properties));
    if let Some(attached) = attached(name, node, properties, maker) {
        maker.iam.managed.push((arn.clone(), attached));
        attach(&PolicyReference::Managed(arn.clone(), node.logical_id_span), properties, maker);
    }
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

fn attach(policy: &PolicyReference, properties: &Object<'_>, maker: &mut Maker<'_>) {
    for (property, holder) in [("Groups", Holder::Group), ("Roles", Holder::Role), ("Users", Holder::User)] {
        for name in properties.texts(property) {
            let policy = policy.clone();
            maker.iam.attachments.push(Attachment {
                holder,
                name: name.value.into_owned(),
                span: name.span,
                policy,
            });
        }
    }
}
