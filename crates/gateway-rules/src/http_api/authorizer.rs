//! Whom the authorizers of an HTTP API let in: holders of a token, and those for whom a function speaks.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>

use frontgate_iam::{Outcome, Policy, PolicyKind, Principal, Request, evaluate};
use serde_json::{Map, Value, json};

use super::config::{JwtAuthorizer, LambdaAuthorizer, PayloadFormat};
use super::event::function_event;
use super::expression::Values;
use super::parameters::Outgoing;
use super::request::HttpRequest;
use crate::authorization::{Caller, INVOKE};
use crate::jwt::{KeySet, Token, TokenError};

/// Who was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorized {
    /// Who signed.
    Iam(Caller),
    /// The holder of a token.
    Jwt {
        /// What the token says.
        claims: Map<String, Value>,
        /// Its scopes, where the route asks for any.
        scopes: Option<Vec<String>>,
    },
    /// The one for whom a function spoke.
    Lambda {
        /// `context` of its answer.
        context: Map<String, Value>,
        /// `principalId`, where the answer is a policy.
        principal_id: Option<String>,
    },
}

/// Why a token lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwtRefusal {
    /// There is none: 401 with a bare `www-authenticate: Bearer`.
    Missing,
    /// It is not good; why: 401.
    Invalid(String),
    /// It has none of the scopes: 403.
    Scopes,
}

/// The token of a request: the value of the identity source, without `Bearer`.
///
/// # Errors
/// [`JwtRefusal::Missing`]
pub fn token_of(authorizer: &JwtAuthorizer, values: &Values<'_>) -> Result<String, JwtRefusal> {
    let value = authorizer.identity_source.evaluate(values).filter(|value| !value.is_empty());
    let value = value.ok_or(JwtRefusal::Missing)?;
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => token.trim().to_owned(),
        _ => value,
    };
    if token.is_empty() { Err(JwtRefusal::Missing) } else { Ok(token) }
}

/// Lets the holder of a token in, or says why not.
///
/// # Errors
/// Why not.
pub fn check_token(
    token: &str,
    authorizer: &JwtAuthorizer,
    scopes: &[Box<str>],
    keys: &KeySet,
    now_seconds: u64,
) -> Result<Authorized, JwtRefusal> {
    let invalid = |why: &str| JwtRefusal::Invalid(why.to_owned());
    let of_token = |error: TokenError| JwtRefusal::Invalid(error.to_string());
    let token = Token::parse(token).map_err(of_token)?;
    token.verify(keys).map_err(of_token)?;
    let text = |name: &str| token.claims.get(name).and_then(Value::as_str);
    let seconds = |name: &str| {
        let number = token.claims.get(name)?;
        number
            .as_u64()
            .or_else(|| number.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64))
    };
    if text("iss") != Some(&*authorizer.issuer) {
        return Err(invalid("the token has an invalid issuer"));
    }
    // "API Gateway validates client_id only if aud is not present."
    let audience = match token.claims.get("aud") {
        Some(Value::String(audience)) => vec![audience.as_str()],
        Some(_) => token.texts("aud"),
        None => text("client_id").into_iter().collect(),
    };
    if !authorizer.audience.iter().any(|allowed| audience.contains(&&**allowed)) {
        return Err(invalid("the token does not have a valid audience"));
    }
    if seconds("exp").is_none_or(|expires| expires <= now_seconds) {
        return Err(invalid("the token has expired"));
    }
    if seconds("nbf").is_some_and(|from| from > now_seconds) {
        return Err(invalid("the token is not valid yet"));
    }
    if seconds("iat").is_some_and(|issued| issued > now_seconds) {
        return Err(invalid("the token was issued in the future"));
    }
    let mut own: Vec<String> = token.texts("scope").into_iter().map(str::to_owned).collect();
    own.extend(token.texts("scp").into_iter().map(str::to_owned));
    if !scopes.is_empty() && !scopes.iter().any(|scope| own.iter().any(|own| **own == **scope)) {
        return Err(JwtRefusal::Scopes);
    }
    let scopes = (!scopes.is_empty()).then_some(own);
    Ok(Authorized::Jwt { claims: token.claims, scopes })
}

impl JwtRefusal {
    /// The value of `www-authenticate`.
    #[must_use]
    pub fn www_authenticate(&self, scopes: &[Box<str>]) -> String {
        match self {
            Self::Missing => "Bearer".to_owned(),
            Self::Invalid(why) => format!(
                r#"Bearer scope="{}" error="invalid_token" error_description="{}""#,
                scopes.join(" "),
                // A header says it, and it quotes the token.
                why.replace(|c: char| c == '"' || c == '\\' || c.is_control(), "")
            ),
            Self::Scopes => {
                format!(r#"Bearer scope="{}" error="insufficient_scope""#, scopes.join(" "))
            }
        }
    }
}

/// The values of the identity sources, which are the key of the cache, too; none where one is missing or empty.
#[must_use]
pub fn identity(authorizer: &LambdaAuthorizer, values: &Values<'_>) -> Option<Vec<String>> {
    let found = authorizer.identity_sources.iter().map(|source| source.evaluate(values));
    found.map(|value| value.filter(|value| !value.is_empty())).collect()
}

/// The event of a Lambda authorizer.
#[must_use]
pub fn authorizer_event(
    authorizer: &LambdaAuthorizer,
    request: &HttpRequest<'_>,
    identity: &[String],
) -> Vec<u8> {
    let outgoing =
        Outgoing { headers: request.headers.clone(), raw_query: request.raw_query.to_owned(), path: None };
    let event = function_event(request, &outgoing, b"", authorizer.payload_format);
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&event) else { return event };
    for name in ["body", "isBase64Encoded", "multiValueHeaders", "multiValueQueryStringParameters", "version"]
    {
        members.shift_remove(name);
    }
    let arn = request.route_arn();
    let mut event = match authorizer.payload_format {
        PayloadFormat::V2 => {
            let identity = if identity.is_empty() { Value::Null } else { json!(identity) };
            json!({"version": "2.0", "type": "REQUEST", "routeArn": arn, "identitySource": identity})
        }
        PayloadFormat::V1 => {
            let joined = if identity.is_empty() { Value::Null } else { json!(identity.join(",")) };
            json!({
                "version": "1.0", "type": "REQUEST", "methodArn": arn, "identitySource": joined,
                "authorizationToken": joined,
            })
        }
    };
    if let Value::Object(event) = &mut event {
        event.extend(members);
    }
    event.to_string().into_bytes()
}

/// What the function of an authorizer answered.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthorizerAnswer {
    /// It speaks for the caller, for all routes.
    Simple {
        /// `isAuthorized`
        is_authorized: bool,
        /// `context`
        context: Map<String, Value>,
    },
    /// It gave a policy, which may say different things of different routes.
    Policy {
        /// The policy.
        policy: Policy,
        /// `context`
        context: Map<String, Value>,
        /// `principalId`
        principal_id: Option<String>,
    },
    /// It wants the client to log in: 401.
    Unauthorized,
}

impl AuthorizerAnswer {
    /// Reads the payload of an authorizer's function; none where it is no such answer.
    #[must_use]
    pub fn read(authorizer: &LambdaAuthorizer, payload: &[u8]) -> Option<Self> {
        let Ok(Value::Object(members)) = serde_json::from_slice(payload) else { return None };
        if is_unauthorized(&members) {
            return Some(Self::Unauthorized);
        }
        let context = match members.get("context") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(context)) => context.clone(),
            Some(_) => return None,
        };
        if authorizer.simple_responses {
            let is_authorized = members.get("isAuthorized")?.as_bool()?;
            return Some(Self::Simple { is_authorized, context });
        }
        let policy = Policy::parse_as(members.get("policyDocument")?, PolicyKind::Identity).ok()?;
        let principal_id = members.get("principalId").and_then(Value::as_str).map(str::to_owned);
        Some(Self::Policy { policy, context, principal_id })
    }

    /// What the function said by failing.
    #[must_use]
    pub fn of_function_error(error: &[u8]) -> Option<Self> {
        match serde_json::from_slice(error) {
            Ok(Value::Object(members)) if is_unauthorized(&members) => Some(Self::Unauthorized),
            _ => None,
        }
    }

    /// Who is let in to that route; none for nobody.
    #[must_use]
    pub fn lets_in(&self, route_arn: &str, context_keys: &[(&str, &str)]) -> Option<Authorized> {
        match self {
            Self::Simple { is_authorized, context } => {
                is_authorized.then(|| Authorized::Lambda { context: context.clone(), principal_id: None })
            }
            Self::Policy { policy, context, principal_id } => {
                let asked = Request {
                    principal: Principal::Anonymous,
                    action: INVOKE,
                    resource: route_arn,
                    context: context_keys,
                };
                (evaluate(policy, &asked).outcome == Outcome::Allow).then(|| Authorized::Lambda {
                    context: context.clone(),
                    principal_id: principal_id.clone(),
                })
            }
            Self::Unauthorized => None,
        }
    }
}

fn is_unauthorized(members: &Map<String, Value>) -> bool {
    members.get("errorMessage").and_then(Value::as_str) == Some("Unauthorized")
}

impl Authorized {
    /// `requestContext.authorizer` of format 2.0. Claims are texts there.
    #[must_use]
    pub fn for_v2(&self) -> Value {
        match self {
            Self::Iam(caller) => json!({"iam": {
                "accessKey": caller.access_key, "accountId": caller.account_id, "callerId": caller.caller_id,
                "cognitoIdentity": null, "principalOrgId": null, "userArn": caller.user_arn,
                "userId": caller.caller_id,
            }}),
            Self::Jwt { claims, scopes } => json!({"jwt": {"claims": texts(claims), "scopes": scopes}}),
            Self::Lambda { context, .. } => json!({"lambda": context}),
        }
    }

    /// `requestContext.authorizer` of format 1.0; who signed stands in `identity` there.
    #[must_use]
    pub fn for_v1(&self) -> Option<Value> {
        Some(match self {
            Self::Iam(_) => return None,
            Self::Jwt { claims, scopes } => json!({"claims": texts(claims), "scopes": scopes}),
            Self::Lambda { context, principal_id } => {
                let mut members = context.clone();
                if let Some(id) = principal_id {
                    members.insert("principalId".to_owned(), Value::from(id.as_str()));
                }
                Value::Object(members)
            }
        })
    }

    /// Who signed, where somebody did.
    #[must_use]
    pub fn signer(&self) -> Option<&Caller> {
        match self {
            Self::Iam(caller) => Some(caller),
            Self::Jwt { .. } | Self::Lambda { .. } => None,
        }
    }

    /// `$context.authorizer.NAME`
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        match self {
            Self::Iam(_) => None,
            Self::Jwt { claims, .. } => claims.get(name.strip_prefix("claims.")?).map(text),
            Self::Lambda { principal_id, .. } if name == "principalId" => principal_id.clone(),
            Self::Lambda { context, .. } => context.get(name).map(text),
        }
    }
}

fn texts(claims: &Map<String, Value>) -> Map<String, Value> {
    claims.iter().map(|(name, value)| (name.clone(), Value::String(text(value)))).collect()
}

/// A list stands as `[a b]`, as in events of public issues.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}
