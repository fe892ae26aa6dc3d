//! Parameter mapping: how an API changes a request before its backend gets it, and an answer before the client does.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html>

use frontgate_aws::percent_encode;
use frontgate_message::{Headers, Response};

use super::expression::{Expression, Values};
use crate::headers;
use crate::query::parse_query;

/// One entry of `RequestParameters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestChange {
    target: RequestTarget,
    action: Action,
    value: Expression,
}

/// The entries of `ResponseParameters` for one status of the backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseChanges {
    /// The status.
    pub status: u16,
    /// What is changed.
    pub changes: Vec<ResponseChange>,
}

/// One entry of `ResponseParameters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseChange {
    target: ResponseTarget,
    action: Action,
    value: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Append,
    Overwrite,
    Remove,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum RequestTarget {
    Header(Box<str>),
    Path,
    Query(Box<str>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ResponseTarget {
    Header(Box<str>),
    Status,
}

/// A request on its way to a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its header fields.
    pub headers: Headers,
    /// Its query string, without the `?`.
    pub raw_query: String,
    /// Its path where a parameter overwrites it.
    pub path: Option<String>,
}

impl RequestChange {
    /// Compiles an entry.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(key: &str, value: &str) -> Result<Self, String> {
        let (action, place) = action(key)?;
        let target = match place.split_once('.') {
            Some(("header", name)) => RequestTarget::Header(header_name(name)?),
            Some(("querystring", name)) if !name.is_empty() => RequestTarget::Query(name.into()),
            None if place == "path" && action == Action::Overwrite => RequestTarget::Path,
            _ => return Err(format!("`{key}` is nothing of a request that can be changed")),
        };
        Ok(Self { target, action, value: value_of(action, value)? })
    }
}

impl ResponseChange {
    /// Compiles an entry.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(key: &str, value: &str) -> Result<Self, String> {
        let (action, place) = action(key)?;
        let target = match place.split_once('.') {
            Some(("header", name)) => ResponseTarget::Header(header_name(name)?),
            None if place == "statuscode" && action == Action::Overwrite => ResponseTarget::Status,
            _ => return Err(format!("`{key}` is nothing of an answer that can be changed")),
        };
        Ok(Self { target, action, value: value_of(action, value)? })
    }

    /// Whether it needs the body of the answer.
    #[must_use]
    pub fn reads_body(&self) -> bool {
        self.value.reads_response_body()
    }
}

/// The request with the changes, in their order.
#[must_use]
pub fn outgoing(changes: &[RequestChange], values: &Values<'_>) -> Outgoing {
    let request = values.request;
    let mut headers = request.headers.clone();
    let mut path = None;
    let mut query = parse_query(request.raw_query);
    let mut query_changed = false;
    for change in changes {
        let value = change.value.evaluate(values);
        match (&change.target, change.action, value) {
            (RequestTarget::Header(name), action, value) => change_header(&mut headers, name, action, value),
            (RequestTarget::Path, _, value) => path = value.or(path),
            (RequestTarget::Query(name), action, value) => {
                query_changed = true;
                if action == Action::Remove || (action == Action::Overwrite && value.is_some()) {
                    query.retain(|(key, _)| **key != **name);
                }
                query.extend(
                    value.filter(|_| action != Action::Remove).map(|value| (name.to_string(), value)),
                );
            }
        }
    }
    let raw_query = if query_changed { encoded(&query) } else { request.raw_query.to_owned() };
    Outgoing { headers, raw_query, path }
}

/// Changes an answer.
pub fn change_response(changes: &[ResponseChange], values: &Values<'_>, response: &mut Response) {
    for change in changes {
        let value = change.value.evaluate(values);
        match &change.target {
            ResponseTarget::Header(name) => change_header(&mut response.headers, name, change.action, value),
            ResponseTarget::Status => {
                let status = value.and_then(|value| value.parse().ok());
                response.status =
                    status.filter(|status| (200..600).contains(status)).unwrap_or(response.status);
            }
        }
    }
}

fn change_header(fields: &mut Headers, name: &str, action: Action, value: Option<String>) {
    let value = value.filter(|value| headers::is_value(value));
    match (action, value) {
        (Action::Remove, _) => {
            fields.remove(name);
        }
        (Action::Append, Some(value)) => fields.append(name, value.as_bytes()),
        (Action::Overwrite, Some(value)) => fields.set(name, value.as_bytes()),
        (Action::Append | Action::Overwrite, None) => {}
    }
}

fn encoded(query: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| {
        format!("{}={}", percent_encode(name.as_bytes(), false), percent_encode(value.as_bytes(), false))
    };
    query.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn action(key: &str) -> Result<(Action, &str), String> {
    match key.split_once(':') {
        Some(("append", place)) => Ok((Action::Append, place)),
        Some(("overwrite", place)) => Ok((Action::Overwrite, place)),
        Some(("remove", place)) => Ok((Action::Remove, place)),
        _ => Err(format!("`{key}` does not begin with append:, overwrite: or remove:")),
    }
}

/// What `remove` is given does not count.
fn value_of(action: Action, value: &str) -> Result<Expression, String> {
    Expression::parse(if action == Action::Remove { "" } else { value })
}

fn header_name(name: &str) -> Result<Box<str>, String> {
    if !headers::is_name(name) {
        return Err(format!("`{name}` is no name of a header"));
    }
    let lower = name.to_ascii_lowercase();
    let is_reserved = RESERVED.iter().any(|reserved| match reserved.strip_suffix('*') {
        Some(prefix) => lower.starts_with(prefix),
        None => lower == *reserved,
    });
    if is_reserved { Err(format!("The header `{name}` is reserved")) } else { Ok(name.into()) }
}

/// "You can't configure request or response mappings for these headers."
const RESERVED: [&str; 22] = [
    "access-control-*",
    "apigw-*",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-amz-*",
    "x-amzn-*",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
];
