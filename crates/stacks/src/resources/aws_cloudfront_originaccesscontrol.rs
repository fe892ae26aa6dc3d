//! `AWS::CloudFront::OriginAccessControl`: how CloudFront signs what it asks S3 and function URLs.

use frontgate_edge_rules::SigningBehavior;
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// An origin access control before an origin names it.
#[derive(Clone, Copy, Debug)]
pub struct AccessControl {
    /// When it signs.
    pub signing: SigningBehavior,
    /// For what.
    pub origin_type: OriginType,
}

/// `OriginAccessControlOriginType`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginType {
    /// `lambda`
    Lambda,
    /// `s3`
    S3,
}

/// Makes an origin access control.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::cloudfront_id("origin access control", &maker.seed(&node.logical_id));
    properties.require("OriginAccessControlConfig");
    if let Some(config) = properties.object("OriginAccessControlConfig") {
        config.required_text("Name");
        config.accept(&["Description"]);
        config.require("OriginAccessControlOriginType");
        let mut origin_type = OriginType::S3;
        if let Some(kind) = config.text("OriginAccessControlOriginType") {
            match &*kind.value {
                "s3" => {}
                "lambda" => origin_type = OriginType::Lambda,
                _ => config.unsupported_value("OriginAccessControlOriginType", &kind),
            }
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
        let signing = signing.unwrap_or(SigningBehavior::Always);
        maker.access_controls.insert(id.clone(), AccessControl { signing, origin_type });
    }
    Made::new(&id).with("Id", &id)
}
