//! What does an `AWS::Serverless::LayerVersion` become?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-layerversion.html>
//!
//! SAM adds a digest to the logical id, so that a change makes another layer version and the one before stays. Here
//! there is one version, of the template as it is: it keeps its id.

use crate::Diagnostics;

use super::build::{At, resource};
use super::function::code_uri;
use super::properties::{self, invalid};
use super::{Made, Source};

/// The layer version.
pub(super) fn transform(mut source: Source, found: &mut Diagnostics) -> Vec<Made> {
    let (id, at) = (source.logical_id.clone(), At(source.logical_id_span));
    let kind = "AWS::Serverless::LayerVersion";
    properties::check(&id, kind, properties::LAYER, &mut source.properties, found);
    let own = &source.properties;
    let mut layer = properties::kept(properties::LAYER, own);
    if own.get("LayerName").is_none() {
        layer.set("LayerName", at.0, at.text(&id));
    }
    match own.entry("ContentUri") {
        None => {
            let diagnostic = invalid(&id, "Missing required property 'ContentUri'.");
            found.push(diagnostic.at(at.0, "no content").cure("add `ContentUri: ./folder`"));
        }
        Some(uri) => match code_uri(&uri.node) {
            Some(content) => layer.set("Content", uri.key_span, content),
            None => {
                let cause = "'ContentUri' requires Bucket and Key properties to be specified.";
                let diagnostic = invalid(&id, cause);
                found.push(diagnostic.at(uri.node.span, "neither a folder nor an object of S3"));
            }
        },
    }
    if let Some(policy) = own.entry("RetentionPolicy")
        && !policy.node.as_str().is_none_or(|text| matches!(text, "Delete" | "Retain"))
    {
        let cause = "'RetentionPolicy' must be one of the following options: ['Retain', 'Delete'].";
        found.push(invalid(&id, cause).at(policy.node.span, "neither of them"));
    }
    let node = resource(at, "AWS::Lambda::LayerVersion", layer, &source.attributes, |_| true);
    vec![Made { logical_id: id, span: at.0, node }]
}
