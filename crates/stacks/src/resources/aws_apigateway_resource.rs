//! `AWS::ApiGateway::Resource`: one more segment of a path.

use frontgate_template::ResourceNode;

use super::rest_api_parts::{child, draft, unknown};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a resource.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = frontgate_aws::ids::api_part_id("resource", &maker.seed(&node.logical_id));
    let made = Made::new(&id).with("ResourceId", &id);
    let parent = properties.required_text("ParentId");
    let part = properties.required_text("PathPart");
    let Some(draft) = draft(properties, maker) else { return made };
    let (Some(parent), Some(part)) = (parent, part) else { return made };
    let Some((_, parent_path)) = draft.resources.iter().find(|(id, _)| *id == parent.value) else {
        unknown(properties, "ParentId", &parent, "Invalid Resource identifier specified");
        return made;
    };
    if part.value.contains('/') {
        let message =
            format!("{}.PathPart: BadRequestException: a path part holds no slash", properties.path());
        properties.problems().error(part.span, message, "a slash", "Make one resource per segment.");
        return made;
    }
    let path = format!("{}/{}", parent_path.trim_end_matches('/'), part.value);
    if draft.resources.iter().any(|(_, other)| *other == path) {
        let message = format!(
            "{}.PathPart: ConflictException: Another resource with the same parent already has this name: {}",
            properties.path(),
            part.value
        );
        properties.problems().error(part.span, message, "twice", "Remove one of them.");
        return made;
    }
    child(child(&mut draft.document, "paths", node.span), &path, node.logical_id_span);
    draft.resources.push((id, path));
    made
}
