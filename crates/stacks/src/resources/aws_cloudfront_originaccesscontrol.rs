//! `AWS::CloudFront::OriginAccessControl`: how CloudFront signs what it asks S3.

use frontgate_edge_rules::SigningBehavior;
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an origin access control.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::cloudfront_id("origin access control", &maker.seed(&node.logical_id));
    properties.require("OriginAccessControlConfig");
    if let Some(config) = properties.object("OriginAccessControlConfig") {
        config.required_text("Name");
        config.accept(&["Description"]);
        config.require("OriginAccessControlOriginType");
        if let Some(kind) = config.text("OriginAccessControlOriginType")
            && kind.value != "s3"
        {
            config.unsupported_value("OriginAccessControlOriginType", &kind);
        }
        config.require("SigningProtocol");
        if let Some(protocol) = config.text("SigningProtocol")
            && protocol.value != "sigv4"
        {
            config.unsupported_value("SigningProtocol", &protocol);
        }
        config.require("SigningBehavior");
        let signing = config.choice(
            "SigningBehavior",
            &[
                ("always", SigningBehavior::Always),
                ("never", SigningBehavior::Never),
                ("no-override", SigningBehavior::NoOverride),
            ],
        );
        config.finish();
        maker.access_controls.insert(id.clone(), signing.unwrap_or(SigningBehavior::Always));
    }
    Made::new(&id).with("Id", &id)
}
