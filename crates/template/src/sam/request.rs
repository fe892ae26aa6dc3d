//! What do `RequestModel` and `RequestParameters` of an event, and `Models` of an API, write into its definition?
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-requestmodel.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-requestparameter.html>

use crate::{Map, Node, Span, Value};

use super::build::At;
use super::definition::{self, INTEGRATION};

/// What SAM says against it, and where.
type Refused = (String, Span);

/// Where an event stands in its API.
#[derive(Clone, Copy)]
pub(super) struct Method<'a> {
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    /// The API will be written as OpenAPI 3.
    pub(super) is_openapi_3: bool,
}

/// Adds `Models` to the definition, by their names in lower case.
pub(super) fn add_models(definition: &mut Node, models: &Node) -> Result<(), Refused> {
    let Some(map) = models.as_map() else {
        return Err(("Property 'Models' should be a map.".to_owned(), models.span));
    };
    let mut schemas = Map::default();
    for entry in map {
        if entry.node.as_map().is_none() {
            return Err(("Invalid value for 'Models' property".to_owned(), entry.node.span));
        }
        if entry.node.get("type").is_none_or(Node::is_null) {
            return Err(("'Models' schema is missing 'type'.".to_owned(), entry.node.span));
        }
        schemas.set(&entry.key.to_lowercase(), entry.key_span, entry.node.clone());
    }
    let is_openapi_3 = definition::is_openapi_3(definition);
    let Some(document) = definition.as_map_mut() else { return Ok(()) };
    let at = At(models.span);
    let parent = if is_openapi_3 {
        if !document.contains("components") {
            document.set("components", at.0, at.map([]));
        }
        document.get_mut("components").and_then(Node::as_map_mut)
    } else {
        Some(document)
    };
    let key = if is_openapi_3 { "schemas" } else { "definitions" };
    if let Some(parent) = parent {
        if !parent.contains(key) {
            parent.set(key, at.0, at.map([]));
        }
        if let Some(known) = parent.get_mut(key).and_then(Node::as_map_mut) {
            for entry in schemas {
                known.set(&entry.key, entry.key_span, entry.node);
            }
        }
    }
    Ok(())
}

/// Writes `RequestModel` of an event into its operation, and its validator beside it.
pub(super) fn add_model(
    definition: &mut Node,
    operation: Method<'_>,
    models: Option<&Node>,
    model: &Node,
    at: At,
) -> Result<(), Refused> {
    let Some(name) = model.get("Model").filter(|name| !name.is_null()) else { return Ok(()) };
    let Method { path, method, .. } = operation;
    let cannot = |why: &str| {
        let name = name.text().unwrap_or_default();
        format!(
            "Unable to set RequestModel [{name}] on API method [{method}] for path [{path}] because {why}"
        )
    };
    let Some(models) = models.filter(|models| !models.is_null()) else {
        return Err((cannot("the related API does not define any Models."), name.span));
    };
    let Some(text) = name.as_str() else {
        return Err((cannot("the related API does not contain valid Models."), name.span));
    };
    if models.get(text).is_none() {
        return Err((cannot("it wasn't defined in the API's Models."), name.span));
    }
    let lower = text.to_lowercase();
    let name_at = At(name.span);
    let place = if operation.is_openapi_3 { "#/components/schemas/" } else { "#/definitions/" };
    let reference = name_at.map([("$ref", Some(name_at.text(format!("{place}{lower}"))))]);
    let required = model.get("Required").cloned();
    let validator = validator(model, operation, text)?;
    if let Some((validator, checks)) = &validator {
        add_validator(definition, validator, *checks, at);
    }
    let is_openapi_3 = operation.is_openapi_3;
    let Some(operation) = definition::operation(definition, path, method) else { return Ok(()) };
    if is_openapi_3 {
        let media = name_at.map([("schema", Some(reference))]);
        let content = name_at.map([("application/json", Some(media))]);
        operation.set("requestBody", at.0, name_at.map([("content", Some(content)), ("required", required)]));
    } else {
        let parameter = name_at.map([
            ("in", Some(name_at.text("body"))),
            ("name", Some(name_at.text(lower.as_str()))),
            ("schema", Some(reference)),
            ("required", required),
        ]);
        push_parameter(operation, parameter, at);
    }
    if let Some((validator, _)) = validator {
        operation.set("x-amazon-apigateway-request-validator", at.0, at.text(validator));
    }
    Ok(())
}

/// The name of the validator that a model asks for, and whether it checks bodies and parameters.
fn validator(
    model: &Node,
    operation: Method<'_>,
    name: &str,
) -> Result<Option<(&'static str, [bool; 2])>, Refused> {
    let flag = |key: &str| match model.get(key).filter(|node| !node.is_null()) {
        None => Ok(None),
        Some(Node { value: Value::Bool(flag), .. }) => Ok(Some(*flag)),
        Some(other) => {
            let Method { path, method, .. } = operation;
            let cause = format!(
                "Unable to set Validator to RequestModel [{name}] on API method [{method}] for path [{path}] ValidateBody and \
                 ValidateParameters must be a boolean type, strings or intrinsics are not supported."
            );
            Err((cause, other.span))
        }
    };
    let checks = [flag("ValidateBody")?, flag("ValidateParameters")?];
    if checks == [None, None] {
        return Ok(None);
    }
    let checks = checks.map(|check| check.unwrap_or(false));
    let name = match checks {
        [true, true] => "body-and-params",
        [true, false] => "body-only",
        [false, true] => "params-only",
        [false, false] => "no-validation",
    };
    Ok(Some((name, checks)))
}

fn add_validator(definition: &mut Node, name: &str, [body, parameters]: [bool; 2], at: At) {
    const KEY: &str = "x-amazon-apigateway-request-validators";
    let Some(document) = definition.as_map_mut() else { return };
    if !document.contains(KEY) {
        document.set(KEY, at.0, at.map([]));
    }
    if let Some(known) = document.get_mut(KEY).and_then(Node::as_map_mut)
        && !known.contains(name)
    {
        let row = at.map([
            ("validateRequestBody", Some(at.truth(body))),
            ("validateRequestParameters", Some(at.truth(parameters))),
        ]);
        known.set(name, at.0, row);
    }
}

/// Writes `RequestParameters` of an event into its operation.
pub(super) fn add_parameters(
    definition: &mut Node,
    operation: Method<'_>,
    parameters: &Node,
    at: At,
) -> Result<(), Refused> {
    let mut rows = Vec::new();
    let mut cached = Vec::new();
    for parameter in parameters.as_list().unwrap_or_default() {
        let row = read_parameter(parameter)?;
        let at = At(parameter.span);
        let place = if row.place == "querystring" { "query" } else { row.place };
        rows.push(at.map([
            ("in", Some(at.text(place))),
            ("name", Some(at.text(row.name))),
            ("required", Some(at.truth(row.is_required))),
            ("type", Some(at.text("string"))),
        ]));
        if row.is_cached {
            cached.push(at.text(format!("method.request.{}.{}", row.place, row.name)));
        }
    }
    let Some(operation) = definition::operation(definition, operation.path, operation.method) else {
        return Ok(());
    };
    rows.into_iter().for_each(|row| push_parameter(operation, row, at));
    if !cached.is_empty()
        && let Some(integration) = operation.get_mut(INTEGRATION).and_then(Node::as_map_mut)
    {
        integration.set("cacheKeyParameters", at.0, at.list(cached));
    }
    Ok(())
}

struct Parameter<'a> {
    place: &'a str,
    name: &'a str,
    is_required: bool,
    is_cached: bool,
}

/// A parameter: its name, or its name and its settings.
fn read_parameter(parameter: &Node) -> Result<Parameter<'_>, Refused> {
    const KEYS: &str = "Invalid value for 'RequestParameters' property. Keys must be in the format \
                        'method.request.[querystring|path|header].{value}', e.g 'method.request.header.Authorization'.";
    const VALUES: &str = "Invalid value for 'RequestParameters' property. Values must be an object, e.g { Required: true, \
                          Caching: false }";
    const KINDS: &str =
        "Invalid value for 'RequestParameters' property. Property must be either a string or an object";
    let (key, settings) = match &parameter.value {
        Value::String(key) => (key.as_str(), None),
        Value::Map(map) => match map.iter().next() {
            Some(entry) => (entry.key.as_str(), Some(&entry.node)),
            None => return Err((KINDS.to_owned(), parameter.span)),
        },
        _ => return Err((KINDS.to_owned(), parameter.span)),
    };
    let named = key.strip_prefix("method.request.").and_then(|rest| rest.split_once('.'));
    let Some((place, name)) = named.filter(|(place, _)| ["querystring", "path", "header"].contains(place))
    else {
        return Err((KEYS.to_owned(), parameter.span));
    };
    let is_known = |settings: &&Node| {
        settings.as_map().is_some_and(|map| map.keys().all(|key| ["Required", "Caching"].contains(&key)))
    };
    if let Some(settings) = settings.filter(|settings| !is_known(settings)) {
        return Err((VALUES.to_owned(), settings.span));
    }
    let flag = |key: &str| settings.and_then(|settings| settings.get(key)?.as_bool()).unwrap_or(false);
    Ok(Parameter { place, name, is_required: flag("Required"), is_cached: flag("Caching") })
}

fn push_parameter(operation: &mut Map, parameter: Node, at: At) {
    if !operation.contains("parameters") {
        operation.set("parameters", at.0, at.list(Vec::new()));
    }
    if let Some(Value::List(rows)) = operation.get_mut("parameters").map(|node| &mut node.value) {
        rows.push(parameter);
    }
}
