//! `AWS::ApiGateway::ClientCertificate`: what API Gateway shows to HTTP backends. A stage that names it is refused there.

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a client certificate, which is its id.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    properties.accept(&["Description", "Tags"]);
    let id = frontgate_aws::ids::api_part_id("client certificate", &maker.seed(&node.logical_id));
    Made::new(&id).with("ClientCertificateId", &id)
}
