//! The authorizers of a REST API: who is asked whether a caller may call a method, and what of the request is asked about.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>

mod answer;
mod authorized;
mod read;
mod user_pool;

use frontgate_explain::PlaceId;

use crate::context::RequestContext;
use crate::lambda_function::LambdaFunction;
use crate::selection::SelectionPattern;

pub use answer::{AnswerError, AuthorizerAnswer, not_authorized};
pub use authorized::Authorized;
pub use read::{Authorizers, Scheme, authorizer_id};
pub use user_pool::{TokenRefusal, UserPool, check_token, issuer_of_pool, issuer_of_token};

/// An authorizer.
#[derive(Clone, Debug)]
pub struct Authorizer {
    /// Its id, such as `a1b2c3`.
    pub id: Box<str>,
    /// Who decides.
    pub kind: AuthorizerKind,
    /// Whether a caller shows anything at all, and in which form.
    pub validation: Option<SelectionPattern>,
    /// All that the definition says of it. What was kept for another one is not taken.
    pub definition: Box<str>,
    /// Its place.
    pub place: PlaceId,
}

/// Who decides whether a caller may call a method.
#[derive(Clone, Debug)]
pub enum AuthorizerKind {
    /// A function: `TOKEN` and `REQUEST`.
    Lambda(LambdaAuthorizer),
    /// `COGNITO_USER_POOLS`: whoever has a token of one of the pools.
    UserPools {
        /// Where the token stands.
        source: IdentitySource,
        /// The issuers that the pools are.
        issuers: Vec<Box<str>>,
    },
}

/// A function that decides.
#[derive(Clone, Debug)]
pub struct LambdaAuthorizer {
    /// The function; each stage may name its own.
    pub function: LambdaFunction,
    /// The role with which it is called, instead of a permission of the function.
    pub credentials: Option<Box<str>>,
    /// How long its answers are kept; 0 keeps none.
    pub lifetime_seconds: u32,
    /// What it is asked with.
    pub input: AuthorizerInput,
}

/// What the function of an authorizer is asked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizerInput {
    /// The whole request but its body. The sources are the key of what is kept.
    Request(Vec<IdentitySource>),
    /// A header field.
    Token(IdentitySource),
}

/// A part of the request that says who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    /// `context.NAME`
    Context(Box<str>),
    /// `method.request.header.NAME`
    Header(Box<str>),
    /// `method.request.querystring.NAME`
    QueryString(Box<str>),
    /// `stageVariables.NAME`
    StageVariable(Box<str>),
}

/// Why an authorizer does not even ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRefusal {
    /// An identity source is missing or empty.
    Missing,
    /// The token does not match `identityValidationExpression`.
    Pattern,
}

/// How long answers of a function are kept unless told otherwise.
pub const LIFETIME_SECONDS: u32 = 300;
/// How long they can be kept.
pub const LIFETIME_SECONDS_MAX: u32 = 3600;
/// The longest ARN of a method that authorizers are asked about; longer ones are answered 414.
pub const METHOD_ARN_LENGTH_MAX: usize = 1600;

impl Authorizer {
    /// The values of the identity sources; none for a function that is asked about every request.
    ///
    /// # Errors
    /// Why the caller is refused without asking.
    pub fn identity(&self, request: &RequestContext<'_>) -> Result<Vec<String>, IdentityRefusal> {
        let sources = match &self.kind {
            AuthorizerKind::Lambda(LambdaAuthorizer { input, lifetime_seconds, .. }) => match input {
                AuthorizerInput::Request(_) if *lifetime_seconds == 0 => return Ok(Vec::new()),
                AuthorizerInput::Request(sources) => sources.as_slice(),
                AuthorizerInput::Token(source) => std::slice::from_ref(source),
            },
            AuthorizerKind::UserPools { source, .. } => std::slice::from_ref(source),
        };
        let values = sources.iter().map(|source| source.value(request).filter(|value| !value.is_empty()));
        let values: Vec<String> = values.collect::<Option<_>>().ok_or(IdentityRefusal::Missing)?;
        let first = values.first().map_or("", String::as_str);
        match &self.validation {
            Some(pattern) if !pattern.matches(first) => Err(IdentityRefusal::Pattern),
            _ => Ok(values),
        }
    }

    /// The ARN that permissions of its function name as the source of a call.
    #[must_use]
    pub fn source_arn(&self, request: &RequestContext<'_>) -> String {
        let api = request.api;
        let arn = crate::authorization::api_arn(&api.region, &api.account_id, &api.id);
        format!("{arn}/authorizers/{}", self.id)
    }
}

impl IdentitySource {
    /// Reads a source such as `method.request.header.Authorization`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = |prefix: &str| {
            text.trim().strip_prefix(prefix).filter(|name| !name.is_empty()).map(Box::<str>::from)
        };
        if let Some(name) = named("context.") {
            Some(Self::Context(name))
        } else if let Some(name) = named("method.request.header.") {
            Some(Self::Header(name))
        } else if let Some(name) = named("method.request.querystring.") {
            Some(Self::QueryString(name))
        } else {
            named("stageVariables.").map(Self::StageVariable)
        }
    }

    fn value(&self, request: &RequestContext<'_>) -> Option<String> {
        match self {
            Self::Context(name) => request.variable(name).map(std::borrow::Cow::into_owned),
            // Inferred: a client of HTTP/2 sends lower case, and gets through.
            Self::Header(name) => {
                let value = request.headers.all(name).last()?;
                Some(String::from_utf8_lossy(value).into_owned())
            }
            Self::QueryString(name) => {
                let found = request.query.iter().rfind(|(key, _)| **key == **name);
                found.map(|(_, value)| value.clone())
            }
            Self::StageVariable(name) => request.release.variable(name).map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests;
