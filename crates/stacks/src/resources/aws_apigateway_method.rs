//! `AWS::ApiGateway::Method`: one method of a resource with its integration.

use frontgate_gateway_rules::openapi::MADE_MODELS;
use frontgate_template::{Map, Node, ResourceNode, Span, Value};

use super::rest_api_parts::{ApiDraft, child, draft, set, text, unknown};
use crate::maker::{Made, Maker};
use crate::properties::{Object, Text, scalar};

/// Makes a method.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let made = Made::new(maker.generated_name(node));
    let resource = properties.required_text("ResourceId");
    let http_method = properties.required_text("HttpMethod");
    let authorization = properties.text("AuthorizationType").filter(|kind| kind.value != "NONE");
    let authorizer = properties.text("AuthorizerId");
    let scopes = properties.texts("AuthorizationScopes");
    let api_key_required = properties.flag("ApiKeyRequired") == Some(true);
    let validator = properties.text("RequestValidatorId").filter(|id| !id.value.is_empty());
    properties.accept(&["OperationName"]);
    let mut operation = operation(node, properties);
    write_request(&mut operation, properties);
    let Some(draft) = draft(properties, maker) else { return made };
    if let Some(kind) = authorization {
        authorize(&mut operation, draft, properties, &kind, authorizer.as_ref(), &scopes);
    }
    if let Some(id) = validator {
        match draft.validators.iter().find(|(known, _)| *known == id.value) {
            Some((_, name)) => {
                set(&mut operation, "x-amazon-apigateway-request-validator", text(name, id.span));
            }
            None => unknown(
                properties,
                "RequestValidatorId",
                &id,
                "Invalid Request Validator identifier specified",
            ),
        }
    }
    if api_key_required {
        require_api_key(&mut operation, draft, properties.span_of("ApiKeyRequired"));
    }
    let (Some(resource), Some(http_method)) = (resource, http_method) else { return made };
    let Some((_, path)) = draft.resources.iter().find(|(id, _)| *id == resource.value) else {
        unknown(properties, "ResourceId", &resource, "Invalid Resource identifier specified");
        return made;
    };
    let key = match http_method.value.as_ref() {
        "ANY" => "x-amazon-apigateway-any-method".to_owned(),
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "PATCH" | "POST" | "PUT" => {
            http_method.value.to_ascii_lowercase()
        }
        other => {
            let message = format!(
                "{}.HttpMethod: BadRequestException: Invalid HttpMethod specified: {other}",
                properties.path()
            );
            properties.problems().error(http_method.span, message, "unknown", "Use GET, POST, … or ANY.");
            return made;
        }
    };
    let path = path.clone();
    let item = child(child(&mut draft.document, "paths", node.span), &path, node.logical_id_span);
    set(item, &key, operation);
    draft.methods.push(node.logical_id.clone());
    made
}

/// Writes who may call the method, as an API definition does.
fn authorize(
    operation: &mut Node,
    draft: &ApiDraft,
    properties: &Object<'_>,
    kind: &Text<'_>,
    authorizer: Option<&Text<'_>>,
    scopes: &[Text<'_>],
) {
    if kind.value == "AWS_IAM" {
        let auth = child(operation, "x-amazon-apigateway-auth", kind.span);
        return set(auth, "type", text(&kind.value, kind.span));
    }
    if !matches!(&*kind.value, "COGNITO_USER_POOLS" | "CUSTOM") {
        let message =
            format!("{}.AuthorizationType: `{}` is not a valid value", properties.path(), kind.value);
        let cure = "Use NONE, AWS_IAM, CUSTOM or COGNITO_USER_POOLS.";
        return properties.problems().error(kind.span, message, "unknown", cure);
    }
    let found = authorizer.and_then(|id| {
        let named = draft.authorizers.iter().find(|authorizer| authorizer.id == id.value)?;
        (named.authorization_type == kind.value).then_some(named)
    });
    let Some(found) = found else {
        let message = format!(
            "{}: BadRequestException: Invalid authorizer ID specified. Setting the authorization type to CUSTOM or \
             COGNITO_USER_POOLS requires a valid authorizer.",
            properties.path()
        );
        let span = authorizer.map_or(kind.span, |id| id.span);
        let cure = "Name an AWS::ApiGateway::Authorizer of this API and type with AuthorizerId: !Ref …";
        return properties.problems().error(span, message, "no such authorizer", cure);
    };
    let scopes = scopes.iter().map(|scope| text(&scope.value, scope.span)).collect();
    let mut scheme = Node::new(Value::Map(Map::default()), kind.span);
    set(&mut scheme, &found.scheme, Node::new(Value::List(scopes), kind.span));
    set(operation, "security", Node::new(Value::List(vec![scheme]), kind.span));
}

/// Writes the parameters and models of requests, as an API definition does.
fn write_request(operation: &mut Node, properties: &Object<'_>) {
    let mut parameters = Vec::new();
    let written = properties.node("RequestParameters").and_then(Node::as_map);
    for entry in written.into_iter().flat_map(|map| map.iter()) {
        let named = entry.key.strip_prefix("method.request.").and_then(|rest| rest.split_once('.'));
        let place = named.and_then(|(place, _)| match place {
            "header" | "path" => Some(place),
            "querystring" => Some("query"),
            _ => None,
        });
        let (Some((_, name)), Some(place)) = (named, place) else {
            let message = format!(
                "{}.RequestParameters: BadRequestException: Invalid mapping expression specified: {}",
                properties.path(),
                entry.key
            );
            let cure = "Write method.request.header.NAME, method.request.path.NAME or method.request.querystring.NAME.";
            properties.problems().error(entry.key_span, message, "not valid", cure);
            continue;
        };
        let is_required = scalar(&entry.node.value).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let mut row = Node::new(Value::Map(Map::default()), entry.key_span);
        set(&mut row, "in", text(place, entry.key_span));
        set(&mut row, "name", text(name, entry.key_span));
        set(&mut row, "required", Node::new(Value::Bool(is_required), entry.key_span));
        parameters.push(row);
    }
    if !parameters.is_empty() {
        let span = properties.span_of("RequestParameters");
        set(operation, "parameters", Node::new(Value::List(parameters), span));
    }
    let models = properties.node("RequestModels").and_then(Node::as_map);
    for entry in models.into_iter().flat_map(|map| map.iter()) {
        let name = scalar(&entry.node.value).unwrap_or_default();
        let content = child(child(operation, "requestBody", entry.key_span), "content", entry.key_span);
        let schema = child(child(content, &entry.key, entry.key_span), "schema", entry.key_span);
        set(schema, "$ref", text(&model_reference(&name), entry.node.span));
    }
}

/// What names a model of the API, or one that every API has.
fn model_reference(name: &str) -> String {
    format!("#/{MADE_MODELS}/{name}")
}

/// Writes that the method demands an API key, as an API definition does.
fn require_api_key(operation: &mut Node, draft: &mut ApiDraft, span: Span) {
    let schemes = child(&mut draft.document, "securityDefinitions", span);
    let scheme = child(schemes, "api_key", span);
    for (key, value) in [("type", "apiKey"), ("name", "x-api-key"), ("in", "header")] {
        set(scheme, key, text(value, span));
    }
    let mut named = Node::new(Value::Map(Map::default()), span);
    set(&mut named, "api_key", Node::new(Value::List(Vec::new()), span));
    let Value::Map(members) = &mut operation.value else { return };
    match members.get_mut("security").map(|node| &mut node.value) {
        Some(Value::List(all)) => all.push(named),
        _ => set(operation, "security", Node::new(Value::List(vec![named]), span)),
    }
}

/// The operation as an API definition writes it.
fn operation(node: &ResourceNode, properties: &Object<'_>) -> Node {
    let span = node.logical_id_span;
    let mut operation = Node::new(Value::Map(Map::default()), span);
    for response in properties.objects("MethodResponses") {
        let models = response.node("ResponseModels").and_then(Node::as_map).cloned().unwrap_or_default();
        let status = response.required_text("StatusCode");
        let parameters =
            response.node("ResponseParameters").and_then(Node::as_map).cloned().unwrap_or_default();
        response.finish();
        let Some(status) = status else { continue };
        let declared = child(child(&mut operation, "responses", span), &status.value, status.span);
        for entry in models.iter() {
            let content = child(child(declared, "content", entry.key_span), &entry.key, entry.key_span);
            let name = scalar(&entry.node.value).unwrap_or_default();
            set(
                child(content, "schema", entry.key_span),
                "$ref",
                text(&model_reference(&name), entry.node.span),
            );
        }
        for entry in parameters.iter() {
            if let Some(header) = entry.key.strip_prefix("method.response.header.") {
                child(child(declared, "headers", span), header, entry.key_span);
            }
        }
    }
    if let Some(integration) = properties.object("Integration") {
        let definition = integration_of(&integration);
        set(&mut operation, "x-amazon-apigateway-integration", definition);
    }
    operation
}

fn integration_of(integration: &Object<'_>) -> Node {
    let span = integration.span();
    let mut definition = Node::new(Value::Map(Map::default()), span);
    integration.require("Type");
    for (property, key) in SCALARS {
        if let Some(node) = integration.node(property) {
            let node = if *property == "RequestParameters" { with_texts(node) } else { node.clone() };
            set(&mut definition, key, node);
        }
    }
    for response in integration.objects("IntegrationResponses") {
        let mut row = Node::new(Value::Map(Map::default()), response.span());
        let pattern = response.text("SelectionPattern").filter(|pattern| !pattern.value.is_empty());
        if let Some(status) = response.required_text("StatusCode") {
            set(&mut row, "statusCode", text(&status.value, status.span));
        }
        for (property, key) in [
            ("ContentHandling", "contentHandling"),
            ("ResponseParameters", "responseParameters"),
            ("ResponseTemplates", "responseTemplates"),
        ] {
            if let Some(node) = response.node(property) {
                set(&mut row, key, node.clone());
            }
        }
        let pattern = pattern.map_or_else(|| "default".to_owned(), |pattern| pattern.value.into_owned());
        set(child(&mut definition, "responses", span), &pattern, row);
        response.finish();
    }
    integration.finish();
    definition
}

/// A map of texts, as CloudFormation makes one of scalars.
fn with_texts(node: &Node) -> Node {
    let Value::Map(map) = &node.value else { return node.clone() };
    let mut texts = Map::default();
    for entry in map.iter() {
        let value = scalar(&entry.node.value).map(|value| text(&value, entry.node.span));
        texts.set(&entry.key, entry.key_span, value.unwrap_or_else(|| entry.node.clone()));
    }
    Node::new(Value::Map(texts), node.span)
}

/// Properties of the resource and the keys of `x-amazon-apigateway-integration`.
const SCALARS: &[(&str, &str)] = &[
    ("CacheKeyParameters", "cacheKeyParameters"),
    ("CacheNamespace", "cacheNamespace"),
    ("ConnectionId", "connectionId"),
    ("ConnectionType", "connectionType"),
    ("ContentHandling", "contentHandling"),
    ("Credentials", "credentials"),
    ("IntegrationHttpMethod", "httpMethod"),
    ("IntegrationTarget", "integrationTarget"),
    ("PassthroughBehavior", "passthroughBehavior"),
    ("RequestParameters", "requestParameters"),
    ("RequestTemplates", "requestTemplates"),
    ("ResponseTransferMode", "responseTransferMode"),
    ("TimeoutInMillis", "timeoutInMillis"),
    ("TlsConfig", "tlsConfig"),
    ("Type", "type"),
    ("Uri", "uri"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::SCALARS.is_sorted());
    }
}
