//! What `$request.header.x`, `$context.y` and `${stageVariables.z}` name, in parameter mappings and identity sources.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html>

use std::borrow::Cow;

use frontgate_message::Headers;
use serde_json::Value;

use super::request::{HttpRequest, joined};
use crate::json_path::JsonPath;
use crate::query::parse_query;

/// A compiled expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Variable(Variable),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Variable {
    Context(Box<str>),
    PathParameter(Box<str>),
    RequestBody(Option<JsonPath>),
    RequestHeader(Box<str>),
    RequestPath,
    RequestQuery(Box<str>),
    ResponseBody(Option<JsonPath>),
    ResponseHeader(Box<str>),
    Stage(Box<str>),
}

/// All that an expression can name.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The request.
    pub request: &'a HttpRequest<'a>,
    /// Its body.
    pub request_body: &'a [u8],
    /// The backend's answer, in response parameters.
    pub response: Option<(&'a Headers, &'a [u8])>,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('$') && !text.starts_with("${") {
            return Ok(Self { parts: vec![Part::Variable(Variable::parse(&text[1..])?)] });
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return Err(format!("`{text}` has a `${{` without its `}}`"));
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.into()));
            }
            parts.push(Part::Variable(Variable::parse(name)?));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.into()));
        }
        Ok(Self { parts })
    }

    /// The value; a single variable that has none is none, among other text it is empty.
    #[must_use]
    pub fn evaluate(&self, values: &Values<'_>) -> Option<String> {
        match self.parts.as_slice() {
            [Part::Variable(variable)] => variable.evaluate(values),
            parts => Some(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => Cow::Borrowed(&**text),
                        Part::Variable(variable) => {
                            variable.evaluate(values).map_or(Cow::Borrowed(""), Cow::Owned)
                        }
                    })
                    .collect(),
            ),
        }
    }

    /// Whether the value comes from the answer of the backend.
    #[must_use]
    pub fn reads_response_body(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Variable(Variable::ResponseBody(_))))
    }

    /// The header of the request that it names, where it is nothing else: the one that a `Bearer` token stands in.
    #[must_use]
    pub fn request_header(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Variable(Variable::RequestHeader(name))] => Some(name),
            _ => None,
        }
    }
}

impl Variable {
    fn parse(name: &str) -> Result<Self, String> {
        let unknown = || format!("`${name}` names nothing that a parameter can have");
        // HTTP APIs know neither recursive descent nor filters.
        let body = |path: &str| match JsonPath::parse(&format!("$.{path}"))? {
            searching if searching.searches() => Err(unknown()),
            path => Ok(path),
        };
        let (head, rest) = name.split_once('.').unwrap_or((name, ""));
        let (place, key) = rest.split_once('.').unwrap_or((rest, ""));
        Ok(match (head, place) {
            ("context", _) if !rest.is_empty() => Self::Context(rest.into()),
            ("stageVariables", _) if !rest.is_empty() => Self::Stage(rest.into()),
            ("request", "header") if !key.is_empty() => Self::RequestHeader(key.into()),
            ("request", "querystring") if !key.is_empty() => Self::RequestQuery(key.into()),
            ("request", "path") if key.is_empty() => Self::RequestPath,
            ("request", "path") => Self::PathParameter(key.into()),
            ("request", "body") if key.is_empty() => Self::RequestBody(None),
            ("request", "body") => Self::RequestBody(Some(body(key)?)),
            ("response", "header") if !key.is_empty() => Self::ResponseHeader(key.into()),
            ("response", "body") if key.is_empty() => Self::ResponseBody(None),
            ("response", "body") => Self::ResponseBody(Some(body(key)?)),
            _ => return Err(unknown()),
        })
    }

    fn evaluate(&self, values: &Values<'_>) -> Option<String> {
        let request = values.request;
        match self {
            Self::Context(name) => request.variable(name).map(Cow::into_owned),
            Self::PathParameter(name) => {
                let found = request.path_parameters.iter().find(|(key, _)| **key == **name);
                found.map(|(_, value)| value.clone())
            }
            Self::RequestBody(path) => in_body(values.request_body, path.as_ref()),
            Self::RequestHeader(name) => request.header(name),
            Self::RequestPath => Some(request.path.to_owned()),
            Self::RequestQuery(name) => {
                let query = parse_query(request.raw_query);
                let found: Vec<&str> =
                    query.iter().filter(|(key, _)| **key == **name).map(|(_, value)| &**value).collect();
                (!found.is_empty()).then(|| found.join(","))
            }
            Self::ResponseBody(path) => in_body(values.response?.1, path.as_ref()),
            Self::ResponseHeader(name) => joined(values.response?.0, name),
            Self::Stage(name) => request.stage.variable(name).map(str::to_owned),
        }
    }
}

/// "When you specify a JSON path, API Gateway truncates the body at 100 KB and then applies the selection expression."
fn in_body(body: &[u8], path: Option<&JsonPath>) -> Option<String> {
    let Some(path) = path else { return Some(String::from_utf8_lossy(body).into_owned()) };
    let document: Value = serde_json::from_slice(&body[..body.len().min(JSON_BODY_LENGTH_MAX)]).ok()?;
    match path.find(&document)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

const JSON_BODY_LENGTH_MAX: usize = 100 * 1024;
