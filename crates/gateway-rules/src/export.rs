//! Which OpenAPI document does a stage of an API export?
//!
//! What `GetExport` and `ExportApi` answer: the definition that the stage's deployment has captured, in one form whatever it was
//! written in.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html>

mod http_api;
mod integration;
mod operation;
mod rest_api;
mod schemas;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use http_api::http_api;
pub use rest_api::rest_api;

/// The form of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `oas30`: OpenAPI 3.0.
    Oas30,
    /// `swagger`: OpenAPI 2.0.
    Swagger,
}

/// Which of API Gateway's extensions a document has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// `apigateway`: all of them.
    pub all: bool,
    /// `authorizers`
    pub authorizers: bool,
    /// `integrations`
    pub integrations: bool,
}

/// What a document says of its API beside the definition.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The id of the API.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its region.
    pub region: &'a str,
    /// The stage.
    pub stage: &'a str,
    /// The version where the definition says none: when it is exported, such as `2026-11-21T18:00:00Z`.
    pub version: &'a str,
    /// `disableExecuteApiEndpoint`
    pub execute_api_disabled: bool,
}

/// Why an API cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError(pub String);

impl Extensions {
    /// Reads a list such as `integrations,authorizers`.
    ///
    /// # Errors
    /// The name that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut extensions = Self::default();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "apigateway" => extensions.all = true,
                "authorizers" => extensions.authorizers = true,
                "integrations" => extensions.integrations = true,
                other => return Err(other.to_owned()),
            }
        }
        Ok(extensions)
    }

    fn has_integrations(self) -> bool {
        self.all || self.integrations
    }

    fn has_authorizers(self) -> bool {
        self.all || self.authorizers
    }
}

impl Format {
    /// Where models stand, as references name them.
    fn models(self) -> &'static str {
        match self {
            Self::Oas30 => "#/components/schemas/",
            Self::Swagger => "#/definitions/",
        }
    }
}

/// An object of the members that have a value, in their order.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let mut map = Map::new();
    for (name, value) in members {
        if let Some(value) = value {
            map.insert(name.to_owned(), value);
        }
    }
    Value::Object(map)
}

/// Whether a value is missing or empty.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
