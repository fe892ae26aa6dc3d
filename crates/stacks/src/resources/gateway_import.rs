//! How the OpenAPI document of a REST API is imported: `Parameters` of `AWS::ApiGateway::RestApi`.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html>

use frontgate_gateway_rules::EndpointType;
use frontgate_template::{Map, Node, Value};

use super::rest_api_parts::set;
use crate::properties::Object;

/// What `Parameters` say.
pub struct ImportParameters {
    /// `endpointConfigurationTypes`
    pub endpoint: Option<EndpointType>,
    /// `basepath`
    pub base_path: BasePath,
}

/// What becomes of the base path of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum BasePath {
    /// It is left out.
    Ignore,
    /// It stands before every path.
    Prepend,
    /// It stands before every path without its first segment.
    Split,
}

/// Reads `Parameters`.
pub fn import_parameters(properties: &Object<'_>) -> ImportParameters {
    let mut read = ImportParameters { endpoint: None, base_path: BasePath::Ignore };
    let Some(parameters) = properties.object("Parameters") else { return read };
    read.endpoint = parameters.choice(
        "endpointConfigurationTypes",
        &[("EDGE", EndpointType::Edge), ("REGIONAL", EndpointType::Regional)],
    );
    parameters.choice("ignore", &[("documentation", ())]);
    let paths = [("ignore", BasePath::Ignore), ("prepend", BasePath::Prepend), ("split", BasePath::Split)];
    for name in ["basepath", "basePath"] {
        read.base_path = parameters.choice(name, &paths).unwrap_or(read.base_path);
    }
    parameters.unsupported(&["endpointConfigurationVpcEndpointIds"]);
    parameters.finish();
    read
}

impl BasePath {
    /// The document with its base path before every path.
    pub fn applied(self, mut document: Node) -> Node {
        let base = match (self, base_path(&document)) {
            (Self::Ignore, _) | (_, None) => return document,
            (Self::Prepend, Some(base)) => base,
            (Self::Split, Some(base)) => match base[1..].split_once('/') {
                Some((_, rest)) => format!("/{rest}"),
                None => return document,
            },
        };
        let Some(Value::Map(paths)) = document.get("paths").map(|paths| paths.value.clone()) else {
            return document;
        };
        let span = document.get("paths").map_or(document.span, |paths| paths.span);
        let mut moved = Map::default();
        for entry in paths {
            let path = if entry.key == "/" { base.clone() } else { format!("{base}{}", entry.key) };
            moved.set(&path, entry.key_span, entry.node);
        }
        set(&mut document, "paths", Node::new(Value::Map(moved), span));
        document
    }
}

/// The base path with a slash before it and none behind it: `basePath` of Swagger, the variable `basePath` of the first server
/// of OpenAPI 3, else the path of its URL (recorded: `test_import_rest_api_with_base_path_oas30`).
fn base_path(document: &Node) -> Option<String> {
    let server = document.get("servers").and_then(Node::as_list).and_then(<[Node]>::first);
    let written = document.get("basePath").or_else(|| server?.at(&["variables", "basePath", "default"]));
    let of_url = || {
        let url = server?.get("url")?.as_str()?;
        let behind_host =
            url.split_once("://").map_or(Some(url), |(_, rest)| rest.find('/').map(|at| &rest[at..]));
        behind_host.filter(|path| !path.contains('{'))
    };
    let path = match written {
        Some(written) => written.as_str()?,
        None => of_url()?,
    };
    let path = path.trim_matches('/');
    (!path.is_empty()).then(|| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use frontgate_template::{Node, Span};
    use serde_json::json;

    use super::BasePath::{self, Ignore, Prepend, Split};

    #[test]
    fn the_base_path_of_the_developer_guide() {
        let rows: [(BasePath, &str, &str, &str); 5] = [
            (Ignore, "/a/b/c", "/e", "/"),
            (Prepend, "/a/b/c", "/a/b/c/e", "/a/b/c"),
            (Split, "a/b/c/", "/b/c/e", "/b/c"),
            (Split, "/a", "/e", "/"),
            (Prepend, "/", "/e", "/"),
        ];
        for (mode, base, first, second) in rows {
            for document in [
                json!({"basePath": base, "paths": {"/e": {}, "/": {}}}),
                json!({"servers": [{"variables": {"basePath": {"default": base}}}], "paths": {"/e": {}, "/": {}}}),
                json!({"servers": [{"url": format!("https://example.com/{base}")}], "paths": {"/e": {}, "/": {}}}),
            ] {
                let applied = mode.applied(Node::from_json(&document, Span::default())).to_json();
                assert_eq!(applied["paths"], json!({first: {}, second: {}}), "{base}");
            }
        }
    }
}
