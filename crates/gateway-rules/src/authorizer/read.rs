//! Reads the authorizers of a definition: `x-amazon-apigateway-authorizer` of its security schemes.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html>

use std::sync::Arc;

use frontgate_aws::ids;
use serde_json::Value;

use super::{
    Authorizer, AuthorizerInput, AuthorizerKind, IdentitySource, LIFETIME_SECONDS, LIFETIME_SECONDS_MAX,
    LambdaAuthorizer, issuer_of_pool,
};
use crate::integration::{Reader, child};
use crate::lambda_function::LambdaFunction;
use crate::selection::SelectionPattern;
use crate::usage::API_KEY_HEADER;

/// The authorizers of a definition, by the names of their security schemes.
#[derive(Debug, Default)]
pub struct Authorizers {
    rows: Vec<(String, Arc<Authorizer>)>,
    /// Schemes with an authorizer that has findings: what names them is refused already.
    broken: Vec<String>,
}

/// What a security scheme is.
#[derive(Clone, Debug)]
pub enum Scheme {
    /// The API key of a usage plan, in `x-api-key`.
    ApiKey,
    /// An authorizer.
    Authorizer(Arc<Authorizer>),
    /// An authorizer that cannot be; a finding says why.
    Broken,
    /// API Gateway's own for signatures.
    Signature,
    /// Any other one, or none.
    Other,
}

impl Authorizers {
    /// What the scheme of that name is.
    #[must_use]
    pub fn scheme(&self, document: &Value, name: &str) -> Scheme {
        if let Some((_, authorizer)) = self.rows.iter().find(|(key, _)| key == name) {
            return Scheme::Authorizer(Arc::clone(authorizer));
        }
        if self.broken.iter().any(|key| key == name) {
            return Scheme::Broken;
        }
        let scheme = SCHEMES.iter().find_map(|at| document.pointer(at)?.get(name));
        let kind = scheme.and_then(|scheme| scheme.get(AUTHTYPE)).and_then(Value::as_str);
        match kind {
            Some(kind) if kind.eq_ignore_ascii_case("awsSigv4") => Scheme::Signature,
            None if scheme.is_some_and(is_api_key) => Scheme::ApiKey,
            _ => Scheme::Other,
        }
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-api-key-source.html>
fn is_api_key(scheme: &Value) -> bool {
    let is = |member: &str, value: &str| {
        scheme.get(member).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(value))
    };
    is("type", "apiKey") && is("in", "header") && is("name", API_KEY_HEADER)
}

impl Reader<'_> {
    /// The authorizers of a definition.
    pub fn authorizers(&mut self, document: &Value, api_id: &str) -> Authorizers {
        let mut found = Authorizers::default();
        for at in SCHEMES {
            for (name, scheme) in document.pointer(at).and_then(Value::as_object).into_iter().flatten() {
                if scheme.get(AUTHORIZER).is_none() {
                    continue;
                }
                let pointer = child(at, name);
                match self.authorizer(scheme, &pointer, authorizer_id(api_id, name)) {
                    Some(authorizer) => found.rows.push((name.clone(), Arc::new(authorizer))),
                    None => found.broken.push(name.clone()),
                }
            }
        }
        found
    }

    fn authorizer(&mut self, scheme: &Value, pointer: &str, id: String) -> Option<Authorizer> {
        let here = child(pointer, AUTHORIZER);
        let written = scheme.get(AUTHORIZER)?;
        for name in written.as_object()?.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
            let what = format!("`{name}` of an authorizer is not implemented");
            self.unsupported_guard(&child(&here, name), what, "Leave it out");
        }
        let kind = written.get("type").and_then(Value::as_str).unwrap_or_default();
        let kind = match kind.to_ascii_lowercase().as_str() {
            "token" => {
                let source = self.one_source(scheme, written, &here)?;
                AuthorizerKind::Lambda(self.lambda(written, &here, AuthorizerInput::Token(source))?)
            }
            "request" => {
                let sources = self.sources(written, &here)?;
                AuthorizerKind::Lambda(self.lambda(written, &here, AuthorizerInput::Request(sources))?)
            }
            "cognito_user_pools" => AuthorizerKind::UserPools {
                source: self.one_source(scheme, written, &here)?,
                issuers: self.pools(written, &here)?,
            },
            other => {
                let cure = "Use token, request or cognito_user_pools";
                self.invalid(&child(&here, "type"), format!("`{other}` is no type of authorizer"), cure);
                return None;
            }
        };
        let validation = self.validation(written, &here, &kind)?;
        let (definition, place) = (scheme.to_string().into(), (self.place_of)(pointer));
        Some(Authorizer { id: id.into(), kind, validation, definition, place })
    }

    fn lambda(&mut self, written: &Value, pointer: &str, input: AuthorizerInput) -> Option<LambdaAuthorizer> {
        let uri = written.get("authorizerUri").and_then(Value::as_str).unwrap_or_default();
        let here = child(pointer, "authorizerUri");
        let Some(function) = LambdaFunction::of_uri(uri) else {
            let cure = "Write arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations";
            self.invalid(&here, format!("Invalid authorizer URI: `{uri}` names no function"), cure);
            return None;
        };
        let lifetime_seconds = self.lifetime(written, pointer)?;
        if matches!(&input, AuthorizerInput::Request(sources) if sources.is_empty()) && lifetime_seconds > 0 {
            let what = "An authorizer of type REQUEST that keeps answers needs identity sources";
            self.invalid(pointer, what, "Add identitySource, or set authorizerResultTtlInSeconds to 0");
            return None;
        }
        let credentials = written.get("authorizerCredentials").and_then(Value::as_str);
        Some(LambdaAuthorizer {
            function,
            credentials: credentials.filter(|arn| !arn.is_empty()).map(Into::into),
            lifetime_seconds,
            input,
        })
    }

    fn lifetime(&mut self, written: &Value, pointer: &str) -> Option<u32> {
        let Some(ttl) = written.get("authorizerResultTtlInSeconds").filter(|ttl| !ttl.is_null()) else {
            return Some(LIFETIME_SECONDS);
        };
        let number = ttl.as_u64().or_else(|| ttl.as_str()?.parse().ok());
        let number = number.and_then(|number| u32::try_from(number).ok());
        let lifetime = number.filter(|seconds| *seconds <= LIFETIME_SECONDS_MAX);
        if lifetime.is_none() {
            let here = child(pointer, "authorizerResultTtlInSeconds");
            self.invalid(&here, format!("{ttl} is not between 0 and 3600"), "Choose one that is");
        }
        lifetime
    }

    /// Where a token stands: `identitySource`, else the header that the scheme names.
    fn one_source(&mut self, scheme: &Value, written: &Value, pointer: &str) -> Option<IdentitySource> {
        let sources = self.sources(written, pointer)?;
        let source = match <[IdentitySource; 1]>::try_from(sources) {
            Ok([source]) => source,
            Err(sources) if sources.is_empty() => {
                let header = scheme.get("name").and_then(Value::as_str).unwrap_or("Authorization");
                IdentitySource::Header(header.into())
            }
            Err(_) => IdentitySource::Context("".into()),
        };
        if matches!(source, IdentitySource::Header(_)) {
            return Some(source);
        }
        let cure = "Write method.request.header.NAME";
        self.invalid(&child(pointer, "identitySource"), "A token stands in one header", cure);
        None
    }

    fn sources(&mut self, written: &Value, pointer: &str) -> Option<Vec<IdentitySource>> {
        let text = written.get("identitySource").and_then(Value::as_str).unwrap_or_default();
        let mut sources = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some(source) = IdentitySource::parse(part) else {
                let cure = "Use method.request.header.NAME, method.request.querystring.NAME, stageVariables.NAME or \
                            context.NAME";
                self.invalid(
                    &child(pointer, "identitySource"),
                    format!("Invalid mapping expression specified: `{part}` is no identity source"),
                    cure,
                );
                return None;
            };
            sources.push(source);
        }
        Some(sources)
    }

    fn pools(&mut self, written: &Value, pointer: &str) -> Option<Vec<Box<str>>> {
        let arns = written.get("providerARNs").and_then(Value::as_array);
        let arns: Vec<&str> = arns.into_iter().flatten().filter_map(Value::as_str).collect();
        if arns.is_empty() {
            let what = "An authorizer of type COGNITO_USER_POOLS needs providerARNs";
            self.invalid(&child(pointer, "providerARNs"), what, "Name the ARN of a user pool");
            return None;
        }
        let issuer = |arn: &&str| issuer_of_pool(arn).map(Into::into).ok_or_else(|| (*arn).to_owned());
        match arns.iter().map(issuer).collect::<Result<Vec<Box<str>>, String>>() {
            Ok(issuers) => Some(issuers),
            Err(arn) => {
                let cure = "Write arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID";
                let here = child(pointer, "providerARNs");
                self.invalid(&here, format!("Invalid Cognito user pool ARN: `{arn}`"), cure);
                None
            }
        }
    }

    #[expect(clippy::option_option, reason = "none with a finding is not none at all")]
    fn validation(
        &mut self,
        written: &Value,
        pointer: &str,
        kind: &AuthorizerKind,
    ) -> Option<Option<SelectionPattern>> {
        let text = written.get("identityValidationExpression").and_then(Value::as_str).unwrap_or_default();
        let is_request = matches!(
            kind,
            AuthorizerKind::Lambda(LambdaAuthorizer { input: AuthorizerInput::Request(_), .. })
        );
        if text.is_empty() || is_request {
            return Some(None);
        }
        match SelectionPattern::compile(text) {
            Ok(pattern) => Some(Some(pattern)),
            Err(why) => {
                let here = child(pointer, "identityValidationExpression");
                self.invalid(&here, format!("`{text}` is no regular expression: {why}"), "Correct it");
                None
            }
        }
    }
}

/// The id of the authorizer with that name of an API.
#[must_use]
pub fn authorizer_id(api_id: &str, name: &str) -> String {
    ids::api_part_id("authorizer", &format!("{api_id}/{name}"))
}

/// Where security schemes stand: in Swagger 2.0, in OpenAPI 3.0.
const SCHEMES: [&str; 2] = ["/securityDefinitions", "/components/securitySchemes"];
const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";
const AUTHTYPE: &str = "x-amazon-apigateway-authtype";
const MEMBERS: [&str; 7] = [
    "authorizerCredentials",
    "authorizerResultTtlInSeconds",
    "authorizerUri",
    "identitySource",
    "identityValidationExpression",
    "providerARNs",
    "type",
];
