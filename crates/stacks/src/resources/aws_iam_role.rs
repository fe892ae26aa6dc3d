//! `AWS::IAM::Role`: who may be assumed, and with which policies.

use frontgate_iam::{DURATION_SECONDS, DURATION_SECONDS_MAX, IdentityKind, PolicyKind};
use frontgate_template::ResourceNode;

use super::iam_identities::{IdentityDraft, path_of, policies, policy, unique_id};
use super::lambda_drafts::RoleDraft;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a role.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let name = properties
        .text("RoleName")
        .map_or_else(|| maker.generated_name(node), |name| name.value.into_owned());
    properties.require("AssumeRolePolicyDocument");
    let trust = properties.node("AssumeRolePolicyDocument");
    let trust = trust
        .and_then(|document| policy(document, PolicyKind::Trust, "AssumeRolePolicyDocument", properties));
    let arn = format!("arn:aws:iam::{}:role{}{name}", frontgate_aws::ids::ACCOUNT_ID, path_of(properties));
    let unique_id = unique_id("AROA", &maker.seed(&node.logical_id));
    let place = maker.place(node.logical_id_span, format!("the role {}", node.logical_id));
    let draft = IdentityDraft {
        kind: IdentityKind::Role,
        name: name.clone(),
        arn: arn.clone(),
        unique_id: unique_id.clone(),
        policies: policies(properties, maker),
        boundary: properties.text("PermissionsBoundary").map(|arn| (arn.value.into_owned(), arn.span)),
        groups: Vec::new(),
        session_seconds_max: properties
            .number("MaxSessionDuration", DURATION_SECONDS..=DURATION_SECONDS_MAX)
            .unwrap_or(DURATION_SECONDS),
        place,
    };
    properties.accept(&["Description", "Tags"]);
    maker.iam.identities.push(draft);
    maker.roles.extend(trust.map(|trust| RoleDraft { arn: arn.clone(), trust }));
    Made::new(&name).with("Arn", arn).with("RoleId", unique_id)
}
