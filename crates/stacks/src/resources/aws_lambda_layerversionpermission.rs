//! `AWS::Lambda::LayerVersionPermission`: lets functions of other accounts have a layer. There are none here.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversionpermission.html>

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object};

/// Makes a permission, which nobody asks.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let layer = properties.required_text("LayerVersionArn");
    properties.require("Action");
    properties.choice("Action", &[("lambda:GetLayerVersion", ())]);
    let principal = properties.required_text("Principal");
    let organization = properties.text("OrganizationId");
    if let (Some(principal), Some(organization)) = (&principal, organization)
        && principal.value != "*"
    {
        let message = format!(
            "{}.OrganizationId: an organization is given together with the principal * only",
            properties.path()
        );
        properties.problems().error(organization.span, message, "not possible", "Write Principal: \"*\".");
    }
    let Some(layer) = layer else { return Made::default() };
    let is_known = maker.layers.iter().any(|draft| draft.arn == layer.value);
    if !is_known && !layer.value.starts_with(INERT_MARK) {
        let message = format!(
            "{}.LayerVersionArn: ResourceNotFoundException: Layer version {} does not exist.",
            properties.path(),
            layer.value
        );
        let cure = "Use !Ref to a layer of this template.";
        properties.problems().error(layer.span, message, "no such layer version", cure);
    }
    let id = format!("{}#{}", layer.value, maker.generated_name(node));
    Made::new(&id).with("Id", id)
}
