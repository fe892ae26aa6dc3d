//! `AWS::Cognito::UserPool`: here what its tokens are verified with. Users and sign-in are not played: the metadata names a
//! file with public keys, `frontgate: {jwks: FILE}`, or a pool that exists, `frontgate: {id: eu-west-1_AbCd}`, or both.

use std::sync::Arc;

use frontgate_aws::ids;
use frontgate_gateway_rules::authorizer::UserPool;
use frontgate_gateway_rules::jwt::KeySet;
use frontgate_template::{Node, ResourceNode};

use crate::maker::{Made, Maker};
use crate::properties::Object;

/// Makes a user pool.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    // How users sign up and in changes nothing of how a token is verified.
    properties.accept(INERT);
    if properties.node("LambdaConfig").is_some() {
        let message =
            format!("{}.LambdaConfig: nobody signs up or in here, so it calls no function", node.logical_id);
        properties.problems().warning(
            properties.span_of("LambdaConfig"),
            message,
            "never called",
            "Nothing to do.",
        );
    }
    let region = maker.context.region.clone();
    let metadata = node.metadata.as_ref().and_then(|metadata| metadata.get("frontgate"));
    let setting = |name: &str| metadata.and_then(|metadata| metadata.get(name)).and_then(Node::as_str);
    let generated = format!("{region}_{}", ids::hexadecimal("user pool", &maker.seed(&node.logical_id), 9));
    let id = setting("id").map_or(generated, str::to_owned);
    let arn = maker.arn("cognito-idp", &format!("userpool/{id}"));
    let provider_name = format!("cognito-idp.{region}.amazonaws.com/{id}");
    let issuer = format!("https://{provider_name}");
    let fault = |at: Option<&Node>, message: String| {
        let span = at.map_or(node.logical_id_span, |at| at.span);
        properties.problems().error(span, format!("{}: {message}", node.logical_id), "no keys", KEYS_CURE);
    };
    match (setting("jwks"), setting("id")) {
        (None, None) => {
            let message = format!(
                "{}: the keys of the user pool are not known, so no token is accepted",
                node.logical_id
            );
            let span = metadata.map_or(node.logical_id_span, |metadata| metadata.span);
            properties.problems().warning(span, message, "no keys", KEYS_CURE);
            let pool = UserPool { issuer: issuer.as_str().into(), keys: Arc::new(KeySet::default()) };
            maker.resources.user_pools.push(pool);
        }
        (None, Some(_)) => {}
        (Some(file), _) => match keys(maker, file) {
            Ok(keys) => {
                let pool = UserPool { issuer: issuer.as_str().into(), keys: Arc::new(keys) };
                maker.resources.user_pools.push(pool);
            }
            Err(why) => fault(metadata, format!("{file}: {why}")),
        },
    }
    Made::new(&id)
        .with("Arn", arn)
        .with("ProviderName", provider_name)
        .with("ProviderURL", issuer)
        .with("UserPoolId", id)
}

/// `AWS::Cognito::UserPoolClient`: an app whose tokens are those of its pool.
pub fn make_client(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    properties.required_text("UserPoolId");
    properties.accept(INERT_OF_CLIENT);
    let id = ids::hexadecimal("user pool client", &maker.seed(&node.logical_id), 26);
    Made::new(&id).with("ClientId", &id).with("Name", node.logical_id.as_str())
}

fn keys(maker: &Maker<'_>, file: &str) -> Result<KeySet, String> {
    let text = std::fs::read(maker.path(file)).map_err(|error| error.to_string())?;
    KeySet::parse(&text)
}

const KEYS_CURE: &str = "Write Metadata: {frontgate: {jwks: FILE}} with the file of the pool's public keys, or {frontgate: {id: \
                         ID}} with the id of a pool that exists.";
const INERT: &[&str] = &[
    "AccountRecoverySetting",
    "AdminCreateUserConfig",
    "AliasAttributes",
    "AutoVerifiedAttributes",
    "DeletionProtection",
    "DeviceConfiguration",
    "EmailAuthenticationMessage",
    "EmailAuthenticationSubject",
    "EmailConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "EnabledMfas",
    "MfaConfiguration",
    "Policies",
    "Schema",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "SmsVerificationMessage",
    "UserAttributeUpdateSettings",
    "UserPoolAddOns",
    "UserPoolName",
    "UserPoolTags",
    "UserPoolTier",
    "UsernameAttributes",
    "UsernameConfiguration",
    "VerificationMessageTemplate",
    "WebAuthnRelyingPartyID",
    "WebAuthnUserVerification",
];
const INERT_OF_CLIENT: &[&str] = &[
    "AccessTokenValidity",
    "AllowedOAuthFlows",
    "AllowedOAuthFlowsUserPoolClient",
    "AllowedOAuthScopes",
    "AnalyticsConfiguration",
    "AuthSessionValidity",
    "CallbackURLs",
    "ClientName",
    "DefaultRedirectURI",
    "EnablePropagateAdditionalUserContextData",
    "EnableTokenRevocation",
    "ExplicitAuthFlows",
    "GenerateSecret",
    "IdTokenValidity",
    "LogoutURLs",
    "PreventUserExistenceErrors",
    "ReadAttributes",
    "RefreshTokenRotation",
    "RefreshTokenValidity",
    "SupportedIdentityProviders",
    "TokenValidityUnits",
    "WriteAttributes",
];
