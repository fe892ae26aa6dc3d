//! What `responseParameters` and `requestParameters` may be mapped from: literals, parts of the request, parts of
//! the backend's answer, context and stage variables.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html>

use std::borrow::Cow;

use crate::context::Variables;
use crate::headers::canonical;
use crate::json_path::JsonPath;

/// A compiled mapping expression.
#[derive(Clone, Debug)]
pub struct ValueExpression(Expression);

#[derive(Clone, Debug)]
enum Expression {
    Context(Box<str>),
    IntegrationBody(JsonPath),
    IntegrationHeader { name: Box<str>, all: bool },
    Literal(Box<str>),
    RequestBody(Option<JsonPath>),
    RequestHeader { name: Box<str>, all: bool },
    RequestPath(Box<str>),
    RequestQuery { name: Box<str>, all: bool },
    StageVariable(Box<str>),
}

impl ValueExpression {
    /// Compiles an expression such as `'*'`, `integration.response.header.ETag` or `context.requestId`.
    ///
    /// # Errors
    /// What cannot be read, in words for the author of the template.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(literal) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return Ok(Self(Expression::Literal(literal.into())));
        }
        let named = |prefix: &str| text.strip_prefix(prefix).filter(|rest| !rest.is_empty());
        let expression = if let Some(name) = named("context.") {
            Expression::Context(name.into())
        } else if let Some(name) = named("stageVariables.") {
            Expression::StageVariable(name.into())
        } else if let Some(name) = named("integration.response.header.") {
            Expression::IntegrationHeader { name: name.into(), all: false }
        } else if let Some(name) = named("integration.response.multivalueheader.") {
            Expression::IntegrationHeader { name: name.into(), all: true }
        } else if let Some(path) = text.strip_prefix("integration.response.body") {
            Expression::IntegrationBody(JsonPath::parse(&format!("${path}"))?)
        } else if let Some(name) = named("method.request.header.") {
            Expression::RequestHeader { name: name.into(), all: false }
        } else if let Some(name) = named("method.request.multivalueheader.") {
            Expression::RequestHeader { name: name.into(), all: true }
        } else if let Some(name) = named("method.request.querystring.") {
            Expression::RequestQuery { name: name.into(), all: false }
        } else if let Some(name) = named("method.request.multivaluequerystring.") {
            Expression::RequestQuery { name: name.into(), all: true }
        } else if let Some(name) = named("method.request.path.") {
            Expression::RequestPath(name.into())
        } else if text == "method.request.body" {
            Expression::RequestBody(None)
        } else if let Some(path) = text.strip_prefix("method.request.body") {
            Expression::RequestBody(Some(JsonPath::parse(&format!("${path}"))?))
        } else {
            return Err(format!("`{text}` is no mapping expression"));
        };
        Ok(Self(expression))
    }

    /// The value for this request; `None` leaves the parameter out.
    #[must_use]
    pub fn evaluate<'a>(&'a self, variables: &'a Variables<'a>) -> Option<Cow<'a, str>> {
        let request = variables.request;
        match &self.0 {
            Expression::Context(name) => variables.context(name),
            Expression::IntegrationBody(path) => json_text(variables.integration?.body, path),
            Expression::IntegrationHeader { name, all } => {
                let headers = &variables.integration?.headers;
                values_text(headers.all(name).map(String::from_utf8_lossy), *all)
            }
            Expression::Literal(text) => Some(Cow::Borrowed(text)),
            Expression::RequestBody(None) => Some(String::from_utf8_lossy(variables.request_body)),
            Expression::RequestBody(Some(path)) => json_text(variables.request_body, path),
            Expression::RequestHeader { name, all } => {
                // Names of header fields are case-sensitive in mappings (api-gateway-known-issues).
                let named = request.headers.iter().filter(|(key, _)| canonical(key) == &**name);
                values_text(named.map(|(_, value)| String::from_utf8_lossy(value)), *all)
            }
            Expression::RequestPath(name) => request
                .path_parameters
                .iter()
                .find(|(key, _)| key == &**name)
                .map(|(_, value)| Cow::Borrowed(&**value)),
            Expression::RequestQuery { name, all } => {
                let values = request.query.iter().filter(|(key, _)| key == &**name);
                values_text(values.map(|(_, value)| Cow::Borrowed(&**value)), *all)
            }
            Expression::StageVariable(name) => request.release.variable(name).map(Cow::Borrowed),
        }
    }
}

/// All values joined by commas, or the last one, which is the one that API Gateway keeps.
fn values_text<'a>(values: impl Iterator<Item = Cow<'a, str>>, all: bool) -> Option<Cow<'a, str>> {
    if !all {
        return values.last();
    }
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| Cow::Owned(values.join(",")))
}

fn json_text(body: &[u8], path: &JsonPath) -> Option<Cow<'static, str>> {
    let document: serde_json::Value = serde_json::from_slice(body).ok()?;
    match path.find(&document)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(Cow::Owned(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use frontgate_message::Headers;

    use super::ValueExpression;
    use crate::context::{BackendAnswer, Variables};
    use crate::fixture;

    #[test]
    fn expressions_name_parts_of_the_request_and_the_answer() {
        let api = fixture::api(&fixture::document(&["/items/{id}"]));
        let headers = Headers::from_iter([("X-One", "1"), ("X-One", "2"), ("user-agent", "curl")]);
        let mut request = fixture::request(&api, &headers);
        let (path, query) = ([("id".to_owned(), "7".to_owned())], crate::parse_query("q=a&q=b"));
        request.path_parameters = &path;
        request.query = &query;
        let answered = Headers::from_iter([("ETag", "x")]);
        let integration = BackendAnswer { status: 200, headers: &answered, body: br#"{"n":[1,{"m":"v"}]}"# };
        let request_body = br#"{"a":{"b":true},"c":null}"#;
        let variables =
            Variables { request: &request, request_body, integration: Some(integration), error: None };
        for (text, expected) in [
            ("'lit'", Some("lit")),
            ("''", Some("")),
            ("context.identity.sourceIp", Some("203.0.113.9")),
            ("context.none", None),
            ("stageVariables.color", Some("green")),
            ("method.request.header.X-One", Some("2")),
            ("method.request.header.x-one", None),
            ("method.request.header.User-Agent", Some("curl")),
            ("method.request.multivalueheader.X-One", Some("1,2")),
            ("method.request.querystring.q", Some("b")),
            ("method.request.multivaluequerystring.q", Some("a,b")),
            ("method.request.path.id", Some("7")),
            ("method.request.body", Some(r#"{"a":{"b":true},"c":null}"#)),
            ("method.request.body.a.b", Some("true")),
            ("method.request.body.c", None),
            ("integration.response.header.etag", Some("x")),
            ("integration.response.body.n[1].m", Some("v")),
            ("integration.response.body", Some(r#"{"n":[1,{"m":"v"}]}"#)),
        ] {
            let expression = ValueExpression::parse(text).expect(text);
            assert_eq!(expression.evaluate(&variables).as_deref(), expected, "{text}");
        }
        for text in [
            "",
            "*",
            "'open",
            "header.X",
            "context.",
            "method.request.cookie.a",
            "method.request.body[(@.a)]",
        ] {
            assert!(ValueExpression::parse(text).is_err(), "{text}");
        }
    }
}
