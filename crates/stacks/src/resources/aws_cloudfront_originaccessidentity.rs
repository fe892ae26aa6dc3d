//! `AWS::CloudFront::CloudFrontOriginAccessIdentity`: the older way in which CloudFront signs what it asks S3.

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an origin access identity.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let seed = maker.seed(&node.logical_id);
    let id = frontgate_aws::ids::cloudfront_id("origin access identity", &seed);
    properties.require("CloudFrontOriginAccessIdentityConfig");
    if let Some(config) = properties.object("CloudFrontOriginAccessIdentityConfig") {
        config.require("Comment");
        config.accept(&["Comment"]);
        config.finish();
    }
    maker.access_identities.push(id.clone());
    let canonical = frontgate_aws::ids::canonical_user_id(&id);
    Made::new(&id).with("Id", &id).with("S3CanonicalUserId", canonical)
}
