//! Which API an OpenAPI document with API Gateway's extensions defines: Swagger 2.0 and OpenAPI 3.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>

mod models;
#[cfg(test)]
mod tests;
mod validation;

use std::sync::Arc;

use frontgate_aws::ids;
use frontgate_explain::PlaceId;
use frontgate_iam::AttachedPolicy;
use serde_json::Value;

use crate::authorizer::Authorizers;
use crate::config::{GatewayResponse, Method, MethodResponse, Resource};
use crate::finding::Finding;
use crate::gateway_responses::GatewayResponseType;
use crate::integration::{Reader, child, status};
use crate::resource_policy::parse_resource_policy;
use crate::security::AUTH;
use crate::substitution::Substitution;
use crate::usage::ApiKeySource;

pub use models::MADE as MADE_MODELS;
use models::Models;
pub(crate) use models::{followed, request_schemas};
use validation::{VALIDATOR, VALIDATORS};

/// What a document defines.
#[derive(Debug, Default)]
pub struct Definition {
    /// `info.title`
    pub title: Option<String>,
    /// The resources in the order of the document.
    pub resources: Vec<Resource>,
    /// `x-amazon-apigateway-binary-media-types`
    pub binary_media_types: Vec<Box<str>>,
    /// `x-amazon-apigateway-minimum-compression-size`
    pub minimum_compression_size: Option<u32>,
    /// `disableExecuteApiEndpoint` of `x-amazon-apigateway-endpoint-configuration`
    pub execute_api_disabled: bool,
    /// `x-amazon-apigateway-api-key-source`
    pub api_key_source: ApiKeySource,
    /// `x-amazon-apigateway-gateway-responses`
    pub gateway_responses: Vec<GatewayResponse>,
    /// `x-amazon-apigateway-policy`
    pub policy: Option<AttachedPolicy>,
    /// The document itself, for exports.
    pub document: Arc<Value>,
    /// What is wrong and what is not implemented.
    pub findings: Vec<Finding>,
}

/// What the methods of a document are made with.
struct Parts<'p> {
    document: &'p Value,
    authorizers: &'p Authorizers,
    models: &'p Models,
    api_id: &'p str,
}

/// Compiles a document for the API with that ARN, whose last part is its id. `place_of` gives the place of a JSON pointer.
#[must_use]
pub fn compile(document: &Value, api_arn: &str, place_of: &mut dyn FnMut(&str) -> PlaceId) -> Definition {
    let mut reader = Reader { place_of, findings: Vec::new() };
    let mut definition = Definition {
        title: document.pointer("/info/title").and_then(Value::as_str).map(str::to_owned),
        document: Arc::new(document.clone()),
        ..Definition::default()
    };
    reader.check_top(document);
    let api_id = api_arn.rsplit(':').next().unwrap_or_default();
    let authorizers = reader.authorizers(document, api_id);
    let models = reader.models(document, api_id);
    let parts = Parts { document, authorizers: &authorizers, models: &models, api_id };
    definition.resources = reader.resources(&parts);
    definition.policy = reader.policy(document, api_arn);
    definition.binary_media_types = reader.binary_media_types(document);
    definition.minimum_compression_size = reader.minimum_compression_size(document);
    definition.execute_api_disabled = endpoint_configurations(document)
        .any(|(configuration, _)| configuration["disableExecuteApiEndpoint"] == true);
    definition.api_key_source = reader.api_key_source(document);
    definition.gateway_responses = reader.gateway_responses(document);
    definition.findings = reader.findings;
    definition
}

/// Compiles one gateway response, as the extension and as `AWS::ApiGateway::GatewayResponse` write it.
pub fn compile_gateway_response(
    reader: &mut Reader<'_>,
    kind: &str,
    value: &Value,
    pointer: &str,
    names: [&str; 3],
) -> Option<GatewayResponse> {
    let [status_name, parameters_name, templates_name] = names;
    let Some(kind) = GatewayResponseType::from_name(kind) else {
        reader.invalid(
            pointer,
            format!("`{kind}` is no type of gateway response"),
            "Use one such as DEFAULT_4XX",
        );
        return None;
    };
    let written = value.get(status_name).filter(|status| !status.is_null());
    let code = status(written);
    if let (Some(written), None) = (written, code) {
        reader.invalid(
            &child(pointer, status_name),
            format!("{written} is no status code"),
            "Write one such as \"403\"",
        );
    }
    let parameters = reader.response_parameters(value, parameters_name, pointer, "gatewayresponse.header.");
    let templates = reader.strings(value, templates_name, &child(pointer, templates_name));
    Some(GatewayResponse {
        kind,
        status: code,
        parameters,
        templates: templates
            .into_iter()
            .map(|(kind, text)| (kind.into(), Substitution::compile(&text)))
            .collect(),
        place: (reader.place_of)(pointer),
    })
}

/// Checks a resource path: a slash, then segments that are literals or whole parameters, a greedy one last.
///
/// # Errors
/// What is wrong with it.
pub fn check_path(path: &str) -> Result<(), String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(format!("The path `{path}` does not begin with a slash"));
    };
    let segments: Vec<&str> = rest.split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        let inner = segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
        let is_greedy = inner.is_some_and(|inner| inner.ends_with('+'));
        if is_greedy && index + 1 < segments.len() {
            return Err(format!("The greedy parameter `{segment}` of `{path}` is not the last segment"));
        }
        let text = inner.map_or(*segment, |inner| inner.trim_end_matches('+'));
        let is_empty_parameter = inner.is_some() && text.is_empty();
        if is_empty_parameter || !text.chars().all(|c| c.is_ascii_alphanumeric() || "_.,:-$~%".contains(c)) {
            return Err(format!(
                "The segment `{segment}` of `{path}` is neither a literal nor a whole parameter"
            ));
        }
    }
    Ok(())
}

impl Reader<'_> {
    fn check_top(&mut self, document: &Value) {
        let version = document.get("swagger").or_else(|| document.get("openapi"));
        // YAML without quotes makes a number of 2.0, as many published documents have it.
        let is_number = document.get("swagger").and_then(Value::as_f64) == Some(2.0);
        let is_text = |version: &str| version == "2.0" || version.starts_with("3.0");
        if !is_number && !version.and_then(Value::as_str).is_some_and(is_text) {
            let cure = "Begin it with swagger: \"2.0\" or openapi: 3.0.1";
            self.invalid("", "The document says no version of OpenAPI that API Gateway imports", cure);
        }
        self.check_extensions(document, "", EXTENSIONS_OF_DOCUMENT);
        for (configuration, pointer) in endpoint_configurations(document) {
            for name in ["ipAddressType", "vpcEndpointIds"] {
                if configuration.get(name).is_some_and(|value| !value.is_null()) {
                    let what = format!("`{name}` of an endpoint configuration is not implemented");
                    self.unsupported(
                        &child(&pointer, name),
                        what,
                        "Leave it out, and use a regional endpoint",
                    );
                }
            }
        }
        for (index, server) in
            document.get("servers").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            self.check_extensions(server, &format!("/servers/{index}"), &[ENDPOINTS]);
        }
    }

    /// Refuses the extensions of API Gateway that are not in the list.
    fn check_extensions(&mut self, value: &Value, pointer: &str, known: &[&str]) {
        for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
            if name.starts_with("x-amazon-apigateway-") && !known.contains(&name.as_str()) {
                let what = format!("`{name}` is not implemented here");
                self.unsupported(&child(pointer, name), what, "Leave it out");
            }
        }
    }

    fn resources(&mut self, parts: &Parts<'_>) -> Vec<Resource> {
        let Some(paths) = parts.document.get("paths").and_then(Value::as_object) else {
            self.invalid("", "The document has no `paths`", "Add at least one path");
            return Vec::new();
        };
        let mut resources: Vec<Resource> = Vec::new();
        for (path, item) in paths {
            let pointer = child("/paths", path);
            if let Err(what) = check_path(path) {
                self.invalid(&pointer, what, "Write it such as /items/{id} or /{proxy+}");
                continue;
            }
            if let Some(other) = resources.iter().find_map(|other| clash(&other.path, path)) {
                let what = format!("`{path}` and `{other}` both have a parameter in the same place");
                self.invalid(&pointer, what, "Give siblings the same parameter");
                continue;
            }
            let Some(members) = item.as_object() else {
                self.invalid(&pointer, format!("`{path}` has no methods"), "Add a method");
                continue;
            };
            let mut methods = Vec::new();
            for (name, operation) in members {
                let here = child(&pointer, name);
                match method_name(name) {
                    Some(http_method) => {
                        methods.extend(self.method(parts, &http_method, operation, &here));
                    }
                    None if INERT_OF_PATH.contains(&name.as_str()) => {}
                    None => {
                        let what = format!("`{name}` of a path is not implemented");
                        self.unsupported(&here, what, "Write the methods themselves");
                    }
                }
            }
            resources.push(Resource {
                id: ids::api_part_id("resource", &format!("{}{path}", parts.api_id)).into(),
                path: path.as_str().into(),
                methods,
                place: (self.place_of)(&pointer),
            });
        }
        resources
    }

    fn method(
        &mut self,
        parts: &Parts<'_>,
        http_method: &str,
        operation: &Value,
        pointer: &str,
    ) -> Option<Method> {
        let document = parts.document;
        self.check_extensions(operation, pointer, EXTENSIONS_OF_OPERATION);
        let (authorization, api_key_required) =
            self.authorization(document, parts.authorizers, operation, pointer);
        let request_models = self.request_models(document, parts.models, operation, pointer);
        let validation = self.request_validation(document, operation, &request_models, pointer);
        let responses = self.method_responses(parts.models, operation, pointer);
        let here = child(pointer, INTEGRATION);
        let Some(integration) = operation.get(INTEGRATION) else {
            self.invalid(
                pointer,
                format!("No integration defined for the method {http_method}"),
                format!("Add {INTEGRATION}"),
            );
            return None;
        };
        let referenced = integration.get("$ref").and_then(Value::as_str);
        let integration = match referenced {
            None => integration,
            Some(reference) => {
                let Some(found) = reference.strip_prefix('#').and_then(|path| document.pointer(path)) else {
                    self.invalid(
                        &here,
                        format!("`{reference}` names nothing in this document"),
                        "Correct it",
                    );
                    return None;
                };
                found
            }
        };
        let integration = self.integration(integration, &here, &responses)?;
        Some(Method {
            http_method: http_method.into(),
            authorization,
            api_key_required,
            validation,
            integration,
            responses,
            place: (self.place_of)(pointer),
        })
    }

    fn policy(&mut self, document: &Value, api_arn: &str) -> Option<AttachedPolicy> {
        let written = document.get(POLICY).filter(|policy| !policy.is_null())?;
        let pointer = child("", POLICY);
        match parse_resource_policy(written, api_arn) {
            Ok(policy) => {
                let place = (self.place_of)(&pointer);
                Some(AttachedPolicy { name: POLICY.into(), policy: Arc::new(policy), place })
            }
            Err(error) => {
                let what = format!("Invalid policy document: {}", error.message);
                self.invalid(&format!("{pointer}{}", error.path), what, "Correct the statement");
                None
            }
        }
    }

    fn method_responses(&mut self, models: &Models, operation: &Value, pointer: &str) -> Vec<MethodResponse> {
        let pointer = child(pointer, "responses");
        let mut responses = Vec::new();
        for (code, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
            let here = child(&pointer, code);
            let Some(status_code) = status(Some(&Value::from(code.as_str()))) else {
                if code != "default" {
                    self.invalid(&here, format!("`{code}` is no status code"), "Write one such as \"200\"");
                }
                continue;
            };
            if let Some(reference) = response.get("$ref").and_then(Value::as_str) {
                self.unsupported(
                    &here,
                    format!("The reference `{reference}` is not implemented"),
                    "Write the response out",
                );
                continue;
            }
            self.check_response_models(models, response, &here);
            let headers = response.get("headers").and_then(Value::as_object);
            let headers = headers.into_iter().flatten().map(|(name, _)| name.as_str().into()).collect();
            responses.push(MethodResponse { status_code, headers, place: (self.place_of)(&here) });
        }
        responses
    }

    fn binary_media_types(&mut self, document: &Value) -> Vec<Box<str>> {
        let name = "x-amazon-apigateway-binary-media-types";
        match document.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).map(Into::into).collect(),
            Some(_) => {
                self.invalid(
                    &child("", name),
                    "The binary media types are no list",
                    "Write a list such as [image/png]",
                );
                Vec::new()
            }
        }
    }

    fn minimum_compression_size(&mut self, document: &Value) -> Option<u32> {
        let name = "x-amazon-apigateway-minimum-compression-size";
        let written = document.get(name).filter(|size| !size.is_null())?;
        let size = written.as_u64().and_then(|size| u32::try_from(size).ok());
        let size = size.filter(|size| *size <= COMPRESSION_SIZE_MAX);
        if size.is_none() {
            self.invalid(
                &child("", name),
                format!("{written} is not between 0 and 10485760"),
                "Choose one that is",
            );
        }
        size
    }

    fn gateway_responses(&mut self, document: &Value) -> Vec<GatewayResponse> {
        let pointer = "/x-amazon-apigateway-gateway-responses";
        let rows = document.get(&pointer[1..]).and_then(Value::as_object);
        let names = ["statusCode", "responseParameters", "responseTemplates"];
        rows.into_iter()
            .flatten()
            // SAM's own example writes `DEFAULT_4xx`.
            .filter_map(|(kind, row)| {
                let name = kind.to_ascii_uppercase();
                compile_gateway_response(self, &name, row, &child(pointer, kind), names)
            })
            .collect()
    }
}

/// The endpoint configurations of a document, with their pointers: of Swagger's top, or of the servers of OpenAPI 3.
fn endpoint_configurations(document: &Value) -> impl Iterator<Item = (&Value, String)> {
    let top = document.get(ENDPOINTS).map(|configuration| (configuration, child("", ENDPOINTS)));
    let servers = document.get("servers").and_then(Value::as_array).into_iter().flatten().enumerate();
    let of_servers = servers.filter_map(|(index, server)| {
        Some((server.get(ENDPOINTS)?, child(&format!("/servers/{index}"), ENDPOINTS)))
    });
    top.into_iter().chain(of_servers)
}

/// The HTTP method of a member of a path item.
pub(crate) fn method_name(name: &str) -> Option<String> {
    if name == "x-amazon-apigateway-any-method" {
        return Some("ANY".to_owned());
    }
    let known = ["get", "put", "post", "delete", "options", "head", "patch"];
    known.contains(&name.to_ascii_lowercase().as_str()).then(|| name.to_ascii_uppercase())
}

/// Whether two paths have parameters of different names in the same place; the first one's path up to there.
fn clash(first: &str, second: &str) -> Option<String> {
    let mut common = String::new();
    for (a, b) in first.split('/').skip(1).zip(second.split('/').skip(1)) {
        common = format!("{common}/{a}");
        if a == b {
            continue;
        }
        return (a.starts_with('{') && b.starts_with('{')).then_some(common);
    }
    None
}

pub(crate) const POLICY: &str = "x-amazon-apigateway-policy";
const ENDPOINTS: &str = "x-amazon-apigateway-endpoint-configuration";
const COMPRESSION_SIZE_MAX: u32 = 10_485_760;
/// The extensions of a document that are read, or that change no answer.
const EXTENSIONS_OF_DOCUMENT: &[&str] = &[
    "x-amazon-apigateway-api-key-source",
    "x-amazon-apigateway-binary-media-types",
    "x-amazon-apigateway-documentation",
    ENDPOINTS,
    "x-amazon-apigateway-gateway-responses",
    "x-amazon-apigateway-importexport-version",
    "x-amazon-apigateway-minimum-compression-size",
    POLICY,
    VALIDATOR,
    VALIDATORS,
    "x-amazon-apigateway-tag-value",
];
const EXTENSIONS_OF_OPERATION: &[&str] = &[AUTH, INTEGRATION, "x-amazon-apigateway-documentation", VALIDATOR];
const INERT_OF_PATH: [&str; 4] = ["parameters", "summary", "description", "servers"];
const INTEGRATION: &str = "x-amazon-apigateway-integration";
