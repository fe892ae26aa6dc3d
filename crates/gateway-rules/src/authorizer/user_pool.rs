//! Whom a user pool lets in: the holder of one of its tokens.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>,
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>

use std::sync::Arc;

use frontgate_aws::Arn;
use serde_json::{Map, Value};

use super::Authorized;
use crate::jwt::{KeySet, Token};
use crate::time;

/// A user pool of the template, whose keys are given with it.
#[derive(Clone, Debug)]
pub struct UserPool {
    /// `iss` of its tokens.
    pub issuer: Box<str>,
    /// Its public keys.
    pub keys: Arc<KeySet>,
}

/// `iss` of the tokens of the user pool with that ARN: `https://cognito-idp.REGION.amazonaws.com/POOL`.
#[must_use]
pub fn issuer_of_pool(arn: &str) -> Option<String> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "cognito-idp")?;
    let id = arn.resource.strip_prefix("userpool/").filter(|id| !id.is_empty())?;
    Some(format!("https://cognito-idp.{}.amazonaws.com/{id}", arn.region))
}

/// The issuer that a token says it is of, where that is one of the pools. Nothing of the token is proved yet.
///
/// # Errors
/// [`TokenRefusal::Issuer`], or [`TokenRefusal::NotSigned`] where it is no token.
pub fn issuer_of_token(text: &str, issuers: &[Box<str>]) -> Result<String, TokenRefusal> {
    let token = Token::parse(bare(text)).map_err(|_| TokenRefusal::NotSigned)?;
    let issuer = token.claims.get("iss").and_then(Value::as_str).ok_or(TokenRefusal::Issuer)?;
    if !issuers.iter().any(|known| **known == *issuer) {
        return Err(TokenRefusal::Issuer);
    }
    Ok(issuer.to_owned())
}

/// The token without `Bearer`.
fn bare(text: &str) -> &str {
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => token.trim(),
        _ => text,
    }
}

/// Why a token lets nobody in: 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// It has expired, which API Gateway says.
    Expired,
    /// It is of another issuer than the pools of the authorizer.
    Issuer,
    /// It is no token, or its issuer did not sign it.
    NotSigned,
    /// It has none of the scopes that the method asks for.
    Scope,
    /// It is an access token, and without scopes an identity token is asked for.
    Use,
}

/// Lets the holder of a token of that issuer in. With scopes an access token with one of them is asked for, without scopes
/// an identity token.
///
/// # Errors
/// Why not.
pub fn check_token(
    text: &str,
    issuer: &str,
    keys: &KeySet,
    scopes: &[Box<str>],
    now_seconds: u64,
) -> Result<Authorized, TokenRefusal> {
    let token = Token::parse(bare(text)).map_err(|_| TokenRefusal::NotSigned)?;
    let claim = |name: &str| token.claims.get(name).and_then(Value::as_str);
    if claim("iss") != Some(issuer) {
        return Err(TokenRefusal::Issuer);
    }
    token.verify(keys).map_err(|_| TokenRefusal::NotSigned)?;
    if token.claims.get("exp").and_then(Value::as_u64).is_none_or(|expires| expires <= now_seconds) {
        return Err(TokenRefusal::Expired);
    }
    if scopes.is_empty() {
        if claim("token_use") == Some("access") {
            return Err(TokenRefusal::Use);
        }
    } else {
        let own = token.texts("scope");
        if !scopes.iter().any(|scope| own.contains(&&**scope)) {
            return Err(TokenRefusal::Scope);
        }
    }
    let claims = token.claims.iter().map(|(name, value)| (name.clone(), Value::String(said(name, value))));
    let claims: Map<String, Value> = claims.collect();
    let members = Map::from_iter([("claims".to_owned(), Value::Object(claims))]);
    Ok(Authorized { members, usage_identifier_key: None })
}

/// A claim as events have it: a text, times as Java writes a date (recorded), lists joined by commas.
fn said(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if matches!(name, "exp" | "iat") => {
            number.as_u64().map_or_else(|| number.to_string(), time::java_date)
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| said("", item)).collect();
            items.join(",")
        }
        other => other.to_string(),
    }
}
