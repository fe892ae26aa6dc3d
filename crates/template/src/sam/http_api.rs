//! What does an `AWS::Serverless::HttpApi` become?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html>

use std::collections::BTreeMap;

use crate::value::Entry;
use crate::{Diagnostics, Map, Node, Value};

use super::build::{At, DIGEST_LENGTH, INHERITED, digest, resource};
use super::definition::{ANY_METHOD, INTEGRATION};
use super::domain::{self, Flavor};
use super::properties::{self, invalid};
use super::{Made, Source, definition_uri, globals, http_auth};

/// An HTTP API whose definition is being written.
pub(super) struct HttpApi {
    source: Source,
    definition: Node,
    is_implicit: bool,
    /// The condition of a function that is not made: an implicit API of such functions alone is not made either.
    condition: Option<Entry>,
}

/// What an event adds.
pub(super) struct HttpRoute<'a> {
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    pub(super) function: &'a str,
    pub(super) payload_format: Option<&'a Node>,
    pub(super) timeout: Option<&'a Node>,
    pub(super) security: Option<Node>,
}

impl HttpApi {
    /// The API that the template declares.
    pub(super) fn new(mut source: Source, found: &mut Diagnostics) -> Self {
        properties::check(
            &source.logical_id,
            "AWS::Serverless::HttpApi",
            properties::HTTP_API,
            &mut source.properties,
            found,
        );
        definition_uri::take(&mut source, (INLINE, "OpenApi"), found);
        let given = source.properties.get("DefinitionBody").filter(|body| !body.is_null()).cloned();
        if let Some(body) = given.as_ref().filter(|body| body.as_map().is_none()) {
            let diagnostic = invalid(&source.logical_id, "Property 'DefinitionBody' should be a map.");
            found.push(diagnostic.at(body.span, format!("a {}", body.value.kind())));
        }
        let definition = given.unwrap_or_else(|| skeleton(At(source.logical_id_span)));
        Self { source, definition, is_implicit: false, condition: None }
    }

    /// The API of events that name none.
    pub(super) fn implicit(globals: &Map, at: At, found: &mut Diagnostics) -> Self {
        let source = Source {
            logical_id: IMPLICIT.to_owned(),
            logical_id_span: at.0,
            attributes: Map::default(),
            properties: globals::merge("HttpApi", globals.get("HttpApi"), Map::default()),
            alias: None,
        };
        Self { is_implicit: true, ..Self::new(source, found) }
    }

    pub(super) fn logical_id(&self) -> &str {
        &self.source.logical_id
    }

    pub(super) fn is_implicit(&self) -> bool {
        self.is_implicit
    }

    /// `Auth`
    pub(super) fn auth(&self) -> Option<&Node> {
        self.source.properties.get("Auth")
    }

    /// Whether `$default` goes to that function: what it may be called for covers every other route.
    pub(super) fn is_default_of(&self, function: &str) -> bool {
        let uri = self.definition.at(&["paths", DEFAULT, ANY_METHOD, INTEGRATION, "uri", "Fn::Sub"]);
        uri.and_then(Node::as_str).is_some_and(|uri| uri.contains(&format!("${{{function}}}")))
    }

    /// Adds a function under a path and method; `false` if there is one already.
    pub(super) fn add(&mut self, route: HttpRoute<'_>, at: At) -> bool {
        let paths = self.definition.as_map_mut().and_then(|map| map.get_mut("paths"));
        let Some(paths) = paths.and_then(Node::as_map_mut) else { return true };
        let method = if route.method == "any" { ANY_METHOD } else { route.method };
        if !paths.contains(route.path) {
            paths.set(route.path, at.0, Node { value: Value::Map(Map::default()), span: at.0 });
        }
        let Some(item) = paths.get_mut(route.path).and_then(Node::as_map_mut) else { return true };
        if item.contains(method) {
            return false;
        }
        let uri = format!(
            "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{}}}/invocations",
            route.function
        );
        let integration = at.map([
            ("httpMethod", Some(at.text("POST"))),
            ("payloadFormatVersion", Some(route.payload_format.cloned().unwrap_or_else(|| at.text("2.0")))),
            ("type", Some(at.text("aws_proxy"))),
            ("uri", Some(at.substitute(uri))),
            ("timeoutInMillis", route.timeout.cloned()),
        ]);
        let is_default = (route.path == DEFAULT && method == ANY_METHOD).then(|| at.truth(true));
        let operation = at.map([
            (INTEGRATION, Some(integration)),
            ("isDefaultRoute", is_default),
            ("responses", Some(at.map([]))),
            ("security", route.security),
        ]);
        item.set(method, at.0, operation);
        true
    }

    /// A function that is not made would have added something.
    pub(super) fn leave_out(&mut self, condition: Option<&Entry>) {
        self.condition = condition.cloned();
    }

    /// The API and its stage. Notes what `HttpApi.Stage` stands for.
    pub(super) fn finish(
        mut self,
        names: &mut BTreeMap<String, String>,
        found: &mut Diagnostics,
    ) -> Vec<Made> {
        let has_paths =
            self.definition.get("paths").and_then(Node::as_map).is_some_and(|paths| !paths.is_empty());
        if let Some(condition) = self.condition.take().filter(|_| self.is_implicit && !has_paths) {
            self.source.attributes.set("Condition", condition.key_span, condition.node);
        }
        let is_given = self.source.properties.contains("DefinitionBody");
        let is_left_out = self.source.attributes.contains("Condition");
        if !has_paths && !is_given && !is_left_out {
            let cause = "'DefinitionUri' or 'DefinitionBody' are required properties of an 'AWS::Serverless::HttpApi'. Add a \
                         value for one of these properties or add a 'HttpApi' event to an 'AWS::Serverless::Function'.";
            let at = self.source.logical_id_span;
            found.push(invalid(&self.source.logical_id, cause).at(at, "no route"));
        }
        let mut made = Vec::new();
        self.complete(&mut made, found);
        let Self { source, definition, .. } = self;
        let id = source.logical_id.as_str();
        let at = At(source.logical_id_span);
        let stage_name = source.properties.get("StageName").cloned().unwrap_or_else(|| at.text(DEFAULT));
        let stage_id = stage_id(id, &stage_name);
        names.insert(format!("{id}.Stage"), stage_id.clone());
        let mut api = Map::default();
        api.set(
            "Body",
            source.properties.entry("DefinitionBody").map_or(at.0, |entry| entry.key_span),
            definition,
        );
        for entry in properties::kept(properties::HTTP_API, &source.properties) {
            api.set(&entry.key, entry.key_span, entry.node);
        }
        let mut stage = Map::default();
        stage.set("ApiId", at.0, at.reference(id));
        stage.set("AutoDeploy", at.0, at.truth(true));
        stage.set("StageName", stage_name.span, stage_name);
        for key in STAGE_PROPERTIES {
            if let Some(entry) = source.properties.entry(key) {
                stage.set(key, entry.key_span, entry.node.clone());
            }
        }
        stage.set("Tags", at.0, stage_tags(&source, at));
        let domain = domain::resources(&source, Flavor::Http, &stage_id, names, found);
        let derived = |key: &str| INHERITED.contains(&key);
        let own = [
            (id.to_owned(), resource(at, "AWS::ApiGatewayV2::Api", api, &source.attributes, |_| true)),
            (stage_id, resource(at, "AWS::ApiGatewayV2::Stage", stage, &source.attributes, derived)),
        ];
        let own = own.into_iter().map(|(logical_id, node)| Made { logical_id, span: at.0, node });
        made.splice(0..0, own);
        made.extend(domain);
        made
    }

    /// Writes what the other properties say into the definition.
    fn complete(&mut self, made: &mut Vec<Made>, found: &mut Diagnostics) {
        let Self { source, definition, .. } = self;
        if let Some(name) = source.properties.get("Name")
            && let Some(info) = definition.as_map_mut().and_then(|map| map.get_mut("info"))
            && let Some(info) = info.as_map_mut()
        {
            info.set("title", name.span, name.clone());
        }
        if let Some(cors) = source.properties.get("CorsConfiguration").filter(|cors| !cors.is_null()) {
            match cors_extension(cors) {
                Some(extension) => {
                    if let Some(map) = definition.as_map_mut() {
                        map.set("x-amazon-apigateway-cors", cors.span, extension);
                    }
                }
                None => found.push(
                    invalid(&source.logical_id, "Invalid value for 'Cors' property.")
                        .at(cors.span, format!("a {}", cors.value.kind())),
                ),
            }
        }
        if let Some(is_disabled) = source.properties.get("DisableExecuteApiEndpoint") {
            super::definition::add_endpoint_configuration(definition, is_disabled);
        }
        if source.properties.contains("Auth") {
            http_auth::add(source, definition, made, found);
        }
    }
}

/// A definition without a path.
fn skeleton(at: At) -> Node {
    let info = at.map([("version", Some(at.text("1.0"))), ("title", Some(at.reference("AWS::StackName")))]);
    at.map([("openapi", Some(at.text("3.0.1"))), ("info", Some(info)), ("paths", Some(at.map([])))])
}

/// `true` is every origin; a map has the names of CloudFormation.
fn cors_extension(cors: &Node) -> Option<Node> {
    let at = At(cors.span);
    match &cors.value {
        Value::Bool(true) => Some(at.map([("allowOrigins", Some(at.list(vec![at.text("*")])))])),
        Value::Bool(false) => Some(at.map([])),
        Value::Map(map) => {
            let mut extension = Map::default();
            for entry in map {
                let mut letters = entry.key.chars();
                let key: String =
                    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
                extension.set(&key, entry.key_span, entry.node.clone());
            }
            Some(Node { value: Value::Map(extension), span: cors.span })
        }
        _ => None,
    }
}

/// `MyApiprodStage`, `MyApiApiGatewayDefaultStage`; a digest for a name that may not be part of a logical id.
fn stage_id(logical_id: &str, name: &Node) -> String {
    match name.as_str().unwrap_or_default() {
        "" => format!("{logical_id}Stage"),
        DEFAULT => format!("{logical_id}ApiGatewayDefaultStage"),
        name if name.chars().all(char::is_alphanumeric) => format!("{logical_id}{name}Stage"),
        name => format!("{logical_id}Stage{}", digest(name, DIGEST_LENGTH)),
    }
}

fn stage_tags(source: &Source, at: At) -> Node {
    let mut tags = source.properties.get("Tags").and_then(Node::as_map).cloned().unwrap_or_default();
    tags.set("httpapi:createdBy", at.0, at.text("SAM"));
    Node { value: Value::Map(tags), span: at.0 }
}

/// The logical id of the API of events that name none.
pub(super) const IMPLICIT: &str = "ServerlessHttpApi";

/// The path and the stage that take everything else.
pub(super) const DEFAULT: &str = "$default";

/// What is written into a definition, and not into a file.
const INLINE: &[&str] = &["Auth", "CorsConfiguration", "DisableExecuteApiEndpoint"];

const STAGE_PROPERTIES: &[&str] =
    &["AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"];
