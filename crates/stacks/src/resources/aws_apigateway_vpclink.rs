//! `AWS::ApiGateway::VpcLink`: a way into a VPC. There is none here: integrations that use it call their URI directly.

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a VPC link.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    properties.require("Name");
    properties.require("TargetArns");
    // What the load balancers lead to is not looked at: the URI of an integration names a host and a port.
    properties.accept(&["Description", "Name", "Tags", "TargetArns"]);
    let id = frontgate_aws::ids::api_part_id("VPC link", &maker.seed(&node.logical_id));
    Made::new(&id).with("VpcLinkId", &id)
}
