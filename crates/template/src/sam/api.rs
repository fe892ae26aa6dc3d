//! What does an `AWS::Serverless::Api` become?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html>

use std::collections::BTreeMap;

use crate::value::Entry;
use crate::{Diagnostics, Map, Node, Span, Value};

use super::auth::{self, Auth};
use super::build::{At, DIGEST_LENGTH, INHERITED, digest, resource};
use super::definition::ProxyCall;
use super::domain::{self, Flavor};
use super::properties::{self, invalid};
use super::{
    Made, Source, api_key, cors, definition, definition_uri, globals, request, resource_policy, tags,
};

/// An API whose definition is being written.
pub(super) struct Api {
    source: Source,
    definition: Node,
    /// Whether events are written into the definition; not if the template gives its own.
    is_managed: bool,
    is_implicit: bool,
    /// The condition of a function that is not made: an implicit API of such functions alone is not made either.
    condition: Option<Entry>,
}

impl Api {
    /// The API that the template declares.
    pub(super) fn new(mut source: Source, found: &mut Diagnostics) -> Self {
        properties::check(
            &source.logical_id,
            "AWS::Serverless::Api",
            properties::API,
            &mut source.properties,
            found,
        );
        definition_uri::take(&mut source, (INLINE, "Swagger"), found);
        let at = At(source.logical_id_span);
        if !source.properties.contains("StageName") {
            let diagnostic = invalid(&source.logical_id, "Missing required property 'StageName'.");
            found.push(diagnostic.at(at.0, "no StageName").cure("add `StageName: prod`"));
        }
        Auth::check(&source, found);
        let given = source.properties.get("DefinitionBody").filter(|body| !body.is_null()).cloned();
        if let Some(body) = given.as_ref().filter(|body| body.as_map().is_none()) {
            let diagnostic = invalid(&source.logical_id, "Property 'DefinitionBody' should be a map.");
            found.push(diagnostic.at(body.span, format!("a {}", body.value.kind())));
        }
        let is_managed = given.is_none();
        let definition = given.unwrap_or_else(|| definition::skeleton(at));
        Self { source, definition, is_managed, is_implicit: false, condition: None }
    }

    /// The API of events that name none.
    pub(super) fn implicit(globals: &Map, at: At, found: &mut Diagnostics) -> Self {
        let mut local = Map::default();
        local.set("StageName", at.0, at.text("Prod"));
        let source = Source {
            logical_id: IMPLICIT.to_owned(),
            logical_id_span: at.0,
            attributes: Map::default(),
            properties: globals::merge("Api", globals.get("Api"), local),
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

    /// The name of its stage, if that is written out.
    pub(super) fn stage_name(&self) -> Option<&str> {
        self.source.properties.get("StageName").and_then(Node::as_str)
    }

    /// Adds a function under a path and method; `false` if there is one already.
    pub(super) fn add(
        &mut self,
        path: &str,
        method: &str,
        function: &str,
        call: ProxyCall<'_>,
        at: At,
    ) -> bool {
        !self.is_managed || definition::add_proxy(&mut self.definition, path, method, function, call, at)
    }

    /// Writes `Auth` of an event into the operation that it added; the error is SAM's cause, and where.
    pub(super) fn authorize(
        &mut self,
        path: &str,
        method: &str,
        event: Option<&Node>,
        at: At,
    ) -> Result<(), (String, Span)> {
        let key = if method == "any" { definition::ANY_METHOD } else { method };
        let overrides = auth::overrides(event)?;
        let operation = self.definition.as_map_mut().and_then(|map| map.get_mut("paths"));
        let item = operation.and_then(Node::as_map_mut).and_then(|paths| paths.get_mut(path));
        let operation = item.and_then(Node::as_map_mut).and_then(|item| item.get_mut(key));
        match operation.and_then(Node::as_map_mut) {
            Some(operation) if self.is_managed || overrides => {
                let place = [method, path];
                match self.is_managed {
                    true => auth::authorize(operation, Auth::of(&self.source), event, place, at)?,
                    false => auth::secure(operation, Auth::of(&self.source), event, place, at)?,
                }
                let policy =
                    event.and_then(|event| event.get("ResourcePolicy")).filter(|node| !node.is_null());
                let stage = self.source.properties.get("StageName");
                match policy {
                    Some(policy) => resource_policy::add(&mut self.definition, policy, Some(path), stage),
                    None => Ok(()),
                }
            }
            _ if event.is_none() => Ok(()),
            // SAM leaves it out without a word.
            _ => Err((
                "Auth of an event has no effect on an API with a DefinitionBody: write `security` there, or OverrideApiAuth: true \
                 beside it."
                    .to_owned(),
                event.map_or(at.0, |node| node.span),
            )),
        }
    }

    /// Writes what an event demands of requests into the operation that it added; the error is SAM's cause, and where.
    pub(super) fn demand(
        &mut self,
        path: &str,
        method: &str,
        (model, parameters): (Option<&Node>, Option<&Node>),
        at: At,
    ) -> Result<(), (String, Span)> {
        if let Some(node) = model.or(parameters).filter(|_| !self.is_managed) {
            // SAM leaves it out without a word.
            let cause = "RequestModel and RequestParameters of an event have no effect on an API with a definition of its own: \
                         write them there.";
            return Err((cause.to_owned(), node.span));
        }
        let version = self.source.properties.get("OpenApiVersion").and_then(Node::text);
        let is_openapi_3 = version.is_some_and(|version| version.starts_with('3'));
        let operation = request::Method { path, method, is_openapi_3 };
        let models = self.source.properties.get("Models");
        if let Some(model) = model {
            request::add_model(&mut self.definition, operation, models, model, at)?;
        }
        match parameters {
            Some(parameters) => request::add_parameters(&mut self.definition, operation, parameters, at),
            None => Ok(()),
        }
    }

    /// A function that is not made would have added something.
    pub(super) fn leave_out(&mut self, condition: Option<&Entry>) {
        self.condition = condition.cloned();
    }

    /// The implicit API is kept if one of its functions is.
    pub(super) fn inherit(&mut self, attributes: &Map) {
        let strength = |node: Option<&Node>| {
            let policy = node.and_then(Node::as_str);
            ["Delete", "Snapshot", "Retain"].iter().position(|known| Some(*known) == policy)
        };
        for key in ["DeletionPolicy", "UpdateReplacePolicy"].into_iter().filter(|_| self.is_implicit) {
            if let Some(entry) = attributes.entry(key)
                && strength(Some(&entry.node)) > strength(self.source.attributes.get(key))
            {
                self.source.attributes.set(key, entry.key_span, entry.node.clone());
            }
        }
    }

    /// The REST API, its deployment and its stage. Notes what `Api.Stage` and `Api.Deployment` stand for.
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
        self.complete(found);
        let Self { source, definition, .. } = self;
        let id = source.logical_id.as_str();
        let at = At(source.logical_id_span);
        let version = source.properties.get("OpenApiVersion");

        let mut seed = definition.to_json().to_string() + &version.and_then(Node::text).unwrap_or_default();
        if source.properties.get("AlwaysDeploy").and_then(Node::as_bool) == Some(true) {
            // SAM adds the time. What there may be to deploy beside the definition is said by the other properties.
            seed += &Node::new(Value::Map(source.properties.clone()), at.0).to_json().to_string();
        }
        let deployment_id = format!("{id}Deployment{}", digest(&seed, DIGEST_LENGTH));
        let stage_id = stage_id(id, source.properties.get("StageName"));
        names.insert(format!("{id}.Deployment"), deployment_id.clone());
        names.insert(format!("{id}.Stage"), stage_id.clone());

        let description = format!("RestApi deployment id: {}", digest(&seed, 40));
        // Without an OpenApiVersion SAM makes a second stage, which is called "Stage".
        let extra_stage = version.is_none().then(|| at.text("Stage"));
        let deployment = at.map([
            ("Description", Some(at.text(description))),
            ("RestApiId", Some(at.reference(id))),
            ("StageName", extra_stage),
        ]);
        let permissions = Auth::of(&source).permissions(&source);
        let stage = stage(&source, at, &deployment_id, found);
        let rest_api = rest_api(&source, at, definition);

        let domain = domain::resources(&source, Flavor::Rest, &stage_id, names, found);
        let usage_plan = api_key::resources(&source, Auth::of(&source).map(), &stage_id);
        let derived = |key: &str| INHERITED.contains(&key);
        let made = [
            (id.to_owned(), resource(at, "AWS::ApiGateway::RestApi", rest_api, &source.attributes, |_| true)),
            (deployment_id, {
                let properties = deployment.as_map().cloned().unwrap_or_default();
                resource(at, "AWS::ApiGateway::Deployment", properties, &source.attributes, derived)
            }),
            (stage_id, resource(at, "AWS::ApiGateway::Stage", stage, &source.attributes, derived)),
        ];
        let made = made.into_iter().map(|(logical_id, node)| Made { logical_id, span: at.0, node });
        made.chain(permissions).chain(domain).chain(usage_plan).collect()
    }

    /// Writes what the other properties say into the definition.
    fn complete(&mut self, found: &mut Diagnostics) {
        let Self { source, definition, is_managed, .. } = self;
        let (id, properties) = (source.logical_id.as_str(), &source.properties);
        if let Some(version) = properties.get("OpenApiVersion") {
            let text = version.text().unwrap_or_default();
            if !is_openapi_version(&text) {
                let cause = "The OpenApiVersion value must be of the format '3.0.0'.";
                found.push(invalid(id, cause).at(version.span, "not such a version"));
            } else if *is_managed && text.starts_with("3.") {
                definition::set_openapi(definition, version);
            }
        }
        if let Some(models) = properties.get("Models").filter(|models| !models.is_null())
            && let Err((cause, span)) = request::add_models(definition, models)
        {
            found.push(invalid(id, &cause).at(span, "this one"));
        }
        if let Some(cors) = properties.get("Cors").filter(|cors| !cors.is_null()) {
            cors::add(id, definition, cors, found);
        }
        let auth = Auth::of(source);
        auth.complete(definition);
        api_key::complete(definition, auth.map(), At(source.logical_id_span));
        if let Some(policy) = auth.resource_policy()
            && let Err((cause, span)) =
                resource_policy::add(definition, policy, None, properties.get("StageName"))
        {
            found.push(invalid(id, &cause).at(span, "this one"));
        }
        if let Some(entry) = properties.entry("GatewayResponses") {
            match entry.node.as_map().filter(|map| check_gateway_responses(id, map, found)) {
                Some(map) => definition::add_gateway_responses(definition, map, At(entry.key_span)),
                None if entry.node.as_map().is_none() => {
                    let diagnostic = invalid(id, "Type of property 'GatewayResponses' is invalid.");
                    found.push(diagnostic.at(entry.node.span, "not a map"));
                }
                None => {}
            }
        }
        if let Some(types) = properties.get("BinaryMediaTypes") {
            definition::add_binary_media_types(definition, types);
        }
        if let Some(is_disabled) = properties.get("DisableExecuteApiEndpoint") {
            definition::add_endpoint_configuration(definition, is_disabled);
        }
    }
}

fn rest_api(source: &Source, at: At, definition: Node) -> Map {
    let own = &source.properties;
    let body_span = own.entry("DefinitionBody").map_or(at.0, |entry| entry.key_span);
    let mut rest_api = Map::default();
    rest_api.set("Body", body_span, definition);
    for entry in properties::kept(properties::API, own) {
        rest_api.set(&entry.key, entry.key_span, entry.node);
    }
    if let Some(entry) = own.entry("EndpointConfiguration") {
        let at = At(entry.key_span);
        let kind = entry.node.get("Type").unwrap_or(&entry.node);
        let endpoints = entry.node.get("VPCEndpointIds").or_else(|| entry.node.get("VpcEndpointIds"));
        let parameters = at.map([("endpointConfigurationTypes", Some(kind.clone()))]);
        let configuration = at.map([
            ("Types", Some(at.list(vec![kind.clone()]))),
            ("VpcEndpointIds", endpoints.cloned()),
            ("IpAddressType", entry.node.get("IpAddressType").cloned()),
        ]);
        rest_api.set("Parameters", at.0, parameters);
        rest_api.set("EndpointConfiguration", at.0, configuration);
    }
    rest_api
}

fn stage(source: &Source, at: At, deployment_id: &str, found: &mut Diagnostics) -> Map {
    let mut stage = Map::default();
    stage.set("DeploymentId", at.0, at.reference(deployment_id));
    stage.set("RestApiId", at.0, at.reference(&source.logical_id));
    for key in STAGE_PROPERTIES {
        if let Some(entry) = source.properties.entry(key) {
            stage.set(key, entry.key_span, entry.node.clone());
        }
    }
    let tag_at = source.properties.entry("Tags").map_or(at, |entry| At(entry.key_span));
    if let Some(tags) = tags(&source.logical_id, &source.properties, tag_at, false, found) {
        stage.set("Tags", tag_at.0, tags);
    }
    stage
}

/// `MyApiprodStage`; a digest for a name that may not be part of a logical id, nothing for one that is not known.
fn stage_id(logical_id: &str, name: Option<&Node>) -> String {
    match name.and_then(Node::as_str).unwrap_or_default() {
        "" => format!("{logical_id}Stage"),
        name if name.chars().all(char::is_alphanumeric) => format!("{logical_id}{name}Stage"),
        name => format!("{logical_id}Stage{}", digest(name, DIGEST_LENGTH)),
    }
}

fn check_gateway_responses(id: &str, responses: &Map, found: &mut Diagnostics) -> bool {
    let mut wrong = |cause: String, span: Span, label: &str| found.push(invalid(id, &cause).at(span, label));
    let mut is_right = true;
    for response in responses {
        let Value::Map(map) = &response.node.value else {
            wrong(
                format!(
                    "Invalid property type '{}' for GatewayResponses. Expected an object of type 'GatewayResponse'.",
                    response.node.value.kind()
                ),
                response.node.span,
                "not a map",
            );
            is_right = false;
            continue;
        };
        for entry in map
            .iter()
            .filter(|e| !["ResponseParameters", "ResponseTemplates", "StatusCode"].contains(&e.key.as_str()))
        {
            wrong(
                format!(
                    "Invalid property '{}' in 'GatewayResponses' property '{}'.",
                    entry.key, response.key
                ),
                entry.key_span,
                "no such property",
            );
            is_right = false;
        }
    }
    is_right
}

/// `2.0` or `3.x.y`, as SAM checks it.
fn is_openapi_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split('.').collect::<Vec<_>>()[..] {
        ["2", "0"] => true,
        ["3", minor, patch] => is_number(minor) && is_number(patch),
        _ => false,
    }
}

/// The logical id of the API of events that name none.
pub(super) const IMPLICIT: &str = "ServerlessRestApi";

/// What is written into a definition, and not into a file.
const INLINE: &[&str] = &["Auth", "Cors", "DisableExecuteApiEndpoint", "GatewayResponses", "Models"];

const STAGE_PROPERTIES: &[&str] = &[
    "StageName",
    "AccessLogSetting",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "CanarySetting",
    "MethodSettings",
    "TracingEnabled",
    "Variables",
];
