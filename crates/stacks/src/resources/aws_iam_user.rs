//! `AWS::IAM::User`, `AWS::IAM::Group`, `AWS::IAM::UserToGroupAddition` and `AWS::IAM::AccessKey`.

use frontgate_iam::IdentityKind;
use frontgate_template::ResourceNode;

use super::iam_identities::{AccessKeyDraft, GroupDraft, IdentityDraft, path_of, policies, unique_id};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a user.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("UserName")
        .map_or_else(|| maker.generated_name(node), |name| name.value.into_owned());
    let arn = format!("arn:aws:iam::{}:user{}{name}", frontgate_aws::ids::ACCOUNT_ID, path_of(properties));
    let place = maker.place(node.logical_id_span, format!("the user {}", node.logical_id));
    let draft = IdentityDraft {
        kind: IdentityKind::User,
        name: name.clone(),
        arn: arn.clone(),
        unique_id: unique_id("AIDA", &maker.seed(&node.logical_id)),
        policies: policies(properties, maker),
        boundary: properties.text("PermissionsBoundary").map(|arn| (arn.value.into_owned(), arn.span)),
        groups: properties.texts("Groups").into_iter().map(|t| (t.value.into_owned(), t.span)).collect(),
        session_seconds_max: 0,
        place,
    };
    // A password opens the console of AWS, which is not served here.
    properties.accept(&["LoginProfile", "Tags"]);
    maker.iam.identities.push(draft);
    Made::new(&name).with("Arn", arn)
}

/// Makes a group.
pub fn make_group(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("GroupName")
        .map_or_else(|| maker.generated_name(node), |name| name.value.into_owned());
    let arn = format!("arn:aws:iam::{}:group{}{name}", frontgate_aws::ids::ACCOUNT_ID, path_of(properties));
    let policies = policies(properties, maker);
    maker.iam.groups.push(GroupDraft { name: name.clone(), policies });
    Made::new(&name).with("Arn", arn)
}

/// Puts users into a group.
pub fn make_membership(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let group = properties.required_text("GroupName");
    properties.require("Users");
    for user in properties.texts("Users") {
        if let Some(group) = &group {
            let group = (group.value.clone().into_owned(), group.span);
            maker.iam.memberships.push(((user.value.into_owned(), user.span), group));
        }
    }
    Made::new(maker.generated_name(node))
}

/// Makes an access key of a user.
pub fn make_access_key(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let user = properties.required_text("UserName");
    let active = properties.choice("Status", &[("Active", true), ("Inactive", false)]).unwrap_or(true);
    properties.accept(&["Serial"]);
    let seed = maker.seed(&node.logical_id);
    let id = unique_id("AKIA", &seed);
    let secret = maker.secret(&seed);
    if let Some(user) = user {
        maker.iam.access_keys.push(AccessKeyDraft {
            id: id.clone(),
            secret: secret.clone(),
            user: (user.value.into_owned(), user.span),
            active,
        });
    }
    Made::new(id).with("SecretAccessKey", secret)
}
