//! `AWS::ApiGatewayV2::VpcLink`: a way into a VPC for HTTP APIs. There is none here: an integration that uses it has a URL in
//! place of the ARN of a listener, and that is called directly.

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a VPC link.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    properties.require("Name");
    properties.require("SubnetIds");
    properties.accept(&["Name", "SecurityGroupIds", "SubnetIds", "Tags"]);
    let id = frontgate_aws::ids::api_part_id("VPC link", &maker.seed(&node.logical_id));
    Made::new(&id).with("VpcLinkId", &id)
}
