//! `AWS::ApiGatewayV2::ApiMapping`: an API under a custom domain name, perhaps with a base path of several levels.

use frontgate_template::ResourceNode;

use super::aws_apigateway_basepathmapping::add;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an API mapping.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("api mapping", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("ApiMappingId", &id);
    let domain_name = properties.required_text("DomainName");
    let base_path = properties.text("ApiMappingKey");
    let api = properties.required_text("ApiId");
    let stage = properties.required_text("Stage");
    let (Some(domain_name), Some(api), Some(stage)) = (domain_name, api, stage) else { return made };
    add(node, properties, (&domain_name, &api), (base_path.as_ref(), true), Some(&stage), maker);
    made
}
