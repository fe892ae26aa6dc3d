//! `AWS::ApiGateway::RestApi`.

use frontgate_gateway_rules::EndpointType;
use frontgate_gateway_rules::usage::ApiKeySource;
use frontgate_template::{Map, Node, ResourceNode, Span, Value};

use super::cloudfront_selection::boxed;
use super::gateway_body;
use super::gateway_import::import_parameters;
use super::rest_api_parts::{ApiDraft, child, set, text};
use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a REST API; resources, methods and stages add to it.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let seed = maker.seed(&node.logical_id);
    let id = frontgate_aws::ids::rest_api_id(&seed);
    let root = frontgate_aws::ids::rest_api_id(&format!("{seed}/root"));
    let parameters = import_parameters(properties);
    let body = gateway_body::body(properties, maker).map(|body| parameters.base_path.applied(body));
    let name = properties.text("Name").map(|name| name.value.into_owned());
    let title = || body.as_ref().and_then(|body| body.at(&["info", "title"])).and_then(Node::text);
    let name = name.or_else(title).unwrap_or_else(|| node.logical_id.clone());
    let endpoint = endpoint(properties).or(parameters.endpoint).unwrap_or(EndpointType::Edge);
    let fails_on_warnings = properties.flag("FailOnWarnings").unwrap_or(false);
    // What a body is merged with: a stack begins with an empty API, so that both come to the same.
    properties.choice("Mode", &[("merge", ()), ("overwrite", ())]);
    properties.accept(&["Description", "Tags", "Version"]);
    let sources = [("AUTHORIZER", ApiKeySource::Authorizer), ("HEADER", ApiKeySource::Header)];
    let api_key_source = properties.choice("ApiKeySourceType", &sources);
    properties.unsupported(&["CloneFrom", "EndpointAccessMode", "SecurityPolicy"]);
    let policy = properties.node("Policy").cloned();
    let minimum_compression_size = properties.number("MinimumCompressionSize", 0..=10_485_760);
    let logical_id = node.made_by.clone().unwrap_or_else(|| node.logical_id.clone());
    let place = maker.place(node.logical_id_span, format!("the API {logical_id} ({id})"));
    maker.apis.push(ApiDraft {
        id: id.clone(),
        name,
        logical_id,
        endpoint,
        binary_media_types: boxed(&properties.texts("BinaryMediaTypes")),
        minimum_compression_size: minimum_compression_size.and_then(|size| u32::try_from(size).ok()),
        execute_api_disabled: properties.flag("DisableExecuteApiEndpoint").unwrap_or(false),
        api_key_source,
        fails_on_warnings,
        document: definition(body, policy, node.logical_id_span),
        resources: vec![(root.clone(), "/".to_owned())],
        authorizers: Vec::new(),
        validators: Vec::new(),
        methods: Vec::new(),
        stages: Vec::new(),
        deployments: Vec::new(),
        place,
    });
    Made::new(&id).with("RestApiId", &id).with("RootResourceId", root)
}

/// The definition of an API: its body, else an empty one; a policy beside it stands for the one in it.
fn definition(body: Option<Node>, policy: Option<Node>, span: Span) -> Node {
    let mut definition = body.unwrap_or_else(|| empty_definition(span));
    if let Some(policy) = policy {
        set(&mut definition, "x-amazon-apigateway-policy", policy);
    }
    definition
}

/// The definition of an API that is made of resources and methods alone.
fn empty_definition(span: Span) -> Node {
    let mut definition = Node::new(Value::Map(Map::default()), span);
    set(&mut definition, "swagger", text("2.0", span));
    child(&mut definition, "paths", span);
    definition
}

fn endpoint(properties: &Object<'_>) -> Option<EndpointType> {
    let configuration = properties.object("EndpointConfiguration")?;
    let types = configuration.texts("Types");
    // Both kinds of addresses answer on this machine.
    configuration.choice("IpAddressType", &[("dualstack", ()), ("ipv4", ())]);
    configuration.unsupported(&["VpcEndpointIds"]);
    configuration.finish();
    Some(match types.first()?.value.as_ref() {
        "REGIONAL" => EndpointType::Regional,
        "EDGE" => EndpointType::Edge,
        "PRIVATE" => {
            configuration.unsupported_value("Types", &types[0]);
            EndpointType::Regional
        }
        other => {
            let message = format!("{}.Types: `{other}` is not a valid value", configuration.path());
            configuration.problems().error(types[0].span, message, "unknown", "Use REGIONAL or EDGE.");
            EndpointType::Regional
        }
    })
}
