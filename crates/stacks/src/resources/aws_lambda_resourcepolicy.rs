//! `AWS::Lambda::ResourcePolicy`: the resource policy of a function, a version or an alias, written as a whole.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-resourcepolicy.html>

use frontgate_iam::PolicyKind;
use frontgate_snapshot::{FunctionPolicy, Permission};
use frontgate_template::ResourceNode;

use super::iam_identities::policy;
use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object};

/// Makes a resource policy: its statements are asked as those of permissions are.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let target = properties.required_text("ResourceArn");
    properties.require("PolicyDocument");
    let document = properties.node("PolicyDocument");
    let Some(target) = target else { return Made::default() };
    let made = Made::new(target.value.as_ref());
    let qualified = maker.lambda_functions.iter().find_map(|draft| draft.qualified_arn(&target.value));
    let plain = maker.lambda_functions.iter().find(|draft| draft.is_called(&target.value));
    let Some(arn) = qualified.or_else(|| plain.map(|draft| draft.arn.clone())) else {
        if !target.value.starts_with(INERT_MARK) {
            let message = format!("{}.ResourceArn: Function not found: {}", properties.path(), target.value);
            let cure = "Name a function of this template, or a version or alias of it, with !GetAtt or !Ref.";
            properties.problems().error(target.span, message, "ResourceNotFoundException", cure);
        }
        return made;
    };
    let Some(document) = document else { return made };
    if let Some(policy) = policy(document, PolicyKind::Resource, "PolicyDocument", properties) {
        let place = maker.place(document.span, format!("the resource policy {}", node.logical_id));
        let statement = FunctionPolicy { policy, place };
        maker.resources.permissions.push(Permission { function: arn.into(), statement });
    }
    made
}
