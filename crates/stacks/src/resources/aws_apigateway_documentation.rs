//! `AWS::ApiGateway::DocumentationPart` and `AWS::ApiGateway::DocumentationVersion`: words about an API, which change none of
//! its answers.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-documentationpart.html>

use frontgate_template::ResourceNode;

use super::rest_api_parts::draft;
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a documentation part.
pub fn make_part(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    properties.require("Location");
    properties.require("Properties");
    properties.accept(&["Properties"]);
    if let Some(location) = properties.object("Location") {
        location.choice("Type", &PART_TYPES.map(|name| (name, ())));
        location.accept(&["Method", "Name", "Path", "StatusCode"]);
        location.finish();
    }
    let id = frontgate_aws::ids::api_part_id("documentation part", &maker.seed(&node.logical_id));
    draft(properties, maker);
    Made::new(&id).with("DocumentationPartId", &id)
}

/// Makes a documentation version.
pub fn make_version(_node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let version = properties.required_text("DocumentationVersion");
    properties.accept(&["Description"]);
    draft(properties, maker);
    version.map_or_else(Made::default, |version| Made::new(version.value))
}

const PART_TYPES: [&str; 12] = [
    "API",
    "AUTHORIZER",
    "METHOD",
    "MODEL",
    "PATH_PARAMETER",
    "QUERY_PARAMETER",
    "REQUEST_BODY",
    "REQUEST_HEADER",
    "RESOURCE",
    "RESPONSE",
    "RESPONSE_BODY",
    "RESPONSE_HEADER",
];
