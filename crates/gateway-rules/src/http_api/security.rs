//! Compiles who may call a route: the security schemes of a document and what its operations say of them.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html>

use std::sync::Arc;

use frontgate_aws::ids;
use serde_json::Value;

use super::config::{HttpAuthorization, JwtAuthorizer, LambdaAuthorizer};
use super::expression::Expression;
use super::integration::{lambda_function, text};
use crate::integration::{Reader, child};

/// The authorizers of a document by the names of their schemes.
pub(super) type Schemes = Vec<(String, Scheme)>;

/// A security scheme.
#[derive(Clone, Debug)]
pub(super) enum Scheme {
    Iam,
    Jwt(Arc<JwtAuthorizer>),
    Lambda(Arc<LambdaAuthorizer>),
    /// It was refused, with its own finding.
    Refused,
}

impl Reader<'_> {
    /// Compiles `components.securitySchemes` of the API with that id.
    pub(super) fn schemes(&mut self, document: &Value, api_id: &str) -> Schemes {
        let schemes = document.pointer("/components/securitySchemes").and_then(Value::as_object);
        let mut rows = Vec::new();
        for (name, scheme) in schemes.into_iter().flatten() {
            let pointer = child("/components/securitySchemes", name);
            let scheme = self.scheme(name, scheme, &pointer, api_id);
            rows.push((name.clone(), scheme));
        }
        rows
    }

    fn scheme(&mut self, name: &str, scheme: &Value, pointer: &str, api_id: &str) -> Scheme {
        if text(scheme, "x-amazon-apigateway-authtype") == Some("awsSigv4") {
            return Scheme::Iam;
        }
        let Some(authorizer) = scheme.get(AUTHORIZER) else {
            let what = format!("The security scheme `{name}` has no authorizer that is implemented");
            self.unsupported_guard(pointer, what, GUARD_CURE);
            return Scheme::Refused;
        };
        let pointer = child(pointer, AUTHORIZER);
        let made = match text(authorizer, "type").map(str::to_ascii_lowercase).as_deref() {
            Some("jwt") => {
                self.jwt_authorizer(name, authorizer, &pointer).map(|made| Scheme::Jwt(made.into()))
            }
            Some("request") => self
                .http_request_authorizer(name, authorizer, &pointer, api_id)
                .map(|made| Scheme::Lambda(made.into())),
            other => {
                let what = format!("`{}` is no type of authorizer of an HTTP API", other.unwrap_or_default());
                self.invalid(&pointer, what, "Use jwt or request");
                None
            }
        };
        made.unwrap_or(Scheme::Refused)
    }

    fn jwt_authorizer(&mut self, name: &str, authorizer: &Value, pointer: &str) -> Option<JwtAuthorizer> {
        let configuration = authorizer.get("jwtConfiguration").unwrap_or(&Value::Null);
        let issuer = text(configuration, "issuer").filter(|issuer| issuer.starts_with("https://"));
        let audience: Vec<Box<str>> = match configuration.get("audience") {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(Into::into).collect(),
            Some(Value::String(audience)) => vec![audience.as_str().into()],
            _ => Vec::new(),
        };
        let Some(issuer) = issuer.filter(|_| !audience.is_empty()) else {
            let cure = "Give jwtConfiguration an issuer that begins with https://, and an audience";
            self.invalid(pointer, format!("The authorizer `{name}` has no issuer or no audience"), cure);
            return None;
        };
        let mut sources = self.http_identity_sources(authorizer, pointer)?;
        if sources.len() != 1 {
            let what = format!("The authorizer `{name}` needs one identity source");
            self.invalid(pointer, what, "Write $request.header.Authorization");
            return None;
        }
        Some(JwtAuthorizer {
            name: text(authorizer, "name").unwrap_or(name).into(),
            identity_source: sources.remove(0),
            issuer: issuer.into(),
            audience,
            place: (self.place_of)(pointer),
        })
    }

    fn http_request_authorizer(
        &mut self,
        name: &str,
        authorizer: &Value,
        pointer: &str,
        api_id: &str,
    ) -> Option<LambdaAuthorizer> {
        let credentials = text(authorizer, "authorizerCredentials").filter(|arn| !arn.is_empty());
        let credentials = match credentials {
            Some(arn) => Some(self.named_credentials(arn, pointer)?),
            None => None,
        };
        let uri = text(authorizer, "authorizerUri").unwrap_or_default();
        let Some(function) = lambda_function(uri) else {
            let what = format!("The authorizer `{name}` calls `{uri}`, which names no function");
            self.invalid(
                pointer,
                what,
                "Write arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations",
            );
            return None;
        };
        let identity_sources = self.http_identity_sources(authorizer, pointer)?;
        let ttl = authorizer.get("authorizerResultTtlInSeconds").filter(|ttl| !ttl.is_null());
        let seconds =
            ttl.map(|ttl| ttl.as_u64().or_else(|| ttl.as_str()?.parse().ok()).filter(|ttl| *ttl <= TTL_MAX));
        let result_ttl_seconds = match seconds {
            None => 0,
            Some(Some(seconds)) => u32::try_from(seconds).unwrap_or(0),
            Some(None) => {
                let what =
                    format!("The lifetime of the authorizer `{name}` is not between 0 and 3600 seconds");
                self.invalid(&child(pointer, "authorizerResultTtlInSeconds"), what, "Choose one that is");
                0
            }
        };
        if result_ttl_seconds > 0 && identity_sources.is_empty() {
            let what = format!("The authorizer `{name}` keeps results and has no identity source");
            self.invalid(pointer, what, "Give it one, or a lifetime of 0");
        }
        let simple_responses = match authorizer.get("enableSimpleResponses") {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(flag)) => flag.eq_ignore_ascii_case("true"),
            _ => false,
        };
        let key = format!("{api_id}/{name}");
        Some(LambdaAuthorizer {
            id: text(authorizer, "id")
                .map_or_else(|| ids::api_part_id("authorizer", &key).into(), Into::into),
            name: text(authorizer, "name").unwrap_or(name).into(),
            function,
            credentials,
            payload_format: self.payload_format(authorizer, "authorizerPayloadFormatVersion", pointer),
            simple_responses,
            identity_sources,
            result_ttl_seconds,
            place: (self.place_of)(pointer),
        })
    }

    /// A list, or one text with commas.
    fn http_identity_sources(&mut self, authorizer: &Value, pointer: &str) -> Option<Vec<Expression>> {
        let texts: Vec<&str> = match authorizer.get("identitySource") {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => text.split(',').collect(),
            _ => Vec::new(),
        };
        let mut sources = Vec::new();
        for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
            match Expression::parse(text).ok().filter(|_| text.starts_with('$')) {
                Some(source) => sources.push(source),
                None => {
                    let what = format!("`{text}` is no identity source");
                    self.invalid(&child(pointer, "identitySource"), what, "Write $request.header.NAME");
                    return None;
                }
            }
        }
        Some(sources)
    }

    /// What an operation says; none where a finding says why it cannot be.
    pub(super) fn http_api_authorization(
        &mut self,
        operation: &Value,
        schemes: &Schemes,
        pointer: &str,
    ) -> Option<HttpAuthorization> {
        if operation.pointer("/x-amazon-apigateway-auth/type").and_then(Value::as_str) == Some("AWS_IAM") {
            return Some(HttpAuthorization::Iam);
        }
        let listed = operation.get("security").and_then(Value::as_array);
        let wanted = listed.into_iter().flatten().filter_map(Value::as_object).flatten();
        // SAM writes `NONE` for a method that opts out.
        let wanted: Vec<_> = wanted.filter(|(name, _)| *name != "NONE").collect();
        let here = child(pointer, "security");
        let (name, scopes) = match wanted.as_slice() {
            [] => return Some(HttpAuthorization::None),
            [one] => *one,
            _ => {
                let what = "A route of an HTTP API has one authorizer";
                self.invalid(&here, what, "Leave one of them");
                return None;
            }
        };
        let scopes = scopes.as_array().into_iter().flatten();
        let scopes: Vec<Box<str>> = scopes.filter_map(Value::as_str).map(Into::into).collect();
        match schemes.iter().find(|(known, _)| known == name).map(|(_, scheme)| scheme) {
            Some(Scheme::Iam) => Some(HttpAuthorization::Iam),
            Some(Scheme::Jwt(authorizer)) => {
                Some(HttpAuthorization::Jwt { authorizer: Arc::clone(authorizer), scopes })
            }
            Some(Scheme::Lambda(authorizer)) => Some(HttpAuthorization::Lambda(Arc::clone(authorizer))),
            Some(Scheme::Refused) => None,
            None => {
                let what = format!("The authorization `{name}` is not implemented for HTTP APIs");
                self.unsupported_guard(&here, what, GUARD_CURE);
                None
            }
        }
    }
}

const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";
const GUARD_CURE: &str = "Remove it only if everybody may have access.";
const TTL_MAX: u64 = 3600;
