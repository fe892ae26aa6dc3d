//! `AWS::CloudFront::PublicKey`: the half of a key pair that verifies signed URLs and cookies.

use std::sync::Arc;

use frontgate_aws::ids;
use frontgate_edge_rules::signed::{PublicKey, PublicKeyError};
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a public key.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = ids::public_key_id(&maker.seed(&node.logical_id));
    let made = Made::new(&id).with("Id", &id).with("CreatedTime", "");
    properties.require("PublicKeyConfig");
    let Some(config) = properties.object("PublicKeyConfig") else { return made };
    config.require("CallerReference");
    config.accept(&["CallerReference", "Comment"]);
    let name = config.required_text("Name");
    let text = config.required_text("EncodedKey");
    config.finish();
    let Some(text) = text else { return made };
    let name = name.map_or_else(|| node.logical_id.clone(), |name| name.value.into_owned());
    let place = maker.place(node.logical_id_span, format!("the public key {name} ({id})"));
    match PublicKey::parse(&id, &text.value, place) {
        Ok(key) => maker.public_keys.push(Arc::new(key)),
        Err(error) => config.problems().error(
            text.span,
            format!("{}.EncodedKey: InvalidArgument: {error}", config.path()),
            "no public key that CloudFront takes",
            cure(error),
        ),
    }
    made
}

fn cure(error: PublicKeyError) -> &'static str {
    match error {
        PublicKeyError::Private => {
            "Keep it secret: whoever has read it can sign. Put the output of \
             `openssl pkey -in private_key.pem -pubout` here."
        }
        PublicKeyError::NotPem | PublicKeyError::NotPublicKey | PublicKeyError::NotKey => {
            "Put the whole output of `openssl pkey -in private_key.pem -pubout` here, line by line (EncodedKey: |)."
        }
        PublicKeyError::Unsupported => "Make a key pair with `openssl genrsa -out private_key.pem 2048`.",
    }
}
