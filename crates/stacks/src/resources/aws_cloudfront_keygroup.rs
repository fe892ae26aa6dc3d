//! `AWS::CloudFront::KeyGroup`: public keys that a behavior can trust.

use std::sync::Arc;

use frontgate_aws::ids;
use frontgate_edge_rules::signed::PublicKey;
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a key group.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = ids::uuid("key group", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("Id", &id).with("LastModifiedTime", "");
    properties.require("KeyGroupConfig");
    let Some(config) = properties.object("KeyGroupConfig") else { return made };
    config.required_text("Name");
    config.accept(&["Comment"]);
    config.require("Items");
    let keys = keys(&config, maker);
    config.finish();
    maker.key_groups.insert(id, keys);
    made
}

fn keys(config: &Object<'_>, maker: &Maker<'_>) -> Vec<Arc<PublicKey>> {
    let items = config.texts("Items");
    let mut keys = Vec::new();
    for item in &items {
        match maker.public_keys.iter().find(|key| *key.id == *item.value) {
            Some(key) => keys.push(Arc::clone(key)),
            None => config.problems().error(
                item.span,
                format!("{}.Items: InvalidArgument: there is no public key {}", config.path(), item.value),
                "no such public key",
                "Use !Ref to an AWS::CloudFront::PublicKey of this template.",
            ),
        }
    }
    if items.is_empty() || items.len() > KEYS_MAX {
        let count = items.len();
        let (code, cure) = if items.is_empty() {
            ("InvalidArgument", "Add a public key.")
        } else {
            ("TooManyPublicKeysInKeyGroup", "Make several key groups and name them all in TrustedKeyGroups.")
        };
        config.problems().error(
            config.span_of("Items"),
            format!(
                "{}.Items: {code}: a key group has 1 to {KEYS_MAX} public keys, not {count}",
                config.path()
            ),
            code,
            cure,
        );
    }
    keys
}

/// Public keys in a key group (the default quota).
const KEYS_MAX: usize = 5;
