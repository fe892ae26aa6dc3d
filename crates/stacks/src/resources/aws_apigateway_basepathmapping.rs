//! `AWS::ApiGateway::BasePathMapping`: an API under a custom domain name.

use frontgate_template::ResourceNode;

use super::gateway_domain_names::{Later, MappingDraft};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes an API mapping of one level.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let domain_name = properties.required_text("DomainName");
    let base_path = properties.text("BasePath");
    let api = properties.text("RestApiId");
    let stage = properties.text("Stage");
    // An id that tells private domain names of one name apart.
    properties.unsupported(&["Id"]);
    let Some(api) = api else {
        properties.require("RestApiId");
        return Made::default();
    };
    let Some(domain_name) = domain_name else { return Made::default() };
    add(node, properties, (&domain_name, &api), (base_path.as_ref(), false), stage.as_ref(), maker);
    let base_path = base_path.map_or_else(|| "(none)".to_owned(), |text| text.value.into_owned());
    Made::new(format!("{}|{base_path}", domain_name.value))
}

/// Adds an API mapping; `base_path` says, too, whether it may have several levels.
pub fn add(
    node: &ResourceNode,
    properties: &Object<'_>,
    (domain_name, api): (&crate::properties::Text<'_>, &crate::properties::Text<'_>),
    (base_path, takes_levels): (Option<&crate::properties::Text<'_>>, bool),
    stage: Option<&crate::properties::Text<'_>>,
    maker: &mut Maker<'_>,
) {
    let label = match base_path.map(|text| &*text.value).filter(|path| !path.is_empty() && *path != "(none)")
    {
        Some(path) => format!("the mapping of the base path {path}"),
        None => "the mapping without a base path".to_owned(),
    };
    let place = maker.place(node.logical_id_span, label);
    maker.domain_name_parts.mappings.push(MappingDraft {
        path: properties.path().to_owned(),
        domain_name: domain_name.into(),
        base_path: base_path
            .map_or_else(|| Later { value: String::new(), span: properties.span() }, Later::from),
        takes_levels,
        api: api.into(),
        stage: stage.map(Later::from),
        place,
    });
}
