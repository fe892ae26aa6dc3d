//! `AWS::CloudFront::KeyValueStore`: keys and values that functions read. On AWS they are written by another API; here
//! they stand in the template's metadata: `frontgate: {values: {KEY: VALUE}}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use frontgate_aws::ids;
use frontgate_cloudfront_functions_rules::KeyValueStore;
use frontgate_template::{Node, ResourceNode, Value};

use crate::maker::{Made, Maker};
use crate::properties::{Object, scalar};

/// Makes a key value store.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = ids::uuid("key value store", &maker.seed(&node.logical_id));
    let arn = format!("arn:aws:cloudfront::{}:key-value-store/{id}", ids::ACCOUNT_ID);
    let name = properties.required_text("Name");
    properties.accept(&["Comment", "Tags"]);
    let values = values(node, properties);
    if values.is_some() {
        // What would be imported stands in the metadata.
        properties.accept(&["ImportSource"]);
    } else {
        properties.unsupported(&["ImportSource"]);
    }
    let store =
        KeyValueStore { id: id.as_str().into(), values: values.unwrap_or_default(), date: DATE.into() };
    if let Err(error) = store.check() {
        let message = format!("{}: EntitySizeLimitExceeded: {error}", properties.path());
        properties.problems().error(node.logical_id_span, message, "EntitySizeLimitExceeded", "Shorten it.");
    }
    let made = Made::new(name.map_or_else(|| node.logical_id.clone(), |name| name.value.into_owned()))
        .with("Arn", &arn)
        .with("Id", &id)
        .with("Status", "READY");
    maker.key_value_stores.push((arn, Arc::new(store)));
    made
}

/// The values of the metadata, if there is any.
fn values(node: &ResourceNode, properties: &Object<'_>) -> Option<BTreeMap<Box<str>, Box<str>>> {
    let metadata = node.metadata.as_ref()?.get("frontgate")?;
    let fault = |at: &Node, message: &str| {
        let cure = "Write `frontgate: {values: {key: value}}`.";
        properties.problems().error(at.span, format!("Metadata.frontgate {message}"), "", cure);
    };
    let Value::Map(settings) = &metadata.value else {
        fault(metadata, "is no object");
        return None;
    };
    let mut read = BTreeMap::new();
    for entry in settings.iter() {
        let Value::Map(values) = &entry.node.value else {
            fault(&entry.node, "knows values alone, which is an object");
            continue;
        };
        if entry.key != "values" {
            fault(&entry.node, "knows values alone");
            continue;
        }
        for pair in values.iter() {
            match scalar(&pair.node.value) {
                Some(text) => {
                    read.insert(pair.key.as_str().into(), text.as_ref().into());
                }
                None => fault(&pair.node, &format!("has a value of `{}` that is no text", pair.key)),
            }
        }
    }
    Some(read)
}

/// What `meta()` says of a store: a template does not tell when it was made.
const DATE: &str = "2024-01-01T00:00:00.000Z";
