//! May the caller call the route: its token, or what the authorizer's function says.

use std::sync::Arc;
use std::time::Duration;

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_gateway_rules::http_api::authorizer::{
    AuthorizerAnswer, JwtRefusal, authorizer_event, check_token, identity, token_of,
};
use frontgate_gateway_rules::http_api::expression::Values;
use frontgate_gateway_rules::http_api::{
    Authorized, HttpAuthorization, HttpError, HttpRequest, JwtAuthorizer, LambdaAuthorizer,
};
use frontgate_gateway_rules::jwt::KeySet;
use frontgate_gateway_rules::{InvocationType, time};

use super::authorizer_results::Key;
use super::rights::{self, Callee};
use super::{HttpApiCall, Refusal, iam};
use crate::{FunctionCall, FunctionOutcome, Functions, HttpIntegrations};

/// Lets the caller in, and says who it is where the route has an authorizer.
pub(super) async fn authorize(
    call: &HttpApiCall<'_>,
    request: &HttpRequest<'_>,
    payload: &[u8],
    functions: &impl Functions,
    http: &impl HttpIntegrations,
    trace: &mut Trace,
) -> Result<Option<Authorized>, Refusal> {
    let values = Values { request, request_body: payload, response: None };
    match &request.route.authorization {
        HttpAuthorization::Iam => iam::signed(call, request, payload, trace).map(Some),
        HttpAuthorization::None => Ok(None),
        HttpAuthorization::Jwt { authorizer, scopes } => {
            token(call, &values, authorizer, scopes, http, trace).await.map(Some)
        }
        HttpAuthorization::Lambda(authorizer) => {
            function(call, &values, authorizer, functions, trace).await.map(Some)
        }
    }
}

async fn token(
    call: &HttpApiCall<'_>,
    values: &Values<'_>,
    authorizer: &JwtAuthorizer,
    scopes: &[Box<str>],
    http: &impl HttpIntegrations,
    trace: &mut Trace,
) -> Result<Authorized, Refusal> {
    let token = token_of(authorizer, values).map_err(|why| refused(&why, authorizer, scopes, trace))?;
    let keys = keys_of(call, &authorizer.issuer, http, trace).await;
    let Some(keys) = keys else {
        trace.note(Fact::of(FactKind::HttpApiKeysUnavailable).at(authorizer.place));
        let why = JwtRefusal::Invalid("the keys of the issuer are not available".to_owned());
        return Err(refused(&why, authorizer, scopes, trace));
    };
    let now_seconds = call.now_milliseconds / 1000;
    let authorized = check_token(&token, authorizer, scopes, &keys, now_seconds)
        .map_err(|why| refused(&why, authorizer, scopes, trace))?;
    trace.note(Fact::of(FactKind::HttpApiTokenValid).at(authorizer.place));
    Ok(authorized)
}

/// The keys of a user pool of the template, else those that were given or that the issuer publishes.
async fn keys_of(
    call: &HttpApiCall<'_>,
    issuer: &str,
    http: &impl HttpIntegrations,
    trace: &mut Trace,
) -> Option<Arc<KeySet>> {
    if let Some(pool) = call.user_pools.iter().find(|pool| *pool.issuer == *issuer) {
        return Some(Arc::clone(&pool.keys));
    }
    call.authorizers.issuer_keys.of(issuer, call.now_milliseconds, http, trace).await
}

fn refused(why: &JwtRefusal, authorizer: &JwtAuthorizer, scopes: &[Box<str>], trace: &mut Trace) -> Refusal {
    let (kind, error) = match why {
        JwtRefusal::Missing => (FactKind::HttpApiTokenMissing, HttpError::Unauthorized),
        JwtRefusal::Invalid(_) => (FactKind::HttpApiTokenInvalid, HttpError::Unauthorized),
        JwtRefusal::Scopes => (FactKind::HttpApiScopeMissing, HttpError::Forbidden),
    };
    trace.note(Fact::of(kind).at(authorizer.place));
    let mut refusal = Refusal::from(error);
    refusal.0.headers.append("www-authenticate", why.www_authenticate(scopes).as_bytes());
    refusal
}

async fn function(
    call: &HttpApiCall<'_>,
    values: &Values<'_>,
    authorizer: &LambdaAuthorizer,
    functions: &impl Functions,
    trace: &mut Trace,
) -> Result<Authorized, Refusal> {
    let request = values.request;
    let note = |kind, trace: &mut Trace| trace.note(Fact::of(kind).at(authorizer.place));
    let Some(identity) = identity(authorizer, values) else {
        note(FactKind::HttpApiIdentityMissing, trace);
        return Err(HttpError::Unauthorized.into());
    };
    let key = Key {
        api_id: request.api.id.clone(),
        stage: request.stage.name.clone(),
        authorizer_id: authorizer.id.clone(),
        identity,
    };
    let kept = call.authorizers.results.find(&key, call.now_milliseconds);
    let answer = if let Some((answer, rest)) = kept.filter(|_| authorizer.result_ttl_seconds > 0) {
        let seconds = u32::try_from(rest.div_ceil(1000)).unwrap_or(u32::MAX);
        trace.note(Fact::of(FactKind::HttpApiAuthorizerCached).value(seconds).at(authorizer.place));
        answer
    } else {
        note(FactKind::HttpApiAuthorizerAsked, trace);
        let Some(answer) = ask(call, request, authorizer, &key.identity, functions, trace).await else {
            note(FactKind::HttpApiAuthorizerFailed, trace);
            return Err(HttpError::InternalServerError.into());
        };
        if authorizer.result_ttl_seconds > 0 && answer != AuthorizerAnswer::Unauthorized {
            let expires = call.now_milliseconds + u64::from(authorizer.result_ttl_seconds) * 1000;
            call.authorizers.results.keep(key, answer.clone(), call.now_milliseconds, expires);
        }
        answer
    };
    if answer == AuthorizerAnswer::Unauthorized {
        note(FactKind::HttpApiAuthorizerUnauthorized, trace);
        return Err(HttpError::Unauthorized.into());
    }
    let source_ip = request.source_ip_text();
    let now = time::iso_8601(request.now_milliseconds);
    let keys = [
        ("aws:SourceIp", source_ip.as_str()),
        ("aws:SecureTransport", "true"),
        ("aws:CurrentTime", now.as_str()),
    ];
    match answer.lets_in(&request.route_arn(), &keys) {
        Some(authorized) => {
            note(FactKind::HttpApiAuthorizerAllowed, trace);
            Ok(authorized)
        }
        None => {
            note(FactKind::HttpApiAuthorizerDenied, trace);
            Err(HttpError::Forbidden.into())
        }
    }
}

/// What the function says; none where it says nothing that counts.
async fn ask(
    call: &HttpApiCall<'_>,
    request: &HttpRequest<'_>,
    authorizer: &LambdaAuthorizer,
    identity: &[String],
    functions: &impl Functions,
    trace: &mut Trace,
) -> Option<AuthorizerAnswer> {
    let source_arn = format!("{}/authorizers/{}", request.api.arn(), authorizer.id);
    let Some((arn, name)) = authorizer.function.with(&request.stage.variables) else {
        trace.note(Fact::of(FactKind::StageNamesNoFunction).at(authorizer.place));
        return None;
    };
    let (credentials, place) = (authorizer.credentials.as_ref(), authorizer.place);
    let callee = Callee { arn: &arn, source_arn: &source_arn, credentials, place };
    rights::check(call, request, &callee, trace).ok()?;
    let invocation = FunctionCall {
        function_name: &name,
        function_arn: &arn,
        event: authorizer_event(authorizer, request, identity).into(),
        invocation_type: InvocationType::RequestResponse,
        request_id: call.request_id,
        trace_id: request.trace_id,
        timeout_milliseconds: AUTHORIZER_TIMEOUT_MILLISECONDS,
    };
    let within = Duration::from_millis(AUTHORIZER_TIMEOUT_MILLISECONDS.into());
    match tokio::time::timeout(within, functions.invoke(invocation, trace)).await.ok()? {
        FunctionOutcome::Payload(payload) => AuthorizerAnswer::read(authorizer, &payload),
        FunctionOutcome::FunctionError(error) => AuthorizerAnswer::of_function_error(&error),
        FunctionOutcome::NotFound | FunctionOutcome::Throttled | FunctionOutcome::Unavailable(_) => None,
    }
}

/// The longest that a Lambda authorizer may take.
const AUTHORIZER_TIMEOUT_MILLISECONDS: u32 = 10_000;
